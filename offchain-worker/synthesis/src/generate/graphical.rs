//! A graphical model over groups of levels, as an artefact and as a source of rows.
//!
//! After the schema: what [`Vocabulary`] says; number of steps u32, per step the given and the fresh columns (u32
//! count, u32 each) and the cumulative weights, u32 of 2^32 - 1.

use crate::{
	digest::Digest,
	encode::{Conditions, Levels, Vocabulary},
	error::{ModelError, SynthesisError},
	generate::Progress,
	graphical::{
		index, sample,
		tables::{Step, Tables},
	},
	reader::{invalid, length, Input},
	schema::Schema,
	table::Table,
};
use std::sync::Arc;

/// Levels, how they are grouped, and the distribution of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphicalModel {
	pub vocabulary: Vocabulary,
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
			let evidence = self.vocabulary.evidence(conditions);
			let (given, _) = self.tables.given(&evidence).ok_or(SynthesisError::Impossible)?;
			sample::sample(&given, seed, rows, progress)?
		};
		self.vocabulary.table(&codes, conditions, seed)
	}

	pub(super) fn write(&self, out: &mut Vec<u8>) {
		let numbers = |out: &mut Vec<u8>, columns: &[usize]| {
			out.extend(length(columns.len()));
			columns.iter().for_each(|column| out.extend(length(*column)));
		};
		self.vocabulary.write(out);
		out.extend(length(self.tables.steps.len()));
		for step in &self.tables.steps {
			numbers(out, &step.given);
			numbers(out, &step.fresh);
			step.starts.iter().for_each(|start| out.extend(start.to_be_bytes()));
		}
	}

	pub(super) fn read(input: &mut Input<'_>, schema: &Arc<Schema>) -> Result<Self, ModelError> {
		let vocabulary = Vocabulary::read(input, schema, Levels::Complete)?;
		let tables = read_tables(input, vocabulary.sizes())?;
		Ok(Self { vocabulary, tables })
	}
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
