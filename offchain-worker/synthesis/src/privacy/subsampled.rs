//! What training by noisy gradients of random samples costs in ρ.
//!
//! The chain adds up ρ and states ε = inf over α of αρ + (ln(1/δ) − ln α)/(α − 1) + ln(1 − 1/α). The subsampled Gaussian
//! mechanism is not zCDP for any useful ρ, because its Rényi divergence R(α) leaps up at large α. But ε needs one order
//! only: that at which the infimum is attained, α*(ρ, δ). So the mechanism is charged the least ρ with
//!
//! ```text
//! R(α) ≤ ρ·α   for all 1 < α ≤ ω = α*(ρ, δ)
//! ```
//! which is truncated concentrated differential privacy (Bun, Dwork, Rothblum and Steinke 2018, Definition 1).
//!
//! Why ε still holds when releases are added up: x = α* − 1 solves x² = (ln(1/δ) − ln(1 + x)) / ρ, the left side of which
//! grows in x and the right side of which falls in x and in ρ, so α* falls as ρ grows. A sum of releases has a ρ at least that
//! of each, hence its α* is at most every ω, there every divergence is at most its ρ·α, divergences add up, and
//! Canonne, Kamath and Steinke's Proposition 12 at α* gives the ε that the chain states. A larger δ has a smaller α* as
//! well: the cost covers every δ ≥ 10^-`delta_exponent`. The chain's order is α* up to one part in 2²⁶; ω is 10⁻⁶ above.
//!
//! "For all α" from finitely many: with Λ(α) = (α − 1)·R(α), which is convex and 0 at 1, and r the larger R(α)/α at both ends
//! of [a, b], Λ(α) lies below its chord, that below the chord of r·α(α − 1), and that at most r·(b − a)²/4 above the
//! parabola. So R(α)/α ≤ r·(1 + (b − a)²/4a(a − 1)) in between. On (1, b], R(α)/α ≤ R(b), for R never falls.

use super::{
	rdp::subsampled_gaussian_rdp,
	zcdp::{check_sigma, positive},
	PrivacyError,
};

/// 10⁶: a probability of 1.
pub const PPM: u32 = 1_000_000;
/// Steps at most.
pub const MAX_STEPS: u32 = 1_000_000;
/// Least ρ in nano that is charged: below it, α* is beyond 3,000, where nothing is gained.
const LEAST_RHO_NANO: u64 = 1_000;
/// Largest ρ in nano that is charged; at 1,000 there is no privacy left.
const MOST_RHO_NANO: u64 = 1_000_000_000_000;
/// Largest noise over the clipping bound, in thousandths.
const MOST_SIGMA_MILLI: u64 = 1_000_000_000;
/// Orders between 1 and this one, or with a smaller relative bend of the bound, are looked at no closer.
const FIRST: f64 = 1.02;
const FINEST_BEND: f64 = 1e-3;
/// ω over α*, for what the chain rounds.
const BEYOND: f64 = 1e-6;
/// Relative slack for rounding of logarithms and sums, a thousand times what the tests find.
const SLACK: f64 = 1e-6;
/// Absolute slack of ln A(α) of a step: its rounding where A(α) is close to 1.
const ABSOLUTE: f64 = 1e-14;

/// Noisy sums over random samples of patients, step after step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Steps {
	sampling_ppm: u32,
	sigma_milli: u64,
	steps: u32,
}

impl Steps {
	/// Divergence of all steps at an order, over the order.
	fn over_order(&self, order: f64) -> f64 {
		let q = f64::from(self.sampling_ppm) / f64::from(PPM);
		let one = subsampled_gaussian_rdp(q, self.sigma_milli as f64 / 1_000.0, order);
		f64::from(self.steps) * (one * (1.0 + SLACK) + ABSOLUTE / (order - 1.0)) / order
	}

	/// Whether R(ω) ≤ `rho`·ω at the last order: nearly always what decides.
	fn within_at_last(&self, rho: f64, delta_exponent: u8) -> bool {
		self.over_order(last_order(rho, delta_exponent)) <= rho
	}

