//! Jobs of generators that train a network: killed and resumed, with differential privacy, and over visits.

mod support;

use semblance_primitives::{
	commitment::sha3_256,
	data_use::Purpose,
	generation::{AttestationBody, FailureReason, GeneratorKind, Job, JobState, Parameter, ParameterName, SubjectRole},
	metrics::ReproducibleBy,
	privacy::epsilon_micro,
	Digest,
};
use semblance_synthesis::{Checkpoints, InferOptions, Model, NoProgress, Schema, Source, TrainingLog};
use semblance_worker::{
	chain::ChainState,
	jobs::{
		store::{JobRow, JobStore},
		Stage, StepError,
	},
	vault::{TrainingState, Vault},
};
use std::{
	collections::BTreeMap,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
};
use support::{digests, go_on, Hospital};

const RHO: u64 = 500_000;

fn private(job: &mut Job) {
	job.kind = GeneratorKind::TabularLanguageModelPrivate;
	job.rho_micro = RHO;
}

/// Runs job 1 to its end.
async fn run(hospital: &Hospital, vault: &Arc<Vault>, change: impl FnOnce(&mut Job)) -> JobRow {
	hospital.request(1, change);
	hospital.drive(&hospital.runner(vault, go_on()), vault, 1).await.unwrap()
}

fn artefact(vault: &Vault, body: &AttestationBody, role: SubjectRole) -> Vec<u8> {
	vault.artefact(&body.subject(role).unwrap().sha3).unwrap()
}

#[tokio::test]
async fn training_killed_in_the_middle_goes_on_from_its_state_to_the_same_digests() {
	killed_in_the_middle(|job| job.kind = GeneratorKind::TabularLanguageModel).await;
}

#[tokio::test]
async fn private_training_killed_in_the_middle_goes_on_from_its_state_to_the_same_digests() {
	killed_in_the_middle(private).await;
}

async fn killed_in_the_middle(change: fn(&mut Job)) {
	let hospital = Hospital::new();
	hospital.keep("fresh");
	let counted = |stop_after: usize| {
		let steps = Arc::new(AtomicUsize::new(0));
		let count = steps.clone();
		let go_on = move |_, stage| stage != Stage::Fitting || count.fetch_add(1, Ordering::SeqCst) < stop_after;
		(steps, Arc::new(go_on))
	};
	hospital.request(1, change);
	let (all, go_on) = counted(usize::MAX);
	let undisturbed = {
		let vault = hospital.vault();
		hospital.drive(&hospital.runner(&vault, go_on), &vault, 1).await.unwrap()
	};
	let half = all.load(Ordering::SeqCst) / 2;

	hospital.restore("fresh");
	hospital.request(1, change);
	let vault = hospital.vault();
	let (_, stop) = counted(half);
	assert!(matches!(hospital.drive(&hospital.runner(&vault, stop), &vault, 1).await, Err(StepError::Stopped(_))));
	let kept = |vault: &Vault| TrainingState::new(vault, &hospital.chain.genesis(), 1, 1).load().is_some();
	assert!(kept(&vault), "the state of half a training is in the vault");
	let (rest, go_on) = counted(usize::MAX);
	let row = hospital.drive(&hospital.runner(&vault, go_on), &vault, 1).await.unwrap();
	assert_eq!(digests(&row), digests(&undisturbed));
	assert!(rest.load(Ordering::SeqCst) < half + half / 2, "what was done is not done again");
	assert!(!kept(&vault), "the state is gone when the model is made");
}

#[tokio::test]
async fn what_half_a_training_learnt_is_forgotten_when_the_job_ends_without_it() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let names = |vault: &Vault| {
		let beginning = format!("training-{}-", hex::encode(hospital.chain.genesis()));
		let files = std::fs::read_dir(vault.folder().join("blobs")).unwrap();
		files
			.map(|file| file.unwrap().file_name().into_string().unwrap())
			.filter(|name| name.starts_with(&beginning))
			.count()
	};
	for (id, attempt) in [(1, 1), (1, 2), (11, 1)] {
		TrainingState::new(&vault, &hospital.chain.genesis(), id, attempt).save(b"half a training");
	}
	hospital.request(1, |job| job.state = JobState::Expired);
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap();
	assert_eq!((row.stage, names(&vault)), (Stage::Failed, 1), "all its attempts, and no other job's");

	hospital.request(11, |job| job.purpose = Purpose::PopulationResearch);
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 11).await.unwrap();
	assert_eq!((row.failure, names(&vault)), (Some(FailureReason::TooFewConsents), 0), "a refused job's too");
}

