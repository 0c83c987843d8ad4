//! What a person may add to a column: where it comes from, bins, spikes, codes that are not applicable, hierarchy.

use super::{condition::level_codes, CodeSet, Column, ColumnKind};
use crate::{error::shown, limits::MAX_LEVELS};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where the description of a column comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
	/// Read off the data, so it tells about patients until a person confirms it.
	Observed,
}

/// A code (numbers, dates) or a level (categories) that means "not applicable".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NotApplicable {
	/// A code of a number or date.
	Code(i64),
	/// A level of a category.
	Level(String),
}

/// How rare levels of a category are grouped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hierarchy {
	/// Codes of ICD-10 (WHO): three-character category, then chapter.
	#[serde(rename = "icd-10")]
	Icd10,
	/// By the first characters of the level: how many of them, longest first.
	Prefixes(Vec<u8>),
}

impl Column {
	/// First thing wrong with what was added to the column.
	pub(super) fn refinement_problem(&self) -> Option<String> {
		self.wrong_place()
			.or_else(|| self.bins_problem())
			.or_else(|| self.spikes_problem())
			.or_else(|| self.not_applicable_problem())
			.or_else(|| prefixes_problem(self.hierarchy.as_ref()))
	}

	fn wrong_place(&self) -> Option<String> {
		let categorical = matches!(self.kind, ColumnKind::Categorical { .. });
		let word = if !self.is_numeric() && !self.bins.is_empty() {
			"bins"
		} else if !self.is_numeric() && !self.spikes.is_empty() {
			"spikes"
		} else if !categorical && self.hierarchy.is_some() {
			"a hierarchy"
		} else if !categorical && self.ordered {
			"\"ordered\""
		} else if self.is_identifier() && self.fixed {
			"\"static\""
		} else if self.is_identifier() && !self.not_applicable.is_empty() {
			"\"not_applicable\""
		} else {
			return None;
		};
		let fits = match word {
			"bins" | "spikes" => "a number or date",
			"\"static\"" => "synthesised",
			_ => "a category",
		};
		Some(format!("{word} is declared for a column that is not {fits}. Remove it, or change the type"))
	}

	fn outside(&self, code: i64) -> bool {
		self.code_range().is_none_or(|(min, max)| !(min..=max).contains(&code))
	}

	fn bins_problem(&self) -> Option<String> {
		if self.bins.len() >= MAX_LEVELS {
			return Some(format!("{} bins. Declare at most {MAX_LEVELS}", self.bins.len()));
		}
		let (min, max) = self.code_range()?;
		if let Some(cut) = self.bins.iter().find(|cut| **cut <= min || **cut > max) {
			return Some(format!(
				"bin {cut} is outside the range {min} to {max}. A bin is the code where it starts, and the first starts at {min}"
			));
		}
		let pair = self.bins.windows(2).find(|pair| pair.first() >= pair.last())?;
		Some(format!("bins {pair:?} do not ascend. Sort them and remove repetitions"))
	}

	fn spikes_problem(&self) -> Option<String> {
		if self.spikes.len() > MAX_LEVELS {
			return Some(format!("{} spikes. Declare at most {MAX_LEVELS}", self.spikes.len()));
		}
		if let Some(code) = self.spikes.iter().find(|code| self.outside(**code)) {
			return Some(format!("spike {code} is outside the range. Widen the range, or remove the spike"));
		}
		let pair = self.spikes.windows(2).find(|pair| pair.first() >= pair.last())?;
		Some(format!("spikes {pair:?} do not ascend. Sort them and remove repetitions"))
	}

	fn not_applicable_problem(&self) -> Option<String> {
		if self.not_applicable.len() > MAX_LEVELS {
			return Some(format!(
				"{} codes are not applicable. Declare at most {MAX_LEVELS}",
				self.not_applicable.len()
			));
		}
		let levels = level_codes(self);
		let mut seen = BTreeSet::new();
		for mark in &self.not_applicable {
			let text = match mark {
				NotApplicable::Code(code) => code.to_string(),
				NotApplicable::Level(level) => format!("{:?}", shown(level)),
			};
			let Some(code) = self.code_of(mark, &levels) else {
				return Some(format!(
					"{text} is marked as not applicable and is no code or level of the column. Declare it, or remove the mark"
				));
			};
			if !seen.insert(code) || self.spikes.binary_search(&code).is_ok() {
				return Some(format!("{text} is marked as not applicable and marked once more. Remove one"));
			}
		}
		None
	}

	/// The code of a mark: numbers by code, categories by level.
	fn code_of(&self, mark: &NotApplicable, levels: &BTreeMap<&str, i64>) -> Option<i64> {
		match mark {
			NotApplicable::Level(level) => levels.get(level.as_str()).copied(),
			NotApplicable::Code(code) => (self.is_numeric() && !self.outside(*code)).then_some(*code),
		}
	}

	/// Codes that mean "not applicable".
	pub(crate) fn not_applicable_codes(&self) -> CodeSet {
		if self.not_applicable.is_empty() {
			return CodeSet::default();
		}
		let levels = level_codes(self);
		let codes = self.not_applicable.iter().filter_map(|mark| self.code_of(mark, &levels));
		CodeSet::new(codes.map(|code| (code, code)).collect(), false)
	}

	/// Whether codes have an order: numbers, dates and ordinal categories.
	#[must_use]
	pub fn is_ordered(&self) -> bool {
		self.is_numeric() || self.ordered
	}
}

fn prefixes_problem(hierarchy: Option<&Hierarchy>) -> Option<String> {
	let Some(Hierarchy::Prefixes(lengths)) = hierarchy else { return None };
	let descend = lengths.windows(2).all(|pair| pair.first() > pair.last());
	(lengths.is_empty() || lengths.contains(&0) || !descend).then(|| {
		format!("prefixes {lengths:?} are not lengths from long to short. Write them as in {{\"prefixes\":[3,1]}}")
	})
}
