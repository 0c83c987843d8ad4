//! Gaussian noise for sums of many parameters in fixed point: one fixed width of 2²⁵ grid units, a few nanoseconds a draw.
//!
//! [`add_discrete_gaussian`](super::add_discrete_gaussian) draws any width exactly, in microseconds. Training draws 10⁸ times
//! and more, so here the grid follows the noise instead: what is summed is scaled so that the noise it needs has
//! the width that the table was made for.
//!
//! **How.** X = 2¹⁶·X₁ + 2⁸·X₂ + X₃, where each Xᵢ comes from the discrete Gaussian N_ℤ(0, 2¹⁸), found in a table of its
//! cumulative probabilities with 127 bits. The table is computed in integers, so it is the same on every machine.
//!
//! **What X is.** Let ρ_s(x) = exp(−x²/2s²). By completing the square, the probability of x under 2^m·Y + Z with Y ~ N_ℤ(0, a²)
//! and Z ~ N_ℤ(0, b²) is proportional to ρ_s(x)·Σ over y of ρ_t(y − cx), with s² = 2^2m·a² + b², t = ab/s and some c. By Poisson's
//! summation the sum is t√(2π)·(1 ± 2.01·exp(−2π²t²)), wherever it is centred. Both sums have t within 0.01 % of 2, so X has the
//! probabilities of N_ℤ(0, V) with V = 2⁵⁰ + 2³⁴ + 2¹⁸, up to factors within 1 ± 2⁻¹¹⁰ (Peikert 2010, "An efficient and parallel Gaussian
//! sampler for lattices", Theorem 3.1; Micciancio and Walter 2017).
//!
//! **What it protects.** Take a real z ~ N(0, 2⁵⁰) and round it to an integer y with probability proportional to ρ_τ(y − z),
//! τ² = V − 2⁵⁰. The same sum shows that y ~ N_ℤ(0, V), up to factors within 1 ± exp(−2³⁷). Such rounding commutes with
//! adding integers: rounding S + z gives S + y. So integer sums with X added are, up to those factors, a function of the
//! sums with *continuous* Gaussian noise of standard deviation 2²⁵ added, and whatever holds for the continuous
//! mechanism, for vectors, subsampled, at any order, holds for this one (post-processing).
//!
//! **What the table leaves out.** Beyond [`LENGTH`] lie 2⁻¹⁰⁰ of N_ℤ(0, 2¹⁸); rounding of its 6,000 entries adds 2⁻¹¹⁴. With three
//! lookups the distribution of one draw differs from the one above by less than 2⁻⁹⁸ in total variation, that of 2⁴⁰ draws by
//! less than 2⁻⁵⁸ = 4·10⁻¹⁸, which adds (1 + e^ε) times as much to δ. The relative slack of 10⁻⁶ that
//! [`subsampled_gaussian_cost`](super::subsampled_gaussian_cost) adds to every divergence is worth more than 10⁻⁶ of δ.
//!
//! No floating-point number takes part.

use crate::{digest::Digest, random::Stream, threads};
use num_bigint::BigUint;
use rand_core::Rng;

/// Standard deviation of the noise, in grid units: 2²⁵ (a little less than it is, see the module's documentation).
pub(crate) const WIDTH: u64 = 1 << WIDTH_BITS;
const WIDTH_BITS: u32 = 25;

/// The table's standard deviation is 2⁹.
const TABLE_BITS: u32 = 9;
/// Values in the table: 11.7 standard deviations.
const LENGTH: usize = 5_990;
/// Fractional bits while the table is made.
const FRACTION: u32 = 256;
/// Bits of a threshold: one of 128 random bits is the sign.
const THRESHOLD_BITS: u32 = 127;
/// Leading bits of a random number by which the first threshold to look at is found.
const GUIDE_BITS: u32 = 10;
/// Bits of a random number's first word that are compared.
const WORD_BITS: u32 = 63;
const WORD_MASK: u64 = (1 << WORD_BITS) - 1;
/// Numbers that share one stream. Part of the format: another size gives other noise.
const BLOCK: usize = 4_096;

