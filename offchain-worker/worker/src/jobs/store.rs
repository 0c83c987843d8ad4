//! Jobs in the database. What is here was written in one transaction and survives a power cut.

use super::Stage;
use crate::vault::{Unsigned, Vault, VaultError};
use codec::{Decode, Encode};
use rusqlite::{params, OptionalExtension, Row};
use semblance_primitives::{
	generation::{Acceptance, AttestationBody, FailureReason, SubjectRole},
	AgreementId, AttestationId, ConsentHandle, Digest, JobId,
};
use std::collections::BTreeSet;

/// A job as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
	/// Its number.
	pub job: JobId,
	/// Its attempt, 0 until the finalised state told it.
	pub attempt: u32,
	/// How far it is.
	pub stage: Stage,
	/// What was committed to.
	pub acceptance: Option<Acceptance>,
	/// When the work began, milliseconds since 1970.
	pub started: Option<u64>,
	/// The attestation.
	pub body: Option<AttestationBody>,
	/// Why it failed, for the record.
	pub failure: Option<FailureReason>,
	/// Why it failed or waits, for people in the hospital.
	pub error: Option<String>,
}

/// Which artefact belongs to which job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtefactRow {
	/// The job that made it.
	pub job: JobId,
	/// The agreement it was made under.
	pub agreement: AgreementId,
	/// What it is.
	pub role: SubjectRole,
}

/// Jobs of one chain.
pub struct JobStore<'a> {
	vault: &'a Vault,
	genesis: Digest,
}

const COLUMNS: &str = "job, attempt, stage, acceptance, started, body, failure, error";

impl<'a> JobStore<'a> {
	/// The jobs of the chain with this genesis.
	pub fn new(vault: &'a Vault, genesis: Digest) -> Self {
		Self { vault, genesis }
	}

	fn key(&self) -> &[u8; 32] {
		self.genesis.as_fixed_bytes()
	}

	/// Notes a job, if it is not known yet.
	///
	/// # Errors
	/// [`VaultError::Database`].
	pub fn ensure(&self, job: JobId, now: u64) -> Result<(), VaultError> {
		self.vault.database().execute(
			"INSERT INTO jobs (genesis, job, stage, updated) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
			params![self.key(), job, Stage::WaitingForFinality.name(), Unsigned(now)],
		)?;
		Ok(())
	}

	/// A job.
	///
	/// # Errors
	/// [`VaultError`] if the record cannot be read.
	pub fn get(&self, job: JobId) -> Result<Option<JobRow>, VaultError> {
		let sql = format!("SELECT {COLUMNS} FROM jobs WHERE genesis = ?1 AND job = ?2");
		let row = self.vault.database().query_row(&sql, params![self.key(), job], |row| Ok(read(row))).optional()?;
		row.transpose()
	}

	/// All jobs, newest first.
	///
	/// # Errors
	/// [`VaultError`] if a record cannot be read.
	pub fn list(&self) -> Result<Vec<JobRow>, VaultError> {
		let database = self.vault.database();
		let mut statement =
			database.prepare(&format!("SELECT {COLUMNS} FROM jobs WHERE genesis = ?1 ORDER BY job DESC"))?;
		let rows = statement.query_map([self.key()], |row| Ok(read(row)))?;
		rows.map(|row| row?).collect()
	}

	/// How many jobs are at each stage, and when the one that came there first did, in milliseconds since 1970.
	///
	/// # Errors
	/// [`VaultError`] if a record cannot be read.
	pub fn summary(&self) -> Result<Vec<(Stage, u64, u64)>, VaultError> {
		let database = self.vault.database();
		let mut statement =
			database.prepare("SELECT stage, count(*), min(updated) FROM jobs WHERE genesis = ?1 GROUP BY stage")?;
		let rows = statement.query_map([self.key()], |row| {
			Ok((row.get::<_, String>(0)?, row.get::<_, Unsigned>(1)?.0, row.get::<_, Unsigned>(2)?.0))
		})?;
		rows.map(|row| {
			let (name, count, since) = row?;
			let stage =
				Stage::from_name(&name).ok_or_else(|| VaultError::Record { what: format!("jobs at stage {name}") })?;
			Ok((stage, count, since))
		})
		.collect()
	}

	/// Notes the stage.
	///
	/// # Errors
	/// [`VaultError::Database`].
	pub fn set_stage(&self, job: JobId, stage: Stage, now: u64) -> Result<(), VaultError> {
		self.vault.database().execute(
			"UPDATE jobs SET stage = ?3, updated = ?4, error = NULL WHERE genesis = ?1 AND job = ?2",
			params![self.key(), job, stage.name(), Unsigned(now)],
		)?;
		Ok(())
	}

	/// Notes why the job waits; `None` when it no longer does.
	///
	/// # Errors
	/// [`VaultError::Database`].
	pub fn note(&self, job: JobId, error: Option<&str>) -> Result<(), VaultError> {
		self.vault
			.database()
			.execute("UPDATE jobs SET error = ?3 WHERE genesis = ?1 AND job = ?2", params![self.key(), job, error])?;
		Ok(())
	}

	/// Keeps what was committed to, and the patients used.
	///
	/// # Errors
	/// [`VaultError::Database`].
	pub fn save_acceptance(
		&self,
		job: JobId,
		(attempt, agreement): (u32, AgreementId),
		acceptance: &Acceptance,
		used: &BTreeSet<ConsentHandle>,
		now: u64,
	) -> Result<(), VaultError> {
		let selection = self.vault.seal_value(&self.selection_name(job), &used.encode());
		self.vault.database().execute(
			"UPDATE jobs SET stage = ?3, attempt = ?4, agreement = ?5, acceptance = ?6, selection = ?7,
			started = coalesce(started, ?8), updated = ?8, error = NULL WHERE genesis = ?1 AND job = ?2",
			params![
				self.key(),
				job,
				Stage::Accepted.name(),
				attempt,
				agreement,
				acceptance.encode(),
				selection,
				Unsigned(now)
			],
		)?;
		Ok(())
	}

