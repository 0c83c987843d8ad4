//! Logistic regression by maximum likelihood.

use super::{
	design::{coefficients, Coefficient, Design, Reference},
	distribution,
	frame::{self, count},
	least_squares::{combine, fit, Fit},
	noise::{Correction, Interval, Uncorrected},
	StatisticsError, CONFIDENCE,
};
use crate::{error::shown, Table};
use serde::Serialize;

/// Most steps of iteratively reweighted least squares.
const STEPS: usize = 60;
/// From this step on a fit that has not converged is looked at for separation.
const SUSPICIOUS: usize = 6;
/// Relative step at which the coefficients stand still.
const STILL: f64 = 1e-12;
/// Change of a linear predictor that counts as zero, or as one, when looking for separation.
const ZERO: f64 = 1e-6;
const MOVED: f64 = 0.1;

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogisticRegression {
	/// The outcome with two levels.
	pub outcome: String,
	/// The level whose odds are modelled.
	pub event: String,
	/// Complete rows.
	pub n: usize,
	/// Of these, rows with the event.
	pub events: usize,
	/// Rows that miss the outcome or a predictor.
	pub dropped_rows: usize,
	/// Reference levels of the categorical predictors.
	pub references: Vec<Reference>,
	/// Intercept first, then the predictors in the order named: log odds, Wald's z and interval.
	pub coefficients: Vec<Coefficient>,
	/// Odds ratios: e^estimate with interval, in the order of the coefficients.
	pub odds_ratios: Vec<OddsRatio>,
	/// Of the fit.
	pub log_likelihood: f64,
	/// Of the intercept alone.
	pub null_log_likelihood: f64,
	/// Likelihood ratio test against the intercept alone, upper tail of χ².
	pub likelihood_ratio_p_value: f64,
	/// 1 - log likelihood / null log likelihood (McFadden 1974).
	pub pseudo_r_squared: f64,
	/// Theory gives no corrected coefficients.
	#[serde(flatten)]
	pub correction: Correction<Interval>,
}

/// An odds ratio.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OddsRatio {
	/// As in the coefficients.
	pub term: String,
	/// e^estimate.
	pub odds_ratio: f64,
	/// e^ends of the estimate's interval.
	pub interval: Interval,
}

/// Fits a logistic regression of the odds of `event` (if none is named: 1 of 0 and 1, else the second of two levels).
/// Categorical predictors become indicators of all levels but the first that occurs.
///
/// # Errors
/// [`StatisticsError`] for an outcome without exactly two levels, constant, collinear or separating predictors, too few
/// complete rows, or no convergence.
pub fn logistic_regression(
	table: &Table,
	outcome: &str,
	event: Option<&str>,
	predictors: &[&str],
) -> Result<LogisticRegression, StatisticsError> {
	let levels = frame::groups(table, outcome)?;
	let design = Design::new(table, outcome, predictors, &|row| frame::has(&levels.of_row, row))?;
	let levels = levels.keep(&design.kept);
	levels.exactly_two(outcome)?;
	let (event, happened) = levels.event(outcome, event)?;
	let y: Vec<f64> = happened.iter().map(|is| f64::from(u8::from(*is))).collect();
	let fitted = Iteration::start(&design, &y).run(outcome)?;
	let z = distribution::normal_two_sided_quantile(1.0 - CONFIDENCE);
	let coefficients =
		coefficients(&design.terms, &fitted.coefficients, &fitted.fit.variances(), z, distribution::normal_two_sided);
	let odds_ratio = |c: &Coefficient| OddsRatio {
		term: c.term.clone(),
		odds_ratio: libm::exp(c.estimate),
		interval: Interval { low: libm::exp(c.interval.low), high: libm::exp(c.interval.high) },
	};
	let events = happened.iter().filter(|is| **is).count();
	let share = count(events) / count(y.len());
	let null = count(events) * libm::log(share) + (count(y.len()) - count(events)) * libm::log1p(-share);
	let slopes = count(design.columns.len()) - 1.0;
	Ok(LogisticRegression {
		outcome: outcome.into(),
		event,
		n: y.len(),
		events,
		dropped_rows: table.rows().saturating_sub(y.len()),
		references: design.references.clone(),
		odds_ratios: coefficients.iter().map(odds_ratio).collect(),
		coefficients,
		log_likelihood: fitted.log_likelihood,
		null_log_likelihood: null,
		likelihood_ratio_p_value: distribution::chi_square_upper(2.0 * (fitted.log_likelihood - null), slopes),
		pseudo_r_squared: 1.0 - fitted.log_likelihood / null,
		correction: Correction::of(Err(Uncorrected::Regression)),
	})
}

/// A fit that stands still.
struct Fitted {
	coefficients: Vec<f64>,
	log_likelihood: f64,
	fit: Fit,
}

/// Iteratively reweighted least squares (McCullagh and Nelder, Generalized Linear Models, 1989, section 2.5), which is
/// Newton's method for this likelihood. Steps that lower the likelihood are halved.
struct Iteration<'d> {
	design: &'d Design,
	outcome: &'d [f64],
	coefficients: Vec<f64>,
	linear: Vec<f64>,
	log_likelihood: f64,
}

