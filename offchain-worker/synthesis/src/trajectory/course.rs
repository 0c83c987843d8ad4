//! The course of a number: what a patient's earlier values say of the next, and what is left to be drawn.
//!
//! On its [`Scale`] the next value is expected where a regression puts it: on the last value with bends a standard deviation
//! from the middle, and weaker if it is older than the last visit, the mean of the values so far, drawn towards the [`Level`]
//! of patients alike while they are few (as a patient's own level is best guessed), that level, and whether the visit is the
//! second, third or fourth; least squares with a little ridge. A model of single tokens needs many thousand visits to learn
//! that tie; given the residual, it only has to learn what else matters. Where a patient's values vary less, as those of
//! healthy ones may, distances are told in smaller parts. Gaps between visits have a course too, for the first visits often
//! have a plan.

use super::{
	distance::{meant, told, KNEES},
	level::{Candidate, Level},
	regression::regression,
	scale::{Scale, UNIT},
	visits::Visits,
};
use crate::{
	error::ModelError,
	reader::{invalid, Input},
};
use std::collections::BTreeSet;

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

/// A column with fewer different values, counts for instance, has no scales of patients alike: its values would be far apart
/// on either, and blur between the two.
const FEWEST_DIFFERENT: usize = 24;

/// Terms of the regression.
const TERMS: usize = 11;
/// Terms of the regression of the distances' sizes.
const SIDES: usize = 3;

/// A regression on the scores of a column's earlier values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Course {
	scale: Scale,
	level: Level,
	/// Coefficients in parts of 2^16 of the terms of [`Scores::terms`].
	coefficients: [i64; TERMS],
	/// Size of the distance from what is expected, in parts of its mean: coefficients of the terms of [`Scores::sides`].
	spread: [i64; SIDES],
	/// Scales of the patients without the trait that tells most of the level, and with it.
	alike: Option<[Scale; 2]>,
}

/// A column of a table of visits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observed<'a> {
	/// Its cells by row.
	pub codes: &'a [Option<i64>],
	/// The rows of every patient.
	pub visits: &'a Visits,
	/// Every patient's static cells, by column of the plan.
	pub fixed: &'a [Vec<Option<i64>>],
}

impl Observed<'_> {
	fn cell(&self, row: usize) -> Option<i64> {
		self.codes.get(row).copied().flatten()
	}

	/// Every patient's values.
	fn values(&self) -> impl Iterator<Item = Vec<i64>> + '_ {
		self.visits.patients.iter().map(|rows| rows.iter().filter_map(|row| self.cell(*row)).collect())
	}
}

/// A patient's scores so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scores {
	/// Expected mean by the patient's static columns.
	level: i64,
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
	/// minus one, the mean of all scores and the level, the level; one standard deviation if there is no score, if visit
	/// `number` is the second, third, fourth; and one standard deviation.
	fn terms(&self, number: u32) -> [i64; TERMS] {
		let above = self.last.saturating_sub(UNIT).max(0);
		let below = self.last.saturating_add(UNIT).min(0);
		let mean = self.sum.saturating_add(self.level).checked_div(self.count.saturating_add(1)).unwrap_or(0);
		let one_if = |holds: bool| if holds { UNIT } else { 0 };
		let [second, third, fourth] = [2, 3, 4].map(|visit| one_if(number == visit));
		let stale = if self.stale { self.last } else { 0 };
		[self.last, stale, above, below, mean, self.level, one_if(self.count == 0), second, third, fourth, UNIT]
	}

	/// How far the last score is above and below the middle, and one standard deviation.
	fn sides(&self) -> [i64; SIDES] {
		[self.last.max(0), self.last.min(0), UNIT]
	}
}

impl Course {
	/// The course of numbers within a range, given by row; `None` if they are no scale, or few.
	pub fn of(range: (i64, i64), observed: Observed<'_>, candidates: &[Candidate]) -> Option<Self> {
		let of_patient = |(patient, values): (usize, Vec<i64>)| values.into_iter().map(move |code| (code, patient));
		let values: Vec<(i64, usize)> = observed.values().enumerate().flat_map(of_patient).collect();
		let scale = Scale::of(&values, range)?;
		let means: Vec<Option<f64>> = observed.values().map(|codes| mean(&scale, &codes)).collect();
		let level = Level::of(&means, observed.fixed, candidates);
		let alike = alike(&level, &values, range, observed.fixed);
		let mut course = Self { scale, level, coefficients: [0; TERMS], spread: [0, 0, ONE], alike };
		let mut pairs = Vec::new();
		course.steps(observed, |scores, number, code| {
			pairs.extend(code.map(|code| (scores.terms(number).map(deviations), deviations(course.scale.score(code)))));
		});
		if pairs.len() < FEWEST_PAIRS {
			return None;
		}
		course.coefficients = regression(&pairs)?.map(fixed);
		course.spread = course.spread_of(observed)?;
		Some(course)
	}

	/// Least squares of the distances' sizes.
	fn spread_of(&self, observed: Observed<'_>) -> Option<[i64; SIDES]> {
		let mut sizes = Vec::new();
		self.steps(observed, |scores, number, code| {
			let distance = |code| self.scale.score(code).saturating_sub(self.expected(scores, number));
			sizes.extend(code.map(|code| (scores.sides().map(deviations), deviations(distance(code)).abs())));
		});
		let mean = sizes.iter().map(|(_, size)| size).sum::<f64>() / sizes.len() as f64;
		sizes.iter_mut().for_each(|(_, size)| *size /= mean);
		Some(regression(&sizes)?.map(fixed))
	}

