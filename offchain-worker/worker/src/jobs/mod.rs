//! Generation jobs: from a node's order to an attestation that the node can sign.
//!
//! ```text
//! order -> waiting-for-finality -> filtering -> committing -> accepted        (chain: Requested -> Accepted)
//!       -> waiting-for-beacon -> fitting -> sampling -> evaluating -> storing
//!       -> attesting -> attested                                              (chain: Attested)
//! ```
//!
//! What a job is comes from finalised state, never from the order. Each stage can be lost: everything derives from the
//! vault, the chain and the stored acceptance, so a worker that was killed ends with the same digests.

pub mod check;
mod interruption;
pub mod learning;
pub mod pipeline;
pub mod progress;
pub mod runner;
pub mod store;

pub use interruption::StepError;

use serde::{Deserialize, Serialize};

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
	/// The order is here, the finalised state does not show the job yet.
	WaitingForFinality,
	/// Rows are read and checked against the commitment, consents are asked for.
	Filtering,
	/// Roots are computed.
	Committing,
	/// The acceptance is ready for the chain, or on it.
	Accepted,
	/// The beacon block is not final yet.
	WaitingForBeacon,
	/// The model learns.
	Fitting,
	/// The synthetic table is drawn.
	Sampling,
	/// Metrics and report are made.
	Evaluating,
	/// Artefacts are sealed and written.
	Storing,
	/// The attestation is ready for the chain.
	Attesting,
	/// The attestation is on the chain.
	Attested,
	/// It ended without attestation; the error says why.
	Failed,
}

impl Stage {
	/// All stages in order.
	pub const ALL: [Self; 12] = [
		Self::WaitingForFinality,
		Self::Filtering,
		Self::Committing,
		Self::Accepted,
		Self::WaitingForBeacon,
		Self::Fitting,
		Self::Sampling,
		Self::Evaluating,
		Self::Storing,
		Self::Attesting,
		Self::Attested,
		Self::Failed,
	];

	/// The name in the interface and in the database.
	pub const fn name(self) -> &'static str {
		match self {
			Self::WaitingForFinality => "waiting-for-finality",
			Self::Filtering => "filtering",
			Self::Committing => "committing",
			Self::Accepted => "accepted",
			Self::WaitingForBeacon => "waiting-for-beacon",
			Self::Fitting => "fitting",
			Self::Sampling => "sampling",
			Self::Evaluating => "evaluating",
			Self::Storing => "storing",
			Self::Attesting => "attesting",
			Self::Attested => "attested",
			Self::Failed => "failed",
		}
	}

	/// The stage of this name.
	pub fn from_name(name: &str) -> Option<Self> {
		Self::ALL.into_iter().find(|stage| stage.name() == name)
	}

	/// Whether nothing more is to be done.
	pub const fn is_final(self) -> bool {
		matches!(self, Self::Attested | Self::Failed)
	}

	/// Share of the whole job that is behind when this stage begins, in ppm; rough, for progress bars.
	pub const fn begins_at_ppm(self) -> u32 {
		match self {
			Self::WaitingForFinality => 0,
			Self::Filtering => 20_000,
			Self::Committing => 60_000,
			Self::Accepted => 90_000,
			Self::WaitingForBeacon => 100_000,
			Self::Fitting => 120_000,
			Self::Sampling => 350_000,
			Self::Evaluating => 500_000,
			Self::Storing => 930_000,
			Self::Attesting => 960_000,
			Self::Attested | Self::Failed => 1_000_000,
		}
	}

	/// The stage after this one on the way to an attestation.
	pub fn next(self) -> Option<Self> {
		let position = Self::ALL.iter().position(|stage| *stage == self)?;
		Self::ALL.get(position + 1).copied().filter(|_| !self.is_final())
	}
}

#[cfg(test)]
mod tests {
	use super::Stage;

	#[test]
	fn names_are_those_of_the_interface_and_progress_only_grows() {
		for stage in Stage::ALL {
			assert_eq!(Stage::from_name(stage.name()), Some(stage));
			assert_eq!(serde_json::to_value(stage).unwrap(), stage.name());
			assert!(stage.next().is_none_or(|next| next.begins_at_ppm() >= stage.begins_at_ppm()));
		}
		assert_eq!(Stage::from_name("dreaming"), None);
	}
}
