//! Exponential functions by f32 polynomials: the same bytes everywhere, in vectors.
//!
//! Errors are measured against f64 in the tests below: `exp` and `ln` ≤ 2 units in the last place (ulp).

use super::dispatch::{run, Instructions, Kernel};

/// Arguments of [`exp`] are clamped here: e to it is the greatest that is finite.
const HIGHEST: f32 = 88.722_83;
/// Below, e to the argument would not be a normal number: 0.
const LOWEST: f32 = -87.336_54;
/// ln 2 rounded to f32, and what is missing.
const LN_2: [f32; 2] = [std::f32::consts::LN_2, -1.904_654_3e-9];
/// 1.5 · 2^23: adding it rounds to an integer, which is then in the lowest bits.
const ROUNDER: f32 = 12_582_912.0;

/// `x = n ln 2 + r` with |r| ≤ ln 2 / 2 (Cody and Waite's reduction, with FMA): n as an integer, and e^r − 1 by its Taylor
/// polynomial of degree 7, whose truncation is below 0.1 ulp of 1.
#[inline(always)]
fn reduced<I: Instructions>(x: f32) -> (i32, f32) {
	let shifted = I::fuse(x, std::f32::consts::LOG2_E, ROUNDER);
	let n = shifted - ROUNDER;
	let r = I::fuse(n, -LN_2[1], I::fuse(n, -LN_2[0], x));
	let mut p = 1.0 / 5040.0;
	for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5] {
		p = I::fuse(p, r, coefficient);
	}
	((shifted.to_bits() as i32).wrapping_sub(ROUNDER.to_bits() as i32), I::fuse(p, r * r, r))
}