#[tokio::test]
async fn a_privately_trained_job_leaves_a_log_that_adds_up_to_what_was_charged() {
	use SubjectRole::{Model as Trained, Report, SyntheticTable, TrainingLog as Log};
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let row = run(&hospital, &vault, private).await;
	let body = row.body.clone().unwrap();
	assert_eq!(body.subjects.iter().map(|s| s.role).collect::<Vec<_>>(), [Trained, SyntheticTable, Report, Log]);

	let log = TrainingLog::from_bytes(&artefact(&vault, &body, Log)).unwrap();
	let loss = body.privacy.unwrap();
	assert_eq!((loss.rho_micro, loss.delta_exponent, loss.epsilon_micro), (RHO, 6, epsilon_micro(RHO, 6)));
	assert_eq!(log.ledger().total(), RHO * 1_000 - RHO * 20, "2 % are the metrics'");
	assert!(log.ledger().spent() > log.ledger().total() / 100 * 98, "and nearly all of the rest is spent");
	assert_eq!((log.options().delta_exponent, log.options().rows_per_patient), (6, 1));
	let everybody_computes = |metric: &semblance_primitives::metrics::Metric| {
		assert_eq!(metric.reproducible_by, ReproducibleBy::Anyone, "too few patients for more");
	};
	assert!(!body.metrics.is_empty());
	body.metrics.iter().for_each(everybody_computes);

	let model = Model::from_bytes(&artefact(&vault, &body, Trained)).unwrap();
	log.check_model(&model).unwrap();
	let table = model.sample(body.sampling_seed.to_fixed_bytes(), 50, &mut NoProgress).unwrap();
	assert_eq!(sha3_256(&table.to_canonical_csv()), body.subject(SyntheticTable).unwrap().sha3);
	let card = model.card();
	assert_eq!((&card["generator"], &card["tier"]), (&"tabular-lm-dp".into(), &"differentially-private".into()));
	let report = String::from_utf8(artefact(&vault, &body, Report)).unwrap();
	assert!(report.contains("tabular-lm-dp") && report.contains("Privacy loss"), "its report says what it is");

	let genesis = hospital.chain.genesis();
	let statement = JobStore::new(&vault, genesis).statement(&body.id(&genesis)).unwrap().unwrap();
	let json: serde_json::Value = serde_json::from_slice(&statement).unwrap();
	assert_eq!(json["subject"][3]["name"], "training-log");
	assert_eq!(json["subject"][3]["digest"]["sha3-256"], hex::encode(body.subjects[3].sha3));
	for digest in digests(&row) {
		assert!(!vault.artefact(&digest).unwrap().windows(7).any(|window| window == b"P000001"), "no patient is named");
	}
}

#[tokio::test]
async fn rows_of_a_patient_are_protected_together_as_the_job_asks() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let parameter = Parameter { name: ParameterName::RowsPerPatient, value: 3 };
	let row = run(&hospital, &vault, |job| {
		private(job);
		job.parameters = vec![parameter].try_into().unwrap();
	})
	.await;
	let log = TrainingLog::from_bytes(&artefact(&vault, &row.body.unwrap(), SubjectRole::TrainingLog)).unwrap();
	assert_eq!(log.options().rows_per_patient, 3);
}

#[tokio::test]
async fn what_a_private_training_refuses_fails_the_job_with_its_words() {
	let observed = |schema: &mut Schema| schema.columns[3].source = Some(Source::Observed);
	let hospital = Hospital::with_schema(observed);
	let vault = hospital.vault();
	let row = run(&hospital, &vault, private).await;
	assert_eq!((row.stage, row.failure), (Stage::Failed, Some(FailureReason::GenerationFailed)));
	assert!(row.error.unwrap().contains("Confirm the schema"));

	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.chain.with(|state| state.budgets.get_mut(&1).unwrap().delta_exponent = 1);
	let row = run(&hospital, &vault, private).await;
	assert_eq!(row.failure, Some(FailureReason::GenerationFailed));
	assert!(row.error.unwrap().contains("is not below 1/"));

	let hospital = Hospital::new();
	let vault = hospital.vault();
	let unused = Parameter { name: ParameterName::MaxCells, value: 5_000 };
	let row = run(&hospital, &vault, |job| {
		private(job);
		job.parameters = vec![unused].try_into().unwrap();
	})
	.await;
	assert_eq!(row.failure, Some(FailureReason::InvalidParameters));
}

