//! A cohort that no hospital has: simulated patients for trying everything out.
//!
//! The numbers are plausible and not fitted to anybody: age drives comorbidity, comorbidity drives
//! laboratory values and treatment, all of these drive readmission and death. Cells are missing not at
//! random: tests are ordered for those who look ill, and what is embarrassing is asked less often.

mod census;
mod codes;
mod columns;
mod patient;
mod shape;
mod wide;

use crate::{
	digest::Digest,
	error::SynthesisError,
	random::Stream,
	schema::{InferOptions, Schema, SCHEMA_FORMAT},
	table::{Cells, Table},
};
use patient::Patient;
pub use shape::CohortShape;
use std::sync::Arc;

/// Most patients of a simulated cohort.
const MOST_PATIENTS: u32 = 500_000;

/// A simulated cohort: one row per visit, one to six visits per patient, or one row per patient; see [`CohortShape`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedCohort {
	/// The rows as canonical CSV.
	pub csv: Vec<u8>,
	/// Their schema: patient column `patient_id`, and the shape's target.
	pub schema: Schema,
}

/// Simulates a cohort. The same number and seed give the same bytes; a larger cohort of the same seed
/// begins with the smaller one.
///
/// Columns: demographics, ICD-10 main diagnosis and comorbidities, vital signs and laboratory values
/// named by LOINC code, treatments, length of stay, readmission within 30 days and death within a year.
///
/// # Errors
/// [`SynthesisError::RowCount`] for 0 or more than 500,000 patients.
pub fn simulate(patients: u32, seed: Digest) -> Result<SimulatedCohort, SynthesisError> {
	check_count(patients)?;
	let schema = Schema {
		format: SCHEMA_FORMAT,
		name: "simulated-cohort".into(),
		patient_column: Some("patient_id".into()),
		time_column: None,
		target: Some("readmission_30d".into()),
		missing_markers: InferOptions::default().missing_markers,
		columns: columns::columns(),
		constraints: Vec::new(),
	};
	let mut ids: Vec<Option<String>> = Vec::new();
	let mut codes: Vec<Vec<Option<i64>>> = vec![Vec::new(); columns::COUNT];
	for number in 0..patients {
		let mut stream = Stream::new(&seed, "simulate/patient", u64::from(number));
		let patient = Patient::draw(&mut stream);
		for visit in patient.visits(&mut stream) {
			ids.push(Some(format!("P{:06}", number.saturating_add(1))));
			for (column, code) in codes.iter_mut().zip(visit) {
				column.push(code);
			}
		}
	}
	let cells = std::iter::once(Cells::Text(ids)).chain(codes.into_iter().map(Cells::Codes)).collect();
	let table = Table::from_cells(Arc::new(schema.clone()), cells)?;
	Ok(SimulatedCohort { csv: table.to_canonical_csv(), schema })
}

fn check_count(patients: u32) -> Result<(), SynthesisError> {
	if patients == 0 || patients > MOST_PATIENTS {
		return Err(SynthesisError::RowCount {
			rows: usize::try_from(patients).unwrap_or(usize::MAX),
			limit: usize::try_from(MOST_PATIENTS).unwrap_or(usize::MAX),
		});
	}
	Ok(())
}

/// Simulates a cohort of a shape; see [`simulate`] for what holds of all shapes. The patients of one seed are the
/// same in every shape.
///
/// # Errors
/// [`SynthesisError::RowCount`] for 0 or more than 500,000 patients.
pub fn simulate_shaped(shape: CohortShape, patients: u32, seed: Digest) -> Result<SimulatedCohort, SynthesisError> {
	check_count(patients)?;
	match shape {
		CohortShape::Standard => simulate(patients, seed),
		CohortShape::Census | CohortShape::Wide => shape::one_row_each(shape, patients, &seed),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_cohort_is_read_by_its_own_schema_and_is_large_enough() {
		let cohort = simulate(300, [1; 32]).unwrap();
		let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
		assert_eq!(table.to_canonical_csv(), cohort.csv);
		assert!((400..1_200).contains(&table.rows()), "{}", table.rows());
		let mut ids = table.patient_ids().unwrap();
		ids.dedup();
		assert_eq!(ids.len(), 300);
	}

	#[test]
	fn a_larger_cohort_begins_with_the_smaller_one_and_seeds_differ() {
		let (small, large) = (simulate(5, [1; 32]).unwrap(), simulate(9, [1; 32]).unwrap());
		assert!(large.csv.starts_with(&small.csv));
		assert_ne!(simulate(5, [2; 32]).unwrap().csv, small.csv);
		assert!(simulate(0, [1; 32]).is_err());
	}

	#[test]
	fn the_schema_inferred_from_a_cohort_has_the_same_patients_and_kinds() {
		let cohort = simulate(200, [3; 32]).unwrap();
		let options = InferOptions { target: cohort.schema.target.clone(), ..InferOptions::default() };
		let inferred = Schema::infer(&cohort.csv, "cohort.csv", &options).unwrap().schema;
		assert_eq!(inferred.patient_column, cohort.schema.patient_column);
		for (a, b) in inferred.columns.iter().zip(&cohort.schema.columns) {
			assert_eq!((&a.name, a.is_numeric()), (&b.name, b.is_numeric()));
		}
	}

	#[test]
	fn tests_are_ordered_for_those_who_look_ill() {
		let cohort = simulate(2_000, [4; 32]).unwrap();
		let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
		let column = |name: &str| table.codes(cohort.schema.position(name).unwrap()).unwrap();
		let missing = |diabetic: i64| {
			let rows: Vec<bool> = column("diabetes_e11")
				.iter()
				.zip(column("hba1c_4548_4"))
				.filter(|(d, _)| **d == Some(diabetic))
				.map(|(_, cell)| cell.is_none())
				.collect();
			rows.iter().filter(|m| **m).count() as f64 / rows.len() as f64
		};
		assert!(missing(1) < 0.3 && missing(0) > 0.5);
	}
}
