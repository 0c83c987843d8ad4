//! How private training goes: from public quantities and one paid count alone.
//!
//! For a given budget the noise of all steps together hardly depends on their number or on the samples' size (σ grows as
//! rate·√steps), so both are chosen by what they cost to compute. The norm of clipping is 1: nearly every patient's gradient
//! is longer, so each counts with the same weight and the optimiser, which divides by the size of gradients, sees no
//! difference between norms.

use super::clip::Limit;
use crate::privacy::{PPM, WIDTH};

/// Sums of gradients.
const STEPS: u32 = 300;
/// Patients that a sample should have.
const SAMPLE: u64 = 1_536;
/// Rates of samples: a small table is not used up in every step, a large one still seen several times.
const RATES: (u32, u32) = (10_000, 250_000);
/// Learning rate at its highest, the part of the steps in which it rises, and the part that is left at the end.
const RATE: f64 = 0.03;
const RISE: f64 = 0.05;
const REST: f64 = 0.05;
/// Norm at which a patient's gradient is clipped.
const NORM: f64 = 1.0;

/// The plan of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
	/// Number of steps.
	pub steps: u32,
	/// Probability of a patient to be in a sample, in millionths.
	pub sampling_ppm: u32,
}

impl Schedule {
	/// For an estimate of the number of patients that has been paid for.
	pub fn of(patients: u64) -> Self {
		let rate = SAMPLE.saturating_mul(PPM.into()).checked_div(patients.max(1)).unwrap_or(0);
		let sampling_ppm = u32::try_from(rate).unwrap_or(u32::MAX).clamp(RATES.0, RATES.1);
		Self { steps: STEPS, sampling_ppm }
	}

	/// Learning rate of a step, counted from 0: a linear rise, then half a cosine.
	pub fn rate(&self, step: u32) -> f32 {
		let (step, steps) = (f64::from(step), f64::from(self.steps.max(1)));
		let rise = ((step + 1.0) / (RISE * steps).max(1.0)).min(1.0);
		let fall = 0.5 * (1.0 + libm::cos(std::f64::consts::PI * step / steps));
		(RATE * rise * (REST + (1.0 - REST) * fall)) as f32
	}
}

/// What a patient may add, so that noise of the sampler's width has `sigma_milli` thousandths of it.
pub(crate) fn limit(sigma_milli: u64) -> Limit {
	let units = u128::from(WIDTH).saturating_mul(1_000).checked_div(u128::from(sigma_milli)).unwrap_or(0);
	Limit { units: u64::try_from(units).unwrap_or(u64::MAX), norm: NORM }
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn rates_follow_the_number_of_patients() {
		assert_eq!(Schedule::of(24_000).sampling_ppm, 64_000);
		assert_eq!(Schedule::of(10).sampling_ppm, 250_000);
		assert_eq!(Schedule::of(0).sampling_ppm, 250_000);
		assert_eq!(Schedule::of(10_000_000).sampling_ppm, 10_000);
	}

	#[test]
	fn the_learning_rate_rises_and_falls() {
		let schedule = Schedule::of(24_000);
		let rates: Vec<f32> = (0..schedule.steps).map(|step| schedule.rate(step)).collect();
		assert!(rates[0] < rates[14] && rates[14] > rates[150] && rates[150] > rates[299]);
		assert!(rates.iter().all(|rate| *rate > 0.0 && *rate <= 0.03));
	}

	#[test]
	fn noise_of_the_samplers_width_is_at_least_what_was_paid_for() {
		for sigma_milli in [1, 333, 2_258, 50_000, 1_000_000_000] {
			assert!(u128::from(limit(sigma_milli).units) * u128::from(sigma_milli) <= u128::from(WIDTH) * 1_000);
		}
		assert_eq!(limit(2_000).units, WIDTH / 2);
	}
}
