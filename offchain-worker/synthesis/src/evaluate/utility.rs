//! Utility: what a model trained on synthetic rows knows about real rows that nobody trained on.
//!
//! The model is smartcore's random forest for regression, seeded; for a categorical target it regresses
//! the indicator of each class, which makes its mean vote a probability. Missing cells lie below every
//! value, so that trees can split them off.

use super::{
	column::View,
	metric::{mean, Metric, MetricId},
};
use crate::{error::SynthesisError, table::Table};
use serde::Serialize;
use smartcore::{
	ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters},
	linalg::basic::matrix::DenseMatrix,
};

/// Most rows that a forest is trained or tested on; more are thinned evenly.
const MOST_ROWS: usize = 5_000;
/// Fewest rows on either side.
const FEWEST_ROWS: usize = 20;
/// Most predictors: the first ones of the schema.
const MOST_PREDICTORS: usize = 300;
/// Most classes that are told from the rest.
const MOST_CLASSES: usize = 10;
/// Trees of a forest.
const TREES: usize = 48;
/// Depth of a tree.
const DEPTH: u16 = 12;
/// Fewest rows in a leaf.
const LEAF: usize = 3;
/// Seed of the forests; part of the metric's definition.
const SEED: u64 = 20_240_501;

/// How well a target is predicted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Utility {
	/// The target column.
	pub target: String,
	/// Train on synthetic, test on hold-out rows.
	pub tstr: Option<Metric>,
	/// Train on real, test on hold-out rows.
	pub trtr: Option<Metric>,
	/// Hold-out rows tested on.
	pub tested_rows: usize,
}

/// Predictors by column, and the target, of rows whose target is present.
struct Sheet {
	columns: Vec<Vec<f64>>,
	target: Vec<i64>,
	values: Vec<f64>,
}

impl Sheet {
	fn new(table: &Table, target: usize) -> Option<Self> {
		let views = View::all(table);
		let goal = views.get(target)?;
		let known: Vec<usize> = goal.codes.iter().enumerate().filter_map(|(row, code)| code.map(|_| row)).collect();
		let rows = thinned(&known);
		let pick = |view: &View<'_>| -> Vec<f64> {
			rows.iter()
				.map(|row| match view.codes.get(*row).copied().flatten() {
					Some(code) => code as f64,
					None => below_all(view),
				})
				.collect()
		};
		let values = goal.floats();
		Some(Self {
			columns: views
				.iter()
				.enumerate()
				.filter(|(at, _)| *at != target)
				.take(MOST_PREDICTORS)
				.map(|(_, view)| pick(view))
				.collect(),
			target: rows.iter().filter_map(|row| goal.codes.get(*row).copied().flatten()).collect(),
			values: rows.iter().filter_map(|row| values.get(*row).copied()).collect(),
		})
	}

	fn rows(&self) -> usize {
		self.target.len()
	}

	fn matrix(&self) -> Result<DenseMatrix<f64>, SynthesisError> {
		let cells: Vec<f64> = self.columns.concat();
		DenseMatrix::new(self.rows(), self.columns.len(), cells, true).map_err(failed)
	}
}

/// A point below the declared range, for missing cells.
fn below_all(view: &View<'_>) -> f64 {
	let (min, max) = view.column.code_range().unwrap_or_default();
	min as f64 - (max as f64 - min as f64) * 0.25 - 1.0
}

/// At most [`MOST_ROWS`] of the rows, evenly spaced.
fn thinned(rows: &[usize]) -> Vec<usize> {
	if rows.len() <= MOST_ROWS {
		return rows.to_vec();
	}
	(0..MOST_ROWS)
		.filter_map(|k| {
			let at = k.saturating_mul(rows.len()).checked_div(MOST_ROWS)?;
			rows.get(at).copied()
		})
		.collect()
}

fn failed(error: impl std::fmt::Display) -> SynthesisError {
	SynthesisError::Internal { stage: "evaluate: utility", reason: error.to_string() }
}

/// Predictions for the test sheet of a forest trained on `train` with target `goal`.
fn predict(train: &Sheet, goal: &[f64], test: &DenseMatrix<f64>) -> Result<Vec<f64>, SynthesisError> {
	let predictors = train.columns.len();
	let third = predictors.div_ceil(3).max(1);
	let parameters = RandomForestRegressorParameters::default()
		.with_n_trees(TREES)
		.with_max_depth(DEPTH)
		.with_min_samples_leaf(LEAF)
		.with_m(third)
		.with_seed(SEED);
	let forest = RandomForestRegressor::fit(&train.matrix()?, &goal.to_vec(), parameters).map_err(failed)?;
	forest.predict(test).map_err(failed)
}

