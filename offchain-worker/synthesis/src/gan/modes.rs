//! What stands out in a numeric column: its ends, its spikes, and the modes of all else.

use super::{
	column::{Meaning, FEWEST},
	mixture::Mixture,
};
use std::collections::BTreeMap;

/// A spike holds at least this part of the present cells …
const SPIKE_PART: usize = 100;
/// … and this many times the median count of its neighbours.
const SPIKE_HEIGHT: u64 = 4;
/// Neighbours on either side to which a spike is compared.
const NEIGHBOURS: usize = 5;
/// Most parts of a component's distribution that are kept, and rows that each stands for at least.
const MOST_PARTS: usize = 64;
const PART_ROWS: usize = 8;

/// The [`FEWEST`]th least and greatest of sorted codes, or their middle where there are too few.
pub(super) fn ends(sorted: &[i64]) -> (i64, i64) {
	let back = FEWEST.saturating_sub(1);
	let low = sorted.get(back).copied().unwrap_or(0);
	let high = sorted.len().checked_sub(FEWEST).and_then(|at| sorted.get(at)).copied().unwrap_or(0);
	if low <= high {
		return (low, high);
	}
	let middle = sorted.get(sorted.len().checked_div(2).unwrap_or(0)).copied().unwrap_or(0);
	(middle, middle)
}

/// Values that stand out among their neighbours, at most `most`.
pub(super) fn spikes(counts: &BTreeMap<i64, u64>, present: usize, most: usize) -> Vec<i64> {
	let all: Vec<(i64, u64)> = counts.iter().map(|(code, count)| (*code, *count)).collect();
	let least = (present.checked_div(SPIKE_PART).unwrap_or(0)).max(FEWEST) as u64;
	let mut found: Vec<(i64, u64)> = Vec::new();
	for (at, (code, count)) in all.iter().enumerate().filter(|(_, (_, count))| *count >= least) {
		let from = at.saturating_sub(NEIGHBOURS);
		let around = all.iter().enumerate().skip(from).take(at.saturating_sub(from).saturating_add(NEIGHBOURS + 1));
		let mut others: Vec<u64> = around.filter(|(other, _)| *other != at).map(|(_, (_, count))| *count).collect();
		others.sort_unstable();
		let median = others.get(others.len().checked_div(2).unwrap_or(0)).copied().unwrap_or(0);
		if *count >= median.saturating_mul(SPIKE_HEIGHT) {
			found.push((*code, *count));
		}
	}
	found.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
	found.truncate(most);
	let mut codes: Vec<i64> = found.into_iter().map(|(code, _)| code).collect();
	codes.sort_unstable();
	codes
}

/// Fits a mixture to sorted codes, drops components of too few rows, and gives the others tokens.
pub(super) fn components(sorted: &[i64], most: usize, meanings: &mut Vec<Meaning>) -> (Mixture, Vec<usize>) {
	let values: Vec<f64> = sorted.iter().map(|code| *code as f64).collect();
	let mut mixture = Mixture::fit(&values, most);
	let members = loop {
		let mut members: Vec<Vec<i64>> = vec![Vec::new(); mixture.0.len()];
		for (code, value) in sorted.iter().zip(&values) {
			if let Some(own) = members.get_mut(mixture.component_of(*value)) {
				own.push(*code);
			}
		}
		let fewest = members.iter().enumerate().min_by_key(|(_, own)| own.len());
		match fewest {
			Some((at, own)) if own.len() < FEWEST.saturating_mul(2) && mixture.0.len() > 1 => {
				mixture.0.remove(at);
			},
			_ => break members,
		}
	};
	let step = step(sorted);
	let mut tokens = Vec::with_capacity(members.len());
	for own in members {
		tokens.push(meanings.len());
		meanings.push(Meaning::Curve { codes: quantiles(&own), step });
	}
	(mixture, tokens)
}

/// Greatest common divisor of the distances between sorted codes, at least 1.
fn step(sorted: &[i64]) -> u64 {
	let gaps = sorted.iter().zip(sorted.iter().skip(1)).map(|(low, high)| high.abs_diff(*low));
	gaps.fold(0, common_divisor).max(1)
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
	while b != 0 {
		(a, b) = (b, a.checked_rem(b).unwrap_or(0));
	}
	a
}

/// Equally spaced quantiles of sorted codes, the ends among them; never empty.
fn quantiles(sorted: &[i64]) -> Vec<i64> {
	let last = sorted.len().saturating_sub(1);
	let parts = sorted.len().checked_div(PART_ROWS).unwrap_or(0).clamp(1, MOST_PARTS);
	let at = |part: usize| part.saturating_mul(last).checked_div(parts).unwrap_or(0);
	let found: Vec<i64> = (0..=parts).filter_map(|part| sorted.get(at(part)).copied()).collect();
	if found.is_empty() {
		vec![0]
	} else {
		found
	}
}
