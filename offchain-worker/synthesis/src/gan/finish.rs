//! From the trained generator to the integer model: fold batch normalisation, calibrate single columns, round.
//!
//! A GAN matches a table as a whole and single columns only about. So after training the head's biases are moved until
//! the tokens of every column are drawn as often as the table has them, and every scalar is mapped by its quantiles to
//! the quantiles of the codes that it stands for. Both act on one column alone: what the columns say about each other
//! stays what the networks learned. Both are seen on rows that the generator makes, [`MOST_ROWS`] at most.

use super::{
	column::{Encoded, Meaning},
	decoder::{ColumnDecoder, Decoder},
	generator::{Generator, Trace, BLOCKS},
	integer::{Layer, FINE},
	layout::Span,
	noise,
	rows::{Condition, Rows},
	GanModel,
};
use crate::{
	digest::Digest,
	kernels::{add_bias, exp, multiply_threads, relu_forward, Matrix},
	random::Stream,
	threads,
};

/// Rows that are made to look at.
const MOST_ROWS: usize = 16_384;
const LEAST_ROWS: usize = 1_000;
/// Numbers in memory at a time, about.
const PLACES: usize = 1 << 24;
/// Rounds in which biases are moved.
const ROUNDS: usize = 25;
/// Furthest that a bias is moved.
const FURTHEST: f64 = 12.0;

/// The model of a trained generator.
pub(super) fn finish(generator: &Generator, noise: usize, rows: &Rows, seed: &Digest) -> GanModel {
	let wide = inputs(generator, BLOCKS).saturating_add(generator.outputs).max(1);
	let count = PLACES.checked_div(wide).unwrap_or(0).clamp(LEAST_ROWS, MOST_ROWS);
	let mut layers = folded(generator, noise, rows, count, seed);
	let outputs = made(&layers, generator, noise, rows, count, seed);
	let spans: Vec<(&Span, &Encoded)> = rows.layout.spans.iter().zip(&rows.columns).collect();
	let calibrated: Vec<(ColumnDecoder, Vec<f32>)> =
		threads::map(&spans, |(span, column)| calibrate(&outputs, span, column));
	let mut columns = Vec::with_capacity(calibrated.len());
	if let Some((_, biases)) = layers.last_mut() {
		for ((decoder, moves), span) in calibrated.into_iter().zip(&rows.layout.spans) {
			biases.iter_mut().skip(span.row).zip(moves).for_each(|(bias, by)| *bias += by);
			columns.push(decoder);
		}
	}
	let layers = layers.iter().map(|(weights, biases)| Layer::new(&weights.data, biases)).collect();
	GanModel { noise, columns, layers }
}

/// Places of h before a block, the condition's among them: behind the noise.
fn inputs(generator: &Generator, block: usize) -> usize {
	generator.width(block).saturating_add(generator.conditions)
}

/// The weights of all inputs of a layer.
fn joined(weights: &Matrix, asked: &Matrix, noise: usize) -> Matrix {
	let (front, back) = weights.data.split_at(noise.saturating_mul(weights.cols).min(weights.data.len()));
	Matrix {
		rows: weights.rows.saturating_add(asked.rows),
		cols: weights.cols,
		data: [front, &asked.data, back].concat(),
	}
}

/// Noise and conditions of `count` rows in the first places of h.
fn ask(
	hidden: &mut Matrix,
	noise: usize,
	rows: &Rows,
	stream: &mut Stream,
	draw: impl Fn(&mut Stream) -> Option<Condition>,
) {
	for at in 0..hidden.rows {
		let (values, asked) = hidden.row_mut(at).split_at_mut(noise);
		noise::fill(values, stream);
		let condition = draw(stream);
		let place = condition.and_then(|condition| asked.get_mut(rows.layout.place(condition)));
		if let Some(place) = place {
			*place = 1.0;
		}
	}
}

