//! The work itself: commit, then generate and evaluate. No chain, no files, no clock; the same inputs give the same
//! bytes.

use super::{
	check::{Refusal, Settings},
	learning,
	progress::{Meter, Stopped},
	Stage,
};
use crate::{
	commitments,
	datasets::Loaded,
	environment,
	patients::{self, Split},
	secrets::{commitment_to, Secret},
	statement::{self, Circumstances, NamedArtefact},
};
use semblance_primitives::{
	commitment::sha3_256,
	dataset::row_bucket,
	generation::{
		parameters_digest, Acceptance, AttestationBody, FailureReason, Job, Subject, SubjectRole, ATTESTATION_FORMAT,
		MAX_METRICS,
	},
	metrics::{Metric, ReproducibleBy},
	privacy::{epsilon_micro, PrivacyLoss},
	seeds, BlockNumber, ConsentHandle, Digest, JobId, OrganisationId,
};
use semblance_synthesis::{self as synthesis, Checkpoints, SynthesisError, Table};
use std::collections::BTreeSet;

/// Why the work came to no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
	/// The job cannot be done; goes on record.
	#[error(transparent)]
	Refused(#[from] Refusal),
	/// The worker shuts down.
	#[error(transparent)]
	Stopped(#[from] Stopped),
}

/// A job's inputs, committed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
	/// What is committed to.
	pub acceptance: Acceptance,
	/// Rows to learn from and rows to compare with.
	pub split: Split,
}

/// Commits to the rows of the patients in `used`.
///
/// # Errors
/// [`Refusal`] with `CommitmentMismatch` if the vault's rows are not the registered ones, `TooFewConsents` if too few
/// patients consent.
pub fn prepare(
	loaded: &Loaded,
	used: &BTreeSet<ConsentHandle>,
	job: &Job,
	settings: Settings,
	noise_secret: &Secret,
	consent_block: BlockNumber,
) -> Result<Prepared, Refusal> {
	let root = semblance_primitives::commitment::merkle_root(&loaded.leaves);
	if root != job.dataset_rows {
		let text = format!(
			"the vault's rows have root {root:?}, registered is {:?}. A cell was changed: restore the file, or register a new version",
			job.dataset_rows
		);
		return Err(Refusal::new(FailureReason::CommitmentMismatch, text));
	}
	let too_few = || {
		let text =
			format!("{} patients consent to this purpose, at least 2 are needed. Capture consents first", used.len());
		Refusal::new(FailureReason::TooFewConsents, text)
	};
	let split = patients::split(&loaded.patients, used, settings.hold_out_ppm).ok_or_else(too_few)?;
	let training = selected(&loaded.table, &split.training)?;
	let acceptance = Acceptance {
		consent_block,
		training_root: commitments::root_of(&loaded.leaves, &split.training),
		hold_out_root: commitments::root_of(&loaded.leaves, &split.hold_out),
		consent_root: commitments::consent_root(used),
		consent_count: u32::try_from(used.len()).map_err(|_| too_few())?,
		secret_commitment: commitment_to(noise_secret),
		reference_statistics: learning::reference_digest(&settings, &training, noise_secret),
	};
	Ok(Prepared { acceptance, split })
}

fn selected(table: &Table, rows: &[usize]) -> Result<Table, Refusal> {
	table.select(rows).map_err(|error| Refusal::new(FailureReason::GenerationFailed, error.to_string()))
}

/// Everything that generation depends on, fixed before it starts.
pub struct Inputs<'a> {
	/// Genesis hash of the chain.
	pub genesis: Digest,
	/// The job's number.
	pub job_id: JobId,
	/// The job.
	pub job: &'a Job,
	/// Its settings.
	pub settings: Settings,
	/// The hospital.
	pub custodian: OrganisationId,
	/// What was committed to.
	pub acceptance: &'a Acceptance,
	/// Block in which the commitment was recorded.
	pub accepted: BlockNumber,
	/// Hash of the beacon block.
	pub beacon: Digest,
	/// The noise secret.
	pub noise_secret: &'a Secret,
	/// All rows.
	pub table: &'a Table,
	/// Which of them are for what.
	pub split: &'a Split,
}

/// An artefact with its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artefact {
	/// What it is.
	pub role: SubjectRole,
	/// Its bytes.
	pub content: Vec<u8>,
	/// SHA3-256 of the bytes.
	pub digest: Digest,
	/// Rows of a table, else 0.
	pub rows: u32,
}

impl Artefact {
	fn new(role: SubjectRole, content: Vec<u8>, rows: u32) -> Self {
		let digest = sha3_256(&content);
		Self { role, content, digest, rows }
	}

