//! Differentially private generators: what they ask of the data, and the log they leave.
//!
//! ```text
//! CountSource --noisy counts--> MeasurementLog --fit, no data--> Model --sample--> Table
//! ```
//! A mechanism decides what to measure next from what it has measured; all of them share the rest.

mod aim;
mod bins;
mod fit;
mod grouping;
mod law;
mod log;
mod measurer;
mod mst;
mod options;
mod refine;
mod sealed;
mod source;
mod tail;
mod words;

pub use bins::BinMeasurement;
pub use log::{Measurement, MeasurementLog, LOG_FORMAT};
pub use options::{MeasureOptions, OptionsError, MAX_DELTA_EXPONENT};
pub use sealed::LogError;
pub(crate) use sealed::{read, resealed, write, Log};
pub use source::{ColumnarSource, CountSource};
pub(crate) use words::{measure_words, PATIENTS_LABEL};

use crate::{
	digest::Digest,
	encode::{bound_rows_per_patient, Domain},
	error::SynthesisError,
	generate::{report, GeneratorKind, Progress},
	schema::Schema,
	table::Table,
};
use measurer::{percent, Measurer};
use std::sync::Arc;

/// Parts of the whole budget, in percent: for bins of columns that declare none, and for counts of single columns.
const BINS: u64 = 10;
const ONE_WAY: u64 = 35;

/// Measures a table with differential privacy. The unit of privacy is the patient: at most
/// [`MeasureOptions::rows_per_patient`] rows of each are used.
///
/// # Errors
/// [`SynthesisError`]: settings out of bounds, δ not below 1/rows, a column whose range or levels were read off the
/// data, a budget too small, fewer than 2 rows, or cancelled.
pub fn measure(
	kind: GeneratorKind,
	training: &Table,
	options: &MeasureOptions,
	noise_seed: Digest,
	progress: &mut dyn Progress,
) -> Result<MeasurementLog, SynthesisError> {
	options.validate()?;
	options.check_rows(training.rows())?;
	if options.rows_per_patient > 1 && training.schema().patient_column.is_none() {
		return Err(OptionsError::NoPatientColumn { rows_per_patient: options.rows_per_patient }.into());
	}
	if training.rows() < crate::generate::FEWEST_ROWS {
		return Err(SynthesisError::TooFewRows { rows: training.rows(), needed: crate::generate::FEWEST_ROWS });
	}
	let bounded = bound_rows_per_patient(training, options.rows_per_patient, &noise_seed)?;
	let schema = Arc::new(bounded.schema().without_identifiers());
	let mut source = ColumnarSource::new(&bounded);
	measure_source(kind, &schema, &mut source, options, noise_seed, progress)
}

/// Measures any source of counts over a schema without identifiers. The source must have bounded the rows per patient.
///
/// # Errors
/// As [`measure`], and what the source reports.
pub fn measure_source(
	kind: GeneratorKind,
	schema: &Arc<Schema>,
	source: &mut dyn CountSource,
	options: &MeasureOptions,
	noise_seed: Digest,
	progress: &mut dyn Progress,
) -> Result<MeasurementLog, SynthesisError> {
	options.validate()?;
	if schema.columns.is_empty() {
		return Err(SynthesisError::NoColumns);
	}
	if options.target_edges && schema.target.is_none() {
		return Err(OptionsError::NoTarget.into());
	}
	Domain::require_declared(schema)?;
	let budget = options.rho_nano();
	let bins = if Domain::open_columns(schema)?.is_empty() { 0 } else { percent(budget, BINS) };
	let one_way = if schema.columns.len() == 1 { budget.saturating_sub(bins) } else { percent(budget, ONE_WAY) };
	report(progress, "measure: columns", 0, 1)?;
	let mut measurer = Measurer::new(kind.name(), schema, source, options, noise_seed, (bins, one_way))?;
	report(progress, "measure: columns", 1, 1)?;
	match kind {
		GeneratorKind::Mst => mst::run(&mut measurer, progress)?,
		GeneratorKind::Aim => aim::run(&mut measurer, progress)?,
		_ => {
			return Err(SynthesisError::UnknownGenerator { name: kind.name().into(), known: "mst, aim" });
		},
	}
	Ok(measurer.finish())
}
