//! Fraud proofs: a consent that did not hold, shown under the consent root.

use super::*;
use crate::{Attestations, Error, Event};
use frame_support::assert_noop;
use semblance_primitives::{
	commitment::{merkle_path, MerklePath},
	dataset::DatasetStatus,
	AttestationId,
};

/// Path of consent `number` under the root of [`acceptance`].
fn path(number: u8) -> MerklePath {
	let leaves: Vec<Digest> = (1..=10).map(|number| consent_leaf(&handle(number))).collect();
	merkle_path(&leaves, u32::from(number) - 1).unwrap()
}

fn attestation() -> AttestationId {
	let id = accepted();
	attested(id);
	job(id).attestation.unwrap()
}

fn report(who: u8, id: AttestationId, number: u8, path: MerklePath) -> DispatchResult {
	GenerationAttestation::report_invalid_consent(signed(who), id, handle(number), path)
}

/// Makes consent 3 hold from `first` to `last` only.
fn limit_consent(first: BlockNumber, last: BlockNumber) {
	World::change(|world| world.consents.insert(handle(3), (MERCY, first, last)));
}

#[test]
fn a_consent_that_did_not_hold_rejects_the_attestation_and_recalls_the_dataset() {
	chain().build_and_execute(|| {
		let id = attestation();
		limit_consent(0, 0);
		assert_ok!(report(AUDITOR, id, 3, path(3)));
		let record = Attestations::<Test>::get(id).unwrap();
		assert_eq!(record.status, AttestationStatus::Rejected);
		assert_eq!(World::get().dataset_mut(record.synthetic_dataset).status, DatasetStatus::Recalled);
		assert!(!is_attested(1, &Digest::repeat_byte(0xB3)));
		let event =
			Event::AttestationRejected { attestation: id, job: 1, handle: handle(3), reporter: account(AUDITOR) };
		assert_eq!(events().last(), Some(&event));
		assert_noop!(report(AUDITOR, id, 3, path(3)), Error::<Test>::AlreadyRejected);
	});
}

#[test]
fn a_consent_that_held_rejects_nothing() {
	chain().build_and_execute(|| {
		let id = attestation();
		for number in 1..=10 {
			assert_noop!(report(AUDITOR, id, number, path(number)), Error::<Test>::ConsentWasValid);
		}
	});
}

#[test]
fn only_the_block_at_which_consents_were_read_counts() {
	chain().build_and_execute(|| {
		let id = attestation();
		let read_at = Attestations::<Test>::get(id).unwrap().body.acceptance.consent_block;
		// Withdrawn afterwards: what was done before stays lawful.
		limit_consent(0, read_at);
		assert_noop!(report(AUDITOR, id, 3, path(3)), Error::<Test>::ConsentWasValid);
		// Given afterwards: too late.
		limit_consent(read_at + 1, BlockNumber::MAX);
		assert_ok!(report(AUDITOR, id, 3, path(3)));
	});
}

#[test]
fn unknown_consents_and_those_of_other_hospitals_do_not_hold() {
	chain().build_and_execute(|| {
		let first = attestation();
		World::change(|world| world.consents.remove(&handle(3)));
		assert_ok!(report(AUDITOR, first, 3, path(3)));
		let second = attestation();
		World::change(|world| world.consents.insert(handle(4), (NORTHSIDE, 0, BlockNumber::MAX)));
		assert_ok!(report(AUDITOR, second, 4, path(4)));
	});
}

#[test]
fn a_path_must_lead_from_the_consent_to_the_root() {
	chain().build_and_execute(|| {
		let id = attestation();
		limit_consent(0, 0);
		assert_noop!(report(AUDITOR, id, 3, path(4)), Error::<Test>::PathInvalid);
		World::change(|world| world.consents.remove(&handle(77)));
		assert_noop!(report(AUDITOR, id, 77, path(3)), Error::<Test>::PathInvalid);
		let mut forged = path(3);
		forged.siblings[0] = Digest::zero();
		assert_noop!(report(AUDITOR, id, 3, forged), Error::<Test>::PathInvalid);
		let longer = MerklePath { leaves: u32::MAX, ..path(3) };
		assert_noop!(report(AUDITOR, id, 3, longer), Error::<Test>::PathInvalid);
		assert_noop!(report(AUDITOR, Digest::zero(), 3, path(3)), Error::<Test>::AttestationNotFound);
	});
}

#[test]
fn a_false_count_of_consents_does_not_protect_the_fraud() {
	chain().build_and_execute(|| {
		let id = requested();
		run_to(2);
		let acceptance = Acceptance { consent_count: 999, ..acceptance(1) };
		assert_eq!(apply(accept_call(MERCY_KEY, id, acceptance)), Ok(()));
		run_to(6);
		attested(id);
		limit_consent(0, 0);
		assert_ok!(report(AUDITOR, job(id).attestation.unwrap(), 3, path(3)));
	});
}

#[test]
fn only_active_members_report() {
	chain().build_and_execute(|| {
		let id = attestation();
		limit_consent(0, 0);
		assert_noop!(report(STRANGER, id, 3, path(3)), Error::<Test>::NotAuthorized);
		assert_ok!(report(RESEARCHER, id, 3, path(3)));
	});
}

#[test]
fn a_dataset_recalled_before_does_not_stand_in_the_way() {
	chain().build_and_execute(|| {
		let id = attestation();
		let dataset = Attestations::<Test>::get(id).unwrap().synthetic_dataset;
		World::change(|world| world.dataset_mut(dataset).status = DatasetStatus::Recalled);
		limit_consent(0, 0);
		assert_ok!(report(AUDITOR, id, 3, path(3)));
	});
}
