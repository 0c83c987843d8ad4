//! Behaviour of the whole: what is learned, what is kept back, and the same bytes on every way there.

use super::{fit, rows::Rows, schedule::Schedule, train, GanModel};
use crate::{
	digest::{sha3_256, Digest},
	error::{ModelError, SynthesisError},
	generate::{Checkpoints, NoCheckpoints, NoProgress, Progress},
	reader::Input,
	schema::{Column, ColumnKind, Schema},
	table::{Cells, Table},
};
use std::sync::Arc;

const SEED: Digest = [7; 32];

fn categorical(name: &str, levels: usize) -> Column {
	Column {
		missing: true,
		..Column::new(name, ColumnKind::Categorical { levels: (0..levels).map(|n| format!("l{n}")).collect() })
	}
}

fn integer(name: &str, min: i64, max: i64) -> Column {
	Column { missing: true, ..Column::new(name, ColumnKind::Integer { min, max }) }
}

fn table(columns: Vec<(Column, Vec<Option<i64>>)>) -> Table {
	let (declared, cells): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
	let mut schema = Schema::from_json(br#"{"format":1,"name":"t","patient_column":null,"target":null,"missing_markers":[],"columns":[{"name":"c","kind":{"type":"integer","min":0,"max":1},"unit":null,"missing":false,"role":"attribute"}]}"#).unwrap();
	schema.columns = declared;
	Table::from_cells(Arc::new(schema), cells.into_iter().map(Cells::Codes).collect()).unwrap()
}

/// A level, a number that depends on it, and a number that is often 0 or missing.
fn small() -> Table {
	let level = |row: i64| Some(row % 3);
	let number = |row: i64| Some(100 * (row % 3) + (row * row) % 37);
	let spiky = |row: i64| match row % 5 {
		0 => None,
		1 | 2 => Some(0),
		_ => Some(500 + (row * 7_919) % 1_009),
	};
	let cells = |of: &dyn Fn(i64) -> Option<i64>| (0..600).map(of).collect::<Vec<_>>();
	table(vec![
		(categorical("level", 3), cells(&level)),
		(integer("number", 0, 1_000), cells(&number)),
		(integer("spiky", 0, 2_000), cells(&spiky)),
	])
}

/// Small networks, so that the tests are quick.
fn tiny(steps: u64) -> Schedule {
	Schedule { noise: 8, hidden: 16, batch: 40, pack: 4, steps }
}

fn bytes(model: &GanModel) -> Vec<u8> {
	let mut out = Vec::new();
	model.write(&mut out);
	out
}

fn trained(table: &Table, schedule: &Schedule) -> GanModel {
	train(&Rows::new(table, &SEED), schedule, &SEED, &mut NoCheckpoints, &mut NoProgress).unwrap()
}

fn drawn(model: &GanModel, table: &Table, rows: usize) -> Table {
	model.sample(&table.shared_schema(), &[2; 32], rows, &mut NoProgress).unwrap()
}

fn hex_digest(bytes: &[u8]) -> String {
	hex::encode(sha3_256(bytes))
}

#[test]
fn training_and_sampling_are_golden_on_any_number_of_threads() {
	let table = small();
	for threads in [1, 2, 8] {
		crate::set_threads(threads);
		let model = trained(&table, &tiny(30));
		let csv = drawn(&model, &table, 1_500).to_canonical_csv();
		let found = (hex_digest(&bytes(&model)), hex_digest(&csv));
		let known = (
			"eb83ac9ec6a8264e8ad5c3dd1feed1b39543715766cec8fcc535bbbf0d5e1ea9",
			"9f1d3f875c0756b6d7f45e8019da2ff4809bc4042cbe86be7889104ff248ceb0",
		);
		assert_eq!(found, (known.0.to_owned(), known.1.to_owned()), "{threads} threads");
	}
	crate::set_threads(0);
}

#[test]
fn other_seeds_give_other_models_and_tables() {
	let table = small();
	let rows = Rows::new(&table, &SEED);
	let other = train(&rows, &tiny(5), &[8; 32], &mut NoCheckpoints, &mut NoProgress).unwrap();
	let model = trained(&table, &tiny(5));
	assert_ne!(model, other);
	let schema = table.shared_schema();
	let sample = |seed| model.sample(&schema, &seed, 50, &mut NoProgress).unwrap();
	assert_ne!(sample([1; 32]), sample([2; 32]));
}

#[test]
fn what_one_column_says_about_another_is_learned() {
	let table = small();
	let schedule = Schedule { hidden: 64, batch: 100, ..tiny(2_000) };
	let made = drawn(&trained(&table, &schedule), &table, 3_000);
	let pairs = made.codes(0).unwrap().iter().zip(made.codes(1).unwrap());
	let fitting = pairs.filter(|(level, number)| number.unwrap() / 100 == level.unwrap()).count();
	// Without any dependence a third would fit.
	assert!(fitting > 2_000, "{fitting} of 3000");
}

#[test]
fn single_columns_agree_with_the_table_after_calibration() {
	let table = small();
	let made = drawn(&trained(&table, &tiny(300)), &table, 10_000);
	let share =
		|wanted: Option<i64>| made.codes(2).unwrap().iter().filter(|code| **code == wanted).count() as f64 / 10_000.0;
	assert!((share(None) - 0.2).abs() < 0.03, "{}", share(None));
	assert!((share(Some(0)) - 0.4).abs() < 0.03, "{}", share(Some(0)));
	let mut numbers: Vec<i64> = made.codes(2).unwrap().iter().flatten().copied().filter(|code| *code > 0).collect();
	numbers.sort_unstable();
	let median = numbers[numbers.len() / 2];
	assert!((900..1_110).contains(&median), "{median}");
}

/// Keeps every state, and stops the training after some steps.
struct Killed {
	saved: Option<Vec<u8>>,
}

impl Checkpoints for Killed {
	fn load(&mut self) -> Option<Vec<u8>> {
		self.saved.clone()
	}

	fn save(&mut self, state: &[u8]) {
		self.saved = Some(state.to_vec());
	}
}

struct Countdown(u64);

impl Progress for Countdown {
	fn step(&mut self, _stage: &'static str, done: u64, total: u64) -> bool {
		assert!(done <= total);
		self.0 = self.0.saturating_sub(1);
		self.0 > 0
	}
}

#[test]
fn a_training_that_was_killed_goes_on_and_ends_with_the_same_model() {
	let table = small();
	let rows = Rows::new(&table, &SEED);
	let whole = trained(&table, &tiny(25));
	let mut kept = Killed { saved: None };
	let stopped = train(&rows, &tiny(25), &SEED, &mut kept, &mut Countdown(12));
	assert_eq!(stopped, Err(SynthesisError::Cancelled { stage: "fit: training" }));
	let saved = kept.saved.clone().unwrap();
	let mut steps = 0;
	struct Count<'a>(&'a mut u64);
	impl Progress for Count<'_> {
		fn step(&mut self, stage: &'static str, _done: u64, _total: u64) -> bool {
			*self.0 += u64::from(stage == "fit: training");
			true
		}
	}
	let resumed = train(&rows, &tiny(25), &SEED, &mut kept, &mut Count(&mut steps)).unwrap();
	assert_eq!(resumed, whole);
	assert!(steps < 20, "it began again: {steps} steps");

	// A state of another training, or a damaged one, is left alone.
	let mut other = Killed { saved: Some(saved.clone()) };
	let elsewhere = train(&rows, &tiny(25), &[9; 32], &mut other, &mut NoProgress).unwrap();
	assert_eq!(elsewhere, train(&rows, &tiny(25), &[9; 32], &mut NoCheckpoints, &mut NoProgress).unwrap());
	let mut damaged = saved;
	let middle = damaged.len() / 2;
	damaged[middle] ^= 1;
	let mut damaged = Killed { saved: Some(damaged) };
	assert_eq!(train(&rows, &tiny(25), &SEED, &mut damaged, &mut NoProgress).unwrap(), whole);
}

