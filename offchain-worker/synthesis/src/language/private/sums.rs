//! Exact sums of clipped gradients, in grid units.
//!
//! The numbers of one column come in a fixed order: embedding, the rows of the first layer that the order of columns lets it
//! use, first bias, head, head bias. Rows that it does not use have no gradient whatever the data, so they are left out and get
//! no noise.

use super::{
	super::{order::Order, parameters::ColumnParameters, shape::Shape},
	clip::{Clipped, Gradients, INPUT_BITS},
};
use crate::{
	kernels::{exact_products, Matrix, Whole},
	threads,
};

/// The sums, column by column. Every partial sum is at most the rows times the limit: below 2⁵³.
pub(crate) fn sums(gradients: &Gradients<'_>, clipped: &Clipped) -> Vec<Vec<i64>> {
	let columns: Vec<usize> = (0..gradients.shape.columns.len()).collect();
	threads::map(&columns, |column| column_sums(gradients, clipped, *column).unwrap_or_default())
}

fn column_sums(gradients: &Gradients<'_>, clipped: &Clipped, column: usize) -> Option<Vec<i64>> {
	let its = gradients.shape.columns.get(column)?;
	let tokens = gradients.batch.tokens.get(column)?;
	let mut all = looked_up(clipped.embedding.get(column)?, tokens, its.tokens);
	let Some(pass) = gradients.passes.iter().position(|pass| pass.column == column) else { return Some(all) };
	let (head, hidden) = (clipped.head.get(pass)?, clipped.hidden.get(pass)?);
	for known in gradients.order.known(gradients.shape, column) {
		all.extend(integers(&exact_products(&gradients.inputs.embedded, known, hidden)));
	}
	all.extend(bias(hidden));
	let inputs = gradients.inputs.hidden.get(pass)?;
	all.extend(integers(&exact_products(inputs, 0..inputs.cols, head)));
	all.extend(bias(head));
	Some(all)
}

/// Casting is exact below 2⁵³.
fn integers(sums: &[f64]) -> impl Iterator<Item = i64> + '_ {
	sums.iter().map(|sum| *sum as i64)
}

/// A derivative's unit is 2¹⁰ grid units.
fn grid(derivative: f64) -> i64 {
	(derivative as i64) << INPUT_BITS
}

fn bias(delta: &Whole) -> Vec<i64> {
	let mut sums = vec![0i64; delta.cols];
	for row in 0..delta.rows {
		for (sum, value) in sums.iter_mut().zip(delta.row(row)) {
			*sum = sum.saturating_add(grid(*value));
		}
	}
	sums
}

fn looked_up(delta: &Whole, tokens: &[u32], count: usize) -> Vec<i64> {
	let mut sums = vec![0i64; count.saturating_mul(delta.cols)];
	for (row, token) in tokens.iter().enumerate() {
		let start = usize::try_from(*token).unwrap_or(usize::MAX).saturating_mul(delta.cols);
		let own = sums.get_mut(start..start.saturating_add(delta.cols)).unwrap_or_default();
		for (sum, value) in own.iter_mut().zip(delta.row(row)) {
			*sum = sum.saturating_add(grid(*value));
		}
	}
	sums
}

/// The noisy sums of a column as a gradient, times `scale`; 0 where there is none.
pub(crate) fn gradient(shape: &Shape, order: &Order, column: usize, noisy: &[i64], scale: f64) -> ColumnParameters {
	let Some(its) = shape.columns.get(column) else { return ColumnParameters::default() };
	let mut numbers = noisy.iter().map(|sum| (*sum as f64 * scale) as f32);
	let mut take = |count: usize| -> Vec<f32> {
		let mut taken: Vec<f32> = numbers.by_ref().take(count).collect();
		taken.resize(count, 0.0);
		taken
	};
	let matrix = |rows: usize, cols: usize, data: Vec<f32>| Matrix { rows, cols, data };
	let embedding = matrix(its.tokens, its.embedding.len(), take(its.tokens.saturating_mul(its.embedding.len())));
	if its.hidden == 0 {
		return ColumnParameters { embedding, ..ColumnParameters::default() };
	}
	let mut first = Matrix::zeros(shape.width, its.hidden);
	for known in order.known(shape, column) {
		known.for_each(|row| first.row_mut(row).copy_from_slice(&take(its.hidden)));
	}
	let first_bias = take(its.hidden);
	let head = matrix(its.hidden, its.tokens, take(its.hidden.saturating_mul(its.tokens)));
	ColumnParameters { embedding, first, first_bias, head, head_bias: take(its.tokens) }
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn sums_find_their_places_again() {
		let shape = Shape::new(&[(3, true), (2, true)]);
		let order = Order::of(&shape, &[1, 0]);
		let its = &shape.columns[0];
		let known = shape.columns[1].embedding.clone();
		let count = 3 * its.embedding.len() + known.len() * its.hidden + its.hidden + its.hidden * 3 + 3;
		let noisy: Vec<i64> = (1..=count as i64).collect();
		let found = gradient(&shape, &order, 0, &noisy, 2.0);
		assert_eq!(found.embedding.data[0], 2.0);
		assert_eq!(found.head_bias.last(), Some(&(2.0 * count as f32)));
		assert!(found.first.row(0).iter().all(|value| *value == 0.0));
		assert!(found.first.row(known.start).iter().all(|value| *value > 0.0));
		let filled = found.parts().iter().flat_map(|part| part.iter()).filter(|value| **value != 0.0).count();
		assert_eq!(filled, count);
	}
}
