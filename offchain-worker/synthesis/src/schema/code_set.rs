//! Sets of a column's codes, with or without "missing".

/// A set of codes as disjoint ascending ranges that do not touch, and whether missing cells belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CodeSet {
	ranges: Vec<(i64, i64)>,
	/// Whether missing cells belong to the set.
	pub missing: bool,
}

impl CodeSet {
	/// The set of these ranges (first and last code of each), in any order, overlapping or not.
	pub fn new(mut ranges: Vec<(i64, i64)>, missing: bool) -> Self {
		ranges.retain(|(low, high)| low <= high);
		ranges.sort_unstable();
		let mut merged: Vec<(i64, i64)> = Vec::with_capacity(ranges.len());
		for (low, high) in ranges {
			match merged.last_mut() {
				Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
				_ => merged.push((low, high)),
			}
		}
		Self { ranges: merged, missing }
	}

	/// Ranges in ascending order.
	pub fn ranges(&self) -> &[(i64, i64)] {
		&self.ranges
	}

	/// Whether nothing belongs to the set.
	pub fn is_empty(&self) -> bool {
		self.ranges.is_empty() && !self.missing
	}

	/// Whether a cell belongs to the set.
	pub fn contains(&self, cell: Option<i64>) -> bool {
		let Some(code) = cell else { return self.missing };
		let after = self.ranges.partition_point(|(low, _)| *low <= code);
		after.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|(_, high)| code <= *high)
	}

	/// What belongs to both.
	pub fn intersection(&self, other: &Self) -> Self {
		let (mut a, mut b) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
		let mut ranges = Vec::new();
		while let (Some((low_a, high_a)), Some((low_b, high_b))) = (a.peek(), b.peek()) {
			let (low, high) = (*low_a.max(low_b), *high_a.min(high_b));
			if low <= high {
				ranges.push((low, high));
			}
			if high_a < high_b {
				a.next();
			} else {
				b.next();
			}
		}
		Self { ranges, missing: self.missing && other.missing }
	}

	/// What belongs to either.
	pub fn union(&self, other: &Self) -> Self {
		Self::new([self.ranges.as_slice(), &other.ranges].concat(), self.missing || other.missing)
	}

	/// What belongs to this set and not to the other.
	pub fn without(&self, other: &Self) -> Self {
		let mut gaps = Vec::with_capacity(other.ranges.len().saturating_add(1));
		let mut from = Some(i64::MIN);
		for (low, high) in &other.ranges {
			if let (Some(start), Some(end)) = (from, low.checked_sub(1)) {
				gaps.push((start, end));
			}
			from = high.checked_add(1);
		}
		gaps.extend(from.map(|start| (start, i64::MAX)));
		self.intersection(&Self::new(gaps, !other.missing))
	}

	/// Whether all of this set belongs to the other.
	pub fn is_within(&self, other: &Self) -> bool {
		self.without(other).is_empty()
	}

	/// The parts of the set between two codes, both included.
	pub fn within(&self, low: i64, high: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
		let first = self.ranges.partition_point(|(_, end)| *end < low);
		let later = self.ranges.get(first..).unwrap_or_default();
		later.iter().take_while(move |(start, _)| *start <= high).map(move |(a, b)| ((*a).max(low), (*b).min(high)))
	}

	/// Least and greatest code; `None` without codes.
	pub fn bounds(&self) -> Option<(i64, i64)> {
		Some((self.ranges.first()?.0, self.ranges.last()?.1))
	}
}

/// Number of codes from `low` to `high`, both included; 0 if `low > high`.
pub(crate) fn count(low: i64, high: i64) -> u64 {
	if low > high {
		0
	} else {
		high.abs_diff(low).saturating_add(1)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn set() -> impl Strategy<Value = CodeSet> {
		(prop::collection::vec((0i64..30, 0i64..30), 0..6), any::<bool>()).prop_map(|(r, m)| CodeSet::new(r, m))
	}

	proptest! {
		#[test]
		fn operations_are_those_of_sets(a in set(), b in set()) {
			for cell in (-1i64..32).map(Some).chain([None]) {
				let (x, y) = (a.contains(cell), b.contains(cell));
				prop_assert_eq!(a.intersection(&b).contains(cell), x && y);
				prop_assert_eq!(a.union(&b).contains(cell), x || y);
				prop_assert_eq!(a.without(&b).contains(cell), x && !y);
			}
			prop_assert_eq!(a.is_within(&b), a.intersection(&b) == a);
			let parts: u64 = a.within(5, 20).map(|(low, high)| count(low, high)).sum();
			prop_assert_eq!(parts, (5i64..=20).filter(|code| a.contains(Some(*code))).count() as u64);
		}
	}
}