	/// Whether R(α) ≤ `rho`·α up to the order at which the chain converts `rho`.
	fn within(&self, rho: f64, delta_exponent: u8) -> bool {
		let last = last_order(rho, delta_exponent);
		let end = self.over_order(last);
		if self.sampling_ppm == PPM {
			// Without sampling the divergence is a multiple of the order.
			return end <= rho;
		}
		let mut from = (1.0, 0.0);
		let mut whole = 2.0;
		while whole < last {
			let to = (whole, self.over_order(whole));
			if !self.within_between(from, to, rho) {
				return false;
			}
			from = to;
			whole += 1.0;
		}
		end <= rho && self.within_between(from, (last, end), rho)
	}

	/// Whether R(α) ≤ `rho`·α between two orders, each with its R(α)/α; the first may be 1. Halves the interval until the
	/// bounds of the module's documentation say so, or it is so short that they lose hardly anything.
	fn within_between(&self, (a, ratio_a): (f64, f64), (b, ratio_b): (f64, f64), rho: f64) -> bool {
		if ratio_a.max(ratio_b) > rho {
			return false;
		}
		let (bound, short) = if a > 1.0 {
			let bend = (b - a) * (b - a) / (4.0 * a * (a - 1.0));
			(ratio_a.max(ratio_b) * (1.0 + bend), bend < FINEST_BEND)
		} else {
			(ratio_b * b, b < FIRST)
		};
		if bound <= rho || short {
			return bound <= rho;
		}
		let middle = 0.5 * (a + b);
		let middle = (middle, self.over_order(middle));
		self.within_between((a, ratio_a), middle, rho) && self.within_between(middle, (b, ratio_b), rho)
	}
}

/// ω: α* of the chain's conversion, a little more.
fn last_order(rho: f64, delta_exponent: u8) -> f64 {
	let log = f64::from(delta_exponent) * std::f64::consts::LN_10;
	let (mut low, mut high) = (0.0, libm::sqrt(log / rho));
	for _ in 0..60 {
		let x: f64 = 0.5 * (low + high);
		if rho * x * x + libm::log1p(x) <= log {
			low = x;
		} else {
			high = x;
		}
	}
	(1.0 + high) * (1.0 + BEYOND)
}

/// Least number in `low..=high` with a property that holds for all above one that has it; `None` if `high` has it not.
fn least(low: u64, high: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
	if holds(low) {
		return Some(low);
	}
	let (mut low, mut high) = (low, Some(high).filter(|high| holds(*high))?);
	while low < high {
		let middle = low.midpoint(high);
		if holds(middle) {
			high = middle;
		} else {
			low = middle.saturating_add(1);
		}
	}
	Some(high)
}

fn check(sampling_ppm: u32, steps: u32, delta_exponent: u8) -> Result<(), PrivacyError> {
	positive("the sampling rate", sampling_ppm.into())?;
	positive("the number of steps", steps.into())?;
	positive("the exponent of delta", delta_exponent.into())?;
	let most = |what, value: u32, limit: u32| match value > limit {
		true => Err(PrivacyError::TooLarge { what, value: value.into(), limit: limit.into() }),
		false => Ok(()),
	};
	most("the sampling rate in millionths", sampling_ppm, PPM)?;
	most("the number of steps", steps, MAX_STEPS)
}

