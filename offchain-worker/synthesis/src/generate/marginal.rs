//! One column's distribution as integers.
//!
//! The present values are cut into *segments*: runs of equally spaced codes that share a weight. A
//! column with few different values, each seen often, has a segment for each. Otherwise frequent
//! values (spikes) keep their own, and the others are pooled to about 1/512 of the rows and at least
//! five, so that a model does not list single patients' values; pooled values keep their greatest
//! common step, so that declared precision survives. Weights are cumulative on 0..2^32.

use crate::schema::Column;
use std::collections::BTreeMap;

/// Weights are parts of 2^32.
pub(crate) const WHOLE: u64 = 1 << 32;
/// Columns with at most this many different values keep each of them, …
const FEW_VALUES: usize = 512;
/// … if they are seen this often on average.
const OFTEN: u64 = 4;
/// Pooled segments hold about this part of the rows; more frequent values are spikes.
const POOL: u64 = 512;
/// Pooled segments hold at least this many rows where there are as many.
const FEWEST_POOLED: u64 = 5;

/// Equally likely codes `low`, `low + step`, …, `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
	pub low: i64,
	pub high: i64,
	/// At least 1; divides `high - low`.
	pub step: u64,
	/// Cumulative weight below this segment, of 2^32; the first starts at 0.
	pub start: u32,
}

impl Segment {
	/// Number of codes, at least 1.
	fn codes(&self) -> u64 {
		self.high.abs_diff(self.low).checked_div(self.step).unwrap_or(0).saturating_add(1)
	}

	/// The code at a position within the segment's weight: `offset` of `width`.
	fn code_at(&self, offset: u64, width: u64) -> i64 {
		let index =
			u128::from(offset).saturating_mul(u128::from(self.codes())).checked_div(u128::from(width)).unwrap_or(0);
		let ahead = index.saturating_mul(u128::from(self.step));
		i64::try_from(i128::from(self.low).saturating_add_unsigned(ahead)).unwrap_or(self.high).min(self.high)
	}
}

/// A column's distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marginal {
	/// Weight of "missing", of 2^32.
	pub missing: u64,
	/// Segments of the present values in latent order; empty only if all are missing.
	pub segments: Vec<Segment>,
}

/// Segment and count before weights are known.
type Counted = (Segment, u64);

impl Marginal {
	/// Counts a column.
	pub fn fit(column: &Column, codes: &[Option<i64>]) -> Self {
		let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
		for code in codes.iter().flatten() {
			let count = counts.entry(*code).or_insert(0);
			*count = count.saturating_add(1);
		}
		let present: u64 = counts.values().fold(0, |sum, n| sum.saturating_add(*n));
		let total = u64::try_from(codes.len()).unwrap_or(u64::MAX);
		let absent = total.saturating_sub(present);
		let different = u64::try_from(counts.len()).unwrap_or(u64::MAX);
		let few = counts.len() <= FEW_VALUES && different.saturating_mul(OFTEN) <= present;
		let mut counted = if column.is_numeric() && !few {
			pooled(&counts, present)
		} else {
			counts.iter().map(|(code, count)| (single(*code), *count)).collect()
		};
		if !column.is_numeric() {
			// Frequent levels lie together at one end of the latent scale; ties by level.
			counted.sort_by_key(|(segment, count)| (std::cmp::Reverse(*count), segment.low));
		}
		Self { missing: share(absent, total), segments: weighted(counted, present) }
	}

	/// Lays single-level segments in another order; each keeps its weight. `levels` lists them all.
	pub fn reorder(&mut self, levels: &[i64]) {
		let ends = self.segments.iter().skip(1).map(|segment| u64::from(segment.start)).chain(std::iter::once(WHOLE));
		let widths: BTreeMap<i64, u64> = self
			.segments
			.iter()
			.zip(ends)
			.map(|(segment, end)| (segment.low, end.saturating_sub(u64::from(segment.start))))
			.collect();
		let mut below: u64 = 0;
		self.segments = levels
			.iter()
			.filter_map(|level| {
				let width = widths.get(level)?;
				let start = u32::try_from(below).ok()?;
				below = below.saturating_add(*width);
				Some(Segment { start, ..single(*level) })
			})
			.collect();
	}

