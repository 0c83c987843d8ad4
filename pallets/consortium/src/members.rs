//! How organisations and memberships change. Every function either does all of its changes or, as part of a call that
//! fails, none.

use crate::{
	rules, Config, Error, MemberCount, Members, Name, NextOrganisation, Organisations, Pallet, Roles, RolesUntil,
	StandingAdministrators,
};
use frame_support::{ensure, traits::Get};
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use semblance_primitives::{
	consortium::{Member, Organisation, OrganisationKind, OrganisationStatus, Role, MAX_ORGANISATIONS},
	traits::Membership,
	AccountId, BlockNumber, OrganisationId,
};
use sp_runtime::{DispatchError, DispatchResult, SaturatedConversion};

impl<T: Config> Pallet<T> {
	/// The current block.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// The organisation whose active administrator signed.
	pub(crate) fn ensure_administrator(origin: OriginFor<T>) -> Result<OrganisationId, DispatchError> {
		let who = ensure_signed(origin)?;
		let organisation = <Self as Membership>::organisation_with_role(&who, Role::Administrator);
		Ok(organisation.ok_or_else(|| Self::refusal_of(&who))?)
	}

	/// Creates an active organisation without members.
	pub(crate) fn found(name: Name, kind: OrganisationKind) -> Result<OrganisationId, DispatchError> {
		ensure!(rules::is_presentable(&name), Error::<T>::NameNotAllowed);
		let id = NextOrganisation::<T>::get();
		ensure!(id <= MAX_ORGANISATIONS, Error::<T>::MaxOrganisationsExceeded);
		let next = id.checked_add(1).ok_or(Error::<T>::MaxOrganisationsExceeded)?;
		let organisation = Organisation {
			name,
			kind,
			status: OrganisationStatus::Active,
			peers: Default::default(),
			encryption_key: None,
			since: Self::now(),
		};
		Organisations::<T>::insert(id, organisation);
		NextOrganisation::<T>::put(next);
		Ok(id)
	}

	/// Moves an organisation to another status, if its present one allows that.
	pub(crate) fn change_status(id: OrganisationId, to: OrganisationStatus) -> DispatchResult {
		use OrganisationStatus::{Active, Removed, Suspended};
		let organisation = Organisations::<T>::get(id).ok_or(Error::<T>::OrganisationNotFound)?;
		match (organisation.status, to) {
			(Removed, _) => return Err(Error::<T>::OrganisationAlreadyRemoved.into()),
			(Active, Suspended) | (Suspended, Active) | (_, Removed) => {},
			(_, Suspended) => return Err(Error::<T>::OrganisationNotActive.into()),
			(_, Active) => return Err(Error::<T>::OrganisationNotSuspended.into()),
		}
		Organisations::<T>::insert(id, Organisation { status: to, ..organisation });
		Ok(())
	}

	/// Changes a field of an organisation.
	pub(crate) fn change_organisation(id: OrganisationId, change: impl FnOnce(&mut Organisation)) -> DispatchResult {
		Organisations::<T>::try_mutate(id, |record| {
			change(record.as_mut().ok_or(Error::<T>::OrganisationNotFound)?);
			Ok(())
		})
	}

	/// Makes `account` a member, and returns the end of its membership. It may come from an organisation that left the
	/// consortium.
	pub(crate) fn enrol(
		account: &AccountId,
		organisation: OrganisationId,
		roles: Roles,
		valid_until: Option<BlockNumber>,
	) -> Result<Option<BlockNumber>, DispatchError> {
		let valid_until = Self::check_membership_terms(organisation, &roles, valid_until)?;
		if let Some(former) = Members::<T>::get(account) {
			ensure!(Self::is_removed(former.organisation), Error::<T>::AlreadyMember);
			Self::forget(account, &former);
		}
		let count = MemberCount::<T>::get(organisation).saturating_add(1);
		ensure!(count <= T::MaxMembersPerOrganisation::get(), Error::<T>::MaxMembersExceeded);
		let member = Member { organisation, roles, valid_until, encryption_key: None };
		Self::keep_administered(organisation, false, stands_as_administrator(&member))?;
		MemberCount::<T>::insert(organisation, count);
		Self::note_roles(account, &member);
		Members::<T>::insert(account, member);
		// Without a provider reference an account that holds no balance cannot sign.
		frame_system::Pallet::<T>::inc_providers(account);
		Ok(valid_until)
	}

