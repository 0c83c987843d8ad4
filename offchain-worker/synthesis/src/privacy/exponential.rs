//! The exponential mechanism.

use super::bernoulli::exp_minus;
use super::zcdp::positive;
use super::PrivacyError;
use crate::random::Stream;
use std::num::NonZeroU64;

/// 2 · 10⁹: twice the sensitivity, in nano.
const DOUBLE_NANO: u64 = 2_000_000_000;

/// Selects an index with probability proportional to exp(ε·q / (2Δ)) for score q (McSherry and Talwar 2007), exactly.
///
/// `sensitivity` is how much one patient, added or removed, changes any score; `epsilon_nano` is ε in nano. The selection
/// is ε-differentially private and costs [`exponential_cost`](super::exponential_cost).
///
/// Rejection: a candidate drawn uniformly is taken with probability exp(-ε·(max − q) / (2Δ)). The best candidate is
/// always taken, so the expected number of draws is at most the number of candidates. How long it takes depends on the
/// scores; do not let strangers time it.
///
/// # Errors
/// [`PrivacyError::Zero`] for a sensitivity or ε of 0, [`PrivacyError::NoCandidates`].
pub(crate) fn select(
	scores: &[i64],
	sensitivity: u32,
	epsilon_nano: u64,
	stream: &mut Stream,
) -> Result<usize, PrivacyError> {
	positive("the sensitivity", u64::from(sensitivity))?;
	positive("epsilon", epsilon_nano)?;
	let best = *scores.iter().max().ok_or(PrivacyError::NoCandidates)?;
	// Below 2^32 · 2^31, and not 0.
	let denominator = NonZeroU64::new(u64::from(sensitivity).saturating_mul(DOUBLE_NANO)).unwrap_or(NonZeroU64::MIN);
	loop {
		let index = stream.below(scores.len() as u64) as usize;
		let gap = scores.get(index).map_or(0, |score| best.abs_diff(*score));
		// Below 2^64 · 2^64.
		let numerator = u128::from(gap).saturating_mul(u128::from(epsilon_nano));
		if exp_minus(numerator, denominator, stream) {
			return Ok(index);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn draw(scores: &[i64], sensitivity: u32, epsilon_nano: u64, draws: usize) -> Vec<usize> {
		let mut stream = Stream::new(&[9; 32], "select", 0);
		(0..draws).map(|_| select(scores, sensitivity, epsilon_nano, &mut stream).unwrap()).collect()
	}

	#[test]
	// Checked against an independent HKDF-SHA3-256, ChaCha20 and sampler.
	fn selections_are_golden() {
		assert_eq!(
			draw(&[3, 1, 4, 1, 5, 9, 2, 6], 2, 1_500_000_000, 16),
			[0, 4, 5, 7, 5, 5, 5, 5, 5, 0, 7, 5, 5, 5, 5, 2]
		);
	}

	#[test]
	// Pearson's χ² against the exact probabilities; the bound is the 0.9999 quantile at 4 degrees of freedom.
	fn selections_follow_the_exponential_mechanism() {
		let (scores, sensitivity, epsilon) = ([0i64, 2, 3, 3, -4], 3u32, 1.25);
		let weights: Vec<f64> =
			scores.iter().map(|q| libm::exp(epsilon * *q as f64 / (2.0 * f64::from(sensitivity)))).collect();
		let total: f64 = weights.iter().sum();
		let drawn = draw(&scores, sensitivity, 1_250_000_000, 50_000);
		let chi_square: f64 = weights
			.iter()
			.enumerate()
			.map(|(index, weight)| {
				let expected = weight / total * 50_000.0;
				let found = drawn.iter().filter(|i| **i == index).count() as f64;
				(found - expected) * (found - expected) / expected
			})
			.sum();
		assert!(chi_square < 23.5, "{chi_square}");
	}

	#[test]
	fn extreme_scores_and_parameters_are_selected_without_overflow() {
		let far = [i64::MIN, i64::MAX, i64::MIN];
		assert_eq!(draw(&far, 1, u64::MAX, 20), [1; 20]);
		assert_eq!(draw(&far, u32::MAX, 1_000_000_000, 20), [1; 20]);
		assert_eq!(draw(&[i64::MIN], 1, 1, 1), [0]);
		let drawn = draw(&[i64::MAX; 3], u32::MAX, u64::MAX, 200);
		assert!((0..3).all(|index| drawn.contains(&index)));
	}

	#[test]
	fn what_cannot_be_selected_is_refused() {
		let stream = &mut Stream::new(&[9; 32], "select", 0);
		assert_eq!(select(&[], 1, 1, stream), Err(PrivacyError::NoCandidates));
		assert_eq!(select(&[1], 0, 1, stream), Err(PrivacyError::Zero { what: "the sensitivity" }));
		assert_eq!(select(&[1], 1, 0, stream), Err(PrivacyError::Zero { what: "epsilon" }));
	}
}
