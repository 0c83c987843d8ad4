//! Metrics of two columns.

use super::column::View;
use std::collections::BTreeMap;

/// Equal-width bins that numbers are cut into.
const BINS: u32 = 10;
/// Bin of the maximum and of missing cells, as `numpy.digitize` has them.
const LAST_BIN: u32 = 11;
/// Joint cells up to which counts are kept in an array.
const DENSE: usize = 1 << 16;

/// One column prepared for pairs.
pub(crate) struct Prepared {
	/// Values, NaN where missing; empty for categorical columns.
	pub floats: Vec<f64>,
	/// Level, or bin of a number; missing cells have one of their own or the last bin.
	pub cells: Vec<u32>,
	/// One more than the largest possible cell.
	pub width: u32,
	/// Whether the present numbers vary.
	pub varies: bool,
}

impl Prepared {
	/// Prepares a column by its own range.
	pub fn new(view: &View<'_>) -> Self {
		if view.column.is_numeric() {
			let floats = view.floats();
			let mut present = floats.iter().copied().filter(|x| !x.is_nan());
			let first = present.next();
			let varies = first.is_some_and(|first| present.any(|x| x != first));
			Self { cells: digitized(&floats), floats, width: LAST_BIN.saturating_add(1), varies }
		} else {
			let (_, last) = view.column.code_range().unwrap_or_default();
			let missing = u32::try_from(last).unwrap_or(0).saturating_add(1);
			let cell = |code: &Option<i64>| code.and_then(|c| u32::try_from(c).ok()).unwrap_or(missing);
			Self {
				floats: Vec::new(),
				cells: view.codes.iter().map(cell).collect(),
				width: missing.saturating_add(1),
				varies: false,
			}
		}
	}
}

/// Bins 1 to 10 of the column's own range; the maximum and missing cells are 11
/// (`numpy.digitize` by `numpy.histogram_bin_edges`).
fn digitized(values: &[f64]) -> Vec<u32> {
	let present = || values.iter().copied().filter(|x| !x.is_nan());
	let mut low = present().fold(f64::INFINITY, f64::min);
	let mut high = present().fold(f64::NEG_INFINITY, f64::max);
	if low == high {
		low -= 0.5;
		high += 0.5;
	}
	let step = (high - low) / f64::from(BINS);
	let edges: Vec<f64> = (0..BINS).map(|k| f64::from(k) * step + low).chain(std::iter::once(high)).collect();
	values
		.iter()
		.map(|x| {
			if x.is_nan() {
				LAST_BIN
			} else {
				u32::try_from(edges.partition_point(|edge| edge <= x)).unwrap_or(LAST_BIN)
			}
		})
		.collect()
}

/// Pearson's correlation over rows where both are present; `None` if fewer than 2 or one is constant.
pub(crate) fn pearson(a: &Prepared, b: &Prepared) -> Option<f64> {
	if !a.varies || !b.varies {
		return None;
	}
	let both = || a.floats.iter().copied().zip(b.floats.iter().copied()).filter(|(x, y)| !x.is_nan() && !y.is_nan());
	let (mut sum_x, mut sum_y, mut rows) = (0.0, 0.0, 0.0);
	for (x, y) in both() {
		sum_x += x;
		sum_y += y;
		rows += 1.0;
	}
	if rows < 2.0 {
		return None;
	}
	let (mean_x, mean_y) = (sum_x / rows, sum_y / rows);
	let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
	for (x, y) in both() {
		let (dx, dy) = (x - mean_x, y - mean_y);
		xx += dx * dx;
		yy += dy * dy;
		xy += dx * dy;
	}
	if xx > 0.0 && yy > 0.0 {
		Some((xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0))
	} else {
		None
	}
}

/// Counts of joint cells, ordered.
fn joint_counts(a: &Prepared, b: &Prepared) -> BTreeMap<(u32, u32), f64> {
	let width = usize::try_from(b.width).unwrap_or(usize::MAX);
	let size = usize::try_from(a.width).unwrap_or(usize::MAX).saturating_mul(width);
	let pairs = || a.cells.iter().copied().zip(b.cells.iter().copied());
	if size > DENSE {
		let mut counts = BTreeMap::new();
		for pair in pairs() {
			*counts.entry(pair).or_insert(0.0) += 1.0;
		}
		return counts;
	}
	let mut dense = vec![0u32; size];
	for (x, y) in pairs() {
		let at = u64::from(x).saturating_mul(u64::from(b.width)).saturating_add(u64::from(y));
		if let Some(count) = usize::try_from(at).ok().and_then(|at| dense.get_mut(at)) {
			*count = count.saturating_add(1);
		}
	}
	(0..a.width)
		.flat_map(|x| (0..b.width).map(move |y| (x, y)))
		.zip(dense)
		.filter(|(_, count)| *count > 0)
		.map(|(pair, count)| (pair, f64::from(count)))
		.collect()
}

