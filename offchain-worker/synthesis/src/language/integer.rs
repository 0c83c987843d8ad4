//! The trained network in integers: what a model artefact holds, and the same scores on every machine.
//!
//! Fixed point: embeddings in units of 2^-10 and first layers in units of 2^-12 (i16), biases and sums before the hidden
//! layer in units of 2^-14 (i32), hidden numbers in units of 2^-10, heads in units of 2^-s with an s of each column's own
//! (i16), head biases and scores in units of 2^-16 (i32). What one known column adds to a hidden number is held within
//! ±16, and the weights of a head's token within a sum of 65,535 units, so no sum of 32 bits overflows.
//!
//! In an artefact, after the vocabulary: columns u32; per column whether it is predicted (1) or only given (0) and the
//! width of its embedding and its hidden layer, u32 each; then per column embeddings, first layer, biases, s, head, head
//! biases.

use super::{
	parameters::{ColumnParameters, Parameters},
	shape::{ColumnShape, Shape},
};
use crate::{
	encode::UNKNOWN,
	error::ModelError,
	kernels::Matrix,
	reader::{invalid, length, Input},
};

const EMBEDDING_BITS: i32 = 10;
const FIRST_BITS: i32 = 12;
const SUM_BITS: i32 = 14;
const HIDDEN_BITS: i32 = 10;
const HEAD_BITS: u8 = 12;
/// Units of a score in bits.
pub(crate) const SCORE_BITS: i32 = 16;
/// Most that a known column adds to a hidden number, in units: 4,096 columns stay below 2^31.
const MOST_ADDED: i64 = 1 << 18;
/// Most that a token's weights sum up to, in units: times 32,767 it stays below 2^31.
const MOST_WEIGHT: u32 = 65_535;
/// Largest score, so that differences of scores stay far within 64 bits.
const MOST_BIAS: i32 = 1 << 24;
/// Most numbers of a lookup.
const MOST_LOOKUP: usize = 1 << 24;
/// Widest layer that is read.
const WIDEST: usize = 4_096;

/// One column's part, in units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IntegerColumn {
	/// A row of the embedding's width for every token.
	embedding: Vec<i16>,
	/// A row of the hidden layer's width for every number of all embeddings.
	first: Vec<i16>,
	first_bias: Vec<i32>,
	head_bits: u8,
	/// A row of the hidden layer's width for every token.
	head: Vec<i16>,
	head_bias: Vec<i32>,
}

/// The network in integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IntegerNetwork {
	pub shape: Shape,
	columns: Vec<IntegerColumn>,
}

/// What the tokens of one known column add to the hidden numbers of another.
pub(crate) struct Lookup {
	hidden: usize,
	added: Vec<i32>,
}

impl Lookup {
	fn row(&self, token: u32) -> Option<&[i32]> {
		let start = usize::try_from(token).ok()?.checked_mul(self.hidden)?;
		self.added.get(start..start.checked_add(self.hidden)?)
	}
}

fn rounded(value: f32, bits: i32) -> f64 {
	libm::round(libm::ldexp(f64::from(value), bits))
}

/// Casting saturates, and turns what is no number into 0.
fn narrow(values: &[f32], bits: i32) -> Vec<i16> {
	values.iter().map(|value| rounded(*value, bits) as i16).collect()
}

fn wide(values: &[f32], bits: i32) -> Vec<i32> {
	values.iter().map(|value| (rounded(*value, bits) as i32).clamp(-MOST_BIAS, MOST_BIAS)).collect()
}

