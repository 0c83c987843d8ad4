//! Privacy loss in integers.
//!
//! The chain and every hospital must compute the same ε, so there are no floating-point numbers: logarithms are integers
//! in units of 2⁻⁵⁶, and whatever is rounded is rounded so that ε comes out as an upper bound.

record! {
	/// Privacy loss of one release.
	#[derive(Copy)]
	pub struct PrivacyLoss {
		/// Zero-concentrated differential privacy ρ, in millionths.
		pub rho_micro: u64,
		/// ε at δ, in millionths ([`epsilon_micro`]).
		pub epsilon_micro: u64,
		/// δ = 10^-`delta_exponent`.
		pub delta_exponent: u8,
	}
}

/// Fractional bits of logarithms and of ε.
const LOG_BITS: u32 = 56;
/// Fractional bits of Rényi orders.
const ORDER_BITS: u32 = 40;
/// 1 as an order.
const ONE: u128 = 1 << ORDER_BITS;
/// ln 10 in units of 2⁻⁵⁶, rounded up.
const LN_10: u128 = 165_918_741_868_749_489;
/// ln 2 in units of 2⁻⁵⁶, rounded down.
const LN_2: u128 = 49_946_518_145_322_873;
/// Millionths in 1.
const MICRO: u128 = 1_000_000;

/// Exponents k of δ = 10^-k that a dataset's budget may have.
pub const DELTA_EXPONENTS: core::ops::RangeInclusive<u8> = 1..=30;

/// ε in millionths that ρ-zCDP implies at δ = 10^-`delta_exponent`, rounded up:
/// ε = inf over α > 1 of αρ + (ln(1/δ) − ln α)/(α − 1) + ln(1 − 1/α)
/// (Canonne, Kamath, Steinke 2020, "The Discrete Gaussian for Differential Privacy", Corollary 13).
///
/// At most 0.000002·(1 + ε) above the infimum, never below it, never decreasing in ρ. 0 for ρ = 0. For exponent 0
/// (δ = 1 permits everything) and ρ > 0, and where ε does not fit, it is `u64::MAX`, so that no budget allows it.
/// About 40 logarithms.
pub fn epsilon_micro(rho_micro: u64, delta_exponent: u8) -> u64 {
	if rho_micro == 0 {
		return 0;
	}
	if delta_exponent == 0 {
		return u64::MAX;
	}
	let log_inverse_delta = LN_10.saturating_mul(u128::from(delta_exponent));
	let order = best_order(rho_micro, log_inverse_delta);
	epsilon_at(order, rho_micro, log_inverse_delta)
}

/// Largest ρ in millionths whose [`epsilon_micro`] is at most the given one. Several thousand logarithms: for planning a
/// release, not for a transaction.
pub fn rho_micro_for(epsilon: u64, delta_exponent: u8) -> u64 {
	(0..u64::BITS).rev().fold(0, |rho, bit| {
		let candidate = rho | 1 << bit;
		if epsilon_micro(candidate, delta_exponent) <= epsilon {
			candidate
		} else {
			rho
		}
	})
}

/// x = α − 1 of the best order α, to one part in 2²⁶ or two units; positive.
///
/// The derivative of ε by x is ρ − (ln(1/δ) − ln(1 + x))/x². So x² = (ln(1/δ) − ln(1 + x))/ρ at the only minimum, and
/// x ≤ √(ln(1/δ)/ρ). A neighbouring order gives a larger ε, which holds as well.
fn best_order(rho_micro: u64, log_inverse_delta: u128) -> u128 {
	// A logarithm over ρ as the square of an order: 56 + 24 = 2·40 bits. ln(1/δ) < 2^10, so all stays below 2^110.
	let square = |log: u128| (log.saturating_mul(MICRO) << 24).checked_div(u128::from(rho_micro)).unwrap_or(u128::MAX);
	let (mut low, mut high) = (0, square(log_inverse_delta).isqrt().saturating_add(1));
	while high.saturating_sub(low) > (high >> 26).saturating_add(1) {
		let middle = low.saturating_add(high) >> 1;
		let log = log_inverse_delta.saturating_sub(ln(ONE.saturating_add(middle)));
		if middle.saturating_mul(middle) <= square(log) {
			low = middle;
		} else {
			high = middle;
		}
	}
	high
}

