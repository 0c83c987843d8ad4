//! Where columns lie in the vectors that the networks see.
//!
//! A row is, per column, a one-hot of its token followed by one place for the scalar of each token that carries one:
//! 0 unless that token is set. A condition is a one-hot over the tokens of all columns.

use super::rows::Condition;

/// One column's places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
	/// First place in a row.
	pub row: usize,
	/// First place in a condition.
	pub condition: usize,
	/// Number of tokens, at least 1.
	pub tokens: usize,
	/// How many of them, the last ones, carry a scalar.
	pub curves: usize,
}

impl Span {
	/// Places in a row.
	pub fn width(&self) -> usize {
		self.tokens.saturating_add(self.curves)
	}

	/// Place of a token's scalar within the span.
	pub fn scalar_of(&self, token: usize) -> Option<usize> {
		let plain = self.tokens.saturating_sub(self.curves);
		let curve = token.checked_sub(plain)?;
		(curve < self.curves).then(|| self.tokens.saturating_add(curve))
	}
}

/// All columns' places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
	/// The columns, in the schema's order.
	pub spans: Vec<Span>,
	/// Places of a row.
	pub width: usize,
	/// Places of a condition.
	pub conditions: usize,
}

impl Layout {
	/// Lays out columns by their numbers of tokens and of tokens that carry scalars.
	pub fn new(columns: impl Iterator<Item = (usize, usize)>) -> Self {
		let mut layout = Self { spans: Vec::new(), width: 0, conditions: 0 };
		for (tokens, curves) in columns {
			let span = Span { row: layout.width, condition: layout.conditions, tokens, curves };
			layout.width = layout.width.saturating_add(span.width());
			layout.conditions = layout.conditions.saturating_add(tokens);
			layout.spans.push(span);
		}
		layout
	}

	/// Place of a condition; past the end for a column that there is not.
	pub fn place(&self, condition: Condition) -> usize {
		self.spans.get(condition.column).map_or(usize::MAX, |span| span.condition.saturating_add(condition.token))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn scalars_lie_behind_their_columns_tokens() {
		let layout = Layout::new([(2, 0), (4, 3)].into_iter());
		assert_eq!((layout.width, layout.conditions), (9, 6));
		let second = layout.spans[1];
		assert_eq!((second.row, second.condition, second.width()), (2, 2, 7));
		assert_eq!((second.scalar_of(0), second.scalar_of(1), second.scalar_of(3)), (None, Some(4), Some(6)));
		assert_eq!(layout.spans[0].scalar_of(1), None);
	}
}
