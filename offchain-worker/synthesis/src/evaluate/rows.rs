//! Metrics of whole rows: copies, near matches, repetitions.

use super::{column::View, metric::mean};
use std::collections::{BTreeMap, BTreeSet};

/// A row as codes.
type Row = Vec<Option<i64>>;

fn rows<'a>(views: &'a [View<'a>]) -> impl Iterator<Item = Row> + 'a {
	let count = views.first().map_or(0, |view| view.codes.len());
	(0..count).map(move |row| views.iter().map(|view| view.codes.get(row).copied().flatten()).collect())
}

fn share(hits: impl Iterator<Item = bool>) -> Option<f64> {
	mean(hits.map(|hit| f64::from(u8::from(hit))))
}

/// Share of rows that repeat an earlier row.
pub(crate) fn repeated(views: &[View<'_>]) -> Option<f64> {
	let mut seen = BTreeSet::new();
	share(rows(views).map(|row| !seen.insert(row)))
}

/// Share of missing cells.
pub(crate) fn missing_cells(views: &[View<'_>]) -> Option<f64> {
	mean(views.iter().map(View::missing_share).filter(|share| !share.is_nan()))
}

/// The training rows, arranged so that matches are found quickly.
pub(crate) struct Known {
	exact: BTreeSet<Row>,
	/// By levels and pattern of missing cells; each group ordered by the pivot column.
	groups: BTreeMap<Row, Vec<Row>>,
	numeric: Vec<bool>,
	pivot: Option<usize>,
}

impl Known {
	/// Arranges the training rows.
	pub fn new(views: &[View<'_>]) -> Self {
		let numeric: Vec<bool> = views.iter().map(|view| view.column.is_numeric()).collect();
		let different = |view: &View<'_>| view.codes.iter().flatten().collect::<BTreeSet<_>>().len();
		let pivot = views
			.iter()
			.enumerate()
			.filter(|(_, view)| view.column.is_numeric())
			.max_by_key(|(at, view)| (different(view), std::cmp::Reverse(*at)))
			.map(|(at, _)| at);
		let mut known = Self { exact: rows(views).collect(), groups: BTreeMap::new(), numeric, pivot };
		for row in &known.exact {
			known.groups.entry(group_key(row, &known.numeric)).or_default().push(row.clone());
		}
		for group in known.groups.values_mut() {
			group.sort_by_key(|row| pivot_of(row, pivot));
		}
		known
	}

	/// Share of rows that equal a training row.
	pub fn exact_share(&self, views: &[View<'_>]) -> Option<f64> {
		share(rows(views).map(|row| self.exact.contains(&row)))
	}

	/// Share of rows that match no training row: levels and missing cells equal, numbers within 1 %.
	pub fn new_share(&self, views: &[View<'_>]) -> Option<f64> {
		share(rows(views).map(|row| !self.matches(&row)))
	}

	fn matches(&self, row: &Row) -> bool {
		let Some(group) = self.groups.get(&group_key(row, &self.numeric)) else {
			return false;
		};
		let pivot = pivot_of(row, self.pivot);
		let start = match pivot {
			None => 0,
			Some(centre) => group.partition_point(|known| {
				pivot_of(known, self.pivot).is_some_and(|at| at < centre && !near(at, centre))
			}),
		};
		group
			.iter()
			.skip(start)
			.take_while(|known| match (pivot_of(known, self.pivot), pivot) {
				(Some(at), Some(centre)) => near(at, centre),
				_ => true,
			})
			.any(|known| {
				known.iter().zip(row).zip(&self.numeric).all(|((real, synthetic), numeric)| {
					match (real, synthetic, numeric) {
						(Some(real), Some(synthetic), true) => near(*real, *synthetic),
						(real, synthetic, _) => real == synthetic,
					}
				})
			})
	}
}

fn pivot_of(row: &Row, pivot: Option<usize>) -> Option<i64> {
	row.get(pivot?).copied().flatten()
}

/// |real - synthetic| ≤ 1 % of |synthetic|, in integers.
fn near(real: i64, synthetic: i64) -> bool {
	u128::from(real.abs_diff(synthetic)).saturating_mul(100) <= u128::from(synthetic.unsigned_abs())
}

/// Levels as they are, numbers only as present or missing.
fn group_key(row: &Row, numeric: &[bool]) -> Row {
	row.iter().zip(numeric).map(|(code, numeric)| if *numeric { code.map(|_| 0) } else { *code }).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::schema::{Column, ColumnKind};

	#[test]
	fn numbers_within_one_percent_and_equal_levels_match() {
		let column = |kind| Column { missing: true, ..Column::new("c", kind) };
		let (number, level) = (
			column(ColumnKind::Integer { min: 0, max: 10_000 }),
			column(ColumnKind::Categorical { levels: vec!["a".into(), "b".into()] }),
		);
		fn views<'a>(n: &'a Column, l: &'a Column, a: &'a [Option<i64>], b: &'a [Option<i64>]) -> Vec<View<'a>> {
			vec![View { column: n, codes: a }, View { column: l, codes: b }]
		}
		let known = Known::new(&views(&number, &level, &[Some(1000), None], &[Some(0), Some(1)]));
		let (a, b) = (
			[Some(1010), Some(1011), Some(1000), None, None, Some(990), Some(1000)],
			[Some(0), Some(0), Some(1), Some(1), Some(0), Some(0), Some(0)],
		);
		let made = views(&number, &level, &a, &b);
		// 1010: |1000 - 1010| = 10 ≤ 10.1; 1011: 11 > 10.11; 990: 10 > 9.9.
		assert_eq!(known.new_share(&made), Some(4.0 / 7.0));
		assert_eq!(known.exact_share(&made), Some(2.0 / 7.0));
		assert_eq!(repeated(&made), Some(0.0));
		assert_eq!(missing_cells(&made), Some(1.0 / 7.0));
	}
}
