//! What a model of levels knows of every column: how cells are cut into levels, how levels are grouped, and the way back
//! from groups to cells.
//!
//! In an artefact: number of columns with cuts of their own u32, per column its position u32 and its cuts (u32 count, i64
//! each); number of columns with rounded values u32, per column its position u32 and its step i64; number of columns u32,
//! per column number of groups u32, per group its members (u32 count, level u32 and weight u32 each).

use super::{decode, Conditions, Domain, Grouping, LevelKind};
use crate::{
	digest::Digest,
	error::{ModelError, SynthesisError},
	reader::{invalid, length, Input},
	schema::{Column, Schema},
	table::{Cells, Table},
};
use std::{collections::BTreeMap, sync::Arc};

/// Levels of every column, and how they are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vocabulary {
	/// Cuts of numeric columns whose bins the schema does not fix.
	pub cuts: BTreeMap<usize, Vec<i64>>,
	/// Step to which values are rounded, of columns where it is not 1.
	pub steps: BTreeMap<usize, i64>,
	pub domain: Domain,
	pub groupings: Vec<Grouping>,
}

/// In place of a group: the level is in none.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// Whether every level has to be in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Levels {
	/// Each is in one: all may be drawn.
	Complete,
	/// Some are in none: they did not occur, and are never drawn.
	Seen,
}

impl Vocabulary {
	/// Number of groups of every column, each at least 1.
	pub fn sizes(&self) -> Vec<usize> {
		self.groupings.iter().map(|grouping| grouping.groups.len()).collect()
	}

	/// The group of every level, column by column; a level in no group counts as [`UNKNOWN`].
	pub fn tokens(&self, levels: &[Vec<u32>]) -> Vec<Vec<u32>> {
		let sizes = self.domain.sizes();
		let columns = self.groupings.iter().zip(sizes).zip(levels);
		let group = |((grouping, size), levels): ((&Grouping, usize), &Vec<u32>)| {
			let group_of = grouping.group_of(size);
			let find = |level: &u32| usize::try_from(*level).ok().and_then(|at| group_of.get(at).copied());
			levels.iter().map(|level| find(level).unwrap_or(UNKNOWN)).collect()
		};
		columns.map(group).collect()
	}

	/// The groups of cells of a column; a number in no group counts as the nearest that is in one, any other such cell as
	/// [`UNKNOWN`].
	pub fn nearest_tokens(&self, column: usize, cells: &[Option<i64>]) -> Vec<u32> {
		let (Some(domain), Some(grouping)) = (self.domain.column(column), self.groupings.get(column)) else {
			return vec![UNKNOWN; cells.len()];
		};
		let numeric = self.domain.schema().columns.get(column).is_some_and(Column::is_numeric);
		let group_of = grouping.group_of(domain.size());
		let group = |level: u32| usize::try_from(level).ok().and_then(|at| group_of.get(at).copied());
		let mut known: Vec<(i64, i64, u32)> = (0u32..)
			.zip(&group_of)
			.filter(|(level, group)| **group != UNKNOWN && domain.kind(*level) == Some(LevelKind::Regular))
			.filter_map(|(level, group)| domain.bounds(level).map(|(low, high)| (low, high, *group)))
			.collect();
		known.sort_unstable();
		let nearest = |code: i64| {
			let after = known.partition_point(|(low, _, _)| *low <= code);
			let below = after.checked_sub(1).and_then(|at| known.get(at));
			let (below, above) =
				(below.map(|it| (code.abs_diff(it.1), it.2)), known.get(after).map(|it| (it.0.abs_diff(code), it.2)));
			below.into_iter().chain(above).min().map(|(_, group)| group)
		};
		let token = |cell: &Option<i64>| {
			let found = domain.level_of(*cell).and_then(group).filter(|group| *group != UNKNOWN);
			found.or_else(|| cell.filter(|_| numeric).and_then(nearest)).unwrap_or(UNKNOWN)
		};
		cells.iter().map(token).collect()
	}

	/// The share of every group's weight that conditions leave, column by column.
	pub fn evidence(&self, conditions: &Conditions) -> Vec<Vec<f64>> {
		let share = |(column, grouping)| conditions.evidence(&self.domain, column, grouping);
		self.groupings.iter().enumerate().map(share).collect()
	}

	/// The table of sampled groups, column by column; every row meets the conditions.
	///
	/// # Errors
	/// [`SynthesisError::Encode`] for groups that conditions or constraints exclude.
	pub fn table(&self, codes: &[Vec<u32>], conditions: &Conditions, seed: &Digest) -> Result<Table, SynthesisError> {
		let table = decode(&self.domain, &self.groupings, codes, conditions, seed)?;
		self.rounded(table, conditions)
	}

	/// Rounds values to their column's step where that leads to the same bin. Columns under conditions or constraints stay
	/// as they are, for rounding might break them.
	fn rounded(&self, table: Table, conditions: &Conditions) -> Result<Table, SynthesisError> {
		if self.steps.is_empty() {
			return Ok(table);
		}
		let constrained: Vec<usize> = self.domain.constrained_pairs().into_iter().flat_map(|(a, b)| [a, b]).collect();
		let schema = table.shared_schema();
		let free =
			|at: usize, name: &str| !constrained.contains(&at) && !conditions.columns().any(|column| column == name);
		let columns = schema.columns.iter().enumerate().map(|(at, column)| {
			let codes = table.codes(at).unwrap_or(&[]);
			let step = self.steps.get(&at).copied().filter(|_| free(at, &column.name));
			Cells::Codes(match step {
				Some(step) => codes.iter().map(|code| code.map(|code| self.nearest(at, code, step))).collect(),
				None => codes.to_vec(),
			})
		});
		Ok(Table::from_cells(Arc::clone(&schema), columns.collect())?)
	}

