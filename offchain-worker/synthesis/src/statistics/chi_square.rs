//! Independence of two categorical columns: Pearson's chi-square and Fisher's exact test.

use super::{
	distribution,
	frame::{self, count, Groups},
	noise::{Correction, ReleaseNoise, Uncorrected},
	StatisticsError,
};
use crate::Table;
use serde::Serialize;

/// Expected counts below this make Pearson's approximation poor (Cochran, Biometrics 10, 1954).
const SMALL: f64 = 5.0;
/// Relative difference up to which two tables count as equally probable.
const TIE: f64 = 1e-12;

/// Two columns tested for independence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChiSquare {
	/// Column of the rows.
	pub outcome: String,
	/// Column of the columns.
	pub group: String,
	/// Levels of the outcome that occur.
	pub outcome_levels: Vec<String>,
	/// Levels of the group that occur.
	pub group_levels: Vec<String>,
	/// Counts: one list for every level of the outcome.
	pub counts: Vec<Vec<usize>>,
	/// Complete rows.
	pub n: usize,
	/// Rows that miss one of the columns.
	pub dropped_rows: usize,
	/// Σ (observed - expected)² / expected (Pearson, Philosophical Magazine 50, 1900), without continuity correction.
	pub statistic: f64,
	/// (R - 1)(C - 1).
	pub degrees_of_freedom: usize,
	/// Upper tail of χ².
	pub p_value: f64,
	/// Cramér's V: √(χ² / (n (min(R, C) - 1))), 0 to 1.
	pub cramers_v: f64,
	/// Cells whose expected count is below 5. Where there are any in a table larger than 2×2, combine levels.
	pub small_expected_cells: usize,
	/// Fisher's exact test, for 2×2 tables with an expected count below 5.
	pub fisher: Option<Fisher>,
	/// The test that counts the real patients and the noise.
	#[serde(flatten)]
	pub correction: Correction<CorrectedChiSquare>,
}

/// Fisher's exact test of a 2×2 table (Journal of the Royal Statistical Society 85, 1922).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fisher {
	/// Two-sided: the probability of all tables with these margins that are no more probable than the one found.
	pub p_value: f64,
	/// a·d / (b·c); `null` where b·c = 0.
	pub odds_ratio: Option<f64>,
	/// The exact test has no corrected form.
	#[serde(flatten)]
	pub correction: Correction<f64>,
}

/// Pearson's statistic divided by what it is on average if the columns are independent and the counts noisy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CorrectedChiSquare {
	/// Mean of the naive statistic under independence / degrees of freedom; 1 without real sampling and noise.
	pub inflation: f64,
	/// Naive statistic / inflation.
	pub statistic: f64,
	/// Upper tail of χ².
	pub p_value: f64,
}

/// Tests whether two categorical columns are independent.
///
/// # Errors
/// [`StatisticsError`] unless both have 2 to [`MAX_GROUPS`](super::MAX_GROUPS) levels among the complete rows.
pub fn chi_square(
	table: &Table,
	outcome: &str,
	group: &str,
	noise: Option<&ReleaseNoise>,
) -> Result<ChiSquare, StatisticsError> {
	noise.map_or(Ok(()), ReleaseNoise::validate)?;
	frame::distinct(&[outcome, group])?;
	let (a, b) = (frame::groups(table, outcome)?, frame::groups(table, group)?);
	let has = |groups: &Groups, row: usize| frame::has(&groups.of_row, row);
	let kept = frame::complete(table.rows(), &[&|row| has(&a, row), &|row| has(&b, row)]);
	let (a, b) = (a.keep(&kept), b.keep(&kept));
	a.at_least_two(outcome)?;
	b.at_least_two(group)?;
	let counts = cross(&a, &b);
	let margins = Margins::of(&counts);
	let (statistic, small_expected_cells) = margins.pearson(&counts);
	let (rows, columns) = (counts.len(), margins.columns.len());
	let degrees_of_freedom = rows.saturating_sub(1).saturating_mul(columns.saturating_sub(1));
	let fisher = match counts.as_slice() {
		[first, second] if small_expected_cells > 0 => match (first.as_slice(), second.as_slice()) {
			(&[a, b], &[c, d]) => Some(fisher(a, b, c, d)),
			_ => None,
		},
		_ => None,
	};
	let corrected = noise.ok_or(Uncorrected::NoNoise).and_then(|noise| {
		let marginal = noise.marginal(group, Some(outcome))?;
		margins.corrected(statistic, degrees_of_freedom, marginal.real_rows(kept.len()), marginal.sigma)
	});
	Ok(ChiSquare {
		outcome: outcome.into(),
		group: group.into(),
		n: kept.len(),
		dropped_rows: table.rows().saturating_sub(kept.len()),
		statistic,
		degrees_of_freedom,
		p_value: distribution::chi_square_upper(statistic, count(degrees_of_freedom)),
		cramers_v: (statistic / (count(kept.len()) * (count(rows.min(columns)) - 1.0))).sqrt(),
		small_expected_cells,
		fisher,
		correction: Correction::of(corrected),
		outcome_levels: a.names,
		group_levels: b.names,
		counts,
	})
}

