//! Costs of mechanisms in ρ, and their inverses. Integers only, rounded against the spender.

use super::PrivacyError;

/// Largest ρ of one ledger, in nano: ρ = 10⁶. Beyond it nothing is private, and canonical JSON loses digits.
pub const MAX_RHO_NANO: u64 = 1_000_000_000_000_000;

/// Largest standard deviation, in thousandths: σ = 10¹². Noise stays far below 2⁶³.
pub const MAX_SIGMA_MILLI: u64 = 1_000_000_000_000_000;

/// 10⁶ (a squared thousandth) · 10⁹ (nano).
const SIGMA_SCALE: u128 = 1_000_000_000_000_000;

/// 8 · 10⁹: ε² in squared nano over this is ε²/8 in nano.
const EXPONENTIAL_SCALE: u128 = 8_000_000_000;

/// Cost in nano-ρ of discrete Gaussian noise of standard deviation `sigma_milli` / 1000 on a vector of integers:
/// Δ₂² / (2σ²), rounded up (Canonne, Kamath, Steinke 2020, Theorem 4; a vector by Bun and Steinke 2016, Lemma 2.5).
///
/// `sensitivity` is the L2 sensitivity of the whole vector: how far one patient, added or removed, moves it. A patient
/// with at most k rows moves a table of row counts by at most k.
///
/// # Errors
/// [`PrivacyError::Zero`], or [`PrivacyError::TooLarge`] for a σ above [`MAX_SIGMA_MILLI`] or a cost above
/// [`MAX_RHO_NANO`].
pub fn gaussian_cost(sensitivity: u32, sigma_milli: u64) -> Result<u64, PrivacyError> {
	positive("the sensitivity", u64::from(sensitivity))?;
	check_sigma(sigma_milli)?;
	// Below 2^64 · 2^50, and σ² below 2^100.
	let numerator = u128::from(sensitivity).saturating_pow(2).saturating_mul(SIGMA_SCALE);
	let denominator = u128::from(sigma_milli).saturating_pow(2).saturating_mul(2);
	at_most("the cost in nano-rho", numerator.div_ceil(denominator), MAX_RHO_NANO)
}

/// Least standard deviation, in thousandths, whose [`gaussian_cost`] is at most `rho_nano`.
///
/// # Errors
/// [`PrivacyError::Zero`], or [`PrivacyError::TooLarge`] for a ρ above [`MAX_RHO_NANO`] or a σ above
/// [`MAX_SIGMA_MILLI`].
pub fn sigma_milli_for(rho_nano: u64, sensitivity: u32) -> Result<u64, PrivacyError> {
	positive("rho", rho_nano)?;
	positive("the sensitivity", u64::from(sensitivity))?;
	at_most("rho in nano", u128::from(rho_nano), MAX_RHO_NANO)?;
	// ρ is whole, so the rounded-up cost is at most ρ exactly if the unrounded one is: σ² ≥ Δ²/(2ρ).
	let numerator = u128::from(sensitivity).saturating_pow(2).saturating_mul(SIGMA_SCALE);
	let square = numerator.div_ceil(u128::from(rho_nano).saturating_mul(2));
	at_most("the standard deviation in thousandths", ceil_sqrt(square), MAX_SIGMA_MILLI)
}

/// Cost in nano-ρ of one selection by the exponential mechanism with `epsilon_nano`: ε²/8, rounded up
/// (Cesar and Rogers 2021, Lemma 3.2: an ε-bounded-range mechanism is ε²/8-zCDP).
///
/// # Errors
/// [`PrivacyError::Zero`], or [`PrivacyError::TooLarge`] for a cost above [`MAX_RHO_NANO`].
pub fn exponential_cost(epsilon_nano: u64) -> Result<u64, PrivacyError> {
	positive("epsilon", epsilon_nano)?;
	let cost = u128::from(epsilon_nano).saturating_pow(2).div_ceil(EXPONENTIAL_SCALE);
	at_most("the cost in nano-rho", cost, MAX_RHO_NANO)
}

/// Largest ε, in nano, whose [`exponential_cost`] is at most `rho_nano`; 0 for ρ = 0. Above [`MAX_RHO_NANO`] the answer
/// is that for [`MAX_RHO_NANO`].
#[must_use]
pub fn exponential_epsilon_for(rho_nano: u64) -> u64 {
	let square = u128::from(rho_nano.min(MAX_RHO_NANO)).saturating_mul(EXPONENTIAL_SCALE);
	u64::try_from(square.isqrt()).unwrap_or(u64::MAX)
}

