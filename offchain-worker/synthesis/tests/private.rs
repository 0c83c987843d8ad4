//! The differentially private generators: what they promise to anyone who asks for a table, and what they refuse.

use semblance_synthesis::{
	encode::{Conditions, EncodeError},
	measure,
	mechanism::{LogError, OptionsError},
	simulate_shaped, CohortShape, GeneratorKind, MeasureOptions, MeasurementLog, Model, NoProgress, Schema,
	SynthesisError, Table,
};

const PRIVATE: [GeneratorKind; 2] = [GeneratorKind::Mst, GeneratorKind::Aim];

fn census(patients: u32) -> Table {
	let cohort = simulate_shaped(CohortShape::Census, patients, [3; 32]).unwrap();
	Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
}

fn options() -> MeasureOptions {
	MeasureOptions { rho_micro: 30_560, ..MeasureOptions::default() }
}

fn measured(kind: GeneratorKind, table: &Table) -> MeasurementLog {
	measure(kind, table, &options(), [1; 32], &mut NoProgress).unwrap()
}

fn table_of(csv: &str, schema: &str) -> Table {
	Table::parse_csv(csv.as_bytes(), "t.csv", &Schema::from_json(schema.as_bytes()).unwrap()).unwrap()
}

fn refused(table: &Table, options: &MeasureOptions) -> SynthesisError {
	measure(GeneratorKind::Mst, table, options, [1; 32], &mut NoProgress).unwrap_err()
}

#[test]
fn who_has_only_the_log_makes_the_same_model_and_table() {
	let table = census(1_500);
	for kind in PRIVATE {
		let log = measured(kind, &table);
		let model = log.fit(&mut NoProgress).unwrap();
		let made = model.sample([2; 32], 700, &mut NoProgress).unwrap().to_canonical_csv();
		let read = MeasurementLog::from_bytes(&log.to_bytes()).unwrap();
		let again = read.fit(&mut NoProgress).unwrap();
		assert_eq!(again.to_bytes(), model.to_bytes(), "{kind}");
		let from_model = Model::from_bytes(&model.to_bytes()).unwrap();
		assert_eq!(from_model.sample([2; 32], 700, &mut NoProgress).unwrap().to_canonical_csv(), made, "{kind}");
	}
}

#[test]
fn no_more_is_spent_than_allowed_and_nearly_all_of_it() {
	let table = census(1_500);
	for kind in PRIVATE {
		let log = measured(kind, &table);
		let (spent, total) = (log.ledger().spent(), log.ledger().total());
		assert_eq!(total, 30_560_000);
		assert!(spent <= total && spent > total / 100 * 95, "{kind}: {spent} of {total}");
		log.ledger().verify().unwrap();
	}
}

#[test]
fn any_changed_byte_of_a_log_is_refused() {
	let bytes = measured(GeneratorKind::Mst, &census(300)).to_bytes();
	for at in (0..bytes.len()).step_by(bytes.len() / 400 + 1) {
		for flip in [0x01, 0x80] {
			let mut changed = bytes.clone();
			changed[at] ^= flip;
			assert!(MeasurementLog::from_bytes(&changed).is_err(), "byte {at}");
		}
		assert!(MeasurementLog::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
	}
	assert!(matches!(MeasurementLog::from_bytes(b"{}"), Err(SynthesisError::Log(LogError::Json { .. }))));
}

#[test]
fn conditions_hold_in_every_row_without_throwing_rows_away() {
	let table = census(3_000);
	for kind in PRIVATE {
		let model = measured(kind, &table).fit(&mut NoProgress).unwrap();
		for text in ["age >= 65, sex = female", "age >= 65 and monthly_income < 1234", "bmi_39156_5 is missing"] {
			let Ok(conditions) = Conditions::parse(text, model.schema()) else { continue };
			let made = model.sample_given([4; 32], 2_000, &conditions, &mut NoProgress).unwrap();
			assert_eq!(made.rows(), 2_000);
			assert_eq!(conditions.violations(&made), 0, "{kind}: {text}");
		}
		let nobody = Conditions::parse("age > 100", model.schema());
		assert!(nobody.is_err() || model.sample_given([4; 32], 5, &nobody.unwrap(), &mut NoProgress).is_err());
	}
}

const RULES: &str = r#"{"format":1,"name":"n","patient_column":null,"target":null,"missing_markers":[],
	"constraints":[{"if":"death = yes","then":"discharge = dead"},{"at_most":["first","last"]}],
	"columns":[
	{"name":"death","kind":{"type":"categorical","levels":["no","yes"]},"unit":null,"missing":false,"role":"attribute"},
	{"name":"discharge","kind":{"type":"categorical","levels":["dead","home","ward"]},"unit":null,"missing":false,"role":"attribute"},
	{"name":"first","kind":{"type":"integer","min":0,"max":500},"unit":null,"missing":true,"role":"attribute"},
	{"name":"last","kind":{"type":"integer","min":0,"max":500},"unit":null,"missing":false,"role":"attribute"}]}"#;

