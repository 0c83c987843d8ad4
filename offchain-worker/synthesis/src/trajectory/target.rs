//! The target of first visits, drawn given everything else of them.
//!
//! A copula of few patients knows little of what predicts a target, and takes levels to be in an order. So it draws the
//! first visit, and then a language model draws the target anew. That learns from the first [`VISITS`] visits of every
//! patient: more rows than there are patients. Of those with fewer it sees them more often, so that all weigh the same: who
//! has few visits is no random patient. It learns the other columns too, for the target alone teaches it little.

use super::{
	layout::Layout,
	plan::constrained,
	transitions::{places, row, Rows},
	visits::Visits,
	TrajectoryError,
};
use crate::{
	digest::Digest,
	error::{ModelError, SynthesisError},
	generate::{Checkpoints, Progress},
	language::{fit, Examples, LanguageModel},
	random::Stream,
	reader::{invalid, Input},
	schema::{Rules, Schema},
	table::Table,
};
use std::sync::Arc;

/// Rows of a patient that are learnt from.
const VISITS: usize = 4;

/// The columns of openings with the target last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TargetLast {
	/// Where the openings have the target.
	place: usize,
	schema: Arc<Schema>,
}

impl TargetLast {
	/// `None` for openings without a target, with one that constraints bind, or with the time as target.
	pub fn of(opening: &Schema, time: Option<&String>) -> Option<Self> {
		let place = opening.target_position()?;
		let is_bound = constrained(&Rules::compile(opening).unwrap_or_default(), place);
		if is_bound || opening.target.as_ref() == time {
			return None;
		}
		let mut schema = opening.clone();
		let target = schema.columns.remove(place);
		schema.columns.push(target);
		Some(Self { place, schema: Arc::new(schema) })
	}
}

/// The first visits of every patient, the target last.
pub(super) struct EarlyVisits {
	/// Where the openings have the target.
	place: usize,
	table: Table,
	/// Which rows are of one patient.
	patients: Vec<Vec<usize>>,
}

impl Layout {
	/// What a [`TargetModel`] learns from, if the openings have a target to be drawn.
	///
	/// # Errors
	/// [`TrajectoryError`] for a table that the plan was not made for.
	pub fn early_visits(&self, table: &Table, visits: &Visits) -> Result<Option<EarlyVisits>, TrajectoryError> {
		let Some(TargetLast { place, schema }) = &self.target_last else { return Ok(None) };
		let places = places(schema, table);
		let early = Visits { patients: visits.patients.iter().map(|rows| first(rows)).collect() };
		let mut rows = Rows::new(places.len());
		early.patients.iter().flatten().for_each(|at| rows.push(row(table, &places, *at)));
		Ok(Some(EarlyVisits { place: *place, table: rows.table(schema)?, patients: early.runs(0) }))
	}
}

fn first(rows: &[usize]) -> Vec<usize> {
	rows.iter().copied().cycle().take(VISITS).collect()
}

/// A model of early visits, which draws the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TargetModel {
	place: usize,
	model: LanguageModel,
}

impl TargetModel {
	/// Learns from early visits.
	///
	/// # Errors
	/// [`SynthesisError`] for a table that cannot be encoded; cancelled.
	pub fn fit(
		early: &EarlyVisits,
		seed: &Digest,
		checkpoints: &mut dyn Checkpoints,
		progress: &mut dyn Progress,
	) -> Result<Self, SynthesisError> {
		let examples = Examples { table: &early.table, patients: &early.patients, given: 0 };
		Ok(Self { place: early.place, model: fit(&examples, seed, checkpoints, progress)? })
	}

	/// Draws the target of openings anew, given column by column.
	///
	/// # Errors
	/// [`SynthesisError`] as [`LanguageModel::complete`].
	pub fn redraw(&self, opening: &mut Vec<Vec<Option<i64>>>, seed: &Digest) -> Result<(), SynthesisError> {
		if self.place < opening.len() {
			let rows = opening.remove(self.place).len();
			let key = Stream::new(seed, "trajectory/target", 0).key();
			let drawn = self.model.complete(opening, rows, &key)?;
			opening.insert(self.place, drawn.into_iter().next().unwrap_or_default());
		}
		Ok(())
	}

	/// Appends the model.
	pub fn write(&self, out: &mut Vec<u8>) {
		self.model.write(out);
	}

