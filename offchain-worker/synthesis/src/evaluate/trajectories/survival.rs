//! Survival of synthetic patients against that of real ones.

use super::Side;
use crate::{
	error::SynthesisError,
	statistics::{kaplan_meier, Curve, StatisticsError},
	table::Table,
	trajectory::TrajectoryError,
};
use serde::Serialize;

/// Where the synthetic survival curve lies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurvivalBand {
	/// Event times of the real curve at which it has a band.
	pub times: usize,
	/// Of these, times at which the synthetic curve lies inside the band.
	pub inside: usize,
	/// The real curve.
	pub training: Curve,
	/// The synthetic curve.
	pub synthetic: Curve,
}

/// Compares Kaplan and Meier's curves of the patients' first rows: at how many of the real curve's event times the synthetic
/// curve lies inside the real one's pointwise 95 % band ([`Step::interval`](crate::statistics::Step)). Of curves that are
/// truly alike, estimated from as many patients, most but not all times are inside.
///
/// `time` and `event` are static columns: time to the event or to the end of observation, and what happened then;
/// `event_level` as in [`kaplan_meier`].
///
/// # Errors
/// [`SynthesisError::Trajectory`] for tables without patients or times; [`SynthesisError::Statistics`] for columns that are
/// no times or events.
pub fn survival_within_band(
	training: &Table,
	synthetic: &Table,
	time: &str,
	event: &str,
	event_level: Option<&str>,
) -> Result<SurvivalBand, SynthesisError> {
	let (training, synthetic) = (firsts(training)?, firsts(synthetic)?);
	let level = |level: Option<&str>, table: &Table| curve(table, time, event, level);
	let (real, level_found) = level(event_level, &training)?;
	let (made, _) = level(Some(&level_found), &synthetic)?;
	let (mut times, mut inside) = (0usize, 0usize);
	for step in &real.steps {
		if let Some(band) = step.interval {
			let survival =
				made.steps.iter().rev().find(|other| other.time <= step.time).map_or(1.0, |other| other.survival);
			times = times.saturating_add(1);
			inside = inside.saturating_add(usize::from((band.low..=band.high).contains(&survival)));
		}
	}
	Ok(SurvivalBand { times, inside, training: real, synthetic: made })
}

fn firsts(table: &Table) -> Result<Table, TrajectoryError> {
	let side = Side::of(table)?;
	Ok(table.select(&side.rows(1))?)
}

fn curve(table: &Table, time: &str, event: &str, level: Option<&str>) -> Result<(Curve, String), StatisticsError> {
	let found = kaplan_meier(table, time, event, level, None)?;
	let nothing = || StatisticsError::NoEvents { column: event.into() };
	Ok((found.curves.into_iter().next().ok_or_else(nothing)?, found.event_level))
}
