//! What all mechanisms share: asking for counts, adding noise, paying, and writing the log.

use super::{
	bins,
	fit::{groupings, observation, one_way, zeros},
	log::{cuts, label, Measurement, MeasurementLog, LOG_FORMAT},
	options::MeasureOptions,
	source::CountSource,
};
use crate::{
	digest::Digest,
	encode::{Domain, Grouping},
	error::SynthesisError,
	graphical::fit::{Observation, Zeros},
	privacy::{add_discrete_gaussian, exponential_epsilon_for, select, sigma_milli_for, Ledger},
	random::Stream,
	schema::Schema,
	threads,
};
use std::sync::Arc;

/// A mechanism at work.
pub(crate) struct Measurer<'a> {
	source: &'a mut dyn CountSource,
	noise_seed: Digest,
	log: MeasurementLog,
	pub domain: Domain,
	pub groupings: Vec<Grouping>,
	/// Groups of every column.
	pub sizes: Vec<usize>,
	/// What has been observed, as it is fitted: one-way first, then joint.
	pub observations: Vec<Observation>,
	/// What constraints forbid.
	pub zeros: Vec<Zeros>,
	selections: u64,
}

impl<'a> Measurer<'a> {
	/// Cuts open columns into bins for `bins_nano` and counts the levels of every column for `one_way_nano`.
	///
	/// # Errors
	/// [`SynthesisError`] if the budget does not suffice or the source fails.
	pub fn new(
		generator: &str,
		schema: &Arc<Schema>,
		source: &'a mut dyn CountSource,
		options: &MeasureOptions,
		noise_seed: Digest,
		(bins_nano, one_way_nano): (u64, u64),
	) -> Result<Self, SynthesisError> {
		let mut ledger = Ledger::new(options.rho_nano());
		let open = Domain::open_columns(schema)?;
		let each = share(bins_nano, open.len());
		let sensitivity = options.rows_per_patient;
		let mut measured = Vec::with_capacity(open.len());
		for column in &open {
			measured.push(bins::measure(source, column, each, sensitivity, &mut ledger, &noise_seed)?);
		}
		let domain = Domain::new(Arc::clone(schema), &cuts(schema, &measured)?)?;
		let identity: Vec<Vec<u32>> = domain.sizes().iter().map(|size| (0u32..).take(*size).collect()).collect();
		source.code(&domain, &identity)?;
		let mut measurer = Self {
			source,
			noise_seed,
			log: MeasurementLog {
				format: LOG_FORMAT,
				generator: generator.to_owned(),
				schema: schema.as_ref().clone(),
				options: *options,
				ledger,
				bins: measured,
				one_way: Vec::new(),
				rows_per_group: 1,
				joint: Vec::new(),
			},
			domain,
			groupings: Vec::new(),
			sizes: Vec::new(),
			observations: Vec::new(),
			zeros: Vec::new(),
			selections: 0,
		};
		let columns: Vec<Vec<usize>> = (0..identity.len()).map(|column| vec![column]).collect();
		measurer.log.one_way = measurer.noisy(&columns, share(one_way_nano, columns.len()))?;
		Ok(measurer)
	}

	/// Puts levels into groups so that cells of pairs measured with `sigma` hold enough rows.
	///
	/// # Errors
	/// [`SynthesisError`] if the source fails.
	pub fn group(&mut self, sigma: f64) -> Result<(), SynthesisError> {
		let options = &self.log.options;
		let rows = self.estimated_rows();
		// A pair of columns with g groups each has rows/g² in a cell: about the noise if g = √(rows/σ).
		let groups = (rows / sigma.max(1e-9)).sqrt().clamp(4.0, f64::from(options.resolution));
		self.group_by_rows((rows / groups) as u64)
	}

	/// Puts levels into groups of at least so many rows, where levels are neighbours.
	///
	/// # Errors
	/// [`SynthesisError`] if the source fails.
	pub fn group_by_rows(&mut self, rows: u64) -> Result<(), SynthesisError> {
		let options = &self.log.options;
		self.log.rows_per_group = rows.max(1);
		self.groupings =
			groupings(&self.domain, &self.log.one_way, self.log.rows_per_group, options.resolution, self.log.kind());
		self.sizes = self.groupings.iter().map(|grouping| grouping.groups.len()).collect();
		let fine = self.domain.sizes();
		let groups: Vec<Vec<u32>> =
			self.groupings.iter().zip(fine).map(|(grouping, levels)| grouping.group_of(levels)).collect();
		self.source.code(&self.domain, &groups)?;
		self.observations = one_way(&self.log.one_way, &self.groupings);
		self.zeros = zeros(&self.domain, &self.groupings);
		Ok(())
	}

