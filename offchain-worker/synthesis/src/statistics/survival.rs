//! Times to an event: the Kaplan–Meier estimate and the log-rank test.

use super::{
	distribution,
	frame::{self, count, Groups},
	noise::{Correction, Interval, Uncorrected},
	StatisticsError, CONFIDENCE,
};
use crate::{error::shown, Table};
use serde::Serialize;

/// Survival this close to a half is a half: products of fractions round.
const ROUNDING: f64 = 1e-12;

/// Survival curves, one for every group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KaplanMeier {
	/// The column of times.
	pub time: String,
	/// Unit of the times.
	pub unit: Option<String>,
	/// The column that says whether the event happened.
	pub event: String,
	/// Its level that is the event; all others are censored.
	pub event_level: String,
	/// The grouping column.
	pub group: Option<String>,
	/// Rows that miss one of the columns.
	pub dropped_rows: usize,
	/// The curves.
	pub curves: Vec<Curve>,
	/// Theory gives no corrected curve.
	#[serde(flatten)]
	pub correction: Correction<Interval>,
}

/// One survival curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
	/// The group; `null` for all rows.
	pub group: Option<String>,
	/// Complete rows.
	pub n: usize,
	/// Of these, rows with the event.
	pub events: usize,
	/// First time at which at most half survive; `null` if that is not reached.
	pub median: Option<f64>,
	/// Interval of the median (Brookmeyer and Crowley, Biometrics 38, 1982, with log-log limits).
	pub median_low: Option<f64>,
	/// Its upper end; `null` if not reached.
	pub median_high: Option<f64>,
	/// One entry for every time with an event.
	pub steps: Vec<Step>,
}

/// The curve from one event time to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Step {
	/// The time.
	pub time: f64,
	/// Rows under observation until just before.
	pub at_risk: usize,
	/// Events at this time.
	pub events: usize,
	/// Π (1 - events / at risk) (Kaplan and Meier, Journal of the American Statistical Association 53, 1958).
	pub survival: f64,
	/// S √(Σ d / (r (r - d))) (Greenwood 1926).
	pub standard_error: f64,
	/// S^exp(± z √(Σ d / (r (r - d))) / ln S), the log-log interval (Kalbfleisch and Prentice 1980); `null` at S = 0.
	pub interval: Option<Interval>,
}

/// Groups of survival times compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogRank {
	/// The column of times.
	pub time: String,
	/// The column that says whether the event happened.
	pub event: String,
	/// Its level that is the event.
	pub event_level: String,
	/// The grouping column.
	pub group: String,
	/// Rows that miss one of the columns.
	pub dropped_rows: usize,
	/// Observed and expected events.
	pub groups: Vec<LogRankGroup>,
	/// (O - E)ᵀ V⁻ (O - E), V with the hypergeometric variances (Mantel 1966; Peto and Peto 1972).
	pub statistic: f64,
	/// Groups - 1.
	pub degrees_of_freedom: usize,
	/// Upper tail of χ².
	pub p_value: f64,
	/// Theory gives no corrected test.
	#[serde(flatten)]
	pub correction: Correction<Interval>,
}

/// One group of a log-rank test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogRankGroup {
	/// The level.
	pub level: String,
	/// Complete rows.
	pub n: usize,
	/// Events that happened.
	pub observed: f64,
	/// Events expected if all groups had one hazard.
	pub expected: f64,
}

/// Complete rows, ordered by time.
struct Times {
	/// Time, whether the event happened, group.
	rows: Vec<(f64, bool, usize)>,
	event_level: String,
	groups: Groups,
	dropped: usize,
}

impl Times {
	fn read(
		table: &Table,
		time: &str,
		event: &str,
		event_level: Option<&str>,
		group: Option<&str>,
	) -> Result<Self, StatisticsError> {
		let named: Vec<&str> = [time, event].into_iter().chain(group).collect();
		frame::distinct(&named)?;
		let (times, events) = (frame::numbers(table, time)?, frame::groups(table, event)?);
		let groups = match group {
			Some(group) => frame::groups(table, group)?,
			None => Groups { names: vec![String::new()], of_row: vec![Some(0); table.rows()] },
		};
		let kept = frame::complete(
			table.rows(),
			&[&|row| frame::has(&times, row), &|row| frame::has(&events.of_row, row), &|row| {
				frame::has(&groups.of_row, row)
			}],
		);
		if kept.is_empty() {
			return Err(StatisticsError::TooFewRows { place: frame::place(time), rows: 0, needed: 1 });
		}
		let (times, groups) = (frame::pick(&times, &kept), groups.keep(&kept));
		if let Some(value) = times.iter().copied().find(|value| *value < 0.0) {
			return Err(StatisticsError::NegativeTime { column: shown(time), value });
		}
		let (event_level, happened) = events.keep(&kept).event(event, event_level)?;
		if !happened.contains(&true) {
			return Err(StatisticsError::NoEvents { column: shown(event) });
		}
		let of_row = groups.of_row.iter().map(|group| group.unwrap_or(0));
		let mut rows: Vec<_> = times.into_iter().zip(happened).zip(of_row).map(|((t, e), g)| (t, e, g)).collect();
		rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
		Ok(Self { rows, event_level, groups, dropped: table.rows().saturating_sub(kept.len()) })
	}
}

