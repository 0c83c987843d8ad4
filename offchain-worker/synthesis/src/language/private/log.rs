//! The training log: what an auditor needs to add up the privacy of a trained model. The weights are in the model.
//!
//! Canonical JSON (RFC 8785), sealed by the SHA3-256 of its body, as the measurement log is. It may be public: every number in
//! it is a setting, has noise that was paid for, or is computed from such.

use super::schedule::{limit, Schedule};
use crate::{
	error::SynthesisError,
	generate::{GeneratorKind, Model},
	mechanism::{self, Log, LogError, MeasureOptions, MeasurementLog, PATIENTS_LABEL},
	privacy::{Ledger, Mechanism, WIDTH},
	schema::Schema,
};
use serde::{Deserialize, Serialize};

/// The generator's name.
pub(crate) const NAME: &str = "tabular-lm-dp";
/// The label of the training in the ledger.
pub(crate) const TRAINING_LABEL: &str = "training";

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

fn invalid(part: &str, problem: &'static str) -> SynthesisError {
	LogError::invalid::<TrainingLog>(part, problem)
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
			format: Self::FORMAT,
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

	/// Noisy number of patients.
	#[must_use]
	pub fn patients(&self) -> i64 {
		self.patients
	}

	/// What training drew and cost: the probability of a patient to be in a sample, the noise, and the number of sums.
	#[must_use]
	pub fn training(&self) -> Mechanism {
		Mechanism::SubsampledGaussian {
			sampling_ppm: self.sampling_ppm,
			sigma_milli: self.sigma_milli,
			steps: self.steps,
			delta_exponent: self.options().delta_exponent,
		}
	}

	/// Checks that the levels, bins and groups of a model are those that the log's noisy counts lead to. Its weights cannot be
	/// checked without data.
	///
	/// # Errors
	/// [`LogError::Model`] for a model of another generator, schema or vocabulary; [`SynthesisError`] for a log that does not
	/// hold together.
	pub fn check_model(&self, model: &Model) -> Result<(), SynthesisError> {
		let other = |problem| Err(LogError::Model { problem }.into());
		match model.as_language() {
			Some(_) if model.kind() != GeneratorKind::TabularLmDp => other("is of another generator"),
			Some(language) if language.schema().as_ref() != self.schema() => other("makes tables of another schema"),
			Some(language) if language.vocabulary != self.vocabulary.words()? => {
				other("has levels or bins that the noisy counts do not lead to")
			},
			Some(_) => Ok(()),
			None => other("is of another generator"),
		}
	}

	/// The log as its canonical, sealed artefact.
	#[must_use]
	pub fn to_bytes(&self) -> Vec<u8> {
		mechanism::write(self)
	}

	/// A log with a seal that fits its body, for those who test readers; `None` if the bytes are no log at all.
	#[doc(hidden)]
	#[must_use]
	pub fn resealed(bytes: &[u8]) -> Option<Vec<u8>> {
		mechanism::resealed::<Self>(bytes)
	}

	/// Reads a log and adds it up again. Total on hostile input: an error, or a log whose bytes are the input.
	///
	/// # Errors
	/// [`SynthesisError::Log`] and others for anything that [`TrainingLog::to_bytes`] does not write.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, SynthesisError> {
		mechanism::read(bytes)
	}

	/// Number of patients and training are paid for once each, with their own noise.
	fn check_spending(&self) -> Result<(), SynthesisError> {
		let counted = Mechanism::DiscreteGaussian { sensitivity: 1, sigma_milli: self.patients_sigma_milli };
		for (label, mechanism) in [(PATIENTS_LABEL, counted), (TRAINING_LABEL, self.training())] {
			let paid = self.ledger().entries().iter().filter(|e| e.label == label && e.mechanism == mechanism).count();
			if paid != 1 {
				return Err(invalid("ledger", "the number of patients or the training is not in it once"));
			}
		}
		Ok(())
	}
}

impl Log for TrainingLog {
	const NAME: &'static str = "training log";
	const FORMAT: u16 = 1;

	fn format(&self) -> u16 {
		self.format
	}

	fn check(&self) -> Result<(), SynthesisError> {
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
		self.check_spending()?;
		self.vocabulary.validate_parts(1)
	}
}
