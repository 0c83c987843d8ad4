//! Rényi differential privacy of the Poisson-subsampled Gaussian mechanism.
//!
//! Every patient is in the sample with probability q by a coin of its own; the sum over the sample, to which one patient
//! adds a vector of norm at most 1, gets Gaussian noise of standard deviation σ. For neighbours that differ by adding or
//! removing one patient, the Rényi divergence of order α between what comes out is at most ln A(α) / (α − 1) with
//!
//! ```text
//! A(α) = E over z ~ N(0, σ²) of (1 − q + q·exp((2z − 1) / 2σ²))^α
//! ```
//! (Mironov, Talwar and Zhang 2019, "Rényi differential privacy of the sampled Gaussian mechanism", Theorems 4 and 5: the
//! other direction is never larger.) For a whole α the power is a finite binomial sum. For others, section 3.3: on either side of
//! z₀ = σ²·ln(1/q − 1) + ½, where both terms are equal, the power is a binomial series in the smaller over the larger.
//!
//! Sums are of logarithms with signs, in `f64` and `libm`: the same bits on every machine.

use std::f64::consts::{LN_2, PI, SQRT_2};

/// Terms of a series beyond the order at most. Half of the next stands for the rest, which leaves about 2,000⁻⁴.
const MOST_TERMS: f64 = 2_000.0;
/// Logarithm of the smallest term that matters beside the sum: 2⁻⁵⁷.
const NEGLIGIBLE: f64 = -40.0;
/// From here on erfc is taken from its asymptotic series.
const FAR: f64 = 12.0;

/// Rényi divergence of one step, in nats: the bound of the module's documentation.
///
/// `q` is the probability of a patient to be in the sample, in [0, 1]; `sigma` the standard deviation of the noise over
/// the largest norm, above 0; `order` is α, above 1.
#[must_use]
pub fn subsampled_gaussian_rdp(q: f64, sigma: f64, order: f64) -> f64 {
	if q <= 0.0 {
		return 0.0;
	}
	if q >= 1.0 {
		return order / (2.0 * sigma * sigma);
	}
	let whole = libm::trunc(order) == order;
	let log = if whole { log_moment_whole(q, sigma, order) } else { log_moment(q, sigma, order) };
	let divergence = log / (order - 1.0);
	if divergence.is_nan() {
		// Beyond what the arithmetic carries: promise nothing.
		return f64::INFINITY;
	}
	divergence.max(0.0)
}

/// ε at δ that a Rényi divergence of `rdp` at `order` implies: R + ln(1 − 1/α) − (ln δ + ln α) / (α − 1), at least 0
/// (Canonne, Kamath and Steinke 2020, "The discrete Gaussian for differential privacy", Proposition 12). The divergences
/// of steps one after the other add up, order by order (Mironov 2017, Proposition 1).
#[must_use]
pub fn epsilon_of_rdp(order: f64, rdp: f64, log_delta: f64) -> f64 {
	let rest = (log_delta + libm::log(order)) / (order - 1.0);
	(rdp + libm::log1p(-1.0 / order) - rest).max(0.0)
}

/// ln A(α) for a whole α. The weights of the binomial distribution sum to 1, so A(α) − 1 is their sum times
/// exp((k² − k) / 2σ²) − 1, which is nowhere negative and loses no digits where A(α) is close to 1.
fn log_moment_whole(q: f64, sigma: f64, order: f64) -> f64 {
	let mut sum = LogSum::default();
	let mut binomial = Binomial::new(order);
	while binomial.k <= order {
		let k = binomial.k;
		let exponent = k * (k - 1.0) / (2.0 * sigma * sigma);
		if exponent > 0.0 {
			let weight = binomial.log + k * libm::log(q) + (order - k) * libm::log1p(-q);
			sum.add(1.0, weight + log_expm1(exponent));
		}
		binomial.next();
	}
	let excess = sum.log();
	if excess > 0.0 {
		excess + libm::log1p(libm::exp(-excess))
	} else {
		libm::log1p(libm::exp(excess))
	}
}

