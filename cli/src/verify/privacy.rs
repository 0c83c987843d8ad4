//! Is the privacy loss the one that was paid for, and does the model follow from the noisy measurements alone?

use super::Finding;
use semblance_primitives::{
	commitment::sha3_256,
	generation::{AttestationBody, GeneratorKind, Job, SubjectRole, Tier},
	metrics::{released_rho_micro, ReproducibleBy},
	privacy::{epsilon_micro, PrivacyLoss},
};
use semblance_synthesis::{GeneratorKind as Method, MeasurementLog, NoProgress};

/// ε follows from the job's ρ at the attested δ.
pub fn check_loss(body: &AttestationBody, job: &Job) -> Finding {
	let Some(loss) = body.privacy else {
		return Err("the attestation states no privacy loss".into());
	};
	if job.kind.tier() != Tier::DifferentiallyPrivate {
		return Err(format!("{:?} gives no privacy guarantee, but the attestation states one", job.kind));
	}
	if loss.rho_micro != job.rho_micro {
		return Err(format!("the job reserved {} micro-rho, the attestation states {}", job.rho_micro, loss.rho_micro));
	}
	let epsilon = epsilon_micro(loss.rho_micro, loss.delta_exponent);
	if epsilon != loss.epsilon_micro {
		return Err(format!("rho gives {epsilon} micro-epsilon, attested are {}", loss.epsilon_micro));
	}
	let (shown, rho) = (epsilon as f64 / 1e6, loss.rho_micro as f64 / 1e6);
	Ok(format!("ε = {shown:.3} at δ = 1e-{} follows from ρ = {rho}", loss.delta_exponent))
}

/// What the generator of a private job may spend, in micro-ρ: the rest pays for metrics of real rows.
pub fn generators_part(loss: &PrivacyLoss) -> u64 {
	loss.rho_micro.saturating_sub(released_rho_micro(loss.rho_micro))
}

/// What a log comes to.
pub struct LogFindings {
	/// Whether its spending is what was attested.
	pub ledger: Finding,
	/// Whether the model follows from it.
	pub refit: Finding,
	/// That model, if there is one.
	pub model: Option<Vec<u8>>,
}

/// Adds the log's ledger up, and fits the model from it again.
pub fn check_log(body: &AttestationBody, job: &Job, content: &[u8]) -> LogFindings {
	let log = match MeasurementLog::from_bytes(content) {
		Ok(log) => log,
		Err(error) => {
			let refit = Err("there is no log to fit it from".into());
			return LogFindings { ledger: Err(error.to_string()), refit, model: None };
		},
	};
	let ledger = check_ledger(body, job, &log);
	match log.fit(&mut NoProgress) {
		Ok(model) => {
			let model = model.to_bytes();
			LogFindings { ledger, refit: check_model(body, &model), model: Some(model) }
		},
		Err(error) => LogFindings { ledger, refit: Err(format!("the log gives no model: {error}")), model: None },
	}
}

/// Reading a log adds its ledger up, entry by entry; here it is compared with what was attested.
fn check_ledger(body: &AttestationBody, job: &Job, log: &MeasurementLog) -> Finding {
	let loss = body.privacy.ok_or("the attestation states no privacy loss")?;
	let (ledger, options) = (log.ledger(), log.options());
	// Metrics of real rows are paid from the same budget.
	let with_metrics = body.metrics.iter().any(|metric| metric.reproducible_by == ReproducibleBy::Custodian);
	let attested = if with_metrics { generators_part(&loss) } else { loss.rho_micro }.saturating_mul(1_000);
	if ledger.total() > attested || ledger.spent() > attested {
		let (total, spent) = (ledger.total(), ledger.spent());
		return Err(format!("the log spent {spent} of {total} nano-rho, the attestation allows {attested}"));
	}
	if options.delta_exponent != loss.delta_exponent {
		return Err(format!(
			"the log states δ = 1e-{}, attested is 1e-{}",
			options.delta_exponent, loss.delta_exponent
		));
	}
	if method(job.kind).is_none() || log.kind() != method(job.kind) {
		return Err(format!("the log is of {:?}, the job of {:?}", log.kind(), job.kind));
	}
	Ok(format!(
		"{} measurements and selections cost {} of {attested} nano-rho, at most {} rows of a patient",
		ledger.entries().len(),
		ledger.spent(),
		options.rows_per_patient,
	))
}

fn method(kind: GeneratorKind) -> Option<Method> {
	match kind {
		GeneratorKind::Mst => Some(Method::Mst),
		GeneratorKind::Aim => Some(Method::Aim),
		_ => None,
	}
}

/// Fitting again, without data, gives the attested model.
fn check_model(body: &AttestationBody, model: &[u8]) -> Finding {
	let attested = body.subject(SubjectRole::Model).map(|model| model.sha3);
	let digest = sha3_256(model);
	if Some(digest) == attested {
		return Ok(format!("fitted again from the noisy measurements alone, it has the attested digest {digest:?}"));
	}
	let own = semblance_synthesis::code_digest();
	let hint =
		if own == body.code.0 { "" } else { "; this command fits with other code than the attested: use its release" };
	Err(format!("fitted again, the model has the digest {digest:?}, attested is {attested:?}{hint}"))
}
