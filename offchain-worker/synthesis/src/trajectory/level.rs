//! What static columns say of the level of a patient's values.
//!
//! A disease that is told by a static column keeps values apart from the first visit to the last. The network learns that from
//! many thousand visits only, so a [`Course`](super::course::Course) knows it beforehand: as the mean score of patients with
//! a few traits, which are chosen one by one while they tell more than chance does.

use super::{regression::regression, scale::UNIT};
use crate::{
	error::ModelError,
	reader::{invalid, length, Input},
};
use std::collections::BTreeMap;

/// Traits at most.
const TRAITS: usize = 6;
/// Patients that have a trait, and that have it not, at least.
const FEWEST: usize = 20;
/// Least square of a trait's mean difference, in squares of its standard error. Chance exceeds it once in 1,900 traits.
const CHANCE: f64 = 12.0;
/// Least share of what patients differ in that traits tell, as one in so many. What tells less is left to the network: first
/// visits know it by rank only, and values that do not fit their patient's level would leave for it at once.
const SHARE: f64 = 3.0;
/// Patients that are looked at, evenly spread.
const MOST_PATIENTS: usize = 16_384;
/// Largest weight in size.
const MOST: i64 = UNIT << 2;

/// What a patient may have: a cell of a static column of one value, or of a number at least as large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Trait {
	column: usize,
	at_least: bool,
	code: i64,
}

impl Trait {
	fn holds(&self, fixed: &[Option<i64>]) -> bool {
		let cell = fixed.get(self.column).copied().flatten();
		cell.is_some_and(|cell| if self.at_least { cell >= self.code } else { cell == self.code })
	}
}

/// A patient's expected mean score by the static columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Level {
	/// Mean score of patients without any trait.
	base: i64,
	/// What a trait adds.
	traits: Vec<(Trait, i64)>,
}

/// A static column that may tell a level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
	/// Its place among the plan's columns.
	pub column: usize,
	/// Whether its codes are ordered numbers.
	pub number: bool,
}

impl Level {
	/// The level of patients' mean scores in standard deviations, `None` of patients without any; `fixed` are their static cells,
	/// by column of the plan.
	pub fn of(means: &[Option<f64>], fixed: &[Vec<Option<i64>>], candidates: &[Candidate]) -> Self {
		let known = means.iter().zip(fixed).filter_map(|(mean, cells)| Some(((*mean)?, cells.as_slice())));
		let known: Vec<Patient<'_>> = known.collect();
		let known: Vec<Patient<'_>> =
			known.iter().step_by(known.len().div_ceil(MOST_PATIENTS).max(1)).copied().collect();
		let (mut traits, mut weights, mut left) = (Vec::new(), [0.0; TRAITS + 1], known.clone());
		while traits.len() < TRAITS {
			let Some(found) = most_telling(&left, candidates).filter(|found| !traits.contains(found)) else { break };
			traits.push(found);
			let pairs: Vec<_> = known.iter().map(|(mean, cells)| (terms(&traits, cells), *mean)).collect();
			let Some(told) = regression(&pairs) else { return Self::default() };
			weights = told;
			left = known.iter().map(|(mean, cells)| (mean - product(terms(&traits, cells), weights), *cells)).collect();
		}
		let (differ, untold) = (Group::of(&known).variance(), Group::of(&left).variance());
		if (differ - untold) * SHARE < differ {
			return Self::default();
		}
		let weight = |weight: f64| ((weight * UNIT as f64) as i64).clamp(MOST.saturating_neg(), MOST);
		let traits = traits.into_iter().zip(weights).map(|(one, told)| (one, weight(told))).collect();
		Self { base: weight(weights[TRAITS]), traits }
	}

	/// The level of a patient with these cells, as a score.
	pub fn score(&self, fixed: &[Option<i64>]) -> i64 {
		let told = self.traits.iter().filter(|(one, _)| one.holds(fixed)).map(|(_, weight)| *weight);
		told.fold(self.base, i64::saturating_add).clamp(MOST.saturating_neg(), MOST)
	}

	/// Whether there is a trait.
	pub fn tells(&self) -> bool {
		!self.traits.is_empty()
	}

	/// Whether a patient with these cells has the trait that tells most; `None` if none is told.
	pub fn strongest(&self, fixed: &[Option<i64>]) -> Option<bool> {
		self.traits.first().map(|(one, _)| one.holds(fixed))
	}

	/// Appends the level: its base i64, the number of traits u32, of each its column u32, whether it is one of numbers u8, its
	/// code i64 and its weight i64.
	pub fn write(&self, out: &mut Vec<u8>) {
		out.extend(self.base.to_be_bytes());
		out.extend(length(self.traits.len()));
		for (Trait { column, at_least, code }, weight) in &self.traits {
			out.extend(length(*column));
			out.push(u8::from(*at_least));
			out.extend(code.to_be_bytes());
			out.extend(weight.to_be_bytes());
		}
	}

