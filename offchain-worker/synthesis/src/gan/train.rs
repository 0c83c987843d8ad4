//! Training: one step of the critic, one of the generator, again and again.
//!
//! WGAN-GP on packed rows (Gulrajani et al. 2017; Xu et al. 2019). The critic minimises mean c(fake) − mean c(real) +
//! the gradient penalty; the generator −mean c(fake) + the loss of its conditions. What is kept in the end is the
//! running average of the generator's weights (Yazıcı et al. 2019), which is steadier than its last step. All random
//! numbers of a step come from streams of its number, so a step is a function of the state before it.

use super::{
	critic::Critic,
	generator::{Generator, Trace},
	heads::{self, Curves, Gumbel},
	noise,
	rows::{Condition, Rows},
	schedule::Schedule,
};
use crate::{
	digest::Digest,
	kernels::{AdamW, Matrix},
	random::Stream,
};

/// Weight of the gradient penalty.
const LAMBDA: f32 = 10.0;
/// Adam of both networks: the paper's (section 4.4), but for its rate of 2e-4, made for batches of 500 rows.
const ADAM: AdamW = AdamW { lr: 5e-4, beta1: 0.5, beta2: 0.9, eps: 1e-8, weight_decay: 1e-6 };
/// Share of the running average that stays, once it has seen enough.
const AVERAGE: f32 = 0.999;

/// Everything that a step changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
	/// Steps done.
	pub step: u64,
	pub generator: Generator,
	pub critic: Critic,
	/// Running average of the generator's parameters, in their order.
	pub average: Vec<Vec<f32>>,
}

impl State {
	/// The state before the first step.
	pub fn new(rows: &Rows, schedule: &Schedule, seed: &Digest) -> Self {
		let (width, conditions) = (rows.layout.width, rows.layout.conditions);
		let mut stream = Stream::new(seed, "ctgan/weights", 0);
		let generator = Generator::new(schedule.noise, conditions, schedule.hidden, width, &mut stream);
		let critic = Critic::new(schedule.pack, width, conditions, schedule.hidden, &mut stream);
		let average = generator.parameters().iter().map(|parameter| parameter.value.data.clone()).collect();
		Self { step: 0, generator, critic, average }
	}

	/// The generator with its averaged weights.
	pub fn averaged(&self) -> Generator {
		let mut own = self.generator.clone();
		for (parameter, average) in own.parameters_mut().into_iter().zip(&self.average) {
			parameter.value.data.clone_from(average);
		}
		own
	}

	/// Moves the running average; early steps weigh more, so that the start is soon forgotten.
	fn average_in(&mut self) {
		let seen = self.step as f32;
		let keep = AVERAGE.min((1.0 + seen) / (10.0 + seen));
		for (average, parameter) in self.average.iter_mut().zip(self.generator.parameters()) {
			for (average, value) in average.iter_mut().zip(&parameter.value.data) {
				*average = keep * *average + (1.0 - keep) * value;
			}
		}
	}
}

/// The work place of a training.
pub(super) struct Trainer<'a> {
	rows: &'a Rows,
	schedule: &'a Schedule,
	seed: &'a Digest,
	gumbel: Gumbel,
	trace: Trace,
	backwards: Matrix,
	at_outputs: Matrix,
}

impl<'a> Trainer<'a> {
	pub fn new(rows: &'a Rows, schedule: &'a Schedule, seed: &'a Digest) -> Self {
		let at_outputs = Matrix::zeros(schedule.batch, rows.layout.width);
		Self {
			rows,
			schedule,
			seed,
			gumbel: Gumbel::new(),
			trace: Trace::default(),
			backwards: Matrix::default(),
			at_outputs,
		}
	}

	/// One step of both networks.
	pub fn step(&mut self, state: &mut State) {
		let number = state.step.saturating_add(1);
		self.step_critic(state, number);
		self.step_generator(state, number);
		state.step = number;
		state.average_in();
	}

	/// `groups` packs of rows, one pack a row.
	fn points(&self, groups: usize) -> Matrix {
		Matrix::zeros(groups, self.rows.layout.width.saturating_mul(self.schedule.pack))
	}

