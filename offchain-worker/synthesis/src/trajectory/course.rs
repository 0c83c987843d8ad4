//! The course of a number: what a patient's earlier values say of the next, and what is left to be drawn.
//!
//! On its [`Scale`] the next value is expected where a regression puts it: on the last value with bends a standard deviation
//! from the middle, and weaker if it is older than the last visit, the mean of the values so far, and whether the visit is the second, third or fourth; least squares with
//! a little ridge. A model of single tokens needs many thousand visits to learn that tie; given the residual, it only has to
//! learn what else matters. Gaps between visits have a course too, for the first visits often have a plan.

use super::{
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
/// Largest residual in size: from one end of the scale to what is expected at the other.
pub(super) const WIDEST: i64 = 9 * UNIT;
/// Pairs of visits that a line takes.
const FEWEST_PAIRS: usize = 50;
/// Ridge, as a part of the number of pairs.
const RIDGE: f64 = 0.005;
/// Steps of half a standard deviation that are told apart, on either side.
pub(super) const COARSE: i64 = 5;

/// Terms of the regression.
const TERMS: usize = 10;

/// A regression on the scores of a column's earlier values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Course {
	scale: Scale,
	/// Coefficients in parts of 2^16 of the terms of [`Scores::terms`].
	coefficients: [i64; TERMS],
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

	/// Last score, the same if it is older than the last visit, how far it is above one standard deviation, how far below minus one, the mean of all scores; one standard
	/// deviation if there is no score, if visit `number` is the second, third, fourth; and one standard deviation.
	fn terms(&self, number: u32) -> [i64; TERMS] {
		let above = self.last.saturating_sub(UNIT).max(0);
		let below = self.last.saturating_add(UNIT).min(0);
		let mean = self.sum.checked_div(self.count).unwrap_or(0);
		let one_if = |holds: bool| if holds { UNIT } else { 0 };
		let [second, third, fourth] = [2, 3, 4].map(|visit| one_if(number == visit));
		let stale = if self.stale { self.last } else { 0 };
		[self.last, stale, above, below, mean, one_if(self.count == 0), second, third, fourth, UNIT]
	}
}

impl Course {
	/// The course of numbers within a range, given by row; `None` if they are no scale, or few.
	pub fn of(range: (i64, i64), codes: &[Option<i64>], visits: &Visits) -> Option<Self> {
		let values: Vec<i64> = codes.iter().flatten().copied().collect();
		let scale = Scale::of(&values, range)?;
		let mut pairs: Vec<([f64; TERMS], f64)> = Vec::new();
		for rows in &visits.patients {
			let mut scores = Scores::default();
			for (number, row) in (1u32..).zip(rows) {
				let Some(code) = codes.get(*row).copied().flatten() else {
					scores.stale = true;
					continue;
				};
				let score = scale.score(code);
				if number > 1 {
					pairs.push((scores.terms(number).map(deviations), deviations(score)));
				}
				scores.add(score);
			}
		}
		if pairs.len() < FEWEST_PAIRS {
			return None;
		}
		// Casting saturates.
		let fixed = |value: f64| ((value * ONE as f64) as i64).clamp(MOST.saturating_neg(), MOST);
		Some(Self { scale, coefficients: regression(&pairs)?.map(fixed) })
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
		let terms = self.coefficients.iter().zip(scores.terms(number));
		let products = terms.map(|(factor, term)| i128::from(*factor).saturating_mul(i128::from(term)));
		let expected = i64::try_from(products.fold(0i128, i128::saturating_add) >> 16).unwrap_or(0);
		expected.clamp(FARTHEST.saturating_neg(), FARTHEST)
	}

	/// How far the value of visit `number` is from what was expected, at most [`WIDEST`] in size.
	pub fn residual(&self, scores: &Scores, number: u32, code: i64) -> i64 {
		self.scale.score(code).saturating_sub(self.expected(scores, number))
	}

	/// The value at a distance from what is expected.
	pub fn value(&self, scores: &Scores, number: u32, residual: i64) -> i64 {
		self.scale.code(self.expected(scores, number).saturating_add(residual))
	}

