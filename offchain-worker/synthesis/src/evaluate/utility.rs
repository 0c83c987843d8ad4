//! Utility: what trees grown on synthetic rows know about real rows that nobody trained on.

use super::{
	boosting::{self, Objective},
	column::View,
	features::{thinned, Features},
	metric::{mean, to_ppm, Metric, MetricId},
};
use crate::{error::SynthesisError, generate::Progress, schema::Column};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most training rows of all models of a table together: 50,000 for one model, fewer each for one-against-rest.
const MOST_ROWS: usize = 50_000;
/// Fewest rows on either side.
const FEWEST_ROWS: usize = 20;
/// Most classes that are told from the rest.
const MOST_CLASSES: usize = 10;
/// Most trees of a model.
const TREES: usize = 100;
/// Steps of the calibration curve.
const CALIBRATION_STEPS: usize = 10;

/// How well a target is predicted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Utility {
	/// The target column.
	pub target: String,
	/// The level that the probabilities are of; none for a numeric target.
	pub level: Option<String>,
	/// Train on synthetic, test on hold-out rows: AUC or R².
	pub tstr: Option<Metric>,
	/// Train on real, test on hold-out rows: AUC or R².
	pub trtr: Option<Metric>,
	/// Brier score of `level`, trained on synthetic rows.
	pub tstr_brier: Option<Metric>,
	/// Brier score of `level`, trained on real rows.
	pub trtr_brier: Option<Metric>,
	/// Hold-out rows tested on.
	pub tested_rows: usize,
	/// Hold-out rows in all.
	pub hold_out_rows: usize,
	/// Predictions of trees trained on synthetic rows, by tenths of hold-out rows.
	pub tstr_calibration: Vec<Calibration>,
	/// The same trained on real rows.
	pub trtr_calibration: Vec<Calibration>,
}

/// One tenth of the hold-out rows, in order of the prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Calibration {
	/// Mean prediction (probability, or the target's own unit), in millionths.
	pub predicted_ppm: i64,
	/// Mean of what happened, in millionths.
	pub observed_ppm: i64,
	/// Rows.
	pub rows: usize,
}

/// The target of a table.
#[derive(Clone, Copy)]
pub(crate) struct Target<'t> {
	/// Position among the columns without identifiers.
	pub at: usize,
	/// The column.
	pub column: &'t Column,
}

