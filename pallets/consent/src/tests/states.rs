//! Every state against every call that changes a consent.

use super::*;
use crate::Successors;
use semblance_primitives::{
	consent::{Consent as Record, ConsentReason},
	data_use::Modifiers,
	Digest,
};
use ConsentStatus::*;

const STATES: [ConsentStatus; 10] =
	[Requested, Given, Refused, Renewed, Restricted, Withdrawn, Revoked, Expired, Invalidated, Superseded];

fn disease() -> DataUse {
	DataUse::new(Permission::DiseaseSpecific { disease: 5148 })
}

fn narrowest() -> DataUse {
	DataUse { modifiers: Modifiers::of(Modifiers::NO_METHODS), ..disease() }
}

/// Brings consent 1, with an end at block 20, into `state` by calls alone. Consent 2 stands ready as a successor.
fn reach(state: ConsentStatus) {
	let subject = || signed(patient());
	let by_steward = || signed(steward());
	let legal = ConsentReason::LegalObligation;
	assert_ok!(capture(2, Some(patient()), None));
	assert_ok!(request(1, Some(20)));
	if !matches!(state, Requested | Refused) {
		assert_ok!(Consent::give(subject(), handle(1)));
	}
	let step = match state {
		Requested | Given => Ok(()),
		Refused => Consent::refuse(subject(), handle(1)),
		Renewed => Consent::renew(subject(), handle(1), Some(20), Digest::zero()),
		Restricted => Consent::restrict(subject(), handle(1), disease(), Digest::zero()),
		Withdrawn => Consent::withdraw(subject(), handle(1), Digest::zero()),
		Revoked => Consent::revoke(by_steward(), handle(1), legal, evidence()),
		Expired => {
			System::set_block_number(21);
			let expired = Consent::expire(signed(stranger()), handle(1));
			System::set_block_number(1);
			expired
		},
		Invalidated => Consent::invalidate(by_steward(), handle(1), legal, evidence()),
		Superseded => Consent::supersede(by_steward(), handle(1), handle(2), evidence()),
	};
	assert_ok!(step);
	assert_eq!(status(1), state);
	System::reset_events();
}

/// Runs `call` in every state and expects `target` from the states `allowed`, else the error that `refusal` names.
fn check(
	block: u64,
	call: fn() -> DispatchResult,
	target: ConsentStatus,
	allowed: &[ConsentStatus],
	refusal: fn(ConsentStatus) -> Error<Test>,
	event: Event<Test>,
) {
	for state in STATES {
		let mut ext = ExtBuilder.build();
		ext.execute_with(|| {
			reach(state);
			System::set_block_number(block);
			let before = Consents::<Test>::get(handle(1)).unwrap();
			if allowed.contains(&state) {
				assert_eq!(call(), Ok(()), "from {state:?} to {target:?}");
				check_change(&before, target);
				assert_eq!(events(), vec![event.clone()]);
				Consent::do_try_state().unwrap();
			} else {
				assert_noop!(call(), refusal(state));
			}
		});
	}
}

fn check_change(before: &Record, target: ConsentStatus) {
	let after = Consents::<Test>::get(handle(1)).unwrap();
	assert_eq!(after.latest.status, target);
	assert_eq!(after.earlier, before.earlier + 1);
	assert_eq!(after.custodian, before.custodian);
	assert_eq!(after.subject, before.subject);
	let history = Consent::history(handle(1), before.earlier, 9);
	assert_eq!(history, [before.latest.clone(), after.latest.clone()]);
	assert_eq!(u64::from(after.latest.block), System::block_number());
	assert_eq!(after.latest.moment, System::block_number() * 2_000);
}

#[test]
fn giving_needs_a_request() {
	let event = Event::ConsentGiven { handle: handle(1), custodian: HOSPITAL };
	let call = || Consent::give(signed(patient()), handle(1));
	check(2, call, Given, &[Requested], |_| Error::ConsentNotRequested, event);
}

#[test]
fn refusing_needs_a_request() {
	let event = Event::ConsentRefused { handle: handle(1), custodian: HOSPITAL };
	let call = || Consent::refuse(signed(patient()), handle(1));
	check(2, call, Refused, &[Requested], |_| Error::ConsentNotRequested, event);
}

#[test]
fn renewing_needs_a_consent_that_held() {
	let event = Event::ConsentRenewed { handle: handle(1), custodian: HOSPITAL, expires: Some(40) };
	let call = || Consent::renew(signed(patient()), handle(1), Some(40), Digest::zero());
	let allowed = [Given, Renewed, Restricted, Expired];
	check(21, call, Renewed, &allowed, |_| Error::ConsentNotRenewable, event);
}

