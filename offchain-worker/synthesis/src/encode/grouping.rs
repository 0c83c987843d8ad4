//! Groups of fine levels, on which a model works.

use super::{Domain, EncodeError};
use std::collections::BTreeSet;

/// Fine levels put together for modelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
	/// Per group its members: fine level and weight. Weights of a group have a sum above 0; decoding draws members
	/// by them. A level may be in no group, then it is never drawn.
	pub groups: Vec<Vec<(u32, u32)>>,
}

impl Grouping {
	/// Every level a group of its own.
	#[must_use]
	pub fn identity(levels: usize) -> Self {
		Self { groups: (0u32..).take(levels).map(|level| vec![(level, 1)]).collect() }
	}

	/// The group of every level; `u32::MAX` for a level that is in none.
	pub(crate) fn group_of(&self, levels: usize) -> Vec<u32> {
		let mut group_of = vec![u32::MAX; levels];
		for (number, group) in (0u32..).zip(&self.groups) {
			for (level, _) in group {
				if let Some(group) = usize::try_from(*level).ok().and_then(|at| group_of.get_mut(at)) {
					*group = number;
				}
			}
		}
		group_of
	}

	/// Checks that the groups are ones of a column's levels.
	///
	/// # Errors
	/// [`EncodeError::Grouping`] for a group without weight, a level that the column does not have or that is in
	/// two groups, and a group of levels of two classes.
	pub fn check(&self, domain: &Domain, column: usize) -> Result<(), EncodeError> {
		let wrong = |problem| Err(EncodeError::Grouping { column: domain.shown_name(column), problem });
		let size = domain.column(column).map_or(0, super::ColumnDomain::size);
		let mut seen = BTreeSet::new();
		for (number, members) in self.groups.iter().enumerate() {
			if members.iter().all(|(_, weight)| *weight == 0) {
				return wrong(format!("group {number} has no weight. Leave it out, or weigh a member"));
			}
			let mut class = None;
			for (level, _) in members {
				if usize::try_from(*level).map_or(true, |level| level >= size) || !seen.insert(*level) {
					return wrong(format!("level {level} in group {number} is unknown or in two groups. List it once"));
				}
				let found = domain.class(column, *level);
				if class.is_some_and(|class| class != found) {
					return wrong(format!("group {number} joins levels of two classes. Split it by class"));
				}
				class = Some(found);
			}
		}
		Ok(())
	}
}
