use crate::{mock::*, Event, ReleaseCount, Releases};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	access::{AgreementState, KeyRelease, MAX_RELEASES},
	AccountId, AgreementId, Digest,
};
use sp_runtime::DispatchResult;

const ARTEFACT: u8 = 30;

fn release_as(who: AccountId, id: AgreementId) -> DispatchResult {
	AccessControl::release_key(signed(who), id, digest(ARTEFACT), digest(40), key(), 0)
}

fn release(artefact: u8, recipient_key: Digest, epoch: u32) -> DispatchResult {
	AccessControl::release_key(signed(steward()), 1, digest(artefact), digest(40), recipient_key, epoch)
}

fn acknowledge(who: AccountId, index: u32) -> DispatchResult {
	AccessControl::acknowledge_key(signed(who), 1, index)
}

/// An agreement in the given state under which an artefact was attested.
fn with_artefact(state: AgreementState) -> AgreementId {
	let id = reach(state);
	Made::mutate(|made| made.insert((id, digest(ARTEFACT))));
	id
}

fn register_key(account: &AccountId, key: Option<Digest>) {
	Members::mutate(|members| members.get_mut(account).unwrap().encryption_key = key);
}

#[test]
fn a_steward_releases_a_key_and_the_researcher_acknowledges_it() {
	ExtBuilder::default().build_and_execute(|| {
		let id = with_artefact(AgreementState::Active);
		go_to(20);
		assert_ok!(release_as(steward(), id));
		go_to(25);
		assert_ok!(acknowledge(researcher(), 0));
		let expected = KeyRelease {
			artefact: digest(ARTEFACT),
			wrapped_key: digest(40),
			recipient_key: key(),
			epoch: 0,
			released_by: steward(),
			released: 20,
			acknowledged: Some(25),
		};
		assert_eq!(AccessControl::releases(id), [expected]);
		let released =
			Event::KeyReleased { agreement: id, release: 0, artefact: digest(ARTEFACT), wrapped_key: digest(40) };
		assert_eq!(events(), [released, Event::KeyAcknowledged { agreement: id, release: 0 }]);
	});
}

#[test]
fn keys_are_released_under_active_agreements_only() {
	use AgreementState::*;
	for state in [Denied, UnderReview, Rejected, Retracted, Suspended, Expired, Terminated, Revoked, Closed] {
		ExtBuilder::default().build_and_execute(|| {
			let id = with_artefact(state);
			assert_noop!(release_as(steward(), id), Error::NotActive);
		});
	}
}

#[test]
fn keys_are_released_up_to_the_last_block() {
	ExtBuilder::default().build_and_execute(|| {
		let id = with_artefact(AgreementState::Active);
		go_to(record(id).expires + 1);
		assert_noop!(release_as(steward(), id), Error::AgreementOver);
		go_to(record(id).expires);
		assert_ok!(release_as(steward(), id));
	});
}

#[test]
fn only_the_custodians_stewards_release_keys() {
	ExtBuilder::default().build_and_execute(|| {
		let id = with_artefact(AgreementState::Active);
		for who in [other_steward(), researcher(), reviewer(), clerk(), stranger()] {
			assert_noop!(release_as(who, id), Error::NotAuthorized);
		}
		assert_noop!(release_as(steward(), 9), Error::NotFound);
		assert_ok!(release_as(second_steward(), id));
	});
}

#[test]
fn keys_of_artefacts_that_are_not_attested_under_the_agreement_stay() {
	ExtBuilder::default().build_and_execute(|| {
		with_artefact(AgreementState::Active);
		let other = agree();
		assert_noop!(release(31, key(), 0), Error::ArtefactNotAttested);
		assert_noop!(release_as(steward(), other), Error::ArtefactNotAttested);
	});
}

#[test]
fn keys_go_to_the_applicants_registered_key_only() {
	ExtBuilder::default().build_and_execute(|| {
		with_artefact(AgreementState::Active);
		assert_noop!(release(ARTEFACT, digest(78), 0), Error::RecipientKeyMismatch);
		register_key(&researcher(), None);
		assert_noop!(release(ARTEFACT, key(), 0), Error::RecipientKeyMissing);
		assert_noop!(release(ARTEFACT, Digest::zero(), 0), Error::RecipientKeyMissing);
		register_key(&researcher(), Some(digest(78)));
		assert_noop!(release(ARTEFACT, key(), 0), Error::RecipientKeyMismatch);
		dismiss(&researcher());
		assert_noop!(release(ARTEFACT, digest(78), 0), Error::RecipientKeyMissing);
	});
}

#[test]
fn the_wrapped_key_is_named() {
	ExtBuilder::default().build_and_execute(|| {
		let id = with_artefact(AgreementState::Active);
		let origin = signed(steward());
		let attempt = AccessControl::release_key(origin, id, digest(ARTEFACT), Digest::zero(), key(), 0);
		assert_noop!(attempt, Error::WrappedKeyMissing);
	});
}

#[test]
fn epochs_go_forward_and_each_key_goes_to_each_recipient_once() {
	ExtBuilder::default().build_and_execute(|| {
		let id = with_artefact(AgreementState::Active);
		Made::mutate(|made| made.insert((id, digest(31))));
		assert_ok!(release(ARTEFACT, key(), 1));
		assert_noop!(release(ARTEFACT, key(), 1), Error::AlreadyExists);
		assert_noop!(release(ARTEFACT, key(), 0), Error::EpochOutdated);
		register_key(&researcher(), Some(digest(78)));
		assert_ok!(release(ARTEFACT, digest(78), 1));
		assert_ok!(release(ARTEFACT, digest(78), 2));
		assert_noop!(release(ARTEFACT, digest(78), 1), Error::EpochOutdated);
		assert_ok!(release(31, digest(78), 0));
		assert_eq!(ReleaseCount::<Test>::get(id), 4);
	});
}

#[test]
fn no_more_keys_are_released_than_are_kept() {
	ExtBuilder::default().build_and_execute(|| {
		with_artefact(AgreementState::Active);
		for epoch in 0..MAX_RELEASES {
			assert_ok!(release(ARTEFACT, key(), epoch));
		}
		assert_noop!(release(ARTEFACT, key(), MAX_RELEASES), Error::MaxReleasesExceeded);
		assert_eq!(AccessControl::releases(1).len(), MAX_RELEASES as usize);
	});
}

#[test]
fn only_the_applicant_acknowledges_and_once() {
	ExtBuilder::default().build_and_execute(|| {
		let id = with_artefact(AgreementState::Active);
		assert_noop!(acknowledge(researcher(), 0), Error::ReleaseNotFound);
		assert_ok!(release_as(steward(), id));
		for who in [colleague(), steward(), stranger()] {
			assert_noop!(acknowledge(who, 0), Error::NotApplicant);
		}
		assert_noop!(acknowledge(researcher(), 1), Error::ReleaseNotFound);
		assert_ok!(acknowledge(researcher(), 0));
		assert_noop!(acknowledge(researcher(), 0), Error::AlreadyAcknowledged);
		assert_noop!(AccessControl::acknowledge_key(signed(researcher()), 9, 0), Error::NotFound);
	});
}

#[test]
fn receipt_can_be_acknowledged_after_the_agreement_ended() {
	ExtBuilder::default().build_and_execute(|| {
		let id = with_artefact(AgreementState::Active);
		assert_ok!(release_as(steward(), id));
		assert_ok!(AccessControl::terminate(signed(researcher()), id));
		assert_ok!(acknowledge(researcher(), 0));
		assert!(Releases::<Test>::get(id, 0).unwrap().acknowledged.is_some());
	});
}