#[test]
fn the_artefact_is_read_back_and_anything_else_is_refused() {
	let table = small();
	let model = trained(&table, &tiny(3));
	let written = bytes(&model);
	let schema = table.shared_schema();
	let read = |bytes: &[u8]| GanModel::read(&mut Input { bytes, offset: 0 }, &schema);
	assert_eq!(read(&written).unwrap(), model);
	for length in (0..written.len()).step_by(97) {
		assert!(matches!(read(&written[..length]), Err(ModelError::Truncated { .. } | ModelError::Invalid { .. })));
	}
	// Every single changed byte of the front, where the structure is, is refused or read as a model that samples.
	for at in 0..600.min(written.len()) {
		for flip in [1, 0x80, 0xff] {
			let mut hostile = written.clone();
			hostile[at] ^= flip;
			let Ok(model) = read(&hostile) else { continue };
			assert_eq!(bytes(&model), hostile[..bytes(&model).len()]);
			let _ = model.sample(&schema, &[1; 32], 20, &mut NoProgress).unwrap();
		}
	}
}

#[test]
fn weights_at_the_end_of_their_range_still_sample() {
	let table = small();
	let mut model = trained(&table, &tiny(2));
	for layer in &mut model.layers {
		layer.weights.fill(i16::MIN);
		layer.biases.fill(i32::MAX);
	}
	assert_eq!(drawn(&model, &table, 100).rows(), 100);
}

