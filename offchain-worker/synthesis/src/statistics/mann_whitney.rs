//! The Mann–Whitney U test (Wilcoxon's rank sum test).

use super::{
	describe::quantile,
	distribution,
	frame::{self, count},
	noise::{Correction, Interval, Uncorrected},
	StatisticsError,
};
use crate::Table;
use serde::Serialize;

/// Both groups smaller than this, and no ties: the exact distribution is used.
const EXACT_BELOW: usize = 50;

/// Two groups compared by ranks (Mann and Whitney, Annals of Mathematical Statistics 18, 1947).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MannWhitney {
	/// The numeric column.
	pub outcome: String,
	/// The column with two levels.
	pub group: String,
	/// The two groups, in the schema's order.
	pub groups: [GroupMedian; 2],
	/// Rows that miss one of the columns.
	pub dropped_rows: usize,
	/// Pairs in which the first group's value is greater, ties counting a half.
	pub u: f64,
	/// U / (n₁ n₂): the probability that a value of the first group is the greater one.
	pub probability_of_superiority: f64,
	/// How the p-value was found.
	pub method: Method,
	/// Standardised U with continuity correction, of the normal approximation.
	pub z: Option<f64>,
	/// Two-sided.
	pub p_value: f64,
	/// Theory gives no corrected test.
	#[serde(flatten)]
	pub correction: Correction<Interval>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupMedian {
	/// The level.
	pub level: String,
	/// Complete rows.
	pub n: usize,
	/// Median.
	pub median: f64,
	/// Lower and upper quartile.
	pub quartiles: [f64; 2],
}

/// How a p-value was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
	/// From the distribution of U over all arrangements of the ranks: fewer than 50 rows in each group, no ties.
	Exact,
	/// From the normal approximation with the variance corrected for ties, and continuity correction.
	Normal,
}

/// Compares two groups by the ranks of a numeric column.
///
/// # Errors
/// [`StatisticsError`] unless the outcome is numeric and varies, and there are exactly two groups.
pub fn mann_whitney(table: &Table, outcome: &str, group: &str) -> Result<MannWhitney, StatisticsError> {
	let grouped = frame::grouped(table, outcome, group)?;
	grouped.groups.exactly_two(group)?;
	let ([a, b], [first, second]) = (grouped.parts.as_slice(), grouped.groups.names.as_slice()) else {
		let found = grouped.parts.len();
		return Err(StatisticsError::NotTwoLevels { column: group.into(), found, levels: String::new() });
	};
	let ranks = Ranks::of(a, b);
	let rows = a.len().saturating_add(b.len());
	if ranks.variance <= 0.0 {
		return Err(StatisticsError::Constant { column: outcome.into(), rows });
	}
	let exact = !ranks.has_ties && a.len() < EXACT_BELOW && b.len() < EXACT_BELOW;
	let centre = count(a.len()) * count(b.len()) / 2.0;
	let (method, z, p_value) = if exact {
		(Method::Exact, None, exact_two_sided(ranks.u, a.len(), b.len()))
	} else {
		let distance = ((ranks.u - centre).abs() - 0.5).max(0.0);
		let z = distance / ranks.variance.sqrt();
		(Method::Normal, Some(z.copysign(ranks.u - centre)), distribution::normal_two_sided(z))
	};
	Ok(MannWhitney {
		outcome: outcome.into(),
		group: group.into(),
		groups: [describe(a, first), describe(b, second)],
		dropped_rows: grouped.dropped,
		u: ranks.u,
		probability_of_superiority: ranks.u / (count(a.len()) * count(b.len())),
		method,
		z,
		p_value,
		correction: Correction::of(Err(Uncorrected::Ranks)),
	})
}

fn describe(values: &[f64], level: &str) -> GroupMedian {
	let mut sorted = values.to_vec();
	sorted.sort_unstable_by(f64::total_cmp);
	GroupMedian {
		level: level.into(),
		n: values.len(),
		median: quantile(&sorted, 0.5),
		quartiles: [quantile(&sorted, 0.25), quantile(&sorted, 0.75)],
	}
}

/// What the test needs of the ranks.
struct Ranks {
	u: f64,
	/// n₁n₂/12 · ((n + 1) - Σ(t³ - t) / (n(n - 1))) over runs of t tied values (Lehmann, Nonparametrics, 1975, section 1.4).
	variance: f64,
	has_ties: bool,
}

impl Ranks {
	fn of(a: &[f64], b: &[f64]) -> Self {
		let mut all: Vec<(f64, bool)> =
			a.iter().map(|value| (*value, true)).chain(b.iter().map(|value| (*value, false))).collect();
		all.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
		let (mut before, mut rank_sum, mut ties) = (0.0, 0.0, 0.0);
		for run in all.chunk_by(|x, y| x.0 == y.0) {
			let length = count(run.len());
			let middle = before + (length + 1.0) / 2.0;
			rank_sum += middle * count(run.iter().filter(|(_, is_first)| *is_first).count());
			ties += length * length * length - length;
			before += length;
		}
		let (first, second) = (count(a.len()), count(b.len()));
		let n = first + second;
		Self {
			u: rank_sum - first * (first + 1.0) / 2.0,
			variance: first * second / 12.0 * (n + 1.0 - ties / (n * (n - 1.0))),
			has_ties: ties > 0.0,
		}
	}
}

/// Twice the smaller tail of the exact distribution of U. The number of arrangements with U = u is the coefficient of
/// x^u in the Gaussian binomial Π_{i=1..n₁} (1 - x^{n₂+i}) / (1 - x^i). All are below 2^97 here, so that integers which wrap at
/// 2^128 give them exactly.
fn exact_two_sided(u: f64, first: usize, second: usize) -> f64 {
	let pairs = first.saturating_mul(second);
	let mut ways = vec![0u128; pairs.saturating_add(1)];
	if let Some(one) = ways.first_mut() {
		*one = 1;
	}
	for i in 1..=first {
		multiply(&mut ways, second.saturating_add(i));
		divide(&mut ways, i);
	}
	let all: f64 = ways.iter().map(|way| *way as f64).sum();
	let tail = u.min(count(pairs) - u).floor() as usize;
	let extreme: f64 = ways.iter().take(tail.saturating_add(1)).map(|way| *way as f64).sum();
	(2.0 * extreme / all).min(1.0)
}

/// Multiplies a polynomial by 1 - x^by.
fn multiply(ways: &mut [u128], by: usize) {
	for to in (by..ways.len()).rev() {
		let from = ways.get(to.saturating_sub(by)).copied().unwrap_or(0);
		if let Some(way) = ways.get_mut(to) {
			*way = way.wrapping_sub(from);
		}
	}
}

/// Divides a polynomial by 1 - x^by.
fn divide(ways: &mut [u128], by: usize) {
	for to in by..ways.len() {
		let from = ways.get(to.saturating_sub(by)).copied().unwrap_or(0);
		if let Some(way) = ways.get_mut(to) {
			*way = way.wrapping_add(from);
		}
	}
}
