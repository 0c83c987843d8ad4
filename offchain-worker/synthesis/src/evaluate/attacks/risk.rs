//! Success rates with Wilson's interval, and the risk that is left once chance is taken off (Giomi, Boenisch,
//! Wehmeyer and Tasnádi, "A Unified Framework for Quantifying Privacy Risk in Synthetic Data", PoPETs 2023).

use crate::evaluate::metric::to_ppm;
use serde::Serialize;

/// Normal quantile of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// A share and its 95 % interval, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rate {
	/// The estimate.
	pub value_ppm: i64,
	/// Lower end.
	pub low_ppm: i64,
	/// Upper end.
	pub high_ppm: i64,
}

impl Rate {
	/// `value` ± `error`, kept within 0 to 1.
	pub(super) fn around(value: f64, error: f64) -> Option<Self> {
		Some(Self {
			value_ppm: to_ppm(value.clamp(0.0, 1.0))?,
			low_ppm: to_ppm((value - error).clamp(0.0, 1.0))?,
			high_ppm: to_ppm((value + error).clamp(0.0, 1.0))?,
		})
	}
}

/// One attack on training rows, the same on rows of other patients, and the same by guessing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Risk {
	/// Attacks on training rows.
	pub attacks: usize,
	/// Their success.
	pub attack: Rate,
	/// Success against hold-out rows, which cannot leak from the synthetic table.
	pub control: Rate,
	/// Success of guessing.
	pub baseline: Rate,
	/// (attack - control) / (1 - control), at least 0.
	pub risk: Rate,
	/// Whether the attack beats guessing. If it does not, it was too weak to say anything about the risk.
	pub beats_baseline: bool,
}

/// Successes of a number of attacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
	pub successes: usize,
	pub attacks: usize,
}

impl Tally {
	/// Counts one attack.
	pub fn count(&mut self, success: bool) {
		self.attacks = self.attacks.saturating_add(1);
		self.successes = self.successes.saturating_add(usize::from(success));
	}

	/// Wilson's centre (s + z²/2) / (n + z²) and half width z / (n + z²) √(s (n - s) / n + z²/4).
	fn wilson(self) -> Option<(f64, f64)> {
		let (n, s) = (self.attacks as f64, self.successes as f64);
		(n > 0.0).then(|| {
			let size = n + Z * Z;
			((s + Z * Z / 2.0) / size, Z / size * (s * (n - s) / n + Z * Z / 4.0).sqrt())
		})
	}

	/// Wilson's interval.
	pub fn rate(self) -> Option<Rate> {
		let (value, error) = self.wilson()?;
		Rate::around(value, error)
	}
}

impl Risk {
	/// The residual risk with its error propagated from both rates; `None` without attacks or controls.
	pub(super) fn new(attack: Tally, control: Tally, baseline: Tally) -> Option<Self> {
		let ((a, a_error), (c, c_error)) = (attack.wilson()?, control.wilson()?);
		// Wilson's centre is below 1, so the divisions are safe.
		let by_attack = a_error / (1.0 - c);
		let by_control = c_error * (a - 1.0) / ((1.0 - c) * (1.0 - c));
		let error = (by_attack * by_attack + by_control * by_control).sqrt();
		let (attacked, guessed) = (attack.rate()?, baseline.rate()?);
		Some(Self {
			attacks: attack.attacks,
			attack: attacked,
			control: control.rate()?,
			baseline: guessed,
			risk: Rate::around((a - c) / (1.0 - c), error)?,
			beats_baseline: attacked.value_ppm > guessed.value_ppm,
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn rates_and_residual_risk_are_those_of_the_paper() {
		let tally = |successes| Tally { successes, attacks: 1000 };
		// Wilson by hand: (100 + 1.9207) / 1003.8415 ± 1.96 / 1003.8415 √(90 + 0.9604).
		let rate = tally(100).rate().unwrap();
		assert_eq!((rate.value_ppm, rate.low_ppm, rate.high_ppm), (101_531, 82_909, 120_152));
		let risk = Risk::new(tally(100), tally(50), tally(20)).unwrap();
		// (0.101531 - 0.051722) / (1 - 0.051722)
		assert!((risk.risk.value_ppm - 52_525).abs() <= 2, "{risk:?}");
		assert!(risk.risk.low_ppm > 25_000 && risk.risk.high_ppm < 80_000 && risk.beats_baseline);
		let none = Risk::new(tally(50), tally(100), tally(60)).unwrap();
		assert!(none.risk.value_ppm == 0 && none.risk.low_ppm == 0 && !none.beats_baseline);
		assert!(Risk::new(Tally::default(), tally(1), tally(1)).is_none());
	}
}
