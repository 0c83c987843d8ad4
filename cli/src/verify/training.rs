//! Is the privacy loss that of the training, and does what the model can say follow from noisy counts?
//!
//! Weights cannot be made again without the data. What can be: the cost of the training from its parameters, by the same
//! accountant; and the levels, bins and groups of the model from the noisy counts in the log.

use super::{privacy::generators_part, Finding};
use semblance_primitives::{
	generation::{AttestationBody, GeneratorKind, Job, ParameterName},
	privacy::PrivacyLoss,
};
use semblance_synthesis::{privacy::Mechanism, Model, TrainingLog};

/// What a training log comes to.
pub struct Findings {
	/// Whether its spending is what was attested.
	pub ledger: Finding,
	/// Whether the model's vocabulary follows from it; `None` without a model.
	pub vocabulary: Option<Finding>,
}

/// Reads a log, which adds it up: the schedule follows from the noisy number of patients, the noise from the clipping bound,
/// and every entry costs what the accountant makes of its parameters.
pub fn check_log(body: &AttestationBody, job: &Job, content: &[u8], model: Option<&[u8]>) -> Findings {
	match TrainingLog::from_bytes(content) {
		Ok(log) => Findings {
			ledger: check_ledger(body, job, &log),
			vocabulary: model.map(|model| check_vocabulary(&log, model)),
		},
		Err(error) => Findings {
			ledger: Err(error.to_string()),
			vocabulary: model.map(|_| Err("there is no log to compare it with".into())),
		},
	}
}

/// The log's ρ, δ and rows of a patient are those that the job paid for.
fn check_ledger(body: &AttestationBody, job: &Job, log: &TrainingLog) -> Finding {
	if job.kind != GeneratorKind::TabularLanguageModelPrivate {
		return Err(format!("the log is of a training, the job of {:?}", job.kind));
	}
	let loss = body.privacy.ok_or("the attestation states no privacy loss")?;
	let (ledger, options) = (log.ledger(), log.options());
	let paid = generators_part(&loss);
	if options.rho_micro != paid || ledger.total() != paid.saturating_mul(1_000) {
		let (stated, total) = (options.rho_micro, ledger.total());
		return Err(format!(
			"the log states {stated} micro-rho in its settings and {total} nano-rho in its ledger, the attested loss leaves {paid} micro-rho to the generator"
		));
	}
	if options.delta_exponent != loss.delta_exponent {
		return Err(format!(
			"the log states δ = 1e-{}, attested is 1e-{}",
			options.delta_exponent, loss.delta_exponent
		));
	}
	let rows = asked(job, ParameterName::RowsPerPatient).unwrap_or(1);
	if i64::from(options.rows_per_patient) != rows {
		return Err(format!(
			"the log protects {} rows of a patient, the job asked for {rows}",
			options.rows_per_patient
		));
	}
	Ok(in_words(log, &loss))
}

fn asked(job: &Job, name: ParameterName) -> Option<i64> {
	job.parameters.iter().find(|parameter| parameter.name == name).map(|parameter| parameter.value)
}

fn in_words(log: &TrainingLog, loss: &PrivacyLoss) -> String {
	let (ledger, rows) = (log.ledger(), log.options().rows_per_patient);
	let Mechanism::SubsampledGaussian { sampling_ppm, sigma_milli, steps, .. } = log.training() else {
		return "the log names no training".into();
	};
	let share = f64::from(sampling_ppm) / 10_000.0;
	let sigma = sigma_milli as f64 / 1_000.0;
	format!(
		"{steps} noisy sums over samples of {share} % of the patients with σ = {sigma}, and {} noisy counts, cost {} of {} nano-rho by the accountant; with the metrics' part {} micro-rho, at most {rows} rows of a patient",
		ledger.entries().len().saturating_sub(1),
		ledger.spent(),
		ledger.total(),
		loss.rho_micro,
	)
}

fn check_vocabulary(log: &TrainingLog, model: &[u8]) -> Finding {
	let model = Model::from_bytes(model).map_err(|error| format!("the model cannot be read: {error}"))?;
	log.check_model(&model).map_err(|error| error.to_string())?;
	Ok("the model's levels, bins and groups follow from the log's noisy counts".into())
}
