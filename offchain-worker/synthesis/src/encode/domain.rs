//! The fine levels of all columns of a schema.

use super::{
	column::{is_closed, ColumnDomain},
	EncodeError,
};
use crate::{
	error::shown,
	schema::{CodeSet, Rules, Schema},
	table::Table,
};
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
};

/// A column whose bins the schema does not fix: a number or date of more than 64 possible codes without declared bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenColumn {
	/// Position among the columns that are no identifiers.
	pub column: usize,
	/// Least possible code.
	pub low: i64,
	/// Greatest possible code.
	pub high: i64,
}

/// Fine levels of every column that is no identifier. Public: made from the schema, plus cut points that a private
/// mechanism paid for. Columns count from 0 in the schema without its identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
	schema: Arc<Schema>,
	columns: Vec<ColumnDomain>,
	rules: Rules,
}

fn without_identifiers(schema: &Schema) -> Result<Schema, EncodeError> {
	schema.validate()?;
	if schema.columns.iter().all(crate::schema::Column::is_identifier) {
		return Err(EncodeError::NoColumns);
	}
	Ok(schema.without_identifiers())
}

impl Domain {
	/// The columns that need cut points.
	///
	/// # Errors
	/// [`EncodeError`] for a schema that does not hold together or has only identifiers.
	pub fn open_columns(schema: &Schema) -> Result<Vec<OpenColumn>, EncodeError> {
		let schema = without_identifiers(schema)?;
		let open = schema.columns.iter().enumerate().filter(|(_, column)| !is_closed(column));
		Ok(open
			.filter_map(|(at, column)| column.code_range().map(|(low, high)| OpenColumn { column: at, low, high }))
			.collect())
	}

	/// The domain of a schema. `cuts` holds, by position of an open column, the first code of every bin after the
	/// first, ascending; an open column without cut points is one bin. Constraints, spikes and codes that do not
	/// apply cut further.
	///
	/// # Errors
	/// [`EncodeError`] for a schema that does not hold together or has only identifiers, for cut points out of
	/// order, out of range or of a column that is not open, and for more than [`MAX_LEVELS`](crate::MAX_LEVELS) levels.
	pub fn new(schema: Arc<Schema>, cuts: &BTreeMap<usize, Vec<i64>>) -> Result<Self, EncodeError> {
		let schema = Arc::new(without_identifiers(&schema)?);
		let rules = Rules::compile(&schema)?;
		if let Some((at, _)) = cuts.range(schema.columns.len()..).next() {
			let problem = format!("there is no column {at}: {} columns are encoded", schema.columns.len());
			return Err(EncodeError::Cuts { column: String::new(), problem });
		}
		let columns = schema
			.columns
			.iter()
			.enumerate()
			.map(|(at, column)| {
				let cuts = cuts.get(&at).map_or(&[][..], Vec::as_slice);
				ColumnDomain::new(column, cuts, &parts(&rules, at))
			})
			.collect::<Result<_, _>>()?;
		Ok(Self { schema, columns, rules })
	}

	/// The domain of a schema whose open columns are cut into `bins` ranges of equal width: public, and made without data.
	/// `bins` below 2 leave them in one bin.
	///
	/// # Errors
	/// As [`Domain::new`].
	pub fn equal_width(schema: Arc<Schema>, bins: u32) -> Result<Self, EncodeError> {
		let mut cuts = BTreeMap::new();
		for open in Self::open_columns(&schema)? {
			let span = open.high.saturating_sub(open.low);
			let width = span.checked_div(bins.max(1).into()).unwrap_or(1).max(1);
			let inner = (1..i64::from(bins)).map(|k| open.low.saturating_add(width.saturating_mul(k)));
			cuts.insert(open.column, inner.filter(|cut| *cut <= open.high).collect());
		}
		Self::new(schema, &cuts)
	}

	/// Refuses schemas with columns whose description was read off the data, as a differentially private release must.
	///
	/// # Errors
	/// [`EncodeError::Observed`] names the first such column.
	pub fn require_declared(schema: &Schema) -> Result<(), EncodeError> {
		match schema.columns.iter().find(|column| !column.is_identifier() && column.source.is_some()) {
			Some(column) => Err(EncodeError::Observed { column: shown(&column.name) }),
			None => Ok(()),
		}
	}

	/// The schema of decoded tables: the given one without identifiers.
	#[must_use]
	pub fn schema(&self) -> &Arc<Schema> {
		&self.schema
	}

