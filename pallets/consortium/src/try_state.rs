//! What always holds, checked by try-runtime and after every test.

use crate::{
	members::stands_as_administrator, renewal::has_further_roles, rules, AbsentSessions, Config, Leaving,
	LeavingValidators, MemberCount, Members, NextOrganisation, Organisations, Pallet, RolesUntil, SessionStart,
	StandingAdministrators, Usages, Validators,
};
use frame_support::{ensure, traits::Get};
use semblance_primitives::consortium::OrganisationStatus;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants over members, counts, organisations, validators and quotas.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::every_member_fits_its_organisation()?;
		Self::roles_end()?;
		Self::counts_agree_with_members()?;
		Self::organisations_are_numbered_and_administered()?;
		Self::validators_belong_to_hospitals()?;
		Self::leaving_validators_leave_soon()?;
		Self::removed_organisations_keep_nothing()?;
		let within = Usages::<T>::iter_values().all(|usage| usage.used <= T::QuotaCapacity::get());
		ensure!(within, "an organisation used more than its quota");
		Ok(())
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

	fn roles_end() -> Result<(), TryRuntimeError> {
		for (account, member) in Members::<T>::iter() {
			let noted = member.valid_until.is_none() && has_further_roles(&member);
			ensure!(noted == RolesUntil::<T>::contains_key(&account), "roles have no end, or two");
			let latest = Self::now().saturating_add(T::RenewalPeriod::get());
			let end = Self::roles_until(&account, &member);
			ensure!(end.is_none_or(|end| end <= latest), "roles end later than they can be given for");
		}
		ensure!(RolesUntil::<T>::iter_keys().all(Members::<T>::contains_key), "roles of nobody end");
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
		for (account, organisation) in Validators::<T>::iter() {
			let record = Organisations::<T>::get(organisation).ok_or("a validator's organisation is missing")?;
			ensure!(rules::runs_validators(record.kind), "a validator belongs to no hospital");
			ensure!(record.status != OrganisationStatus::Removed, "a removed hospital runs a validator");
			ensure!(!LeavingValidators::<T>::contains_key(&account), "a validator stays and leaves");
		}
		ensure!(Validators::<T>::iter().count() <= T::MaxValidators::get() as usize, "there are too many validators");
		Ok(())
	}

	fn leaving_validators_leave_soon() -> Result<(), TryRuntimeError> {
		let (session, _) = SessionStart::<T>::get();
		let soon = session.saturating_add(2);
		ensure!(
			LeavingValidators::<T>::iter_values().all(|Leaving { without, .. }| without > session && without <= soon),
			"a removed validator was kept"
		);
		ensure!(AbsentSessions::<T>::iter_values().all(|sessions| sessions > 0), "a presence is counted as absence");
		Ok(())
	}

	fn removed_organisations_keep_nothing() -> Result<(), TryRuntimeError> {
		for organisation in Organisations::<T>::iter_values() {
			let gone = organisation.status == OrganisationStatus::Removed;
			let bare = organisation.peers.is_empty() && organisation.encryption_key.is_none();
			ensure!(!gone || bare, "a removed organisation has peers or a key");
		}
		Ok(())
	}
}