	/// Changes roles and end of a member, and returns the end.
	pub(crate) fn amend(
		account: &AccountId,
		organisation: OrganisationId,
		roles: Roles,
		valid_until: Option<BlockNumber>,
	) -> Result<Option<BlockNumber>, DispatchError> {
		let valid_until = Self::check_membership_terms(organisation, &roles, valid_until)?;
		let member = Self::member_of(account, organisation)?;
		let amended = Member { roles, valid_until, ..member.clone() };
		Self::keep_administered(organisation, stands_as_administrator(&member), stands_as_administrator(&amended))?;
		Self::note_roles(account, &amended);
		Members::<T>::insert(account, amended);
		Ok(valid_until)
	}

	/// Ends a membership.
	pub(crate) fn dismiss(account: &AccountId, organisation: OrganisationId) -> DispatchResult {
		let member = Self::member_of(account, organisation)?;
		ensure!(
			!stands_as_administrator(&member) || StandingAdministrators::<T>::get(organisation) > 1,
			Error::<T>::LastAdministrator
		);
		Self::forget(account, &member);
		Ok(())
	}

	/// A member of `organisation`.
	pub(crate) fn member_of(account: &AccountId, organisation: OrganisationId) -> Result<Member, DispatchError> {
		let member = Members::<T>::get(account).ok_or(Error::<T>::MemberNotFound)?;
		ensure!(member.organisation == organisation, Error::<T>::NotAuthorized);
		Ok(member)
	}

	fn is_removed(organisation: OrganisationId) -> bool {
		Organisations::<T>::get(organisation).is_none_or(|record| record.status == OrganisationStatus::Removed)
	}

	/// Checks the terms of a membership, and returns its end.
	fn check_membership_terms(
		organisation: OrganisationId,
		roles: &Roles,
		valid_until: Option<BlockNumber>,
	) -> Result<Option<BlockNumber>, DispatchError> {
		let kind = Organisations::<T>::get(organisation).ok_or(Error::<T>::OrganisationNotFound)?.kind;
		rules::check_roles::<T>(roles, kind)?;
		Self::check_end(valid_until)?;
		Ok(Self::end_of(roles, valid_until))
	}

	/// Counts a change of a standing administrator, and refuses to lose the last one.
	fn keep_administered(organisation: OrganisationId, before: bool, after: bool) -> DispatchResult {
		let count = StandingAdministrators::<T>::get(organisation);
		let count = match (before, after) {
			(false, true) => count.saturating_add(1),
			(true, false) => count.saturating_sub(1),
			_ => return Ok(()),
		};
		ensure!(count > 0, Error::<T>::LastAdministrator);
		StandingAdministrators::<T>::insert(organisation, count);
		Ok(())
	}

	/// Deletes a membership and takes it out of the counts.
	fn forget(account: &AccountId, member: &Member) {
		Members::<T>::remove(account);
		RolesUntil::<T>::remove(account);
		MemberCount::<T>::mutate(member.organisation, |count| *count = count.saturating_sub(1));
		if stands_as_administrator(member) {
			StandingAdministrators::<T>::mutate(member.organisation, |count| *count = count.saturating_sub(1));
		}
		// Fails only while something else, such as session keys, still leans on the account. The reference then stays:
		// a member must be removable whatever the member did.
		let _ = frame_system::Pallet::<T>::dec_providers(account);
	}
}

/// Whether the member administers its organisation without end.
pub(crate) fn stands_as_administrator(member: &Member) -> bool {
	member.has(Role::Administrator) && member.valid_until.is_none()
}
