//! The state of training under way, sealed like the rows it was made from: it goes on from there after a kill.

use super::{Vault, VaultError};
use semblance_primitives::{Digest, JobId};
use semblance_synthesis::Checkpoints;

/// Keeps the training state of one attempt at a job.
pub struct TrainingState<'a> {
	vault: &'a Vault,
	name: String,
}

impl<'a> TrainingState<'a> {
	/// The state of this attempt.
	pub fn new(vault: &'a Vault, genesis: &Digest, job: JobId, attempt: u32) -> Self {
		Self { vault, name: format!("{}{attempt}", training_names(genesis, job)) }
	}

	/// Forgets the states of all attempts at a job. It holds what was learnt from patients who may withdraw, so it goes
	/// when the job is over, however it ended.
	///
	/// # Errors
	/// [`VaultError::Io`] if the disk does not let it go.
	pub fn forget(vault: &Vault, genesis: &Digest, job: JobId) -> Result<(), VaultError> {
		vault.remove_all(&training_names(genesis, job))
	}
}

impl Checkpoints for TrainingState<'_> {
	fn load(&mut self) -> Option<Vec<u8>> {
		match self.vault.opened(&self.name) {
			Ok(state) => Some(state),
			Err(VaultError::Missing { .. }) => None,
			Err(error) => {
				tracing::warn!(%error, "the training state cannot be read; training begins anew");
				None
			},
		}
	}

	fn save(&mut self, state: &[u8]) {
		if let Err(error) = self.vault.put_sealed(&self.name, state) {
			tracing::warn!(%error, "the training state could not be kept; after a kill training would begin anew");
		}
	}
}

/// How the names of all attempts' states begin.
fn training_names(genesis: &Digest, job: JobId) -> String {
	format!("training-{}-{job}-", hex::encode(genesis))
}
