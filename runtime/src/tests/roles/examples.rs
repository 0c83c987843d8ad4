//! A call of each kind, that succeeds in the scene for whoever it is meant for.

use super::{
	super::{authorship, main_job, validators},
	scene::*,
	*,
};
use codec::Encode;
use semblance_primitives::{
	access::{Conditions, Policy, VoteChoice, VoteReason},
	commitment::{consent_leaf, merkle_path},
	consent::{Capture, CapturedConsent, ConsentAction, ConsentOrder, ConsentReason},
	consortium::{OrganisationKind, Peer},
	data_use::{DataUse, Permission, Purpose},
	dataset::{LegalBasis, Sensitivity},
	generation::GeneratorKind,
};
use sp_runtime::MultiSignature;

/// All examples, in no order.
pub(super) fn all() -> Vec<RuntimeCall> {
	let pallets = [consortium(), consent(), datasets(), access(), generation(), council(), consensus(), wrapped()];
	pallets.into_iter().flatten().collect()
}

fn terms() -> DataUse {
	DataUse::new(Permission::HealthMedicalBiomedical)
}

fn stricter() -> DataUse {
	DataUse::new(Permission::DiseaseSpecific { disease: 1 })
}

fn consortium() -> Vec<RuntimeCall> {
	use pallet_consortium::Call as Of;
	let roles = |role| vec![role].try_into().unwrap();
	let made = SessionKeys::generate(&account("Alice").encode(), None);
	let peer = Peer {
		peer_id: b"12D3KooW".to_vec().try_into().unwrap(),
		address: b"/ip4/10.0.0.5/tcp/30333".to_vec().try_into().unwrap(),
	};
	let name = b"Hospital Eve".to_vec().try_into().unwrap();
	let calls = [
		Of::admit_organisation { name, kind: OrganisationKind::Hospital, administrator: account("Eve") },
		Of::suspend_organisation { organisation: 2 },
		Of::reinstate_organisation { organisation: 2 },
		Of::remove_organisation { organisation: 2 },
		Of::add_member { account: account("Eve"), roles: roles(Role::Researcher), valid_until: None },
		Of::update_member { account: account("DataSteward"), roles: roles(Role::Auditor), valid_until: None },
		Of::remove_member { account: account("DataSteward") },
		Of::renew_member { account: account("DataSteward") },
		Of::set_encryption_key { key: Some(digest(1)) },
		Of::set_organisation_key { key: Some(digest(1)) },
		Of::set_peers { peers: vec![peer].try_into().unwrap() },
		Of::add_validator { organisation: 1, validator: account("Eve") },
		Of::remove_validator { validator: account("Bob") },
		Of::set_validator_keys {
			validator: account("Alice"),
			keys: made.keys,
			proof: made.proof.encode().try_into().unwrap(),
		},
	];
	calls.into_iter().map(RuntimeCall::from).collect()
}

fn order() -> (ConsentOrder, MultiSignature) {
	let nonce = Consent::consent(handle(1)).unwrap().nonce;
	let order =
		ConsentOrder { handle: handle(1), action: ConsentAction::Give, nonce, valid_until: System::block_number() + 9 };
	let signature = pair("Patient").sign(&Consent::order_message(&order)).into();
	(order, signature)
}

fn consent() -> Vec<RuntimeCall> {
	use pallet_consent::Call as Of;
	let (capture, notice, evidence) = (Capture::StewardAttested, digest(22), digest(23));
	let consents = vec![CapturedConsent { handle: handle(9), evidence }].try_into().unwrap();
	let (order, signature) = order();
	let (subject, handle) = (account("Eve"), handle);
	let reason = ConsentReason::LegalObligation;
	let calls = [
		Of::request { handle: handle(9), subject, terms: terms(), expires: None, notice, capture: Capture::SelfSigned },
		Of::give { handle: handle(1) },
		Of::refuse { handle: handle(1) },
		Of::capture { handle: handle(9), capture, subject: None, terms: terms(), expires: None, notice, evidence },
		Of::capture_batch { capture, terms: terms(), expires: None, notice, consents },
		Of::renew { handle: handle(2), expires: None, evidence },
		Of::restrict { handle: handle(2), terms: stricter(), evidence },
		Of::withdraw { handle: handle(2), evidence },
		Of::revoke { handle: handle(2), reason, evidence },
		Of::invalidate { handle: handle(4), reason: ConsentReason::CaptureError, evidence },
		Of::supersede { handle: handle(4), by: handle(5), evidence },
		Of::expire { handle: handle(3) },
		Of::relay { order, signature },
	];
	calls.into_iter().map(RuntimeCall::from).collect()
}

/// Commitments to a version of a dataset.
fn version(byte: u8) -> pallet_dataset_registry::DatasetVersionInput {
	pallet_dataset_registry::DatasetVersionInput {
		rows: digest(byte),
		schema: digest(byte + 1),
		manifest: digest(byte + 2),
		row_bucket: 3,
	}
}

/// A dataset to register.
pub(super) fn registration() -> pallet_dataset_registry::DatasetRegistration {
	pallet_dataset_registry::DatasetRegistration {
		terms: terms(),
		sensitivity: Sensitivity::Standard,
		legal_basis: LegalBasis::Consent,
		version: version(120),
		budget_cap: 1_000_000,
		delta_exponent: 5,
	}
}

