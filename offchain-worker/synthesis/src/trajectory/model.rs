//! A model of trajectories: what opens them, and what takes them on.

use super::{
	layout::Layout,
	opening::{Opening, Openings},
	plan::Plan,
	sample::{sample, Models, TransitionModel},
	stages::{Stage, Stages},
	visits::Visits,
};
use crate::{
	digest::Digest,
	error::{ModelError, SynthesisError},
	generate::{Checkpoints, Progress, FEWEST_ROWS},
	language::{fit, Examples, LanguageModel},
	random::Stream,
	reader::{invalid, Input},
	schema::Schema,
	table::Table,
};
use std::sync::Arc;

/// A model of openings, and language models of endings and of steps given what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrajectoryModel {
	layout: Layout,
	opening: Opening,
	ending: LanguageModel,
	step: LanguageModel,
}

impl TransitionModel for LanguageModel {
	fn draw(
		&self,
		given: &[Vec<Option<i64>>],
		rows: usize,
		seed: &Digest,
	) -> Result<Vec<Vec<Option<i64>>>, SynthesisError> {
		self.complete(given, rows, seed)
	}
}

impl TrajectoryModel {
	/// The sizes of its models, for the model card.
	pub fn parameters(&self) -> serde_json::Value {
		serde_json::json!({ "visit": self.step.parameters(), "ending": self.ending.parameters() })
	}

	/// Trains on a table whose schema names a patient and a time column.
	///
	/// # Errors
	/// [`SynthesisError`]: no visits (see [`TrajectoryError`](super::TrajectoryError)), fewer than 2 patients or further
	/// visits, or cancelled.
	pub fn fit(
		table: &Table,
		seed: &Digest,
		checkpoints: &mut dyn Checkpoints,
		progress: &mut dyn Progress,
	) -> Result<Self, SynthesisError> {
		let visits = Visits::of(table)?;
		let mut layout = Layout::new(Plan::of(table, &visits)?)?;
		let transitions = layout.transitions(table, &visits)?;
		let rows = transitions.opening.rows().min(transitions.step.rows());
		if rows < FEWEST_ROWS {
			return Err(SynthesisError::TooFewRows { rows, needed: FEWEST_ROWS });
		}
		let seed = |label: &str| Stream::new(seed, label, 0).key();
		let mut stages = Stages::load(checkpoints);
		let key = seed("trajectory/opening");
		let early = layout.early_visits(table, &visits)?;
		let examples = (&transitions.opening, early.as_ref());
		let opening = Opening::fit(&layout, examples, &key, &mut stages.of(Stage::Opening), progress)?;
		let given = layout.given();
		let (endings, patients, key) = (&transitions.ending, &visits.runs(0), seed("trajectory/ending"));
		let examples = Examples { table: endings, patients, given };
		let ending = fit(&examples, &key, &mut stages.of(Stage::Ending), progress)?;
		let (steps, patients, key) = (&transitions.step, &visits.runs(1), seed("trajectory/step"));
		let examples = Examples { table: steps, patients, given };
		let step = fit(&examples, &key, &mut stages.of(Stage::Step), progress)?;
		layout.correct((table, &visits), steps, &step, &seed("trajectory/correction"))?;
		Ok(Self { layout, opening, ending, step })
	}

	/// The schema of the tables that it makes.
	pub fn schema(&self) -> &Arc<Schema> {
		&self.layout.plan.schema
	}

	/// See [`sample`].
	///
	/// # Errors
	/// As [`sample`].
	pub fn sample(&self, seed: &Digest, rows: usize, progress: &mut dyn Progress) -> Result<Table, SynthesisError> {
		let opening = Openings(&self.opening, &self.layout);
		let models = Models { opening: &opening, ending: &self.ending, step: &self.step };
		sample(&self.layout, &models, seed, rows, progress)
	}

	/// Appends the model: the [`Plan`], the models of openings, endings and steps.
	pub fn write(&self, out: &mut Vec<u8>) {
		self.layout.plan.write(out);
		self.opening.write(out);
		self.ending.write(out);
		self.step.write(out);
	}

	/// Reads a model for trajectories of a schema.
	///
	/// # Errors
	/// [`ModelError`] for anything that [`TrajectoryModel::write`] does not write.
	pub fn read(input: &mut Input<'_>, schema: &Arc<Schema>) -> Result<Self, ModelError> {
		let wrong = |_| invalid("roles", "they make too many columns");
		let layout = Layout::new(Plan::read(input, schema)?).map_err(wrong)?;
		let opening = Opening::read(input, &layout)?;
		let ending = LanguageModel::read(input, &layout.ending)?;
		let step = LanguageModel::read(input, &layout.step)?;
		let given = Some(layout.given());
		if ending.given() != given || step.given() != given {
			return Err(invalid("network", "other columns are given than those of the history"));
		}
		Ok(Self { layout, opening, ending, step })
	}
}
