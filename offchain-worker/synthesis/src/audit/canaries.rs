//! Records that stand out, put into the data by fair coins.

use super::{epsilon_lower_bound, AuditError, Guesses};
use crate::digest::Digest;
use crate::random::Stream;
use std::collections::BTreeSet;

/// Most canaries of one audit.
pub const MAX_CANARIES: usize = 100_000;
/// Candidates drawn for every canary.
const CANDIDATES: usize = 8;
/// Earlier canaries that a candidate is kept away from.
const NEIGHBOURS: usize = 256;

/// How much a release looks as if a canary was in the data: the larger, the more.
pub trait CanaryScore {
	/// Score of one canary, a code for every column. Only the order of scores matters.
	fn score(&self, canary: &[u32]) -> f64;
}

/// Canaries and the coins that decided which are in the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canaries {
	/// One code for every column.
	records: Vec<Vec<u32>>,
	/// The coin of each.
	included: Vec<bool>,
}

impl Canaries {
	/// `count` different records over columns of `sizes` levels. Levels are drawn among the rarer half of each column (at
	/// least two) in `codes`, the data column by column; of eight candidates that `permitted` allows the one that
	/// differs in most columns from its predecessors is kept. Each is included by a fair coin of its own.
	///
	/// # Errors
	/// [`AuditError::CanaryCount`], [`AuditError::Codes`], and [`AuditError::TooFewCombinations`] if there are not as many
	/// permitted records, or they are hard to find.
	pub fn new(
		sizes: &[usize],
		codes: &[Vec<u32>],
		count: usize,
		seed: &Digest,
		permitted: impl Fn(&[u32]) -> bool,
	) -> Result<Self, AuditError> {
		if count == 0 || count > MAX_CANARIES {
			return Err(AuditError::CanaryCount { count, limit: MAX_CANARIES });
		}
		let rare = rare_levels(sizes, codes)?;
		let stream = &mut Stream::new(seed, "audit/canaries", 0);
		let mut records: Vec<Vec<u32>> = Vec::new();
		let mut known = BTreeSet::new();
		while records.len() < count {
			let candidates = (0..CANDIDATES).map(|_| draw(&rare, stream)).collect::<Vec<_>>();
			let fresh = candidates.into_iter().filter(|record| permitted(record) && !known.contains(record));
			// Of equals the last.
			let Some(best) = fresh.max_by_key(|record| distance(record, &records)) else {
				return Err(AuditError::TooFewCombinations { found: records.len(), count });
			};
			known.insert(best.clone());
			records.push(best);
		}
		let coins = &mut Stream::new(seed, "audit/coins", 0);
		let included = records.iter().map(|_| coins.below(2) == 1).collect();
		Ok(Self { records, included })
	}

	/// The canaries, one code for every column.
	#[must_use]
	pub fn records(&self) -> &[Vec<u32>] {
		&self.records
	}

	/// Which canaries are in the data, in the order of [`Canaries::records`].
	#[must_use]
	pub fn included(&self) -> &[bool] {
		&self.included
	}

	/// The data, column by column, with the included canaries as further rows. Each is a patient with one row.
	///
	/// # Errors
	/// [`AuditError::Codes`] for data of another number of columns.
	pub fn insert(&self, codes: &[Vec<u32>]) -> Result<Vec<Vec<u32>>, AuditError> {
		let width = self.records.first().map_or(0, Vec::len);
		if codes.len() != width {
			return Err(AuditError::Codes { column: codes.len().min(width), problem: "not in both data and canaries" });
		}
		let chosen = || self.records.iter().zip(&self.included).filter(|(_, included)| **included);
		let columns = codes.iter().enumerate().map(|(column, codes)| {
			let added = chosen().filter_map(|(record, _)| record.get(column).copied());
			codes.iter().copied().chain(added).collect()
		});
		Ok(columns.collect())
	}