/// Visits of 60 patients: a day, a laboratory value that drifts, and what stays the same.
fn visits() -> (Vec<u8>, Schema) {
	let mut csv = "mrn,day,sex,bilirubin\n".to_owned();
	for patient in 0..60 {
		for visit in 0..2 + patient % 4 {
			let (day, level) = (visit * 180 + patient % 7, 10 + patient % 9 + visit * 3);
			csv += &format!("MRN-{patient:03},{day},{},{}.{}\n", ["f", "m"][patient % 2], level / 10, level % 10);
		}
	}
	let options =
		InferOptions { patient_column: Some("mrn".into()), time_column: Some("day".into()), ..InferOptions::default() };
	let mut schema = Schema::infer(csv.as_bytes(), "visits.csv", &options).unwrap().schema;
	schema.confirm();
	(csv.into_bytes(), schema)
}

#[tokio::test]
async fn a_job_on_visits_makes_new_patients_with_their_visits_in_order() {
	let (csv, schema) = visits();
	assert_eq!((schema.patient_column.as_deref(), schema.time_column.as_deref()), (Some("mrn"), Some("day")));
	let hospital = Hospital::holding(&csv, &schema);
	assert_eq!(hospital.handles.len(), 60, "a consent of every patient, not of every visit");
	let vault = hospital.vault();
	let row = run(&hospital, &vault, |job| (job.kind, job.rows) = (GeneratorKind::TabularLanguageModel, 200)).await;
	let body = row.body.clone().unwrap();
	assert_eq!(body.acceptance.consent_count, 60);

	let table = String::from_utf8(artefact(&vault, &body, SubjectRole::SyntheticTable)).unwrap();
	let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
	assert_eq!(lines.next().unwrap(), ["mrn", "day", "sex", "bilirubin"]);
	let mut patients: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
	let mut order: Vec<String> = Vec::new();
	for line in lines {
		if order.last().is_none_or(|last| last != line[0]) {
			order.push(line[0].to_owned());
		}
		patients.entry(line[0].to_owned()).or_default().push((line[1].parse().unwrap(), line[2].to_owned()));
	}
	assert_eq!(patients.values().map(Vec::len).sum::<usize>(), 200);
	assert_eq!(order.len(), patients.len(), "rows of a patient come one after the other");
	assert!(order.windows(2).all(|pair| pair[0] < pair[1]) && order[0] == "P000001");
	assert!(patients.values().any(|visits| visits.len() > 2), "there are patients with several visits");
	for visits in patients.values() {
		assert!(visits.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 == pair[1].1), "{visits:?}");
	}
	for digest in digests(&row) {
		assert!(
			!vault.artefact(&digest).unwrap().windows(4).any(|window| window == b"MRN-"),
			"no real patient is named"
		);
	}
	let model = Model::from_bytes(&artefact(&vault, &body, SubjectRole::Model)).unwrap();
	let again = model.sample(body.sampling_seed.to_fixed_bytes(), 200, &mut NoProgress).unwrap();
	assert_eq!(sha3_256(&again.to_canonical_csv()), body.subject(SubjectRole::SyntheticTable).unwrap().sha3);
}

#[tokio::test]
async fn visits_of_a_patient_are_learnt_from_together_or_held_out_together() {
	let (csv, schema) = visits();
	let hospital = Hospital::holding(&csv, &schema);
	let vault = hospital.vault();
	let trained = |job: &mut Job| job.kind = GeneratorKind::TabularLanguageModel;
	let all = run(&hospital, &vault, trained).await.acceptance.unwrap();
	hospital.withdraw(&hospital.handles[0], 9);
	hospital.request(2, |job| {
		trained(job);
		job.attempt = 2;
	});
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 2).await.unwrap();
	let without = row.acceptance.unwrap();
	assert_eq!(without.consent_count, 59);
	let roots = |acceptance: &semblance_primitives::generation::Acceptance| -> [Digest; 2] {
		[acceptance.training_root, acceptance.hold_out_root]
	};
	let changed = roots(&all).iter().zip(roots(&without)).filter(|(before, after)| *before != after).count();
	assert_eq!(changed, 1, "all visits of the patient were on one side");
}
