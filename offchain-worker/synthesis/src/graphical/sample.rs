//! Sampling from integer tables by systematic sampling (Madow 1949): within every group of rows that share the given
//! levels, each cell comes up as often as expected, up to one row. Integers only.

use super::{
	index,
	tables::{Step, Tables, WHOLE},
};
use crate::{
	digest::Digest,
	error::SynthesisError,
	generate::{report, Progress},
	random::Stream,
};

/// Draws `rows` rows; column-major levels.
///
/// # Errors
/// [`SynthesisError::Cancelled`].
pub(crate) fn sample(
	tables: &Tables,
	seed: &Digest,
	rows: usize,
	progress: &mut dyn Progress,
) -> Result<Vec<Vec<u32>>, SynthesisError> {
	let mut codes: Vec<Vec<u32>> = tables.sizes.iter().map(|_| Vec::new()).collect();
	for (at, step) in tables.steps.iter().enumerate() {
		report(progress, "sample", at, tables.steps.len())?;
		let mut stream = Stream::new(seed, "graphical/sample", u64::try_from(at).unwrap_or(u64::MAX));
		let cells = draw(step, tables, &codes, rows, &mut stream);
		for (column, levels) in step.fresh.iter().zip(levels(&cells, &step.fresh, &tables.sizes)) {
			if let Some(own) = codes.get_mut(*column) {
				*own = levels;
			}
		}
	}
	report(progress, "sample", tables.steps.len(), tables.steps.len())?;
	Ok(codes)
}

/// The cell of the fresh columns for every row.
fn draw(step: &Step, tables: &Tables, codes: &[Vec<u32>], rows: usize, stream: &mut Stream) -> Vec<u32> {
	let width = index::cells(&step.fresh, &tables.sizes).unwrap_or(1).max(1);
	let given = index::cell_of_rows(codes, &step.given, &tables.sizes, rows);
	let groups = index::cells(&step.given, &tables.sizes).unwrap_or(1);
	let mut drawn = vec![0u32; rows];
	for (mut group, starts) in grouped(&given, groups).into_iter().zip(step.starts.chunks(width)) {
		if !group.is_empty() {
			stream.shuffle(&mut group);
			systematic(&group, starts, stream.below(WHOLE), &mut drawn);
		}
	}
	drawn
}

/// Positions of the rows of every group.
fn grouped(group_of: &[u32], groups: usize) -> Vec<Vec<u32>> {
	let mut rows: Vec<Vec<u32>> = vec![Vec::new(); groups];
	for (row, group) in (0u32..).zip(group_of) {
		if let Some(rows) = usize::try_from(*group).ok().and_then(|at| rows.get_mut(at)) {
			rows.push(row);
		}
	}
	rows
}

/// Row k of m takes the cell at the point (k·whole + offset) / m.
fn systematic(rows: &[u32], starts: &[u32], offset: u64, drawn: &mut [u32]) {
	let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
	let mut ends = starts.iter().skip(1).map(|end| u64::from(*end)).chain([WHOLE]);
	let (mut cell, mut end) = (0u32, ends.next().unwrap_or(WHOLE));
	for (k, row) in (0u64..).zip(rows) {
		// At most 5,000,000 × 2^32, far below 2^64.
		let point = k.wrapping_mul(WHOLE).wrapping_add(offset).checked_div(count).unwrap_or(0);
		while point >= end {
			let Some(next) = ends.next() else { break };
			(cell, end) = (cell.saturating_add(1), next);
		}
		if let Some(drawn) = usize::try_from(*row).ok().and_then(|at| drawn.get_mut(at)) {
			*drawn = cell;
		}
	}
}

/// The level of every column at every cell number.
fn levels(cells: &[u32], columns: &[usize], sizes: &[usize]) -> Vec<Vec<u32>> {
	columns
		.iter()
		.map(|column| {
			let level_of = index::projection(columns, &[*column], sizes);
			cells
				.iter()
				.map(|cell| usize::try_from(*cell).ok().and_then(|at| level_of.get(at).copied()).unwrap_or(0))
				.collect()
		})
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{generate::NoProgress, graphical::tree::Tree};

	fn model() -> Tables {
		let sizes = [2, 3];
		let tree = Tree::new(&sizes, &[vec![0, 1]]);
		Tables::from_marginals(&tree, &sizes, &[vec![10.0, 0.0, 20.0, 5.0, 25.0, 0.0]])
	}

	#[test]
	fn counts_are_as_expected_up_to_one_row() {
		let codes = sample(&model(), &[1; 32], 6_000, &mut NoProgress).unwrap();
		let mut counts = [0i64; 6];
		for (a, b) in codes[0].iter().zip(&codes[1]) {
			counts[(a * 3 + b) as usize] += 1;
		}
		for (count, expected) in counts.iter().zip([1_000, 0, 2_000, 500, 2_500, 0]) {
			assert!((count - expected).abs() <= 1, "{counts:?}");
		}
	}

	#[test]
	fn the_same_seed_gives_the_same_rows_and_another_gives_others() {
		let draw = |seed| sample(&model(), &[seed; 32], 100, &mut NoProgress).unwrap();
		assert_eq!(draw(1), draw(1));
		assert_ne!(draw(1), draw(2));
	}

	#[test]
	fn evidence_is_never_missed() {
		let (given, _) = model().given(&[vec![1.0; 2], vec![0.0, 1.0, 1.0]]).unwrap();
		let codes = sample(&given, &[3; 32], 1_000, &mut NoProgress).unwrap();
		assert!(codes[1].iter().all(|level| *level != 0));
	}
}
