//! Descriptive tables: "Table 1" of a paper.

use super::{
	distribution,
	frame::{self, count, Groups},
	noise::{marginal, Correction, Interval, ReleaseNoise, Uncorrected},
	StatisticsError, CONFIDENCE,
};
use crate::{schema::ColumnKind, Table};
use serde::Serialize;

/// Columns described, over all rows and by group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
	/// Rows of the table.
	pub rows: usize,
	/// The grouping column.
	pub group: Option<String>,
	/// Rows that belong to no group: they miss the grouping column, and count in the overall part only.
	pub rows_without_group: usize,
	/// Overall first, then each group.
	pub parts: Vec<Part>,
}

/// Columns described over some rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
	/// Name of the group; `null` for all rows.
	pub group: Option<String>,
	/// Its rows.
	pub rows: usize,
	/// One entry for every column.
	pub columns: Vec<ColumnSummary>,
}

/// One column described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnSummary {
	/// Its name.
	pub column: String,
	/// Its unit.
	pub unit: Option<String>,
	/// Rows with a value.
	pub n: usize,
	/// Rows without.
	pub missing: usize,
	/// What its values are like; `null` if there are none.
	pub summary: Option<Summary>,
}

/// What a column's values are like.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Summary {
	/// Numbers, in the column's unit.
	Numeric(NumericSummary),
	/// Dates, of which only order is told.
	Date {
		/// First day.
		min: String,
		/// The middle one (the earlier of two).
		median: String,
		/// Last day.
		max: String,
	},
	/// Levels.
	Categorical {
		/// Every declared level that occurs.
		levels: Vec<LevelSummary>,
	},
}

/// Numbers described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NumericSummary {
	/// Arithmetic mean.
	pub mean: f64,
	/// Standard deviation with divisor n - 1; `null` for one value.
	pub standard_deviation: Option<f64>,
	/// Least value.
	pub min: f64,
	/// Lower quartile (Hyndman and Fan's definition 7, as R and NumPy have it).
	pub first_quartile: f64,
	/// Median.
	pub median: f64,
	/// Upper quartile.
	pub third_quartile: f64,
	/// Greatest value.
	pub max: f64,
	/// Interval of the mean by Student's t, as if the rows were patients.
	pub mean_interval: Option<Interval>,
	/// Interval of the mean that counts the real patients and the noise.
	#[serde(flatten)]
	pub correction: Correction<Interval>,
}

/// One level described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelSummary {
	/// The level.
	pub level: String,
	/// Rows that have it.
	pub count: usize,
	/// Share of the rows with a value, 0 to 1.
	pub share: f64,
	/// Wilson's interval of the share (Journal of the American Statistical Association 22, 1927), as if the rows were patients.
	pub share_interval: Interval,
	/// Interval that counts the real patients and the noise.
	#[serde(flatten)]
	pub correction: Correction<Interval>,
}

/// Describes columns (all that are no identifiers if none is named), over all rows and by group.
///
/// # Errors
/// [`StatisticsError`] for unknown or repeated columns, more than [`MAX_GROUPS`](super::MAX_GROUPS) groups, or `noise` out
/// of range.
pub fn describe(
	table: &Table,
	columns: &[&str],
	group: Option<&str>,
	noise: Option<&ReleaseNoise>,
) -> Result<Description, StatisticsError> {
	noise.map_or(Ok(()), ReleaseNoise::validate)?;
	frame::distinct(columns)?;
	let all: Vec<&str>;
	let names = if columns.is_empty() {
		let named = |name: &&str| Some(*name) != group;
		let schema = table.schema();
		all = schema.columns.iter().filter(|c| !c.is_identifier()).map(|c| c.name.as_str()).filter(named).collect();
		&all
	} else {
		columns
	};
	let everyone: Vec<usize> = (0..table.rows()).collect();
	let mut parts = vec![part(table, names, None, &everyone, noise)?];
	let mut rows_without_group = 0;
	if let Some(group) = group {
		let Groups { names: levels, of_row } = frame::groups(table, group)?;
		rows_without_group = of_row.iter().filter(|group| group.is_none()).count();
		for (at, level) in levels.iter().enumerate() {
			let rows: Vec<usize> = of_row.iter().zip(0..).filter(|(of, _)| **of == Some(at)).map(|(_, r)| r).collect();
			parts.push(part(table, names, Some((group, level)), &rows, noise)?);
		}
	}
	Ok(Description { rows: table.rows(), group: group.map(str::to_owned), rows_without_group, parts })
}

fn part(
	table: &Table,
	names: &[&str],
	group: Option<(&str, &str)>,
	rows: &[usize],
	noise: Option<&ReleaseNoise>,
) -> Result<Part, StatisticsError> {
	let group_column = group.map(|(column, _)| column);
	let columns =
		names.iter().map(|name| column(table, name, group_column, rows, noise)).collect::<Result<Vec<_>, _>>()?;
	Ok(Part { group: group.map(|(_, level)| level.to_owned()), rows: rows.len(), columns })
}

