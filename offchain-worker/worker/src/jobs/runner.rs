//! Drives jobs: one task each, heavy work of one job at a time, every step read from finalised state.

use super::{
	check::{self, Refusal, Settings},
	interruption::{blocking, refuse_dataset, Interruption, StepError},
	pipeline::{self, Inputs},
	progress::{Board, Checkpoint, Meter},
	store::{JobRow, JobStore},
	Stage,
};
use crate::{
	chain::{Block, ChainState},
	consent_filter,
	datasets::{DatasetError, Datasets, Loaded},
	vault::{TrainingState, Vault, VaultError},
};
use semblance_primitives::{
	generation::{Acceptance, AcceptanceRecord, FailureReason, Job, JobState, BEACON_DELAY},
	worker_protocol::WorkerReply,
	ConsentHandle, Digest, JobId, OrganisationId,
};
use std::{
	collections::BTreeSet,
	sync::{Arc, Mutex, PoisonError},
	time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Semaphore;

/// What comes after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
	/// Look again when the chain has moved on.
	Wait,
	/// Nothing more to do.
	Done,
}

/// The jobs of one hospital on one chain.
pub struct Runner {
	chain: Arc<dyn ChainState>,
	vault: Arc<Vault>,
	organisation: OrganisationId,
	poll: Duration,
	checkpoint: Checkpoint,
	board: Arc<Board>,
	under_way: Mutex<BTreeSet<JobId>>,
	heavy: Semaphore,
}

impl Runner {
	/// A runner that looks at the chain every `poll` and asks `checkpoint` before every stage.
	pub fn new(
		chain: Arc<dyn ChainState>,
		vault: Arc<Vault>,
		organisation: OrganisationId,
		poll: Duration,
		checkpoint: Checkpoint,
	) -> Arc<Self> {
		Arc::new(Self {
			chain,
			vault,
			organisation,
			poll,
			checkpoint,
			board: Arc::default(),
			under_way: Mutex::default(),
			heavy: Semaphore::new(1),
		})
	}

