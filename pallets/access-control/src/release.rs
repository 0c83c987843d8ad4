//! Keys that reach the researcher.

use crate::{Config, Error, Event, Pallet, ReleaseCount, Releases};
use frame_support::ensure;
use semblance_primitives::{
	access::{Agreement, AgreementState, KeyRelease, MAX_RELEASES},
	traits::{Artefacts, Membership},
	AccountId, AgreementId, Digest,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	/// Puts the release of a key on record.
	pub(crate) fn record_release(id: AgreementId, release: KeyRelease) -> DispatchResult {
		let record = Self::record(id)?;
		Self::ensure_custodian(&release.released_by, record.dataset)?;
		ensure!(record.state == AgreementState::Active, Error::<T>::NotActive);
		Self::ensure_not_over(&record)?;
		ensure!(release.wrapped_key != Digest::zero(), Error::<T>::WrappedKeyMissing);
		ensure!(T::Artefacts::is_attested_under(id, &release.artefact), Error::<T>::ArtefactNotAttested);
		Self::ensure_recipient(&record, &release.recipient_key)?;
		let count = ReleaseCount::<T>::get(id);
		ensure!(count < MAX_RELEASES, Error::<T>::MaxReleasesExceeded);
		Self::ensure_new(id, &release)?;

		let KeyRelease { artefact, wrapped_key, .. } = release;
		Releases::<T>::insert(id, count, release);
		ReleaseCount::<T>::insert(id, count.saturating_add(1));
		Self::deposit_event(Event::KeyReleased { agreement: id, release: count, artefact, wrapped_key });
		Ok(())
	}

	/// Puts on record that a key arrived; also after the agreement ended, since it is a fact and not a permission.
	pub(crate) fn record_acknowledgement(account: &AccountId, id: AgreementId, index: u32) -> DispatchResult {
		ensure!(Self::record(id)?.applicant == *account, Error::<T>::NotApplicant);
		let mut release = Releases::<T>::get(id, index).ok_or(Error::<T>::ReleaseNotFound)?;
		ensure!(release.acknowledged.is_none(), Error::<T>::AlreadyAcknowledged);
		release.acknowledged = Some(Self::now());
		Releases::<T>::insert(id, index, release);
		Self::deposit_event(Event::KeyAcknowledged { agreement: id, release: index });
		Ok(())
	}

	/// Keys go to the applicant's own registered key only, while the applicant is an active member.
	fn ensure_recipient(record: &Agreement, recipient_key: &Digest) -> DispatchResult {
		let member = T::Membership::active_member(&record.applicant);
		let registered = member.and_then(|member| member.encryption_key).ok_or(Error::<T>::RecipientKeyMissing)?;
		ensure!(registered == *recipient_key, Error::<T>::RecipientKeyMismatch);
		Ok(())
	}

	/// The epochs of an artefact never go back, and one key goes to one recipient key once.
	fn ensure_new(id: AgreementId, release: &KeyRelease) -> DispatchResult {
		for earlier in Releases::<T>::iter_prefix_values(id).filter(|known| known.artefact == release.artefact) {
			ensure!(earlier.epoch <= release.epoch, Error::<T>::EpochOutdated);
			let repeated = earlier.epoch == release.epoch && earlier.recipient_key == release.recipient_key;
			ensure!(!repeated, Error::<T>::AlreadyExists);
		}
		Ok(())
	}
}
