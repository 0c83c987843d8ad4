//! The measurement log: all that a differentially private generator took from the data, with its noise.
//!
//! Canonical JSON (RFC 8785) that names its own schema, settings and spending, sealed by the SHA3-256 of its body.
//! Everything after it, model and table, is computed without data, by anyone.

use super::{
	bins::BinMeasurement,
	options::MeasureOptions,
	sealed::{self, Log, LogError},
};
use crate::{
	encode::Domain,
	error::SynthesisError,
	generate::GeneratorKind,
	graphical::index,
	privacy::{Ledger, Mechanism},
	schema::{Column, Schema},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// The format number that this version writes and reads.
pub const LOG_FORMAT: u16 = 1;

/// Noisy counts of the cells over some columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
	/// Positions in the schema without identifiers, ascending.
	pub columns: Vec<usize>,
	/// Standard deviation of the noise of every count, in thousandths.
	pub sigma_milli: u64,
	/// Noisy counts, row-major, the last column fastest: over levels if there is one column, over groups if more.
	pub counts: Vec<i64>,
}

/// See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasurementLog {
	/// Version of this format: [`LOG_FORMAT`].
	pub(crate) format: u16,
	/// Name of the generator.
	pub(crate) generator: String,
	/// What the tables are; without identifiers.
	pub(crate) schema: Schema,
	/// The settings.
	pub(crate) options: MeasureOptions,
	/// What was spent on what.
	pub(crate) ledger: Ledger,
	/// How numeric columns without declared bins were cut.
	pub(crate) bins: Vec<BinMeasurement>,
	/// Every column's levels, in order.
	pub(crate) one_way: Vec<Measurement>,
	/// Rows that a group of neighbouring levels should have, from which groups follow.
	pub(crate) rows_per_group: u64,
	/// Joint counts of groups, in the order measured.
	pub(crate) joint: Vec<Measurement>,
}

impl Log for MeasurementLog {
	const NAME: &'static str = "measurement log";
	const FORMAT: u16 = LOG_FORMAT;

	fn format(&self) -> u16 {
		self.format
	}

	/// Checks everything that a fit relies on.
	fn check(&self) -> Result<(), SynthesisError> {
		if self.kind().is_none_or(|kind| !kind.is_measured()) {
			return Err(invalid("generator", "it is none of those that leave measurements"));
		}
		self.validate_parts(0)
	}
}

fn invalid(part: impl Into<String>, problem: &'static str) -> SynthesisError {
	LogError::invalid::<MeasurementLog>(part, problem)
}

/// The label of a measurement in the ledger.
pub(crate) fn label(columns: &[usize]) -> String {
	let names: Vec<String> = columns.iter().map(ToString::to_string).collect();
	format!("counts of {}", names.join(","))
}

impl MeasurementLog {
	/// The generator that measured.
	#[must_use]
	pub fn kind(&self) -> Option<GeneratorKind> {
		self.generator.parse().ok()
	}

	/// What was spent on what.
	#[must_use]
	pub fn ledger(&self) -> &Ledger {
		&self.ledger
	}

	/// The settings.
	#[must_use]
	pub fn options(&self) -> &MeasureOptions {
		&self.options
	}

	/// The schema of the tables; it has no identifiers.
	#[must_use]
	pub fn schema(&self) -> &Schema {
		&self.schema
	}

	/// Noisy counts of every column's levels, in order.
	#[must_use]
	pub fn one_way(&self) -> &[Measurement] {
		&self.one_way
	}

	/// Noisy joint counts, in the order measured.
	#[must_use]
	pub fn joint(&self) -> &[Measurement] {
		&self.joint
	}

	/// The log as its canonical, sealed artefact.
	#[must_use]
	pub fn to_bytes(&self) -> Vec<u8> {
		sealed::write(self)
	}

	/// A log with a seal that fits its body, for those who test readers; `None` if the bytes are no log at all.
	#[doc(hidden)]
	#[must_use]
	pub fn resealed(bytes: &[u8]) -> Option<Vec<u8>> {
		sealed::resealed::<Self>(bytes)
	}

