//! Exact coins.

use crate::random::Stream;
use std::num::NonZeroU64;

/// True with probability exp(-`numerator` / `denominator`), exactly (Canonne, Kamath, Steinke 2020, Algorithm 1).
///
/// The expected number of draws is bounded for every γ: coins of exp(-1) are tossed until the first that fails.
pub(super) fn exp_minus(numerator: u128, denominator: NonZeroU64, stream: &mut Stream) -> bool {
	let wide = u128::from(denominator.get());
	let mut whole = numerator.checked_div(wide).unwrap_or(0);
	while whole > 0 {
		if !exp_minus_fraction(1, 1, stream) {
			return false;
		}
		whole = whole.saturating_sub(1);
	}
	let rest = numerator.checked_rem(wide).unwrap_or(0);
	exp_minus_fraction(rest as u64, denominator.get(), stream)
}

/// True with probability exp(-γ) for γ = `numerator` / `denominator` in [0, 1]: the first K with a failed coin of γ/K is
/// odd. A coin of γ/K is one of γ and one of 1/K.
fn exp_minus_fraction(numerator: u64, denominator: u64, stream: &mut Stream) -> bool {
	let mut k = 1u64;
	while stream.below(denominator) < numerator && stream.below(k) == 0 {
		k = k.saturating_add(1);
	}
	k % 2 == 1
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Share of heads among 40,000 coins.
	fn share(numerator: u128, denominator: u64) -> f64 {
		let mut stream = Stream::new(&[5; 32], "coins", 0);
		let denominator = NonZeroU64::new(denominator).unwrap();
		let heads = (0..40_000).filter(|_| exp_minus(numerator, denominator, &mut stream)).count();
		heads as f64 / 40_000.0
	}

	#[test]
	fn coins_fall_with_the_probability_asked_for() {
		for (numerator, denominator) in [(0, 1), (1, 10), (1, 2), (1, 1), (3, 2), (7, 3), (4, 1)] {
			let p = libm::exp(-(numerator as f64) / denominator as f64);
			let bound = 4.5 * (p * (1.0 - p) / 40_000.0).sqrt();
			let found = share(numerator, denominator);
			assert!((found - p).abs() <= bound, "exp(-{numerator}/{denominator}) = {p}, found {found}");
		}
	}

	#[test]
	fn extremes_are_decided() {
		assert_eq!(share(u128::MAX, 1), 0.0);
		assert_eq!(share(0, u64::MAX), 1.0);
		assert!(share(1, u64::MAX) == 1.0);
	}
}
