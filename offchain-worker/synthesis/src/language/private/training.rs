//! Training by differentially private gradient descent (Abadi and others 2016, "Deep learning with differential privacy").
//!
//! In every step each patient is in the sample by a coin of its own; what each adds to the sum of gradients is bounded
//! ([`clip`](super::clip)); the sum, of whole numbers, gets Gaussian noise ([`WideGaussian`]). The coins and the noise are secret.
//! Weights see the data through noisy sums only. The number of steps, the learning rates, the orders of columns and the weights
//! at the beginning do not depend on data, and the weights after the last step are the model: none are set aside to choose by.

use super::{
	clip::{Gradients, Inputs, Limit},
	schedule::{limit, Schedule},
	sums::{gradient, sums},
};
use crate::{
	digest::{sha3_256, Digest},
	error::SynthesisError,
	generate::{report, Checkpoints, Progress},
	kernels::AdamW,
	language::{
		network::{embedded, embedding_deltas, passes, Batch},
		order::Order,
		parameters::{zeros, Parameters},
		shape::Shape,
		state::State,
	},
	privacy::{WideGaussian, PPM},
	random::Stream,
	threads,
};
use std::ops::Range;

/// Steps between checkpoints.
const CHECKPOINT: u32 = 25;
/// Decay of the moments.
const MOMENTS: (f32, f32) = (0.9, 0.99);

/// What is trained, on what.
pub(crate) struct Training<'a> {
	pub shape: &'a Shape,
	/// Tokens, column by column.
	pub tokens: &'a [Vec<u32>],
	/// Rows of every patient.
	pub patients: &'a [Vec<usize>],
	/// Patients, as far as is known without looking: the noisy count.
	pub counted: u64,
	pub schedule: Schedule,
	/// Noise over the limit, in thousandths.
	pub sigma_milli: u64,
	/// Feeds the coins, the noise and the orders. Secret.
	pub seed: &'a Digest,
}

