//! Two thirds are for it, or a third is against it.

use super::*;

/// Votes in turn on a proposal of organisation 1, and says what became of it.
fn outcome(seats: u32, votes: &[(u32, bool)]) -> (ProposalState, bool) {
	new_test_ext().execute_with(|| {
		SeatList::set((1..=seats).collect());
		assert_ok!(propose(1, write()));
		for (by, approve) in votes {
			assert_ok!(vote(*by, 1, *approve));
		}
		Council::do_try_state().unwrap();
		let record = Proposals::<Test>::get(1).unwrap();
		(record.state, record.approved.is_some())
	})
}

#[test]
fn two_thirds_of_all_seats_approve() {
	use ProposalState::{Open, Rejected};
	assert_eq!(outcome(1, &[]), (Open, true));
	assert_eq!(outcome(2, &[]), (Open, false));
	assert_eq!(outcome(3, &[(2, true)]), (Open, true));
	assert_eq!(outcome(4, &[(2, true)]), (Open, false));
	assert_eq!(outcome(4, &[(2, true), (3, true)]), (Open, true));
	assert_eq!(outcome(5, &[(2, true), (3, true)]), (Open, false));
	assert_eq!(outcome(6, &[(2, true), (3, true), (4, true)]), (Open, true));
	assert_eq!(outcome(3, &[(2, false)]), (Open, false));
	assert_eq!(outcome(4, &[(2, false)]), (Open, false));
	assert_eq!(outcome(4, &[(2, false), (3, false)]), (Rejected, false));
	assert_eq!(outcome(2, &[(2, false)]), (Rejected, false));
	assert_eq!(outcome(6, &[(2, false), (3, false)]), (Open, false));
	assert_eq!(outcome(6, &[(2, false), (3, false), (4, false)]), (Rejected, false));
}

#[test]
fn a_hospital_votes_once_but_may_change_its_mind() {
	execute(|| {
		assert_ok!(propose(1, write()));
		for _ in 0..3 {
			assert_ok!(vote(2, 1, true));
		}
		assert_eq!(Proposals::<Test>::get(1).unwrap().approved, None);
		assert_ok!(vote(2, 1, false));
		assert_ok!(vote(3, 1, true));
		assert_ok!(vote(4, 1, true));
		assert_eq!(events().last(), Some(&Event::ProposalApproved { proposal: 1, enact_from: 1 }));
	});
}

#[test]
fn an_approval_can_be_lost_and_its_announcement_starts_anew() {
	execute(|| {
		approved(delete());
		assert_eq!(events().last(), Some(&Event::ProposalApproved { proposal: 1, enact_from: 11 }));
		wait(9);
		assert_ok!(vote(3, 1, false));
		assert_eq!(events().last(), Some(&Event::ApprovalLost { proposal: 1 }));
		assert_ok!(vote(4, 1, true));
		assert_eq!(events().last(), Some(&Event::ProposalApproved { proposal: 1, enact_from: 20 }));
		wait(1);
		assert_noop!(enact(1, 1), Error::<Test>::TooEarly);
	});
}

#[test]
fn after_the_time_for_voting_an_approval_can_only_be_taken_back() {
	execute(|| {
		assert_ok!(propose(1, delete()));
		wait(20);
		assert_ok!(vote(2, 1, true));
		assert_ok!(vote(3, 1, true));
		wait(1);
		assert_noop!(vote(4, 1, true), Error::<Test>::ProposalOver);
		assert_ok!(vote(3, 1, false));
		assert_eq!(events().last(), Some(&Event::ApprovalLost { proposal: 1 }));
	});
}

#[test]
fn votes_of_hospitals_that_lost_their_seat_do_not_count() {
	execute(|| {
		approved(write());
		SeatList::set(vec![1, 4, 5, 6]);
		assert_noop!(enact(1, 1), Error::<Test>::NotApproved);
		assert_ok!(vote(4, 1, true));
		assert_ok!(vote(5, 1, true));
		assert_ok!(enact(6, 1));
	});
}

#[test]
fn a_council_without_hospitals_decides_nothing() {
	execute(|| {
		approved(write());
		SeatList::set(vec![]);
		assert_noop!(enact(1, 1), Error::<Test>::NotAuthorized);
	});
}
