//! The generator: noise and a condition in, one row's logits and scalars out.
//!
//! Two residual blocks and a linear head (Xu et al. 2019, section 4.4): h₀ = z ⊕ cond,
//! h₁ = h₀ ⊕ ReLU(BN(h₀W₁)), h₂ = h₁ ⊕ ReLU(BN(h₁W₂)), out = h₂W₃ + b. The concatenation h₂ is one matrix, of which
//! every layer reads a front part and writes the next one. Of a
//! condition one place is set at most, so it is not multiplied: its row of the layer's weights is added. A bias before batch normalisation would cancel, so there
//! is none.

use super::parameter::Parameter;
use crate::{
	kernels::{add_bias, column_sums, multiply_at_threads, multiply_bt_threads, multiply_threads, Matrix},
	random::Stream,
};

/// Added to a variance before its root.
const EPSILON: f32 = 1e-5;
/// Residual blocks.
pub(super) const BLOCKS: usize = 2;

/// Weights and normalisation of a residual block.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
	pub weights: Parameter,
	/// Weights of the condition's places.
	pub asked: Parameter,
	/// γ and β of the batch normalisation.
	pub scale: Parameter,
	pub shift: Parameter,
}

/// The generator's parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Generator {
	/// Width of the noise.
	pub noise: usize,
	/// Width of a condition.
	pub conditions: usize,
	/// Width of a block.
	pub hidden: usize,
	/// Width of a row.
	pub outputs: usize,
	pub blocks: Vec<Block>,
	pub head: Parameter,
	pub head_asked: Parameter,
	pub bias: Parameter,
}

/// What a forward pass leaves for the backward pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Trace {
	/// h₂ without the condition, row by row.
	pub hidden: Matrix,
	/// Place of every row's condition; past the end for none.
	pub asked: Vec<usize>,
	/// Normalised values before scale and shift, per block.
	normal: Vec<Matrix>,
	/// Mean and 1 / deviation of every place, per block.
	pub moments: Vec<(Vec<f32>, Vec<f32>)>,
	/// Logits and scalars.
	pub out: Matrix,
}

impl Generator {
	/// A fresh generator of these widths.
	pub fn new(noise: usize, conditions: usize, hidden: usize, outputs: usize, stream: &mut Stream) -> Self {
		let width = |block: usize| noise.saturating_add(hidden.saturating_mul(block));
		let mut layer = |block: usize, outputs: usize| {
			let inputs = width(block).saturating_add(conditions);
			let weights = Parameter::uniform(width(block), outputs, inputs, stream);
			(weights, Parameter::uniform(conditions, outputs, inputs, stream))
		};
		let block = |(weights, asked)| Block {
			weights,
			asked,
			scale: Parameter::constant(1, hidden, 1.0),
			shift: Parameter::constant(1, hidden, 0.0),
		};
		let blocks = (0..BLOCKS).map(|at| block(layer(at, hidden))).collect();
		let (head, head_asked) = layer(BLOCKS, outputs);
		let bias = Parameter::constant(1, outputs, 0.0);
		Self { noise, conditions, hidden, outputs, blocks, head, head_asked, bias }
	}

	/// All parameters in a fixed order.
	pub fn parameters(&self) -> Vec<&Parameter> {
		let blocks = self.blocks.iter().flat_map(|block| [&block.weights, &block.asked, &block.scale, &block.shift]);
		blocks.chain([&self.head, &self.head_asked, &self.bias]).collect()
	}

