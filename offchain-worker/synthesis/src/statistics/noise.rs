//! What is known of the noise in a differentially private release, and the standard errors that follow from it.
//!
//! # Derivation
//! A generator of the select–measure–generate kind adds noise of variance σ² to every count of a marginal of n real rows,
//! fits a model, and draws m synthetic rows. Let c̃ = c + e be the noisy counts of a marginal with L cells, and
//! p̃ = c̃ / Σc̃ the shares that the model keeps. A statistic read from the synthetic rows has three independent sources
//! of error, whose variances add up:
//!
//! 1. **sampling of real patients** from the population: p(1-p)/n for a share, s²/n for a mean;
//! 2. **noise**: by the delta method, Σ_l a_l p̃_l for fixed numbers a_l has the variance σ²/n² · Σ_l (a_l - μ)², where
//!    μ is its value. For the share p of one cell (a = 1 there, 0 elsewhere) this is σ²/n² · ((1-p)² + (L-1) p²); for a
//!    mean, a_l is the centre of bin l;
//! 3. **drawing synthetic rows** from the model: p(1-p)/m, s²/m.
//!
//! 1 and 3 together are the variance for one synthetic data set of Raab, Nowok and Dibben (Practical data synthesis for
//! large samples, Journal of Privacy and Confidentiality 7(3), 2016, section 3: (1 + n/m) times the variance of the real data's
//! estimate). 2 is what differential privacy adds. A naive analysis of the synthetic rows counts 3 only.
//!
//! The terms assume that the marginal was measured (a fit to several overlapping marginals only lowers its noise), that
//! the bins are narrow (values within a bin are drawn uniformly; the bias of a bin's centre is not in the error), and that
//! noise does not push many counts below zero, n·p ≫ σ. Where a marginal was not measured, no standard error is given.

use super::{distribution, frame::count, StatisticsError, CONFIDENCE};
use serde::{Deserialize, Serialize};

/// Numbers about a release that a corrected interval needs. None of them is private: they stand in the measurement log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseNoise {
	/// Number of real rows that were measured, estimated from the noisy counts; above 0.
	pub real_rows_estimate: f64,
	/// Rows of the whole synthetic table, before any selection; above 0.
	pub synthetic_rows: u64,
	/// Columns whose one-way counts were measured.
	pub columns: Vec<ColumnNoise>,
	/// Pairs of columns whose two-way counts were measured.
	pub pairs: Vec<PairNoise>,
}

/// Noise in the one-way counts of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnNoise {
	/// Name of the column.
	pub column: String,
	/// Standard deviation of the noise of one count, ≥ 0. If levels were measured several times, that of their
	/// inverse-variance mean.
	pub sigma_per_count: f64,
	/// For a numeric column the centre of every measured bin, in the column's unit, without missing and other special
	/// levels; for a categorical column its length only counts, one entry for every measured level.
	pub centres: Vec<f64>,
}

/// Noise in the two-way counts of a pair of columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairNoise {
	/// Names of the two columns, in either order.
	pub columns: [String; 2],
	/// Standard deviation of the noise of one count, ≥ 0.
	pub sigma_per_count: f64,
}

/// An interval that covers the population's value in [`CONFIDENCE`](super::CONFIDENCE) of all cases, if its assumptions hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
	/// Lower end.
	pub low: f64,
	/// Upper end.
	pub high: f64,
}

impl Interval {
	/// `estimate` ± `half`.
	pub(crate) fn around(estimate: f64, half: f64) -> Self {
		Self { low: estimate - half, high: estimate + half }
	}
}

/// A result with the release's noise in it, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Correction<T> {
	/// The corrected result; `null` where theory gives none.
	pub corrected: Option<T>,
	/// Why there is none, in one sentence; `null` where there is one.
	pub not_corrected_because: Option<&'static str>,
}

impl<T> Correction<T> {
	pub(crate) fn of(result: Result<T, Uncorrected>) -> Self {
		match result {
			Ok(corrected) => Self { corrected: Some(corrected), not_corrected_because: None },
			Err(why) => Self { corrected: None, not_corrected_because: Some(why.sentence()) },
		}
	}
}

/// Why a result has no corrected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uncorrected {
	NoNoise,
	NotMeasured,
	PairNotMeasured,
	Ranks,
	Exact,
	Regression,
	Survival,
	TooFewRows,
}

impl Uncorrected {
	fn sentence(self) -> &'static str {
		match self {
			Self::NoNoise => "The noise of the release was not given.",
			Self::NotMeasured => "The counts of this column were not measured, so its noise is not known.",
			Self::PairNotMeasured => "The counts of these two columns together were not measured, so their relation rests on the model's assumption of conditional independence, whose error is not known.",
			Self::Ranks => "No standard error of rank statistics under noise in the counts is known.",
			Self::Exact => "Fisher's test conditions on exact margins, which noisy counts do not have.",
			Self::Regression => "A regression depends on marginals that were not all measured and on the fit to them, whose error has no closed form.",
			Self::Survival => "Survival estimates depend on the joint distribution of time, event and group and on risk sets, for which no standard error under noise in the counts is known.",
			Self::TooFewRows => "By its estimate, fewer than two real rows stand behind this number.",
		}
	}
}

