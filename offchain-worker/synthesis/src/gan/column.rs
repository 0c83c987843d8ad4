//! One column as tokens and scalars: mode-specific normalisation with frequent values on their own.
//!
//! A cell becomes one token of its column, and some tokens carry a scalar in -1..1:
//! - *missing* is a token;
//! - every frequent level of a categorical column, every value of a numeric column with few values, and every spike
//!   (a value seen far more often than its neighbours: 0, 40 hours, a detection limit) is a token;
//! - rare levels share one token that stands for all of them;
//! - all other numbers belong to the component of a Gaussian mixture that most likely made them: one token each, and
//!   the scalar (x − μ) / (2σ).
//!
//! No token of fewer than [`FEWEST`] rows leaves a table that has a larger one, rare levels are drawn back evenly so
//! that a model does not tell which of them a patient had, and numbers are clamped to the [`FEWEST`]th least and
//! greatest value.

use super::{
	mixture::Mixture,
	modes::{components, ends, spikes},
};
use crate::schema::{Column, ColumnKind};
use std::collections::BTreeMap;

/// Fewest rows of anything that a model names.
pub(super) const FEWEST: usize = 5;
/// Numeric columns of at most this many different values are categorical.
const FEW_VALUES: usize = 24;
/// Most components of a mixture.
const MOST_COMPONENTS: usize = 10;
/// Most spikes of a numeric column.
const MOST_SPIKES: usize = 24;
/// Scalars are (x − μ) / (SCALE σ).
const SCALE: f64 = 2.0;
/// Largest scalar.
const LARGEST: f64 = 0.99;

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
	/// The cell is missing.
	Missing,
	/// One of these codes, each with its weight; never empty, weights at least 1.
	Choice(Vec<(i64, u32)>),
	/// A number on the grid of `step` from the first: equally likely between neighbouring codes, which ascend.
	/// At least one code.
	Curve { codes: Vec<i64>, step: u64 },
}

impl Meaning {
	/// Whether the token carries a scalar.
	pub fn is_curve(&self) -> bool {
		matches!(self, Self::Curve { .. })
	}
}

/// A column's cells in the form that the networks see. Tokens with a scalar come last.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Encoded {
	/// What each token stands for.
	pub meanings: Vec<Meaning>,
	/// Rows of each token.
	pub counts: Vec<u32>,
	/// Token of each row.
	pub tokens: Vec<u16>,
	/// Scalar of each row, 0 for tokens without; empty if no token has one.
	pub scalars: Vec<f32>,
}

/// A cell before rare tokens are gone.
#[derive(Clone, Copy)]
struct Cell {
	token: usize,
	scalar: f64,
}

/// Encodes a column into at most about `most` tokens (at least 3).
pub(super) fn encode(column: &Column, codes: &[Option<i64>], most: usize) -> Encoded {
	let mut meanings = vec![Meaning::Missing];
	let lookup = match &column.kind {
		ColumnKind::Categorical { levels } => categorical(levels.len(), codes, most, &mut meanings),
		_ => numeric(column, codes, most, &mut meanings),
	};
	let cells: Vec<Cell> =
		codes.iter().map(|code| code.map_or(Cell { token: 0, scalar: 0.0 }, |code| lookup.cell(code))).collect();
	without_rare(meanings, &cells)
}

/// How present codes become cells.
struct Lookup {
	single: BTreeMap<i64, usize>,
	/// Token of every code that has no own one, if there is no mixture.
	other: usize,
	mixture: Option<(Mixture, Vec<usize>)>,
	low: i64,
	high: i64,
}

impl Lookup {
	fn cell(&self, code: i64) -> Cell {
		let code = code.clamp(self.low, self.high);
		if let Some(token) = self.single.get(&code) {
			return Cell { token: *token, scalar: 0.0 };
		}
		let Some((mixture, tokens)) = &self.mixture else {
			return Cell { token: self.nearest(code).unwrap_or(self.other), scalar: 0.0 };
		};
		let at = mixture.component_of(code as f64);
		let scalar = mixture.0.get(at).map_or(0.0, |component| {
			((code as f64 - component.mean) / (SCALE * component.deviation)).clamp(-LARGEST, LARGEST)
		});
		Cell { token: tokens.get(at).copied().unwrap_or(self.other), scalar }
	}

	/// The token of the nearest code that has one, where codes have an order.
	fn nearest(&self, code: i64) -> Option<usize> {
		if self.low == i64::MIN {
			return None;
		}
		let below = self.single.range(..code).next_back();
		let above = self.single.range(code..).next();
		match (below, above) {
			(Some((low, token)), Some((high, other))) => {
				Some(if code.abs_diff(*low) <= high.abs_diff(code) { *token } else { *other })
			},
			(Some((_, token)), None) | (None, Some((_, token))) => Some(*token),
			(None, None) => None,
		}
	}
}

