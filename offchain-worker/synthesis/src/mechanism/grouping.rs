//! Levels put into groups for modelling: fine where rows are many, coarse where noise would drown them.
//!
//! A function of noisy counts alone, so anyone who has them finds the same groups.

use super::tail::{self, Piece};
use crate::{
	encode::{Domain, Grouping},
	normal,
	schema::Column,
};
use std::collections::BTreeMap;

/// A count stands out from its noise if it is this many standard deviations.
pub(super) const DEVIATIONS: f64 = 3.0;

/// How fine groups are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fineness {
	/// Rows that a group of neighbouring levels should have at least.
	pub rows: f64,
	/// Standard deviation of the noise of a level's count.
	pub sigma: f64,
	/// Most groups of a column.
	pub most: usize,
	/// Whether columns with fewer levels than groups keep their clear levels apart. Good for pairs; in triples their cells
	/// would be thin.
	pub apart: bool,
}

/// A level with its noisy count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
	pub level: u32,
	pub count: f64,
}

/// Groups the levels of a column by their noisy counts.
///
/// Ends of numeric columns become tails, see [`ends`].
pub(crate) fn group(domain: &Domain, column: usize, counts: &[i64], fineness: Fineness) -> Grouping {
	let mut faint = BTreeMap::new();
	for piece in ends(domain, column, counts, fineness.sigma, 1) {
		*faint.entry(piece.level).or_insert(0.0) += piece.rows;
	}
	let rows: f64 = counts.iter().map(|count| (*count).max(0) as f64).sum();
	// A column of few levels needs no joining for the sake of cells, only where noise would drown a level.
	let few = fineness.apart && counts.len() as f64 * fineness.rows <= rows;
	let enough = if few { fineness.rows.min(DEVIATIONS * fineness.sigma) } else { fineness.rows };
	let mut groups: Vec<Vec<Counted>> = Vec::new();
	for levels in classes(domain, column, counts) {
		if domain.ordered(column) {
			groups.extend(neighbours(levels, enough));
		} else {
			groups.extend(rare(domain, column, levels, fineness));
		}
	}
	groups.sort_by_key(|group| group.first().map(|counted| counted.level));
	let members = |group: Vec<Counted>| members(&group, &faint, fineness.sigma);
	Grouping { groups: groups.into_iter().map(members).collect() }
}

/// The levels of a column by their class.
fn classes(domain: &Domain, column: usize, counts: &[i64]) -> Vec<Vec<Counted>> {
	let mut classes: BTreeMap<u32, Vec<Counted>> = BTreeMap::new();
	for (level, count) in (0u32..).zip(counts) {
		let counted = Counted { level, count: *count as f64 };
		classes.entry(domain.class(column, level)).or_default().push(counted);
	}
	classes.into_values().collect()
}

/// The tails of a numeric column without declared bins, cut at multiples of `step`: nobody said that values occur out there. Declared bins are taken at
/// their word.
pub(super) fn ends(domain: &Domain, column: usize, counts: &[i64], sigma: f64, step: i64) -> Vec<Piece> {
	let unknown = |column: &Column| column.is_numeric() && column.bins.is_empty();
	if !domain.schema().columns.get(column).is_some_and(unknown) {
		return Vec::new();
	}
	let classes = classes(domain, column, counts);
	classes.iter().flat_map(|levels| tail::tails(domain, column, levels, sigma, step)).collect()
}

/// Neighbouring levels together until they have enough rows.
fn neighbours(levels: Vec<Counted>, enough: f64) -> Vec<Vec<Counted>> {
	let mut groups: Vec<Vec<Counted>> = Vec::new();
	let mut open: Vec<Counted> = Vec::new();
	let mut rows = 0.0;
	for counted in levels {
		// A level that is enough by itself does not swallow the few before it if there are enough of those.
		rows += counted.count;
		open.push(counted);
		if rows >= enough {
			groups.push(std::mem::take(&mut open));
			rows = 0.0;
		}
	}
	match groups.last_mut() {
		Some(last) if rows < enough / 2.0 => last.extend(open),
		_ if open.is_empty() => {},
		_ => groups.push(open),
	}
	groups
}

