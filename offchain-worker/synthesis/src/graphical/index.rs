//! Numbering of the cells of contingency tables: row-major, the last column fastest.

/// Number of cells of a table over `columns`; `None` beyond 2^32.
pub(crate) fn cells(columns: &[usize], sizes: &[usize]) -> Option<usize> {
	let count = columns.iter().try_fold(1usize, |product, column| product.checked_mul(*sizes.get(*column)?))?;
	u32::try_from(count).ok().map(|_| count)
}

/// For every cell of the table over `whole` the number of its cell in the table over `part`, a subset of it.
/// Columns keep the order given; a column of `part` that is not in `whole` counts as level 0.
pub(crate) fn projection(whole: &[usize], part: &[usize], sizes: &[usize]) -> Vec<u32> {
	let strides = strides(part, sizes);
	let mut map = vec![0u32];
	for column in whole {
		let size = sizes.get(*column).copied().unwrap_or(1);
		let stride = part.iter().position(|p| p == column).and_then(|at| strides.get(at).copied()).unwrap_or(0);
		let steps: Vec<u32> = (0..size).map(|level| as_u32(level).wrapping_mul(stride)).collect();
		let mut longer = Vec::with_capacity(map.len().saturating_mul(size));
		for cell in &map {
			longer.extend(steps.iter().map(|step| cell.wrapping_add(*step)));
		}
		map = longer;
	}
	map
}

/// How far apart neighbouring levels of each column are.
fn strides(columns: &[usize], sizes: &[usize]) -> Vec<u32> {
	let mut stride = 1u32;
	let mut strides: Vec<u32> = columns
		.iter()
		.rev()
		.map(|column| {
			let own = stride;
			stride = stride.wrapping_mul(as_u32(sizes.get(*column).copied().unwrap_or(1)));
			own
		})
		.collect();
	strides.reverse();
	strides
}

/// Casts a number that [`cells`] has bounded.
fn as_u32(value: usize) -> u32 {
	u32::try_from(value).unwrap_or(u32::MAX)
}

/// The cell of every row in the table over `columns`; `codes` are column-major.
pub(crate) fn cell_of_rows(codes: &[Vec<u32>], columns: &[usize], sizes: &[usize], rows: usize) -> Vec<u32> {
	let mut cell = vec![0u32; rows];
	for (column, stride) in columns.iter().zip(strides(columns, sizes)) {
		if let Some(levels) = codes.get(*column) {
			for (cell, level) in cell.iter_mut().zip(levels) {
				*cell = cell.wrapping_add(level.wrapping_mul(stride));
			}
		}
	}
	cell
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn projections_follow_row_major_order() {
		let sizes = [2, 3, 2];
		assert_eq!(cells(&[0, 1, 2], &sizes), Some(12));
		assert_eq!(projection(&[0, 1], &[1], &sizes), [0, 1, 2, 0, 1, 2]);
		assert_eq!(projection(&[0, 1], &[0], &sizes), [0, 0, 0, 1, 1, 1]);
		assert_eq!(projection(&[1, 2], &[1, 2], &sizes), [0, 1, 2, 3, 4, 5]);
		assert_eq!(projection(&[1], &[], &sizes), [0, 0, 0]);
		assert_eq!(cells(&[0; 40], &[8]), None);
	}

	#[test]
	fn rows_fall_into_the_cells_of_their_levels() {
		let codes = vec![vec![0, 1, 1], vec![2, 0, 1]];
		assert_eq!(cell_of_rows(&codes, &[0, 1], &[2, 3], 3), [2, 3, 4]);
		assert_eq!(cell_of_rows(&codes, &[], &[2, 3], 3), [0, 0, 0]);
	}
}
