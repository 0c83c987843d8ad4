use crate::{mock::*, Event};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	access::{Conditions, VoteChoice},
	AccountId,
};

const INITIAL: Conditions = Conditions { allow_heuristic: true, max_rho: 1_000, max_rows: 10_000 };

fn narrow(who: AccountId, conditions: Conditions) -> sp_runtime::DispatchResult {
	AccessControl::narrow_conditions(signed(who), 1, conditions)
}

#[test]
fn whoever_may_vote_narrows_conditions_and_they_outlast_the_vote() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		let first = Conditions { max_rows: 500, ..INITIAL };
		let second = Conditions { allow_heuristic: false, max_rho: 10, max_rows: 500 };
		assert_ok!(narrow(steward(), first));
		assert_ok!(narrow(reviewer(), second));
		assert_eq!(
			events()[1..],
			[
				Event::ConditionsNarrowed { application: id, conditions: first, by: steward() },
				Event::ConditionsNarrowed { application: id, conditions: second, by: reviewer() },
			]
		);
		assert_ok!(vote(steward(), id, VoteChoice::Approve));
		assert_ok!(vote(reviewer(), id, VoteChoice::Approve));
		assert_eq!(record(id).conditions, second);
	});
}

#[test]
fn conditions_widen_in_no_respect() {
	ExtBuilder::default().build_and_execute(|| {
		apply();
		let tight = Conditions { allow_heuristic: false, max_rho: 100, max_rows: 100 };
		assert_ok!(narrow(steward(), tight));
		let wider = [
			tight,
			INITIAL,
			Conditions { allow_heuristic: true, max_rho: 1, max_rows: 1 },
			Conditions { max_rho: 101, max_rows: 1, ..tight },
			Conditions { max_rho: 1, max_rows: 101, ..tight },
		];
		for conditions in wider {
			assert_noop!(narrow(steward(), conditions), Error::ConditionsNotNarrower);
		}
		assert_noop!(narrow(steward(), Conditions { max_rows: 0, ..tight }), Error::NoRowsAllowed);
		assert_ok!(narrow(steward(), Conditions { max_rho: 0, ..tight }));
	});
}

#[test]
fn nobody_else_narrows_conditions() {
	ExtBuilder::default().build_and_execute(|| {
		apply();
		let tight = Conditions { max_rows: 1, ..INITIAL };
		for who in [other_steward(), colleague(), clerk(), stranger()] {
			assert_noop!(narrow(who, tight), Error::NotAuthorized);
		}
		assert_noop!(narrow(researcher(), tight), Error::ApplicantCannotVote);
		assert_noop!(narrow(own_reviewer(), tight), Error::OwnOrganisation);
	});
}

#[test]
fn conditions_stand_once_the_review_period_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		apply();
		go_to(12);
		assert_noop!(narrow(steward(), Conditions { max_rows: 1, ..INITIAL }), Error::ReviewPeriodOver);
	});
}
