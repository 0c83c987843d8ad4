//! A chain on which something of everything goes on, with one account for each role.

use super::{super::main_job::*, *};
use frame_support::{assert_ok, traits::Hooks};
use pallet_consortium::Call as Of;
use semblance_primitives::{
	access::{VoteChoice, VoteReason},
	consent::Capture,
	data_use::{DataUse, Permission, Purpose},
	Digest,
};
use sp_io::TestExternalities;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};

/// Stands for the code of a runtime whose hash the council authorised; what code is taken is not checked here.
pub(super) const NEXT_RUNTIME: &[u8] = b"a runtime";

/// Which of the main job's consents is withdrawn before jobs 4 and 5 use it.
pub(super) const WITHDRAWN: usize = 2;

/// Who a consent is asked of, in its number.
pub(super) fn handle(number: u8) -> Digest {
	Digest::repeat_byte(100 + number)
}

pub(super) fn digest(byte: u8) -> Digest {
	Digest::repeat_byte(byte)
}

/// The researcher's encryption key.
pub(super) fn encryption_key() -> Digest {
	digest(91)
}

fn enlist(administrator: &str, who: &str, role: Role) {
	let roles = vec![role].try_into().unwrap();
	let add = Of::add_member { account: account(who), roles, valid_until: None };
	assert_ok!(by(administrator, add));
}

/// Consents of the patient: 1 asked for, 2 given, 3 given and run out, 4 and 5 on paper.
fn consents() {
	let terms = DataUse::new(Permission::HealthMedicalBiomedical);
	for number in 1..=3 {
		let expires = (number == 3).then(|| System::block_number() + 1);
		assert_ok!(by(
			"Alice",
			pallet_consent::Call::request {
				handle: handle(number),
				subject: account("Patient"),
				terms: terms.clone(),
				expires,
				notice: digest(22),
				capture: Capture::SelfSigned,
			}
		));
	}
	for number in 2..=3 {
		assert_ok!(by("Patient", pallet_consent::Call::give { handle: handle(number) }));
	}
	for number in 4..=5 {
		assert_ok!(by(
			"Alice",
			pallet_consent::Call::capture {
				handle: handle(number),
				capture: Capture::StewardAttested,
				subject: None,
				terms: terms.clone(),
				expires: None,
				notice: digest(22),
				evidence: digest(21),
			}
		));
	}
}

fn decide(application: u32) {
	for voter in ["Alice", "Ethics"] {
		assert_ok!(by(
			voter,
			pallet_access_control::Call::vote {
				application,
				choice: VoteChoice::Approve,
				reason: VoteReason::FitsTerms,
				memo: Digest::zero(),
			}
		));
	}
}

/// Agreements of the researcher: 1 in force, 2 suspended, 3 terminated, 4 run out, 5 under review.
fn agreements() {
	for application in 2..=4 {
		assert_ok!(by("Researcher", super::super::main_job::application(Purpose::HealthResearch)));
		decide(application);
	}
	assert_ok!(by("Alice", pallet_access_control::Call::suspend { agreement: 2 }));
	assert_ok!(by("Researcher", pallet_access_control::Call::terminate { agreement: 3 }));
	pallet_access_control::Records::<Runtime>::mutate(4, |record| record.as_mut().unwrap().expires = 1);
	assert_ok!(by("Researcher", super::super::main_job::application(Purpose::HealthResearch)));
}

/// Proposals of the council: 1 by hospital 2, 2 by hospital 1, 3 approved, 4 too late.
fn proposals() {
	for (proposer, voters) in [("Bob", &[][..]), ("Alice", &[]), ("Bob", &["Charlie", "Dave"]), ("Bob", &[])] {
		let proposal = pallet_council::NextProposal::<Runtime>::get();
		let call = RuntimeCall::from(Of::suspend_organisation { organisation: 6 });
		assert_ok!(by(proposer, pallet_council::Call::propose { call: Box::new(call) }));
		for voter in voters {
			assert_ok!(by(voter, pallet_council::Call::vote { proposal, approve: true }));
		}
	}
	pallet_council::Proposals::<Runtime>::mutate(4, |record| record.as_mut().unwrap().voting_until = 1);
}

