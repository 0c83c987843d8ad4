//! Fine levels in words, for people who look at how columns are cut.

use super::{Domain, LevelKind};
use crate::table::written;

/// A fine level as tables write its cells.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LevelText {
	/// What it stands for.
	pub kind: LevelKind,
	/// Its first value; empty for missing cells.
	pub first: String,
	/// Its last value; the first again for a single one.
	pub last: String,
}

impl Domain {
	/// A fine level in words; `None` past the end of the columns or levels.
	#[must_use]
	pub fn level_text(&self, column: usize, level: u32) -> Option<LevelText> {
		let (found, told) = (self.column(column)?, self.schema().columns.get(column)?);
		let text = |code| written(told, code);
		let (first, last) = found.bounds(level).map(|(low, high)| (text(low), text(high))).unwrap_or_default();
		Some(LevelText { kind: found.kind(level)?, first, last })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::simulate;
	use std::sync::Arc;

	#[test]
	fn levels_are_told_as_tables_write_them() {
		let schema = simulate(2, [0; 32]).unwrap().schema;
		let domain = Domain::equal_width(Arc::new(schema), 8).unwrap();
		let at = |name: &str| domain.schema().position(name).unwrap();
		let sex = domain.level_text(at("sex"), 0).unwrap();
		assert_eq!((sex.kind, sex.first.as_str(), sex.last.as_str()), (LevelKind::Regular, "female", "female"));
		let date = domain.level_text(at("visit_date"), 0).unwrap();
		assert!(date.first.len() == 10 && date.first < date.last, "{date:?}");
		let bmi = at("bmi_39156_5");
		let last = u32::try_from(domain.sizes()[bmi] - 1).unwrap();
		assert_eq!(domain.level_text(bmi, last).unwrap().kind, LevelKind::Missing);
		assert_eq!(domain.level_text(bmi, last).unwrap().first, "");
		assert!(domain.level_text(bmi, 0).unwrap().first.contains('.'));
		assert_eq!(domain.level_text(bmi, last + 1), None);
		assert_eq!(domain.level_text(99, 0), None);
	}
}