/// A head, token by token, in the finest units in which no token's weights sum up to too much.
fn head(matrix: &Matrix) -> (u8, Vec<i16>) {
	let tokens: Vec<Vec<f32>> =
		(0..matrix.cols).map(|token| matrix.data.iter().skip(token).step_by(matrix.cols).copied().collect()).collect();
	let in_units = |bits: u8| -> Vec<Vec<i16>> { tokens.iter().map(|t| narrow(t, i32::from(bits))).collect() };
	let finest = (0..=HEAD_BITS).rev().find(|bits| {
		let fits = |weights: &Vec<i16>| weight(weights) <= MOST_WEIGHT && weights.iter().all(|w| *w < i16::MAX);
		in_units(*bits).iter().all(fits)
	});
	let bits = finest.unwrap_or(0);
	let mut rows = in_units(bits);
	for row in &mut rows {
		while weight(row) > MOST_WEIGHT {
			row.iter_mut().for_each(|w| *w >>= 1);
		}
	}
	(bits, rows.concat())
}

fn weight(row: &[i16]) -> u32 {
	row.iter().fold(0u32, |sum, w| sum.saturating_add(u32::from(w.unsigned_abs())))
}

impl IntegerNetwork {
	/// Rounds a trained network.
	pub fn of(parameters: &Parameters, shape: &Shape) -> Self {
		let column = |column: &ColumnParameters| {
			let (head_bits, head) = head(&column.head);
			IntegerColumn {
				embedding: narrow(&column.embedding.data, EMBEDDING_BITS),
				first: narrow(&column.first.data, FIRST_BITS),
				first_bias: wide(&column.first_bias, SUM_BITS),
				head_bits,
				head,
				head_bias: wide(&column.head_bias, SCORE_BITS),
			}
		};
		Self { shape: shape.clone(), columns: parameters.iter().map(column).collect() }
	}

	/// What the tokens of `other` add to the hidden numbers of `column`.
	pub fn lookup(&self, column: usize, other: usize) -> Lookup {
		let none = Lookup { hidden: 0, added: Vec::new() };
		let (Some(own), Some(known)) = (self.columns.get(column), self.columns.get(other)) else { return none };
		let (Some(its), Some(other)) = (self.shape.columns.get(column), self.shape.columns.get(other)) else {
			return none;
		};
		let (hidden, range) = (its.hidden.max(1), other.embedding.clone());
		let from = range.start.saturating_mul(hidden);
		let weights = own.first.get(from..range.end.saturating_mul(hidden)).unwrap_or(&[]);
		let mut added = Vec::with_capacity(other.tokens.saturating_mul(hidden));
		for embedding in known.embedding.chunks(range.len().max(1)) {
			let mut sums = vec![0i64; hidden];
			for (e, weights) in embedding.iter().zip(weights.chunks(hidden)) {
				for (sum, w) in sums.iter_mut().zip(weights) {
					// At most 32 products of 2^30.
					*sum = sum.wrapping_add(i64::from(*e).wrapping_mul(i64::from(*w)));
				}
			}
			added.extend(sums.into_iter().map(|sum| {
				let scaled = shifted(sum, EMBEDDING_BITS.wrapping_add(FIRST_BITS).wrapping_sub(SUM_BITS));
				i32::try_from(scaled.clamp(-MOST_ADDED, MOST_ADDED)).unwrap_or(0)
			}));
		}
		Lookup { hidden, added }
	}

	/// The score of every token of `column`, in units of 2^-16, given the known tokens of other columns: `lookups` are those
	/// of the other columns, `known` their tokens in the same order. Memory of `scores` is used again.
	pub fn scores(&self, column: usize, lookups: &[Lookup], known: &[u32], room: &mut Room) {
		room.scores.clear();
		let Some(own) = self.columns.get(column) else { return };
		room.sums.clear();
		room.sums.extend_from_slice(&own.first_bias);
		for (lookup, token) in lookups.iter().zip(known).filter(|(_, token)| **token != UNKNOWN) {
			for (sum, added) in room.sums.iter_mut().zip(lookup.row(*token).unwrap_or(&[])) {
				*sum = sum.wrapping_add(*added);
			}
		}
		room.hidden.clear();
		let narrowed = |sum: &i32| i16::try_from((sum >> (SUM_BITS - HIDDEN_BITS)).clamp(0, 32_767)).unwrap_or(0);
		room.hidden.extend(room.sums.iter().map(narrowed));
		let bits = SCORE_BITS.wrapping_sub(HIDDEN_BITS).wrapping_sub(i32::from(own.head_bits));
		let rows = own.head.chunks_exact(room.hidden.len().max(1));
		room.scores.extend(rows.zip(&own.head_bias).map(|(row, bias)| {
			let sum = row
				.iter()
				.zip(&room.hidden)
				.fold(0i32, |sum, (w, h)| sum.wrapping_add(i32::from(*w).wrapping_mul(i32::from(*h))));
			shifted(i64::from(sum), bits.wrapping_neg()).wrapping_add(i64::from(*bias))
		}));
	}
}