/// Joint shares of the real pair, its Cramér's V, and the similarity of a synthetic pair to it.
pub(crate) struct Contingency {
	shares: BTreeMap<(u32, u32), f64>,
	/// √(χ²/n / (min(levels) - 1)); `None` if one side has a single level.
	pub association: Option<f64>,
}

impl Contingency {
	/// Counts the real pair.
	pub fn new(a: &Prepared, b: &Prepared) -> Self {
		let counts = joint_counts(a, b);
		let rows = a.cells.len() as f64;
		Self { association: cramers_v(&counts, rows), shares: shares(counts, rows) }
	}

	/// 1 - ½ Σ |f_real - f_synthetic| over joint cells; `None` for an empty table.
	pub fn similarity(&self, a: &Prepared, b: &Prepared) -> Option<f64> {
		if self.shares.is_empty() || a.cells.is_empty() {
			return None;
		}
		let other = shares(joint_counts(a, b), a.cells.len() as f64);
		let mut gaps = 0.0;
		for (pair, share) in &self.shares {
			gaps += (share - other.get(pair).copied().unwrap_or(0.0)).abs();
		}
		for (pair, share) in &other {
			if !self.shares.contains_key(pair) {
				gaps += share;
			}
		}
		Some(1.0 - gaps / 2.0)
	}
}

fn shares(mut counts: BTreeMap<(u32, u32), f64>, rows: f64) -> BTreeMap<(u32, u32), f64> {
	counts.values_mut().for_each(|count| *count /= rows);
	counts
}

/// Cramér's V without bias correction (H. Cramér, 1946): χ²/n = Σ n_ij² / (n_i. n_.j) - 1.
fn cramers_v(counts: &BTreeMap<(u32, u32), f64>, rows: f64) -> Option<f64> {
	let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
	for ((x, y), count) in counts {
		*left.entry(*x).or_insert(0.0) += count;
		*right.entry(*y).or_insert(0.0) += count;
	}
	let smaller = left.len().min(right.len());
	if smaller < 2 || rows <= 0.0 {
		return None;
	}
	let mut sum = 0.0;
	for ((x, y), count) in counts {
		let expected: f64 = left.get(x)? * right.get(y)?;
		sum += count * count / expected;
	}
	Some(((sum - 1.0).max(0.0) / (smaller as f64 - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn numbers(floats: &[f64]) -> Prepared {
		Prepared { cells: digitized(floats), floats: floats.to_vec(), width: 12, varies: true }
	}

	fn levels(cells: &[u32]) -> Prepared {
		Prepared { floats: Vec::new(), cells: cells.to_vec(), width: 3, varies: false }
	}

	#[test]
	fn bins_are_those_of_numpy() {
		// numpy 2: np.digitize(x, np.histogram_bin_edges(x[~np.isnan(x)]))
		assert_eq!(digitized(&[0.0, 1.0, 5.0, 9.99, 10.0, f64::NAN]), [1, 2, 6, 10, 11, 11]);
		assert_eq!(digitized(&[3.0, 3.0]), [6, 6]);
	}

	#[test]
	fn correlation_is_over_rows_with_both() {
		let (a, b) = (numbers(&[1.0, 2.0, 3.0, f64::NAN]), numbers(&[2.0, 4.0, 6.0, -50.0]));
		assert!((pearson(&a, &b).unwrap() - 1.0).abs() < 1e-15);
	}

	#[test]
	fn association_is_one_for_a_function_and_zero_for_independence() {
		let tied = Contingency::new(&levels(&[0, 0, 1, 1]), &levels(&[1, 1, 0, 0]));
		assert_eq!(tied.association, Some(1.0));
		let free = Contingency::new(&levels(&[0, 0, 1, 1]), &levels(&[0, 1, 0, 1]));
		assert_eq!(free.association, Some(0.0));
		assert_eq!(free.similarity(&levels(&[0, 1]), &levels(&[0, 1])), Some(0.5));
		let alone = Contingency::new(&levels(&[0, 0]), &levels(&[0, 1]));
		assert_eq!(alone.association, None);
	}
}