impl<'t> Target<'t> {
	/// The column that the schema names as target.
	pub fn of(views: &[View<'t>], name: Option<&str>) -> Option<Self> {
		let at = views.iter().position(|view| Some(view.column.name.as_str()) == name)?;
		Some(Self { at, column: views.get(at)?.column })
	}
}

/// Predictors and target of rows whose target is present.
pub(crate) struct Sheet {
	/// Which rows of the table.
	pub rows: Vec<usize>,
	features: Features,
	classes: Vec<i64>,
	values: Vec<f64>,
}

impl Sheet {
	fn new(views: &[View<'_>], target: Target<'_>, most: usize) -> Option<Self> {
		let goal = views.get(target.at)?;
		let known: Vec<usize> = goal.codes.iter().enumerate().filter_map(|(row, code)| code.map(|_| row)).collect();
		let rows: Vec<usize> = thinned(known.len(), most).into_iter().filter_map(|at| known.get(at).copied()).collect();
		let values = goal.floats();
		Some(Self {
			features: Features::new(views, &rows, Some(target.at)),
			classes: rows.iter().filter_map(|row| goal.codes.get(*row).copied().flatten()).collect(),
			values: rows.iter().filter_map(|row| values.get(*row).copied()).collect(),
			rows,
		})
	}
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

/// Classes that are scored, most frequent first; of two the later one is enough.
fn classes(codes: &[i64]) -> Vec<i64> {
	let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
	for class in codes {
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

/// The scored level of a target that is no number, by the training rows.
pub(crate) fn scored_class(real: &[View<'_>], target: Target<'_>) -> Option<i64> {
	if target.column.is_numeric() {
		return None;
	}
	let codes: Vec<i64> = real.get(target.at)?.codes.iter().flatten().copied().collect();
	classes(&codes).first().copied()
}

/// What one training table's trees say of the hold-out rows.
pub(crate) struct Predicted {
	/// AUC (mean of one against rest) or R².
	pub score: Option<f64>,
	/// Prediction of each row of the test sheet: probability of the first class, or number.
	pub values: Vec<f64>,
}

/// A target's hold-out rows, and what trees of both tables say of them.
pub(crate) struct Predictions<'t> {
	/// The target.
	pub target: Target<'t>,
	/// The class that probabilities are of; `None` for a number.
	pub class: Option<i64>,
	/// Rows of the hold-out table that are predicted.
	pub rows: Vec<usize>,
	/// What is true of them: 1 or 0 of the class, or the number.
	pub truth: Vec<f64>,
	/// Trained on synthetic rows.
	pub tstr: Predicted,
	/// Trained on real rows.
	pub trtr: Predicted,
}

fn indicator(classes: &[i64], class: i64) -> Vec<f64> {
	classes.iter().map(|code| f64::from(u8::from(*code == class))).collect()
}

fn predict(
	train: &Sheet,
	test: &Sheet,
	classes: &[i64],
	numeric: bool,
	progress: &mut dyn Progress,
) -> Result<Predicted, SynthesisError> {
	const STAGE: &str = "evaluate: utility";
	if train.rows.len() < FEWEST_ROWS {
		return Ok(Predicted { score: None, values: Vec::new() });
	}
	if numeric {
		let model = boosting::fit(&train.features, &train.values, Objective::Number, TREES, STAGE, progress)?;
		let values = model.predict(&test.features);
		return Ok(Predicted { score: r_squared(&values, &test.values), values });
	}
	let (mut areas, mut first) = (Vec::new(), None);
	for class in classes {
		let goal = indicator(&train.classes, *class);
		let model = boosting::fit(&train.features, &goal, Objective::Probability, TREES, STAGE, progress)?;
		let values = model.predict(&test.features);
		let positive: Vec<bool> = test.classes.iter().map(|code| code == class).collect();
		areas.extend(area_under_roc(&values, &positive));
		first.get_or_insert(values);
	}
	Ok(Predicted { score: mean(areas), values: first.unwrap_or_default() })
}

/// Predicts the hold-out rows; `None` without a target, predictors or enough hold-out rows with two values.
pub(crate) fn predictions<'t>(
	real: &[View<'t>],
	held: &[View<'t>],
	made: &[View<'t>],
	target: Target<'t>,
	progress: &mut dyn Progress,
) -> Result<Option<Predictions<'t>>, SynthesisError> {
	let numeric = target.column.is_numeric();
	let Some(test) = Sheet::new(held, target, MOST_ROWS) else { return Ok(None) };
	let varies = test.classes.iter().any(|code| Some(code) != test.classes.first());
	if test.rows.len() < FEWEST_ROWS || real.len() < 2 || !varies {
		return Ok(None);
	}
	let classes = if numeric { Vec::new() } else { classes(&test.classes) };
	let most = MOST_ROWS.checked_div(classes.len()).unwrap_or(MOST_ROWS);
	let (Some(made), Some(real)) = (Sheet::new(made, target, most), Sheet::new(real, target, most)) else {
		return Ok(None);
	};
	let tstr = predict(&made, &test, &classes, numeric, progress)?;
	let trtr = predict(&real, &test, &classes, numeric, progress)?;
	let class = classes.first().copied();
	let truth = class.map_or_else(|| test.values.clone(), |class| indicator(&test.classes, class));
	Ok(Some(Predictions { target, class, rows: test.rows, truth, tstr, trtr }))
}

fn calibration(predicted: &[f64], truth: &[f64]) -> Vec<Calibration> {
	let mut both: Vec<(f64, f64)> = predicted.iter().copied().zip(truth.iter().copied()).collect();
	both.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
	let size = both.len().div_ceil(CALIBRATION_STEPS).max(1);
	both.chunks(size)
		.filter_map(|part| {
			Some(Calibration {
				predicted_ppm: to_ppm(mean(part.iter().map(|(p, _)| *p))?)?,
				observed_ppm: to_ppm(mean(part.iter().map(|(_, y)| *y))?)?,
				rows: part.len(),
			})
		})
		.collect()
}

/// The summary of [`predictions`].
pub(crate) fn summary(target: Target<'_>, predictions: Option<&Predictions<'_>>, hold_out_rows: usize) -> Utility {
	let numeric = target.column.is_numeric();
	let (tstr, trtr) =
		if numeric { (MetricId::TstrR2, MetricId::TrtrR2) } else { (MetricId::TstrAuc, MetricId::TrtrAuc) };
	let score = |id, of: fn(&Predictions<'_>) -> Option<f64>| Metric::new(id, of(predictions?)?);
	let brier = |id, of: for<'a, 'b> fn(&'a Predictions<'b>) -> &'a Predicted| {
		let known = predictions.filter(|_| !numeric)?;
		let pairs = of(known).values.iter().zip(&known.truth);
		Metric::new(id, mean(pairs.map(|(p, y)| (p - y) * (p - y)))?)
	};
	let curve = |of: for<'a, 'b> fn(&'a Predictions<'b>) -> &'a Predicted| {
		predictions.map_or_else(Vec::new, |known| calibration(&of(known).values, &known.truth))
	};
	Utility {
		target: target.column.name.clone(),
		level: predictions.and_then(|known| level_name(target.column, known.class?)),
		tstr: score(tstr, |known| known.tstr.score),
		trtr: score(trtr, |known| known.trtr.score),
		tstr_brier: brier(MetricId::TstrBrier, |known| &known.tstr),
		trtr_brier: brier(MetricId::TrtrBrier, |known| &known.trtr),
		tested_rows: predictions.map_or(0, |known| known.rows.len()),
		hold_out_rows,
		tstr_calibration: curve(|known| &known.tstr),
		trtr_calibration: curve(|known| &known.trtr),
	}
}

/// A level's text.
pub(crate) fn level_name(column: &Column, code: i64) -> Option<String> {
	match &column.kind {
		crate::schema::ColumnKind::Categorical { levels } => levels.get(usize::try_from(code).ok()?).cloned(),
		_ => None,
	}
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

	#[test]
	fn a_calibration_curve_has_tenths_in_order() {
		let predicted: Vec<f64> = (0..100).map(|k| f64::from(k) / 100.0).collect();
		let curve = calibration(&predicted, &predicted);
		assert_eq!(curve.len(), 10);
		assert_eq!(curve[0], Calibration { predicted_ppm: 45_000, observed_ppm: 45_000, rows: 10 });
	}
}