/// Memory for scores of one row after the other.
#[derive(Debug, Default)]
pub(crate) struct Room {
	sums: Vec<i32>,
	hidden: Vec<i16>,
	/// The score of every token.
	pub scores: Vec<i64>,
}

/// value / 2^bits, rounded half up; times 2^-bits if negative.
fn shifted(value: i64, bits: i32) -> i64 {
	match u32::try_from(bits) {
		Ok(0) => value,
		Ok(bits) => value.saturating_add(1i64.wrapping_shl(bits.wrapping_sub(1))).wrapping_shr(bits),
		Err(_) => value.saturating_mul(1i64.wrapping_shl(bits.unsigned_abs())),
	}
}

impl IntegerNetwork {
	/// Appends the network.
	pub fn write(&self, out: &mut Vec<u8>) {
		out.extend(length(self.columns.len()));
		for its in &self.shape.columns {
			out.push(u8::from(its.hidden > 0));
			out.extend(length(its.embedding.len()));
			out.extend(length(its.hidden));
		}
		for column in &self.columns {
			let narrow = |out: &mut Vec<u8>, values: &[i16]| values.iter().for_each(|v| out.extend(v.to_be_bytes()));
			let wide = |out: &mut Vec<u8>, values: &[i32]| values.iter().for_each(|v| out.extend(v.to_be_bytes()));
			narrow(out, &column.embedding);
			narrow(out, &column.first);
			wide(out, &column.first_bias);
			out.push(column.head_bits);
			narrow(out, &column.head);
			wide(out, &column.head_bias);
		}
	}

	/// Reads a network over columns of so many tokens, of which `last` is drawn after all others.
	///
	/// # Errors
	/// [`ModelError`] for anything that [`IntegerNetwork::write`] does not write.
	pub fn read(input: &mut Input<'_>, tokens: &[usize], last: Option<usize>) -> Result<Self, ModelError> {
		if input.count("network", 9)? != tokens.len() {
			return Err(invalid("network", "its columns are not those of the vocabulary"));
		}
		let mut width = 0usize;
		let mut columns = Vec::with_capacity(tokens.len());
		for tokens in tokens {
			let predicted = input.array::<1>("network")? == [1];
			let (embedding, hidden) = (input.number("network")?, input.number("network")?);
			if embedding == 0 || embedding > WIDEST || hidden > WIDEST || predicted != (hidden > 0) {
				return Err(invalid("network", "a width is none that a fit writes"));
			}
			let start = width;
			width = width.saturating_add(embedding);
			columns.push(ColumnShape { tokens: *tokens, embedding: start..width, hidden });
		}
		let most = |of: fn(&ColumnShape) -> usize| columns.iter().map(of).max().unwrap_or(0);
		if most(|column| column.tokens).saturating_mul(most(|column| column.hidden)) > MOST_LOOKUP {
			return Err(invalid("network", "wider than a fit writes"));
		}
		let shape = Shape { columns, width, last };
		let columns = shape.columns.iter().map(|its| read_column(input, its, width)).collect::<Result<_, _>>()?;
		Ok(Self { shape, columns })
	}
}

