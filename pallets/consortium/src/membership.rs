//! What other pallets ask: who is active, and for whom.

use crate::{Config, Members, Organisations, Pallet, Validators};
use semblance_primitives::{
	consortium::{Member, Organisation, OrganisationStatus},
	traits::Membership,
	AccountId, OrganisationId,
};

impl<T: Config> Membership for Pallet<T> {
	fn active_member(account: &AccountId) -> Option<Member> {
		let member = Members::<T>::get(account).filter(|member| member.is_valid_at(Self::now()))?;
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

fn is_active<T: Config>(organisation: OrganisationId) -> bool {
	Organisations::<T>::get(organisation).is_some_and(|record| record.status == OrganisationStatus::Active)
}
