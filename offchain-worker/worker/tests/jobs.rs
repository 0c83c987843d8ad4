//! Jobs from request to attestation, and everything that can come in between.

mod support;

use semblance_primitives::{
	commitment::{consent_leaf, merkle_root, sha3_256},
	generation::{FailureReason, GeneratorKind, Job, JobState, Parameter, ParameterName, SubjectRole},
	metrics::ReproducibleBy,
	privacy::epsilon_micro,
	seeds,
	worker_protocol::WorkerReply,
	ConsentHandle, Digest,
};
use semblance_synthesis::{MeasurementLog, Model, NoProgress, Source};
use semblance_worker::{
	chain::ChainState,
	jobs::{runner::Next, store::JobStore, Stage, StepError},
	vault::Vault,
};
use std::{
	fs,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
};
use support::{chain::hash_of, cohort, digests, go_on, Hospital, ACCEPTED_AT};

#[tokio::test]
async fn a_job_ends_attested_and_anyone_can_draw_the_table_again() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.request(1, |_| {});
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap();
	let body = row.body.clone().unwrap();
	let roles: Vec<SubjectRole> = body.subjects.iter().map(|subject| subject.role).collect();
	assert_eq!(roles, [SubjectRole::Model, SubjectRole::SyntheticTable, SubjectRole::Report]);
	assert_eq!(body.beacon, hash_of(ACCEPTED_AT + 2));
	assert_eq!(body.acceptance.consent_count as usize, hospital.handles.len());
	assert!(body.metrics.windows(2).all(|pair| pair[0].id < pair[1].id));
	assert!(body.started <= body.finished);

	let model_bytes = vault.artefact(&body.subjects[0].sha3).unwrap();
	assert_eq!(body.sampling_seed, seeds::sampling_seed(&body.beacon, &sha3_256(&model_bytes), 50));
	let model = Model::from_bytes(&model_bytes).unwrap();
	let table = model.sample(body.sampling_seed.to_fixed_bytes(), 50, &mut semblance_synthesis::NoProgress).unwrap();
	assert_eq!(sha3_256(&table.to_canonical_csv()), body.subjects[1].sha3);

	let statement = JobStore::new(&vault, hospital.chain.genesis())
		.statement(&body.id(&hospital.chain.genesis()))
		.unwrap()
		.unwrap();
	assert_eq!(sha3_256(&statement), body.statement);
	let json: serde_json::Value = serde_json::from_slice(&statement).unwrap();
	assert_eq!(serde_json_canonicalizer::to_vec(&json).unwrap(), statement, "canonical");
	assert_eq!(json["subject"][0]["digest"]["sha3-256"], hex::encode(body.subjects[0].sha3));
	assert!(semblance_primitives::worker_protocol::MAX_REPLY_BYTES as usize > codec::Encode::encoded_size(&body));
}

#[tokio::test]
async fn no_artefact_names_a_patient() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.request(1, |_| {});
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap();
	for digest in digests(&row) {
		let content = vault.artefact(&digest).unwrap();
		assert!(!content.windows(7).any(|window| window == b"P000001"));
	}
}

#[tokio::test]
async fn a_worker_stopped_before_any_stage_ends_with_the_same_digests() {
	stopped_before_any_stage(|_| {}).await;
}

#[tokio::test]
async fn a_private_job_stopped_before_any_stage_ends_with_the_same_digests() {
	stopped_before_any_stage(private).await;
}

async fn stopped_before_any_stage(change: fn(&mut Job)) {
	let hospital = Hospital::new();
	hospital.keep("fresh");
	let undisturbed = {
		let vault = hospital.vault();
		hospital.request(1, change);
		hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap()
	};
	for stage in [
		Stage::Filtering,
		Stage::Committing,
		Stage::Fitting,
		Stage::Sampling,
		Stage::Evaluating,
		Stage::Storing,
		Stage::Attesting,
	] {
		hospital.restore("fresh");
		hospital.request(1, change);
		{
			let vault = hospital.vault();
			let runner = hospital.runner(&vault, Arc::new(move |_, reached| reached != stage));
			let stopped = hospital.drive(&runner, &vault, 1).await;
			assert!(matches!(stopped, Err(StepError::Stopped(_))), "{stage:?}: {stopped:?}");
		}
		let vault = hospital.vault();
		let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap();
		assert_eq!(digests(&row), digests(&undisturbed), "stopped at {stage:?}");
		assert_eq!(row.acceptance, undisturbed.acceptance);
	}
}