/// Frequent levels alone; the others with their nearest ancestor that is frequent, and what is left together.
fn rare(domain: &Domain, column: usize, levels: Vec<Counted>, fineness: Fineness) -> Vec<Vec<Counted>> {
	let enough = DEVIATIONS * fineness.sigma;
	let mut by_count: Vec<Counted> = levels.clone();
	by_count.sort_by(|a, b| b.count.total_cmp(&a.count).then(a.level.cmp(&b.level)));
	let alone: Vec<u32> =
		by_count.iter().take(fineness.most).filter(|c| c.count >= enough).map(|counted| counted.level).collect();
	let (own, mut left): (Vec<Counted>, Vec<Counted>) = levels.into_iter().partition(|c| alone.contains(&c.level));
	let mut groups: Vec<Vec<Counted>> = own.into_iter().map(|counted| vec![counted]).collect();
	let depth = left.iter().map(|c| domain.ancestors(column, c.level).len()).max().unwrap_or(0);
	for generation in 0..depth {
		let mut families: BTreeMap<Option<u32>, Vec<Counted>> = BTreeMap::new();
		for counted in std::mem::take(&mut left) {
			let parent = domain.ancestors(column, counted.level).get(generation).copied();
			families.entry(parent).or_default().push(counted);
		}
		for (parent, family) in families {
			let rows: f64 = family.iter().map(|counted| counted.count).sum();
			// The sum of m noisy counts has √m of their noise.
			let frequent = rows >= enough * (family.len() as f64).sqrt() && groups.len() < fineness.most;
			if parent.is_some() && frequent {
				groups.push(family);
			} else {
				left.extend(family);
			}
		}
	}
	left.sort_by_key(|counted| counted.level);
	if !left.is_empty() {
		groups.push(left);
	}
	groups
}

/// The levels of a group with their weights: noisy counts drawn towards the group's mean by the part of their spread
/// that is noise (empirical Bayes, Efron and Morris 1975). No level has fewer than no rows, so each weight is the mean of the
/// normal posterior cut at zero: noise below zero does not take a rare level away, which a column's end may be. Never below a
/// thousandth of the group's mean. Faint levels have the rows of their tail instead.
fn members(group: &[Counted], faint: &BTreeMap<u32, f64>, sigma: f64) -> Vec<(u32, u32)> {
	let kept: Vec<f64> = group.iter().filter(|c| !faint.contains_key(&c.level)).map(|c| c.count).collect();
	let size = (kept.len() as f64).max(1.0);
	let mean = (kept.iter().sum::<f64>() / size).max(0.0);
	let spread = kept.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / size;
	let noise = sigma * sigma;
	let signal = (spread - noise).max(0.0);
	let trust = if signal > 0.0 { signal / (signal + noise) } else { 0.0 };
	let scatter = sigma * trust.sqrt();
	let clear = |c: &Counted| normal::mean_above_zero(mean + trust * (c.count - mean), scatter).max(mean / 1000.0);
	let weight = |c: &Counted| faint.get(&c.level).copied().unwrap_or_else(|| clear(c));
	let weights: Vec<f64> = group.iter().map(weight).collect();
	let largest = weights.iter().copied().fold(0.0, f64::max);
	let unit = if largest > 0.0 { 1_000_000.0 / largest } else { 0.0 };
	group
		.iter()
		.zip(weights)
		// Casting saturates; 1,000,000 is the largest weight.
		.map(|(counted, weight)| (counted.level, if unit > 0.0 { ((weight * unit) as u32).max(1) } else { 1 }))
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::schema::Schema;
	use std::sync::Arc;

	const SCHEMA: &str = r#"{"format": 1, "name": "marks", "patient_column": null, "target": null, "missing_markers": [], "columns": [
		{"name": "grade", "kind": {"type": "integer", "min": 1, "max": 4}, "unit": null, "missing": false, "role": "quasi"}]}"#;

	fn grade() -> Domain {
		Domain::new(Arc::new(Schema::from_json(SCHEMA.as_bytes()).unwrap()), &BTreeMap::new()).unwrap()
	}

	#[test]
	fn a_rare_end_whose_noise_is_below_zero_keeps_rows() {
		let fineness = Fineness { rows: 500.0, sigma: 30.0, most: 100, apart: false };
		for lowest in [40i64, 0, -30, -60] {
			let grouping = group(&grade(), 0, &[lowest, 120, 900, 3_000], fineness);
			let [first, ..] = grouping.groups.as_slice() else { panic!("{grouping:?}") };
			let weight = |level: u32| f64::from(first.iter().find(|(own, _)| *own == level).unwrap().1);
			let share = weight(0) / first.iter().map(|(_, weight)| f64::from(*weight)).sum::<f64>();
			let rows = share * (lowest + 120 + 900) as f64;
			assert!((4.0..50.0).contains(&rows), "{lowest}: {rows}");
		}
	}

	#[test]
	fn levels_that_differ_by_no_more_than_noise_share_a_group_evenly() {
		let fineness = Fineness { rows: 400.0, sigma: 100.0, most: 100, apart: false };
		let grouping = group(&grade(), 0, &[150, 90, 120, 110], fineness);
		assert_eq!(grouping.groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [4]);
		let weights: Vec<u32> = grouping.groups.iter().flatten().map(|(_, weight)| *weight).collect();
		assert!(weights.iter().all(|weight| Some(weight) == weights.first()), "{weights:?}");
	}
}
