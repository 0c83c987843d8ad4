//! Who may change a consent, and what a change may bring.

use super::*;
use crate::LastRestriction;
use semblance_primitives::{consent::ConsentReason, data_use::Modifiers, Digest};

fn disease() -> DataUse {
	DataUse::new(Permission::DiseaseSpecific { disease: 5148 })
}

fn none() -> Digest {
	Digest::zero()
}

#[test]
fn only_the_subject_answers_a_request() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, None));
		for who in [steward(), other_steward(), researcher(), stranger()] {
			assert_noop!(Consent::give(signed(who.clone()), handle(1)), Error::<Test>::NotAuthorized);
			assert_noop!(Consent::refuse(signed(who), handle(1)), Error::<Test>::NotAuthorized);
		}
		assert_noop!(Consent::give(RuntimeOrigin::root(), handle(1)), DispatchError::BadOrigin);
	});
}

#[test]
fn subject_and_stewards_of_the_custodian_and_nobody_else_change_a_consent() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		for who in [other_steward(), false_steward(), researcher(), stranger()] {
			let by = || signed(who.clone());
			let refused = || Error::<Test>::NotAuthorized;
			assert_noop!(Consent::renew(by(), handle(1), None, evidence()), refused());
			assert_noop!(Consent::restrict(by(), handle(1), disease(), evidence()), refused());
			assert_noop!(Consent::withdraw(by(), handle(1), evidence()), refused());
		}
		assert_ok!(Consent::restrict(signed(steward()), handle(1), disease(), evidence()));
		assert_ok!(Consent::withdraw(signed(patient()), handle(1), none()));
	});
}

#[test]
fn ending_a_consent_for_another_reason_is_for_stewards_of_the_custodian() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		assert_ok!(capture(2, Some(patient()), None));
		let legal = ConsentReason::LegalObligation;
		for who in [patient(), other_steward(), false_steward(), researcher(), stranger()] {
			let by = || signed(who.clone());
			let refused = || Error::<Test>::NotAuthorized;
			assert_noop!(Consent::revoke(by(), handle(1), legal, evidence()), refused());
			assert_noop!(Consent::invalidate(by(), handle(1), legal, evidence()), refused());
			assert_noop!(Consent::supersede(by(), handle(1), handle(2), evidence()), refused());
		}
	});
}

#[test]
fn stewards_show_evidence_and_subjects_need_not() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), Some(9)));
		assert_ok!(capture(2, Some(patient()), None));
		let by = || signed(steward());
		let legal = ConsentReason::LegalObligation;
		let missing = || Error::<Test>::EvidenceMissing;
		assert_noop!(Consent::renew(by(), handle(1), None, none()), missing());
		assert_noop!(Consent::restrict(by(), handle(1), disease(), none()), missing());
		assert_noop!(Consent::withdraw(by(), handle(1), none()), missing());
		assert_noop!(Consent::revoke(by(), handle(1), legal, none()), missing());
		assert_noop!(Consent::invalidate(by(), handle(1), legal, none()), missing());
		assert_noop!(Consent::supersede(by(), handle(1), handle(2), none()), missing());
		assert_ok!(Consent::renew(signed(patient()), handle(1), None, none()));
		assert_ok!(Consent::restrict(signed(patient()), handle(1), disease(), none()));
		assert_ok!(Consent::withdraw(signed(patient()), handle(1), none()));
	});
}

#[test]
fn each_change_says_who_made_it_and_why() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		assert_ok!(Consent::restrict(signed(patient()), handle(1), disease(), none()));
		assert_ok!(Consent::revoke(signed(steward()), handle(1), ConsentReason::SubjectDeceased, evidence()));
		let history = Consent::history(handle(1), 0, 10);
		let short: Vec<_> = history.into_iter().map(|t| (t.actor, t.reason, t.evidence)).collect();
		assert_eq!(
			short,
			vec![
				(steward(), ConsentReason::Routine, evidence()),
				(patient(), ConsentReason::SubjectRequest, none()),
				(steward(), ConsentReason::SubjectDeceased, evidence()),
			]
		);
	});
}

#[test]
fn a_patients_wish_is_no_reason_to_revoke_or_invalidate() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, None, None));
		let wish = ConsentReason::SubjectRequest;
		let revoke = Consent::revoke(signed(steward()), handle(1), wish, evidence());
		assert_noop!(revoke, Error::<Test>::ReasonNotAllowed);
		let invalidate = Consent::invalidate(signed(steward()), handle(1), wish, evidence());
		assert_noop!(invalidate, Error::<Test>::ReasonNotAllowed);
	});
}

#[test]
fn a_restriction_narrows() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		let restrict = |terms| Consent::restrict(signed(patient()), handle(1), terms, none());
		let wider = DataUse::new(Permission::GeneralResearchUse);
		let other = DataUse::new(Permission::PopulationOriginsAncestry);
		let broken = DataUse { modifiers: Modifiers::of(Modifiers::TIME_LIMIT), ..health() };
		assert_noop!(restrict(health()), Error::<Test>::TermsNotStricter);
		assert_noop!(restrict(wider), Error::<Test>::TermsNotStricter);
		assert_noop!(restrict(other), Error::<Test>::TermsNotStricter);
		assert_noop!(restrict(broken), Error::<Test>::TermsInconsistent);
		assert_ok!(restrict(disease()));
		assert_noop!(restrict(health()), Error::<Test>::TermsNotStricter);
		assert!(!Consent::consent_valid_at(handle(1), Purpose::HealthResearch, 1));
		assert!(Consent::consent_valid_at(handle(1), Purpose::DiseaseResearch { disease: 5148 }, 1));
	});
}

