//! The state of training under way, sealed like the rows it was made from: it goes on from there after a kill.

use super::{blobs::training_name, Vault, VaultError};
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
		Self { vault, name: training_name(genesis, job, attempt) }
	}

	/// Forgets it, when the model is made.
	///
	/// # Errors
	/// [`VaultError::Io`] if the disk does not let it go.
	pub fn forget(&self) -> Result<(), VaultError> {
		self.vault.remove(&self.name)
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