	/// Guesses that the half of `guesses` canaries with the highest scores are in the data and the half with the lowest are
	/// not, and counts how many are right. To be fixed before the scores are seen.
	///
	/// # Errors
	/// [`AuditError::Guesses`] for none, or more than there are canaries.
	pub fn guess(&self, score: &impl CanaryScore, guesses: usize) -> Result<Guesses, AuditError> {
		let (canaries, made) = (self.records.len() as u64, guesses as u64);
		if made == 0 || made > canaries {
			return Err(AuditError::Guesses { canaries, made, correct: 0 });
		}
		let mut ranked: Vec<(f64, bool)> =
			self.records.iter().map(|record| score.score(record)).zip(self.included.iter().copied()).collect();
		// Stable: ties stay in an order that does not know the coins.
		ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
		let inside = guesses.div_ceil(2);
		let right_inside = ranked.iter().take(inside).filter(|(_, included)| *included).count();
		let outside = guesses.saturating_sub(inside);
		let right_outside = ranked.iter().rev().take(outside).filter(|(_, included)| !*included).count();
		Ok(Guesses { canaries, made, correct: right_inside.saturating_add(right_outside) as u64 })
	}

	/// Lower bound on ε from `guesses` guesses ([`Canaries::guess`], [`epsilon_lower_bound`]).
	///
	/// # Errors
	/// Those of both.
	pub fn audit(
		&self,
		score: &impl CanaryScore,
		guesses: usize,
		delta: f64,
		confidence: f64,
	) -> Result<f64, AuditError> {
		epsilon_lower_bound(self.guess(score, guesses)?, delta, confidence)
	}
}

/// The levels of every column from which canaries are made, the rarest first.
fn rare_levels(sizes: &[usize], codes: &[Vec<u32>]) -> Result<Vec<Vec<u32>>, AuditError> {
	if sizes.len() != codes.len() || sizes.is_empty() {
		let column = sizes.len().min(codes.len());
		return Err(AuditError::Codes { column, problem: "no size, or no codes" });
	}
	let columns = sizes.iter().zip(codes).enumerate();
	columns.map(|(column, (size, codes))| rare_in(column, *size, codes)).collect()
}

fn rare_in(column: usize, size: usize, codes: &[u32]) -> Result<Vec<u32>, AuditError> {
	if size == 0 || u32::try_from(size).is_err() {
		return Err(AuditError::Codes { column, problem: "no level, or more than fit" });
	}
	let mut counts = vec![0u64; size];
	for code in codes {
		let problem = "a code above the column's size";
		let count = counts.get_mut(*code as usize).ok_or(AuditError::Codes { column, problem })?;
		*count = count.saturating_add(1);
	}
	let mut levels: Vec<(u64, u32)> = counts.into_iter().zip(0..).collect();
	levels.sort_unstable();
	let kept = size.div_ceil(2).max(2);
	Ok(levels.into_iter().take(kept).map(|(_, level)| level).collect())
}

fn draw(rare: &[Vec<u32>], stream: &mut Stream) -> Vec<u32> {
	rare.iter().map(|levels| levels.get(stream.below(levels.len() as u64) as usize).copied().unwrap_or(0)).collect()
}