#[tokio::test]
async fn a_worker_stopped_in_the_middle_of_a_stage_ends_with_the_same_digests() {
	let hospital = Hospital::new();
	hospital.keep("fresh");
	hospital.request(1, |_| {});
	let undisturbed = {
		let vault = hospital.vault();
		hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap()
	};
	hospital.restore("fresh");
	hospital.request(1, |_| {});
	{
		let vault = hospital.vault();
		// The begin of the stage passes, the first report of progress within does not.
		let began = AtomicBool::new(false);
		let runner = hospital.runner(
			&vault,
			Arc::new(move |_, stage| stage != Stage::Evaluating || !began.swap(true, Ordering::SeqCst)),
		);
		assert!(matches!(hospital.drive(&runner, &vault, 1).await, Err(StepError::Stopped(_))));
	}
	let vault = hospital.vault();
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap();
	assert_eq!(digests(&row), digests(&undisturbed));
}

#[tokio::test]
async fn a_vault_that_lost_its_acceptance_derives_it_again_from_the_chain() {
	let hospital = Hospital::new();
	hospital.keep("fresh");
	hospital.request(1, |_| {});
	let undisturbed = {
		let vault = hospital.vault();
		hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap()
	};
	hospital.chain.with(|state| {
		let job = state.jobs.get_mut(&1).unwrap();
		job.state = JobState::Accepted;
		job.attestation = None;
	});
	hospital.restore("fresh");
	let vault = hospital.vault();
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap();
	assert_eq!(digests(&row), digests(&undisturbed));
}

#[tokio::test]
async fn an_acceptance_that_is_not_this_vaults_is_not_worked_on() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let runner = hospital.runner(&vault, go_on());
	hospital.request(1, |_| {});
	JobStore::new(&vault, hospital.chain.genesis()).ensure(1, 0).unwrap();
	runner.step(1).await.unwrap();
	hospital.take_reply(&runner, 1);
	hospital.chain.with(|state| {
		state.jobs.get_mut(&1).unwrap().accepted.as_mut().unwrap().acceptance.training_root = Digest::zero();
	});
	assert_eq!(runner.step(1).await.unwrap(), Next::Done);
	assert_eq!(hospital.row(&vault, 1).failure, Some(FailureReason::CommitmentMismatch));
}

async fn refusal(hospital: &Hospital, vault: &Arc<Vault>, id: u32) -> FailureReason {
	let row = hospital.drive(&hospital.runner(vault, go_on()), vault, id).await.unwrap();
	assert_eq!(row.stage, Stage::Failed);
	assert!(row.error.is_some());
	row.failure.unwrap()
}

#[tokio::test]
async fn jobs_that_cannot_be_done_are_refused_with_a_reason() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.request(1, |job| job.kind = GeneratorKind::TabularLanguageModelPrivate);
	assert_eq!(refusal(&hospital, &vault, 1).await, FailureReason::InvalidParameters, "no budget");
	hospital.request(2, |job| job.code = Digest::zero());
	assert_eq!(refusal(&hospital, &vault, 2).await, FailureReason::GeneratorMismatch);
	let unknown = Parameter { name: ParameterName::MaxEpochs, value: 3 };
	hospital.request(3, |job| job.parameters = vec![unknown].try_into().unwrap());
	assert_eq!(refusal(&hospital, &vault, 3).await, FailureReason::InvalidParameters);
	hospital.request(4, |job| (job.dataset, job.dataset_rows) = (9, Digest::repeat_byte(9)));
	assert_eq!(refusal(&hospital, &vault, 4).await, FailureReason::DatasetNotHeld);
	hospital.request(5, |job| job.rows = 0);
	assert_eq!(refusal(&hospital, &vault, 5).await, FailureReason::GenerationFailed);
	hospital.request(6, |job| job.dataset_rows = Digest::repeat_byte(1));
	assert_eq!(refusal(&hospital, &vault, 6).await, FailureReason::CommitmentMismatch);
	hospital.request(7, |job| job.kind = GeneratorKind::Mst);
	assert_eq!(refusal(&hospital, &vault, 7).await, FailureReason::InvalidParameters, "no budget");
	hospital.request(8, |job| job.rho_micro = RHO);
	assert_eq!(refusal(&hospital, &vault, 8).await, FailureReason::InvalidParameters, "a budget for nothing");
}