	/// Rows, by the noisy counts of all columns together.
	pub fn estimated_rows(&self) -> f64 {
		let trivial: Vec<Observation> = self.log.one_way.iter().map(observation).collect();
		crate::graphical::fit::total(&trivial)
	}

	/// The settings.
	pub fn options(&self) -> &MeasureOptions {
		&self.log.options
	}

	/// What is left of the budget, in billionths of ρ.
	pub fn remaining(&self) -> u64 {
		self.log.ledger.remaining()
	}

	/// Position of the schema's target.
	pub fn target(&self) -> Option<usize> {
		self.log.schema.target_position()
	}

	/// Exact counts, for scores that only the exponential mechanism sees.
	pub fn exact(&self, sets: &[Vec<usize>]) -> Result<Vec<Vec<i64>>, SynthesisError> {
		threads::map(sets, |columns| self.source.counts(columns)).into_iter().collect()
	}

	/// Measures joint counts of each of `sets`, for `each_nano` apiece.
	///
	/// # Errors
	/// [`SynthesisError`] if the budget does not suffice or the source fails.
	pub fn measure(&mut self, sets: &[Vec<usize>], each_nano: u64) -> Result<(), SynthesisError> {
		let measured = self.noisy(sets, each_nano)?;
		self.observations.extend(measured.iter().map(observation));
		self.log.joint.extend(measured);
		Ok(())
	}

	fn noisy(&mut self, sets: &[Vec<usize>], each_nano: u64) -> Result<Vec<Measurement>, SynthesisError> {
		let sensitivity = self.log.options.rows_per_patient;
		let sigma_milli = sigma_milli_for(each_nano, sensitivity)?;
		let first = self.log.one_way.len().saturating_add(self.log.joint.len());
		let numbered: Vec<(u64, &Vec<usize>)> = (u64::try_from(first).unwrap_or(u64::MAX)..).zip(sets).collect();
		for columns in sets {
			self.log.ledger.gaussian(&label(columns), sensitivity, sigma_milli)?;
		}
		let (source, seed) = (&*self.source, &self.noise_seed);
		let measured = threads::map(&numbered, |(number, columns)| {
			let mut counts = source.counts(columns)?;
			let mut stream = Stream::new(seed, "noise/counts", *number);
			add_discrete_gaussian(&mut counts, sigma_milli, &mut stream)?;
			Ok(Measurement { columns: (*columns).clone(), sigma_milli, counts })
		});
		measured.into_iter().collect()
	}

	/// Chooses one of the scores by the exponential mechanism for `rho_nano`; a patient's row changes a score by at most
	/// `row_sensitivity`.
	///
	/// # Errors
	/// [`SynthesisError`] if the budget does not suffice or there is nothing to choose from.
	pub fn select(
		&mut self,
		what: &str,
		scores: &[i64],
		row_sensitivity: u32,
		rho_nano: u64,
	) -> Result<usize, SynthesisError> {
		let epsilon_nano = exponential_epsilon_for(rho_nano);
		self.log.ledger.exponential(what, epsilon_nano)?;
		let mut stream = Stream::new(&self.noise_seed, "noise/select", self.selections);
		self.selections = self.selections.saturating_add(1);
		let sensitivity = row_sensitivity.saturating_mul(self.log.options.rows_per_patient);
		Ok(select(scores, sensitivity, epsilon_nano, &mut stream)?)
	}

	/// The finished log.
	pub fn finish(self) -> MeasurementLog {
		self.log
	}
}

/// An equal share.
pub(crate) fn share(rho_nano: u64, parts: usize) -> u64 {
	rho_nano.checked_div(u64::try_from(parts).unwrap_or(u64::MAX)).unwrap_or(0)
}

/// A percentage.
pub(crate) fn percent(rho_nano: u64, percent: u64) -> u64 {
	rho_nano.saturating_mul(percent).checked_div(100).unwrap_or(0)
}
