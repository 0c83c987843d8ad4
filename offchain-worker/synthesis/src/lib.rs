//! Synthetic patient tables, made and judged so that a stranger can repeat the work.
//!
//! ```text
//! CSV + Schema --parse--> Table --fit(noise seed)--> Model (integers) --sample(sampling seed)--> Table
//! evaluate(training, hold-out, synthetic) -> Evaluation (parts per million) -> report (one HTML file)
//! ```
//!
//! The library has no clock, no network and no files: bytes come in and bytes go out. The same data,
//! parameters and seeds give the same bytes on every machine, debug or release, because
//! - random numbers come from ChaCha20 streams whose keys are derived by HKDF from labels,
//! - floating point is `+ - * /` and square root in a fixed order, everything else is [`libm`],
//! - models hold integers only, and no hash map is ever iterated.
//!
//! # Example
//! ```
//! use semblance_synthesis::*;
//!
//! // A cohort to try it on; a hospital reads its own file and lets a steward confirm the inferred schema.
//! let cohort = simulate(200, [7; 32])?;
//! let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema)?;
//!
//! // Patients, not rows, are kept apart for testing.
//! let patients = table.patient_ids()?;
//! let (hold_out, training): (Vec<_>, Vec<_>) = (0..table.rows()).partition(|row| patients[*row].ends_with('0'));
//! let (hold_out, training) = (table.select(&hold_out)?, table.select(&training)?);
//!
//! let model = fit(GeneratorKind::GaussianCopula, &training, [1; 32], &mut NoProgress)?;
//! let synthetic = model.sample([2; 32], 1_000, &mut NoProgress)?;
//!
//! let evaluation = evaluate(&training, &hold_out, &synthetic, &mut NoProgress)?;
//! assert!(evaluation.value(MetricId::ColumnShapes) > Some(0.95));
//!
//! let context = ReportContext { title: "Simulated cohort".into(), facts: vec![("Rows".into(), "1000".into())] };
//! let page = html(&context, &evaluation, &training, &synthetic)?;
//! assert!(page.starts_with("<!DOCTYPE html>"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::panic,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects
)]
#![cfg_attr(
	test,
	allow(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::panic,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects
	)
)]

pub mod audit;
#[doc(hidden)]
pub mod bench_support;
mod calendar;
mod csv_input;
mod digest;
pub mod encode;
mod error;
pub mod evaluate;
mod gan;
pub mod generate;
mod graphical;
mod kernels;
mod language;
mod limits;
pub mod mechanism;
mod normal;
mod number;
pub mod privacy;
mod random;
mod reader;
pub mod report;
mod schema;
mod simulate;
pub mod statistics;
mod table;
mod threads;
pub mod trajectory;

pub use digest::{code_digest, Digest};
pub use encode::{
	bound_rows_per_patient, decode, ColumnDomain, Conditions, Domain, EncodeError, Grouping, LevelKind, LevelText,
	OpenColumn,
};
pub use error::{InputError, ModelError, SchemaError, SynthesisError, TableError};
pub use evaluate::{
	compare_trajectories, evaluate, evaluate_public, reference_statistics, releasable, release, survival_within_band,
	Attacks, Calibration, Coefficient, Coefficients, ColumnEvaluation, Detection, Evaluation, Interval, Membership,
	Metric, MetricId, Moments, NoiseSource, PairEvaluation, Rate, ReleaseBudget, ReproducibleBy, Risk, SecretRisk,
	Subgroup, Subgroups, Trajectories, Utility,
};
pub use generate::{fit, fit_resumable, train, Checkpoints, GeneratorKind, Model, NoCheckpoints, NoProgress, Progress};
pub use language::{Outcome, Prediction, TrainingLog};
pub use limits::{MAX_BYTES, MAX_CELLS, MAX_CELL_BYTES, MAX_COLUMNS, MAX_LEVELS, MAX_MAGNITUDE, MAX_ROWS, MAX_SCALE};
pub use mechanism::{measure, MeasureOptions, MeasurementLog, MAX_DELTA_EXPONENT};
pub use report::{html, ReportContext};
pub use schema::{
	Column, ColumnKind, ColumnRole, ConditionError, Constraint, Hierarchy, InferOptions, Inference, NotApplicable,
	Note, Schema, Source, SCHEMA_FORMAT,
};
pub use simulate::{simulate, simulate_shaped, CohortShape, SimulatedCohort};
pub use table::Table;
pub use threads::set_threads;
pub use trajectory::{TrajectoryError, MAX_VISITS};
