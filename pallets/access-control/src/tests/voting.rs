use crate::{mock::*, Event, VoteCount, Votes};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	access::{AgreementState, Policy, Vote, VoteChoice, VoteChoice::*, VoteReason, VoterGroup, MAX_VOTES},
	data_use::{DataUse, Permission, Purpose},
	dataset::DatasetStatus,
	decision::{Reason, Verdict},
	AccountId,
};

/// Plays `ballots` under a policy and returns the state reached.
fn after(custodian_votes: u8, ethics_votes: u8, ballots: &[(AccountId, VoteChoice)]) -> AgreementState {
	let mut state = None;
	let policy = Policy { custodian_votes, ethics_votes, ..policy() };
	ExtBuilder::default().with_policy(policy).build_and_execute(|| {
		let id = apply();
		for (voter, choice) in ballots {
			assert_ok!(vote(voter.clone(), id, *choice));
		}
		state = Some(record(id).state);
	});
	state.unwrap()
}

#[test]
fn an_agreement_needs_all_approvals_of_both_groups_in_any_order() {
	use AgreementState::{Active, UnderReview};
	let (a, b, e, f) = (steward(), second_steward(), reviewer(), second_reviewer());
	type Ballots = Vec<(AccountId, VoteChoice)>;
	let table: [(u8, u8, Ballots, AgreementState); 9] = [
		(1, 0, vec![(a.clone(), Approve)], Active),
		(1, 1, vec![(a.clone(), Approve)], UnderReview),
		(1, 1, vec![(e.clone(), Approve)], UnderReview),
		(1, 1, vec![(e.clone(), Approve), (a.clone(), Approve)], Active),
		(2, 0, vec![(a.clone(), Approve), (e.clone(), Approve)], UnderReview),
		(2, 1, vec![(a.clone(), Approve), (e.clone(), Approve), (b.clone(), Approve)], Active),
		(1, 2, vec![(a.clone(), Approve), (b.clone(), Approve), (e.clone(), Approve)], UnderReview),
		(1, 2, vec![(e.clone(), Approve), (f.clone(), Approve), (a.clone(), Approve)], Active),
		(1, 1, vec![(a, Abstain), (e, Abstain), (f, Approve), (b, Approve)], Active),
	];
	for (custodian, ethics, ballots, expected) in table {
		assert_eq!(after(custodian, ethics, &ballots), expected, "{custodian} and {ethics}: {ballots:?}");
	}
}

#[test]
fn one_rejection_of_either_group_decides() {
	use AgreementState::Rejected;
	assert_eq!(after(1, 1, &[(steward(), Reject)]), Rejected);
	assert_eq!(after(1, 1, &[(reviewer(), Reject)]), Rejected);
	assert_eq!(after(2, 1, &[(steward(), Approve), (second_reviewer(), Reject)]), Rejected);
	assert_eq!(after(1, 0, &[(reviewer(), Reject)]), Rejected);
}

#[test]
fn abstentions_alone_decide_nothing() {
	assert_eq!(after(1, 0, &[(steward(), Abstain), (second_steward(), Abstain)]), AgreementState::UnderReview);
}

#[test]
fn the_last_approval_starts_the_lifetime() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		assert_ok!(vote(steward(), id, Approve));
		go_to(11);
		assert_ok!(vote(reviewer(), id, Approve));
		assert_eq!(record(id).expires, 111);
		let group = |voter, group| Event::VoteCast { application: id, voter, group, choice: Approve };
		assert_eq!(
			events()[1..],
			[
				group(steward(), VoterGroup::Custodian),
				group(reviewer(), VoterGroup::Ethics),
				Event::AgreementActivated { agreement: id, dataset: DATASET, expires: 111 },
			]
		);
	});
}

#[test]
fn a_vote_is_kept_with_its_reason_and_memo() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		go_to(5);
		assert_ok!(vote(reviewer(), id, Reject));
		let expected = Vote {
			voter: reviewer(),
			group: VoterGroup::Ethics,
			choice: Reject,
			reason: VoteReason::RiskTooHigh,
			memo: digest(8),
			block: 5,
		};
		assert_eq!(AccessControl::votes(id), [expected]);
		let rejected = Event::ApplicationRejected { application: id, reason: VoteReason::RiskTooHigh };
		assert_eq!(events().last(), Some(&rejected));
	});
}

#[test]
fn each_account_votes_once() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		assert_ok!(vote(steward(), id, Abstain));
		for choice in [Approve, Reject, Abstain] {
			assert_noop!(vote(steward(), id, choice), Error::AlreadyVoted);
		}
	});
}

#[test]
fn nobody_votes_without_a_part_in_the_matter() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		for who in [other_steward(), colleague(), clerk(), stranger()] {
			assert_noop!(vote(who, id, Approve), Error::NotAuthorized);
		}
		assert_noop!(vote(researcher(), id, Approve), Error::ApplicantCannotVote);
		assert_noop!(vote(own_reviewer(), id, Approve), Error::OwnOrganisation);
		assert_noop!(vote(steward(), 9, Approve), Error::NotFound);
	});
}

#[test]
fn a_steward_who_applies_does_not_vote_on_it() {
	ExtBuilder::default().build_and_execute(|| {
		let purpose = Purpose::HealthResearch;
		assert_ok!(AccessControl::apply(signed(double()), DATASET, purpose, attributes(), digest(9)));
		assert_noop!(vote(double(), 1, Approve), Error::ApplicantCannotVote);
		assert_ok!(vote(steward(), 1, Approve));
	});
}

#[test]
fn votes_end_with_the_review_period() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		go_to(12);
		assert_noop!(vote(steward(), id, Approve), Error::ReviewPeriodOver);
		go_to(11);
		assert_ok!(vote(steward(), id, Approve));
	});
}

#[test]
fn no_more_votes_are_taken_than_can_be_counted() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		VoteCount::<Test>::insert(id, MAX_VOTES);
		assert_noop!(vote(steward(), id, Approve), Error::MaxVotesExceeded);
		VoteCount::<Test>::insert(id, 0);
		assert!(!Votes::<Test>::contains_key(id, steward()));
	});
}

/// Applies, approves once, lets `change` happen, approves for the last time, and expects a denial.
fn denied_after(change: impl FnOnce(), reason: Reason) {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		assert_ok!(vote(steward(), id, Approve));
		change();
		assert_ok!(vote(reviewer(), id, Approve));
		let record = record(id);
		assert_eq!(record.state, AgreementState::Denied);
		assert_eq!(record.decision.verdict, Verdict::Deny);
		assert_eq!(record.decision.reasons.to_vec(), [reason]);
		let reasons = vec![reason].try_into().unwrap();
		let denied = Event::ApplicationDenied { application: id, dataset: DATASET, reasons };
		assert_eq!(events().last(), Some(&denied));
	});
}

#[test]
fn what_became_forbidden_during_the_review_is_denied() {
	denied_after(|| change_dataset(|dataset| dataset.status = DatasetStatus::Recalled), Reason::DatasetNotActive);
	denied_after(|| dismiss(&researcher()), Reason::ApplicantNotEligible);
	let population = DataUse::new(Permission::PopulationOriginsAncestry);
	denied_after(|| change_dataset(|dataset| dataset.terms = population), Reason::PurposeNotCovered);
}
