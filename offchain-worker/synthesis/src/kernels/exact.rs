//! Sums of products of whole numbers, exact.
//!
//! f64 holds whole numbers up to 2⁵³, and sums and products of them are exact below that: so the order of a sum does not
//! matter, and neither do vectors, threads or fused instructions. Callers keep their sums below 2⁵³.

use super::dispatch::{run, Instructions, Kernel};
use std::ops::Range;

/// Rows that are multiplied at once.
const ROWS: usize = 4;

/// A row-major matrix of whole numbers.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Whole {
	/// Number of rows.
	pub rows: usize,
	/// Number of columns.
	pub cols: usize,
	/// The numbers, row by row.
	pub data: Vec<f64>,
}

impl Whole {
	/// A matrix of zeros.
	pub fn zeros(rows: usize, cols: usize) -> Self {
		Self { rows, cols, data: vec![0.0; rows.saturating_mul(cols)] }
	}

	/// Row `i`, empty if there is none.
	pub fn row(&self, i: usize) -> &[f64] {
		let start = i.saturating_mul(self.cols);
		self.data.get(start..start.saturating_add(self.cols)).unwrap_or_default()
	}

	/// Row `i`, empty if there is none.
	pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
		let start = i.saturating_mul(self.cols);
		self.data.get_mut(start..start.saturating_add(self.cols)).unwrap_or_default()
	}
}

/// aᵀb of the columns `range` of `a`: a row of `b`'s width for every one of them, the sum over the rows of both.
pub(crate) fn exact_products(a: &Whole, range: Range<usize>, b: &Whole) -> Vec<f64> {
	run(Products { a, range, b })
}

struct Products<'a> {
	a: &'a Whole,
	range: Range<usize>,
	b: &'a Whole,
}

impl Kernel for Products<'_> {
	type Output = Vec<f64>;

	#[inline(always)]
	fn run<I: Instructions>(self, _: I) -> Vec<f64> {
		let width = self.b.cols.max(1);
		let mut sums = vec![0.0f64; self.range.len().saturating_mul(self.b.cols)];
		let mut row = 0usize;
		while row < self.a.rows {
			let last = self.a.rows.saturating_sub(1);
			// Past the end the last row stands in, with factors of 0.
			let at = |k: usize| row.saturating_add(k).min(last);
			let factor = |k: usize| if row.saturating_add(k) > last { 0.0 } else { 1.0 };
			let inputs = |k: usize| self.a.row(at(k)).get(self.range.clone()).unwrap_or_default();
			let (a0, a1, a2, a3) = (inputs(0), inputs(1), inputs(2), inputs(3));
			let (b0, b1, b2, b3) = (self.b.row(at(0)), self.b.row(at(1)), self.b.row(at(2)), self.b.row(at(3)));
			let (f1, f2, f3) = (factor(1), factor(2), factor(3));
			let columns = a0.iter().zip(a1).zip(a2.iter().zip(a3));
			for (out, ((x0, x1), (x2, x3))) in sums.chunks_mut(width).zip(columns) {
				let (x0, x1, x2, x3) = (*x0, x1 * f1, x2 * f2, x3 * f3);
				if x0 == 0.0 && x1 == 0.0 && x2 == 0.0 && x3 == 0.0 {
					continue;
				}
				let deltas = b0.iter().zip(b1).zip(b2.iter().zip(b3));
				for (sum, ((y0, y1), (y2, y3))) in out.iter_mut().zip(deltas) {
					*sum += (x0 * y0 + x1 * y1) + (x2 * y2 + x3 * y3);
				}
			}
			row = row.saturating_add(ROWS);
		}
		sums
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn whole(rows: usize, cols: usize, numbers: &[i32]) -> Whole {
		let data = numbers.iter().cycle().take(rows * cols).map(|number| f64::from(*number)).collect();
		Whole { rows, cols, data }
	}

	proptest! {
		#[test]
		fn products_are_those_of_integers(
			rows in 0usize..11, cols in 0usize..7, width in 0usize..9, from in 0usize..4, seed: i32,
		) {
			let mut state = seed;
			let mut numbers = |count: usize| -> Vec<i32> {
				(0..count).map(|_| { state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345); state >> 7 }).collect()
			};
			let (a, b) = (whole(rows, cols, &numbers(rows * cols)), whole(rows, width, &numbers(rows * width)));
			let range = from.min(cols)..cols;
			let found = exact_products(&a, range.clone(), &b);
			let mut expected = Vec::new();
			for i in range {
				for j in 0..width {
					let term = |row: usize| a.row(row)[i] as i64 * b.row(row)[j] as i64;
					expected.push((0..rows).map(term).sum::<i64>());
				}
			}
			prop_assert_eq!(found.iter().map(|sum| *sum as i64).collect::<Vec<_>>(), expected);
		}
	}
}
