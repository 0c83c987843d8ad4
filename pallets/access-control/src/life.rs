//! How an agreement's state changes after, and around, the vote.

use crate::{Config, Error, Pallet, Records};
use frame_support::ensure;
use semblance_primitives::{
	access::{Agreement, AgreementState},
	traits::{Datasets, Membership},
	AccountId, AgreementId, DatasetId,
};
use sp_runtime::DispatchResult;

/// What somebody does to an application or agreement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
	/// The applicant takes the application back.
	Retract,
	/// The custodian halts the agreement.
	Suspend,
	/// The custodian puts it into force again.
	Resume,
	/// The custodian ends it for cause.
	Revoke,
	/// The applicant ends it.
	Terminate,
	/// It ran out, or a party left.
	Expire,
	/// The applicant certified deletion.
	Close,
}

impl Change {
	/// The state that follows `from`; `over` says why the review or agreement cannot go on, if so. Votes aside, this is the
	/// whole state machine.
	pub(crate) fn apply<T: Config>(
		self,
		from: AgreementState,
		over: Result<(), Error<T>>,
	) -> Result<AgreementState, Error<T>> {
		use AgreementState::*;
		match (self, from) {
			(Self::Retract, UnderReview) => Ok(Retracted),
			(Self::Retract, _) => Err(Error::NotUnderReview),
			(Self::Suspend, Active) => over.map(|()| Suspended),
			(Self::Suspend, _) => Err(Error::NotActive),
			(Self::Resume, Suspended) => over.map(|()| Active),
			(Self::Resume, _) => Err(Error::NotSuspended),
			(Self::Revoke, Active | Suspended) => Ok(Revoked),
			(Self::Terminate, Active | Suspended) => Ok(Terminated),
			(Self::Revoke | Self::Terminate, _) => Err(Error::NotInForce),
			(Self::Expire, UnderReview | Active | Suspended) if over.is_err() => Ok(Expired),
			(Self::Expire, UnderReview | Active | Suspended) => Err(Error::NotExpired),
			(Self::Expire, _) => Err(Error::NotInForce),
			(Self::Close, Expired | Terminated | Revoked) => Ok(Closed),
			(Self::Close, _) => Err(Error::NotEnded),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Changes a state at the will of the applicant only.
	pub(crate) fn change_by_applicant(account: &AccountId, id: AgreementId, change: Change) -> DispatchResult {
		let record = Self::record(id)?;
		ensure!(record.applicant == *account, Error::<T>::NotApplicant);
		Self::store_change(id, record, change)
	}

	/// Changes a state at the will of the custodian's data stewards only.
	pub(crate) fn change_by_custodian(account: &AccountId, id: AgreementId, change: Change) -> DispatchResult {
		let record = Self::record(id)?;
		Self::ensure_custodian(account, record.dataset)?;
		Self::store_change(id, record, change)
	}

	/// Changes a state at anybody's will.
	pub(crate) fn change_state(id: AgreementId, change: Change) -> DispatchResult {
		Self::store_change(id, Self::record(id)?, change)
	}

	fn store_change(id: AgreementId, mut record: Agreement, change: Change) -> DispatchResult {
		record.state = change.apply(record.state, Self::ensure_not_over(&record))?;
		Records::<T>::insert(id, record);
		Ok(())
	}

	/// Refuses agreements, and applications, whose time is over or that a party has left. Both hold from that block on,
	/// recorded or not: a removal need not look at all agreements.
	pub(crate) fn ensure_not_over(record: &Agreement) -> Result<(), Error<T>> {
		ensure!(Self::now() <= record.expires, Error::<T>::AgreementOver);
		ensure!(!T::Membership::has_left(record.organisation), Error::<T>::PartyLeft);
		Self::ensure_custodian_stays(record.dataset)
	}

	/// Refuses datasets whose hospital left the consortium.
	pub(crate) fn ensure_custodian_stays(dataset: DatasetId) -> Result<(), Error<T>> {
		let custodian = T::Datasets::dataset(dataset).ok_or(Error::DatasetNotFound)?.custodian;
		ensure!(!T::Membership::has_left(custodian), Error::PartyLeft);
		Ok(())
	}
}
