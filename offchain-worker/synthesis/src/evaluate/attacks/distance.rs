//! Gower's distance (Biometrics 27, 1971) between rows: per column |a - b| / range for numbers, 0 or 1 for levels; a
//! missing cell is at 1 from a present one and at 0 from a missing one. Summed over columns, in a fixed order.

use crate::evaluate::column::View;

/// One column's scale.
#[derive(Clone, Copy)]
struct Scale {
	numeric: bool,
	low: f64,
	range: f64,
}

/// Missing in a prepared column: farther than 1 from everything but itself.
const MISSING: f32 = -8.0;

/// How tables become points; fixed by the synthetic table, which the attacker has.
pub(super) struct Space(Vec<Scale>);

/// Rows as points, column by column: numbers within 0 to 1, levels as their codes.
pub(super) struct Points {
	columns: Vec<Vec<f32>>,
	pub rows: usize,
}

impl Space {
	pub fn new(made: &[View<'_>]) -> Self {
		let scale = |view: &View<'_>| {
			let present = || view.codes.iter().flatten().map(|code| *code as f64);
			let (low, high) = (present().fold(f64::INFINITY, f64::min), present().fold(f64::NEG_INFINITY, f64::max));
			let range = if high > low { high - low } else { 1.0 };
			Scale { numeric: view.column.is_numeric(), low: if low.is_finite() { low } else { 0.0 }, range }
		};
		Self(made.iter().map(scale).collect())
	}

	pub fn points(&self, views: &[View<'_>], rows: &[usize]) -> Points {
		let column = |(view, scale): (&View<'_>, &Scale)| -> Vec<f32> {
			let point = |row: &usize| match view.codes.get(*row).copied().flatten() {
				None => MISSING,
				Some(code) if scale.numeric => ((code as f64 - scale.low) / scale.range).clamp(-1.0, 2.0) as f32,
				Some(code) => code as f32,
			};
			rows.iter().map(point).collect()
		};
		Points { columns: views.iter().zip(&self.0).map(column).collect(), rows: rows.len() }
	}

	/// Adds one column's distance from `from` to every point of `to`.
	fn add(&self, column: usize, from: f32, to: &Points, sums: &mut [f32], sign: f32) {
		let Some(cells) = to.columns.get(column) else { return };
		if self.0.get(column).is_some_and(|scale| scale.numeric) {
			sums.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += sign * (from - cell).abs().min(1.0));
		} else {
			sums.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += if from == *cell { 0.0 } else { sign });
		}
	}

	/// Distances of row `row` of `from` to all points of `to` over `columns`, into `sums`.
	pub fn distances(&self, from: &Points, row: usize, to: &Points, columns: &[usize], sums: &mut Vec<f32>) {
		sums.clear();
		sums.resize(to.rows, 0.0);
		for column in columns {
			if let Some(cell) = from.columns.get(*column).and_then(|cells| cells.get(row)) {
				self.add(*column, *cell, to, sums, 1.0);
			}
		}
	}

	/// Takes one column's distance off again.
	pub fn without(&self, column: usize, from: &Points, row: usize, to: &Points, sums: &mut [f32]) {
		if let Some(cell) = from.columns.get(column).and_then(|cells| cells.get(row)) {
			self.add(column, *cell, to, sums, -1.0);
		}
	}
}

/// The nearest point and its distance; of equally near ones the first.
pub(super) fn nearest(sums: &[f32]) -> Option<(usize, f32)> {
	let mut best: Option<(usize, f32)> = None;
	for (at, sum) in sums.iter().enumerate() {
		if best.is_none_or(|(_, least)| *sum < least) {
			best = Some((at, *sum));
		}
	}
	best
}

/// The `count` nearest points, nearest first; of equally near ones the first.
pub(super) fn nearest_few(sums: &[f32], count: usize) -> Vec<usize> {
	let mut kept: Vec<(f32, usize)> = Vec::with_capacity(count.saturating_add(1));
	for (at, sum) in sums.iter().enumerate() {
		if kept.len() < count || kept.last().is_some_and(|(most, _)| sum < most) {
			let place = kept.partition_point(|(known, _)| known <= sum);
			kept.insert(place, (*sum, at));
			kept.truncate(count);
		}
	}
	kept.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::schema::{Column, ColumnKind};

	#[test]
	fn numbers_count_by_range_levels_by_equality_and_missing_cells_fully() {
		let column = |kind| Column { missing: true, ..Column::new("c", kind) };
		let number = column(ColumnKind::Integer { min: 0, max: 100 });
		let level = column(ColumnKind::Categorical { levels: vec!["a".into(), "b".into()] });
		let (x, y) = ([Some(0), Some(10), Some(20), None], [Some(0), Some(1), None, Some(0)]);
		let views = [View { column: &number, codes: &x }, View { column: &level, codes: &y }];
		let space = Space::new(&views);
		let points = space.points(&views, &[0, 1, 2, 3]);
		let mut sums = Vec::new();
		space.distances(&points, 0, &points, &[0, 1], &mut sums);
		assert_eq!(sums, [0.0, 1.5, 2.0, 1.0]);
		space.without(1, &points, 0, &points, &mut sums);
		assert_eq!(sums, [0.0, 0.5, 1.0, 1.0]);
		space.distances(&points, 3, &points, &[0], &mut sums);
		assert_eq!(sums, [1.0, 1.0, 1.0, 0.0]);
		assert_eq!(nearest(&sums), Some((3, 0.0)));
		assert_eq!(nearest_few(&sums, 3), [3, 0, 1]);
	}
}