	/// Whether cells may be missing or present.
	pub fn has_missing_latent(&self) -> bool {
		self.missing > 0 && self.missing < WHOLE
	}

	/// Whether present cells vary.
	pub fn has_value_latent(&self) -> bool {
		self.segments.len() > 1 || self.segments.iter().any(|segment| segment.low < segment.high)
	}

	/// The code at a point of the latent scale; `None` if the column is all missing.
	pub fn code_at(&self, point: u32) -> Option<i64> {
		let after = self.segments.partition_point(|segment| segment.start <= point);
		let segment = self.segments.get(after.checked_sub(1)?)?;
		let end = self.segments.get(after).map_or(WHOLE, |next| u64::from(next.start));
		let start = u64::from(segment.start);
		Some(segment.code_at(u64::from(point).saturating_sub(start), end.saturating_sub(start)))
	}

	/// Lower and upper cumulative probability of every segment.
	pub fn bounds(&self) -> Vec<(f64, f64)> {
		let whole = WHOLE as f64;
		let starts = self.segments.iter().map(|segment| f64::from(segment.start) / whole);
		let ends =
			self.segments.iter().skip(1).map(|segment| f64::from(segment.start) / whole).chain(std::iter::once(1.0));
		starts.zip(ends).collect()
	}

	/// Position in `segments` of each training code's segment.
	pub fn index(&self) -> SegmentIndex {
		let mut by_high: Vec<(i64, usize)> =
			self.segments.iter().enumerate().map(|(at, segment)| (segment.high, at)).collect();
		by_high.sort_unstable();
		SegmentIndex(by_high)
	}
}

/// Finds a code's segment.
pub(crate) struct SegmentIndex(Vec<(i64, usize)>);

impl SegmentIndex {
	/// The segment that holds `code`, for codes the marginal was fitted on.
	pub fn find(&self, code: i64) -> Option<usize> {
		let at = self.0.partition_point(|(high, _)| *high < code);
		self.0.get(at).map(|(_, segment)| *segment)
	}
}

fn single(code: i64) -> Segment {
	Segment { low: code, high: code, step: 1, start: 0 }
}

/// part / whole as parts of 2^32, rounded down, but never 0 or all unless exactly so.
fn share(part: u64, whole: u64) -> u64 {
	let scaled = u128::from(part).saturating_mul(u128::from(WHOLE)).checked_div(u128::from(whole)).unwrap_or(0);
	u64::try_from(scaled).unwrap_or(WHOLE)
}

/// Gives segments their cumulative weights in the order given.
fn weighted(counted: Vec<Counted>, present: u64) -> Vec<Segment> {
	let mut below: u64 = 0;
	counted
		.into_iter()
		.map(|(segment, count)| {
			let start = u32::try_from(share(below, present)).unwrap_or(u32::MAX);
			below = below.saturating_add(count);
			Segment { start, ..segment }
		})
		.collect()
}

/// Spikes on their own, all else pooled.
fn pooled(counts: &BTreeMap<i64, u64>, present: u64) -> Vec<Counted> {
	let pool = present.checked_div(POOL).unwrap_or(0).max(FEWEST_POOLED);
	let mut done: Vec<Counted> = Vec::new();
	let mut open: Option<Counted> = None;
	for (code, count) in counts {
		if *count >= pool {
			done.extend(open.take());
			done.push((single(*code), *count));
			continue;
		}
		let (segment, held) = match open.take() {
			None => (single(*code), *count),
			Some((segment, held)) => (extended(segment, *code), held.saturating_add(*count)),
		};
		if held >= pool {
			done.push((segment, held));
		} else {
			open = Some((segment, held));
		}
	}
	done.extend(open);
	done
}

