//! The cross-entropy of softmax, row by row.

use super::{
	dispatch::{run, Instructions, Kernel},
	exponential::{exp_one, ln_one},
	lanes::{greatest, sum},
	matrix::ViewMut,
};

/// The cross-entropy of every row of logits with the level that was seen.
///
/// Adds −ln p[target] to `loss` of the row (natural logarithm, not weighted), and puts the gradient of `weight` times that
/// loss, `weight · (p − onehot(target))`, into the place of the logits. A target that is no column is as if there were none:
/// its gradient is 0 and its loss is not touched, so that rows can be left out.
pub(crate) fn softmax_cross_entropy(logits: ViewMut<'_>, targets: &[u32], loss: &mut [f32], weight: f32) {
	debug_assert_eq!((logits.rows(), logits.rows()), (targets.len(), loss.len()));
	run(CrossEntropy { logits, targets, loss, weight });
}

/// Makes a row e^(x − greatest); returns the greatest and the sum.
#[inline(always)]
fn exponentials<I: Instructions>(row: &mut [f32]) -> (f32, f32) {
	let greatest = greatest(row);
	for value in row.iter_mut() {
		// The difference of two finite numbers may be −∞, of which `exp` is 0.
		*value = exp_one::<I>(*value - greatest);
	}
	(greatest, sum(row))
}

/// See [`softmax_cross_entropy`].
struct CrossEntropy<'a> {
	logits: ViewMut<'a>,
	targets: &'a [u32],
	loss: &'a mut [f32],
	weight: f32,
}

impl Kernel for CrossEntropy<'_> {
	type Output = ();

	#[inline(always)]
	fn run<I: Instructions>(self, _: I) {
		for ((row, target), loss) in self.logits.iter_mut().zip(self.targets).zip(self.loss) {
			let target = *target as usize;
			let Some(seen) = row.get(target).copied() else {
				row.fill(0.0);
				continue;
			};
			let (greatest, total) = exponentials::<I>(row);
			*loss += ln_one::<I>(total) - (seen - greatest);
			let scale = self.weight / total;
			row.iter_mut().for_each(|value| *value *= scale);
			if let Some(value) = row.get_mut(target) {
				*value -= self.weight;
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::kernels::Matrix;

	#[test]
	fn extreme_logits_give_no_nan() {
		let rows = [[1e30f32, -1e30, 0.0], [-1e30; 3], [1e30; 3], [f32::MAX, f32::MIN, 0.0], [f32::MIN; 3]];
		let mut logits = Matrix { rows: 5, cols: 3, data: rows.concat() };
		let mut loss = [0.0; 5];
		softmax_cross_entropy(logits.view_mut(), &[1; 5], &mut loss, 1.0);
		assert!(logits.data.iter().chain(&loss[..3]).all(|value| value.is_finite()), "{logits:?} {loss:?}");
		assert!(loss.iter().all(|loss| *loss > 1.0), "{loss:?}");
	}

	#[test]
	fn loss_and_gradient_are_those_of_f64() {
		for cols in [1, 2, 3, 7, 8, 9, 100] {
			let mut logits = Matrix::zeros(4, cols);
			logits.data.iter_mut().enumerate().for_each(|(i, x)| *x = ((i * 37 % 101) as f32 - 50.0) / 9.0);
			let (before, mut loss) = (logits.clone(), [0.5f32; 4]);
			let targets = [0, cols as u32 - 1, cols as u32 / 2, cols as u32];
			softmax_cross_entropy(logits.view_mut(), &targets, &mut loss, 0.25);
			for i in 0..4 {
				let row: Vec<f64> = before.row(i).iter().map(|x| f64::from(*x)).collect();
				let total: f64 = row.iter().map(|x| libm::exp(*x)).sum();
				let target = targets[i] as usize;
				let expected = row.get(target).map_or(0.5, |x| 0.5 + libm::log(total) - x);
				assert!((f64::from(loss[i]) - expected).abs() < 2e-6 * expected.max(1.0), "{cols} {i}");
				for (j, x) in row.iter().enumerate() {
					let p = libm::exp(*x) / total - f64::from(u8::from(j == target));
					let expected = if target < cols { 0.25 * p } else { 0.0 };
					assert!((f64::from(logits.row(i)[j]) - expected).abs() < 1e-7, "{cols} {i} {j}");
				}
			}
		}
	}
}
