//! One column of a schema: what its cells hold, and how they may be encoded.

use super::refine::{Hierarchy, NotApplicable, Source};
use crate::{
	calendar,
	error::shown,
	limits::{MAX_CELL_BYTES, MAX_LEVELS, MAX_MAGNITUDE, MAX_SCALE},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
	/// The header, trimmed.
	pub name: String,
	/// What its cells hold.
	pub kind: ColumnKind,
	/// Unit of measurement (UCUM where there is one), such as `mmol/L`.
	pub unit: Option<String>,
	/// Whether cells may be missing.
	pub missing: bool,
	/// What the column tells about a person.
	pub role: ColumnRole,
	/// Where kind, range, levels and `missing` come from; absent when a person declared or confirmed them.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub source: Option<Source>,
	/// Numbers and dates: first code of every bin after the first, ascending, within the range.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub bins: Vec<i64>,
	/// Numbers and dates: codes that are frequent of themselves (0 cigarettes, detection limits) and modelled one by one.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub spikes: Vec<i64>,
	/// Codes or levels that mean "not applicable": neither missing nor an amount. Orders do not hold for them.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub not_applicable: Vec<NotApplicable>,
	/// How rare levels are grouped.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub hierarchy: Option<Hierarchy>,
	/// Whether the column is the same in all rows of a patient, as sex is; `static` in JSON.
	#[serde(default, rename = "static", skip_serializing_if = "std::ops::Not::not")]
	pub fixed: bool,
	/// Whether the levels are listed in their order (ordinal), as in `none`, `mild`, `severe`.
	#[serde(default, skip_serializing_if = "std::ops::Not::not")]
	pub ordered: bool,
}

/// What a column's cells hold. Numbers and dates are kept as integer codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ColumnKind {
	/// One of a list of levels; the code is the index in the list.
	Categorical {
		/// The levels, distinct, trimmed, none of them a missing marker.
		levels: Vec<String>,
	},
	/// A whole number; the code is the number.
	Integer {
		/// Least value.
		min: i64,
		/// Greatest value.
		max: i64,
	},
	/// A number with `scale` decimals; the code is value × 10^scale. More decimals are rounded, half away from zero.
	Decimal {
		/// Least code.
		min: i64,
		/// Greatest code.
		max: i64,
		/// Decimals, 1 to 15.
		scale: u8,
	},
	/// A date; the code is days since 1970-01-01. A time of day is dropped.
	Date {
		/// First day.
		min: i64,
		/// Last day.
		max: i64,
	},
	/// A name or number of a person, sample or row. Kept as text, never synthesised.
	Identifier,
}

/// What a column tells about a person (the words of statistical disclosure control).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnRole {
	/// Names a person directly.
	Identifier,
	/// May single out a person together with others: age, sex, region.
	Quasi,
	/// All else.
	Attribute,
}

impl Column {
	/// A complete column without unit and refinements; its role is identifier or attribute, as its kind says.
	#[must_use]
	pub fn new(name: &str, kind: ColumnKind) -> Self {
		let role = match kind {
			ColumnKind::Identifier => ColumnRole::Identifier,
			_ => ColumnRole::Attribute,
		};
		Self {
			name: name.into(),
			kind,
			unit: None,
			missing: false,
			role,
			source: None,
			bins: Vec::new(),
			spikes: Vec::new(),
			not_applicable: Vec::new(),
			hierarchy: None,
			fixed: false,
			ordered: false,
		}
	}

	/// Whether the column is an identifier and so stays out of synthesis.
	#[must_use]
	pub fn is_identifier(&self) -> bool {
		matches!(self.kind, ColumnKind::Identifier)
	}

	/// Whether the column's codes are ordered numbers (integer, decimal or date).
	#[must_use]
	pub fn is_numeric(&self) -> bool {
		matches!(self.kind, ColumnKind::Integer { .. } | ColumnKind::Decimal { .. } | ColumnKind::Date { .. })
	}

