//! The invariants notice what must not be.

use super::*;
use crate::{MemberCount, Members, NextOrganisation, Organisations, StandingAdministrators, Validators};

fn broken_by(change: impl FnOnce()) -> bool {
	ExtBuilder::default().build().execute_with(|| {
		Consortium::do_try_state().unwrap();
		change();
		Consortium::do_try_state().is_err()
	})
}

#[test]
fn wrong_counts_are_noticed() {
	assert!(broken_by(|| MemberCount::<Test>::insert(HOSPITAL, 3)));
	assert!(broken_by(|| StandingAdministrators::<Test>::insert(HOSPITAL, 2)));
	assert!(broken_by(|| NextOrganisation::<Test>::put(2)));
	assert!(broken_by(|| NextOrganisation::<Test>::put(4)));
}

#[test]
fn members_that_cannot_be_are_noticed() {
	assert!(broken_by(|| Members::<Test>::mutate(steward(), |m| m.as_mut().unwrap().organisation = NOBODY)));
	assert!(broken_by(|| Members::<Test>::mutate(steward(), |m| m.as_mut().unwrap().roles = roles(&[]))));
	assert!(broken_by(|| {
		let _ = System::dec_providers(&steward());
	}));
}

#[test]
fn organisations_that_are_missing_or_locked_out_are_noticed() {
	assert!(broken_by(|| Organisations::<Test>::remove(BOARD)));
	assert!(broken_by(|| {
		Members::<Test>::remove(chair());
		MemberCount::<Test>::insert(BOARD, 0);
		StandingAdministrators::<Test>::insert(BOARD, 0);
	}));
}

#[test]
fn validators_of_nobody_are_noticed() {
	assert!(broken_by(|| Validators::<Test>::insert(stranger(), NOBODY)));
	assert!(broken_by(|| Validators::<Test>::insert(stranger(), BOARD)));
}