	/// Reads a log. Total on hostile input: an error, or a log whose bytes are the input.
	///
	/// # Errors
	/// [`SynthesisError::Log`] and others for anything that [`MeasurementLog::to_bytes`] does not write.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, SynthesisError> {
		sealed::read(bytes)
	}

	/// Checks everything but the generator's name; `trainings` is how often its ledger pays for training.
	pub(crate) fn validate_parts(&self, trainings: usize) -> Result<(), SynthesisError> {
		if self.format != LOG_FORMAT {
			return Err(LogError::Format { log: Self::NAME, found: self.format, known: LOG_FORMAT }.into());
		}
		self.options.validate()?;
		self.schema.validate()?;
		if self.schema.columns.iter().any(Column::is_identifier) {
			return Err(invalid("schema", "it holds an identifier column"));
		}
		if self.ledger.total() > self.options.rho_nano() {
			return Err(invalid("ledger", "its budget is not that of the settings"));
		}
		// Before the ledger is added up: the cost of a training takes long to compute.
		if self.ledger.entries().iter().filter(|entry| entry.mechanism.is_training()).count() != trainings {
			return Err(invalid("ledger", "it does not pay for training as often as the generator trains"));
		}
		self.ledger.verify()?;
		self.steps()?;
		let domain = self.domain()?;
		self.check_one_way(&domain)?;
		let sizes: Vec<usize> = self.groupings(&domain).iter().map(|grouping| grouping.groups.len()).collect();
		self.check_joint(&sizes)?;
		self.check_spending()
	}

	fn check_one_way(&self, domain: &Domain) -> Result<(), SynthesisError> {
		let sizes = domain.sizes();
		if self.one_way.len() != sizes.len() {
			return Err(invalid("one_way", "their number is not that of the columns"));
		}
		for (at, (measurement, size)) in self.one_way.iter().zip(sizes).enumerate() {
			if measurement.columns != [at] || measurement.counts.len() != size || measurement.sigma_milli == 0 {
				return Err(invalid(format!("one_way {at}"), "its counts are not those of the column's levels"));
			}
		}
		Ok(())
	}

	fn check_joint(&self, sizes: &[usize]) -> Result<(), SynthesisError> {
		for (at, measurement) in self.joint.iter().enumerate() {
			let part = || format!("joint {at}");
			let ascending = measurement.columns.iter().zip(measurement.columns.iter().skip(1)).all(|(a, b)| a < b);
			if !ascending || measurement.columns.len() < 2 || measurement.sigma_milli == 0 {
				return Err(invalid(part(), "its columns are not ascending, or it has no noise"));
			}
			if index::cells(&measurement.columns, sizes) != Some(measurement.counts.len()) {
				return Err(invalid(part(), "its counts are not those of the columns' groups"));
			}
		}
		Ok(())
	}

	/// Every measurement must have been paid for with its own noise.
	fn check_spending(&self) -> Result<(), SynthesisError> {
		let mut paid: BTreeMap<(String, u64), usize> = BTreeMap::new();
		for entry in self.ledger.entries() {
			if let Mechanism::DiscreteGaussian { sigma_milli, sensitivity } = &entry.mechanism {
				// Patients are counted once, however many rows they have.
				let patients = entry.label == super::words::PATIENTS_LABEL && *sensitivity == 1;
				if *sensitivity != self.options.rows_per_patient && !patients {
					return Err(invalid("ledger", "a sensitivity is not the rows of a patient"));
				}
				let times = paid.entry((entry.label.clone(), *sigma_milli)).or_default();
				*times = times.saturating_add(1);
			}
		}
		let mut charge = |label: String, sigma_milli: u64| match paid.get_mut(&(label, sigma_milli)) {
			Some(times) if *times > 0 => {
				*times = times.saturating_sub(1);
				Ok(())
			},
			_ => Err(invalid("ledger", "a measurement is not in it")),
		};
		for measurement in self.one_way.iter().chain(&self.joint) {
			charge(label(&measurement.columns), measurement.sigma_milli)?;
		}
		for bins in &self.bins {
			charge(super::bins::multiples_label(bins.column), bins.sigma_milli)?;
			for depth in 0..bins.depths.len() {
				charge(super::bins::label(bins.column, depth), bins.sigma_milli)?;
			}
		}
		Ok(())
	}

	/// The levels of every column.
	pub(crate) fn domain(&self) -> Result<Domain, SynthesisError> {
		Ok(Domain::new(Arc::new(self.schema.clone()), &self.cuts()?)?)
	}

	/// Cuts of the columns without declared bins.
	pub(crate) fn cuts(&self) -> Result<BTreeMap<usize, Vec<i64>>, SynthesisError> {
		cuts(&self.schema, &self.bins)
	}

	/// Steps to which the values of columns are rounded, where they are.
	pub(crate) fn steps(&self) -> Result<BTreeMap<usize, i64>, SynthesisError> {
		let mut steps = BTreeMap::new();
		for (open, bins) in Domain::open_columns(&self.schema)?.iter().zip(&self.bins) {
			let step = bins.step(open)?;
			if step > 1 {
				steps.insert(open.column, step);
			}
		}
		Ok(steps)
	}
}

/// The cuts that privately counted bins lead to.
pub(crate) fn cuts(schema: &Schema, bins: &[BinMeasurement]) -> Result<BTreeMap<usize, Vec<i64>>, SynthesisError> {
	let open = Domain::open_columns(schema)?;
	if open.len() != bins.len() {
		return Err(invalid("bins", "their number is not that of the columns without declared bins"));
	}
	let mut cuts = BTreeMap::new();
	for (open, bins) in open.iter().zip(bins) {
		if open.column != bins.column || bins.sigma_milli == 0 {
			return Err(invalid("bins", "not those of the columns without declared bins"));
		}
		cuts.insert(open.column, bins.cuts(open)?);
	}
	Ok(cuts)
}
