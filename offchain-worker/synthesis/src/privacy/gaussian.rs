//! Discrete Gaussian noise.

use super::zcdp::check_sigma;
use super::PrivacyError;
use crate::random::Stream;
use crate::threads;
use num_bigint::BigInt;
use prio::dp::distributions::DiscreteGaussian;
use prio::dp::Rational;
use rand::distr::Distribution;

/// Cells that share one stream of random numbers. Part of the format: another size gives other noise.
const BLOCK: usize = 4_096;

/// Largest magnitude of a count: 2⁵².
const MAX_COUNT: i64 = 1 << 52;

/// Adds to every count independent noise from the discrete Gaussian N_ℤ(0, σ²) with σ = `sigma_milli` / 1000, exactly
/// (Canonne, Kamath, Steinke 2020, Algorithm 3, by the crate `prio`). The cost is
/// [`gaussian_cost`](super::gaussian_cost).
///
/// `stream` gives one key; blocks of 4,096 counts have streams of their own under it, so that the work is shared between
/// threads and the noise does not depend on them.
///
/// # Errors
/// [`PrivacyError::Zero`] or [`PrivacyError::TooLarge`] for σ, [`PrivacyError::CountTooLarge`]. No count is changed then.
pub(crate) fn add_discrete_gaussian(
	counts: &mut [i64],
	sigma_milli: u64,
	stream: &mut Stream,
) -> Result<(), PrivacyError> {
	check_sigma(sigma_milli)?;
	for (cell, value) in counts.iter().enumerate() {
		if value.unsigned_abs() > MAX_COUNT.unsigned_abs() {
			return Err(PrivacyError::CountTooLarge { cell, value: *value, limit: MAX_COUNT });
		}
	}
	let noise = gaussian(sigma_milli)?;
	let key = stream.key();
	let blocks: Vec<(u64, &[i64])> = (0..).zip(counts.chunks(BLOCK)).collect();
	let noisy = threads::map(&blocks, |(number, block)| {
		let stream = &mut Stream::new(&key, "discrete-gaussian", *number);
		block.iter().map(|count| with_noise(*count, &noise, stream)).collect::<Vec<i64>>()
	});
	for (block, noisy) in counts.chunks_mut(BLOCK).zip(noisy) {
		block.copy_from_slice(&noisy);
	}
	Ok(())
}

fn gaussian(sigma_milli: u64) -> Result<DiscreteGaussian, PrivacyError> {
	// A denominator of 0 is the only error there is.
	Rational::from_unsigned(sigma_milli, 1_000)
		.and_then(DiscreteGaussian::new)
		.map_err(|_| PrivacyError::Zero { what: "the standard deviation" })
}

fn with_noise(count: i64, noise: &DiscreteGaussian, stream: &mut Stream) -> i64 {
	let drawn: BigInt = noise.sample(stream.rng());
	// |count| ≤ 2^52 and σ ≤ 10^12: noise of 2^62 is four million standard deviations away.
	count.saturating_add(i64::try_from(&drawn).unwrap_or(0))
}

#[cfg(test)]
mod tests {
	use super::*;

	fn noise(cells: usize, sigma_milli: u64) -> Vec<i64> {
		let mut counts = vec![0; cells];
		add_discrete_gaussian(&mut counts, sigma_milli, &mut Stream::new(&[3; 32], "noise", 0)).unwrap();
		counts
	}

	#[test]
	// Checked against an independent HKDF-SHA3-256, ChaCha20 and sampler in exact fractions.
	fn noise_is_golden() {
		assert_eq!(noise(12, 2_500), [-4, -1, 1, -3, 5, -4, 1, -4, 3, 1, 4, -1]);
		assert_eq!(noise(4, 123_456_789), [-47_318, 47_282, 75_983, -172_284]);
		let long = noise(3 * BLOCK + 1, 2_500);
		assert_eq!([long[BLOCK], long[2 * BLOCK], long[3 * BLOCK]], [1, 0, -1]);
	}