fn counted(codes: impl Iterator<Item = i64>) -> BTreeMap<i64, u64> {
	let mut counts = BTreeMap::new();
	for code in codes {
		let count: &mut u64 = counts.entry(code).or_insert(0);
		*count = count.saturating_add(1);
	}
	counts
}

/// Frequent levels on their own, the others together.
fn categorical(levels: usize, codes: &[Option<i64>], most: usize, meanings: &mut Vec<Meaning>) -> Lookup {
	let counts = counted(codes.iter().flatten().copied());
	let mut frequent: Vec<(i64, u64)> =
		counts.iter().map(|(code, count)| (*code, *count)).filter(|(_, count)| *count >= FEWEST as u64).collect();
	// The most frequent first; ties by level.
	frequent.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
	let kept: BTreeMap<i64, u64> = frequent.iter().copied().take(most.saturating_sub(2).max(1)).collect();
	let mut single = BTreeMap::new();
	for code in kept.keys() {
		single.insert(*code, meanings.len());
		meanings.push(Meaning::Choice(vec![(*code, 1)]));
	}
	let other = meanings.len();
	let declared = (0i64..).take(levels).filter(|code| !kept.contains_key(code));
	let pool = pool(declared, &counts);
	if !pool.is_empty() && counts.keys().any(|code| !kept.contains_key(code)) {
		meanings.push(Meaning::Choice(pool));
	}
	Lookup { single, other, mixture: None, low: i64::MIN, high: i64::MAX }
}

/// Weights of the levels that share a token: their rows, or, for levels too rare to be told apart, their mean.
fn pool(declared: impl Iterator<Item = i64>, counts: &BTreeMap<i64, u64>) -> Vec<(i64, u32)> {
	let count = |code: &i64| counts.get(code).copied().unwrap_or(0);
	let (frequent, rare): (Vec<i64>, Vec<i64>) = declared.partition(|code| count(code) >= FEWEST as u64);
	// In parts of a row, so that many unseen levels may share a few rows.
	const PARTS: u64 = 256;
	let rare_rows = rare.iter().map(count).fold(0u64, u64::saturating_add);
	let share = rare_rows.saturating_mul(PARTS).checked_div(rare.len() as u64).unwrap_or(0);
	let weight = |parts: u64| u32::try_from(parts).unwrap_or(u32::MAX).max(1);
	let mut all: Vec<(i64, u32)> =
		frequent.iter().map(|code| (*code, weight(count(code).saturating_mul(PARTS)))).collect();
	if rare_rows > 0 {
		all.extend(rare.iter().map(|code| (*code, weight(share))));
	}
	all.sort_unstable();
	all
}

/// Few values or spikes on their own, all else by a mixture.
fn numeric(column: &Column, codes: &[Option<i64>], most: usize, meanings: &mut Vec<Meaning>) -> Lookup {
	let mut sorted: Vec<i64> = codes.iter().flatten().copied().collect();
	sorted.sort_unstable();
	let (least, greatest) = column.code_range().unwrap_or((0, 0));
	if sorted.len() < FEWEST {
		// Too few to tell anything but that they are there.
		let other = meanings.len();
		meanings.push(Meaning::Curve { codes: vec![least, greatest.max(least)], step: 1 });
		return Lookup { single: BTreeMap::new(), other, mixture: None, low: least, high: greatest };
	}
	let (low, high) = ends(&sorted);
	sorted.iter_mut().for_each(|code| *code = (*code).clamp(low, high));
	let counts = counted(sorted.iter().copied());
	let spikes = if counts.len() <= FEW_VALUES.min(most) && counts.len().saturating_mul(FEWEST) <= sorted.len() {
		counts.iter().filter(|(_, count)| **count >= FEWEST as u64).map(|(code, _)| *code).collect()
	} else {
		spikes(&counts, sorted.len(), MOST_SPIKES.min(most))
	};
	let mut single = BTreeMap::new();
	for code in &spikes {
		single.insert(*code, meanings.len());
		meanings.push(Meaning::Choice(vec![(*code, 1)]));
	}
	sorted.retain(|code| !single.contains_key(code));
	let few = counts.len() <= FEW_VALUES.min(most) || sorted.len() < FEWEST.saturating_mul(4);
	let mixture = (!few || single.is_empty()).then(|| components(&sorted, MOST_COMPONENTS.min(most), meanings));
	Lookup { single, other: 0, mixture, low, high }
}