/// Cost in nano-ρ of `steps` noisy sums over samples into which every patient comes with a probability of `sampling_ppm`
/// millionths, by a coin of its own in every step; see the module's documentation. One patient adds a vector of norm at
/// most the clipping bound to a sum; the noise has `sigma_milli` thousandths of that bound as its standard deviation.
///
/// The cost holds for every δ of at least 10^-`delta_exponent`.
///
/// # Errors
/// [`PrivacyError::Zero`], or [`PrivacyError::TooLarge`] for a rate above 1, more than [`MAX_STEPS`] steps, a σ that cannot be
/// drawn or a cost above ρ = 1,000.
pub fn subsampled_gaussian_cost(
	sampling_ppm: u32,
	sigma_milli: u64,
	steps: u32,
	delta_exponent: u8,
) -> Result<u64, PrivacyError> {
	check(sampling_ppm, steps, delta_exponent)?;
	check_sigma(sigma_milli)?;
	let mechanism = Steps { sampling_ppm, sigma_milli, steps };
	// A larger ρ has a smaller ω and allows more.
	let at_last = |rho| mechanism.within_at_last(rho as f64 / 1e9, delta_exponent);
	let everywhere = |rho| mechanism.within(rho as f64 / 1e9, delta_exponent);
	least(LEAST_RHO_NANO, MOST_RHO_NANO, at_last)
		.and_then(|from| least(from, MOST_RHO_NANO, everywhere))
		.ok_or_else(|| beyond("the cost in nano-rho", MOST_RHO_NANO))
}

/// Noise over the clipping bound, in thousandths, whose [`subsampled_gaussian_cost`] is at most `rho_nano`: the least but for
/// a part in a hundred.
///
/// # Errors
/// [`PrivacyError::Zero`], or [`PrivacyError::TooLarge`] for a rate above 1, more than [`MAX_STEPS`] steps, and a ρ so small
/// that no noise level would do.
pub fn noise_multiplier_milli(
	rho_nano: u64,
	sampling_ppm: u32,
	steps: u32,
	delta_exponent: u8,
) -> Result<u64, PrivacyError> {
	check(sampling_ppm, steps, delta_exponent)?;
	positive("rho", rho_nano)?;
	let rho = rho_nano.min(MOST_RHO_NANO) as f64 / 1e9;
	let enough = Some(1).filter(|_| rho_nano >= LEAST_RHO_NANO);
	let at_last = |sigma_milli| Steps { sampling_ppm, sigma_milli, steps }.within_at_last(rho, delta_exponent);
	let everywhere = |sigma_milli| Steps { sampling_ppm, sigma_milli, steps }.within(rho, delta_exponent);
	let mut sigma_milli = enough
		.and_then(|from| least(from, MOST_SIGMA_MILLI, at_last))
		.and_then(|from| least(from, MOST_SIGMA_MILLI, everywhere))
		.ok_or_else(|| beyond("the noise in thousandths", MOST_SIGMA_MILLI))?;
	// Bounds between orders lose a little, not the same for every ρ.
	while subsampled_gaussian_cost(sampling_ppm, sigma_milli, steps, delta_exponent)? > rho_nano {
		sigma_milli = sigma_milli.saturating_add(sigma_milli.div_ceil(1_000));
	}
	Ok(sigma_milli)
}

fn beyond(what: &'static str, limit: u64) -> PrivacyError {
	PrivacyError::TooLarge { what, value: u128::from(limit).saturating_add(1), limit }
}

#[cfg(test)]
mod tests {
	use super::super::rdp::epsilon_of_rdp;
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn without_subsampling_the_cost_is_that_of_the_gaussian_mechanism() {
		// 100 / (2·10²) = 0.5, and the slack.
		let cost = subsampled_gaussian_cost(PPM, 10_000, 100, 5).unwrap();
		assert!((500_000_000..500_001_000).contains(&cost), "{cost}");
	}

	#[test]
	fn subsampling_makes_noise_cheaper() {
		let whole = subsampled_gaussian_cost(PPM, 3_000, 800, 5).unwrap();
		let part = subsampled_gaussian_cost(60_000, 3_000, 800, 5).unwrap();
		assert!(part < whole / 100, "{part} of {whole}");
	}