/// Weights and biases of all layers, with batch normalisation over fresh rows under training's conditions folded in:
/// γ(xW − μ)/σ + β = x(γW/σ) + (β − γμ/σ).
fn folded(generator: &Generator, noise: usize, rows: &Rows, count: usize, seed: &Digest) -> Vec<(Matrix, Vec<f32>)> {
	let mut trace = Trace::default();
	generator.prepare(count, &mut trace);
	let mut stream = Stream::new(seed, "ctgan/normalise", 0);
	for at in 0..count {
		noise::fill(trace.hidden.row_mut(at).get_mut(..noise).unwrap_or_default(), &mut stream);
		trace.asked.push(rows.draw_training(&mut stream).map_or(usize::MAX, |(asked, _)| rows.layout.place(asked)));
	}
	generator.forward(&mut trace);
	let mut layers: Vec<(Matrix, Vec<f32>)> = Vec::with_capacity(BLOCKS.saturating_add(1));
	for (block, (mean, inverse)) in generator.blocks.iter().zip(&trace.moments) {
		let factors: Vec<f32> =
			block.scale.value.data.iter().zip(inverse).map(|(scale, inverse)| scale * inverse).collect();
		let mut weights = joined(&block.weights.value, &block.asked.value, noise);
		for row in 0..weights.rows {
			weights.row_mut(row).iter_mut().zip(&factors).for_each(|(weight, factor)| *weight *= factor);
		}
		let shifts = block.shift.value.data.iter().zip(mean.iter().zip(&factors));
		layers.push((weights, shifts.map(|(shift, (mean, factor))| shift - mean * factor).collect()));
	}
	let head = joined(&generator.head.value, &generator.head_asked.value, noise);
	layers.push((head, generator.bias.value.data.clone()));
	layers
}

/// Outputs of fresh rows under conditions as the table has them.
fn made(
	layers: &[(Matrix, Vec<f32>)],
	generator: &Generator,
	noise: usize,
	rows: &Rows,
	count: usize,
	seed: &Digest,
) -> Matrix {
	let mut hidden = Matrix::zeros(count, inputs(generator, BLOCKS));
	let mut stream = Stream::new(seed, "ctgan/calibrate", 0);
	ask(&mut hidden, noise, rows, &mut stream, |stream| rows.draw_plain(stream));
	let mut outputs = Matrix::default();
	for (at, (weights, biases)) in layers.iter().enumerate() {
		let own = inputs(generator, at);
		outputs = Matrix::zeros(count, weights.cols);
		multiply_threads(hidden.columns(0..own), weights.view(), outputs.view_mut(), false);
		add_bias(outputs.view_mut(), biases);
		if at < BLOCKS {
			relu_forward(&mut outputs.data);
			for row in 0..count {
				let places = hidden.row_mut(row).iter_mut().skip(own);
				places.zip(outputs.row(row)).for_each(|(place, value)| *place = *value);
			}
		}
	}
	outputs
}

/// A column's decoder, and by how much its tokens' biases move.
fn calibrate(outputs: &Matrix, span: &Span, column: &Encoded) -> (ColumnDecoder, Vec<f32>) {
	let total: f64 = column.counts.iter().map(|count| f64::from(*count)).sum();
	let wanted: Vec<f64> = column.counts.iter().map(|count| (f64::from(*count) / total).max(1e-12)).collect();
	let mut moves = vec![0.0f64; span.tokens];
	let mut shares = Matrix::zeros(outputs.rows, span.tokens);
	for round in 0..=ROUNDS {
		let found = token_shares(outputs, span, &moves, &mut shares);
		if round == ROUNDS || span.tokens < 2 {
			break;
		}
		for (by, (wanted, found)) in moves.iter_mut().zip(wanted.iter().zip(found)) {
			*by = (*by + libm::log(wanted / found.max(1e-12))).clamp(-FURTHEST, FURTHEST);
		}
	}
	let tokens = column.meanings.iter().enumerate().map(|(token, meaning)| match meaning {
		Meaning::Missing => Decoder::Missing,
		Meaning::Choice(codes) => Decoder::Choice(codes.clone()),
		Meaning::Curve { codes, step } => {
			let place = span.row.saturating_add(span.scalar_of(token).unwrap_or(0));
			Decoder::Curve { step: *step, knots: knots(outputs, place, &shares, token, codes) }
		},
	});
	let decoder = ColumnDecoder { counts: column.counts.clone(), tokens: tokens.collect() };
	(decoder, moves.iter().map(|by| *by as f32).collect())
}

