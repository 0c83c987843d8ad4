//! A number's values as scores: where they lie among all values of the column, on the scale of a standard normal.
//!
//! On this scale a value and its predecessor are tied about linearly whatever the column's distribution, and differences
//! mean the same at both ends. The map from codes to scores is piecewise linear between quantiles, strictly increasing and
//! in integers, so that the way back is exact.

use crate::{
	error::ModelError,
	normal,
	reader::{invalid, length, Input},
};

/// One standard deviation. So fine that neighbouring codes keep different scores.
pub(super) const UNIT: i64 = 1 << 40;
/// Scores of the ends of the scale, in standard deviations.
pub(super) const END: i64 = 4;
/// No knot lies farther out, so that the ends keep parts of their own.
const FARTHEST: f64 = 3.9;
/// Values between two knots, where there are as many; patients of a frequent value.
const FEWEST: usize = 5;
/// Parts of the scale at most.
const PARTS: usize = 64;
/// A column with fewer different values is no scale.
const FEWEST_VALUES: usize = 3;
/// Rounding of the ends: parts of the span of the middle nine tenths.
const END_PARTS: i64 = 20;

/// The map from the codes of a column to scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scale {
	/// First code of every part, and one past the last code; with the scores where they begin. Both ascend.
	knots: Vec<(i64, i64)>,
}

impl Scale {
	/// The scale of values with their patients; `None` if there are too few different ones, or if they lie too close for exact
	/// scores. A value that is frequent and of several patients has a part of its own; what lies between two such values has
	/// next to no scores if no patient has it. Other parts begin half way between two values or beside a frequent one, and
	/// hold at least five values unless two frequent ones enclose them; the ends are rounded outwards within `range`.
	pub fn of(values: &[(i64, usize)], range: (i64, i64)) -> Option<Self> {
		let mut sorted = values.to_vec();
		sorted.sort_unstable();
		let parts = parts(&sorted)?;
		let (low, high) = ends(&sorted, range)?;
		let end = END.checked_mul(UNIT)?;
		let (first, last) = (parts.first()?, parts.last()?);
		let mut knots = vec![(if first.alone { first.first } else { low }, end.checked_neg()?)];
		let mut passed = 0usize;
		for (part, next) in parts.iter().zip(parts.iter().skip(1)) {
			passed = passed.checked_add(part.rows)?;
			let score = (normal::quantile(passed as f64 / sorted.len() as f64) * UNIT as f64) as i64;
			let middle = i64::midpoint(part.last, next.first).checked_add(1)?;
			let begins = if next.alone { next.first } else { middle };
			let past = if part.alone { part.last.checked_add(1)? } else { middle };
			// Values in between have one score each, of 2^40 in a standard deviation.
			let between = begins.checked_sub(past).filter(|between| *between > 0);
			knots.extend(between.map(|between| (past, score.saturating_sub(between))));
			knots.push((begins, score));
		}
		let past = last.last.checked_add(1)?;
		knots.push((if last.alone { past } else { high.max(past) }, end));
		let scale = Self { knots };
		scale.is_exact().then_some(scale)
	}

	/// Whether codes and scores ascend, and every code has a score of its own.
	fn is_exact(&self) -> bool {
		let apart = |(from, to): (&(i64, i64), &(i64, i64))| {
			let codes = to.0.checked_sub(from.0);
			codes.is_some_and(|codes| codes >= 1 && to.1.checked_sub(from.1).is_some_and(|scores| scores >= codes))
		};
		self.knots.iter().zip(self.knots.iter().skip(1)).all(apart)
	}

	/// The score in the middle of a code; that of the nearest end for codes beyond the scale.
	pub fn score(&self, code: i64) -> i64 {
		let (Some((low, _)), Some((high, _))) = (self.knots.first(), self.knots.last()) else { return 0 };
		let code = code.clamp(*low, high.saturating_sub(1));
		i64::midpoint(self.edge(code), self.edge(code.saturating_add(1)))
	}

	/// The code whose scores hold `score`, or the nearest.
	pub fn code(&self, score: i64) -> i64 {
		let after = self.knots.partition_point(|(_, start)| *start <= score);
		let from = self.knots.get(after.saturating_sub(1)).copied().unwrap_or_default();
		let Some((end, _)) = self.knots.last() else { return 0 };
		let Some(to) = self.knots.get(after).filter(|_| after > 0) else {
			return if after == 0 { from.0 } else { end.saturating_sub(1) };
		};
		let (codes, scores) = (to.0.saturating_sub(from.0), to.1.saturating_sub(from.1));
		let ahead = wide(score.saturating_sub(from.1), codes, scores);
		let code = from.0.saturating_add(ahead).min(to.0.saturating_sub(1));
		// The division rounds down, so the code's own edge may lie a little further on.
		let next = code.saturating_add(1);
		if next < to.0 && self.edge(next) <= score {
			next
		} else {
			code
		}
	}

