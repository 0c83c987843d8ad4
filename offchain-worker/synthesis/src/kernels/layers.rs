//! What stands between products: biases, activations, and sums of gradients.

use super::{
	dispatch::{run, Instructions, Kernel},
	matrix::{View, ViewMut},
};

/// Adds `bias` to every row.
pub(crate) fn add_bias(mut out: ViewMut<'_>, bias: &[f32]) {
	debug_assert_eq!(out.cols(), bias.len());
	for row in out.reborrow().iter_mut() {
		row.iter_mut().zip(bias).for_each(|(value, bias)| *value += bias);
	}
}

/// max(x, 0) of every element.
pub(crate) fn relu_forward(values: &mut [f32]) {
	leaky_relu_forward(values, 0.0);
}

/// Gradients through [`relu_forward`]: 0 where its output was not positive.
pub(crate) fn relu_backward(output: &[f32], gradient: &mut [f32]) {
	leaky_relu_backward(output, gradient, 0.0);
}

/// x, or `slope * x` where x is not positive.
pub(crate) fn leaky_relu_forward(values: &mut [f32], slope: f32) {
	struct Forward<'a>(&'a mut [f32], f32);
	impl Kernel for Forward<'_> {
		type Output = ();

		#[inline(always)]
		fn run<I: Instructions>(self, _: I) {
			for value in self.0 {
				// + 0.0 makes a zero of −0.
				*value = if *value > 0.0 { *value } else { self.1 * *value + 0.0 };
			}
		}
	}
	run(Forward(values, slope));
}

/// Gradients through [`leaky_relu_forward`] (of a positive or zero slope): times `slope` where its output was not positive.
pub(crate) fn leaky_relu_backward(output: &[f32], gradient: &mut [f32], slope: f32) {
	struct Backward<'a>(&'a [f32], &'a mut [f32], f32);
	impl Kernel for Backward<'_> {
		type Output = ();

		#[inline(always)]
		fn run<I: Instructions>(self, _: I) {
			for (output, gradient) in self.0.iter().zip(self.1) {
				*gradient *= if *output > 0.0 { 1.0 } else { self.2 };
			}
		}
	}
	debug_assert_eq!(output.len(), gradient.len());
	run(Backward(output, gradient, slope));
}

/// The sum of every column, rows in ascending order, from 0 or, with `accumulate`, from what `sums` holds: gradients of
/// biases.
pub(crate) fn column_sums(values: View<'_>, sums: &mut [f32], accumulate: bool) {
	debug_assert_eq!(values.cols(), sums.len());
	if !accumulate {
		sums.fill(0.0);
	}
	for row in values.iter() {
		sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::kernels::Matrix;

	#[test]
	fn activations_and_their_gradients_agree() {
		let mut values = [-2.0f32, -0.0, 0.0, 3.0];
		relu_forward(&mut values);
		assert_eq!(values.map(f32::to_bits), [0.0f32, 0.0, 0.0, 3.0].map(f32::to_bits));
		let mut gradient = [1.0f32; 4];
		relu_backward(&values, &mut gradient);
		assert_eq!(gradient, [0.0, 0.0, 0.0, 1.0]);

		let mut values = [-2.0f32, 3.0];
		leaky_relu_forward(&mut values, 0.5);
		assert_eq!(values, [-1.0, 3.0]);
		let mut gradient = [4.0f32, 4.0];
		leaky_relu_backward(&values, &mut gradient, 0.5);
		assert_eq!(gradient, [2.0, 4.0]);
	}

	#[test]
	fn sums_go_down_columns() {
		let mut matrix = Matrix { rows: 2, cols: 3, data: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
		let mut columns = [1.0f32; 3];
		column_sums(matrix.view(), &mut columns, false);
		assert_eq!(columns, [5.0, 7.0, 9.0]);
		column_sums(matrix.view(), &mut columns, true);
		assert_eq!(columns, [10.0, 14.0, 18.0]);
		add_bias(matrix.columns_mut(0..2), &[10.0, 20.0]);
		assert_eq!(matrix.data, [11.0, 22.0, 3.0, 14.0, 25.0, 6.0]);
	}
}