	fn store(&self) -> JobStore<'_> {
		JobStore::new(&self.vault, self.chain.genesis())
	}

	/// Progress of the jobs under way.
	pub fn board(&self) -> &Board {
		&self.board
	}

	/// Takes a job up, if it is not under way already. Returns at once.
	///
	/// # Errors
	/// [`VaultError`] if the job cannot be noted.
	pub fn submit(self: &Arc<Self>, job: JobId) -> Result<(), VaultError> {
		self.store().ensure(job, now())?;
		let is_final = self.store().get(job)?.is_none_or(|row| row.stage.is_final());
		let is_new = !is_final && self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(job);
		if is_new {
			tracing::info!(job, "job taken up");
			tokio::spawn(self.clone().follow(job));
		}
		Ok(())
	}

	/// Takes up every job that is not at its end, after a restart.
	///
	/// # Errors
	/// [`VaultError`] if the jobs cannot be read.
	pub fn resume(self: &Arc<Self>) -> Result<(), VaultError> {
		for row in self.store().list()? {
			if !row.stage.is_final() {
				self.submit(row.job)?;
			}
		}
		Ok(())
	}

	async fn follow(self: Arc<Self>, job: JobId) {
		let mut is_troubled = false;
		loop {
			match self.step(job).await {
				Ok(Next::Done) | Err(StepError::Stopped(_)) => break,
				Ok(Next::Wait) => {
					if std::mem::take(&mut is_troubled) {
						let _ = self.store().note(job, None);
					}
					tokio::time::sleep(self.poll).await;
				},
				Err(error) => {
					tracing::warn!(job, %error, "the job waits; trying again");
					is_troubled = self.store().note(job, Some(&error.to_string())).is_ok();
					tokio::time::sleep(self.poll.saturating_mul(4)).await;
				},
			}
		}
		self.board.forget(job);
		self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
	}

	/// What the hook is told about a job that the chain shows in `state`.
	///
	/// # Errors
	/// [`VaultError`] if the job cannot be read.
	pub fn reply(&self, job: JobId, state: JobState) -> Result<WorkerReply, VaultError> {
		let Some(row) = self.store().get(job)? else { return Ok(WorkerReply::Working) };
		Ok(match (state, row) {
			(_, JobRow { failure: Some(reason), .. }) => WorkerReply::Fail { job, reason },
			(JobState::Accepted, JobRow { body: Some(body), .. }) => WorkerReply::Attest { body },
			(JobState::Requested, JobRow { acceptance: Some(acceptance), stage: Stage::Accepted, .. }) => {
				WorkerReply::Accept { job, acceptance }
			},
			_ => WorkerReply::Working,
		})
	}

	/// One step: looks at the finalised state and does what it asks for.
	///
	/// # Errors
	/// [`StepError`] if the chain or the vault fails, or the worker shuts down. The step can be made again.
	pub async fn step(&self, id: JobId) -> Result<Next, StepError> {
		let Some(row) = self.store().get(id)?.filter(|row| !row.stage.is_final()) else { return Ok(Next::Done) };
		let finalised = self.chain.finalised().await?;
		let Some(job) = self.chain.job(id, finalised.hash).await? else { return Ok(Next::Wait) };
		if job.custodian != self.organisation {
			return self.close(id, &format!("the job belongs to hospital {}", job.custodian));
		}
		let outcome = match (job.state, &job.accepted) {
			(JobState::Requested, _) => self.requested(id, &job, &row, finalised).await,
			(JobState::Accepted, Some(record)) => self.accepted(id, &job, record, &row, finalised).await,
			(JobState::Attested, _) => return self.attested(id, &job, &row),
			(JobState::Failed, _) => return self.close(id, &format!("failed on chain: {:?}", job.failure)),
			(JobState::Expired, _) => return self.close(id, "the deadline passed"),
			(JobState::Cancelled, _) => return self.close(id, "the requester called it off"),
			(JobState::Accepted, None) => return self.close(id, "the chain shows no acceptance"),
		};
		match outcome {
			Err(Interruption::Refused(refusal)) => {
				tracing::warn!(job = id, reason = ?refusal.reason, error = %refusal, "the job cannot be done");
				self.fail(id, Some(refusal.reason), &refusal.explanation)
			},
			Err(Interruption::Step(error)) => Err(error),
			Ok(next) => Ok(next),
		}
	}

	fn close(&self, id: JobId, why: &str) -> Result<Next, StepError> {
		tracing::info!(job = id, why, "the job is over");
		self.fail(id, None, why)
	}

	/// Nothing that was learnt outlives the job; a step that is cut off here is made again.
	fn fail(&self, id: JobId, reason: Option<FailureReason>, why: &str) -> Result<Next, StepError> {
		TrainingState::forget(&self.vault, &self.chain.genesis(), id)?;
		self.store().fail(id, reason, why, now())?;
		Ok(Next::Done)
	}

	fn attested(&self, id: JobId, job: &Job, row: &JobRow) -> Result<Next, StepError> {
		let own = row.body.as_ref().map(|body| body.id(&self.chain.genesis()));
		if own.is_none() || own != job.attestation {
			return self.close(id, "the chain holds another attestation than this worker made");
		}
		tracing::info!(job = id, attestation = ?own, "attested");
		TrainingState::forget(&self.vault, &self.chain.genesis(), id)?;
		self.store().set_stage(id, Stage::Attested, now())?;
		Ok(Next::Done)
	}

	/// What the job asks for, at the δ of its dataset.
	async fn settings(&self, job: &Job, finalised: Block) -> Result<Settings, Interruption> {
		let budget = self.chain.budget(job.dataset, finalised.hash).await?.unwrap_or_default();
		Ok(check::settings(job, budget.delta_exponent)?)
	}

	async fn requested(&self, id: JobId, job: &Job, row: &JobRow, finalised: Block) -> Result<Next, Interruption> {
		if let Some(acceptance) = &row.acceptance {
			let restricted = self.chain.last_restriction(self.organisation, finalised.hash).await?;
			if restricted <= acceptance.consent_block && row.stage == Stage::Accepted {
				return Ok(Next::Wait);
			}
			tracing::info!(job = id, restricted, "a consent ended since the commitment; committing again");
		}
		let settings = self.settings(job, finalised).await?;
		let _permit = self.heavy.acquire().await.map_err(|error| StepError::Thread(error.to_string()))?;
		let mut meter = self.meter(id);
		meter.enter(Stage::Filtering)?;
		let loaded = self.load(job).await?;
		let (acceptance, used, _) = self.commit(id, job, settings, loaded, finalised, &mut meter).await?;
		self.store().save_acceptance(id, (job.attempt, job.agreement), &acceptance, &used, now())?;
		tracing::info!(job = id, patients = acceptance.consent_count, block = finalised.number, "acceptance ready");
		Ok(Next::Wait)
	}

	async fn accepted(
		&self,
		id: JobId,
		job: &Job,
		record: &AcceptanceRecord,
		row: &JobRow,
		finalised: Block,
	) -> Result<Next, Interruption> {
		if row.body.is_some() {
			return Ok(Next::Wait);
		}
		let beacon_block = record.block.saturating_add(BEACON_DELAY);
		if finalised.number < beacon_block {
			if row.stage != Stage::WaitingForBeacon {
				self.store().set_stage(id, Stage::WaitingForBeacon, now())?;
			}
			return Ok(Next::Wait);
		}
		let Some(beacon) = self.chain.block_hash(beacon_block).await? else { return Ok(Next::Wait) };
		let settings = self.settings(job, finalised).await?;
		let _permit = self.heavy.acquire().await.map_err(|error| StepError::Thread(error.to_string()))?;
		let mut meter = self.meter(id);
		let (loaded, split) = self.recover(id, job, settings, record, row, &mut meter).await?;
		let started = self.store().get(id)?.and_then(|row| row.started).unwrap_or_else(now);
		self.generate(
			Generation { id, job: job.clone(), settings, record: record.clone(), beacon, loaded, split, started },
			meter,
		)
		.await?;
		Ok(Next::Wait)
	}

	/// The inputs that the recorded acceptance commits to: from the stored selection, or from the consents at the
	/// recorded block if this vault lost it.
	async fn recover(
		&self,
		id: JobId,
		job: &Job,
		settings: Settings,
		record: &AcceptanceRecord,
		row: &JobRow,
		meter: &mut Meter,
	) -> Result<(Arc<Loaded>, crate::patients::Split), Interruption> {
		let wanted = &record.acceptance;
		let loaded = self.load(job).await?;
		let stored = if row.acceptance.as_ref() == Some(wanted) { self.store().selection(id)? } else { None };
		let secret = self.vault.key().noise(&self.chain.genesis(), id, job.attempt);
		let (acceptance, split) = match stored {
			Some(used) => {
				let (loaded, job, block) = (loaded.clone(), job.clone(), wanted.consent_block);
				let prepared =
					blocking(move || pipeline::prepare(&loaded, &used, &job, settings, &secret, block)).await??;
				(prepared.acceptance, prepared.split)
			},
			None => {
				tracing::warn!(job = id, "the chain shows an acceptance that is not in this vault; deriving it again");
				let at = self.chain.block_hash(wanted.consent_block).await?;
				let hash = at.ok_or_else(|| StepError::Thread(format!("block {} is unknown", wanted.consent_block)))?;
				let block = Block { hash, number: wanted.consent_block };
				let (acceptance, used, split) = self.commit(id, job, settings, loaded.clone(), block, meter).await?;
				if acceptance == *wanted {
					self.store().save_acceptance(id, (job.attempt, job.agreement), &acceptance, &used, now())?;
				}
				(acceptance, split)
			},
		};
		if acceptance != *wanted {
			let text = "the acceptance on chain is not what this vault's rows and secrets give. Restore the vault from your backup";
			return Err(Refusal::new(FailureReason::CommitmentMismatch, text).into());
		}
		Ok((loaded, split))
	}

	async fn commit(
		&self,
		id: JobId,
		job: &Job,
		settings: Settings,
		loaded: Arc<Loaded>,
		block: Block,
		meter: &mut Meter,
	) -> Result<(Acceptance, BTreeSet<ConsentHandle>, crate::patients::Split), Interruption> {
		let handles: Vec<ConsentHandle> = loaded.patients.keys().copied().collect();
		let used = consent_filter::consenting(&*self.chain, &handles, self.organisation, job.purpose, block).await?;
		meter.enter(Stage::Committing)?;
		let secret = self.vault.key().noise(&self.chain.genesis(), id, job.attempt);
		let (job, selection) = (job.clone(), used.clone());
		let prepared =
			blocking(move || pipeline::prepare(&loaded, &selection, &job, settings, &secret, block.number)).await??;
		Ok((prepared.acceptance, used, prepared.split))
	}

	async fn load(&self, job: &Job) -> Result<Arc<Loaded>, Interruption> {
		let (vault, organisation, genesis) = (self.vault.clone(), self.organisation, self.chain.genesis());
		let (dataset, version, root) = (job.dataset, job.version, job.dataset_rows);
		let loaded = blocking(move || {
			let datasets = Datasets::new(&vault, organisation);
			let draft = match datasets.find(&genesis, dataset, version) {
				Err(not_held @ DatasetError::NotHeld { .. }) => datasets.find_by_root(&root)?.ok_or(not_held)?,
				found => found?,
			};
			datasets.load(&draft)
		})
		.await?;
		loaded.map(Arc::new).map_err(refuse_dataset)
	}

	async fn generate(&self, generation: Generation, meter: Meter) -> Result<(), Interruption> {
		let (vault, custodian, genesis) = (self.vault.clone(), self.organisation, self.chain.genesis());
		blocking(move || generation.run(&vault, genesis, custodian, meter)).await?
	}

	fn meter(&self, id: JobId) -> Meter {
		let (vault, genesis) = (self.vault.clone(), self.chain.genesis());
		let record = move |stage| {
			if let Err(error) = JobStore::new(&vault, genesis).set_stage(id, stage, now()) {
				tracing::warn!(job = id, %error, "the stage could not be noted");
			}
		};
		Meter::new(self.board.clone(), self.checkpoint.clone(), id, Box::new(record))
	}
}

