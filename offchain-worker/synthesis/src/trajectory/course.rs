//! The course of a number: what a patient's earlier values say of the next, and what is left to be drawn.
//!
//! On its [`Scale`] the next value is expected where a regression puts it: on the last value with bends a standard deviation
//! from the middle, and weaker if it is older than the last visit, the mean of the values so far, drawn towards the middle
//! while they are few (as a patient's own level is best guessed), and whether the visit is the second, third or fourth;
//! least squares with a little ridge. A model of single tokens needs many thousand visits to learn that tie; given the
//! residual, it only has to learn what else matters. Where a patient's values vary less, as those of healthy ones may,
//! distances are told in smaller parts. Gaps between visits have a course too, for the first visits often have a plan.

use super::{
	distance::{meant, told, KNEES},
	regression::regression,
	scale::{Scale, UNIT},
	visits::Visits,
};
use crate::{
	error::ModelError,
	reader::{invalid, Input},
};

/// Fixed point of the coefficients.
const ONE: i64 = 1 << 16;
/// Largest coefficient in size.
const MOST: i64 = ONE << 2;
/// Largest expected score in size.
const FARTHEST: i64 = 5 * UNIT;
/// Pairs of visits that a line takes.
const FEWEST_PAIRS: usize = 50;
/// Steps of half a standard deviation that are told apart, on either side.
pub(super) const COARSE: i64 = 5;

/// Terms of the regression.
const TERMS: usize = 10;
/// Terms of the regression of the distances' sizes.
const SIDES: usize = 3;

/// A regression on the scores of a column's earlier values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Course {
	scale: Scale,
	/// Coefficients in parts of 2^16 of the terms of [`Scores::terms`].
	coefficients: [i64; TERMS],
	/// Size of the distance from what is expected, in parts of its mean: coefficients of the terms of [`Scores::sides`].
	spread: [i64; SIDES],
}

/// A patient's scores so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scores {
	last: i64,
	sum: i64,
	count: i64,
	/// Whether the last score is older than the last visit.
	stale: bool,
}

impl Scores {
	fn add(&mut self, score: i64) {
		self.last = score;
		self.stale = false;
		// At most 2^42 × 10^4.
		self.sum = self.sum.saturating_add(score);
		self.count = self.count.saturating_add(1);
	}

	/// Last score, the same if it is older than the last visit, how far it is above one standard deviation, how far below
	/// minus one, the mean of all scores and a zero; one standard deviation if there is no score, if visit `number` is the
	/// second, third, fourth; and one standard deviation.
	fn terms(&self, number: u32) -> [i64; TERMS] {
		let above = self.last.saturating_sub(UNIT).max(0);
		let below = self.last.saturating_add(UNIT).min(0);
		let mean = self.sum.checked_div(self.count.saturating_add(1)).unwrap_or(0);
		let one_if = |holds: bool| if holds { UNIT } else { 0 };
		let [second, third, fourth] = [2, 3, 4].map(|visit| one_if(number == visit));
		let stale = if self.stale { self.last } else { 0 };
		[self.last, stale, above, below, mean, one_if(self.count == 0), second, third, fourth, UNIT]
	}

	/// How far the last score is above and below the middle, and one standard deviation.
	fn sides(&self) -> [i64; SIDES] {
		[self.last.max(0), self.last.min(0), UNIT]
	}
}

impl Course {
	/// The course of numbers within a range, given by row; `None` if they are no scale, or few.
	pub fn of(range: (i64, i64), codes: &[Option<i64>], visits: &Visits) -> Option<Self> {
		let rows =
			visits.patients.iter().enumerate().flat_map(|(patient, rows)| rows.iter().map(move |row| (*row, patient)));
		let values: Vec<(i64, usize)> =
			rows.filter_map(|(row, patient)| Some((codes.get(row).copied().flatten()?, patient))).collect();
		let scale = Scale::of(&values, range)?;
		let mut course = Self { scale, coefficients: [0; TERMS], spread: [0, 0, ONE] };
		let mut pairs = Vec::new();
		course.steps(codes, visits, |scores, number, code| {
			pairs.extend(code.map(|code| (scores.terms(number).map(deviations), deviations(course.scale.score(code)))));
		});
		if pairs.len() < FEWEST_PAIRS {
			return None;
		}
		course.coefficients = regression(&pairs)?.map(fixed);
		course.spread = course.spread_of(codes, visits)?;
		Some(course)
	}

