//! Trained numbers with their gradient and Adam's moments (Kingma and Ba 2015).

use crate::{
	kernels::{AdamW, Matrix},
	random::Stream,
};

/// One matrix of a network.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Parameter {
	pub value: Matrix,
	pub gradient: Matrix,
	pub first: Vec<f32>,
	pub second: Vec<f32>,
}

impl Parameter {
	/// All places the same.
	pub fn constant(rows: usize, cols: usize, value: f32) -> Self {
		let places = rows.saturating_mul(cols);
		let mut matrix = Matrix::zeros(rows, cols);
		matrix.data.fill(value);
		Self { value: matrix, gradient: Matrix::zeros(rows, cols), first: vec![0.0; places], second: vec![0.0; places] }
	}

	/// Uniform on ±1/√inputs.
	pub fn uniform(rows: usize, cols: usize, inputs: usize, stream: &mut Stream) -> Self {
		let bound = 1.0 / (inputs.max(1) as f32).sqrt();
		let mut own = Self::constant(rows, cols, 0.0);
		for value in &mut own.value.data {
			// 24 bits, so that the product is the same in any order of evaluation.
			let unit = (stream.uniform_u32() >> 8) as f32 / 16_777_216.0;
			*value = bound * (2.0 * unit - 1.0);
		}
		own
	}

	/// One step against the gradient; `step` counts from 1.
	pub fn step(&mut self, adam: &AdamW, step: u64) {
		adam.step(step, &mut self.value.data, &self.gradient.data, &mut self.first, &mut self.second);
	}
}
