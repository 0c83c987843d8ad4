//! Consents come to be: asked for, or recorded from paper.

use super::*;
use crate::ConsentCount;
use semblance_primitives::{
	consent::{Consent as Record, ConsentReason, Transition},
	data_use::Modifiers,
	Digest,
};

#[test]
fn a_request_stands_until_the_patient_answers() {
	ExtBuilder.build_and_execute(|| {
		System::set_block_number(5);
		assert_ok!(request(1, Some(100)));
		let latest = Transition {
			block: 5,
			moment: 10_000,
			actor: steward(),
			status: ConsentStatus::Requested,
			terms: health(),
			expires: Some(100),
			reason: ConsentReason::Routine,
			evidence: Digest::zero(),
		};
		let expected = Record {
			custodian: HOSPITAL,
			subject: Some(patient()),
			capture: Capture::SelfSigned,
			notice: notice(),
			nonce: 0,
			earlier: 0,
			latest: latest.clone(),
		};
		assert_eq!(Consent::consent(handle(1)), Some(expected));
		assert_eq!(Consent::history(handle(1), 0, 9), vec![latest]);
		let event = Event::ConsentRequested { handle: handle(1), custodian: HOSPITAL, subject: patient() };
		assert_eq!(events(), vec![event]);
		assert!(!Consent::consent_valid_at(handle(1), Purpose::HealthResearch, 5));
	});
}

#[test]
fn a_recorded_form_is_in_force_at_once() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, None, None));
		let consent = Consent::consent(handle(1)).unwrap();
		assert_eq!((consent.latest.status, consent.subject), (ConsentStatus::Given, None));
		assert_eq!(consent.capture, Capture::StewardAttested);
		assert_eq!(consent.latest.evidence, evidence());
		let capture = Capture::StewardAttested;
		assert_eq!(events(), vec![Event::ConsentCaptured { handle: handle(1), custodian: HOSPITAL, capture }]);
		assert!(Consent::consent_valid_at(handle(1), Purpose::HealthResearch, 1));
		assert_eq!(ConsentCount::<Test>::get(HOSPITAL), 1);
	});
}

#[test]
fn only_an_active_data_steward_of_a_hospital_asks_or_records() {
	ExtBuilder.build_and_execute(|| {
		let ask = |who: RuntimeOrigin| {
			Consent::request(who, handle(1), patient(), health(), None, notice(), Capture::SelfSigned)
		};
		let record = |who: RuntimeOrigin| {
			let how = Capture::StewardAttested;
			Consent::capture(who, handle(1), how, None, health(), None, notice(), evidence())
		};
		for who in [researcher(), false_steward(), patient(), stranger()] {
			assert_noop!(ask(signed(who.clone())), Error::<Test>::NotAuthorized);
			assert_noop!(record(signed(who)), Error::<Test>::NotAuthorized);
		}
		Members::remove(&steward());
		assert_noop!(ask(signed(steward())), Error::<Test>::NotAuthorized);
		assert_noop!(ask(RuntimeOrigin::root()), DispatchError::BadOrigin);
		assert_noop!(record(RuntimeOrigin::none()), DispatchError::BadOrigin);
	});
}

#[test]
fn requests_are_answered_by_people_and_forms_are_attested() {
	ExtBuilder.build_and_execute(|| {
		let ask = |how| Consent::request(signed(steward()), handle(1), patient(), health(), None, notice(), how);
		let record =
			|how| Consent::capture(signed(steward()), handle(2), how, None, health(), None, notice(), evidence());
		assert_noop!(ask(Capture::StewardAttested), Error::<Test>::CaptureNotAllowed);
		assert_noop!(record(Capture::SelfSigned), Error::<Test>::CaptureNotAllowed);
		assert_ok!(ask(Capture::Guardian));
		assert_ok!(record(Capture::Guardian));
	});
}

#[test]
fn a_form_needs_evidence() {
	ExtBuilder.build_and_execute(|| {
		let how = Capture::Guardian;
		let call = Consent::capture(signed(steward()), handle(1), how, None, health(), None, notice(), Digest::zero());
		assert_noop!(call, Error::<Test>::EvidenceMissing);
	});
}

#[test]
fn terms_must_fit_together() {
	ExtBuilder.build_and_execute(|| {
		for bits in [Modifiers::MORATORIUM, Modifiers::TIME_LIMIT, 1 << 31] {
			let terms = DataUse { modifiers: Modifiers::of(bits), ..health() };
			let how = Capture::SelfSigned;
			let call = Consent::request(signed(steward()), handle(1), patient(), terms, None, notice(), how);
			assert_noop!(call, Error::<Test>::TermsInconsistent);
		}
	});
}

#[test]
fn an_end_in_the_past_is_refused() {
	ExtBuilder.build_and_execute(|| {
		System::set_block_number(10);
		assert_noop!(request(1, Some(9)), Error::<Test>::EndNotInFuture);
		assert_noop!(capture(1, None, Some(9)), Error::<Test>::EndNotInFuture);
		assert_ok!(capture(1, None, Some(10)));
	});
}

#[test]
fn a_handle_is_captured_once_whoever_tries() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		assert_noop!(capture(1, None, None), Error::<Test>::ConsentAlreadyExists);
		assert_noop!(request(1, None), Error::<Test>::ConsentAlreadyExists);
		let how = Capture::Guardian;
		let by = signed(other_steward());
		let call = Consent::capture(by, handle(1), how, None, health(), None, notice(), evidence());
		assert_noop!(call, Error::<Test>::ConsentAlreadyExists);
		assert_ok!(Consent::withdraw(signed(patient()), handle(1), Digest::zero()));
		// A steward cannot undo a withdrawal.
		assert_noop!(capture(1, Some(patient()), None), Error::<Test>::ConsentAlreadyExists);
	});
}

#[test]
fn a_patient_can_be_asked_anew_after_a_refusal() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, None));
		assert_ok!(Consent::refuse(signed(patient()), handle(1)));
		System::set_block_number(8);
		let terms = DataUse::new(Permission::DiseaseSpecific { disease: 5148 });
		let (how, other) = (Capture::Guardian, Digest::repeat_byte(0xbb));
		let ask = Consent::request(signed(steward()), handle(1), patient(), terms.clone(), Some(50), other, how);
		assert_ok!(ask);
		let consent = Consent::consent(handle(1)).unwrap();
		assert_eq!((consent.latest.status, consent.earlier, consent.nonce), (ConsentStatus::Requested, 2, 1));
		assert_eq!((consent.latest.terms, consent.notice, consent.latest.expires), (terms, other, Some(50)));
		assert_eq!(consent.capture, Capture::Guardian);
		// The same consent, so it is counted once.
		assert_eq!(ConsentCount::<Test>::get(HOSPITAL), 1);
		assert_ok!(Consent::give(signed(patient()), handle(1)));
	});
}

#[test]
fn only_the_same_hospital_asks_anew_and_only_the_same_subject() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, None));
		assert_ok!(Consent::refuse(signed(patient()), handle(1)));
		let ask =
			|by, whom| Consent::request(signed(by), handle(1), whom, health(), None, notice(), Capture::SelfSigned);
		assert_noop!(ask(other_steward(), patient()), Error::<Test>::ConsentAlreadyExists);
		assert_noop!(ask(steward(), stranger()), Error::<Test>::ConsentNotRequestable);
		assert_ok!(ask(steward(), patient()));
	});
}
