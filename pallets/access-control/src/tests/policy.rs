use crate::{mock::*, Event};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::access::{Policy, VoteChoice};
use sp_runtime::DispatchError;

fn set(policy: Policy) -> sp_runtime::DispatchResult {
	AccessControl::set_policy(signed(steward()), DATASET, policy)
}

#[test]
fn a_steward_sets_and_replaces_the_policy_of_a_dataset() {
	ExtBuilder::default().without_policy().build_and_execute(|| {
		assert_eq!(AccessControl::policy(DATASET), None);
		let stricter = Policy { ethics_votes: 2, ..policy() };
		for policy in [policy(), stricter] {
			assert_ok!(set(policy));
			assert_eq!(AccessControl::policy(DATASET), Some(policy));
		}
		assert_eq!(events(), [policy(), stricter].map(|policy| Event::PolicySet { dataset: DATASET, policy }));
	});
}

#[test]
fn policies_that_nobody_could_meet_are_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let table = [
			(Policy { custodian_votes: 0, ..policy() }, Error::CustodianVoteRequired),
			(Policy { custodian_votes: 0, ethics_votes: 5, ..policy() }, Error::CustodianVoteRequired),
			(Policy { custodian_votes: 31, ethics_votes: 2, ..policy() }, Error::TooManyVotesRequired),
			(Policy { custodian_votes: 255, ethics_votes: 255, ..policy() }, Error::TooManyVotesRequired),
			(Policy { lifetime: 0, ..policy() }, Error::PeriodMissing),
			(Policy { review_period: 0, ..policy() }, Error::PeriodMissing),
			(Policy { max_rows: 0, ..policy() }, Error::NoRowsAllowed),
		];
		for (policy, error) in table {
			assert_noop!(set(policy), error);
		}
		assert_ok!(set(Policy { custodian_votes: 30, ethics_votes: 2, ..policy() }));
		assert_ok!(set(Policy { ethics_votes: 0, ..policy() }));
	});
}

#[test]
fn only_the_custodians_stewards_set_a_policy() {
	ExtBuilder::default().build_and_execute(|| {
		for who in [other_steward(), researcher(), reviewer(), clerk(), stranger()] {
			assert_noop!(AccessControl::set_policy(signed(who), DATASET, policy()), Error::NotAuthorized);
		}
		assert_noop!(AccessControl::set_policy(signed(steward()), 9, policy()), Error::DatasetNotFound);
		let root = AccessControl::set_policy(RuntimeOrigin::root(), DATASET, policy());
		assert_noop!(root, DispatchError::BadOrigin);
	});
}

#[test]
fn an_application_keeps_the_policy_under_which_it_was_made() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		assert_ok!(set(Policy { ethics_votes: 0, lifetime: 5_000, max_rows: 1, ..policy() }));
		assert_ok!(vote(steward(), id, VoteChoice::Approve));
		assert_eq!(record(id).state, semblance_primitives::access::AgreementState::UnderReview);
		assert_ok!(vote(reviewer(), id, VoteChoice::Approve));
		assert_eq!(record(id).expires, 101);
		assert_eq!(record(id).conditions.max_rows, 10_000);
	});
}