/// A standard deviation with which noise can be drawn.
pub(super) fn check_sigma(sigma_milli: u64) -> Result<(), PrivacyError> {
	positive("the standard deviation", sigma_milli)?;
	at_most("the standard deviation in thousandths", u128::from(sigma_milli), MAX_SIGMA_MILLI)?;
	Ok(())
}

pub(super) fn positive(what: &'static str, value: u64) -> Result<(), PrivacyError> {
	match value {
		0 => Err(PrivacyError::Zero { what }),
		_ => Ok(()),
	}
}

fn at_most(what: &'static str, value: u128, limit: u64) -> Result<u64, PrivacyError> {
	match u64::try_from(value) {
		Ok(small) if small <= limit => Ok(small),
		_ => Err(PrivacyError::TooLarge { what, value, limit }),
	}
}

fn ceil_sqrt(value: u128) -> u128 {
	let floor = value.isqrt();
	floor.saturating_add(u128::from(floor.saturating_mul(floor) < value))
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn costs_are_those_of_the_papers() {
		// 1² / (2·10²) = 0.005
		assert_eq!(gaussian_cost(1, 10_000), Ok(5_000_000));
		// 3² / (2·7²) = 0.091836734693…, rounded up
		assert_eq!(gaussian_cost(3, 7_000), Ok(91_836_735));
		// 0.1² / 8 = 0.00125
		assert_eq!(exponential_cost(100_000_000), Ok(1_250_000));
		assert_eq!(exponential_cost(1), Ok(1));
		assert_eq!(sigma_milli_for(5_000_000, 1), Ok(10_000));
		assert_eq!(exponential_epsilon_for(1_250_000), 100_000_000);
		assert_eq!(exponential_epsilon_for(0), 0);
	}

	#[test]
	fn parameters_that_promise_nothing_are_refused() {
		assert_eq!(gaussian_cost(0, 1_000), Err(PrivacyError::Zero { what: "the sensitivity" }));
		assert_eq!(gaussian_cost(1, 0), Err(PrivacyError::Zero { what: "the standard deviation" }));
		assert_eq!(sigma_milli_for(0, 1), Err(PrivacyError::Zero { what: "rho" }));
		assert_eq!(sigma_milli_for(1, 0), Err(PrivacyError::Zero { what: "the sensitivity" }));
		assert_eq!(exponential_cost(0), Err(PrivacyError::Zero { what: "epsilon" }));
	}

	#[test]
	fn extremes_are_refused_without_overflow() {
		assert!(matches!(gaussian_cost(u32::MAX, 1), Err(PrivacyError::TooLarge { .. })));
		assert!(matches!(gaussian_cost(1, u64::MAX), Err(PrivacyError::TooLarge { .. })));
		assert!(matches!(sigma_milli_for(u64::MAX, 1), Err(PrivacyError::TooLarge { .. })));
		assert!(matches!(sigma_milli_for(1, u32::MAX), Err(PrivacyError::TooLarge { .. })));
		assert!(matches!(exponential_cost(u64::MAX), Err(PrivacyError::TooLarge { .. })));
		assert_eq!(exponential_epsilon_for(u64::MAX), exponential_epsilon_for(MAX_RHO_NANO));
	}

	proptest! {
		#[test]
		fn sigma_is_the_least_that_the_budget_pays(rho in 1..=MAX_RHO_NANO, sensitivity in 1u32..10_000) {
			let sigma = sigma_milli_for(rho, sensitivity).unwrap();
			prop_assert!(gaussian_cost(sensitivity, sigma).unwrap() <= rho);
			prop_assert!(sigma == 1 || gaussian_cost(sensitivity, sigma - 1).map_or(true, |cost| cost > rho));
		}

		#[test]
		fn epsilon_is_the_largest_that_the_budget_pays(rho in 1..=MAX_RHO_NANO) {
			let epsilon = exponential_epsilon_for(rho);
			prop_assert!(exponential_cost(epsilon).unwrap() <= rho);
			prop_assert!(exponential_cost(epsilon + 1).map_or(true, |cost| cost > rho));
		}
	}
}
