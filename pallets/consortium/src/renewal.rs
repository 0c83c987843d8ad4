//! Roles end after a while, so that each is confirmed from time to time by somebody who knows whether the person still
//! does the work.
//!
//! A membership has an end at most `RenewalPeriod` ahead, until which all of its roles hold. Only administrators may have
//! none, lest an organisation is locked out by the passing of time; their other roles end all the same.

use crate::{Config, Error, Members, Organisations, Pallet, Roles, RolesUntil};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use semblance_primitives::{
	consortium::{Member, OrganisationStatus, Role},
	AccountId, BlockNumber, OrganisationId,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	/// The last block of what is given or renewed now.
	pub(crate) fn renewed_until() -> BlockNumber {
		Self::now().saturating_add(T::RenewalPeriod::get())
	}

	/// The end of a membership for which `asked` was asked: without an end there are administrators only.
	pub(crate) fn end_of(roles: &Roles, asked: Option<BlockNumber>) -> Option<BlockNumber> {
		asked.or_else(|| (!roles.contains(&Role::Administrator)).then(Self::renewed_until))
	}

	/// Refuses ends in the past and further ahead than a renewal reaches.
	pub(crate) fn check_end(valid_until: Option<BlockNumber>) -> DispatchResult {
		let Some(end) = valid_until else { return Ok(()) };
		ensure!(end >= Self::now(), Error::<T>::EndNotInFuture);
		ensure!(end <= Self::renewed_until(), Error::<T>::EndTooLate);
		Ok(())
	}

	/// Notes until when the further roles of an administrator without end hold.
	pub(crate) fn note_roles(account: &AccountId, member: &Member) {
		if member.valid_until.is_none() && has_further_roles(member) {
			RolesUntil::<T>::insert(account, Self::renewed_until());
		} else {
			RolesUntil::<T>::remove(account);
		}
	}

	/// The last block of a member's roles; of an administrator without end, of the roles besides. None if it has no roles
	/// that end.
	pub(crate) fn roles_until(account: &AccountId, member: &Member) -> Option<BlockNumber> {
		member.valid_until.or_else(|| RolesUntil::<T>::get(account))
	}

	/// The member with the roles that hold now; none if there are none.
	pub(crate) fn with_present_roles(account: &AccountId, mut member: Member) -> Option<Member> {
		if Self::roles_until(account, &member).is_some_and(|end| Self::now() > end) {
			let stands = member.valid_until.is_none();
			member.roles.retain(|role| stands && *role == Role::Administrator);
		}
		(!member.roles.is_empty()).then_some(member)
	}

	/// Lets the roles of a member of `organisation` hold for another period. Returns their last block.
	pub(crate) fn prolong(account: &AccountId, organisation: OrganisationId) -> Result<BlockNumber, DispatchError> {
		let member = Self::member_of(account, organisation)?;
		ensure!(member.valid_until.is_some() || has_further_roles(&member), Error::<T>::NothingToRenew);
		let end = Self::renewed_until();
		match member.valid_until {
			Some(_) => Members::<T>::insert(account, Member { valid_until: Some(end), ..member }),
			None => RolesUntil::<T>::insert(account, end),
		}
		Ok(end)
	}

	/// Whether only the passing of time keeps `account` from acting: it is a member of an active organisation, and its
	/// roles have ended.
	pub(crate) fn has_ended(account: &AccountId) -> bool {
		let Some(member) = Members::<T>::get(account) else { return false };
		let organisation = Organisations::<T>::get(member.organisation);
		organisation.is_some_and(|record| record.status == OrganisationStatus::Active)
			&& Self::with_present_roles(account, member).is_none()
	}

	/// Why an account that may not act is refused.
	pub(crate) fn refusal_of(account: &AccountId) -> Error<T> {
		if Self::has_ended(account) {
			Error::MembershipEnded
		} else {
			Error::NotAuthorized
		}
	}

	/// Members of `organisation` whose roles end in or before block `by`, soonest first, with their last blocks.
	pub(crate) fn due(organisation: OrganisationId, by: BlockNumber) -> Vec<(AccountId, BlockNumber)> {
		let members = Members::<T>::iter().filter(|(_, member)| member.organisation == organisation);
		let ends = members.filter_map(|(account, member)| {
			let end = Self::roles_until(&account, &member)?;
			Some((account, end))
		});
		let mut due: Vec<_> = ends.filter(|(_, end)| *end <= by).collect();
		due.sort_unstable_by(|(a, a_end), (b, b_end)| (a_end, a).cmp(&(b_end, b)));
		due
	}
}

/// Whether the member has roles besides administration.
pub(crate) fn has_further_roles(member: &Member) -> bool {
	member.roles.iter().any(|role| *role != Role::Administrator)
}
