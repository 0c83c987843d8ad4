//! Courses after training.
//!
//! What a course leaves to be drawn tells nothing of the patient's own earlier values, for such is least squares. A model of
//! few visits gets that wrong. It learns soon that whoever is ill by one column is ill by the others, and late how much of
//! that the course has said already; so its values keep too close to the last ones. Therefore residuals are drawn for the real
//! histories, and what they tell of a course's terms is taken off its coefficients.

use super::{
	course::Observed,
	layout::Layout,
	plan::{course_codes, fixed_cells},
	sample::TransitionModel,
	transitions::places,
	visits::Visits,
};
use crate::{digest::Digest, error::SynthesisError, random::Stream, table::Table};

/// Draws are this many at least: the same steps again and again, if they are few.
const FEWEST_DRAWS: usize = 16_384;
/// Steps that are drawn at most, evenly spread.
const MOST_STEPS: usize = 65_536;

impl Layout {
	/// Corrects the courses of a table by what a model of its steps draws for them.
	///
	/// # Errors
	/// [`SynthesisError`] if the model draws nothing.
	pub fn correct(
		&mut self,
		(table, visits): (&Table, &Visits),
		steps: &Table,
		model: &dyn TransitionModel,
		seed: &Digest,
	) -> Result<(), SynthesisError> {
		let every = steps.rows().div_ceil(MOST_STEPS).max(1);
		let column = |at: usize| steps.codes(at).unwrap_or_default().iter().copied().step_by(every).collect();
		let given: Vec<Vec<Option<i64>>> = (0..self.given()).map(column).collect();
		let rows = steps.rows().div_ceil(every).max(1);
		let draw = |number: u64| model.draw(&given, rows, &Stream::new(seed, "draw", number).key());
		let drawn = (0u64..).take(FEWEST_DRAWS.div_ceil(rows)).map(draw).collect::<Result<Vec<_>, _>>()?;
		let places = places(&self.plan.schema, table);
		let fixed = fixed_cells(table, &self.plan.schema, visits);
		for (column, course) in &mut self.plan.courses {
			let codes = places.get(*column).and_then(|at| table.codes(*at));
			let Some((codes, role)) = codes.zip(self.plan.roles.get(*column)) else { continue };
			// The gap is drawn first, then the changing columns.
			let place = match self.changing.binary_search(column) {
				Ok(place) => place.saturating_add(1),
				Err(_) => 0,
			};
			let codes = course_codes(*role, codes, visits);
			let residuals: Vec<&[Option<i64>]> =
				drawn.iter().filter_map(|draw| draw.get(place).map(Vec::as_slice)).collect();
			course.correct(Observed { codes: &codes, visits, fixed: &fixed }, &residuals, every);
		}
		Ok(())
	}
}
