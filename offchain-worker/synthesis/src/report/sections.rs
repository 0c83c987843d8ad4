//! The parts of the report that are words and tables.

use super::{page::Page, ReportContext};
use crate::{
	evaluate::{ColumnEvaluation, Evaluation, Metric, MetricId},
	schema::Column,
};

/// Pairs listed as worst.
const WORST: usize = 15;

/// Parts per million as a fraction with four decimals.
pub(super) fn fraction(ppm: i64) -> String {
	format!("{:.4}", ppm as f64 / 1e6)
}

/// A share as a percentage with one decimal.
pub(super) fn percent_of(share: f64) -> String {
	if share.is_nan() {
		"–".into()
	} else {
		format!("{:.1} %", share * 100.0)
	}
}

fn percent(ppm: Option<i64>) -> String {
	ppm.map_or_else(|| "–".into(), |ppm| format!("{:.1} %", ppm as f64 / 1e4))
}

pub(super) fn written(metric: Option<Metric>) -> String {
	metric.map_or_else(|| "–".into(), |metric| fraction(metric.value_ppm))
}

/// What the report is about.
pub(super) fn facts(page: &mut Page, context: &ReportContext, training: usize, synthetic: usize) {
	let mut rows: Vec<Vec<String>> =
		context.facts.iter().map(|(label, value)| vec![label.clone(), value.clone()]).collect();
	rows.push(vec!["Training rows".into(), training.to_string()]);
	rows.push(vec!["Synthetic rows".into(), synthetic.to_string()]);
	page.table(&[], &["", "digest"], &rows);
}

/// Hold-out yardstick of a metric.
fn yardstick(id: MetricId) -> Option<MetricId> {
	Some(match id {
		MetricId::ColumnShapes => MetricId::HoldOutColumnShapes,
		MetricId::ColumnPairTrends => MetricId::HoldOutColumnPairTrends,
		MetricId::NewRowSynthesis => MetricId::HoldOutNewRows,
		MetricId::ExactCopyRate => MetricId::HoldOutExactCopyRate,
		MetricId::TstrAuc => MetricId::TrtrAuc,
		MetricId::TstrR2 => MetricId::TrtrR2,
		MetricId::TstrBrier => MetricId::TrtrBrier,
		_ => return None,
	})
}

/// The metric table, with a sentence beside each number.
pub(super) fn metrics(page: &mut Page, evaluation: &Evaluation) {
	page.heading("Metrics");
	page.paragraph("The yardstick is what real rows of other patients, or a model trained on real rows, reach on the same measure. Small tables score lower on both.");
	let find = |id: MetricId| evaluation.headline.iter().find(|metric| metric.id == id).copied();
	let rows: Vec<Vec<String>> = evaluation
		.headline
		.iter()
		.map(|metric| {
			vec![
				metric.id.title().to_owned(),
				fraction(metric.value_ppm),
				yardstick(metric.id).and_then(find).map_or_else(String::new, |m| fraction(m.value_ppm)),
				metric.id.explanation().to_owned(),
			]
		})
		.collect();
	page.table(&["Metric", "Value", "Yardstick", "What it says"], &["", "number", "number", ""], &rows);
}

/// One column's plot and numbers.
pub(super) fn column_card(page: &mut Page, column: &Column, evaluation: &ColumnEvaluation, plot: &str) {
	page.open("<div class=\"card\">");
	let unit = column.unit.as_ref().map_or_else(String::new, |unit| format!(" ({unit})"));
	page.small_heading(&format!("{}{unit}", column.name));
	page.open(plot);
	page.paragraph(&format!(
		"Shape {} · missing {} real, {} synthetic",
		written(evaluation.shape),
		percent(evaluation.training_missing_ppm),
		percent(evaluation.synthetic_missing_ppm),
	));
	if let (Some(real), Some(made)) = (evaluation.training, evaluation.synthetic) {
		page.paragraph(&format!(
			"Mean {} real, {} synthetic · standard deviation {} real, {} synthetic",
			amount(real.mean),
			amount(made.mean),
			amount(real.deviation),
			amount(made.deviation)
		));
	}
	page.open("</div>");
}

/// A number with about four digits.
pub(super) fn amount(value: f64) -> String {
	let size = value.abs();
	if value == 0.0 {
		"0".into()
	} else if !(1e-3..1e6).contains(&size) {
		format!("{value:.2e}")
	} else if size >= 100.0 {
		format!("{value:.0}")
	} else if size >= 1.0 {
		format!("{value:.2}")
	} else {
		format!("{value:.4}")
	}
}

/// The pairs that fit worst.
pub(super) fn worst_pairs(page: &mut Page, evaluation: &Evaluation) {
	page.heading("Pairs that fit worst");
	let mut scored: Vec<_> = evaluation.pairs.iter().filter_map(|pair| Some((pair.score?, pair))).collect();
	scored.sort_by_key(|(score, pair)| (score.value_ppm, pair.first, pair.second));
	let name = |at: usize| evaluation.columns.get(at).map_or_else(String::new, |c| c.name.clone());
	let rows: Vec<Vec<String>> = scored
		.iter()
		.take(WORST)
		.map(|(score, pair)| {
			vec![
				name(pair.first),
				name(pair.second),
				score.id.title().to_owned(),
				fraction(score.value_ppm),
				pair.training_ppm.map_or_else(|| "–".into(), fraction),
				pair.synthetic_ppm.map_or_else(|| "–".into(), fraction),
			]
		})
		.collect();
	page.table(
		&["Column", "Column", "Measure", "Similarity", "Real correlation or V", "Synthetic correlation"],
		&["", "", "", "number", "number", "number"],
		&rows,
	);
}
