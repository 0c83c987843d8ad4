//! The model as bytes: integers only, big endian, one form.
//!
//! Noise values u32, width of a hidden layer u32, number of columns u32. Per column the number of tokens u32; per token
//! its rows u32 and a kind: 0 missing; 1 choice: number u32, per code code i64, weight u32; 2 curve: step u64, number
//! u32, per knot scalar i32, code i64. Then two hidden layers and the head: shift u8, weights i16, biases i32.

use super::{
	decoder::{self, ColumnDecoder, Decoder},
	generator::BLOCKS,
	integer::{Layer, SHIFTS},
	GanModel,
};
use crate::{
	error::ModelError,
	reader::{invalid, length, Input},
	schema::{Column, Schema},
};
use std::sync::Arc;

const MISSING: u8 = 0;
const CHOICE: u8 = 1;
const CURVE: u8 = 2;
/// Least bytes of a token, of a code of a choice, and of a knot.
const TOKEN_BYTES: usize = 5;
const CHOICE_BYTES: usize = 12;
const KNOT_BYTES: usize = 12;

impl GanModel {
	/// Appends the model's bytes.
	pub fn write(&self, out: &mut Vec<u8>) {
		out.extend(length(self.noise));
		out.extend(length(self.layers.first().map_or(0, |layer| layer.biases.len())));
		out.extend(length(self.columns.len()));
		for column in &self.columns {
			out.extend(length(column.tokens.len()));
			for (count, token) in column.counts.iter().zip(&column.tokens) {
				out.extend(count.to_be_bytes());
				write_token(token, out);
			}
		}
		for layer in &self.layers {
			out.push(layer.shift);
			layer.weights.iter().for_each(|weight| out.extend(weight.to_be_bytes()));
			layer.biases.iter().for_each(|bias| out.extend(bias.to_be_bytes()));
		}
	}

	/// Reads what [`GanModel::write`] wrote, for a schema without identifiers. Total on hostile bytes.
	///
	/// # Errors
	/// [`ModelError`] for anything else.
	pub(crate) fn read(input: &mut Input<'_>, schema: &Arc<Schema>) -> Result<Self, ModelError> {
		let noise = input.number("noise")?;
		let hidden = input.number("hidden layer")?;
		if noise == 0 || hidden == 0 {
			return Err(invalid("network", "a layer has no place"));
		}
		if input.count("columns", TOKEN_BYTES)? != schema.columns.len() {
			return Err(invalid("columns", "their number is not the schema's"));
		}
		let columns: Vec<ColumnDecoder> =
			schema.columns.iter().map(|column| read_column(input, column)).collect::<Result<_, _>>()?;
		let layout = decoder::layout(&columns);
		let mut inputs = noise.saturating_add(layout.conditions);
		let mut layers = Vec::with_capacity(BLOCKS.saturating_add(1));
		for _ in 0..BLOCKS {
			layers.push(read_layer(input, inputs, hidden)?);
			inputs = inputs.saturating_add(hidden);
		}
		layers.push(read_layer(input, inputs, layout.width)?);
		Ok(Self { noise, columns, layers })
	}
}

fn write_token(token: &Decoder, out: &mut Vec<u8>) {
	match token {
		Decoder::Missing => out.push(MISSING),
		Decoder::Choice(codes) => {
			out.push(CHOICE);
			out.extend(length(codes.len()));
			for (code, weight) in codes {
				out.extend(code.to_be_bytes());
				out.extend(weight.to_be_bytes());
			}
		},
		Decoder::Curve { step, knots } => {
			out.push(CURVE);
			out.extend(step.to_be_bytes());
			out.extend(length(knots.len()));
			for (scalar, code) in knots {
				out.extend(scalar.to_be_bytes());
				out.extend(code.to_be_bytes());
			}
		},
	}
}