	/// Decimals of the column's codes; 0 for all but decimals.
	#[must_use]
	pub fn scale(&self) -> u8 {
		match self.kind {
			ColumnKind::Decimal { scale, .. } => scale,
			_ => 0,
		}
	}

	/// Least and greatest code; `None` for identifiers and for categorical columns without levels.
	#[must_use]
	pub fn code_range(&self) -> Option<(i64, i64)> {
		match &self.kind {
			ColumnKind::Categorical { levels } => {
				let last = i64::try_from(levels.len()).ok()?.checked_sub(1)?;
				(last >= 0).then_some((0, last))
			},
			ColumnKind::Integer { min, max } | ColumnKind::Decimal { min, max, .. } | ColumnKind::Date { min, max } => {
				Some((*min, *max))
			},
			ColumnKind::Identifier => None,
		}
	}

	pub(super) fn problem(&self, markers: &[String]) -> Option<String> {
		self.kind_problem(markers).or_else(|| self.refinement_problem())
	}

	fn kind_problem(&self, markers: &[String]) -> Option<String> {
		if self.is_identifier() != (self.role == ColumnRole::Identifier) {
			return Some("kind and role disagree. Set both to identifier, or neither".into());
		}
		match &self.kind {
			ColumnKind::Categorical { levels } => levels_problem(levels, markers),
			ColumnKind::Integer { min, max } => range_problem(*min, *max, MAX_MAGNITUDE),
			ColumnKind::Decimal { min, max, scale } => {
				if !(1..=MAX_SCALE).contains(scale) {
					return Some(format!(
						"scale {scale} is outside 1 to {MAX_SCALE}. Use type integer for whole numbers"
					));
				}
				range_problem(*min, *max, MAX_MAGNITUDE)
			},
			ColumnKind::Date { min, max } => {
				let outside = [min, max].into_iter().find(|d| !calendar::RANGE.contains(*d));
				match outside {
					Some(day) => Some(format!("day {day} is outside years 1 to 9999. Count days since 1970-01-01")),
					None => range_problem(*min, *max, MAX_MAGNITUDE),
				}
			},
			ColumnKind::Identifier => None,
		}
	}
}

fn range_problem(min: i64, max: i64, limit: i64) -> Option<String> {
	if min > max {
		return Some(format!("min {min} is above max {max}. Exchange them"));
	}
	(min.unsigned_abs().max(max.unsigned_abs()) > limit.unsigned_abs())
		.then(|| format!("{min} to {max} goes beyond ±{limit} (2^53 - 1). Use fewer decimals"))
}

fn levels_problem(levels: &[String], markers: &[String]) -> Option<String> {
	if levels.is_empty() || levels.len() > MAX_LEVELS {
		return Some(format!("{} levels. List 1 to {MAX_LEVELS}", levels.len()));
	}
	let mut seen = BTreeSet::new();
	for level in levels {
		let text = shown(level);
		if level.is_empty() || level.trim() != level || level.len() > MAX_CELL_BYTES {
			return Some(format!("level {text:?} is empty, too long or has blanks around it. Write it trimmed"));
		}
		if level.contains('\0') || markers.contains(level) {
			return Some(format!("level {text:?} is also a missing marker. Remove one of them"));
		}
		if !seen.insert(level) {
			return Some(format!("level {text:?} is listed twice. Remove one"));
		}
	}
	None
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn levels_are_distinct_trimmed_and_no_missing_markers() {
		let kind = |levels: &[&str]| {
			levels_problem(&levels.iter().map(ToString::to_string).collect::<Vec<_>>(), &["NA".into()])
		};
		assert_eq!(kind(&["a", "b"]), None);
		assert!(kind(&[]).is_some());
		assert!(kind(&["a", "a"]).unwrap().contains("twice"));
		assert!(kind(&["NA"]).unwrap().contains("marker"));
		assert!(kind(&["a "]).unwrap().contains("trimmed"));
	}
}