/// Area under the ROC curve: chance that a positive scores above a negative, ties counting half
/// (Mann and Whitney, 1947). `None` with only one class.
pub(crate) fn area_under_roc(scores: &[f64], positive: &[bool]) -> Option<f64> {
	let mut ranked: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
	ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
	let positives = positive.iter().filter(|is| **is).count() as f64;
	let negatives = positive.len() as f64 - positives;
	if positives == 0.0 || negatives == 0.0 {
		return None;
	}
	let (mut area, mut below) = (0.0, 0.0);
	for tie in ranked.chunk_by(|a, b| a.0 == b.0) {
		let up = tie.iter().filter(|(_, is)| *is).count() as f64;
		let down = tie.len() as f64 - up;
		area += up * (below + down / 2.0);
		below += down;
	}
	Some(area / (positives * negatives))
}

/// 1 - Σ(y - ŷ)² / Σ(y - ȳ)²; `None` for a constant target.
pub(crate) fn r_squared(predicted: &[f64], actual: &[f64]) -> Option<f64> {
	let centre = mean(actual.iter().copied())?;
	let total: f64 = actual.iter().map(|y| (y - centre) * (y - centre)).sum();
	let rest: f64 = actual.iter().zip(predicted).map(|(y, p)| (y - p) * (y - p)).sum();
	(total > 0.0).then(|| 1.0 - rest / total)
}

/// Classes of the test sheet that can be scored, most frequent first; one of two is enough.
fn classes(test: &Sheet) -> Vec<i64> {
	let mut counts: std::collections::BTreeMap<i64, usize> = std::collections::BTreeMap::new();
	for class in &test.target {
		let count = counts.entry(*class).or_insert(0);
		*count = count.saturating_add(1);
	}
	let mut ordered: Vec<(i64, usize)> = counts.into_iter().collect();
	if let [_, last] = ordered.as_slice() {
		return vec![last.0];
	}
	ordered.sort_by_key(|(class, count)| (std::cmp::Reverse(*count), *class));
	ordered.into_iter().take(MOST_CLASSES).map(|(class, _)| class).collect()
}

fn score(train: &Sheet, test: &Sheet, numeric: bool) -> Result<Option<f64>, SynthesisError> {
	if train.rows() < FEWEST_ROWS || test.rows() < FEWEST_ROWS || train.columns.is_empty() {
		return Ok(None);
	}
	let matrix = test.matrix()?;
	if numeric {
		let predicted = predict(train, &train.values, &matrix)?;
		return Ok(r_squared(&predicted, &test.values));
	}
	let mut areas = Vec::new();
	for class in classes(test) {
		let indicator: Vec<f64> = train.target.iter().map(|code| f64::from(u8::from(*code == class))).collect();
		let predicted = predict(train, &indicator, &matrix)?;
		let positive: Vec<bool> = test.target.iter().map(|code| *code == class).collect();
		areas.extend(area_under_roc(&predicted, &positive));
	}
	Ok(mean(areas))
}

/// TSTR and TRTR of the schema's target; `None` without one.
pub(crate) fn utility(
	training: &Table,
	hold_out: &Table,
	synthetic: &Table,
) -> Result<Option<Utility>, SynthesisError> {
	let Some(target) = training.schema().target.clone() else {
		return Ok(None);
	};
	let Some((at, column)) =
		training.schema().position(&target).and_then(|at| Some((at, training.schema().columns.get(at)?)))
	else {
		return Ok(None);
	};
	let sheets = (Sheet::new(training, at), Sheet::new(hold_out, at), Sheet::new(synthetic, at));
	let (Some(real), Some(test), Some(made)) = sheets else {
		return Ok(None);
	};
	let numeric = column.is_numeric();
	let (tstr, trtr) =
		if numeric { (MetricId::TstrR2, MetricId::TrtrR2) } else { (MetricId::TstrAuc, MetricId::TrtrAuc) };
	let metric = |id, value: Option<f64>| value.and_then(|value| Metric::new(id, value));
	Ok(Some(Utility {
		target,
		tstr: metric(tstr, score(&made, &test, numeric)?),
		trtr: metric(trtr, score(&real, &test, numeric)?),
		tested_rows: test.rows(),
	}))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn area_counts_ties_half() {
		let positive = [false, true, false, true];
		assert_eq!(area_under_roc(&[0.1, 0.9, 0.2, 0.8], &positive), Some(1.0));
		assert_eq!(area_under_roc(&[0.5; 4], &positive), Some(0.5));
		assert_eq!(area_under_roc(&[0.1, 0.1, 0.2, 0.2], &positive), Some(0.5));
		assert_eq!(area_under_roc(&[0.1], &[true]), None);
	}

	#[test]
	fn r_squared_is_one_for_truth_and_zero_for_the_mean() {
		assert_eq!(r_squared(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), Some(1.0));
		assert_eq!(r_squared(&[2.0; 3], &[1.0, 2.0, 3.0]), Some(0.0));
		assert_eq!(r_squared(&[2.0; 3], &[2.0; 3]), None);
	}
}
