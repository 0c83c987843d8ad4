//! What of an evaluation may be published beside a differentially private table, and with which noise.
//!
//! A metric computed from real rows is a release of data. Neighbouring datasets differ in one patient, who has at most
//! k rows in each table. Replacing them moves the empirical distribution of n rows by at most k/n in total variation,
//! and with it every metric below ([`RELEASED`] gives the argument of each).
//!
//! Everything else stays in the hospital. Bins or ranges read off real rows (pair trends, adherence), denominators that
//! depend on missing cells (KS and TV complement), unclipped moments and correlations, areas under the curve (the
//! rarer class may be a single patient), models that are fitted on real rows (detection, train on real, coefficients,
//! subgroups), nearest rows, copies and attacks have no bound near k/n: one patient can move them far.

use super::{Evaluation, Metric, MetricId, ReproducibleBy};
use crate::{digest::Digest, error::SynthesisError, privacy::add_discrete_gaussian, random::Stream};

/// Whose rows a released metric averages over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
	/// The training rows.
	Training,
	/// The hold-out rows that were predicted.
	Tested,
}

/// The metrics that are released with noise, each with sensitivity k / rows, and why.
const RELEASED: [(MetricId, Over, &str); 5] = [
	(
		MetricId::MissingValueSimilarity,
		Over::Training,
		"a column's share of missing cells is a mean over all rows of 0 or 1; absolute differences and means over columns are 1-Lipschitz",
	),
	(
		MetricId::CompleteShapes,
		Over::Training,
		"Kolmogorov's and total variation distance to a fixed table move by at most the total variation of the real one; missing cells are values, so every column averages over all rows",
	),
	(
		MetricId::TwoMarginals,
		Over::Training,
		"cells and pairs of columns depend on the schema alone; total variation of a marginal is at most that of the rows",
	),
	(MetricId::ThreeMarginals, Over::Training, "as for pairs of columns"),
	(
		MetricId::TstrBrier,
		Over::Tested,
		"the trees are a function of the released table; the score is a mean over predicted rows of numbers from 0 to 1. Only if the target cannot be missing, so that the number of rows is public",
	),
];

/// What bounds a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseBudget {
	/// Training rows; public.
	pub rows: usize,
	/// Most rows of one patient, in training and hold-out table alike.
	pub rows_per_patient: u32,
	/// Zero-concentrated privacy loss ρ of all released metrics together, in 10^-9.
	pub rho_nano: u64,
}

/// Adds discrete Gaussian noise with the given standard deviation, in thousandths, to integers.
///
/// [`releasable`] asks for noise of each metric once, in ascending order of metrics.
pub trait NoiseSource {
	/// Adds noise in place.
	///
	/// # Errors
	/// Whatever keeps the source from giving noise of exactly this size.
	fn add(&mut self, values: &mut [i64], sigma_milli: u64) -> Result<(), SynthesisError>;
}

impl<F: FnMut(&mut [i64], u64) -> Result<(), SynthesisError>> NoiseSource for F {
	fn add(&mut self, values: &mut [i64], sigma_milli: u64) -> Result<(), SynthesisError> {
		self(values, sigma_milli)
	}
}

/// Sensitivity in parts per million: ⌈10^6 k / rows⌉, and 1 because the value was rounded before.
fn sensitivity_ppm(rows: usize, rows_per_patient: u32) -> Option<u64> {
	let rows = u64::try_from(rows).ok()?;
	u64::from(rows_per_patient)
		.checked_mul(1_000_000)?
		.checked_add(rows.checked_sub(1)?)?
		.checked_div(rows)?
		.checked_add(1)
}

/// Least σ, in thousandths, with sensitivity² / (2 σ²) ≤ ρ (Bun and Steinke 2016; Canonne, Kamath and Steinke 2020).
fn sigma_milli(sensitivity: u64, rho_nano: u64) -> Option<u64> {
	// σ_milli² ≥ sensitivity² × 10^6 × 10^9 / (2 ρ_nano)
	let square = u128::from(sensitivity).checked_mul(u128::from(sensitivity))?.checked_mul(500_000_000_000_000)?;
	let least = square.div_ceil(u128::from(rho_nano).max(1));
	let root = least.isqrt();
	let root = if root.checked_mul(root)? < least { root.checked_add(1)? } else { root };
	(rho_nano > 0).then_some(())?;
	u64::try_from(root).ok()
}

