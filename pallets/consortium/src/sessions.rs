//! What happens from session to session: who validates next, and who was absent.

use crate::{AbsentSessions, Config, Event, LastBlock, Pallet, SessionStart, SetChanged, Validators, WeightInfo};
use alloc::vec::Vec;
use frame_support::{dispatch::DispatchClass, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_session::{historical, SessionInterface, SessionManager};
use semblance_primitives::AccountId;
use sp_staking::SessionIndex;

impl<T: Config> SessionManager<AccountId> for Pallet<T> {
	/// All validators with keys, if anything has changed since they were last listed; never nobody.
	fn new_session(_: SessionIndex) -> Option<Vec<AccountId>> {
		if !SetChanged::<T>::get() {
			return None;
		}
		let working = Self::working_validators();
		if working.is_empty() {
			return None;
		}
		SetChanged::<T>::put(false);
		Some(working)
	}

	/// At genesis pallet-session takes the validators from its own configuration, because it comes before this pallet.
	fn new_session_genesis(_: SessionIndex) -> Option<Vec<AccountId>> {
		Some(T::Session::validators()).filter(|validators| !validators.is_empty())
	}

	fn start_session(session: SessionIndex) {
		SessionStart::<T>::put((session, Self::now()));
		Self::forget_the_gone(session);
		Self::keep_muted();
		let oldest = session.saturating_sub(T::EvidenceSessions::get());
		if oldest > 0 {
			T::Session::prune_up_to(oldest);
		}
	}

	fn end_session(_: SessionIndex) {
		for validator in T::Session::validators() {
			Self::note_presence(validator);
		}
	}
}

impl<T: Config> historical::SessionManager<AccountId, ()> for Pallet<T> {
	fn new_session(session: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		<Self as SessionManager<_>>::new_session(session).map(identified)
	}

	fn new_session_genesis(session: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		<Self as SessionManager<_>>::new_session_genesis(session).map(identified)
	}

	fn start_session(session: SessionIndex) {
		<Self as SessionManager<_>>::start_session(session);
	}

	fn end_session(session: SessionIndex) {
		<Self as SessionManager<_>>::end_session(session);
	}
}

fn identified(validators: Vec<AccountId>) -> Vec<(AccountId, ())> {
	validators.into_iter().map(|account| (account, ())).collect()
}

impl<T: Config> Pallet<T> {
	/// Counts sessions without a block of a validator. Absence is shown, not punished: putting out whoever cannot be
	/// reached would help an attacker who cuts lines.
	fn note_presence(validator: AccountId) {
		let Some(organisation) = Validators::<T>::get(&validator) else { return };
		let (_, start) = SessionStart::<T>::get();
		if LastBlock::<T>::get(&validator).is_some_and(|block| block >= start) {
			if AbsentSessions::<T>::take(&validator) > 0 {
				Self::deposit_event(Event::ValidatorReturned { organisation, validator });
			}
			return;
		}
		let sessions = AbsentSessions::<T>::get(&validator).saturating_add(1);
		AbsentSessions::<T>::insert(&validator, sessions);
		Self::deposit_event(Event::ValidatorAbsent { organisation, validator, sessions });
	}
}

impl<T: Config> pallet_authorship::EventHandler<AccountId, BlockNumberFor<T>> for Pallet<T> {
	fn note_author(author: AccountId) {
		LastBlock::<T>::insert(author, Self::now());
		frame_system::Pallet::<T>::register_extra_weight_unchecked(
			T::WeightInfo::note_author(),
			DispatchClass::Mandatory,
		);
	}
}
