//! Types of this pallet alone.

use codec::{Decode, Encode};
use scale_info::TypeInfo;
use semblance_primitives::{
	consent::{Capture, ConsentReason, ConsentStatus, Transition},
	data_use::DataUse,
	BlockNumber, ConsentHandle, Digest,
};

/// What a custodian's consents come to, for auditors.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct CustodianTotals {
	/// Consents on record, whatever their state.
	pub consents: u32,
	/// Last block in which one of them was withdrawn, revoked, restricted, invalidated or superseded; 0 if none was.
	pub last_restriction: BlockNumber,
}

/// What consents captured together have in common.
pub(crate) struct CaptureForm {
	pub(crate) capture: Capture,
	pub(crate) terms: DataUse,
	pub(crate) expires: Option<BlockNumber>,
	pub(crate) notice: Digest,
}

impl CaptureForm {
	/// What the form comes to in state `status`.
	pub(crate) fn standing(&self, status: ConsentStatus) -> Standing {
		Standing { status, terms: self.terms.clone(), expires: self.expires }
	}
}

/// What a consent comes to after a change.
pub(crate) struct Standing {
	pub(crate) status: ConsentStatus,
	pub(crate) terms: DataUse,
	pub(crate) expires: Option<BlockNumber>,
}

/// A change of an existing consent.
pub(crate) enum Change {
	Give,
	Refuse,
	Renew { expires: Option<BlockNumber> },
	Restrict { terms: DataUse },
	Withdraw,
	Revoke { reason: ConsentReason },
	Invalidate { reason: ConsentReason },
	Supersede { by: ConsentHandle },
	Expire,
}

impl Change {
	/// The state after the change.
	const fn target(&self) -> ConsentStatus {
		match self {
			Self::Give => ConsentStatus::Given,
			Self::Refuse => ConsentStatus::Refused,
			Self::Renew { .. } => ConsentStatus::Renewed,
			Self::Restrict { .. } => ConsentStatus::Restricted,
			Self::Withdraw => ConsentStatus::Withdrawn,
			Self::Revoke { .. } => ConsentStatus::Revoked,
			Self::Invalidate { .. } => ConsentStatus::Invalidated,
			Self::Supersede { .. } => ConsentStatus::Superseded,
			Self::Expire => ConsentStatus::Expired,
		}
	}

	/// What the consent comes to if the change follows on `present`.
	pub(crate) fn leads_to(&self, present: &Transition) -> Standing {
		let expires = match self {
			Self::Renew { expires } => *expires,
			_ => present.expires,
		};
		let terms = match self {
			Self::Restrict { terms } => terms,
			_ => &present.terms,
		};
		Standing { status: self.target(), terms: terms.clone(), expires }
	}

	/// Whether the change is possible in state `from`. Whoever acts, and whatever the change brings, is checked apart.
	pub(crate) const fn is_possible_in(&self, from: ConsentStatus) -> bool {
		use ConsentStatus::{Expired, Requested};
		match self {
			Self::Give | Self::Refuse => matches!(from, Requested),
			Self::Restrict { .. } => from.allows_use(),
			Self::Renew { .. } | Self::Supersede { .. } => from.allows_use() || matches!(from, Expired),
			Self::Revoke { .. } | Self::Expire => from.allows_use() || matches!(from, Requested),
			Self::Withdraw | Self::Invalidate { .. } => from.allows_use() || matches!(from, Requested | Expired),
		}
	}

	/// Whether the change takes something away that work under way may rely on.
	pub(crate) const fn restricts(&self) -> bool {
		match self {
			Self::Restrict { .. }
			| Self::Withdraw
			| Self::Revoke { .. }
			| Self::Invalidate { .. }
			| Self::Supersede { .. } => true,
			Self::Give | Self::Refuse | Self::Renew { .. } | Self::Expire => false,
		}
	}

	/// The reason that goes on record.
	pub(crate) const fn reason(&self) -> ConsentReason {
		match self {
			Self::Give | Self::Refuse | Self::Restrict { .. } | Self::Withdraw => ConsentReason::SubjectRequest,
			Self::Renew { .. } | Self::Expire => ConsentReason::Routine,
			Self::Revoke { reason } | Self::Invalidate { reason } => *reason,
			Self::Supersede { .. } => ConsentReason::FormReplaced,
		}
	}
}
