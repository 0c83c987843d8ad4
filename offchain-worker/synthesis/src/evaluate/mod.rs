//! How much a synthetic table is like the real one, how useful it is, and whether it copies.

mod column;
mod metric;
mod pair;
mod reference;
mod rows;
mod utility;

use crate::{
	error::SynthesisError,
	generate::{report, Progress},
	table::Table,
};
pub use column::Moments;
pub(crate) use column::View;
use metric::{mean, to_ppm};
pub use metric::{Metric, MetricId, ReproducibleBy};
use pair::{pearson, Contingency, Prepared};
pub use reference::reference_statistics;
use rows::Known;
use serde::Serialize;
pub use utility::Utility;

/// Real correlations above this in size count as associated.
const CORRELATED: f64 = 0.5;
/// Real Cramér's V above this counts as associated.
const ASSOCIATED: f64 = 0.3;

/// All that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
	/// The numbers that go on record, by [`MetricId`]; at most 64.
	pub headline: Vec<Metric>,
	/// Every column.
	pub columns: Vec<ColumnEvaluation>,
	/// Every pair of columns.
	pub pairs: Vec<PairEvaluation>,
	/// Prediction of the schema's target, if it names one.
	pub utility: Option<Utility>,
}

impl Evaluation {
	/// A headline metric's value as a fraction.
	#[must_use]
	pub fn value(&self, id: MetricId) -> Option<f64> {
		let metric = self.headline.iter().find(|metric| metric.id == id)?;
		Some(metric.value_ppm as f64 / 1e6)
	}
}

/// One column, training against synthetic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnEvaluation {
	/// Its name.
	pub name: String,
	/// KS or TV complement; `None` if one table has no present cell.
	pub shape: Option<Metric>,
	/// Missing value similarity.
	pub missing: Option<Metric>,
	/// Boundary or category adherence.
	pub adherence: Option<Metric>,
	/// Share of missing training cells, in parts per million.
	pub training_missing_ppm: Option<i64>,
	/// Share of missing synthetic cells, in parts per million.
	pub synthetic_missing_ppm: Option<i64>,
	/// Moments of the training values, numeric columns only.
	pub training: Option<Moments>,
	/// Moments of the synthetic values, numeric columns only.
	pub synthetic: Option<Moments>,
}

/// One pair of columns, training against synthetic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairEvaluation {
	/// Position of the first column in [`Evaluation::columns`].
	pub first: usize,
	/// Position of the second column.
	pub second: usize,
	/// Correlation or contingency similarity; `None` where it is not defined.
	pub score: Option<Metric>,
	/// Correlation (numeric pairs) or Cramér's V in the training table, in parts per million.
	pub training_ppm: Option<i64>,
	/// Correlation in the synthetic table, numeric pairs only, in parts per million.
	pub synthetic_ppm: Option<i64>,
	/// Whether the training table has the columns associated.
	pub associated: bool,
}

/// Measures a synthetic table against the training table, with hold-out rows as the yardstick.
///
/// `hold_out` holds real rows of other patients; with none of them the yardsticks and the utility are
/// left out. Identifier columns do not count.
///
/// # Errors
/// [`SynthesisError::SchemaMismatch`] for tables of different schemas, [`SynthesisError::TooFewRows`] for an empty
/// training or synthetic table, or cancelled.
pub fn evaluate(
	training: &Table,
	hold_out: &Table,
	synthetic: &Table,
	progress: &mut dyn Progress,
) -> Result<Evaluation, SynthesisError> {
	let (training, hold_out, synthetic) =
		(training.without_identifiers(), hold_out.without_identifiers(), synthetic.without_identifiers());
	check(&training, &hold_out, &synthetic)?;
	let (real, held, made) = (View::all(&training), View::all(&hold_out), View::all(&synthetic));
	let shapes = compare_columns(&real, &made);
	let pairs = compare_pairs(&real, &made, "evaluate: pairs", progress)?;
	report(progress, "evaluate: rows", 0, 1)?;
	let known = Known::new(&real);
	let mut headline = column_headline(&real, &shapes);
	headline.extend(pair_headline(&pairs));
	headline.extend(row_headline(&known, &made, MetricId::NewRowSynthesis, MetricId::ExactCopyRate));
	headline.extend(public_headline(&made));
	if hold_out.rows() > 0 {
		let held_shapes = compare_columns(&real, &held);
		let held_pairs = compare_pairs(&real, &held, "evaluate: hold-out pairs", progress)?;
		headline.extend(average(MetricId::HoldOutColumnShapes, held_shapes.iter().map(|c| c.shape)));
		headline.extend(average(MetricId::HoldOutColumnPairTrends, held_pairs.iter().map(|p| p.score)));
		headline.extend(row_headline(&known, &held, MetricId::HoldOutNewRows, MetricId::HoldOutExactCopyRate));
	}
	report(progress, "evaluate: utility", 0, 1)?;
	let utility = utility::utility(&training, &hold_out, &synthetic)?;
	headline.extend(utility.iter().flat_map(|u| [u.tstr, u.trtr]).flatten());
	report(progress, "evaluate: utility", 1, 1)?;
	headline.sort_by_key(|metric| metric.id);
	Ok(Evaluation {
		headline,
		columns: shapes.into_iter().map(|shape| shape.evaluation).collect(),
		pairs: pairs.into_iter().map(|pair| pair.evaluation).collect(),
		utility,
	})
}

