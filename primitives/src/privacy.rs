//! Privacy loss in integers.

/// ln 10 in units of 10^-9, rounded up.
const LN_10_NANO: u128 = 2_302_585_093;

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

/// ε in millionths that ρ-zCDP implies at δ = 10^-`delta_exponent`: ε = ρ + 2·√(ρ·ln(1/δ))
/// (Bun and Steinke 2016, Proposition 1.3), rounded up.
pub fn epsilon_micro(rho_micro: u64, delta_exponent: u8) -> u64 {
	let ln_inverse_delta = LN_10_NANO.saturating_mul(u128::from(delta_exponent));
	// 4·ρ·ln(1/δ) comes in units of 10^-15; a thousand of them are the square of a millionth.
	let square = u128::from(rho_micro).saturating_mul(ln_inverse_delta).saturating_mul(4).div_ceil(1_000);
	u64::try_from(u128::from(rho_micro).saturating_add(ceil_sqrt(square))).unwrap_or(u64::MAX)
}

fn ceil_sqrt(value: u128) -> u128 {
	let floor = value.isqrt();
	if floor.saturating_mul(floor) == value {
		floor
	} else {
		floor.saturating_add(1)
	}
}

#[cfg(test)]
mod tests {
	use super::epsilon_micro;

	#[test]
	fn epsilon_grows_with_rho_and_is_rounded_up() {
		// ρ = 0.1, δ = 1e-5: ε = 0.1 + 2·√(0.1·11.512925) = 2.245966…
		assert_eq!(epsilon_micro(100_000, 5), 2_245_967);
		assert_eq!(epsilon_micro(0, 5), 0);
		assert!(epsilon_micro(200_000, 5) > epsilon_micro(100_000, 5));
	}
}
