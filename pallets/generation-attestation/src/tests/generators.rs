//! Proposal, review and retirement of generators.

use super::*;
use crate::{Error, Event, Generators};
use frame_support::assert_noop;

fn propose() -> GeneratorId {
	assert_ok!(GenerationAttestation::propose_generator(signed(DEVELOPER), GeneratorKind::Aim, 3, code()));
	crate::GeneratorCount::<Test>::get()
}

fn review(reviewer: u8, id: GeneratorId, approve: bool) -> DispatchResult {
	GenerationAttestation::review_generator(signed(reviewer), id, approve, Digest::repeat_byte(8))
}

fn status(id: GeneratorId) -> GeneratorStatus {
	Generators::<Test>::get(id).unwrap().status
}

#[test]
fn a_generator_developer_proposes_and_the_tier_follows_from_the_kind() {
	ExtBuilder::default().build_and_execute(|| {
		let id = propose();
		let generator = Generators::<Test>::get(id).unwrap();
		assert_eq!((generator.tier, generator.version), (Tier::DifferentiallyPrivate, 3));
		assert_eq!((generator.organisation, generator.status), (INSTITUTE, GeneratorStatus::Proposed));
		let event = Event::GeneratorProposed {
			generator: 1,
			kind: GeneratorKind::Aim,
			code: code(),
			proposer: account(DEVELOPER),
		};
		assert_eq!(events(), vec![event]);
	});
}

#[test]
fn nobody_else_proposes_generators() {
	ExtBuilder::default().build_and_execute(|| {
		for who in [RESEARCHER, REVIEWER_OF_MERCY, STRANGER] {
			let call = GenerationAttestation::propose_generator(signed(who), GeneratorKind::Aim, 3, code());
			assert_eq!(call, Err(Error::<Test>::NotAuthorized.into()));
		}
	});
}

#[test]
fn approvals_of_two_organisations_make_a_generator_usable() {
	ExtBuilder::default().build_and_execute(|| {
		let id = propose();
		assert_ok!(review(REVIEWER_OF_MERCY, id, true));
		assert_eq!(status(id), GeneratorStatus::Proposed);
		assert_ok!(review(REVIEWER_OF_NORTHSIDE, id, true));
		assert_eq!(status(id), GeneratorStatus::Approved);
		assert_eq!(events().last(), Some(&Event::GeneratorApproved { generator: id }));
	});
}

#[test]
fn a_review_without_a_report_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let id = propose();
		let call = GenerationAttestation::review_generator(signed(REVIEWER_OF_MERCY), id, true, Digest::zero());
		assert_noop!(call, Error::<Test>::ReportMissing);
	});
}

#[test]
fn two_reviewers_of_one_organisation_count_once() {
	ExtBuilder::default().build_and_execute(|| {
		let id = propose();
		assert_ok!(review(REVIEWER_OF_MERCY, id, true));
		assert_noop!(review(SECOND_REVIEWER_OF_MERCY, id, true), Error::<Test>::AlreadyReviewed);
		assert_noop!(review(REVIEWER_OF_MERCY, id, true), Error::<Test>::AlreadyReviewed);
	});
}

#[test]
fn neither_the_proposer_nor_the_proposers_organisation_reviews() {
	ExtBuilder::default().build_and_execute(|| {
		let id = propose();
		assert_noop!(review(DEVELOPER, id, true), Error::<Test>::OwnGenerator);
		assert_noop!(review(COLLEAGUE_OF_DEVELOPER, id, true), Error::<Test>::OwnGenerator);
		assert_noop!(review(RESEARCHER, id, true), Error::<Test>::NotAuthorized);
		assert_noop!(review(STRANGER, id, true), Error::<Test>::NotAuthorized);
		assert_noop!(review(REVIEWER_OF_MERCY, id + 1, true), Error::<Test>::GeneratorNotFound);
	});
}

#[test]
fn one_refusal_ends_the_proposal_even_after_an_approval() {
	ExtBuilder::default().build_and_execute(|| {
		let id = propose();
		assert_ok!(review(REVIEWER_OF_MERCY, id, true));
		assert_ok!(review(REVIEWER_OF_NORTHSIDE, id, false));
		assert_eq!(status(id), GeneratorStatus::Refused);
		assert_eq!(events().last(), Some(&Event::GeneratorRefused { generator: id }));
	});
}

#[test]
fn only_proposed_generators_are_reviewed_and_only_approved_ones_retired() {
	chain().build_and_execute(|| {
		assert_noop!(review(REVIEWER_OF_MERCY, PRIVATE, false), Error::<Test>::GeneratorNotProposed);
		let retire = |id| GenerationAttestation::retire_generator(RuntimeOrigin::root(), id);
		let proposed = propose();
		assert_noop!(retire(proposed), Error::<Test>::GeneratorNotApproved);
		assert_ok!(review(REVIEWER_OF_MERCY, proposed, false));
		assert_noop!(retire(proposed), Error::<Test>::GeneratorNotApproved);
		assert_noop!(review(REVIEWER_OF_NORTHSIDE, proposed, true), Error::<Test>::GeneratorNotProposed);
		assert_ok!(retire(PRIVATE));
		assert_noop!(retire(PRIVATE), Error::<Test>::GeneratorNotApproved);
		assert_noop!(retire(77), Error::<Test>::GeneratorNotFound);
		assert_noop!(review(REVIEWER_OF_MERCY, PRIVATE, true), Error::<Test>::GeneratorNotProposed);
	});
}

#[test]
fn the_consortium_or_the_proposing_organisation_retires_a_generator() {
	chain().build_and_execute(|| {
		let retire = |origin, id| GenerationAttestation::retire_generator(origin, id);
		for who in [COLLEAGUE_OF_DEVELOPER, REVIEWER_OF_MERCY, STRANGER] {
			assert_noop!(retire(signed(who), PRIVATE), Error::<Test>::NotAuthorized);
		}
		assert_ok!(retire(signed(DEVELOPER), PRIVATE));
		assert_ok!(retire(RuntimeOrigin::root(), HEURISTIC));
		assert_eq!((status(PRIVATE), status(HEURISTIC)), (GeneratorStatus::Retired, GeneratorStatus::Retired));
		assert_noop!(request(1, PRIVATE, ROWS, RHO), Error::<Test>::GeneratorNotApproved);
	});
}