/// Least number of columns in which a record differs from the latest canaries.
fn distance(record: &[u32], others: &[Vec<u32>]) -> usize {
	let differing = |other: &Vec<u32>| record.iter().zip(other).filter(|(a, b)| a != b).count();
	others.iter().rev().take(NEIGHBOURS).map(differing).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
	use super::*;

	const SEED: Digest = [6; 32];
	const SIZES: [usize; 4] = [6, 5, 2, 1];

	/// Level 0 is frequent in every column.
	fn codes() -> Vec<Vec<u32>> {
		let column =
			|size: usize| (0..100).map(|row| if row % 5 == 0 { (row as usize % size) as u32 } else { 0 }).collect();
		SIZES.iter().map(|size| column(*size)).collect()
	}

	fn canaries(count: usize) -> Canaries {
		Canaries::new(&SIZES, &codes(), count, &SEED, |_| true).unwrap()
	}

	#[test]
	fn canaries_are_different_rare_and_golden() {
		let canaries = canaries(12);
		let distinct: BTreeSet<_> = canaries.records().iter().collect();
		assert_eq!(distinct.len(), 12);
		assert!(canaries.records().iter().all(|record| record[0] != 0 && record[1] != 0 && record[3] == 0));
		assert_eq!(canaries.records()[..2], [[3, 3, 1, 0], [1, 2, 0, 0]]);
		assert_eq!(canaries.included()[..6], [false, true, true, false, true, false]);
	}

	#[test]
	fn included_canaries_become_rows_and_no_others() {
		let canaries = canaries(12);
		let with = canaries.insert(&codes()).unwrap();
		let included = canaries.included().iter().filter(|included| **included).count();
		assert!(included > 0 && included < 12);
		assert!(with.iter().all(|column| column.len() == 100 + included));
		let added: BTreeSet<Vec<u32>> =
			(100..100 + included).map(|row| with.iter().map(|c| c[row]).collect()).collect();
		for (record, included) in canaries.records().iter().zip(canaries.included()) {
			assert_eq!(added.contains(record), *included);
		}
	}

	#[test]
	fn coins_are_fair_and_do_not_depend_on_the_records() {
		let sizes = [1_000, 1_000];
		let codes = [vec![0; 3], vec![1; 3]];
		let canaries = Canaries::new(&sizes, &codes, 4_000, &SEED, |_| true).unwrap();
		let included = canaries.included().iter().filter(|included| **included).count();
		assert!((1_860..=2_140).contains(&included), "{included}");
	}

	/// An attacker who is told the coins of all canaries whose first code is below `known`.
	struct Told<'a>(&'a Canaries, u32);

	impl CanaryScore for Told<'_> {
		fn score(&self, canary: &[u32]) -> f64 {
			let position = self.0.records().iter().position(|record| record == canary).unwrap();
			match (canary[0] < self.1, self.0.included()[position]) {
				(false, _) => 0.0,
				(true, true) => 1.0,
				(true, false) => -1.0,
			}
		}
	}

	#[test]
	fn an_attacker_who_knows_the_coins_is_always_right_and_one_who_does_not_proves_nothing() {
		let codes = [vec![0; 3], vec![1; 3]];
		let canaries = Canaries::new(&[1_000, 1_000], &codes, 400, &SEED, |_| true).unwrap();
		let Guesses { made, correct, .. } = canaries.guess(&Told(&canaries, 1_000), 300).unwrap();
		assert_eq!((made, correct), (300, 300));
		assert!(canaries.audit(&Told(&canaries, 1_000), 300, 1e-6, 0.95).unwrap() > 4.0);
		assert_eq!(canaries.audit(&Told(&canaries, 0), 300, 1e-6, 0.95), Ok(0.0));
	}

	#[test]
	fn records_that_are_not_permitted_are_not_made() {
		let made = Canaries::new(&SIZES, &codes(), 4, &SEED, |record| record[2] == 1).unwrap();
		assert!(made.records().iter().all(|record| record[2] == 1));
		let none = Canaries::new(&SIZES, &codes(), 4, &SEED, |_| false);
		assert_eq!(none, Err(AuditError::TooFewCombinations { found: 0, count: 4 }));
	}

	#[test]
	fn impossible_audits_are_refused() {
		let new = |sizes: &[usize], codes: &[Vec<u32>], count| Canaries::new(sizes, codes, count, &SEED, |_| true);
		assert!(matches!(new(&SIZES, &codes(), 0), Err(AuditError::CanaryCount { .. })));
		assert!(matches!(new(&SIZES, &codes(), MAX_CANARIES + 1), Err(AuditError::CanaryCount { .. })));
		assert!(matches!(new(&[2], &[vec![0]], 3), Err(AuditError::TooFewCombinations { count: 3, .. })));
		assert!(matches!(new(&[], &[], 1), Err(AuditError::Codes { .. })));
		assert!(matches!(new(&[2], &[], 1), Err(AuditError::Codes { .. })));
		assert!(matches!(new(&[0], &[vec![]], 1), Err(AuditError::Codes { column: 0, .. })));
		assert!(matches!(new(&[2], &[vec![2]], 1), Err(AuditError::Codes { column: 0, .. })));
		assert!(canaries(3).insert(&codes()[..3]).is_err());
		assert!(canaries(3).guess(&Told(&canaries(3), 9), 4).is_err());
		assert!(canaries(3).guess(&Told(&canaries(3), 9), 0).is_err());
	}
}
