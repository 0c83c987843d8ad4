//! Whether some patients are served worse: performance and the target's frequency by levels of quasi-identifiers.

use super::{
	column::{Moments, View},
	metric::{mean, to_ppm, Metric, MetricId},
	utility::{area_under_roc, level_name, r_squared, Predictions},
};
use crate::{
	calendar, number,
	schema::{Column, ColumnKind, ColumnRole},
};
use serde::Serialize;

/// Fewest rows of a group, in each table that counts.
const FEWEST_ROWS: usize = 50;
/// Most groups of a column.
const MOST_GROUPS: usize = 20;
/// Bands of a numeric column, between quantiles of the training rows.
const BANDS: usize = 4;

/// All groups and the worst.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subgroups {
	/// Every group of at least 50 training and 50 synthetic rows.
	pub groups: Vec<Subgroup>,
	/// Largest loss of AUC or R².
	pub worst_loss: Option<Metric>,
	/// Largest gap of the target's frequency or mean.
	pub worst_prevalence: Option<Metric>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subgroup {
	/// The quasi-identifier.
	pub column: String,
	/// Level, or band of numbers.
	pub level: String,
	/// Training rows.
	pub training_rows: usize,
	/// Synthetic rows.
	pub synthetic_rows: usize,
	/// Hold-out rows that were predicted.
	pub tested_rows: usize,
	/// AUC or R² in the group, trained on synthetic rows; `None` for fewer than 50 predicted rows or one class.
	pub tstr_ppm: Option<i64>,
	/// The same trained on real rows.
	pub trtr_ppm: Option<i64>,
	/// Share of the scored level, or mean of a numeric target in its own unit, among training rows, in millionths.
	pub training_target_ppm: Option<i64>,
	/// The same among synthetic rows.
	pub synthetic_target_ppm: Option<i64>,
	/// Gap of shares, or of means in standard deviations, in millionths.
	pub target_gap_ppm: Option<i64>,
}

/// Codes from `low` to `high`.
struct Group {
	low: i64,
	high: i64,
	name: String,
}

impl Group {
	fn rows(&self, view: &View<'_>) -> Vec<usize> {
		let inside = |code: &Option<i64>| code.is_some_and(|code| (self.low..=self.high).contains(&code));
		view.codes.iter().enumerate().filter(|(_, code)| inside(code)).map(|(row, _)| row).collect()
	}
}

fn shown(column: &Column, code: i64) -> String {
	match column.kind {
		ColumnKind::Date { .. } => calendar::format(code),
		_ => number::format_fixed(code, column.scale()),
	}
}

fn groups(view: &View<'_>) -> Vec<Group> {
	let mut codes: Vec<i64> = view.codes.iter().flatten().copied().collect();
	codes.sort_unstable();
	if view.column.is_numeric() {
		let mut cuts: Vec<i64> = (0..=BANDS)
			.filter_map(|k| {
				let at = k.checked_mul(codes.len().checked_sub(1)?)?.checked_div(BANDS)?;
				codes.get(at).copied()
			})
			.collect();
		cuts.dedup();
		let last = cuts.len().saturating_sub(2);
		let band = |(at, pair): (usize, &[i64])| {
			let (low, next) = (*pair.first()?, *pair.last()?);
			let high = if at == last { next } else { next.checked_sub(1)? };
			let name = format!("{} to {}", shown(view.column, low), shown(view.column, high));
			Some(Group { low, high, name })
		};
		return cuts.windows(2).enumerate().filter_map(band).collect();
	}
	let mut sizes: Vec<(usize, i64)> =
		codes.chunk_by(|a, b| a == b).filter_map(|run| Some((run.len(), *run.first()?))).collect();
	sizes.sort_by_key(|(size, code)| (std::cmp::Reverse(*size), *code));
	let level = |(_, code): (usize, i64)| Some(Group { low: code, high: code, name: level_name(view.column, code)? });
	sizes.into_iter().take(MOST_GROUPS).filter_map(level).collect()
}

/// Mean of the target, or share of the scored level, over rows where it is present.
fn frequency(goal: &View<'_>, class: Option<i64>, rows: &[usize]) -> Option<f64> {
	let floats = goal.floats();
	mean(rows.iter().filter_map(|row| {
		let code = goal.codes.get(*row).copied().flatten()?;
		match class {
			Some(class) => Some(f64::from(u8::from(code == class))),
			None => floats.get(*row).copied(),
		}
	}))
}

fn performance(predictions: &Predictions<'_>, values: &[f64], places: &[usize]) -> Option<f64> {
	let pick = |from: &[f64]| places.iter().filter_map(|at| from.get(*at).copied()).collect::<Vec<f64>>();
	let (values, truth) = (pick(values), pick(&predictions.truth));
	if predictions.class.is_some() {
		area_under_roc(&values, &truth.iter().map(|y| *y > 0.5).collect::<Vec<_>>())
	} else {
		r_squared(&values, &truth)
	}
}

/// Every quasi-identifier's groups; `None` if there is none large enough.
pub(crate) fn subgroups(
	real: &[View<'_>],
	held: &[View<'_>],
	made: &[View<'_>],
	predictions: &Predictions<'_>,
) -> Option<Subgroups> {
	let target = predictions.target.at;
	let (goal_real, goal_made) = (real.get(target)?, made.get(target)?);
	let deviation = Moments::of(&goal_real.floats()).map_or(0.0, |m| m.deviation);
	let unit = if predictions.class.is_some() || deviation == 0.0 { 1.0 } else { deviation };
	let (mut all, mut losses, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
	for ((r, h), s) in real.iter().zip(held).zip(made) {
		if r.column.role != ColumnRole::Quasi || r.column.name == predictions.target.column.name {
			continue;
		}
		for group in groups(r) {
			let (training, synthetic, tested) = (group.rows(r), group.rows(s), group.rows(h));
			if training.len().min(synthetic.len()) < FEWEST_ROWS {
				continue;
			}
			let inside = |row: &usize| tested.binary_search(row).is_ok();
			let places: Vec<usize> =
				predictions.rows.iter().enumerate().filter(|(_, row)| inside(row)).map(|(at, _)| at).collect();
			let enough = places.len() >= FEWEST_ROWS;
			let score = |values: &[f64]| enough.then(|| performance(predictions, values, &places)).flatten();
			let (tstr, trtr) = (score(&predictions.tstr.values), score(&predictions.trtr.values));
			let class = predictions.class;
			let (a, b) = (frequency(goal_real, class, &training), frequency(goal_made, class, &synthetic));
			let gap = a.zip(b).map(|(a, b)| (a - b).abs() / unit);
			losses.extend(tstr.zip(trtr).map(|(tstr, trtr)| trtr - tstr));
			gaps.extend(gap);
			all.push(Subgroup {
				column: r.column.name.clone(),
				level: group.name,
				training_rows: training.len(),
				synthetic_rows: synthetic.len(),
				tested_rows: places.len(),
				tstr_ppm: tstr.and_then(to_ppm),
				trtr_ppm: trtr.and_then(to_ppm),
				training_target_ppm: a.and_then(to_ppm),
				synthetic_target_ppm: b.and_then(to_ppm),
				target_gap_ppm: gap.and_then(to_ppm),
			});
		}
	}
	let worst = |id, values: Vec<f64>| Metric::new(id, values.into_iter().reduce(f64::max)?);
	(!all.is_empty()).then(|| Subgroups {
		groups: all,
		worst_loss: worst(MetricId::WorstSubgroupLoss, losses),
		worst_prevalence: worst(MetricId::WorstSubgroupPrevalence, gaps),
	})
}
