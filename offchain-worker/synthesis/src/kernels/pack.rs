//! The right factor of a product, copied into panels that are read from front to back.

use super::matrix::View;
use std::ops::Range;

/// A factor of a product, as it is or transposed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Factor<'a> {
	/// The matrix itself.
	Plain(View<'a>),
	/// Its transpose.
	Transposed(View<'a>),
}

impl Factor<'_> {
	/// Rows of the factor.
	#[inline(always)]
	pub fn rows(&self) -> usize {
		match self {
			Self::Plain(view) => view.rows(),
			Self::Transposed(view) => view.cols(),
		}
	}

	/// Columns of the factor.
	#[inline(always)]
	pub fn cols(&self) -> usize {
		match self {
			Self::Plain(view) => view.cols(),
			Self::Transposed(view) => view.rows(),
		}
	}
}

/// A `depth × cols` factor cut into panels of `WIDE` columns, the last one `NARROW` wide if that is enough. A panel holds
/// its rows one after the other, with zeros where there is no column.
pub(super) struct Panels {
	data: Vec<f32>,
	/// Rows of the factor.
	pub depth: usize,
	/// Columns of the factor.
	pub cols: usize,
}

/// Columns of the narrow panel at the end: 0 if there is none.
#[inline(always)]
fn narrow(cols: usize, wide: usize, narrow: usize) -> usize {
	match cols.checked_rem(wide).unwrap_or(0) {
		rest if rest <= narrow => rest,
		_ => 0,
	}
}

impl Panels {
	/// `factor` in panels.
	#[inline(always)]
	pub fn new<const WIDE: usize, const NARROW: usize>(factor: Factor<'_>) -> Self {
		let (depth, cols) = (factor.rows(), factor.cols());
		let rest = narrow(cols, WIDE, NARROW);
		let wide = cols.saturating_sub(rest);
		let last = if rest == 0 { 0 } else { NARROW };
		let size = depth.saturating_mul(wide.next_multiple_of(WIDE));
		let mut data = vec![0.0; size.saturating_add(depth.saturating_mul(last))];
		let (panels, end) = data.split_at_mut_checked(size).unwrap_or_default();
		let panels = panels.chunks_exact_mut(depth.saturating_mul(WIDE).max(1));
		for (first, panel) in (0..cols).step_by(WIDE).zip(panels) {
			let upto = first.saturating_add(WIDE).min(wide);
			fill(factor, first..upto, panel.as_chunks_mut::<WIDE>().0);
		}
		fill(factor, wide..cols, end.as_chunks_mut::<NARROW>().0);
		Self { data, depth, cols }
	}

	/// The rows of `rows` of every panel from left to right: with its first column, and whether it is a narrow one.
	#[inline(always)]
	pub fn iter<const WIDE: usize, const NARROW: usize>(
		&self,
		rows: Range<usize>,
	) -> impl Iterator<Item = (usize, bool, &[f32])> {
		let rest = narrow(self.cols, WIDE, NARROW);
		let wide = self.cols.saturating_sub(rest);
		let size = self.depth.saturating_mul(wide.next_multiple_of(WIDE));
		let (panels, end) = self.data.split_at_checked(size).unwrap_or_default();
		let panels = panels.chunks_exact(self.depth.saturating_mul(WIDE).max(1));
		let part = |width: usize| rows.start.saturating_mul(width)..rows.end.saturating_mul(width);
		let (wides, narrows) = (part(WIDE), part(NARROW));
		(0..wide)
			.step_by(WIDE)
			.zip(panels)
			.map(move |(first, panel)| (first, false, panel.get(wides.clone()).unwrap_or_default()))
			.chain((rest > 0).then(|| (wide, true, end.get(narrows).unwrap_or_default())))
	}
}

/// Columns `columns` of `factor` into the rows of `panel`.
#[inline(always)]
fn fill<const W: usize>(factor: Factor<'_>, columns: Range<usize>, panel: &mut [[f32; W]]) {
	match factor {
		Factor::Plain(view) => {
			let rows = view.columns(columns).iter();
			panel.iter_mut().zip(rows).for_each(|(to, from)| copy(to, from));
		},
		Factor::Transposed(view) => {
			for (at, from) in view.rows_view(columns).iter().enumerate() {
				for (to, from) in panel.iter_mut().zip(from) {
					if let Some(to) = to.get_mut(at) {
						*to = *from;
					}
				}
			}
		},
	}
}

/// The transpose of a view in strips of columns that start `size` elements apart, each row by row.
#[inline(always)]
pub(super) fn pack_strips<const STRIP: usize>(view: View<'_>, packed: &mut [f32], size: usize) {
	let size = size.max(1);
	let (whole, wide) = (view.cols().checked_div(STRIP).unwrap_or(0), view.cols().checked_rem(STRIP).unwrap_or(0));
	let (strips, end) = packed.split_at_mut_checked(whole.saturating_mul(size)).unwrap_or_default();
	for (at, row) in view.iter().enumerate() {
		let start = at.saturating_mul(STRIP);
		let places = strips.chunks_mut(size).filter_map(|strip| strip.get_mut(start..)?.first_chunk_mut::<STRIP>());
		row.as_chunks::<STRIP>().0.iter().zip(places).for_each(|(from, to)| *to = *from);
	}
	let rest = view.columns(view.cols().saturating_sub(wide)..view.cols());
	end.as_chunks_mut::<STRIP>().0.iter_mut().zip(rest.iter()).for_each(|(to, from)| copy(to, from));
}

/// The first elements of `to` become `from`.
#[inline(always)]
fn copy<const W: usize>(to: &mut [f32; W], from: &[f32]) {
	match from.first_chunk::<W>() {
		Some(from) => *to = *from,
		None => to.iter_mut().zip(from).for_each(|(to, from)| *to = *from),
	}
}
