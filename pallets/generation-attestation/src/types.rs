//! Payloads that an attestation key signs, besides the attestation's body itself.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use semblance_primitives::{
	generation::{Acceptance, FailureReason},
	JobId,
};

/// Signed with the tag [`semblance_primitives::signing::ACCEPT`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct AcceptPayload {
	/// The job.
	pub job: JobId,
	/// What the worker commits to.
	pub acceptance: Acceptance,
}

/// Signed with the tag [`semblance_primitives::signing::FAIL`].
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct FailPayload {
	/// The job.
	pub job: JobId,
	/// Why it cannot be done.
	pub reason: FailureReason,
}
