//! Student's and Welch's t-test of two means.

use super::{
	describe::{moments, Moments},
	distribution,
	frame::{self, count},
	noise::{marginal, Correction, Interval, Marginal, ReleaseNoise, Uncorrected},
	StatisticsError, CONFIDENCE,
};
use crate::{error::shown, Table};
use serde::Serialize;

/// The two groups' means compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TTest {
	/// The numeric column.
	pub outcome: String,
	/// The column with two levels.
	pub group: String,
	/// The two groups, in the schema's order.
	pub groups: [GroupMean; 2],
	/// Rows that miss one of the columns.
	pub dropped_rows: usize,
	/// First mean minus second.
	pub difference: f64,
	/// Without assuming equal variances (Welch, Biometrika 34, 1947). The one to report unless planned otherwise.
	pub welch: MeanDifference,
	/// With the pooled variance (Student, Biometrika 6, 1908).
	pub student: MeanDifference,
	/// Welch's test with the standard error that counts the real patients and the noise.
	#[serde(flatten)]
	pub correction: Correction<MeanDifference>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupMean {
	/// The level.
	pub level: String,
	/// Complete rows.
	pub n: usize,
	/// Mean.
	pub mean: f64,
	/// Standard deviation with divisor n - 1.
	pub standard_deviation: f64,
}

/// A test of a difference of zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MeanDifference {
	/// Standard error of the difference.
	pub standard_error: f64,
	/// Difference / standard error.
	pub t: f64,
	/// Degrees of freedom.
	pub degrees_of_freedom: f64,
	/// Two-sided.
	pub p_value: f64,
	/// Of the difference.
	pub interval: Interval,
}

impl MeanDifference {
	fn new(difference: f64, variance: f64, freedom: f64) -> Self {
		let standard_error = variance.sqrt();
		let t = difference / standard_error;
		let half = distribution::t_two_sided_quantile(1.0 - CONFIDENCE, freedom) * standard_error;
		Self {
			standard_error,
			t,
			degrees_of_freedom: freedom,
			p_value: distribution::t_two_sided(t, freedom),
			interval: Interval::around(difference, half),
		}
	}
}

/// One group's moments and size.
#[derive(Clone, Copy)]
struct Sample {
	moments: Moments,
	n: usize,
}

/// Compares the means of a numeric column in two groups.
///
/// # Errors
/// [`StatisticsError`] unless the outcome is numeric, exactly two groups have at least two complete rows each, and the
/// outcome varies within at least one of them.
pub fn t_test(
	table: &Table,
	outcome: &str,
	group: &str,
	noise: Option<&ReleaseNoise>,
) -> Result<TTest, StatisticsError> {
	noise.map_or(Ok(()), ReleaseNoise::validate)?;
	let grouped = frame::grouped(table, outcome, group)?;
	grouped.groups.exactly_two(group)?;
	let samples: Vec<Sample> =
		grouped.parts.iter().map(|part| Sample { moments: moments(part), n: part.len() }).collect();
	for (sample, level) in samples.iter().zip(&grouped.groups.names) {
		if sample.n < 2 {
			let place = format!("{}, level {level:?}", frame::place(group));
			return Err(StatisticsError::TooFewRows { place, rows: sample.n, needed: 2 });
		}
	}
	let (&[a, b], [first, second]) = (samples.as_slice(), grouped.groups.names.as_slice()) else {
		return Err(StatisticsError::NotTwoLevels {
			column: group.into(),
			found: samples.len(),
			levels: String::new(),
		});
	};
	if a.moments.variance + b.moments.variance <= 0.0 {
		return Err(StatisticsError::ConstantWithinGroups { column: shown(outcome), group: shown(group) });
	}
	let difference = a.moments.mean - b.moments.mean;
	let describe = |sample: Sample, level: &str| GroupMean {
		level: level.into(),
		n: sample.n,
		mean: sample.moments.mean,
		standard_deviation: sample.moments.variance.sqrt(),
	};
	let corrected = marginal(noise, outcome, Some(group)).and_then(|noise| corrected(difference, a, b, &noise));
	Ok(TTest {
		outcome: outcome.into(),
		group: group.into(),
		groups: [describe(a, first), describe(b, second)],
		dropped_rows: grouped.dropped,
		difference,
		welch: welch(difference, a, b),
		student: student(difference, a, b),
		correction: Correction::of(corrected),
	})
}

fn welch(difference: f64, a: Sample, b: Sample) -> MeanDifference {
	let (x, y) = (a.moments.variance / count(a.n), b.moments.variance / count(b.n));
	MeanDifference::new(difference, x + y, satterthwaite(x, count(a.n) - 1.0, y, count(b.n) - 1.0))
}

/// Degrees of freedom of x + y (Satterthwaite, Biometrics Bulletin 2, 1946).
fn satterthwaite(x: f64, x_freedom: f64, y: f64, y_freedom: f64) -> f64 {
	(x + y) * (x + y) / (x * x / x_freedom + y * y / y_freedom)
}

fn student(difference: f64, a: Sample, b: Sample) -> MeanDifference {
	let freedom = count(a.n) + count(b.n) - 2.0;
	let pooled = ((count(a.n) - 1.0) * a.moments.variance + (count(b.n) - 1.0) * b.moments.variance) / freedom;
	MeanDifference::new(difference, pooled * (1.0 / count(a.n) + 1.0 / count(b.n)), freedom)
}

/// The noise of the two groups' counts is independent: they are different cells of one two-way marginal. Degrees of
/// freedom by Satterthwaite from the fewer of real and synthetic rows; the noise's variance is known and would add some.
fn corrected(difference: f64, a: Sample, b: Sample, noise: &Marginal<'_>) -> Result<MeanDifference, Uncorrected> {
	let x = noise.mean_variance(a.moments.mean, a.moments.variance, a.n)?;
	let y = noise.mean_variance(b.moments.mean, b.moments.variance, b.n)?;
	let (x_freedom, y_freedom) = (noise.freedom(a.n), noise.freedom(b.n));
	if x_freedom < 1.0 || y_freedom < 1.0 {
		return Err(Uncorrected::TooFewRows);
	}
	Ok(MeanDifference::new(difference, x + y, satterthwaite(x, x_freedom, y, y_freedom)))
}
