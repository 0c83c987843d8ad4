use crate::{mock::*, *};
use semblance_primitives::access::AgreementState;

/// Breaks one invariant of an agreement in `state`, sees that it is noticed, and mends it.
fn notices(what: &str, state: AgreementState, damage: impl FnOnce(), repair: impl FnOnce()) {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(reach(state), 1);
		assert_eq!(AccessControl::do_try_state(), Ok(()));
		damage();
		assert!(AccessControl::do_try_state().is_err(), "{what}");
		repair();
	});
}

fn set_state(state: AgreementState) {
	Records::<Test>::mutate_extant(1, |record| record.state = state);
}

#[test]
fn every_broken_invariant_is_noticed() {
	use AgreementState::*;
	notices("a wrong count", Active, || AgreementCount::<Test>::put(3), || AgreementCount::<Test>::put(1));
	notices("a permitted denial", UnderReview, || set_state(Denied), || set_state(UnderReview));
	notices("a forbidden review", Denied, || set_state(UnderReview), || set_state(Denied));
	notices("a closure without certificate", Terminated, || set_state(Closed), || set_state(Terminated));
	notices("a revocation without reason", Terminated, || set_state(Revoked), || set_state(Terminated));
	notices("a revocation in force", Revoked, || set_state(Active), || set_state(Revoked));
	notices("an agreement without approvals", UnderReview, || set_state(Active), || set_state(UnderReview));
	notices("a rejection by nobody", UnderReview, || set_state(Rejected), || set_state(UnderReview));
	notices("a rejection without effect", Rejected, || set_state(UnderReview), || set_state(Rejected));
	notices("a wrong count of votes", Active, || VoteCount::<Test>::insert(1, 3), || VoteCount::<Test>::insert(1, 2));
	notices("a wrong count of keys", Active, || ReleaseCount::<Test>::insert(1, 1), || ReleaseCount::<Test>::remove(1));
	notices(
		"an overdrawn budget",
		Active,
		|| Records::<Test>::mutate_extant(1, |record| record.rho_used = 1_001),
		|| Records::<Test>::mutate_extant(1, |record| record.rho_used = 0),
	);
	notices(
		"a policy of nothing",
		Active,
		|| ReviewPolicies::<Test>::insert(5, policy()),
		|| ReviewPolicies::<Test>::remove(5),
	);
}