/// The segment stretched up to `code`, on the coarsest grid that holds all its codes.
fn extended(segment: Segment, code: i64) -> Segment {
	let gap = code.abs_diff(segment.high);
	let step = if segment.low == segment.high { gap } else { common_divisor(segment.step, gap) };
	Segment { high: code, step: step.max(1), ..segment }
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
	while b != 0 {
		let rest = a.checked_rem(b).unwrap_or(0);
		a = b;
		b = rest;
	}
	a
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::schema::ColumnKind;

	fn column(kind: ColumnKind) -> Column {
		Column { missing: true, ..Column::new("c", kind) }
	}

	fn integer() -> Column {
		column(ColumnKind::Integer { min: -1_000_000, max: 1_000_000 })
	}

	#[test]
	fn weights_are_the_shares_of_the_values() {
		let codes: Vec<_> = [vec![Some(3); 9], vec![Some(9); 3], vec![None; 12]].concat();
		let marginal = Marginal::fit(&integer(), &codes);
		assert_eq!(marginal.missing, WHOLE / 2);
		assert_eq!(marginal.code_at(0), Some(3));
		assert_eq!(marginal.code_at(3 << 30), Some(9));
		assert_eq!(marginal.code_at((3 << 30) - 1), Some(3));
		assert_eq!(marginal.code_at(u32::MAX), Some(9));
	}

	#[test]
	fn spikes_and_spacing_survive_pooling() {
		let mut codes: Vec<Option<i64>> = (0..10_000).map(|n| Some(n * 5)).collect();
		codes.extend(std::iter::repeat_n(Some(7), 2_000));
		let marginal = Marginal::fit(&integer(), &codes);
		assert!(marginal.segments.len() < 600);
		let drawn: Vec<i64> = (0..50_000u32).filter_map(|n| marginal.code_at(n * 85_899)).collect();
		let spikes = drawn.iter().filter(|code| **code == 7).count() as f64 / 50_000.0;
		assert!((spikes - 1.0 / 6.0).abs() < 0.001, "{spikes}");
		assert!(drawn.iter().all(|code| *code == 7 || code % 5 == 0));
	}

	#[test]
	fn levels_lie_in_order_of_frequency() {
		let levels = ColumnKind::Categorical { levels: vec!["a".into(), "b".into(), "c".into()] };
		let codes = [Some(2), Some(2), Some(0), Some(1), Some(2)];
		let marginal = Marginal::fit(&column(levels), &codes);
		let order: Vec<i64> = marginal.segments.iter().map(|segment| segment.low).collect();
		assert_eq!(order, [2, 0, 1]);
		assert_eq!(marginal.index().find(1), Some(2));

		let mut moved = marginal.clone();
		moved.reorder(&[0, 1, 2]);
		let weight = |m: &Marginal, level| (0..1000u32).filter(|n| m.code_at(n * 4_294_967) == Some(level)).count();
		assert_eq!(moved.code_at(0), Some(0));
		assert!(weight(&moved, 2).abs_diff(weight(&marginal, 2)) <= 2);
	}

	#[test]
	fn small_tables_do_not_list_single_values() {
		let codes: Vec<Option<i64>> = (0..100).map(|n| Some(n * n)).collect();
		let marginal = Marginal::fit(&integer(), &codes);
		assert_eq!(marginal.segments.len(), 20);
		assert!(marginal.segments.iter().all(|segment| segment.high > segment.low));
	}

	#[test]
	fn all_missing_and_constant_columns_have_no_latent() {
		let empty = Marginal::fit(&integer(), &[None, None]);
		assert_eq!((empty.missing, empty.code_at(5)), (WHOLE, None));
		let constant = Marginal::fit(&integer(), &[Some(4), Some(4)]);
		assert!(!constant.has_value_latent() && !constant.has_missing_latent());
		assert_eq!(constant.code_at(u32::MAX), Some(4));
	}
}
