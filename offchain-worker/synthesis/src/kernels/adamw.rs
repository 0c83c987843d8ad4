//! AdamW: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.

use super::dispatch::{run, Instructions, Kernel};

/// Hyperparameters of the optimiser. The moments belong to the caller, one of each per weight, zeros at first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AdamW {
	/// Learning rate of this step.
	pub lr: f32,
	/// Decay of the first moment, in [0, 1).
	pub beta1: f32,
	/// Decay of the second moment, in [0, 1).
	pub beta2: f32,
	/// Added to the root of the second moment.
	pub eps: f32,
	/// Decoupled weight decay: a step takes `lr * weight_decay` of the weight away.
	pub weight_decay: f32,
}

impl AdamW {
	/// Step number `step`, counted from 1, of weights with these gradients and moments.
	pub fn step(&self, step: u64, weights: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
		debug_assert_eq!([gradient.len(), first.len(), second.len()], [weights.len(); 3]);
		let correction = |beta: f32| 1.0 - libm::pow(f64::from(beta), step.max(1) as f64);
		let step = Step {
			rate: (f64::from(self.lr) / correction(self.beta1)) as f32,
			root: libm::sqrt(1.0 / correction(self.beta2)) as f32,
			keep: 1.0 - self.lr * self.weight_decay,
			optimiser: *self,
		};
		run(Update { step, weights, gradient, first, second });
	}
}

/// What all weights of one step share.
#[derive(Clone, Copy)]
struct Step {
	/// Learning rate over the bias correction of the first moment.
	rate: f32,
	/// 1 over the root of the bias correction of the second moment.
	root: f32,
	/// What weight decay leaves of a weight.
	keep: f32,
	optimiser: AdamW,
}

struct Update<'a> {
	step: Step,
	weights: &'a mut [f32],
	gradient: &'a [f32],
	first: &'a mut [f32],
	second: &'a mut [f32],
}

impl Kernel for Update<'_> {
	type Output = ();

	#[inline(always)]
	fn run<I: Instructions>(self, _: I) {
		let Step { rate, root, keep, optimiser: AdamW { beta1, beta2, eps, .. } } = self.step;
		let (fresh1, fresh2) = (1.0 - beta1, 1.0 - beta2);
		let weights = self.weights.iter_mut().zip(self.gradient);
		for ((weight, gradient), (first, second)) in weights.zip(self.first.iter_mut().zip(self.second)) {
			*first = I::fuse(beta1, *first, fresh1 * *gradient);
			*second = I::fuse(beta2, *second, fresh2 * (*gradient * *gradient));
			let scaled = *first / I::fuse(second.sqrt(), root, eps);
			*weight = I::fuse(-rate, scaled, keep * *weight);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn steps_follow_the_algorithm_in_f64() {
		let adamw = AdamW { lr: 1e-2, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.1 };
		let (mut weights, mut first, mut second) = ([0.5f32, -1.0, 2.0], [0.0f32; 3], [0.0f32; 3]);
		let (mut w, mut m, mut v) = ([0.5f64, -1.0, 2.0], [0.0f64; 3], [0.0f64; 3]);
		for step in 1..=5u64 {
			let gradient = [0.1f32 * step as f32, -0.3, 1e-3];
			adamw.step(step, &mut weights, &gradient, &mut first, &mut second);
			for i in 0..3 {
				let g = f64::from(gradient[i]);
				m[i] = 0.9 * m[i] + 0.1 * g;
				v[i] = 0.999 * v[i] + 0.001 * g * g;
				let (mh, vh) = (m[i] / (1.0 - 0.9f64.powi(step as i32)), v[i] / (1.0 - 0.999f64.powi(step as i32)));
				w[i] -= 1e-2 * (mh / (vh.sqrt() + 1e-8) + 0.1 * w[i]);
				assert!((f64::from(weights[i]) - w[i]).abs() < 2e-6, "step {step}: {weights:?} {w:?}");
			}
		}
	}

	#[test]
	// By hand: m = .1 g, v = .001 g², both corrected to g and g²; so the weight loses lr (g / |g| + decay · w).
	fn the_first_step_has_the_size_of_the_learning_rate() {
		let adamw = AdamW { lr: 0.5, beta1: 0.9, beta2: 0.999, eps: 0.0, weight_decay: 0.0 };
		let (mut weights, mut first, mut second) = ([1.0f32, 1.0], [0.0f32; 2], [0.0f32; 2]);
		adamw.step(1, &mut weights, &[4.0, -1e-3], &mut first, &mut second);
		assert!((weights[0] - 0.5).abs() < 1e-5 && (weights[1] - 1.5).abs() < 1e-5, "{weights:?}");
	}
}
