//! Who may speak for a hospital, and what an acceptance must say.

use super::*;
use crate::{Event, Refusal};
use frame_support::{pallet_prelude::TransactionSource, traits::Authorize};

fn accept_with(change: impl FnOnce(&mut Acceptance)) -> Call<Test> {
	let id = requested();
	run_to(5);
	let mut acceptance = acceptance(4);
	change(&mut acceptance);
	accept_call(MERCY_KEY, id, acceptance)
}

#[test]
fn an_acceptance_is_recorded_with_its_block() {
	chain().build_and_execute(|| {
		let call = accept_with(|_| {});
		assert_eq!(apply(call), Ok(()));
		let record = AcceptanceRecord { acceptance: acceptance(4), block: 5 };
		assert_eq!((job(1).state, job(1).accepted), (JobState::Accepted, Some(record)));
		let event = Event::JobAccepted { job: 1, beacon_block: 7, consent_count: 10 };
		assert_eq!(events().last(), Some(&event));
	});
}

#[test]
fn the_transaction_names_job_and_hospital_only_and_travels() {
	chain().build_and_execute(|| {
		let mut call = accept_with(|_| {});
		let (first, unspent) = call.authorize(TransactionSource::External).unwrap().unwrap();
		if let Call::accept { discriminator, .. } = &mut call {
			*discriminator = 77;
		}
		let (second, _) = call.authorize(TransactionSource::InBlock).unwrap().unwrap();
		assert_eq!(first, second);
		assert_eq!((first.provides.len(), first.longevity, first.propagate), (1, 16, true));
		assert!(unspent == frame_support::weights::Weight::zero() && first.priority > 0);
	});
}

#[test]
fn unknown_jobs_are_refused() {
	chain().build_and_execute(|| {
		let mut call = accept_with(|_| {});
		if let Call::accept { payload, .. } = &mut call {
			payload.job = 9;
		}
		assert_eq!(apply(call), refused(Refusal::JobNotFound));
	});
}

#[test]
fn another_hospitals_key_is_refused() {
	chain().build_and_execute(|| {
		let id = requested();
		run_to(2);
		assert_eq!(apply(accept_call(NORTHSIDE_KEY, id, acceptance(1))), refused(Refusal::NotCustodian));
		assert_eq!(apply(fail_call(NORTHSIDE_KEY, id)), refused(Refusal::NotCustodian));
	});
}

#[test]
fn a_key_outside_the_session_is_refused() {
	chain().build_and_execute(|| {
		let id = requested();
		run_to(2);
		assert_eq!(apply(accept_call("//Nobody", id, acceptance(1))), refused(Refusal::UnknownKey));
	});
}

#[test]
fn a_suspended_hospitals_key_is_refused() {
	chain().build_and_execute(|| {
		let id = requested();
		World::change(|world| world.validators.remove(&account(101)));
		assert_eq!(apply(fail_call(MERCY_KEY, id)), refused(Refusal::UnknownKey));
	});
}

#[test]
fn a_signature_holds_for_its_contents_job_attempt_and_step_only() {
	chain().build_and_execute(|| {
		let (first, second) = (requested(), requested());
		run_to(5);
		let mut changed = accept_call(MERCY_KEY, first, acceptance(4));
		if let Call::accept { payload, .. } = &mut changed {
			payload.acceptance.training_root = Digest::zero();
		}
		assert_eq!(apply(changed), refused(Refusal::BadSignature));

		let mut moved = accept_call(MERCY_KEY, first, acceptance(4));
		if let Call::accept { payload, .. } = &mut moved {
			payload.job = second;
		}
		assert_eq!(apply(moved), refused(Refusal::BadSignature));

		let payload = FailPayload { job: first, reason: FailureReason::GenerationFailed };
		let signature = sign(MERCY_KEY, ACCEPT, &job(first), &payload);
		let wrong_tag = Call::fail { payload, key: pair(MERCY_KEY).public(), signature, discriminator: 0 };
		assert_eq!(apply(wrong_tag), refused(Refusal::BadSignature));
	});
}