fn datasets() -> Vec<RuntimeCall> {
	use pallet_dataset_registry::Call as Of;
	let registration = pallet_dataset_registry::DatasetRegistration { version: version(130), ..registration() };
	let calls = [
		Of::register { registration },
		Of::add_version { dataset: 1, version: version(140) },
		Of::restrict_terms { dataset: 1, terms: stricter() },
		Of::quarantine { dataset: 1 },
		Of::reinstate { dataset: 3 },
		Of::recall { dataset: 1 },
		Of::retire { dataset: 1 },
		Of::lower_budget { dataset: 1, cap: 900_000 },
	];
	calls.into_iter().map(RuntimeCall::from).collect()
}

fn access() -> Vec<RuntimeCall> {
	use pallet_access_control::Call as Of;
	let policy = Policy {
		custodian_votes: 1,
		ethics_votes: 1,
		allow_heuristic: true,
		max_rho: 500_000,
		max_rows: 1_000,
		lifetime: 10_000,
		review_period: 1_000,
	};
	let conditions = Conditions { allow_heuristic: false, max_rho: 1, max_rows: 1 };
	let (choice, reason, memo) = (VoteChoice::Approve, VoteReason::FitsTerms, digest(1));
	let calls = [
		Of::set_policy { dataset: 1, policy },
		Of::vote { application: 5, choice, reason, memo },
		Of::narrow_conditions { application: 5, conditions },
		Of::retract { application: 5 },
		Of::suspend { agreement: 1 },
		Of::resume { agreement: 2 },
		Of::revoke { agreement: 1, reason: pallet_access_control::RevocationReason::RiskToPatients },
		Of::terminate { agreement: 1 },
		Of::expire { agreement: 4 },
		Of::close { agreement: 3, certificate: digest(1) },
		Of::acknowledge_key { agreement: 1, release: 0 },
	];
	let mut calls: Vec<_> = calls.into_iter().map(RuntimeCall::from).collect();
	calls.push(main_job::application(Purpose::HealthResearch).into());
	calls.push(release(1));
	calls
}

fn generation() -> Vec<RuntimeCall> {
	use pallet_generation_attestation::Call as Of;
	let attestation = main_job::job(4).attestation.unwrap();
	let leaves: Vec<_> = main_job::handles().iter().map(consent_leaf).collect();
	let path = merkle_path(&leaves, WITHDRAWN as u32).unwrap();
	let calls = [
		Of::propose_generator { kind: GeneratorKind::Independent, version: 2, code: digest(44) },
		Of::review_generator { generator: 2, approve: true, report: digest(45) },
		Of::retire_generator { generator: 1 },
		Of::request_generation { agreement: 1, generator: 1, parameters: Default::default(), rows: 100, rho_micro: 0 },
		Of::cancel { job: 3 },
		Of::expire_job { job: 2 },
		main_job::accepting("Alice", 3, main_job::acceptance(&main_job::handles())),
		main_job::attesting("Alice", 5, main_job::attestation_body(5)),
		main_job::failing("Alice", 3),
		Of::report_invalid_consent { attestation, handle: main_job::handles()[WITHDRAWN], path },
	];
	calls.into_iter().map(RuntimeCall::from).collect()
}

fn council() -> Vec<RuntimeCall> {
	use pallet_council::Call as Of;
	let call = RuntimeCall::from(pallet_consortium::Call::suspend_organisation { organisation: 6 });
	let calls = [
		Of::propose { call: Box::new(call) },
		Of::vote { proposal: 1, approve: true },
		Of::enact { proposal: 3 },
		Of::withdraw { proposal: 2 },
		Of::expire { proposal: 4 },
		Of::set_announcement { blocks: 1 },
	];
	calls.into_iter().map(RuntimeCall::from).collect()
}

/// Evidence against validators, what the council does in an incident, and the code of an authorised upgrade.
fn consensus() -> Vec<RuntimeCall> {
	let name = |text: &[u8]| text.to_vec().try_into().unwrap();
	let pause = pallet_tx_pause::Call::pause { full_name: (name(b"DatasetRegistry"), name(b"register")) };
	let [by_member, by_node] = validators::examples("Bob");
	let upgrade = frame_system::Call::apply_authorized_upgrade { code: NEXT_RUNTIME.into() };
	vec![authorship::example("Bob"), by_member, by_node, pause.into(), upgrade.into()]
}

/// Calls around a call that every member may make.
fn wrapped() -> Vec<RuntimeCall> {
	use pallet_utility::Call as Of;
	let inner = || RuntimeCall::from(pallet_consortium::Call::set_encryption_key { key: Some(digest(1)) });
	let calls = [
		Of::batch { calls: vec![inner()] },
		Of::batch_all { calls: vec![inner()] },
		Of::force_batch { calls: vec![inner()] },
		Of::if_else { main: Box::new(inner()), fallback: Box::new(inner()) },
		Of::as_derivative { index: 0, call: Box::new(inner()) },
	];
	calls.into_iter().map(RuntimeCall::from).collect()
}
