//! The privacy page: copies, and attacks with their intervals.

use super::page::Page;
use crate::evaluate::{Attacks, Evaluation, Membership, MetricId, Rate, Risk};

fn part(ppm: i64) -> String {
	format!("{:.1} %", ppm as f64 / 1e4)
}

fn rate(rate: Rate) -> String {
	format!("{} [{}, {}]", part(rate.value_ppm), part(rate.low_ppm), part(rate.high_ppm))
}

/// Writes the section.
pub(super) fn section(page: &mut Page, evaluation: &Evaluation) {
	page.heading("Privacy");
	page.warning("No number below shows that the table is anonymous. Only a generator with differential privacy, run within its budget, bounds what the table tells about a patient; the generators \"independent\" and \"gaussian-copula\" are heuristic and give no differential privacy. Release their tables under the terms of the real data, to people bound by an agreement.");
	copies(page, evaluation);
	let Some(attacks) = &evaluation.attacks else {
		page.paragraph("No attack was tried: 50 rows of each table are needed, and there are fewer.");
		return;
	};
	if let Some(membership) = &attacks.membership {
		membership_table(page, membership);
	}
	risks(page, attacks);
}

fn copies(page: &mut Page, evaluation: &Evaluation) {
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
        "Near matches: {} of the synthetic rows match a training row in all levels and within 1 % in all numbers; of the hold-out rows {} do. Many more among synthetic than among hold-out rows would mean that the generator remembers patients. The opposite shows nothing: distances say little about the risk.",
        near(MetricId::NewRowSynthesis),
        near(MetricId::HoldOutNewRows)
    ));
}

fn membership_table(page: &mut Page, membership: &Membership) {
	page.small_heading("Who was in the training table?");
	page.paragraph(&format!(
		"An attacker with the synthetic table and with records of other patients judges {} training and {} hold-out rows (density ratio, DOMIAS). Intervals are 95 %; guessing reaches the number in the last column.",
		membership.members, membership.others
	));
	let line = |what: &str, rate_of: Option<Rate>, guess: &str| {
		rate_of.map(|found| vec![what.to_owned(), rate(found), guess.to_owned()])
	};
	let rows: Vec<Vec<String>> = [
		line("Area under the ROC curve, nearest rows", Some(membership.auc), "50 %"),
		line("Area under the ROC curve, pairs of values", membership.marginal_auc, "50 %"),
		line("Members named at 1 % false alarms", Some(membership.found_at_1_percent), "1 %"),
		line("Members named at 0.1 % false alarms", membership.found_at_01_percent, "0.1 %"),
	]
	.into_iter()
	.flatten()
	.collect();
	page.table(&["Attack", "Success [95 % interval]", "Guessing"], &["", "number", "number"], &rows);
}

fn risks(page: &mut Page, attacks: &Attacks) {
	page.small_heading("Singling out, linking, inferring");
	page.paragraph("The three risks that anonymous data must exclude (Article 29 Working Party, opinion 05/2014), attacked as by Giomi et al. (2023). Each attack is tried on training rows, on rows of other patients (control), and by guessing; the risk is what training rows suffer beyond the control: (attack - control) / (1 - control). An interval that begins at 0 shows no leak.");
	let line = |what: String, risk: &Risk| {
		vec![
			what,
			risk.attacks.to_string(),
			rate(risk.attack),
			rate(risk.control),
			rate(risk.baseline),
			rate(risk.risk),
			if risk.beats_baseline { String::new() } else { "no better than guessing: says nothing".to_owned() },
		]
	};
	let mut rows = Vec::new();
	let one = |what: &str, risk: &Option<Risk>| risk.as_ref().map(|risk| line(what.to_owned(), risk));
	rows.extend(one("Singling out by one value", &attacks.singling_out_univariate));
	rows.extend(one("Singling out by three values", &attacks.singling_out_multivariate));
	rows.extend(one("Linking two halves of a row", &attacks.linkability));
	rows.extend(attacks.inference.iter().map(|secret| line(format!("Inferring {}", secret.column), &secret.risk)));
	page.table(
		&["Attack", "Tries", "On training rows", "Control", "Guessing", "Risk [95 % interval]", "Note"],
		&["", "number", "number", "number", "number", "number", ""],
		&rows,
	);
}