	/// Handles of the patients used, as [`Self::save_acceptance`] kept them.
	///
	/// # Errors
	/// [`VaultError`] if the record cannot be read.
	pub fn selection(&self, job: JobId) -> Result<Option<BTreeSet<ConsentHandle>>, VaultError> {
		let sealed: Option<Option<Vec<u8>>> = self
			.vault
			.database()
			.query_row("SELECT selection FROM jobs WHERE genesis = ?1 AND job = ?2", params![self.key(), job], |row| {
				row.get(0)
			})
			.optional()?;
		let Some(sealed) = sealed.flatten() else { return Ok(None) };
		let bytes = self.vault.open_value(&self.selection_name(job), &sealed)?;
		decode(&bytes, job).map(Some)
	}

	fn selection_name(&self, job: JobId) -> String {
		format!("selection {} {job}", hex::encode(self.genesis))
	}

	/// Keeps the attestation with its statement, and which artefacts belong to it: all or nothing.
	///
	/// # Errors
	/// [`VaultError::Database`].
	pub fn save_attestation(
		&self,
		job: JobId,
		body: &AttestationBody,
		statement: &[u8],
		now: u64,
	) -> Result<(), VaultError> {
		let mut database = self.vault.database();
		let transaction = database.transaction()?;
		transaction.execute(
			"UPDATE jobs SET stage = ?3, body = ?4, updated = ?5, error = NULL WHERE genesis = ?1 AND job = ?2",
			params![self.key(), job, Stage::Attesting.name(), body.encode(), Unsigned(now)],
		)?;
		for subject in &body.subjects {
			transaction.execute(
				"INSERT OR REPLACE INTO artefacts (digest, genesis, job, agreement, role) VALUES (?1, ?2, ?3, ?4, ?5)",
				params![subject.sha3.as_fixed_bytes(), self.key(), job, body.agreement, subject.role.encode()],
			)?;
		}
		let id = body.id(&self.genesis);
		transaction.execute(
			"INSERT OR REPLACE INTO statements (attestation, genesis, job, statement) VALUES (?1, ?2, ?3, ?4)",
			params![id.as_fixed_bytes(), self.key(), job, statement],
		)?;
		transaction.commit()?;
		Ok(())
	}

	/// Ends a job without attestation. Without `reason` nothing is to be said to the chain.
	///
	/// # Errors
	/// [`VaultError::Database`].
	pub fn fail(&self, job: JobId, reason: Option<FailureReason>, error: &str, now: u64) -> Result<(), VaultError> {
		self.vault.database().execute(
			"UPDATE jobs SET stage = ?3, failure = ?4, error = ?5, updated = ?6 WHERE genesis = ?1 AND job = ?2",
			params![self.key(), job, Stage::Failed.name(), reason.map(|reason| reason.encode()), error, Unsigned(now)],
		)?;
		Ok(())
	}

	/// The canonical statement behind an attestation.
	///
	/// # Errors
	/// [`VaultError::Database`].
	pub fn statement(&self, attestation: &AttestationId) -> Result<Option<Vec<u8>>, VaultError> {
		let sql = "SELECT statement FROM statements WHERE attestation = ?1 AND genesis = ?2";
		let key = params![attestation.as_fixed_bytes(), self.key()];
		Ok(self.vault.database().query_row(sql, key, |row| row.get(0)).optional()?)
	}

	/// The jobs that made an artefact.
	///
	/// # Errors
	/// [`VaultError`] if a record cannot be read.
	pub fn artefact(&self, digest: &Digest) -> Result<Vec<ArtefactRow>, VaultError> {
		let database = self.vault.database();
		let mut statement = database
			.prepare("SELECT job, agreement, role FROM artefacts WHERE digest = ?1 AND genesis = ?2 ORDER BY job")?;
		let rows = statement.query_map(params![digest.as_fixed_bytes(), self.key()], |row| {
			Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?))
		})?;
		rows.map(|row| {
			let (job, agreement, role) = row?;
			Ok(ArtefactRow { job, agreement, role: decode(&role, job)? })
		})
		.collect()
	}
}

fn read(row: &Row<'_>) -> Result<JobRow, VaultError> {
	let job: JobId = row.get(0)?;
	let name: String = row.get(2)?;
	let column = |index: usize| row.get::<_, Option<Vec<u8>>>(index);
	Ok(JobRow {
		job,
		attempt: row.get(1)?,
		stage: Stage::from_name(&name).ok_or_else(|| unreadable(job))?,
		acceptance: column(3)?.map(|bytes| decode(&bytes, job)).transpose()?,
		started: row.get::<_, Option<Unsigned>>(4)?.map(|unsigned| unsigned.0),
		body: column(5)?.map(|bytes| decode(&bytes, job)).transpose()?,
		failure: column(6)?.map(|bytes| decode(&bytes, job)).transpose()?,
		error: row.get(7)?,
	})
}

fn decode<T: Decode>(mut bytes: &[u8], job: JobId) -> Result<T, VaultError> {
	T::decode(&mut bytes).ok().filter(|_| bytes.is_empty()).ok_or_else(|| unreadable(job))
}

fn unreadable(job: JobId) -> VaultError {
	VaultError::Record { what: format!("job {job}") }
}
