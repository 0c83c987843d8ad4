//! Datasets in the vault: drafts, their rows, and the numbers that the chain gave them.

use crate::{
	ingest::{self, IngestError, Ingested},
	patients::{self, Patients},
	secrets::{self, DatasetSecret, HandleSecret},
	vault::{digest_column, Unsigned, Vault, VaultError},
};
use rusqlite::{params, OptionalExtension};
use semblance_primitives::{
	dataset::row_bucket, ConsentHandle, DatasetId, DatasetVersionNumber, Digest, OrganisationId,
};
use semblance_synthesis::{Schema, Table};
use serde::Serialize;

/// What can go wrong with a dataset.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
	/// There is no such draft.
	#[error("there is no draft {draft}. Post the schema to /v1/datasets first")]
	#[allow(missing_docs)]
	UnknownDraft { draft: String },
	/// The draft has no rows.
	#[error("draft {draft} has no rows. Put them to /v1/datasets/{draft}/rows first")]
	#[allow(missing_docs)]
	NoRows { draft: String },
	/// The draft stands on chain with other rows.
	#[error("draft {draft} stands on chain with other rows. Make a new draft and register it as a new version")]
	#[allow(missing_docs)]
	RowsAreRegistered { draft: String },
	/// The number belongs to another draft.
	#[error("dataset {dataset} version {version} is bound to another draft. Check the numbers")]
	#[allow(missing_docs)]
	BoundToAnother { dataset: DatasetId, version: DatasetVersionNumber },
	/// The vault holds no such dataset version.
	#[error("the worker does not hold version {version} of dataset {dataset}. Register it with `semblance dataset register`, or bind its draft")]
	#[allow(missing_docs)]
	NotHeld { dataset: DatasetId, version: DatasetVersionNumber },
	/// The file is wrong.
	#[error(transparent)]
	Ingest(#[from] IngestError),
	/// The vault failed.
	#[error(transparent)]
	Vault(#[from] VaultError),
}

impl From<rusqlite::Error> for DatasetError {
	fn from(error: rusqlite::Error) -> Self {
		Self::Vault(error.into())
	}
}

/// What was committed to on a draft's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registered {
	/// Root of the salted row commitments.
	pub rows_root: Digest,
	/// Digest of the schema.
	pub schema_digest: Digest,
	/// Digest of the manifest.
	pub manifest_digest: Digest,
	/// Coarsened number of rows.
	pub row_bucket: u8,
	/// Rows (stays in the hospital).
	pub rows: u64,
	/// Patients (stays in the hospital).
	pub patients: u64,
}

/// A draft as the steward sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftView {
	/// The draft.
	pub draft: String,
	/// Its name.
	pub name: String,
	/// Root of its rows, once there are rows.
	pub rows_root: Option<Digest>,
	/// Rows.
	pub rows: u64,
	/// Patients.
	pub patients: u64,
	/// Dataset and version on chain.
	pub dataset: Option<DatasetId>,
	/// Version on chain.
	pub version: Option<DatasetVersionNumber>,
}

/// The rows of a draft, read and grouped.
pub struct Loaded {
	/// The draft.
	pub draft: String,
	/// All rows.
	pub table: Table,
	/// All patients.
	pub patients: Patients,
	/// Salted leaves of all rows.
	pub leaves: Vec<Digest>,
}

/// Datasets of one hospital.
pub struct Datasets<'a> {
	vault: &'a Vault,
	organisation: OrganisationId,
}

impl<'a> Datasets<'a> {
	/// The datasets in a vault.
	pub fn new(vault: &'a Vault, organisation: OrganisationId) -> Self {
		Self { vault, organisation }
	}

	fn handle_secret(&self) -> HandleSecret {
		self.vault.key().handles(self.organisation)
	}

	fn dataset_secret(&self, draft: &str) -> DatasetSecret {
		self.vault.key().dataset(draft)
	}