	/// The same, to change them.
	pub fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
		let blocks = self
			.blocks
			.iter_mut()
			.flat_map(|block| [&mut block.weights, &mut block.asked, &mut block.scale, &mut block.shift]);
		blocks.chain([&mut self.head, &mut self.head_asked, &mut self.bias]).collect()
	}

	/// Places of h without the condition before a block, or of h₂ for [`BLOCKS`].
	pub fn width(&self, block: usize) -> usize {
		self.noise.saturating_add(self.hidden.saturating_mul(block))
	}

	/// Makes room for `rows` rows; noise goes into the first places of `trace.hidden`, and
	/// conditions into `trace.asked`.
	pub fn prepare(&self, rows: usize, trace: &mut Trace) {
		let fits = trace.hidden.rows == rows && trace.out.cols == self.outputs && trace.normal.len() == BLOCKS;
		if fits {
			trace.asked.clear();
			return;
		}
		*trace = Trace {
			hidden: Matrix::zeros(rows, self.width(BLOCKS)),
			asked: Vec::with_capacity(rows),
			normal: (0..BLOCKS).map(|_| Matrix::zeros(rows, self.hidden)).collect(),
			moments: vec![(vec![0.0; self.hidden], vec![0.0; self.hidden]); BLOCKS],
			out: Matrix::zeros(rows, self.outputs),
		};
	}

	/// Fills the rest of the trace from its inputs, normalising over its rows.
	pub fn forward(&self, trace: &mut Trace) {
		let blocks = self.blocks.iter().zip(trace.normal.iter_mut()).zip(trace.moments.iter_mut());
		for (at, ((block, normal), moments)) in blocks.enumerate() {
			let own = self.width(at);
			take_rows(&block.asked.value, &trace.asked, normal);
			multiply_threads(trace.hidden.columns(0..own), block.weights.value.view(), normal.view_mut(), true);
			normalise(normal, moments);
			let affine = || block.scale.value.data.iter().zip(&block.shift.value.data);
			for row in 0..normal.rows {
				let places = trace.hidden.row_mut(row).iter_mut().skip(own);
				for ((place, value), (scale, shift)) in places.zip(normal.row(row)).zip(affine()) {
					*place = (value * scale + shift).max(0.0);
				}
			}
		}
		take_rows(&self.head_asked.value, &trace.asked, &mut trace.out);
		add_bias(trace.out.view_mut(), &self.bias.value.data);
		multiply_threads(trace.hidden.view(), self.head.value.view(), trace.out.view_mut(), true);
	}

	/// Gradients of all parameters from the gradient at the outputs. `backwards` is room of the form of h₂.
	pub fn backward(&mut self, trace: &Trace, at_out: &Matrix, backwards: &mut Matrix) {
		if backwards.rows != trace.hidden.rows || backwards.cols != trace.hidden.cols {
			*backwards = Matrix::zeros(trace.hidden.rows, trace.hidden.cols);
		}
		let (noise, whole) = (self.noise, self.width(BLOCKS));
		column_sums(at_out.view(), &mut self.bias.gradient.data, false);
		multiply_at_threads(trace.hidden.view(), at_out.view(), self.head.gradient.view_mut(), false);
		add_rows(at_out, &trace.asked, &mut self.head_asked.gradient);
		let head = self.head.value.rows_view(noise..whole);
		multiply_bt_threads(at_out.view(), head, backwards.columns_mut(noise..whole), false);
		let widths: Vec<usize> = (0..BLOCKS).map(|block| self.width(block)).collect();
		let hidden = self.hidden;
		let layers = self.blocks.iter_mut().zip(&trace.normal).zip(&trace.moments).zip(widths);
		for (((block, normal), (_, inverse)), own) in layers.rev() {
			let mut below = Matrix::zeros(normal.rows, hidden);
			for row in 0..normal.rows {
				let passed = backwards.row(row).iter().skip(own).zip(trace.hidden.row(row).iter().skip(own));
				for (place, (gradient, value)) in below.row_mut(row).iter_mut().zip(passed) {
					*place = if *value > 0.0 { *gradient } else { 0.0 };
				}
			}
			through_normalisation(block, normal, inverse, &mut below);
			multiply_at_threads(trace.hidden.columns(0..own), below.view(), block.weights.gradient.view_mut(), false);
			add_rows(&below, &trace.asked, &mut block.asked.gradient);
			if own > noise {
				let weights = block.weights.value.rows_view(noise..own);
				multiply_bt_threads(below.view(), weights, backwards.columns_mut(noise..own), true);
			}
		}
	}
}

/// Sets every row to the row of the table that it asks for, or to zeros.
fn take_rows(table: &Matrix, asked: &[usize], out: &mut Matrix) {
	for row in 0..out.rows {
		let own = asked.get(row).map_or(&[][..], |place| table.row(*place));
		let out = out.row_mut(row);
		if own.is_empty() {
			out.fill(0.0);
		} else {
			out.copy_from_slice(own);
		}
	}
}

/// The gradient of [`take_rows`]: every row added to the row that it asked for, in order.
fn add_rows(rows: &Matrix, asked: &[usize], out: &mut Matrix) {
	out.data.fill(0.0);
	for (row, place) in asked.iter().enumerate() {
		out.row_mut(*place).iter_mut().zip(rows.row(row)).for_each(|(sum, value)| *sum += value);
	}
}

/// Subtracts the mean of every column and divides by its deviation; leaves mean and 1 / deviation.
fn normalise(values: &mut Matrix, (mean, inverse): &mut (Vec<f32>, Vec<f32>)) {
	let count = values.rows.max(1) as f32;
	column_sums(values.view(), mean, false);
	mean.iter_mut().for_each(|sum| *sum /= count);
	inverse.fill(0.0);
	for row in 0..values.rows {
		let row = values.row_mut(row);
		for ((value, mean), square) in row.iter_mut().zip(mean.iter()).zip(inverse.iter_mut()) {
			*value -= mean;
			*square += *value * *value;
		}
	}
	inverse.iter_mut().for_each(|square| *square = 1.0 / (*square / count + EPSILON).sqrt());
	for row in 0..values.rows {
		for (value, inverse) in values.row_mut(row).iter_mut().zip(inverse.iter()) {
			*value *= inverse;
		}
	}
}

/// Turns the gradient behind batch normalisation into the one before it, and leaves those of γ and β
/// (Ioffe and Szegedy 2015): dx = γ/(σN) · (N dy − Σdy − x̂ Σ dy x̂).
fn through_normalisation(block: &mut Block, normal: &Matrix, inverse: &[f32], gradient: &mut Matrix) {
	let count = normal.rows.max(1) as f32;
	column_sums(gradient.view(), &mut block.shift.gradient.data, false);
	let products = &mut block.scale.gradient.data;
	products.fill(0.0);
	for row in 0..normal.rows {
		for ((sum, value), dy) in products.iter_mut().zip(normal.row(row)).zip(gradient.row(row)) {
			*sum += value * dy;
		}
	}
	let factors: Vec<f32> =
		block.scale.value.data.iter().zip(inverse).map(|(scale, inverse)| scale * inverse).collect();
	let sums: Vec<(f32, f32)> = block
		.shift
		.gradient
		.data
		.iter()
		.zip(&block.scale.gradient.data)
		.map(|(sum, product)| (sum / count, product / count))
		.collect();
	for row in 0..normal.rows {
		let terms = normal.row(row).iter().zip(&factors).zip(&sums);
		for (dy, ((value, factor), (sum, product))) in gradient.row_mut(row).iter_mut().zip(terms) {
			*dy = factor * (*dy - sum - value * product);
		}
	}
}