	/// Number of columns, at least 1.
	#[must_use]
	pub fn columns(&self) -> usize {
		self.columns.len()
	}

	/// The levels of a column; `None` past the end.
	#[must_use]
	pub fn column(&self, column: usize) -> Option<&ColumnDomain> {
		self.columns.get(column)
	}

	/// Number of fine levels of every column, each at least 1. "Missing" is the last level of columns that may miss cells.
	#[must_use]
	pub fn sizes(&self) -> Vec<usize> {
		self.columns.iter().map(ColumnDomain::size).collect()
	}

	/// Whether neighbouring levels of the column may be grouped; other columns are grouped by [`Domain::ancestors`]
	/// and rarity only. `false` past the end.
	#[must_use]
	pub fn ordered(&self, column: usize) -> bool {
		self.column(column).is_some_and(ColumnDomain::ordered)
	}

	/// The class of a level. Levels may share a group only if they share the class: "missing", every spike and every
	/// level that is not applicable have their own, and so have both sides of every implication's conditions.
	/// `u32::MAX` past the end.
	#[must_use]
	pub fn class(&self, column: usize, level: u32) -> u32 {
		self.column(column).map_or(u32::MAX, |column| column.class(level))
	}

	/// Parents of a level for grouping rare ones, nearest first, as numbers unique within the column: for ICD-10
	/// the three-character category, then the chapter. Empty without a hierarchy.
	#[must_use]
	pub fn ancestors(&self, column: usize, level: u32) -> Vec<u32> {
		self.column(column).map_or_else(Vec::new, |column| column.ancestors(level).to_vec())
	}

	/// Pairs of columns, the lesser first, in ascending order, of which [`Domain::forbidden`] may forbid levels.
	#[must_use]
	pub fn constrained_pairs(&self) -> Vec<(usize, usize)> {
		let implied = self.rules.implications.iter().map(|rule| (rule.a, rule.b));
		let pairs = implied.chain(self.rules.orders.iter().copied());
		let pairs: BTreeSet<_> = pairs.map(|(a, b)| (a.min(b), a.max(b))).collect();
		pairs.into_iter().collect()
	}

	/// Whether every combination of cells of two levels of two columns violates a constraint.
	#[must_use]
	pub fn forbidden(&self, a: usize, level_a: u32, b: usize, level_b: u32) -> bool {
		self.forbids(a, level_a, b, level_b) || self.forbids(b, level_b, a, level_a)
	}

	/// … by a constraint that names `a` first.
	fn forbids(&self, a: usize, level_a: u32, b: usize, level_b: u32) -> bool {
		let level = |column: usize, level| self.column(column).and_then(|column| column.level(level));
		let (Some(first), Some(second)) = (level(a, level_a), level(b, level_b)) else { return false };
		let implied = self.rules.implications.iter().any(|rule| {
			rule.a == a && rule.b == b && rule.when.contains(first.example()) && !rule.then.contains(second.example())
		});
		let ordered = self.rules.orders.contains(&(a, b)) && !first.is_free() && !second.is_free();
		implied || (ordered && first.low > second.high)
	}

	/// The fine level of every cell, column by column. Identifiers of the table are left out.
	///
	/// # Errors
	/// [`EncodeError::SchemaMismatch`] for a table of another schema.
	pub fn encode(&self, table: &Table) -> Result<Vec<Vec<u32>>, EncodeError> {
		if table.schema().without_identifiers() != *self.schema {
			return Err(EncodeError::SchemaMismatch);
		}
		let kept = (0..table.schema().columns.len()).filter_map(|at| table.codes(at));
		self.columns
			.iter()
			.zip(kept)
			.map(|(column, cells)| {
				let levels = cells.iter().map(|cell| column.level_of(*cell).ok_or(EncodeError::SchemaMismatch));
				levels.collect()
			})
			.collect()
	}

	pub(super) fn rules(&self) -> &Rules {
		&self.rules
	}

	/// A column's name as errors show it.
	pub(super) fn shown_name(&self, column: usize) -> String {
		self.schema.columns.get(column).map_or_else(String::new, |column| shown(&column.name))
	}
}

/// Sets of a column's cells that implications tell apart.
fn parts(rules: &Rules, column: usize) -> Vec<&CodeSet> {
	let mut parts = Vec::new();
	for rule in &rules.implications {
		if rule.a == column {
			parts.push(&rule.when);
		}
		if rule.b == column {
			parts.push(&rule.then);
		}
	}
	parts
}