impl<'d> Iteration<'d> {
	fn start(design: &'d Design, outcome: &'d [f64]) -> Self {
		let linear = vec![0.0; outcome.len()];
		let log_likelihood = log_likelihood(&linear, outcome);
		Self { design, outcome, coefficients: vec![0.0; design.columns.len()], linear, log_likelihood }
	}

	fn run(mut self, outcome: &str) -> Result<Fitted, StatisticsError> {
		for step in 0..STEPS {
			let newton = self.newton().map_err(|at| match step {
				0 => self.design.collinear(at),
				_ => self.separated_by(at),
			})?;
			let change: Vec<f64> = newton.coefficients.iter().zip(&self.coefficients).map(|(a, b)| a - b).collect();
			let linear_change = combine(&self.design.columns, &change);
			if step >= SUSPICIOUS && self.separates(&linear_change) {
				return Err(self.separated_by(self.most_moving(&change)));
			}
			self.advance(&change, &linear_change);
			let still =
				linear_change.iter().zip(&self.linear).all(|(moved, eta)| moved.abs() <= STILL * (1.0 + eta.abs()));
			if still {
				let (coefficients, log_likelihood) = (self.coefficients, self.log_likelihood);
				return Ok(Fitted { coefficients, log_likelihood, fit: newton });
			}
		}
		Err(StatisticsError::NotConverged { column: shown(outcome), iterations: STEPS })
	}

	/// One weighted fit at the current coefficients; the error is the position of a dependent column.
	fn newton(&self) -> Result<Fit, usize> {
		let roots: Vec<f64> = self.linear.iter().map(|eta| weight(*eta).sqrt()).collect();
		let weighted = |column: &Vec<f64>| column.iter().zip(&roots).map(|(x, root)| x * root).collect();
		let columns: Vec<Vec<f64>> = self.design.columns.iter().map(weighted).collect();
		let working = self.linear.iter().zip(self.outcome).zip(&roots);
		// √w (η + (y - μ) / w), written so that a weight near zero does not divide.
		let target: Vec<f64> = working
			.map(|((eta, y), root)| root * eta + (y - probability(*eta)) / root.max(f64::MIN_POSITIVE))
			.collect();
		fit(&columns, &target).map_err(|dependent| dependent.0)
	}

	fn advance(&mut self, change: &[f64], linear_change: &[f64]) {
		let mut part = 1.0;
		for _ in 0..30 {
			let linear: Vec<f64> =
				self.linear.iter().zip(linear_change).map(|(eta, moved)| eta + part * moved).collect();
			let likelihood = log_likelihood(&linear, self.outcome);
			if likelihood >= self.log_likelihood - 1e-9 * self.log_likelihood.abs() {
				self.coefficients.iter_mut().zip(change).for_each(|(b, moved)| *b += part * moved);
				self.linear = linear;
				self.log_likelihood = likelihood;
				return;
			}
			part *= 0.5;
		}
	}

	/// Whether the direction of the step separates the outcomes: it moves no row away from its outcome and some rows
	/// towards it, so that the likelihood grows along it for ever (Albert and Anderson, Biometrika 71, 1984).
	fn separates(&self, linear_change: &[f64]) -> bool {
		let towards = linear_change.iter().zip(self.outcome).map(|(moved, y)| if *y > 0.5 { *moved } else { -moved });
		let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
		for moved in towards {
			least = least.min(moved);
			greatest = greatest.max(moved);
		}
		least >= -ZERO && greatest >= MOVED
	}

	/// The column that changes the linear predictor most.
	fn most_moving(&self, change: &[f64]) -> usize {
		let spread = |column: &Vec<f64>| {
			let low = column.iter().copied().fold(f64::INFINITY, f64::min);
			column.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low
		};
		let moves = self.design.columns.iter().zip(change).map(|(column, b)| spread(column) * b.abs()).enumerate();
		moves.fold((0, 0.0), |best, (at, moved)| if moved > best.1 { (at, moved) } else { best }).0
	}

	fn separated_by(&self, at: usize) -> StatisticsError {
		let (column, term) = self.design.names(at);
		StatisticsError::Separation { column, term }
	}
}

/// 1 / (1 + e^-η).
fn probability(eta: f64) -> f64 {
	if eta >= 0.0 {
		1.0 / (1.0 + libm::exp(-eta))
	} else {
		libm::exp(eta) / (1.0 + libm::exp(eta))
	}
}

/// μ (1 - μ), without loss near 1.
fn weight(eta: f64) -> f64 {
	let small = libm::exp(-eta.abs());
	small / ((1.0 + small) * (1.0 + small))
}

/// Σ y η - ln(1 + e^η).
fn log_likelihood(linear: &[f64], outcome: &[f64]) -> f64 {
	linear.iter().zip(outcome).map(|(eta, y)| y * eta - eta.max(0.0) - libm::log1p(libm::exp(-eta.abs()))).sum()
}
