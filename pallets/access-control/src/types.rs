//! Types of this pallet alone.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Why a custodian ended an agreement.
#[derive(
	Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum RevocationReason {
	/// The applicant broke a condition or an obligation.
	ConditionBroken,
	/// The application said something untrue.
	FalseStatement,
	/// A legal duty or the decision of an authority.
	LegalObligation,
	/// Going on would put patients at risk.
	RiskToPatients,
	/// The dataset was recalled.
	DatasetRecalled,
}
