//! Plots of estimates: coefficients with intervals, and calibration curves.

use super::{plot_failed, shortened};
use crate::{
	error::SynthesisError,
	evaluate::{Calibration, Coefficient, Interval},
};
use plotters::prelude::*;

const REAL: RGBColor = RGBColor(38, 70, 102);
const SYNTHETIC: RGBColor = RGBColor(232, 140, 58);
const LINE: RGBColor = RGBColor(200, 206, 212);
/// Pixels of a term's line.
const ROW: i32 = 22;
/// Room for names, and width of the plot, in pixels.
const NAMES: i32 = 240;
const WIDTH: i32 = 860;

fn unit(ppm: i64) -> f64 {
	ppm as f64 / 1e6
}

/// A forest plot: two intervals a term, the real one above.
pub(super) fn forest(terms: &[&Coefficient]) -> Result<String, SynthesisError> {
	let intervals = || terms.iter().flat_map(|term| [term.real, term.synthetic]).flatten();
	// Very wide intervals are cut at three times the farthest estimate.
	let reach = 3.0 * intervals().map(|i| unit(i.value_ppm).abs()).fold(0.0, f64::max);
	let farthest = intervals().flat_map(|i| [unit(i.low_ppm).abs(), unit(i.high_ppm).abs()]).fold(0.0, f64::max);
	let most = farthest.min(reach).max(1e-3);
	let count = i32::try_from(terms.len()).unwrap_or(0);
	let height = ROW.saturating_mul(count).saturating_add(34);
	let inner = f64::from(WIDTH.saturating_sub(NAMES).saturating_sub(20));
	let x = |value: f64| NAMES.saturating_add((((value / most).clamp(-1.0, 1.0) + 1.0) / 2.0 * inner) as i32);
	let pixels = |n: i32| u32::try_from(n).unwrap_or(0);
	let mut text = String::new();
	{
		let area = SVGBackend::with_string(&mut text, (pixels(WIDTH), pixels(height))).into_drawing_area();
		let style = ("sans-serif", 12).into_text_style(&area);
		let bottom = ROW.saturating_mul(count).saturating_add(6);
		for share in [-1.0, -0.5, 0.0, 0.5, 1.0] {
			let at = x(share * most);
			let colour = if share == 0.0 { BLACK } else { LINE };
			area.draw(&PathElement::new(vec![(at, 2), (at, bottom)], colour)).map_err(plot_failed)?;
			let label = format!("{:.2}", share * most);
			let place = (at.saturating_sub(12), bottom.saturating_add(6));
			area.draw(&Text::new(label, place, style.clone())).map_err(plot_failed)?;
		}
		for (row, term) in (0i32..).zip(terms) {
			let y = ROW.saturating_mul(row).saturating_add(4);
			area.draw(&Text::new(shortened(&term.name, 36), (2, y), style.clone())).map_err(plot_failed)?;
			for (interval, colour, down) in [(term.real, REAL, 4), (term.synthetic, SYNTHETIC, 11)] {
				let Some(Interval { value_ppm, low_ppm, high_ppm }) = interval else { continue };
				let y = y.saturating_add(down);
				let line = vec![(x(unit(low_ppm)), y), (x(unit(high_ppm)), y)];
				area.draw(&PathElement::new(line, colour.stroke_width(2))).map_err(plot_failed)?;
				area.draw(&Circle::new((x(unit(value_ppm)), y), 3, colour.filled())).map_err(plot_failed)?;
			}
		}
		area.present().map_err(plot_failed)?;
	}
	Ok(text)
}

/// Predicted against observed, both curves, with the diagonal.
pub(super) fn calibration(real: &[Calibration], synthetic: &[Calibration]) -> Result<String, SynthesisError> {
	let values = || real.iter().chain(synthetic).flat_map(|c| [unit(c.predicted_ppm), unit(c.observed_ppm)]);
	let low = values().fold(f64::INFINITY, f64::min).min(0.0);
	let high = values().fold(f64::NEG_INFINITY, f64::max);
	let high = if high > low { high } else { low + 1.0 };
	let mut text = String::new();
	{
		let area = SVGBackend::with_string(&mut text, (420, 360)).into_drawing_area();
		let mut chart = ChartBuilder::on(&area)
			.margin(10)
			.x_label_area_size(36)
			.y_label_area_size(54)
			.build_cartesian_2d(low..high, low..high)
			.map_err(plot_failed)?;
		chart
			.configure_mesh()
			.x_labels(5)
			.y_labels(5)
			.x_desc("predicted")
			.y_desc("observed")
			.label_style(("sans-serif", 11))
			.light_line_style(TRANSPARENT)
			.draw()
			.map_err(plot_failed)?;
		chart.draw_series(LineSeries::new([(low, low), (high, high)], LINE)).map_err(plot_failed)?;
		for (curve, colour) in [(real, REAL), (synthetic, SYNTHETIC)] {
			let points: Vec<(f64, f64)> = curve.iter().map(|c| (unit(c.predicted_ppm), unit(c.observed_ppm))).collect();
			chart.draw_series(LineSeries::new(points.clone(), colour.stroke_width(2))).map_err(plot_failed)?;
			let dots = points.into_iter().map(|point| Circle::new(point, 3, colour.filled()));
			chart.draw_series(dots).map_err(plot_failed)?;
		}
		area.present().map_err(plot_failed)?;
	}
	Ok(text)
}
