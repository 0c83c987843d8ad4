//! Matrix products: `out[i][j]` is the chain `acc = fma(a[i][k], b[k][j], acc)` over ascending `k`, from 0 or from what
//! `out` holds.

#[cfg(target_arch = "x86_64")]
use super::dispatch::x86;
use super::{
	dispatch::{run_on, Instructions, Kernel, Path, Portable, Vectors},
	matrix::{Matrix, View, ViewMut},
	pack::{pack_strips, Factor, Panels},
	tile::{rows as strip_rows, tile, Columns},
};
use std::{
	ops::Range,
	sync::{Mutex, PoisonError},
};

/// Steps of a chain between which sums are stored: a panel of 32 columns and this depth fits a first-level cache.
const DEPTH: usize = 256;
/// Rows of the output between which panels are read anew: as many rows of the left factor fit a second-level cache.
const ROWS: usize = 256;
/// Elements between strips, so that they do not all fall on the same lines of a cache.
const LINE: usize = 16;
/// Rows of the output that are one piece of work for a thread.
const SHARE: usize = 128;
/// Multiplications below which starting threads costs more than it saves.
const WORTH_THREADS: usize = 1 << 23;

/// out (m×n) = a (m×k) · b (k×n); with `accumulate` added to what `out` holds, as the start of every chain.
pub(crate) fn multiply(a: View<'_>, b: View<'_>, out: ViewMut<'_>, accumulate: bool) {
	product(Path::best(), Factor::Plain(a), Factor::Plain(b), out, accumulate, false);
}

/// [`multiply`] on several threads, with the same bytes.
pub(crate) fn multiply_threads(a: View<'_>, b: View<'_>, out: ViewMut<'_>, accumulate: bool) {
	product(Path::best(), Factor::Plain(a), Factor::Plain(b), out, accumulate, true);
}

/// out (m×n) = aᵀ · b, where a is k×m: gradients of weights, k being the rows of the batch.
pub(crate) fn multiply_at(a: View<'_>, b: View<'_>, out: ViewMut<'_>, accumulate: bool) {
	product(Path::best(), Factor::Transposed(a), Factor::Plain(b), out, accumulate, false);
}

/// [`multiply_at`] on several threads, with the same bytes.
pub(crate) fn multiply_at_threads(a: View<'_>, b: View<'_>, out: ViewMut<'_>, accumulate: bool) {
	product(Path::best(), Factor::Transposed(a), Factor::Plain(b), out, accumulate, true);
}

/// out (m×n) = a · bᵀ, where b is n×k: gradients of inputs.
pub(crate) fn multiply_bt(a: View<'_>, b: View<'_>, out: ViewMut<'_>, accumulate: bool) {
	product(Path::best(), Factor::Plain(a), Factor::Transposed(b), out, accumulate, false);
}

/// [`multiply_bt`] on several threads, with the same bytes.
pub(crate) fn multiply_bt_threads(a: View<'_>, b: View<'_>, out: ViewMut<'_>, accumulate: bool) {
	product(Path::best(), Factor::Plain(a), Factor::Transposed(b), out, accumulate, true);
}

/// out (m×n) = a (m×k) · b (k×n) over the listed ranges of k only, in the order listed: a mask of blocks.
pub(crate) fn multiply_blocks(a: View<'_>, b: View<'_>, ks: &[Range<usize>], out: ViewMut<'_>, accumulate: bool) {
	product_blocks(Path::best(), a, b, ks, out, accumulate, false);
}

