//! The innermost part of a product: a tile of the output that stays in registers.

use super::{
	dispatch::Vectors,
	matrix::{View, ViewMut},
};
use std::array::from_fn;

/// A tile of `out`, of at most `ROWS` rows and `N` vectors of `LANES` columns: goes on with the chain of every element, or
/// starts it from 0 unless `resume`. `left` gives the column of the left factor for each row of `panel`.
#[inline(always)]
pub(super) fn tile<I: Vectors<LANES>, const LANES: usize, const N: usize, const ROWS: usize>(
	level: I,
	left: impl Iterator<Item = [f32; ROWS]>,
	panel: &[f32],
	mut out: ViewMut<'_>,
	resume: bool,
) {
	let start = |row: &[f32]| match row.as_chunks::<LANES>().0.first_chunk::<N>() {
		Some(chunks) => chunks.map(|chunk| level.load(chunk)),
		None => padded::<LANES, N>(row).map(|chunk| level.load(chunk)),
	};
	let mut sums: [[I::Vector; N]; ROWS] =
		if resume { from_fn(|i| start(out.row_mut(i))) } else { [[level.load([0.0; LANES]); N]; ROWS] };
	for (column, row) in left.zip(panel.as_chunks::<LANES>().0.as_chunks::<N>().0) {
		let row = row.map(|right| level.load(right));
		for (sums, left) in sums.iter_mut().zip(column) {
			let left = level.load([left; LANES]);
			for (sum, right) in sums.iter_mut().zip(row) {
				*sum = level.fuse_lanes(left, right, *sum);
			}
		}
	}
	// By value: sums that a loop borrows would live in memory all along.
	for (sums, row) in sums.into_iter().zip(out.iter_mut()) {
		let sums = sums.map(|sum| level.store(sum));
		match row.as_chunks_mut::<LANES>().0.first_chunk_mut::<N>() {
			Some(row) => *row = sums,
			None => row.iter_mut().zip(sums.as_flattened()).for_each(|(out, sum)| *out = *sum),
		}
	}
}

/// `values` with zeros behind.
#[inline(always)]
fn padded<const LANES: usize, const N: usize>(values: &[f32]) -> [[f32; LANES]; N] {
	let mut all = [[0.0; LANES]; N];
	all.as_flattened_mut().iter_mut().zip(values).for_each(|(to, from)| *to = *from);
	all
}

/// The rows of a strip of at most `ROWS` rows. Missing rows repeat the first one: what they give is not stored.
#[inline(always)]
pub(super) fn rows<const ROWS: usize>(strip: View<'_>) -> [&[f32]; ROWS] {
	from_fn(|i| if i < strip.rows() { strip.row(i) } else { strip.row(0) })
}

/// The columns of some rows, from left to right. Zipped iterators share one counter, which lookups would not.
pub(super) trait Columns<const ROWS: usize> {
	/// The columns, as many as the shortest row has.
	fn columns(self) -> impl Iterator<Item = [f32; ROWS]>;
}

impl Columns<4> for [&[f32]; 4] {
	#[inline(always)]
	fn columns(self) -> impl Iterator<Item = [f32; 4]> {
		let [a, b, c, d] = self;
		let rows = a.iter().zip(b).zip(c).zip(d);
		rows.map(|(((a, b), c), d)| [*a, *b, *c, *d])
	}
}

impl Columns<6> for [&[f32]; 6] {
	#[inline(always)]
	fn columns(self) -> impl Iterator<Item = [f32; 6]> {
		let [a, b, c, d, e, f] = self;
		let rows = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f);
		rows.map(|(((((a, b), c), d), e), f)| [*a, *b, *c, *d, *e, *f])
	}
}

impl Columns<8> for [&[f32]; 8] {
	#[inline(always)]
	fn columns(self) -> impl Iterator<Item = [f32; 8]> {
		let [a, b, c, d, e, f, g, h] = self;
		let rows = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f).zip(g).zip(h);
		rows.map(|(((((((a, b), c), d), e), f), g), h)| [*a, *b, *c, *d, *e, *f, *g, *h])
	}
}
