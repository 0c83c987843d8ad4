//! From a file to a registered draft: parse, check, group by patient, commit.

use crate::{
	commitments, patients,
	secrets::{DatasetSecret, HandleSecret},
};
use semblance_primitives::{
	commitment::{merkle_root, sha3_256},
	dataset::row_bucket,
	Digest,
};
use semblance_synthesis::{InputError, Schema, Table, TableError};
use serde::Serialize;

/// Why rows are not taken in. Nothing was stored then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
	/// The file is wrong; names file, line, column and remedy.
	#[error(transparent)]
	Input(#[from] InputError),
	/// A row names no patient.
	#[error(transparent)]
	Table(#[from] TableError),
}

/// What a file comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
	/// Root of the salted row commitments.
	pub rows_root: Digest,
	/// Digest of the canonical schema.
	pub schema_digest: Digest,
	/// The canonical manifest (data card).
	pub manifest: Vec<u8>,
	/// Rows.
	pub rows: u64,
	/// Patients.
	pub patients: u64,
}

/// The data card of a dataset, public: counts are coarsened, no value of a row is in it.
#[derive(Serialize)]
struct Manifest<'a> {
	format: u16,
	name: &'a str,
	schema: String,
	columns: usize,
	row_bucket: u8,
	patient_bucket: u8,
	patient_column: Option<&'a str>,
	target: Option<&'a str>,
}

/// Reads `csv` by `schema` and computes what is registered on chain.
///
/// # Errors
/// [`IngestError`] names file, line, column and remedy.
pub fn ingest(
	csv: &[u8],
	file: &str,
	schema: &Schema,
	draft: &str,
	secret: &DatasetSecret,
	handles: &HandleSecret,
) -> Result<Ingested, IngestError> {
	let table = Table::parse_csv(csv, file, schema)?;
	let patients = patients::group(&table, draft, handles, secret)?.len() as u64;
	let leaves = commitments::row_leaves(&table, secret)?;
	let rows = table.rows() as u64;
	let schema_digest = Digest::from(schema.digest());
	Ok(Ingested {
		rows_root: merkle_root(&leaves),
		schema_digest,
		manifest: manifest(schema, schema_digest, rows, patients),
		rows,
		patients,
	})
}

fn manifest(schema: &Schema, digest: Digest, rows: u64, patients: u64) -> Vec<u8> {
	let manifest = Manifest {
		format: 1,
		name: &schema.name,
		schema: hex::encode(digest),
		columns: schema.columns.len(),
		row_bucket: row_bucket(rows),
		patient_bucket: row_bucket(patients),
		patient_column: schema.patient_column.as_deref(),
		target: schema.target.as_deref(),
	};
	// Strings and small integers always serialise.
	serde_json_canonicalizer::to_vec(&manifest).unwrap_or_default()
}

/// Digest of a manifest.
pub fn manifest_digest(manifest: &[u8]) -> Digest {
	sha3_256(manifest)
}
