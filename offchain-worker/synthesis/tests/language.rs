//! The tabular language model: what it promises to those who sample from it, ask it and keep it.

use semblance_synthesis::{
	encode::Conditions, fit, fit_resumable, simulate_shaped, Checkpoints, CohortShape, GeneratorKind, Model,
	NoCheckpoints, NoProgress, Outcome, Progress, Schema, SynthesisError, Table,
};

const LM: GeneratorKind = GeneratorKind::TabularLm;

fn census(patients: u32) -> Table {
	let cohort = simulate_shaped(CohortShape::Census, patients, [3; 32]).unwrap();
	Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
}

fn trained(table: &Table) -> Model {
	fit(LM, table, [1; 32], &mut NoProgress).unwrap()
}

fn table_of(csv: &str, schema: &str) -> Table {
	Table::parse_csv(csv.as_bytes(), "t.csv", &Schema::from_json(schema.as_bytes()).unwrap()).unwrap()
}

fn codes<'t>(table: &'t Table, column: &str) -> &'t [Option<i64>] {
	table.codes(table.schema().position(column).unwrap()).unwrap()
}

#[test]
fn a_model_read_from_its_bytes_draws_the_same_rows() {
	let model = trained(&census(400));
	let bytes = model.to_bytes();
	let read = Model::from_bytes(&bytes).unwrap();
	assert_eq!(read.to_bytes(), bytes);
	let draw = |model: &Model, seed| model.sample([seed; 32], 700, &mut NoProgress).unwrap();
	assert_eq!(draw(&model, 2), draw(&read, 2));
	assert_ne!(draw(&model, 2), draw(&model, 3));
}

#[test]
fn conditions_hold_in_every_row_and_rows_are_those_that_meet_them() {
	let table = census(4_000);
	let model = trained(&table);
	for text in ["age >= 65, sex = female", "sex = male", "age >= 65 and monthly_income < 1500, sex = male"] {
		let conditions = Conditions::parse(text, model.schema()).unwrap();
		let made = model.sample_given([4; 32], 3_000, &conditions, &mut NoProgress).unwrap();
		assert_eq!((made.rows(), conditions.violations(&made)), (3_000, 0), "{text}");
		let like = table.without_identifiers().select(&conditions.rows(&table)).unwrap();
		let mean = |table: &Table| {
			let ages: Vec<i64> = codes(table, "age").iter().copied().flatten().collect();
			ages.iter().sum::<i64>() as f64 / ages.len() as f64
		};
		assert!((mean(&made) - mean(&like)).abs() < 2.5, "{text}: {} {}", mean(&made), mean(&like));
	}
	let nobody = Conditions::parse("age > 100", model.schema());
	assert!(nobody.is_err() || model.sample_given([4; 32], 5, &nobody.unwrap(), &mut NoProgress).is_err());
}

const RULES: &str = r#"{"format":1,"name":"n","patient_column":null,"target":null,"missing_markers":[],
	"constraints":[{"if":"death = yes","then":"discharge = dead"},{"at_most":["first","last"]}],
	"columns":[
	{"name":"death","kind":{"type":"categorical","levels":["no","yes"]},"unit":null,"missing":false,"role":"attribute"},
	{"name":"discharge","kind":{"type":"categorical","levels":["dead","home","ward"]},"unit":null,"missing":false,"role":"attribute"},
	{"name":"first","kind":{"type":"integer","min":0,"max":500},"unit":null,"missing":true,"role":"attribute"},
	{"name":"last","kind":{"type":"integer","min":0,"max":500},"unit":null,"missing":false,"role":"attribute"}]}"#;

fn ruled(rows: u32) -> Table {
	let mut csv = "death,discharge,first,last\n".to_owned();
	for k in 0..rows {
		let first = k * 7919 % 400;
		let (death, discharge) = if k % 9 == 0 { ("yes", "dead") } else { ("no", ["home", "ward"][k as usize % 2]) };
		let cell = if k % 11 == 0 { String::new() } else { first.to_string() };
		csv.push_str(&format!("{death},{discharge},{cell},{}\n", first + k % 100));
	}
	table_of(&csv, RULES)
}

#[test]
fn constraints_hold_in_every_row() {
	let table = ruled(2_000);
	let model = trained(&table);
	let made = model.sample([4; 32], 5_000, &mut NoProgress).unwrap();
	assert_eq!(made.schema().violations(&made), [0, 0]);
}

