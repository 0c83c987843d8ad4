use crate::{mock::*, Event, RevocationReason};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	access::{AgreementState, AgreementState::*, Conditions, VoteChoice},
	AccountId, AgreementId, Digest,
};
use sp_runtime::DispatchResult;

type Call = fn(AccountId, AgreementId) -> DispatchResult;
type Outcome = Result<AgreementState, Error>;

fn approve(who: AccountId, id: AgreementId) -> DispatchResult {
	vote(who, id, VoteChoice::Approve)
}

fn reject(who: AccountId, id: AgreementId) -> DispatchResult {
	vote(who, id, VoteChoice::Reject)
}

fn narrow(who: AccountId, id: AgreementId) -> DispatchResult {
	let conditions = Conditions { allow_heuristic: false, max_rho: 1, max_rows: 1 };
	AccessControl::narrow_conditions(signed(who), id, conditions)
}

fn retract(who: AccountId, id: AgreementId) -> DispatchResult {
	AccessControl::retract(signed(who), id)
}

fn suspend(who: AccountId, id: AgreementId) -> DispatchResult {
	AccessControl::suspend(signed(who), id)
}

fn resume(who: AccountId, id: AgreementId) -> DispatchResult {
	AccessControl::resume(signed(who), id)
}

fn revoke(who: AccountId, id: AgreementId) -> DispatchResult {
	AccessControl::revoke(signed(who), id, RevocationReason::RiskToPatients)
}

fn terminate(who: AccountId, id: AgreementId) -> DispatchResult {
	AccessControl::terminate(signed(who), id)
}

fn expire(who: AccountId, id: AgreementId) -> DispatchResult {
	AccessControl::expire(signed(who), id)
}

fn close(who: AccountId, id: AgreementId) -> DispatchResult {
	AccessControl::close(signed(who), id, digest(5))
}

const STATES: [AgreementState; 10] =
	[Denied, UnderReview, Rejected, Retracted, Active, Suspended, Expired, Terminated, Revoked, Closed];

/// Tries `call` as `who` in every state and compares with the row of a table, whose columns are [`STATES`].
fn check_row(name: &str, call: Call, who: AccountId, late: bool, row: [Outcome; 10]) {
	for (from, expected) in STATES.into_iter().zip(row) {
		ExtBuilder::default().build_and_execute(|| {
			let id = reach(from);
			if late {
				go_to(record(id).expires + 1);
			}
			println!("{name} in {from:?}");
			match expected {
				Ok(to) => {
					assert_ok!(call(who.clone(), id));
					assert_eq!(record(id).state, to, "{name} in {from:?}");
				},
				Err(error) => {
					assert_noop!(call(who.clone(), id), error);
				},
			}
		});
	}
}

fn refused_in_all(error: fn() -> Error) -> [Outcome; 10] {
	core::array::from_fn(|_| Err(error()))
}

/// The given outcomes in the given states, and `error` in all others.
fn only(allowed: &[(AgreementState, AgreementState)], error: fn() -> Error) -> [Outcome; 10] {
	STATES.map(|from| {
		let found = allowed.iter().find(|(state, _)| *state == from);
		found.map(|(_, to)| Ok(*to)).unwrap_or_else(|| Err(error()))
	})
}

#[test]
fn every_state_answers_every_call_as_the_table_says() {
	let (custodian, applicant) = (steward(), researcher());
	let not_under_review = || Error::NotUnderReview;
	// By a reviewer whose vote alone decides nothing yet.
	check_row("approve", approve, reviewer(), false, only(&[(UnderReview, UnderReview)], not_under_review));
	check_row("reject", reject, custodian.clone(), false, only(&[(UnderReview, Rejected)], not_under_review));
	check_row("narrow", narrow, custodian.clone(), false, only(&[(UnderReview, UnderReview)], not_under_review));
	check_row("retract", retract, applicant.clone(), false, only(&[(UnderReview, Retracted)], not_under_review));
	check_row("suspend", suspend, custodian.clone(), false, only(&[(Active, Suspended)], || Error::NotActive));
	check_row("resume", resume, custodian.clone(), false, only(&[(Suspended, Active)], || Error::NotSuspended));
	let revoked = [(Active, Revoked), (Suspended, Revoked)];
	check_row("revoke", revoke, custodian, false, only(&revoked, || Error::NotInForce));
	let terminated = [(Active, Terminated), (Suspended, Terminated)];
	check_row("terminate", terminate, applicant.clone(), false, only(&terminated, || Error::NotInForce));
	let closed = [(Expired, Closed), (Terminated, Closed), (Revoked, Closed)];
	check_row("close", close, applicant, false, only(&closed, || Error::NotEnded));
}

