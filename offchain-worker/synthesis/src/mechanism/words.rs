//! The tokens of a private language model: from public schema and paid counts only.

use super::{
	log::MeasurementLog,
	measurer::{percent, share, Measurer},
	options::{MeasureOptions, OptionsError},
	source::ColumnarSource,
};
use crate::{
	digest::Digest,
	encode::{bound_rows_per_patient, Domain, Vocabulary},
	error::SynthesisError,
	privacy::{add_discrete_gaussian, sigma_milli_for},
	random::Stream,
	table::Table,
};
use std::sync::Arc;

/// Parts of the budget, in percent: for bins of columns that declare none, for counts of single columns, and for the number
/// of patients.
const BINS: u64 = 4;
const ONE_WAY: u64 = 8;
const PATIENTS: u64 = 1;
/// A group of neighbouring levels should have this many standard deviations of a count's noise.
const DEVIATIONS: f64 = 4.0;

/// What the noisy number of patients is called in the ledger.
pub(crate) const PATIENTS_LABEL: &str = "number of patients";

/// A table in tokens, and all that was measured for them.
pub(crate) struct Words {
	/// The counts that bins, levels and groups come from, and the ledger; no joint counts.
	pub log: MeasurementLog,
	pub vocabulary: Vocabulary,
	/// Noisy rows of every token, at least 0.
	pub counts: Vec<Vec<u64>>,
	/// Noisy number of patients and the standard deviation of its noise, in thousandths.
	pub patients: (i64, u64),
	/// Tokens of the table's rows, column by column. Not private.
	pub tokens: Vec<Vec<u32>>,
	/// Rows of every patient. Not private.
	pub rows: Vec<Vec<usize>>,
}

/// Measures the vocabulary of a table for a part of the budget; the rest is left in the log's ledger.
///
/// # Errors
/// As [`measure`](super::measure).
pub(crate) fn measure_words(
	generator: &str,
	table: &Table,
	options: &MeasureOptions,
	noise_seed: &Digest,
) -> Result<Words, SynthesisError> {
	options.validate()?;
	options.check_rows(table.rows())?;
	if options.rows_per_patient > 1 && table.schema().patient_column.is_none() {
		return Err(OptionsError::NoPatientColumn { rows_per_patient: options.rows_per_patient }.into());
	}
	let bounded = bound_rows_per_patient(table, options.rows_per_patient, noise_seed)?;
	let rows = bounded.patients()?;
	let schema = Arc::new(bounded.schema().without_identifiers());
	Domain::require_declared(&schema)?;
	let budget = options.rho_nano();
	let bins = if Domain::open_columns(&schema)?.is_empty() { 0 } else { percent(budget, BINS) };
	let mut source = ColumnarSource::new(&bounded);
	let paid = (bins, percent(budget, ONE_WAY));
	let mut measurer = Measurer::new(generator, &schema, &mut source, options, *noise_seed, paid)?;
	let sigma = sigma_milli_for(share(percent(budget, ONE_WAY), schema.columns.len()), options.rows_per_patient)?;
	let finest = measurer.estimated_rows() / f64::from(options.resolution);
	// Casting saturates.
	measurer.group_by_rows(finest.max(DEVIATIONS * sigma as f64 / 1_000.0) as u64)?;
	let count = |count: &f64| count.max(0.0) as u64;
	let counts = measurer.observations.iter().map(|o| o.counts.iter().map(count).collect()).collect();
	let mut log = measurer.finish();
	let patients = number(rows.len(), percent(budget, PATIENTS), &mut log, noise_seed)?;
	let vocabulary = log.words()?;
	let tokens = vocabulary.tokens(&vocabulary.domain.encode(&bounded.without_identifiers())?);
	Ok(Words { log, vocabulary, counts, patients, tokens, rows })
}

impl MeasurementLog {
	/// The tokens that the counts lead to, of a language model.
	///
	/// # Errors
	/// [`SynthesisError`] for a log that does not hold together.
	pub(crate) fn words(&self) -> Result<Vocabulary, SynthesisError> {
		let domain = self.domain()?;
		let groupings = self.groupings(&domain);
		Ok(Vocabulary { cuts: self.cuts()?, steps: self.steps()?, domain, groupings })
	}
}

/// The number of patients with noise: one patient changes it by 1.
fn number(
	patients: usize,
	rho_nano: u64,
	log: &mut MeasurementLog,
	noise_seed: &Digest,
) -> Result<(i64, u64), SynthesisError> {
	let sigma_milli = sigma_milli_for(rho_nano, 1)?;
	log.ledger.gaussian(PATIENTS_LABEL, 1, sigma_milli)?;
	let mut count = [i64::try_from(patients).unwrap_or(i64::MAX)];
	add_discrete_gaussian(&mut count, sigma_milli, &mut Stream::new(noise_seed, "noise/patients", 0))?;
	Ok((count.first().copied().unwrap_or(0), sigma_milli))
}