/// Drops tokens of too few rows, whose cells become the most frequent token, and sorts tokens without scalar first.
fn without_rare(meanings: Vec<Meaning>, cells: &[Cell]) -> Encoded {
	let mut counts = vec![0u32; meanings.len()];
	for cell in cells {
		if let Some(count) = counts.get_mut(cell.token) {
			*count = count.saturating_add(1);
		}
	}
	let top = counts.iter().copied().max().unwrap_or(0);
	let most_frequent = counts.iter().position(|count| *count == top).unwrap_or(0);
	let least = if top as usize >= FEWEST { FEWEST as u32 } else { 1 };
	let mut order: Vec<usize> =
		(0..meanings.len()).filter(|at| counts.get(*at).is_some_and(|count| *count >= least)).collect();
	order.sort_by_key(|at| meanings.get(*at).is_some_and(Meaning::is_curve));
	let place: BTreeMap<usize, u16> = order.iter().copied().zip(0u16..).collect();
	let fallback = place.get(&most_frequent).copied().unwrap_or(0);
	let kept: Vec<Meaning> = order.iter().filter_map(|at| meanings.get(*at).cloned()).collect();
	let any_curve = kept.iter().any(Meaning::is_curve);
	let mut encoded = Encoded {
		counts: vec![0; kept.len()],
		meanings: kept,
		tokens: Vec::with_capacity(cells.len()),
		scalars: Vec::with_capacity(if any_curve { cells.len() } else { 0 }),
	};
	for cell in cells {
		let own = place.get(&cell.token).copied();
		let token = own.unwrap_or(fallback);
		if let Some(count) = encoded.counts.get_mut(usize::from(token)) {
			*count = count.saturating_add(1);
		}
		encoded.tokens.push(token);
		if any_curve {
			encoded.scalars.push(if own.is_some() { cell.scalar as f32 } else { 0.0 });
		}
	}
	encoded
}

#[cfg(test)]
mod tests {
	use super::*;

	fn number() -> Column {
		Column { missing: true, ..Column::new("n", ColumnKind::Integer { min: 0, max: 100_000 }) }
	}

	fn singles(encoded: &Encoded) -> Vec<i64> {
		let single = |meaning: &Meaning| match meaning {
			Meaning::Choice(codes) => codes.first().map(|(code, _)| *code),
			_ => None,
		};
		encoded.meanings.iter().filter_map(single).collect()
	}

	#[test]
	fn spikes_and_missing_cells_are_tokens_beside_the_modes() {
		let codes: Vec<Option<i64>> = (0..2_000i64)
			.map(|row| match row % 4 {
				0 => None,
				1 => Some(40_000),
				_ => Some(row * row % 99_991),
			})
			.collect();
		let encoded = encode(&number(), &codes, 256);
		assert_eq!((encoded.meanings[0].clone(), encoded.counts[0]), (Meaning::Missing, 500));
		assert_eq!((singles(&encoded), encoded.counts[1]), (vec![40_000], 500));
		assert!(encoded.meanings[2..].iter().all(Meaning::is_curve) && encoded.meanings.len() > 3);
		assert_eq!(encoded.counts.iter().sum::<u32>(), 2_000);
		let scalars = encoded.scalars.iter().zip(&encoded.tokens);
		assert!(scalars.clone().all(|(scalar, token)| (*token > 1 || *scalar == 0.0) && scalar.abs() < 1.0));
		assert!(scalars.filter(|(scalar, _)| **scalar != 0.0).count() > 900);
	}

	#[test]
	fn few_values_are_tokens_and_the_rare_among_them_the_nearest() {
		let codes: Vec<Option<i64>> = (0..200).map(|row| Some(if row < 12 { 2 } else { 10 * (row % 3) })).collect();
		let mut with_rare = codes.clone();
		with_rare[100..102].fill(Some(12));
		assert_eq!(singles(&encode(&number(), &codes, 256)), [0, 2, 10, 20]);
		assert_eq!(singles(&encode(&number(), &with_rare, 256)), [0, 2, 10, 20]);
	}

	#[test]
	fn levels_beyond_the_most_frequent_share_a_token() {
		let levels = ColumnKind::Categorical { levels: (0..50).map(|n| format!("l{n}")).collect() };
		let codes: Vec<Option<i64>> = (0..1_000).map(|row| Some(if row % 2 == 0 { 7 } else { row / 2 % 50 })).collect();
		let encoded = encode(&Column::new("c", levels), &codes, 8);
		assert_eq!(encoded.meanings.len(), 7);
		let Some(Meaning::Choice(pool)) = encoded.meanings.last() else { panic!("{:?}", encoded.meanings) };
		assert_eq!(pool.len(), 44);
		assert!(pool.iter().all(|(code, weight)| *code != 7 && *weight > 0));
	}
}
