//! A model that was trained with differential privacy: its log is added up, its model compared with the log.

use super::*;
use semblance_primitives::{
	commitment::sha3_256,
	generation::{Parameter, ParameterName, Subject, SubjectRole},
	metrics::released_rho_micro,
};
use semblance_synthesis::{measure, train, MeasureOptions, NoCheckpoints, NoProgress, Schema, Table, TrainingLog};

/// What a check said.
fn words(fixture: &Fixture, name: &str) -> String {
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	report.checks.iter().find(|check| check.name == name).map(|check| check.text.clone()).unwrap()
}

/// A table of the fixture's columns, with other cells.
fn other_table() -> Table {
	let csv: String = (0..40).map(|row| format!("{},{}\n", 20 + row % 11, ["f", "m"][row % 2])).collect();
	let csv = format!("age,sex\n{csv}80,m\n");
	let mut schema = Schema::infer(csv.as_bytes(), "cohort.csv", &Default::default()).unwrap().schema;
	schema.confirm();
	Table::parse_csv(csv.as_bytes(), "cohort.csv", &schema).unwrap()
}

fn options(rho_micro: u64) -> MeasureOptions {
	MeasureOptions { rho_micro, ..MeasureOptions::default() }
}

/// The fixture with another log, attested by its digest.
fn with_log(log: Vec<u8>) -> Fixture {
	let sha3 = sha3_256(&log);
	let mut fixture = changed(Fixture::trained(), |body, _| body.subjects[3].sha3 = sha3);
	fixture.evidence.log = Some(log);
	fixture.evidence.statement = None;
	fixture
}

/// The fixture's log with a part of its JSON replaced and a new seal, attested by its digest.
fn with_changed_log(from: &str, to: &str) -> Fixture {
	let log = String::from_utf8(Fixture::trained().evidence.log.unwrap()).unwrap();
	assert!(log.contains(from), "{from}");
	with_log(TrainingLog::resealed(log.replacen(from, to, 1).as_bytes()).unwrap())
}

#[test]
fn a_trained_receipt_with_all_files_passes_every_check() {
	let mut fixture = Fixture::trained();
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	assert!(report.checks.iter().all(|check| check.outcome == Outcome::Passed), "{report:#?}");
	assert_eq!(report.checks.len(), 18);
	assert!(words(&fixture, "ledger").contains("by the accountant"));
	fixture.evidence.model = None;
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	let skipped: Vec<_> =
		report.checks.iter().filter(|check| check.outcome == Outcome::Skipped).map(|check| check.name).collect();
	assert_eq!(skipped, ["vocabulary", "model", "resampling", "public metrics"], "weights are not in the log");
	assert!(report.is_good());
	fixture.evidence.log = None;
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	let skipped = report.checks.iter().filter(|check| check.outcome == Outcome::Skipped).map(|check| check.name);
	assert_eq!(skipped.take(3).collect::<Vec<_>>(), ["training log", "ledger", "vocabulary"]);
}

#[test]
fn a_changed_training_log_is_noticed() {
	let length = Fixture::trained().evidence.log.unwrap().len();
	for at in [0, length / 2, length - 1] {
		let mut fixture = Fixture::trained();
		fixture.evidence.log.as_mut().unwrap()[at] ^= 1;
		assert_eq!(failed(&fixture), ["training log", "ledger", "vocabulary"], "byte {at}");
	}
}

#[test]
fn an_attested_log_that_states_a_cheaper_training_than_it_was_is_noticed() {
	let steps = with_changed_log("\"steps\":300}", "\"steps\":200}");
	assert_eq!(failed(&steps), ["ledger", "vocabulary"]);
	assert!(words(&steps, "ledger").contains("training log"));
	for (from, to) in [
		("\"steps\":300,\"vocabulary\"", "\"steps\":299,\"vocabulary\""),
		("\"noise_units\":33554432", "\"noise_units\":33554431"),
		("\"sampling_ppm\":250000,\"sigma_milli\"", "\"sampling_ppm\":10000,\"sigma_milli\""),
		("\"generator\":\"tabular-lm-dp\"", "\"generator\":\"mst\""),
		("\"label\":\"training\"", "\"label\":\"testing\""),
	] {
		assert_eq!(failed(&with_changed_log(from, to)), ["ledger", "vocabulary"], "{to}");
	}
}