	/// Least squares of the distances' sizes.
	fn spread_of(&self, codes: &[Option<i64>], visits: &Visits) -> Option<[i64; SIDES]> {
		let mut sizes = Vec::new();
		self.steps(codes, visits, |scores, number, code| {
			let distance = |code| self.scale.score(code).saturating_sub(self.expected(scores, number));
			sizes.extend(code.map(|code| (scores.sides().map(deviations), deviations(distance(code)).abs())));
		});
		let mean = sizes.iter().map(|(_, size)| size).sum::<f64>() / sizes.len() as f64;
		sizes.iter_mut().for_each(|(_, size)| *size /= mean);
		Some(regression(&sizes)?.map(fixed))
	}

	/// Takes off the coefficients what drawn residuals still tell of the terms; real ones tell nothing of them. `drawn` holds
	/// draws for every so-and-so-many-th further visit, patient by patient.
	pub fn correct(&mut self, codes: &[Option<i64>], visits: &Visits, drawn: &[&[Option<i64>]], every: usize) {
		let mut pairs = Vec::new();
		let mut step = 0usize;
		self.steps(codes, visits, |scores, number, _| {
			if step.checked_rem(every) == Some(0) {
				let place = step.checked_div(every).unwrap_or(0);
				let (terms, expected) = (scores.terms(number).map(deviations), self.expected(scores, number));
				let residuals = drawn.iter().filter_map(|draw| draw.get(place).copied().flatten());
				pairs.extend(
					residuals.map(|residual| (terms, deviations(meant(expected, self.knee(scores), residual)))),
				);
			}
			step = step.saturating_add(1);
		});
		let Some(told) = regression(&pairs) else { return };
		for (coefficient, told) in self.coefficients.iter_mut().zip(told) {
			*coefficient = coefficient.saturating_sub(fixed(told)).clamp(MOST.saturating_neg(), MOST);
		}
	}

	/// The scores before every further visit, patient by patient, the visit's number and its cell.
	fn steps(&self, codes: &[Option<i64>], visits: &Visits, mut each: impl FnMut(&Scores, u32, Option<i64>)) {
		for rows in &visits.patients {
			let mut scores = Scores::default();
			for (number, row) in (1u32..).zip(rows) {
				let code = codes.get(*row).copied().flatten();
				if number > 1 {
					each(&scores, number, code);
				}
				self.add(&mut scores, code);
			}
		}
	}

	/// Takes in a cell.
	pub fn add(&self, scores: &mut Scores, cell: Option<i64>) {
		match cell {
			Some(code) => scores.add(self.scale.score(code)),
			None => scores.stale = true,
		}
	}

	/// What is expected at visit `number`.
	fn expected(&self, scores: &Scores, number: u32) -> i64 {
		combined(&self.coefficients, scores.terms(number)).clamp(FARTHEST.saturating_neg(), FARTHEST)
	}

	/// What one standard deviation of what is told stands for after these scores: more where patients' values vary more.
	fn knee(&self, scores: &Scores) -> i64 {
		combined(&self.spread, scores.sides()).clamp(KNEES.0, KNEES.1)
	}

	/// How far the value of visit `number` is from what was expected, as [`told`].
	pub fn residual(&self, scores: &Scores, number: u32, code: i64) -> i64 {
		let expected = self.expected(scores, number);
		told(expected, self.knee(scores), self.scale.score(code).saturating_sub(expected))
	}

	/// The value at a distance from what is expected.
	pub fn value(&self, scores: &Scores, number: u32, residual: i64) -> i64 {
		let expected = self.expected(scores, number);
		self.scale.code(expected.saturating_add(meant(expected, self.knee(scores), residual)))
	}

	/// The last value in half standard deviations, rounded, at most [`COARSE`] in size.
	pub fn coarse(&self, scores: &Scores) -> Option<i64> {
		let half = UNIT >> 1;
		let rounded = scores.last.saturating_add(half >> 1).div_euclid(half);
		(scores.count > 0).then_some(rounded.clamp(COARSE.saturating_neg(), COARSE))
	}

	/// Appends the course: the scale, the coefficients and those of the spread, i64 each.
	pub fn write(&self, out: &mut Vec<u8>) {
		self.scale.write(out);
		self.coefficients.iter().chain(&self.spread).for_each(|value| out.extend(value.to_be_bytes()));
	}