/// The sampler: a table of 180 kB.
#[derive(Debug)]
pub(crate) struct WideGaussian {
	/// Cumulative probabilities of magnitudes, ascending, in units of 2⁻¹²⁷: the first 63 bits, then the other 64.
	high: Vec<u64>,
	low: Vec<u64>,
	/// By leading bits of a random number: the first threshold above it, or one before that.
	guide: Vec<u16>,
}

impl WideGaussian {
	/// Computes the table, in a few milliseconds.
	pub fn new() -> Self {
		let thresholds = thresholds();
		let high: Vec<u64> = thresholds.iter().map(|threshold| (threshold >> 64) as u64).collect();
		let low = thresholds.iter().map(|threshold| *threshold as u64).collect();
		let first = |lead: u64| high.partition_point(|threshold| *threshold < lead << (WORD_BITS - GUIDE_BITS));
		let guide = (0..1u64 << GUIDE_BITS).map(|lead| u16::try_from(first(lead)).unwrap_or(u16::MAX)).collect();
		Self { guide, high, low }
	}

	/// Adds noise to every sum, saturating. `stream` gives one key; blocks of 4,096 sums have streams of their own under it, so
	/// the noise does not depend on threads.
	pub fn add(&self, sums: &mut [i64], stream: &mut Stream) {
		let key = stream.key();
		let blocks: Vec<(u64, usize)> = (0..).zip(sums.chunks(BLOCK).map(<[i64]>::len)).collect();
		let noise = threads::map(&blocks, |(number, length)| self.block(&key, *number, *length));
		for (block, noise) in sums.chunks_mut(BLOCK).zip(noise) {
			for (sum, noise) in block.iter_mut().zip(noise) {
				*sum = sum.saturating_add(noise);
			}
		}
	}

	fn block(&self, key: &Digest, number: u64, length: usize) -> Vec<i64> {
		let mut stream = Stream::new(key, "wide-gaussian", number);
		(0..length).map(|_| self.draw(&mut stream)).collect()
	}

	/// 2¹⁶·X₁ + 2⁸·X₂ + X₃.
	fn draw(&self, stream: &mut Stream) -> i64 {
		let (first, second, third) = (self.narrow(stream), self.narrow(stream), self.narrow(stream));
		// Magnitudes are below 2^13: far from any bound.
		(first << 16).saturating_add(second << 8).saturating_add(third)
	}

	/// One of N_ℤ(0, 2¹⁸).
	fn narrow(&self, stream: &mut Stream) -> i64 {
		let word = stream.rng().next_u64();
		let magnitude = self.magnitude(word & WORD_MASK, || stream.rng().next_u64());
		if word > WORD_MASK {
			magnitude.saturating_neg()
		} else {
			magnitude
		}
	}

	/// Number of thresholds at or below the random number of which `word` are the first 63 bits and `rest` gives the others,
	/// once they are needed.
	fn magnitude(&self, word: u64, rest: impl FnOnce() -> u64) -> i64 {
		let lead = usize::try_from(word >> (WORD_BITS - GUIDE_BITS)).unwrap_or(0);
		let mut at = usize::from(self.guide.get(lead).copied().unwrap_or(0));
		let mut rest = Some(rest);
		let mut low = 0u64;
		while let Some(threshold) = self.high.get(at).filter(|threshold| **threshold <= word) {
			if *threshold == word {
				low = rest.take().map_or(low, |rest| rest());
				if self.low.get(at).is_some_and(|threshold| low < *threshold) {
					break;
				}
			}
			at = at.saturating_add(1);
		}
		// The last threshold is 2¹²⁷, above any number.
		at as i64
	}
}