#[test]
fn restricting_needs_a_consent_in_force() {
	let event = Event::ConsentRestricted { handle: handle(1), custodian: HOSPITAL };
	let call = || Consent::restrict(signed(patient()), handle(1), narrowest(), Digest::zero());
	check(2, call, Restricted, &[Given, Renewed, Restricted], |_| Error::ConsentNotRestrictable, event);
}

#[test]
fn withdrawing_works_unless_the_consent_is_over_for_good() {
	let event = Event::ConsentWithdrawn { handle: handle(1), custodian: HOSPITAL };
	let call = || Consent::withdraw(signed(patient()), handle(1), Digest::zero());
	let refusal = |state| match state {
		Withdrawn => Error::ConsentAlreadyWithdrawn,
		_ => Error::ConsentNotWithdrawable,
	};
	check(21, call, Withdrawn, &[Requested, Given, Renewed, Restricted, Expired], refusal, event);
}

#[test]
fn revoking_needs_something_to_end() {
	let reason = ConsentReason::AuthorityDecision;
	let event = Event::ConsentRevoked { handle: handle(1), custodian: HOSPITAL, reason };
	let call = || Consent::revoke(signed(steward()), handle(1), ConsentReason::AuthorityDecision, evidence());
	let allowed = [Requested, Given, Renewed, Restricted];
	check(2, call, Revoked, &allowed, |_| Error::ConsentNotRevocable, event);
}

#[test]
fn invalidating_needs_something_that_was_recorded_as_valid() {
	let reason = ConsentReason::CaptureError;
	let event = Event::ConsentInvalidated { handle: handle(1), custodian: HOSPITAL, reason };
	let call = || Consent::invalidate(signed(steward()), handle(1), ConsentReason::CaptureError, evidence());
	let allowed = [Requested, Given, Renewed, Restricted, Expired];
	check(21, call, Invalidated, &allowed, |_| Error::ConsentNotInvalidable, event);
}

#[test]
fn superseding_needs_a_consent_that_held() {
	let event = Event::ConsentSuperseded { handle: handle(1), custodian: HOSPITAL, by: handle(2) };
	let call = || Consent::supersede(signed(steward()), handle(1), handle(2), evidence());
	let allowed = [Given, Renewed, Restricted, Expired];
	check(21, call, Superseded, &allowed, |_| Error::ConsentNotSupersedable, event);
}

#[test]
fn expiring_needs_a_consent_that_is_not_over_yet() {
	let event = Event::ConsentExpired { handle: handle(1), custodian: HOSPITAL };
	let call = || Consent::expire(signed(stranger()), handle(1));
	let allowed = [Requested, Given, Renewed, Restricted];
	check(21, call, Expired, &allowed, |_| Error::ConsentNotExpirable, event);
}

#[test]
fn asking_anew_needs_a_consent_that_is_over() {
	let event = Event::ConsentRequested { handle: handle(1), custodian: HOSPITAL, subject: patient() };
	let refusal = |state| match state {
		Superseded => Error::ConsentNotRequestable,
		_ => Error::ConsentAlreadyExists,
	};
	let allowed = [Refused, Withdrawn, Revoked, Expired, Invalidated];
	check(21, || request(1, Some(50)), Requested, &allowed, refusal, event);
}

#[test]
fn recording_a_form_needs_a_new_handle_in_every_state() {
	let event = Event::ConsentExpired { handle: handle(1), custodian: HOSPITAL };
	check(2, || capture(1, Some(patient()), None), Given, &[], |_| Error::ConsentAlreadyExists, event);
}

#[test]
fn a_superseded_consent_names_its_successor() {
	ExtBuilder.build_and_execute(|| {
		reach(Superseded);
		assert_eq!(Consent::successor(handle(1)), Some(handle(2)));
		assert!(!Successors::<Test>::contains_key(handle(2)));
	});
}

#[test]
fn an_unknown_consent_does_not_change() {
	ExtBuilder.build_and_execute(|| {
		let (subject, by) = (|| signed(patient()), || signed(steward()));
		let legal = ConsentReason::LegalObligation;
		let calls: [&dyn Fn() -> DispatchResult; 9] = [
			&|| Consent::give(subject(), handle(1)),
			&|| Consent::refuse(subject(), handle(1)),
			&|| Consent::renew(subject(), handle(1), None, evidence()),
			&|| Consent::restrict(subject(), handle(1), disease(), evidence()),
			&|| Consent::withdraw(subject(), handle(1), evidence()),
			&|| Consent::revoke(by(), handle(1), legal, evidence()),
			&|| Consent::invalidate(by(), handle(1), legal, evidence()),
			&|| Consent::supersede(by(), handle(1), handle(2), evidence()),
			&|| Consent::expire(subject(), handle(1)),
		];
		for call in calls {
			assert_noop!(call(), Error::<Test>::ConsentNotFound);
		}
	});
}