	/// The nearest multiple of `step` in the bin of `code`; the code itself if there is none, or it is no bin.
	fn nearest(&self, column: usize, code: i64, step: i64) -> i64 {
		let bins = self.domain.column(column);
		let bin = bins.and_then(|column| column.bin_of(code));
		let below = code.saturating_sub(code.checked_rem_euclid(step).unwrap_or(0));
		let above = below.saturating_add(step);
		let inside = |value: &i64| bin.is_some_and(|(low, high)| (low..=high).contains(value));
		let (first, second) =
			if code.abs_diff(below) <= above.abs_diff(code) { (below, above) } else { (above, below) };
		[first, second].into_iter().find(inside).unwrap_or(code)
	}

	pub fn write(&self, out: &mut Vec<u8>) {
		out.extend(length(self.cuts.len()));
		for (column, cuts) in &self.cuts {
			out.extend(length(*column));
			out.extend(length(cuts.len()));
			cuts.iter().for_each(|cut| out.extend(cut.to_be_bytes()));
		}
		out.extend(length(self.steps.len()));
		for (column, step) in &self.steps {
			out.extend(length(*column));
			out.extend(step.to_be_bytes());
		}
		out.extend(length(self.groupings.len()));
		for grouping in &self.groupings {
			out.extend(length(grouping.groups.len()));
			for group in &grouping.groups {
				out.extend(length(group.len()));
				for (level, weight) in group {
					out.extend(level.to_be_bytes());
					out.extend(weight.to_be_bytes());
				}
			}
		}
	}

	/// Reads what [`Vocabulary::write`] writes.
	///
	/// # Errors
	/// [`ModelError`] for anything else.
	pub fn read(input: &mut Input<'_>, schema: &Arc<Schema>, levels: Levels) -> Result<Self, ModelError> {
		let cuts = read_cuts(input)?;
		let wrong = |_| invalid("cuts", "not those of the schema's columns");
		let open = Domain::open_columns(schema).map_err(wrong)?;
		if !open.iter().map(|open| &open.column).eq(cuts.keys()) {
			return Err(invalid("cuts", "not those of the schema's columns"));
		}
		let steps = read_steps(input, &cuts)?;
		let domain = Domain::new(Arc::clone(schema), &cuts).map_err(wrong)?;
		if input.count("groupings", 4)? != domain.columns() {
			return Err(invalid("groupings", "their number is not that of the columns"));
		}
		let sizes = domain.sizes();
		let read = |(column, size): (usize, &usize)| read_grouping(input, &domain, column, *size, levels);
		let groupings = sizes.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
		Ok(Self { cuts, steps, domain, groupings })
	}
}

fn read_cuts(input: &mut Input<'_>) -> Result<BTreeMap<usize, Vec<i64>>, ModelError> {
	let mut cuts = BTreeMap::new();
	for _ in 0..input.count("cuts", 8)? {
		let column = input.number("cuts")?;
		let count = input.count("cuts", 8)?;
		let found = (0..count).map(|_| input.i64("cuts")).collect::<Result<Vec<_>, _>>()?;
		let ascending = found.iter().zip(found.iter().skip(1)).all(|(a, b)| a < b);
		let in_order = cuts.last_key_value().is_none_or(|(last, _)| *last < column);
		if !ascending || !in_order {
			return Err(invalid("cuts", "not in ascending order"));
		}
		cuts.insert(column, found);
	}
	Ok(cuts)
}

fn read_steps(input: &mut Input<'_>, cuts: &BTreeMap<usize, Vec<i64>>) -> Result<BTreeMap<usize, i64>, ModelError> {
	let mut steps = BTreeMap::new();
	for _ in 0..input.count("steps of values", 12)? {
		let (column, step) = (input.number("steps of values")?, input.i64("steps of values")?);
		let in_order = steps.last_key_value().is_none_or(|(last, _)| *last < column);
		if !in_order || step < 2 || !cuts.contains_key(&column) {
			return Err(invalid("steps of values", "not in order, below 2, or of another column"));
		}
		steps.insert(column, step);
	}
	Ok(steps)
}

fn read_grouping(
	input: &mut Input<'_>,
	domain: &Domain,
	column: usize,
	size: usize,
	levels: Levels,
) -> Result<Grouping, ModelError> {
	let mut seen = vec![false; size];
	let mut groups = Vec::new();
	for _ in 0..input.count("groups", 4)? {
		let mut group: Vec<(u32, u32)> = Vec::new();
		for _ in 0..input.count("group", 8)? {
			let (level, weight) = (input.u32("group")?, input.u32("group")?);
			let seen = usize::try_from(level).ok().and_then(|at| seen.get_mut(at));
			let alike =
				group.first().is_none_or(|(other, _)| domain.class(column, *other) == domain.class(column, level));
			match seen {
				Some(seen) if !*seen && weight > 0 && alike => *seen = true,
				_ => return Err(invalid("group", "a level repeated, unknown, of no weight or of another class")),
			}
			group.push((level, weight));
		}
		if group.is_empty() {
			return Err(invalid("group", "without levels"));
		}
		groups.push(group);
	}
	if levels == Levels::Complete && !seen.into_iter().all(|seen| seen) {
		return Err(invalid("groups", "a level is in none of them"));
	}
	if groups.is_empty() {
		return Err(invalid("groups", "there are none"));
	}
	Ok(Grouping { groups })
}