/// The people of the table, each with one role: those of hospital 1 and of the organisations that it works with, a steward
/// of hospital 2, and an administrator of the research institute, which has no seat in the council. Who has more of them on a development chain gives them up.
fn people() {
	enlist("Alice", "Administrator", Role::Administrator);
	enlist("Alice", "DataSteward", Role::DataSteward);
	enlist("Alice", "GeneratorDeveloper", Role::GeneratorDeveloper);
	enlist("Ethics", "EthicsReviewer", Role::EthicsReviewer);
	enlist("Auditor", "GeneratorReviewer", Role::GeneratorReviewer);
	enlist("Auditor", "AuditorOnly", Role::Auditor);
	enlist("Bob", "OtherSteward", Role::DataSteward);
	enlist("Researcher", "OtherAdministrator", Role::Administrator);
	let roles = vec![Role::Researcher].try_into().unwrap();
	assert_ok!(by(
		"OtherAdministrator",
		Of::update_member { account: account("Researcher"), roles, valid_until: None }
	));
}

/// Jobs of the researcher: 1 attested, 2 too late, 3 waits, 4 attested with a withdrawn consent, 5 can be attested.
fn jobs() {
	let job = accepted_job();
	assert_ok!(attest("Alice", job, attestation_body(job)).unwrap());
	for _ in 2..=5 {
		assert_ok!(request(100));
	}
	pallet_generation_attestation::Jobs::<Runtime>::mutate(2, |job| job.as_mut().unwrap().deadline = 1);
	assert_ok!(by("Alice", pallet_consent::Call::withdraw { handle: handles()[WITHDRAWN], evidence: digest(81) }));
	pass_blocks(2);
	for job in 4..=5 {
		assert_ok!(accept("Alice", job, acceptance(&handles())).unwrap());
	}
	pass_blocks(semblance_primitives::generation::BEACON_DELAY + 1);
	assert_ok!(attest("Alice", 4, attestation_body(4)).unwrap());
}

/// Something of everything: jobs, a generator to review, and the records above.
pub(in crate::tests) fn chain_in_full_swing() -> TestExternalities {
	let mut externalities = chain("local_testnet");
	externalities.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	externalities.execute_with(|| {
		Timestamp::on_initialize(1);
		jobs();
		assert_ok!(by("Researcher", Of::set_encryption_key { key: Some(encryption_key()) }));
		let (kind, version, code) = (semblance_primitives::generation::GeneratorKind::Independent, 1, digest(43));
		assert_ok!(by("Alice", pallet_generation_attestation::Call::propose_generator { kind, version, code }));
		agreements();
		consents();
		assert_ok!(by("Alice", quarantined_dataset()));
		assert_ok!(by("Alice", pallet_dataset_registry::Call::quarantine { dataset: 3 }));
		assert_ok!(by("Alice", release(0)));
		proposals();
		people();
		let code_hash = sp_io::hashing::blake2_256(NEXT_RUNTIME).into();
		assert_ok!(System::authorize_upgrade_without_checks(RuntimeOrigin::root(), code_hash));
		pass_blocks(3);
	});
	externalities
}

fn quarantined_dataset() -> RuntimeCall {
	pallet_dataset_registry::Call::register { registration: super::examples::registration() }.into()
}

/// Release of the attested table's key, `epoch` times encrypted anew.
pub(super) fn release(epoch: u32) -> RuntimeCall {
	let call = pallet_access_control::Call::release_key {
		agreement: 1,
		artefact: digest(62),
		wrapped_key: digest(92),
		recipient_key: encryption_key(),
		epoch,
	};
	call.into()
}
