//! What the off-chain worker hook and the worker beside it say to each other.
//!
//! The hook sends `PUT /v1/jobs/{genesis}/{job}` with a SCALE-encoded [`WorkOrder`] and gets a SCALE-encoded
//! [`WorkerReply`] back. Both are idempotent: the hook repeats the order at every block until the chain shows the next
//! state, and the worker answers from what it has. Nothing that a reply says is trusted before the chain checked it.

use crate::{
	generation::{Acceptance, AttestationBody, FailureReason, Job},
	BlockNumber, Digest, JobId, OrganisationId,
};

/// Largest reply that the hook reads, in bytes.
pub const MAX_REPLY_BYTES: u32 = 16 * 1024;
/// Media type of orders and replies.
pub const MEDIA_TYPE: &str = "application/x-scale";
/// Prefix of the path of an order; genesis (64 hexadecimal digits) and job number follow.
pub const JOBS_PATH: &str = "/v1/jobs";
/// Key in the node's off-chain database under which the worker's base URL stands.
pub const WORKER_URL_KEY: &[u8] = b"semblance/worker/url";
/// Key in the node's off-chain database under which the worker's bearer token stands.
pub const WORKER_TOKEN_KEY: &[u8] = b"semblance/worker/token";

record! {
	/// A job handed to the worker.
	pub struct WorkOrder {
		/// The chain.
		pub genesis: Digest,
		/// The hospital to which the job belongs.
		pub custodian: OrganisationId,
		/// The job's number.
		pub job_id: JobId,
		/// The job as the block at `block` shows it. The worker trusts finalised state only.
		pub job: Job,
		/// Block of which the hook speaks.
		pub block: BlockNumber,
	}

	/// The worker's answer: what it wants on record next.
	#[allow(clippy::large_enum_variant)] // One reply at a time exists, and the attestation is most of what is sent.
	pub enum WorkerReply {
		/// Nothing yet.
		Working,
		/// Record this acceptance of the job.
		Accept {
			/// The job.
			job: JobId,
			/// What the worker commits to.
			acceptance: Acceptance,
		},
		/// Record this attestation.
		Attest {
			/// The attestation; it names the job.
			body: AttestationBody,
		},
		/// Record that the job cannot be done.
		Fail {
			/// The job.
			job: JobId,
			/// Why.
			reason: FailureReason,
		},
	}
}
