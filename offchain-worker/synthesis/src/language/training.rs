//! Training: stochastic gradient descent over batches, each under an order of the columns drawn for it.
//!
//! The rows of a tenth of the patients are set aside to tell when to go slower and when to stop. The network that did best
//! on them is kept. Whole patients, for a patient's other rows would speak for a network that remembers patients.
//! The state after every epoch can be saved; training that goes on from there ends with the same numbers.

use super::{
	network::{embedded, embedding_deltas, gradients, loss, passes, Batch, Masks},
	order::Order,
	parameters::{initial, zeros, Parameters},
	shape::Shape,
	smooth::{soften, Places},
	state::State,
};
use crate::{
	digest::Digest,
	error::SynthesisError,
	generate::{report, Checkpoints, Progress},
	kernels::{dropout_mask, AdamW, Matrix},
	random::Stream,
	threads,
};

/// How training goes: a function of the table's size alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Schedule {
	/// Rows of a batch.
	pub batch: usize,
	/// Learning rate at the beginning; it falls to 0 along half a cosine wave (Loshchilov and Hutter 2017).
	pub rate: f64,
	/// Epochs in all.
	pub epochs: u32,
	/// Epochs without gain on the rows set aside, after which training goes back to the best network, at a lower rate.
	pub patience: u32,
	/// How often the rate is cut before training ends early.
	pub cuts: u32,
	/// What a cut leaves of the rate.
	pub cut: f64,
	/// Of 256 hidden numbers so many are dropped.
	pub dropout: u8,
	/// Decoupled weight decay.
	pub decay: f32,
}

/// Part of the training after which nothing is dropped: the network settles as it will be used.
const DROPPING: f64 = 0.75;
/// Steps that a training takes, but for very small and very large tables.
const STEPS: usize = 2_500;

impl Schedule {
	/// The default for so many rows.
	pub fn of(rows: usize) -> Self {
		let sixty_fourth = rows.checked_div(64).unwrap_or(0).max(1);
		let batch = 1usize.checked_shl(sixty_fourth.ilog2()).unwrap_or(usize::MAX).clamp(16, 512);
		let epochs = STEPS.saturating_mul(batch).checked_div(rows).unwrap_or(usize::MAX).clamp(10, 60);
		Self {
			batch,
			rate: 0.001 * libm::sqrt(batch.max(32) as f64 / 32.0),
			epochs: u32::try_from(epochs).unwrap_or(u32::MAX),
			patience: 3,
			cuts: 3,
			cut: 0.3,
			dropout: 64,
			decay: 0.01,
		}
	}

	/// The learning rate after a part of the training and so many cuts.
	fn rate_at(&self, part: f64, cuts: u32) -> f32 {
		let wave = (1.0 + libm::cos(std::f64::consts::PI * part)) / 2.0;
		(self.rate * wave * libm::pow(self.cut, f64::from(cuts))) as f32
	}
}

/// Patients whose rows are set aside, as one in so many.
const ASIDE: usize = 10;
/// Rows of one block of validation.
const VALIDATED: usize = 1_024;

/// What is trained, on what.
pub(crate) struct Training<'a> {
	pub shape: &'a Shape,
	/// Tokens, column by column.
	pub tokens: &'a [Vec<u32>],
	/// Rows of every patient.
	pub patients: &'a [Vec<usize>],
	/// Places of the tokens of numbers, column by column.
	pub places: &'a [Places],
	/// How it goes.
	pub schedule: Schedule,
	pub seed: &'a Digest,
}

/// Rows for training and rows set aside, each in an order of their own.
struct Split {
	training: Vec<usize>,
	aside: Vec<usize>,
}

