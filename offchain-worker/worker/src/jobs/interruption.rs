//! What stops a step: for good, with a reason for the record, or for now.

use super::{check::Refusal, pipeline::WorkError, progress::Stopped};
use crate::{chain::ChainUnavailable, datasets::DatasetError, vault::VaultError};
use semblance_primitives::generation::FailureReason;

/// Why a step of a job came to nothing; the job is taken up again later.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
	/// The chain does not answer.
	#[error("the node does not answer: {0}")]
	Chain(#[from] ChainUnavailable),
	/// The vault does not take or give something.
	#[error(transparent)]
	Vault(#[from] VaultError),
	/// The worker shuts down.
	#[error(transparent)]
	Stopped(#[from] Stopped),
	/// A worker thread ended early.
	#[error("the work ended early: {0}")]
	Thread(String),
}

/// Why a step did not end: for good, or for now.
pub(super) enum Interruption {
	/// The job cannot be done; goes on record.
	Refused(Refusal),
	/// Try again later.
	Step(StepError),
}

impl From<Refusal> for Interruption {
	fn from(refusal: Refusal) -> Self {
		Self::Refused(refusal)
	}
}

impl From<StepError> for Interruption {
	fn from(error: StepError) -> Self {
		Self::Step(error)
	}
}

impl From<ChainUnavailable> for Interruption {
	fn from(error: ChainUnavailable) -> Self {
		Self::Step(error.into())
	}
}

impl From<VaultError> for Interruption {
	fn from(error: VaultError) -> Self {
		Self::Step(error.into())
	}
}

impl From<Stopped> for Interruption {
	fn from(stopped: Stopped) -> Self {
		Self::Step(stopped.into())
	}
}

/// What a dataset that cannot be read means for a job.
pub(super) fn refuse_dataset(error: DatasetError) -> Interruption {
	let reason = match &error {
		DatasetError::Vault(VaultError::Sealed { .. }) | DatasetError::Ingest(_) => FailureReason::CommitmentMismatch,
		DatasetError::NotHeld { .. }
		| DatasetError::NoRows { .. }
		| DatasetError::UnknownDraft { .. }
		| DatasetError::Vault(VaultError::Missing { .. }) => FailureReason::DatasetNotHeld,
		_ => {
			return Interruption::Step(match error {
				DatasetError::Vault(error) => error.into(),
				error => StepError::Thread(error.to_string()),
			})
		},
	};
	// The words of an ingest error can repeat a cell; they stay out of the log and of the record.
	let text = match &error {
		DatasetError::Ingest(_) => {
			"the vault's rows no longer fit their schema. Restore the vault from your backup".into()
		},
		error => error.to_string(),
	};
	Refusal::new(reason, text).into()
}

impl From<WorkError> for Interruption {
	fn from(error: WorkError) -> Self {
		match error {
			WorkError::Refused(refusal) => Self::Refused(refusal),
			WorkError::Stopped(stopped) => Self::Step(stopped.into()),
		}
	}
}

/// Runs `work` on a thread where it may take its time. A panic would come again with the same inputs: it ends the job.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Interruption> {
	tokio::task::spawn_blocking(work).await.map_err(|error| match error.is_panic() {
		true => Refusal::new(FailureReason::GenerationFailed, "the work broke off; see the worker's log and report it")
			.into(),
		false => StepError::Thread(error.to_string()).into(),
	})
}
