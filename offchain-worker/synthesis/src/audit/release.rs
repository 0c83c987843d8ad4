//! The audit of a mechanism as it runs: canaries are put into a table, the table is measured, and the attack guesses from
//! the log alone which of them were in it.

use super::{AuditedMarginal, Canaries, CanaryScore, Guesses, MarginalScores};
use crate::{
	digest::Digest,
	encode::{decode, Conditions, Domain, Grouping},
	error::SynthesisError,
	generate::{GeneratorKind, NoCheckpoints, Progress},
	graphical::index,
	language::train_private,
	mechanism::{measure, MeasureOptions, Measurement, MeasurementLog},
	table::{Cells, Table},
};
use std::{collections::BTreeMap, sync::Arc};

/// Public bins of a numeric column from which canaries are drawn.
const BINS: u32 = 16;

/// How to audit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AuditPlan {
	/// Canaries; half of them, by fair coins, are put into the table.
	pub canaries: usize,
	/// Guesses, fixed beforehand; the attacker abstains on the others.
	pub guesses: usize,
	/// Confidence of the bound, such as 0.95.
	pub confidence: f64,
	/// Feeds the canaries, the coins and the noise.
	pub seed: Digest,
}

/// What an audit found.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct ReleaseAudit {
	/// With the plan's confidence the mechanism is not (ε, δ)-differentially private for any ε below this.
	pub epsilon_lower_bound: f64,
	/// How well the attack guessed.
	pub guesses: Guesses,
}

/// Audits a mechanism on a table in one run (Steinke, Nasr and Jagielski 2023). Every row and every canary counts as a
/// patient of its own; the attacker knows all rows but the canaries' coins.
///
/// # Errors
/// Those of [`measure`], and [`SynthesisError::Audit`] if there are no such canaries or the plan does not hold together.
pub fn audit_release(
	kind: GeneratorKind,
	table: &Table,
	options: &MeasureOptions,
	plan: AuditPlan,
	progress: &mut dyn Progress,
) -> Result<ReleaseAudit, SynthesisError> {
	let prepared = Prepared::new(table, options, plan)?;
	let log = measure(kind, &prepared.training, &prepared.options, plan.seed, progress)?;
	let scores = Scores::new(&log, &prepared.background, &prepared.rows, prepared.canaries.records())?;
	prepared.judge(&scores)
}

/// Audits the private training of a language model on a table in one run, as [`audit_release`] does for measurements: the
/// attacker guesses from how much more likely training made each canary.
///
/// # Errors
/// Those of training, and [`SynthesisError::Audit`] as for [`audit_release`].
pub fn audit_training(
	table: &Table,
	options: &MeasureOptions,
	plan: AuditPlan,
	progress: &mut dyn Progress,
) -> Result<ReleaseAudit, SynthesisError> {
	let prepared = Prepared::new(table, options, plan)?;
	let trained = train_private(&prepared.training, &prepared.options, &plan.seed, &mut NoCheckpoints, progress)?;
	let gains = trained.gains(&prepared.rows)?;
	prepared.judge(&Scores { by_record: prepared.canaries.records().iter().cloned().zip(gains).collect() })
}

/// A table with canaries in it, ready for the run that is audited.
struct Prepared {
	plan: AuditPlan,
	options: MeasureOptions,
	/// The rows that the attacker knows.
	background: Table,
	canaries: Canaries,
	/// All canaries as rows, in their order.
	rows: Table,
	/// What the mechanism sees: the known rows, and the canaries whose coin said so.
	training: Table,
}

impl Prepared {
	fn new(table: &Table, options: &MeasureOptions, plan: AuditPlan) -> Result<Self, SynthesisError> {
		let background = table.without_identifiers();
		let (canaries, rows) = canaries(&background, plan)?;
		let included: Vec<usize> = (0..rows.rows()).filter(|at| canaries.included().get(*at) == Some(&true)).collect();
		let training = joined(&background, &rows.select(&included)?)?;
		let options = MeasureOptions { rows_per_patient: 1, ..*options };
		Ok(Self { plan, options, background, canaries, rows, training })
	}

	/// What the attacker's guesses prove.
	fn judge(&self, scores: &Scores) -> Result<ReleaseAudit, SynthesisError> {
		let guesses = self.canaries.guess(scores, self.plan.guesses)?;
		let delta = libm::pow(10.0, -f64::from(self.options.delta_exponent));
		let epsilon_lower_bound = super::epsilon_lower_bound(guesses, delta, self.plan.confidence)?;
		Ok(ReleaseAudit { epsilon_lower_bound, guesses })
	}
}

