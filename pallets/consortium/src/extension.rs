//! The gate on transactions: only members transact.

use crate::{Config, Pallet, WeightInfo};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::marker::PhantomData;
use frame_support::{
	pallet_prelude::TransactionSource, traits::OriginTrait, weights::Weight, CloneNoBound, DebugNoBound,
	DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use scale_info::TypeInfo;
use semblance_primitives::traits::Membership;
use sp_runtime::{
	impl_tx_ext_default,
	traits::{DispatchInfoOf, TransactionExtension, ValidateResult},
	transaction_validity::InvalidTransaction,
};

/// The refusal of a transaction by a member whose roles have ended: the administrator can renew them.
pub const MEMBERSHIP_ENDED: InvalidTransaction = InvalidTransaction::Custom(102);

/// Which calls are open to accounts without a membership, for example to patients who manage their own consent.
pub trait NonMemberAccess<AccountId, RuntimeCall> {
	/// Whether `who`, who is no active member, may make `call`.
	fn may_call(who: &AccountId, call: &RuntimeCall) -> bool;
}

/// Nothing is open to non-members.
impl<AccountId, RuntimeCall> NonMemberAccess<AccountId, RuntimeCall> for () {
	fn may_call(_: &AccountId, _: &RuntimeCall) -> bool {
		false
	}
}

/// Refuses signed transactions of accounts that are no active members with [`InvalidTransaction::BadSigner`], or
/// [`MEMBERSHIP_ENDED`] if only time has passed, except calls that [`Config::NonMemberCalls`] opens. Transactions that are authorised otherwise pass.
///
/// It has no content, so that wallets sign without knowing it. Place it before `CheckNonce`, which refuses strangers for
/// their lack of a balance and so hides the true reason.
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
pub struct CheckMembership<T: Config>(PhantomData<T>);

impl<T: Config> CheckMembership<T> {
	/// The extension.
	pub fn new() -> Self {
		Self(PhantomData)
	}
}

impl<T: Config + Send + Sync> TransactionExtension<T::RuntimeCall> for CheckMembership<T> {
	const IDENTIFIER: &'static str = "CheckMembership";
	type Implicit = ();
	type Val = ();
	type Pre = ();

	fn weight(&self, _: &T::RuntimeCall) -> Weight {
		T::WeightInfo::check_membership()
	}

	fn validate(
		&self,
		origin: T::RuntimeOrigin,
		call: &T::RuntimeCall,
		_: &DispatchInfoOf<T::RuntimeCall>,
		_: usize,
		_: Self::Implicit,
		_: &impl Encode,
		_: TransactionSource,
	) -> ValidateResult<Self::Val, T::RuntimeCall> {
		let refused = origin.as_signer().is_some_and(|who| {
			<Pallet<T> as Membership>::active_member(who).is_none() && !T::NonMemberCalls::may_call(who, call)
		});
		if refused {
			let ended = origin.as_signer().is_some_and(Pallet::<T>::has_ended);
			return Err(if ended { MEMBERSHIP_ENDED } else { InvalidTransaction::BadSigner }.into());
		}
		Ok((Default::default(), (), origin))
	}

	impl_tx_ext_default!(T::RuntimeCall; prepare);
}
