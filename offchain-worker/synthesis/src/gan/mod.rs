//! `ctgan`: a conditional tabular GAN (Xu, Skoularidou, Cuesta-Infante and Veeramachaneni, *Modeling Tabular data using
//! Conditional GAN*, NeurIPS 2019), reproducible to the byte.
//!
//! ```text
//! Table --column: tokens and scalars--> Rows --train: generator against critic--> weights
//!       --finish: fold, calibrate, round--> GanModel (integers) --sample--> Table
//! ```
//!
//! Where it differs from the paper:
//! - frequent single values (0, 40 hours) and missing cells are tokens beside the modes of the mixture ([`column`]);
//! - every mode has a scalar of its own, passed on only with its token ([`heads`]);
//! - the critic's penalty is on rows, not on the conditions that real and made rows share ([`critic`]);
//! - conditions cover the modes of numeric columns too, as in CTAB-GAN (Zhao, Kunar, Birke and Chen 2021);
//! - batches are smaller, the rate higher, and the critic has no dropout, each because it measured better;
//! - the generator that is kept is a running average ([`train`]);
//! - single columns are calibrated after training ([`finish`]).
//!
//! It carries no differential privacy. No level of fewer than five rows and no extreme value leaves with the model.

mod artefact;
mod checkpoint;
mod column;
mod critic;
mod decoder;
mod finish;
mod generator;
mod heads;
mod integer;
mod layout;
mod mixture;
mod modes;
mod noise;
mod parameter;
mod rows;
mod sample;
mod schedule;
mod train;

#[cfg(test)]
mod gradient_tests;
#[cfg(test)]
mod tests;

use crate::{
	digest::Digest,
	error::SynthesisError,
	generate::{report, Checkpoints, Progress, FEWEST_ROWS},
	table::Table,
};
use decoder::ColumnDecoder;
use integer::Layer;
use rows::Rows;
use schedule::Schedule;
use train::{State, Trainer};

/// Checkpoints of a training.
const CHECKPOINTS: u64 = 20;

/// What a training leaves, in integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GanModel {
	/// Noise values of a row.
	noise: usize,
	columns: Vec<ColumnDecoder>,
	/// Two hidden layers and the head.
	layers: Vec<Layer>,
}

impl GanModel {
	/// Its size, for the model card.
	pub fn parameters(&self) -> serde_json::Value {
		serde_json::json!({ "noise": self.noise, "hidden": self.layers.first().map_or(0, |layer| layer.biases.len()) })
	}
}

/// Trains on a table without identifiers. The same table and seed give the same model on any machine and number of
/// threads, also when the training was killed and went on from a checkpoint.
///
/// # Errors
/// [`SynthesisError`]: no columns, fewer than 2 rows, or cancelled.
pub(crate) fn fit(
	table: &Table,
	seed: &Digest,
	checkpoints: &mut dyn Checkpoints,
	progress: &mut dyn Progress,
) -> Result<GanModel, SynthesisError> {
	if table.schema().columns.is_empty() {
		return Err(SynthesisError::NoColumns);
	}
	if table.rows() < FEWEST_ROWS {
		return Err(SynthesisError::TooFewRows { rows: table.rows(), needed: FEWEST_ROWS });
	}
	report(progress, "fit: columns", 0, 1)?;
	let rows = Rows::new(table, seed);
	report(progress, "fit: columns", 1, 1)?;
	let schedule = Schedule::new(&rows.layout, rows.count);
	train(&rows, &schedule, seed, checkpoints, progress)
}

/// Trains on encoded rows by a schedule.
fn train(
	rows: &Rows,
	schedule: &Schedule,
	seed: &Digest,
	checkpoints: &mut dyn Checkpoints,
	progress: &mut dyn Progress,
) -> Result<GanModel, SynthesisError> {
	let key = checkpoint::key(rows, schedule, seed);
	let fresh = State::new(rows, schedule, seed);
	let loaded = checkpoints.load().and_then(|bytes| checkpoint::read(&bytes, &key, &fresh));
	let mut state = loaded.unwrap_or(fresh);
	let mut trainer = Trainer::new(rows, schedule, seed);
	let every = schedule.steps.div_ceil(CHECKPOINTS).max(1);
	let count = |steps: u64| usize::try_from(steps).unwrap_or(usize::MAX);
	while state.step < schedule.steps {
		report(progress, "fit: training", count(state.step), count(schedule.steps))?;
		trainer.step(&mut state);
		if state.step.checked_rem(every) == Some(0) && state.step < schedule.steps {
			checkpoints.save(&checkpoint::write(&state, &key));
		}
	}
	report(progress, "fit: training", count(schedule.steps), count(schedule.steps))?;
	report(progress, "fit: calibration", 0, 1)?;
	let model = finish::finish(&state.averaged(), schedule.noise, rows, seed);
	report(progress, "fit: calibration", 1, 1)?;
	Ok(model)
}
