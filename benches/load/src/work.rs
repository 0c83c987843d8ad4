//! What is sent: well-formed calls on made-up records.

use semblance_client::{calls, Call};
use semblance_primitives::{
	consent::{Capture, CapturedConsent},
	data_use::{DataUse, Permission, Purpose, UseAttributes},
	AgreementId, DatasetId, Digest, GeneratorId,
};
use serde::Serialize;
use sp_crypto_hashing::blake2_256;

/// Most consents that the chain takes in a batch.
pub const MAX_BATCH: u16 = 1_000;

/// A kind of transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
	/// One consent that a steward records.
	Capture,
	/// Many of them at once.
	Batch {
		/// Consents.
		size: u16,
	},
	/// A researcher's application.
	Application {
		/// The dataset.
		dataset: DatasetId,
	},
	/// A researcher's request for synthetic data.
	Job {
		/// The agreement.
		agreement: AgreementId,
		/// The generator.
		generator: GeneratorId,
		/// Synthetic rows.
		rows: u32,
	},
}

impl Kind {
	/// Its name in reports.
	pub fn name(&self) -> String {
		match self {
			Self::Capture => "single captures".into(),
			Self::Batch { size } => format!("batches of {size}"),
			Self::Application { .. } => "applications".into(),
			Self::Job { .. } => "jobs".into(),
		}
	}

	/// Consents that one transaction records.
	pub fn consents(&self) -> u64 {
		match self {
			Self::Capture => 1,
			Self::Batch { size } => (*size).into(),
			Self::Application { .. } | Self::Job { .. } => 0,
		}
	}

	/// Whether a steward sends it, and not a researcher.
	pub fn is_stewards(&self) -> bool {
		matches!(self, Self::Capture | Self::Batch { .. })
	}
}

/// Makes calls; no two of them, and no two runs, name the same patient.
#[derive(Debug, Clone)]
pub struct Work {
	seed: [u8; 32],
	made: u64,
}

impl Work {
	/// `seed` has to be new for each run on a chain.
	pub fn new(seed: [u8; 32]) -> Self {
		Self { seed, made: 0 }
	}

	/// The next call of a kind. The chain takes each once.
	pub fn call(&mut self, kind: Kind) -> Call {
		let terms = DataUse::new(Permission::HealthMedicalBiomedical);
		let notice = digest(&self.seed, "notice", 0);
		match kind {
			Kind::Capture => {
				calls::consent::capture(Capture::StewardAttested, None, &terms, None, notice, &self.consent())
			},
			Kind::Batch { size } => {
				let consents: Vec<CapturedConsent> = (0..size).map(|_| self.consent()).collect();
				calls::consent::capture_batch(Capture::StewardAttested, &terms, None, notice, &consents)
			},
			Kind::Application { dataset } => {
				self.made += 1;
				let statement = digest(&self.seed, "statement", self.made);
				calls::access::apply(dataset, Purpose::HealthResearch, &public_research(), statement)
			},
			Kind::Job { agreement, generator, rows } => {
				calls::generation::request_generation(agreement, generator, &[], rows, 0)
			},
		}
	}

	/// The consent of one more patient, with a pseudonym and the digest of a signed form.
	fn consent(&mut self) -> CapturedConsent {
		self.made += 1;
		CapturedConsent {
			handle: digest(&self.seed, "handle", self.made),
			evidence: digest(&self.seed, "evidence", self.made),
		}
	}

	/// The handles of the first consents that are made.
	pub fn handles(&self, count: u64) -> Vec<Digest> {
		(1..=count).map(|number| digest(&self.seed, "handle", number)).collect()
	}
}

fn digest(seed: &[u8; 32], what: &str, number: u64) -> Digest {
	Digest::from(blake2_256(&[seed.as_slice(), what.as_bytes(), &number.to_le_bytes()].concat()))
}

fn public_research() -> UseAttributes {
	UseAttributes {
		commercial: false,
		non_profit_organisation: true,
		collaborates_with_custodian: false,
		ethics_evidence: None,
		region: None,
		months: 12,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::HashSet;

	#[test]
	fn no_two_calls_name_the_same_patient() {
		let mut work = Work::new([1; 32]);
		let mut other = Work::new([2; 32]);
		let calls: HashSet<Vec<u8>> =
			(0..500).flat_map(|_| [work.call(Kind::Capture), other.call(Kind::Capture)]).map(|c| c.arguments).collect();
		assert_eq!(calls.len(), 1_000);
	}

	#[test]
	fn a_batch_holds_what_it_says() {
		let call = Work::new([1; 32]).call(Kind::Batch { size: 3 });
		assert_eq!((call.pallet, call.call), ("Consent", "capture_batch"));
		// Capture, terms, no end and notice; then the length and three times handle and evidence.
		let head = Work::new([1; 32]).call(Kind::Batch { size: 1 }).arguments.len() - 64;
		assert_eq!(call.arguments.len(), head + 3 * 64);
		assert_eq!(Kind::Batch { size: 3 }.consents(), 3);
	}
}
