//! The training rows as tokens, and training by sampling (Xu et al. 2019, section 4.3).
//!
//! A condition names a column and one of its tokens. In training the column is drawn evenly and the token by the
//! logarithm of its rows, so that rare tokens are seen often enough to be learned; then a row with that token is drawn.

use super::{
	column::{self, Encoded, Meaning},
	layout::Layout,
};
use crate::{random::Stream, table::Table, threads};

/// Most rows that training draws from; a fixed, seeded choice of a larger table.
const MOST_ROWS: usize = 200_000;
/// Most cells that training keeps in memory.
const MOST_CELLS: usize = 20_000_000;
/// Places of a condition, at most about.
const MOST_PLACES: usize = 2_048;
/// Most tokens of a column; halved until the table fits [`MOST_PLACES`], but not below the last.
const CAPS: [usize; 6] = [256, 128, 64, 32, 16, 8];

/// The whole of token probabilities.
const WHOLE: f64 = 4_294_967_296.0;

/// A column and one of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Condition {
	pub column: usize,
	pub token: usize,
}

/// Rows of one column by token.
struct Drawer {
	column: usize,
	/// Cumulative probability below each token, of 2^32, in training; by the logarithm of its rows.
	training: Vec<u32>,
	/// … and by its rows, as the table has them.
	plain: Vec<u32>,
	/// Row numbers sorted by token, and where each token's begin.
	rows: Vec<u32>,
	begins: Vec<usize>,
}

/// The training rows.
pub(super) struct Rows {
	pub columns: Vec<Encoded>,
	pub layout: Layout,
	pub count: usize,
	/// Columns with more than one token.
	drawers: Vec<Drawer>,
}

impl Rows {
	/// Encodes a table without identifiers.
	pub fn new(table: &Table, seed: &[u8; 32]) -> Self {
		let kept = kept_rows(table, seed);
		let most = cap(table);
		let numbers: Vec<usize> = (0..table.schema().columns.len()).collect();
		let columns: Vec<Encoded> = threads::map(&numbers, |at| {
			let codes = table.codes(*at).unwrap_or(&[]);
			let own: Vec<Option<i64>>;
			let codes = match &kept {
				Some(rows) => {
					own = rows.iter().filter_map(|row| codes.get(*row).copied()).collect();
					&own
				},
				None => codes,
			};
			table.schema().columns.get(*at).map(|column| column::encode(column, codes, most))
		})
		.into_iter()
		.flatten()
		.collect();
		let count = kept.as_ref().map_or(table.rows(), Vec::len);
		Self::from_encoded(columns, count)
	}

	/// Rows of encoded columns, all of `count` rows.
	pub fn from_encoded(columns: Vec<Encoded>, count: usize) -> Self {
		let layout = Layout::new(columns.iter().map(|column| {
			let curves = column.meanings.iter().filter(|meaning| Meaning::is_curve(meaning)).count();
			(column.meanings.len(), curves)
		}));
		let drawers = columns
			.iter()
			.enumerate()
			.filter(|(_, c)| c.meanings.len() > 1)
			.map(|(at, c)| Drawer::new(at, c))
			.collect();
		Self { columns, layout, count, drawers }
	}

	/// A condition for training: a column evenly, and its token by the logarithm of its rows. `None` if no column varies.
	pub fn draw_training(&self, stream: &mut Stream) -> Option<(Condition, usize)> {
		let drawer = self.drawer(stream)?;
		let point = stream.uniform_u32();
		let token = drawer.training.partition_point(|below| *below <= point).saturating_sub(1);
		let row = drawer.row(token, stream)?;
		Some((Condition { column: drawer.column, token }, row))
	}

	/// A condition as the table has them: a column evenly, and its token by its rows.
	pub fn draw_plain(&self, stream: &mut Stream) -> Option<Condition> {
		let drawer = self.drawer(stream)?;
		let point = stream.uniform_u32();
		let token = drawer.plain.partition_point(|below| *below <= point).saturating_sub(1);
		Some(Condition { column: drawer.column, token })
	}

	fn drawer(&self, stream: &mut Stream) -> Option<&Drawer> {
		let at = stream.below(self.drawers.len() as u64);
		self.drawers.get(usize::try_from(at).ok()?)
	}

	/// Writes a row's vector into zeroed places.
	pub fn write_row(&self, row: usize, out: &mut [f32]) {
		for (column, span) in self.columns.iter().zip(&self.layout.spans) {
			let Some(token) = column.tokens.get(row).copied().map(usize::from) else { continue };
			if let Some(place) = out.get_mut(span.row.saturating_add(token)) {
				*place = 1.0;
			}
			let scalar = span.scalar_of(token).and_then(|at| out.get_mut(span.row.saturating_add(at)));
			if let (Some(place), Some(scalar)) = (scalar, column.scalars.get(row)) {
				*place = *scalar;
			}
		}
	}
}

