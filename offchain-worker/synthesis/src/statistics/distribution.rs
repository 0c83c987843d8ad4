//! Tail probabilities and quantiles of the distributions that tests refer to.
//!
//! Built on [`libm`], so that they give the same bits everywhere. The continued fraction of the incomplete beta function
//! keeps its digits and runs until it converges: fixed limits of some hundred steps, as libraries have, are too few for the degrees of freedom
//! of tables with 10⁵ rows and more.

use crate::normal;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Steps after which a series is given up; reached by no argument that a table of at most 10⁷ rows leads to.
const STEPS: u32 = 100_000;
const PRECISION: f64 = 1e-16;
const TINY: f64 = 1e-300;

/// P(|Z| ≥ |z|) for a standard normal Z.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
	libm::erfc(z.abs() * FRAC_1_SQRT_2)
}

/// P(|T| ≥ |t|) for Student's t with `df` > 0 degrees of freedom: I_{df/(df+t²)}(df/2, 1/2)
/// (Abramowitz and Stegun 26.7.1).
pub(crate) fn t_two_sided(t: f64, df: f64) -> f64 {
	let square = t * t;
	if square.is_infinite() {
		return 0.0;
	}
	incomplete_beta(df / 2.0, 0.5, df / (df + square), square / (df + square))
}

/// P(F ≥ f) for F with `above` and `below` degrees of freedom (Abramowitz and Stegun 26.6.2).
pub(crate) fn f_upper(f: f64, above: f64, below: f64) -> f64 {
	if f.is_infinite() {
		return 0.0;
	}
	let scaled = above * f.max(0.0);
	incomplete_beta(below / 2.0, above / 2.0, below / (below + scaled), scaled / (below + scaled))
}

/// P(X ≥ x) for χ² with `df` degrees of freedom: Q(df/2, x/2) (Abramowitz and Stegun 26.4.2).
pub(crate) fn chi_square_upper(x: f64, df: f64) -> f64 {
	if x <= 0.0 {
		return 1.0;
	}
	let (a, x) = (df / 2.0, x / 2.0);
	let scale = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
	if x < a + 1.0 {
		1.0 - scale * gamma_series(a, x)
	} else {
		scale * gamma_fraction(a, x)
	}
}

/// The t with P(|T| ≥ t) = `outside`, for 0 < `outside` < 1: the half width of a confidence interval in standard errors.
/// Newton's method within a shrinking bracket.
pub(crate) fn t_two_sided_quantile(outside: f64, df: f64) -> f64 {
	let mut low = 0.0;
	let mut high = normal::quantile(1.0 - outside / 2.0).max(1.0);
	while t_two_sided(high, df) > outside && high < 1e150 {
		low = high;
		high *= 2.0;
	}
	let log_density = log_gamma_ratio(df / 2.0, 0.5) - 0.5 * libm::log(df * PI);
	let mut t = 0.5 * (low + high);
	for _ in 0..200 {
		let excess = t_two_sided(t, df) - outside;
		if excess > 0.0 {
			low = t;
		} else {
			high = t;
		}
		let density = libm::exp(log_density - 0.5 * (df + 1.0) * libm::log1p(t * t / df));
		let newton = t + excess / (2.0 * density);
		let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
		let moved = (next - t).abs();
		t = next;
		if moved <= 4.0 * f64::EPSILON * t {
			break;
		}
	}
	t
}

/// The z with P(|Z| ≥ z) = `outside`.
pub(crate) fn normal_two_sided_quantile(outside: f64) -> f64 {
	-normal::quantile(outside / 2.0)
}

/// Σ x^k / (a (a+1) … (a+k)) (Abramowitz and Stegun 6.5.29).
fn gamma_series(a: f64, x: f64) -> f64 {
	let (mut term, mut sum) = (1.0 / a, 1.0 / a);
	for step in 1..STEPS {
		term *= x / (a + f64::from(step));
		sum += term;
		if term < sum * PRECISION {
			break;
		}
	}
	sum
}

/// The continued fraction of Γ(a, x) (Abramowitz and Stegun 6.5.31), by the modified method of Lentz.
fn gamma_fraction(a: f64, x: f64) -> f64 {
	let mut b = x + 1.0 - a;
	let mut c = 1.0 / TINY;
	let mut d = 1.0 / b;
	let mut h = d;
	for step in 1..STEPS {
		let step = f64::from(step);
		let numerator = -step * (step - a);
		b += 2.0;
		d = 1.0 / away_from_zero(numerator * d + b);
		c = away_from_zero(b + numerator / c);
		h *= d * c;
		if (d * c - 1.0).abs() < PRECISION {
			break;
		}
	}
	h
}

