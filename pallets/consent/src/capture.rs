//! How a consent comes to be: asked for on chain, or recorded from paper.

use crate::{types::CaptureForm, Config, ConsentCount, Consents, Error, Pallet, Subjects};
use frame_support::ensure;
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use semblance_primitives::{
	consent::{Capture, CapturedConsent, Consent, ConsentReason, ConsentStatus, Transition},
	consortium::{OrganisationKind, Role},
	traits::Membership,
	AccountId, ConsentHandle, Digest, OrganisationId,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	/// The active data steward of a hospital who signed, and the hospital.
	pub(crate) fn ensure_steward(origin: OriginFor<T>) -> Result<(AccountId, OrganisationId), DispatchError> {
		let who = ensure_signed(origin)?;
		let custodian = T::Membership::organisation_with_role(&who, Role::DataSteward)
			.filter(|id| {
				T::Membership::organisation(*id).is_some_and(|record| record.kind == OrganisationKind::Hospital)
			})
			.ok_or(Error::<T>::NotAuthorized)?;
		Ok((who, custodian))
	}

	/// Asks `subject` for a consent: a new one, or one that is over.
	pub(crate) fn do_request(
		handle: ConsentHandle,
		steward: &AccountId,
		custodian: OrganisationId,
		subject: AccountId,
		form: CaptureForm,
	) -> DispatchResult {
		ensure!(matches!(form.capture, Capture::SelfSigned | Capture::Guardian), Error::<T>::CaptureNotAllowed);
		Self::check_form(&form)?;
		let standing = form.standing(ConsentStatus::Requested);
		let asked = Self::transition(steward, ConsentReason::Routine, Digest::zero(), standing);
		match Consents::<T>::get(handle) {
			None => {
				Self::count(custodian, 1);
				Self::let_sign(&subject);
				Consents::<T>::insert(handle, new_consent(custodian, Some(subject), &form, asked));
			},
			Some(former) => {
				Self::check_again(&former, custodian, &subject)?;
				// An order that was signed when other terms stood must not answer this request.
				let nonce = former.nonce.saturating_add(1);
				let consent = Consent { capture: form.capture, notice: form.notice, nonce, ..former };
				Self::advance(handle, consent, asked);
			},
		}
		Ok(())
	}

	/// Whether `custodian` can ask `subject` for a consent again.
	fn check_again(former: &Consent, custodian: OrganisationId, subject: &AccountId) -> DispatchResult {
		let status = former.latest.status;
		ensure!(former.custodian == custodian && is_over(status), Error::<T>::ConsentAlreadyExists);
		let same_subject = former.subject.as_ref() == Some(subject);
		ensure!(status != ConsentStatus::Superseded && same_subject, Error::<T>::ConsentNotRequestable);
		Ok(())
	}

	/// Records consents that were given on paper on the same form.
	pub(crate) fn do_capture(
		steward: &AccountId,
		custodian: OrganisationId,
		form: &CaptureForm,
		captured: impl IntoIterator<Item = (Option<AccountId>, CapturedConsent)>,
	) -> DispatchResult {
		ensure!(matches!(form.capture, Capture::StewardAttested | Capture::Guardian), Error::<T>::CaptureNotAllowed);
		Self::check_form(form)?;
		let standing = form.standing(ConsentStatus::Given);
		let given = Self::transition(steward, ConsentReason::Routine, Digest::zero(), standing);
		let mut count: u32 = 0;
		for (subject, CapturedConsent { handle, evidence }) in captured {
			ensure!(!evidence.is_zero(), Error::<T>::EvidenceMissing);
			ensure!(!Consents::<T>::contains_key(handle), Error::<T>::ConsentAlreadyExists);
			if let Some(subject) = &subject {
				Self::let_sign(subject);
			}
			let given = Transition { evidence, ..given.clone() };
			Consents::<T>::insert(handle, new_consent(custodian, subject, form, given));
			count = count.saturating_add(1);
		}
		Self::count(custodian, count);
		Ok(())
	}

	fn check_form(form: &CaptureForm) -> DispatchResult {
		ensure!(form.terms.is_consistent(), Error::<T>::TermsInconsistent);
		ensure!(form.expires.is_none_or(|end| end >= Self::now()), Error::<T>::EndNotInFuture);
		Ok(())
	}

	fn count(custodian: OrganisationId, new: u32) {
		ConsentCount::<T>::mutate(custodian, |count| *count = count.saturating_add(new));
	}

	/// Lets the subject of a new consent sign.
	fn let_sign(subject: &AccountId) {
		let named = Subjects::<T>::get(subject);
		if named == 0 {
			// Without a provider reference an account that holds no balance cannot sign.
			frame_system::Pallet::<T>::inc_providers(subject);
		}
		Subjects::<T>::insert(subject, named.saturating_add(1));
	}
}

/// Whether nothing but a new request can bring the consent back into force.
const fn is_over(status: ConsentStatus) -> bool {
	!status.allows_use() && !matches!(status, ConsentStatus::Requested)
}

fn new_consent(
	custodian: OrganisationId,
	subject: Option<AccountId>,
	form: &CaptureForm,
	latest: Transition,
) -> Consent {
	Consent { custodian, subject, capture: form.capture, notice: form.notice, nonce: 0, earlier: 0, latest }
}
