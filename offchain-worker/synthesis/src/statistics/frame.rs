//! Columns of a table as statistics take them: numbers, groups, yes or no.

use super::StatisticsError;
use crate::{
	error::shown,
	number,
	schema::{Column, ColumnKind},
	Table,
};

/// Most groups that a column may form.
pub const MAX_GROUPS: usize = 50;

/// Parts of one in which numbers are parsed.
const UNITS: f64 = 1e15;

/// Groups that occur in a column: names, and the group of every row.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
	pub names: Vec<String>,
	pub of_row: Vec<Option<usize>>,
}

/// A column of this name that is no identifier, with its codes.
fn column<'t>(table: &'t Table, name: &str) -> Result<(&'t Column, &'t [Option<i64>]), StatisticsError> {
	let schema = table.schema();
	let at = schema.position(name).ok_or_else(|| {
		let known: Vec<&str> = schema.columns.iter().filter(|c| !c.is_identifier()).map(|c| c.name.as_str()).collect();
		StatisticsError::NoSuchColumn { column: shown(name), known: known.join(", ") }
	})?;
	match (schema.columns.get(at), table.codes(at)) {
		(Some(column), Some(codes)) => Ok((column, codes)),
		_ => Err(StatisticsError::Identifier { column: shown(name) }),
	}
}

/// What the schema says of a column that is no identifier.
pub(crate) fn declared<'t>(table: &'t Table, name: &str) -> Result<&'t Column, StatisticsError> {
	Ok(column(table, name)?.0)
}

/// Refuses a column that is named twice.
pub(crate) fn distinct(names: &[&str]) -> Result<(), StatisticsError> {
	let mut sorted = names.to_vec();
	sorted.sort_unstable();
	let twice = sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| a == b);
	twice.map_or(Ok(()), |(name, _)| Err(StatisticsError::NamedTwice { column: shown(name) }))
}

/// A numeric column in its own unit, dates in days since 1970-01-01; or a categorical column whose levels are all numbers.
pub(crate) fn numbers(table: &Table, name: &str) -> Result<Vec<Option<f64>>, StatisticsError> {
	let (column, codes) = column(table, name)?;
	let ColumnKind::Categorical { levels } = &column.kind else {
		let scale = column.scale();
		return Ok(codes.iter().map(|code| code.map(|code| number::to_f64(code, scale))).collect());
	};
	let values: Option<Vec<f64>> = levels.iter().map(|level| number_of_level(level)).collect();
	let values = values.ok_or_else(|| StatisticsError::NotNumeric { column: shown(name), kind: "a category" })?;
	let value = |code: i64| usize::try_from(code).ok().and_then(|at| values.get(at).copied());
	Ok(codes.iter().map(|code| code.and_then(value)).collect())
}

/// The number that a level of a category is, if it is one.
pub(crate) fn number_of_level(level: &str) -> Option<f64> {
	number::parse(level).map(|parsed| parsed.units as f64 / UNITS)
}

/// The groups of a categorical column, or of a numeric one with few values, in the schema's order. Levels that no row has
/// are left out.
pub(crate) fn groups(table: &Table, name: &str) -> Result<Groups, StatisticsError> {
	let (column, codes) = column(table, name)?;
	let mut present: Vec<i64> = codes.iter().flatten().copied().collect();
	present.sort_unstable();
	present.dedup();
	if present.len() > MAX_GROUPS {
		return Err(StatisticsError::TooManyLevels { column: shown(name), limit: MAX_GROUPS });
	}
	let names = present.iter().map(|code| label(column, *code)).collect();
	let of_row = codes.iter().map(|code| code.and_then(|code| present.binary_search(&code).ok())).collect();
	Ok(Groups { names, of_row })
}

/// How a code is written.
pub(crate) fn label(column: &Column, code: i64) -> String {
	match &column.kind {
		ColumnKind::Categorical { levels } => {
			usize::try_from(code).ok().and_then(|at| levels.get(at)).cloned().unwrap_or_default()
		},
		ColumnKind::Date { .. } => crate::calendar::format(code),
		_ => number::format_fixed(code, column.scale()),
	}
}

