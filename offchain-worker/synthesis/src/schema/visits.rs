//! Whether a file holds visits: several rows of a patient with a time, and columns that stay as they are.

use super::{tokens, Column, Note};
use std::collections::{BTreeMap, BTreeSet};

/// What has been seen of patients, row by row. Cells are kept as hashes of four bytes: whether a column is static is
/// checked again where it matters, on the cells themselves.
pub(super) struct Patients {
	patient: usize,
	numbers: BTreeMap<String, usize>,
	/// Every patient's first cell, of the columns that have not changed yet.
	firsts: Vec<Option<Vec<u32>>>,
	/// Patient and cell of the columns named like a time, while no patient has one cell twice.
	times: BTreeMap<usize, BTreeSet<(usize, u32)>>,
	rows: usize,
}

/// FNV-1a of 32 bits (Fowler, Noll and Vo): every cell of a file with one row per patient is marked, so it is cheap.
fn mark(cell: &str) -> u32 {
	cell.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl Patients {
	/// `patient` is the position of the patient's number; `time` that of the time column, if a person named it.
	pub fn new(header: &[String], patient: usize, time: Option<usize>) -> Self {
		let named = |(at, name): (usize, &String)| (time == Some(at) || tokens::names_time(name)).then_some(at);
		Self {
			patient,
			numbers: BTreeMap::new(),
			firsts: vec![Some(Vec::new()); header.len()],
			times: header.iter().enumerate().filter_map(named).map(|at| (at, BTreeSet::new())).collect(),
			rows: 0,
		}
	}

	/// Takes in a row.
	pub fn add(&mut self, cells: &[&str]) {
		self.rows = self.rows.saturating_add(1);
		let Some(name) = cells.get(self.patient) else { return };
		let next = self.numbers.len();
		let (number, new) = match self.numbers.get(*name) {
			Some(number) => (*number, false),
			None => (next, true),
		};
		if new {
			self.numbers.insert((*name).to_owned(), number);
		}
		for (at, cell) in cells.iter().enumerate() {
			let seen = self.times.contains_key(&at);
			let Some(slot) = self.firsts.get_mut(at) else { continue };
			if slot.is_none() && !seen {
				continue;
			}
			let mark = mark(cell);
			if slot.as_ref().is_some_and(|firsts| !new && firsts.get(number) != Some(&mark)) {
				*slot = None;
			}
			if let (Some(firsts), true) = (slot, new) {
				firsts.push(mark);
			}
			if self.times.get_mut(&at).is_some_and(|times| !times.insert((number, mark))) {
				self.times.remove(&at);
			}
		}
	}

	/// The first complete number or date that is named like a time and never the same in two rows of a patient; `None` if
	/// no patient has two rows.
	pub fn time_column(&self, columns: &[Column], target: Option<&String>) -> Option<String> {
		if self.numbers.len() == self.rows {
			return None;
		}
		let fits = |column: &&Column| column.is_numeric() && !column.missing && Some(&column.name) != target;
		let candidates = self.times.keys().filter_map(|at| columns.get(*at));
		candidates.filter(fits).map(|column| column.name.clone()).next()
	}

	/// Marks the columns that no patient changes.
	pub fn mark_static(&self, columns: &mut [Column], notes: &mut Vec<Note>) {
		for (column, firsts) in columns.iter_mut().zip(&self.firsts) {
			if firsts.is_some() && !column.is_identifier() {
				column.fixed = true;
				let text = "the same in all rows of every patient, taken as static. Remove \"static\" if it may change";
				notes.push(Note { column: column.name.clone(), text: text.into() });
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::super::{InferOptions, Schema};

	const VISITS: &str = "pid,day,sex,bili\na,0,f,1.5\nb,0,m,2.5\na,180,f,1.5\nb,90,m,3.5\nc,0,f,9.5\n";

	fn infer(csv: &str) -> Schema {
		let options = InferOptions { categorical: vec!["sex".into()], ..InferOptions::default() };
		Schema::infer(csv.as_bytes(), "visits.csv", &options).unwrap().schema
	}

	#[test]
	fn visits_are_proposed_with_their_time_and_static_columns() {
		let schema = infer(VISITS);
		assert_eq!(schema.time_column.as_deref(), Some("day"));
		let fixed: Vec<&str> = schema.columns.iter().filter(|c| c.fixed).map(|c| c.name.as_str()).collect();
		assert_eq!(fixed, ["sex"]);
	}

	#[test]
	fn one_row_of_every_patient_or_two_at_one_time_are_no_visits() {
		let single: String = VISITS
			.lines()
			.filter(|line| !line.contains(",180,") && !line.contains(",90,"))
			.fold(String::new(), |all, line| all + line + "\n");
		for csv in [single, VISITS.replace(",180,", ",0,"), VISITS.replace("c,0,", "c,,")] {
			let schema = infer(&csv);
			assert_eq!(schema.time_column, None);
			assert!(schema.columns.iter().all(|column| !column.fixed));
		}
	}

	#[test]
	fn a_person_names_the_time_column() {
		let options = InferOptions { time_column: Some("bili".into()), ..InferOptions::default() };
		let schema = Schema::infer(VISITS.as_bytes(), "visits.csv", &options).unwrap().schema;
		assert_eq!(schema.time_column.as_deref(), Some("bili"));
		assert!(schema.column("sex").unwrap().fixed);
		let wrong = InferOptions { time_column: Some("sex".into()), ..InferOptions::default() };
		assert!(Schema::infer(VISITS.as_bytes(), "visits.csv", &wrong).is_err());
		let unknown = InferOptions { time_column: Some("when".into()), ..InferOptions::default() };
		assert!(Schema::infer(VISITS.as_bytes(), "visits.csv", &unknown).is_err());
	}
}
