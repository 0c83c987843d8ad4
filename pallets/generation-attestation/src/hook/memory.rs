//! What the hook remembers between blocks: which step of which job it submitted, and when. Kept in the node's off-chain
//! database, which forks do not touch; losing it costs one more transaction.

use codec::{Decode, Encode};
use semblance_primitives::{generation::JobState, BlockNumber, Digest, JobId};
use sp_runtime::offchain::storage::StorageValueRef;

const SENT: &[u8] = b"semblance/hook/sent";

/// A submission that the chain has not confirmed yet.
#[derive(Encode, Decode)]
struct Sent {
	/// State of the job when its next step was submitted.
	state: JobState,
	/// Block of the submission.
	block: BlockNumber,
}

/// Whether the step from `state` was submitted fewer than `resend_after` blocks ago.
pub(super) fn is_waiting(
	genesis: &Digest,
	job: JobId,
	state: JobState,
	now: BlockNumber,
	resend_after: BlockNumber,
) -> bool {
	// What cannot be read is as good as never written.
	let sent = StorageValueRef::persistent(&key(genesis, job)).get::<Sent>().ok().flatten();
	sent.is_some_and(|sent| sent.state == state && now < sent.block.saturating_add(resend_after))
}

/// Remembers that the step from `state` was submitted.
pub(super) fn note_sent(genesis: &Digest, job: JobId, state: JobState, now: BlockNumber) {
	StorageValueRef::persistent(&key(genesis, job)).set(&Sent { state, block: now });
}

fn key(genesis: &Digest, job: JobId) -> alloc::vec::Vec<u8> {
	(SENT, genesis, job).encode()
}
