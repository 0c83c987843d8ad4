//! The design matrix of a regression: an intercept, numeric predictors as they are, levels as indicators.

use super::{
	frame::{self, Groups},
	noise::Interval,
	StatisticsError,
};
use crate::{error::shown, Table};
use serde::Serialize;

/// A design: columns of numbers of one length, and what they stand for.
pub(crate) struct Design {
	pub terms: Vec<Term>,
	pub columns: Vec<Vec<f64>>,
	/// First level of every categorical predictor, to which its other levels are compared.
	pub references: Vec<Reference>,
	/// The rows of the table that are complete.
	pub kept: Vec<usize>,
}

/// What a column of a design stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
	pub predictor: String,
	pub label: String,
}

/// The level that the others of a predictor are compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
	/// The categorical predictor.
	pub predictor: String,
	/// Its first level that occurs.
	pub level: String,
}

/// An estimated coefficient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coefficient {
	/// `(intercept)`, the predictor, or `predictor=level` for an indicator.
	pub term: String,
	/// Estimate, in units of the outcome per unit of the predictor (log odds for logistic regression).
	pub estimate: f64,
	/// Standard error.
	pub standard_error: f64,
	/// Estimate / standard error: t for linear, z for logistic regression.
	pub statistic: f64,
	/// Two-sided.
	pub p_value: f64,
	/// Of the estimate.
	pub interval: Interval,
}

/// A predictor before coding.
enum Predictor {
	Number(Vec<Option<f64>>),
	Levels(Groups),
}

impl Predictor {
	fn has(&self, row: usize) -> bool {
		match self {
			Self::Number(values) => frame::has(values, row),
			Self::Levels(groups) => frame::has(&groups.of_row, row),
		}
	}
}

impl Design {
	/// Codes the predictors over the rows that are complete in them and in the outcome.
	pub fn new(
		table: &Table,
		outcome: &str,
		predictors: &[&str],
		has_outcome: &dyn Fn(usize) -> bool,
	) -> Result<Self, StatisticsError> {
		if predictors.is_empty() {
			return Err(StatisticsError::NoPredictors);
		}
		let mut names = predictors.to_vec();
		names.push(outcome);
		frame::distinct(&names)?;
		let read = predictors.iter().map(|name| {
			let numeric = frame::declared(table, name)?.is_numeric();
			Ok(if numeric {
				Predictor::Number(frame::numbers(table, name)?)
			} else {
				Predictor::Levels(frame::groups(table, name)?)
			})
		});
		let read = read.collect::<Result<Vec<Predictor>, StatisticsError>>()?;
		let kept: Vec<usize> =
			(0..table.rows()).filter(|row| has_outcome(*row) && read.iter().all(|p| p.has(*row))).collect();
		if kept.len() < 2 {
			let place = format!("outcome {:?} with its predictors", shown(outcome));
			return Err(StatisticsError::TooFewRows { place, rows: kept.len(), needed: 2 });
		}
		let term = Term { predictor: "(intercept)".into(), label: "(intercept)".into() };
		let columns = vec![vec![1.0; kept.len()]];
		let mut design = Self { terms: vec![term], columns, references: Vec::new(), kept };
		for (name, predictor) in predictors.iter().zip(read) {
			design.add(name, predictor)?;
		}
		let needed = design.columns.len().saturating_add(1);
		if design.kept.len() < needed {
			let place = format!("outcome {:?} with {} coefficients", shown(outcome), design.columns.len());
			return Err(StatisticsError::TooFewRows { place, rows: design.kept.len(), needed });
		}
		Ok(design)
	}

	fn add(&mut self, name: &str, predictor: Predictor) -> Result<(), StatisticsError> {
		match predictor {
			Predictor::Number(values) => {
				let values = frame::pick(&values, &self.kept);
				if values.iter().zip(values.iter().skip(1)).all(|(a, b)| a == b) {
					return Err(StatisticsError::Constant { column: shown(name), rows: values.len() });
				}
				self.terms.push(Term { predictor: name.into(), label: name.into() });
				self.columns.push(values);
			},
			Predictor::Levels(groups) => {
				let groups = groups.keep(&self.kept);
				groups.at_least_two(name)?;
				let mut levels = groups.names.iter().enumerate();
				if let Some((_, level)) = levels.next() {
					self.references.push(Reference { predictor: name.into(), level: level.clone() });
				}
				for (at, level) in levels {
					self.terms.push(Term { predictor: name.into(), label: format!("{name}={level}") });
					self.columns.push(groups.of_row.iter().map(|of| f64::from(u8::from(*of == Some(at)))).collect());
				}
			},
		}
		Ok(())
	}

	/// The error that names a column of the design as dependent on those before it.
	pub fn collinear(&self, at: usize) -> StatisticsError {
		let (column, term) = self.names(at);
		StatisticsError::Collinear { column, term }
	}

	/// Predictor and term of a column of the design, for errors.
	pub fn names(&self, at: usize) -> (String, String) {
		self.terms.get(at).map(|term| (shown(&term.predictor), shown(&term.label))).unwrap_or_default()
	}
}

/// Puts estimates, standard errors and a reference distribution together.
pub(crate) fn coefficients(
	terms: &[Term],
	estimates: &[f64],
	variances: &[f64],
	quantile: f64,
	two_sided: impl Fn(f64) -> f64,
) -> Vec<Coefficient> {
	let rows = terms.iter().zip(estimates.iter().zip(variances));
	let coefficient = |(term, (estimate, variance)): (&Term, (&f64, &f64))| {
		let standard_error = variance.sqrt();
		let statistic = estimate / standard_error;
		Coefficient {
			term: term.label.clone(),
			estimate: *estimate,
			standard_error,
			statistic,
			p_value: two_sided(statistic),
			interval: Interval::around(*estimate, quantile * standard_error),
		}
	};
	rows.map(coefficient).collect()
}
