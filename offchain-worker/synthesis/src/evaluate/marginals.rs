//! Marginals of cells that depend on the schema only, so that one patient's rows move them little: column shapes that
//! count missing cells, and k-marginals (NIST, SDNist: 1,000 (1 - mean total variation distance); here as a fraction).

use super::{
	column::View,
	metric::{mean, Metric, MetricId},
	seed,
};
use crate::{
	error::SynthesisError,
	generate::{report, Progress},
};

/// Equal bins of a numeric column's declared range.
const BINS: u64 = 20;
/// Most sets of columns; of more, that many are chosen at random.
const MOST_SETS: usize = 100;

/// A column as cells: levels, or bins of the declared range; missing is the last.
pub(crate) struct Cells {
	/// The cell of every row.
	pub cells: Vec<u64>,
	/// Number of cells.
	pub width: u64,
}

impl Cells {
	/// Cuts a column by its schema.
	pub fn new(view: &View<'_>) -> Self {
		let (low, high) = view.column.code_range().unwrap_or_default();
		let span = high.abs_diff(low).saturating_add(1);
		let bins = if view.column.is_numeric() { span.min(BINS) } else { span };
		let cell = |code: &Option<i64>| match code {
			None => bins,
			Some(code) => {
				let ahead = u128::from(code.abs_diff(low)).saturating_mul(u128::from(bins));
				u64::try_from(ahead.checked_div(u128::from(span)).unwrap_or(0)).unwrap_or(0).min(bins.saturating_sub(1))
			},
		};
		Self { cells: view.codes.iter().map(cell).collect(), width: bins.saturating_add(1) }
	}
}

/// Joint cells of some columns as one number a row, sorted.
fn joint(columns: &[&Cells]) -> Vec<u64> {
	let rows = columns.first().map_or(0, |column| column.cells.len());
	let mut keys = vec![0u64; rows];
	for column in columns {
		for (key, cell) in keys.iter_mut().zip(&column.cells) {
			*key = key.saturating_mul(column.width).saturating_add(*cell);
		}
	}
	keys.sort_unstable();
	keys
}

/// Half the summed gaps between the shares of two sorted lists.
fn distance(a: &[u64], b: &[u64]) -> f64 {
	let runs = |keys: &[u64]| -> Vec<(u64, f64)> {
		let size = keys.len() as f64;
		keys.chunk_by(|x, y| x == y).filter_map(|run| Some((*run.first()?, run.len() as f64 / size))).collect()
	};
	let (a, b) = (runs(a), runs(b));
	let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
	let mut gaps = 0.0;
	loop {
		match (left.peek(), right.peek()) {
			(None, None) => return gaps / 2.0,
			(Some(x), Some(y)) if x.0 == y.0 => {
				gaps += (x.1 - y.1).abs();
				left.next();
				right.next();
			},
			(Some(x), y) if y.is_none_or(|y| x.0 < y.0) => {
				gaps += x.1;
				left.next();
			},
			(_, Some(y)) => {
				gaps += y.1;
				right.next();
			},
			(Some(_), None) => return gaps / 2.0,
		}
	}
}

/// All sets of `size` of `columns` columns if there are at most 100, else 100 different ones at random.
fn sets(columns: usize, size: usize) -> Vec<Vec<usize>> {
	let mut all: Vec<Vec<usize>> = vec![Vec::new()];
	for _ in 0..size {
		all = all
			.iter()
			.flat_map(|set| {
				let start = set.last().map_or(0, |last| last.saturating_add(1));
				(start..columns).map(move |next| set.iter().copied().chain([next]).collect::<Vec<_>>())
			})
			.collect();
		if all.len() > MOST_SETS.saturating_mul(columns) {
			break;
		}
	}
	if all.first().is_some_and(|set| set.len() == size) {
		return seed::sample(all.len(), MOST_SETS, "marginals")
			.into_iter()
			.filter_map(|at| all.get(at).cloned())
			.collect();
	}
	let mut chosen = std::collections::BTreeSet::new();
	let mut stream = seed::stream("marginals");
	while chosen.len() < MOST_SETS {
		let mut set: Vec<usize> = (0..size).map(|_| seed::pick(&mut stream, columns)).collect();
		set.sort_unstable();
		set.dedup();
		if set.len() == size {
			chosen.insert(set);
		}
	}
	chosen.into_iter().collect()
}

