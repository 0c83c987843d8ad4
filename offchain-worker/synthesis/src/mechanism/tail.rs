//! Ends of a numeric column: what lies beyond the last counts that stand out from their noise.
//!
//! Rows put out there by noise alone would stretch the column far beyond its values. Their place is taken by a tail drawn
//! from the counts, see [`Law`].

use super::{
	grouping::{Counted, DEVIATIONS},
	law::Law,
};
use crate::encode::Domain;

/// A tail begins where it holds at least as many rows as this many standard deviations of a count's noise, …
const BEGIN: f64 = 20.0;
/// … or this part of the rows if those are fewer.
const MOST: f64 = 1.0 / 8.0;
/// Halvings of a tail's rows at most.
const HALVINGS: usize = 50;
/// A column ends where fewer than this many rows are expected beyond: so few that the largest value is that of a sample.
const LAST: f64 = 0.05;

/// A range of codes at an end of a column, with the rows that the tail leaves there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
	/// The level that holds the codes.
	pub level: u32,
	/// First code.
	pub low: i64,
	/// Expected rows.
	pub rows: f64,
}

/// The levels at both ends whose counts do not stand out, cut at multiples of `step` where the tail halves. `levels` ascend by
/// value.
pub(super) fn tails(domain: &Domain, column: usize, levels: &[Counted], sigma: f64, step: i64) -> Vec<Piece> {
	let bins: Option<Vec<Bin>> = levels.iter().map(|counted| bin(domain, column, counted)).collect();
	let Some(mut bins) = bins else { return Vec::new() };
	let mut found = Vec::new();
	for upper in [true, false] {
		// From the outermost level inwards.
		bins.reverse();
		// Casting saturates; the edges are whole numbers.
		let low = |cut: &Cut| if upper { cut.inner as i64 } else { -cut.outer as i64 };
		let cuts = tail(&bins, sigma, step as f64).unwrap_or_default();
		found.extend(cuts.iter().map(|cut| Piece { level: cut.level, low: low(cut), rows: cut.rows }));
		bins.iter_mut().for_each(|bin| (bin.inner, bin.outer) = (-bin.outer, -bin.inner));
	}
	found
}

/// A level as a range of values that grow outwards.
#[derive(Debug, Clone, Copy)]
struct Bin {
	level: u32,
	inner: f64,
	outer: f64,
	rows: f64,
}

/// A part of a level.
type Cut = Bin;

fn bin(domain: &Domain, column: usize, counted: &Counted) -> Option<Bin> {
	let (low, high) = domain.column(column)?.bounds(counted.level)?;
	Some(Bin { level: counted.level, inner: low as f64, outer: high as f64 + 1.0, rows: counted.count })
}

/// The tail over the outermost bins; `None` if all of them stand out, or too few rows are clear.
fn tail(inwards: &[Bin], sigma: f64, step: f64) -> Option<Vec<Cut>> {
	let faint = faint(inwards, sigma);
	let all: f64 = inwards.iter().map(|bin| bin.rows.max(0.0)).sum();
	let enough = (BEGIN * sigma).min(MOST * all);
	let mut rows = 0.0;
	let mut beyond = 0usize;
	for bin in inwards {
		rows += bin.rows;
		beyond = beyond.saturating_add(1);
		if beyond > faint && rows >= enough {
			break;
		}
	}
	let (outside, inside) = inwards.split_at_checked(beyond)?;
	let start = outside.last()?.inner;
	let law = Law::new(all, rows, start, reach(inside, start, rows)?, reach(inside, start, 3.0 * rows)?)?;
	let counted: Vec<(f64, f64, f64)> = outside.iter().map(|bin| (bin.inner, bin.outer, bin.rows)).collect();
	let law = law.given(&counted, sigma);
	let outermost = faint.checked_sub(1).and_then(|at| outside.get(at));
	let Some(edge) = outermost.map(|bin| bin.inner) else { return Some(Vec::new()) };
	let cuts = halvings(&law, edge, step);
	Some(outside.iter().take(faint).flat_map(|bin| split(bin, &cuts, &law)).collect())
}