fn column(
	table: &Table,
	name: &str,
	group: Option<&str>,
	rows: &[usize],
	noise: Option<&ReleaseNoise>,
) -> Result<ColumnSummary, StatisticsError> {
	let declared = frame::declared(table, name)?;
	let at = table.schema().position(name).unwrap_or(usize::MAX);
	let codes = table.codes(at).unwrap_or_default();
	let mut present: Vec<i64> = rows.iter().filter_map(|row| codes.get(*row).copied().flatten()).collect();
	let n = present.len();
	let summary = match &declared.kind {
		_ if n == 0 => None,
		ColumnKind::Categorical { .. } => {
			present.sort_unstable();
			let levels = present.chunk_by(|a, b| a == b).filter_map(|run| Some((*run.first()?, run.len())));
			let levels =
				levels.map(|(code, hits)| level(frame::label(declared, code), hits, n, (name, group), noise)).collect();
			Some(Summary::Categorical { levels })
		},
		ColumnKind::Date { .. } => {
			present.sort_unstable();
			let middle = n.saturating_sub(1).checked_div(2).unwrap_or(0);
			let day = |at: usize| present.get(at).map(|code| frame::label(declared, *code)).unwrap_or_default();
			Some(Summary::Date { min: day(0), median: day(middle), max: day(n.saturating_sub(1)) })
		},
		_ => {
			let values = frame::pick(&frame::numbers(table, name)?, rows);
			Some(Summary::Numeric(numeric(values, (name, group), noise)))
		},
	};
	let (column, unit) = (name.to_owned(), declared.unit.clone());
	Ok(ColumnSummary { column, unit, n, missing: rows.len().saturating_sub(n), summary })
}

fn level(
	level: String,
	hits: usize,
	rows: usize,
	(name, group): (&str, Option<&str>),
	noise: Option<&ReleaseNoise>,
) -> LevelSummary {
	let corrected = marginal(noise, name, group).and_then(|marginal| marginal.share_interval(hits, rows));
	LevelSummary {
		level,
		count: hits,
		share: count(hits) / count(rows),
		share_interval: wilson(hits, rows),
		correction: Correction::of(corrected),
	}
}

/// Wilson's interval of a share.
pub(crate) fn wilson(hits: usize, rows: usize) -> Interval {
	let z = distribution::normal_two_sided_quantile(1.0 - CONFIDENCE);
	let (p, n) = (count(hits) / count(rows), count(rows));
	let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
	let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
	let interval = Interval::around(centre, half);
	// At 0 and 1 the ends are 0 and 1 but for rounding.
	Interval { low: interval.low.max(0.0), high: interval.high.min(1.0) }
}

fn numeric(values: Vec<f64>, (name, group): (&str, Option<&str>), noise: Option<&ReleaseNoise>) -> NumericSummary {
	let n = values.len();
	let Moments { mean, variance } = moments(&values);
	let mut sorted = values;
	sorted.sort_unstable_by(f64::total_cmp);
	let naive = (n > 1).then(|| {
		let t = distribution::t_two_sided_quantile(1.0 - CONFIDENCE, count(n) - 1.0);
		Interval::around(mean, t * (variance / count(n)).sqrt())
	});
	let corrected = marginal(noise, name, group).and_then(|marginal| {
		let variance = marginal.mean_variance(mean, variance, n)?;
		let freedom = marginal.freedom(n);
		if freedom < 1.0 {
			return Err(Uncorrected::TooFewRows);
		}
		let t = distribution::t_two_sided_quantile(1.0 - CONFIDENCE, freedom);
		Ok(Interval::around(mean, t * variance.sqrt()))
	});
	NumericSummary {
		mean,
		standard_deviation: (n > 1).then(|| variance.sqrt()),
		min: quantile(&sorted, 0.0),
		first_quartile: quantile(&sorted, 0.25),
		median: quantile(&sorted, 0.5),
		third_quartile: quantile(&sorted, 0.75),
		max: quantile(&sorted, 1.0),
		mean_interval: naive,
		correction: Correction::of(corrected),
	}
}

/// Mean and variance (divisor n - 1; 0 for one value).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
	pub mean: f64,
	pub variance: f64,
}

/// Mean, and variance in a second pass about it.
pub(crate) fn moments(values: &[f64]) -> Moments {
	let n = count(values.len());
	let mean = values.iter().sum::<f64>() / n;
	let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
	Moments { mean, variance: if n > 1.0 { squares / (n - 1.0) } else { 0.0 } }
}

/// Quantile of ascending values, by linear interpolation between order statistics (Hyndman and Fan, The American
/// Statistician 50, 1996, definition 7); NaN for none.
pub(crate) fn quantile(sorted: &[f64], p: f64) -> f64 {
	let last = sorted.len().saturating_sub(1);
	let place = p * count(last);
	let below = (place.floor() as usize).min(last);
	let at = |index: usize| sorted.get(index.min(last)).copied().unwrap_or(f64::NAN);
	let (low, high) = (at(below), at(below.saturating_add(1)));
	low + (high - low) * (place - count(below))
}