fn read_column(input: &mut Input<'_>, column: &Column) -> Result<ColumnDecoder, ModelError> {
	let count = input.count("tokens", TOKEN_BYTES)?;
	if count == 0 {
		return Err(invalid("tokens", "a column has none"));
	}
	let mut own = ColumnDecoder { counts: Vec::with_capacity(count), tokens: Vec::with_capacity(count) };
	for at in 0..count {
		let rows = input.u32("token")?;
		if rows == 0 {
			return Err(invalid("token", "it has no rows"));
		}
		let [kind] = input.array("token")?;
		let token = match kind {
			MISSING if column.missing && at == 0 => Decoder::Missing,
			CHOICE => read_choice(input, column)?,
			CURVE if column.is_numeric() => read_curve(input, column)?,
			_ => return Err(invalid("token", "of a kind that the column does not have")),
		};
		let after_curve = matches!(own.tokens.last(), Some(Decoder::Curve { .. }));
		if after_curve && !matches!(token, Decoder::Curve { .. }) {
			return Err(invalid("token", "out of order"));
		}
		own.counts.push(rows);
		own.tokens.push(token);
	}
	Ok(own)
}

fn in_range(column: &Column, code: i64) -> Result<i64, ModelError> {
	match column.code_range() {
		Some((least, greatest)) if (least..=greatest).contains(&code) => Ok(code),
		_ => Err(invalid("token", "a code outside the declared range")),
	}
}

fn read_choice(input: &mut Input<'_>, column: &Column) -> Result<Decoder, ModelError> {
	let count = input.count("choice", CHOICE_BYTES)?;
	let mut codes: Vec<(i64, u32)> = Vec::with_capacity(count);
	for _ in 0..count {
		let code = in_range(column, input.i64("choice")?)?;
		let weight = input.u32("choice")?;
		if weight == 0 || codes.last().is_some_and(|(last, _)| *last >= code) {
			return Err(invalid("choice", "codes out of order or without weight"));
		}
		codes.push((code, weight));
	}
	if codes.is_empty() {
		return Err(invalid("choice", "it has no code"));
	}
	Ok(Decoder::Choice(codes))
}

fn read_curve(input: &mut Input<'_>, column: &Column) -> Result<Decoder, ModelError> {
	let step = input.u64("curve")?;
	let count = input.count("curve", KNOT_BYTES)?;
	let mut knots: Vec<(i32, i64)> = Vec::with_capacity(count);
	for _ in 0..count {
		let scalar = i32::from_be_bytes(input.array("curve")?);
		let code = in_range(column, input.i64("curve")?)?;
		if knots.last().is_some_and(|(below, low)| *below > scalar || *low > code) {
			return Err(invalid("curve", "its knots descend"));
		}
		knots.push((scalar, code));
	}
	if step == 0 || knots.is_empty() {
		return Err(invalid("curve", "it has no step or no knot"));
	}
	Ok(Decoder::Curve { step, knots })
}

fn read_layer(input: &mut Input<'_>, inputs: usize, outputs: usize) -> Result<Layer, ModelError> {
	let [shift] = input.array("layer")?;
	if !SHIFTS.contains(&shift) {
		return Err(invalid("layer", "a shift out of range"));
	}
	let weights = inputs.saturating_mul(outputs);
	input.room(weights.saturating_mul(2).saturating_add(outputs.saturating_mul(4)), "layer")?;
	let weights = input.take(weights.saturating_mul(2), "layer")?.chunks_exact(2);
	let biases = |input: &mut Input<'_>| {
		let bytes = input.take(outputs.saturating_mul(4), "layer")?.chunks_exact(4);
		Ok::<_, ModelError>(bytes.filter_map(|b| b.try_into().ok()).map(i32::from_be_bytes).collect())
	};
	let weights = weights.filter_map(|b| b.try_into().ok()).map(i16::from_be_bytes).collect();
	Ok(Layer { shift, weights, biases: biases(input)? })
}