const RHO: u64 = 500_000;

fn private(job: &mut Job) {
	job.kind = GeneratorKind::Mst;
	job.rho_micro = RHO;
}

#[tokio::test]
async fn a_private_job_leaves_a_log_from_which_anyone_makes_model_and_table() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.request(1, private);
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap();
	let body = row.body.clone().unwrap();
	use SubjectRole::{MeasurementLog as Log, Model as Fitted, Report, SyntheticTable};
	assert_eq!(body.subjects.iter().map(|s| s.role).collect::<Vec<_>>(), [Log, Fitted, SyntheticTable, Report]);

	let artefact = |role| vault.artefact(&body.subject(role).unwrap().sha3).unwrap();
	let log = MeasurementLog::from_bytes(&artefact(Log)).unwrap();
	let model = log.fit(&mut NoProgress).unwrap();
	assert_eq!(sha3_256(&model.to_bytes()), body.subject(Fitted).unwrap().sha3);
	let table = model.sample(body.sampling_seed.to_fixed_bytes(), 50, &mut NoProgress).unwrap();
	assert_eq!(sha3_256(&table.to_canonical_csv()), body.subject(SyntheticTable).unwrap().sha3);

	let loss = body.privacy.unwrap();
	assert_eq!((loss.rho_micro, loss.delta_exponent, loss.epsilon_micro), (RHO, 6, epsilon_micro(RHO, 6)));
	assert_eq!(log.ledger().total(), RHO * 1_000 - RHO * 20, "2 % are the metrics'");
	assert_eq!((log.options().delta_exponent, log.options().rows_per_patient), (6, 1));
	assert!(!body.metrics.is_empty());
	assert!(
		body.metrics.iter().all(|metric| metric.reproducible_by == ReproducibleBy::Anyone),
		"too few patients for more"
	);
}

#[tokio::test]
async fn metrics_of_a_private_job_are_published_with_noise_or_as_everybody_computes_them() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let metrics = |row: &semblance_worker::jobs::store::JobRow| row.body.as_ref().unwrap().metrics.clone();
	hospital.request(1, |_| {});
	let open = metrics(&hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap());
	hospital.request(2, |job| {
		private(job);
		job.rho_micro = 500_000_000;
	});
	let private = metrics(&hospital.drive(&hospital.runner(&vault, go_on()), &vault, 2).await.unwrap());
	let noisy = private.iter().filter(|metric| metric.reproducible_by == ReproducibleBy::Custodian).count();
	assert!((1..=5).contains(&noisy), "{private:?}");
	assert!(private.len() < open.len() / 2, "most stay in the report");
}

#[tokio::test]
async fn nothing_that_a_private_job_makes_public_names_a_patient_or_is_a_bare_digest_of_real_counts() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.request(1, |_| {});
	hospital.request(2, private);
	let open = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap();
	hospital.request(2, private);
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 2).await.unwrap();
	for digest in digests(&row) {
		assert!(!vault.artefact(&digest).unwrap().windows(7).any(|window| window == b"P000001"));
	}
	let (open, row) = (open.acceptance.unwrap(), row.acceptance.unwrap());
	assert_eq!(open.training_root, row.training_root, "the same rows are learnt from");
	assert_ne!(open.reference_statistics, row.reference_statistics, "blinded");
}

#[tokio::test]
async fn rows_per_patient_are_bounded_by_the_patient_column() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let log_of = |row: &semblance_worker::jobs::store::JobRow| {
		let subject = *row.body.as_ref().unwrap().subject(SubjectRole::MeasurementLog).unwrap();
		MeasurementLog::from_bytes(&vault.artefact(&subject.sha3).unwrap()).unwrap()
	};
	let mut rows = vec![];
	for most in [1, 3] {
		let parameter = Parameter { name: ParameterName::RowsPerPatient, value: most };
		hospital.request(most as u32, |job| {
			private(job);
			job.rho_micro = 1_000_000_000;
			job.parameters = vec![parameter].try_into().unwrap();
		});
		let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, most as u32).await.unwrap();
		let log = log_of(&row);
		assert_eq!(i64::from(log.options().rows_per_patient), most);
		rows.push(log.one_way()[0].counts.iter().sum::<i64>());
	}
	assert!(rows[0] <= 40 && rows[1] > rows[0] + 5, "{rows:?}");
}