fn read_column(input: &mut Input<'_>, its: &ColumnShape, width: usize) -> Result<IntegerColumn, ModelError> {
	let embedding = read_narrow(input, its.tokens.saturating_mul(its.embedding.len()))?;
	let first = read_narrow(input, width.saturating_mul(its.hidden))?;
	let first_bias = read_wide(input, its.hidden)?;
	let [head_bits] = input.array("head")?;
	let tokens = if its.hidden > 0 { its.tokens } else { 0 };
	let head = read_narrow(input, its.hidden.saturating_mul(tokens))?;
	let head_bias = read_wide(input, tokens)?;
	if head_bits > HEAD_BITS || head.chunks(its.hidden.max(1)).any(|row| weight(row) > MOST_WEIGHT) {
		return Err(invalid("head", "weights beyond what a fit writes"));
	}
	Ok(IntegerColumn { embedding, first, first_bias, head_bits, head, head_bias })
}

fn read_narrow(input: &mut Input<'_>, count: usize) -> Result<Vec<i16>, ModelError> {
	let bytes = input.take(count.saturating_mul(2), "weights")?;
	Ok(bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_be_bytes(*pair)).collect())
}

fn read_wide(input: &mut Input<'_>, count: usize) -> Result<Vec<i32>, ModelError> {
	let bytes = input.take(count.saturating_mul(4), "biases")?;
	let values: Vec<i32> = bytes.as_chunks::<4>().0.iter().map(|four| i32::from_be_bytes(*four)).collect();
	if values.iter().any(|value| !(-MOST_BIAS..=MOST_BIAS).contains(value)) {
		return Err(invalid("biases", "beyond what a fit writes"));
	}
	Ok(values)
}

#[cfg(test)]
mod tests {
	use super::{
		super::{
			network::{embedded, passes, Batch},
			order::Order,
			parameters::initial,
		},
		*,
	};

	#[test]
	fn integer_scores_are_those_of_the_trained_network() {
		let shape = Shape::new(&[(3, true), (50, true), (7, true)]);
		let mut parameters = initial(&shape, None, &[7; 32]);
		parameters.iter_mut().flat_map(|column| &mut column.embedding.data).for_each(|x| *x *= 10.0);
		let network = IntegerNetwork::of(&parameters, &shape);
		let batch = Batch { rows: 6, tokens: vec![vec![0, 1, 2, 0, 1, 2], vec![0, 9, 19, 29, 39, 49], vec![1; 6]] };
		let all = embedded(&parameters, &shape, &batch);
		let passes = passes(&parameters, &shape, &Order::natural(&shape), &batch, &all, &Vec::new());
		let lookups = [network.lookup(2, 0), network.lookup(2, 1)];
		let mut room = Room::default();
		for row in 0..batch.rows {
			network.scores(2, &lookups, &[batch.tokens[0][row], batch.tokens[1][row]], &mut room);
			let highest = *room.scores.iter().max().unwrap();
			let powers: Vec<f64> =
				room.scores.iter().map(|score| libm::exp((score - highest) as f64 / 65_536.0)).collect();
			let sum: f64 = powers.iter().sum();
			let target = f64::from(u8::from(true));
			for (token, power) in powers.iter().enumerate() {
				let own = if token == 1 { target } else { 0.0 };
				let float = f64::from(passes[2].head_delta.row(row)[token]) + own;
				assert!((power / sum - float).abs() < 2e-3, "{row} {token}: {} {float}", power / sum);
			}
		}
	}

	#[test]
	fn weights_beyond_all_bounds_become_the_largest() {
		let shape = Shape::new(&[(3, true), (4, true)]);
		let mut parameters = initial(&shape, None, &[7; 32]);
		for (at, x) in parameters.iter_mut().flat_map(|column| column.parts_mut()).flatten().enumerate() {
			*x = [f32::NAN, f32::INFINITY, -1e30, 1e30][at % 4];
		}
		let network = IntegerNetwork::of(&parameters, &shape);
		let mut bytes = Vec::new();
		network.write(&mut bytes);
		let read = IntegerNetwork::read(&mut Input { bytes: &bytes, offset: 0 }, &[3, 4], None).unwrap();
		assert_eq!(read, network);
		let mut room = Room::default();
		read.scores(1, &[read.lookup(1, 0)], &[2], &mut room);
		assert_eq!(room.scores.len(), 4);
	}
}
