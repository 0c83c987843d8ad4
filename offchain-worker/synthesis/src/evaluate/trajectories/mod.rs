//! How much synthetic trajectories are like real ones: what visits hold, how they follow each other, how many there are.
//!
//! For tables whose schema names a patient and a time column. A patient's visits are the rows in the order of time.

mod course;
mod survival;
mod timing;

use super::{
	column::{ks_complement, tv_complement, View},
	metric::{mean, to_ppm, Metric, MetricId},
};
use crate::{
	schema::{Column, ColumnKind},
	table::Table,
	trajectory::{TrajectoryError, Visits},
};
use serde::Serialize;
pub use survival::{survival_within_band, SurvivalBand};

/// Real patients that a visit number needs to be judged.
const FEWEST_PATIENTS: usize = 30;

/// Trajectories, training against synthetic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trajectories {
	/// The means, by [`MetricId`].
	pub headline: Vec<Metric>,
	/// Column shapes of the first visits, the second visits, and so on, as long as 30 real patients have them.
	pub visits: Vec<VisitShapes>,
	/// Every changing numeric column against itself a visit later.
	pub lags: Vec<LagCorrelation>,
}

/// The visits of one number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VisitShapes {
	/// 1 for first visits.
	pub number: usize,
	/// Real patients who have such a visit.
	pub training: usize,
	/// Synthetic patients who have such a visit.
	pub synthetic: usize,
	/// Mean over columns of KS or TV complement of these visits; 0 if no synthetic patient has one.
	pub shapes_ppm: Option<i64>,
}

/// Pearson's correlation of a column's values at a visit and at the next, over all pairs of visits that have both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LagCorrelation {
	/// The column.
	pub name: String,
	/// In the training table, in parts per million.
	pub training_ppm: Option<i64>,
	/// In the synthetic table.
	pub synthetic_ppm: Option<i64>,
}

/// A table with its visits.
struct Side<'t> {
	table: &'t Table,
	visits: Visits,
}

impl<'t> Side<'t> {
	fn of(table: &'t Table) -> Result<Self, TrajectoryError> {
		Ok(Self { table, visits: Visits::of(table)? })
	}

	/// Codes of the column of a name at these rows.
	fn codes(&self, column: &Column, rows: &[usize]) -> Vec<Option<i64>> {
		let codes = self.table.schema().position(&column.name).and_then(|at| self.table.codes(at)).unwrap_or(&[]);
		rows.iter().map(|row| codes.get(*row).copied().flatten()).collect()
	}

	/// Rows that are visits of a number, from 1.
	fn rows(&self, number: usize) -> Vec<usize> {
		let place = number.saturating_sub(1);
		self.visits.patients.iter().filter_map(|rows| rows.get(place).copied()).collect()
	}
}

/// Compares trajectories. The tables share a schema but for identifiers, and both have patients and times.
///
/// # Errors
/// [`TrajectoryError`] for a table without patients or times.
pub fn compare_trajectories(training: &Table, synthetic: &Table) -> Result<Trajectories, TrajectoryError> {
	let (real, made) = (Side::of(training)?, Side::of(synthetic)?);
	let visits: Vec<VisitShapes> = (1..=real.visits.most())
		.map(|number| (number, real.rows(number), made.rows(number)))
		.take_while(|(_, rows, _)| rows.len() >= FEWEST_PATIENTS)
		.map(|(number, one, other)| VisitShapes {
			number,
			training: one.len(),
			synthetic: other.len(),
			shapes_ppm: if other.is_empty() { Some(0) } else { shapes(&real, &one, &made, &other).and_then(to_ppm) },
		})
		.collect();
	let lags = course::lags(&real, &made);
	let differences: Vec<f64> = lags.iter().filter_map(course::difference).collect();
	let shapes = mean(visits.iter().filter_map(|visit| visit.shapes_ppm.map(|ppm| ppm as f64 / 1e6)));
	let headline = [
		shapes.and_then(|value| Metric::new(MetricId::VisitShapes, value)),
		mean(differences.iter().copied()).and_then(|value| Metric::new(MetricId::LagCorrelationDifference, value)),
		differences.into_iter().reduce(f64::max).and_then(|value| Metric::new(MetricId::LargestLagDifference, value)),
		timing::visits(&real, &made).and_then(|value| Metric::new(MetricId::VisitsPerPatient, value)),
		timing::gaps(&real, &made).and_then(|value| Metric::new(MetricId::VisitGaps, value)),
	];
	Ok(Trajectories { headline: headline.into_iter().flatten().collect(), visits, lags })
}

