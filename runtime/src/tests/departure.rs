//! What ends when the council removes an organisation.

use super::{main_job::*, *};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo};
use pallet_generation_attestation::Refusal;
use semblance_primitives::{
	access::{AgreementState, VoteChoice, VoteReason},
	data_use::Purpose,
	traits::Agreements,
	Digest,
};
use sp_runtime::{
	traits::DispatchTransaction,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};

/// Numbers of organisations in `local_testnet`.
const ALICES_HOSPITAL: u32 = 1;
const RESEARCH_INSTITUTE: u32 = 5;

fn remove(organisation: u32) {
	let call = pallet_consortium::Call::remove_organisation { organisation };
	let voters: &[&str] =
		if organisation == ALICES_HOSPITAL { &["Bob", "Charlie", "Dave"] } else { &["Alice", "Bob", "Charlie"] };
	assert_ok!(by_council(voters, call));
}

/// What the gate says to a transaction of `name`.
fn gate(name: &str) -> Result<(), TransactionValidityError> {
	let call = RuntimeCall::from(frame_system::Call::remark { remark: vec![] });
	let info = call.get_dispatch_info();
	pallet_consortium::CheckMembership::<Runtime>::new()
		.validate_only(RuntimeOrigin::signed(account(name)), &call, &info, 0, TransactionSource::External, 0)
		.map(|_| ())
}

#[test]
fn a_removed_hospitals_people_workers_and_agreements_end_in_the_same_block() {
	chain("local_testnet").execute_with(|| {
		agreement();
		generator();
		assert_ok!(request(100));
		pass_blocks(1);
		assert_ok!(gate("Alice"));
		remove(ALICES_HOSPITAL);

		assert_eq!(gate("Alice"), Err(InvalidTransaction::BadSigner.into()));
		let refused = accept("Alice", 1, acceptance(&handles()));
		assert_eq!(refused, Err(TransactionValidityError::from(Refusal::UnknownKey)));
		assert!(!<AccessControl as Agreements>::is_in_force(1));
		assert_noop!(request(100), pallet_generation_attestation::Error::<Runtime>::AgreementExpired);
		let late = by("Researcher", application(Purpose::HealthResearch));
		assert_eq!(late, Err(pallet_access_control::Error::<Runtime>::PartyLeft.into()));

		assert_ok!(by("Auditor", pallet_access_control::Call::expire { agreement: 1 }));
		assert_eq!(AccessControl::agreement(1).unwrap().state, AgreementState::Expired);
	});
}

#[test]
fn a_removed_institutes_applications_are_not_decided_any_more() {
	chain("local_testnet").execute_with(|| {
		agreement();
		assert_ok!(by("Researcher", application(Purpose::HealthResearch)));
		remove(RESEARCH_INSTITUTE);
		let vote = pallet_access_control::Call::vote {
			application: 2,
			choice: VoteChoice::Approve,
			reason: VoteReason::FitsTerms,
			memo: Digest::zero(),
		};
		assert_noop!(by("Alice", vote), pallet_access_control::Error::<Runtime>::PartyLeft);
		assert!(!<AccessControl as Agreements>::is_in_force(1));
		assert_eq!(gate("Researcher"), Err(InvalidTransaction::BadSigner.into()));
	});
}

#[test]
fn patients_of_a_removed_hospital_still_withdraw() {
	use semblance_primitives::{
		consent::{Capture, ConsentStatus},
		data_use::*,
	};
	chain("local_testnet").execute_with(|| {
		let (handle, notice) = (Digest::repeat_byte(1), Digest::repeat_byte(22));
		let ask = pallet_consent::Call::request {
			handle,
			subject: account("Patient"),
			terms: DataUse::new(Permission::HealthMedicalBiomedical),
			expires: None,
			notice,
			capture: Capture::SelfSigned,
		};
		assert_ok!(by("Alice", ask));
		assert_ok!(by("Patient", pallet_consent::Call::give { handle }));
		remove(ALICES_HOSPITAL);
		assert_ok!(by("Patient", pallet_consent::Call::withdraw { handle, evidence: notice }));
		let consent = Consent::consent(handle).unwrap();
		assert_eq!(consent.latest.status, ConsentStatus::Withdrawn);
	});
}