/// Cuts a bin; beyond the last cut nothing is expected.
fn split(bin: &Bin, cuts: &[f64], law: &Law) -> Vec<Cut> {
	let mut edges = vec![bin.inner];
	edges.extend(cuts.iter().filter(|cut| **cut > bin.inner && **cut < bin.outer));
	let outer = edges.iter().skip(1).copied().chain([bin.outer]);
	let end = cuts.last().copied().unwrap_or(bin.inner);
	let beyond = |value: f64| law.rows(value.min(end));
	edges
		.iter()
		.zip(outer)
		.map(|(inner, outer)| Cut { level: bin.level, inner: *inner, outer, rows: beyond(*inner) - beyond(outer) })
		.collect()
}

/// Bins from the outermost on whose counts together do not stand out from their noise; 0 if none does at all.
fn faint(inwards: &[Bin], sigma: f64) -> usize {
	let mut rows = 0.0;
	for (before, bin) in inwards.iter().enumerate() {
		rows += bin.rows;
		// The sum of m noisy counts has √m of their noise.
		if rows >= DEVIATIONS * sigma * (before as f64 + 1.0).sqrt() {
			return before;
		}
	}
	0
}

/// How far inwards from `start` so many rows reach, above 0; `None` if there are not as many.
fn reach(inwards: &[Bin], start: f64, wanted: f64) -> Option<f64> {
	let mut passed = 0.0;
	for bin in inwards {
		let rows = bin.rows.max(0.0);
		if passed + rows >= wanted {
			let part = ((wanted - passed) / rows.max(1e-9)).clamp(0.0, 1.0);
			return Some(start - bin.outer + part * (bin.outer - bin.inner)).filter(|distance| *distance > 0.0);
		}
		passed += rows;
	}
	None
}

/// Multiples of `step` from `edge` outwards beyond each of which lie half as many rows as beyond the last, down to [`LAST`]:
/// there the column ends.
fn halvings(law: &Law, edge: f64, step: f64) -> Vec<f64> {
	let mut cuts = Vec::new();
	let mut rows = law.rows(edge) / 2.0;
	while rows > LAST && cuts.len() < HALVINGS {
		cuts.push(law.value(rows));
		rows /= 2.0;
	}
	cuts.push(law.value(LAST.min(law.rows(edge))));
	cuts.iter_mut().for_each(|cut| *cut = libm::round(*cut / step) * step);
	cuts.dedup();
	cuts
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_bin_is_cut_where_its_rows_halve_and_empty_where_the_column_ends() {
		let quantile = |share: f64| -libm::log(share) * 1000.0;
		let (start, near, far) = (quantile(0.005), quantile(0.01), quantile(0.02));
		let law = Law::new(1e5, 500.0, start, start - near, start - far).unwrap();
		let bin = Bin { level: 3, inner: libm::round(start), outer: 1e6, rows: 0.0 };
		let cuts = split(&bin, &halvings(&law, bin.inner, 1.0), &law);
		assert!(cuts.iter().zip(cuts.iter().skip(1)).all(|(a, b)| a.outer == b.inner && a.rows > b.rows));
		let halved = |(a, b): (&Cut, &Cut)| (a.rows / b.rows - 2.0).abs() < 0.02;
		assert!(cuts.iter().zip(cuts.iter().skip(1)).take(8).all(halved), "{cuts:?}");
		assert_eq!(cuts.last().map(|cut| cut.rows), Some(0.0));
		assert!((cuts.iter().map(|cut| cut.rows).sum::<f64>() - 499.95).abs() < 1.0);
	}

	#[test]
	fn bins_that_stand_out_have_no_tail() {
		let bin = |level: u32, rows: f64| Bin { level, inner: -f64::from(level), outer: 1.0 - f64::from(level), rows };
		let clear: Vec<Bin> = (0..10).map(|level| bin(level, 500.0)).collect();
		assert!(tail(&clear, 10.0, 1.0).unwrap().is_empty());
		let noise: Vec<Bin> = (0..10).map(|level| bin(level, 1.0)).collect();
		assert_eq!(faint(&noise, 10.0), 0);
		let faint: Vec<Bin> =
			(0..10).map(|level| bin(level, if level < 3 { 5.0 } else { 100.0 * f64::from(level) })).collect();
		let cuts = tail(&faint, 10.0, 1.0).unwrap();
		let mut levels: Vec<u32> = cuts.iter().map(|cut| cut.level).collect();
		levels.dedup();
		assert_eq!(levels, [0, 1, 2]);
	}
}
