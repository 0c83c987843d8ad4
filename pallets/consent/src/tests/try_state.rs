//! The invariants notice what must not be.

use super::*;
use crate::{ConsentCount, History, LastRestriction, Subjects, Successors};
use semblance_primitives::{consent::Consent as Record, Digest};

/// Whether `change` breaks a state with a consent that was given at block 1 and withdrawn at block 3.
fn broken_by(change: impl FnOnce()) -> bool {
	ExtBuilder.build().execute_with(|| {
		assert_ok!(capture(1, Some(patient()), None));
		System::set_block_number(3);
		assert_ok!(Consent::withdraw(signed(patient()), handle(1), Digest::zero()));
		Consent::do_try_state().unwrap();
		change();
		Consent::do_try_state().is_err()
	})
}

#[test]
fn a_history_that_does_not_lead_to_the_present_is_noticed() {
	let change = |change: fn(&mut Record)| Consents::<Test>::mutate(handle(1), |c| change(c.as_mut().unwrap()));
	assert!(broken_by(|| History::<Test>::remove(handle(1), 0)));
	assert!(broken_by(|| History::<Test>::mutate(handle(1), 0, |t| t.as_mut().unwrap().block = 4)));
	assert!(broken_by(|| change(|consent| consent.latest.status = ConsentStatus::Given)));
	assert!(broken_by(|| change(|consent| consent.latest.block = 0)));
	assert!(broken_by(|| change(|consent| consent.earlier = 0)));
	assert!(broken_by(|| change(|consent| consent.earlier = 2)));
}

#[test]
fn a_history_without_a_consent_is_noticed() {
	assert!(broken_by(|| {
		let change = History::<Test>::get(handle(1), 0).unwrap();
		History::<Test>::insert(handle(9), 0, change);
	}));
}

#[test]
fn wrong_counts_are_noticed() {
	assert!(broken_by(|| ConsentCount::<Test>::insert(HOSPITAL, 2)));
	assert!(broken_by(|| ConsentCount::<Test>::insert(OTHER_HOSPITAL, 1)));
	assert!(broken_by(|| Subjects::<Test>::insert(stranger(), 1)));
	assert!(broken_by(|| Subjects::<Test>::remove(patient())));
	assert!(broken_by(|| {
		let _ = System::dec_providers(&patient());
	}));
}

#[test]
fn a_forgotten_restriction_is_noticed() {
	assert!(broken_by(|| LastRestriction::<Test>::remove(HOSPITAL)));
	assert!(broken_by(|| LastRestriction::<Test>::insert(HOSPITAL, 2)));
}

#[test]
fn a_successor_of_a_consent_that_was_not_superseded_is_noticed() {
	assert!(broken_by(|| Successors::<Test>::insert(handle(1), handle(2))));
}
