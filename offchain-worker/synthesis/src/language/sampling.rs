//! Filling in what is not known of a row: sampling from nothing, under conditions, imputation, prediction.
//!
//! Columns are visited in their order; a cell that is not known is drawn from the network's distribution given all known
//! cells of the row, wherever they stand. Integers only, in blocks of rows with random streams of their own.

use super::{
	draw::{draw, weights},
	integer::{IntegerNetwork, Lookup, Room},
	rules::Rules,
};
use crate::{
	digest::Digest,
	encode::UNKNOWN,
	error::SynthesisError,
	generate::{report, Progress},
	random::Stream,
	threads,
};

/// Rows of one block; part of what sampling means.
pub(super) const BLOCK: usize = 512;

/// What tokens may be drawn: by column, the weight of every token in units of 2^-16, and the rules between columns.
pub(crate) struct Allowed<'a> {
	pub evidence: Vec<Vec<u64>>,
	pub rules: &'a Rules,
}

/// Rows that are worked on together.
pub(super) struct Block {
	pub start: usize,
	pub rows: usize,
	pub number: u64,
}

/// All rows in blocks of at most `size`.
pub(super) fn blocks(rows: usize, size: usize) -> Vec<Block> {
	(0u64..)
		.zip((0..rows).step_by(size.max(1)))
		.map(|(number, start)| Block { start, rows: size.min(rows.saturating_sub(start)), number })
		.collect()
}

/// Draws every unknown cell of columns that are predicted, column by column in `order`.
///
/// # Errors
/// [`SynthesisError::Impossible`] for a row of which evidence and rules leave nothing; cancelled.
pub(crate) fn fill(
	network: &IntegerNetwork,
	order: &[usize],
	tokens: &mut [Vec<u32>],
	allowed: &Allowed<'_>,
	seed: &Digest,
	progress: &mut dyn Progress,
) -> Result<(), SynthesisError> {
	let rows = tokens.first().map_or(0, Vec::len);
	for (done, column) in order.iter().enumerate() {
		report(progress, "sample", done, order.len())?;
		let label = format!("language/sample/{column}");
		let drawn = with_cells(network, *column, tokens, |cells| {
			threads::map(&blocks(rows, BLOCK), |block| {
				let mut stream = Stream::new(seed, &label, block.number);
				cells.draw(allowed, block, &mut stream).map(|(drawn, _)| drawn)
			})
		});
		let drawn = drawn.into_iter().collect::<Option<Vec<_>>>().ok_or(SynthesisError::Impossible)?.concat();
		if let Some(own) = tokens.get_mut(*column) {
			*own = drawn;
		}
	}
	report(progress, "sample", order.len(), order.len())
}

/// Does something with the cells of a column, given what is known of the others.
pub(super) fn with_cells<T>(
	network: &IntegerNetwork,
	column: usize,
	tokens: &[Vec<u32>],
	act: impl FnOnce(&Cells<'_>) -> T,
) -> T {
	let known = known(tokens, column);
	let lookups: Vec<Lookup> = known.iter().map(|(other, _)| network.lookup(column, *other)).collect();
	let own = tokens.get(column).map_or(&[][..], Vec::as_slice);
	act(&Cells { network, column, known: &known, lookups: &lookups, own })
}

/// The other columns of which something is known.
fn known(tokens: &[Vec<u32>], column: usize) -> Vec<(usize, &[u32])> {
	let others = tokens.iter().enumerate().filter(|(other, _)| *other != column);
	others
		.filter(|(_, tokens)| tokens.iter().any(|token| *token != UNKNOWN))
		.map(|(other, tokens)| (other, tokens.as_slice()))
		.collect()
}

/// The cells of one column, and what is known beside them.
pub(super) struct Cells<'a> {
	network: &'a IntegerNetwork,
	column: usize,
	known: &'a [(usize, &'a [u32])],
	lookups: &'a [Lookup],
	own: &'a [u32],
}

/// Tokens, and for each the part of its distribution that was allowed, in units of 2^-32.
type Drawn = (Vec<u32>, Vec<u64>);

impl Cells<'_> {
	/// Weights of every token for each row of a block, one row after the other.
	pub fn weigh(&self, block: &Block, mut each: impl FnMut(usize, &mut Vec<u64>)) {
		let mut room = Room::default();
		let (mut row_known, mut found) = (Vec::new(), Vec::new());
		for row in (block.start..).take(block.rows) {
			row_known.clear();
			row_known.extend(self.known.iter().map(|(_, tokens)| tokens.get(row).copied().unwrap_or(UNKNOWN)));
			self.network.scores(self.column, self.lookups, &row_known, &mut room);
			weights(&room.scores, &mut found);
			each(row, &mut found);
		}
	}

	/// The tokens of a block of rows; those that are known stay. `None` if nothing is left for one of them.
	pub fn draw(&self, allowed: &Allowed<'_>, block: &Block, stream: &mut Stream) -> Option<Drawn> {
		let mut drawn: Vec<Option<u32>> = Vec::with_capacity(block.rows);
		let mut parts = Vec::with_capacity(block.rows);
		self.weigh(block, |row, found| {
			let own = self.own.get(row).copied().unwrap_or(UNKNOWN);
			if own != UNKNOWN {
				drawn.push(Some(own));
				parts.push(WHOLE);
				return;
			}
			parts.push(allowed.narrow(self.column, self.known, row, found));
			drawn.push(draw(found, stream));
		});
		Some((drawn.into_iter().collect::<Option<Vec<u32>>>()?, parts))
	}
}

/// All of a distribution.
const WHOLE: u64 = 1 << 32;

impl Allowed<'_> {
	/// Takes out what evidence and rules forbid; gives the part that is left, in units of 2^-32. If that is nothing of the
	/// network's weights, any token that they allow is as likely.
	fn narrow(&self, column: usize, known: &[(usize, &[u32])], row: usize, weights: &mut [u64]) -> u64 {
		let evidence = self.evidence.get(column).map_or(&[][..], Vec::as_slice);
		if evidence.is_empty() && !self.rules.concern(column) {
			return WHOLE;
		}
		let mut shares: Vec<u64> = weights.iter().map(|_| 1 << 16).collect();
		shares.iter_mut().zip(evidence).for_each(|(share, evidence)| *share = *evidence);
		for (other, tokens) in known {
			let token = tokens.get(row).copied().unwrap_or(UNKNOWN);
			self.rules.forbid(column, *other, token, &mut shares);
		}
		let sum = |weights: &[u64]| weights.iter().fold(0u128, |sum, weight| sum.saturating_add(u128::from(*weight)));
		let all = sum(weights);
		let narrowed = |(weight, share): (&u64, &u64)| weight.saturating_mul(*share) >> 16;
		let any = weights.iter().zip(&shares).any(|pair| narrowed(pair) > 0);
		for (weight, share) in weights.iter_mut().zip(&shares) {
			*weight = if any { narrowed((weight, share)) } else { *share };
		}
		if !any {
			return 1;
		}
		let part = (sum(weights) << 32).checked_div(all).unwrap_or(0);
		u64::try_from(part).unwrap_or(WHOLE).max(1)
	}
}