	/// The score where a code begins.
	fn edge(&self, code: i64) -> i64 {
		let after = self.knots.partition_point(|(start, _)| *start <= code);
		let from = self.knots.get(after.saturating_sub(1)).copied().unwrap_or_default();
		let Some(to) = self.knots.get(after) else { return from.1 };
		let (codes, scores) = (to.0.saturating_sub(from.0), to.1.saturating_sub(from.1));
		from.1.saturating_add(wide(code.saturating_sub(from.0), scores, codes))
	}

	/// Appends the scale: number of knots u32, per knot its code and score i64.
	pub fn write(&self, out: &mut Vec<u8>) {
		out.extend(length(self.knots.len()));
		for (code, score) in &self.knots {
			out.extend(code.to_be_bytes());
			out.extend(score.to_be_bytes());
		}
	}

	/// Reads a scale of a column whose codes are within `range`.
	///
	/// # Errors
	/// [`ModelError`] for anything that no fit writes.
	pub fn read(input: &mut Input<'_>, (min, max): (i64, i64)) -> Result<Self, ModelError> {
		let count = input.count("scale", 16)?;
		let knots = (0..count)
			.map(|_| Ok((input.i64("scale")?, input.i64("scale")?)))
			.collect::<Result<Vec<_>, ModelError>>()?;
		let end = END.saturating_mul(UNIT);
		let ends = match (knots.first(), knots.last()) {
			(Some(first), Some(last)) => {
				knots.len() > 1
					&& first.0 >= min
					&& last.0 <= max.saturating_add(1)
					&& first.1 == end.saturating_neg()
					&& last.1 == end
			},
			_ => false,
		};
		let scale = Self { knots };
		if ends && scale.is_exact() {
			Ok(scale)
		} else {
			Err(invalid("scale", "its knots do not ascend within the declared range"))
		}
	}
}

/// Neighbouring values in one part of the scale, or a frequent one by itself.
struct Part {
	first: i64,
	last: i64,
	rows: usize,
	alone: bool,
}

/// The parts of ascending values; `None` if too few values differ. Towards the ends parts hold fewer values, so that tails
/// keep their shape.
fn parts(sorted: &[(i64, usize)]) -> Option<Vec<Part>> {
	let rows = sorted.len();
	let full = rows.checked_div(PARTS)?.max(FEWEST);
	let runs: Vec<&[(i64, usize)]> = sorted.chunk_by(|a, b| a.0 == b.0).collect();
	if runs.len() < FEWEST_VALUES {
		return None;
	}
	let mut parts: Vec<Part> = Vec::new();
	let mut passed = 0usize;
	for run in runs {
		let (value, left) = (run.first()?.0, rows.checked_sub(passed)?);
		let wanted = (passed.min(left) >> 1).clamp(FEWEST, full);
		let alone = run.len() >= full && run.chunk_by(|a, b| a.1 == b.1).count() >= FEWEST;
		let far = normal::quantile(passed as f64 / rows as f64).abs() > FARTHEST;
		match parts.last_mut().filter(|part| far || left < FEWEST || !alone && !part.alone && part.rows < wanted) {
			Some(part) => {
				part.last = value;
				part.rows = part.rows.checked_add(run.len())?;
				part.alone = false;
			},
			None => parts.push(Part { first: value, last: value, rows: run.len(), alone }),
		}
		passed = passed.checked_add(run.len())?;
	}
	Some(parts)
}

/// First code of ascending values, and one past the last, rounded outwards within a range.
fn ends(sorted: &[(i64, usize)], (min, max): (i64, i64)) -> Option<(i64, i64)> {
	let rows = sorted.len();
	let at = |share: usize| {
		let (code, _) = sorted.get(rows.checked_mul(share)?.checked_div(20)?.min(rows.checked_sub(1)?))?;
		Some(*code)
	};
	let grain = at(19)?.checked_sub(at(1)?)?.checked_div(END_PARTS)?.max(1);
	let (first, last) = (sorted.first()?.0, sorted.last()?.0);
	let low = first.checked_sub(first.checked_rem_euclid(grain)?)?.max(min);
	let high = last.checked_add(grain)?.checked_sub(last.checked_rem_euclid(grain)?)?.min(max.checked_add(1)?);
	Some((low, high))
}