/// A product over ranges of k: both factors without what is left out. Copying them costs far less than the product.
pub(super) fn product_blocks(
	path: Path,
	a: View<'_>,
	b: View<'_>,
	ks: &[Range<usize>],
	out: ViewMut<'_>,
	accumulate: bool,
	threads: bool,
) {
	debug_assert!(ks.iter().all(|range| range.end <= a.cols() && range.end <= b.rows()));
	if let [only] = ks {
		let (a, b) = (a.columns(only.clone()), b.rows_view(only.clone()));
		return product(path, Factor::Plain(a), Factor::Plain(b), out, accumulate, threads);
	}
	let depth = ks.iter().map(ExactSizeIterator::len).fold(0, usize::saturating_add);
	let mut left = Matrix { rows: a.rows(), cols: depth, data: Vec::with_capacity(a.rows().saturating_mul(depth)) };
	for row in a.iter() {
		ks.iter().for_each(|range| left.data.extend_from_slice(row.get(range.clone()).unwrap_or_default()));
	}
	let mut right = Matrix { rows: depth, cols: b.cols(), data: Vec::with_capacity(depth.saturating_mul(b.cols())) };
	for k in ks.iter().cloned().flatten() {
		right.data.extend_from_slice(b.row(k));
	}
	product(path, Factor::Plain(left.view()), Factor::Plain(right.view()), out, accumulate, threads);
}

/// A product of any two factors.
pub(super) fn product(path: Path, a: Factor<'_>, b: Factor<'_>, mut out: ViewMut<'_>, accumulate: bool, threads: bool) {
	debug_assert_eq!((a.rows(), a.cols(), b.cols()), (out.rows(), b.rows(), out.cols()));
	if b.rows() == 0 || a.cols() == 0 {
		if !accumulate {
			out.iter_mut().for_each(|row| row.fill(0.0));
		}
		return;
	}
	let panels = run_on(path, Pack(b));
	let work = out.rows().saturating_mul(out.cols()).saturating_mul(panels.depth);
	if !threads || work < WORTH_THREADS {
		return run_on(path, Rows { a, top: 0, panels: &panels, out, accumulate });
	}
	let blocks: Vec<_> = out.reborrow().row_blocks(SHARE).map(Mutex::new).enumerate().collect();
	crate::threads::map(&blocks, |(at, block)| {
		let mut out = block.lock().unwrap_or_else(PoisonError::into_inner);
		let top = at.saturating_mul(SHARE);
		run_on(path, Rows { a, top, panels: &panels, out: out.reborrow(), accumulate });
	});
}

/// Sizes of tiles.
pub(super) trait Tiles: Copy {
	/// The right factor in panels for tiles of these sizes.
	fn pack(factor: Factor<'_>) -> Panels;

	/// All tiles of some rows.
	fn tiles(self, rows: Rows<'_>);
}

/// Sizes of tiles of a level: lanes of a vector, vectors of a panel, of a narrow one, and rows of a strip. All sums of a
/// tile have to fit the registers beside a row of the panel and a number of the left factor.
macro_rules! tiles {
	($level:ty, $lanes:literal * $wide:literal = $width:literal, $narrow:literal = $small:literal, $strip:literal) => {
		impl Tiles for $level {
			#[inline(always)]
			fn pack(factor: Factor<'_>) -> Panels {
				Panels::new::<$width, $small>(factor)
			}

			#[inline(always)]
			fn tiles(self, rows: Rows<'_>) {
				rows.tiles::<Self, $lanes, $wide, $width, $narrow, $small, $strip>(self);
			}
		}
	};
}

tiles!(Portable, 4 * 2 = 8, 1 = 4, 4);
#[cfg(target_arch = "x86_64")]
tiles!(x86::Avx2, 8 * 2 = 16, 1 = 8, 6);
#[cfg(target_arch = "x86_64")]
tiles!(x86::Avx512, 16 * 2 = 32, 1 = 16, 8);

/// Packs the right factor for the tiles of a level.
struct Pack<'a>(Factor<'a>);

impl Kernel for Pack<'_> {
	type Output = Panels;

	#[inline(always)]
	fn run<I: Instructions>(self, _: I) -> Panels {
		I::pack(self.0)
	}
}

/// The rows of the output from `top` on.
pub(super) struct Rows<'a> {
	a: Factor<'a>,
	top: usize,
	panels: &'a Panels,
	out: ViewMut<'a>,
	accumulate: bool,
}

