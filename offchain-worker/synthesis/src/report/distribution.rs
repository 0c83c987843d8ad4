//! One column's distribution, real beside synthetic.

use super::{plot_failed, sections::amount, shortened};
use crate::{calendar, error::SynthesisError, evaluate::View, schema::ColumnKind};
use plotters::prelude::*;
use std::collections::BTreeMap;

const SIZE: (u32, u32) = (360, 200);
const REAL: RGBColor = RGBColor(38, 70, 102);
const SYNTHETIC: RGBColor = RGBColor(232, 140, 58);
/// Bars of a numeric column.
const BINS: usize = 24;
/// Levels of a categorical column that get bars; the rest is pooled.
const LEVELS: usize = 10;

/// Bars of one column: label, real share, synthetic share.
struct Bars {
	labels: Vec<String>,
	real: Vec<f64>,
	synthetic: Vec<f64>,
}

/// The plot as SVG.
pub(super) fn draw(real: &View<'_>, synthetic: &View<'_>) -> Result<String, SynthesisError> {
	let bars = if real.column.is_numeric() { numeric_bars(real, synthetic) } else { level_bars(real, synthetic) };
	match bars {
		Some(bars) => svg(&bars, real.column.is_numeric()),
		None => Ok(String::new()),
	}
}

fn shares(counts: &[f64]) -> Vec<f64> {
	let total: f64 = counts.iter().sum();
	counts.iter().map(|count| if total > 0.0 { count / total } else { 0.0 }).collect()
}

/// Equal bins over the central 99 % of the real codes; what lies outside counts to the end bins.
fn numeric_bars(real: &View<'_>, synthetic: &View<'_>) -> Option<Bars> {
	let mut sorted: Vec<i64> = real.codes.iter().flatten().copied().collect();
	sorted.sort_unstable();
	let last = sorted.len().checked_sub(1)?;
	let quantile = |per_mille: usize| {
		let at = last.checked_mul(per_mille)?.checked_div(1000)?;
		sorted.get(at).copied()
	};
	let (low, high) = (quantile(5)?, quantile(995)?);
	let span = high.abs_diff(low).saturating_add(1);
	let bins = usize::try_from(span).map_or(BINS, |span| span.min(BINS));
	let bin_of = |code: i64| -> usize {
		let ahead = u128::from(code.clamp(low, high).abs_diff(low));
		let bin = ahead.saturating_mul(u128::try_from(bins).unwrap_or(1)).checked_div(u128::from(span)).unwrap_or(0);
		usize::try_from(bin).unwrap_or(0)
	};
	let count = |view: &View<'_>| {
		let mut counts = vec![0.0; bins];
		for code in view.codes.iter().flatten() {
			if let Some(cell) = counts.get_mut(bin_of(*code)) {
				*cell += 1.0;
			}
		}
		shares(&counts)
	};
	let label = |bin: usize| {
		let code = low as f64 + span as f64 * bin as f64 / bins as f64;
		match real.column.kind {
			ColumnKind::Date { .. } => calendar::format(code as i64),
			ColumnKind::Integer { .. } => format!("{code:.0}"),
			_ => amount(code / libm::pow(10.0, f64::from(real.column.scale()))),
		}
	};
	Some(Bars { labels: (0..bins).map(label).collect(), real: count(real), synthetic: count(synthetic) })
}

/// The most frequent real levels, and all others as one.
fn level_bars(real: &View<'_>, synthetic: &View<'_>) -> Option<Bars> {
	let ColumnKind::Categorical { levels } = &real.column.kind else {
		return None;
	};
	let count = |view: &View<'_>| {
		let mut counts: BTreeMap<i64, f64> = BTreeMap::new();
		for code in view.codes.iter().flatten() {
			*counts.entry(*code).or_insert(0.0) += 1.0;
		}
		counts
	};
	let (a, b) = (count(real), count(synthetic));
	let of = |counts: &BTreeMap<i64, f64>, code| counts.get(&code).copied().unwrap_or(0.0);
	let mut order: Vec<(i64, &String)> = (0i64..).zip(levels).collect();
	order.sort_by(|x, y| of(&a, y.0).total_cmp(&of(&a, x.0)).then(x.0.cmp(&y.0)));
	let (shown, rest) = order.split_at(order.len().min(LEVELS));
	let column = |counts: &BTreeMap<i64, f64>| {
		let mut bars: Vec<f64> = shown.iter().map(|(code, _)| of(counts, *code)).collect();
		if !rest.is_empty() {
			bars.push(rest.iter().map(|(code, _)| of(counts, *code)).sum());
		}
		shares(&bars)
	};
	// About 64 characters fit below the plot.
	let room = 64usize.checked_div(shown.len()).unwrap_or(64).clamp(5, 16);
	let mut labels: Vec<String> = shown.iter().map(|(_, level)| shortened(level, room)).collect();
	if !rest.is_empty() {
		labels.push("others".into());
	}
	Some(Bars { labels, real: column(&a), synthetic: column(&b) })
}

fn svg(bars: &Bars, numeric: bool) -> Result<String, SynthesisError> {
	let mut text = String::new();
	{
		let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
		let top = bars.real.iter().chain(&bars.synthetic).copied().fold(0.0, f64::max);
		let count = bars.labels.len() as f64;
		let mut chart = ChartBuilder::on(&area)
			.margin(6)
			.x_label_area_size(22)
			.y_label_area_size(38)
			.build_cartesian_2d(0.0..count, 0.0..(top * 1.08).max(0.01))
			.map_err(plot_failed)?;
		let label = |x: &f64| {
			let at = if numeric { *x } else { *x - 0.5 };
			let nearest = libm::round(at);
			if at < -0.01 || (!numeric && libm::fabs(at - nearest) > 0.01) {
				return String::new();
			}
			bars.labels.get(nearest as usize).cloned().unwrap_or_default()
		};
		let ticks = if numeric { 5 } else { bars.labels.len().saturating_mul(2).saturating_add(1) };
		chart
			.configure_mesh()
			.disable_x_mesh()
			.x_labels(ticks)
			.y_labels(4)
			.light_line_style(TRANSPARENT)
			.x_label_formatter(&label)
			.y_label_formatter(&|y| format!("{:.0} %", y * 100.0))
			.label_style(("sans-serif", 10))
			.draw()
			.map_err(plot_failed)?;
		for (shares, colour, from, to) in [(&bars.real, REAL, 0.08, 0.48), (&bars.synthetic, SYNTHETIC, 0.52, 0.92)] {
			let rectangles = (0u32..).zip(shares).map(|(at, share)| {
				let left = f64::from(at);
				Rectangle::new([(left + from, 0.0), (left + to, *share)], colour.filled())
			});
			chart.draw_series(rectangles).map_err(plot_failed)?;
		}
		area.present().map_err(plot_failed)?;
	}
	Ok(text)
}