/// Estimates survival curves, overall or by group. `event_level` is the level of `event` that counts; if none is named: 1 of
/// 0 and 1, else the second of two levels.
///
/// # Errors
/// [`StatisticsError`] for times that are no numbers or negative, an event column without two levels, or no event at all.
pub fn kaplan_meier(
	table: &Table,
	time: &str,
	event: &str,
	event_level: Option<&str>,
	group: Option<&str>,
) -> Result<KaplanMeier, StatisticsError> {
	let times = Times::read(table, time, event, event_level, group)?;
	let curve = |(at, name): (usize, &String)| {
		let rows: Vec<(f64, bool)> = times.rows.iter().filter(|row| row.2 == at).map(|row| (row.0, row.1)).collect();
		curve(group.map(|_| name.clone()), &rows)
	};
	Ok(KaplanMeier {
		time: time.into(),
		unit: frame::declared(table, time)?.unit.clone(),
		event: event.into(),
		group: group.map(str::to_owned),
		dropped_rows: times.dropped,
		curves: times.groups.names.iter().enumerate().map(curve).collect(),
		event_level: times.event_level,
		correction: Correction::of(Err(Uncorrected::Survival)),
	})
}

fn curve(group: Option<String>, rows: &[(f64, bool)]) -> Curve {
	let z = distribution::normal_two_sided_quantile(1.0 - CONFIDENCE);
	let (mut at_risk, mut survival, mut sum) = (rows.len(), 1.0, 0.0);
	let mut steps = Vec::new();
	for run in rows.chunk_by(|a, b| a.0 == b.0) {
		let events = run.iter().filter(|(_, happened)| *happened).count();
		if let (Some((time, _)), true) = (run.first(), events > 0) {
			let (risk, died) = (count(at_risk), count(events));
			survival *= 1.0 - died / risk;
			sum += died / (risk * (risk - died));
			let alive = events < at_risk;
			steps.push(Step {
				time: *time,
				at_risk,
				events,
				survival,
				standard_error: if alive { survival * sum.sqrt() } else { 0.0 },
				interval: alive.then(|| log_log(survival, sum, z)),
			});
		}
		at_risk = at_risk.saturating_sub(run.len());
	}
	let first = |reached: &dyn Fn(&Step) -> bool| steps.iter().find(|step| reached(step)).map(|step| step.time);
	let half = 0.5 + ROUNDING;
	Curve {
		group,
		n: rows.len(),
		events: rows.iter().filter(|(_, happened)| *happened).count(),
		median: first(&|step| step.survival <= half),
		median_low: first(&|step| step.interval.map_or(0.0, |interval| interval.low) <= half),
		median_high: first(&|step| step.interval.is_some_and(|interval| interval.high <= half)),
		steps,
	}
}

fn log_log(survival: f64, sum: f64, z: f64) -> Interval {
	let width = z * sum.sqrt() / libm::log(survival);
	let end = |width: f64| libm::pow(survival, libm::exp(width));
	Interval { low: end(-width), high: end(width) }
}