#[test]
fn nothing_expires_early_and_only_what_lasts_expires() {
	let mut early = only(&[], || Error::NotInForce);
	for (state, outcome) in STATES.into_iter().zip(&mut early) {
		if matches!(state, UnderReview | Active | Suspended) {
			*outcome = Err(Error::NotExpired);
		}
	}
	check_row("expire", expire, stranger(), false, early);
	let late = only(&[(UnderReview, Expired), (Active, Expired), (Suspended, Expired)], || Error::NotInForce);
	check_row("expire late", expire, stranger(), true, late);
}

#[test]
fn after_the_last_block_nothing_is_halted_or_put_into_force_again() {
	let mut row = only(&[], || Error::NotActive);
	row[4] = Err(Error::AgreementOver);
	check_row("suspend late", suspend, steward(), true, row);
	let mut row = only(&[], || Error::NotSuspended);
	row[5] = Err(Error::AgreementOver);
	check_row("resume late", resume, steward(), true, row);
}

#[test]
fn an_agreement_can_be_revoked_and_terminated_after_its_last_block_until_it_is_recorded_as_expired() {
	let revoked = [(Active, Revoked), (Suspended, Revoked)];
	check_row("revoke late", revoke, steward(), true, only(&revoked, || Error::NotInForce));
	let terminated = [(Active, Terminated), (Suspended, Terminated)];
	check_row("terminate late", terminate, researcher(), true, only(&terminated, || Error::NotInForce));
}

#[test]
fn calls_of_the_applicant_are_refused_to_everybody_else_in_every_state() {
	for (name, call) in [("retract", retract as Call), ("terminate", terminate), ("close", close)] {
		for who in [colleague(), steward(), reviewer(), stranger()] {
			check_row(name, call, who, false, refused_in_all(|| Error::NotApplicant));
		}
	}
}

#[test]
fn calls_of_the_custodian_are_refused_to_everybody_else_in_every_state() {
	for (name, call) in [("suspend", suspend as Call), ("resume", resume), ("revoke", revoke)] {
		for who in [other_steward(), researcher(), reviewer(), clerk(), stranger()] {
			check_row(name, call, who, false, refused_in_all(|| Error::NotAuthorized));
		}
	}
}

#[test]
fn every_call_needs_a_record_and_a_signature() {
	ExtBuilder::default().build_and_execute(|| {
		for call in [approve as Call, narrow, retract, suspend, resume, revoke, terminate, expire, close] {
			assert_noop!(call(steward(), 7), Error::NotFound);
		}
		let id = agree();
		let unsigned = AccessControl::expire(RuntimeOrigin::none(), id);
		assert_noop!(unsigned, sp_runtime::DispatchError::BadOrigin);
		let root = AccessControl::suspend(RuntimeOrigin::root(), id);
		assert_noop!(root, sp_runtime::DispatchError::BadOrigin);
	});
}

#[test]
fn each_change_tells_what_happened() {
	let agreement = 1;
	let table: [(AgreementState, Call, AccountId, Event<Test>); 6] = [
		(UnderReview, retract, researcher(), Event::ApplicationRetracted { application: 1 }),
		(Active, suspend, steward(), Event::AgreementSuspended { agreement }),
		(Suspended, resume, steward(), Event::AgreementResumed { agreement }),
		(Active, revoke, steward(), Event::AgreementRevoked { agreement, reason: RevocationReason::RiskToPatients }),
		(Active, terminate, researcher(), Event::AgreementTerminated { agreement }),
		(Terminated, close, researcher(), Event::AgreementClosed { agreement, certificate: digest(5) }),
	];
	for (from, call, who, event) in table {
		ExtBuilder::default().build_and_execute(|| {
			let id = reach(from);
			assert_ok!(call(who, id));
			assert_eq!(events(), [event]);
		});
	}
	ExtBuilder::default().build_and_execute(|| {
		let id = reach(Active);
		go_to(record(id).expires + 1);
		assert_ok!(expire(stranger(), id));
		assert_eq!(events(), [Event::AgreementExpired { agreement: id }]);
	});
}

#[test]
fn how_an_agreement_ended_stays_on_record() {
	ExtBuilder::default().build_and_execute(|| {
		let id = reach(Revoked);
		assert_eq!(AccessControl::deletion_certificate(id), None);
		assert_ok!(close(researcher(), id));
		assert_eq!(AccessControl::revocation(id), Some(RevocationReason::ConditionBroken));
		assert_eq!(AccessControl::deletion_certificate(id), Some(digest(5)));
	});
}

#[test]
fn deletion_is_certified_by_something() {
	ExtBuilder::default().build_and_execute(|| {
		let id = reach(Terminated);
		let attempt = AccessControl::close(signed(researcher()), id, Digest::zero());
		assert_noop!(attempt, Error::CertificateMissing);
	});
}

#[test]
fn a_suspended_agreement_keeps_its_last_block() {
	ExtBuilder::default().build_and_execute(|| {
		let id = agree();
		let expires = record(id).expires;
		assert_ok!(suspend(steward(), id));
		go_to(50);
		assert_ok!(resume(second_steward(), id));
		assert_eq!(record(id).expires, expires);
	});
}
