//! What was spent, on what, of how much.

use super::subsampled::subsampled_gaussian_cost;
use super::zcdp::{exponential_cost, gaussian_cost, MAX_RHO_NANO};
use super::PrivacyError;
use serde::{Deserialize, Serialize};

/// A privacy budget and every release that was paid from it, in the order of payment.
///
/// A ledger read from outside is only a claim until [`Ledger::verify`] has added it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
	total_nano: u64,
	entries: Vec<LedgerEntry>,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
	/// What was released, in words of the generator.
	pub label: String,
	/// How it was made private.
	pub mechanism: Mechanism,
	/// What it cost, in nano-ρ, rounded up.
	pub rho_nano: u64,
}

/// A mechanism with the parameters that its cost depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Mechanism {
	/// Discrete Gaussian noise on a vector of integers.
	DiscreteGaussian {
		/// L2 sensitivity of the vector.
		sensitivity: u32,
		/// Standard deviation of the noise, in thousandths.
		sigma_milli: u64,
	},
	/// One selection by the exponential mechanism.
	Exponential {
		/// ε of the selection, in nano.
		epsilon_nano: u64,
	},
	/// Gaussian noise on sums over random samples of patients, one after the other: training.
	SubsampledGaussian {
		/// Probability of a patient to be in a sample, in millionths.
		sampling_ppm: u32,
		/// Standard deviation of the noise over the largest norm of what one patient adds, in thousandths.
		sigma_milli: u64,
		/// Number of sums.
		steps: u32,
		/// The cost holds for δ of at least 10^-`delta_exponent`.
		delta_exponent: u8,
	},
}

impl Mechanism {
	/// Whether it is a training.
	#[must_use]
	pub fn is_training(&self) -> bool {
		matches!(self, Self::SubsampledGaussian { .. })
	}

	/// Cost in nano-ρ, rounded up.
	///
	/// # Errors
	/// Parameters that [`gaussian_cost`], [`exponential_cost`] or [`subsampled_gaussian_cost`] refuses.
	pub fn cost(&self) -> Result<u64, PrivacyError> {
		match *self {
			Mechanism::DiscreteGaussian { sensitivity, sigma_milli } => gaussian_cost(sensitivity, sigma_milli),
			Mechanism::Exponential { epsilon_nano } => exponential_cost(epsilon_nano),
			Mechanism::SubsampledGaussian { sampling_ppm, sigma_milli, steps, delta_exponent } => {
				subsampled_gaussian_cost(sampling_ppm, sigma_milli, steps, delta_exponent)
			},
		}
	}
}

impl Ledger {
	/// An empty ledger over `total_rho_nano`, at most [`MAX_RHO_NANO`].
	#[must_use]
	pub fn new(total_rho_nano: u64) -> Self {
		Self { total_nano: total_rho_nano.min(MAX_RHO_NANO), entries: Vec::new() }
	}

	/// The budget in nano-ρ.
	#[must_use]
	pub fn total(&self) -> u64 {
		self.total_nano
	}

	/// The releases so far.
	#[must_use]
	pub fn entries(&self) -> &[LedgerEntry] {
		&self.entries
	}