/// a × b / c, rounded towards zero; 0 if c is.
pub(super) fn wide(a: i64, b: i64, c: i64) -> i64 {
	let product = i128::from(a).saturating_mul(i128::from(b));
	i64::try_from(product.checked_div(i128::from(c)).unwrap_or(0)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
	use super::*;

	/// The scale of values of as many patients.
	fn of(values: &[i64], range: (i64, i64)) -> Option<Scale> {
		let values: Vec<(i64, usize)> = values.iter().copied().zip(0..).collect();
		Scale::of(&values, range)
	}

	#[test]
	fn every_code_of_the_scale_comes_back() {
		let values: Vec<i64> = (0..2_000).map(|n| n * n / 700 + n % 3).collect();
		let scale = of(&values, (0, 10_000)).unwrap();
		let (low, high) = (scale.knots.first().unwrap().0, scale.knots.last().unwrap().0);
		assert!(low <= values[0] && high > *values.iter().max().unwrap());
		for code in low..high {
			assert_eq!(scale.code(scale.score(code)), code);
			assert!(code == low || scale.score(code - 1) < scale.score(code));
		}
		assert_eq!((scale.code(i64::MIN), scale.code(i64::MAX)), (low, high - 1));
	}

	#[test]
	fn scores_are_those_of_a_standard_normal() {
		let values: Vec<i64> = (0..10_000).collect();
		let scale = of(&values, (0, 9_999)).unwrap();
		let score = |code: i64| scale.score(code) as f64 / UNIT as f64;
		assert!(score(5_000).abs() < 0.01 && (score(9_750) - 1.96).abs() < 0.03 && (score(1_587) + 1.0).abs() < 0.02);
	}

	#[test]
	fn scores_between_frequent_values_are_those_values() {
		let values: Vec<i64> = (0..1_000).map(|n| [0, 0, 0, 5, 10][n % 5]).collect();
		let scale = of(&values, (0, 20)).unwrap();
		let mut found = [0; 21];
		for step in -4_000..4_000 {
			found[scale.code(step * (UNIT / 1_000) + 7) as usize] += 1;
		}
		assert!(found[0] > 0 && found[5] > 0 && found[10] > 0);
		assert_eq!(found[0] + found[5] + found[10], 8_000, "{found:?}");
		for code in 0..=10 {
			assert_eq!(scale.code(scale.score(code)), code);
		}
	}

	#[test]
	fn a_value_that_one_patient_repeats_is_not_kept_apart() {
		let others = (0..800).map(|n| (n * 10, n as usize));
		let repeated = |owner: fn(usize) -> usize| (0..200).map(move |n| (3_333, 1_000 + owner(n)));
		let of = |values: Vec<(i64, usize)>| Scale::of(&values, (0, 9_000)).unwrap();
		let several = of(others.clone().chain(repeated(|n| n % 5)).collect());
		let one = of(others.chain(repeated(|_| 0)).collect());
		let begins = |scale: &Scale, code: i64| scale.knots.iter().any(|(knot, _)| *knot == code);
		assert!(begins(&several, 3_333) && begins(&several, 3_334));
		assert!(!begins(&one, 3_333) && !begins(&one, 3_334));
	}

	#[test]
	fn few_values_and_values_that_lie_too_close_are_no_scale() {
		assert_eq!(of(&[1, 2, 2, 1, 2, 2], (0, 9)), None);
		let close: Vec<i64> = (0..1_000).map(|n| n * 1_000_000_000_000).collect();
		assert_eq!(of(&close, (0, i64::from(u32::MAX) << 20)), None);
		assert_eq!(of(&[], (0, 9)), None);
	}

	#[test]
	fn a_scale_is_read_as_it_was_written_and_others_are_refused() {
		let values: Vec<i64> = (0..500).collect();
		let scale = of(&values, (-5, 600)).unwrap();
		let mut bytes = Vec::new();
		scale.write(&mut bytes);
		let read = |range| Scale::read(&mut Input { bytes: &bytes, offset: 0 }, range);
		assert_eq!(read((-5, 600)).unwrap(), scale);
		assert!(read((1, 600)).is_err() && read((-5, 300)).is_err());
		let mut swapped = bytes.clone();
		swapped[20..28].copy_from_slice(&bytes[36..44]);
		assert!(Scale::read(&mut Input { bytes: &swapped, offset: 0 }, (-5, 600)).is_err());
	}
}
