//! From the training rows to a model: fitted directly, or measured with differential privacy and fitted from the
//! measurement log.

use super::check::Settings;
use crate::secrets::{blinding, Secret};
use semblance_primitives::{commitment::sha3_256, generation::SubjectRole, metrics::released_rho_micro, Digest};
use semblance_synthesis::{
	self as synthesis, Checkpoints, Evaluation, MeasureOptions, MeasurementLog, Metric, Model, Progress, ReleaseBudget,
	SynthesisError, Table, TrainingLog,
};
use std::collections::BTreeSet;

/// What a differentially private generator leaves beside its model.
pub enum Log {
	/// Noisy counts, from which anyone fits the model again.
	Measurement(MeasurementLog),
	/// What training spent, and the noisy counts of its vocabulary.
	Training(TrainingLog),
}

impl Log {
	/// The log as it is stored.
	pub fn to_bytes(&self) -> Vec<u8> {
		match self {
			Self::Measurement(log) => log.to_bytes(),
			Self::Training(log) => log.to_bytes(),
		}
	}

	/// What it is in an attestation.
	pub fn role(&self) -> SubjectRole {
		match self {
			Self::Measurement(_) => SubjectRole::MeasurementLog,
			Self::Training(_) => SubjectRole::TrainingLog,
		}
	}

	/// Its usual file name.
	pub fn file_name(&self) -> &'static str {
		match self {
			Self::Measurement(_) => "measurement.log",
			Self::Training(_) => "training.log",
		}
	}
}

/// What was learnt.
pub struct Learnt {
	/// Everything that was taken from the data, of a differentially private generator.
	pub log: Option<Log>,
	/// The model.
	pub model: Model,
}

/// Learns from rows that still name their patients: a patient's contribution is bounded by that column. Neither log nor
/// model has it. Long training keeps its state in `checkpoints`.
///
/// # Errors
/// [`SynthesisError`] says what the generator refuses, or that the work was cancelled.
pub fn learn(
	settings: &Settings,
	training: &Table,
	noise_seed: [u8; 32],
	checkpoints: &mut dyn Checkpoints,
	progress: &mut dyn Progress,
) -> Result<Learnt, SynthesisError> {
	let Some(privacy) = &settings.privacy else {
		let model = synthesis::fit_resumable(settings.kind, training, noise_seed, checkpoints, progress)?;
		return Ok(Learnt { log: None, model });
	};
	if !settings.kind.is_measured() {
		let (model, log) = synthesis::train(training, privacy, noise_seed, checkpoints, progress)?;
		return Ok(Learnt { log: Some(Log::Training(log)), model });
	}
	let log = synthesis::measure(settings.kind, training, privacy, noise_seed, progress)?;
	let model = log.fit(progress)?;
	Ok(Learnt { log: Some(Log::Measurement(log)), model })
}

/// The settings of a job: a private one leaves part of its budget to the metrics.
pub fn within_job(settings: &Settings) -> Settings {
	let generators_part = |privacy: MeasureOptions| MeasureOptions {
		rho_micro: privacy.rho_micro.saturating_sub(released_rho_micro(privacy.rho_micro)),
		..privacy
	};
	Settings { privacy: settings.privacy.map(generators_part), ..*settings }
}

/// The rows that are evaluated: of a private job at most as many of a patient as the budget is reckoned for.
///
/// # Errors
/// [`SynthesisError`] for a row that names no patient.
pub fn evaluated(settings: &Settings, table: Table, noise_seed: &[u8; 32]) -> Result<Table, SynthesisError> {
	match &settings.privacy {
		Some(privacy) => Ok(synthesis::bound_rows_per_patient(&table, privacy.rows_per_patient, noise_seed)?),
		None => Ok(table),
	}
}

/// Metrics that may be public. Of a private job those that anyone computes from the synthetic table, and those few that
/// the metrics' part of the budget pays for, with noise; all others stay in the report.
///
/// # Errors
/// [`SynthesisError`] if noise cannot be drawn.
pub fn publishable(
	settings: &Settings,
	evaluation: &Evaluation,
	training: &Table,
	noise_seed: &[u8; 32],
) -> Result<Vec<Metric>, SynthesisError> {
	let Some(privacy) = &settings.privacy else { return Ok(evaluation.headline.clone()) };
	let schema = training.schema();
	let budget = ReleaseBudget {
		rows: patients(training),
		rows_per_patient: privacy.rows_per_patient,
		rho_nano: released_rho_micro(privacy.rho_micro).saturating_mul(1_000),
	};
	let target = schema.target.as_deref().and_then(|name| schema.column(name));
	// With several rows of a patient the number of tested rows is not public.
	let rows_are_public = privacy.rows_per_patient == 1 && target.is_some_and(|column| !column.missing);
	synthesis::release(evaluation, budget, rows_are_public, noise_seed)
}

/// Patients in a table. There are at least as many rows, and unlike rows their number does not depend on any patient's data.
fn patients(table: &Table) -> usize {
	match table.patient_ids() {
		Ok(names) => names.into_iter().collect::<BTreeSet<_>>().len(),
		Err(_) => table.rows(),
	}
}

/// Digest of the training rows' reference statistics. For a private job it is blinded by the noise secret: the bare digest
/// of exact counts would let anyone test a guess of them.
pub fn reference_digest(settings: &Settings, training: &Table, noise_secret: &Secret) -> Digest {
	let statistics = synthesis::reference_statistics(&training.without_identifiers());
	match settings.privacy {
		Some(_) => sha3_256(&[blinding(noise_secret, "reference").as_slice(), &statistics].concat()),
		None => sha3_256(&statistics),
	}
}

/// A line for the report of a private job, which is attested by its digest and shows real counts: without 32 secret
/// bytes in it, anyone could test a guess of them.
pub fn report_blinding(settings: &Settings, noise_secret: &Secret) -> Option<String> {
	settings.privacy.map(|_| hex::encode(blinding(noise_secret, "report").as_slice()))
}