/// Noise of one marginal, applied to the rows that a statistic is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marginal<'n> {
	/// Standard deviation of one count.
	pub sigma: f64,
	/// Real rows for every synthetic row.
	pub ratio: f64,
	/// Centres of the outcome's bins; their number is the number of levels.
	pub centres: &'n [f64],
}

impl ReleaseNoise {
	/// Checks that every number is in its range.
	///
	/// # Errors
	/// [`StatisticsError::Noise`] names the field.
	pub fn validate(&self) -> Result<(), StatisticsError> {
		let refuse = |field: &str, problem: String| Err(StatisticsError::Noise { field: field.into(), problem });
		if !(self.real_rows_estimate.is_finite() && self.real_rows_estimate > 0.0) {
			return refuse("real_rows_estimate", format!("{} is not above 0", self.real_rows_estimate));
		}
		if self.synthetic_rows == 0 {
			return refuse("synthetic_rows", "0 rows".into());
		}
		let columns = self.columns.iter().map(|c| (c.column.as_str(), c.sigma_per_count));
		for (name, sigma) in columns.chain(self.pairs.iter().map(|p| (p.columns[0].as_str(), p.sigma_per_count))) {
			if !(sigma.is_finite() && sigma >= 0.0) {
				return refuse(name, format!("sigma_per_count {sigma} is not a number of at least 0"));
			}
		}
		match self.columns.iter().find(|c| c.centres.is_empty() || c.centres.iter().any(|x| !x.is_finite())) {
			Some(column) => refuse(&column.column, "centres are none, or not all finite".into()),
			None => Ok(()),
		}
	}

	/// Real rows for every synthetic row.
	fn ratio(&self) -> f64 {
		self.real_rows_estimate / self.synthetic_rows as f64
	}

	fn column(&self, name: &str) -> Option<&ColumnNoise> {
		self.columns.iter().find(|column| column.column == name)
	}

	/// The noise of a column's counts; within the groups of a second column, that of the pair's counts.
	pub(crate) fn marginal(&self, name: &str, group: Option<&str>) -> Result<Marginal<'_>, Uncorrected> {
		let column = self.column(name).ok_or(Uncorrected::NotMeasured)?;
		let sigma = match group {
			None => column.sigma_per_count,
			Some(group) => self.pair(name, group)?,
		};
		Ok(Marginal { sigma, ratio: self.ratio(), centres: &column.centres })
	}

	/// The noise of a pair's counts.
	pub(crate) fn pair(&self, a: &str, b: &str) -> Result<f64, Uncorrected> {
		let is = |pair: &&PairNoise| {
			let [first, second] = &pair.columns;
			(first == a && second == b) || (first == b && second == a)
		};
		self.pairs.iter().find(is).map(|pair| pair.sigma_per_count).ok_or(Uncorrected::PairNotMeasured)
	}
}

/// The marginal of a column, or why there is none.
pub(crate) fn marginal<'n>(
	noise: Option<&'n ReleaseNoise>,
	column: &str,
	group: Option<&str>,
) -> Result<Marginal<'n>, Uncorrected> {
	noise.ok_or(Uncorrected::NoNoise)?.marginal(column, group)
}

impl Marginal<'_> {
	/// Estimated real rows behind `synthetic` rows.
	pub fn real_rows(&self, synthetic: usize) -> f64 {
		self.ratio * count(synthetic)
	}

	/// Variance of a mean over `rows` synthetic rows with this mean and variance.
	pub fn mean_variance(&self, mean: f64, variance: f64, rows: usize) -> Result<f64, Uncorrected> {
		let (real, synthetic) = (self.real_rows(rows), count(rows));
		if real < 2.0 {
			return Err(Uncorrected::TooFewRows);
		}
		let spread: f64 = self.centres.iter().map(|centre| (centre - mean) * (centre - mean)).sum();
		Ok(variance / real + variance / synthetic + self.sigma * self.sigma * spread / (real * real))
	}

	/// Degrees of freedom that a variance of a mean over `rows` synthetic rows has at least.
	pub fn freedom(&self, rows: usize) -> f64 {
		self.real_rows(rows).min(count(rows)) - 1.0
	}

	/// Interval of a share `hits` / `rows`: Agresti and Coull's (The American Statistician 52, 1998) for the
	/// k = 1/(1/n + 1/m) rows that carry as much information as sampling and drawing leave, with the noise added.
	pub fn share_interval(&self, hits: usize, rows: usize) -> Result<Interval, Uncorrected> {
		let (real, synthetic) = (self.real_rows(rows), count(rows));
		if real < 2.0 {
			return Err(Uncorrected::TooFewRows);
		}
		let z = distribution::normal_two_sided_quantile(1.0 - CONFIDENCE);
		let k = 1.0 / (1.0 / real + 1.0 / synthetic);
		let p = (count(hits) / synthetic * k + z * z / 2.0) / (k + z * z);
		let others = (count(self.centres.len()) - 1.0).max(0.0);
		let noise = self.sigma * self.sigma * ((1.0 - p) * (1.0 - p) + others * p * p) / (real * real);
		let interval = Interval::around(p, z * (p * (1.0 - p) / (k + z * z) + noise).sqrt());
		Ok(Interval { low: interval.low.max(0.0), high: interval.high.min(1.0) })
	}
}

#[cfg(test)]
#[path = "noise_tests.rs"]
mod tests;