/// ln A(α) for any α above 1. Far beyond α the terms of both series alternate and shrink, so half of the first that is left
/// out stands for all of them.
fn log_moment(q: f64, sigma: f64, order: f64) -> f64 {
	let (variance, scale) = (sigma * sigma, SQRT_2 * sigma);
	let (log_in, log_out) = (libm::log(q), libm::log1p(-q));
	let middle = variance * (log_out - log_in) + 0.5;
	// E of exp(m(2z − 1) / 2σ²) below, or above, the middle.
	let moment = |m: f64, from: f64| m * (m - 1.0) / (2.0 * variance) + log_erfc(from / scale) - LN_2;
	let mut sum = LogSum::default();
	let mut binomial = Binomial::new(order);
	loop {
		let (k, j) = (binomial.k, order - binomial.k);
		let below = binomial.log + k * log_in + j * log_out + moment(k, k - middle);
		let above = binomial.log + j * log_in + k * log_out + moment(j, middle - j);
		let last = k > order + MOST_TERMS || (k > order && below.max(above) < sum.scale + NEGLIGIBLE);
		let part = if last { 0.5 } else { 1.0 };
		sum.add(part * binomial.sign, below);
		sum.add(part * binomial.sign, above);
		if last {
			break;
		}
		binomial.next();
	}
	sum.log()
}

/// The generalised binomial coefficients of an order, one after the other.
struct Binomial {
	order: f64,
	k: f64,
	/// ln of the magnitude.
	log: f64,
	sign: f64,
}

impl Binomial {
	fn new(order: f64) -> Self {
		Self { order, k: 0.0, log: 0.0, sign: 1.0 }
	}

	/// (α choose k + 1) = (α choose k)·(α − k)/(k + 1).
	fn next(&mut self) {
		let factor = self.order - self.k;
		if factor < 0.0 {
			self.sign = -self.sign;
		}
		self.k += 1.0;
		self.log += libm::log(factor.abs() / self.k);
	}
}

/// A sum of numbers given by sign and logarithm: `value`·exp(`scale`).
struct LogSum {
	scale: f64,
	value: f64,
}

impl Default for LogSum {
	fn default() -> Self {
		Self { scale: f64::NEG_INFINITY, value: 0.0 }
	}
}

impl LogSum {
	fn add(&mut self, sign: f64, log: f64) {
		if log == f64::NEG_INFINITY {
			return;
		}
		if log > self.scale {
			self.value *= libm::exp(self.scale - log);
			self.scale = log;
		}
		self.value += sign * libm::exp(log - self.scale);
	}

	fn log(&self) -> f64 {
		self.scale + libm::log(self.value)
	}
}

/// ln(exp(x) − 1) for x > 0.
fn log_expm1(x: f64) -> f64 {
	if x > 30.0 {
		x + libm::log1p(-libm::exp(-x))
	} else {
		libm::log(libm::expm1(x))
	}
}

/// ln erfc(x), also where erfc(x) is no longer a number (Abramowitz and Stegun, 7.1.23).
fn log_erfc(x: f64) -> f64 {
	if x < FAR {
		return libm::log(libm::erfc(x));
	}
	let inverse = 1.0 / (2.0 * x * x);
	// 1 − y + 3y² − 15y³ + 105y⁴ − 945y⁵ with y = 1/2x² ≤ 1/288: the next term is below 2·10⁻¹¹.
	let series = inverse * (-1.0 + inverse * (3.0 + inverse * (-15.0 + inverse * (105.0 - 945.0 * inverse))));
	-x * x - libm::log(x * PI.sqrt()) + libm::log1p(series)
}

#[cfg(test)]
mod tests {
	use super::*;

