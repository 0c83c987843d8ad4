//! The rows of every patient in the order of time.

use super::TrajectoryError;
use crate::{error::shown, table::Table};
use std::collections::BTreeMap;

/// Most visits of one patient. An intensive care unit that writes a row an hour reaches this in fourteen months.
pub const MAX_VISITS: usize = 10_000;

/// Positions of the rows of every patient: patients in the order of their numbers, visits in the order of their time. Rows
/// of one time keep the table's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visits {
	pub patients: Vec<Vec<usize>>,
}

impl Visits {
	/// The visits of a table whose schema names a patient and a time column.
	///
	/// # Errors
	/// [`TrajectoryError`] for a table without patients or times, a row without its patient or time, and a patient of more
	/// than [`MAX_VISITS`] rows.
	pub fn of(table: &Table) -> Result<Self, TrajectoryError> {
		let times = times(table)?;
		let mut patients: BTreeMap<&str, Vec<(i64, usize)>> = BTreeMap::new();
		for ((row, patient), time) in table.patient_ids()?.into_iter().enumerate().zip(times) {
			let time =
				time.ok_or_else(|| TrajectoryError::MissingTime { row, column: name(&table.schema().time_column) })?;
			patients.entry(patient).or_default().push((time, row));
		}
		let ordered = patients.into_values().map(|mut visits| {
			visits.sort_unstable();
			let rows: Vec<usize> = visits.into_iter().map(|(_, row)| row).collect();
			match rows.first() {
				Some(row) if rows.len() > MAX_VISITS => Err(TrajectoryError::TooManyVisits {
					row: *row,
					column: name(&table.schema().patient_column),
					visits: rows.len(),
					limit: MAX_VISITS,
				}),
				_ => Ok(rows),
			}
		});
		Ok(Self { patients: ordered.collect::<Result<_, _>>()? })
	}

	/// The rows of every patient where their visits lie one after the other, without the first few of each.
	pub fn runs(&self, without: usize) -> Vec<Vec<usize>> {
		let mut next = 0usize;
		let mut run = |visits: &Vec<usize>| {
			let start = next;
			next = next.saturating_add(visits.len().saturating_sub(without));
			(start..next).collect()
		};
		self.patients.iter().map(&mut run).collect()
	}

	/// Visits of the patient who has most; 0 without patients.
	pub fn most(&self) -> usize {
		self.patients.iter().map(Vec::len).max().unwrap_or(0)
	}
}

/// The codes of the time column.
pub(crate) fn times(table: &Table) -> Result<&[Option<i64>], TrajectoryError> {
	let schema = table.schema();
	let at = schema.time_column.as_deref().and_then(|name| schema.position(name));
	at.and_then(|at| table.codes(at)).ok_or(TrajectoryError::NoTimeColumn)
}

fn name(column: &Option<String>) -> String {
	shown(column.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn runs_follow_each_other() {
		let visits = Visits { patients: vec![vec![4, 1], vec![0], vec![3, 2, 5]] };
		assert_eq!(visits.runs(0), [vec![0, 1], vec![2], vec![3, 4, 5]]);
		assert_eq!(visits.runs(1), [vec![0], vec![], vec![1, 2]]);
	}
}
