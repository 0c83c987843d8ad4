//! Patients sign without balance and without membership.

use super::*;
use crate::{Call, Subjects};
use frame_support::dispatch::{DispatchClass, GetDispatchInfo, Pays};
use semblance_primitives::Digest;

#[test]
fn the_first_consent_lets_an_account_sign() {
	ExtBuilder.build_and_execute(|| {
		assert!(!Consent::is_subject(&patient()));
		assert_eq!(System::providers(&patient()), 0);
		assert_ok!(request(1, None));
		assert_eq!(System::providers(&patient()), 1);
		assert_ok!(capture(2, Some(patient()), None));
		assert_eq!(System::providers(&patient()), 1);
		assert_eq!(Subjects::<Test>::get(patient()), 2);
		assert!(Consent::is_subject(&patient()));
		assert!(!Consent::is_subject(&steward()));
	});
}

#[test]
fn asking_anew_counts_no_subject_twice() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, None));
		assert_ok!(Consent::refuse(signed(patient()), handle(1)));
		assert_ok!(request(1, None));
		assert_eq!(Subjects::<Test>::get(patient()), 1);
	});
}

#[test]
fn subjects_make_their_own_calls_and_no_others() {
	let none = Digest::zero();
	let own = [
		Call::<Test>::give { handle: handle(1) },
		Call::refuse { handle: handle(1) },
		Call::renew { handle: handle(1), expires: None, evidence: none },
		Call::restrict { handle: handle(1), terms: health(), evidence: none },
		Call::withdraw { handle: handle(1), evidence: none },
	];
	for call in own {
		assert!(call.is_for_subjects(), "{call:?}");
		assert_eq!(call.get_dispatch_info().pays_fee, Pays::No);
	}
	let others = [
		Call::<Test>::expire { handle: handle(1) },
		Call::supersede { handle: handle(1), by: handle(2), evidence: none },
		Call::request {
			handle: handle(1),
			subject: patient(),
			terms: health(),
			expires: None,
			notice: none,
			capture: Capture::SelfSigned,
		},
	];
	for call in others {
		assert!(!call.is_for_subjects(), "{call:?}");
	}
}

#[test]
fn a_withdrawal_is_free_and_weighs_what_it_does() {
	let info = Call::<Test>::withdraw { handle: handle(1), evidence: Digest::zero() }.get_dispatch_info();
	assert_eq!((info.class, info.pays_fee), (DispatchClass::Normal, Pays::No));
	assert!(info.call_weight.ref_time() > 0);
}
