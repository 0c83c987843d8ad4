//! Heat maps: correlations of real and synthetic numbers, their difference, and the similarity of all pairs.

use super::{page::Page, plot_failed, shortened};
use crate::{
	error::SynthesisError,
	evaluate::{Evaluation, PairEvaluation},
	table::Table,
};
use plotters::prelude::*;
use std::collections::BTreeMap;

/// Most columns of a heat map.
const MOST: usize = 60;
/// Room for names, in pixels.
const NAMES: i32 = 130;

/// Cells by position (row, column), −1 to 1.
type Cells = BTreeMap<(usize, usize), f64>;

/// A map's value from the real and the synthetic correlation.
type Map = fn(Option<f64>, Option<f64>) -> Option<f64>;

/// Writes the section.
pub(super) fn section(page: &mut Page, evaluation: &Evaluation, training: &Table) -> Result<(), SynthesisError> {
	page.heading("Correlations and pairs");
	let columns = &training.schema().columns;
	let numeric: Vec<usize> =
		(0..columns.len()).filter(|at| columns.get(*at).is_some_and(|column| column.is_numeric())).collect();
	let name = |at: &usize| columns.get(*at).map_or_else(String::new, |c| shortened(&c.name, 18));
	let part = |value: Option<i64>| value.map(|ppm| ppm as f64 / 1e6);
	if numeric.len() > 1 {
		let shown: Vec<usize> = numeric.iter().copied().take(MOST).collect();
		say_if_cut(page, numeric.len(), "numeric columns");
		let names: Vec<String> = shown.iter().map(name).collect();
		page.paragraph("Pearson's correlation of numeric columns, from −1 (orange) over 0 (white) to 1 (blue): first real, then synthetic, then synthetic minus real. The last one should be pale.");
		page.open("<div class=\"grid\">");
		let maps: [Map; 3] = [|real, _| real, |_, made| made, |real, made| Some(made? - real?)];
		for map in maps {
			let cells = collect(evaluation, &shown, |pair| map(part(pair.training_ppm), part(pair.synthetic_ppm)));
			page.open(&draw(&names, &cells, true)?);
		}
		page.open("</div>");
	}
	let shown: Vec<usize> = (0..columns.len()).take(MOST).collect();
	say_if_cut(page, columns.len(), "columns");
	let names: Vec<String> = shown.iter().map(name).collect();
	page.paragraph(
		"Dissimilarity of every pair (1 − correlation or contingency similarity): white fits, dark orange does not.",
	);
	let cells = collect(evaluation, &shown, |pair| Some(part(pair.score.map(|m| m.value_ppm))? - 1.0));
	page.open(&draw(&names, &cells, false)?);
	Ok(())
}

fn say_if_cut(page: &mut Page, count: usize, what: &str) {
	if count > MOST {
		page.paragraph(&format!("The first {MOST} of {count} {what} are drawn."));
	}
}

/// Both halves of the matrix from the pairs.
fn collect(evaluation: &Evaluation, shown: &[usize], value: impl Fn(&PairEvaluation) -> Option<f64>) -> Cells {
	let place: BTreeMap<usize, usize> = shown.iter().enumerate().map(|(at, column)| (*column, at)).collect();
	let mut cells = Cells::new();
	for pair in &evaluation.pairs {
		let places = (place.get(&pair.first), place.get(&pair.second));
		if let ((Some(a), Some(b)), Some(value)) = (places, value(pair)) {
			cells.insert((*a, *b), value);
			cells.insert((*b, *a), value);
		}
	}
	cells
}

/// White at 0, blue towards 1, orange towards −1.
fn colour(value: f64) -> RGBColor {
	let strength = value.abs().min(1.0);
	let (r, g, b) = if value >= 0.0 { (38.0, 70.0, 130.0) } else { (200.0, 90.0, 20.0) };
	let mix = |end: f64| (255.0 + (end - 255.0) * strength) as u8;
	RGBColor(mix(r), mix(g), mix(b))
}

fn draw(names: &[String], cells: &Cells, small: bool) -> Result<String, SynthesisError> {
	let count = i32::try_from(names.len()).unwrap_or(i32::MAX).max(1);
	let side = (if small { 420i32 } else { 700 }).checked_div(count).unwrap_or(1).clamp(5, 28);
	let width = NAMES.saturating_add(side.saturating_mul(count));
	let pixels = |n: i32| u32::try_from(n).unwrap_or(0);
	let height = side.saturating_mul(count).saturating_add(6);
	let mut text = String::new();
	{
		let area = SVGBackend::with_string(&mut text, (pixels(width), pixels(height))).into_drawing_area();
		let style = ("sans-serif", side.clamp(5, 11)).into_text_style(&area);
		for (row, name) in (0i32..).zip(names) {
			let y = side.saturating_mul(row).saturating_add(3);
			area.draw(&Text::new(name.clone(), (2, y), style.clone())).map_err(plot_failed)?;
		}
		for ((row, column), value) in cells {
			let offset = |at: &usize| side.saturating_mul(i32::try_from(*at).unwrap_or(0));
			let (x, y) = (NAMES.saturating_add(offset(column)), offset(row).saturating_add(3));
			let (right, bottom) = (x.saturating_add(side), y.saturating_add(side));
			area.draw(&Rectangle::new([(x, y), (right, bottom)], colour(*value).filled())).map_err(plot_failed)?;
		}
		area.present().map_err(plot_failed)?;
	}
	Ok(text)
}
