//! Parents of the levels of a category, for grouping rare ones.

use super::{
	column::{Level, LevelKind},
	icd10,
};
use crate::schema::{Column, ColumnKind, Hierarchy};
use std::collections::BTreeSet;

/// Parents of every level, nearest first, as numbers that are unique within the column.
pub(super) fn ancestors(column: &Column, levels: &[Level]) -> Vec<Vec<u32>> {
	let (Some(hierarchy), ColumnKind::Categorical { levels: names }) = (&column.hierarchy, &column.kind) else {
		return Vec::new();
	};
	let named = names.iter().map(Some).chain(std::iter::repeat(None));
	let keys: Vec<Vec<String>> = levels
		.iter()
		.zip(named)
		.map(|(level, name)| match name {
			Some(name) if level.kind == LevelKind::Regular => parents(hierarchy, name),
			_ => Vec::new(),
		})
		.collect();
	let known: BTreeSet<(usize, &str)> = keys.iter().flat_map(|keys| numbered(keys)).collect();
	let known: Vec<(usize, &str)> = known.into_iter().collect();
	let number = |key| known.binary_search(&key).ok().and_then(|at| u32::try_from(at).ok());
	keys.iter().map(|keys| numbered(keys).filter_map(number).collect()).collect()
}

fn numbered(keys: &[String]) -> impl Iterator<Item = (usize, &str)> {
	keys.iter().map(String::as_str).enumerate()
}

/// Names of a level's parents, nearest first.
fn parents(hierarchy: &Hierarchy, level: &str) -> Vec<String> {
	match hierarchy {
		Hierarchy::Icd10 => {
			let chapter = icd10::chapter(level).map_or("", |chapter| chapter.numeral);
			vec![icd10::category(level), chapter.into()]
		},
		Hierarchy::Prefixes(lengths) => {
			lengths.iter().map(|length| level.chars().take(usize::from(*length)).collect()).collect()
		},
	}
}
