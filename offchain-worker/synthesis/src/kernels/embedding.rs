//! Tables of embeddings: rows that codes point to.

use super::matrix::{View, ViewMut};

/// Row i of `out` becomes the row `codes[i]` of `table`; zeros for a code beyond the table.
pub(crate) fn gather(table: View<'_>, codes: &[u32], out: ViewMut<'_>) {
	debug_assert_eq!((table.cols(), codes.len()), (out.cols(), out.rows()));
	for (out, code) in out.iter_mut().zip(codes) {
		let row = table.row(*code as usize);
		if row.len() == out.len() {
			out.copy_from_slice(row);
		} else {
			out.fill(0.0);
			out.iter_mut().zip(row).for_each(|(out, value)| *out = *value);
		}
	}
}

/// Adds row i of `gradient` to the row `codes[i]` of `table`, in ascending order of i; a code beyond the table is left out.
pub(crate) fn scatter_add(gradient: View<'_>, codes: &[u32], mut table: ViewMut<'_>) {
	debug_assert_eq!((table.cols(), codes.len()), (gradient.cols(), gradient.rows()));
	for (gradient, code) in gradient.iter().zip(codes) {
		let row = table.row_mut(*code as usize);
		row.iter_mut().zip(gradient).for_each(|(sum, value)| *sum += value);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::kernels::Matrix;

	#[test]
	fn rows_are_gathered_and_gradients_go_back_to_them() {
		let mut table = Matrix { rows: 3, cols: 2, data: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
		let mut out = Matrix::zeros(4, 5);
		out.data.fill(9.0);
		gather(table.view(), &[2, 0, 2, 7], out.columns_mut(1..3));
		assert_eq!(out.row(0), [9.0, 5.0, 6.0, 9.0, 9.0]);
		assert_eq!(out.row(1), [9.0, 1.0, 2.0, 9.0, 9.0]);
		assert_eq!(out.row(3), [9.0, 0.0, 0.0, 9.0, 9.0]);
		scatter_add(out.columns(1..3), &[2, 0, 2, 7], table.view_mut());
		assert_eq!(table.data, [2.0, 4.0, 3.0, 4.0, 15.0, 18.0]);
	}
}
