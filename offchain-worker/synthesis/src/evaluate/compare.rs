//! Columns and pairs of columns, training against synthetic, and their means.

use super::{
	column::{self, Moments, View},
	metric::{mean, to_ppm, Metric, MetricId},
	pair::{pearson, Contingency, Prepared},
	ColumnEvaluation, PairEvaluation,
};
use crate::{
	error::SynthesisError,
	generate::{report, Progress},
};

/// Real correlations above this in size count as associated.
const CORRELATED: f64 = 0.5;
/// Real Cramér's V above this counts as associated.
const ASSOCIATED: f64 = 0.3;

/// A column's evaluation with its unrounded shape.
pub(super) struct ColumnScore {
	pub shape: Option<f64>,
	missing: f64,
	adherence: Option<f64>,
	pub evaluation: ColumnEvaluation,
}

pub(super) fn compare_columns(real: &[View<'_>], made: &[View<'_>]) -> Vec<ColumnScore> {
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

pub(super) fn average(id: MetricId, values: impl Iterator<Item = Option<f64>>) -> Option<Metric> {
	Metric::new(id, mean(values.flatten())?)
}

pub(super) fn column_headline(real: &[View<'_>], scores: &[ColumnScore]) -> Vec<Metric> {
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
pub(super) struct PairScore {
	numeric: bool,
	pub score: Option<f64>,
	gap: Option<f64>,
	pub evaluation: PairEvaluation,
}

pub(super) fn compare_pairs(
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

pub(super) fn pair_headline(pairs: &[PairScore]) -> Vec<Metric> {
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
