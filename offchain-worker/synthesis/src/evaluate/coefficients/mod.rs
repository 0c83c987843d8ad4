//! Whether a regression of the target finds the same in both tables: the analysis that a reader would repeat.
//!
//! Numbers are standardised by the training rows; missing cells take the training mean and, where 5 % are missing, a
//! term of their own. Levels that are rare among training rows belong to the reference. A numeric target gets least
//! squares, any other the logistic regression of its scored level (the later of two, the most frequent of more).

mod linear;

use super::{
	column::{Moments, View},
	features::thinned,
	metric::{mean, to_ppm, Metric, MetricId},
	utility::{level_name, Target},
};
use crate::{
	error::SynthesisError,
	generate::{report, Progress},
};
use linear::Estimate;
use serde::Serialize;
use std::collections::BTreeMap;

/// Normal quantile of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;
/// Most terms, less where rows are few; further columns are left out of the regression.
const MOST_TERMS: usize = 60;
/// Precision of the prior on log odds if a column settles the target in a table: a standard deviation of 10.
const PRIOR: f64 = 0.01;
/// Most rows of a table.
const MOST_ROWS: usize = 20_000;
/// Rows that each term needs.
const ROWS_PER_TERM: usize = 10;
/// Fewest training rows with a level that gets a term.
const LEVEL_ROWS: usize = 30;
/// Most levels of a column that get a term: the most frequent after the reference.
const LEVELS: usize = 6;

/// A regression of the target in both tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coefficients {
	/// The target column.
	pub target: String,
	/// Whether log odds of `level` are modelled; otherwise means.
	pub logistic: bool,
	/// Whether a weak normal prior (standard deviation 10) kept log odds finite, as a column settles the target.
	pub penalised: bool,
	/// The level that the log odds are of.
	pub level: Option<String>,
	/// Every term that was tried, without the intercept.
	pub terms: Vec<Coefficient>,
	/// Mean overlap of the intervals.
	pub overlap: Option<Metric>,
	/// Agreement of signs.
	pub signs: Option<Metric>,
	/// Agreement of significance.
	pub significance: Option<Metric>,
}

/// One term of the regression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coefficient {
	/// Column, and level or `missing` where the term is one.
	pub name: String,
	/// From training rows; `None` if it cannot be estimated.
	pub real: Option<Interval>,
	/// From synthetic rows.
	pub synthetic: Option<Interval>,
	/// Overlap of both intervals, 0 to a million.
	pub overlap_ppm: Option<i64>,
}

/// A coefficient and its 95 % interval in millionths, per standard deviation of a numeric column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Interval {
	/// The estimate.
	pub value_ppm: i64,
	/// Lower end.
	pub low_ppm: i64,
	/// Upper end.
	pub high_ppm: i64,
}

impl Interval {
	fn of(estimate: Estimate) -> Option<Self> {
		Some(Self {
			value_ppm: to_ppm(estimate.value)?,
			low_ppm: to_ppm(estimate.value - Z * estimate.error)?,
			high_ppm: to_ppm(estimate.value + Z * estimate.error)?,
		})
	}
}

/// One column of the design matrix.
enum Term {
	Number { column: usize, mean: f64, deviation: f64 },
	Missing { column: usize },
	Level { column: usize, code: i64 },
}

