//! What other pallets ask: who is active, and for whom.

use crate::{rules, Config, Members, Organisations, Pallet, Validators};
use alloc::vec::Vec;
use semblance_primitives::{
	consortium::{Member, Organisation, OrganisationStatus, Role},
	traits::{Membership, Seats},
	AccountId, OrganisationId,
};

impl<T: Config> Membership for Pallet<T> {
	fn active_member(account: &AccountId) -> Option<Member> {
		let member = Members::<T>::get(account).and_then(|member| Self::with_present_roles(account, member))?;
		is_active::<T>(member.organisation).then_some(member)
	}

	fn organisation(id: OrganisationId) -> Option<Organisation> {
		Organisations::<T>::get(id)
	}

	fn organisation_of_validator(account: &AccountId) -> Option<OrganisationId> {
		Validators::<T>::get(account).filter(|organisation| is_active::<T>(*organisation))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_member(
		account: &AccountId,
		kind: semblance_primitives::consortium::OrganisationKind,
	) -> OrganisationId {
		crate::benchmarking::benchmark_member::<T>(account, kind)
	}
}

/// Every active hospital has one seat; each of its administrators votes for it.
impl<T: Config> Seats for Pallet<T> {
	fn seat_of(account: &AccountId) -> Option<OrganisationId> {
		let organisation = Self::organisation_with_role(account, Role::Administrator)?;
		Organisations::<T>::get(organisation).is_some_and(|record| has_seat(&record)).then_some(organisation)
	}

	fn seats() -> Vec<OrganisationId> {
		let mut seats: Vec<_> =
			Organisations::<T>::iter().filter(|(_, record)| has_seat(record)).map(|(id, _)| id).collect();
		seats.sort_unstable();
		seats
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_voters() -> Vec<AccountId> {
		crate::benchmarking::benchmark_voters::<T>()
	}
}

fn has_seat(organisation: &Organisation) -> bool {
	rules::runs_validators(organisation.kind) && organisation.status == OrganisationStatus::Active
}

fn is_active<T: Config>(organisation: OrganisationId) -> bool {
	Organisations::<T>::get(organisation).is_some_and(|record| record.status == OrganisationStatus::Active)
}