	fn subject(&self) -> Subject {
		Subject {
			role: self.role,
			sha3: self.digest,
			bytes_bucket: row_bucket(self.content.len() as u64),
			rows: self.rows,
		}
	}
}

/// What a job comes to, but for the times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
	/// Artefacts, ascending by role.
	pub artefacts: Vec<Artefact>,
	/// Metrics, ascending by id.
	pub metrics: Vec<Metric>,
	/// Public seed of the sampling.
	pub sampling_seed: Digest,
}

/// Learns, samples and evaluates. Long training keeps its state in `checkpoints`.
///
/// # Errors
/// [`WorkError::Refused`] with `GenerationFailed` or `EvaluationFailed`; [`WorkError::Stopped`] on shutdown.
pub fn produce(
	inputs: &Inputs<'_>,
	checkpoints: &mut dyn Checkpoints,
	meter: &mut Meter,
) -> Result<Product, WorkError> {
	let training = selected(inputs.table, &inputs.split.training)?;
	let hold_out = selected(inputs.table, &inputs.split.hold_out)?;
	let parameters = parameters_digest(&inputs.job.parameters);
	let noise_seed =
		seeds::noise_seed(inputs.noise_secret, &inputs.beacon, inputs.job_id, inputs.acceptance, &parameters);

	meter.enter(Stage::Fitting)?;
	let settings = learning::within_job(&inputs.settings);
	let learnt = learning::learn(&settings, &training, noise_seed.to_fixed_bytes(), checkpoints, meter)
		.map_err(|error| explain(error, FailureReason::GenerationFailed, meter))?;
	let log_artefact = learnt.log.map(|log| Artefact::new(log.role(), log.to_bytes(), 0));
	let model_artefact = Artefact::new(SubjectRole::Model, learnt.model.to_bytes(), 0);

	meter.enter(Stage::Sampling)?;
	let sampling_seed = seeds::sampling_seed(&inputs.beacon, &model_artefact.digest, inputs.job.rows);
	let synthetic = learnt
		.model
		.sample(sampling_seed.to_fixed_bytes(), inputs.job.rows, meter)
		.map_err(|error| explain(error, FailureReason::GenerationFailed, meter))?;
	let table_artefact = Artefact::new(SubjectRole::SyntheticTable, synthetic.to_canonical_csv(), inputs.job.rows);

	meter.enter(Stage::Evaluating)?;
	let failed = FailureReason::EvaluationFailed;
	let evaluated = |table| learning::evaluated(&inputs.settings, table, noise_seed.as_fixed_bytes());
	let training = evaluated(training).map_err(|error| explain(error, failed, meter))?;
	let hold_out = evaluated(hold_out).map_err(|error| explain(error, failed, meter))?;
	let evaluation =
		synthesis::evaluate(&training, &hold_out, &synthetic, meter).map_err(|error| explain(error, failed, meter))?;
	let context = report_context(inputs, &model_artefact, &table_artefact, &sampling_seed);
	let report =
		synthesis::html(&context, &evaluation, &training, &synthetic).map_err(|error| explain(error, failed, meter))?;
	let report_artefact = Artefact::new(SubjectRole::Report, report.into_bytes(), 0);
	let released = learning::publishable(&inputs.settings, &evaluation, &training, noise_seed.as_fixed_bytes())
		.map_err(|error| explain(error, failed, meter))?;
	let mut artefacts = vec![model_artefact, table_artefact, report_artefact];
	artefacts.extend(log_artefact);
	artefacts.sort_by_key(|artefact| artefact.role);
	Ok(Product { artefacts, metrics: metrics(&released), sampling_seed })
}

fn explain(error: SynthesisError, reason: FailureReason, meter: &Meter) -> WorkError {
	match error {
		SynthesisError::Cancelled { .. } => WorkError::Stopped(Stopped { stage: meter.stage() }),
		error => WorkError::Refused(Refusal::new(reason, error.to_string())),
	}
}

