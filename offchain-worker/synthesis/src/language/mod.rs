//! The tabular language model: every column's tokens predicted from those of any other columns.
//!
//! Tokens stand for levels or bins of a column; the network ([`network`]) is trained under random orders of the columns, so
//! it answers for any set of known cells: sampling from nothing, under conditions, imputation, prediction and the
//! probability of a row are calls of the same model. The model that leaves training is made of integers ([`integer`]).

mod completion;
mod conditioning;
mod count;
mod draw;
mod integer;
mod network;
mod order;
mod parameters;
mod private;
mod queries;
mod rules;
mod sampling;
mod shape;
mod smooth;
mod state;
mod training;
mod vocabulary;

use crate::{
	digest::Digest,
	encode::{Conditions, Levels, Vocabulary, UNKNOWN},
	error::{ModelError, SynthesisError},
	generate::{Checkpoints, Progress},
	reader::Input,
	schema::Schema,
	table::Table,
};
use integer::IntegerNetwork;
pub use private::TrainingLog;
pub(crate) use private::{fit_private, train_private};
pub use queries::{Outcome, Prediction};
use rules::Rules;
use sampling::{fill, Allowed};
use shape::Shape;
use std::sync::Arc;
use training::{Schedule, Training};

/// A vocabulary, and a network over its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LanguageModel {
	vocabulary: Vocabulary,
	network: IntegerNetwork,
	rules: Rules,
}

/// What a model learns from.
pub(crate) struct Examples<'a> {
	/// Rows, without identifiers.
	pub table: &'a Table,
	/// The rows of every patient: each row belongs to one.
	pub patients: &'a [Vec<usize>],
	/// So many of the first columns are always known when the others are drawn: nothing is learnt of how they are
	/// distributed.
	pub given: usize,
}

/// Trains a model. The same examples and seed give the same model on every machine.
///
/// # Errors
/// [`SynthesisError`] for a table that cannot be encoded, or if cancelled.
pub(crate) fn fit(
	examples: &Examples<'_>,
	seed: &Digest,
	checkpoints: &mut dyn Checkpoints,
	progress: &mut dyn Progress,
) -> Result<LanguageModel, SynthesisError> {
	let learnt = vocabulary::learn(examples)?;
	let sizes = learnt.vocabulary.sizes().into_iter().enumerate();
	let columns: Vec<(usize, bool)> = sizes.map(|(at, tokens)| (tokens, at >= examples.given)).collect();
	let shape = Shape::new(&columns).ending_with(learnt.vocabulary.domain.schema().target_position());
	let schedule = Schedule::of(examples.table.rows());
	let (tokens, patients) = (&learnt.tokens, examples.patients);
	let places = smooth::places(&learnt.vocabulary, tokens);
	let training = Training { shape: &shape, tokens, patients, places: &places, schedule, seed };
	let parameters = training.run(checkpoints, progress)?;
	let network = IntegerNetwork::of(&parameters, &shape);
	Ok(LanguageModel { rules: Rules::of(&learnt.vocabulary), vocabulary: learnt.vocabulary, network })
}

impl LanguageModel {
	/// Draws rows that meet the conditions.
	///
	/// # Errors
	/// [`SynthesisError::Impossible`] if nothing meets them; cancelled.
	pub fn sample(
		&self,
		seed: &Digest,
		rows: usize,
		conditions: &Conditions,
		progress: &mut dyn Progress,
	) -> Result<Table, SynthesisError> {
		let mut tokens: Vec<Vec<u32>> = self.vocabulary.sizes().iter().map(|_| vec![UNKNOWN; rows]).collect();
		let evidence = self.evidence(conditions)?;
		let order = self.network.shape.order();
		let constrained = |column: &usize| evidence.get(*column).is_some_and(|shares| !shares.is_empty());
		let (first, then): (Vec<usize>, Vec<usize>) = order.into_iter().partition(constrained);
		let allowed = Allowed { evidence, rules: &self.rules };
		if !first.is_empty() {
			conditioning::draw(&self.network, &first, &mut tokens, &allowed, seed)?;
		}
		fill(&self.network, &then, &mut tokens, &allowed, seed, progress)?;
		self.vocabulary.table(&tokens, conditions, seed)
	}

	/// What conditions leave of every token, in units of 2^-16; nothing for columns that they leave alone.
	fn evidence(&self, conditions: &Conditions) -> Result<Vec<Vec<u64>>, SynthesisError> {
		let units = |share: &f64| if *share > 0.0 { ((share * 65_536.0) as u64).max(1) } else { 0 };
		let column = |shares: &Vec<f64>| match shares.iter().all(|share| *share >= 1.0) {
			true => Ok(Vec::new()),
			false if shares.iter().any(|share| *share > 0.0) => Ok(shares.iter().map(units).collect()),
			false => Err(SynthesisError::Impossible),
		};
		self.vocabulary.evidence(conditions).iter().map(column).collect()
	}

	/// Its size, for the model card.
	pub fn parameters(&self) -> serde_json::Value {
		let shape = &self.network.shape;
		let tokens: Vec<usize> = shape.columns.iter().map(|column| column.tokens).collect();
		let hidden: Vec<usize> = shape.columns.iter().map(|column| column.hidden).collect();
		serde_json::json!({ "tokens": tokens, "hidden": hidden, "embedding_width": shape.width })
	}

	/// Appends the model.
	pub fn write(&self, out: &mut Vec<u8>) {
		self.vocabulary.write(out);
		self.network.write(out);
	}

	/// Reads a model.
	///
	/// # Errors
	/// [`ModelError`] for anything that [`LanguageModel::write`] does not write.
	pub fn read(input: &mut Input<'_>, schema: &Arc<Schema>) -> Result<Self, ModelError> {
		let vocabulary = Vocabulary::read(input, schema, Levels::Seen)?;
		let network = IntegerNetwork::read(input, &vocabulary.sizes(), vocabulary.domain.schema().target_position())?;
		Ok(Self { rules: Rules::of(&vocabulary), vocabulary, network })
	}

	/// The schema of the tables that it makes.
	pub fn schema(&self) -> &Arc<Schema> {
		self.vocabulary.domain.schema()
	}
}
