//! The only way to the data: counts.

use crate::{encode::Domain, error::SynthesisError, graphical::index, table::Table};
use std::sync::Arc;

/// Answers contingency counts about a table and nothing else. A mechanism sees data only through it, so what it
/// asks, and the noise it adds, is all that privacy depends on. The columnar table in memory is one source; a SQL
/// engine can be another (`ranges` and `counts` are each one `GROUP BY`).
///
/// Columns are numbered as in the schema without identifiers.
pub trait CountSource: Sync {
	/// Rows whose code lies in each half-open range between `starts` (ascending), the last one without an end.
	/// Missing cells and codes below the first start count nowhere.
	///
	/// # Errors
	/// [`SynthesisError`] for a column that is not there.
	fn ranges(&self, column: usize, starts: &[i64]) -> Result<Vec<i64>, SynthesisError>;

	/// Rows by the largest of `steps` that divides their code. Steps ascend and each divides the next; the first is 1.
	/// Missing cells count nowhere.
	///
	/// # Errors
	/// [`SynthesisError`] for a column that is not there.
	fn multiples(&self, column: usize, steps: &[i64]) -> Result<Vec<i64>, SynthesisError>;

	/// From now on [`CountSource::counts`] counts groups: `groups[column][level]` is the group of a level of `domain`.
	///
	/// # Errors
	/// [`SynthesisError`] if a row does not fit the domain.
	fn code(&mut self, domain: &Domain, groups: &[Vec<u32>]) -> Result<(), SynthesisError>;

	/// Rows in every cell of the table over `columns`, row-major, the last column fastest.
	///
	/// # Errors
	/// [`SynthesisError`] for a column that is not there, before [`CountSource::code`], or beyond 2^32 cells.
	fn counts(&self, columns: &[usize]) -> Result<Vec<i64>, SynthesisError>;
}

/// Counts a table in memory, column by column.
#[derive(Debug)]
pub struct ColumnarSource {
	table: Arc<Table>,
	/// Levels of the domain, column by column, and the domain they belong to.
	levels: Option<(Domain, Vec<Vec<u32>>)>,
	codes: Vec<Vec<u32>>,
	sizes: Vec<usize>,
}

impl ColumnarSource {
	/// Over a table; identifier columns do not count.
	#[must_use]
	pub fn new(table: &Table) -> Self {
		Self { table: Arc::new(table.without_identifiers()), levels: None, codes: Vec::new(), sizes: Vec::new() }
	}
}

fn no_column() -> SynthesisError {
	SynthesisError::Internal { stage: "counts", reason: "a column that is not there, or too many cells".into() }
}

impl CountSource for ColumnarSource {
	fn ranges(&self, column: usize, starts: &[i64]) -> Result<Vec<i64>, SynthesisError> {
		let codes = self.table.codes(column).ok_or_else(no_column)?;
		let mut counts = vec![0i64; starts.len()];
		for code in codes.iter().flatten() {
			let after = starts.partition_point(|start| start <= code);
			if let Some(count) = after.checked_sub(1).and_then(|at| counts.get_mut(at)) {
				*count = count.saturating_add(1);
			}
		}
		Ok(counts)
	}

	fn multiples(&self, column: usize, steps: &[i64]) -> Result<Vec<i64>, SynthesisError> {
		let codes = self.table.codes(column).ok_or_else(no_column)?;
		let mut counts = vec![0i64; steps.len()];
		for code in codes.iter().flatten() {
			let largest = steps.iter().rposition(|step| code.checked_rem(*step) == Some(0));
			if let Some(count) = largest.and_then(|at| counts.get_mut(at)) {
				*count = count.saturating_add(1);
			}
		}
		Ok(counts)
	}

	fn code(&mut self, domain: &Domain, groups: &[Vec<u32>]) -> Result<(), SynthesisError> {
		let known = self.levels.as_ref().is_some_and(|(known, _)| known == domain);
		if !known {
			self.levels = Some((domain.clone(), domain.encode(&self.table)?));
		}
		let levels = self.levels.iter().flat_map(|(_, levels)| levels);
		let code = |(levels, group_of): (&Vec<u32>, &Vec<u32>)| {
			let group = |level: &u32| usize::try_from(*level).ok().and_then(|at| group_of.get(at).copied());
			levels.iter().map(group).collect::<Option<Vec<u32>>>()
		};
		self.codes = levels.zip(groups).map(code).collect::<Option<_>>().ok_or_else(no_column)?;
		let size = |group_of: &Vec<u32>| group_of.iter().max().map_or(0, |most| usize::try_from(*most).unwrap_or(0));
		self.sizes = groups.iter().map(|group_of| size(group_of).saturating_add(1)).collect();
		Ok(())
	}

	fn counts(&self, columns: &[usize]) -> Result<Vec<i64>, SynthesisError> {
		count(&self.codes, columns, &self.sizes).ok_or_else(no_column)
	}
}

/// Contingency counts of coded rows.
pub(crate) fn count(codes: &[Vec<u32>], columns: &[usize], sizes: &[usize]) -> Option<Vec<i64>> {
	let mut counts = vec![0i64; index::cells(columns, sizes)?];
	let rows = columns.first().map_or_else(|| codes.first(), |column| codes.get(*column))?.len();
	for cell in index::cell_of_rows(codes, columns, sizes, rows) {
		let count = counts.get_mut(usize::try_from(cell).ok()?)?;
		*count = count.saturating_add(1);
	}
	Some(counts)
}