#[test]
fn a_renewal_keeps_narrowed_terms_and_never_brings_the_end_forward() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), Some(20)));
		let renew = |end| Consent::renew(signed(patient()), handle(1), end, none());
		assert_noop!(renew(Some(19)), Error::<Test>::EndBroughtForward);
		assert_ok!(Consent::restrict(signed(patient()), handle(1), disease(), none()));
		assert_ok!(renew(Some(30)));
		assert_eq!(Consent::consent(handle(1)).unwrap().latest.terms, disease());
		System::set_block_number(31);
		assert_noop!(renew(Some(30)), Error::<Test>::EndNotInFuture);
		assert_ok!(renew(None));
		assert_eq!(Consent::consent(handle(1)).unwrap().latest.expires, None);
		assert_noop!(renew(Some(100)), Error::<Test>::EndBroughtForward);
		assert_ok!(renew(None));
	});
}

#[test]
fn what_ran_out_cannot_be_given_or_restricted_but_can_be_withdrawn() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, Some(5)));
		assert_ok!(capture(2, Some(patient()), Some(5)));
		System::set_block_number(6);
		assert_noop!(Consent::give(signed(patient()), handle(1)), Error::<Test>::EndIsOver);
		let restrict = Consent::restrict(signed(patient()), handle(2), disease(), none());
		assert_noop!(restrict, Error::<Test>::EndIsOver);
		assert_ok!(Consent::refuse(signed(patient()), handle(1)));
		assert_ok!(Consent::withdraw(signed(patient()), handle(2), none()));
	});
}

#[test]
fn a_consent_expires_after_its_last_block_and_not_before() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, None, Some(5)));
		assert_ok!(capture(2, None, None));
		System::set_block_number(5);
		assert_noop!(Consent::expire(signed(stranger()), handle(1)), Error::<Test>::EndNotReached);
		System::set_block_number(1_000);
		assert_noop!(Consent::expire(signed(stranger()), handle(2)), Error::<Test>::EndNotReached);
		assert_ok!(Consent::expire(signed(stranger()), handle(1)));
		assert_eq!(status(1), ConsentStatus::Expired);
	});
}

#[test]
fn a_successor_stands_in_full_for_the_same_patient() {
	ExtBuilder.build_and_execute(|| {
		let supersede = |by| Consent::supersede(signed(steward()), handle(1), handle(by), evidence());
		let refused = || Error::<Test>::SuccessorNotAllowed;
		assert_ok!(capture(1, Some(patient()), None));
		assert_noop!(supersede(1), refused());
		assert_noop!(supersede(2), refused());
		// Only asked for.
		assert_ok!(request(2, None));
		assert_noop!(supersede(2), refused());
		// Out of the patient's hands.
		assert_ok!(capture(3, None, None));
		assert_noop!(supersede(3), refused());
		assert_ok!(capture(4, Some(stranger()), None));
		assert_noop!(supersede(4), refused());
		// Another hospital's.
		let by = signed(other_steward());
		let how = Capture::Guardian;
		assert_ok!(Consent::capture(by, handle(5), how, Some(patient()), health(), None, notice(), evidence()));
		assert_noop!(supersede(5), refused());
		// Ran out.
		assert_ok!(capture(6, Some(patient()), Some(1)));
		System::set_block_number(2);
		assert_noop!(supersede(6), refused());
		assert_ok!(Consent::give(signed(patient()), handle(2)));
		assert_ok!(supersede(2));
	});
}

#[test]
fn a_consent_without_account_may_be_superseded_by_one_with() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, None, None));
		assert_ok!(capture(2, Some(patient()), None));
		assert_ok!(Consent::supersede(signed(steward()), handle(1), handle(2), evidence()));
	});
}

#[test]
fn whatever_takes_away_is_marked_for_the_custodian_alone() {
	ExtBuilder.build_and_execute(|| {
		let legal = ConsentReason::LegalObligation;
		for byte in 1..6 {
			assert_ok!(capture(byte, Some(patient()), None));
		}
		assert_ok!(request(6, Some(20)));
		assert_ok!(Consent::refuse(signed(patient()), handle(6)));
		assert_eq!(LastRestriction::<Test>::get(HOSPITAL), 0);
		let steps: [&dyn Fn() -> DispatchResult; 5] = [
			&|| Consent::restrict(signed(patient()), handle(1), disease(), none()),
			&|| Consent::withdraw(signed(patient()), handle(2), none()),
			&|| Consent::revoke(signed(steward()), handle(3), legal, evidence()),
			&|| Consent::invalidate(signed(steward()), handle(4), legal, evidence()),
			&|| Consent::supersede(signed(steward()), handle(5), handle(1), evidence()),
		];
		for (step, block) in steps.into_iter().zip(10..) {
			System::set_block_number(block);
			assert_ok!(step());
			assert_eq!(u64::from(Consent::custodian_totals(HOSPITAL).last_restriction), block);
		}
		System::set_block_number(30);
		assert_ok!(request(6, Some(40)));
		assert_ok!(Consent::renew(signed(patient()), handle(1), None, none()));
		assert_eq!(Consent::custodian_totals(HOSPITAL).last_restriction, 14);
		assert_eq!(Consent::custodian_totals(HOSPITAL).consents, 6);
		assert_eq!(LastRestriction::<Test>::get(OTHER_HOSPITAL), 0);
	});
}
