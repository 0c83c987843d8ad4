//! The parts of the report that are words and tables.

use super::{page::Page, ReportContext};
use crate::{
	evaluate::{ColumnEvaluation, Evaluation, Metric, MetricId},
	schema::Column,
};

/// Pairs listed as worst.
const WORST: usize = 15;

/// Parts per million as a fraction with four decimals.
fn fraction(ppm: i64) -> String {
	format!("{:.4}", ppm as f64 / 1e6)
}

fn percent(ppm: Option<i64>) -> String {
	ppm.map_or_else(|| "–".into(), |ppm| format!("{:.1} %", ppm as f64 / 1e4))
}

fn written(metric: Option<Metric>) -> String {
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

/// What a model learns from the synthetic rows.
pub(super) fn utility(page: &mut Page, evaluation: &Evaluation) {
	page.heading("Usefulness");
	let Some(utility) = &evaluation.utility else {
		page.paragraph("The schema names no target, so no prediction was tried.");
		return;
	};
	match (utility.tstr, utility.trtr) {
        (Some(tstr), Some(trtr)) => page.paragraph(&format!(
            "Predicting {} for {} hold-out rows, a forest trained on synthetic rows reaches {}, one trained on real rows {}.",
            utility.target,
            utility.tested_rows,
            fraction(tstr.value_ppm),
            fraction(trtr.value_ppm)
        )),
        _ => page.paragraph(&format!(
            "Predicting {} could not be tried: at least 20 hold-out rows with two different values are needed, and there are {}.",
            utility.target, utility.tested_rows
        )),
    }
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

/// What is known, and not known, about privacy.
pub(super) fn privacy(page: &mut Page, evaluation: &Evaluation) {
	page.heading("Privacy");
	page.warning("The generators \"independent\" and \"gaussian-copula\" are heuristic: they give no differential privacy, and no number below shows that the table is anonymous. Release it under the terms of the real data, to people bound by an agreement.");
	let percent_of = |id: MetricId| {
		evaluation.value(id).map_or_else(|| "not measured".into(), |value| format!("{:.2} %", value * 100.0))
	};
	let near = |id: MetricId| {
		evaluation.value(id).map_or_else(|| "not measured".into(), |value| format!("{:.2} %", (1.0 - value) * 100.0))
	};
	page.paragraph(&format!(
        "Exact copies: {} of the synthetic rows equal a training row in every cell. Among hold-out rows of other patients, which cannot be copies, chance alone makes {} equal.",
        percent_of(MetricId::ExactCopyRate),
        percent_of(MetricId::HoldOutExactCopyRate)
    ));
	page.paragraph(&format!(
        "Near matches: {} of the synthetic rows match a training row in all levels and within 1 % in all numbers; of the hold-out rows {} do. Many more among synthetic than among hold-out rows would mean that the generator remembers patients.",
        near(MetricId::NewRowSynthesis),
        near(MetricId::HoldOutNewRows)
    ));
	page.paragraph("Few copies do not rule out that somebody can tell who was in the training table: distances say little about that risk. Look at rare levels and extreme values in the plots above, since single patients show there first.");
}