/// Tests whether groups have one hazard.
///
/// # Errors
/// As [`kaplan_meier`], and for a grouping with fewer than two groups, or whose groups are never at risk together.
pub fn log_rank(
	table: &Table,
	time: &str,
	event: &str,
	event_level: Option<&str>,
	group: &str,
) -> Result<LogRank, StatisticsError> {
	let times = Times::read(table, time, event, event_level, Some(group))?;
	times.groups.at_least_two(group)?;
	let sums = Sums::over(&times.rows, times.groups.names.len());
	let no_overlap = || StatisticsError::NoOverlap { column: shown(group) };
	let statistic = sums.statistic().ok_or_else(no_overlap)?;
	let degrees_of_freedom = times.groups.names.len().saturating_sub(1);
	let groups = times.groups.names.iter().zip(&sums.members).zip(sums.observed.iter().zip(&sums.expected));
	let groups = groups.map(|((level, n), (observed, expected))| LogRankGroup {
		level: level.clone(),
		n: *n,
		observed: *observed,
		expected: *expected,
	});
	Ok(LogRank {
		time: time.into(),
		event: event.into(),
		group: group.into(),
		dropped_rows: times.dropped,
		groups: groups.collect(),
		statistic,
		degrees_of_freedom,
		p_value: distribution::chi_square_upper(statistic, count(degrees_of_freedom)),
		event_level: times.event_level,
		correction: Correction::of(Err(Uncorrected::Survival)),
	})
}

/// What the log-rank test adds up over event times.
struct Sums {
	members: Vec<usize>,
	observed: Vec<f64>,
	expected: Vec<f64>,
	/// Covariance of observed - expected: one list for every group.
	covariance: Vec<Vec<f64>>,
}

impl Sums {
	fn over(rows: &[(f64, bool, usize)], groups: usize) -> Self {
		let mut members = vec![0usize; groups];
		let add = |counts: &mut Vec<usize>, group: usize| {
			if let Some(count) = counts.get_mut(group) {
				*count = count.saturating_add(1);
			}
		};
		rows.iter().for_each(|row| add(&mut members, row.2));
		let mut gone = vec![0usize; groups];
		let mut sums = Self {
			observed: vec![0.0; groups],
			expected: vec![0.0; groups],
			covariance: vec![vec![0.0; groups]; groups],
			members,
		};
		for run in rows.chunk_by(|a, b| a.0 == b.0) {
			let events = count(run.iter().filter(|row| row.1).count());
			if events > 0.0 {
				let at_risk = sums.members.iter().zip(&gone).map(|(all, gone)| count(all.saturating_sub(*gone)));
				let at_risk: Vec<f64> = at_risk.collect();
				for row in run.iter().filter(|row| row.1) {
					if let Some(observed) = sums.observed.get_mut(row.2) {
						*observed += 1.0;
					}
				}
				sums.add(&at_risk, events);
			}
			run.iter().for_each(|row| add(&mut gone, row.2));
		}
		sums
	}

	/// Adds an event time: the events of a group are hypergeometric given the numbers at risk.
	fn add(&mut self, at_risk: &[f64], events: f64) {
		let all: f64 = at_risk.iter().sum();
		self.expected.iter_mut().zip(at_risk).for_each(|(expected, risk)| *expected += events * risk / all);
		if all <= 1.0 {
			return;
		}
		let scale = events * (all - events) / (all - 1.0);
		for (i, (row, own)) in self.covariance.iter_mut().zip(at_risk).enumerate() {
			for (j, (cell, other)) in row.iter_mut().zip(at_risk).enumerate() {
				let same = f64::from(u8::from(i == j));
				*cell += scale * own / all * (same - other / all);
			}
		}
	}

	/// The quadratic form over all groups but the last, by Gaussian elimination without exchange (the matrix is positive
	/// definite); `None` if it is singular.
	fn statistic(&self) -> Option<f64> {
		let size = self.observed.len().checked_sub(1)?;
		let mut rest: Vec<f64> = self.observed.iter().zip(&self.expected).take(size).map(|(o, e)| o - e).collect();
		let mut matrix: Vec<Vec<f64>> =
			self.covariance.iter().take(size).map(|row| row.iter().take(size).copied().collect()).collect();
		let scale = matrix.iter().enumerate().filter_map(|(i, row)| row.get(i)).copied().fold(0.0, f64::max);
		let mut statistic = 0.0;
		for at in 0..size {
			let (done, below) = matrix.split_at_mut(at.saturating_add(1));
			let row = done.last()?;
			let pivot = *row.get(at)?;
			if pivot.is_nan() || pivot <= 1e-12 * scale {
				return None;
			}
			let value = *rest.get(at)?;
			statistic += value * value / pivot;
			for (other, target) in below.iter_mut().zip(rest.iter_mut().skip(at.saturating_add(1))) {
				let factor = *other.get(at)? / pivot;
				other.iter_mut().zip(row).for_each(|(cell, own)| *cell -= factor * own);
				*target -= factor * value;
			}
		}
		Some(statistic)
	}
}
