//! Attestation keys follow the session.

use super::*;
use crate::{AttestationKeys, Refusal};
use frame_support::traits::OneSessionHandler;

fn new_session(changed: bool, validators: &[(semblance_primitives::AccountId, &str)]) {
	let keyed: Vec<_> = validators.iter().map(|(stash, seed)| (stash.clone(), pair(seed).public())).collect();
	let iter = || keyed.iter().map(|(stash, key)| (stash, key.clone()));
	GenerationAttestation::on_new_session(changed, iter(), iter());
}

#[test]
fn a_rotated_key_replaces_the_old_one() {
	chain().build_and_execute(|| {
		let id = requested();
		new_session(true, &[(account(101), "//Mercy//next"), (account(102), NORTHSIDE_KEY)]);
		assert_eq!(AttestationKeys::<Test>::iter().count(), 2);
		assert_eq!(apply(fail_call(MERCY_KEY, id)), refused(Refusal::UnknownKey));
		assert_eq!(apply(fail_call("//Mercy//next", id)), Ok(()));
	});
}

#[test]
fn a_validator_that_left_cannot_sign() {
	chain().build_and_execute(|| {
		let id = requested();
		new_session(true, &[(account(102), NORTHSIDE_KEY)]);
		assert_eq!(apply(fail_call(MERCY_KEY, id)), refused(Refusal::UnknownKey));
	});
}

#[test]
fn an_unchanged_session_keeps_the_keys() {
	chain().build_and_execute(|| {
		let before: Vec<_> = AttestationKeys::<Test>::iter().collect();
		new_session(false, &[]);
		assert_eq!(AttestationKeys::<Test>::iter().collect::<Vec<_>>(), before);
	});
}

#[test]
fn two_validators_of_one_hospital_both_sign_for_it() {
	chain().build_and_execute(|| {
		World::change(|world| world.validators.insert(account(103), MERCY));
		new_session(true, &[(account(101), MERCY_KEY), (account(103), "//Mercy//spare")]);
		let id = requested();
		assert_eq!(apply(fail_call("//Mercy//spare", id)), Ok(()));
	});
}
