//! What is known of a patient before the next visit.
//!
//! Training and sampling both read histories off here, so they cannot come apart.

use super::{
	course::Scores,
	layout::{octaves, Given, Layout, COUNTED, OLDEST},
};

/// A visit: its time, and the cells of the changing columns in the table's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
	pub time: i64,
	pub cells: Vec<Option<i64>>,
}

/// A patient up to a visit.
#[derive(Debug, Clone)]
pub(super) struct History {
	visits: u32,
	first: i64,
	time: i64,
	gap: Option<i64>,
	/// Scores of the gaps, if they have a course.
	gaps: Scores,
	/// By changing column: last known value, and how many visits before the last it was.
	last: Vec<Option<(i64, i64)>>,
	/// By changing column: scores so far, where it has a course.
	scores: Vec<Scores>,
}

impl History {
	/// After a first visit of a patient with these static cells, by column of the table.
	pub fn open(layout: &Layout, visit: &Visit, fixed: &[Option<i64>]) -> Self {
		let scores = |column| layout.plan.courses.get(column).map(|course| course.scores(fixed)).unwrap_or_default();
		let mut history = Self {
			visits: 0,
			first: visit.time,
			time: visit.time,
			gap: None,
			gaps: scores(&layout.plan.time()),
			last: vec![None; layout.changing.len()],
			scores: layout.changing.iter().map(scores).collect(),
		};
		history.add(layout, visit);
		history
	}

	/// After one more visit.
	pub fn add(&mut self, layout: &Layout, visit: &Visit) {
		if self.visits > 0 {
			self.gap = Some(visit.time.saturating_sub(self.time));
		}
		self.visits = self.visits.saturating_add(1);
		if let Some(course) = layout.plan.courses.get(&layout.plan.time()) {
			if self.gap.is_some() {
				course.add(&mut self.gaps, self.gap);
			}
		}
		self.time = visit.time;
		let columns = self.last.iter_mut().zip(&mut self.scores).zip(layout.changing.iter().zip(&visit.cells));
		for ((last, scores), (column, cell)) in columns {
			*last = match (cell, *last) {
				(Some(code), _) => Some((*code, 0)),
				(None, Some((code, age))) => Some((code, age.saturating_add(1))),
				(None, None) => None,
			};
			if let Some(course) = layout.plan.courses.get(column) {
				course.add(scores, *cell);
			}
		}
	}

	pub fn time(&self) -> i64 {
		self.time
	}

	/// Last known value of the changing column at `place`.
	pub fn last(&self, place: usize) -> Option<i64> {
		self.last.get(place).copied().flatten().map(|(code, _)| code)
	}

	/// Number of the next visit.
	pub fn next(&self) -> u32 {
		self.visits.saturating_add(1)
	}

	/// The scores of the gaps so far.
	pub fn gaps(&self) -> Scores {
		self.gaps
	}

	/// The scores of the changing column at `place` so far.
	pub fn scores(&self, place: usize) -> Scores {
		self.scores.get(place).copied().unwrap_or_default()
	}

	/// What is known before the next visit; `fixed` are the patient's static cells, by column of the table.
	pub fn given(&self, layout: &Layout, fixed: &[Option<i64>]) -> Vec<Option<i64>> {
		let place = |column: &usize| layout.changing.binary_search(column).ok();
		let last = |column: &usize| self.last.get(place(column)?).copied().flatten();
		let fixed = |column: &usize| fixed.get(*column).copied().flatten();
		let cell = |given: &Given| match given {
			Given::Static(column) => fixed(column),
			Given::Number => Some(i64::from(self.next().min(COUNTED))),
			Given::Elapsed => Some(octaves(self.time.saturating_sub(self.first))),
			Given::Gap => self.gap.map(octaves),
			Given::Left(column) => fixed(column).map(|end| octaves(end.saturating_sub(self.time))),
			Given::Last(column) => match layout.plan.courses.get(column) {
				Some(course) => place(column).and_then(|place| course.coarse(&self.scores(place))),
				None => last(column).map(|(code, _)| code),
			},
			Given::Age(column) => last(column).map(|(_, age)| age.saturating_add(1).min(OLDEST)),
		};
		layout.given.iter().map(cell).collect()
	}
}