fn k_marginal(real: &[Cells], made: &[Cells], size: usize) -> Option<f64> {
	if real.len() < size {
		return None;
	}
	mean(sets(real.len(), size).iter().map(|set| {
		let pick = |columns: &[Cells]| joint(&set.iter().filter_map(|at| columns.get(*at)).collect::<Vec<_>>());
		1.0 - distance(&pick(real), &pick(made))
	}))
}

/// 1 - total variation (levels) or 1 - Kolmogorov's distance with missing cells below all values (numbers).
fn shape(real: &View<'_>, made: &View<'_>) -> f64 {
	let sorted = |view: &View<'_>| {
		let mut codes = view.codes.to_vec();
		codes.sort_unstable();
		codes
	};
	let (a, b) = (sorted(real), sorted(made));
	let mut points: Vec<Option<i64>> = a.iter().chain(&b).copied().collect();
	points.sort_unstable();
	points.dedup();
	let (mut below_a, mut below_b) = (0, 0);
	let (mut largest, mut gaps): (f64, f64) = (0.0, 0.0);
	let mut before = 0.0;
	for point in points {
		below_a = a.partition_point(|code| *code <= point).max(below_a);
		below_b = b.partition_point(|code| *code <= point).max(below_b);
		let gap = below_a as f64 / a.len() as f64 - below_b as f64 / b.len() as f64;
		largest = largest.max(gap.abs());
		gaps += (gap - before).abs();
		before = gap;
	}
	1.0 - if real.column.is_numeric() { largest } else { gaps / 2.0 }
}

/// The metrics of this file. Both tables have rows.
pub(crate) fn headline(
	real: &[View<'_>],
	made: &[View<'_>],
	progress: &mut dyn Progress,
) -> Result<Vec<Metric>, SynthesisError> {
	const STAGE: &str = "evaluate: marginals";
	report(progress, STAGE, 0, 3)?;
	let shapes = mean(real.iter().zip(made).map(|(r, s)| shape(r, s)));
	let cut = |views: &[View<'_>]| views.iter().map(Cells::new).collect::<Vec<_>>();
	let (a, b) = (cut(real), cut(made));
	report(progress, STAGE, 1, 3)?;
	let pairs = k_marginal(&a, &b, 2);
	report(progress, STAGE, 2, 3)?;
	let triples = k_marginal(&a, &b, 3);
	report(progress, STAGE, 3, 3)?;
	let all =
		[(MetricId::CompleteShapes, shapes), (MetricId::TwoMarginals, pairs), (MetricId::ThreeMarginals, triples)];
	Ok(all.into_iter().filter_map(|(id, value)| Metric::new(id, value?)).collect())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::schema::{Column, ColumnKind};

	#[test]
	fn the_distance_is_half_the_gaps_between_shares() {
		assert_eq!(distance(&[1, 1, 2, 3], &[2, 2, 3, 9]), 0.5);
		assert_eq!(distance(&[1, 2], &[1, 1, 2, 2]), 0.0);
		assert_eq!(distance(&[1], &[2]), 1.0);
		assert_eq!(distance(&[5, 5], &[1, 5]), 0.5);
	}

	#[test]
	fn sets_of_columns_are_all_or_a_hundred_different_ones() {
		assert_eq!(sets(3, 2), [[0, 1], [0, 2], [1, 2]]);
		assert_eq!(sets(3, 3), [[0, 1, 2]]);
		for columns in [12, 50, 4096] {
			let chosen = sets(columns, 3);
			assert!(chosen.len() == 100 && chosen.iter().all(|set| set.len() == 3), "{columns}");
			assert_eq!(chosen, sets(columns, 3));
		}
	}

	#[test]
	fn missing_cells_count_in_complete_shapes() {
		let column = |kind| Column { missing: true, ..Column::new("c", kind) };
		let number = column(ColumnKind::Integer { min: 0, max: 9 });
		let level = column(ColumnKind::Categorical { levels: vec!["a".into(), "b".into()] });
		let shape_of = |column: &Column, a: &[Option<i64>], b: &[Option<i64>]| {
			shape(&View { column, codes: a }, &View { column, codes: b })
		};
		assert_eq!(shape_of(&number, &[None, None, Some(1), Some(2)], &[None, Some(1), Some(1), Some(2)]), 0.75);
		assert_eq!(shape_of(&level, &[None, Some(0), Some(1), Some(1)], &[Some(0), Some(0), Some(1), Some(1)]), 0.75);
		assert_eq!(shape_of(&number, &[None, None], &[None]), 1.0);
	}
}
