//! What else one asks of the same network: to fill in missing cells, to predict a column, how likely a row is.

use super::{
	sampling::{blocks, fill, with_cells, Allowed, Block, BLOCK},
	LanguageModel,
};
use crate::{
	digest::Digest,
	encode::{Conditions, LevelKind, UNKNOWN},
	error::SynthesisError,
	generate::Progress,
	table::{Cells, Table},
	threads,
};
use std::sync::Arc;

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
	/// A missing cell.
	Missing,
	/// Codes within ranges, both ends included: levels of a category by position, or values of a number.
	Codes(Vec<(i64, i64)>),
}

/// The distribution of one column's cells, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
	/// What may come out.
	pub outcomes: Vec<Outcome>,
	/// For every row the probability of each outcome, in parts per million, rounded down.
	pub probabilities_ppm: Vec<Vec<u32>>,
}

impl LanguageModel {
	/// The table with its missing cells drawn given the cells of their rows that are there. Cells that cannot but be missing
	/// beside the others stay so.
	///
	/// # Errors
	/// [`SynthesisError`] for a table of another schema, or if cancelled.
	pub fn impute(&self, table: &Table, seed: &Digest, progress: &mut dyn Progress) -> Result<Table, SynthesisError> {
		let table = table.without_identifiers();
		let mut tokens = self.known(&table)?;
		let gone: Vec<Vec<bool>> =
			(0..tokens.len()).map(|at| table.codes(at).unwrap_or(&[]).iter().map(Option::is_none).collect()).collect();
		for (tokens, gone) in tokens.iter_mut().zip(&gone) {
			tokens.iter_mut().zip(gone).filter(|(_, gone)| **gone).for_each(|(token, _)| *token = UNKNOWN);
		}
		let present = |column: usize| -> Vec<u64> {
			let outcomes = self.outcomes(column).into_iter();
			outcomes.map(|outcome| if outcome == Outcome::Missing { 0 } else { 1 << 16 }).collect()
		};
		let evidence = (0..tokens.len()).map(present).collect::<Vec<_>>();
		// A column that is missing throughout has nothing else to draw.
		let evidence =
			evidence.into_iter().map(|shares| if shares.iter().all(|s| *s == 0) { Vec::new() } else { shares });
		let allowed = Allowed { evidence: evidence.collect(), rules: &self.rules };
		fill(&self.network, &self.network.shape.order(), &mut tokens, &allowed, seed, progress)?;
		let drawn = self.vocabulary.table(&tokens, &Conditions::none(), seed)?;
		let columns = gone.iter().enumerate().map(|(at, gone)| {
			let (old, new) = (table.codes(at).unwrap_or(&[]), drawn.codes(at).unwrap_or(&[]));
			let cells = gone.iter().zip(old.iter().zip(new));
			Cells::Codes(cells.map(|(gone, (old, new))| if *gone { *new } else { *old }).collect())
		});
		Ok(Table::from_cells(Arc::clone(self.schema()), columns.collect())?)
	}

	/// The distribution of a column for every row of a table, given the row's other cells. What the table says of the
	/// column itself does not matter.
	///
	/// # Errors
	/// [`SynthesisError`] for a table of another schema, or a column that is not part of the model.
	pub fn predict(&self, table: &Table, column: &str) -> Result<Prediction, SynthesisError> {
		let at = self
			.schema()
			.position(column)
			.ok_or_else(|| SynthesisError::NoSuchColumn { column: crate::error::shown(column) })?;
		let mut tokens = self.known(&table.without_identifiers())?;
		if let Some(own) = tokens.get_mut(at) {
			own.fill(UNKNOWN);
		}
		let rows = tokens.first().map_or(0, Vec::len);
		let probabilities = with_cells(&self.network, at, &tokens, |cells| {
			threads::map(&blocks(rows, BLOCK), |block: &Block| {
				let mut found = Vec::with_capacity(block.rows);
				cells.weigh(block, |_, weights| found.push(parts_per_million(weights)));
				found
			})
		});
		Ok(Prediction { outcomes: self.outcomes(at), probabilities_ppm: probabilities.concat() })
	}

	/// The natural logarithm of every row's probability, of numbers that of their bins; `None` for a row with a cell that the
	/// vocabulary does not have.
	///
	/// # Errors
	/// [`SynthesisError`] for a table of another schema.
	pub fn log_probability(&self, table: &Table) -> Result<Vec<Option<f64>>, SynthesisError> {
		let tokens = self.known(&table.without_identifiers())?;
		let rows = tokens.first().map_or(0, Vec::len);
		let mut sums: Vec<Option<f64>> = vec![Some(0.0); rows];
		let order = self.network.shape.order();
		for (place, column) in order.iter().copied().enumerate() {
			let before = before(&tokens, &order, place);
			let own = tokens.get(column).map_or(&[][..], Vec::as_slice);
			let logs = with_cells(&self.network, column, &before, |cells| {
				threads::map(&blocks(rows, BLOCK), |block: &Block| {
					let mut found = Vec::with_capacity(block.rows);
					cells.weigh(block, |row, weights| found.push(log(weights, own.get(row).copied())));
					found
				})
			});
			for (sum, log) in sums.iter_mut().zip(logs.concat()) {
				*sum = sum.zip(log).map(|(sum, log)| sum + log);
			}
		}
		Ok(sums)
	}

	/// The tokens of a table of the model's schema.
	fn known(&self, table: &Table) -> Result<Vec<Vec<u32>>, SynthesisError> {
		Ok(self.vocabulary.tokens(&self.vocabulary.domain.encode(table)?))
	}

	/// What the tokens of a column stand for.
	fn outcomes(&self, column: usize) -> Vec<Outcome> {
		let (Some(domain), Some(grouping)) =
			(self.vocabulary.domain.column(column), self.vocabulary.groupings.get(column))
		else {
			return Vec::new();
		};
		let outcome = |group: &Vec<(u32, u32)>| {
			let missing = group.iter().any(|(level, _)| domain.kind(*level) == Some(LevelKind::Missing));
			let ranges = group.iter().filter_map(|(level, _)| domain.bounds(*level)).collect();
			if missing {
				Outcome::Missing
			} else {
				Outcome::Codes(ranges)
			}
		};
		grouping.groups.iter().map(outcome).collect()
	}
}

/// The tokens with those columns unknown that come at `place` or later.
fn before(tokens: &[Vec<u32>], order: &[usize], place: usize) -> Vec<Vec<u32>> {
	let mut known = tokens.to_vec();
	for column in order.iter().skip(place) {
		if let Some(own) = known.get_mut(*column) {
			own.fill(UNKNOWN);
		}
	}
	known
}

fn parts_per_million(weights: &[u64]) -> Vec<u32> {
	let total = weights.iter().fold(0u128, |sum, weight| sum.saturating_add(u128::from(*weight)));
	let part = |weight: &u64| u128::from(*weight).saturating_mul(1_000_000).checked_div(total).unwrap_or(0);
	weights.iter().map(|weight| u32::try_from(part(weight)).unwrap_or(u32::MAX)).collect()
}

fn log(weights: &[u64], token: Option<u32>) -> Option<f64> {
	let total: f64 = weights.iter().map(|weight| *weight as f64).sum();
	let own = weights.get(usize::try_from(token?).ok()?)?;
	// Weights end at one unit.
	Some(libm::log((*own).max(1) as f64) - libm::log(total))
}
