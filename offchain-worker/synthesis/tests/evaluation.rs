//! The evaluation tells good tables from bad ones and leaks from none, and takes whatever comes.

use semblance_synthesis::{
	evaluate, fit, html, simulate, Column, ColumnKind, ColumnRole, Evaluation, GeneratorKind, MetricId, NoProgress,
	Progress, ReportContext, Schema, SynthesisError, Table, SCHEMA_FORMAT,
};

fn cohort(patients: u32, seed: u8) -> Table {
	let cohort = simulate(patients, [seed; 32]).unwrap();
	Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
}

/// The first row of every patient, as synthetic rows have no other visits to be recognised by.
fn first_visits(patients: u32, seed: u8) -> Table {
	let table = cohort(patients, seed);
	let ids = table.patient_ids().unwrap();
	let first: Vec<usize> = (0..ids.len()).filter(|row| *row == 0 || ids[*row] != ids[*row - 1]).collect();
	table.select(&first).unwrap()
}

fn judged(training: &Table, hold_out: &Table, synthetic: &Table) -> Evaluation {
	let evaluation = evaluate(training, hold_out, synthetic, &mut NoProgress).unwrap();
	html(&ReportContext::default(), &evaluation, training, synthetic).unwrap();
	evaluation
}

#[test]
fn other_patients_of_the_same_hospital_pass_for_real_and_leak_nothing() {
	let evaluation = judged(&first_visits(1500, 1), &first_visits(1500, 2), &first_visits(1500, 3));
	let value = |id| evaluation.value(id).unwrap();
	assert!((0.45..0.55).contains(&value(MetricId::DetectionAuc)), "{}", value(MetricId::DetectionAuc));
	assert!(value(MetricId::DetectionScore) > 0.9);
	assert!(value(MetricId::ThreeMarginals) > 0.7);
	assert!((value(MetricId::TstrAuc) - value(MetricId::TrtrAuc)).abs() < 0.1);
	assert!(value(MetricId::CoefficientOverlap) > 0.5);
	let attacks = evaluation.attacks.unwrap();
	let membership = attacks.membership.as_ref().unwrap();
	assert!(membership.auc.low_ppm < 500_000 && membership.auc.high_ppm > 500_000, "{membership:?}");
	for risk in [&attacks.singling_out_univariate, &attacks.singling_out_multivariate, &attacks.linkability] {
		assert_eq!(risk.as_ref().unwrap().risk.low_ppm, 0, "{risk:?}");
	}
}

#[test]
fn every_attack_finds_a_generator_that_hands_out_its_training_rows() {
	let training = cohort(400, 1);
	let evaluation = judged(&training, &cohort(400, 2), &training);
	let value = |id| evaluation.value(id).unwrap();
	assert_eq!(value(MetricId::ExactCopyRate), 1.0);
	assert!(value(MetricId::MembershipAuc) > 0.99);
	assert!(value(MetricId::MembershipTpr1) > 0.95);
	assert!(value(MetricId::MembershipMarginalAuc) > 0.6);
	let attacks = evaluation.attacks.unwrap();
	for risk in [&attacks.singling_out_univariate, &attacks.singling_out_multivariate, &attacks.linkability] {
		let risk = risk.as_ref().unwrap();
		assert!(risk.risk.low_ppm > 100_000 && risk.beats_baseline, "{risk:?}");
	}
	assert!(attacks.worst_inference().unwrap().risk.risk.low_ppm > 500_000);
}

#[test]
fn independent_columns_are_told_apart_and_teach_nothing() {
	let (training, hold_out) = (cohort(400, 1), cohort(400, 2));
	let model = fit(GeneratorKind::Independent, &training, [1; 32], &mut NoProgress).unwrap();
	let synthetic = model.sample([2; 32], 2_000, &mut NoProgress).unwrap();
	let evaluation = judged(&training.without_identifiers(), &hold_out.without_identifiers(), &synthetic);
	let value = |id| evaluation.value(id).unwrap();
	assert!(value(MetricId::CompleteShapes) > 0.95);
	assert!(value(MetricId::DetectionAuc) > 0.85, "{}", value(MetricId::DetectionAuc));
	assert!(value(MetricId::TstrAuc) < value(MetricId::TrtrAuc));
	assert!(value(MetricId::PropensityMse) > 0.05);
	let subgroups = evaluation.subgroups.unwrap();
	assert!(subgroups.groups.iter().any(|group| group.column == "sex" && group.tstr_ppm.is_some()));
	assert!(subgroups.groups.iter().all(|group| group.training_rows >= 50 && group.synthetic_rows >= 50));
}