	fn packs(&self) -> usize {
		self.schedule.batch.checked_div(self.schedule.pack).unwrap_or(1).max(1)
	}

	/// Conditions of a batch, and a training row that meets each.
	fn conditions(&self, stream: &mut Stream) -> (Vec<Condition>, Vec<usize>) {
		let any = |stream: &mut Stream| {
			let row = usize::try_from(stream.below(self.rows.count as u64)).unwrap_or(0);
			(Condition { column: usize::MAX, token: 0 }, row)
		};
		(0..self.schedule.batch).map(|_| self.rows.draw_training(stream).unwrap_or_else(|| any(stream))).unzip()
	}

	/// Lets the generator make a row for every condition.
	fn make(
		&mut self,
		generator: &Generator,
		conditions: &[Condition],
		stream: &mut Stream,
		rows: &mut [f32],
	) -> Curves {
		let layout = &self.rows.layout;
		generator.prepare(conditions.len(), &mut self.trace);
		self.trace.asked.extend(conditions.iter().map(|condition| layout.place(*condition)));
		for at in 0..conditions.len() {
			let inputs = self.trace.hidden.row_mut(at);
			noise::fill(inputs.get_mut(..generator.noise).unwrap_or_default(), stream);
		}
		generator.forward(&mut self.trace);
		heads::forward(layout, &self.trace.out, &self.gumbel, stream, layout.width, rows)
	}

	fn step_critic(&mut self, state: &mut State, number: u64) {
		let mut stream = Stream::new(self.seed, "ctgan/critic", number);
		let (conditions, real_rows) = self.conditions(&mut stream);
		let packs = self.packs();
		let mut points = self.points(packs.saturating_mul(3));
		let (width, third) = (self.rows.layout.width.max(1), packs.saturating_mul(points.cols));
		let (fake, others) = points.data.split_at_mut(third);
		let (real, mixed) = others.split_at_mut(third);
		self.make(&state.generator, &conditions, &mut stream, fake);
		for (place, row) in real.chunks_mut(width).zip(real_rows) {
			self.rows.write_row(row, place);
		}
		let pack = width.saturating_mul(self.schedule.pack);
		for (mixed, (fake, real)) in mixed.chunks_mut(pack).zip(fake.chunks(pack).zip(real.chunks(pack))) {
			let share = stream.uniform() as f32;
			for (mixed, (fake, real)) in mixed.iter_mut().zip(fake.iter().zip(real)) {
				*mixed = share * real + (1.0 - share) * fake;
			}
		}
		// The three parts are under the same conditions.
		let asked = state.critic.places(self.schedule.pack, &self.trace.asked).repeat(3);
		let weight = 1.0 / packs as f32;
		let mut weights = vec![weight; packs];
		weights.resize(packs.saturating_mul(2), -weight);
		let mut seen = state.critic.forward(&points, &asked);
		state.critic.backward(&mut points, &asked, &mut seen, &weights, LAMBDA);
		for parameter in state.critic.parameters_mut() {
			parameter.step(&ADAM, number);
		}
	}

	fn step_generator(&mut self, state: &mut State, number: u64) {
		let mut stream = Stream::new(self.seed, "ctgan/generator", number);
		let (conditions, _) = self.conditions(&mut stream);
		let packs = self.packs();
		let mut points = self.points(packs);
		let curves = self.make(&state.generator, &conditions, &mut stream, &mut points.data);
		let asked = state.critic.places(self.schedule.pack, &self.trace.asked);
		let seen = state.critic.forward(&points, &asked);
		let at_points = state.critic.at_points(&seen, &vec![-1.0 / packs as f32; packs]);
		let layout = &self.rows.layout;
		heads::backward(layout, &curves, layout.width, &points.data, &at_points.data, &mut self.at_outputs);
		heads::condition_loss(layout, &self.trace.out, &conditions, &mut self.at_outputs);
		state.generator.backward(&self.trace, &self.at_outputs, &mut self.backwards);
		for parameter in state.generator.parameters_mut() {
			parameter.step(&ADAM, number);
		}
	}
}
