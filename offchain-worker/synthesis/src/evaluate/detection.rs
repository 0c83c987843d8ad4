//! Whether boosted trees can tell synthetic rows from training rows (classifier two-sample test; Lopez-Paz and Oquab,
//! ICLR 2017).

use super::{
	boosting::{self, Objective},
	column::View,
	features::{thinned, Features},
	metric::{mean, Metric, MetricId},
	seed,
	utility::area_under_roc,
};
use crate::{error::SynthesisError, generate::Progress};
use serde::Serialize;

/// Most rows taken of each table. With 50 columns the three fits then stay within half a minute on one core, and the
/// standard error of an AUC near one half is below 0.002.
const MOST_ROWS: usize = 50_000;
/// Fewest rows of each table: ten in each fold.
const FEWEST_ROWS: usize = 30;
/// Folds, each judged by trees that the other folds grew.
const FOLDS: usize = 3;
/// Most trees of a fold.
const TREES: usize = 200;

/// How well the rows are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detection {
	/// Area under the ROC curve, mean of the folds; 0.5 is guessing.
	pub auc: Option<Metric>,
	/// 1 - mean(2 max(½, AUC) - 1).
	pub score: Option<Metric>,
	/// Propensity mean squared error.
	pub propensity: Option<Metric>,
	/// Training rows that took part.
	pub training_rows: usize,
	/// Synthetic rows that took part.
	pub synthetic_rows: usize,
}

/// The fold of every row: a random third of the groups each.
fn folds(groups: &[usize], label: &str) -> Vec<usize> {
	let count = groups.iter().max().map_or(0, |last| last.saturating_add(1));
	let mut folds = vec![0; count];
	for (rank, group) in seed::shuffled(count, label).into_iter().enumerate() {
		if let Some(fold) = folds.get_mut(group) {
			*fold = rank.checked_rem(FOLDS).unwrap_or(0);
		}
	}
	groups.iter().map(|group| folds.get(*group).copied().unwrap_or(0)).collect()
}

/// Tells `made` from `real`; `None` for fewer than 30 rows on a side. Training rows of one patient, as `patients`
/// numbers them, fall into one fold, so that no patient is recognised by other visits.
pub(crate) fn detection(
	real: &[View<'_>],
	made: &[View<'_>],
	patients: Option<&[usize]>,
	progress: &mut dyn Progress,
) -> Result<Option<Detection>, SynthesisError> {
	let rows = |views: &[View<'_>]| thinned(views.first().map_or(0, |view| view.codes.len()), MOST_ROWS);
	let (real_rows, made_rows) = (rows(real), rows(made));
	if real_rows.len().min(made_rows.len()) < FEWEST_ROWS {
		return Ok(None);
	}
	let features = Features::new(real, &real_rows, None).followed_by(&Features::new(made, &made_rows, None));
	let is_made: Vec<bool> = real_rows.iter().map(|_| false).chain(made_rows.iter().map(|_| true)).collect();
	let patient = |row: &usize| patients.and_then(|patients| patients.get(*row)).copied().unwrap_or(*row);
	let mut fold = folds(&real_rows.iter().map(patient).collect::<Vec<_>>(), "folds of training rows");
	fold.extend(folds(&(0..made_rows.len()).collect::<Vec<_>>(), "folds of synthetic rows"));
	let share = made_rows.len() as f64 / is_made.len() as f64;
	let (mut areas, mut squares) = (Vec::new(), Vec::new());
	for this in 0..FOLDS {
		let (test, train): (Vec<usize>, Vec<usize>) = (0..features.rows).partition(|row| fold.get(*row) == Some(&this));
		let label =
			|rows: &[usize]| -> Vec<bool> { rows.iter().filter_map(|row| is_made.get(*row).copied()).collect() };
		let goal: Vec<f64> = label(&train).into_iter().map(|is| f64::from(u8::from(is))).collect();
		let train = features.select(&train);
		let model = boosting::fit(&train, &goal, Objective::Probability, TREES, "evaluate: detection", progress)?;
		let predicted = model.predict(&features.select(&test));
		areas.extend(area_under_roc(&predicted, &label(&test)));
		squares.extend(predicted.iter().map(|p| (p - share) * (p - share)));
	}
	let metric = |id, value: Option<f64>| value.and_then(|value| Metric::new(id, value));
	Ok(Some(Detection {
		auc: metric(MetricId::DetectionAuc, mean(areas.iter().copied())),
		score: metric(
			MetricId::DetectionScore,
			mean(areas.iter().map(|area| area.max(0.5) * 2.0 - 1.0)).map(|m| 1.0 - m),
		),
		propensity: metric(MetricId::PropensityMse, mean(squares)),
		training_rows: real_rows.len(),
		synthetic_rows: made_rows.len(),
	}))
}
