//! What a hospital commits to: salted roots over rows, and a root over the handles of the patients used.

use crate::secrets::DatasetSecret;
use semblance_primitives::{
	commitment::{consent_leaf, merkle_root, row_leaf},
	ConsentHandle, Digest,
};
use semblance_synthesis::{Table, TableError};
use std::collections::BTreeSet;

/// Salted leaves of all rows, in the order of the file. The salt of a row depends on the dataset's secret and the
/// row's position only, so that a training root's leaves are the dataset root's leaves.
///
/// # Errors
/// [`TableError`] never for rows that the table has.
pub fn row_leaves(table: &Table, secret: &DatasetSecret) -> Result<Vec<Digest>, TableError> {
	(0u64..)
		.zip(0..table.rows())
		.map(|(row, position)| Ok(row_leaf(&secret.row_salt(row), &table.row_bytes(position)?)))
		.collect()
}

/// Root over some of the rows, in the order of the file.
pub fn root_of(leaves: &[Digest], rows: &[usize]) -> Digest {
	let selected: Vec<Digest> = rows.iter().filter_map(|row| leaves.get(*row).copied()).collect();
	merkle_root(&selected)
}

/// Root over patients' handles, ascending.
pub fn consent_root(handles: &BTreeSet<ConsentHandle>) -> Digest {
	let leaves: Vec<Digest> = handles.iter().map(consent_leaf).collect();
	merkle_root(&leaves)
}