#[test]
fn the_same_tables_give_the_same_evaluation_and_its_numbers_are_in_order() {
	let tables = (cohort(60, 1), cohort(60, 2), cohort(60, 3));
	let evaluation = judged(&tables.0, &tables.1, &tables.2);
	assert_eq!(evaluation, judged(&tables.0, &tables.1, &tables.2));
	let numbers: Vec<u16> = evaluation.headline.iter().map(|metric| metric.id.number()).collect();
	assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]) && numbers.len() <= 64, "{numbers:?}");
}

/// Says stop at the n-th step.
struct StopAt(usize, usize);

impl Progress for StopAt {
	fn step(&mut self, _stage: &'static str, _done: u64, _total: u64) -> bool {
		self.1 += 1;
		self.1 < self.0
	}
}

#[test]
fn the_evaluation_stops_wherever_it_is_told_to() {
	let tables = (cohort(60, 1), cohort(60, 2), cohort(60, 3));
	let mut never = StopAt(usize::MAX, 0);
	evaluate(&tables.0, &tables.1, &tables.2, &mut never).unwrap();
	for at in (1..=never.1).step_by(never.1 / 12) {
		let stopped = evaluate(&tables.0, &tables.1, &tables.2, &mut StopAt(at, 0));
		assert!(matches!(stopped, Err(SynthesisError::Cancelled { .. })), "step {at} of {}", never.1);
	}
}

fn column(name: &str, kind: ColumnKind, role: ColumnRole) -> Column {
	Column { missing: true, role, ..Column::new(name, kind) }
}

fn odd_schema(target: &str, levels: usize) -> Schema {
	let many = (0..levels).map(|k| format!("L{k}")).collect();
	Schema {
		format: SCHEMA_FORMAT,
		name: "odd".into(),
		patient_column: None,
		time_column: None,
		target: Some(target.into()),
		missing_markers: Vec::new(),
		columns: vec![
			column("constant", ColumnKind::Integer { min: 0, max: 5 }, ColumnRole::Quasi),
			column("empty", ColumnKind::Decimal { min: 0, max: 5, scale: 1 }, ColumnRole::Quasi),
			column("many", ColumnKind::Categorical { levels: many }, ColumnRole::Quasi),
			column(
				"one_class",
				ColumnKind::Categorical { levels: vec!["a".into(), "b".into()] },
				ColumnRole::Attribute,
			),
			column("number", ColumnKind::Integer { min: -1000, max: 1000 }, ColumnRole::Attribute),
		],
		constraints: Vec::new(),
	}
}

fn odd_table(schema: &Schema, rows: usize, shift: usize) -> Table {
	let mut csv = String::from("constant,empty,many,one_class,number\n");
	// No file may have an empty column, but a part of its rows may.
	for row in 0..rows + 1 {
		let empty = if row == rows { "0.5" } else { "" };
		csv.push_str(&format!("3,{empty},L{},a,{}\n", (row * 7 + shift) % 10_000, (row * 31 + shift) % 1000));
	}
	let all: Vec<usize> = (0..rows).collect();
	Table::parse_csv(csv.as_bytes(), "odd.csv", schema).unwrap().select(&all).unwrap()
}

#[test]
fn constant_empty_and_many_levelled_columns_are_survived_whatever_the_target() {
	for target in ["constant", "empty", "many", "one_class", "number"] {
		let schema = odd_schema(target, 10_000);
		for rows in [1, 2, 49, 400] {
			let (training, synthetic) = (odd_table(&schema, rows, 0), odd_table(&schema, rows, 5));
			for hold_out in [odd_table(&schema, rows, 3), training.select(&[]).unwrap()] {
				let evaluation = judged(&training, &hold_out, &synthetic);
				assert!(evaluation.headline.iter().all(|metric| metric.value_ppm.abs() < 1_000_000_000_000));
				assert_eq!(evaluation.attacks.is_some(), rows >= 50 && hold_out.rows() > 0, "{target}, {rows} rows");
				if target != "number" && target != "many" {
					assert!(evaluation.value(MetricId::TstrAuc).is_none(), "nothing to predict in {target}");
				}
			}
		}
	}
}