/// Mean over columns of KS complement (numbers, dates) or TV complement (levels) of rows of either table.
fn shapes(real: &Side<'_>, one: &[usize], made: &Side<'_>, other: &[usize]) -> Option<f64> {
	let schema = real.table.schema();
	let scores = schema.columns.iter().filter(|column| !column.is_identifier()).filter_map(|column| {
		let (one, other) = (real.codes(column, one), made.codes(column, other));
		let (one, other) = (View { column, codes: &one }, View { column, codes: &other });
		if column.is_numeric() {
			ks_complement(&one, &other)
		} else {
			tv_complement(&one, &other)
		}
	});
	mean(scores)
}

/// A column for numbers that are no cells.
fn numbers() -> Column {
	Column::new("", ColumnKind::Integer { min: i64::MIN, max: i64::MAX })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Schema;

	const SCHEMA: &str = r#"{"format":1,"name":"n","patient_column":"id","time_column":"day","target":null,
		"missing_markers":[],"columns":[
		{"name":"id","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
		{"name":"day","kind":{"type":"integer","min":0,"max":9999},"unit":null,"missing":false,"role":"attribute"},
		{"name":"lab","kind":{"type":"integer","min":0,"max":9999},"unit":null,"missing":true,"role":"attribute"},
		{"name":"level","kind":{"type":"categorical","levels":["a","b"]},"unit":null,"missing":false,"role":"attribute"}]}"#;

	/// Patients of `visits` visits, `gap` days apart, whose laboratory values rise by `rise`.
	fn table(patients: usize, visits: usize, gap: usize, rise: usize) -> Table {
		let mut csv = String::from("id,day,lab,level\n");
		for patient in 0..patients {
			for visit in 0..visits {
				let level = if (patient + visit) % 2 == 0 { "a" } else { "b" };
				let lab = if visit == 2 { String::new() } else { (patient * 10 + visit * rise).to_string() };
				csv.push_str(&format!("{patient},{},{lab},{level}\n", visit * gap));
			}
		}
		Table::parse_csv(csv.as_bytes(), "n.csv", &Schema::from_json(SCHEMA.as_bytes()).unwrap()).unwrap()
	}

	fn value(found: &Trajectories, id: MetricId) -> f64 {
		found.headline.iter().find(|metric| metric.id == id).unwrap().value_ppm as f64 / 1e6
	}

	#[test]
	fn a_table_is_like_itself() {
		let table = table(40, 4, 30, 5);
		let found = compare_trajectories(&table, &table).unwrap();
		for id in [MetricId::VisitShapes, MetricId::VisitsPerPatient, MetricId::VisitGaps] {
			assert_eq!(value(&found, id), 1.0);
		}
		assert_eq!(value(&found, MetricId::LargestLagDifference), 0.0);
		assert_eq!(found.visits.len(), 4);
		assert_eq!(found.lags.iter().map(|lag| lag.name.as_str()).collect::<Vec<_>>(), ["lab"]);
	}

	#[test]
	fn other_gaps_numbers_of_visits_and_courses_are_found() {
		let real = table(40, 4, 30, 5);
		let found = compare_trajectories(&real, &table(40, 4, 60, 5)).unwrap();
		assert_eq!((value(&found, MetricId::VisitGaps), value(&found, MetricId::VisitsPerPatient)), (0.0, 1.0));
		let found = compare_trajectories(&real, &table(40, 3, 30, 5)).unwrap();
		assert_eq!(value(&found, MetricId::VisitsPerPatient), 0.0);
		assert_eq!(found.visits.last().unwrap().shapes_ppm, Some(0));
		let mixed = {
			let rows: Vec<usize> = (0..160).collect();
			let shifted: Vec<usize> = rows.iter().map(|row| (row + (row % 4) * 28) % 160).collect();
			let csv = String::from_utf8(real.to_canonical_csv()).unwrap();
			let lines: Vec<&str> = csv.lines().skip(1).collect();
			let lab = |row: usize| lines[row].split(',').nth(2).unwrap();
			let swapped: String = rows
				.iter()
				.map(|row| {
					let mut cells: Vec<&str> = lines[*row].split(',').collect();
					cells[2] = lab(shifted[*row]);
					cells.join(",") + "\n"
				})
				.collect();
			Table::parse_csv(format!("id,day,lab,level\n{swapped}").as_bytes(), "n.csv", real.schema()).unwrap()
		};
		let found = compare_trajectories(&real, &mixed).unwrap();
		assert!(value(&found, MetricId::LargestLagDifference) > 0.2);
	}

	#[test]
	fn few_patients_are_not_judged_by_visit_and_tables_without_patients_not_at_all() {
		let few = table(29, 2, 30, 5);
		assert!(compare_trajectories(&few, &few).unwrap().visits.is_empty());
		assert!(compare_trajectories(&few, &few.without_identifiers()).is_err());
	}
}
