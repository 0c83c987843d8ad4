//! Auditing privacy from below: what an attacker can prove about a mechanism from one run of it.
//!
//! The ledger bounds ε from above by proof. An audit bounds it from below by experiment: rare records, *canaries*, are put
//! into the data by fair coins, the mechanism runs once, and an attacker who knows everything but the coins guesses
//! them. Guessing better than an (ε, δ)-private mechanism permits proves that ε is larger. A lower bound above the stated ε
//! proves a defect; one far below proves nothing, for a better attack may exist.
//!
//! Steinke, Nasr and Jagielski 2023, "Privacy Auditing with One (1) Training Run". The audited run is one of its own and
//! is never the run that is released, for canaries are no patients.

mod bound;
mod canaries;
mod marginals;
mod release;

pub use bound::{epsilon_lower_bound, Guesses};
pub use canaries::{Canaries, CanaryScore, MAX_CANARIES};
pub use marginals::{AuditedMarginal, MarginalScores};
pub use release::{audit_release, audit_training, AuditPlan, ReleaseAudit};

/// An audit that cannot be done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
	/// Numbers of guesses that contradict each other.
	#[error("{correct} correct of {made} guesses about {canaries} canaries. Guess about each canary at most once, and at least once in all")]
	#[allow(missing_docs)]
	Guesses { canaries: u64, made: u64, correct: u64 },
	/// A number that is no probability, or a certainty that no audit gives.
	#[error("{what} is {value}. Give {range}")]
	#[allow(missing_docs)]
	OutOfRange { what: &'static str, value: f64, range: &'static str },
	/// A number of canaries outside the bounds.
	#[error("{count} canaries. Ask for 1 to {limit}")]
	#[allow(missing_docs)]
	CanaryCount { count: usize, limit: usize },
	/// Fewer different records than canaries.
	#[error("only {found} of {count} canaries differ from each other. Ask for fewer, or audit with more columns")]
	#[allow(missing_docs)]
	TooFewCombinations { found: usize, count: usize },
	/// Codes that do not fit the sizes.
	#[error("column {column}: {problem}. Give one code below the column's size for every row")]
	#[allow(missing_docs)]
	Codes { column: usize, problem: &'static str },
}