/// Every row's softmax with moved biases, and its mean over the rows.
fn token_shares(outputs: &Matrix, span: &Span, moves: &[f64], shares: &mut Matrix) -> Vec<f64> {
	for row in 0..outputs.rows {
		let own = shares.row_mut(row);
		let logits = outputs.row(row).iter().skip(span.row);
		for (place, (logit, by)) in own.iter_mut().zip(logits.zip(moves)) {
			*place = logit + *by as f32;
		}
		let top = own.iter().copied().fold(f32::NEG_INFINITY, f32::max);
		own.iter_mut().for_each(|place| *place -= top);
	}
	exp(&mut shares.data);
	let mut sums = vec![0.0f64; span.tokens];
	for row in 0..outputs.rows {
		let own = shares.row_mut(row);
		let inverse = 1.0 / own.iter().sum::<f32>();
		for (place, sum) in own.iter_mut().zip(&mut sums) {
			*place *= inverse;
			*sum += f64::from(*place);
		}
	}
	let count = (outputs.rows as f64).max(1.0);
	sums.into_iter().map(|sum| sum / count).collect()
}

/// The scalar's quantiles, each row weighing as much as it is likely to have the token, beside the codes'.
fn knots(outputs: &Matrix, place: usize, shares: &Matrix, token: usize, codes: &[i64]) -> Vec<(i32, i64)> {
	let value = |row: usize| outputs.row(row).get(place).copied().unwrap_or(0.0);
	let weight = |row: usize| f64::from(shares.row(row).get(token).copied().unwrap_or(0.0));
	let mut seen: Vec<(f32, f64)> = (0..outputs.rows).map(|row| (value(row), weight(row))).collect();
	seen.sort_by(|(a, _), (b, _)| a.total_cmp(b));
	let total: f64 = seen.iter().map(|(_, weight)| weight).sum();
	let parts = codes.len().saturating_sub(1).max(1) as f64;
	let mut knots: Vec<(i32, i64)> = Vec::with_capacity(codes.len());
	let (mut below, mut seen) = (0.0, seen.into_iter().peekable());
	let mut last = seen.peek().map_or(0.0, |(value, _)| *value);
	for (part, code) in codes.iter().enumerate() {
		let wanted = total * part as f64 / parts;
		while let Some((value, weight)) = seen.next_if(|_| below < wanted) {
			below += weight;
			last = value;
		}
		// Casts saturate.
		let at = (f64::from(last) * f64::from(FINE)).round_ties_even() as i32;
		knots.push((at, *code));
	}
	knots
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::gan::integer::UNIT;

	#[test]
	fn integer_layers_follow_the_generator_they_were_folded_from() {
		let mut stream = Stream::new(&[1; 32], "generator", 0);
		let column = |counts: [u32; 2]| Encoded {
			meanings: vec![Meaning::Choice(vec![(0, 1)]), Meaning::Curve { codes: vec![5, 9], step: 1 }],
			tokens: counts.iter().zip(0u16..).flat_map(|(count, token)| vec![token; *count as usize]).collect(),
			scalars: vec![0.0; 40],
			counts: counts.to_vec(),
		};
		let rows = Rows::from_encoded(vec![column([30, 10]), column([20, 20])], 40);
		let mut generator = Generator::new(12, rows.layout.conditions, 24, rows.layout.width, &mut stream);
		for block in &mut generator.blocks {
			block.scale.value.data.iter_mut().for_each(|scale| *scale = 1.5);
			block.shift.value.data.iter_mut().for_each(|shift| *shift = 0.25);
		}
		let layers = folded(&generator, 12, &rows, 2_000, &[1; 32]);
		let floats = made(&layers, &generator, 12, &rows, 2_000, &[1; 32]);

		let mut hidden = Matrix::zeros(2_000, super::inputs(&generator, BLOCKS));
		ask(&mut hidden, 12, &rows, &mut Stream::new(&[1; 32], "ctgan/calibrate", 0), |stream| rows.draw_plain(stream));
		let integers: Vec<Layer> = layers.iter().map(|(weights, biases)| Layer::new(&weights.data, biases)).collect();
		for row in 0..2_000 {
			let inputs = &hidden.row(row)[..super::inputs(&generator, 0)];
			let mut units: Vec<i16> = inputs.iter().map(|input| (input * f32::from(UNIT)) as i16).collect();
			integers[0].extend(&mut units);
			integers[1].extend(&mut units);
			for (found, exact) in integers[2].outputs(&units).iter().zip(floats.row(row)) {
				assert!((*found as f32 / FINE as f32 - exact).abs() < 0.02, "{found} {exact}");
			}
		}
	}
}