/// The metrics that may go on record beside a differentially private table: those of the synthetic table alone as they
/// are, and those of small sensitivity with noise. ρ is divided evenly among the metrics of the table of released ones,
/// whether or not the evaluation has them, so that it does not depend on the data.
///
/// Noised values are clamped to 0 to 1, which costs nothing. `target_complete` says that the schema declares the
/// target without missing cells. The caller enters `budget.rho_nano` in its ledger.
///
/// # Errors
/// What the noise source says.
pub fn releasable(
	evaluation: &Evaluation,
	budget: ReleaseBudget,
	target_complete: bool,
	noise: &mut dyn NoiseSource,
) -> Result<Vec<Metric>, SynthesisError> {
	let mut released: Vec<Metric> =
		evaluation.headline.iter().copied().filter(|m| m.reproducible_by == ReproducibleBy::Anyone).collect();
	let count = u64::try_from(RELEASED.len()).unwrap_or(u64::MAX);
	let share = budget.rho_nano.checked_div(count).unwrap_or(0);
	let tested = evaluation.utility.as_ref().map_or(0, |utility| utility.tested_rows);
	for (id, over, _) in RELEASED {
		let rows = match over {
			Over::Training => budget.rows,
			Over::Tested if target_complete => tested,
			Over::Tested => continue,
		};
		let sigma = sensitivity_ppm(rows, budget.rows_per_patient).and_then(|s| sigma_milli(s, share));
		let found = evaluation.headline.iter().find(|metric| metric.id == id);
		let (Some(sigma), Some(metric)) = (sigma, found) else { continue };
		let mut value = [metric.value_ppm];
		noise.add(&mut value, sigma)?;
		let [value_ppm] = value;
		released.push(Metric { value_ppm: value_ppm.clamp(0, 1_000_000), ..*metric });
	}
	released.sort_by_key(|metric| metric.id);
	Ok(released)
}

/// Most noise with which a metric is worth publishing: σ of 0.1 on the scale from 0 to 1, in thousandths of a millionth.
const MOST_NOISE_MILLI: u64 = 100_000_000;

