//! Metrics as integers: the one place where rounding is defined.

/// Parts per million in one.
pub const PPM: i64 = 1_000_000;

record! {
	/// Who can recompute a metric.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum ReproducibleBy {
		/// Anyone who has the released artefacts.
		Anyone,
		/// Only who holds the real data.
		Custodian,
	}

	/// A number that describes a synthetic table.
	#[derive(Copy)]
	pub struct Metric {
		/// Which metric: a stable number, listed with formula and range in `semblance-synthesis`.
		pub id: u16,
		/// Value in parts per million.
		pub value_ppm: i64,
		/// Who can recompute it.
		pub reproducible_by: ReproducibleBy,
	}
}

/// The part of a private job's ρ that pays for metrics computed from real rows, in micro-ρ: 2 %, rounded down. The
/// rest is the generator's.
pub const fn released_rho_micro(rho_micro: u64) -> u64 {
	rho_micro / 50
}

/// Rounds `value` to parts per million, half away from zero; values beyond ±10^9 and non-numbers become `None`.
pub fn to_ppm(value: f64) -> Option<i64> {
	let limit = 1e9;
	if !(-limit..=limit).contains(&value) {
		return None;
	}
	let scaled = value * PPM as f64;
	let half = if scaled < 0.0 { -0.5 } else { 0.5 };
	// Truncation towards zero after adding a half is rounding half away from zero; the range was checked.
	Some((scaled + half) as i64)
}

#[cfg(test)]
mod tests {
	use super::to_ppm;

	#[test]
	fn rounds_half_away_from_zero() {
		assert_eq!(to_ppm(0.000_000_5), Some(1));
		assert_eq!(to_ppm(-0.000_000_5), Some(-1));
		assert_eq!(to_ppm(0.123_456_4), Some(123_456));
	}

	#[test]
	fn refuses_what_is_no_number() {
		assert_eq!(to_ppm(f64::NAN), None);
		assert_eq!(to_ppm(f64::INFINITY), None);
		assert_eq!(to_ppm(2e9), None);
	}
}
