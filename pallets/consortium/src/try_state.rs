//! What always holds, checked by try-runtime and after every test.

use crate::{
	members::stands_as_administrator, rules, Config, MemberCount, Members, NextOrganisation, Organisations, Pallet,
	StandingAdministrators, Validators,
};
use frame_support::ensure;
use semblance_primitives::consortium::OrganisationStatus;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants over members, counts, organisations and validators.
	pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::every_member_fits_its_organisation()?;
		Self::counts_agree_with_members()?;
		Self::organisations_are_numbered_and_administered()?;
		Self::validators_belong_to_hospitals()
	}

	fn every_member_fits_its_organisation() -> Result<(), TryRuntimeError> {
		for (account, member) in Members::<T>::iter() {
			let organisation =
				Organisations::<T>::get(member.organisation).ok_or("a member's organisation is missing")?;
			ensure!(rules::check_roles::<T>(&member.roles, organisation.kind).is_ok(), "a member's roles break a rule");
			ensure!(frame_system::Pallet::<T>::providers(&account) > 0, "a member cannot sign");
		}
		Ok(())
	}

	fn counts_agree_with_members() -> Result<(), TryRuntimeError> {
		for (id, _) in Organisations::<T>::iter() {
			let members = || Members::<T>::iter_values().filter(|member| member.organisation == id);
			let administrators = members().filter(stands_as_administrator).count();
			ensure!(MemberCount::<T>::get(id) as usize == members().count(), "MemberCount is wrong");
			ensure!(StandingAdministrators::<T>::get(id) as usize == administrators, "StandingAdministrators is wrong");
		}
		Ok(())
	}

	fn organisations_are_numbered_and_administered() -> Result<(), TryRuntimeError> {
		let next = NextOrganisation::<T>::get();
		for (id, organisation) in Organisations::<T>::iter() {
			ensure!((1..next).contains(&id), "an organisation's number was never given");
			let removed = organisation.status == OrganisationStatus::Removed;
			ensure!(removed || StandingAdministrators::<T>::get(id) > 0, "an organisation is locked out");
		}
		ensure!(Organisations::<T>::iter().count() == next.saturating_sub(1) as usize, "an organisation is missing");
		Ok(())
	}

	fn validators_belong_to_hospitals() -> Result<(), TryRuntimeError> {
		for organisation in Validators::<T>::iter_values() {
			let record = Organisations::<T>::get(organisation).ok_or("a validator's organisation is missing")?;
			ensure!(rules::runs_validators(record.kind), "a validator belongs to no hospital");
		}
		Ok(())
	}
}
