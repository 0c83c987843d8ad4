//! From the generator's outputs to a row that the critic can follow gradients through, and back.
//!
//! Tokens: Gumbel-softmax at τ = 0.2 (Jang, Gu and Poole 2017), y = softmax((l + g)/τ). Scalars: tanh(t) times the y of
//! their token, so that a scalar is there only where its token is: the networks see the pair, not two guesses.

use super::{layout::Layout, rows::Condition};
use crate::{
	kernels::{exp, tanh, Matrix},
	random::Stream,
};
use rand_core::Rng;

/// 1 / τ.
const SHARPNESS: f32 = 5.0;
/// Gumbel quantiles that are told apart, by 16 random bits.
const QUANTILES: u32 = 65_536;

/// The standard Gumbel distribution as equally likely values, drawn by 16 bits each.
pub(super) struct Gumbel(Vec<f32>);

impl Gumbel {
	/// −ln(−ln u) at the middles of equal parts.
	pub fn new() -> Self {
		let value = |part: u32| -libm::log(-libm::log((f64::from(part) + 0.5) / f64::from(QUANTILES)));
		Self((0..QUANTILES).map(|part| value(part) as f32).collect())
	}

	pub fn draw(&self, bytes: &[u8]) -> f32 {
		let at = bytes.iter().fold(0usize, |at, byte| (at << 8) | usize::from(*byte));
		self.0.get(at).copied().unwrap_or(0.0)
	}
}

/// What the forward pass leaves for the way back: tanh of the scalars, row by row.
#[derive(Debug, Clone, Default)]
pub(super) struct Curves(Vec<f32>);

/// Fills the front of every row of `rows` (each `stride` long) from one row of outputs.
pub(super) fn forward(
	layout: &Layout,
	outputs: &Matrix,
	gumbel: &Gumbel,
	stream: &mut Stream,
	stride: usize,
	rows: &mut [f32],
) -> Curves {
	let mut curves = Curves::default();
	let mut random = vec![0u8; layout.width.saturating_mul(2)];
	for (at, row) in rows.chunks_mut(stride).enumerate().take(outputs.rows) {
		let row = row.get_mut(..layout.width).unwrap_or_default();
		stream.rng().fill_bytes(&mut random);
		forward_row(layout, outputs.row(at), gumbel, &random, row, &mut curves.0);
	}
	curves
}

fn forward_row(
	layout: &Layout,
	outputs: &[f32],
	gumbel: &Gumbel,
	random: &[u8],
	row: &mut [f32],
	curves: &mut Vec<f32>,
) {
	let begin = curves.len();
	let drawn = outputs.iter().zip(random.chunks(2)).map(|(output, bytes)| (output + gumbel.draw(bytes)) * SHARPNESS);
	row.iter_mut().zip(drawn).for_each(|(place, value)| *place = value);
	let (mut left, mut from) = (&mut *row, outputs);
	for span in &layout.spans {
		let (own, rest) = left.split_at_mut(span.width().min(left.len()));
		let (own_outputs, rest_outputs) = from.split_at(span.width().min(from.len()));
		curves.extend(own_outputs.iter().skip(span.tokens));
		let tokens = own.get_mut(..span.tokens).unwrap_or_default();
		let top = tokens.iter().copied().fold(f32::NEG_INFINITY, f32::max);
		tokens.iter_mut().for_each(|value| *value -= top);
		(left, from) = (rest, rest_outputs);
	}
	exp(row);
	tanh(curves.get_mut(begin..).unwrap_or_default());
	let mut scalars = curves.iter().skip(begin);
	let mut left = row;
	for span in &layout.spans {
		let (own, rest) = left.split_at_mut(span.width().min(left.len()));
		let (tokens, places) = own.split_at_mut(span.tokens.min(own.len()));
		let inverse = 1.0 / tokens.iter().sum::<f32>();
		tokens.iter_mut().for_each(|value| *value *= inverse);
		let own_tokens = tokens.iter().skip(span.tokens.saturating_sub(span.curves));
		for ((place, token), scalar) in places.iter_mut().zip(own_tokens).zip(scalars.by_ref()) {
			*place = token * scalar;
		}
		left = rest;
	}
}

