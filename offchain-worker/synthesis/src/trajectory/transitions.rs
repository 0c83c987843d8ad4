//! A table of visits as openings, endings and steps, and back.

use super::{
	history::{History, Visit},
	layout::Layout,
	plan::Role,
	visits::Visits,
	TrajectoryError,
};
use crate::{
	schema::{Column, Schema},
	table::{Cells, Table},
};
use std::sync::Arc;

#[cfg(test)]
use super::patients::Patients;

/// A table of visits as a model of trajectories is trained on it; see [`Layout`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transitions {
	/// A row for every patient.
	pub opening: Table,
	/// A row for every visit, the patients in the order of the openings.
	pub ending: Table,
	/// A row for every further visit, the patients in the order of the openings.
	pub step: Table,
}

/// Cells column by column, filled row by row.
pub(super) struct Rows(Vec<Vec<Option<i64>>>);

impl Rows {
	pub fn new(columns: usize) -> Self {
		Self(vec![Vec::new(); columns])
	}

	pub fn push(&mut self, row: impl IntoIterator<Item = Option<i64>>) {
		for (column, cell) in self.0.iter_mut().zip(row) {
			column.push(cell);
		}
	}

	pub fn table(self, schema: &Arc<Schema>) -> Result<Table, TrajectoryError> {
		Ok(Table::from_cells(Arc::clone(schema), self.0.into_iter().map(Cells::Codes).collect())?)
	}

	pub fn columns(self) -> Vec<Vec<Option<i64>>> {
		self.0
	}
}

/// One row of a table; identifiers are missing.
pub(super) fn row(table: &Table, columns: &[usize], row: usize) -> Vec<Option<i64>> {
	columns.iter().map(|at| table.codes(*at).and_then(|codes| codes.get(row).copied().flatten())).collect()
}

/// Where the columns of a schema are in a table.
pub(super) fn places(schema: &Schema, table: &Table) -> Vec<usize> {
	schema.columns.iter().map(|column| table.schema().position(&column.name).unwrap_or(usize::MAX)).collect()
}

pub(super) const NO: Option<i64> = Some(0);
const YES: Option<i64> = Some(1);

impl Layout {
	/// The openings, endings and steps of a table under the plan's schema, perhaps with further identifiers.
	///
	/// # Errors
	/// [`TrajectoryError`] for a table that the plan was not made for.
	pub fn transitions(&self, table: &Table, visits: &Visits) -> Result<Transitions, TrajectoryError> {
		let places = places(&self.plan.schema, table);
		let mut opening = Rows::new(self.opening.columns.len());
		let mut ending = Rows::new(self.ending.columns.len());
		let mut step = Rows::new(self.step.columns.len());
		for rows in &visits.patients {
			let mut before: Option<(History, Vec<Option<i64>>)> = None;
			for (number, at) in (1usize..).zip(rows) {
				let cells = row(table, &places, *at);
				let visit = self.visit(&cells, *at)?;
				let (history, fixed) = match before.take() {
					None => {
						opening.push(self.plan.opening(cells.clone()));
						(History::open(self, &visit, &cells), cells)
					},
					Some((mut history, fixed)) => {
						let gap = visit.time.saturating_sub(history.time());
						let gap = match self.plan.courses.get(&self.plan.time()) {
							Some(course) => course.residual(&history.gaps(), history.next(), gap),
							None => gap,
						};
						let drawn = self.drawn(&history, &visit);
						step.push(history.given(self, &fixed).into_iter().chain([Some(gap)]).chain(drawn));
						history.add(self, &visit);
						(history, fixed)
					},
				};
				let last = if number == rows.len() { YES } else { NO };
				ending.push(history.given(self, &fixed).into_iter().chain([last]));
				before = Some((history, fixed));
			}
		}
		Ok(Transitions {
			opening: opening.table(&self.opening)?,
			ending: ending.table(&self.ending)?,
			step: step.table(&self.step)?,
		})
	}

