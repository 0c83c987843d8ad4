//! Widths of the network: a function of the number of tokens of every column.

use std::ops::Range;

/// One column's widths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnShape {
	/// Tokens of the column, at least 1.
	pub tokens: usize,
	/// Where its embedding lies among those of all columns.
	pub embedding: Range<usize>,
	/// Width of the hidden layer that predicts it; 0 for a column that is only ever given.
	pub hidden: usize,
}

/// All widths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
	pub columns: Vec<ColumnShape>,
	/// Width of all embeddings side by side.
	pub width: usize,
	/// A column that is drawn after all others, see [`Shape::order`].
	pub last: Option<usize>,
}

/// Widest embedding of a column.
const WIDEST: usize = 32;

impl Shape {
	/// Widths for columns of so many tokens, each with whether it is predicted or only given. No column is the last.
	pub fn new(columns: &[(usize, bool)]) -> Self {
		let mut width = 0usize;
		let shape = |(tokens, predicted): &(usize, bool)| {
			let start = width;
			width = width.saturating_add(embedding(*tokens));
			ColumnShape {
				tokens: *tokens,
				embedding: start..width,
				hidden: if *predicted { hidden(*tokens) } else { 0 },
			}
		};
		let columns = columns.iter().map(shape).collect();
		Self { columns, width, last: None }
	}

	/// Multiplications that one row takes forward, about.
	pub fn work(&self) -> usize {
		let column = |column: &ColumnShape| self.width.saturating_add(column.tokens).saturating_mul(column.hidden);
		self.columns.iter().map(column).fold(0, usize::saturating_add)
	}

	/// The same with a column to be drawn after all others.
	pub fn ending_with(self, last: Option<usize>) -> Self {
		Self { last, ..self }
	}

	/// The columns that are predicted, as they are drawn when nothing else is asked for: as they stand in the table, but for the
	/// last. That is the schema's target, so what predicts it is learnt as such, and not only as what it says of each other
	/// column.
	pub fn order(&self) -> Vec<usize> {
		let mut order = self.predicted();
		// Stable, and false comes first.
		order.sort_by_key(|column| Some(*column) == self.last);
		order
	}

	/// The columns that are predicted, as they stand in the table.
	pub fn predicted(&self) -> Vec<usize> {
		let predicted = self.columns.iter().enumerate().filter(|(_, column)| column.hidden > 0);
		predicted.map(|(at, _)| at).collect()
	}
}

/// Width of a column's embedding: 3 ⁴√tokens, the rule of thumb for embeddings of categories, times 2 here because one
/// embedding serves the networks of all other columns; never wider than one-hot.
fn embedding(tokens: usize) -> usize {
	let root = libm::pow(tokens as f64, 0.25);
	// Casting saturates; tokens are at most 10^4 or so.
	((6.0 * root) as usize).clamp(1, WIDEST).min(tokens.max(1))
}

/// Width of the hidden layer that predicts a column: 16 ln(tokens), rounded, as in TabularARGN.
fn hidden(tokens: usize) -> usize {
	// Casting saturates.
	(libm::round(libm::log(tokens as f64)) as usize).max(1).saturating_mul(16)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn embeddings_lie_side_by_side_and_are_never_wider_than_one_hot() {
		let shape = Shape::new(&[(2, true), (100, false), (5_000, true)]);
		let widths: Vec<usize> = shape.columns.iter().map(|column| column.embedding.len()).collect();
		assert_eq!(widths, [2, 18, 32]);
		assert_eq!(shape.width, 52);
		assert_eq!(shape.columns[2].embedding, 20..52);
		assert_eq!(shape.predicted(), [0, 2]);
		assert_eq!((shape.order(), shape.ending_with(Some(0)).order()), (vec![0, 2], vec![2, 0]));
	}
}