#[test]
fn too_few_rows_and_no_columns_are_refused() {
	let one = small().select(&[0]).unwrap();
	let refused = fit(&one, &SEED, &mut NoCheckpoints, &mut NoProgress);
	assert_eq!(refused, Err(SynthesisError::TooFewRows { rows: 1, needed: 2 }));
	assert_eq!(fit(&table(vec![]), &SEED, &mut NoCheckpoints, &mut NoProgress), Err(SynthesisError::NoColumns));
}

#[test]
fn hostile_tables_are_learned_and_drawn_within_their_schema() {
	let far = crate::MAX_MAGNITUDE;
	let of = |cell: &dyn Fn(i64) -> Option<i64>, rows: i64| (0..rows).map(cell).collect::<Vec<_>>();
	let tables = [
		// Constant, all missing, at the ends of the range.
		vec![
			(integer("constant", 4, 4), of(&|_| Some(4), 60)),
			(integer("empty", 0, 9), of(&|_| None, 60)),
			(integer("ends", -far, far), of(&|row| Some(if row % 2 == 0 { -far } else { far }), 60)),
			(integer("wide", -far, far), of(&|row| Some((row - 30) * (far / 30)), 60)),
		],
		// Nothing but rare levels.
		vec![
			(categorical("names", 10_000), of(&|row| Some(row * 37 % 10_000), 300)),
			(integer("n", 0, 300), of(&Some, 300)),
		],
		// Two rows.
		vec![(categorical("level", 5), vec![Some(1), None]), (integer("n", -5, 5), vec![Some(-5), Some(5)])],
		// Nothing at all to learn.
		vec![(integer("empty", 0, 9), vec![None; 10])],
	];
	for columns in tables {
		let table = table(columns);
		let model = trained(&table, &tiny(20));
		let made = drawn(&model, &table, 200);
		assert_eq!(made.rows(), 200);
		assert!(
			bytes(&model)
				== bytes(
					&GanModel::read(&mut Input { bytes: &bytes(&model), offset: 0 }, &table.shared_schema()).unwrap()
				)
		);
	}
}

#[test]
fn rare_levels_share_a_token_and_extremes_stay() {
	// Levels 0 and 1 are frequent; 2 has four rows, 3 one, and 4 none.
	let level = |row: i64| {
		Some(if row < 4 {
			2
		} else if row == 4 {
			3
		} else {
			row % 2
		})
	};
	let number = |row: i64| {
		Some(match row {
			0..=3 => 1_000_000 + row,
			4..=7 => -1_000_000 - row,
			_ => row,
		})
	};
	let of = |cell: &dyn Fn(i64) -> Option<i64>| (0..400).map(cell).collect::<Vec<_>>();
	let table =
		table(vec![(categorical("level", 5), of(&level)), (integer("number", -2_000_000, 2_000_000), of(&number))]);
	let made = drawn(&trained(&table, &tiny(50)), &table, 20_000);
	let count = |level: i64| made.codes(0).unwrap().iter().filter(|code| **code == Some(level)).count();
	let rare = [count(2), count(3), count(4)];
	// Five of 400 rows, spread evenly over the three levels that are not told apart.
	assert!(rare.iter().all(|rows| (40..140).contains(rows)), "{rare:?}");
	let numbers: Vec<i64> = made.codes(1).unwrap().iter().flatten().copied().collect();
	assert!(numbers.iter().all(|number| (8..=399).contains(number)));
}