/// Canaries over public bins, and the rows they stand for.
fn canaries(table: &Table, plan: AuditPlan) -> Result<(Canaries, Table), SynthesisError> {
	let domain = Domain::equal_width(Arc::new(table.schema().clone()), BINS)?;
	let levels = domain.encode(table)?;
	let constrained = domain.constrained_pairs();
	let permitted = |record: &[u32]| {
		let level = |column: usize| record.get(column).copied().unwrap_or(0);
		constrained.iter().all(|(a, b)| !domain.forbidden(*a, level(*a), *b, level(*b)))
	};
	let canaries = Canaries::new(&domain.sizes(), &levels, plan.canaries, &plan.seed, permitted)?;
	let codes: Vec<Vec<u32>> = (0..domain.columns())
		.map(|column| canaries.records().iter().map(|record| record.get(column).copied().unwrap_or(0)).collect())
		.collect();
	let identity: Vec<Grouping> = domain.sizes().into_iter().map(Grouping::identity).collect();
	let rows = decode(&domain, &identity, &codes, &Conditions::none(), &plan.seed)?;
	Ok((canaries, rows))
}

/// The rows of both tables.
fn joined(table: &Table, more: &Table) -> Result<Table, SynthesisError> {
	let columns = (0..table.schema().columns.len())
		.map(|column| Cells::Codes([table.codes(column).unwrap_or(&[]), more.codes(column).unwrap_or(&[])].concat()))
		.collect();
	Ok(Table::from_cells(table.shared_schema(), columns)?)
}

/// How much more likely than ½ each canary is in the data, by all noisy counts of a log together.
///
/// Canaries share cells, so they are told apart together: with a weight of 1/σ² per cell, G the canaries' shared weight and
/// r the excess of their cells over the known rows, the best linear guess of the coins (mean ½, variance ¼) solves
/// (G + 4) x = r − G·½.
struct Scores {
	by_record: BTreeMap<Vec<u32>, f64>,
}

impl Scores {
	/// `rows` are the rows of `records`, in their order.
	fn new(
		log: &MeasurementLog,
		background: &Table,
		rows: &Table,
		records: &[Vec<u32>],
	) -> Result<Self, SynthesisError> {
		let (domain, groups) = log.coding()?;
		let (known, own) = (domain.encode(background)?, domain.encode(rows)?);
		let largest = |groups: &Vec<u32>| groups.iter().max().map_or(0, |most| usize::try_from(*most).unwrap_or(0));
		let sizes: Vec<usize> = groups.iter().map(|groups| largest(groups).saturating_add(1)).collect();
		let mut system = System::new(rows.rows());
		system.add(log.one_way(), &domain.sizes(), &known, &own)?;
		system.add(log.joint(), &sizes, &grouped(&known, &groups), &grouped(&own, &groups))?;
		Ok(Self { by_record: records.iter().cloned().zip(system.solve()).collect() })
	}
}

/// Linear equations for the coins of the canaries.
struct System {
	/// By canary: weight shared with every canary.
	shared: Vec<Vec<f64>>,
	excess: Vec<f64>,
}

impl System {
	fn new(canaries: usize) -> Self {
		Self { shared: vec![vec![0.0; canaries]; canaries], excess: vec![0.0; canaries] }
	}

	/// Adds measurements over columns of `sizes` levels; the codes are those of the known rows and of the canaries.
	fn add(
		&mut self,
		measurements: &[Measurement],
		sizes: &[usize],
		known: &[Vec<u32>],
		canaries: &[Vec<u32>],
	) -> Result<(), SynthesisError> {
		let score = MarginalScores::new(&audited(measurements), sizes, known)?;
		for (row, excess) in self.excess.iter_mut().enumerate() {
			*excess += score.score(&row_of(canaries, row));
		}
		for measurement in measurements {
			let sigma = measurement.sigma_milli.max(1) as f64 / 1_000.0;
			let cells = index::cell_of_rows(canaries, &measurement.columns, sizes, self.excess.len());
			for (own, cell) in self.shared.iter_mut().zip(&cells) {
				for (shared, _) in own.iter_mut().zip(&cells).filter(|(_, other)| *other == cell) {
					*shared += 1.0 / (sigma * sigma);
				}
			}
		}
		Ok(())
	}