impl Drawer {
	fn new(column: usize, encoded: &Encoded) -> Self {
		let mut begins = Vec::with_capacity(encoded.counts.len());
		let mut next = 0usize;
		for count in &encoded.counts {
			begins.push(next);
			next = next.saturating_add(*count as usize);
		}
		let mut free = begins.clone();
		let mut rows = vec![0u32; encoded.tokens.len()];
		for (row, token) in (0u32..).zip(&encoded.tokens) {
			if let Some(at) = free.get_mut(usize::from(*token)) {
				if let Some(place) = rows.get_mut(*at) {
					*place = row;
				}
				*at = at.saturating_add(1);
			}
		}
		let logarithms = encoded.counts.iter().map(|count| libm::log(1.0 + f64::from(*count)));
		let plain = encoded.counts.iter().map(|count| f64::from(*count));
		Self { column, training: cumulative(logarithms), plain: cumulative(plain), rows, begins }
	}

	fn row(&self, token: usize, stream: &mut Stream) -> Option<usize> {
		let begin = *self.begins.get(token)?;
		let end = self.begins.get(token.saturating_add(1)).copied().unwrap_or(self.rows.len());
		let at = usize::try_from(stream.below(end.saturating_sub(begin) as u64)).ok()?;
		self.rows.get(begin.saturating_add(at)).map(|row| *row as usize)
	}
}

/// Weight below each item as a part of 2^32.
fn cumulative(weights: impl Iterator<Item = f64> + Clone) -> Vec<u32> {
	let total: f64 = weights.clone().sum();
	let mut below = 0.0;
	weights
		.map(|weight| {
			let start = (below / total * WHOLE) as u32;
			below += weight;
			start
		})
		.collect()
}

/// The rows that are kept of a table too large; `None` for all.
fn kept_rows(table: &Table, seed: &[u8; 32]) -> Option<Vec<usize>> {
	let columns = table.schema().columns.len().max(1);
	let most = MOST_ROWS.min(MOST_CELLS.checked_div(columns).unwrap_or(0)).max(1);
	if table.rows() <= most {
		return None;
	}
	// Every row is taken with the chance that exactly `most` need (selection sampling, Knuth 3.4.2 S).
	let mut stream = Stream::new(seed, "ctgan/rows", 0);
	let (mut needed, mut left) = (most as u64, table.rows() as u64);
	let taken = (0..table.rows()).filter(|_| {
		let take = stream.below(left) < needed;
		left = left.saturating_sub(1);
		needed = needed.saturating_sub(u64::from(take));
		take
	});
	Some(taken.collect())
}

/// Most tokens of a column, so that a wide table stays trainable.
fn cap(table: &Table) -> usize {
	let sizes: Vec<usize> = table
		.schema()
		.columns
		.iter()
		.map(|column| if column.is_numeric() { 16 } else { column.code_range().map_or(1, |(_, last)| last as usize) })
		.collect();
	let places = |cap: usize| sizes.iter().map(|size| (*size).min(cap)).fold(0, usize::saturating_add);
	CAPS.into_iter().find(|cap| places(*cap) <= MOST_PLACES).unwrap_or(8)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn rows() -> Rows {
		let single = |code| Meaning::Choice(vec![(code, 1)]);
		let tokens: Vec<u16> = (0..1_000).map(|row| u16::from(row % 100 == 0)).collect();
		let column = Encoded { meanings: vec![single(0), single(1)], counts: vec![990, 10], tokens, scalars: vec![] };
		let constant =
			Encoded { meanings: vec![single(5)], counts: vec![1_000], tokens: vec![0; 1_000], scalars: vec![] };
		Rows::from_encoded(vec![constant, column], 1_000)
	}

	#[test]
	fn rare_tokens_are_trained_on_by_the_logarithm_of_their_rows() {
		let (rows, mut stream) = (rows(), Stream::new(&[1; 32], "draw", 0));
		let mut rare = 0;
		for _ in 0..20_000 {
			let (condition, row) = rows.draw_training(&mut stream).unwrap();
			// The constant column is never asked for, and the row meets the condition.
			assert_eq!((condition.column, condition.token), (1, usize::from(row % 100 == 0)));
			rare += condition.token;
		}
		// ln 11 / (ln 11 + ln 991) = .258
		assert!(rare.abs_diff(5_160) < 250, "{rare}");
	}

	#[test]
	fn conditions_to_calibrate_by_are_as_frequent_as_in_the_table() {
		let (rows, mut stream) = (rows(), Stream::new(&[2; 32], "draw", 0));
		let rare = (0..20_000).filter(|_| rows.draw_plain(&mut stream).unwrap().token == 1).count();
		assert!(rare.abs_diff(200) < 60, "{rare}");
	}
}
