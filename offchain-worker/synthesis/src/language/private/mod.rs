//! The language model trained with differential privacy: `tabular-lm-dp`.
//!
//! The unit of privacy is the patient. Everything that depends on data is noisy and paid from one ledger:
//!
//! | what | how | part of the budget |
//! | --- | --- | --- |
//! | bins of numbers, levels, groups of rare ones | noisy counts ([`measure_words`]) | 12 % |
//! | number of patients, from which the samples' size follows | a noisy count | 1 % |
//! | weights | noisy sums of clipped gradients over random samples ([`training`]) | the rest |
//!
//! Nothing else is read off the data: the schedule is a function of the noisy number of patients, the widths of the network one
//! of the vocabulary, the weights at the beginning one of the noisy counts and the seed; no rows are set aside, training does not
//! stop early, and the last weights are taken. A checkpoint holds weights and moments, which are functions of noisy sums.

mod clip;
mod log;
mod schedule;
mod sums;
mod training;

#[cfg(test)]
mod tests;

pub use log::TrainingLog;

use super::{
	integer::IntegerNetwork,
	network::{embedded, passes, Batch},
	order::Order,
	parameters::{initial, Parameters},
	rules::Rules,
	shape::Shape,
	LanguageModel,
};
use crate::{
	digest::Digest,
	encode::Vocabulary,
	error::SynthesisError,
	generate::{report, Checkpoints, Progress},
	mechanism::{measure_words, MeasureOptions},
	privacy::noise_multiplier_milli,
	table::Table,
};
use log::{NAME, TRAINING_LABEL};
use schedule::Schedule;
use training::Training;

/// Rows of one block of losses.
const BLOCK: usize = 1_024;

/// A privately trained network in floating point, before it becomes a model.
pub(crate) struct Trained {
	vocabulary: Vocabulary,
	shape: Shape,
	/// Weights at the beginning and at the end.
	initial: Parameters,
	parameters: Parameters,
	log: TrainingLog,
}

/// Trains a model within a budget, and says in a log what was spent. All rows of a patient that are used, at most
/// [`MeasureOptions::rows_per_patient`], are protected together. The same table, settings and seed give the same model on
/// every machine.
///
/// # Errors
/// [`SynthesisError`]: settings out of bounds, δ not below 1/rows, a column whose range or levels were read off the
/// data, a budget too small, or cancelled.
pub(crate) fn fit_private(
	table: &Table,
	options: &MeasureOptions,
	noise_seed: &Digest,
	checkpoints: &mut dyn Checkpoints,
	progress: &mut dyn Progress,
) -> Result<(LanguageModel, TrainingLog), SynthesisError> {
	let trained = train_private(table, options, noise_seed, checkpoints, progress)?;
	let network = IntegerNetwork::of(&trained.parameters, &trained.shape);
	let model = LanguageModel { rules: Rules::of(&trained.vocabulary), vocabulary: trained.vocabulary, network };
	Ok((model, trained.log))
}

/// The training itself.
///
/// # Errors
/// As [`fit_private`].
pub(crate) fn train_private(
	table: &Table,
	options: &MeasureOptions,
	noise_seed: &Digest,
	checkpoints: &mut dyn Checkpoints,
	progress: &mut dyn Progress,
) -> Result<Trained, SynthesisError> {
	report(progress, "measure: columns", 0, 1)?;
	let mut words = measure_words(NAME, table, options, noise_seed)?;
	report(progress, "measure: columns", 1, 1)?;
	let counted = words.patients.0.max(1).unsigned_abs();
	let schedule = Schedule::of(counted);
	let Schedule { sampling_ppm, steps } = schedule;
	let delta_exponent = options.delta_exponent;
	let rest = words.log.ledger.remaining();
	let sigma_milli = noise_multiplier_milli(rest, sampling_ppm, steps, delta_exponent)?;
	words.log.ledger.subsampled_gaussian(TRAINING_LABEL, sampling_ppm, sigma_milli, steps, delta_exponent)?;
	let columns: Vec<(usize, bool)> = words.vocabulary.sizes().into_iter().map(|tokens| (tokens, true)).collect();
	let shape = Shape::new(&columns).ending_with(words.vocabulary.domain.schema().target_position());
	let initial = initial(&shape, Some(&words.counts), noise_seed);
	let training = Training {
		shape: &shape,
		tokens: &words.tokens,
		patients: &words.rows,
		counted,
		schedule,
		sigma_milli,
		seed: noise_seed,
	};
	let parameters = training.run(initial.clone(), checkpoints, progress)?;
	let log = TrainingLog::new(words.log, words.patients, schedule, sigma_milli);
	Ok(Trained { vocabulary: words.vocabulary, shape, initial, parameters, log })
}

impl Trained {
	/// By how much training raised the log-probability of every row of a table without identifiers, in nats.
	///
	/// # Errors
	/// [`SynthesisError`] for a table of another schema.
	pub fn gains(&self, table: &Table) -> Result<Vec<f64>, SynthesisError> {
		let tokens = self.vocabulary.tokens(&self.vocabulary.domain.encode(table)?);
		let (before, after) = (self.losses(&self.initial, &tokens), self.losses(&self.parameters, &tokens));
		Ok(before.into_iter().zip(after).map(|(before, after)| before - after).collect())
	}

	/// Negative log-probability of every row, in the order of the columns.
	fn losses(&self, parameters: &Parameters, tokens: &[Vec<u32>]) -> Vec<f64> {
		let order = Order::natural(&self.shape);
		let masks = self.shape.columns.iter().map(|_| None).collect();
		let rows: Vec<usize> = (0..tokens.first().map_or(0, Vec::len)).collect();
		let mut losses = Vec::with_capacity(rows.len());
		for block in rows.chunks(BLOCK) {
			let take = |tokens: &Vec<u32>| block.iter().map(|row| tokens.get(*row).copied().unwrap_or(0)).collect();
			let batch = Batch { rows: block.len(), tokens: tokens.iter().map(take).collect() };
			let all = embedded(parameters, &self.shape, &batch);
			let passes = passes(parameters, &self.shape, &order, &batch, &all, &masks);
			let loss =
				|row: usize| passes.iter().filter_map(|pass| pass.loss.get(row)).map(|loss| f64::from(*loss)).sum();
			losses.extend((0..block.len()).map(loss).collect::<Vec<f64>>());
		}
		losses
	}
}