impl Groups {
	/// The same groups over the rows that are kept, without those that became empty.
	pub fn keep(&self, kept: &[usize]) -> Self {
		let of_kept: Vec<Option<usize>> = kept.iter().map(|row| self.of_row.get(*row).copied().flatten()).collect();
		let occurs: Vec<usize> = (0..self.names.len()).filter(|group| of_kept.contains(&Some(*group))).collect();
		Self {
			names: occurs.iter().filter_map(|group| self.names.get(*group)).cloned().collect(),
			of_row: of_kept.iter().map(|group| group.and_then(|group| occurs.binary_search(&group).ok())).collect(),
		}
	}

	/// Refuses fewer than two groups.
	pub fn at_least_two(&self, name: &str) -> Result<(), StatisticsError> {
		match self.names.len() {
			0 => Err(StatisticsError::TooFewRows { place: place(name), rows: 0, needed: 2 }),
			1 => Err(StatisticsError::Constant { column: shown(name), rows: self.of_row.len() }),
			_ => Ok(()),
		}
	}

	/// Refuses other than two groups.
	pub fn exactly_two(&self, name: &str) -> Result<(), StatisticsError> {
		self.at_least_two(name)?;
		if self.names.len() == 2 {
			return Ok(());
		}
		let (found, levels) = (self.names.len(), self.names.join(", "));
		Err(StatisticsError::NotTwoLevels { column: shown(name), found, levels })
	}

	/// Which rows have the event, and the name of its level: `event` if it is named, else the second of two levels. Where
	/// only one level occurs it must be named, or be written as 0 or 1.
	pub fn event(&self, name: &str, event: Option<&str>) -> Result<(String, Vec<bool>), StatisticsError> {
		let is = |level: &str| self.names.iter().position(|name| name == level);
		let at = match (event, self.names.as_slice()) {
			(Some(level), _) => Some(is(level).ok_or_else(|| StatisticsError::NoSuchLevel {
				column: shown(name),
				level: shown(level),
				known: self.names.join(", "),
			})?),
			(None, [_, _]) => Some(1),
			(None, [only]) if only == "1" => Some(0),
			(None, [only]) if only == "0" => None,
			(None, names) => {
				let (found, levels) = (names.len(), names.join(", "));
				return Err(StatisticsError::NotTwoLevels { column: shown(name), found, levels });
			},
		};
		let label = at.and_then(|at| self.names.get(at)).map_or("1", String::as_str).to_owned();
		Ok((label, self.of_row.iter().map(|group| group.is_some() && *group == at).collect()))
	}
}

/// A column as a place in an error.
pub(crate) fn place(name: &str) -> String {
	format!("column {:?}", shown(name))
}

/// Rows that have a value in each of these columns.
pub(crate) fn complete(rows: usize, present: &[&dyn Fn(usize) -> bool]) -> Vec<usize> {
	(0..rows).filter(|row| present.iter().all(|is| is(*row))).collect()
}

/// Whether a row has a value.
pub(crate) fn has<T>(values: &[Option<T>], row: usize) -> bool {
	values.get(row).is_some_and(Option::is_some)
}

/// The values of these rows, which have one.
pub(crate) fn pick(values: &[Option<f64>], rows: &[usize]) -> Vec<f64> {
	rows.iter().filter_map(|row| values.get(*row).copied().flatten()).collect()
}

/// The values of each group, in the order of rows.
pub(crate) fn split(values: &[f64], groups: &Groups) -> Vec<Vec<f64>> {
	let mut parts = vec![Vec::new(); groups.names.len()];
	for (value, group) in values.iter().zip(&groups.of_row) {
		if let Some(part) = group.and_then(|group| parts.get_mut(group)) {
			part.push(*value);
		}
	}
	parts
}

/// A numeric outcome and its groups over the complete rows.
pub(crate) struct Grouped {
	pub groups: Groups,
	pub parts: Vec<Vec<f64>>,
	pub dropped: usize,
}

/// Reads a numeric column by the groups of another; rows that miss either are dropped and counted.
pub(crate) fn grouped(table: &Table, outcome: &str, group: &str) -> Result<Grouped, StatisticsError> {
	distinct(&[outcome, group])?;
	let (values, groups) = (numbers(table, outcome)?, groups(table, group)?);
	let kept = complete(table.rows(), &[&|row| has(&values, row), &|row| has(&groups.of_row, row)]);
	let groups = groups.keep(&kept);
	groups.at_least_two(group)?;
	let parts = split(&pick(&values, &kept), &groups);
	Ok(Grouped { groups, parts, dropped: table.rows().saturating_sub(kept.len()) })
}

/// A count as a float; exact below 2^53.
pub(crate) fn count(n: usize) -> f64 {
	n as f64
}
