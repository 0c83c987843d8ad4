//! What ends when the council removes a party.

use crate::{mock::*, Event};
use frame_support::{assert_noop, assert_ok, assert_storage_noop};
use semblance_primitives::{
	access::{AgreementRefusal, AgreementState, AgreementState::*, Conditions, VoteChoice},
	consortium::Role,
	data_use::Purpose,
	generation::Tier,
	traits::Agreements,
	AgreementId,
};

/// Both parties: whoever of them is removed, the agreement ends.
const PARTIES: [u32; 2] = [HOSPITAL, INSTITUTE];

fn generate(id: AgreementId) -> Result<(), AgreementRefusal> {
	<AccessControl as Agreements>::authorise_generation(&researcher(), id, Tier::DifferentiallyPrivate, 1, 1)
		.map(|_| ())
}

/// An agreement or application in `state`, and then the removal of a party.
fn left_in(state: AgreementState, party: u32) -> AgreementId {
	let id = reach(state);
	remove_organisation(party);
	id
}

#[test]
fn an_agreement_allows_nothing_from_the_block_in_which_a_party_is_removed() {
	for party in PARTIES {
		ExtBuilder::default().build_and_execute(|| {
			let id = reach(Active);
			assert_ok!(generate(id));
			remove_organisation(party);
			assert_storage_noop!(assert_eq!(generate(id), Err(AgreementRefusal::Expired)));
			assert!(!<AccessControl as Agreements>::is_in_force(id));
		});
	}
}

#[test]
fn agreements_of_others_stay_in_force() {
	ExtBuilder::default().build_and_execute(|| {
		let id = left_in(Active, OTHER_HOSPITAL);
		assert_ok!(generate(id));
		assert_noop!(AccessControl::expire(signed(stranger()), id), Error::NotExpired);
	});
}

#[test]
fn anybody_records_the_end_of_what_lasted_and_of_nothing_else() {
	for party in PARTIES {
		for state in [Denied, UnderReview, Rejected, Retracted, Active, Suspended, Expired, Terminated, Revoked, Closed]
		{
			ExtBuilder::default().build_and_execute(|| {
				let id = left_in(state, party);
				if matches!(state, UnderReview | Active | Suspended) {
					assert_ok!(AccessControl::expire(signed(stranger()), id));
					assert_eq!(record(id).state, Expired);
					assert_eq!(events(), [Event::AgreementExpired { agreement: id }]);
				} else {
					assert_noop!(AccessControl::expire(signed(stranger()), id), Error::NotInForce);
				}
			});
		}
	}
}

#[test]
fn an_agreement_without_a_party_is_neither_halted_nor_put_into_force_again() {
	ExtBuilder::default().build_and_execute(|| {
		let id = left_in(Active, INSTITUTE);
		assert_noop!(AccessControl::suspend(signed(steward()), id), Error::PartyLeft);
	});
	ExtBuilder::default().build_and_execute(|| {
		let id = left_in(Suspended, INSTITUTE);
		assert_noop!(AccessControl::resume(signed(steward()), id), Error::PartyLeft);
	});
}

#[test]
fn an_application_without_a_party_is_not_voted_on_any_more() {
	for party in PARTIES {
		ExtBuilder::default().build_and_execute(|| {
			let id = left_in(UnderReview, party);
			let conditions = Conditions { allow_heuristic: false, max_rho: 1, max_rows: 1 };
			for choice in [VoteChoice::Approve, VoteChoice::Reject, VoteChoice::Abstain] {
				assert_noop!(vote(reviewer(), id, choice), Error::PartyLeft);
			}
			assert_noop!(AccessControl::narrow_conditions(signed(reviewer()), id, conditions), Error::PartyLeft);
		});
	}
}

#[test]
fn nobody_applies_for_data_of_a_hospital_that_left() {
	ExtBuilder::default().build_and_execute(|| {
		remove_organisation(HOSPITAL);
		let purpose = Purpose::HealthResearch;
		let attempt = AccessControl::apply(signed(researcher()), DATASET, purpose, attributes(), digest(9));
		assert_noop!(attempt, Error::PartyLeft);
	});
}

#[test]
fn a_researcher_who_joins_another_organisation_does_not_take_the_agreement_along() {
	ExtBuilder::default().build_and_execute(|| {
		let id = left_in(Active, INSTITUTE);
		join(&researcher(), OTHER_HOSPITAL, Role::Researcher);
		assert_eq!(generate(id), Err(AgreementRefusal::Expired));
		Made::mutate(|made| made.insert((id, digest(1))));
		let release = AccessControl::release_key(signed(steward()), id, digest(1), digest(2), key(), 0);
		assert_noop!(release, Error::PartyLeft);
	});
}

#[test]
fn what_ended_for_a_removal_is_closed_with_a_certificate_as_ever() {
	ExtBuilder::default().build_and_execute(|| {
		let id = left_in(Active, HOSPITAL);
		assert_noop!(AccessControl::close(signed(researcher()), id, digest(5)), Error::NotEnded);
		assert_ok!(AccessControl::expire(signed(researcher()), id));
		assert_ok!(AccessControl::close(signed(researcher()), id, digest(5)));
		assert_eq!(record(id).state, Closed);
	});
}