	/// The last value in half standard deviations, rounded, at most [`COARSE`] in size.
	pub fn coarse(&self, scores: &Scores) -> Option<i64> {
		let half = UNIT >> 1;
		let rounded = scores.last.saturating_add(half >> 1).div_euclid(half);
		(scores.count > 0).then_some(rounded.clamp(COARSE.saturating_neg(), COARSE))
	}

	/// Appends the course: the scale, and the coefficients i64.
	pub fn write(&self, out: &mut Vec<u8>) {
		self.scale.write(out);
		self.coefficients.iter().for_each(|value| out.extend(value.to_be_bytes()));
	}

	/// Reads the course of numbers within a range.
	///
	/// # Errors
	/// [`ModelError`] for anything that no fit writes.
	pub fn read(input: &mut Input<'_>, range: (i64, i64)) -> Result<Self, ModelError> {
		let scale = Scale::read(input, range)?;
		let mut coefficients = [0; TERMS];
		for coefficient in &mut coefficients {
			*coefficient = input.i64("course")?;
		}
		if coefficients.iter().all(|value| value.unsigned_abs() <= MOST.unsigned_abs()) {
			Ok(Self { scale, coefficients })
		} else {
			Err(invalid("course", "coefficients beyond what a fit writes"))
		}
	}
}

fn deviations(score: i64) -> f64 {
	score as f64 / UNIT as f64
}

/// Least squares with a ridge on all coefficients but the last, by elimination; `None` if that is singular.
fn regression(pairs: &[([f64; TERMS], f64)]) -> Option<[f64; TERMS]> {
	let ridge = RIDGE * pairs.len() as f64;
	let mut matrix = vec![vec![0.0; TERMS.saturating_add(1)]; TERMS];
	for (at, row) in matrix.iter_mut().enumerate() {
		if let Some(cell) = row.get_mut(at).filter(|_| at.saturating_add(1) < TERMS) {
			*cell = ridge;
		}
	}
	for (x, y) in pairs {
		for (row, own) in matrix.iter_mut().zip(x) {
			for (cell, other) in row.iter_mut().zip(x.iter().chain([y])) {
				*cell += own * other;
			}
		}
	}
	for at in 0..TERMS {
		let (done, below) = matrix.split_at_mut(at.saturating_add(1));
		let pivot = done.last()?;
		let head = *pivot.get(at)?;
		if head.is_nan() || head <= 0.0 {
			return None;
		}
		for row in below {
			let factor = *row.get(at)? / head;
			row.iter_mut().zip(pivot.iter()).for_each(|(cell, own)| *cell -= factor * own);
		}
	}
	let mut found = [0.0; TERMS];
	for (at, row) in matrix.iter().enumerate().rev() {
		let later = row.iter().zip(&found).skip(at.saturating_add(1)).map(|(cell, value)| cell * value);
		let value = (row.last()? - later.sum::<f64>()) / row.get(at)?;
		*found.get_mut(at)? = value;
	}
	found.iter().all(|value| value.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_regression_finds_the_coefficients() {
		let pairs: Vec<([f64; TERMS], f64)> = (0..5_000)
			.map(|n| {
				let (x, y) = (f64::from(n % 71) / 10.0 - 3.5, f64::from(n % 53) / 10.0 - 2.6);
				let (above, below) = ((x - 1.0).max(0.0), (x + 1.0).min(0.0));
				let [second, third] = [7, 11].map(|part| f64::from(u8::from(n % part == 0)));
				let terms = [x, 0.0, above, below, y, 0.0, second, third, 0.0, 1.0];
				(terms, 0.6 * x - 0.4 * above + 0.1 * below + 0.3 * y + 0.5 * second - 0.2)
			})
			.collect();
		let found = regression(&pairs).unwrap();
		for (found, wanted) in found.iter().zip([0.6, 0.0, -0.4, 0.1, 0.3, 0.0, 0.5, 0.0, 0.0, -0.2]) {
			assert!((found - wanted).abs() < 0.05, "{found} {wanted}");
		}
	}
}