impl Term {
	fn name(&self, views: &[View<'_>]) -> String {
		let column = |at: &usize| views.get(*at).map_or("", |view| view.column.name.as_str());
		match self {
			Self::Number { column: at, .. } => column(at).to_owned(),
			Self::Missing { column: at } => format!("{} missing", column(at)),
			Self::Level { column: at, code } => {
				let level = views.get(*at).and_then(|view| level_name(view.column, *code)).unwrap_or_default();
				format!("{} = {level}", column(at))
			},
		}
	}

	fn values(&self, views: &[View<'_>], rows: &[usize]) -> Vec<f64> {
		let (Self::Number { column, .. } | Self::Missing { column } | Self::Level { column, .. }) = self;
		let Some(view) = views.get(*column) else { return Vec::new() };
		let code = |row: &usize| view.codes.get(*row).copied().flatten();
		match self {
			Self::Number { mean, deviation, .. } => {
				let floats = view.floats();
				let scaled = |row: &usize| {
					let x = floats.get(*row).copied().unwrap_or(f64::NAN);
					if x.is_nan() {
						0.0
					} else {
						(x - mean) / deviation
					}
				};
				rows.iter().map(scaled).collect()
			},
			Self::Missing { .. } => rows.iter().map(|row| f64::from(u8::from(code(row).is_none()))).collect(),
			Self::Level { code: level, .. } => {
				rows.iter().map(|row| f64::from(u8::from(code(row) == Some(*level)))).collect()
			},
		}
	}
}

/// Terms of the columns but the target, chosen by the training rows.
fn terms(real: &[View<'_>], target: usize, most: usize) -> Vec<Term> {
	let mut terms = Vec::new();
	for (column, view) in real.iter().enumerate().filter(|(at, _)| *at != target) {
		if view.column.is_numeric() {
			if let Some(moments) = Moments::of(&view.floats()).filter(|m| m.deviation > 0.0) {
				terms.push(Term::Number { column, mean: moments.mean, deviation: moments.deviation });
			}
		} else {
			let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
			for code in view.codes.iter().flatten() {
				let count = counts.entry(*code).or_insert(0);
				*count = count.saturating_add(1);
			}
			let mut frequent: Vec<(usize, i64)> = counts.into_iter().map(|(code, count)| (count, code)).collect();
			frequent.sort_by_key(|(count, code)| (std::cmp::Reverse(*count), *code));
			let levels = frequent.into_iter().skip(1).take(LEVELS).filter(|(count, _)| *count >= LEVEL_ROWS);
			terms.extend(levels.map(|(_, code)| Term::Level { column, code }));
		}
		if (0.05..0.95).contains(&view.missing_share()) {
			terms.push(Term::Missing { column });
		}
	}
	terms.truncate(most);
	terms
}

/// Rows with a present target, and the goal.
fn goal(views: &[View<'_>], target: Target<'_>, class: Option<i64>) -> (Vec<usize>, Vec<f64>) {
	let Some(view) = views.get(target.at) else { return (Vec::new(), Vec::new()) };
	let known: Vec<usize> = view.codes.iter().enumerate().filter_map(|(row, code)| code.map(|_| row)).collect();
	let rows: Vec<usize> =
		thinned(known.len(), MOST_ROWS).into_iter().filter_map(|at| known.get(at).copied()).collect();
	let floats = view.floats();
	let value = |row: &usize| match class {
		Some(class) => f64::from(u8::from(view.codes.get(*row).copied().flatten() == Some(class))),
		None => floats.get(*row).copied().unwrap_or(0.0),
	};
	let goal = rows.iter().map(value).collect();
	(rows, goal)
}

fn estimate(
	views: &[View<'_>],
	terms: &[Term],
	target: Target<'_>,
	class: Option<i64>,
	scale: f64,
	ridge: f64,
) -> Vec<Option<Estimate>> {
	let (rows, goal) = goal(views, target, class);
	let goal: Vec<f64> = goal.iter().map(|y| y / scale).collect();
	let mut design: Vec<Vec<f64>> = rows.iter().map(|_| vec![1.0]).collect();
	for term in terms {
		for (row, value) in design.iter_mut().zip(term.values(views, &rows)) {
			row.push(value);
		}
	}
	let found =
		if class.is_some() { linear::logistic(&design, &goal, ridge) } else { linear::least_squares(&design, &goal) };
	found.unwrap_or_default().into_iter().skip(1).collect()
}

/// Mean share of the overlap in both intervals (Karr et al., The American Statistician 60, 2006), 0 if apart.
fn overlap(a: Estimate, b: Estimate) -> f64 {
	let ends = |e: Estimate| (e.value - Z * e.error, e.value + Z * e.error);
	let ((low_a, high_a), (low_b, high_b)) = (ends(a), ends(b));
	let common = (high_a.min(high_b) - low_a.max(low_b)).max(0.0);
	(common / (high_a - low_a) + common / (high_b - low_b)) / 2.0
}

/// Regresses the target in both tables. `class` is the scored level of a target that is no number.
pub(crate) fn coefficients(
	real: &[View<'_>],
	made: &[View<'_>],
	target: Target<'_>,
	class: Option<i64>,
	progress: &mut dyn Progress,
) -> Result<Option<Coefficients>, SynthesisError> {
	const STAGE: &str = "evaluate: coefficients";
	report(progress, STAGE, 0, 2)?;
	// Ten rows with a present target for each term and the intercept, in both tables.
	let known = |views: &[View<'_>]| views.get(target.at).map_or(0, |view| view.codes.iter().flatten().count());
	let room = known(real).min(known(made)).checked_div(ROWS_PER_TERM).unwrap_or(0).saturating_sub(1);
	let terms = terms(real, target.at, MOST_TERMS.min(room));
	if terms.is_empty() || class.is_none() != target.column.is_numeric() {
		return Ok(None);
	}
	// A numeric target in units of its training deviation, so that coefficients have one size.
	let deviation = real.get(target.at).and_then(|view| Moments::of(&view.floats())).map_or(0.0, |m| m.deviation);
	let scale = if class.is_none() && deviation > 0.0 { deviation } else { 1.0 };
	let mut a = estimate(real, &terms, target, class, scale, 0.0);
	report(progress, STAGE, 1, 2)?;
	let mut b = estimate(made, &terms, target, class, scale, 0.0);
	let penalised = class.is_some() && (a.is_empty() || b.is_empty());
	if penalised {
		// The same model for both tables.
		a = estimate(real, &terms, target, class, scale, PRIOR);
		report(progress, STAGE, 1, 2)?;
		b = estimate(made, &terms, target, class, scale, PRIOR);
	}
	report(progress, STAGE, 2, 2)?;
	let pairs: Vec<(Option<Estimate>, Option<Estimate>)> =
		(0..terms.len()).map(|at| (a.get(at).copied().flatten(), b.get(at).copied().flatten())).collect();
	let both: Vec<(Estimate, Estimate)> = pairs.iter().filter_map(|(a, b)| a.zip(*b)).collect();
	let share = |id, holds: fn(&(Estimate, Estimate)) -> f64| Metric::new(id, mean(both.iter().map(holds))?);
	let significant = |e: Estimate| e.value.abs() > Z * e.error;
	let agreeing = both.iter().map(|(a, b)| f64::from(u8::from(significant(*a) == significant(*b))));
	Ok(Some(Coefficients {
		target: target.column.name.clone(),
		logistic: class.is_some(),
		penalised,
		level: class.and_then(|class| level_name(target.column, class)),
		terms: terms
			.iter()
			.zip(&pairs)
			.map(|(term, (a, b))| Coefficient {
				name: term.name(real),
				real: a.and_then(Interval::of),
				synthetic: b.and_then(Interval::of),
				overlap_ppm: a.zip(*b).and_then(|(a, b)| to_ppm(overlap(a, b))),
			})
			.collect(),
		overlap: share(MetricId::CoefficientOverlap, |(a, b)| overlap(*a, *b)),
		signs: share(MetricId::CoefficientSigns, |(a, b)| f64::from(u8::from((a.value < 0.0) == (b.value < 0.0)))),
		significance: mean(agreeing).and_then(|value| Metric::new(MetricId::CoefficientSignificance, value)),
	}))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn overlap_is_one_for_equal_intervals_and_zero_apart() {
		let at = |value, error| Estimate { value, error };
		assert!((overlap(at(1.0, 0.5), at(1.0, 0.5)) - 1.0).abs() < 1e-12);
		assert_eq!(overlap(at(0.0, 0.1), at(9.0, 0.1)), 0.0);
		// Half as wide and inside: all of one, half of the other.
		assert!((overlap(at(0.0, 1.0), at(0.0, 0.5)) - 0.75).abs() < 1e-12);
	}
}
