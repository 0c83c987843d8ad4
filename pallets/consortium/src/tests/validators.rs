//! Validators come, change keys, and go.

use super::*;
use crate::{KeysSetAt, LeavingValidators, OwnershipProof, Validators};
use codec::Encode;
use semblance_primitives::{
	consortium::{OrganisationKind, OrganisationStatus},
	AccountId,
};
use sp_runtime::{testing::TestSignature, DispatchError, DispatchResult};

/// What a node answers that holds the keys of that index.
fn proof(index: u8, owner: &AccountId) -> OwnershipProof {
	TestSignature(u64::from(index), owner.encode()).encode().try_into().unwrap()
}

fn set_keys(by: AccountId, of: AccountId, index: u8) -> DispatchResult {
	let proof = proof(index, &of);
	Consortium::set_validator_keys(RuntimeOrigin::signed(by), of, keys(index), proof)
}

fn add(validator: AccountId) -> DispatchResult {
	Consortium::add_validator(RuntimeOrigin::root(), HOSPITAL, validator)
}

fn remove(validator: AccountId) -> DispatchResult {
	Consortium::remove_validator(RuntimeOrigin::root(), validator)
}

#[test]
fn a_new_validator_validates_two_sessions_after_its_keys_are_set() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		run_session(&[]);
		assert_ok!(add(node(3)));
		assert_eq!(events().last(), Some(&Event::ValidatorAdded { organisation: HOSPITAL, validator: node(3) }));
		run_session(&[]);
		run_session(&[]);
		assert_eq!(Session::validators(), [0, 1, 2].map(node), "without keys it never does");
		assert_ok!(set_keys(head(), node(3), 3));
		assert_eq!(events().last(), Some(&Event::ValidatorKeysSet { organisation: HOSPITAL, validator: node(3) }));
		run_session(&[]);
		assert_eq!(Session::validators(), [0, 1, 2].map(node));
		run_session(&[]);
		assert_eq!(Session::validators(), [0, 1, 2, 3].map(node));
	});
}

#[test]
fn a_removed_validator_answers_until_it_is_out_of_the_set_and_keeps_nothing_then() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		run_session(&[]);
		assert_ok!(remove(node(0)));
		let gone = Event::ValidatorRemoved { organisation: HOSPITAL, validator: node(0), session: 3 };
		assert_eq!(events().last(), Some(&gone));
		assert_eq!(Consortium::validator_organisation(node(0)), None, "it signs no more for its hospital");
		run_session(&[]);
		assert_eq!(Session::validators(), [0, 1, 2].map(node));
		assert!(Session::load_keys(&node(0)).is_some(), "evidence against it can be checked");
		run_session(&[]);
		assert_eq!(Session::validators(), [1, 2].map(node));
		assert_eq!(Session::load_keys(&node(0)), None);
		assert_eq!(LeavingValidators::<Test>::get(node(0)), None);
	});
}

#[test]
fn a_removed_validator_can_come_back_once_it_is_out() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		assert_ok!(remove(node(0)));
		assert_noop!(add(node(0)), Error::<Test>::ValidatorLeaving);
		run_session(&[]);
		assert_noop!(add(node(0)), Error::<Test>::ValidatorLeaving);
		run_session(&[]);
		assert_ok!(add(node(0)));
		assert_ok!(set_keys(head(), node(0), 0));
		run_session(&[]);
		run_session(&[]);
		assert_eq!(Session::validators().len(), 3);
	});
}

#[test]
fn a_planned_removal_leaves_the_minimum_of_working_validators() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		assert_noop!(remove(node(0)), Error::<Test>::MinValidatorsNotKept);
		assert_ok!(add(node(7)));
		assert_noop!(remove(node(0)), Error::<Test>::MinValidatorsNotKept);
		assert_ok!(remove(node(7)));
		assert_ok!(add(node(8)));
		assert_ok!(set_keys(head(), node(8), 8));
		assert_ok!(remove(node(0)));
	});
}

#[test]
fn there_are_never_more_validators_than_fit() {
	ExtBuilder::with_validators(6).build_and_execute(|| {
		assert_noop!(add(node(6)), Error::<Test>::MaxValidatorsExceeded);
	});
}