/// The metrics that anyone with the synthetic table can recompute, as in [`Evaluation::headline`].
#[must_use]
pub fn evaluate_public(synthetic: &Table) -> Vec<Metric> {
	let table = synthetic.without_identifiers();
	public_headline(&View::all(&table))
}

fn check(training: &Table, hold_out: &Table, synthetic: &Table) -> Result<(), SynthesisError> {
	for (which, table) in [("hold-out table", hold_out), ("synthetic table", synthetic)] {
		if table.schema() != training.schema() {
			return Err(SynthesisError::SchemaMismatch { which });
		}
	}
	if training.schema().columns.is_empty() {
		return Err(SynthesisError::NoColumns);
	}
	let rows = training.rows().min(synthetic.rows());
	if rows == 0 {
		return Err(SynthesisError::TooFewRows { rows, needed: 1 });
	}
	Ok(())
}

/// A column's evaluation with its unrounded shape.
struct ColumnScore {
	shape: Option<f64>,
	missing: f64,
	adherence: Option<f64>,
	evaluation: ColumnEvaluation,
}

fn compare_columns(real: &[View<'_>], made: &[View<'_>]) -> Vec<ColumnScore> {
	real.iter().zip(made).map(|(r, s)| compare_column(r, s)).collect()
}

fn compare_column(real: &View<'_>, made: &View<'_>) -> ColumnScore {
	let numeric = real.column.is_numeric();
	let (shape_id, shape, adherence_id) = if numeric {
		(MetricId::KsComplement, column::ks_complement(real, made), MetricId::BoundaryAdherence)
	} else {
		(MetricId::TvComplement, column::tv_complement(real, made), MetricId::CategoryAdherence)
	};
	let adherence = column::adherence(real, made);
	let (real_missing, made_missing) = (real.missing_share(), made.missing_share());
	let missing = 1.0 - (real_missing - made_missing).abs();
	let moments = |view: &View<'_>| numeric.then(|| Moments::of(&view.floats())).flatten();
	ColumnScore {
		shape,
		missing,
		adherence,
		evaluation: ColumnEvaluation {
			name: real.column.name.clone(),
			shape: shape.and_then(|value| Metric::new(shape_id, value)),
			missing: Metric::new(MetricId::MissingValueSimilarity, missing),
			adherence: adherence.and_then(|value| Metric::new(adherence_id, value)),
			training_missing_ppm: to_ppm(real_missing),
			synthetic_missing_ppm: to_ppm(made_missing),
			training: moments(real),
			synthetic: moments(made),
		},
	}
}

fn average(id: MetricId, values: impl Iterator<Item = Option<f64>>) -> Option<Metric> {
	Metric::new(id, mean(values.flatten())?)
}

