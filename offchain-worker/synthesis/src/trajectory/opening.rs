//! What first visits are drawn from.

use super::{
	layout::Layout,
	sample::TransitionModel,
	target::{EarlyVisits, TargetModel},
};
use crate::{
	digest::Digest,
	error::{ModelError, SynthesisError},
	generate::{fit_copula, Checkpoints, GeneratorKind, Latent, Progress},
	language::{fit, Examples, LanguageModel},
	random::Stream,
	reader::{invalid, Input},
	schema::Schema,
	table::Table,
};
use std::sync::Arc;

/// Of fewer patients a language model learns single columns and little else; ranks and correlations are what so few rows
/// can tell.
const FEWEST_PATIENTS: usize = 2_000;
/// How often rows that violate a constraint are drawn anew.
const DRAWS: u64 = 64;

/// A model of first visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opening {
	/// Of few patients: a Gaussian copula of scores among patients alike, whose rows are drawn anew until they satisfy the
	/// schema's constraints, and what draws their target.
	Copula(Latent, Option<TargetModel>),
	/// Of many.
	Language(LanguageModel),
}

impl Opening {
	/// Learns from the openings, and of few patients the target from their early visits.
	///
	/// # Errors
	/// [`SynthesisError`] for a table that cannot be encoded; cancelled.
	pub fn fit(
		layout: &Layout,
		(table, early): (&Table, Option<&EarlyVisits>),
		seed: &Digest,
		checkpoints: &mut dyn Checkpoints,
		progress: &mut dyn Progress,
	) -> Result<Self, SynthesisError> {
		if table.rows() < FEWEST_PATIENTS {
			match fit_copula(&layout.plan.score(table, &layout.scored)?, progress) {
				Ok(copula) => {
					let target = early.map(|early| TargetModel::fit(early, seed, checkpoints, progress));
					return Ok(Self::Copula(copula, target.transpose()?));
				},
				Err(SynthesisError::TooWide { .. }) => {},
				Err(other) => return Err(other),
			}
		}
		let examples = Examples { table, patients: &table.patients()?, given: 0 };
		Ok(Self::Language(fit(&examples, seed, checkpoints, progress)?))
	}

	/// Appends the model: 0, a copula and the target's model where there is one, or 1 and a language model.
	pub fn write(&self, out: &mut Vec<u8>) {
		match self {
			Self::Copula(copula, target) => {
				out.push(0);
				copula.write(out);
				target.iter().for_each(|target| target.write(out));
			},
			Self::Language(model) => {
				out.push(1);
				model.write(out);
			},
		}
	}

	/// Reads a model of openings.
	///
	/// # Errors
	/// [`ModelError`] for anything that [`Opening::write`] does not write.
	pub fn read(input: &mut Input<'_>, layout: &Layout) -> Result<Self, ModelError> {
		match input.array("opening")? {
			[0] => {
				let copula = Latent::read(input, GeneratorKind::GaussianCopula, &layout.scored)?;
				let target = layout.target_last.as_ref().map(|columns| TargetModel::read(input, columns));
				Ok(Self::Copula(copula, target.transpose()?))
			},
			[1] => {
				let model = LanguageModel::read(input, &layout.opening)?;
				let whole = model.given() == Some(0);
				whole.then_some(Self::Language(model)).ok_or_else(|| invalid("opening", "it leaves columns out"))
			},
			_ => Err(invalid("opening", "its kind is unknown")),
		}
	}
}

/// A model of first visits with the layout that says what it draws.
pub(super) struct Openings<'a>(pub &'a Opening, pub &'a Layout);

impl TransitionModel for Openings<'_> {
	fn draw(
		&self,
		given: &[Vec<Option<i64>>],
		rows: usize,
		seed: &Digest,
	) -> Result<Vec<Vec<Option<i64>>>, SynthesisError> {
		let Self(opening, layout) = self;
		match opening {
			Opening::Copula(copula, target) => {
				let mut drawn = layout.plan.unscore(&satisfying(&layout.scored, copula, rows, seed)?);
				target.iter().try_for_each(|target| target.redraw(&mut drawn, seed))?;
				Ok(drawn)
			},
			Opening::Language(model) => model.complete(given, rows, seed),
		}
	}
}

/// Rows that satisfy the constraints, in the order in which they are drawn.
fn satisfying(
	schema: &Arc<Schema>,
	copula: &Latent,
	rows: usize,
	seed: &Digest,
) -> Result<Vec<Vec<Option<i64>>>, SynthesisError> {
	let mut found: Vec<Vec<Option<i64>>> = vec![Vec::new(); schema.columns.len()];
	for attempt in 0..DRAWS {
		let left = rows.saturating_sub(found.first().map_or(0, Vec::len));
		if left == 0 {
			return Ok(found);
		}
		let table = copula.draw(schema, &Stream::new(seed, "trajectory/copula", attempt).key(), rows)?;
		let kept = schema.satisfying_rows(&table)?;
		for (at, column) in found.iter_mut().enumerate() {
			let codes = table.codes(at).unwrap_or(&[]);
			column.extend(kept.iter().take(left).map(|row| codes.get(*row).copied().flatten()));
		}
	}
	Err(SynthesisError::Impossible)
}