	/// Reads a level; `is_static` says which columns are.
	///
	/// # Errors
	/// [`ModelError`] for anything that no fit writes.
	pub fn read(input: &mut Input<'_>, is_static: impl Fn(usize) -> bool) -> Result<Self, ModelError> {
		let base = input.i64("level")?;
		let mut traits = Vec::new();
		for _ in 0..input.count("level", 21)? {
			let column = input.number("level")?;
			let [kind] = input.array("level")?;
			let one = Trait { column, at_least: kind == 1, code: input.i64("level")? };
			if kind > 1 || !is_static(column) {
				return Err(invalid("level", "a trait of a column that is not static, or of an unknown kind"));
			}
			traits.push((one, input.i64("level")?));
		}
		let mut weights = traits.iter().map(|(_, weight)| *weight).chain([base]);
		if traits.len() <= TRAITS && weights.all(|weight| weight.unsigned_abs() <= MOST.unsigned_abs()) {
			Ok(Self { base, traits })
		} else {
			Err(invalid("level", "more than a fit writes"))
		}
	}
}

/// A patient's mean or what is left of it, and the cells.
type Patient<'a> = (f64, &'a [Option<i64>]);

/// Which traits a patient has, and a one.
fn terms(traits: &[Trait], cells: &[Option<i64>]) -> [f64; TRAITS + 1] {
	let mut terms = [0.0; TRAITS + 1];
	for (term, one) in terms.iter_mut().zip(traits) {
		*term = f64::from(u8::from(one.holds(cells)));
	}
	terms[TRAITS] = 1.0;
	terms
}

fn product(terms: [f64; TRAITS + 1], weights: [f64; TRAITS + 1]) -> f64 {
	terms.iter().zip(weights).map(|(term, weight)| term * weight).sum()
}