#[test]
fn missing_cells_are_filled_in_and_no_other_is_touched() {
	let table = ruled(1_500);
	let full = trained(&table).impute(&table, [5; 32], &mut NoProgress).unwrap();
	let (before, after) = (codes(&table, "first"), codes(&full, "first"));
	assert!(before.iter().any(Option::is_none) && after.iter().all(Option::is_some));
	assert!(before.iter().zip(after).all(|(old, new)| old.is_none() || old == new));
	assert_eq!(codes(&table, "last"), codes(&full, "last"));
	// `last` is at most 99 above `first`, so what is drawn lies close to it.
	let drawn: Vec<i64> = (0..table.rows())
		.filter(|row| before[*row].is_none())
		.map(|row| codes(&table, "last")[row].unwrap() - after[row].unwrap())
		.collect();
	let near = drawn.iter().filter(|distance| (-20..=120).contains(*distance)).count();
	assert!(near * 2 > drawn.len(), "{near} of {}", drawn.len());
}

#[test]
fn predictions_are_distributions_that_know_the_other_cells() {
	let table = ruled(3_000);
	let prediction = trained(&table).predict(&table, "death").unwrap();
	assert_eq!(prediction.outcomes, [Outcome::Codes(vec![(0, 0)]), Outcome::Codes(vec![(1, 1)])]);
	let (mut of_dead, mut of_others) = (Vec::new(), Vec::new());
	for (parts, discharge) in prediction.probabilities_ppm.iter().zip(codes(&table, "discharge")) {
		assert!((999_990..=1_000_000).contains(&parts.iter().sum::<u32>()));
		if *discharge == Some(0) { &mut of_dead } else { &mut of_others }.push(f64::from(parts[1]) / 1e6);
	}
	let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
	assert!(mean(&of_dead) > 0.8 && mean(&of_others) < 0.05, "{} {}", mean(&of_dead), mean(&of_others));
	let unknown = trained(&ruled(50)).predict(&table, "birth").unwrap_err();
	assert!(matches!(unknown, SynthesisError::NoSuchColumn { .. }));
}

#[test]
fn real_rows_are_likelier_than_rows_of_mixed_cells() {
	let table = census(1_500).without_identifiers();
	let model = trained(&table);
	let mean = |table: &Table| {
		let logs: Vec<f64> = model.log_probability(table).unwrap().into_iter().flatten().collect();
		assert!(logs.len() * 10 > table.rows() * 9);
		logs.iter().sum::<f64>() / logs.len() as f64
	};
	let mixed = fit(GeneratorKind::Independent, &table, [1; 32], &mut NoProgress).unwrap();
	let mixed = mixed.sample([2; 32], 1_500, &mut NoProgress).unwrap();
	assert!(mean(&table) > mean(&mixed) + 1.0, "{} {}", mean(&table), mean(&mixed));
	let copula = fit(GeneratorKind::GaussianCopula, &table, [1; 32], &mut NoProgress).unwrap();
	assert!(matches!(copula.log_probability(&table), Err(SynthesisError::NoAnswer { .. })));
}

/// Keeps the last state in memory.
#[derive(Default)]
struct Kept(Option<Vec<u8>>);

impl Checkpoints for Kept {
	fn load(&mut self) -> Option<Vec<u8>> {
		self.0.clone()
	}

	fn save(&mut self, state: &[u8]) {
		self.0 = Some(state.to_vec());
	}
}

/// Counts the steps of training, and stops after some.
struct Steps {
	seen: u64,
	most: u64,
}

impl Progress for Steps {
	fn step(&mut self, _stage: &'static str, _done: u64, _total: u64) -> bool {
		self.seen += 1;
		self.seen <= self.most
	}
}

#[test]
fn training_that_was_stopped_goes_on_from_its_state_to_the_same_model() {
	let table = census(300);
	let (mut all, mut rest) = (Steps { seen: 0, most: u64::MAX }, Steps { seen: 0, most: u64::MAX });
	let undisturbed = fit_resumable(LM, &table, [1; 32], &mut NoCheckpoints, &mut all).unwrap();
	let mut kept = Kept::default();
	let mut half = Steps { seen: 0, most: all.seen / 2 };
	let stopped = fit_resumable(LM, &table, [1; 32], &mut kept, &mut half);
	assert!(matches!(stopped, Err(SynthesisError::Cancelled { .. })));
	let state = kept.0.clone().unwrap();
	let again = fit_resumable(LM, &table, [1; 32], &mut kept, &mut rest).unwrap();
	assert_eq!(again.to_bytes(), undisturbed.to_bytes());
	assert!(rest.seen < all.seen * 3 / 4, "{} of {}", rest.seen, all.seen);

	// A state of other rows or another seed is not gone on from.
	let other = fit_resumable(LM, &table, [2; 32], &mut Kept(Some(state.clone())), &mut NoProgress).unwrap();
	assert_eq!(other.to_bytes(), fit(LM, &table, [2; 32], &mut NoProgress).unwrap().to_bytes());
	let fewer = table.select(&(0..250).collect::<Vec<_>>()).unwrap();
	let other = fit_resumable(LM, &fewer, [1; 32], &mut Kept(Some(state)), &mut NoProgress).unwrap();
	assert_eq!(other.to_bytes(), trained(&fewer).to_bytes());
}

