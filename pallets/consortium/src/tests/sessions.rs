//! From session to session.

use super::*;
use crate::{Config, SetChanged};
use pallet_session::historical::HistoricalSessions;
use semblance_primitives::AccountId;

fn all() -> Vec<AccountId> {
	Session::validators()
}

fn absences() -> Vec<u32> {
	Consortium::validators().iter().map(|validator| validator.sessions_absent).collect()
}

#[test]
fn the_genesis_set_validates_and_is_on_record() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		assert_eq!(all(), [0, 1, 2].map(node));
		assert!(HistoricalSessions::<Test>::contains_key(0));
		assert!(HistoricalSessions::<Test>::contains_key(1));
	});
}

#[test]
fn a_set_without_changes_is_listed_once() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		assert!(SetChanged::<Test>::get());
		run_session(&[]);
		assert!(!SetChanged::<Test>::get());
		assert!(pallet_session::QueuedChanged::<Test>::get());
		for _ in 0..3 {
			run_session(&[]);
			assert!(!pallet_session::QueuedChanged::<Test>::get());
			assert_eq!(all().len(), 3);
		}
	});
}

#[test]
fn the_chain_goes_on_with_its_old_set_if_no_validator_has_keys() {
	ExtBuilder::with_validators(1).build_and_execute(|| {
		pallet_session::NextKeys::<Test>::remove(node(0));
		for _ in 0..3 {
			run_session(&[]);
		}
		assert!(SetChanged::<Test>::get());
	});
}

#[test]
fn absent_validators_are_counted_and_shown_but_stay() {
	ExtBuilder::with_validators(3).build_and_execute(|| {
		run_session(&[node(0), node(1), node(2)]);
		assert_eq!(absences(), vec![0, 0, 0]);
		run_session(&[node(0), node(1)]);
		assert_eq!(absences(), vec![0, 0, 1]);
		run_session(&[node(0)]);
		assert_eq!(absences(), vec![0, 1, 2]);
		let absent =
			|index, sessions| Event::ValidatorAbsent { organisation: HOSPITAL, validator: node(index), sessions };
		assert_eq!(events(), vec![absent(2, 1), absent(1, 1), absent(2, 2)]);
		assert_eq!(all().len(), 3);
	});
}

#[test]
fn one_block_ends_an_absence() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		run_session(&[node(0)]);
		run_session(&[node(0)]);
		run_session(&[node(0), node(1)]);
		assert_eq!(absences(), vec![0, 0]);
		let returned = Event::ValidatorReturned { organisation: HOSPITAL, validator: node(1) };
		assert_eq!(events().last(), Some(&returned));
		assert_eq!(Consortium::validators()[1].last_block, Some(20));
	});
}

#[test]
fn validators_are_shown_with_hospital_and_keys() {
	ExtBuilder::with_validators(1).build_and_execute(|| {
		assert_ok!(Consortium::add_validator(RuntimeOrigin::root(), HOSPITAL, node(1)));
		let shown: Vec<_> = Consortium::validators()
			.into_iter()
			.map(|validator| (validator.account, validator.organisation, validator.has_keys, validator.last_block))
			.collect();
		assert_eq!(shown, vec![(node(0), HOSPITAL, true, None), (node(1), HOSPITAL, false, None)]);
	});
}

#[test]
fn old_evidence_goes_out_of_date() {
	ExtBuilder::with_validators(2).build_and_execute(|| {
		let sessions = <Test as Config>::EvidenceSessions::get();
		for _ in 0..sessions + 2 {
			run_session(&[]);
		}
		assert!(!HistoricalSessions::<Test>::contains_key(1));
		assert!(HistoricalSessions::<Test>::contains_key(2));
	});
}
