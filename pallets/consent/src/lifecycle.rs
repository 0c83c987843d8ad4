//! How a consent changes: who may, when, and what goes on record.

use crate::{
	types::{Change, Standing},
	Config, Consents, Error, Event, History, LastRestriction, Pallet, Successors,
};
use frame_support::{ensure, traits::Time};
use semblance_primitives::{
	consent::{Consent, ConsentReason, ConsentStatus, Transition},
	consortium::Role,
	data_use::DataUse,
	traits::Membership,
	AccountId, BlockNumber, ConsentHandle, Digest, OrganisationId,
};
use sp_runtime::{DispatchError, DispatchResult, SaturatedConversion};

impl<T: Config> Pallet<T> {
	/// The current block.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// A change that only the subject can make.
	pub(crate) fn change_as_subject(
		who: &AccountId,
		handle: ConsentHandle,
		change: Change,
		evidence: Digest,
	) -> DispatchResult {
		let consent = Self::existing(&handle)?;
		ensure!(consent.subject.as_ref() == Some(who), Error::<T>::NotAuthorized);
		Self::apply(who, handle, consent, change, evidence)
	}

	/// A change that only a steward of the custodian can make, with evidence.
	pub(crate) fn change_as_steward(
		who: &AccountId,
		handle: ConsentHandle,
		change: Change,
		evidence: Digest,
	) -> DispatchResult {
		let consent = Self::existing(&handle)?;
		ensure!(T::Membership::acts_for(who, Role::DataSteward, consent.custodian), Error::<T>::NotAuthorized);
		ensure!(!evidence.is_zero(), Error::<T>::EvidenceMissing);
		Self::apply(who, handle, consent, change, evidence)
	}

	/// A change of the subject's that a steward can record for it, with evidence.
	pub(crate) fn change_as_either(
		who: &AccountId,
		handle: ConsentHandle,
		change: Change,
		evidence: Digest,
	) -> DispatchResult {
		let is_subject = Self::existing(&handle)?.subject.as_ref() == Some(who);
		match is_subject {
			true => Self::change_as_subject(who, handle, change, evidence),
			false => Self::change_as_steward(who, handle, change, evidence),
		}
	}

	/// A change that anyone can record, because the chain itself shows that it is due.
	pub(crate) fn change_as_anyone(who: &AccountId, handle: ConsentHandle, change: Change) -> DispatchResult {
		let consent = Self::existing(&handle)?;
		Self::apply(who, handle, consent, change, Digest::zero())
	}

	/// The consent, or the error that there is none.
	pub(crate) fn existing(handle: &ConsentHandle) -> Result<Consent, DispatchError> {
		Ok(Consents::<T>::get(handle).ok_or(Error::<T>::ConsentNotFound)?)
	}

	/// Makes `change` if the consent's state allows it. Whether `actor` may is checked before.
	pub(crate) fn apply(
		actor: &AccountId,
		handle: ConsentHandle,
		consent: Consent,
		change: Change,
		evidence: Digest,
	) -> DispatchResult {
		let status = consent.latest.status;
		ensure!(change.is_possible_in(status), not_possible::<T>(&change, status));
		Self::check_content(&handle, &consent, &change)?;
		if let Change::Supersede { by } = &change {
			Successors::<T>::insert(handle, by);
		}
		if change.restricts() {
			LastRestriction::<T>::insert(consent.custodian, Self::now());
		}
		Self::deposit_event(event(handle, consent.custodian, &change));
		let next = Self::transition(actor, change.reason(), evidence, change.leads_to(&consent.latest));
		Self::advance(handle, consent, next);
		Ok(())
	}

	/// A change that is made now.
	pub(crate) fn transition(
		actor: &AccountId,
		reason: ConsentReason,
		evidence: Digest,
		Standing { status, terms, expires }: Standing,
	) -> Transition {
		let (block, moment, actor) = (Self::now(), T::Time::now(), actor.clone());
		Transition { block, moment, actor, status, terms, expires, reason, evidence }
	}

