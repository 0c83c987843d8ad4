//! The report: one self-contained HTML file that a person looks at before a table is released.
//!
//! It loads nothing and runs no script; its plots are inline SVG.

mod analysis;
mod charts;
mod distribution;
mod heat;
mod page;
mod privacy;
mod sections;
mod table_one;

use crate::{
	error::SynthesisError,
	evaluate::{Evaluation, View},
	table::Table,
};

/// Most columns that are drawn; the metrics cover all.
const MOST_DRAWN: usize = 120;

/// What the report is about, in words. Everything is shown as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportContext {
	/// Headline, such as the dataset's name.
	pub title: String,
	/// Names, seeds and digests, shown in this order as label and value.
	pub facts: Vec<(String, String)>,
}

/// Writes the report. The same input gives the same bytes.
///
/// The plots show the shape of the training table: the report is as sensitive as the statistics of real
/// patients are, and a person decides on its release.
///
/// # Errors
/// [`SynthesisError::SchemaMismatch`] if the evaluation or a table belongs to another schema, and
/// [`SynthesisError::Internal`] if a plot fails.
pub fn html(
	context: &ReportContext,
	evaluation: &Evaluation,
	training: &Table,
	synthetic: &Table,
) -> Result<String, SynthesisError> {
	let (training, synthetic) = (training.without_identifiers(), synthetic.without_identifiers());
	if training.schema() != synthetic.schema() {
		return Err(SynthesisError::SchemaMismatch { which: "synthetic table" });
	}
	let names = training.schema().columns.iter().map(|column| &column.name);
	if !names.eq(evaluation.columns.iter().map(|column| &column.name)) {
		return Err(SynthesisError::SchemaMismatch { which: "evaluation" });
	}
	let mut page = page::Page::new(&context.title);
	sections::facts(&mut page, context, training.rows(), synthetic.rows());
	sections::metrics(&mut page, evaluation);
	let (real, made) = (View::all(&training), View::all(&synthetic));
	let drawn = real.len().min(MOST_DRAWN);
	table_one::section(&mut page, real.split_at(drawn).0, made.split_at(drawn).0);
	analysis::detection(&mut page, evaluation);
	analysis::utility(&mut page, evaluation)?;
	analysis::coefficients(&mut page, evaluation)?;
	analysis::subgroups(&mut page, evaluation);
	distributions(&mut page, evaluation, &training, &synthetic)?;
	heat::section(&mut page, evaluation, &training)?;
	sections::worst_pairs(&mut page, evaluation);
	privacy::section(&mut page, evaluation);
	Ok(page.finish())
}

fn distributions(
	page: &mut page::Page,
	evaluation: &Evaluation,
	training: &Table,
	synthetic: &Table,
) -> Result<(), SynthesisError> {
	page.heading("Distributions, column by column");
	page.paragraph("Dark bars are real training rows, light bars are synthetic rows. Bars show shares of the present cells; missing cells are given as numbers. Number axes show the central 99 % of the real values.");
	let (real, made) = (View::all(training), View::all(synthetic));
	let left_out = real.len().saturating_sub(MOST_DRAWN);
	if left_out > 0 {
		page.paragraph(&format!("The first {MOST_DRAWN} columns are drawn; {left_out} more are in the metrics only."));
	}
	page.open("<div class=\"grid\">");
	for ((r, s), column) in real.iter().zip(&made).zip(&evaluation.columns).take(MOST_DRAWN) {
		let plot = distribution::draw(r, s)?;
		sections::column_card(page, r.column, column, &plot);
	}
	page.open("</div>");
	Ok(())
}

/// Turns a plot's failure into the crate's error.
pub(crate) fn plot_failed(error: impl std::fmt::Display) -> SynthesisError {
	SynthesisError::Internal { stage: "report: plot", reason: error.to_string() }
}

/// A name short enough for an axis.
pub(crate) fn shortened(name: &str, most: usize) -> String {
	if name.chars().count() <= most {
		return name.to_owned();
	}
	let kept: String = name.chars().take(most.saturating_sub(1)).collect();
	format!("{kept}…")
}