/// Gradient at the outputs from the gradient at the rows; both `rows` and `at_rows` are `stride` long each.
pub(super) fn backward(
	layout: &Layout,
	curves: &Curves,
	stride: usize,
	rows: &[f32],
	at_rows: &[f32],
	at_outputs: &mut Matrix,
) {
	let mut scalars = curves.0.iter();
	for (at, (row, gradient)) in rows.chunks(stride).zip(at_rows.chunks(stride)).enumerate().take(at_outputs.rows) {
		let (mut row, mut gradient, mut out) = (row, gradient, at_outputs.row_mut(at));
		for span in &layout.spans {
			let (own, rest) = row.split_at(span.width().min(row.len()));
			let (own_gradient, rest_gradient) = gradient.split_at(span.width().min(gradient.len()));
			let (own_out, rest_out) = out.split_at_mut(span.width().min(out.len()));
			span_backward(span.tokens, own, own_gradient, own_out, &mut scalars);
			(row, gradient, out) = (rest, rest_gradient, rest_out);
		}
	}
}

fn span_backward<'a>(
	tokens: usize,
	row: &[f32],
	gradient: &[f32],
	out: &mut [f32],
	scalars: &mut impl Iterator<Item = &'a f32>,
) {
	let (values, places) = row.split_at(tokens.min(row.len()));
	let (at_values, at_places) = gradient.split_at(tokens.min(gradient.len()));
	let (out_values, out_places) = out.split_at_mut(tokens.min(out.len()));
	out_values.copy_from_slice(at_values);
	let plain = tokens.saturating_sub(places.len());
	let curves = values.iter().skip(plain).zip(out_values.iter_mut().skip(plain));
	for (((value, out_value), out_place), (at_place, scalar)) in
		curves.zip(out_places).zip(at_places.iter().zip(scalars))
	{
		*out_value += at_place * scalar;
		*out_place = at_place * value * (1.0 - scalar * scalar);
	}
	let mean: f32 = values.iter().zip(out_values.iter()).map(|(value, at)| value * at).sum();
	for (out, value) in out_values.iter_mut().zip(values) {
		*out = SHARPNESS * value * (*out - mean);
	}
}

/// Adds the gradient of the mean cross-entropy between the conditions' tokens and softmax(logits) (Xu et al. 2019,
/// section 4.3), which makes the generator give the token it was asked for. Returns that mean.
pub(super) fn condition_loss(
	layout: &Layout,
	outputs: &Matrix,
	conditions: &[Condition],
	at_outputs: &mut Matrix,
) -> f32 {
	let weight = 1.0 / conditions.len().max(1) as f32;
	let mut loss = 0.0;
	let mut shares = Vec::new();
	for (at, condition) in conditions.iter().enumerate() {
		let Some(span) = layout.spans.get(condition.column) else { continue };
		let places = span.row..span.row.saturating_add(span.tokens);
		let Some(logits) = outputs.row(at).get(places.clone()) else { continue };
		let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
		shares.clear();
		shares.extend(logits.iter().map(|logit| logit - top));
		let wanted = shares.get(condition.token).copied().unwrap_or(0.0);
		exp(&mut shares);
		let total: f32 = shares.iter().sum();
		loss += libm::logf(total) - wanted;
		let out = at_outputs.row_mut(at).get_mut(places).unwrap_or_default();
		for (token, (out, share)) in out.iter_mut().zip(&shares).enumerate() {
			let own = if token == condition.token { 1.0 } else { 0.0 };
			*out += weight * (share / total - own);
		}
	}
	weight * loss
}