/// Counts of every pair of levels.
fn cross(a: &Groups, b: &Groups) -> Vec<Vec<usize>> {
	let mut counts = vec![vec![0usize; b.names.len()]; a.names.len()];
	for (row, column) in a.of_row.iter().zip(&b.of_row) {
		let cell = row.zip(*column).and_then(|(row, column)| counts.get_mut(row)?.get_mut(column));
		if let Some(cell) = cell {
			*cell = cell.saturating_add(1);
		}
	}
	counts
}

/// Sums of rows and columns.
struct Margins {
	rows: Vec<f64>,
	columns: Vec<f64>,
	total: f64,
}

impl Margins {
	fn of(counts: &[Vec<usize>]) -> Self {
		let rows: Vec<f64> = counts.iter().map(|row| row.iter().copied().map(count).sum()).collect();
		let mut columns = vec![0.0; counts.first().map_or(0, Vec::len)];
		for row in counts {
			columns.iter_mut().zip(row).for_each(|(sum, cell)| *sum += count(*cell));
		}
		Self { total: rows.iter().sum(), rows, columns }
	}

	/// Pearson's statistic, and the number of cells with a small expected count.
	fn pearson(&self, counts: &[Vec<usize>]) -> (f64, usize) {
		let (mut statistic, mut small) = (0.0, 0usize);
		for (row, row_sum) in counts.iter().zip(&self.rows) {
			for (cell, column_sum) in row.iter().zip(&self.columns) {
				let expected = row_sum * column_sum / self.total;
				statistic += (count(*cell) - expected) * (count(*cell) - expected) / expected;
				small = small.saturating_add(usize::from(expected < SMALL));
			}
		}
		(statistic, small)
	}

	/// First-order correction in the manner of Rao and Scott (Journal of the American Statistical Association 76, 1981):
	/// the statistic divided by its mean under independence, per degree of freedom.
	///
	/// With shares p of the rows and q of the columns, the residual of cell (i, j) is Σ_kl (δ_ik - p_i)(δ_jl - q_j) c̃_kl / n to
	/// first order. Drawing m rows gives the statistic the mean (R-1)(C-1), sampling n patients m/n times as much, and noise
	/// of variance σ² in every cell adds m σ²/n² · A(p) · A(q), where A(p) = Σ_i (1 - 2 p_i + R p_i²) / p_i.
	fn corrected(
		&self,
		statistic: f64,
		freedom: usize,
		real: f64,
		sigma: f64,
	) -> Result<CorrectedChiSquare, Uncorrected> {
		if real < 2.0 {
			return Err(Uncorrected::TooFewRows);
		}
		let spread = |sums: &[f64]| -> f64 {
			let levels = count(sums.len());
			sums.iter().map(|sum| sum / self.total).map(|p| (1.0 - 2.0 * p + levels * p * p) / p).sum()
		};
		let noise = self.total * sigma * sigma / (real * real) * spread(&self.rows) * spread(&self.columns);
		let inflation = 1.0 + self.total / real + noise / count(freedom);
		let statistic = statistic / inflation;
		let p_value = distribution::chi_square_upper(statistic, count(freedom));
		Ok(CorrectedChiSquare { inflation, statistic, p_value })
	}
}

/// Probabilities of all tables with the margins found are taken relative to the most probable one by the ratio of
/// neighbours, so that no factorial is formed.
fn fisher(a: usize, b: usize, c: usize, d: usize) -> Fisher {
	let row = a.saturating_add(b);
	let column = a.saturating_add(c);
	let total = row.saturating_add(c).saturating_add(d);
	let least = column.saturating_sub(total.saturating_sub(row));
	let greatest = row.min(column);
	let mode = ((count(row) + 1.0) * (count(column) + 1.0) / (count(total) + 2.0)).floor() as usize;
	let mode = mode.clamp(least, greatest);
	// Probability of x + 1 / probability of x.
	let step = |x: usize| {
		let x = count(x);
		(count(row) - x) * (count(column) - x) / ((x + 1.0) * (count(total) - count(row) - count(column) + x + 1.0))
	};
	let above = (mode..greatest).scan(1.0, |weight, x| {
		*weight *= step(x);
		Some(*weight)
	});
	let below = (least..mode).rev().scan(1.0, |weight, x| {
		*weight /= step(x);
		Some(*weight)
	});
	let mut weights: Vec<f64> = below.collect();
	weights.reverse();
	weights.push(1.0);
	weights.extend(above);
	let found = weights.get(a.saturating_sub(least)).copied().unwrap_or(0.0);
	let all: f64 = weights.iter().sum();
	let extreme: f64 = weights.iter().filter(|weight| **weight <= found * (1.0 + TIE)).sum();
	let cross = count(b) * count(c);
	Fisher {
		p_value: (extreme / all).min(1.0),
		odds_ratio: (cross > 0.0).then(|| count(a) * count(d) / cross),
		correction: Correction::of(Err(Uncorrected::Exact)),
	}
}