	/// ε by the best of all orders, as an accountant for this mechanism alone would state it.
	fn direct(sampling_ppm: u32, sigma_milli: u64, steps: u32, delta_exponent: u8) -> f64 {
		let (q, sigma) = (f64::from(sampling_ppm) / 1e6, sigma_milli as f64 / 1e3);
		let log_delta = -f64::from(delta_exponent) * std::f64::consts::LN_10;
		let order = |step: i32| 1.0 + 0.05 * libm::pow(1.02, f64::from(step));
		(0..400)
			.map(|step| {
				let rdp = f64::from(steps) * subsampled_gaussian_rdp(q, sigma, order(step));
				epsilon_of_rdp(order(step), rdp, log_delta)
			})
			.fold(f64::INFINITY, f64::min)
	}

	fn stated(rho_nano: u64, delta_exponent: u8) -> f64 {
		let rho = rho_nano as f64 / 1e9;
		let order = last_order(rho, delta_exponent);
		epsilon_of_rdp(order, rho * order, -f64::from(delta_exponent) * std::f64::consts::LN_10)
	}

	#[test]
	fn the_stated_epsilon_is_never_below_the_direct_one_and_hardly_above() {
		for (sampling_ppm, sigma_milli, steps, delta) in
			[(60_000, 3_465, 800, 5), (20_000, 1_930, 2_000, 5), (60_000, 2_258, 300, 6), (200_000, 5_700, 200, 5)]
		{
			let cost = subsampled_gaussian_cost(sampling_ppm, sigma_milli, steps, delta).unwrap();
			let (stated, direct) = (stated(cost, delta), direct(sampling_ppm, sigma_milli, steps, delta));
			assert!(stated >= direct - 1e-6, "{stated} < {direct}");
			assert!(stated <= direct * 1.03, "{stated} > {direct}");
		}
	}

	#[test]
	fn the_last_order_falls_as_the_cost_and_delta_grow() {
		for exponent in 1..18 {
			for rho in [1e-6, 1e-4, 0.01, 0.1, 1.0, 100.0] {
				assert!(last_order(rho, exponent) >= last_order(rho * 1.001, exponent));
				assert!(last_order(rho, exponent) <= last_order(rho, exponent + 1));
			}
		}
	}

	#[test]
	fn noise_that_promises_nothing_is_refused() {
		assert_eq!(subsampled_gaussian_cost(0, 1_000, 1, 5), Err(PrivacyError::Zero { what: "the sampling rate" }));
		assert_eq!(subsampled_gaussian_cost(1, 1_000, 0, 5), Err(PrivacyError::Zero { what: "the number of steps" }));
		assert_eq!(subsampled_gaussian_cost(1, 0, 1, 5), Err(PrivacyError::Zero { what: "the standard deviation" }));
		assert_eq!(subsampled_gaussian_cost(1, 1, 1, 0), Err(PrivacyError::Zero { what: "the exponent of delta" }));
		assert!(matches!(subsampled_gaussian_cost(PPM + 1, 1_000, 1, 5), Err(PrivacyError::TooLarge { .. })));
		assert!(matches!(subsampled_gaussian_cost(1, 1_000, u32::MAX, 5), Err(PrivacyError::TooLarge { .. })));
		assert!(matches!(subsampled_gaussian_cost(PPM, 1, 1_000, 5), Err(PrivacyError::TooLarge { .. })));
		assert!(noise_multiplier_milli(0, 1, 1, 5).is_err());
		assert!(matches!(noise_multiplier_milli(1, PPM, MAX_STEPS, 5), Err(PrivacyError::TooLarge { .. })));
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(8))]
		#[test]
		fn the_noise_is_nearly_the_least_that_the_budget_pays(
			rho in 1_000_000u64..2_000_000_000,
			ppm in 1_000u32..=PPM,
			steps in 1u32..5_000,
			delta in 3u8..10,
		) {
			let sigma = noise_multiplier_milli(rho, ppm, steps, delta).unwrap();
			prop_assert!(subsampled_gaussian_cost(ppm, sigma, steps, delta).unwrap() <= rho);
			let less = (sigma - sigma / 50).saturating_sub(1);
			prop_assert!(less == 0 || subsampled_gaussian_cost(ppm, less, steps, delta).map_or(true, |cost| cost > rho));
		}
	}
}