fn one_column(kind: &str, missing: bool) -> String {
	format!(
		r#"{{"format":1,"name":"n","patient_column":null,"target":null,"missing_markers":["NA"],"columns":[
		{{"name":"x","kind":{kind},"unit":null,"missing":{missing},"role":"attribute"}}]}}"#
	)
}

#[test]
fn hostile_tables_give_a_model_or_a_reason() {
	let number = r#"{"type":"integer","min":-9007199254740991,"max":9007199254740991}"#;
	let constant = format!("x\n{}", "7\n".repeat(50));
	let missing = format!("x\n{}5\n", "NA\n".repeat(50));
	let ends = format!("x\n{}", "-9007199254740991\n9007199254740991\n".repeat(4));
	let spread: String = (0..300i64).map(|k| format!("{}\n", k * 30_000_000_000_000)).collect();
	for csv in [constant, missing, ends, format!("x\n{spread}")] {
		let table = table_of(&csv, &one_column(number, true));
		let made = trained(&table).sample([1; 32], 600, &mut NoProgress).unwrap();
		assert_eq!(made.rows(), 600);
	}
	let one = table_of("x\n7\n", &one_column(number, true));
	assert!(matches!(fit(LM, &one, [1; 32], &mut NoProgress), Err(SynthesisError::TooFewRows { rows: 1, .. })));

	let levels: Vec<String> = (0..10_000).map(|k| format!("\"L{k}\"")).collect();
	let kind = format!(r#"{{"type":"categorical","levels":[{}]}}"#, levels.join(","));
	let csv: String = (0..3_000).map(|k| format!("L{}\n", k * 3)).collect();
	let made = trained(&table_of(&format!("x\n{csv}"), &one_column(&kind, false)));
	assert_eq!(made.sample([1; 32], 100, &mut NoProgress).unwrap().rows(), 100);
}

#[test]
fn no_value_of_fewer_than_five_rows_is_a_token_of_its_own() {
	let levels = r#"{"type":"categorical","levels":["common","rare","rarer","usual"]}"#;
	let csv = format!("x\n{}{}{}rarer\n", "common\n".repeat(60), "usual\n".repeat(30), "rare\n".repeat(4));
	let table = table_of(&csv, &one_column(levels, false));
	let outcomes = trained(&table).predict(&table, "x").unwrap().outcomes;
	assert_eq!(outcomes.len(), 3);
	assert!(outcomes.contains(&Outcome::Codes(vec![(1, 1), (2, 2)])), "{outcomes:?}");

	let number = one_column(r#"{"type":"integer","min":0,"max":1000000}"#, false);
	let csv: String = (0..500u64).map(|k| format!("{}\n", 1_000 + k * k * 3)).collect();
	let table = table_of(&format!("x\n{csv}"), &number);
	let made = trained(&table).sample([1; 32], 20_000, &mut NoProgress).unwrap();
	let drawn: Vec<i64> = codes(&made, "x").iter().flatten().copied().collect();
	let real: std::collections::BTreeSet<i64> = codes(&table, "x").iter().flatten().copied().collect();
	let copies = drawn.iter().filter(|code| real.contains(code)).count();
	assert!(copies < drawn.len() / 50, "{copies}");
	// The greatest value is 748,003: the range ends at a round number beyond it, not at the value.
	assert!(drawn.iter().any(|code| *code > 748_003) && drawn.iter().all(|code| *code < 850_000));
}

#[test]
fn the_model_card_names_what_was_made_and_no_number_of_rows() {
	let model = trained(&census(300));
	let card = model.card();
	assert_eq!(card["generator"], "tabular-lm");
	assert_eq!(card["tier"], "heuristic");
	assert_eq!(card["model"]["bytes"], model.to_bytes().len());
	assert_eq!(card["columns"].as_array().unwrap().len(), model.schema().columns.len());
	assert!(card["answers"].as_array().unwrap().contains(&"predict".into()));
	let text = card.to_string();
	assert!(!text.contains(":300"), "{text}");
}