/// ε in millionths at order 1 + `x`, rounded up: ρ(1 + x) + (ln(1/δ) − ln(1 + x))/x − ln(1 + 1/x). The logarithms that
/// are subtracted are rounded down.
fn epsilon_at(x: u128, rho_micro: u64, log_inverse_delta: u128) -> u64 {
	let order = ONE.saturating_add(x);
	// ρx ≤ √(ρ·ln(1/δ)), so with 56 fractional bits this stays below 2^121.
	let linear = (u128::from(rho_micro).saturating_mul(order) << (LOG_BITS - ORDER_BITS)).div_ceil(MICRO);
	let rest = (log_inverse_delta.saturating_sub(ln(order)) << ORDER_BITS).div_ceil(x.max(1));
	let inverse = (ONE << ORDER_BITS).checked_div(x).unwrap_or(0);
	let epsilon = linear.saturating_add(rest).saturating_sub(ln(ONE.saturating_add(inverse)));
	// Above 2^64 the answer is that it does not fit; below, the product is below 2^(64+56).
	if epsilon.saturating_mul(MICRO) == u128::MAX {
		return u64::MAX;
	}
	u64::try_from(epsilon.saturating_mul(MICRO).div_ceil(1 << LOG_BITS)).unwrap_or(u64::MAX)
}

/// ln of `value` ≥ 1, given with 40 and returned with 56 fractional bits. Rounded down, by less than 2⁻⁴⁹:
/// ln(2^k·m) = k·ln 2 + 2·(z + z³/3 + z⁵/5 + …) with z = (m − 1)/(m + 1) for m in [1, 2).
fn ln(value: u128) -> u128 {
	let exponent = value.max(ONE).ilog2().saturating_sub(ORDER_BITS);
	let one = 1u128 << LOG_BITS;
	let extra = LOG_BITS - ORDER_BITS;
	let m = if exponent <= extra {
		value.max(ONE) << extra.saturating_sub(exponent)
	} else {
		value >> exponent.saturating_sub(extra)
	};
	let z = (m.saturating_sub(one) << LOG_BITS).checked_div(m.saturating_add(one)).unwrap_or(0);
	let z_squared = z.saturating_mul(z) >> LOG_BITS;
	let (mut power, mut odd, mut sum) = (z, 1u128, 0u128);
	while let Some(term) = power.checked_div(odd).filter(|term| *term > 0) {
		sum = sum.saturating_add(term);
		power = power.saturating_mul(z_squared) >> LOG_BITS;
		odd = odd.saturating_add(2);
	}
	u128::from(exponent).saturating_mul(LN_2).saturating_add(sum).saturating_add(sum)
}

#[cfg(test)]
mod tests {
	use super::*;

	/// The infimum in millionths, in floating point.
	fn infimum(rho_micro: u64, delta_exponent: u8) -> f64 {
		let rho = rho_micro as f64 / 1e6;
		let log = f64::from(delta_exponent) * core::f64::consts::LN_10;
		let (mut low, mut high) = (0.0, (log / rho).sqrt());
		for _ in 0..200 {
			let x: f64 = 0.5 * (low + high);
			if rho * x * x + x.ln_1p() <= log {
				low = x;
			} else {
				high = x;
			}
		}
		1e6 * (rho + rho * high + (log - high.ln_1p()) / high - high.recip().ln_1p()).max(0.0)
	}

	/// ρ from 0.000001 to the largest, about a hundred in every power of ten.
	fn rhos() -> impl Iterator<Item = u64> {
		core::iter::successors(Some(1u64), |rho| (*rho / 41).checked_add(1).and_then(|step| rho.checked_add(step)))
	}

