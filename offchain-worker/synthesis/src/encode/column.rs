//! The fine levels of one column.

use super::{hierarchy, EncodeError};
use crate::{
	error::shown,
	limits::MAX_LEVELS,
	schema::{CodeSet, Column, ColumnKind},
};
use std::collections::{BTreeMap, BTreeSet};

/// A number or date of at most this many possible codes has a level for each of them.
pub(super) const FEW: u64 = 64;

/// What a fine level stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelKind {
	/// A level of a category, or a bin of codes.
	Regular,
	/// One frequent code.
	Spike,
	/// A code or level that means "not applicable".
	NotApplicable,
	/// A missing cell.
	Missing,
}

/// One fine level: a range of codes, or "missing".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
	pub kind: LevelKind,
	/// First and last code; not of use for missing.
	pub low: i64,
	pub high: i64,
}

impl Level {
	/// A cell of the level.
	pub fn example(&self) -> Option<i64> {
		(self.kind != LevelKind::Missing).then_some(self.low)
	}

	/// Whether orders between columns do not hold for it.
	pub fn is_free(&self) -> bool {
		matches!(self.kind, LevelKind::NotApplicable | LevelKind::Missing)
	}
}

/// The fine levels of one column: levels of a category in their order, or bins of codes in ascending order, then
/// spikes and codes that do not apply, then "missing" if cells may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDomain {
	pub(super) levels: Vec<Level>,
	classes: Vec<u32>,
	/// First code of every level but "missing", ascending, and the level.
	starts: Vec<(i64, u32)>,
	ancestors: Vec<Vec<u32>>,
	ordered: bool,
}

/// Whether the column's bins are fixed by the schema.
pub(super) fn is_closed(column: &Column) -> bool {
	!column.is_numeric() || !column.bins.is_empty() || column.code_range().is_none_or(few)
}

fn few((min, max): (i64, i64)) -> bool {
	min.abs_diff(max) < FEW
}

impl ColumnDomain {
	/// Levels of a column that the schema declares. `cuts` are the inner cut points if it is open; `parts` are
	/// the sets of cells whose inside and outside must not share a level.
	pub(super) fn new(column: &Column, cuts: &[i64], parts: &[&CodeSet]) -> Result<Self, EncodeError> {
		check_cuts(column, cuts)?;
		let mut levels = match &column.kind {
			ColumnKind::Categorical { levels } => category(column, levels.len()),
			_ => bins(column, cuts, parts)?,
		};
		if column.missing {
			levels.push(Level { kind: LevelKind::Missing, low: 0, high: 0 });
		}
		// "Missing" comes on top of what a schema may declare.
		if levels.len() > MAX_LEVELS.saturating_add(1) {
			return Err(too_many(column, levels.len()));
		}
		let mut starts: Vec<(i64, u32)> =
			levels.iter().zip(0u32..).filter_map(|(level, at)| Some((level.example()?, at))).collect();
		starts.sort_unstable();
		let ancestors = hierarchy::ancestors(column, &levels);
		Ok(Self { classes: classes(&levels, parts), levels, starts, ancestors, ordered: column.is_ordered() })
	}

	/// Number of fine levels, at least 1.
	#[must_use]
	pub fn size(&self) -> usize {
		self.levels.len()
	}

	/// Whether neighbouring levels may be grouped.
	#[must_use]
	pub fn ordered(&self) -> bool {
		self.ordered
	}

	/// What a level stands for; `None` past the end.
	#[must_use]
	pub fn kind(&self, level: u32) -> Option<LevelKind> {
		Some(self.level(level)?.kind)
	}

	/// First and last code of a level; `None` for missing and past the end.
	#[must_use]
	pub fn bounds(&self, level: u32) -> Option<(i64, i64)> {
		let level = self.level(level)?;
		level.example().map(|_| (level.low, level.high))
	}

	/// First and last code of the bin that holds a code; `None` if it is a spike, not applicable, or in no bin.
	pub(crate) fn bin_of(&self, code: i64) -> Option<(i64, i64)> {
		let level = self.level_of(Some(code))?;
		self.bounds(level).filter(|_| self.kind(level) == Some(LevelKind::Regular))
	}

	/// See [`super::Domain::class`].
	#[must_use]
	pub fn class(&self, level: u32) -> u32 {
		usize::try_from(level).ok().and_then(|at| self.classes.get(at).copied()).unwrap_or(u32::MAX)
	}

	/// See [`super::Domain::ancestors`].
	#[must_use]
	pub fn ancestors(&self, level: u32) -> &[u32] {
		usize::try_from(level).ok().and_then(|at| self.ancestors.get(at)).map_or(&[], Vec::as_slice)
	}

