//! Who reports, and what follows.

use super::*;
use semblance_primitives::Digest;
use sp_core::Pair;
use sp_runtime::DispatchError;

#[test]
fn two_blocks_of_one_slot_are_reported_with_their_author_session_and_reporter() {
	execute(|| {
		assert_ok!(report(two_blocks()));
		let (reporter, offence) = Reports::get().remove(0);
		assert_eq!(reporter, member());
		assert_eq!((offence.offender, offence.slot), (account("Bob"), 100.into()));
		assert_eq!((offence.session, offence.validators), (SESSION, 2));
	});
}

#[test]
fn the_event_names_both_blocks() {
	execute(|| {
		let evidence = two_blocks();
		let hashes: [Digest; 2] = [evidence.first.hash(), evidence.second.hash()];
		assert_ok!(report(evidence));
		let told = System::read_events_for_pallet::<Event<Test>>();
		let expected = Event::DoubleAuthorshipReported {
			author: pair("Bob").public(),
			slot: 100.into(),
			first: hashes[0],
			second: hashes[1],
			reporter: member(),
		};
		assert_eq!(told, vec![expected]);
	});
}

#[test]
fn a_deed_is_reported_once_in_whatever_order_its_blocks_are_shown() {
	execute(|| {
		let evidence = two_blocks();
		let swapped = Evidence {
			first: evidence.second.clone(),
			second: evidence.first.clone(),
			author: evidence.author.clone(),
		};
		assert_ok!(report(evidence.clone()));
		assert_noop!(report(evidence), Error::<Test>::AlreadyReported);
		assert_noop!(report(swapped), Error::<Test>::AlreadyReported);
		let third = self::evidence("Bob", sealed("Bob", bare(100, 1)), sealed("Bob", bare(100, 3)));
		assert_noop!(report(third), Error::<Test>::AlreadyReported);
		assert_ok!(report(self::evidence("Bob", sealed("Bob", bare(101, 1)), sealed("Bob", bare(101, 2)))));
		assert_ok!(report(self::evidence("Alice", sealed("Alice", bare(100, 1)), sealed("Alice", bare(100, 2)))));
	});
}

#[test]
fn only_members_report() {
	execute(|| {
		let call = |origin| Authorship::report(origin, Box::new(two_blocks()), proof_of(SESSION));
		assert_noop!(call(RuntimeOrigin::signed(stranger())), Error::<Test>::NotAuthorized);
		assert_noop!(call(RuntimeOrigin::none()), DispatchError::BadOrigin);
		assert_noop!(call(RuntimeOrigin::root()), DispatchError::BadOrigin);
	});
}

#[test]
fn keys_of_no_validator_and_proofs_of_other_sessions_prove_nothing() {
	execute(|| {
		let by_charlie = evidence("Charlie", sealed("Charlie", bare(100, 1)), sealed("Charlie", bare(100, 2)));
		assert_noop!(report(by_charlie), Error::<Test>::KeyOwnerNotProven);
		let other = Authorship::report(RuntimeOrigin::signed(member()), Box::new(two_blocks()), proof_of(SESSION + 1));
		assert_noop!(other, Error::<Test>::KeyOwnerNotProven);
	});
}

#[test]
fn the_proof_for_a_report_is_asked_of_the_chain() {
	execute(|| {
		assert_eq!(Authorship::key_owner_proof(pair("Bob").public()), Some(proof_of(SESSION)));
		assert_eq!(Authorship::key_owner_proof(pair("Charlie").public()), None);
	});
}