fn report_context(
	inputs: &Inputs<'_>,
	model: &Artefact,
	table: &Artefact,
	sampling_seed: &Digest,
) -> synthesis::ReportContext {
	let fact = |label: &str, value: String| (label.to_owned(), value);
	let mut facts = vec![
		fact("Chain", hex::encode(inputs.genesis)),
		fact("Job", format!("{}, attempt {}", inputs.job_id, inputs.job.attempt)),
		fact("Agreement", inputs.job.agreement.to_string()),
		fact("Dataset", format!("{}, version {}", inputs.job.dataset, inputs.job.version)),
		fact("Purpose", format!("{:?}", inputs.job.purpose)),
		fact("Generator", format!("{}, code {}", inputs.settings.kind, hex::encode(inputs.job.code))),
		fact("Patients", inputs.acceptance.consent_count.to_string()),
		fact("Consents as of block", inputs.acceptance.consent_block.to_string()),
		fact("Training root", hex::encode(inputs.acceptance.training_root)),
		fact("Hold-out root", hex::encode(inputs.acceptance.hold_out_root)),
		fact("Consent root", hex::encode(inputs.acceptance.consent_root)),
		fact("Beacon", hex::encode(inputs.beacon)),
		fact("Sampling seed", hex::encode(sampling_seed)),
		fact("Model, SHA3-256", hex::encode(model.digest)),
		fact("Synthetic table, SHA3-256", hex::encode(table.digest)),
	];
	if let Some(loss) = privacy_loss(&inputs.settings) {
		let (epsilon, rho) = (loss.epsilon_micro as f64 / 1e6, loss.rho_micro as f64 / 1e6);
		facts.push(fact("Privacy loss", format!("ε = {epsilon:.3} at δ = 1e-{}, ρ = {rho}", loss.delta_exponent)));
		facts.push(fact(
			"Who may read this",
			"The hospital: real rows are compared here, outside the privacy budget".into(),
		));
	}
	let blinding = learning::report_blinding(&inputs.settings, inputs.noise_secret);
	facts.extend(blinding.map(|blinding| fact("Blinding", blinding)));
	synthesis::ReportContext { title: inputs.table.schema().name.clone(), facts }
}

/// The headline metrics as the chain keeps them: ascending by number, each once.
pub fn metrics(headline: &[synthesis::Metric]) -> Vec<Metric> {
	let mut metrics: Vec<Metric> = headline
		.iter()
		.map(|metric| Metric {
			id: metric.id as u16,
			value_ppm: metric.value_ppm,
			reproducible_by: match metric.reproducible_by {
				synthesis::ReproducibleBy::Anyone => ReproducibleBy::Anyone,
				synthesis::ReproducibleBy::Custodian => ReproducibleBy::Custodian,
			},
		})
		.collect();
	metrics.sort_by_key(|metric| metric.id);
	metrics.dedup_by_key(|metric| metric.id);
	metrics.truncate(MAX_METRICS as usize);
	metrics
}

/// What a private job costs: the budget it was given, whether or not all of it was spent, and ε at the dataset's δ.
fn privacy_loss(settings: &Settings) -> Option<PrivacyLoss> {
	settings.privacy.map(|privacy| PrivacyLoss {
		rho_micro: privacy.rho_micro,
		epsilon_micro: epsilon_micro(privacy.rho_micro, privacy.delta_exponent),
		delta_exponent: privacy.delta_exponent,
	})
}

/// The attestation and its canonical statement. `started` and `finished` are milliseconds since 1970.
///
/// # Errors
/// [`Refusal`] with `EvaluationFailed` if there are more artefacts than an attestation holds.
pub fn attestation(
	inputs: &Inputs<'_>,
	product: &Product,
	(started, finished): (u64, u64),
) -> Result<(AttestationBody, Vec<u8>), Refusal> {
	let too_many =
		|| Refusal::new(FailureReason::EvaluationFailed, "more artefacts or metrics than an attestation holds");
	let job = inputs.job;
	let subjects: Vec<Subject> = product.artefacts.iter().map(Artefact::subject).collect();
	let environment = environment::describe();
	let mut body = AttestationBody {
		format: ATTESTATION_FORMAT,
		job: inputs.job_id,
		agreement: job.agreement,
		dataset: job.dataset,
		version: job.version,
		purpose: job.purpose,
		generator: job.generator,
		code: super::check::own_code(),
		parameters: parameters_digest(&job.parameters),
		acceptance: inputs.acceptance.clone(),
		beacon: inputs.beacon,
		sampling_seed: product.sampling_seed,
		subjects: subjects.try_into().map_err(|_| too_many())?,
		metrics: product.metrics.clone().try_into().map_err(|_| too_many())?,
		privacy: privacy_loss(&inputs.settings),
		environment: environment::digest(),
		started,
		finished,
		supersedes: None,
		statement: Digest::zero(),
	};
	let artefacts: Vec<NamedArtefact<'_>> = product
		.artefacts
		.iter()
		.map(|artefact| NamedArtefact { role: artefact.role, content: &artefact.content, sha3: artefact.digest })
		.collect();
	let circumstances = Circumstances {
		genesis: inputs.genesis,
		job,
		custodian: inputs.custodian,
		accepted: inputs.accepted,
		environment: &environment,
	};
	let statement = statement::build(&body, &artefacts, &circumstances);
	body.statement = sha3_256(&statement);
	Ok((body, statement))
}