	pub(super) fn level(&self, level: u32) -> Option<&Level> {
		self.levels.get(usize::try_from(level).ok()?)
	}

	/// The level of a cell that fits the column.
	pub(crate) fn level_of(&self, cell: Option<i64>) -> Option<u32> {
		let Some(code) = cell else {
			let last = self.levels.len().checked_sub(1)?;
			let missing = self.levels.last()?.kind == LevelKind::Missing;
			return missing.then(|| u32::try_from(last).ok()).flatten();
		};
		let after = self.starts.partition_point(|(low, _)| *low <= code);
		let (_, level) = self.starts.get(after.checked_sub(1)?)?;
		self.level(*level).filter(|found| code <= found.high).map(|_| *level)
	}
}

fn too_many(column: &Column, found: usize) -> EncodeError {
	EncodeError::TooManyLevels { column: shown(&column.name), found, limit: MAX_LEVELS }
}

fn check_cuts(column: &Column, cuts: &[i64]) -> Result<(), EncodeError> {
	let wrong = |problem: String| Err(EncodeError::Cuts { column: shown(&column.name), problem });
	if cuts.is_empty() {
		return Ok(());
	}
	if is_closed(column) {
		return wrong("the schema fixes its bins. Give cut points for open columns only".into());
	}
	if cuts.len() > MAX_LEVELS {
		return Err(too_many(column, cuts.len()));
	}
	let (min, max) = column.code_range().unwrap_or_default();
	if let Some(cut) = cuts.iter().find(|cut| **cut <= min || **cut > max) {
		return wrong(format!("cut point {cut} is not within {min} to {max}. The first bin starts at {min}"));
	}
	match cuts.windows(2).find(|pair| pair.first() >= pair.last()) {
		Some(pair) => wrong(format!("cut points {pair:?} do not ascend. Sort them and remove repetitions")),
		None => Ok(()),
	}
}

/// A level for each of a category's levels.
fn category(column: &Column, count: usize) -> Vec<Level> {
	let exempt = column.not_applicable_codes();
	let kind = |code| if exempt.contains(Some(code)) { LevelKind::NotApplicable } else { LevelKind::Regular };
	(0i64..).take(count).map(|code| Level { kind: kind(code), low: code, high: code }).collect()
}

/// Bins of a number or date, then its single codes of special meaning.
fn bins(column: &Column, cuts: &[i64], parts: &[&CodeSet]) -> Result<Vec<Level>, EncodeError> {
	let (min, max) = column.code_range().unwrap_or_default();
	let exempt = column.not_applicable_codes();
	let mut special: BTreeMap<i64, LevelKind> = column.spikes.iter().map(|code| (*code, LevelKind::Spike)).collect();
	special.extend(exempt.ranges().iter().flat_map(|(low, high)| *low..=*high).map(|c| (c, LevelKind::NotApplicable)));

	let mut starts: BTreeSet<i64> = cuts.iter().chain(&column.bins).copied().collect();
	if column.bins.is_empty() && few((min, max)) {
		starts.extend(min..=max);
	}
	let edges = parts.iter().flat_map(|part| part.ranges()).copied().chain(special.keys().map(|code| (*code, *code)));
	starts.extend(edges.flat_map(|(low, high)| [low, high.saturating_add(1)]));
	starts.insert(min);
	starts.retain(|start| (min..=max).contains(start));
	if starts.len() > MAX_LEVELS {
		return Err(too_many(column, starts.len()));
	}
	let ends = starts.iter().skip(1).map(|next| next.saturating_sub(1)).chain([max]);
	let regular = starts.iter().zip(ends).filter(|(start, _)| !special.contains_key(start));
	let mut levels: Vec<Level> =
		regular.map(|(low, high)| Level { kind: LevelKind::Regular, low: *low, high }).collect();
	levels.extend(special.iter().map(|(code, kind)| Level { kind: *kind, low: *code, high: *code }));
	Ok(levels)
}

/// Numbers of classes in order of first appearance: levels share one if they are regular and on the same side of
/// every part.
fn classes(levels: &[Level], parts: &[&CodeSet]) -> Vec<u32> {
	let mut numbers: BTreeMap<(LevelKind, i64, Vec<bool>), u32> = BTreeMap::new();
	let mut found = Vec::with_capacity(levels.len());
	for level in levels {
		let own = if level.kind == LevelKind::Regular { 0 } else { level.low };
		let sides = parts.iter().map(|part| part.contains(level.example())).collect();
		let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
		found.push(*numbers.entry((level.kind, own, sides)).or_insert(next));
	}
	found
}
