//! A bound on what one patient contributes.

use super::EncodeError;
use crate::{
	digest::{sha3_256, Digest},
	table::Table,
};

/// Keeps at most `most` rows of every patient, in the order of the table. Without a patient column every row is a
/// patient of its own and the table is unchanged.
///
/// Rows of a patient are ranked by SHA3-256 of the seed and [`Table::row_bytes`], so which are kept does not depend on
/// other patients, nor on the order of the rows, except between equal rows.
///
/// # Errors
/// [`EncodeError::NoRowsPerPatient`] if `most` is 0; [`EncodeError::Table`] for a row that names no patient.
pub fn bound_rows_per_patient(table: &Table, most: u32, seed: &Digest) -> Result<Table, EncodeError> {
	if most == 0 {
		return Err(EncodeError::NoRowsPerPatient);
	}
	if table.schema().patient_column.is_none() {
		return Ok(table.clone());
	}
	let most = usize::try_from(most).unwrap_or(usize::MAX);
	let mut kept = Vec::with_capacity(table.rows());
	for rows in table.patients()? {
		if rows.len() <= most {
			kept.extend(rows);
			continue;
		}
		let mut ranked = Vec::with_capacity(rows.len());
		for row in rows {
			let bytes = table.row_bytes(row)?;
			ranked.push((sha3_256(&[seed.as_slice(), &bytes].concat()), row));
		}
		ranked.sort_unstable();
		kept.extend(ranked.into_iter().take(most).map(|(_, row)| row));
	}
	kept.sort_unstable();
	Ok(table.select(&kept)?)
}
