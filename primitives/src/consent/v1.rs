//! Consents as a chain of runtime 2 or earlier records them, for the migration and for readers of such a chain.

use super::{Capture, ConsentStatus, Transition};
use crate::{data_use::DataUse, AccountId, BlockNumber, Digest, OrganisationId};
use codec::{Decode, Encode};

/// A consent that repeats what its latest change says; history has all changes, the latest among them.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Consent {
	/// As [`super::Consent::custodian`].
	pub custodian: OrganisationId,
	/// As [`super::Consent::subject`].
	pub subject: Option<AccountId>,
	/// As [`super::Consent::capture`].
	pub capture: Capture,
	/// As [`Transition::terms`] of the latest change.
	pub terms: DataUse,
	/// As [`Transition::status`] of the latest change.
	pub status: ConsentStatus,
	/// As [`Transition::expires`] of the latest change.
	pub expires: Option<BlockNumber>,
	/// As [`super::Consent::notice`].
	pub notice: Digest,
	/// Number of changes, the latest among them.
	pub transitions: u32,
	/// As [`super::Consent::nonce`].
	pub nonce: u32,
}

impl Consent {
	/// Number of the latest change in history, if there is one.
	pub fn latest(&self) -> Option<u32> {
		self.transitions.checked_sub(1)
	}

	/// The same consent as it is recorded today, with its latest change out of history.
	pub fn with_latest(self, latest: Transition) -> super::Consent {
		let Self { custodian, subject, capture, notice, transitions, nonce, .. } = self;
		super::Consent { custodian, subject, capture, notice, nonce, earlier: transitions.saturating_sub(1), latest }
	}
}

impl From<super::Consent> for Consent {
	fn from(consent: super::Consent) -> Self {
		let super::Consent { custodian, subject, capture, notice, nonce, earlier, latest } = consent;
		let Transition { status, terms, expires, .. } = latest;
		Self {
			custodian,
			subject,
			capture,
			terms,
			status,
			expires,
			notice,
			transitions: earlier.saturating_add(1),
			nonce,
		}
	}
}