	/// Reads the model of these columns.
	///
	/// # Errors
	/// [`ModelError`] for anything that [`TargetModel::write`] does not write.
	pub fn read(input: &mut Input<'_>, columns: &TargetLast) -> Result<Self, ModelError> {
		let model = LanguageModel::read(input, &columns.schema)?;
		match model.given() == Some(0) {
			true => Ok(Self { place: columns.place, model }),
			false => Err(invalid("target", "its model leaves columns out")),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::{super::tests::refused_or_read_as_they_are, *};
	use crate::{fit, GeneratorKind, Model, NoProgress};

	const SCHEMA: &str = r#"{"format":1,"name":"visits","patient_column":"pid","time_column":"day","target":"ward",
		"missing_markers":[],"columns":[
		{"name":"pid","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
		{"name":"day","kind":{"type":"integer","min":0,"max":99},"unit":"d","missing":false,"role":"attribute"},
		{"name":"ward","kind":{"type":"categorical","levels":["a","b","c"]},"unit":null,"missing":false,"role":"attribute"},
		{"name":"last","kind":{"type":"integer","min":0,"max":99},"unit":"d","missing":false,"role":"attribute"},
		{"name":"age","kind":{"type":"integer","min":0,"max":99},"unit":null,"missing":false,"role":"attribute"}],
		"constraints":[{"at_most":["day","last"]}]}"#;

	fn schema() -> Schema {
		Schema::from_json(SCHEMA.as_bytes()).unwrap()
	}

	fn target_last(target: Option<&str>) -> Option<TargetLast> {
		let opening = Schema { target: target.map(Into::into), ..schema().without_identifiers() };
		TargetLast::of(&opening, Some(&"day".into()))
	}

	/// Patients of middle age are in ward `a`, young ones in `b`, and old ones in `b` too.
	fn cohort(patients: usize) -> Table {
		let mut stream = Stream::new(&[1; 32], "cohort", 0);
		let mut csv = "pid,day,ward,last,age\n".to_owned();
		for patient in 0..patients {
			let age = stream.below(90);
			let ward = if (30..60).contains(&age) { "a" } else { "b" };
			for visit in 0..1 + stream.below(6) {
				csv += &format!("p{patient},{},{ward},60,{age}\n", visit * 10);
			}
		}
		Table::parse_csv(csv.as_bytes(), "visits.csv", &schema()).unwrap()
	}

	#[test]
	fn the_target_comes_last_if_it_may_be_drawn_last() {
		let names =
			|found: TargetLast| found.schema.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
		let found = target_last(Some("ward")).unwrap();
		assert_eq!((found.place, names(found)), (1, vec!["day".into(), "last".into(), "age".into(), "ward".into()]));
		assert_eq!(target_last(None), None);
		assert_eq!(target_last(Some("day")), None, "times are not drawn anew");
		assert_eq!(target_last(Some("last")), None, "a constraint names it");
	}

	#[test]
	fn the_target_of_few_patients_follows_what_predicts_it_even_where_ranks_do_not() {
		let table = cohort(300);
		let model = fit(GeneratorKind::TabularLm, &table, [2; 32], &mut NoProgress).unwrap();
		assert_eq!(Model::from_bytes(&model.to_bytes()).unwrap(), model);
		let made = model.sample([3; 32], 2_000, &mut NoProgress).unwrap();
		let codes = |name: &str| made.codes(made.schema().position(name).unwrap()).unwrap();
		let in_a = |ages: std::ops::Range<i64>| {
			let wards: Vec<_> =
				codes("age").iter().zip(codes("ward")).filter(|(age, _)| ages.contains(&age.unwrap())).collect();
			wards.iter().filter(|(_, ward)| **ward == Some(0)).count() as f64 / wards.len() as f64
		};
		let (young, middle, old) = (in_a(0..25), in_a(35..55), in_a(65..99));
		assert!(young < 0.2 && middle > 0.8 && old < 0.2, "{young} {middle} {old}");
	}

	#[test]
	fn changed_or_cut_bytes_of_a_model_with_a_target_are_refused_or_read_as_they_are() {
		let bytes = fit(GeneratorKind::TabularLm, &cohort(40), [2; 32], &mut NoProgress).unwrap().to_bytes();
		refused_or_read_as_they_are(&bytes);
	}

	#[test]
	fn all_patients_weigh_the_same_with_their_first_visits() {
		let table = cohort(40);
		let visits = Visits::of(&table).unwrap();
		let layout = Layout::new(super::super::plan::Plan::of(&table, &visits).unwrap()).unwrap();
		let early = layout.early_visits(&table, &visits).unwrap().unwrap();
		let days = early.table.codes(0).unwrap();
		for (patient, rows) in early.patients.iter().enumerate() {
			let found: Vec<Option<i64>> = rows.iter().map(|row| days[*row]).collect();
			let expected: &[i64] = match visits.patients[patient].len() {
				1 => &[0, 0, 0, 0],
				2 => &[0, 10, 0, 10],
				3 => &[0, 10, 20, 0],
				_ => &[0, 10, 20, 30],
			};
			assert_eq!(found, expected.iter().copied().map(Some).collect::<Vec<_>>(), "{patient}");
		}
	}
}