	/// Pearson's χ² of the noise against the exact probabilities, values beyond ±`reach` in two cells of their own.
	fn chi_square(sigma_milli: u64, reach: i64) -> f64 {
		const CELLS: usize = 40_000;
		let sigma = sigma_milli as f64 / 1_000.0;
		let weight = |x: i64| libm::exp(-(x * x) as f64 / (2.0 * sigma * sigma));
		let total: f64 = (-2_000..=2_000).map(weight).sum();
		let tail: f64 = (reach + 1..=2_000).map(weight).sum();
		let drawn = noise(CELLS, sigma_milli);
		let term = |weight: f64, holds: &dyn Fn(i64) -> bool| {
			let expected = weight / total * CELLS as f64;
			assert!(expected > 5.0, "too few to test: {expected}");
			let found = drawn.iter().filter(|x| holds(**x)).count() as f64;
			(found - expected) * (found - expected) / expected
		};
		let inner: f64 = (-reach..=reach).map(|value| term(weight(value), &|x| x == value)).sum();
		inner + term(tail, &|x| x > reach) + term(tail, &|x| x < -reach)
	}

	#[test]
	// The bounds are the 0.9999 quantiles of χ² at 4, 10, 24 and 64 degrees of freedom.
	fn noise_follows_the_discrete_gaussian() {
		for (sigma_milli, reach, bound) in [(500, 1, 23.5), (1_750, 4, 35.6), (5_300, 11, 58.6), (20_000, 31, 114.8)] {
			let found = chi_square(sigma_milli, reach);
			assert!(found < bound, "sigma {sigma_milli}/1000: {found}");
		}
	}

	#[test]
	fn noise_is_added_to_the_counts_and_depends_on_the_stream_alone() {
		let mut counts: Vec<i64> = (0..10_000).collect();
		add_discrete_gaussian(&mut counts, 2_500, &mut Stream::new(&[3; 32], "noise", 0)).unwrap();
		let expected: Vec<i64> = (0..).zip(noise(10_000, 2_500)).map(|(count, noise)| count + noise).collect();
		assert_eq!(counts, expected);
		let stream = &mut Stream::new(&[3; 32], "noise", 0);
		let (mut first, mut second) = ([0; 50], [0; 50]);
		add_discrete_gaussian(&mut first, 2_500, stream).unwrap();
		add_discrete_gaussian(&mut second, 2_500, stream).unwrap();
		assert_ne!(first, second);
	}

	#[test]
	fn blocks_and_cells_have_noise_of_their_own() {
		let noise = noise(2 * BLOCK, 50_000);
		assert_ne!(noise[..BLOCK], noise[BLOCK..]);
		let product: f64 = (0..BLOCK).map(|cell| (noise[cell] * noise[cell + BLOCK]) as f64).sum();
		// The correlation of independent noise has standard deviation 1/√4096.
		assert!((product / (2_500.0 * BLOCK as f64)).abs() < 4.5 / 64.0);
	}

	#[test]
	fn what_cannot_be_made_private_is_refused_and_left_alone() {
		let stream = &mut Stream::new(&[3; 32], "noise", 0);
		let mut counts = [7, MAX_COUNT + 1];
		assert_eq!(
			add_discrete_gaussian(&mut counts, 1_000, stream),
			Err(PrivacyError::CountTooLarge { cell: 1, value: MAX_COUNT + 1, limit: MAX_COUNT })
		);
		assert!(add_discrete_gaussian(&mut [i64::MIN], 1_000, stream).is_err());
		assert!(matches!(add_discrete_gaussian(&mut counts, 0, stream), Err(PrivacyError::Zero { .. })));
		assert!(matches!(add_discrete_gaussian(&mut counts, u64::MAX, stream), Err(PrivacyError::TooLarge { .. })));
		assert_eq!(counts, [7, MAX_COUNT + 1]);
		assert_eq!(add_discrete_gaussian(&mut [], 1_000, stream), Ok(()));
	}

	#[test]
	fn the_largest_noise_and_counts_do_not_overflow() {
		let mut counts = [MAX_COUNT, -MAX_COUNT, 0];
		let sigma_milli = super::super::MAX_SIGMA_MILLI;
		add_discrete_gaussian(&mut counts, sigma_milli, &mut Stream::new(&[3; 32], "noise", 0)).unwrap();
		assert!(counts.iter().all(|count| count.unsigned_abs() < 1 << 60));
		assert_ne!(counts, [MAX_COUNT, -MAX_COUNT, 0]);
	}
}