/// 2^n for n in −126..=127.
#[inline(always)]
fn power(n: i32) -> f32 {
	f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// e^x: 0 where it would be below the normal numbers, at most the greatest finite number, NaN for NaN.
#[inline(always)]
pub(super) fn exp_one<I: Instructions>(x: f32) -> f32 {
	let (n, p) = reduced::<I>(x.clamp(LOWEST, HIGHEST));
	// Two steps, because 2^128 is too great for one.
	let half = n >> 1;
	let y = (1.0 + p) * power(half) * power(n.wrapping_sub(half));
	let y = if y > f32::MAX { f32::MAX } else { y };
	if x < LOWEST {
		0.0
	} else {
		y
	}
}

/// Natural logarithm; arguments below the least positive normal number count as that (ln = −87.34).
///
/// x = 2^k (1 + f) with 1 + f in [√½, √2); ln(1 + f) = f − f²/2 + s (f²/2 + R(s²)), s = f / (2 + f), where R holds the
/// terms of the series of artanh from the second on (the arrangement of FreeBSD's msun, `e_logf.c`).
#[inline(always)]
pub(super) fn ln_one<I: Instructions>(x: f32) -> f32 {
	let x = if x < f32::MIN_POSITIVE { f32::MIN_POSITIVE } else { x };
	let x = if x > f32::MAX { f32::MAX } else { x };
	const ROOT_HALF: i32 = 0x3f35_04f3;
	let above = (x.to_bits() as i32).wrapping_sub(ROOT_HALF);
	let k = (above >> 23) as f32;
	let f = f32::from_bits((above & 0x007f_ffff).wrapping_add(ROOT_HALF) as u32) - 1.0;
	let s = f / (2.0 + f);
	let z = s * s;
	let mut r = 2.0 / 11.0;
	for coefficient in [2.0 / 9.0, 2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0] {
		r = I::fuse(r, z, coefficient);
	}
	let half_square = 0.5 * f * f;
	let small = I::fuse(s, I::fuse(r, z, half_square), k * LN_2[1]);
	I::fuse(k, LN_2[0], f - (half_square - small))
}

/// tanh x = u / (u + 2) with u = e^2|x| − 1, which is exact to the last bits near 0 too.
#[inline(always)]
fn tanh_one<I: Instructions>(x: f32) -> f32 {
	// Beyond 10 the result is ±1.
	let (n, p) = reduced::<I>(2.0 * x.abs().clamp(0.0, 10.0));
	let scale = power(n);
	let u = I::fuse(scale, p, scale - 1.0);
	(u / (u + 2.0)).copysign(x)
}

/// A function of every element.
macro_rules! elementwise {
	($(#[$doc:meta])* $name:ident, $one:ident) => {
		$(#[$doc])*
		pub(crate) fn $name(values: &mut [f32]) {
			struct Each<'a>(&'a mut [f32]);
			impl Kernel for Each<'_> {
				type Output = ();

				#[inline(always)]
				fn run<I: Instructions>(self, _: I) {
					for value in self.0 {
						*value = $one::<I>(*value);
					}
				}
			}
			run(Each(values));
		}
	};
}

elementwise!(
	/// e^x of every element: 0 where it would be below the normal numbers, at most the greatest finite number.
	exp,
	exp_one
);
#[cfg(test)]
elementwise!(
	/// Natural logarithm of every element; those below the least positive normal number count as that.
	ln,
	ln_one
);
elementwise!(
	/// Hyperbolic tangent of every element.
	tanh,
	tanh_one
);

#[cfg(test)]
mod tests {
	use super::*;

	/// Greatest error in ulp of the f64 value, over evenly spaced and random arguments.
	fn worst(f: fn(&mut [f32]), exact: fn(f64) -> f64, from: f32, to: f32) -> (f64, f32) {
		let steps = 2_000_003;
		let xs: Vec<f32> = (0..=steps).map(|i| from + (to - from) * (i as f32 / steps as f32)).collect();
		let mut ys = xs.clone();
		f(&mut ys);
		let error = |x: f32, y: f32| {
			let truth = exact(f64::from(x));
			let ulp = f64::from(f32::from_bits((truth.abs() as f32).to_bits() + 1)) - f64::from(truth.abs() as f32);
			(f64::from(y) - truth).abs() / ulp
		};
		xs.iter().zip(&ys).map(|(x, y)| (error(*x, *y), *x)).fold((0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a })
	}

	#[test]
	fn exp_is_within_two_ulp_and_clamps() {
		let (error, at) = worst(exp, libm::exp, -87.0, 88.0);
		assert!(error <= 2.0, "{error} ulp at {at}");
		let (error, at) = worst(exp, libm::exp, -1e-3, 1e-3);
		assert!(error <= 2.0, "{error} ulp at {at}");
		let mut values = [-1e30, -88.0, 0.0, 89.0, 1e30, f32::NEG_INFINITY, f32::INFINITY];
		exp(&mut values);
		assert_eq!([values[0], values[1], values[2], values[5]], [0.0, 0.0, 1.0, 0.0]);
		assert!(values[3] > 3.4e38 && values[3] == values[4] && values[4] == values[6] && values[6].is_finite());
	}

	#[test]
	fn ln_is_within_two_ulp_and_clamps() {
		for (from, to) in [(1e-37, 1e-30), (1e-3, 0.7), (0.7, 1.5), (1.5, 1e4), (1e4, 3e38)] {
			let (error, at) = worst(ln, libm::log, from, to);
			assert!(error <= 2.0, "{error} ulp at {at}");
		}
		let mut values = [1.0, 0.0, -1.0, f32::INFINITY];
		ln(&mut values);
		assert_eq!(values[0], 0.0);
		assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
	}

	#[test]
	fn tanh_is_within_four_ulp_and_finite_everywhere() {
		for (from, to) in [(-12.0, 12.0), (-0.01, 0.01), (0.1, 0.5)] {
			let (error, at) = worst(tanh, libm::tanh, from, to);
			assert!(error <= 4.0, "{error} ulp at {at}");
		}
		let mut values = [-1e30, 1e30, 0.0];
		tanh(&mut values);
		assert_eq!(values, [-1.0, 1.0, 0.0]);
	}
}