/// The trait that tells most of what is left, if it is more than chance.
fn most_telling(left: &[Patient<'_>], candidates: &[Candidate]) -> Option<Trait> {
	let whole = Group::of(left);
	let mut best: Option<(f64, Trait)> = None;
	for Candidate { column, number } in candidates.iter().copied() {
		let mut groups = if number { upper(left, column) } else { same(left, column) };
		// What most patients have is told by what the others have; and who has nothing is like most.
		groups.retain(|_, group| number || group.count <= whole.count >> 1);
		for (code, group) in groups {
			let told = whole.told_by(&group);
			if told >= CHANCE && best.is_none_or(|(most, _)| told > most) {
				best = Some((told, Trait { column, at_least: number, code }));
			}
		}
	}
	best.map(|(_, found)| found)
}

/// The patients of every value.
fn same(left: &[Patient<'_>], column: usize) -> BTreeMap<i64, Group> {
	let mut groups: BTreeMap<i64, Group> = BTreeMap::new();
	for (mean, cells) in left {
		if let Some(code) = cells.get(column).copied().flatten() {
			groups.entry(code).or_default().add(*mean);
		}
	}
	groups
}

/// The patients above each quarter of the known values; it begins half way between two values.
fn upper(left: &[Patient<'_>], column: usize) -> BTreeMap<i64, Group> {
	let cell = |cells: &[Option<i64>]| cells.get(column).copied().flatten();
	let mut codes: Vec<i64> = left.iter().filter_map(|(_, cells)| cell(cells)).collect();
	codes.sort_unstable();
	let quarter = |part: usize| {
		let at = codes.len().checked_mul(part)? >> 2;
		let (below, above) = (*codes.get(at.checked_sub(1)?)?, *codes.get(at)?);
		Some(if below < above { i64::midpoint(below, above).saturating_add(1) } else { above })
	};
	let above = |code: i64| left.iter().filter(move |(_, cells)| cell(cells).is_some_and(|cell| cell >= code));
	let group = |code: i64| (code, Group::of(above(code)));
	(1..4).filter_map(quarter).map(group).collect()
}

/// Numbers with their sum and that of their squares.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
	count: usize,
	sum: f64,
	squares: f64,
}

impl Group {
	fn of<'a, 'b: 'a>(patients: impl IntoIterator<Item = &'a Patient<'b>>) -> Self {
		let mut group = Self::default();
		patients.into_iter().for_each(|(mean, _)| group.add(*mean));
		group
	}

	fn add(&mut self, value: f64) {
		self.count = self.count.saturating_add(1);
		self.sum += value;
		self.squares += value * value;
	}

	fn variance(&self) -> f64 {
		let count = self.count as f64;
		self.squares / count - (self.sum / count) * (self.sum / count)
	}

	/// Square of the difference between the mean of a part and that of the rest, in squares of its standard error; 0 if one of
	/// them is small.
	fn told_by(&self, part: &Self) -> f64 {
		let rest = self.count.saturating_sub(part.count);
		if part.count < FEWEST || rest < FEWEST {
			return 0.0;
		}
		let (inside, outside) = (part.count as f64, rest as f64);
		let difference = part.sum / inside - (self.sum - part.sum) / outside;
		let error = self.variance() * (1.0 / inside + 1.0 / outside);
		if error > 0.0 {
			difference * difference / error
		} else {
			0.0
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::random::Stream;

	const DISEASE: Candidate = Candidate { column: 0, number: false };
	const AGE: Candidate = Candidate { column: 1, number: true };

	/// Patients with a disease, one in five, and an age, missing of one in ten; and their means: 0 or `sick`, and `old` from 60.
	fn patients(count: usize, sick: f64, old: f64) -> (Vec<Option<f64>>, Vec<Vec<Option<i64>>>) {
		let mut stream = Stream::new(&[4; 32], "level", 0);
		let patient = |at: usize| {
			let (disease, age) = (i64::from(at.is_multiple_of(5)), 40 + stream.below(41) as i64);
			let told = sick * disease as f64 + if age >= 60 { old } else { 0.0 };
			(Some(told + 0.5 * stream.normal()), vec![Some(disease), (at % 10 != 3).then_some(age)])
		};
		(0..count).map(patient).unzip()
	}

	fn score(level: &Level, cells: [Option<i64>; 2]) -> f64 {
		level.score(&cells) as f64 / UNIT as f64
	}

	#[test]
	fn a_disease_that_keeps_values_apart_is_a_trait() {
		let (means, fixed) = patients(500, 1.5, 0.0);
		let level = Level::of(&means, &fixed, &[DISEASE, AGE]);
		assert!((score(&level, [Some(1), Some(50)]) - 1.5).abs() < 0.15);
		assert!(score(&level, [Some(0), Some(50)]).abs() < 0.15 && score(&level, [None, None]).abs() < 0.15);
		assert_eq!(level.strongest(&[Some(1), None]), Some(true));
		assert_eq!(level.strongest(&[Some(0), None]), Some(false));
	}

	#[test]
	fn numbers_tell_from_a_quarter_of_their_values_on_and_add_to_other_traits() {
		let (means, fixed) = patients(2_000, 1.2, -1.0);
		let level = Level::of(&means, &fixed, &[DISEASE, AGE]);
		let at = |disease, age| score(&level, [Some(disease), Some(age)]);
		let found = [at(0, 45), at(0, 75), at(1, 75), at(1, 45)];
		for (found, expected) in found.iter().zip([0.0, -1.0, 0.2, 1.2]) {
			assert!((found - expected).abs() < 0.2, "{found} {expected}");
		}
	}

	#[test]
	fn what_tells_little_or_of_few_patients_or_nothing_at_all_is_no_level() {
		let none = |(means, fixed): (Vec<Option<f64>>, Vec<Vec<Option<i64>>>)| {
			let level = Level::of(&means, &fixed, &[DISEASE, AGE]);
			assert_eq!(
				(level.clone(), level.tells(), level.strongest(&[Some(1), None])),
				(Level::default(), false, None)
			);
		};
		// A ninth of what patients differ in; eighteen sick patients; chance; constant means; nobody.
		none(patients(2_000, 0.45, 0.0));
		none(patients(90, 3.0, 0.0));
		none(patients(1_000, 0.0, 0.0));
		let (_, fixed) = patients(300, 1.0, 0.0);
		none((vec![Some(0.25); 300], fixed.clone()));
		none((vec![None; 300], fixed));
		none((Vec::new(), Vec::new()));
	}

	#[test]
	fn a_level_is_read_as_it_was_written_and_others_are_refused() {
		let (means, fixed) = patients(500, 1.5, -0.8);
		let level = Level::of(&means, &fixed, &[DISEASE, AGE]);
		let mut bytes = Vec::new();
		level.write(&mut bytes);
		let read = |bytes: &[u8], is_static: fn(usize) -> bool| Level::read(&mut Input { bytes, offset: 0 }, is_static);
		assert_eq!(read(&bytes, |_| true).unwrap(), level);
		assert!(read(&bytes, |column| column == 1).is_err() && read(&bytes[..bytes.len() - 1], |_| true).is_err());
		let changed = |at: usize, byte: u8| {
			let mut bytes = bytes.clone();
			bytes[at] = byte;
			read(&bytes, |_| true)
		};
		// Base; number of traits; kind and weight of the first.
		assert!(changed(0, 0x7f).is_err() && changed(11, 200).is_err());
		assert!(changed(16, 2).is_err() && changed(25, 0x7f).is_err());
	}
}
