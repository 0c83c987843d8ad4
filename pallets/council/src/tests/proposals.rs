//! Proposals are made, taken back, and run out of time.

use super::*;
use crate::{NextProposal, OpenProposals};
use codec::Encode;

#[test]
fn a_proposal_is_kept_with_the_vote_of_who_makes_it() {
	execute(|| {
		System::set_block_number(5);
		assert_ok!(propose(2, delete()));
		let record = Council::proposal(1).unwrap();
		assert_eq!((record.organisation, record.made, record.voting_until), (2, 5, 25));
		assert_eq!(record.call.into_inner(), delete().encode());
		assert_eq!((record.announcement, record.approved, record.state), (10, None, ProposalState::Open));
		let votes = Council::votes(1);
		assert_eq!(votes.len(), 1);
		assert_eq!((votes[0].0, votes[0].1.approve, &votes[0].1.account, votes[0].1.at), (2, true, &voter(2), 5));
		assert_eq!(
			events(),
			vec![
				Event::ProposalMade { proposal: 1, organisation: 2, voting_until: 25 },
				Event::VoteCast { proposal: 1, organisation: 2, approve: true, ayes: 1, seats: 4 },
			]
		);
	});
}

#[test]
fn calls_at_once_have_no_announcement() {
	execute(|| {
		assert_ok!(propose(1, write()));
		assert_eq!(Council::proposal(1).unwrap().announcement, 0);
	});
}

#[test]
fn only_who_has_a_seat_takes_part() {
	execute(|| {
		approved(write());
		let outsiders = [RuntimeOrigin::signed(voter(9)), RuntimeOrigin::root(), RuntimeOrigin::none()];
		for (index, origin) in outsiders.into_iter().enumerate() {
			let error = match index {
				0 => Error::<Test>::NotAuthorized.into(),
				_ => sp_runtime::DispatchError::BadOrigin,
			};
			assert_noop!(Council::propose(origin.clone(), Box::new(write())), error);
			assert_noop!(Council::vote(origin.clone(), 1, true), error);
			assert_noop!(Council::enact(origin.clone(), 1).map_err(|e| e.error), error);
			assert_noop!(Council::withdraw(origin.clone(), 1), error);
			assert_noop!(Council::expire(origin, 1), error);
		}
	});
}

#[test]
fn the_council_does_only_what_it_may() {
	execute(|| {
		let code = frame_system::Call::set_code { code: vec![1] };
		assert_noop!(propose(1, code.into()), Error::<Test>::CallNotAllowed);
		let nested = crate::Call::propose { call: Box::new(write()) };
		assert_noop!(propose(1, nested.into()), Error::<Test>::CallNotAllowed);
	});
}

#[test]
fn long_and_heavy_calls_are_refused() {
	execute(|| {
		let remark = |len| frame_system::Call::remark { remark: vec![0; len] }.into();
		assert_noop!(propose(1, remark(97)), Error::<Test>::CallTooLong);
		assert_ok!(propose(1, remark(96)));
		// Its weight is the whole block.
		let heavy = frame_system::Call::apply_authorized_upgrade { code: vec![] };
		assert_noop!(propose(1, heavy.into()), Error::<Test>::CallTooHeavy);
	});
}

#[test]
fn an_organisation_has_a_bounded_number_of_open_proposals() {
	execute(|| {
		assert_ok!(propose(1, write()));
		assert_ok!(propose(1, delete()));
		assert_noop!(propose(1, write()), Error::<Test>::MaxOpenProposalsExceeded);
		assert_ok!(propose(2, write()));
		assert_ok!(withdraw(1, 2));
		assert_ok!(propose(1, write()));
		assert_eq!(OpenProposals::<Test>::get(1), 2);
		let open: Vec<_> = Council::open_proposals().into_iter().map(|(id, _)| id).collect();
		assert_eq!(open, vec![1, 3, 4]);
	});
}

#[test]
fn numbers_run_out_at_the_last_one() {
	new_test_ext().execute_with(|| {
		NextProposal::<Test>::put(u32::MAX);
		assert_noop!(propose(1, write()), Error::<Test>::MaxProposalsExceeded);
	});
}

#[test]
fn a_proposal_is_taken_back_by_who_made_it() {
	execute(|| {
		approved(write());
		assert_noop!(withdraw(2, 1), Error::<Test>::NotAuthorized);
		assert_ok!(withdraw(1, 1));
		assert_eq!(state(1), ProposalState::Withdrawn);
		assert_eq!(events().last(), Some(&Event::ProposalWithdrawn { proposal: 1 }));
	});
}

#[test]
fn an_undecided_proposal_expires_after_the_time_for_voting() {
	execute(|| {
		assert_ok!(propose(1, write()));
		wait(20);
		assert_noop!(expire(2, 1), Error::<Test>::ProposalNotOver);
		assert_ok!(vote(2, 1, true));
		wait(1);
		assert_noop!(vote(3, 1, true), Error::<Test>::ProposalOver);
		assert_ok!(expire(2, 1));
		assert_eq!((state(1), OpenProposals::<Test>::get(1)), (ProposalState::Expired, 0));
		assert_eq!(events().last(), Some(&Event::ProposalExpired { proposal: 1 }));
	});
}

/// Every state that is decided against every call.
#[test]
fn a_decided_proposal_stays_as_it_is() {
	for state in [ProposalState::Enacted, ProposalState::Rejected, ProposalState::Expired, ProposalState::Withdrawn] {
		new_test_ext().execute_with(|| {
			approved(write());
			Proposals::<Test>::mutate(1, |record| record.as_mut().unwrap().state = state);
			assert_noop!(vote(4, 1, true), Error::<Test>::ProposalDecided);
			assert_noop!(enact(1, 1), Error::<Test>::ProposalDecided);
			assert_noop!(withdraw(1, 1), Error::<Test>::ProposalDecided);
			assert_noop!(expire(1, 1), Error::<Test>::ProposalDecided);
		});
	}
}

#[test]
fn an_unknown_proposal_is_not_found() {
	execute(|| {
		assert_noop!(vote(1, 1, true), Error::<Test>::ProposalNotFound);
		assert_noop!(enact(1, 1), Error::<Test>::ProposalNotFound);
		assert_noop!(withdraw(1, 1), Error::<Test>::ProposalNotFound);
		assert_noop!(expire(1, 1), Error::<Test>::ProposalNotFound);
	});
}