/// An accepted job with its inputs, ready to run on a thread of its own.
struct Generation {
	id: JobId,
	job: Job,
	settings: Settings,
	record: AcceptanceRecord,
	beacon: Digest,
	loaded: Arc<Loaded>,
	split: crate::patients::Split,
	started: u64,
}

impl Generation {
	fn run(
		self,
		vault: &Vault,
		genesis: Digest,
		custodian: OrganisationId,
		mut meter: Meter,
	) -> Result<(), Interruption> {
		let noise_secret = vault.key().noise(&genesis, self.id, self.job.attempt);
		let inputs = Inputs {
			genesis,
			job_id: self.id,
			job: &self.job,
			settings: self.settings,
			custodian,
			acceptance: &self.record.acceptance,
			accepted: self.record.block,
			beacon: self.beacon,
			noise_secret: &noise_secret,
			table: &self.loaded.table,
			split: &self.split,
		};
		let mut state = TrainingState::new(vault, &genesis, self.id, self.job.attempt);
		let product = pipeline::produce(&inputs, &mut state, &mut meter)?;
		meter.enter(Stage::Storing)?;
		for artefact in &product.artefacts {
			vault.put_artefact(&artefact.digest, &artefact.content)?;
		}
		let (body, statement) = pipeline::attestation(&inputs, &product, (self.started, now()))?;
		meter.enter(Stage::Attesting)?;
		JobStore::new(vault, genesis).save_attestation(self.id, &body, &statement, now())?;
		TrainingState::forget(vault, &genesis, self.id)?;
		tracing::info!(job = self.id, attestation = ?body.id(&genesis), "attestation ready");
		Ok(())
	}
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
	SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis().try_into().unwrap_or(u64::MAX))
}
