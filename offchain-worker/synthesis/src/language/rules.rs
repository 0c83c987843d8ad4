//! Pairs of tokens that the schema's constraints forbid together.

use crate::encode::Vocabulary;
use std::collections::BTreeMap;

/// The forbidden pairs of every pair of columns that a constraint ties.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Rules {
	/// By column and other column: by token of the other, whether each own token is forbidden.
	forbidden: BTreeMap<(usize, usize), Vec<Vec<bool>>>,
}

impl Rules {
	/// What a vocabulary's schema forbids. A pair of tokens is forbidden if every pair of their levels is.
	pub fn of(vocabulary: &Vocabulary) -> Self {
		let mut forbidden = BTreeMap::new();
		for (a, b) in vocabulary.domain.constrained_pairs() {
			for (own, other) in [(a, b), (b, a)] {
				forbidden.insert((own, other), pairs(vocabulary, own, other));
			}
		}
		Self { forbidden }
	}

	/// Whether any rule is about a column.
	pub fn concern(&self, column: usize) -> bool {
		self.forbidden.range((column, 0)..=(column, usize::MAX)).next().is_some()
	}

	/// Sets to 0 what the token of another column forbids.
	pub fn forbid(&self, column: usize, other: usize, token: u32, shares: &mut [u64]) {
		let by_token = self.forbidden.get(&(column, other));
		let found = by_token.and_then(|by_token| by_token.get(usize::try_from(token).ok()?));
		for (share, forbidden) in shares.iter_mut().zip(found.map_or(&[][..], Vec::as_slice)) {
			if *forbidden {
				*share = 0;
			}
		}
	}
}

fn pairs(vocabulary: &Vocabulary, own: usize, other: usize) -> Vec<Vec<bool>> {
	let groups = |column: usize| vocabulary.groupings.get(column).map_or(&[][..], |found| found.groups.as_slice());
	let forbidden = |x: u32, y: u32| vocabulary.domain.forbidden(own, x, other, y);
	let none = |own_group: &[(u32, u32)], other_group: &[(u32, u32)]| {
		own_group.iter().all(|(x, _)| other_group.iter().all(|(y, _)| forbidden(*x, *y)))
	};
	let row = |other_group: &Vec<(u32, u32)>| groups(own).iter().map(|group| none(group, other_group)).collect();
	groups(other).iter().map(row).collect()
}
