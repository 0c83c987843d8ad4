//! From the correlation of grouped normal scores to the correlation of the normals behind them.
//!
//! A cut normal variable is scored by e = E[Z | segment]. With normalised Hermite polynomials h_k and
//! c_k = E[e h_k(Z)], two variables whose normals have correlation ρ show the covariance
//! Σ_k ρ^k c_k c'_k (Mehler's formula, 1866). Solving that for ρ gives the tetrachoric and polychoric
//! correlation by moments: no attenuation for two-level columns, no change for continuous ones.

use crate::normal::{density, quantile};

/// Terms of the series.
pub(crate) const TERMS: usize = 16;
/// Correlations are kept within ±this.
const LARGEST: f64 = 0.995;

/// How one latent dimension is scored.
#[derive(Debug, Clone)]
pub(crate) struct Scores {
	/// E[Z | segment] of every segment.
	pub scores: Vec<f64>,
	/// c_1 … c_TERMS.
	pub coefficients: [f64; TERMS],
	/// Standard deviation of the scores, 0 to 1.
	pub deviation: f64,
}

/// h_0(x) … h_{TERMS-1}(x), normalised: h_{k+1} = (x h_k - √k h_{k-1}) / √(k+1).
fn normalised_hermite(x: f64) -> [f64; TERMS] {
	let mut values = [0.0; TERMS];
	let (mut before, mut current) = (0.0, 1.0);
	for (k, value) in (0u32..).zip(values.iter_mut()) {
		*value = current;
		let next = (x * current - f64::from(k).sqrt() * before) / (f64::from(k) + 1.0).sqrt();
		before = current;
		current = next;
	}
	values
}

/// h_k(x) φ(x), which is 0 at ±∞.
fn weighted_hermite(x: f64) -> [f64; TERMS] {
	if x.is_infinite() {
		return [0.0; TERMS];
	}
	let weight = density(x);
	normalised_hermite(x).map(|value| value * weight)
}

impl Scores {
	/// Scores of segments with these cumulative probabilities.
	pub fn new(bounds: &[(f64, f64)]) -> Self {
		let mut scores = Vec::with_capacity(bounds.len());
		let mut coefficients = [0.0; TERMS];
		let mut variance = 0.0;
		for (low, high) in bounds {
			let mass = high - low;
			let left = weighted_hermite(quantile(*low));
			let right = weighted_hermite(quantile(*high));
			// ∫ h_k φ over the segment is [h_{k-1} φ](low) - [h_{k-1} φ](high), over √k.
			let integrals = left.iter().zip(&right).map(|(l, r)| l - r);
			let score = match (left.first(), right.first()) {
				(Some(l), Some(r)) if mass > 0.0 => (l - r) / mass,
				_ => 0.0,
			};
			for ((k, c), integral) in (1u32..).zip(coefficients.iter_mut()).zip(integrals) {
				*c += score * integral / f64::from(k).sqrt();
			}
			variance += mass * score * score;
			scores.push(score);
		}
		Self { scores, coefficients, deviation: variance.max(0.0).sqrt() }
	}

	/// The latent correlation ρ behind an observed correlation of the scores, by bisection on ±0.995.
	pub fn latent_correlation(&self, other: &Self, observed: f64) -> f64 {
		let wanted = observed * self.deviation * other.deviation;
		let mut products = [0.0; TERMS];
		for (product, (a, b)) in products.iter_mut().zip(self.coefficients.iter().zip(&other.coefficients)) {
			*product = a * b;
		}
		let shown = |rho: f64| rho * products.iter().rev().fold(0.0, |sum: f64, product| sum * rho + product);
		let (mut low, mut high) = (-LARGEST, LARGEST);
		if shown(low) >= wanted {
			return low;
		}
		if shown(high) <= wanted {
			return high;
		}
		for _ in 0..40 {
			let middle = 0.5 * (low + high);
			if shown(middle) < wanted {
				low = middle;
			} else {
				high = middle;
			}
		}
		0.5 * (low + high)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn halved_normals_follow_the_arcsine_law() {
		let halves = Scores::new(&[(0.0, 0.5), (0.5, 1.0)]);
		for rho in [-0.8f64, -0.3, 0.0, 0.5, 0.7] {
			let observed = rho.asin() * std::f64::consts::FRAC_2_PI;
			let found = halves.latent_correlation(&halves, observed);
			assert!((found - rho).abs() < 0.01, "{rho}: {found}");
		}
	}

	#[test]
	fn fine_segments_change_nothing() {
		let bounds: Vec<(f64, f64)> = (0..400).map(|n| (f64::from(n) / 400.0, f64::from(n + 1) / 400.0)).collect();
		let fine = Scores::new(&bounds);
		assert!(fine.deviation > 0.998);
		assert!((fine.latent_correlation(&fine, 0.6) - 0.6).abs() < 0.003);
	}
}
