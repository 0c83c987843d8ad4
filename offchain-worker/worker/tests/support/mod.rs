//! A hospital with a worker and a chain in memory.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod chain;

use chain::{consent, MemoryChain};
use semblance_primitives::{
	data_use::Purpose,
	dataset::{DatasetVersion, PrivacyBudget},
	generation::{AcceptanceRecord, GeneratorKind, Job, JobState},
	worker_protocol::WorkerReply,
	AccountId, ConsentHandle, Digest, JobId, OrganisationId,
};
use semblance_synthesis::{simulate, Schema};
use semblance_worker::{
	chain::ChainState,
	datasets::{Datasets, Registered},
	jobs::{
		check::own_code,
		progress::Checkpoint,
		runner::{Next, Runner},
		store::{JobRow, JobStore},
		Stage, StepError,
	},
	vault::Vault,
};
use std::{
	fs,
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

pub const HOSPITAL: OrganisationId = 1;
pub const RESEARCHER: AccountId = AccountId::new([5; 32]);

/// Block in which every acceptance is recorded, whenever it came.
pub const ACCEPTED_AT: u32 = 20;

pub struct Hospital {
	folder: tempfile::TempDir,
	pub chain: MemoryChain,
	pub draft: String,
	pub registered: Registered,
	pub handles: Vec<ConsentHandle>,
}

pub fn cohort() -> (Vec<u8>, Schema) {
	let cohort = simulate(40, [3; 32]).unwrap();
	(cohort.csv, cohort.schema)
}

pub fn go_on() -> Checkpoint {
	Arc::new(|_, _| true)
}

impl Hospital {
	/// With a registered cohort of which everybody consents.
	pub fn new() -> Self {
		Self::with_schema(|_| {})
	}

	/// The same with another schema of the cohort.
	pub fn with_schema(change: impl FnOnce(&mut Schema)) -> Self {
		let (csv, mut schema) = cohort();
		change(&mut schema);
		Self::holding(&csv, &schema)
	}

	/// With another registered table, of which everybody consents.
	pub fn holding(csv: &[u8], schema: &Schema) -> Self {
		let folder = tempfile::tempdir().unwrap();
		let vault = Vault::create(&folder.path().join("vault")).unwrap();
		let chain = MemoryChain::new();
		let datasets = Datasets::new(&vault, HOSPITAL);
		let draft = datasets.create(schema, 0).unwrap();
		let registered = datasets.put_rows(&draft, "cohort.csv", csv).unwrap();
		let handles: Vec<ConsentHandle> = datasets.load(&draft).unwrap().patients.into_keys().collect();
		chain.with(|state| {
			state.versions.insert((1, 1), version(&registered));
			state.budgets.insert(1, PrivacyBudget { cap: 10_000_000, delta_exponent: 6, ..Default::default() });
			state.consents.extend(handles.iter().map(|handle| (*handle, consent(HOSPITAL))));
		});
		datasets.bind(&chain.genesis(), 1, 1, &draft).unwrap();
		drop(vault);
		Self { folder, chain, draft, registered, handles }
	}

	pub fn vault_folder(&self) -> PathBuf {
		self.folder.path().join("vault")
	}

	pub fn vault(&self) -> Arc<Vault> {
		Arc::new(Vault::open(&self.vault_folder()).unwrap())
	}

	/// Keeps the vault as it is under a name.
	pub fn keep(&self, name: &str) {
		copy(&self.vault_folder(), &self.folder.path().join(name));
	}

	/// Puts back a vault that was kept.
	pub fn restore(&self, name: &str) {
		fs::remove_dir_all(self.vault_folder()).unwrap();
		copy(&self.folder.path().join(name), &self.vault_folder());
	}

	/// The chain shows a new request.
	pub fn request(&self, id: JobId, change: impl FnOnce(&mut Job)) {
		let mut job = Job {
			agreement: 7,
			requester: RESEARCHER,
			dataset: 1,
			version: 1,
			dataset_rows: self.registered.rows_root,
			custodian: HOSPITAL,
			purpose: Purpose::HealthResearch,
			generator: 2,
			kind: GeneratorKind::GaussianCopula,
			code: own_code(),
			parameters: Default::default(),
			rows: 50,
			rho_micro: 0,
			state: JobState::Requested,
			attempt: 1,
			requested: 8,
			deadline: 200,
			accepted: None,
			failure: None,
			attestation: None,
		};
		change(&mut job);
		self.chain.with(|state| {
			state.finalised = 10;
			state.jobs.insert(id, job);
		});
	}

	pub fn runner(&self, vault: &Arc<Vault>, checkpoint: Checkpoint) -> Arc<Runner> {
		let chain = Arc::new(self.chain.clone());
		Runner::new(chain, vault.clone(), HOSPITAL, Duration::from_millis(5), checkpoint)
	}

	pub fn row(&self, vault: &Vault, id: JobId) -> JobRow {
		JobStore::new(vault, self.chain.genesis()).get(id).unwrap().unwrap()
	}

	/// Steps through a job while the chain takes every reply, until it is over.
	pub async fn drive(&self, runner: &Runner, vault: &Vault, id: JobId) -> Result<JobRow, StepError> {
		JobStore::new(vault, self.chain.genesis()).ensure(id, 0).unwrap();
		for _ in 0..20 {
			if runner.step(id).await? == Next::Done {
				return Ok(self.row(vault, id));
			}
			self.take_reply(runner, id);
		}
		panic!("the job does not end: {:?}", self.row(vault, id));
	}

	/// What hook and chain do with the worker's reply.
	pub fn take_reply(&self, runner: &Runner, id: JobId) {
		let state = self.chain.with(|state| state.jobs[&id].state);
		let reply = runner.reply(id, state).unwrap();
		let genesis = self.chain.genesis();
		self.chain.with(|state| {
			let job = state.jobs.get_mut(&id).unwrap();
			match reply {
				WorkerReply::Accept { acceptance, .. } => {
					job.state = JobState::Accepted;
					job.accepted = Some(AcceptanceRecord { acceptance, block: ACCEPTED_AT });
					state.finalised = ACCEPTED_AT + 2;
				},
				WorkerReply::Attest { body } => {
					job.state = JobState::Attested;
					job.attestation = Some(body.id(&genesis));
				},
				WorkerReply::Fail { reason, .. } => {
					job.state = JobState::Failed;
					job.failure = Some(reason);
				},
				WorkerReply::Working => {},
			}
		});
	}

	pub fn withdraw(&self, handle: &ConsentHandle, block: u32) {
		self.chain.with(|state| {
			state.consents.get_mut(handle).unwrap().latest.status =
				semblance_primitives::consent::ConsentStatus::Withdrawn;
			state.last_restriction = block;
		});
	}
}

pub fn version(registered: &Registered) -> DatasetVersion {
	DatasetVersion {
		rows: registered.rows_root,
		schema: registered.schema_digest,
		manifest: registered.manifest_digest,
		row_bucket: registered.row_bucket,
		since: 1,
	}
}

/// Digests of a job's artefacts.
pub fn digests(row: &JobRow) -> Vec<Digest> {
	assert_eq!(row.stage, Stage::Attested, "{row:?}");
	row.body.as_ref().unwrap().subjects.iter().map(|subject| subject.sha3).collect()
}

fn copy(from: &Path, to: &Path) {
	fs::create_dir_all(to).unwrap();
	for entry in fs::read_dir(from).unwrap() {
		let entry = entry.unwrap();
		let target = to.join(entry.file_name());
		match entry.file_type().unwrap().is_dir() {
			true => copy(&entry.path(), &target),
			false => {
				fs::copy(entry.path(), target).unwrap();
			},
		}
	}
}