fn column_headline(real: &[View<'_>], scores: &[ColumnScore]) -> Vec<Metric> {
	let of = |numeric: bool| {
		real.iter().zip(scores).filter(move |(view, _)| view.column.is_numeric() == numeric).map(|(_, score)| score)
	};
	let moments = |f: fn(&Moments, &Moments) -> f64| {
		of(true).map(move |score| {
			let (a, b) = (score.evaluation.training?, score.evaluation.synthetic?);
			(a.deviation > 0.0).then(|| f(&a, &b))
		})
	};
	[
		average(MetricId::ColumnShapes, scores.iter().map(|s| s.shape)),
		average(MetricId::MissingValueSimilarity, scores.iter().map(|s| Some(s.missing))),
		average(MetricId::BoundaryAdherence, of(true).map(|s| s.adherence)),
		average(MetricId::CategoryAdherence, of(false).map(|s| s.adherence)),
		average(MetricId::MeanKsComplement, of(true).map(|s| s.shape)),
		average(MetricId::MeanTvComplement, of(false).map(|s| s.shape)),
		average(MetricId::StandardisedMeanDifference, moments(|a, b| (a.mean - b.mean).abs() / a.deviation)),
		average(MetricId::DeviationRatioError, moments(|a, b| (b.deviation / a.deviation - 1.0).abs())),
	]
	.into_iter()
	.flatten()
	.collect()
}

/// A pair's evaluation with its unrounded score.
struct PairScore {
	numeric: bool,
	score: Option<f64>,
	gap: Option<f64>,
	evaluation: PairEvaluation,
}

fn compare_pairs(
	real: &[View<'_>],
	made: &[View<'_>],
	stage: &'static str,
	progress: &mut dyn Progress,
) -> Result<Vec<PairScore>, SynthesisError> {
	let prepare = |views: &[View<'_>]| views.iter().map(Prepared::new).collect::<Vec<_>>();
	let (a, b) = (prepare(real), prepare(made));
	let numeric: Vec<bool> = real.iter().map(|view| view.column.is_numeric()).collect();
	let all: Vec<(usize, (&Prepared, &Prepared), bool)> =
		a.iter().zip(&b).zip(numeric).enumerate().map(|(at, (pair, numeric))| (at, pair, numeric)).collect();
	let mut scores = Vec::new();
	for (first, x, x_numeric) in &all {
		report(progress, stage, *first, all.len())?;
		for (second, y, y_numeric) in all.iter().skip(first.saturating_add(1)) {
			let mut score = if *x_numeric && *y_numeric {
				correlation_score((x.0, y.0), (x.1, y.1))
			} else {
				contingency_score((x.0, y.0), (x.1, y.1))
			};
			score.evaluation.first = *first;
			score.evaluation.second = *second;
			scores.push(score);
		}
	}
	report(progress, stage, all.len(), all.len())?;
	Ok(scores)
}

fn correlation_score(real: (&Prepared, &Prepared), made: (&Prepared, &Prepared)) -> PairScore {
	let (a, b) = (pearson(real.0, real.1), pearson(made.0, made.1));
	let gap = a.zip(b).map(|(a, b)| (a - b).abs());
	let score = gap.map(|gap| 1.0 - gap / 2.0);
	PairScore {
		numeric: true,
		score,
		gap,
		evaluation: PairEvaluation {
			first: 0,
			second: 0,
			score: score.and_then(|value| Metric::new(MetricId::CorrelationSimilarity, value)),
			training_ppm: a.and_then(to_ppm),
			synthetic_ppm: b.and_then(to_ppm),
			associated: a.is_some_and(|a| a.abs() > CORRELATED),
		},
	}
}

fn contingency_score(real: (&Prepared, &Prepared), made: (&Prepared, &Prepared)) -> PairScore {
	let table = Contingency::new(real.0, real.1);
	let score = table.similarity(made.0, made.1);
	PairScore {
		numeric: false,
		score,
		gap: None,
		evaluation: PairEvaluation {
			first: 0,
			second: 0,
			score: score.and_then(|value| Metric::new(MetricId::ContingencySimilarity, value)),
			training_ppm: table.association.and_then(to_ppm),
			synthetic_ppm: None,
			associated: table.association.is_some_and(|v| v > ASSOCIATED),
		},
	}
}

fn pair_headline(pairs: &[PairScore]) -> Vec<Metric> {
	let of = |numeric: bool| pairs.iter().filter(move |p| p.numeric == numeric).map(|p| p.score);
	let associated = pairs.iter().filter(|p| p.evaluation.associated).map(|p| p.score);
	let largest = pairs.iter().filter_map(|p| p.gap).reduce(f64::max);
	[
		average(MetricId::ColumnPairTrends, pairs.iter().map(|p| p.score)),
		average(MetricId::ColumnPairTrendsThresholded, associated),
		average(MetricId::MeanCorrelationSimilarity, of(true)),
		average(MetricId::MeanContingencySimilarity, of(false)),
		largest.and_then(|gap| Metric::new(MetricId::LargestCorrelationDifference, gap)),
	]
	.into_iter()
	.flatten()
	.collect()
}

fn row_headline(known: &Known, made: &[View<'_>], new: MetricId, copies: MetricId) -> Vec<Metric> {
	[
		known.new_share(made).and_then(|value| Metric::new(new, value)),
		known.exact_share(made).and_then(|value| Metric::new(copies, value)),
	]
	.into_iter()
	.flatten()
	.collect()
}

fn public_headline(made: &[View<'_>]) -> Vec<Metric> {
	[
		rows::repeated(made).and_then(|v| Metric::new(MetricId::SyntheticDuplicateRate, v)),
		rows::missing_cells(made).and_then(|v| Metric::new(MetricId::SyntheticMissingRate, v)),
	]
	.into_iter()
	.flatten()
	.collect()
}
