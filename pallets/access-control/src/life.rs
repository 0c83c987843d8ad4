//! How an agreement's state changes after, and around, the vote.

use crate::{Config, Error, Pallet, Records};
use frame_support::ensure;
use semblance_primitives::{
	access::{Agreement, AgreementState},
	AccountId, AgreementId,
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
	/// It ran out.
	Expire,
	/// The applicant certified deletion.
	Close,
}

impl Change {
	/// The state that follows `from`; `past` says whether the last block of the review or agreement is over. Votes aside,
	/// this is the whole state machine.
	pub(crate) fn apply<T: Config>(self, from: AgreementState, past: bool) -> Result<AgreementState, Error<T>> {
		use AgreementState::*;
		match (self, from) {
			(Self::Retract, UnderReview) => Ok(Retracted),
			(Self::Retract, _) => Err(Error::NotUnderReview),
			(Self::Suspend, Active) if past => Err(Error::AgreementOver),
			(Self::Suspend, Active) => Ok(Suspended),
			(Self::Suspend, _) => Err(Error::NotActive),
			(Self::Resume, Suspended) if past => Err(Error::AgreementOver),
			(Self::Resume, Suspended) => Ok(Active),
			(Self::Resume, _) => Err(Error::NotSuspended),
			(Self::Revoke, Active | Suspended) => Ok(Revoked),
			(Self::Terminate, Active | Suspended) => Ok(Terminated),
			(Self::Revoke | Self::Terminate, _) => Err(Error::NotInForce),
			(Self::Expire, UnderReview | Active | Suspended) if past => Ok(Expired),
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
		let past = Self::now() > record.expires;
		record.state = change.apply::<T>(record.state, past)?;
		Records::<T>::insert(id, record);
		Ok(())
	}
}
