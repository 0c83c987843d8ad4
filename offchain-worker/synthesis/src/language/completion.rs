//! Completing rows of which the first columns are given.

use super::{
	sampling::{fill, Allowed},
	LanguageModel,
};
use crate::{
	digest::Digest,
	encode::{Conditions, UNKNOWN},
	error::SynthesisError,
	generate::NoProgress,
};

impl LanguageModel {
	/// Number of leading columns that are only ever given; `None` if such columns lie elsewhere too.
	pub fn given(&self) -> Option<usize> {
		let predicted = self.network.shape.predicted();
		let first = predicted.first().copied()?;
		predicted.iter().copied().eq(first..self.network.shape.columns.len()).then_some(first)
	}

	/// Draws the other columns of `rows` rows whose first columns are given, each from the cells before it. A given number
	/// that training did not see counts as the nearest one that it saw.
	///
	/// # Errors
	/// [`SynthesisError`] for given cells that leave nothing under the schema's constraints.
	pub fn complete(
		&self,
		given: &[Vec<Option<i64>>],
		rows: usize,
		seed: &Digest,
	) -> Result<Vec<Vec<Option<i64>>>, SynthesisError> {
		let mut tokens: Vec<Vec<u32>> = self.vocabulary.sizes().iter().map(|_| vec![UNKNOWN; rows]).collect();
		for (at, (tokens, cells)) in tokens.iter_mut().zip(given).enumerate() {
			*tokens = self.vocabulary.nearest_tokens(at, cells);
		}
		let drawn = |column: &usize| *column >= given.len();
		let order: Vec<usize> = self.network.shape.order().into_iter().filter(drawn).collect();
		let allowed = Allowed { evidence: Vec::new(), rules: &self.rules };
		fill(&self.network, &order, &mut tokens, &allowed, seed, &mut NoProgress)?;
		self.name_unknown(&mut tokens, rows);
		let table = self.vocabulary.table(&tokens, &Conditions::none(), seed)?;
		let drawn = (given.len()..table.schema().columns.len()).map(|at| table.codes(at).unwrap_or(&[]).to_vec());
		Ok(drawn.collect())
	}

	/// Gives given cells that have no token one that the rest of the row allows: decoding needs some.
	fn name_unknown(&self, tokens: &mut [Vec<u32>], rows: usize) {
		let sizes = self.vocabulary.sizes();
		for row in 0..rows {
			let at = |tokens: &[Vec<u32>], column: usize| tokens.get(column)?.get(row).copied();
			for (column, size) in sizes.iter().enumerate() {
				if at(tokens, column) != Some(UNKNOWN) {
					continue;
				}
				let mut shares = vec![1; *size];
				for other in 0..sizes.len() {
					if let Some(token) = at(tokens, other).filter(|token| *token != UNKNOWN) {
						self.rules.forbid(column, other, token, &mut shares);
					}
				}
				let first = shares.iter().position(|share| *share > 0).unwrap_or(0);
				if let Some(cell) = tokens.get_mut(column).and_then(|tokens| tokens.get_mut(row)) {
					*cell = u32::try_from(first).unwrap_or(0);
				}
			}
		}
	}
}