#[test]
fn a_log_of_another_budget_delta_or_bound_on_rows_than_attested_is_noticed() {
	let cheaper = |body: &mut AttestationBody, job: &mut Job| {
		let (rho_micro, delta_exponent) = (RHO / 2, 5);
		body.privacy = Some(PrivacyLoss { rho_micro, epsilon_micro: epsilon_micro(RHO / 2, 5), delta_exponent });
		job.rho_micro = rho_micro;
	};
	assert_eq!(failed(&changed(Fixture::trained(), cheaper)), ["ledger"]);
	let other_delta = |body: &mut AttestationBody, _: &mut Job| {
		let epsilon_micro = epsilon_micro(RHO, 4);
		body.privacy = Some(PrivacyLoss { rho_micro: RHO, epsilon_micro, delta_exponent: 4 });
	};
	assert_eq!(failed(&changed(Fixture::trained(), other_delta)), ["ledger"]);
	let smaller = |body: &mut AttestationBody, _: &mut Job| body.privacy.as_mut().unwrap().epsilon_micro -= 1;
	assert_eq!(failed(&changed(Fixture::trained(), smaller)), ["privacy loss"]);
	let rows = |body: &mut AttestationBody, job: &mut Job| {
		job.parameters = vec![Parameter { name: ParameterName::RowsPerPatient, value: 3 }].try_into().unwrap();
		body.parameters = semblance_primitives::generation::parameters_digest(&job.parameters);
	};
	let found = failed(&changed(Fixture::trained(), rows));
	assert!(found.contains(&"ledger"), "{found:?}");
	// All of the job's budget, and nothing left for the metrics.
	let (_, log) = train(&other_table(), &options(RHO), [1; 32], &mut NoCheckpoints, &mut NoProgress).unwrap();
	assert!(failed(&with_log(log.to_bytes())).contains(&"ledger"));
}

#[test]
fn a_model_whose_levels_do_not_follow_from_the_log_is_noticed() {
	let spent = options(RHO - released_rho_micro(RHO));
	let (_, log) = train(&other_table(), &spent, [2; 32], &mut NoCheckpoints, &mut NoProgress).unwrap();
	let fixture = with_log(log.to_bytes());
	assert_eq!(failed(&fixture), ["vocabulary"], "the log itself is a good one");
	assert!(words(&fixture, "vocabulary").contains("the model beside it"));
	let mut fixture = Fixture::trained();
	fixture.evidence.model = Fixture::private().evidence.model;
	assert_eq!(failed(&fixture), ["vocabulary", "model", "resampling", "public metrics"]);
}

#[test]
fn a_log_of_another_kind_is_no_training_log() {
	let kind = semblance_synthesis::GeneratorKind::Mst;
	let measured = measure(kind, &other_table(), &options(RHO), [1; 32], &mut NoProgress).unwrap();
	for bytes in [measured.to_bytes(), vec![], b"{}".to_vec(), b"{\"log\":{},\"sha3\":\"\"}".to_vec(), vec![0xff; 99]] {
		let fixture = with_log(bytes);
		assert_eq!(failed(&fixture), ["ledger", "vocabulary"]);
		assert!(words(&fixture, "ledger").contains("training log, line "), "{}", words(&fixture, "ledger"));
	}
}

#[test]
fn log_and_generator_belong_together() {
	for kind in [GeneratorKind::Mst, GeneratorKind::Ctgan] {
		let found = failed(&changed(Fixture::trained(), |_, job| job.kind = kind));
		assert!(found.contains(&"ledger"), "{kind:?}: {found:?}");
	}
	let renamed = |body: &mut AttestationBody, _: &mut Job| {
		let mut subjects: Vec<Subject> = body.subjects.to_vec();
		subjects[3].role = SubjectRole::MeasurementLog;
		subjects.rotate_right(1);
		body.subjects = subjects.try_into().unwrap();
	};
	let found = failed(&changed(Fixture::trained(), renamed));
	assert!(found.contains(&"ledger") && found.contains(&"model from the log"), "{found:?}");
}
