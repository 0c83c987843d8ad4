//! How validators come, change their keys, and go.
//!
//! A change counts from the session after the next one, because pallet-session queues it for a session. A validator that
//! goes keeps its keys until it is out of the set, so that evidence against it can still be checked.

use crate::{
	rules, AbsentSessions, Config, Error, KeysSetAt, LastBlock, LeavingValidators, Pallet, SessionStart, SetChanged,
	Validators, MAX_PROOF_LEN,
};
use alloc::vec::Vec;
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{
	ensure,
	traits::{ConstU32, Get, ValidatorRegistration},
	BoundedVec,
};
use pallet_session::SessionInterface;
use scale_info::TypeInfo;
use semblance_primitives::{
	consortium::{OrganisationStatus, Validator},
	AccountId, OrganisationId,
};
use sp_runtime::{
	traits::{Convert, OpaqueKeys},
	DispatchError, DispatchResult,
};
use sp_staking::{offence::OffenceSeverity, SessionIndex};

/// How a validator leaves.
#[derive(Encode, Decode, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Leaving {
	/// The session (by number) that begins without it.
	pub without: SessionIndex,
	/// Whether its blocks are refused until then.
	pub muted: bool,
}

/// Sessions from a change to its effect.
const SESSIONS_TO_EFFECT: SessionIndex = 2;

impl<T: Config> Pallet<T> {
	/// Lets `validator` set keys for `organisation`, and validate once it has.
	pub(crate) fn take_up(organisation: OrganisationId, validator: &AccountId) -> DispatchResult {
		let record = crate::Organisations::<T>::get(organisation).ok_or(Error::<T>::OrganisationNotFound)?;
		ensure!(record.status == OrganisationStatus::Active, Error::<T>::OrganisationNotActive);
		ensure!(rules::runs_validators(record.kind), Error::<T>::NoValidatorsForKind);
		ensure!(!Validators::<T>::contains_key(validator), Error::<T>::AlreadyValidator);
		ensure!(!LeavingValidators::<T>::contains_key(validator), Error::<T>::ValidatorLeaving);
		ensure!(Validators::<T>::iter_keys().count() < max::<T>(), Error::<T>::MaxValidatorsExceeded);
		Validators::<T>::insert(validator, organisation);
		SetChanged::<T>::put(true);
		Ok(())
	}

	/// Takes `validator`, muted until then or not, out of the set, as long as more than `keep` working ones remain without it. Returns the first
	/// session without it.
	pub(crate) fn let_go(validator: &AccountId, keep: u32, muted: bool) -> Result<SessionIndex, DispatchError> {
		let working = Self::working_validators();
		let enough = !working.contains(validator) || working.len() > keep as usize;
		ensure!(enough, Error::<T>::MinValidatorsNotKept);
		Ok(Self::strike(validator, muted))
	}

	/// Takes all validators of an organisation that leaves out of the set. At least one other must keep the chain going.
	pub(crate) fn let_all_go(organisation: OrganisationId) -> Result<Vec<(AccountId, SessionIndex)>, DispatchError> {
		let going: Vec<_> =
			Self::in_order(Validators::<T>::iter().filter(|(_, of)| *of == organisation).map(|(account, _)| account));
		let working = Self::working_validators();
		let stays = working.is_empty() || working.iter().any(|account| !going.contains(account));
		ensure!(stays, Error::<T>::MinValidatorsNotKept);
		Ok(going.into_iter().map(|account| (account.clone(), Self::strike(&account, false))).collect())
	}

	fn strike(validator: &AccountId, muted: bool) -> SessionIndex {
		let (session, _) = SessionStart::<T>::get();
		let without = session.saturating_add(SESSIONS_TO_EFFECT);
		Validators::<T>::remove(validator);
		LeavingValidators::<T>::insert(validator, Leaving { without, muted });
		SetChanged::<T>::put(true);
		without
	}

	/// Deletes what is kept of the validators that `session` begins without.
	pub(crate) fn forget_the_gone(session: SessionIndex) {
		let gone: Vec<_> = LeavingValidators::<T>::iter()
			.filter(|(_, leaving)| leaving.without <= session)
			.map(|(account, _)| account)
			.collect();
		for account in gone {
			// Fails only if it never had keys.
			let _ = T::Session::purge_keys(&account);
			LeavingValidators::<T>::remove(&account);
			KeysSetAt::<T>::remove(&account);
			LastBlock::<T>::remove(&account);
			AbsentSessions::<T>::remove(&account);
		}
	}

	/// Mutes again who was muted in the session before: pallet-session forgets it whenever the set changes.
	pub(crate) fn keep_muted() {
		let muted = LeavingValidators::<T>::iter().filter(|(_, leaving)| leaving.muted).map(|(account, _)| account);
		for account in Self::in_order(muted) {
			T::Session::report_offence(account, OffenceSeverity::max_severity());
		}
	}

	/// Changes the keys of a validator of `organisation`.
	pub(crate) fn change_keys(
		organisation: OrganisationId,
		validator: &AccountId,
		keys: T::SessionKeys,
		proof: &[u8],
	) -> DispatchResult {
		let of = Validators::<T>::get(validator).ok_or(Error::<T>::ValidatorNotFound)?;
		ensure!(of == organisation, Error::<T>::NotAuthorized);
		let now = Self::now();
		let rested = KeysSetAt::<T>::get(validator).is_none_or(|at| now >= at.saturating_add(T::KeyCoolDown::get()));
		ensure!(rested, Error::<T>::KeysChangedTooSoon);
		ensure!(keys.ownership_proof_is_valid(&validator.encode(), proof), Error::<T>::ProofNotValid);
		T::Session::set_keys(validator, keys)?;
		KeysSetAt::<T>::insert(validator, now);
		SetChanged::<T>::put(true);
		Ok(())
	}

	/// The validators with keys, by account.
	pub(crate) fn working_validators() -> Vec<AccountId> {
		Self::in_order(Validators::<T>::iter_keys().filter(T::Session::is_registered))
	}

	fn in_order(accounts: impl Iterator<Item = AccountId>) -> Vec<AccountId> {
		let mut accounts: Vec<_> = accounts.collect();
		accounts.sort();
		accounts
	}

	/// All validators with what is known of them, by account.
	pub(crate) fn all_validators() -> Vec<Validator> {
		let mut all: Vec<_> = Validators::<T>::iter()
			.map(|(account, organisation)| Validator {
				has_keys: T::Session::is_registered(&account),
				last_block: LastBlock::<T>::get(&account),
				sessions_absent: AbsentSessions::<T>::get(&account),
				account,
				organisation,
			})
			.collect();
		all.sort_by(|a, b| a.account.cmp(&b.account));
		all
	}
}

fn max<T: Config>() -> usize {
	T::MaxValidators::get() as usize
}

/// Signatures by which a node shows that it holds session keys.
pub type OwnershipProof = BoundedVec<u8, ConstU32<MAX_PROOF_LEN>>;

/// For pallet-session: an account that validates or is about to leave is its own validator id; nobody else has one.
pub struct ValidatorOf<T>(core::marker::PhantomData<T>);

impl<T: Config> Convert<AccountId, Option<AccountId>> for ValidatorOf<T> {
	fn convert(account: AccountId) -> Option<AccountId> {
		let known = Validators::<T>::contains_key(&account) || LeavingValidators::<T>::contains_key(&account);
		known.then_some(account)
	}
}

/// For pallet-session's history: a validator is identified by its account alone.
pub struct NothingMore;

impl Convert<AccountId, Option<()>> for NothingMore {
	fn convert(_: AccountId) -> Option<()> {
		Some(())
	}
}
