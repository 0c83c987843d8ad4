//! Generators: what learns from a table, the integer model it leaves, and sampling from it.
//!
//! A model needs no data to be sampled: anyone with the artefact and the public sampling seed makes the
//! same synthetic table, byte for byte.

mod artefact;
mod card;
mod copula;
mod correlation;
mod graphical;
mod hermite;

mod marginal;
mod matrix;
mod ordering;
mod sample;

use crate::{
	digest::Digest,
	encode::Conditions,
	error::SynthesisError,
	gan::{self, GanModel},
	language::{self, Examples, LanguageModel, Prediction, TrainingLog},
	limits::MAX_ROWS,
	mechanism::MeasureOptions,
	schema::Schema,
	table::Table,
	trajectory::TrajectoryModel,
};
use correlation::Correlation;
pub(crate) use graphical::GraphicalModel;
use marginal::Marginal;
use std::{fmt, str::FromStr, sync::Arc};

/// Which generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GeneratorKind {
	/// Every column on its own: the floor under all others.
	Independent,
	/// Columns tied by a Gaussian copula: ranks and correlations, no more.
	GaussianCopula,
	/// The marginals of a maximum spanning tree, measured with differential privacy.
	Mst,
	/// Marginals chosen adaptively, measured with differential privacy.
	Aim,
	/// An autoregressive network over the tokens of all columns.
	TabularLm,
	/// The same, trained with differential privacy; it leaves a [`TrainingLog`](crate::TrainingLog) ([`train`]).
	TabularLmDp,
	/// A conditional generative adversarial network.
	Ctgan,
}

impl GeneratorKind {
	/// All generators.
	pub const ALL: [Self; 7] = [
		Self::Independent,
		Self::GaussianCopula,
		Self::Mst,
		Self::Aim,
		Self::TabularLm,
		Self::TabularLmDp,
		Self::Ctgan,
	];

	/// The name used in parameters and on the command line.
	#[must_use]
	pub fn name(self) -> &'static str {
		match self {
			Self::Independent => "independent",
			Self::GaussianCopula => "gaussian-copula",
			Self::Mst => "mst",
			Self::Aim => "aim",
			Self::TabularLm => "tabular-lm",
			Self::TabularLmDp => "tabular-lm-dp",
			Self::Ctgan => "ctgan",
		}
	}

	/// Whether it is differentially private: it needs a budget, and leaves a log of what it spent.
	#[must_use]
	pub fn is_private(self) -> bool {
		self.is_measured() || self == Self::TabularLmDp
	}

	/// Whether it leaves a [`MeasurementLog`](crate::MeasurementLog) from which anyone fits the model.
	#[must_use]
	pub fn is_measured(self) -> bool {
		matches!(self, Self::Mst | Self::Aim)
	}

	/// The stable number in model artefacts.
	pub(crate) fn number(self) -> u16 {
		match self {
			Self::Independent => 1,
			Self::GaussianCopula => 2,
			Self::Mst => 3,
			Self::Aim => 4,
			Self::TabularLm => 5,
			Self::TabularLmDp => 6,
			Self::Ctgan => 7,
		}
	}
}

impl fmt::Display for GeneratorKind {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(self.name())
	}
}

impl FromStr for GeneratorKind {
	type Err = SynthesisError;

	fn from_str(name: &str) -> Result<Self, Self::Err> {
		Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| SynthesisError::UnknownGenerator {
			name: crate::error::shown(name),
			known: "independent, gaussian-copula, mst, aim, tabular-lm, tabular-lm-dp, ctgan",
		})
	}
}

/// Who watches long work, and may stop it.
pub trait Progress {
	/// `done` of `total` steps of `stage` are done. `false` cancels the work.
	fn step(&mut self, stage: &'static str, done: u64, total: u64) -> bool;
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
	fn step(&mut self, _stage: &'static str, _done: u64, _total: u64) -> bool {
		true
	}
}

/// Where long training keeps its state, so that it goes on after the process was killed and ends with the same model.
pub trait Checkpoints {
	/// The state that was saved last, if any.
	fn load(&mut self) -> Option<Vec<u8>>;
	/// Takes the place of what was saved before.
	fn save(&mut self, state: &[u8]);
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCheckpoints;

impl Checkpoints for NoCheckpoints {
	fn load(&mut self) -> Option<Vec<u8>> {
		None
	}