#[tokio::test]
async fn what_the_library_refuses_fails_the_job_with_its_words() {
	let observed = |schema: &mut semblance_synthesis::Schema| schema.columns[3].source = Some(Source::Observed);
	let hospital = Hospital::with_schema(observed);
	let vault = hospital.vault();
	hospital.request(1, private);
	assert_eq!(refusal(&hospital, &vault, 1).await, FailureReason::GenerationFailed);
	assert!(hospital.row(&vault, 1).error.unwrap().contains("Confirm the schema"));

	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.chain.with(|state| state.budgets.get_mut(&1).unwrap().delta_exponent = 1);
	hospital.request(2, private);
	assert_eq!(refusal(&hospital, &vault, 2).await, FailureReason::GenerationFailed);
	assert!(hospital.row(&vault, 2).error.unwrap().contains("is not below 1/"));
}

#[tokio::test]
async fn one_changed_cell_is_a_commitment_mismatch() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let text = String::from_utf8(vault.rows(&hospital.draft).unwrap()).unwrap();
	let changed = text.replacen("female", "male", 1);
	assert_ne!(text, changed);
	vault.put_rows(&hospital.draft, changed.as_bytes()).unwrap();
	hospital.request(1, |_| {});
	assert_eq!(refusal(&hospital, &vault, 1).await, FailureReason::CommitmentMismatch);
}

#[tokio::test]
async fn one_changed_byte_on_disk_is_a_commitment_mismatch() {
	let hospital = Hospital::new();
	let path = hospital.vault_folder().join("blobs").join(format!("rows-{}", hospital.draft));
	let mut bytes = fs::read(&path).unwrap();
	bytes[1_000] ^= 1;
	fs::write(&path, bytes).unwrap();
	hospital.request(1, |_| {});
	assert_eq!(refusal(&hospital, &hospital.vault(), 1).await, FailureReason::CommitmentMismatch);
}

#[tokio::test]
async fn a_withdrawn_consent_excludes_the_patients_rows_from_the_next_job() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.request(1, |_| {});
	let before = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap().acceptance.unwrap();
	hospital.withdraw(&hospital.handles[0], 9);
	hospital.request(2, |job| job.attempt = 2);
	let after = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 2).await.unwrap().acceptance.unwrap();
	assert_eq!(after.consent_count, before.consent_count - 1);
	let remaining: Vec<Digest> = hospital.handles[1..].iter().map(consent_leaf).collect();
	assert_eq!(after.consent_root, merkle_root(&remaining));
	assert_ne!(after.consent_root, before.consent_root);
	let sides = [(before.training_root, after.training_root), (before.hold_out_root, after.hold_out_root)];
	assert_eq!(sides.iter().filter(|(before, after)| before != after).count(), 1, "the patient was on one side");
}

#[tokio::test]
async fn a_consent_withdrawn_before_the_acceptance_is_final_makes_the_worker_commit_again() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let runner = hospital.runner(&vault, go_on());
	hospital.request(1, |_| {});
	JobStore::new(&vault, hospital.chain.genesis()).ensure(1, 0).unwrap();
	runner.step(1).await.unwrap();
	let stale = hospital.row(&vault, 1).acceptance.unwrap();
	hospital.withdraw(&hospital.handles[3], 11);
	hospital.chain.with(|state| state.finalised = 12);
	runner.step(1).await.unwrap();
	let fresh = hospital.row(&vault, 1).acceptance.unwrap();
	assert_eq!((stale.consent_block, fresh.consent_block), (10, 12));
	assert_eq!(fresh.consent_count, stale.consent_count - 1);
	runner.step(1).await.unwrap();
	assert_eq!(hospital.row(&vault, 1).acceptance, Some(fresh), "nothing changes without a new restriction");
}

#[tokio::test]
async fn consents_of_another_hospital_or_for_another_purpose_do_not_count() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.chain.with(|state| state.consents.values_mut().skip(1).for_each(|consent| consent.custodian = 2));
	hospital.request(1, |_| {});
	assert_eq!(refusal(&hospital, &vault, 1).await, FailureReason::TooFewConsents);
	hospital.chain.with(|state| state.consents.values_mut().for_each(|consent| consent.custodian = 1));
	hospital.request(2, |job| job.purpose = semblance_primitives::data_use::Purpose::PopulationResearch);
	assert_eq!(refusal(&hospital, &vault, 2).await, FailureReason::TooFewConsents);
}

