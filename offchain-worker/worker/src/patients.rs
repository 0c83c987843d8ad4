//! Who is behind a row: patients, their handles, and the split into training and hold-out patients.

use crate::secrets::{DatasetSecret, HandleSecret};
use semblance_primitives::{metrics::PPM, ConsentHandle};
use semblance_synthesis::{Table, TableError};
use std::collections::{BTreeMap, BTreeSet};

/// One patient of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
	/// Positions of the patient's rows, ascending.
	pub rows: Vec<usize>,
	/// Where the patient stands in the hold-out split ([`DatasetSecret::split_score`]).
	pub score: u64,
}

/// Patients by handle, ascending.
pub type Patients = BTreeMap<ConsentHandle, Patient>;

/// Groups the rows of a table by patient. Without a patient column every row is a patient of its own, named by the
/// draft and the row's number.
///
/// # Errors
/// [`TableError::MissingPatient`] for a row that names no patient.
pub fn group(
	table: &Table,
	draft: &str,
	handles: &HandleSecret,
	secret: &DatasetSecret,
) -> Result<Patients, TableError> {
	let mut rows_of: BTreeMap<String, Vec<usize>> = BTreeMap::new();
	for (row, patient) in patient_names(table, draft)?.into_iter().enumerate() {
		rows_of.entry(patient).or_default().push(row);
	}
	Ok(rows_of
		.into_iter()
		.map(|(name, rows)| (handles.handle(&name), Patient { rows, score: secret.split_score(&name) }))
		.collect())
}

fn patient_names(table: &Table, draft: &str) -> Result<Vec<String>, TableError> {
	match table.schema().patient_column {
		Some(_) => Ok(table.patient_ids()?.into_iter().map(str::to_owned).collect()),
		None => Ok((0..table.rows()).map(|row| row_name(draft, row)).collect()),
	}
}

fn row_name(draft: &str, row: usize) -> String {
	format!("draft {draft} row {row}")
}

/// The handle under which a steward finds a patient: by the patient's number, or the row's number (from 1, header not
/// counted) where the dataset has no patient column.
pub fn handle_of(table: &Table, draft: &str, handles: &HandleSecret, patient: &str) -> Option<ConsentHandle> {
	let name = match table.schema().patient_column {
		Some(_) => table.patient_ids().ok()?.into_iter().find(|known| *known == patient)?.to_owned(),
		None => {
			let row = patient.parse::<usize>().ok()?.checked_sub(1).filter(|row| *row < table.rows())?;
			row_name(draft, row)
		},
	};
	Some(handles.handle(&name))
}

/// Row positions of the two sides, ascending each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
	/// Rows to learn from.
	pub training: Vec<usize>,
	/// Rows held out for evaluation.
	pub hold_out: Vec<usize>,
}

/// Splits the patients in `used`: those whose score is below the share are held out, whole. If one side would be
/// empty, it gets the patient nearest to it. `None` for fewer than two patients.
pub fn split(patients: &Patients, used: &BTreeSet<ConsentHandle>, hold_out_ppm: u32) -> Option<Split> {
	let chosen: Vec<&Patient> =
		patients.iter().filter(|(handle, _)| used.contains(handle)).map(|(_, patient)| patient).collect();
	if chosen.len() < 2 {
		return None;
	}
	let threshold = (u128::from(hold_out_ppm) << 64) / PPM.unsigned_abs() as u128;
	let lowest = chosen.iter().map(|patient| patient.score).min()?;
	let highest = chosen.iter().map(|patient| patient.score).max()?;
	// Scores are 64-bit digests: that two patients share the lowest or the highest is of no concern.
	let is_held_out = |patient: &Patient| {
		(u128::from(patient.score) < threshold || patient.score == lowest) && patient.score != highest
	};
	let (mut training, mut hold_out) = (Vec::new(), Vec::new());
	for patient in chosen {
		if is_held_out(patient) { &mut hold_out } else { &mut training }.extend_from_slice(&patient.rows);
	}
	training.sort_unstable();
	hold_out.sort_unstable();
	Some(Split { training, hold_out })
}

#[cfg(test)]
mod tests {
	use super::*;

	fn patients(scores: &[u64]) -> (Patients, BTreeSet<ConsentHandle>) {
		let patients: Patients = scores
			.iter()
			.enumerate()
			.map(|(i, score)| {
				(ConsentHandle::repeat_byte(i as u8), Patient { rows: vec![2 * i, 2 * i + 1], score: *score })
			})
			.collect();
		let used = patients.keys().copied().collect();
		(patients, used)
	}

	#[test]
	fn patients_below_the_share_are_held_out_with_all_their_rows() {
		let (patients, used) = patients(&[0, u64::MAX / 4, u64::MAX / 2, u64::MAX]);
		let split = split(&patients, &used, 300_000).unwrap();
		assert_eq!(split, Split { hold_out: vec![0, 1, 2, 3], training: vec![4, 5, 6, 7] });
	}

	#[test]
	fn no_side_is_empty() {
		let (low, used) = patients(&[1, 2, 3]);
		assert_eq!(split(&low, &used, 500_000).unwrap().training, [4, 5]);
		let (high, used) = patients(&[u64::MAX - 2, u64::MAX - 1, u64::MAX]);
		assert_eq!(split(&high, &used, 50_000).unwrap().hold_out, [0, 1]);
	}

	#[test]
	fn a_patient_stays_on_its_side_when_another_leaves() {
		let (patients, mut used) = patients(&[1, 2, u64::MAX / 3, u64::MAX - 1, u64::MAX]);
		let before = split(&patients, &used, 200_000).unwrap();
		used.remove(&ConsentHandle::repeat_byte(1));
		let after = split(&patients, &used, 200_000).unwrap();
		assert!(after.hold_out.iter().all(|row| before.hold_out.contains(row)));
		assert!(after.training.iter().all(|row| before.training.contains(row)));
	}

	#[test]
	fn one_patient_cannot_be_split() {
		let (patients, used) = patients(&[1]);
		assert_eq!(split(&patients, &used, 200_000), None);
	}
}
