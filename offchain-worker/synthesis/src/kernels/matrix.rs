//! Row-major matrices and windows on them.

use std::ops::Range;

/// A row-major f32 matrix: element (i, j) is `data[i * cols + j]`.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Matrix {
	/// Number of rows.
	pub rows: usize,
	/// Number of columns.
	pub cols: usize,
	/// The elements, row by row; `rows * cols` of them.
	pub data: Vec<f32>,
}

impl Matrix {
	/// A matrix of zeros.
	pub fn zeros(rows: usize, cols: usize) -> Self {
		Self { rows, cols, data: vec![0.0; rows.saturating_mul(cols)] }
	}

	/// Row `i`, empty if there is none.
	pub fn row(&self, i: usize) -> &[f32] {
		self.data.get(window(i, self.cols, self.cols)).unwrap_or_default()
	}

	/// Row `i`, empty if there is none.
	pub fn row_mut(&mut self, i: usize) -> &mut [f32] {
		let range = window(i, self.cols, self.cols);
		self.data.get_mut(range).unwrap_or_default()
	}

	/// The whole matrix.
	pub fn view(&self) -> View<'_> {
		View { data: &self.data, rows: self.rows, cols: self.cols, stride: self.cols }
	}

	/// The whole matrix, to be written.
	pub fn view_mut(&mut self) -> ViewMut<'_> {
		ViewMut { data: &mut self.data, rows: self.rows, cols: self.cols, stride: self.cols }
	}

	/// The columns of `range`, as far as they exist.
	pub fn columns(&self, range: Range<usize>) -> View<'_> {
		self.view().columns(range)
	}

	/// The columns of `range`, as far as they exist, to be written.
	pub fn columns_mut(&mut self, range: Range<usize>) -> ViewMut<'_> {
		self.view_mut().columns(range)
	}

	/// The rows of `range`, as far as they exist.
	pub fn rows_view(&self, range: Range<usize>) -> View<'_> {
		self.view().rows_view(range)
	}

	/// The rows of `range`, as far as they exist, to be written.
	pub fn rows_view_mut(&mut self, range: Range<usize>) -> ViewMut<'_> {
		self.view_mut().rows_view(range)
	}
}

/// Where `cols` elements of row `i` are when rows start `stride` apart.
fn window(i: usize, cols: usize, stride: usize) -> Range<usize> {
	let start = i.saturating_mul(stride);
	start..start.saturating_add(cols)
}

/// `range` cut to what exists of `length`.
fn cut(range: Range<usize>, length: usize) -> Range<usize> {
	debug_assert!(range.end <= length, "{range:?} of {length}");
	let start = range.start.min(length);
	start..range.end.clamp(start, length)
}

/// A window of `rows × cols` whose rows start `stride` elements apart, so that column blocks are used in place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
	data: &'a [f32],
	rows: usize,
	cols: usize,
	stride: usize,
}

impl<'a> View<'a> {
	/// The first `rows * cols` elements of `data` as a matrix; fewer rows if `data` is shorter.
	pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
		debug_assert!(data.len() >= rows.saturating_mul(cols));
		let rows = rows.min(data.len().checked_div(cols).unwrap_or(rows));
		Self { data, rows, cols, stride: cols }
	}

	/// Number of rows.
	pub fn rows(&self) -> usize {
		self.rows
	}

	/// Number of columns.
	pub fn cols(&self) -> usize {
		self.cols
	}

	/// Row `i`, empty if there is none.
	#[inline(always)]
	pub fn row(&self, i: usize) -> &'a [f32] {
		if i >= self.rows {
			return &[];
		}
		self.data.get(window(i, self.cols, self.stride)).unwrap_or_default()
	}

	/// The rows from the first to the last.
	#[inline(always)]
	pub fn iter(self) -> impl Iterator<Item = &'a [f32]> {
		(0..self.rows).map(move |i| self.row(i))
	}

	/// The columns of `range`, as far as they exist.
	#[inline(always)]
	pub fn columns(self, range: Range<usize>) -> Self {
		let range = cut(range, self.cols);
		Self { data: self.data.get(range.start..).unwrap_or_default(), cols: range.len(), ..self }
	}

	/// The rows of `range`, as far as they exist.
	#[inline(always)]
	pub fn rows_view(self, range: Range<usize>) -> Self {
		let range = cut(range, self.rows);
		let start = range.start.saturating_mul(self.stride);
		Self { data: self.data.get(start..).unwrap_or_default(), rows: range.len(), ..self }
	}
}

/// A [`View`] that can be written.
#[derive(Debug)]
pub(crate) struct ViewMut<'a> {
	data: &'a mut [f32],
	rows: usize,
	cols: usize,
	stride: usize,
}

impl<'a> ViewMut<'a> {
	/// The first `rows * cols` elements of `data` as a matrix; fewer rows if `data` is shorter.
	pub fn new(data: &'a mut [f32], rows: usize, cols: usize) -> Self {
		debug_assert!(data.len() >= rows.saturating_mul(cols));
		let rows = rows.min(data.len().checked_div(cols).unwrap_or(rows));
		Self { data, rows, cols, stride: cols }
	}

	/// Number of rows.
	pub fn rows(&self) -> usize {
		self.rows
	}

	/// Number of columns.
	pub fn cols(&self) -> usize {
		self.cols
	}

	/// The same window for a shorter time, so that it can be passed on more than once.
	#[inline(always)]
	pub fn reborrow(&mut self) -> ViewMut<'_> {
		ViewMut { data: self.data, rows: self.rows, cols: self.cols, stride: self.stride }
	}

	/// Row `i`, empty if there is none.
	#[inline(always)]
	pub fn row_mut(&mut self, i: usize) -> &mut [f32] {
		if i >= self.rows {
			return &mut [];
		}
		self.data.get_mut(window(i, self.cols, self.stride)).unwrap_or_default()
	}

	/// The rows from the first to the last.
	#[inline(always)]
	pub fn iter_mut(self) -> impl Iterator<Item = &'a mut [f32]> {
		let cols = self.cols;
		let rows = if cols == 0 { 0 } else { self.rows };
		self.data.chunks_mut(self.stride.max(1)).take(rows).map(move |row| row.get_mut(..cols).unwrap_or_default())
	}

	/// The columns of `range`, as far as they exist.
	#[inline(always)]
	pub fn columns(self, range: Range<usize>) -> Self {
		let range = cut(range, self.cols);
		let data = self.data.get_mut(range.start..).unwrap_or_default();
		Self { data, rows: self.rows, cols: range.len(), stride: self.stride }
	}

	/// The rows of `range`, as far as they exist.
	#[inline(always)]
	pub fn rows_view(self, range: Range<usize>) -> Self {
		let range = cut(range, self.rows);
		let start = range.start.saturating_mul(self.stride);
		let data = self.data.get_mut(start..).unwrap_or_default();
		Self { data, rows: range.len(), cols: self.cols, stride: self.stride }
	}

	/// Cut into windows of `block` rows each, the last of what remains.
	#[inline(always)]
	pub fn row_blocks(self, block: usize) -> impl Iterator<Item = ViewMut<'a>> {
		let (rows, cols, stride, block) = (self.rows, self.cols, self.stride, block.max(1));
		let blocks = if cols == 0 { 0 } else { rows.div_ceil(block) };
		let chunks = self.data.chunks_mut(stride.saturating_mul(block).max(1)).take(blocks).enumerate();
		chunks.map(move |(at, data)| {
			let rows = rows.saturating_sub(at.saturating_mul(block)).min(block);
			ViewMut { data, rows, cols, stride }
		})
	}
}
