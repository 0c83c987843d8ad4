//! No member crowds out the others: what an organisation may have computed is bounded, and who used less goes first.

use crate::{Config, Members, Pallet, Usages, WeightInfo};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::marker::PhantomData;
use frame_support::{
	dispatch::{DispatchInfo, PostDispatchInfo},
	pallet_prelude::TransactionSource,
	traits::{Get, OriginTrait},
	weights::Weight,
	CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use scale_info::TypeInfo;
use semblance_primitives::{AccountId, BlockNumber, OrganisationId};
use sp_runtime::{
	traits::{DispatchInfoOf, Dispatchable, PostDispatchInfoOf, TransactionExtension, ValidateResult},
	transaction_validity::{InvalidTransaction, TransactionPriority, TransactionValidityError, ValidTransaction},
	DispatchResult,
};

/// The refusal of a transaction that is larger than a whole quota.
pub const QUOTA_EXCEEDED: InvalidTransaction = InvalidTransaction::Custom(101);
/// Priority of a transaction whose organisation used nothing lately; it falls to zero as the quota is used up.
pub const FULL_PRIORITY: TransactionPriority = 1_000_000;
/// Priority of what is outside of quotas.
pub const UNCOUNTED_PRIORITY: TransactionPriority = 2_000_000;

/// Which calls no quota can stop or delay, for example a patient's withdrawal.
pub trait Uncounted<AccountId, RuntimeCall> {
	/// Whether `call` by `who` is outside of quotas.
	fn is_uncounted(who: &AccountId, call: &RuntimeCall) -> bool;
}

/// Every member's call counts.
impl<AccountId, RuntimeCall> Uncounted<AccountId, RuntimeCall> for () {
	fn is_uncounted(_: &AccountId, _: &RuntimeCall) -> bool {
		false
	}
}

/// What an organisation had computed lately: a bucket that fills with use and empties with time.
#[derive(Encode, Decode, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
	/// Picoseconds of computation in the bucket at that block.
	pub used: u64,
	/// The block of the last change.
	pub at: BlockNumber,
}

/// What a transaction costs its organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Charge {
	/// The organisation.
	pub organisation: OrganisationId,
	/// Picoseconds of computation.
	pub amount: u64,
}

impl<T: Config> Pallet<T> {
	/// Picoseconds in the bucket of `organisation` now.
	pub(crate) fn used(organisation: OrganisationId) -> u64 {
		let Usage { used, at } = Usages::<T>::get(organisation);
		let blocks = u64::from(Self::now().saturating_sub(at));
		used.saturating_sub(blocks.saturating_mul(T::QuotaPerBlock::get()))
	}

	fn set_used(organisation: OrganisationId, used: u64) {
		Usages::<T>::insert(organisation, Usage { used, at: Self::now() });
	}

	/// The organisation for which `account` is a member, active or not.
	fn payer(account: &AccountId) -> Option<OrganisationId> {
		Members::<T>::get(account).map(|member| member.organisation)
	}
}

/// Counts the computation of members' transactions against their organisation. The bucket holds `QuotaCapacity` and empties by
/// `QuotaPerBlock` in each block. A transaction for which nothing is left fits into no block (`ExhaustsResources`) and waits in
/// the pool, behind those of all others, until there is room: the pool would ban what is called invalid. One that is larger
/// than the bucket is refused for good ([`QUOTA_EXCEEDED`]). In the pool, organisations that used less go first.
/// Transactions without a member as signer are not counted, nor those that [`Config::Uncounted`] names, which go before all
/// others.
///
/// It has no content, so that wallets sign without knowing it. Place it after `CheckNonce`.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	TypeInfo,
	CloneNoBound,
	DebugNoBound,
	DefaultNoBound,
	EqNoBound,
	PartialEqNoBound,
)]
#[scale_info(skip_type_params(T))]
pub struct OrganisationQuota<T: Config>(PhantomData<T>);

impl<T: Config> OrganisationQuota<T> {
	/// The extension.
	pub fn new() -> Self {
		Self(PhantomData)
	}

	/// The charge and the priority of a member's transaction, whose priority is 0 while it has to wait.
	fn assess(
		organisation: OrganisationId,
		amount: u64,
		source: TransactionSource,
	) -> Result<(Charge, TransactionPriority), InvalidTransaction> {
		let capacity = T::QuotaCapacity::get();
		let used = Pallet::<T>::used(organisation).saturating_add(amount);
		if amount > capacity {
			return Err(QUOTA_EXCEEDED);
		}
		if used > capacity && source == TransactionSource::InBlock {
			return Err(InvalidTransaction::ExhaustsResources);
		}
		let free = u128::from(capacity.saturating_sub(used)).saturating_mul(u128::from(FULL_PRIORITY));
		let priority = free.checked_div(u128::from(capacity)).unwrap_or_default();
		Ok((Charge { organisation, amount }, TransactionPriority::try_from(priority).unwrap_or(FULL_PRIORITY)))
	}
}

impl<T: Config + Send + Sync> TransactionExtension<T::RuntimeCall> for OrganisationQuota<T>
where
	T::RuntimeCall: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo>,
{
	const IDENTIFIER: &'static str = "OrganisationQuota";
	type Implicit = ();
	type Val = Option<Charge>;
	type Pre = Option<Charge>;

	fn weight(&self, _: &T::RuntimeCall) -> Weight {
		T::WeightInfo::organisation_quota()
	}

	fn validate(
		&self,
		origin: T::RuntimeOrigin,
		call: &T::RuntimeCall,
		info: &DispatchInfoOf<T::RuntimeCall>,
		_: usize,
		_: Self::Implicit,
		_: &impl Encode,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, T::RuntimeCall> {
		let Some(who) = origin.as_signer() else { return Ok((Default::default(), None, origin)) };
		if T::Uncounted::is_uncounted(who, call) {
			let validity = ValidTransaction { priority: UNCOUNTED_PRIORITY, ..Default::default() };
			return Ok((validity, None, origin));
		}
		let Some(organisation) = Pallet::<T>::payer(who) else { return Ok((Default::default(), None, origin)) };
		let (charge, priority) = Self::assess(organisation, info.call_weight.ref_time(), source)?;
		Ok((ValidTransaction { priority, ..Default::default() }, Some(charge), origin))
	}

	fn prepare(
		self,
		charge: Self::Val,
		_: &T::RuntimeOrigin,
		_: &T::RuntimeCall,
		_: &DispatchInfoOf<T::RuntimeCall>,
		_: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		if let Some(Charge { organisation, amount }) = charge {
			Pallet::<T>::set_used(organisation, Pallet::<T>::used(organisation).saturating_add(amount));
		}
		Ok(charge)
	}

	/// Gives back what the call did not need.
	fn post_dispatch_details(
		charge: Self::Pre,
		info: &DispatchInfoOf<T::RuntimeCall>,
		post: &PostDispatchInfoOf<T::RuntimeCall>,
		_: usize,
		_: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		let Some(Charge { organisation, amount }) = charge else { return Ok(Weight::zero()) };
		let needed = post.actual_weight.unwrap_or(info.call_weight).ref_time();
		let unused = amount.saturating_sub(needed);
		if unused > 0 {
			Pallet::<T>::set_used(organisation, Pallet::<T>::used(organisation).saturating_sub(unused));
		}
		Ok(Weight::zero())
	}
}
