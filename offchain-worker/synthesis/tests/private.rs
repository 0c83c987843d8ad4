//! The differentially private generators: what they promise to anyone who asks for a table, and what they refuse.

use semblance_synthesis::{
	encode::{Conditions, EncodeError},
	measure,
	mechanism::{LogError, OptionsError},
	simulate_shaped, train, CohortShape, GeneratorKind, MeasureOptions, MeasurementLog, Model, NoCheckpoints,
	NoProgress, Schema, SynthesisError, Table, TrainingLog,
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

/// Few columns: training takes as long as there are weights.
fn small(rows: usize) -> Table {
	let schema = br#"{"format":1,"name":"small","patient_column":null,"target":null,"missing_markers":[],"columns":[
		{"name":"sex","kind":{"type":"categorical","levels":["f","m"]},"unit":null,"missing":false,"role":"quasi"},
		{"name":"age","kind":{"type":"integer","min":0,"max":120},"unit":null,"missing":true,"role":"attribute"}]}"#;
	let row = |row: usize| format!("{},{}\n", ["f", "m"][row % 2], 20 + row * 7 % 61);
	let csv = format!("sex,age\n{}", (0..rows).map(row).collect::<String>());
	Table::parse_csv(csv.as_bytes(), "small.csv", &Schema::from_json(schema).unwrap()).unwrap()
}

fn trained(table: &Table, seed: u8) -> (Model, TrainingLog) {
	let options = MeasureOptions { rho_micro: 150_000, ..MeasureOptions::default() };
	train(table, &options, [seed; 32], &mut NoCheckpoints, &mut NoProgress).unwrap()
}

#[test]
fn any_changed_byte_of_a_training_log_is_refused() {
	let bytes = trained(&small(300), 1).1.to_bytes();
	for at in (0..bytes.len()).step_by(bytes.len() / 400 + 1) {
		for flip in [0x01, 0x80] {
			let mut changed = bytes.clone();
			changed[at] ^= flip;
			assert!(TrainingLog::from_bytes(&changed).is_err(), "byte {at}");
		}
		assert!(TrainingLog::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
	}
}

#[test]
fn logs_of_one_kind_are_not_read_as_the_other() {
	let table = small(300);
	let (training, measurement) = (trained(&table, 1).1.to_bytes(), measured(GeneratorKind::Mst, &table).to_bytes());
	let refused = |error| match error {
		Err(SynthesisError::Log(error)) => error.to_string(),
		other => panic!("{other:?}"),
	};
	assert!(refused(TrainingLog::from_bytes(&measurement).map(drop)).starts_with("training log, line 1"));
	assert!(refused(MeasurementLog::from_bytes(&training).map(drop)).starts_with("measurement log, line 1"));
}

#[test]
fn a_resealed_training_log_is_refused_for_what_does_not_follow() {
	let log = String::from_utf8(trained(&small(300), 1).1.to_bytes()).unwrap();
	let entry = |log: &str| {
		let start = log.find("{\"label\":\"training\"").unwrap();
		let end = start + log[start..].find("}]").unwrap() + 1;
		log[start..end].to_owned()
	};
	let training = entry(&log);
	let changes = [
		// Fewer steps than were made, in the log and in the ledger, with the old cost.
		log.replace("\"steps\":300", "\"steps\":30"),
		// Training that nobody paid for, or that was paid for twice.
		log.replacen(&format!(",{training}"), "", 1),
		log.replacen(&training, &format!("{training},{training}"), 1),
		// A number of patients from which another schedule follows.
		log.replacen("\"patients\":", "\"patients\":9", 1),
		log.replacen("\"clip_units\":", "\"clip_units\":1", 1),
		log.replacen("\"generator\":\"tabular-lm-dp\"", "\"generator\":\"aim\"", 1),
		log.replacen("\"rows_per_patient\":1", "\"rows_per_patient\":2", 1),
		log.replacen("\"delta_exponent\":5", "\"delta_exponent\":6", 1),
		log.replacen("\"format\":1", "\"format\":2", 1),
		log.replacen("\"noise_units\":", "\"comment\":\"\",\"noise_units\":", 1),
	];
	for (at, change) in changes.iter().enumerate() {
		assert_ne!(*change, log, "change {at}");
		let Some(sealed) = TrainingLog::resealed(change.as_bytes()) else { continue };
		assert!(TrainingLog::from_bytes(&sealed).is_err(), "change {at}");
	}
	assert_eq!(TrainingLog::resealed(log.as_bytes()).unwrap(), log.as_bytes());
}

#[test]
fn a_measurement_log_pays_for_no_training() {
	let log = String::from_utf8(measured(GeneratorKind::Mst, &small(300)).to_bytes()).unwrap();
	let training = r#"{"label":"training","mechanism":{"subsampled-gaussian":{"delta_exponent":5,"sampling_ppm":1,"sigma_milli":1,"steps":1}},"rho_nano":1}"#;
	let sealed =
		MeasurementLog::resealed(log.replacen("\"entries\":[", &format!("\"entries\":[{training},"), 1).as_bytes());
	let refused = MeasurementLog::from_bytes(&sealed.unwrap()).unwrap_err().to_string();
	assert!(refused.contains("pay for training"), "{refused}");
}

#[test]
fn a_model_goes_with_the_log_of_its_own_training_only() {
	let table = small(300);
	let (model, log) = trained(&table, 1);
	let read = Model::from_bytes(&model.to_bytes()).unwrap();
	let log = TrainingLog::from_bytes(&log.to_bytes()).unwrap();
	assert_eq!(log.check_model(&read), Ok(()));
	let (other, _) = trained(&table, 2);
	assert!(
		matches!(log.check_model(&other), Err(SynthesisError::Log(LogError::Model { .. }))),
		"other counts, other bins"
	);
	let measured = measured(GeneratorKind::Mst, &table).fit(&mut NoProgress).unwrap();
	assert!(matches!(log.check_model(&measured), Err(SynthesisError::Log(LogError::Model { .. }))));
	let heuristic = semblance_synthesis::fit(GeneratorKind::TabularLm, &table, [1; 32], &mut NoProgress).unwrap();
	assert!(matches!(log.check_model(&heuristic), Err(SynthesisError::Log(LogError::Model { .. }))));
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
