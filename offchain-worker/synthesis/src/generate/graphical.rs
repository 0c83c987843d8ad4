//! A graphical model over groups of levels, as an artefact and as a source of rows.
//!
//! After the schema: number of columns cut into privately found bins u32, per column its position u32 and its cuts (u32
//! count, i64 each); number of columns with rounded values u32, per column its position u32 and its step i64; number of
//! columns u32, per column number of groups u32, per group its members (u32 count, level
//! u32 and weight u32 each); number of steps u32, per step the given and the fresh columns (u32 count, u32 each) and the
//! cumulative weights, u32 of 2^32 - 1.

use super::input::{invalid, length, Input};
use crate::{
	digest::Digest,
	encode::{decode, Conditions, Domain, Grouping},
	error::{ModelError, SynthesisError},
	generate::Progress,
	graphical::{
		index, sample,
		tables::{Step, Tables},
	},
	schema::Schema,
	table::{Cells, Table},
};
use std::{collections::BTreeMap, sync::Arc};

/// Levels, how they are grouped, and the distribution of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphicalModel {
	/// Privately found cuts of numeric columns.
	pub cuts: BTreeMap<usize, Vec<i64>>,
	/// Step to which values are rounded, of columns where it is not 1.
	pub steps: BTreeMap<usize, i64>,
	pub domain: Domain,
	pub groupings: Vec<Grouping>,
	pub tables: Tables,
}

impl GraphicalModel {
	/// Draws rows that meet the conditions.
	///
	/// # Errors
	/// [`SynthesisError::Impossible`] if they have probability 0; cancelled.
	pub fn sample(
		&self,
		seed: &Digest,
		rows: usize,
		conditions: &Conditions,
		progress: &mut dyn Progress,
	) -> Result<Table, SynthesisError> {
		let codes = if conditions.is_none() {
			sample::sample(&self.tables, seed, rows, progress)?
		} else {
			let evidence = |(column, grouping)| conditions.evidence(&self.domain, column, grouping);
			let evidence: Vec<Vec<f64>> = self.groupings.iter().enumerate().map(evidence).collect();
			let (given, _) = self.tables.given(&evidence).ok_or(SynthesisError::Impossible)?;
			sample::sample(&given, seed, rows, progress)?
		};
		let table = decode(&self.domain, &self.groupings, &codes, conditions, seed)?;
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

	pub(super) fn write(&self, out: &mut Vec<u8>) {
		let numbers = |out: &mut Vec<u8>, columns: &[usize]| {
			out.extend(length(columns.len()));
			columns.iter().for_each(|column| out.extend(length(*column)));
		};
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
		out.extend(length(self.tables.steps.len()));
		for step in &self.tables.steps {
			numbers(out, &step.given);
			numbers(out, &step.fresh);
			step.starts.iter().for_each(|start| out.extend(start.to_be_bytes()));
		}
	}

	pub(super) fn read(input: &mut Input<'_>, schema: &Arc<Schema>) -> Result<Self, ModelError> {
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
		let read = |(column, levels): (usize, &usize)| read_grouping(input, &domain, column, *levels);
		let groupings = sizes.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
		let groups: Vec<usize> = groupings.iter().map(|grouping| grouping.groups.len()).collect();
		let tables = read_tables(input, groups)?;
		Ok(Self { cuts, steps, domain, groupings, tables })
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

fn read_grouping(input: &mut Input<'_>, domain: &Domain, column: usize, levels: usize) -> Result<Grouping, ModelError> {
	let mut seen = vec![false; levels];
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
	if !seen.into_iter().all(|seen| seen) {
		return Err(invalid("groups", "a level is in none of them"));
	}
	Ok(Grouping { groups })
}

fn read_tables(input: &mut Input<'_>, sizes: Vec<usize>) -> Result<Tables, ModelError> {
	let mut steps: Vec<Step> = Vec::new();
	let mut made = vec![false; sizes.len()];
	for _ in 0..input.count("steps", 8)? {
		let step = read_step(input, &sizes)?;
		let within = |earlier: &Step| step.given.iter().all(|c| earlier.given.contains(c) || earlier.fresh.contains(c));
		if !step.given.is_empty() && !steps.iter().any(within) {
			return Err(invalid("step", "its given columns are in no earlier step"));
		}
		for column in &step.fresh {
			match made.get_mut(*column) {
				Some(made) if !*made => *made = true,
				_ => return Err(invalid("step", "a column is made twice")),
			}
		}
		steps.push(step);
	}
	if !made.into_iter().all(|made| made) {
		return Err(invalid("steps", "a column is made in none of them"));
	}
	Ok(Tables { sizes, steps })
}

fn read_step(input: &mut Input<'_>, sizes: &[usize]) -> Result<Step, ModelError> {
	let mut columns = || {
		let count = input.count("step", 4)?;
		let found = (0..count).map(|_| input.number("step")).collect::<Result<Vec<_>, _>>()?;
		let ascending = found.iter().zip(found.iter().skip(1)).all(|(a, b)| a < b);
		if ascending {
			Ok(found)
		} else {
			Err(invalid("step", "its columns are not ascending"))
		}
	};
	let (given, fresh) = (columns()?, columns()?);
	let all = [given.as_slice(), fresh.as_slice()].concat();
	let (Some(cells), Some(width)) = (index::cells(&all, sizes), index::cells(&fresh, sizes)) else {
		return Err(invalid("step", "unknown columns, or too many cells"));
	};
	if fresh.is_empty() || given.iter().any(|column| fresh.contains(column)) {
		return Err(invalid("step", "it makes no column, or one that is given"));
	}
	input.room(cells.saturating_mul(4), "weights")?;
	let starts = (0..cells).map(|_| input.u32("weights")).collect::<Result<Vec<u32>, _>>()?;
	let rising = |row: &[u32]| row.first() == Some(&0) && row.iter().zip(row.iter().skip(1)).all(|(a, b)| a <= b);
	if !starts.chunks(width.max(1)).all(rising) {
		return Err(invalid("weights", "not cumulative"));
	}
	Ok(Step { given, fresh, starts })
}
