//! Drawing rows from a model, in blocks with random streams of their own.

use super::{
	copula::{latents, ColumnLatents},
	marginal::{Marginal, WHOLE},
	report, Latent, Progress,
};
use crate::{
	digest::Digest,
	error::SynthesisError,
	normal::distribution,
	random::Stream,
	schema::Schema,
	table::{Cells, Table},
};
use std::sync::Arc;

/// Rows of one block; part of the sampling's definition.
const BLOCK: usize = 1024;

/// See [`super::Model::sample`].
pub(super) fn sample(
	model: &Latent,
	schema: &Arc<Schema>,
	seed: &Digest,
	rows: usize,
	progress: &mut dyn Progress,
) -> Result<Table, SynthesisError> {
	let mut columns: Vec<Vec<Option<i64>>> = model.marginals.iter().map(|_| Vec::with_capacity(rows)).collect();
	let factor = model.correlation.factor().ok_or_else(|| SynthesisError::Internal {
		stage: "sample",
		reason: "the model's correlation is not positive definite".into(),
	})?;
	let (numbers, _) = latents(&model.marginals);
	for (block, start) in (0u64..).zip((0..rows).step_by(BLOCK)) {
		report(progress, "sample", start, rows)?;
		let count = BLOCK.min(rows.saturating_sub(start));
		if model.correlation.dimensions == 0 {
			independent(model, seed, block, count, &mut columns);
		} else {
			copula(model, &numbers, &factor, seed, block, count, &mut columns);
		}
	}
	report(progress, "sample", rows, rows)?;
	let cells = columns.into_iter().map(Cells::Codes).collect();
	Ok(Table::from_cells(Arc::clone(schema), cells)?)
}

/// Integers only: two 32-bit numbers a cell, one for "missing" and one for the value.
fn independent(model: &Latent, seed: &Digest, block: u64, count: usize, columns: &mut [Vec<Option<i64>>]) {
	for ((at, marginal), cells) in (0u64..).zip(&model.marginals).zip(columns) {
		let label = format!("independent/column/{at}");
		let mut stream = Stream::new(seed, &label, block);
		for _ in 0..count {
			let missing = stream.uniform_u32();
			let value = stream.uniform_u32();
			cells.push(cell(marginal, missing, value));
		}
	}
}

fn cell(marginal: &Marginal, missing: u32, value: u32) -> Option<i64> {
	if u64::from(missing) < marginal.missing {
		None
	} else {
		marginal.code_at(value)
	}
}

/// Normals by inversion, tied by the factor, then back to points of 0..2^32.
fn copula(
	model: &Latent,
	numbers: &[ColumnLatents],
	factor: &[Vec<f64>],
	seed: &Digest,
	block: u64,
	count: usize,
	columns: &mut [Vec<Option<i64>>],
) {
	let mut stream = Stream::new(seed, "gaussian-copula/latent", block);
	let mut normals = vec![0.0; factor.len()];
	let mut points = vec![0u32; factor.len()];
	for _ in 0..count {
		normals.iter_mut().for_each(|z| *z = stream.normal());
		for (row, point) in factor.iter().zip(points.iter_mut()) {
			let tied: f64 = row.iter().zip(&normals).map(|(l, z)| l * z).sum();
			// Casting saturates: 2^32 and above become the last point.
			*point = (distribution(tied) * WHOLE as f64) as u32;
		}
		let point = |at: Option<usize>| at.and_then(|at| points.get(at).copied());
		for ((marginal, number), cells) in model.marginals.iter().zip(numbers).zip(columns.iter_mut()) {
			// Without a latent the column never, or always, is missing; a constant has one point.
			let missing = point(number.missing).unwrap_or(0);
			cells.push(cell(marginal, missing, point(number.value).unwrap_or(0)));
		}
	}
}