	/// The table of openings, endings and steps, patients numbered anew.
	///
	/// # Errors
	/// [`TrajectoryError::Broken`] if the steps are not those of the openings.
	#[cfg(test)]
	pub fn table(&self, transitions: &Transitions) -> Result<Table, TrajectoryError> {
		let all = |table: &Table| (0..table.schema().columns.len()).collect::<Vec<_>>();
		let (opening, step) = (all(&transitions.opening), all(&transitions.step));
		let ends = transitions.ending.codes(self.given()).unwrap_or(&[]);
		let mut ends = ends.iter().map(|end| *end == YES);
		let mut steps = (0..transitions.step.rows()).map(|at| row(&transitions.step, &step, at));
		let mut patients = Patients::new(self);
		for at in 0..transitions.opening.rows() {
			let short =
				|| TrajectoryError::Broken { row: at, problem: "a patient's last visit is not among the others" };
			let (fixed, visit) = self.opened(&row(&transitions.opening, &opening, at), at)?;
			let mut history = History::open(self, &visit, &fixed);
			let mut trajectory = vec![visit];
			while !ends.next().ok_or_else(short)? {
				let visit = self.stepped(&history, &steps.next().ok_or_else(short)?, at)?;
				history.add(self, &visit);
				trajectory.push(visit);
			}
			patients.push(&fixed, &trajectory);
		}
		match (ends.next(), steps.next()) {
			(None, None) => patients.table(),
			_ => Err(TrajectoryError::Broken { row: transitions.opening.rows(), problem: "visits are left over" }),
		}
	}

	/// A row of the table as a visit.
	fn visit(&self, cells: &[Option<i64>], row: usize) -> Result<Visit, TrajectoryError> {
		let time = cells.get(self.plan.time()).copied().flatten();
		let time = time.ok_or(TrajectoryError::Broken { row, problem: "a visit has no time" })?;
		let cells = self.changing.iter().map(|at| cells.get(*at).copied().flatten()).collect();
		Ok(Visit { time, cells })
	}

	/// What is drawn of a visit's changing columns: values, increases, or distances from their course.
	fn drawn(&self, history: &History, visit: &Visit) -> Vec<Option<i64>> {
		let columns = self.changing.iter().zip(&visit.cells).enumerate();
		columns
			.map(|(place, (at, cell))| match (self.plan.roles.get(*at), self.plan.courses.get(at)) {
				(Some(Role::Growing), _) => {
					cell.zip(history.last(place)).and_then(|(cell, last)| cell.checked_sub(last))
				},
				(_, Some(course)) => cell.map(|cell| course.residual(&history.scores(place), history.next(), cell)),
				_ => *cell,
			})
			.collect()
	}

	/// A row of the openings: all cells by column of the table, and the first visit.
	pub(super) fn opened(
		&self,
		cells: &[Option<i64>],
		row: usize,
	) -> Result<(Vec<Option<i64>>, Visit), TrajectoryError> {
		let fixed = self.plan.whole(cells.iter().copied());
		let visit = self.visit(&fixed, row)?;
		Ok((fixed, visit))
	}

	/// A row of the steps, after a history. Numbers that grow end at their range.
	pub(super) fn stepped(
		&self,
		history: &History,
		cells: &[Option<i64>],
		row: usize,
	) -> Result<Visit, TrajectoryError> {
		let mut drawn = cells.iter().copied().skip(self.given());
		let gap = drawn.next().flatten();
		let gap = gap.ok_or(TrajectoryError::Broken { row, problem: "a step has no gap" })?;
		let gap = match self.plan.courses.get(&self.plan.time()) {
			Some(course) => course.value(&history.gaps(), history.next(), gap),
			None => gap,
		};
		let value = |(place, at): (usize, &usize)| {
			let cell = drawn.next().flatten();
			match (self.plan.roles.get(*at), self.plan.courses.get(at)) {
				(Some(Role::Growing), _) => {
					let most = self.plan.schema.columns.get(*at).and_then(Column::code_range);
					let grown = cell?.saturating_add(history.last(place)?);
					Some(most.map_or(grown, |(_, most)| grown.min(most)))
				},
				(_, Some(course)) => cell.map(|cell| course.value(&history.scores(place), history.next(), cell)),
				_ => cell,
			}
		};
		let cells = self.changing.iter().enumerate().map(value).collect();
		Ok(Visit { time: history.time().saturating_add(gap), cells })
	}
}