/// Cumulative probabilities of the magnitudes 0, 1, 2, … in units of 2⁻¹²⁷, rounded down.
///
/// With x = 2⁻¹⁹ the weight of k is exp(−k²x); the next is exp(−(2k + 1)x) times as large, a ratio that shrinks by
/// exp(−2x) each time. All in fixed point of 256 bits: after 6,000 steps errors are below 2⁻²³⁰.
#[allow(clippy::arithmetic_side_effects, reason = "integers without bound, and divisors that are not 0")]
fn thresholds() -> Vec<u128> {
	let bits = 2 * TABLE_BITS + 1;
	let (mut ratio, shrink) = (exp_minus_power(bits), exp_minus_power(bits - 1));
	let mut weight = BigUint::from(1u32) << FRACTION;
	let (mut sum, mut sums) = (BigUint::ZERO, Vec::with_capacity(LENGTH));
	for magnitude in 0..LENGTH {
		// Two signs, except for 0.
		sum += &weight << u32::from(magnitude > 0);
		sums.push(sum.clone());
		weight = (weight * &ratio) >> FRACTION;
		ratio = (ratio * &shrink) >> FRACTION;
	}
	let unit = |partial: BigUint| u128::try_from((partial << THRESHOLD_BITS) / &sum).unwrap_or(1 << THRESHOLD_BITS);
	sums.into_iter().map(unit).collect()
}

/// exp(−2^−`bits`) with [`FRACTION`] fractional bits, by its series.
#[allow(clippy::arithmetic_side_effects, reason = "integers without bound; the terms with plus outweigh the others")]
fn exp_minus_power(bits: u32) -> BigUint {
	let mut term = BigUint::from(1u32) << FRACTION;
	let (mut plus, mut minus) = (term.clone(), BigUint::ZERO);
	for number in 1u32.. {
		term = (term >> bits) / number;
		if term == BigUint::ZERO {
			break;
		}
		if number % 2 == 1 {
			minus += &term;
		} else {
			plus += &term;
		}
	}
	plus - minus
}

#[cfg(test)]
mod tests {
	use super::*;

	fn noise(count: usize) -> Vec<i64> {
		let mut sums = vec![0; count];
		WideGaussian::new().add(&mut sums, &mut Stream::new(&[3; 32], "noise", 0));
		sums
	}

	#[test]
	fn thresholds_are_the_cumulative_probabilities() {
		let thresholds = thresholds();
		let weight = |k: usize| (if k == 0 { 1.0 } else { 2.0 }) * libm::exp(-((k * k) as f64) / 524_288.0);
		let total: f64 = (0..LENGTH).rev().map(weight).sum();
		let mut sum = 0.0;
		for (k, threshold) in thresholds.iter().enumerate() {
			sum += weight(k);
			let found = *threshold as f64 / 2f64.powi(127);
			assert!((found - sum / total).abs() < 1e-13, "{k}: {found}, not {}", sum / total);
		}
		assert_eq!(thresholds.last(), Some(&(1 << 127)));
		assert!(thresholds.windows(2).all(|pair| pair[0] <= pair[1]));
	}

	#[test]
	fn the_tail_beyond_the_table_is_below_2_to_the_minus_100() {
		// Weights beyond fall faster than by exp(−k/s²) each: a geometric series over the largest weight's share.
		let (k, variance) = (LENGTH as f64, 262_144.0);
		let log = -k * k / (2.0 * variance) - libm::log(-libm::expm1(-k / variance)) - libm::log(512.0 * 2.5066)
			+ libm::log(2.0);
		assert!(log < -100.0 * std::f64::consts::LN_2, "{}", log / std::f64::consts::LN_2);
	}

	#[test]
	fn every_magnitude_is_found_at_its_threshold() {
		let gaussian = WideGaussian::new();
		for (k, threshold) in thresholds().into_iter().enumerate().take(LENGTH - 1) {
			let split = |number: u128| ((number >> 64) as u64, number as u64);
			let (at, below) = (split(threshold), split(threshold - 1));
			assert!(gaussian.magnitude(at.0, || at.1) > k as i64);
			assert!(gaussian.magnitude(below.0, || below.1) <= k as i64, "{k}");
		}
		assert_eq!(gaussian.magnitude(0, || 0), 0);
		assert!(gaussian.magnitude(WORD_MASK, || u64::MAX) < LENGTH as i64);
	}