#[tokio::test]
async fn a_job_that_ended_on_chain_is_let_go() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	for (id, state) in [(1, JobState::Cancelled), (2, JobState::Expired), (3, JobState::Failed)] {
		hospital.request(id, |job| job.state = state);
		let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, id).await.unwrap();
		assert_eq!((row.stage, row.failure), (Stage::Failed, None));
		assert_eq!(hospital.runner(&vault, go_on()).reply(id, JobState::Requested).unwrap(), WorkerReply::Working);
	}
}

#[tokio::test]
async fn a_job_of_another_hospital_is_closed_without_a_word_to_the_chain() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	hospital.request(1, |job| job.custodian = 2);
	let row = hospital.drive(&hospital.runner(&vault, go_on()), &vault, 1).await.unwrap();
	assert_eq!((row.stage, row.failure, row.acceptance), (Stage::Failed, None, None));
}

#[tokio::test]
async fn the_worker_waits_for_a_node_that_is_down_and_for_the_beacon() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let runner = hospital.runner(&vault, go_on());
	JobStore::new(&vault, hospital.chain.genesis()).ensure(1, 0).unwrap();
	assert_eq!(runner.step(1).await.unwrap(), Next::Wait, "not final yet");
	hospital.chain.with(|state| state.is_down = true);
	assert!(matches!(runner.step(1).await, Err(StepError::Chain(_))));
	hospital.chain.with(|state| state.is_down = false);
	hospital.request(1, |_| {});
	runner.step(1).await.unwrap();
	hospital.take_reply(&runner, 1);
	hospital.chain.with(|state| state.finalised = ACCEPTED_AT + 1);
	runner.step(1).await.unwrap();
	assert_eq!(hospital.row(&vault, 1).stage, Stage::WaitingForBeacon);
	hospital.chain.with(|state| state.finalised = ACCEPTED_AT + 2);
	runner.step(1).await.unwrap();
	assert_eq!(hospital.row(&vault, 1).stage, Stage::Attesting);
}

#[tokio::test]
async fn jobs_under_way_are_taken_up_again_after_a_restart() {
	let hospital = Hospital::new();
	hospital.request(1, |_| {});
	{
		let vault = hospital.vault();
		JobStore::new(&vault, hospital.chain.genesis()).ensure(1, 0).unwrap();
	}
	let vault = hospital.vault();
	let runner = hospital.runner(&vault, go_on());
	runner.resume().unwrap();
	for _ in 0..400 {
		hospital.take_reply(&runner, 1);
		if hospital.row(&vault, 1).stage == Stage::Attested {
			return;
		}
		tokio::time::sleep(std::time::Duration::from_millis(20)).await;
	}
	panic!("{:?}", hospital.row(&vault, 1));
}

#[test]
fn the_same_rows_in_the_same_draft_have_the_same_root_and_one_changed_cell_another() {
	let hospital = Hospital::new();
	let vault = hospital.vault();
	let datasets = semblance_worker::datasets::Datasets::new(&vault, 1);
	let (csv, schema) = cohort();
	assert_eq!(datasets.put_rows(&hospital.draft, "again.csv", &csv).unwrap(), hospital.registered);
	let changed = String::from_utf8(csv.clone()).unwrap().replacen("female", "male", 1);
	assert!(datasets.put_rows(&hospital.draft, "changed.csv", changed.as_bytes()).is_err(), "the draft is registered");
	let draft = datasets.create(&schema, 1).unwrap();
	let one = datasets.put_rows(&draft, "cohort.csv", &csv).unwrap();
	let two = datasets.put_rows(&draft, "cohort.csv", changed.as_bytes()).unwrap();
	assert_ne!(one.rows_root, two.rows_root);
	assert_ne!(one.rows_root, hospital.registered.rows_root, "roots are salted: equal rows cannot be recognised");
	let handles: Vec<ConsentHandle> = datasets.load(&draft).unwrap().patients.into_keys().collect();
	assert_eq!(handles, hospital.handles, "a patient has one handle in all datasets of the hospital");
}