	/// Conjugate gradients (Hestenes and Stiefel 1952), one step per canary at most.
	fn solve(mut self) -> Vec<f64> {
		let half: Vec<f64> = self.shared.iter().map(|row| row.iter().sum::<f64>() / 2.0).collect();
		let mut residual: Vec<f64> = self.excess.iter().zip(half).map(|(excess, half)| excess - half).collect();
		for (at, row) in self.shared.iter_mut().enumerate() {
			if let Some(diagonal) = row.get_mut(at) {
				*diagonal += 4.0;
			}
		}
		let mut found = vec![0.0; residual.len()];
		let mut direction = residual.clone();
		let mut length = dot(&residual, &residual);
		let enough = length * 1e-18;
		for _ in 0..found.len() {
			if length <= enough {
				break;
			}
			let image: Vec<f64> = self.shared.iter().map(|row| dot(row, &direction)).collect();
			let step = length / dot(&direction, &image);
			found.iter_mut().zip(&direction).for_each(|(x, d)| *x += step * d);
			residual.iter_mut().zip(&image).for_each(|(r, i)| *r -= step * i);
			let next = dot(&residual, &residual);
			direction.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + next / length * *d);
			length = next;
		}
		found
	}
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
	a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl CanaryScore for Scores {
	fn score(&self, canary: &[u32]) -> f64 {
		self.by_record.get(canary).copied().unwrap_or(0.0)
	}
}

fn row_of(codes: &[Vec<u32>], row: usize) -> Vec<u32> {
	codes.iter().map(|column| column.get(row).copied().unwrap_or(0)).collect()
}

/// Groups in place of levels.
fn grouped(levels: &[Vec<u32>], groups: &[Vec<u32>]) -> Vec<Vec<u32>> {
	let group = |(levels, groups): (&Vec<u32>, &Vec<u32>)| {
		let of = |level: &u32| usize::try_from(*level).ok().and_then(|at| groups.get(at).copied()).unwrap_or(0);
		levels.iter().map(of).collect()
	};
	levels.iter().zip(groups).map(group).collect()
}

fn audited(measurements: &[Measurement]) -> Vec<AuditedMarginal> {
	let one = |measurement: &Measurement| AuditedMarginal {
		columns: measurement.columns.clone(),
		noisy: measurement.counts.clone(),
		sigma_milli: measurement.sigma_milli,
	};
	measurements.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{generate::NoProgress, simulate_shaped, CohortShape};

	fn audit(kind: GeneratorKind, rho_micro: u64) -> ReleaseAudit {
		let cohort = simulate_shaped(CohortShape::Census, 3_000, [5; 32]).unwrap();
		let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
		let options = MeasureOptions { rho_micro, ..MeasureOptions::default() };
		let plan = AuditPlan { canaries: 400, guesses: 100, confidence: 0.95, seed: [9; 32] };
		audit_release(kind, &table, &options, plan, &mut NoProgress).unwrap()
	}

	// ρ for ε = 0.5, 1 and 3 at δ = 1e-5.
	const STATED: [(f64, u64); 3] = [(0.5, 8_510), (1.0, 30_560), (3.0, 224_250)];

	#[test]
	fn the_attack_proves_no_more_than_what_was_stated() {
		for kind in [GeneratorKind::Mst, GeneratorKind::Aim] {
			for (epsilon, rho_micro) in STATED {
				let found = audit(kind, rho_micro);
				assert!(found.epsilon_lower_bound <= epsilon, "{kind} at {epsilon}: {found:?}");
			}
		}
	}

	fn audit_of_training(rho_micro: u64) -> ReleaseAudit {
		let cohort = simulate_shaped(CohortShape::Census, 1_500, [5; 32]).unwrap();
		let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
		let options = MeasureOptions { rho_micro, ..MeasureOptions::default() };
		let plan = AuditPlan { canaries: 400, guesses: 100, confidence: 0.95, seed: [9; 32] };
		audit_training(&table, &options, plan, &mut NoProgress).unwrap()
	}

	#[test]
	fn the_attack_on_training_proves_no_more_than_what_was_stated() {
		for (epsilon, rho_micro) in STATED {
			let found = audit_of_training(rho_micro);
			assert!(found.epsilon_lower_bound <= epsilon, "{epsilon}: {found:?}");
		}
	}

	#[test]
	fn with_the_noise_of_training_all_but_off_the_attack_proves_that_a_small_epsilon_is_false() {
		let found = audit_of_training(1_000_000_000);
		assert!(found.epsilon_lower_bound > 1.0, "{found:?}");
	}

	#[test]
	fn with_the_noise_all_but_off_the_attack_proves_that_the_statement_is_false() {
		for kind in [GeneratorKind::Mst, GeneratorKind::Aim] {
			// σ far below 1: counts go out as they are.
			let found = audit(kind, 1_000_000_000);
			assert!(found.epsilon_lower_bound > 3.0, "{kind}: {found:?}");
		}
	}
}
