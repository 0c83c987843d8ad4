//! Conditions on several columns: drawn one after the other, each within its own condition, rows would favour what makes
//! the later conditions unlikely. So more candidates are drawn than rows are wanted, and rows are chosen among them by
//! the probability that the model gave the later conditions: sampling and importance resampling (Rubin 1988), exact as
//! candidates grow. Every candidate meets all conditions; none is thrown away for missing one.

use super::{
	integer::IntegerNetwork,
	sampling::{blocks, with_cells, Allowed, Block, BLOCK},
};
use crate::{digest::Digest, encode::UNKNOWN, error::SynthesisError, random::Stream};

/// Candidates for every row.
const CANDIDATES: usize = 8;

/// Draws the columns of `order`, all of them under conditions, for so many rows.
///
/// # Errors
/// [`SynthesisError::Impossible`] if nothing meets the conditions.
pub(crate) fn draw(
	network: &IntegerNetwork,
	order: &[usize],
	tokens: &mut [Vec<u32>],
	allowed: &Allowed<'_>,
	seed: &Digest,
) -> Result<(), SynthesisError> {
	let rows = tokens.first().map_or(0, Vec::len);
	for block in blocks(rows, BLOCK) {
		let (candidates, weights) = candidates(network, order, tokens.len(), allowed, seed, &block)?;
		let mut stream = Stream::new(seed, "language/choose", block.number);
		let chosen = systematic(&weights, block.rows, &mut stream);
		for column in order {
			let (Some(own), Some(drawn)) = (tokens.get_mut(*column), candidates.get(*column)) else { continue };
			let cells = own.iter_mut().skip(block.start);
			for (cell, candidate) in cells.zip(&chosen) {
				*cell = drawn.get(*candidate).copied().unwrap_or(UNKNOWN);
			}
		}
	}
	Ok(())
}

/// Candidates for a block, column by column, with their weights in units of 2^-32.
fn candidates(
	network: &IntegerNetwork,
	order: &[usize],
	columns: usize,
	allowed: &Allowed<'_>,
	seed: &Digest,
	block: &Block,
) -> Result<(Vec<Vec<u32>>, Vec<u64>), SynthesisError> {
	let count = block.rows.saturating_mul(CANDIDATES);
	let mut tokens = vec![vec![UNKNOWN; count]; columns];
	let mut weights = vec![1u64 << 32; count];
	let all = Block { start: 0, rows: count, number: block.number };
	for column in order {
		let mut stream = Stream::new(seed, &format!("language/candidates/{column}"), block.number);
		let drawn = with_cells(network, *column, &tokens, |cells| cells.draw(allowed, &all, &mut stream));
		let (drawn, parts) = drawn.ok_or(SynthesisError::Impossible)?;
		if let Some(own) = tokens.get_mut(*column) {
			*own = drawn;
		}
		for (weight, part) in weights.iter_mut().zip(parts) {
			let product = u128::from(*weight).saturating_mul(u128::from(part)) >> 32;
			*weight = u64::try_from(product).unwrap_or(u64::MAX);
		}
	}
	// Of all the candidates none may be left: then one is as good as another.
	if weights.iter().all(|weight| *weight == 0) {
		weights.fill(1);
	}
	Ok((tokens, weights))
}

/// Positions chosen by weight: as often as expected up to one (Madow 1949), in random order.
fn systematic(weights: &[u64], count: usize, stream: &mut Stream) -> Vec<usize> {
	let total = weights.iter().fold(0u128, |sum, weight| sum.saturating_add(u128::from(*weight)));
	let wanted = u128::try_from(count).unwrap_or(1).max(1);
	let offset = u128::from(stream.below(u64::try_from(total).unwrap_or(u64::MAX)));
	let mut chosen = Vec::with_capacity(count);
	let (mut below, mut next) = (0u128, 0u128);
	for (at, weight) in weights.iter().enumerate() {
		below = below.saturating_add(u128::from(*weight));
		// The point number k is (k × total + offset) / wanted.
		while chosen.len() < count && next.saturating_mul(total).saturating_add(offset) < below.saturating_mul(wanted) {
			chosen.push(at);
			next = next.saturating_add(1);
		}
	}
	stream.shuffle(&mut chosen);
	chosen
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn candidates_are_chosen_as_often_as_their_weights_say() {
		let mut stream = Stream::new(&[1; 32], "systematic", 0);
		let chosen = systematic(&[5, 0, 15, 80], 20, &mut stream);
		let times = |at| chosen.iter().filter(|found| **found == at).count();
		assert_eq!([times(0), times(1), times(2), times(3)], [1, 0, 3, 16]);
	}
}
