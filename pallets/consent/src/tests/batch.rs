//! Many forms recorded in one call.

use super::*;
use crate::ConsentCount;
use frame_support::BoundedVec;
use semblance_primitives::{consent::CapturedConsent, Digest};

fn batch(consents: &[(u8, Digest)]) -> DispatchResult {
	let consents: Vec<_> = consents
		.iter()
		.map(|(byte, evidence)| CapturedConsent { handle: handle(*byte), evidence: *evidence })
		.collect();
	let consents = BoundedVec::try_from(consents).unwrap();
	Consent::capture_batch(signed(steward()), Capture::StewardAttested, health(), Some(9), notice(), consents)
}

#[test]
fn a_batch_shares_terms_and_end_and_each_keeps_its_evidence() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(batch(&[(1, evidence()), (2, Digest::repeat_byte(7)), (3, evidence()), (4, evidence())]));
		for byte in 1..5 {
			let consent = Consent::consent(handle(byte)).unwrap();
			assert_eq!(
				(consent.latest.status, consent.latest.expires, consent.subject),
				(ConsentStatus::Given, Some(9), None)
			);
		}
		assert_eq!(Consent::history(handle(2), 0, 9)[0].evidence, Digest::repeat_byte(7));
		assert_eq!(ConsentCount::<Test>::get(HOSPITAL), 4);
		let capture = Capture::StewardAttested;
		assert_eq!(events(), vec![Event::ConsentsCaptured { custodian: HOSPITAL, capture, count: 4 }]);
	});
}

#[test]
fn one_bad_consent_refuses_the_whole_batch() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(9, None, None));
		let exists = Error::<Test>::ConsentAlreadyExists;
		assert_noop!(batch(&[(1, evidence()), (9, evidence())]), exists);
		assert_noop!(batch(&[(1, evidence()), (1, evidence())]), Error::<Test>::ConsentAlreadyExists);
		assert_noop!(batch(&[(1, evidence()), (2, Digest::zero())]), Error::<Test>::EvidenceMissing);
		assert_noop!(batch(&[]), Error::<Test>::BatchEmpty);
	});
}

#[test]
fn only_stewards_record_batches_and_only_of_forms() {
	ExtBuilder.build_and_execute(|| {
		let consents =
			|| BoundedVec::try_from(vec![CapturedConsent { handle: handle(1), evidence: evidence() }]).unwrap();
		for who in [researcher(), false_steward(), patient(), stranger()] {
			let how = Capture::StewardAttested;
			let call = Consent::capture_batch(signed(who), how, health(), None, notice(), consents());
			assert_noop!(call, Error::<Test>::NotAuthorized);
		}
		let how = Capture::SelfSigned;
		let call = Consent::capture_batch(signed(steward()), how, health(), None, notice(), consents());
		assert_noop!(call, Error::<Test>::CaptureNotAllowed);
	});
}

#[test]
fn a_batch_has_a_bound() {
	let consents = vec![CapturedConsent { handle: handle(1), evidence: evidence() }; 5];
	assert!(BoundedVec::<_, MaxBatch>::try_from(consents).is_err());
}
