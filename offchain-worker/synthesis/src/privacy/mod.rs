//! Differential privacy in integers: what a release costs, who pays, and noise that is exactly what the proofs assume.
//!
//! Privacy is zero-concentrated differential privacy (zCDP; Bun and Steinke 2016, Definition 1.1), for data sets that
//! differ by adding or removing one patient. ρ is counted in nano (10⁻⁹); costs add up and are always rounded up.
//!
//! | mechanism | cost | source |
//! | --- | --- | --- |
//! | discrete Gaussian noise on integers | ρ = Δ₂² / (2σ²) | Canonne, Kamath, Steinke 2020, Theorem 4 |
//! | exponential mechanism, P ∝ exp(ε·q / (2Δ)) | ρ = ε² / 8 | Cesar and Rogers 2021, Lemma 3.2 |
//! | Gaussian noise on sums over random samples | [`subsampled_gaussian_cost`] | Mironov, Talwar, Zhang 2019 |
//! | one after the other | the sum | Bun and Steinke 2016, Lemma 1.7 |
//!
//! Noise is drawn without floating-point numbers, for floating-point samplers leak the noiseless value (Mironov 2012).
//! Costs are integers; only that of random samples is computed in floating point, the same on every machine, and rounded up.

mod bernoulli;
mod exponential;
mod gaussian;
mod ledger;
mod rdp;
mod subsampled;
mod wide_gaussian;
mod zcdp;

pub(crate) use exponential::select;
pub(crate) use gaussian::add_discrete_gaussian;
pub use ledger::{Ledger, LedgerEntry, Mechanism};
pub use rdp::{epsilon_of_rdp, subsampled_gaussian_rdp};
pub use subsampled::{noise_multiplier_milli, subsampled_gaussian_cost, MAX_STEPS, PPM};
pub(crate) use wide_gaussian::{WideGaussian, WIDTH};
pub use zcdp::{
	exponential_cost, exponential_epsilon_for, gaussian_cost, sigma_milli_for, MAX_RHO_NANO, MAX_SIGMA_MILLI,
};

/// A private computation that cannot be done, or a ledger that does not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrivacyError {
	/// A parameter that must be positive.
	#[error("{what} is 0. Give a positive number: no privacy can be promised, or nothing learnt, with 0")]
	#[allow(missing_docs)]
	Zero { what: &'static str },
	/// A parameter outside the range in which the arithmetic is exact.
	#[error("{what} is {value}, more than {limit}. Give a smaller one")]
	#[allow(missing_docs)]
	TooLarge { what: &'static str, value: u128, limit: u64 },
	/// A count to which noise cannot be added without overflow.
	#[error("cell {cell}: {value} is no count, its magnitude is more than {limit}. Count patients or rows")]
	#[allow(missing_docs)]
	CountTooLarge { cell: usize, value: i64, limit: i64 },
	/// More than the budget has left.
	#[error(
		"{label:?}: costs {cost} nano-rho and {remaining} are left. Add noise, measure less, or agree on a larger budget"
	)]
	#[allow(missing_docs)]
	Overspent { label: String, cost: u64, remaining: u64 },
	/// A ledger whose entry states another cost than its mechanism has.
	#[error("ledger, entry {entry} ({label:?}): states {stated} nano-rho and costs {cost}. Measure again")]
	#[allow(missing_docs)]
	WrongCost { entry: usize, label: String, stated: u64, cost: u64 },
	/// A ledger that spends more than its total.
	#[error("ledger: {spent} nano-rho are spent of {total}. Measure again")]
	#[allow(missing_docs)]
	LedgerOverspent { spent: u64, total: u64 },
	/// Nothing to select from.
	#[error("no candidate to select from. Give at least one")]
	NoCandidates,
}