	/// Makes `next` the consent's latest change; the one before goes into history.
	pub(crate) fn advance(handle: ConsentHandle, mut consent: Consent, next: Transition) {
		let former = core::mem::replace(&mut consent.latest, next);
		History::<T>::insert(handle, consent.earlier, former);
		consent.earlier = consent.earlier.saturating_add(1);
		Consents::<T>::insert(handle, consent);
	}

	/// Checks terms, ends, reasons and successors.
	fn check_content(handle: &ConsentHandle, consent: &Consent, change: &Change) -> DispatchResult {
		let present = &consent.latest;
		let is_over = present.is_over(Self::now());
		match change {
			Change::Give => ensure!(!is_over, Error::<T>::EndIsOver),
			Change::Renew { expires } => Self::check_new_end(present.expires, *expires)?,
			Change::Restrict { terms } => {
				ensure!(!is_over, Error::<T>::EndIsOver);
				check_narrower::<T>(&present.terms, terms)?;
			},
			Change::Revoke { reason } | Change::Invalidate { reason } => {
				ensure!(*reason != ConsentReason::SubjectRequest, Error::<T>::ReasonNotAllowed);
			},
			Change::Supersede { by } => Self::check_successor(handle, consent, by)?,
			Change::Expire => ensure!(is_over, Error::<T>::EndNotReached),
			Change::Refuse | Change::Withdraw => {},
		}
		Ok(())
	}

	/// A renewal holds now, and at least as long as before.
	fn check_new_end(present: Option<BlockNumber>, new: Option<BlockNumber>) -> DispatchResult {
		let Some(new) = new else { return Ok(()) };
		ensure!(new >= Self::now(), Error::<T>::EndNotInFuture);
		ensure!(present.is_some_and(|present| new >= present), Error::<T>::EndBroughtForward);
		Ok(())
	}

	fn check_successor(handle: &ConsentHandle, consent: &Consent, by: &ConsentHandle) -> DispatchResult {
		let allowed = by != handle
			&& Consents::<T>::get(by).is_some_and(|next| {
				next.custodian == consent.custodian
					&& next.latest.is_in_force(Self::now())
					&& (consent.subject.is_none() || consent.subject == next.subject)
			});
		ensure!(allowed, Error::<T>::SuccessorNotAllowed);
		Ok(())
	}
}

fn check_narrower<T: Config>(present: &DataUse, new: &DataUse) -> DispatchResult {
	ensure!(new.is_consistent(), Error::<T>::TermsInconsistent);
	ensure!(new != present && new.is_at_least_as_strict_as(present), Error::<T>::TermsNotStricter);
	Ok(())
}

fn not_possible<T: Config>(change: &Change, from: ConsentStatus) -> Error<T> {
	match change {
		Change::Give | Change::Refuse => Error::ConsentNotRequested,
		Change::Renew { .. } => Error::ConsentNotRenewable,
		Change::Restrict { .. } => Error::ConsentNotRestrictable,
		Change::Withdraw if from == ConsentStatus::Withdrawn => Error::ConsentAlreadyWithdrawn,
		Change::Withdraw => Error::ConsentNotWithdrawable,
		Change::Revoke { .. } => Error::ConsentNotRevocable,
		Change::Invalidate { .. } => Error::ConsentNotInvalidable,
		Change::Supersede { .. } => Error::ConsentNotSupersedable,
		Change::Expire => Error::ConsentNotExpirable,
	}
}

fn event<T: Config>(handle: ConsentHandle, custodian: OrganisationId, change: &Change) -> Event<T> {
	match change {
		Change::Give => Event::ConsentGiven { handle, custodian },
		Change::Refuse => Event::ConsentRefused { handle, custodian },
		Change::Renew { expires } => Event::ConsentRenewed { handle, custodian, expires: *expires },
		Change::Restrict { .. } => Event::ConsentRestricted { handle, custodian },
		Change::Withdraw => Event::ConsentWithdrawn { handle, custodian },
		Change::Revoke { reason } => Event::ConsentRevoked { handle, custodian, reason: *reason },
		Change::Invalidate { reason } => Event::ConsentInvalidated { handle, custodian, reason: *reason },
		Change::Supersede { by } => Event::ConsentSuperseded { handle, custodian, by: *by },
		Change::Expire => Event::ConsentExpired { handle, custodian },
	}
}