/// Regularised incomplete beta function I_x(a, b); `y` is 1 - x, given apart so that neither loses digits.
fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
	if x <= 0.0 {
		return 0.0;
	}
	if y <= 0.0 {
		return 1.0;
	}
	let scale = libm::exp(a * log_of(x, y) + b * log_of(y, x) - log_beta(a, b));
	if (a + b) * y >= b {
		scale * beta_fraction(a, b, x, y)
	} else {
		1.0 - scale * beta_fraction(b, a, y, x)
	}
}

/// ln x, where `rest` = 1 - x.
fn log_of(x: f64, rest: f64) -> f64 {
	if rest < 0.5 {
		libm::log1p(-rest)
	} else {
		libm::log(x)
	}
}

/// The continued fraction of I_x(a, b) for x ≤ a/(a+b), in the form that keeps its digits for large a and x near 1
/// (DiDonato and Morris, algorithm 708, ACM Transactions on Mathematical Software 18, 1992, equation 9).
fn beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
	// a - (a + b) x, without cancellation.
	let distance = if a > b { (a + b) * y - b } else { a - (a + b) * x };
	let (one_more, ratio) = (1.0 + distance, b / a);
	let near = 1.0 + 1.0 / a;
	let (mut before, mut now) = ((0.0, 1.0), (1.0, one_more / near));
	let (mut p, mut s) = (1.0, a + 1.0);
	let mut value = near / one_more;
	for step in 1..STEPS {
		let n = f64::from(step);
		let t = n / a;
		let w = n * (b - n) * x;
		let e = a / s;
		let alpha = p * (p + ratio) * e * e * (w * x);
		let beta = n + w / s + (t + 1.0) / (near + t + t) * (one_more + n * (y + 1.0));
		p = t + 1.0;
		s += 2.0;
		let next = (alpha * before.0 + beta * now.0, alpha * before.1 + beta * now.1);
		let last = value;
		value = next.0 / next.1;
		if (value - last).abs() <= 2.0 * PRECISION * value {
			break;
		}
		before = (now.0 / next.1, now.1 / next.1);
		now = (value, 1.0);
	}
	value
}

fn away_from_zero(x: f64) -> f64 {
	if x.abs() < TINY {
		TINY
	} else {
		x
	}
}

fn log_beta(a: f64, b: f64) -> f64 {
	let (large, small) = if a < b { (b, a) } else { (a, b) };
	libm::lgamma(small) - log_gamma_ratio(large, small)
}

/// ln Γ(a + b) - ln Γ(a). For large a from Stirling's series, in which the large terms are already cancelled.
fn log_gamma_ratio(a: f64, b: f64) -> f64 {
	if a < 20.0 {
		return libm::lgamma(a + b) - libm::lgamma(a);
	}
	(a - 0.5) * libm::log1p(b / a) + b * (libm::log(a + b) - 1.0) + stirling_rest(a + b) - stirling_rest(a)
}

/// ln Γ(z) - ((z - ½) ln z - z + ½ ln 2π) for z ≥ 20 (Abramowitz and Stegun 6.1.41).
fn stirling_rest(z: f64) -> f64 {
	let r = 1.0 / (z * z);
	(1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / z
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Expected values: scipy.stats `t.sf`, `f.sf`, `chi2.sf`, `t.ppf` (see tests/statistics_reference.py).
	fn check(expected: f64, found: f64) {
		assert!((found / expected - 1.0).abs() < 1e-11, "expected {expected:e}, found {found:e}");
	}

	include!("../../tests/statistics/distributions.rs");

	#[test]
	fn tails_of_student_s_t_equal_scipy_s() {
		T.iter().for_each(|(t, df, p)| check(*p, t_two_sided(*t, *df)));
	}

	#[test]
	fn quantiles_of_student_s_t_equal_scipy_s() {
		T_QUANTILES.iter().for_each(|(outside, df, t)| check(*t, t_two_sided_quantile(*outside, *df)));
	}

	#[test]
	fn tails_of_f_equal_scipy_s() {
		F.iter().for_each(|(f, above, below, p)| check(*p, f_upper(*f, *above, *below)));
	}

	#[test]
	fn tails_of_chi_square_equal_scipy_s() {
		CHI_SQUARE.iter().for_each(|(x, df, p)| check(*p, chi_square_upper(*x, *df)));
	}
}
