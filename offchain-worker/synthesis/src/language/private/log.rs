//! The training log: what an auditor needs to add up the privacy of a trained model. The weights are in the model.
//!
//! Canonical JSON (RFC 8785), sealed by the SHA3-256 of its body, as the measurement log is.

use super::schedule::{limit, Schedule};
use crate::{
	digest::sha3_256,
	error::SynthesisError,
	mechanism::{LogError, MeasureOptions, MeasurementLog, PATIENTS_LABEL},
	privacy::{Ledger, Mechanism, WIDTH},
	schema::Schema,
};
use serde::{Deserialize, Serialize};

/// The generator's name.
pub(crate) const NAME: &str = "tabular-lm-dp";
/// The label of the training in the ledger.
pub(crate) const TRAINING_LABEL: &str = "training";
/// The format number that this version writes and reads.
const FORMAT: u16 = 1;
/// Largest log, in bytes (1 GiB).
const MAX_BYTES: usize = 1 << 30;

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingLog {
	format: u16,
	/// Schema, settings, ledger of all spending, and the noisy counts that the vocabulary was made from.
	vocabulary: MeasurementLog,
	/// Noisy number of patients.
	patients: i64,
	/// Standard deviation of its noise, in thousandths.
	patients_sigma_milli: u64,
	/// Probability of a patient to be in a sample, in millionths.
	sampling_ppm: u32,
	/// Number of noisy sums of gradients.
	steps: u32,
	/// Standard deviation of the noise over the largest norm of a patient's gradient, in thousandths.
	sigma_milli: u64,
	/// Largest norm of a patient's gradient, in grid units.
	clip_units: u64,
	/// Standard deviation of the noise, in grid units.
	noise_units: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
	log: TrainingLog,
	sha3: String,
}

fn invalid(part: &str, problem: &'static str) -> SynthesisError {
	LogError::Invalid { part: part.to_owned(), problem }.into()
}

impl TrainingLog {
	/// `vocabulary` holds the ledger, in which training is paid.
	pub(crate) fn new(
		vocabulary: MeasurementLog,
		(patients, patients_sigma_milli): (i64, u64),
		schedule: Schedule,
		sigma_milli: u64,
	) -> Self {
		Self {
			format: FORMAT,
			vocabulary,
			patients,
			patients_sigma_milli,
			sampling_ppm: schedule.sampling_ppm,
			steps: schedule.steps,
			sigma_milli,
			clip_units: limit(sigma_milli).units,
			noise_units: WIDTH,
		}
	}

	/// What was spent on what.
	#[must_use]
	pub fn ledger(&self) -> &Ledger {
		self.vocabulary.ledger()
	}

	/// The settings.
	#[must_use]
	pub fn options(&self) -> &MeasureOptions {
		self.vocabulary.options()
	}

	/// The schema of the tables; it has no identifiers.
	#[must_use]
	pub fn schema(&self) -> &Schema {
		self.vocabulary.schema()
	}

	/// The log as its canonical, sealed artefact.
	#[must_use]
	pub fn to_bytes(&self) -> Vec<u8> {
		let sealed = Sealed { log: self.clone(), sha3: self.seal() };
		// Strings, booleans and integers below 2^53 always serialise.
		serde_json_canonicalizer::to_vec(&sealed).unwrap_or_default()
	}

	fn seal(&self) -> String {
		hex::encode(sha3_256(&serde_json_canonicalizer::to_vec(self).unwrap_or_default()))
	}

	/// Reads a log and adds it up again. Total on hostile input: an error, or a log whose bytes are the input.
	///
	/// # Errors
	/// [`SynthesisError::Log`] and others for anything that [`TrainingLog::to_bytes`] does not write.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, SynthesisError> {
		if bytes.len() > MAX_BYTES {
			return Err(LogError::TooLarge { bytes: bytes.len(), limit: MAX_BYTES }.into());
		}
		let sealed: Sealed = serde_json::from_slice(bytes).map_err(|e| LogError::Json {
			line: e.line(),
			character: e.column(),
			reason: crate::error::shown(&e.to_string()),
		})?;
		let found = sealed.log.seal();
		if found != sealed.sha3 {
			return Err(LogError::Seal { found, sealed: crate::error::shown(&sealed.sha3) }.into());
		}
		if sealed.log.to_bytes() != bytes {
			return Err(LogError::NotCanonical.into());
		}
		sealed.log.validate()?;
		Ok(sealed.log)
	}

	fn validate(&self) -> Result<(), SynthesisError> {
		if self.format != FORMAT {
			return Err(LogError::Format { found: self.format, known: FORMAT }.into());
		}
		self.vocabulary.validate_parts()?;
		if self.vocabulary.generator != NAME || !self.vocabulary.joint.is_empty() {
			return Err(invalid("vocabulary", "it is not that of a private language model"));
		}
		let schedule = Schedule { steps: self.steps, sampling_ppm: self.sampling_ppm };
		if schedule != Schedule::of(self.patients.max(1).unsigned_abs()) {
			return Err(invalid("training", "its schedule does not follow from the noisy number of patients"));
		}
		if self.clip_units != limit(self.sigma_milli).units || self.noise_units != WIDTH {
			return Err(invalid("training", "its noise over the clipping bound is not what was paid for"));
		}
		let counted = Mechanism::DiscreteGaussian { sensitivity: 1, sigma_milli: self.patients_sigma_milli };
		let training = Mechanism::SubsampledGaussian {
			sampling_ppm: self.sampling_ppm,
			sigma_milli: self.sigma_milli,
			steps: self.steps,
			delta_exponent: self.options().delta_exponent,
		};
		for (label, mechanism) in [(PATIENTS_LABEL, counted), (TRAINING_LABEL, training)] {
			let paid = self.ledger().entries().iter().filter(|e| e.label == label && e.mechanism == mechanism).count();
			if paid != 1 {
				return Err(invalid("ledger", "the number of patients or the training is not in it once"));
			}
		}
		Ok(())
	}
}
