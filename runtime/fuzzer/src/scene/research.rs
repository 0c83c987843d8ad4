//! Datasets, generators, agreements, jobs.

use super::{by, digest, researchers, Transaction};
use pallet_access_control::Call as Access;
use pallet_dataset_registry::Call as Registry;
use pallet_generation_attestation::Call as Generation;
use semblance_primitives::{
	access::{Policy, VoteChoice, VoteReason},
	data_use::{DataUse, Permission},
	dataset::{LegalBasis, Sensitivity},
	generation::GeneratorKind,
	Digest,
};
use semblance_runtime::RuntimeCall;

/// Terms of datasets and consents.
pub fn terms() -> DataUse {
	DataUse::new(Permission::HealthMedicalBiomedical)
}

fn registration(byte: u8) -> RuntimeCall {
	let (rows, schema, manifest) = (digest(byte), digest(byte + 1), digest(byte + 2));
	let registration = pallet_dataset_registry::DatasetRegistration {
		terms: terms(),
		sensitivity: Sensitivity::Standard,
		legal_basis: LegalBasis::Consent,
		version: pallet_dataset_registry::DatasetVersionInput { rows, schema, manifest, row_bucket: 3 },
		budget_cap: 1_000_000,
		delta_exponent: 5,
	};
	Registry::register { registration }.into()
}

/// Datasets 1 of hospital 1, 2 of hospital 2, 3 of hospital 1 in quarantine.
pub fn datasets() -> Vec<Transaction> {
	let policy = Policy {
		custodian_votes: 1,
		ethics_votes: 1,
		allow_heuristic: true,
		max_rho: 500_000,
		max_rows: 1_000,
		lifetime: 10_000,
		review_period: 1_000,
	};
	let set = |dataset| Access::set_policy { dataset, policy };
	vec![
		by("Alice", registration(11)),
		by("Bob", registration(14)),
		by("Alice", registration(17)),
		by("Alice", Registry::quarantine { dataset: 3 }),
		by("Alice", set(1)),
		by("Bob", set(2)),
	]
}

/// Generators 1, without, and 2, with a privacy guarantee, approved; generator 3 to be reviewed.
pub fn generators() -> Vec<Transaction> {
	let propose = |kind, code| Generation::propose_generator { kind, version: 1, code: digest(code) };
	let review = |generator| Generation::review_generator { generator, approve: true, report: digest(42) };
	vec![
		by("Alice", propose(GeneratorKind::GaussianCopula, 41)),
		by("Alice", propose(GeneratorKind::Mst, 43)),
		by("Bob", propose(GeneratorKind::Ctgan, 44)),
		by("Ethics", review(1)),
		by("Auditor", review(1)),
		by("Ethics", review(2)),
		by("Auditor", review(2)),
	]
}

/// Agreements 1 in force, 2 suspended, 3 terminated; application 4 under review.
pub fn agreements() -> Vec<Transaction> {
	let mut sent: Vec<_> = (1..=4).map(|_| by("Researcher", researchers::application())).collect();
	sent.extend((1..=3).flat_map(researchers::votes));
	sent.push(by("Alice", Access::suspend { agreement: 2 }));
	sent.push(by("Researcher", Access::terminate { agreement: 3 }));
	sent
}

/// Jobs 1 to 4 without, and 5 with a privacy budget.
pub fn requests() -> Vec<Transaction> {
	let mut sent: Vec<_> = (1..=4).map(|_| by("Researcher", researchers::request(1, 1, 0))).collect();
	sent.push(by("Researcher", researchers::request(1, 2, 1_000)));
	sent
}

/// The key of job 1's table.
pub fn release() -> Transaction {
	let (artefact, wrapped_key, recipient_key) = (digest(62), digest(92), digest(91));
	by("Alice", Access::release_key { agreement: 1, artefact, wrapped_key, recipient_key, epoch: 0 })
}

/// For those who vote: approval.
pub fn approval(application: u32) -> RuntimeCall {
	let (choice, reason, memo) = (VoteChoice::Approve, VoteReason::FitsTerms, Digest::zero());
	Access::vote { application, choice, reason, memo }.into()
}