	#[test]
	// Pearson's χ² over 62 cells of one table's draws; the bound is the 0.9999 quantile at 61 degrees of freedom.
	fn draws_of_the_table_follow_the_discrete_gaussian() {
		const DRAWS: usize = 200_000;
		let gaussian = WideGaussian::new();
		let mut stream = Stream::new(&[5; 32], "narrow", 0);
		let drawn: Vec<i64> = (0..DRAWS).map(|_| gaussian.narrow(&mut stream)).collect();
		let cell = |value: i64| (value + 1_550).div_euclid(50).clamp(0, 61) as usize;
		let (mut expected, mut found) = (vec![0.0; 62], vec![0.0; 62]);
		let weight = |value: i64| libm::exp(-((value * value) as f64) / 524_288.0);
		let total: f64 = (-6_000..=6_000).map(weight).sum();
		(-6_000..=6_000).for_each(|value| expected[cell(value)] += weight(value) / total * DRAWS as f64);
		drawn.iter().for_each(|value| found[cell(*value)] += 1.0);
		let chi_square: f64 = expected.iter().zip(&found).map(|(e, f)| (f - e) * (f - e) / e).sum();
		assert!(chi_square < 110.0, "{chi_square}");
	}

	#[test]
	fn moments_and_tails_are_those_of_the_normal_distribution() {
		const DRAWS: usize = 400_000;
		let scaled: Vec<f64> = noise(DRAWS).into_iter().map(|value| value as f64 / WIDTH as f64).collect();
		let moment = |power: i32| scaled.iter().map(|x| x.powi(power)).sum::<f64>() / DRAWS as f64;
		// Standard errors of the first moments: √(1, 2, 15, 96)/√n.
		for (power, expected, spread) in [(1, 0.0, 1.0f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
			let bound = 4.5 * (spread / DRAWS as f64).sqrt();
			assert!((moment(power) - expected).abs() < bound, "moment {power}: {}", moment(power));
		}
		for (beyond, share) in [(1.0, 0.317_310_5), (2.0, 0.045_500_3), (3.0, 0.002_699_8), (4.0, 0.000_063_3)] {
			let found = scaled.iter().filter(|x| x.abs() > beyond).count() as f64;
			let expected = share * DRAWS as f64;
			assert!((found - expected).abs() < 4.5 * expected.sqrt(), "beyond {beyond}: {found}, not {expected}");
		}
	}

	#[test]
	// The bounds are the 0.9999 quantile of χ² at 255 degrees of freedom.
	fn no_bits_stick_out() {
		let drawn = noise(200_000);
		for shift in [0, 4, 8, 12, 16] {
			let mut counts = [0.0; 256];
			drawn.iter().for_each(|value| counts[((value >> shift) & 255) as usize] += 1.0);
			let expected = drawn.len() as f64 / 256.0;
			let chi_square: f64 = counts.iter().map(|count| (count - expected) * (count - expected) / expected).sum();
			assert!(chi_square < 347.7, "bits from {shift}: {chi_square}");
		}
	}

	#[test]
	// Checked against an independent HKDF-SHA3-256, ChaCha20 and a table in 110 decimal digits.
	fn noise_is_golden_and_depends_on_the_stream_alone() {
		let long = noise(3 * BLOCK + 1);
		assert_eq!(long[..4], GOLDEN);
		assert_ne!(long[..BLOCK], long[BLOCK..2 * BLOCK]);
		let mut sums: Vec<i64> = (0..100).collect();
		WideGaussian::new().add(&mut sums, &mut Stream::new(&[3; 32], "noise", 0));
		assert!(sums.iter().zip(&long).zip(0..).all(|((sum, noise), at)| sum - noise == at));
	}

	const GOLDEN: [i64; 4] = [38_653_633, 20_294_966, 13_531_844, -23_263_636];
}
