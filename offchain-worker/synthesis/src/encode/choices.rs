//! What may be drawn for a cell, and with which weights. Integers only.

use super::column::Level;
use crate::{
	random::Stream,
	schema::{count, CodeSet},
};

/// Bits by which weights are raised, so that small parts of a level keep their share.
const FINE: u32 = 16;

/// Equally likely codes.
#[derive(Debug, Clone, Copy)]
struct Piece {
	low: i64,
	high: i64,
	weight: u64,
	/// Weights of the pieces up to and with this one.
	total: u64,
}

/// The cells of a group of levels of one class that conditions allow: "missing", or pieces in ascending order.
#[derive(Debug, Clone)]
pub(super) struct Choices {
	pieces: Vec<Piece>,
	missing: bool,
	/// Whether orders between columns do not hold.
	free: bool,
}

impl Choices {
	/// What is left of weighted levels within `allowed`, or all of them.
	pub fn new<'l>(members: impl Iterator<Item = (&'l Level, u32)>, allowed: Option<&CodeSet>) -> Self {
		let mut pieces: Vec<Piece> = Vec::new();
		let (mut missing, mut free) = (false, false);
		for (level, weight) in members {
			free |= level.is_free();
			let Some(_) = level.example() else {
				missing |= allowed.is_none_or(|cells| cells.missing);
				continue;
			};
			let raised = u64::from(weight) << FINE;
			let mut add =
				|low, high| pieces.push(Piece { low, high, weight: part(raised, low, high, level), total: 0 });
			match allowed {
				None => add(level.low, level.high),
				Some(cells) => cells.within(level.low, level.high).for_each(|(low, high)| add(low, high)),
			}
		}
		pieces.sort_unstable_by_key(|piece| piece.low);
		if pieces.iter().any(|piece| piece.weight > 0) {
			pieces.retain(|piece| piece.weight > 0);
		} else {
			pieces.iter_mut().for_each(|piece| piece.weight = 1);
		}
		let mut total = 0u64;
		for piece in &mut pieces {
			total = total.saturating_add(piece.weight);
			piece.total = total;
		}
		Self { pieces, missing, free }
	}

	/// Whether nothing is left.
	pub fn is_empty(&self) -> bool {
		self.pieces.is_empty() && !self.missing
	}

	/// Whether orders do not hold for the cells.
	pub fn is_free(&self) -> bool {
		self.free
	}

	/// Draws a cell.
	pub fn draw(&self, stream: &mut Stream) -> Option<i64> {
		let last = self.pieces.last()?;
		let piece = if self.pieces.len() == 1 {
			last
		} else {
			let point = stream.below(last.total);
			self.pieces.get(self.pieces.partition_point(|piece| piece.total <= point))?
		};
		Some(within(piece.low, piece.high, stream))
	}

	/// Draws a code between two bounds; `None` if there is none.
	pub fn draw_within(&self, low: i64, high: i64, stream: &mut Stream) -> Option<i64> {
		let (least, greatest) = (self.pieces.first()?.low, self.pieces.last()?.high);
		if low <= least && greatest <= high {
			return self.draw(stream);
		}
		let clipped = self.pieces.iter().filter_map(|piece| {
			let (from, to) = (piece.low.max(low), piece.high.min(high));
			(from <= to).then(|| (from, to, scaled(piece.weight, count(from, to), count(piece.low, piece.high))))
		});
		let total = clipped.clone().fold(0u64, |sum, (_, _, weight)| sum.saturating_add(weight));
		let mut point = stream.below(total);
		for (from, to, weight) in clipped {
			match point.checked_sub(weight) {
				None => return Some(within(from, to, stream)),
				Some(rest) => point = rest,
			}
		}
		None
	}

	/// Draws near to where one would have drawn, between bounds that exclude it: from the piece next to it.
	pub fn draw_near(&self, wanted: &Self, low: i64, high: i64, stream: &mut Stream) -> Option<i64> {
		if let Some(code) = wanted.draw_within(low, high, stream) {
			return Some(code);
		}
		let (from, to) = if wanted.pieces.first().is_some_and(|piece| piece.low > high) {
			let code = self.greatest_at_most(high)?;
			let piece = self.pieces.iter().rfind(|piece| piece.low <= code)?;
			(piece.low.max(low), code)
		} else {
			let piece = self.pieces.iter().find(|piece| piece.high >= low)?;
			(piece.low.max(low), piece.high.min(high))
		};
		(from <= to).then(|| within(from, to, stream))
	}

	/// The greatest code up to a bound.
	pub fn greatest_at_most(&self, bound: i64) -> Option<i64> {
		let after = self.pieces.partition_point(|piece| piece.low <= bound);
		let piece = self.pieces.get(after.checked_sub(1)?)?;
		Some(piece.high.min(bound))
	}
}

/// The part of a level's weight that falls on some of its codes.
fn part(weight: u64, low: i64, high: i64, level: &Level) -> u64 {
	scaled(weight, count(low, high), count(level.low, level.high))
}

/// weight × some / all, rounded down, but not to 0.
fn scaled(weight: u64, some: u64, all: u64) -> u64 {
	if some == all || weight == 0 {
		return weight;
	}
	let product = u128::from(weight).saturating_mul(u128::from(some));
	u64::try_from(product.checked_div(u128::from(all)).unwrap_or(0)).unwrap_or(weight).max(1)
}

/// A code from `low` to `high`.
fn within(low: i64, high: i64, stream: &mut Stream) -> i64 {
	if low == high {
		return low;
	}
	low.saturating_add_unsigned(stream.below(count(low, high)))
}