	fn save(&mut self, _state: &[u8]) {}
}

/// Reports a step, and turns a refusal into [`SynthesisError::Cancelled`].
pub(crate) fn report(
	progress: &mut dyn Progress,
	stage: &'static str,
	done: usize,
	total: usize,
) -> Result<(), SynthesisError> {
	let count = |n| u64::try_from(n).unwrap_or(u64::MAX);
	if progress.step(stage, count(done), count(total)) {
		Ok(())
	} else {
		Err(SynthesisError::Cancelled { stage })
	}
}

/// Fewest rows that a model is fitted on.
pub(crate) const FEWEST_ROWS: usize = 2;

/// What a generator learned, in integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
	kind: GeneratorKind,
	schema: Arc<Schema>,
	body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Body {
	Latent(Latent),
	Graphical(GraphicalModel),
	Language(LanguageModel),
	Gan(GanModel),
	Trajectory(Box<TrajectoryModel>),
}

/// Distributions of single columns, tied by correlations of latent normals or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Latent {
	marginals: Vec<Marginal>,
	correlation: Correlation,
}

/// Fits a heuristic generator to the training table; identifier columns are left out.
///
/// [`GeneratorKind::TabularLm`] takes a table whose schema names a time column as visits of patients (see
/// [`trajectory`](crate::trajectory)): its synthetic tables have a patient column, and the rows of a patient in their order.
///
/// Such a generator is a function of the table and, where it is trained by chance, of the seed, which is secret: who knows
/// it can test guesses of rows. It carries no differential privacy, and its model holds counts and cut points of real values.
/// The private ones are [`measure`](crate::measure)d and fitted from their log.
///
/// # Errors
/// [`SynthesisError`]: a private generator, fewer than 2 rows, only identifiers, more than 1,024 copula dimensions, or
/// cancelled.
pub fn fit(
	kind: GeneratorKind,
	training: &Table,
	seed: Digest,
	progress: &mut dyn Progress,
) -> Result<Model, SynthesisError> {
	fit_resumable(kind, training, seed, &mut NoCheckpoints, progress)
}

/// As [`fit`], with a place for the state of long training. After a kill the same call goes on from there, and ends with
/// the same model. The state belongs to the training rows: keep it where they are kept, and remove it at the end.
///
/// # Errors
/// As [`fit`].
pub fn fit_resumable(
	kind: GeneratorKind,
	training: &Table,
	seed: Digest,
	checkpoints: &mut dyn Checkpoints,
	progress: &mut dyn Progress,
) -> Result<Model, SynthesisError> {
	if kind.is_private() {
		return Err(SynthesisError::NeedsBudget { name: kind.name() });
	}
	if kind == GeneratorKind::TabularLm && training.schema().time_column.is_some() {
		let model = TrajectoryModel::fit(training, &seed, checkpoints, progress)?;
		return Ok(Model { kind, schema: Arc::clone(model.schema()), body: Body::Trajectory(Box::new(model)) });
	}
	let table = training.without_identifiers();
	if table.schema().columns.is_empty() {
		return Err(SynthesisError::NoColumns);
	}
	if table.rows() < FEWEST_ROWS {
		return Err(SynthesisError::TooFewRows { rows: table.rows(), needed: FEWEST_ROWS });
	}
	let body = match kind {
		GeneratorKind::TabularLm => {
			let examples = Examples { table: &table, patients: &training.patients()?, given: 0 };
			Body::Language(language::fit(&examples, &seed, checkpoints, progress)?)
		},
		GeneratorKind::Ctgan => Body::Gan(gan::fit(&table, &seed, checkpoints, progress)?),
		_ => Body::Latent(latent(kind, &table, progress)?),
	};
	Ok(Model { kind, schema: table.shared_schema(), body })
}

/// A Gaussian copula of a table without identifiers.
///
/// # Errors
/// [`SynthesisError::TooWide`]; cancelled.
pub(crate) fn fit_copula(table: &Table, progress: &mut dyn Progress) -> Result<Latent, SynthesisError> {
	latent(GeneratorKind::GaussianCopula, table, progress)
}

impl Latent {
	/// Draws a table of the schema that it was fitted to.
	///
	/// # Errors
	/// [`SynthesisError::Internal`] for a correlation that is none.
	pub(crate) fn draw(&self, schema: &Arc<Schema>, seed: &Digest, rows: usize) -> Result<Table, SynthesisError> {
		sample::sample(self, schema, seed, rows, &mut NoProgress)
	}
}

/// Trains the language model with differential privacy (`tabular-lm-dp`), and says in a log what was spent. The unit of
/// privacy is the patient: at most [`MeasureOptions::rows_per_patient`] rows of each are used, and protected together. Of the
/// settings, `max_cells` and `target_edges` are not used.
///
/// # Errors
/// [`SynthesisError`]: settings out of bounds, δ not below 1/rows, a column whose range or levels were read off the
/// data, a budget too small, fewer than 2 rows, or cancelled.
pub fn train(
	training: &Table,
	options: &MeasureOptions,
	noise_seed: Digest,
	checkpoints: &mut dyn Checkpoints,
	progress: &mut dyn Progress,
) -> Result<(Model, TrainingLog), SynthesisError> {
	if training.rows() < FEWEST_ROWS {
		return Err(SynthesisError::TooFewRows { rows: training.rows(), needed: FEWEST_ROWS });
	}
	let (model, log) = language::fit_private(training, options, &noise_seed, checkpoints, progress)?;
	let schema = Arc::clone(model.schema());
	Ok((Model { kind: GeneratorKind::TabularLmDp, schema, body: Body::Language(model) }, log))
}

fn latent(kind: GeneratorKind, table: &Table, progress: &mut dyn Progress) -> Result<Latent, SynthesisError> {
	let total = table.schema().columns.len();
	let mut marginals = Vec::with_capacity(total);
	for (at, column) in table.schema().columns.iter().enumerate() {
		report(progress, "fit: columns", at, total)?;
		let codes = table.codes(at).unwrap_or(&[]);
		marginals.push(Marginal::fit(column, codes));
	}
	report(progress, "fit: columns", total, total)?;
	let correlation = match kind {
		GeneratorKind::GaussianCopula => copula::fit(table, &mut marginals, progress)?,
		_ => Correlation::none(),
	};
	Ok(Latent { marginals, correlation })
}

impl Model {
	/// A graphical model.
	pub(crate) fn graphical(kind: GeneratorKind, model: GraphicalModel) -> Self {
		Self { kind, schema: Arc::clone(model.vocabulary.domain.schema()), body: Body::Graphical(model) }
	}