#[test]
fn a_signature_for_another_chain_is_refused() {
	chain().build_and_execute(|| {
		let call = accept_with(|_| {});
		frame_system::BlockHash::<Test>::insert(0, Digest::repeat_byte(1));
		assert_eq!(apply(call), refused(Refusal::BadSignature));
	});
}

#[test]
fn the_deadline_block_is_the_last_for_every_step() {
	chain().build_and_execute(|| {
		let id = requested();
		run_to(52);
		assert_eq!(apply(accept_call(MERCY_KEY, id, acceptance(51))), refused(Refusal::DeadlinePassed));
		assert_eq!(apply(fail_call(MERCY_KEY, id)), refused(Refusal::DeadlinePassed));
		System::set_block_number(51);
		assert_eq!(apply(accept_call(MERCY_KEY, id, acceptance(50))), Ok(()));
	});
}

#[test]
fn too_few_consents_are_refused() {
	chain().build_and_execute(|| {
		let call = accept_with(|acceptance| acceptance.consent_count = MinConsents::get() - 1);
		assert_eq!(apply(call), refused(Refusal::TooFewConsents));
	});
}

#[test]
fn consents_are_read_after_the_request_and_before_this_block() {
	chain().build_and_execute(|| {
		System::set_block_number(3);
		let id = requested();
		run_to(5);
		let read_at = |block| apply(accept_call(MERCY_KEY, id, acceptance(block)));
		assert_eq!(read_at(2), refused(Refusal::ConsentBlockOutOfRange));
		assert_eq!(read_at(5), refused(Refusal::ConsentBlockOutOfRange));
		assert_eq!(read_at(BlockNumber::MAX), refused(Refusal::ConsentBlockOutOfRange));
		assert_eq!(read_at(3), Ok(()));
	});
}

#[test]
fn a_withdrawal_after_the_consents_were_read_makes_them_stale() {
	chain().build_and_execute(|| {
		let call = accept_with(|_| {});
		World::change(|world| world.restrictions.insert(MERCY, 5));
		assert_eq!(apply(call.clone()), refused(Refusal::StaleConsent));
		// In the block that was read itself, the withdrawal was seen.
		World::change(|world| world.restrictions.insert(MERCY, 4));
		assert_eq!(apply(call), Ok(()));
	});
}

#[test]
fn another_hospitals_withdrawals_do_not_matter() {
	chain().build_and_execute(|| {
		let call = accept_with(|_| {});
		World::change(|world| world.restrictions.insert(NORTHSIDE, 5));
		assert_eq!(apply(call), Ok(()));
	});
}

#[test]
fn a_step_that_cannot_be_recorded_is_refused_and_leaves_nothing_behind() {
	chain().build_and_execute(|| {
		let id = accepted();
		World::change(|world| world.refuses_derived = true);
		let root = sp_io::storage::root(sp_runtime::StateVersion::V1);
		assert_eq!(apply(attest_call(MERCY_KEY, body_of(id))), refused(Refusal::NotRecordable));
		assert_eq!(sp_io::storage::root(sp_runtime::StateVersion::V1), root);
		World::change(|world| world.refuses_derived = false);
		attested(id);
	});
}

#[test]
fn the_codes_of_refusals_are_fixed() {
	let codes = [
		(Refusal::JobNotFound, 1),
		(Refusal::StaleConsent, 9),
		(Refusal::BeaconMismatch, 13),
		(Refusal::NotRecordable, 21),
	];
	for (refusal, code) in codes {
		assert_eq!(refusal as u8, code);
	}
}

#[test]
fn what_a_worker_signs_is_golden() {
	chain().build_and_execute(|| {
		let id = requested();
		let payload = FailPayload { job: id, reason: FailureReason::TooFewConsents };
		let signed = crate::Pallet::<Test>::message_of(FAIL, &job(id), &payload);
		// domain, tag, genesis (the SDK's test hash), attempt 1, deadline 51, job 1, reason 4.
		let expected = [
			codec::Encode::encode(&b"semblance/signed/1".as_slice()),
			codec::Encode::encode(&b"job-fail".as_slice()),
			vec![69; 32],
			vec![1, 0, 0, 0, 51, 0, 0, 0, 1, 0, 0, 0, 4],
		];
		assert_eq!(signed, expected.concat());
	});
}