	/// Reads the course of numbers within a range.
	///
	/// # Errors
	/// [`ModelError`] for anything that no fit writes.
	pub fn read(input: &mut Input<'_>, range: (i64, i64)) -> Result<Self, ModelError> {
		let scale = Scale::read(input, range)?;
		Ok(Self { scale, coefficients: coefficients(input)?, spread: coefficients(input)? })
	}
}

fn coefficients<const N: usize>(input: &mut Input<'_>) -> Result<[i64; N], ModelError> {
	let mut coefficients = [0; N];
	for coefficient in &mut coefficients {
		*coefficient = input.i64("course")?;
	}
	if coefficients.iter().all(|value| value.unsigned_abs() <= MOST.unsigned_abs()) {
		Ok(coefficients)
	} else {
		Err(invalid("course", "coefficients beyond what a fit writes"))
	}
}

/// The sum of terms, each times its coefficient.
fn combined<const N: usize>(coefficients: &[i64; N], terms: [i64; N]) -> i64 {
	let products = coefficients.iter().zip(terms);
	let products = products.map(|(factor, term)| i128::from(*factor).saturating_mul(i128::from(term)));
	let sum = products.fold(0i128, i128::saturating_add) >> 16;
	i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// A coefficient in fixed point.
fn fixed(value: f64) -> i64 {
	// Casting saturates.
	((value * ONE as f64) as i64).clamp(MOST.saturating_neg(), MOST)
}

/// A score in standard deviations.
fn deviations(score: i64) -> f64 {
	score as f64 / UNIT as f64
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Scores after one value.
	fn after(score: i64) -> Scores {
		let mut scores = Scores::default();
		scores.add(score);
		scores
	}

	#[test]
	fn steps_from_values_that_vary_more_are_longer() {
		let mut stream = crate::random::Stream::new(&[8; 32], "course", 0);
		let mut codes = Vec::new();
		let (patients, each) = (800usize, 4usize);
		for patient in 0..patients {
			// One in five is ill; the others' values are all but the same.
			let (level, spread) = if patient % 5 == 0 { (3_000.0, 50.0) } else { (1_000.0, 400.0) };
			codes.extend((0..each).map(|_| Some((level + spread * stream.normal()) as i64)));
		}
		let visits = Visits { patients: (0..patients).map(|at| (at * each..(at + 1) * each).collect()).collect() };
		let course = Course::of((-5_000, 5_000), &codes, &visits).unwrap();
		let knee = |score| course.knee(&after(score));
		assert!(knee(-UNIT) > knee(2 * UNIT) && knee(-9 * UNIT) <= KNEES.1 && knee(99 * UNIT) >= KNEES.0);
	}

	#[test]
	fn a_single_value_tells_less_of_a_patients_level_than_several() {
		let mut scores = after(UNIT);
		assert_eq!(scores.terms(2)[4], UNIT / 2);
		(0..8).for_each(|_| scores.add(UNIT));
		assert_eq!(scores.terms(10)[4], UNIT * 9 / 10);
	}

	#[test]
	fn what_drawn_residuals_tell_of_the_last_value_is_taken_off() {
		let mut stream = crate::random::Stream::new(&[9; 32], "course", 0);
		let (patients, each) = (600usize, 5usize);
		let mut codes = Vec::new();
		for _ in 0..patients {
			let mut level = stream.normal();
			for _ in 0..each {
				codes.push(Some((1_000.0 + 200.0 * level) as i64));
				level = 0.7 * level + 0.71 * stream.normal();
			}
		}
		let visits = Visits { patients: (0..patients).map(|at| (at * each..(at + 1) * each).collect()).collect() };
		let course = Course::of((0, 3_000), &codes, &visits).unwrap();
		// Residuals that hold a tenth of the last score, for every second step.
		let mut leaning = Vec::new();
		let mut step = 0;
		course.steps(&codes, &visits, |scores, number, code| {
			if step % 2 == 0 {
				leaning.push(code.map(|code| course.residual(scores, number, code) + scores.last / 10));
			}
			step += 1;
		});
		let mut corrected = course.clone();
		corrected.correct(&codes, &visits, &[&leaning], 2);
		let slope = |course: &Course| {
			let at = |score| course.expected(&after(score), 6);
			(at(UNIT) - at(0)) as f64 / UNIT as f64
		};
		assert!((slope(&course) - slope(&corrected) - 0.1).abs() < 0.03, "{} {}", slope(&course), slope(&corrected));
		let mut same = course.clone();
		same.correct(&codes, &visits, &[], 1);
		assert_eq!(same, course);
	}
}