	/// Starts a draft under a schema and returns its name of 16 hexadecimal digits.
	///
	/// # Errors
	/// [`DatasetError::Vault`] if it cannot be stored.
	pub fn create(&self, schema: &Schema, now: u64) -> Result<String, DatasetError> {
		let random = secrets::random().map_err(VaultError::from)?;
		let draft = hex::encode(&random[..8]);
		self.vault.database().execute(
			"INSERT INTO drafts (draft, name, schema, created) VALUES (?1, ?2, ?3, ?4)",
			params![draft, schema.name, schema.to_canonical_json(), Unsigned(now)],
		)?;
		Ok(draft)
	}

	/// Takes in the rows of a draft. The same rows give the same answer again.
	///
	/// # Errors
	/// [`DatasetError`]; nothing is stored then.
	pub fn put_rows(&self, draft: &str, file: &str, csv: &[u8]) -> Result<Registered, DatasetError> {
		let schema = self.schema(draft)?;
		let ingested = ingest::ingest(csv, file, &schema, draft, &self.dataset_secret(draft), &self.handle_secret())?;
		if self.is_bound(draft)? && self.root(draft)? != Some(ingested.rows_root) {
			return Err(DatasetError::RowsAreRegistered { draft: draft.into() });
		}
		self.vault.put_rows(draft, csv)?;
		self.vault.database().execute(
			"UPDATE drafts SET rows_root = ?2, manifest = ?3, rows = ?4, patients = ?5 WHERE draft = ?1",
			params![
				draft,
				ingested.rows_root.as_fixed_bytes(),
				ingested.manifest,
				Unsigned(ingested.rows),
				Unsigned(ingested.patients)
			],
		)?;
		Ok(registered(&ingested))
	}

	/// Root of a draft's rows, `None` as long as it has none.
	///
	/// # Errors
	/// [`DatasetError::UnknownDraft`].
	pub fn root(&self, draft: &str) -> Result<Option<Digest>, DatasetError> {
		let root: Option<Option<[u8; 32]>> = self
			.vault
			.database()
			.query_row("SELECT rows_root FROM drafts WHERE draft = ?1", [draft], |row| row.get(0))
			.optional()?;
		Ok(root.ok_or_else(|| DatasetError::UnknownDraft { draft: draft.into() })?.map(Digest::from))
	}

	fn is_bound(&self, draft: &str) -> Result<bool, DatasetError> {
		let sql = "SELECT EXISTS (SELECT 1 FROM bindings WHERE draft = ?1)";
		Ok(self.vault.database().query_row(sql, [draft], |row| row.get(0))?)
	}

	/// Schema of a draft.
	///
	/// # Errors
	/// [`DatasetError::UnknownDraft`].
	pub fn schema(&self, draft: &str) -> Result<Schema, DatasetError> {
		let json: Option<Vec<u8>> = self
			.vault
			.database()
			.query_row("SELECT schema FROM drafts WHERE draft = ?1", [draft], |row| row.get(0))
			.optional()?;
		let json = json.ok_or_else(|| DatasetError::UnknownDraft { draft: draft.into() })?;
		Schema::from_json(&json).map_err(|_| VaultError::Record { what: format!("draft {draft}") }.into())
	}

	/// Notes under which number a draft stands on chain. The caller has compared the roots.
	///
	/// # Errors
	/// [`DatasetError::BoundToAnother`] if the number is taken.
	pub fn bind(
		&self,
		genesis: &Digest,
		dataset: DatasetId,
		version: DatasetVersionNumber,
		draft: &str,
	) -> Result<(), DatasetError> {
		self.vault.database().execute(
			"INSERT INTO bindings (genesis, dataset, version, draft) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
			params![genesis.as_fixed_bytes(), dataset, version, draft],
		)?;
		match self.bound(genesis, dataset, version)? {
			Some(bound) if bound == draft => Ok(()),
			_ => Err(DatasetError::BoundToAnother { dataset, version }),
		}
	}

	fn bound(
		&self,
		genesis: &Digest,
		dataset: DatasetId,
		version: DatasetVersionNumber,
	) -> Result<Option<String>, DatasetError> {
		let sql = "SELECT draft FROM bindings WHERE genesis = ?1 AND dataset = ?2 AND version = ?3";
		let key = params![genesis.as_fixed_bytes(), dataset, version];
		Ok(self.vault.database().query_row(sql, key, |row| row.get(0)).optional()?)
	}

