//! Conditions that sampled rows satisfy.

use super::{Domain, Grouping};
use crate::{
	error::shown,
	schema::{count, parse_conditions, propagate, universe, CodeSet, ConditionError, Rules, Schema},
	table::Table,
};
use std::collections::BTreeMap;

/// Conditions on sampled rows: `age >= 65, sex = F, dx in {A41, I50.9} and hba1c is missing`.
///
/// A condition compares one column: `=`, `!=`, `<`, `<=`, `>`, `>=`, `in {…}`, `not in {…}`, `is missing`,
/// `is not missing`, `is applicable`, `is not applicable`, and `or missing` behind any of them. All conditions, joined
/// by commas or `and`, hold in every row. Names and values that hold signs are put in quotes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
	text: String,
	/// What is left of columns that are narrowed, by name.
	cells: BTreeMap<String, CodeSet>,
}

impl Conditions {
	/// Reads conditions and follows them through the schema's constraints. Total on hostile text.
	///
	/// # Errors
	/// [`ConditionError`] names the place or column, the value and the remedy; also for conditions that nothing satisfies.
	pub fn parse(text: &str, schema: &Schema) -> Result<Self, ConditionError> {
		schema.validate()?;
		let rules = Rules::compile(schema)?;
		let unsatisfiable = |column: usize| ConditionError::Unsatisfiable {
			column: schema.columns.get(column).map_or_else(String::new, |column| shown(&column.name)),
		};
		let mut before: Vec<CodeSet> = schema.columns.iter().map(universe).collect();
		propagate(&rules, schema, &mut before).map_err(unsatisfiable)?;
		let mut after = before.clone();
		for (column, cells) in parse_conditions(text, schema)? {
			if let Some(left) = after.get_mut(column) {
				*left = left.intersection(&cells);
			}
		}
		propagate(&rules, schema, &mut after).map_err(unsatisfiable)?;
		let narrowed = before.iter().zip(after).zip(&schema.columns).filter(|((before, after), _)| *before != after);
		let cells = narrowed.map(|((_, after), column)| (column.name.clone(), after)).collect();
		Ok(Self { text: text.trim().into(), cells })
	}

	/// No conditions.
	#[must_use]
	pub fn none() -> Self {
		Self::default()
	}

	/// Whether every row satisfies them.
	#[must_use]
	pub fn is_none(&self) -> bool {
		self.cells.is_empty()
	}

	/// The text that was read, trimmed.
	#[must_use]
	pub fn text(&self) -> &str {
		&self.text
	}

	/// Names of the columns that the conditions narrow, directly or through constraints, in ascending order.
	pub fn columns(&self) -> impl Iterator<Item = &str> {
		self.cells.keys().map(String::as_str)
	}

	/// What is left of a column; `None` if all.
	pub(super) fn cells(&self, domain: &Domain, column: usize) -> Option<&CodeSet> {
		self.cells.get(&domain.schema().columns.get(column)?.name)
	}

	/// The share of every group's weight that satisfies the conditions on a column, within 0 to 1: the weight of a
	/// level counts by the share of its codes that are allowed. 1 everywhere without conditions on the column.
	#[must_use]
	pub fn evidence(&self, domain: &Domain, column: usize, grouping: &Grouping) -> Vec<f64> {
		let cells = self.cells(domain, column);
		grouping.groups.iter().map(|members| cells.map_or(1.0, |cells| share(cells, domain, column, members))).collect()
	}

	/// The rows of a table that satisfy the conditions, ascending; columns that the table does not have count as missing
	/// cells.
	#[must_use]
	pub fn rows(&self, table: &Table) -> Vec<usize> {
		let columns: Vec<_> = self
			.cells
			.iter()
			.map(|(name, cells)| (table.schema().position(name).and_then(|at| table.codes(at)), cells))
			.collect();
		let holds = |row: &usize| {
			columns.iter().all(|(codes, cells)| {
				cells.contains(codes.as_ref().and_then(|codes| codes.get(*row).copied().flatten()))
			})
		};
		(0..table.rows()).filter(holds).collect()
	}

	/// How many rows of a table violate the conditions.
	#[must_use]
	pub fn violations(&self, table: &Table) -> usize {
		table.rows().saturating_sub(self.rows(table).len())
	}
}

fn share(cells: &CodeSet, domain: &Domain, column: usize, members: &[(u32, u32)]) -> f64 {
	let (mut allowed, mut all) = (0.0, 0.0);
	for (level, weight) in members {
		let weight = f64::from(*weight);
		all += weight;
		let part = match domain.column(column).and_then(|column| column.bounds(*level)) {
			Some((low, high)) => {
				let inside: u64 = cells.within(low, high).map(|(a, b)| count(a, b)).fold(0, u64::saturating_add);
				if inside == count(low, high) {
					1.0
				} else {
					inside as f64 / count(low, high) as f64
				}
			},
			None => f64::from(u8::from(cells.missing)),
		};
		allowed += weight * part;
	}
	if all > 0.0 {
		allowed / all
	} else {
		0.0
	}
}
