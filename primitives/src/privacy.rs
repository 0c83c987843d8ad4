//! Privacy loss in integers.

/// ln 10 in millionths.
const LN_10_MICRO: u128 = 2_302_585;

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
	let ln_inverse_delta = LN_10_MICRO.saturating_mul(u128::from(delta_exponent));
	let root = ceil_sqrt(u128::from(rho_micro).saturating_mul(ln_inverse_delta));
	u64::try_from(u128::from(rho_micro).saturating_add(root.saturating_mul(2))).unwrap_or(u64::MAX)
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
		// ρ = 0.1, δ = 1e-5: ε = 0.1 + 2·√(0.1·11.512925) = 2.245986…
		assert_eq!(epsilon_micro(100_000, 5), 2_245_987);
		assert_eq!(epsilon_micro(0, 5), 0);
		assert!(epsilon_micro(200_000, 5) > epsilon_micro(100_000, 5));
	}
}
