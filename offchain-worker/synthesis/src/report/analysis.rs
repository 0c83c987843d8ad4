//! The parts of the report about what can be done with the table: detection, prediction, regression, subgroups.

use super::{
	charts,
	page::Page,
	sections::{fraction, written},
};
use crate::{
	error::SynthesisError,
	evaluate::{Coefficient, Coefficients, Evaluation, Interval, Subgroup},
};

/// Terms drawn in the forest plot.
const MOST_TERMS: usize = 40;

/// Whether synthetic rows can be told from real ones.
pub(super) fn detection(page: &mut Page, evaluation: &Evaluation) {
	page.heading("Can rows be told apart?");
	let Some(detection) = &evaluation.detection else {
		page.paragraph("Not tried: fewer than 30 rows on a side.");
		return;
	};
	page.paragraph(&format!(
		"Boosted trees that have learnt from two thirds of {} training and {} synthetic rows tell the rest apart with an area under the ROC curve of {} (0.5 is guessing, 1 is certainty); as a score that is {} of 1. The score falls to 0 soon, since trees see every small difference: use it to compare generators.",
		detection.training_rows,
		detection.synthetic_rows,
		written(detection.auc),
		written(detection.score),
	));
}

/// What a model learns from the synthetic rows.
pub(super) fn utility(page: &mut Page, evaluation: &Evaluation) -> Result<(), SynthesisError> {
	page.heading("Usefulness for prediction");
	let Some(utility) = &evaluation.utility else {
		page.paragraph("The schema names no target, so no prediction was tried.");
		return Ok(());
	};
	let (Some(tstr), Some(trtr)) = (utility.tstr, utility.trtr) else {
		page.paragraph(&format!(
			"Predicting {} could not be tried: at least 20 hold-out rows with two different values are needed, and as many training and synthetic rows. There are {} hold-out rows.",
			utility.target, utility.hold_out_rows
		));
		return Ok(());
	};
	page.paragraph(&format!(
		"Predicting {} for {} hold-out rows, boosted trees trained on synthetic rows reach {} ({}), trained on real rows {}.",
		utility.target,
		utility.tested_rows,
		fraction(tstr.value_ppm),
		tstr.id.title(),
		fraction(trtr.value_ppm)
	));
	if let (Some(made), Some(real)) = (utility.tstr_brier, utility.trtr_brier) {
		page.paragraph(&format!(
			"The mean squared error of the probabilities (Brier score) of {} = {} is {} after synthetic and {} after real training; 0 is best.",
			utility.target,
			utility.level.as_deref().unwrap_or("?"),
			fraction(made.value_ppm),
			fraction(real.value_ppm)
		));
	}
	page.paragraph("Calibration: hold-out rows in tenths by prediction, predicted against observed. Dark: trained on real rows; light: trained on synthetic rows. Points on the diagonal mean that predictions can be taken at their word.");
	page.open(&charts::calibration(&utility.trtr_calibration, &utility.tstr_calibration)?);
	Ok(())
}

fn interval(interval: Option<Interval>) -> String {
	interval.map_or_else(
		|| "not estimable".into(),
		|i| {
			let part = |ppm: i64| format!("{:.3}", ppm as f64 / 1e6);
			format!("{} [{}, {}]", part(i.value_ppm), part(i.low_ppm), part(i.high_ppm))
		},
	)
}

fn model(coefficients: &Coefficients) -> String {
	match &coefficients.level {
		Some(level) if coefficients.logistic => {
			format!("logistic regression of {} = {level} (log odds)", coefficients.target)
		},
		_ => format!("linear regression of {} (standard deviations of the target)", coefficients.target),
	}
}

/// The regression in both tables.
pub(super) fn coefficients(page: &mut Page, evaluation: &Evaluation) -> Result<(), SynthesisError> {
	page.heading("The same analysis on both tables");
	let Some(coefficients) = &evaluation.coefficients else {
		page.paragraph("No regression was tried: there is no target, or no other column that varies.");
		return Ok(());
	};
	let estimated: Vec<&Coefficient> =
		coefficients.terms.iter().filter(|term| term.real.is_some() || term.synthetic.is_some()).collect();
	if estimated.is_empty() {
		page.paragraph("The regression could not be estimated: ten rows a term are needed, and the target must not follow from the other columns.");
		return Ok(());
	}
	page.paragraph(&format!(
		"A {} on all other columns, numbers per standard deviation. Dots are estimates, lines 95 % intervals; dark from real, light from synthetic rows. Mean overlap of the intervals {}, same sign {}, same verdict on significance {} (each of 1).",
		model(coefficients),
		written(coefficients.overlap),
		written(coefficients.signs),
		written(coefficients.significance),
	));
	if coefficients.penalised {
		page.paragraph("In one of the tables a column nearly settles the target, so that plain log odds would be infinite; both regressions use a weak normal prior with standard deviation 10.");
	}
	let shown: Vec<&Coefficient> = estimated.iter().copied().take(MOST_TERMS).collect();
	if shown.len() < estimated.len() {
		page.paragraph(&format!("The first {MOST_TERMS} of {} terms are drawn; all are listed.", estimated.len()));
	}
	page.open(&charts::forest(&shown)?);
	let rows: Vec<Vec<String>> = estimated
		.iter()
		.map(|term| {
			let overlap = term.overlap_ppm.map_or_else(|| "–".into(), fraction);
			vec![term.name.clone(), interval(term.real), interval(term.synthetic), overlap]
		})
		.collect();
	page.table(
		&["Term", "Real [95 % interval]", "Synthetic [95 % interval]", "Overlap"],
		&["", "number", "number", "number"],
		&rows,
	);
	Ok(())
}

/// Groups of patients.
pub(super) fn subgroups(page: &mut Page, evaluation: &Evaluation) {
	page.heading("Subgroups");
	let Some(subgroups) = &evaluation.subgroups else {
		page.paragraph("No group was compared: that needs a target, columns with the role of a quasi-identifier, and 50 training and 50 synthetic rows in a group.");
		return;
	};
	page.paragraph(&format!(
		"By levels of quasi-identifiers, numbers in four bands. The largest loss of performance from training on synthetic rather than real rows is {}, the largest gap of the target's share (or standardised mean) {}. Performance in small groups is uncertain.",
		written(subgroups.worst_loss),
		written(subgroups.worst_prevalence),
	));
	let cell = |ppm: Option<i64>| ppm.map_or_else(|| "–".to_owned(), fraction);
	let row = |group: &Subgroup| {
		vec![
			group.column.clone(),
			group.level.clone(),
			group.training_rows.to_string(),
			group.synthetic_rows.to_string(),
			cell(group.training_target_ppm),
			cell(group.synthetic_target_ppm),
			cell(group.target_gap_ppm),
			group.tested_rows.to_string(),
			cell(group.trtr_ppm),
			cell(group.tstr_ppm),
		]
	};
	page.table(
		&[
			"Column",
			"Group",
			"Real rows",
			"Synthetic rows",
			"Target, real",
			"Target, synthetic",
			"Gap",
			"Tested rows",
			"Trained on real",
			"Trained on synthetic",
		],
		&["", "", "number", "number", "number", "number", "number", "number", "number", "number"],
		&subgroups.groups.iter().map(row).collect::<Vec<_>>(),
	);
}
