//! Validators that contradict themselves. The offence is a small one of the tests; the runtime's tests bring GRANDPA's.

use super::*;
use frame_support::traits::KeyOwnerProofSystem;
use semblance_primitives::AccountId;
use sp_runtime::{key_types::DUMMY, traits::OpaqueKeys, Perbill};
use sp_staking::{
	offence::{Kind, Offence, OffenceError, ReportOffence},
	SessionIndex,
};

struct Contradiction {
	offender: AccountId,
	slot: u128,
}

impl Offence<(AccountId, ())> for Contradiction {
	const ID: Kind = *b"tests:contradict";
	type Slot = u128;

	fn offenders(&self) -> Vec<(AccountId, ())> {
		vec![(self.offender.clone(), ())]
	}

	fn validator_set_count(&self) -> u32 {
		4
	}

	fn slot(&self) -> u128 {
		self.slot
	}

	fn session_index(&self) -> SessionIndex {
		1
	}

	fn slash_fraction(&self, _: u32) -> Perbill {
		Perbill::zero()
	}
}

fn report(index: u8, slot: u128) -> Result<(), OffenceError> {
	Offences::report_offence(vec![], Contradiction { offender: node(index), slot })
}

fn punished(index: u8, without: Option<SessionIndex>) -> Event<Test> {
	Event::ValidatorPunished { organisation: HOSPITAL, validator: node(index), session: 1, without }
}

#[test]
fn an_offender_is_muted_at_once_and_out_two_sessions_later() {
	ExtBuilder::with_validators(4).build_and_execute(|| {
		run_session(&[]);
		assert_ok!(report(2, 1));
		assert_eq!(events().last(), Some(&punished(2, Some(3))));
		assert_eq!(Session::disabled_validators(), vec![2]);
		run_session(&[]);
		assert_eq!(Session::disabled_validators(), vec![2], "it stays mute while it is in the set");
		run_session(&[]);
		assert_eq!(Session::validators(), [0, 1, 3].map(node));
		assert!(Session::disabled_validators().is_empty());
	});
}

#[test]
fn punishment_may_go_below_the_minimum_but_leaves_one_validator() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		run_session(&[]);
		assert_ok!(report(0, 1));
		assert_ok!(report(1, 1));
		assert_eq!(events().last(), Some(&punished(1, None)));
		run_session(&[]);
		run_session(&[]);
		assert_eq!(Session::validators(), vec![node(1)]);
	});
}

#[test]
fn one_deed_is_punished_once() {
	ExtBuilder::with_validators(4).build_and_execute(|| {
		run_session(&[]);
		assert_ok!(report(2, 1));
		assert_eq!(report(2, 1), Err(OffenceError::DuplicateReport));
		assert_ok!(report(2, 2));
		let count = events().iter().filter(|event| matches!(event, Event::ValidatorPunished { .. })).count();
		assert_eq!(count, 1);
	});
}

#[test]
fn a_key_can_be_proven_after_its_owner_was_removed_until_evidence_goes_out_of_date() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		let offender = keys(0);
		let key = (DUMMY, offender.get_raw(DUMMY).to_vec());
		run_session(&[]);
		let proof = Historical::prove(key.clone()).unwrap();
		assert_ok!(Consortium::remove_validator(RuntimeOrigin::root(), node(0)));
		for _ in 0..4 {
			run_session(&[]);
			assert_eq!(Historical::check_proof(key.clone(), proof.clone()), Some((node(0), ())));
		}
		for _ in 0..2 {
			run_session(&[]);
		}
		assert_eq!(Historical::check_proof(key, proof), None);
	});
}

#[test]
fn genesis_sessions_can_be_proven_later() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		let key = (DUMMY, keys(1).get_raw(DUMMY).to_vec());
		let proof = Historical::prove(key.clone()).unwrap();
		assert_eq!(proof.session, 0);
		run_session(&[]);
		run_session(&[]);
		assert_eq!(Historical::check_proof(key, proof), Some((node(1), ())));
	});
}
