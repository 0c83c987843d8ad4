//! What always holds, checked by try-runtime and after every test.

use crate::{Config, ConsentCount, Consents, History, LastRestriction, Pallet, Subjects, Successors};
use alloc::collections::BTreeMap;
use frame_support::ensure;
use semblance_primitives::{
	consent::{Consent, ConsentStatus, Transition},
	BlockNumber, ConsentHandle, OrganisationId,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants over consents, history, counts, restrictions and successors.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut restrictions = BTreeMap::<OrganisationId, BlockNumber>::new();
		for (handle, consent) in Consents::<T>::iter() {
			Self::history_leads_to(&handle, &consent)?;
			let superseded = consent.latest.status == ConsentStatus::Superseded;
			ensure!(superseded == Successors::<T>::contains_key(handle), "a successor is missing or too many");
			let last = restrictions.entry(consent.custodian).or_default();
			*last = (*last).max(Self::last_restriction_of(&handle, consent.latest));
		}
		for (custodian, last) in restrictions {
			ensure!(LastRestriction::<T>::get(custodian) == last, "LastRestriction is wrong");
		}
		let strays = History::<T>::iter_keys().any(|(handle, _)| !Consents::<T>::contains_key(handle));
		ensure!(!strays, "a history belongs to no consent");
		Self::counts_agree_with_consents()
	}

	fn history_leads_to(handle: &ConsentHandle, consent: &Consent) -> Result<(), TryRuntimeError> {
		ensure!(History::<T>::iter_key_prefix(handle).count() == consent.earlier as usize, "earlier is wrong");
		let mut block = 0;
		for index in 0..consent.earlier {
			let transition = History::<T>::get(handle, index).ok_or("a transition is missing")?;
			ensure!(transition.block >= block, "history runs backwards");
			block = transition.block;
		}
		ensure!(consent.latest.block >= block, "the latest transition is not the last");
		Ok(())
	}

	fn last_restriction_of(handle: &ConsentHandle, latest: Transition) -> BlockNumber {
		use ConsentStatus::{Invalidated, Restricted, Revoked, Superseded, Withdrawn};
		History::<T>::iter_prefix_values(handle)
			.chain([latest])
			.filter(|t| matches!(t.status, Restricted | Withdrawn | Revoked | Invalidated | Superseded))
			.map(|t| t.block)
			.max()
			.unwrap_or_default()
	}

	fn counts_agree_with_consents() -> Result<(), TryRuntimeError> {
		let mut custodians = BTreeMap::<_, u32>::new();
		let mut subjects = BTreeMap::<_, u32>::new();
		for consent in Consents::<T>::iter_values() {
			let count = custodians.entry(consent.custodian).or_default();
			*count = count.saturating_add(1);
			if let Some(subject) = consent.subject {
				let count = subjects.entry(subject).or_default();
				*count = count.saturating_add(1);
			}
		}
		ensure!(ConsentCount::<T>::iter().collect::<BTreeMap<_, _>>() == custodians, "ConsentCount is wrong");
		ensure!(Subjects::<T>::iter().collect::<BTreeMap<_, _>>() == subjects, "Subjects is wrong");
		let all_can_sign = subjects.keys().all(|account| frame_system::Pallet::<T>::providers(account) > 0);
		ensure!(all_can_sign, "a subject cannot sign");
		Ok(())
	}
}
