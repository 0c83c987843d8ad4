//! First visits on the scales of patients alike.
//!
//! A Gaussian copula knows static columns by rank correlations. It blurs what a disease does to a value, and the next visits'
//! values would return from there to their [`Level`](super::level::Level). So where a trait tells much of the level, it draws
//! where a value lies among those of patients with the trait, or without it.

use super::{
	layout::scores,
	plan::{Plan, Role},
	transitions::{row, Rows},
	TrajectoryError,
};
use crate::{schema::Schema, table::Table};
use std::sync::Arc;

impl Plan {
	/// The schema of openings with scores among patients alike.
	pub fn scored(&self) -> Schema {
		let mut schema = self.schema.as_ref().clone();
		for (at, _) in self.alike() {
			if let Some(column) = schema.columns.get_mut(at) {
				*column = scores(&column.name, column.missing);
			}
		}
		schema.without_identifiers()
	}

	/// Openings with these scores, under that schema.
	///
	/// # Errors
	/// [`TrajectoryError`] for other tables.
	pub fn score(&self, opening: &Table, schema: &Arc<Schema>) -> Result<Table, TrajectoryError> {
		let columns: Vec<usize> = (0..schema.columns.len()).collect();
		let mut rows = Rows::new(columns.len());
		for at in 0..opening.rows() {
			let cells = self.whole(row(opening, &columns, at));
			let mut scored = cells.clone();
			for (at, course) in self.alike() {
				let scale = course.alike(&cells);
				let score = |cell: &mut Option<i64>| *cell = scale.zip(*cell).map(|(scale, code)| scale.score(code));
				scored.get_mut(at).into_iter().for_each(score);
			}
			rows.push(self.opening(scored));
		}
		rows.table(schema)
	}

	/// Openings of such scores, given column by column.
	pub fn unscore(&self, scored: &[Vec<Option<i64>>]) -> Vec<Vec<Option<i64>>> {
		let mut rows = Rows::new(scored.len());
		for at in 0..scored.first().map_or(0, Vec::len) {
			let mut cells = self.whole(scored.iter().map(|column| column.get(at).copied().flatten()));
			for (at, course) in self.alike() {
				let score = course.alike(&cells).zip(cells.get(at).copied().flatten());
				let code = score.map(|(scale, score)| scale.code(score));
				cells.get_mut(at).into_iter().for_each(|cell| *cell = code);
			}
			rows.push(self.opening(cells));
		}
		rows.columns()
	}

	/// The cells of an opening by column of the table.
	pub fn whole(&self, opening: impl IntoIterator<Item = Option<i64>>) -> Vec<Option<i64>> {
		let mut rest = opening.into_iter();
		self.roles.iter().map(|role| if *role == Role::Patient { None } else { rest.next().flatten() }).collect()
	}

	/// The opening of cells by column of the table.
	pub fn opening(&self, cells: Vec<Option<i64>>) -> impl Iterator<Item = Option<i64>> + '_ {
		cells.into_iter().zip(&self.roles).filter(|(_, role)| **role != Role::Patient).map(|(cell, _)| cell)
	}
}

#[cfg(test)]
mod tests {
	use super::super::{layout::Layout, scale::UNIT, visits::Visits};
	use crate::{random::Stream, schema::Schema, table::Table};

	const SCHEMA: &str = r#"{"format":1,"name":"alike","patient_column":"id","time_column":"day","target":null,"missing_markers":["NA"],
		"columns":[
			{"name":"id","kind":{"type":"identifier"},"role":"identifier","missing":false,"unit":null},
			{"name":"disease","kind":{"type":"categorical","levels":["no","yes"]},"role":"quasi","missing":false,"unit":null,"static":true},
			{"name":"day","kind":{"type":"integer","min":0,"max":900},"role":"attribute","missing":false,"unit":"d"},
			{"name":"value","kind":{"type":"integer","min":0,"max":1000},"role":"attribute","missing":true,"unit":null}]}"#;

	/// Patients with two visits each; the value of those with the disease, one in four, is about 300 instead of 100.
	fn table() -> Table {
		let schema: Schema = serde_json::from_str(SCHEMA).unwrap();
		let mut stream = Stream::new(&[3; 32], "alike", 0);
		let mut csv = "id,disease,day,value\n".to_owned();
		for patient in 0..200 {
			let (disease, middle) = if patient % 4 == 0 { ("yes", 300.0) } else { ("no", 100.0) };
			for day in [0, 30] {
				let value = (middle + 20.0 * stream.normal()) as i64;
				let value = if stream.below(10) == 0 { "NA".into() } else { value.to_string() };
				csv += &format!("{patient},{disease},{day},{value}\n");
			}
		}
		Table::parse_csv(csv.as_bytes(), "visits.csv", &schema).unwrap()
	}

	#[test]
	fn first_visits_come_back_from_the_scores_among_patients_alike() {
		let table = table();
		let visits = Visits::of(&table).unwrap();
		let layout = Layout::new(super::Plan::of(&table, &visits).unwrap()).unwrap();
		let opening = layout.transitions(&table, &visits).unwrap().opening;
		let scored = layout.plan.score(&opening, &layout.scored).unwrap();
		let columns = |table: &Table| (0..3).map(|at| table.codes(at).unwrap().to_vec()).collect::<Vec<_>>();
		assert_eq!(layout.plan.unscore(&columns(&scored)), columns(&opening));

		// Both groups lie around the middle of their scale.
		let mean = |disease: i64| {
			let cells = columns(&scored);
			let of = cells[0].iter().zip(&cells[2]).filter(|(cell, _)| **cell == Some(disease));
			let scores: Vec<f64> = of.filter_map(|(_, score)| Some(score.as_ref().copied()? as f64)).collect();
			scores.iter().sum::<f64>() / scores.len() as f64 / UNIT as f64
		};
		assert!(mean(0).abs() < 0.3 && mean(1).abs() < 0.3, "{} {}", mean(0), mean(1));
	}

	#[test]
	fn a_score_is_a_value_of_patients_alike() {
		let table = table();
		let visits = Visits::of(&table).unwrap();
		let layout = Layout::new(super::Plan::of(&table, &visits).unwrap()).unwrap();
		let scores: Vec<Option<i64>> = (-4..=4).map(|score| Some(score * UNIT)).collect();
		for (disease, expected) in [(0, 0..200), (1, 200..400)] {
			let drawn = layout.plan.unscore(&[vec![Some(disease); 9], vec![Some(0); 9], scores.clone()]);
			assert!(drawn[2].iter().all(|value| expected.contains(&value.unwrap())), "{drawn:?}");
			assert!(drawn[2].is_sorted());
		}
	}
}