	/// Takes off the coefficients what drawn residuals still tell of the terms; real ones tell nothing of them. `drawn` holds
	/// draws for every so-and-so-many-th further visit, patient by patient.
	pub fn correct(&mut self, observed: Observed<'_>, drawn: &[&[Option<i64>]], every: usize) {
		let mut pairs = Vec::new();
		let mut step = 0usize;
		self.steps(observed, |scores, number, _| {
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
	fn steps(&self, observed: Observed<'_>, mut each: impl FnMut(&Scores, u32, Option<i64>)) {
		for (rows, fixed) in observed.visits.patients.iter().zip(observed.fixed) {
			let mut scores = self.scores(fixed);
			for (number, row) in (1u32..).zip(rows) {
				let code = observed.cell(*row);
				if number > 1 {
					each(&scores, number, code);
				}
				self.add(&mut scores, code);
			}
		}
	}

	/// The scores of a patient without values, with these static cells by column of the plan.
	pub fn scores(&self, fixed: &[Option<i64>]) -> Scores {
		Scores { level: self.level.score(fixed), ..Scores::default() }
	}

	/// The scale of patients alike, if static columns tell the level of values.
	pub fn alike(&self, fixed: &[Option<i64>]) -> Option<&Scale> {
		let [without, with] = self.alike.as_ref()?;
		Some(if self.level.strongest(fixed)? { with } else { without })
	}

	/// Whether there are scales of patients alike.
	pub fn tells_alike(&self) -> bool {
		self.alike.is_some()
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

	/// Appends the course: the scale, the level, the coefficients and those of the spread, i64 each; 1 and the scales of patients
	/// without and with the first trait, or 0.
	pub fn write(&self, out: &mut Vec<u8>) {
		self.scale.write(out);
		self.level.write(out);
		self.coefficients.iter().chain(&self.spread).for_each(|value| out.extend(value.to_be_bytes()));
		out.push(u8::from(self.alike.is_some()));
		self.alike.iter().flatten().for_each(|scale| scale.write(out));
	}

	/// Reads the course of numbers within a range; `is_static` says which columns are.
	///
	/// # Errors
	/// [`ModelError`] for anything that no fit writes.
	pub fn read(
		input: &mut Input<'_>,
		range: (i64, i64),
		is_static: impl Fn(usize) -> bool,
	) -> Result<Self, ModelError> {
		let scale = Scale::read(input, range)?;
		let level = Level::read(input, is_static)?;
		let (coefficients, spread) = (coefficients(input)?, coefficients(input)?);
		let alike = match input.array("course")? {
			[0] => None,
			[1] if level.tells() => Some([Scale::read(input, range)?, Scale::read(input, range)?]),
			_ => return Err(invalid("course", "scales of patients alike without a trait")),
		};
		Ok(Self { scale, level, coefficients, spread, alike })
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

/// The scales of the values, given with their patients, of those without the trait that tells most of a level, and with it.
fn alike(level: &Level, values: &[(i64, usize)], range: (i64, i64), fixed: &[Vec<Option<i64>>]) -> Option<[Scale; 2]> {
	let different: BTreeSet<i64> = values.iter().map(|(code, _)| *code).collect();
	if different.len() < FEWEST_DIFFERENT {
		return None;
	}
	let has = |patient: usize| level.strongest(fixed.get(patient)?);
	let scale = |wanted: bool| {
		let group = values.iter().filter(|(_, patient)| has(*patient) == Some(wanted));
		Scale::of(&group.copied().collect::<Vec<_>>(), range)
	};
	Some([scale(false)?, scale(true)?])
}

/// The mean score of a patient's values in standard deviations; `None` if there is none.
fn mean(scale: &Scale, codes: &[i64]) -> Option<f64> {
	let sum: f64 = codes.iter().map(|code| deviations(scale.score(*code))).sum();
	(!codes.is_empty()).then(|| sum / codes.len() as f64)
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
		let fixed = vec![Vec::new(); patients];
		let course =
			Course::of((-5_000, 5_000), Observed { codes: &codes, visits: &visits, fixed: &fixed }, &[]).unwrap();
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
		let fixed = vec![Vec::new(); patients];
		let observed = Observed { codes: &codes, visits: &visits, fixed: &fixed };
		let course = Course::of((0, 3_000), observed, &[]).unwrap();
		// Residuals that hold a tenth of the last score, for every second step.
		let mut leaning = Vec::new();
		let mut step = 0;
		course.steps(observed, |scores, number, code| {
			if step % 2 == 0 {
				leaning.push(code.map(|code| course.residual(scores, number, code) + scores.last / 10));
			}
			step += 1;
		});
		let mut corrected = course.clone();
		corrected.correct(observed, &[&leaning], 2);
		let slope = |course: &Course| {
			let at = |score| course.expected(&after(score), 6);
			(at(UNIT) - at(0)) as f64 / UNIT as f64
		};
		assert!((slope(&course) - slope(&corrected) - 0.1).abs() < 0.03, "{} {}", slope(&course), slope(&corrected));
		let mut same = course.clone();
		same.correct(observed, &[], 1);
		assert_eq!(same, course);
	}
}