impl Training<'_> {
	/// Trains to the end, or goes on from a checkpoint of the same training.
	///
	/// # Errors
	/// [`SynthesisError`] if cancelled, or if numbers overflow.
	pub fn run(
		&self,
		checkpoints: &mut dyn Checkpoints,
		progress: &mut dyn Progress,
	) -> Result<Parameters, SynthesisError> {
		let split = self.split();
		let mut state = match checkpoints.load().and_then(|bytes| State::read(&bytes, self.shape, self.seed)) {
			Some(state) => state,
			None => self.begin(),
		};
		while !self.ended(&state) {
			self.epoch(&split, &mut state, progress)?;
			self.judge(&split, &mut state);
			checkpoints.save(&state.write(self.seed));
		}
		report(progress, "train", 1, 1)?;
		let finite = state.best.is_finite();
		finite
			.then_some(state.kept)
			.ok_or_else(|| SynthesisError::Internal { stage: "train", reason: "the loss is no number".into() })
	}

	fn begin(&self) -> State {
		let mut counts: Vec<Vec<u64>> = Vec::new();
		for (column, tokens) in self.shape.columns.iter().zip(self.tokens) {
			let mut its = vec![0u64; column.tokens];
			for token in tokens {
				if let Some(count) = usize::try_from(*token).ok().and_then(|at| its.get_mut(at)) {
					*count = count.saturating_add(1);
				}
			}
			counts.push(its);
		}
		let mut parameters = initial(self.shape, Some(&counts), self.seed);
		soften(&mut parameters, self.places, self.seed);
		State {
			epoch: 0,
			step: 0,
			waited: 0,
			cuts: 0,
			best: f64::INFINITY,
			kept: parameters.clone(),
			parameters,
			first: zeros(self.shape),
			second: zeros(self.shape),
		}
	}

	fn ended(&self, state: &State) -> bool {
		state.epoch >= self.schedule.epochs || state.cuts > self.schedule.cuts
	}

	/// Sets all rows of some patients aside, unless there are so few that none can be spared.
	fn split(&self) -> Split {
		let mut patients: Vec<&Vec<usize>> = self.patients.iter().collect();
		Stream::new(self.seed, "language/aside", 0).shuffle(&mut patients);
		let rest = patients.split_off(patients.len().checked_div(ASIDE).unwrap_or(0));
		let rows = |patients: &[&Vec<usize>]| patients.iter().copied().flatten().copied().collect::<Vec<_>>();
		let training = rows(&rest);
		let aside = if patients.is_empty() { training.clone() } else { rows(&patients) };
		Split { training, aside }
	}

	fn batch(&self, rows: &[usize]) -> Batch {
		let take = |tokens: &Vec<u32>| rows.iter().map(|row| tokens.get(*row).copied().unwrap_or(0)).collect();
		Batch { rows: rows.len(), tokens: self.tokens.iter().map(take).collect() }
	}

	fn epoch(&self, split: &Split, state: &mut State, progress: &mut dyn Progress) -> Result<(), SynthesisError> {
		let mut rows = split.training.clone();
		Stream::new(self.seed, "language/epoch", u64::from(state.epoch)).shuffle(&mut rows);
		let batches = rows.chunks(self.schedule.batch.max(1));
		let epochs = usize::try_from(self.schedule.epochs).unwrap_or(usize::MAX);
		let total = batches.len().saturating_mul(epochs);
		for batch in batches {
			let done = usize::try_from(state.step).unwrap_or(usize::MAX).min(total);
			report(progress, "train", done, total)?;
			self.step(&self.batch(batch), done as f64 / total.max(1) as f64, state);
		}
		state.epoch = state.epoch.saturating_add(1);
		Ok(())
	}

	fn step(&self, batch: &Batch, part: f64, state: &mut State) {
		let mut stream = Stream::new(self.seed, "language/order", state.step);
		let natural = stream.uniform_u32() & 1 == 0;
		let order = if natural { Order::natural(self.shape) } else { Order::random(self.shape, &mut stream) };
		let masks = if part < DROPPING { self.masks(batch.rows, state.step) } else { Vec::new() };
		let all = embedded(&state.parameters, self.shape, batch);
		let passes = passes(&state.parameters, self.shape, &order, batch, &all, &masks);
		let deltas = embedding_deltas(&state.parameters, self.shape, &order, batch, &passes);
		let gradients = gradients(self.shape, &order, batch, &all, &passes, &deltas);
		state.step = state.step.saturating_add(1);
		self.descend(&gradients, batch.rows, self.schedule.rate_at(part, state.cuts), state);
	}

	fn masks(&self, rows: usize, step: u64) -> Masks {
		let columns: Vec<usize> = (0..self.shape.columns.len()).collect();
		let hidden = self.shape.columns.iter().map(|column| column.hidden).fold(0, usize::saturating_add);
		// A random byte costs about as much as eight multiplications.
		let work = hidden.saturating_mul(rows).saturating_mul(8);
		threads::map_work(work, &columns, |column| {
			let hidden = self.shape.columns.get(*column)?.hidden;
			if self.schedule.dropout == 0 || hidden == 0 {
				return None;
			}
			let mut mask = Matrix::zeros(rows, hidden);
			let mut stream = Stream::new(self.seed, &format!("language/dropout/{column}"), step);
			dropout_mask(&mut stream, self.schedule.dropout, &mut mask.data);
			Some(mask)
		})
	}

	/// One step of AdamW along the mean gradient of the batch.
	fn descend(&self, gradients: &Parameters, rows: usize, rate: f32, state: &mut State) {
		let optimiser = AdamW { lr: rate, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: self.schedule.decay };
		let scale = 1.0 / rows.max(1) as f32;
		let step = state.step;
		let moments = state.first.iter_mut().zip(&mut state.second);
		let columns = state.parameters.iter_mut().zip(gradients).zip(moments).collect();
		// A weight is read and written several times.
		let work = self.shape.work().saturating_mul(16);
		threads::each(work, columns, |((parameters, gradient), (first, second))| {
			let moments = first.parts_mut().into_iter().zip(second.parts_mut());
			for ((weights, gradient), (first, second)) in
				parameters.parts_mut().into_iter().zip(gradient.parts()).zip(moments)
			{
				let mean: Vec<f32> = gradient.iter().map(|sum| sum * scale).collect();
				optimiser.step(step, weights, &mean, first, second);
			}
		});
	}

	/// Loss on the rows set aside, half in the table's order and half in a random one. Keeps the best network, and goes back
	/// to it, at a lower rate, when the others have been worse for long.
	fn judge(&self, split: &Split, state: &mut State) {
		let mut stream = Stream::new(self.seed, "language/judge", 0);
		let orders = [Order::natural(self.shape), Order::random(self.shape, &mut stream)];
		let mut sum = 0.0;
		for order in &orders {
			for rows in split.aside.chunks(VALIDATED) {
				sum += loss(&state.parameters, self.shape, order, &self.batch(rows));
			}
		}
		let mean = sum / (orders.len() as f64 * split.aside.len().max(1) as f64);
		if mean < state.best {
			state.best = mean;
			state.kept = state.parameters.clone();
			state.waited = 0;
			return;
		}
		state.waited = state.waited.saturating_add(1);
		if state.waited >= self.schedule.patience {
			state.parameters = state.kept.clone();
			state.cuts = state.cuts.saturating_add(1);
			state.waited = 0;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn split(patients: &[Vec<usize>]) -> Split {
		let shape = Shape::new(&[(2, true)]);
		let rows = patients.iter().map(Vec::len).sum();
		let tokens = [vec![0; rows]];
		let seed = [7; 32];
		let schedule = Schedule::of(rows);
		Training { shape: &shape, tokens: &tokens, patients, places: &[], schedule, seed: &seed }.split()
	}

	#[test]
	fn a_patients_rows_are_all_learnt_from_or_all_set_aside() {
		let patients: Vec<Vec<usize>> = (0..40).map(|patient| (patient * 5..patient * 5 + 5).collect()).collect();
		let Split { training, aside } = split(&patients);
		assert_eq!((training.len(), aside.len()), (180, 20));
		let both = patients.iter().filter(|rows| rows.iter().any(|row| training.contains(row)));
		assert!(both.flatten().all(|row| !aside.contains(row)));
	}

	#[test]
	fn few_patients_are_all_learnt_from_and_judged_by() {
		let patients: Vec<Vec<usize>> = (0..9).map(|row| vec![row]).collect();
		let Split { training, aside } = split(&patients);
		assert_eq!((training.len(), aside), (9, training.clone()));
	}
}
