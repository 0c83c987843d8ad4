//! Drawing rows from the model: integers only, in blocks with random streams of their own.

use super::{
	decoder,
	integer::{Exponential, UNIT},
	layout::Layout,
	noise, GanModel,
};
use crate::{
	digest::Digest,
	error::SynthesisError,
	generate::{report, Progress},
	random::Stream,
	schema::Schema,
	table::{Cells, Table},
	threads,
};
use std::sync::Arc;

/// Rows of one block; part of the sampling's definition.
const BLOCK: usize = 512;
/// Blocks between two reports.
const AT_ONCE: usize = 32;

/// What all blocks share.
struct Sampler<'a> {
	model: &'a GanModel,
	layout: Layout,
	/// Columns with more than one token.
	asked: Vec<usize>,
	exponential: Exponential,
	seed: &'a Digest,
}

impl GanModel {
	/// Draws a table of `rows` rows under the schema that the model was fitted on. The same model, seed and row count
	/// give the same table on every machine.
	///
	/// # Errors
	/// [`SynthesisError::Cancelled`], or [`SynthesisError::Table`] for a schema that is not the model's.
	pub fn sample(
		&self,
		schema: &Arc<Schema>,
		seed: &Digest,
		rows: usize,
		progress: &mut dyn Progress,
	) -> Result<Table, SynthesisError> {
		let asked = self.columns.iter().enumerate().filter(|(_, c)| c.tokens.len() > 1).map(|(at, _)| at).collect();
		let layout = decoder::layout(&self.columns);
		let sampler = Sampler { model: self, layout, asked, exponential: Exponential::new(), seed };
		let blocks: Vec<(u64, usize)> =
			(0u64..).zip((0..rows).step_by(BLOCK).map(|start| BLOCK.min(rows.saturating_sub(start)))).collect();
		let mut columns: Vec<Vec<Option<i64>>> = self.columns.iter().map(|_| Vec::with_capacity(rows)).collect();
		for some in blocks.chunks(AT_ONCE) {
			report(progress, "sample", columns.first().map_or(0, Vec::len), rows)?;
			for block in threads::map(some, |(block, count)| sampler.block(*block, *count)) {
				columns.iter_mut().zip(block).for_each(|(column, cells)| column.extend(cells));
			}
		}
		report(progress, "sample", rows, rows)?;
		Ok(Table::from_cells(Arc::clone(schema), columns.into_iter().map(Cells::Codes).collect())?)
	}
}

impl Sampler<'_> {
	/// The cells of a block, column by column.
	fn block(&self, block: u64, count: usize) -> Vec<Vec<Option<i64>>> {
		let mut stream = Stream::new(self.seed, "ctgan/sample", block);
		let mut columns: Vec<Vec<Option<i64>>> = self.model.columns.iter().map(|_| Vec::with_capacity(count)).collect();
		for _ in 0..count {
			let outputs = self.outputs(&mut stream);
			let mut left = outputs.as_slice();
			for ((column, span), cells) in self.model.columns.iter().zip(&self.layout.spans).zip(&mut columns) {
				let (own, rest) = left.split_at(span.width().min(left.len()));
				let logits = own.get(..span.tokens).unwrap_or_default();
				let token = if span.tokens > 1 { self.exponential.draw(logits, &mut stream) } else { 0 };
				let scalar = span.scalar_of(token).and_then(|at| own.get(at)).copied().unwrap_or(0);
				cells.push(column.cell(token, scalar, &mut stream));
				left = rest;
			}
		}
		columns
	}

	/// The head's outputs for fresh noise and a condition as the training table has them.
	fn outputs(&self, stream: &mut Stream) -> Vec<i32> {
		let mut hidden = vec![0i16; self.model.noise.saturating_add(self.layout.conditions)];
		let (values, places) = hidden.split_at_mut(self.model.noise);
		noise::fill_units(values, stream);
		let column = usize::try_from(stream.below(self.asked.len() as u64)).ok().and_then(|at| self.asked.get(at));
		if let Some(column) = column {
			let token = self.model.columns.get(*column).map_or(0, |column| column.draw(stream));
			let span = self.layout.spans.get(*column);
			if let Some(place) = span.and_then(|span| places.get_mut(span.condition.saturating_add(token))) {
				*place = UNIT;
			}
		}
		let Some((head, blocks)) = self.model.layers.split_last() else { return Vec::new() };
		for block in blocks {
			block.extend(&mut hidden);
		}
		head.outputs(&hidden)
	}
}
