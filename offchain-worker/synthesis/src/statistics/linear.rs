//! Linear regression by ordinary least squares.

use super::{
	design::{coefficients, Coefficient, Design, Reference},
	distribution,
	frame::{self, count},
	least_squares::{combine, dot, fit, mean},
	noise::{Correction, Interval, Uncorrected},
	StatisticsError, CONFIDENCE,
};
use crate::{error::shown, Table};
use serde::Serialize;

/// Residuals this small, relative to the outcome's spread, are rounding errors.
const EXACT: f64 = 1e-24;

/// How standard errors are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StandardErrors {
	/// s² (XᵀX)⁻¹: errors of equal variance.
	Classical,
	/// HC3 of MacKinnon and White (Journal of Econometrics 29, 1985): errors of any variance.
	Hc3,
}

/// A fitted linear regression.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinearRegression {
	/// The numeric outcome.
	pub outcome: String,
	/// Complete rows.
	pub n: usize,
	/// Rows that miss the outcome or a predictor.
	pub dropped_rows: usize,
	/// How standard errors were estimated.
	pub standard_errors: StandardErrors,
	/// Reference levels of the categorical predictors.
	pub references: Vec<Reference>,
	/// Intercept first, then the predictors in the order named. p-values and intervals by Student's t.
	pub coefficients: Vec<Coefficient>,
	/// n - number of coefficients.
	pub residual_degrees_of_freedom: usize,
	/// √(residual sum of squares / residual degrees of freedom), in the outcome's unit.
	pub residual_standard_error: f64,
	/// Share of the outcome's variance that the predictors explain, 0 to 1.
	pub r_squared: f64,
	/// 1 - (1 - R²)(n - 1) / residual degrees of freedom.
	pub adjusted_r_squared: f64,
	/// Test that all coefficients but the intercept are zero, by classical errors.
	pub f_statistic: f64,
	/// Upper tail of F.
	pub f_p_value: f64,
	/// Theory gives no corrected coefficients.
	#[serde(flatten)]
	pub correction: Correction<Interval>,
}

/// Fits a linear regression. Categorical predictors become indicators of all levels but the first that occurs.
///
/// # Errors
/// [`StatisticsError`] for an outcome that is no number or does not vary, a constant or collinear predictor, too few
/// complete rows, or a fit without residuals.
pub fn linear_regression(
	table: &Table,
	outcome: &str,
	predictors: &[&str],
	standard_errors: StandardErrors,
) -> Result<LinearRegression, StatisticsError> {
	let values = frame::numbers(table, outcome)?;
	let design = Design::new(table, outcome, predictors, &|row| frame::has(&values, row))?;
	let y = frame::pick(&values, &design.kept);
	let centre = mean(&y);
	let total: f64 = y.iter().map(|y| (y - centre) * (y - centre)).sum();
	if total <= 0.0 {
		return Err(StatisticsError::Constant { column: shown(outcome), rows: y.len() });
	}
	let fit = fit(&design.columns, &y).map_err(|dependent| design.collinear(dependent.0))?;
	let fitted = combine(&design.columns, &fit.coefficients);
	let residuals: Vec<f64> = y.iter().zip(&fitted).map(|(y, fitted)| y - fitted).collect();
	let rest = dot(&residuals, &residuals);
	let perfect = || StatisticsError::PerfectFit { column: shown(outcome) };
	if rest <= EXACT * total {
		return Err(perfect());
	}
	let freedom = y.len().saturating_sub(design.columns.len());
	let variance = rest / count(freedom);
	let variances = match standard_errors {
		StandardErrors::Classical => fit.variances().iter().map(|v| v * variance).collect(),
		StandardErrors::Hc3 => {
			fit.hc3_variances(&design.columns, &residuals).ok_or_else(|| StatisticsError::TooFewRows {
				place: format!(
					"outcome {:?}: a row stands alone in its combination of predictors, HC3",
					shown(outcome)
				),
				rows: y.len(),
				needed: y.len().saturating_add(1),
			})?
		},
	};
	let quantile = distribution::t_two_sided_quantile(1.0 - CONFIDENCE, count(freedom));
	let two_sided = |t| distribution::t_two_sided(t, count(freedom));
	let slopes = count(design.columns.len()) - 1.0;
	let f_statistic = (total - rest) / slopes / variance;
	Ok(LinearRegression {
		outcome: outcome.into(),
		n: y.len(),
		dropped_rows: table.rows().saturating_sub(y.len()),
		standard_errors,
		coefficients: coefficients(&design.terms, &fit.coefficients, &variances, quantile, two_sided),
		references: design.references,
		residual_degrees_of_freedom: freedom,
		residual_standard_error: variance.sqrt(),
		r_squared: 1.0 - rest / total,
		adjusted_r_squared: 1.0 - variance / (total / (count(y.len()) - 1.0)),
		f_statistic,
		f_p_value: distribution::f_upper(f_statistic, slopes, count(freedom)),
		correction: Correction::of(Err(Uncorrected::Regression)),
	})
}
