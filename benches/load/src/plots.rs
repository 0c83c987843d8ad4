//! Plots as SVG.

use crate::error::LoadError;
use plotters::prelude::*;

const COLOURS: [RGBColor; 6] = [
	RGBColor(38, 70, 102),
	RGBColor(232, 140, 58),
	RGBColor(74, 140, 98),
	RGBColor(150, 74, 122),
	RGBColor(110, 110, 110),
	RGBColor(190, 60, 50),
];
/// Pixels.
const SIZE: (u32, u32) = (860, 300);

/// A line of a plot.
pub struct Series {
	/// Its name in the legend.
	pub name: String,
	/// Its points, by x.
	pub points: Vec<(f64, f64)>,
}

impl Series {
	/// A line.
	pub fn new(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
		Self { name: name.into(), points: points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect() }
	}
}

/// A plot of lines over a common x, from zero. `None` if there is nothing to show.
///
/// # Errors
/// [`LoadError::Plot`] if it cannot be drawn.
pub fn lines(title: &str, x: &str, y: &str, series: &[Series]) -> Result<Option<String>, LoadError> {
	let points = || series.iter().flat_map(|series| &series.points);
	let far = points().map(|point| point.0).fold(0.0, f64::max);
	if far <= 0.0 {
		return Ok(None);
	}
	let high = points().map(|point| point.1).fold(0.0, f64::max).max(1e-9) * 1.08;
	let mut text = String::new();
	draw(&mut text, (far, high), (x, y), series).map_err(|problem| LoadError::Plot { title: title.into(), problem })?;
	Ok(Some(text))
}

fn draw(text: &mut String, (far, high): (f64, f64), names: (&str, &str), series: &[Series]) -> Result<(), String> {
	let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
	let mut chart = ChartBuilder::on(&area)
		.margin(10)
		.x_label_area_size(36)
		.y_label_area_size(64)
		.build_cartesian_2d(0.0..far, 0.0..high)
		.map_err(failed)?;
	chart
		.configure_mesh()
		.x_desc(names.0)
		.y_desc(names.1)
		.label_style(("sans-serif", 11))
		.light_line_style(TRANSPARENT)
		.draw()
		.map_err(failed)?;
	for (series, colour) in series.iter().zip(COLOURS.iter().cycle()) {
		let style = colour.stroke_width(2);
		chart
			.draw_series(LineSeries::new(series.points.iter().copied(), style))
			.map_err(failed)?
			.label(series.name.clone())
			.legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
	}
	chart
		.configure_series_labels()
		.position(SeriesLabelPosition::UpperLeft)
		.background_style(WHITE.mix(0.85))
		.label_font(("sans-serif", 11))
		.draw()
		.map_err(failed)?;
	area.present().map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> String {
	error.to_string()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_plot_names_its_lines_and_loads_nothing() {
		let series =
			[Series::new("included", [(0.0, 1.0), (1.0, 2.0)]), Series::new("final", [(0.0, f64::NAN), (2.0, 1.0)])];
		let svg = lines("t", "seconds", "rate", &series).unwrap().unwrap();
		assert!(svg.starts_with("<svg") && svg.contains("included") && svg.contains("final"), "{svg}");
		assert!(!svg.contains("NaN") && !svg.contains("href"), "{svg}");
	}

	#[test]
	fn nothing_to_show_is_no_plot() {
		assert!(lines("t", "x", "y", &[]).unwrap().is_none());
		assert!(lines("t", "x", "y", &[Series::new("a", [(0.0, 1.0)])]).unwrap().is_none());
	}
}