	/// The generator that made the model.
	#[must_use]
	pub fn kind(&self) -> GeneratorKind {
		self.kind
	}

	/// The schema of the tables it makes; it has no identifiers, but for the patient's number of trajectories.
	#[must_use]
	pub fn schema(&self) -> &Schema {
		&self.schema
	}

	/// Draws a synthetic table. The same model, seed and row count give the same table on every machine. Trajectories are
	/// drawn until there are so many rows; the last patient's later visits may be cut off.
	///
	/// # Errors
	/// [`SynthesisError::RowCount`] for 0 rows or more than [`MAX_ROWS`], or cancelled.
	pub fn sample(
		&self,
		sampling_seed: Digest,
		rows: u32,
		progress: &mut dyn Progress,
	) -> Result<Table, SynthesisError> {
		self.sample_given(sampling_seed, rows, &Conditions::none(), progress)
	}

	/// Draws a synthetic table whose every row meets the conditions, at the speed of any other table: the evidence is
	/// joined into the model, no row is thrown away.
	///
	/// # Errors
	/// As [`Model::sample`]; [`SynthesisError::Impossible`] if the model gives the conditions probability 0;
	/// [`SynthesisError::NoConditions`] for the heuristic generators, which do not condition.
	pub fn sample_given(
		&self,
		sampling_seed: Digest,
		rows: u32,
		conditions: &Conditions,
		progress: &mut dyn Progress,
	) -> Result<Table, SynthesisError> {
		let count = usize::try_from(rows).unwrap_or(usize::MAX);
		if count == 0 || count > MAX_ROWS {
			return Err(SynthesisError::RowCount { rows: count, limit: MAX_ROWS });
		}
		match &self.body {
			Body::Latent(_) | Body::Gan(_) if !conditions.is_none() => {
				Err(SynthesisError::NoConditions { name: self.kind.name() })
			},
			Body::Latent(latent) => sample::sample(latent, &self.schema, &sampling_seed, count, progress),
			Body::Graphical(model) => model.sample(&sampling_seed, count, conditions, progress),
			Body::Trajectory(_) if !conditions.is_none() => {
				Err(SynthesisError::NoConditions { name: self.kind.name() })
			},
			Body::Trajectory(model) => model.sample(&sampling_seed, count, progress),
			Body::Language(model) => model.sample(&sampling_seed, count, conditions, progress),
			Body::Gan(model) => model.sample(&self.schema, &sampling_seed, count, progress),
		}
	}

	/// The table with its missing cells drawn, each given the cells of its row that are there.
	///
	/// # Errors
	/// [`SynthesisError::NoAnswer`] for generators that cannot; a table of another schema; cancelled.
	pub fn impute(
		&self,
		table: &Table,
		sampling_seed: Digest,
		progress: &mut dyn Progress,
	) -> Result<Table, SynthesisError> {
		self.language("fill in missing cells")?.impute(table, &sampling_seed, progress)
	}

	/// The distribution of a column for every row of a table, given the row's other cells.
	///
	/// # Errors
	/// [`SynthesisError::NoAnswer`] for generators that cannot; a table of another schema; an unknown column.
	pub fn predict(&self, table: &Table, column: &str) -> Result<Prediction, SynthesisError> {
		self.language("predict a column")?.predict(table, column)
	}

	/// The natural logarithm of every row's probability, of numbers that of their bins; `None` for a row with a value that
	/// the model does not know.
	///
	/// # Errors
	/// [`SynthesisError::NoAnswer`] for generators that cannot; a table of another schema.
	pub fn log_probability(&self, table: &Table) -> Result<Vec<Option<f64>>, SynthesisError> {
		self.language("tell how likely a row is")?.log_probability(table)
	}

	fn language(&self, question: &'static str) -> Result<&LanguageModel, SynthesisError> {
		self.as_language().ok_or(SynthesisError::NoAnswer { name: self.kind.name(), question })
	}

	/// The language model of rows, if it is one.
	pub(crate) fn as_language(&self) -> Option<&LanguageModel> {
		match &self.body {
			Body::Language(model) => Some(model),
			_ => None,
		}
	}
}