	/// A(α) − 1 by the trapezoidal rule, which converges exponentially for such integrands.
	fn excess(q: f64, sigma: f64, order: f64) -> f64 {
		const STEPS: i32 = 4_000;
		let (low, high) = (-13.0 * sigma, order + 13.0 * sigma);
		let width = (high - low) / f64::from(STEPS);
		let at = |step: i32| {
			let z = low + width * f64::from(step);
			let density = libm::exp(-z * z / (2.0 * sigma * sigma)) / (sigma * (2.0 * PI).sqrt());
			let ratio = q * libm::expm1((2.0 * z - 1.0) / (2.0 * sigma * sigma));
			// The linear part integrates to 0.
			density * (libm::expm1(order * libm::log1p(ratio)) - order * ratio)
		};
		(0..=STEPS).map(at).sum::<f64>() * width
	}

	#[test]
	fn divergences_are_the_integrals_they_stand_for() {
		for q in [0.001, 0.02, 0.1, 0.5, 0.9] {
			for sigma in [0.7, 1.0, 2.5, 6.0] {
				for order in [1.05, 1.5, 2.0, 2.5, 4.7, 9.0, 12.3] {
					let exact = libm::log1p(excess(q, sigma, order)) / (order - 1.0);
					let found = subsampled_gaussian_rdp(q, sigma, order);
					let bound = 1e-7 * exact + 1e-13 / (order - 1.0);
					assert!((found - exact).abs() < bound, "q {q}, sigma {sigma}, order {order}: {found}, not {exact}");
				}
			}
		}
	}

	#[test]
	fn whole_and_broken_orders_meet() {
		for (q, sigma) in [(0.01, 1.0), (0.05, 2.0), (0.3, 0.8), (0.001, 5.0)] {
			for order in [2.0, 3.0, 8.0, 40.0] {
				let whole = log_moment_whole(q, sigma, order);
				let series = log_moment(q, sigma, order + 1e-9);
				assert!((whole - series).abs() < 1e-6 * whole + 1e-13, "{q}, {sigma}, {order}: {whole}, {series}");
			}
		}
	}

	#[test]
	fn without_subsampling_it_is_the_gaussian_mechanism() {
		assert_eq!(subsampled_gaussian_rdp(1.0, 2.0, 8.0), 1.0);
		assert_eq!(subsampled_gaussian_rdp(0.0, 2.0, 8.0), 0.0);
		let nearly = subsampled_gaussian_rdp(1.0 - 1e-12, 2.0, 7.5);
		assert!((nearly - 7.5 / 8.0).abs() < 1e-9, "{nearly}");
	}

	#[test]
	fn extremes_stay_numbers() {
		for q in [1e-9, 0.5, 1.0 - 1e-9] {
			for sigma in [0.05, 1.0, 1e6] {
				for order in [1.000_01, 1.5, 7.25, 100.0, 3_000.5] {
					let found = subsampled_gaussian_rdp(q, sigma, order);
					assert!(found.is_finite() && found >= 0.0, "{q}, {sigma}, {order}: {found}");
					assert!(found <= order / (2.0 * sigma * sigma) * (1.0 + 1e-9) + 1e-9 / (order - 1.0));
				}
			}
		}
	}

	#[test]
	fn logarithms_of_the_error_function_go_on_where_it_ends() {
		assert!((log_erfc(FAR) - libm::log(libm::erfc(FAR))).abs() < 1e-10);
		assert!((log_erfc(20.0) - libm::log(libm::erfc(20.0))).abs() < 1e-10);
		assert!(log_erfc(1e4) < -1e8 && log_erfc(1e4).is_finite());
		assert_eq!(log_erfc(-30.0), LN_2);
	}

	#[test]
	fn the_conversion_is_that_of_the_chain() {
		// ρ = 0.1 at δ = 1e-5 in 50 digits, by the pallet's own test: ε = 1.914239.
		let best = (0..20_000)
			.map(|step| 1.0 + 0.001 * f64::from(step + 1))
			.map(|order| epsilon_of_rdp(order, 0.1 * order, libm::log(1e-5)))
			.fold(f64::INFINITY, f64::min);
		assert!((best - 1.914_238_7).abs() < 1e-6, "{best}");
	}
}
