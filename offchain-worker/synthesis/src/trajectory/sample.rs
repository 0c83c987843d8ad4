//! Rolling patients forward, visit by visit.

use super::{
	history::{History, Visit},
	layout::Layout,
	patients::Patients,
	transitions::{Rows, NO},
	TrajectoryError,
};
use crate::{
	digest::Digest,
	error::SynthesisError,
	generate::{report, Progress},
	random::Stream,
	table::Table,
};

/// Patients that are rolled forward together; part of what sampling means.
const BLOCK: usize = 1_024;
/// How often a visit is drawn that lies too late.
const DRAWS: u32 = 8;

/// What draws rows of which some columns are known.
pub(crate) trait TransitionModel {
	/// Draws `rows` rows. `given` are the cells of the first columns, column by column; the others are drawn given these. The
	/// first rows of more are the rows of fewer under the same seed. The result holds the drawn columns only.
	///
	/// # Errors
	/// [`SynthesisError`] if nothing can be drawn.
	fn draw(
		&self,
		given: &[Vec<Option<i64>>],
		rows: usize,
		seed: &Digest,
	) -> Result<Vec<Vec<Option<i64>>>, SynthesisError>;
}

/// The models of the three tables of a [`Layout`].
pub(crate) struct Models<'a> {
	pub opening: &'a dyn TransitionModel,
	pub ending: &'a dyn TransitionModel,
	pub step: &'a dyn TransitionModel,
}

/// A patient on the way.
struct Patient {
	fixed: Vec<Option<i64>>,
	history: History,
	visits: Vec<Visit>,
}

/// Draws trajectories until there are `rows` rows; the last patient's later visits may be cut off.
///
/// After every visit it is drawn whether it was the last, else the next one. A visit after the last possible time, or after
/// a static column that a constraint says times may not pass, is drawn anew up to [`DRAWS`] times; then the trajectory ends.
/// It ends with visit number [`Plan::most`](super::plan::Plan::most) at the latest.
///
/// # Errors
/// [`SynthesisError`] if a model draws nothing, or cancelled.
pub(crate) fn sample(
	layout: &Layout,
	models: &Models<'_>,
	seed: &Digest,
	rows: usize,
	progress: &mut dyn Progress,
) -> Result<Table, SynthesisError> {
	let mut made = Patients::new(layout);
	for block in 0u64.. {
		report(progress, "sample", made.rows(), rows)?;
		if made.rows() >= rows {
			break;
		}
		for patient in trajectories(layout, models, &Stream::new(seed, "trajectory/block", block).key())? {
			let left = rows.saturating_sub(made.rows());
			if left > 0 {
				made.push(&patient.fixed, patient.visits.get(..left).unwrap_or(&patient.visits));
			}
		}
	}
	Ok(made.table()?)
}

/// A block of patients from the first visit to the last.
fn trajectories(layout: &Layout, models: &Models<'_>, seed: &Digest) -> Result<Vec<Patient>, SynthesisError> {
	let key = |label: &str, number: u32| Stream::new(seed, label, u64::from(number)).key();
	let first = models.opening.draw(&[], BLOCK, &key("trajectory/opening", 1))?;
	let mut patients = opened(layout, &first)?;
	let mut going: Vec<&mut Patient> = patients.iter_mut().collect();
	for number in 2..=layout.plan.most {
		if going.is_empty() {
			break;
		}
		let ends = models.ending.draw(&known(layout, &going), going.len(), &key("trajectory/ending", number))?;
		let mut ends = ends.into_iter().next().unwrap_or_default().into_iter();
		going.retain(|_| ends.next() == Some(NO));
		let mut next = Vec::new();
		for attempt in 0..DRAWS {
			if going.is_empty() {
				break;
			}
			let label = format!("trajectory/step/{attempt}");
			let drawn = models.step.draw(&known(layout, &going), going.len(), &key(&label, number))?;
			let mut again = Vec::new();
			for (at, patient) in going.into_iter().enumerate() {
				match patient.step(layout, &drawn, at)? {
					true => next.push(patient),
					false => again.push(patient),
				}
			}
			going = again;
		}
		going = next;
	}
	Ok(patients)
}

fn known(layout: &Layout, patients: &[&mut Patient]) -> Vec<Vec<Option<i64>>> {
	let mut given = Rows::new(layout.given());
	patients.iter().for_each(|patient| given.push(patient.history.given(layout, &patient.fixed)));
	given.columns()
}

fn opened(layout: &Layout, drawn: &[Vec<Option<i64>>]) -> Result<Vec<Patient>, TrajectoryError> {
	let open = |at: usize| {
		let cells: Vec<Option<i64>> = drawn.iter().map(|column| column.get(at).copied().flatten()).collect();
		let (fixed, visit) = layout.opened(&cells, at)?;
		Ok(Patient { history: History::open(layout, &visit, &fixed), fixed, visits: vec![visit] })
	};
	(0..drawn.first().map_or(0, Vec::len)).map(open).collect()
}

impl Patient {
	/// Appends the visit that was drawn in row `at`, unless it is too late.
	fn step(&mut self, layout: &Layout, drawn: &[Vec<Option<i64>>], at: usize) -> Result<bool, TrajectoryError> {
		let given = std::iter::repeat_n(None, layout.given());
		let cells = given.chain(drawn.iter().map(|column| column.get(at).copied().flatten()));
		let visit = layout.stepped(&self.history, &cells.collect::<Vec<_>>(), at)?;
		let (_, last) = layout.times();
		let ends = layout.plan.ends().into_iter().filter_map(|end| self.fixed.get(end).copied().flatten());
		if visit.time > ends.fold(last, i64::min) {
			return Ok(false);
		}
		self.history.add(layout, &visit);
		self.visits.push(visit);
		Ok(true)
	}
}
