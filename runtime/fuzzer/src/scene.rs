//! What every sequence begins from: a chain on which something of everything goes on.

use crate::{
	chain::{Chain, Snapshot},
	checks,
	crafted::{councils, jobs, researchers},
	people::Person,
	transaction::Transaction,
};
use pallet_consortium::Call as Of;
use semblance_primitives::{
	access::{Policy, VoteChoice, VoteReason},
	consent::{Capture, CapturedConsent},
	consortium::Role,
	data_use::{DataUse, Permission},
	dataset::{LegalBasis, Sensitivity},
	generation::{GeneratorKind, BEACON_DELAY},
	Digest,
};
use semblance_runtime::RuntimeCall;
use std::sync::OnceLock;

/// The chain to begin from, between two blocks.
pub fn prepared() -> Chain {
	static SCENE: OnceLock<Snapshot> = OnceLock::new();
	Chain::at(SCENE.get_or_init(|| {
		let mut chain = Chain::at(&Chain::genesis().snapshot());
		prepare(&mut chain);
		chain.snapshot()
	}))
}

fn by(name: &str, call: impl Into<RuntimeCall>) -> Transaction {
	Transaction::signed(Person::named(name), call)
}

fn digest(byte: u8) -> Digest {
	Digest::repeat_byte(byte)
}

/// A block with what `make` makes of the state, one by one; all of it must succeed.
fn block(chain: &mut Chain, make: impl FnOnce() -> Vec<Transaction>) {
	chain.begin_block();
	let transactions = chain.inside(make);
	for transaction in transactions {
		let fate = checks::submit(chain, &transaction);
		assert!(matches!(fate, Ok(checks::Fate::Done)), "{transaction:?}: {fate:?}");
	}
	chain.end_block();
}

/// Jobs 1 attested, 2 accepted, 3 requested; agreements 1 in force, 2 under review; consents on paper and by patients.
fn prepare(chain: &mut Chain) {
	block(chain, people);
	block(chain, || [datasets(), generators(), researchers::votes(1)].concat());
	block(chain, || (1..=3).map(|_| by("Researcher", researchers::request(1, 1))).collect());
	for number in 1..=2 {
		block(chain, || jobs::accept(number, "//Alice").into_iter().collect());
	}
	(0..BEACON_DELAY).for_each(|_| block(chain, Vec::new));
	block(chain, || jobs::attest(1, "//Alice").into_iter().collect());
	block(chain, patients);
	block(chain, || {
		let suspend = Of::suspend_organisation { organisation: 6 };
		vec![by("Researcher", researchers::application()), councils::propose(Person::named("Alice"), suspend.into())]
	});
}

fn people() -> Vec<Transaction> {
	let add = |administrator, account: &str, role| {
		let roles = vec![role].try_into().expect("one role");
		by(administrator, Of::add_member { account: Person::named(account).account(), roles, valid_until: None })
	};
	let key = Of::set_encryption_key { key: Some(digest(91)) };
	vec![
		add("Alice", "DataSteward", Role::DataSteward),
		add("Bob", "OtherSteward", Role::DataSteward),
		by("Researcher", key),
	]
}

fn terms() -> DataUse {
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
	pallet_dataset_registry::Call::register { registration }.into()
}

/// Datasets 1 of hospital 1 and 2 of hospital 2, consents 1 to 5, and an application.
fn datasets() -> Vec<Transaction> {
	let consents: Vec<_> =
		jobs::handles().into_iter().map(|handle| CapturedConsent { handle, evidence: digest(21) }).collect();
	let capture = pallet_consent::Call::capture_batch {
		capture: Capture::StewardAttested,
		terms: terms(),
		expires: None,
		notice: digest(22),
		consents: consents.try_into().expect("five consents"),
	};
	let policy = Policy {
		custodian_votes: 1,
		ethics_votes: 1,
		allow_heuristic: true,
		max_rho: 500_000,
		max_rows: 1_000,
		lifetime: 10_000,
		review_period: 1_000,
	};
	let set = |dataset| pallet_access_control::Call::set_policy { dataset, policy: policy.clone() };
	vec![
		by("Alice", registration(11)),
		by("Bob", registration(14)),
		by("Alice", capture),
		by("Alice", set(1)),
		by("Bob", set(2)),
		by("Researcher", researchers::application()),
	]
}

/// Generator 1, approved; generator 2, to be reviewed.
fn generators() -> Vec<Transaction> {
	use pallet_generation_attestation::Call as Generation;
	let kind = GeneratorKind::GaussianCopula;
	let propose = |version, code| Generation::propose_generator { kind, version, code: digest(code) };
	let review = Generation::review_generator { generator: 1, approve: true, report: digest(42) };
	vec![by("Alice", propose(1, 41)), by("Bob", propose(2, 43)), by("Ethics", review.clone()), by("Auditor", review)]
}

/// Consents 11 to 14 asked of the patient, 15 and 16 of the guardian; 11 and 15 given.
fn patients() -> Vec<Transaction> {
	let ask = |number: u8, subject: &str| {
		by(
			"Alice",
			pallet_consent::Call::request {
				handle: digest(number),
				subject: Person::named(subject).account(),
				terms: terms(),
				expires: None,
				notice: digest(22),
				capture: Capture::SelfSigned,
			},
		)
	};
	let mut sent: Vec<_> =
		(11..=16).map(|number| ask(number, if number < 15 { "Patient" } else { "Guardian" })).collect();
	sent.push(by("Patient", pallet_consent::Call::give { handle: digest(11) }));
	sent.push(by("Guardian", pallet_consent::Call::give { handle: digest(15) }));
	sent
}

/// For those who vote: approval.
pub fn approval(application: u32) -> RuntimeCall {
	let (choice, reason, memo) = (VoteChoice::Approve, VoteReason::FitsTerms, Digest::zero());
	pallet_access_control::Call::vote { application, choice, reason, memo }.into()
}
