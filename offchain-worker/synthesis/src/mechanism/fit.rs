//! From the measurement log to the model, without data.

use super::{
	grouping::{self, Fineness},
	log::{Measurement, MeasurementLog},
	refine::refine,
};
use crate::{
	encode::{Domain, Grouping, Vocabulary},
	error::SynthesisError,
	generate::{GeneratorKind, GraphicalModel, Model, Progress},
	graphical::{
		fit::{total, Fit, Observation, Stop, Zeros},
		index,
		tables::Tables,
	},
};

/// The last fit goes on until steps hardly pay.
const LAST: Stop = Stop { steps: 1_500, patience: 20, relative: 1e-5 };

impl MeasurementLog {
	/// The model that the log leads to; the same on every machine.
	///
	/// # Errors
	/// [`SynthesisError`] if cancelled, or if the model would be larger than the settings allow.
	pub fn fit(&self, progress: &mut dyn Progress) -> Result<Model, SynthesisError> {
		let domain = self.domain()?;
		let groupings = self.groupings(&domain);
		let sizes: Vec<usize> = groupings.iter().map(|grouping| grouping.groups.len()).collect();
		let mut observations = one_way(&self.one_way, &groupings);
		observations.extend(self.joint.iter().map(observation));
		let rows = total(&observations);
		let zeros = zeros(&domain, &groupings);
		let mut fit = Fit::new(&sizes, &observations, &[], &zeros, rows, Vec::new())?;
		fit.descend(LAST, "fit: model", progress)?;
		let tables = Tables::from_marginals(fit.tree(), &sizes, fit.marginals());
		let steps = self.steps()?;
		let (cuts, domain, groupings) = refine(self.cuts()?, domain, groupings, &self.one_way, &steps)?;
		let kind = self
			.kind()
			.ok_or_else(|| SynthesisError::Internal { stage: "fit", reason: "the log names no generator".into() })?;
		Ok(Model::graphical(kind, GraphicalModel { vocabulary: Vocabulary { cuts, steps, domain, groupings }, tables }))
	}

	/// The levels of every column, and the group of every level: what the counts count.
	///
	/// # Errors
	/// [`SynthesisError`] for a log that does not hold together.
	pub fn coding(&self) -> Result<(Domain, Vec<Vec<u32>>), SynthesisError> {
		let domain = self.domain()?;
		let groupings = self.groupings(&domain);
		let groups = groupings.iter().zip(domain.sizes()).map(|(g, levels)| g.group_of(levels)).collect();
		Ok((domain, groups))
	}

	/// The groups of every column's levels.
	pub(crate) fn groupings(&self, domain: &Domain) -> Vec<Grouping> {
		groupings(domain, &self.one_way, self.rows_per_group, self.options.resolution, self.kind())
	}
}

/// The groups that noisy counts of levels lead to.
pub(crate) fn groupings(
	domain: &Domain,
	one_way: &[Measurement],
	rows_per_group: u64,
	resolution: u32,
	kind: Option<GeneratorKind>,
) -> Vec<Grouping> {
	let group = |(column, measurement): (usize, &Measurement)| {
		let fineness = Fineness {
			rows: rows_per_group as f64,
			sigma: measurement.sigma_milli as f64 / 1000.0,
			most: usize::try_from(resolution).unwrap_or(usize::MAX),
			// MST measures pairs only.
			apart: kind == Some(GeneratorKind::Mst),
		};
		grouping::group(domain, column, &measurement.counts, fineness)
	};
	one_way.iter().enumerate().map(group).collect()
}

/// Counts of groups from counts of their levels; a sum of m counts has m times the variance.
pub(crate) fn one_way(measurements: &[Measurement], groupings: &[Grouping]) -> Vec<Observation> {
	let grouped = |(measurement, grouping): (&Measurement, &Grouping)| {
		let variance = variance(measurement);
		let count = |level: &u32| {
			usize::try_from(*level).ok().and_then(|at| measurement.counts.get(at)).copied().unwrap_or(0) as f64
		};
		Observation {
			columns: measurement.columns.clone(),
			counts: grouping.groups.iter().map(|group| group.iter().map(|(level, _)| count(level)).sum()).collect(),
			weights: grouping.groups.iter().map(|group| 1.0 / (variance * group.len() as f64)).collect(),
		}
	};
	measurements.iter().zip(groupings).map(grouped).collect()
}

/// A joint measurement as it is fitted.
pub(crate) fn observation(measurement: &Measurement) -> Observation {
	Observation {
		columns: measurement.columns.clone(),
		counts: measurement.counts.iter().map(|count| *count as f64).collect(),
		weights: vec![1.0 / variance(measurement); measurement.counts.len()],
	}
}

fn variance(measurement: &Measurement) -> f64 {
	let sigma = measurement.sigma_milli as f64 / 1000.0;
	sigma * sigma
}

/// Pairs of groups that the schema's constraints forbid.
pub(crate) fn zeros(domain: &Domain, groupings: &[Grouping]) -> Vec<Zeros> {
	let sizes: Vec<usize> = groupings.iter().map(|grouping| grouping.groups.len()).collect();
	let mut zeros = Vec::new();
	for (a, b) in domain.constrained_pairs() {
		let (a, b) = (a.min(b), a.max(b));
		let (Some(first), Some(second)) = (groupings.get(a), groupings.get(b)) else { continue };
		let mut impossible = Vec::with_capacity(index::cells(&[a, b], &sizes).unwrap_or(0));
		for group_a in &first.groups {
			for group_b in &second.groups {
				let forbidden = |(x, _): &(u32, u32)| group_b.iter().all(|(y, _)| domain.forbidden(a, *x, b, *y));
				impossible.push(group_a.iter().all(forbidden));
			}
		}
		zeros.push(Zeros { columns: vec![a, b], impossible });
	}
	zeros
}