#[test]
fn constraints_hold_in_every_row() {
	let mut csv = "death,discharge,first,last\n".to_owned();
	for k in 0..2_000u32 {
		let first = k * 7919 % 400;
		let (death, discharge) = if k % 9 == 0 { ("yes", "dead") } else { ("no", ["home", "ward"][k as usize % 2]) };
		let cell = if k % 11 == 0 { String::new() } else { first.to_string() };
		csv.push_str(&format!("{death},{discharge},{cell},{}\n", first + k % 100));
	}
	let table = table_of(&csv, RULES);
	for kind in PRIVATE {
		let model = measured(kind, &table).fit(&mut NoProgress).unwrap();
		let made = model.sample([4; 32], 5_000, &mut NoProgress).unwrap();
		assert_eq!(made.schema().violations(&made), [0, 0], "{kind}");
	}
}

#[test]
fn a_patient_counts_once_however_many_rows_there_are() {
	let cohort = simulate_shaped(CohortShape::Standard, 400, [3; 32]).unwrap();
	let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
	let rows = |rows_per_patient| {
		let options = MeasureOptions { rho_micro: 1_000_000_000, rows_per_patient, ..MeasureOptions::default() };
		let log = measure(GeneratorKind::Mst, &table, &options, [1; 32], &mut NoProgress).unwrap();
		log.one_way()[2].counts.iter().sum::<i64>()
	};
	assert_eq!(rows(1), 400);
	// Nobody has more than six visits; the noise of the counts of the column adds up to some rows.
	let all = i64::try_from(table.rows()).unwrap();
	assert!(rows(3) > 450 && rows(6).abs_diff(all) < 60, "{} {} {all}", rows(3), rows(6));
}

#[test]
fn budgets_and_deltas_that_protect_nobody_are_refused() {
	let table = census(200);
	assert!(matches!(refused(&table, &MeasureOptions::default()), SynthesisError::Options(OptionsError::NoBudget)));
	let weak = MeasureOptions { delta_exponent: 2, ..options() };
	assert!(matches!(refused(&table, &weak), SynthesisError::Options(OptionsError::DeltaTooLarge { rows: 200, .. })));
	let equal = MeasureOptions { delta_exponent: 2, ..options() };
	assert!(matches!(refused(&census(100), &equal), SynthesisError::Options(OptionsError::DeltaTooLarge { .. })));
	let coarse = MeasureOptions { resolution: 1, ..options() };
	assert!(matches!(
		refused(&table, &coarse),
		SynthesisError::Options(OptionsError::OutOfBounds { name: "resolution", .. })
	));
}

#[test]
fn what_was_read_off_the_data_is_refused_until_a_person_confirms_it() {
	let cohort = simulate_shaped(CohortShape::Census, 200, [3; 32]).unwrap();
	let mut schema = Schema::infer(&cohort.csv, "cohort.csv", &Default::default()).unwrap().schema;
	let read = |schema: &Schema| Table::parse_csv(&cohort.csv, "cohort.csv", schema).unwrap();
	let error = refused(&read(&schema), &options());
	assert!(matches!(error, SynthesisError::Encode(EncodeError::Observed { .. })), "{error}");
	schema.confirm();
	assert!(measure(GeneratorKind::Mst, &read(&schema), &options(), [1; 32], &mut NoProgress).is_ok());
}

fn one_column(kind: &str, missing: bool) -> String {
	format!(
		r#"{{"format":1,"name":"n","patient_column":null,"target":null,"missing_markers":["NA"],"columns":[
		{{"name":"x","kind":{kind},"unit":null,"missing":{missing},"role":"attribute"}}]}}"#
	)
}

#[test]
fn narrow_tables_are_measured_or_refused_with_a_reason() {
	let number = one_column(r#"{"type":"integer","min":0,"max":1000000}"#, true);
	let constant = format!("x\n{}", "7\n".repeat(50));
	let mostly_missing = format!("x\n{}5\n", "NA\n".repeat(50));
	for csv in [constant, mostly_missing] {
		for kind in PRIVATE {
			let model = measured(kind, &table_of(&csv, &number)).fit(&mut NoProgress).unwrap();
			assert_eq!(model.sample([1; 32], 10, &mut NoProgress).unwrap().rows(), 10);
		}
	}
	assert!(matches!(refused(&table_of("x\n7\n", &number), &options()), SynthesisError::TooFewRows { rows: 1, .. }));
	let tiny = MeasureOptions { rho_micro: 1, ..options() };
	let table = table_of("x\n7\n8\n", &number);
	let model =
		measure(GeneratorKind::Aim, &table, &tiny, [1; 32], &mut NoProgress).and_then(|log| log.fit(&mut NoProgress));
	assert!(model.is_ok(), "{model:?}");
}

#[test]
fn a_target_that_is_not_named_cannot_have_free_edges() {
	let table = table_of("x\n7\n8\n", &one_column(r#"{"type":"integer","min":0,"max":9}"#, false));
	let asked = MeasureOptions { target_edges: true, ..options() };
	assert!(matches!(refused(&table, &asked), SynthesisError::Options(OptionsError::NoTarget)));
	let census = census(500);
	let log = measure(GeneratorKind::Mst, &census, &asked, [1; 32], &mut NoProgress).unwrap();
	let target = log.schema().position(log.schema().target.as_deref().unwrap()).unwrap();
	let with_target = log.joint().iter().filter(|m| m.columns.contains(&target)).count();
	assert_eq!(with_target, log.schema().columns.len() - 1);
}
