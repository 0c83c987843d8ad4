//! A table as numbers for models: one column of floats per column of the table, NaN where a cell is missing.

use super::{column::View, seed};

/// Most predictors: the first ones of the schema.
const MOST_PREDICTORS: usize = 300;

/// Columns of numbers. Numbers and dates are themselves, levels their position in the schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Features {
	/// Column by column; NaN is missing.
	pub columns: Vec<Vec<f64>>,
	/// Length of every column.
	pub rows: usize,
}

impl Features {
	/// The given rows of all columns but `without`.
	pub fn new(views: &[View<'_>], rows: &[usize], without: Option<usize>) -> Self {
		let columns = views
			.iter()
			.enumerate()
			.filter(|(at, _)| Some(*at) != without)
			.take(MOST_PREDICTORS)
			.map(|(_, view)| {
				let values = view.floats();
				rows.iter().map(|row| values.get(*row).copied().unwrap_or(f64::NAN)).collect()
			})
			.collect();
		Self { columns, rows: rows.len() }
	}

	/// The rows at these positions.
	pub fn select(&self, rows: &[usize]) -> Self {
		let pick = |column: &Vec<f64>| {
			rows.iter().map(|row| column.get(*row).copied().unwrap_or(f64::NAN)).collect::<Vec<f64>>()
		};
		Self { columns: self.columns.iter().map(pick).collect(), rows: rows.len() }
	}

	/// The rows of `self`, then those of `other`, which has the same columns.
	pub fn followed_by(mut self, other: &Self) -> Self {
		for (column, more) in self.columns.iter_mut().zip(&other.columns) {
			column.extend_from_slice(more);
		}
		self.rows = self.rows.saturating_add(other.rows);
		self
	}
}

/// At most `most` rows of a table, by a fixed random choice.
pub(crate) fn thinned(rows: usize, most: usize) -> Vec<usize> {
	seed::sample(rows, most, "rows")
}