	#[test]
	// Computed with 50 digits; ε = 1, 2, 3, 5, 8 and 10 at δ = 1e-5 among them.
	fn epsilon_is_the_tight_conversion() {
		for (rho, delta, epsilon) in [
			(100_000, 5, 1_914_239),
			(1_000, 5, 157_336),
			(30_560, 5, 1_000_061),
			(108_260, 5, 2_000_038),
			(224_250, 5, 3_000_007),
			(550_970, 5, 4_999_982),
			(1_229_700, 5, 7_999_944),
			(1_782_700, 5, 10_000_015),
			(1, 5, 3_457),
			(1, 30, 15_380),
			(100_000, 9, 2_715_482),
			(10_000, 255, 4_829_428),
			(20_000, 1, 39_838),
			(50_000_000, 30, 166_260_698),
		] {
			assert_eq!(epsilon_micro(rho, delta), epsilon, "rho {rho}, delta 1e-{delta}");
		}
	}

	#[test]
	fn epsilon_is_never_below_the_infimum_and_hardly_above() {
		for delta_exponent in [1, 2, 5, 6, 9, 30, 255] {
			for rho in rhos() {
				let (found, best) = (epsilon_micro(rho, delta_exponent) as f64, infimum(rho, delta_exponent));
				let rounding = 1e-9 * (1.0 + best);
				assert!(found >= best - rounding, "rho {rho}, delta 1e-{delta_exponent}: {found} < {best}");
				assert!(found <= best + 2.0 + 2e-6 * best, "rho {rho}, delta 1e-{delta_exponent}: {found} > {best}");
			}
		}
	}

	#[test]
	fn epsilon_grows_with_rho() {
		for delta_exponent in [1, 5, 255] {
			for rho in rhos().chain([u64::MAX - 1]) {
				assert!(epsilon_micro(rho, delta_exponent) <= epsilon_micro(rho.saturating_add(1), delta_exponent));
			}
		}
		assert!((0..20_000).all(|rho| epsilon_micro(rho, 5) < epsilon_micro(rho + 1, 5)));
	}

	#[test]
	fn nothing_costs_nothing_and_a_vacuous_delta_costs_everything() {
		assert_eq!(epsilon_micro(0, 0), 0);
		assert_eq!(epsilon_micro(0, 255), 0);
		assert_eq!(epsilon_micro(1, 0), u64::MAX);
		assert_eq!(epsilon_micro(u64::MAX, 0), u64::MAX);
		assert_eq!(epsilon_micro(u64::MAX, 255), u64::MAX);
	}

	#[test]
	fn rho_is_the_largest_that_epsilon_allows() {
		assert_eq!(rho_micro_for(1_000_000, 5), 30_556);
		assert_eq!(rho_micro_for(u64::MAX, 5), u64::MAX);
		assert_eq!(rho_micro_for(1_000_000, 0), 0);
		for delta_exponent in [1, 5, 9, 255] {
			for epsilon in [0, 1, 10_000, 999_999, 3_000_000, 10_000_000, 1 << 50] {
				let rho = rho_micro_for(epsilon, delta_exponent);
				assert!(epsilon_micro(rho, delta_exponent) <= epsilon);
				assert!(epsilon_micro(rho + 1, delta_exponent) > epsilon);
			}
		}
	}

	#[test]
	fn logarithms_are_rounded_down_by_very_little() {
		for value in [ONE, ONE + 1, 3 << 39, 2 * ONE - 1, 2 * ONE, 10 * ONE, 12_345 * ONE + 6_789, 1 << 80, 1 << 100] {
			let exact = (value as f64 / ONE as f64).ln();
			let found = ln(value) as f64 / (1u64 << LOG_BITS) as f64;
			assert!((found - exact).abs() < 1e-14 * (1.0 + exact), "{value}: {found}, not {exact}");
		}
		assert!(ln(10 * ONE) < LN_10 && LN_10 - ln(10 * ONE) < 128);
		assert_eq!(ln(0), 0);
	}
}