	/// Nano-ρ spent so far.
	#[must_use]
	pub fn spent(&self) -> u64 {
		self.entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.rho_nano))
	}

	/// Nano-ρ left.
	#[must_use]
	pub fn remaining(&self) -> u64 {
		self.total_nano.saturating_sub(self.spent())
	}

	/// Pays for discrete Gaussian noise ([`gaussian_cost`]) and returns the cost in nano-ρ. To be called before noise is
	/// drawn.
	///
	/// # Errors
	/// [`PrivacyError::Overspent`], or parameters that have no cost. Nothing is spent then.
	pub fn gaussian(&mut self, label: &str, sensitivity: u32, sigma_milli: u64) -> Result<u64, PrivacyError> {
		self.pay(label, Mechanism::DiscreteGaussian { sensitivity, sigma_milli })
	}

	/// Pays for one selection by the exponential mechanism ([`exponential_cost`]) and returns the cost in nano-ρ. To be
	/// called before the selection.
	///
	/// # Errors
	/// [`PrivacyError::Overspent`], or an ε that has no cost. Nothing is spent then.
	pub fn exponential(&mut self, label: &str, epsilon_nano: u64) -> Result<u64, PrivacyError> {
		self.pay(label, Mechanism::Exponential { epsilon_nano })
	}

	/// Pays for Gaussian noise on `steps` sums over random samples ([`subsampled_gaussian_cost`]) and returns the cost in
	/// nano-ρ. To be called before the first sum.
	///
	/// # Errors
	/// [`PrivacyError::Overspent`], or parameters that have no cost. Nothing is spent then.
	pub fn subsampled_gaussian(
		&mut self,
		label: &str,
		sampling_ppm: u32,
		sigma_milli: u64,
		steps: u32,
		delta_exponent: u8,
	) -> Result<u64, PrivacyError> {
		self.pay(label, Mechanism::SubsampledGaussian { sampling_ppm, sigma_milli, steps, delta_exponent })
	}

	fn pay(&mut self, label: &str, mechanism: Mechanism) -> Result<u64, PrivacyError> {
		let (cost, remaining) = (mechanism.cost()?, self.remaining());
		if cost > remaining {
			return Err(PrivacyError::Overspent { label: label.to_owned(), cost, remaining });
		}
		self.entries.push(LedgerEntry { label: label.to_owned(), mechanism, rho_nano: cost });
		Ok(cost)
	}

	/// Adds the ledger up again: every entry states the cost of its mechanism, and all together are within the total.
	///
	/// # Errors
	/// [`PrivacyError::WrongCost`], [`PrivacyError::LedgerOverspent`], or parameters that have no cost.
	pub fn verify(&self) -> Result<(), PrivacyError> {
		for (number, entry) in self.entries.iter().enumerate() {
			let cost = entry.mechanism.cost()?;
			if cost != entry.rho_nano {
				let label = entry.label.clone();
				return Err(PrivacyError::WrongCost { entry: number, label, stated: entry.rho_nano, cost });
			}
		}
		let (spent, total) = (self.spent(), self.total_nano);
		if total > MAX_RHO_NANO {
			return Err(PrivacyError::TooLarge {
				what: "the total in nano-rho",
				value: u128::from(total),
				limit: MAX_RHO_NANO,
			});
		}
		if spent > total {
			return Err(PrivacyError::LedgerOverspent { spent, total });
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// 0.005 for one measurement, 0.00125 for one selection.
	fn ledger() -> Ledger {
		let mut ledger = Ledger::new(10_000_000);
		assert_eq!(ledger.gaussian("age", 1, 10_000), Ok(5_000_000));
		assert_eq!(ledger.exponential("tree", 100_000_000), Ok(1_250_000));
		ledger
	}

	#[test]
	fn releases_are_paid_from_the_budget() {
		let ledger = ledger();
		assert_eq!((ledger.spent(), ledger.remaining(), ledger.total()), (6_250_000, 3_750_000, 10_000_000));
		assert_eq!(ledger.verify(), Ok(()));
	}

	#[test]
	fn more_than_the_budget_is_refused_and_nothing_is_spent() {
		let mut ledger = ledger();
		let refused = ledger.gaussian("sex", 1, 10_000);
		let (cost, remaining) = (5_000_000, 3_750_000);
		assert_eq!(refused, Err(PrivacyError::Overspent { label: "sex".into(), cost, remaining }));
		assert_eq!(ledger, self::ledger());
		assert!(ledger.exponential("next", 0).is_err());
		assert_eq!(ledger, self::ledger());
	}

	#[test]
	fn the_last_nano_can_be_spent() {
		let mut ledger = Ledger::new(5_000_000);
		assert_eq!(ledger.gaussian("age", 1, 10_000), Ok(5_000_000));
		assert_eq!(ledger.remaining(), 0);
		assert_eq!(ledger.verify(), Ok(()));
	}

	#[test]
	fn the_json_of_a_ledger_is_golden() {
		let json = serde_json::to_string(&ledger()).unwrap();
		assert_eq!(json, GOLDEN);
		assert_eq!(serde_json::from_str::<Ledger>(&json).unwrap(), ledger());
	}

	const GOLDEN: &str = concat!(
		r#"{"total_nano":10000000,"entries":["#,
		r#"{"label":"age","mechanism":{"discrete-gaussian":{"sensitivity":1,"sigma_milli":10000}},"rho_nano":5000000},"#,
		r#"{"label":"tree","mechanism":{"exponential":{"epsilon_nano":100000000}},"rho_nano":1250000}]}"#
	);

	fn changed(from: &str, to: &str) -> Ledger {
		assert!(GOLDEN.contains(from));
		serde_json::from_str(&GOLDEN.replace(from, to)).unwrap()
	}

	#[test]
	fn a_ledger_that_does_not_add_up_is_refused() {
		let understated = changed("\"rho_nano\":5000000", "\"rho_nano\":4999999");
		assert!(matches!(understated.verify(), Err(PrivacyError::WrongCost { entry: 0, cost: 5_000_000, .. })));
		let overspent = changed("\"total_nano\":10000000", "\"total_nano\":6249999");
		assert_eq!(overspent.verify(), Err(PrivacyError::LedgerOverspent { spent: 6_250_000, total: 6_249_999 }));
		assert_eq!(overspent.remaining(), 0);
		let noiseless = changed("\"sigma_milli\":10000", "\"sigma_milli\":0");
		assert_eq!(noiseless.verify(), Err(PrivacyError::Zero { what: "the standard deviation" }));
		let unbounded = changed("\"total_nano\":10000000", "\"total_nano\":18446744073709551615");
		assert!(matches!(unbounded.verify(), Err(PrivacyError::TooLarge { .. })));
	}

	#[test]
	fn training_is_paid_once_for_all_its_steps() {
		let mut ledger = Ledger::new(150_000_000);
		let cost = ledger.subsampled_gaussian("training", 60_000, 3_500, 800, 5).unwrap();
		assert_eq!(ledger.spent(), cost);
		assert_eq!(ledger.verify(), Ok(()));
		let json = serde_json::to_string(&ledger).unwrap();
		let entry = r#"{"label":"training","mechanism":{"subsampled-gaussian":{"sampling_ppm":60000,"sigma_milli":3500,"steps":800,"delta_exponent":5}},"rho_nano":"#;
		assert!(json.contains(entry), "{json}");
		let more: Ledger = serde_json::from_str(&json.replace("\"steps\":800", "\"steps\":801")).unwrap();
		assert!(matches!(more.verify(), Err(PrivacyError::WrongCost { entry: 0, .. })));
		assert!(matches!(
			ledger.subsampled_gaussian("again", 60_000, 3_500, 800, 5),
			Err(PrivacyError::Overspent { .. })
		));
	}

	#[test]
	fn unknown_fields_and_mechanisms_are_refused() {
		for (from, to) in [
			("\"label\":\"age\"", "\"label\":\"age\",\"note\":1"),
			("\"sensitivity\":1", "\"sensitivity\":1,\"cells\":2"),
			("{\"total_nano\"", "{\"spent\":0,\"total_nano\""),
			("exponential", "laplace"),
			("\"sensitivity\":1", "\"sensitivity\":-1"),
		] {
			assert!(GOLDEN.contains(from));
			assert!(serde_json::from_str::<Ledger>(&GOLDEN.replace(from, to)).is_err(), "{to}");
		}
	}
}
