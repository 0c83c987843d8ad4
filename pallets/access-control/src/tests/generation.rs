use crate::mock::*;
use frame_support::{assert_ok, assert_storage_noop};
use semblance_primitives::{
	access::{AgreementRefusal, AgreementState, Conditions, GenerationGrant, VoteChoice},
	data_use::Purpose,
	generation::Tier,
	traits::Agreements,
	AccountId, AgreementId,
};

type Answer = Result<GenerationGrant, AgreementRefusal>;

fn ask(who: AccountId, id: AgreementId, tier: Tier, rows: u32, rho: u64) -> Answer {
	<AccessControl as Agreements>::authorise_generation(&who, id, tier, rows, rho)
}

fn private(id: AgreementId, rows: u32, rho: u64) -> Answer {
	ask(researcher(), id, Tier::DifferentiallyPrivate, rows, rho)
}

fn is_in_force(id: AgreementId) -> bool {
	<AccessControl as Agreements>::is_in_force(id)
}

fn grant_of(agreement: AgreementId) -> GenerationGrant {
	GenerationGrant { agreement, dataset: DATASET, purpose: Purpose::HealthResearch }
}

#[test]
fn an_agreement_in_force_grants_and_is_charged() {
	ExtBuilder::default().build_and_execute(|| {
		let id = agree();
		assert_eq!(private(id, 10_000, 600), Ok(grant_of(id)));
		assert_eq!(record(id).rho_used, 600);
		assert_eq!(private(id, 1, 400), Ok(grant_of(id)));
		assert_eq!(record(id).rho_used, 1_000);
	});
}

#[test]
fn what_the_conditions_do_not_cover_is_refused_and_not_charged() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		let conditions = Conditions { allow_heuristic: false, max_rho: 100, max_rows: 10 };
		assert_ok!(AccessControl::narrow_conditions(signed(steward()), id, conditions));
		assert_ok!(vote(steward(), id, VoteChoice::Approve));
		assert_ok!(vote(reviewer(), id, VoteChoice::Approve));
		let heuristic = |rows| ask(researcher(), id, Tier::Heuristic, rows, 0);
		assert_storage_noop!(assert_eq!(private(9, 1, 1), Err(AgreementRefusal::NotFound)));
		let foreign = || ask(colleague(), id, Tier::DifferentiallyPrivate, 1, 1);
		assert_storage_noop!(assert_eq!(foreign(), Err(AgreementRefusal::NotApplicant)));
		assert_storage_noop!(assert_eq!(private(id, 11, 1), Err(AgreementRefusal::TooManyRows)));
		assert_storage_noop!(assert_eq!(heuristic(10), Err(AgreementRefusal::TierNotAllowed)));
		assert_storage_noop!(assert_eq!(private(id, 10, 101), Err(AgreementRefusal::BudgetExceeded)));
		assert_storage_noop!(assert_eq!(private(id, 10, u64::MAX), Err(AgreementRefusal::BudgetExceeded)));
		assert_eq!(private(id, 10, 60), Ok(grant_of(id)));
		assert_storage_noop!(assert_eq!(private(id, 10, 41), Err(AgreementRefusal::BudgetExceeded)));
		assert_storage_noop!(assert_eq!(private(id, 10, u64::MAX), Err(AgreementRefusal::BudgetExceeded)));
	});
}

#[test]
fn the_first_objection_in_the_order_of_the_list_is_told() {
	ExtBuilder::default().build_and_execute(|| {
		let id = agree();
		let everything_wrong = |who| ask(who, id, Tier::Heuristic, u32::MAX, u64::MAX);
		go_to(record(id).expires + 1);
		assert_eq!(everything_wrong(colleague()), Err(AgreementRefusal::NotApplicant));
		assert_eq!(everything_wrong(researcher()), Err(AgreementRefusal::Expired));
		go_to(5);
		assert_eq!(everything_wrong(researcher()), Err(AgreementRefusal::TooManyRows));
		assert_ok!(AccessControl::suspend(signed(steward()), id));
		assert_eq!(everything_wrong(researcher()), Err(AgreementRefusal::NotActive));
	});
}

#[test]
fn heuristic_generators_cost_no_budget() {
	ExtBuilder::default().build_and_execute(|| {
		let id = agree();
		assert_eq!(ask(researcher(), id, Tier::Heuristic, 5, 0), Ok(grant_of(id)));
		assert_eq!(record(id).rho_used, 0);
	});
}

#[test]
fn only_active_agreements_are_in_force() {
	use AgreementState::*;
	for state in [Denied, UnderReview, Rejected, Retracted, Active, Suspended, Expired, Terminated, Revoked, Closed] {
		ExtBuilder::default().build_and_execute(|| {
			let id = reach(state);
			assert_eq!(is_in_force(id), state == Active, "{state:?}");
			let expected = match state {
				Active => Ok(grant_of(id)),
				Expired => Err(AgreementRefusal::Expired),
				_ => Err(AgreementRefusal::NotActive),
			};
			assert_eq!(private(id, 1, 1), expected, "{state:?}");
		});
	}
}

#[test]
fn an_agreement_holds_in_its_last_block_and_not_after() {
	ExtBuilder::default().build_and_execute(|| {
		let id = agree();
		go_to(record(id).expires);
		assert!(is_in_force(id));
		assert_eq!(private(id, 1, 1), Ok(grant_of(id)));
		go_to(record(id).expires + 1);
		assert!(!is_in_force(id));
		assert_eq!(private(id, 1, 1), Err(AgreementRefusal::Expired));
		assert!(!is_in_force(id + 1));
	});
}

#[test]
fn what_came_to_nothing_is_given_back_also_after_the_end() {
	ExtBuilder::default().build_and_execute(|| {
		let id = agree();
		assert_ok!(private(id, 1, 700));
		assert_ok!(AccessControl::terminate(signed(researcher()), id));
		<AccessControl as Agreements>::refund(id, 300);
		assert_eq!(record(id).rho_used, 400);
		<AccessControl as Agreements>::refund(id, u64::MAX);
		assert_eq!(record(id).rho_used, 0);
		assert_storage_noop!(<AccessControl as Agreements>::refund(9, 1));
	});
}