impl Kernel for Rows<'_> {
	type Output = ();

	#[inline(always)]
	fn run<I: Instructions>(self, level: I) {
		level.tiles(self);
	}
}

impl Rows<'_> {
	/// All tiles of `STRIP` rows.
	#[inline(always)]
	fn tiles<
		I: Vectors<LANES>,
		const LANES: usize,
		const WIDE: usize,
		const WIDTH: usize,
		const NARROW: usize,
		const SMALL: usize,
		const STRIP: usize,
	>(
		self,
		level: I,
	) where
		for<'s> [&'s [f32]; STRIP]: Columns<STRIP>,
	{
		let Self { a, top, panels, out, accumulate } = self;
		let rows = ROWS.next_multiple_of(STRIP);
		let mut packed = Vec::new();
		for (at, mut out) in out.row_blocks(rows).enumerate() {
			let top = top.saturating_add(at.saturating_mul(rows));
			let depth = panels.depth.min(a.cols());
			for start in (0..depth).step_by(DEPTH) {
				let range = start..start.saturating_add(DEPTH).min(depth);
				let resume = accumulate || start > 0;
				let left = match a {
					Factor::Plain(view) => {
						let rows = top..top.saturating_add(out.rows()).min(view.rows());
						Left::Plain(view.rows_view(rows).columns(range.clone()))
					},
					Factor::Transposed(view) => {
						let columns = top..top.saturating_add(out.rows()).min(view.cols());
						Left::packed::<STRIP>(view.rows_view(range.clone()).columns(columns), &mut packed)
					},
				};
				for (first, small, panel) in panels.iter::<WIDTH, SMALL>(range) {
					let width = if small { SMALL } else { WIDTH };
					let upto = first.saturating_add(width).min(out.cols());
					let out = out.reborrow().columns(first..upto);
					if small {
						left.strips::<I, LANES, NARROW, STRIP>(level, panel, out, resume);
					} else {
						left.strips::<I, LANES, WIDE, STRIP>(level, panel, out, resume);
					}
				}
			}
		}
	}
}

/// A block of the left factor.
enum Left<'a> {
	/// As it is.
	Plain(View<'a>),
	/// Strips one after the other; a strip holds its columns one after the other.
	Packed(&'a [f32], usize),
}

impl<'a> Left<'a> {
	/// The transpose of `view`.
	#[inline(always)]
	fn packed<const STRIP: usize>(view: View<'_>, packed: &'a mut Vec<f32>) -> Self {
		let size = view.rows().saturating_mul(STRIP).saturating_add(LINE);
		// What an earlier block leaves behind is overwritten, or belongs to rows that are not stored.
		packed.resize(size.saturating_mul(view.cols().div_ceil(STRIP)), 0.0);
		pack_strips::<STRIP>(view, packed, size);
		Self::Packed(packed, size)
	}

	/// The tiles of one panel, from top to bottom.
	#[inline(always)]
	fn strips<I: Vectors<LANES>, const LANES: usize, const N: usize, const STRIP: usize>(
		&self,
		level: I,
		panel: &[f32],
		out: ViewMut<'_>,
		resume: bool,
	) where
		for<'s> [&'s [f32]; STRIP]: Columns<STRIP>,
	{
		let tiles = out.row_blocks(STRIP);
		match *self {
			Self::Plain(view) => {
				for (at, out) in tiles.enumerate() {
					let top = at.saturating_mul(STRIP);
					let rows = top..top.saturating_add(out.rows()).min(view.rows());
					let left = strip_rows::<STRIP>(view.rows_view(rows)).columns();
					tile::<I, LANES, N, STRIP>(level, left, panel, out, resume);
				}
			},
			Self::Packed(strips, size) => {
				for (strip, out) in strips.chunks_exact(size.max(1)).zip(tiles) {
					let left = strip.as_chunks::<STRIP>().0.iter().copied();
					tile::<I, LANES, N, STRIP>(level, left, panel, out, resume);
				}
			},
		}
	}
}
