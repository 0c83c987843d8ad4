//! Levels cut finer once their counts are known: the tails of open columns, for drawing values.
//!
//! A function of the schema and noisy counts, and of no use to measurements: groups keep their codes.

use super::{grouping, log::Measurement, tail::Piece};
use crate::{
	encode::{Domain, Grouping},
	error::SynthesisError,
};
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
};

/// Cut points by column, domain and groups by column.
type Refined = (BTreeMap<usize, Vec<i64>>, Domain, Vec<Grouping>);

/// Cut points, domain and groups with the tails of open columns cut finer, at multiples of the column's step (1 if `steps` has
/// none); groups hold the same codes as before.
///
/// # Errors
/// [`SynthesisError`] if a column had too many levels.
pub(super) fn refine(
	cuts: BTreeMap<usize, Vec<i64>>,
	domain: Domain,
	groupings: Vec<Grouping>,
	one_way: &[Measurement],
	steps: &BTreeMap<usize, i64>,
) -> Result<Refined, SynthesisError> {
	let ends = |column: usize| {
		let step = steps.get(&column).copied().unwrap_or(1);
		one_way.get(column).map_or_else(Vec::new, |measured| {
			grouping::ends(&domain, column, &measured.counts, measured.sigma_milli as f64 / 1000.0, step)
		})
	};
	let pieces: BTreeMap<usize, Vec<Piece>> = cuts.keys().map(|column| (*column, ends(*column))).collect();
	let finer = |(column, cuts): (usize, Vec<i64>)| {
		let lows = pieces.get(&column).into_iter().flatten().map(|piece| piece.low);
		let first = domain.column(column).and_then(|column| column.bounds(0)).map(|(low, _)| low);
		let mut all: BTreeSet<i64> = cuts.into_iter().chain(lows).collect();
		all.retain(|cut| Some(*cut) > first);
		(column, all.into_iter().collect())
	};
	let cuts: BTreeMap<usize, Vec<i64>> = cuts.into_iter().map(finer).collect();
	let refined = Domain::new(Arc::clone(domain.schema()), &cuts)?;
	let groupings = groupings.into_iter().enumerate();
	let groupings = groupings.map(|(column, grouping)| match pieces.get(&column) {
		Some(pieces) if !pieces.is_empty() => finer_groups(&domain, &refined, column, &grouping, pieces),
		_ => grouping,
	});
	let groupings = groupings.collect();
	Ok((cuts, refined, groupings))
}

/// Each level of a group replaced by the levels that it was cut into, which share its weight as the tail says.
fn finer_groups(domain: &Domain, refined: &Domain, column: usize, grouping: &Grouping, pieces: &[Piece]) -> Grouping {
	let mut parts: BTreeMap<u32, Vec<(u32, f64)>> = BTreeMap::new();
	let (Some(coarse), Some(fine)) = (domain.column(column), refined.column(column)) else { return grouping.clone() };
	for level in (0u32..).take(fine.size()) {
		let low = fine.bounds(level).map(|(low, _)| low);
		let Some(within) = coarse.level_of(low) else { continue };
		let piece = pieces.iter().find(|piece| Some(piece.low) == low && piece.level == within);
		parts.entry(within).or_default().push((level, piece.map_or(0.0, |piece| piece.rows)));
	}
	let split = |(level, weight): &(u32, u32)| {
		let parts = parts.get(level).cloned().unwrap_or_default();
		let rows: f64 = parts.iter().map(|(_, rows)| rows).sum();
		let share = move |part: f64, weight: u32| match rows > 0.0 {
			// Casting saturates; a part is not more than the whole.
			true => ((f64::from(weight) * (part / rows)) as u32).max(1),
			false => weight,
		};
		let weight = *weight;
		parts.into_iter().map(move |(level, part)| (level, share(part, weight)))
	};
	Grouping { groups: grouping.groups.iter().map(|group| group.iter().flat_map(split).collect()).collect() }
}
