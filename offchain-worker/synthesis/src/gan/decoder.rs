//! What the artefact knows of a column: how often each token is, and how a token becomes a cell again.

use super::layout::Layout;
use crate::random::Stream;

/// How a token becomes a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decoder {
	/// A missing cell.
	Missing,
	/// One of these codes by weight; codes ascend, weights are at least 1.
	Choice(Vec<(i64, u32)>),
	/// The generator's scalar (in parts of 1 / [`FINE`](super::integer::FINE)) and the code at knots of which neither
	/// descends, straight in between, on the grid of `step` from the first code. At least one knot.
	Curve { step: u64, knots: Vec<(i32, i64)> },
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnDecoder {
	/// Training rows of each token, at least 1 each.
	pub counts: Vec<u32>,
	/// The tokens; curves come last.
	pub tokens: Vec<Decoder>,
}

impl ColumnDecoder {
	/// A token by its rows.
	pub fn draw(&self, stream: &mut Stream) -> usize {
		let total = self.counts.iter().fold(0u64, |sum, count| sum.saturating_add(u64::from(*count)));
		let mut point = stream.below(total);
		for (token, count) in self.counts.iter().enumerate() {
			if point < u64::from(*count) {
				return token;
			}
			point = point.saturating_sub(u64::from(*count));
		}
		0
	}

	/// The cell of a token and its scalar, if it has one.
	pub fn cell(&self, token: usize, scalar: i32, stream: &mut Stream) -> Option<i64> {
		match self.tokens.get(token)? {
			Decoder::Missing => None,
			Decoder::Choice(codes) => choose(codes, stream),
			Decoder::Curve { step, knots } => along(knots, *step, scalar),
		}
	}
}

/// Places of the columns.
pub(super) fn layout(columns: &[ColumnDecoder]) -> Layout {
	Layout::new(columns.iter().map(|column| {
		let curves = column.tokens.iter().filter(|token| matches!(token, Decoder::Curve { .. })).count();
		(column.tokens.len(), curves)
	}))
}

fn choose(codes: &[(i64, u32)], stream: &mut Stream) -> Option<i64> {
	if let [(only, _)] = codes {
		return Some(*only);
	}
	let total = codes.iter().fold(0u64, |sum, (_, weight)| sum.saturating_add(u64::from(*weight)));
	let mut point = stream.below(total);
	for (code, weight) in codes {
		if point < u64::from(*weight) {
			return Some(*code);
		}
		point = point.saturating_sub(u64::from(*weight));
	}
	codes.last().map(|(code, _)| *code)
}

/// The code at a scalar.
fn along(knots: &[(i32, i64)], step: u64, scalar: i32) -> Option<i64> {
	let (_, origin) = *knots.first()?;
	let after = knots.partition_point(|(at, _)| *at <= scalar);
	let below = after.checked_sub(1).and_then(|at| knots.get(at));
	let exact = match (below, knots.get(after)) {
		(Some((from, low)), Some((to, high))) => {
			// |scalar distance| < 2^32 and |code distance| < 2^65: the product fits.
			let ahead = i128::from(scalar).wrapping_sub(i128::from(*from));
			let width = i128::from(*to).wrapping_sub(i128::from(*from)).max(1);
			let rise = i128::from(*high).wrapping_sub(i128::from(*low));
			i128::from(*low).wrapping_add(rounded(rise.wrapping_mul(ahead), width))
		},
		(Some((_, code)), None) | (None, Some((_, code))) => i128::from(*code),
		(None, None) => return None,
	};
	let step = i128::from(step.max(1));
	let steps = rounded(exact.wrapping_sub(i128::from(origin)), step);
	let last = knots.last().map_or(origin, |(_, code)| *code);
	let on_grid = i128::from(origin).wrapping_add(steps.wrapping_mul(step));
	i64::try_from(on_grid.clamp(i128::from(origin), i128::from(last.max(origin)))).ok()
}

/// a / b to the nearest whole number, for b above 0.
fn rounded(a: i128, b: i128) -> i128 {
	let half = b.checked_div(2).unwrap_or(0);
	a.wrapping_add(half).checked_div_euclid(b).unwrap_or(0)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn scalars_between_knots_give_codes_between_them_on_the_grid() {
		let knots = [(-4_096, 10), (0, 30), (4_096, 130)];
		assert_eq!(along(&knots, 5, -9_999), Some(10));
		assert_eq!(along(&knots, 5, -2_048), Some(20));
		assert_eq!(along(&knots, 5, -1_800), Some(20));
		assert_eq!(along(&knots, 5, 2_048), Some(80));
		assert_eq!(along(&knots, 5, 9_999), Some(130));
		assert_eq!(along(&[(0, 7)], 1, 55), Some(7));
		assert_eq!(along(&[], 1, 55), None);
	}

	#[test]
	fn the_widest_codes_do_not_overflow() {
		let far = [(i32::MIN, i64::MIN), (i32::MAX, i64::MAX)];
		for scalar in [i32::MIN, -1, 0, 1, i32::MAX] {
			assert!(along(&far, u64::MAX, scalar).is_some());
			assert!(along(&far, 1, scalar).is_some());
		}
	}

	#[test]
	fn choices_follow_their_weights() {
		let mut stream = Stream::new(&[1; 32], "choice", 0);
		let drawn = (0..4_000).filter(|_| choose(&[(3, 1), (9, 3)], &mut stream) == Some(9)).count();
		assert!(drawn.abs_diff(3_000) < 120, "{drawn}");
	}
}
