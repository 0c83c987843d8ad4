//! How much a synthetic table is like the real one, how useful it is, and whether it copies.

mod attacks;
mod boosting;
mod coefficients;
mod column;
mod compare;
mod detection;
mod features;
mod marginals;
mod metric;
mod pair;
mod reference;
mod release;
mod rows;
mod seed;
mod subgroups;
mod trajectories;
mod utility;

use crate::{
	error::SynthesisError,
	generate::{report, Progress},
	table::Table,
};
pub use attacks::{Attacks, Membership, Rate, Risk, SecretRisk};
pub use coefficients::{Coefficient, Coefficients, Interval};
pub use column::Moments;
pub(crate) use column::View;
use compare::{average, column_headline, compare_columns, compare_pairs, pair_headline};
pub use detection::Detection;
pub use metric::{Metric, MetricId, ReproducibleBy};
pub use reference::reference_statistics;
pub use release::{releasable, release, NoiseSource, ReleaseBudget};
use rows::Known;
use serde::Serialize;
pub use subgroups::{Subgroup, Subgroups};
pub use trajectories::{
	compare_trajectories, survival_within_band, LagCorrelation, SurvivalBand, Trajectories, VisitShapes,
};
use utility::Target;
pub use utility::{Calibration, Utility};

/// All that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
	/// The numbers that go on record, by [`MetricId`]; at most 64.
	pub headline: Vec<Metric>,
	/// Every column.
	pub columns: Vec<ColumnEvaluation>,
	/// Every pair of columns.
	pub pairs: Vec<PairEvaluation>,
	/// Whether synthetic rows can be told from training rows; `None` for fewer than 30 rows on a side.
	pub detection: Option<Detection>,
	/// Prediction of the schema's target, if it names one.
	pub utility: Option<Utility>,
	/// A regression of the target in both tables; `None` without a target or terms.
	pub coefficients: Option<Coefficients>,
	/// Groups by quasi-identifiers; `None` without predictions or groups of 50 rows.
	pub subgroups: Option<Subgroups>,
	/// Visits of patients, of tables whose schema names a time column; `None` where the synthetic table has no patients.
	pub trajectories: Option<Trajectories>,
	/// Attacks on privacy; `None` for too few hold-out rows to compare with.
	pub attacks: Option<Attacks>,
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
	let (patients, held_patients) = (patients(training), patients(hold_out));
	let followed = training.schema().time_column.is_some() && synthetic.schema().time_column.is_some();
	let trajectories = followed.then(|| compare_trajectories(training, synthetic)).transpose()?;
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
	headline.extend(marginals::headline(&real, &made, progress)?);
	let detection = detection::detection(&real, &made, patients.as_deref(), progress)?;
	headline.extend(detection.iter().flat_map(|d| [d.auc, d.score, d.propensity]).flatten());
	let prediction = predict(&real, &held, &made, training.schema().target.as_deref(), progress)?;
	headline.extend(prediction.headline());
	let attacks = attacks::attacks(&real, &held, &made, held_patients.as_deref(), progress)?;
	headline.extend(attacks.iter().flat_map(Attacks::headline));
	headline.extend(trajectories.iter().flat_map(|found| found.headline.iter().copied()));
	headline.sort_by_key(|metric| metric.id);
	Ok(Evaluation {
		headline,
		columns: shapes.into_iter().map(|shape| shape.evaluation).collect(),
		pairs: pairs.into_iter().map(|pair| pair.evaluation).collect(),
		detection,
		utility: prediction.utility,
		coefficients: prediction.coefficients,
		subgroups: prediction.subgroups,
		trajectories,
		attacks,
	})
}

/// The patients of the rows, numbered; `None` where the table does not tell them.
fn patients(table: &Table) -> Option<Vec<usize>> {
	let names = table.patient_ids().ok()?;
	let mut known: Vec<&str> = names.clone();
	known.sort_unstable();
	known.dedup();
	Some(names.iter().map(|name| known.partition_point(|other| other < name)).collect())
}

/// All that has to do with the target.
#[derive(Default)]
struct Prediction {
	utility: Option<Utility>,
	coefficients: Option<Coefficients>,
	subgroups: Option<Subgroups>,
}

impl Prediction {
	fn headline(&self) -> Vec<Metric> {
		let utility = self.utility.iter().flat_map(|u| [u.tstr, u.trtr, u.tstr_brier, u.trtr_brier]);
		let coefficients = self.coefficients.iter().flat_map(|c| [c.overlap, c.signs, c.significance]);
		let subgroups = self.subgroups.iter().flat_map(|s| [s.worst_loss, s.worst_prevalence]);
		utility.chain(coefficients).chain(subgroups).flatten().collect()
	}
}

fn predict(
	real: &[View<'_>],
	held: &[View<'_>],
	made: &[View<'_>],
	target: Option<&str>,
	progress: &mut dyn Progress,
) -> Result<Prediction, SynthesisError> {
	let Some(target) = Target::of(real, target) else {
		return Ok(Prediction::default());
	};
	let predictions = utility::predictions(real, held, made, target, progress)?;
	let class = predictions.as_ref().map_or_else(|| utility::scored_class(real, target), |known| known.class);
	let hold_out_rows = held.first().map_or(0, |view| view.codes.len());
	Ok(Prediction {
		coefficients: coefficients::coefficients(real, made, target, class, progress)?,
		subgroups: predictions.as_ref().and_then(|known| subgroups::subgroups(real, held, made, known)),
		utility: Some(utility::summary(target, predictions.as_ref(), hold_out_rows)),
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