#[test]
fn only_the_council_adds_and_removes() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		for origin in [RuntimeOrigin::signed(head()), RuntimeOrigin::signed(stranger()), RuntimeOrigin::none()] {
			let added = Consortium::add_validator(origin.clone(), HOSPITAL, node(3));
			assert_noop!(added, DispatchError::BadOrigin);
			assert_noop!(Consortium::remove_validator(origin, node(0)), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn only_active_hospitals_get_validators() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		let add = |organisation| Consortium::add_validator(RuntimeOrigin::root(), organisation, node(3));
		assert_noop!(add(NOBODY), Error::<Test>::OrganisationNotFound);
		assert_noop!(add(BOARD), Error::<Test>::NoValidatorsForKind);
		assert_ok!(Consortium::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_noop!(add(HOSPITAL), Error::<Test>::OrganisationNotActive);
	});
}

#[test]
fn a_validator_is_added_and_removed_once() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		assert_noop!(add(node(0)), Error::<Test>::AlreadyValidator);
		assert_ok!(remove(node(0)));
		assert_noop!(remove(node(0)), Error::<Test>::ValidatorNotFound);
		assert_noop!(remove(stranger()), Error::<Test>::ValidatorNotFound);
	});
}

#[test]
fn keys_are_set_by_the_hospitals_administrators_for_its_own_validators() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		for who in [chair(), steward(), stranger(), node(0)] {
			assert_noop!(set_keys(who, node(0), 9), Error::<Test>::NotAuthorized);
		}
		assert_noop!(set_keys(head(), stranger(), 9), Error::<Test>::ValidatorNotFound);
		let kind = OrganisationKind::Hospital;
		let name = b"Second".to_vec().try_into().unwrap();
		assert_ok!(Consortium::admit_organisation(RuntimeOrigin::root(), name, kind, stranger()));
		assert_noop!(set_keys(stranger(), node(0), 9), Error::<Test>::NotAuthorized);
		assert_ok!(set_keys(head(), node(0), 9));
		assert_eq!(Session::load_keys(&node(0)), Some(keys(9)));
	});
}

#[test]
fn keys_need_a_proof_by_themselves_for_this_validator() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		let set = |proof| Consortium::set_validator_keys(RuntimeOrigin::signed(head()), node(0), keys(9), proof);
		for bad in [proof(8, &node(0)), proof(9, &node(1)), OwnershipProof::default()] {
			assert_noop!(set(bad), Error::<Test>::ProofNotValid);
		}
		assert_ok!(set(proof(9, &node(0))));
	});
}

#[test]
fn two_validators_never_share_a_key() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		assert_noop!(set_keys(head(), node(0), 1), pallet_session::Error::<Test>::DuplicatedKey);
	});
}

#[test]
fn keys_rest_between_changes() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		assert_ok!(set_keys(head(), node(0), 8));
		assert_ok!(set_keys(head(), node(1), 9));
		System::set_block_number(1 + 24);
		assert_noop!(set_keys(head(), node(0), 7), Error::<Test>::KeysChangedTooSoon);
		System::set_block_number(1 + 25);
		assert_ok!(set_keys(head(), node(0), 7));
		assert_eq!(KeysSetAt::<Test>::get(node(0)), Some(26));
	});
}

#[test]
fn new_keys_count_from_the_session_after_the_next() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		assert_ok!(set_keys(head(), node(0), 9));
		let active = |index| Session::queued_keys().contains(&(node(0), keys(index)));
		assert!(active(0));
		run_session(&[]);
		assert!(active(9), "they are queued for the session after this one");
	});
}

#[test]
fn a_removed_hospital_takes_its_validators_peers_and_key_along() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		let kind = OrganisationKind::Hospital;
		let name = b"Second".to_vec().try_into().unwrap();
		assert_ok!(Consortium::admit_organisation(RuntimeOrigin::root(), name, kind, stranger()));
		let second = 3;
		assert_ok!(Consortium::add_validator(RuntimeOrigin::root(), second, node(5)));
		assert_ok!(set_keys(stranger(), node(5), 5));
		let key = Some([1; 32].into());
		assert_ok!(Consortium::set_organisation_key(RuntimeOrigin::signed(head()), key));
		assert_ok!(Consortium::remove_organisation(RuntimeOrigin::root(), HOSPITAL));
		let record = Consortium::organisation(HOSPITAL).unwrap();
		assert_eq!(record.status, OrganisationStatus::Removed);
		assert_eq!((record.peers.len(), record.encryption_key), (0, None));
		assert_eq!(Validators::<Test>::iter().collect::<Vec<_>>(), vec![(node(5), second)]);
		run_session(&[]);
		run_session(&[]);
		assert_eq!(Session::validators(), vec![node(5)]);
	});
}

#[test]
fn the_hospital_of_the_last_working_validators_stays() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		let remove = Consortium::remove_organisation(RuntimeOrigin::root(), HOSPITAL);
		assert_noop!(remove, Error::<Test>::MinValidatorsNotKept);
	});
}
