//! What held at a past block.

use super::*;
use semblance_primitives::{consent::ConsentReason, data_use::Modifiers, traits::Consents as _, Digest};

const HEALTH: Purpose = Purpose::HealthResearch;

fn at(byte: u8, block: BlockNumber) -> bool {
	Consent::is_valid_at(&handle(byte), HEALTH, block)
}

fn go_to(block: u64) {
	System::set_block_number(block);
}

#[test]
fn the_past_is_answered_from_history() {
	ExtBuilder.build_and_execute(|| {
		go_to(10);
		assert_ok!(request(1, Some(100)));
		go_to(20);
		assert_ok!(Consent::give(signed(patient()), handle(1)));
		go_to(30);
		assert_ok!(Consent::withdraw(signed(patient()), handle(1), Digest::zero()));
		go_to(40);
		assert_ok!(request(1, Some(60)));
		go_to(50);
		assert_ok!(Consent::give(signed(patient()), handle(1)));
		go_to(200);
		let blocks = [0, 9, 10, 19, 20, 29, 30, 39, 40, 49, 50, 60, 61, 100, 200];
		let valid: Vec<_> = blocks.into_iter().filter(|block| at(1, *block)).collect();
		assert_eq!(valid, vec![20, 29, 50, 60]);
	});
}

#[test]
fn bisection_agrees_with_a_walk_through_history() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		let mut expected = vec![(1, true)];
		for round in 0..20u64 {
			let block = 2 + round * 3;
			go_to(block);
			assert_ok!(Consent::withdraw(signed(patient()), handle(1), Digest::zero()));
			assert_ok!(request(1, None));
			expected.push((block, false));
			go_to(block + 1);
			assert_ok!(Consent::give(signed(patient()), handle(1)));
			expected.push((block + 1, true));
		}
		let end = 70;
		go_to(end);
		for block in 1..=end {
			let held = expected.iter().rev().find(|(since, _)| *since <= block).unwrap().1;
			assert_eq!(at(1, block as u32), held, "block {block}");
		}
	});
}

#[test]
fn several_changes_in_one_block_count_as_the_last() {
	ExtBuilder.build_and_execute(|| {
		go_to(5);
		assert_ok!(request(1, None));
		assert_ok!(Consent::give(signed(patient()), handle(1)));
		assert_ok!(Consent::withdraw(signed(patient()), handle(1), Digest::zero()));
		assert!(!at(1, 5));
		assert_ok!(capture(2, Some(patient()), None));
		assert!(at(2, 5));
	});
}

#[test]
fn nothing_is_known_of_blocks_to_come_or_of_unknown_consents() {
	ExtBuilder.build_and_execute(|| {
		go_to(5);
		assert_ok!(capture(1, None, None));
		assert!(at(1, 5));
		assert!(!at(1, 6));
		assert!(!at(1, u32::MAX));
		assert!(!at(2, 5));
		assert_eq!(Consent::custodian(&handle(1)), Some(HOSPITAL));
		assert_eq!(Consent::custodian(&handle(2)), None);
	});
}

#[test]
fn an_end_counts_even_if_nobody_records_it() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, None, Some(5)));
		go_to(9);
		assert!(at(1, 5));
		assert!(!at(1, 6));
	});
}

#[test]
fn a_renewal_does_not_fill_the_gap_before_it() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), Some(5)));
		go_to(9);
		assert_ok!(Consent::renew(signed(patient()), handle(1), None, Digest::zero()));
		assert_eq!([at(1, 5), at(1, 6), at(1, 8), at(1, 9)], [true, false, false, true]);
	});
}

#[test]
fn an_invalidation_does_not_rewrite_the_past() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, None, None));
		go_to(9);
		let error = ConsentReason::CaptureError;
		assert_ok!(Consent::invalidate(signed(steward()), handle(1), error, evidence()));
		assert_eq!([at(1, 8), at(1, 9)], [true, false]);
	});
}

#[test]
fn terms_count_as_they_stood_then() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		go_to(9);
		let terms = DataUse {
			modifiers: Modifiers::of(Modifiers::MORATORIUM | Modifiers::NO_METHODS),
			moratorium_until: Some(20),
			..health()
		};
		assert_ok!(Consent::restrict(signed(patient()), handle(1), terms, Digest::zero()));
		go_to(30);
		assert_eq!([at(1, 8), at(1, 9), at(1, 19), at(1, 20)], [true, false, false, true]);
		let methods = |block| Consent::consent_valid_at(handle(1), Purpose::MethodDevelopment, block);
		assert_eq!([methods(8), methods(20)], [true, false]);
	});
}

#[test]
fn history_is_read_in_pages() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		for _ in 0..300 {
			assert_ok!(Consent::renew(signed(patient()), handle(1), None, Digest::zero()));
		}
		assert_eq!(Consent::history(handle(1), 0, 2).len(), 2);
		assert_eq!(Consent::history(handle(1), 0, 2)[0].status, ConsentStatus::Given);
		assert_eq!(Consent::history(handle(1), 1, 1)[0].status, ConsentStatus::Renewed);
		assert_eq!(Consent::history(handle(1), 0, u32::MAX).len(), 256);
		assert_eq!(Consent::history(handle(1), 256, u32::MAX).len(), 45);
		assert_eq!(Consent::history(handle(1), u32::MAX, u32::MAX).len(), 0);
		assert_eq!(Consent::history(handle(2), 0, 5).len(), 0);
	});
}