	/// The draft behind a dataset version: the one bound to it.
	///
	/// # Errors
	/// [`DatasetError::NotHeld`] if no draft is bound.
	pub fn find(
		&self,
		genesis: &Digest,
		dataset: DatasetId,
		version: DatasetVersionNumber,
	) -> Result<String, DatasetError> {
		self.bound(genesis, dataset, version)?.ok_or(DatasetError::NotHeld { dataset, version })
	}

	/// A draft whose rows have this root, for a steward who registered but was interrupted before binding.
	///
	/// # Errors
	/// [`DatasetError::Vault`].
	pub fn find_by_root(&self, root: &Digest) -> Result<Option<String>, DatasetError> {
		let sql = "SELECT draft FROM drafts WHERE rows_root = ?1 ORDER BY draft LIMIT 1";
		Ok(self.vault.database().query_row(sql, [root.as_fixed_bytes()], |row| row.get(0)).optional()?)
	}

	/// Reads a draft's rows from the vault.
	///
	/// # Errors
	/// [`DatasetError`] if the rows are missing, were changed, or no longer fit the schema.
	pub fn load(&self, draft: &str) -> Result<Loaded, DatasetError> {
		let schema = self.schema(draft)?;
		if self.root(draft)?.is_none() {
			return Err(DatasetError::NoRows { draft: draft.into() });
		}
		let csv = self.vault.rows(draft)?;
		let table = Table::parse_csv(&csv, draft, &schema).map_err(IngestError::from)?;
		let secret = self.dataset_secret(draft);
		let patients = patients::group(&table, draft, &self.handle_secret(), &secret).map_err(IngestError::from)?;
		let leaves = crate::commitments::row_leaves(&table, &secret).map_err(IngestError::from)?;
		Ok(Loaded { draft: draft.into(), table, patients, leaves })
	}

	/// Handle of one patient of a draft.
	///
	/// # Errors
	/// [`DatasetError`] if the rows cannot be read.
	pub fn handle_of(&self, draft: &str, patient: &str) -> Result<Option<ConsentHandle>, DatasetError> {
		let loaded = self.load(draft)?;
		Ok(patients::handle_of(&loaded.table, draft, &self.handle_secret(), patient))
	}

	/// All drafts, oldest first; a draft that is bound twice is listed twice.
	///
	/// # Errors
	/// [`DatasetError::Vault`].
	pub fn list(&self, genesis: &Digest) -> Result<Vec<DraftView>, DatasetError> {
		let database = self.vault.database();
		let mut statement = database.prepare(
			"SELECT d.draft, d.name, d.rows_root, d.rows, d.patients, b.dataset, b.version
			FROM drafts d LEFT JOIN bindings b ON b.draft = d.draft AND b.genesis = ?1
			ORDER BY d.created, d.draft, b.dataset, b.version",
		)?;
		let views = statement.query_map([genesis.as_fixed_bytes()], |row| {
			let has_rows = row.get_ref(2)? != rusqlite::types::ValueRef::Null;
			Ok(DraftView {
				draft: row.get(0)?,
				name: row.get(1)?,
				rows_root: if has_rows { Some(digest_column(row, 2)?) } else { None },
				rows: row.get::<_, Unsigned>(3)?.0,
				patients: row.get::<_, Unsigned>(4)?.0,
				dataset: row.get(5)?,
				version: row.get(6)?,
			})
		})?;
		Ok(views.collect::<Result<_, _>>()?)
	}
}

fn registered(ingested: &Ingested) -> Registered {
	Registered {
		rows_root: ingested.rows_root,
		schema_digest: ingested.schema_digest,
		manifest_digest: ingest::manifest_digest(&ingested.manifest),
		row_bucket: row_bucket(ingested.rows),
		rows: ingested.rows,
		patients: ingested.patients,
	}
}
