//! The table of patients with numbers of their own.

use super::{
	history::Visit,
	layout::Layout,
	plan::{Plan, Role},
	TrajectoryError,
};
use crate::table::{Cells, Table};
use std::sync::Arc;

/// Patients `P000001`, `P000002`, …, each with the visits in their order.
pub(super) struct Patients<'a> {
	plan: &'a Plan,
	changing: &'a [usize],
	numbers: Vec<Option<String>>,
	cells: Vec<Vec<Option<i64>>>,
	patients: usize,
}

impl<'a> Patients<'a> {
	pub fn new(layout: &'a Layout) -> Self {
		let columns = layout.plan.schema.columns.len();
		Self {
			plan: &layout.plan,
			changing: &layout.changing,
			numbers: Vec::new(),
			cells: vec![Vec::new(); columns],
			patients: 0,
		}
	}

	/// Rows so far.
	pub fn rows(&self) -> usize {
		self.numbers.len()
	}

	/// Appends a patient; `fixed` are the static cells, by column of the table.
	pub fn push(&mut self, fixed: &[Option<i64>], visits: &[Visit]) {
		self.patients = self.patients.saturating_add(1);
		let number = format!("P{:06}", self.patients);
		for visit in visits {
			self.numbers.push(Some(number.clone()));
			for (at, (column, role)) in self.cells.iter_mut().zip(&self.plan.roles).enumerate() {
				column.push(match role {
					Role::Patient => None,
					Role::Time => Some(visit.time),
					Role::Static => fixed.get(at).copied().flatten(),
					_ => self
						.changing
						.binary_search(&at)
						.ok()
						.and_then(|place| visit.cells.get(place).copied().flatten()),
				});
			}
		}
	}

	/// The table.
	pub fn table(self) -> Result<Table, TrajectoryError> {
		let mut numbers = Some(self.numbers);
		let columns = self.cells.into_iter().zip(&self.plan.roles).map(|(codes, role)| match role {
			Role::Patient => Cells::Text(numbers.take().unwrap_or_default()),
			_ => Cells::Codes(codes),
		});
		Ok(Table::from_cells(Arc::clone(&self.plan.schema), columns.collect())?)
	}
}