/// [`releasable`] with discrete Gaussian noise from the noise seed. Metrics whose noise would exceed σ = 0.1 are left out:
/// that depends on budget and rows alone, not on values.
///
/// # Errors
/// [`SynthesisError::Privacy`] if noise cannot be drawn.
pub fn release(
	evaluation: &Evaluation,
	budget: ReleaseBudget,
	target_complete: bool,
	noise_seed: &Digest,
) -> Result<Vec<Metric>, SynthesisError> {
	let mut stream = Stream::new(noise_seed, "noise/metrics", 0);
	let mut levels = Vec::new();
	let mut noise = |values: &mut [i64], sigma_milli: u64| {
		levels.push(sigma_milli);
		if sigma_milli > MOST_NOISE_MILLI {
			values.fill(0);
			return Ok(());
		}
		Ok(add_discrete_gaussian(values, sigma_milli, &mut stream)?)
	};
	let released = releasable(evaluation, budget, target_complete, &mut noise)?;
	// Noise was asked for once for each metric that is not everybody's, in their order.
	let mut levels = levels.into_iter();
	let is_told = |metric: &Metric| {
		metric.reproducible_by == ReproducibleBy::Anyone || levels.next().is_some_and(|level| level <= MOST_NOISE_MILLI)
	};
	Ok(released.into_iter().filter(is_told).collect())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{evaluate, simulate, NoProgress, Table};

	#[test]
	fn sensitivity_and_noise_are_those_of_the_formulas() {
		assert_eq!(sensitivity_ppm(24_000, 1), Some(43));
		assert_eq!(sensitivity_ppm(1, 5), Some(5_000_001));
		assert_eq!(sensitivity_ppm(0, 1), None);
		// 43 / √(2 × 0.005) = 430
		assert_eq!(sigma_milli(43, 5_000_000), Some(430_000));
		assert_eq!(sigma_milli(43, 0), None);
		for rho in [1, 7, 999_999, 5_000_000_000] {
			let sigma = u128::from(sigma_milli(43, rho).unwrap());
			let cost = |sigma: u128| 43.0 * 43.0 * 500_000_000_000_000f64 / (sigma * sigma) as f64;
			assert!(cost(sigma) <= rho as f64 * (1.0 + 1e-12) && cost(sigma - 1) > rho as f64 * (1.0 - 1e-12));
		}
	}

	#[test]
	fn only_bounded_metrics_are_released_and_each_with_its_noise() {
		let read = |patients, seed| {
			let cohort = simulate(patients, [seed; 32]).unwrap();
			Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
		};
		let (training, hold_out) = (read(120, 1), read(60, 2));
		let evaluation = evaluate(&training, &hold_out, &read(100, 3), &mut NoProgress).unwrap();
		let budget = ReleaseBudget { rows: training.rows(), rows_per_patient: 10, rho_nano: 100_000_000 };
		let asked = std::cell::RefCell::new(Vec::new());
		let mut source = |values: &mut [i64], sigma: u64| {
			asked.borrow_mut().push(sigma);
			values.iter_mut().for_each(|value| *value -= 7);
			Ok(())
		};
		let released = releasable(&evaluation, budget, true, &mut source).unwrap();
		let ids: Vec<MetricId> = released.iter().map(|metric| metric.id).collect();
		use MetricId::*;
		assert_eq!(
			ids,
			[
				MissingValueSimilarity,
				CompleteShapes,
				TwoMarginals,
				ThreeMarginals,
				TstrBrier,
				SyntheticDuplicateRate,
				SyntheticMissingRate
			]
		);
		let change = |id| {
			let of = |metrics: &[Metric]| metrics.iter().find(|m| m.id == id).unwrap().value_ppm;
			of(&released) - of(&evaluation.headline)
		};
		assert_eq!((change(TwoMarginals), change(TstrBrier), change(SyntheticMissingRate)), (-7, -7, 0));
		let training_sigma = sigma_milli(sensitivity_ppm(training.rows(), 10).unwrap(), 20_000_000).unwrap();
		let asked = asked.take();
		assert_eq!(asked[..4], [training_sigma; 4]);
		assert!(asked[4] > training_sigma, "fewer hold-out rows need more noise");
		let mut never = |_: &mut [i64], _: u64| unreachable!("no budget, no noise");
		let silent = releasable(&evaluation, ReleaseBudget { rho_nano: 0, ..budget }, true, &mut never).unwrap();
		assert!(silent.iter().all(|metric| metric.reproducible_by == ReproducibleBy::Anyone));
	}

	#[test]
	fn metrics_are_released_with_seeded_noise_or_not_at_all() {
		let read = |patients, seed| {
			let cohort = simulate(patients, [seed; 32]).unwrap();
			Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
		};
		let training = read(120, 1);
		let evaluation = evaluate(&training, &read(60, 2), &read(100, 3), &mut NoProgress).unwrap();
		let with = |rho_nano, seed| {
			let budget = ReleaseBudget { rows: training.rows(), rows_per_patient: 1, rho_nano };
			release(&evaluation, budget, true, &[seed; 32]).unwrap()
		};
		assert_eq!(with(1_000_000_000, 1), with(1_000_000_000, 1));
		let values = |metrics: Vec<Metric>| metrics.iter().map(|m| m.value_ppm).collect::<Vec<_>>();
		assert_ne!(values(with(1_000_000_000, 1)), values(with(1_000_000_000, 2)));
		let count = |metrics: &[Metric]| metrics.iter().filter(|m| m.reproducible_by != ReproducibleBy::Anyone).count();
		assert_eq!(count(&with(1_000_000_000, 1)), 5);
		// σ for 120 patients' rows at this budget is above 0.1.
		assert_eq!(count(&with(1_000, 1)), 0);
		assert!(with(1_000, 1).iter().all(|metric| evaluation.headline.contains(metric)), "nobody's noise is on these");
	}

	#[test]
	fn one_patient_moves_a_released_metric_no_more_than_its_sensitivity() {
		let cohort = simulate(80, [5; 32]).unwrap();
		let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
		let patients: Vec<String> = table.patient_ids().unwrap().into_iter().map(str::to_owned).collect();
		let other = simulate(60, [6; 32]).unwrap();
		let synthetic = Table::parse_csv(&other.csv, "other.csv", &other.schema).unwrap();
		let none = table.select(&[]).unwrap();
		let base = evaluate(&table, &none, &synthetic, &mut NoProgress).unwrap();
		for at in [0usize, table.rows() / 2, table.rows() - 1] {
			let rows: Vec<usize> = (0..table.rows()).filter(|row| patients[*row] == patients[at]).collect();
			let limit = sensitivity_ppm(table.rows(), u32::try_from(rows.len()).unwrap()).unwrap();
			// The patient's rows become copies of another patient's.
			let donor = (0..table.rows()).find(|row| patients[*row] != patients[at]).unwrap();
			let swapped: Vec<usize> =
				(0..table.rows()).map(|row| if patients[row] == patients[at] { donor } else { row }).collect();
			let moved = evaluate(&table.select(&swapped).unwrap(), &none, &synthetic, &mut NoProgress).unwrap();
			for (id, over, _) in RELEASED {
				if over == Over::Training {
					let change = (base.value(id).unwrap() - moved.value(id).unwrap()).abs() * 1e6;
					assert!(change <= limit as f64 + 0.5, "{id:?}: {change} > {limit}");
				}
			}
		}
	}
}
