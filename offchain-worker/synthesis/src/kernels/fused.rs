//! A fused multiply-add for processors without one.

/// `a * b + c` with one rounding, equal to [`f32::mul_add`] bit for bit (but for the payload of a NaN).
///
/// The product of two f32 is exact in f64. The sum is rounded to odd in f64 (its error by Knuth's TwoSum), so that the
/// rounding to f32 is the only one that counts: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved
/// algorithms using rounding to odd", IEEE Transactions on Computers 57(4), 2008, theorem 1 with 53 ≥ 24 + 2 bits.
/// No branches, so that it becomes vector code.
#[inline(always)]
pub(super) fn fused_multiply_add(a: f32, b: f32, c: f32) -> f32 {
	let (product, addend) = (f64::from(a) * f64::from(b), f64::from(c));
	let sum = product + addend;
	let taken = sum - product;
	let error = (product - (sum - taken)) + (addend - taken);
	let bits = sum.to_bits();
	// Away from zero if the error points there, towards it otherwise; infinities and NaN have no error.
	let away = (error > 0.0) == (sum > 0.0);
	let inexact = (error > 0.0) | (error < 0.0);
	let odd = if away { bits.wrapping_add(1) } else { bits.wrapping_sub(1) };
	let bits = if inexact & (bits & 1 == 0) { odd } else { bits };
	f64::from_bits(bits) as f32
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn same(a: f32, b: f32, c: f32) {
		let (ours, theirs) = (fused_multiply_add(a, b, c), libm::fmaf(a, b, c));
		assert!(ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()), "{a:e} {b:e} {c:e}");
		let hardware = a.mul_add(b, c);
		assert!(hardware.to_bits() == theirs.to_bits() || hardware.is_nan(), "{a:e} {b:e} {c:e}");
	}

	#[test]
	fn hard_cases_are_rounded_once() {
		let hard = [
			0.0,
			-0.0,
			1.0,
			-1.0,
			1.0 + f32::EPSILON,
			1e-45,
			-1e-45,
			f32::MIN_POSITIVE,
			f32::MAX,
			f32::INFINITY,
			f32::NAN,
		];
		for a in hard {
			for b in hard {
				hard.iter().for_each(|c| same(a, b, *c));
			}
		}
		// Halfway in f32 plus a little that f64 cannot hold.
		same(1.0 + f32::EPSILON, 1.0 + f32::EPSILON, 1e-30);
		same(f32::from_bits(0x3f80_0001), f32::from_bits(0x3f00_0000), 1e-38);
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(200_000))]
		#[test]
		fn any_bits_give_what_libm_gives(a: u32, b: u32, c: u32) {
			same(f32::from_bits(a), f32::from_bits(b), f32::from_bits(c));
		}

		#[test]
		fn close_exponents_give_what_libm_gives(a in -2.0f32..2.0, b in -2.0f32..2.0, c in -2.0f32..2.0, shift in -30i32..30) {
			same(a, b, libm::ldexpf(c, shift));
		}
	}
}
