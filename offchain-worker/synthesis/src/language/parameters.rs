//! The network's numbers while it is trained.

use super::shape::Shape;
use crate::{digest::Digest, kernels::Matrix, random::Stream};

/// What belongs to one column.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ColumnParameters {
	/// A row for every token.
	pub embedding: Matrix,
	/// From the embeddings of all columns to the hidden layer.
	pub first: Matrix,
	pub first_bias: Vec<f32>,
	/// From the hidden layer to a number for every token.
	pub head: Matrix,
	pub head_bias: Vec<f32>,
}

/// Columns of parameters, or of their gradients, or of an optimiser's state.
pub(crate) type Parameters = Vec<ColumnParameters>;

impl ColumnParameters {
	/// All numbers, part by part.
	pub fn parts(&self) -> [&[f32]; 5] {
		[&self.embedding.data, &self.first.data, &self.first_bias, &self.head.data, &self.head_bias]
	}

	/// All numbers, part by part.
	pub fn parts_mut(&mut self) -> [&mut [f32]; 5] {
		[&mut self.embedding.data, &mut self.first.data, &mut self.first_bias, &mut self.head.data, &mut self.head_bias]
	}
}

/// All numbers 0.
pub(crate) fn zeros(shape: &Shape) -> Parameters {
	let column = |column: &super::shape::ColumnShape| ColumnParameters {
		embedding: Matrix::zeros(column.tokens, column.embedding.len()),
		first: Matrix::zeros(if column.hidden > 0 { shape.width } else { 0 }, column.hidden),
		first_bias: vec![0.0; column.hidden],
		head: Matrix::zeros(column.hidden, if column.hidden > 0 { column.tokens } else { 0 }),
		head_bias: vec![0.0; if column.hidden > 0 { column.tokens } else { 0 }],
	};
	shape.columns.iter().map(column).collect()
}

/// Where training starts: embeddings normal with a small spread, for rare tokens hardly leave it, layers uniform with the variance that keeps activations level (He
/// and others 2015), biases of the heads the logarithms of the tokens' shares in `counts`, or 0 without them.
pub(crate) fn initial(shape: &Shape, counts: Option<&[Vec<u64>]>, seed: &Digest) -> Parameters {
	let mut parameters = zeros(shape);
	for (at, column) in (0u64..).zip(&mut parameters) {
		let mut stream = Stream::new(seed, "language/initial", at);
		column.embedding.data.iter_mut().for_each(|x| *x = (stream.normal() * SPREAD) as f32);
		uniform(&mut column.first, &mut stream);
		uniform(&mut column.head, &mut stream);
	}
	for (column, counts) in parameters.iter_mut().zip(counts.unwrap_or(&[])) {
		let total = counts.iter().map(|count| *count as f64 + SMOOTHING).sum::<f64>();
		for (bias, count) in column.head_bias.iter_mut().zip(counts) {
			*bias = libm::log((*count as f64 + SMOOTHING) / total) as f32;
		}
	}
	parameters
}

/// Standard deviation of the embeddings.
const SPREAD: f64 = 0.1;
/// Added to every count, so that no logarithm is infinite.
const SMOOTHING: f64 = 0.5;

fn uniform(matrix: &mut Matrix, stream: &mut Stream) {
	// About half of the inputs are known.
	let bound = libm::sqrt(6.0 / (matrix.rows as f64).max(1.0));
	matrix.data.iter_mut().for_each(|x| *x = ((stream.uniform() * 2.0 - 1.0) * bound) as f32);
}
