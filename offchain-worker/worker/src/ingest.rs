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

#[cfg(test)]
mod tests {
	use super::*;
	use crate::secrets::VaultKey;

	const SCHEMA: &[u8] =
		br#"{"format":1,"name":"small","patient_column":"id","target":"age","missing_markers":[],"columns":[
		{"name":"id","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
		{"name":"age","kind":{"type":"integer","min":0,"max":120},"unit":"a","missing":true,"role":"quasi"}]}"#;

	fn ingested(csv: &[u8], draft: &str) -> Ingested {
		let key = VaultKey::new([7; 32].into());
		let schema = Schema::from_json(SCHEMA).unwrap();
		ingest(csv, "small.csv", &schema, draft, &key.dataset(draft), &key.handles(1)).unwrap()
	}

	#[test]
	fn what_goes_on_chain_is_golden() {
		let small = ingested(b"id,age\nA,40\nB,\nA,41\n", "0123456789abcdef");
		assert_eq!((small.rows, small.patients), (3, 2));
		assert_eq!(
			hex::encode(small.schema_digest),
			"29b0ee95cf5673d03bdf520c07a2fdeb3b432759deaf21c81e19ce97c7b2b989"
		);
		assert_eq!(
			String::from_utf8(small.manifest).unwrap(),
			r#"{"columns":2,"format":1,"name":"small","patient_bucket":2,"patient_column":"id","row_bucket":2,"schema":"29b0ee95cf5673d03bdf520c07a2fdeb3b432759deaf21c81e19ce97c7b2b989","target":"age"}"#
		);
		assert_eq!(hex::encode(small.rows_root), "c5ca87479a9bae6c221bdbf2e748b05ce43ce6c450328e82e7909aeaf8e54efd");
	}

	#[test]
	fn spelling_does_not_change_the_root_and_every_cell_and_the_draft_do() {
		let base = ingested(b"id,age\nA,40\nB,41\n", "a").rows_root;
		assert_eq!(ingested(b"id,age\r\nA, 40\r\nB,041\r\n", "a").rows_root, base);
		for csv in [&b"id,age\nA,40\nB,42\n"[..], b"id,age\nA,40\nC,41\n", b"id,age\nB,41\nA,40\n", b"id,age\nA,40\n"] {
			assert_ne!(ingested(csv, "a").rows_root, base);
		}
		assert_ne!(ingested(b"id,age\nA,40\nB,41\n", "b").rows_root, base, "equal rows cannot be recognised");
	}
}