impl Training<'_> {
	/// Trains to the end from `initial`, or goes on from a checkpoint of the same training.
	///
	/// # Errors
	/// [`SynthesisError`] if cancelled, or if numbers overflow.
	pub fn run(
		&self,
		initial: Parameters,
		checkpoints: &mut dyn Checkpoints,
		progress: &mut dyn Progress,
	) -> Result<Parameters, SynthesisError> {
		let noise = WideGaussian::new();
		let tie = self.tie();
		let mut state = match checkpoints.load().and_then(|bytes| State::read(&bytes, self.shape, &tie)) {
			Some(state) => state,
			None => self.begin(initial),
		};
		let steps = usize::try_from(self.schedule.steps).unwrap_or(usize::MAX);
		while state.epoch < self.schedule.steps {
			report(progress, "train privately", usize::try_from(state.epoch).unwrap_or(steps), steps)?;
			self.step(&noise, &mut state);
			if state.epoch.checked_rem(CHECKPOINT) == Some(0) {
				checkpoints.save(&state.write(&tie));
			}
		}
		report(progress, "train privately", steps, steps)?;
		let finite = state.parameters.iter().flat_map(|column| column.parts()).flatten().all(|x| x.is_finite());
		finite.then_some(state.parameters).ok_or_else(|| SynthesisError::Internal {
			stage: "train privately",
			reason: "a weight is no number".into(),
		})
	}

	/// What checkpoints are tied to: never those of a training without noise, or with less.
	fn tie(&self) -> Digest {
		let Schedule { steps, sampling_ppm } = self.schedule;
		let settings = format!("private training: {steps} {sampling_ppm} {} {}", self.sigma_milli, self.counted);
		sha3_256(&[settings.as_bytes(), self.seed.as_slice()].concat())
	}

	/// An epoch of the state is a step here; what it keeps as best stays empty.
	fn begin(&self, initial: Parameters) -> State {
		State {
			epoch: 0,
			step: 0,
			waited: 0,
			cuts: 0,
			best: f64::INFINITY,
			kept: zeros(self.shape),
			parameters: initial,
			first: zeros(self.shape),
			second: zeros(self.shape),
		}
	}

	fn step(&self, noise: &WideGaussian, state: &mut State) {
		let (batch, patients) = self.sample(state.step);
		let order = self.order(state.step);
		let limit = limit(self.sigma_milli);
		let mut found = self.sums(&state.parameters, &order, &batch, &patients, limit);
		let seed = Stream::new(self.seed, "private/noise", state.step).key();
		for (column, sums) in (0u64..).zip(&mut found) {
			noise.add(sums, &mut Stream::new(&seed, "column", column));
		}
		self.descend(&order, &found, limit, state);
	}

	/// True Poisson sampling: a coin for every patient. Rows of a patient come one after the other.
	fn sample(&self, step: u64) -> (Batch, Vec<Range<usize>>) {
		let mut coins = Stream::new(self.seed, "private/sample", step);
		let mut rows: Vec<usize> = Vec::new();
		let mut patients = Vec::new();
		for own in self.patients {
			if coins.below(PPM.into()) < self.schedule.sampling_ppm.into() {
				let start = rows.len();
				rows.extend(own);
				patients.push(start..rows.len());
			}
		}
		let take = |tokens: &Vec<u32>| rows.iter().map(|row| tokens.get(*row).copied().unwrap_or(0)).collect();
		(Batch { rows: rows.len(), tokens: self.tokens.iter().map(take).collect() }, patients)
	}

	/// Every other order is drawn, so that the model answers for any known columns.
	fn order(&self, step: u64) -> Order {
		let mut stream = Stream::new(self.seed, "private/order", step);
		if stream.uniform_u32() & 1 == 0 {
			Order::natural(self.shape)
		} else {
			Order::random(self.shape, &mut stream)
		}
	}

	/// Sums of clipped gradients, without noise.
	fn sums(
		&self,
		parameters: &Parameters,
		order: &Order,
		batch: &Batch,
		patients: &[Range<usize>],
		limit: Limit,
	) -> Vec<Vec<i64>> {
		let all = embedded(parameters, self.shape, batch);
		let masks = self.shape.columns.iter().map(|_| None).collect();
		let passes = passes(parameters, self.shape, order, batch, &all, &masks);
		let deltas = embedding_deltas(parameters, self.shape, order, batch, &passes);
		let inputs = Inputs::new(&all, &passes);
		let gradients = Gradients {
			shape: self.shape,
			order,
			batch,
			patients,
			passes: &passes,
			embedding_deltas: &deltas,
			inputs: &inputs,
		};
		sums(&gradients, &gradients.clip(limit))
	}

	/// One step of Adam along the noisy mean gradient; the number of patients in the sample is taken as expected, for how many
	/// there were is secret.
	fn descend(&self, order: &Order, noisy: &[Vec<i64>], limit: Limit, state: &mut State) {
		let expected = self.counted as f64 * f64::from(self.schedule.sampling_ppm) / f64::from(PPM);
		let scale = limit.norm / (limit.units.max(1) as f64 * expected.max(1.0));
		let optimiser = AdamW {
			lr: self.schedule.rate(state.epoch),
			beta1: MOMENTS.0,
			beta2: MOMENTS.1,
			eps: 1e-8,
			weight_decay: 0.0,
		};
		state.epoch = state.epoch.saturating_add(1);
		state.step = state.step.saturating_add(1);
		let step = state.step;
		let moments = state.first.iter_mut().zip(&mut state.second);
		let columns = (0usize..).zip(&mut state.parameters).zip(noisy).zip(moments).collect();
		threads::each(
			self.shape.work().saturating_mul(16),
			columns,
			|(((column, parameters), noisy), (first, second))| {
				let gradient = gradient(self.shape, order, column, noisy, scale);
				let moments = first.parts_mut().into_iter().zip(second.parts_mut());
				for ((weights, gradient), (first, second)) in
					parameters.parts_mut().into_iter().zip(gradient.parts()).zip(moments)
				{
					optimiser.step(step, weights, gradient, first, second);
				}
			},
		);
	}
}
