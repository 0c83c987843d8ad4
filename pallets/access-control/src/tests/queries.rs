use crate::{mock::*, *};
use frame_support::{assert_ok, traits::StorageInfoTrait};
use semblance_primitives::{
	access::{AgreementState, Denial, VoteChoice},
	data_use::Purpose,
	decision::{Decision, Reason, Verdict},
	AccountId, DatasetId,
};

fn explain(account: AccountId, dataset: DatasetId, purpose: Purpose) -> Option<Decision> {
	AccessControl::explain_access(account, dataset, purpose, attributes())
}

#[test]
fn access_is_explained_without_an_application() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(explain(researcher(), DATASET, Purpose::HealthResearch), Some(Decision::permit()));
		let denied = explain(researcher(), DATASET, Purpose::PopulationResearch).unwrap();
		assert_eq!((denied.verdict, denied.reasons.to_vec()), (Verdict::Deny, vec![Reason::PurposeNotCovered]));
		assert_eq!(explain(researcher(), 9, Purpose::HealthResearch), None);
		assert_eq!(AgreementCount::<Test>::get(), 0);
	});
}

#[test]
fn who_is_no_active_researcher_is_told_so() {
	ExtBuilder::default().build_and_execute(|| {
		for who in [steward(), reviewer(), stranger()] {
			let decision = explain(who, DATASET, Purpose::HealthResearch).unwrap();
			assert_eq!(decision.verdict, Verdict::Deny);
			assert_eq!(decision.reasons.to_vec(), [Reason::ApplicantNotEligible]);
		}
	});
}

#[test]
fn the_explanation_is_what_an_application_then_gets() {
	ExtBuilder::default().build_and_execute(|| {
		let purposes = [
			Purpose::HealthResearch,
			Purpose::DiseaseResearch { disease: 5_015 },
			Purpose::PopulationResearch,
			Purpose::MethodDevelopment,
			Purpose::QualityImprovement,
			Purpose::CommercialDevelopment,
		];
		for (purpose, id) in purposes.into_iter().zip(1..) {
			let explained = explain(researcher(), DATASET, purpose).unwrap();
			assert_ok!(AccessControl::apply(signed(researcher()), DATASET, purpose, attributes(), digest(9)));
			assert_eq!(record(id).decision, explained);
		}
	});
}

#[test]
fn every_denial_can_be_listed_by_dataset() {
	ExtBuilder::default().build_and_execute(|| {
		for purpose in [Purpose::PopulationResearch, Purpose::HealthResearch, Purpose::PopulationResearch] {
			assert_ok!(AccessControl::apply(signed(researcher()), DATASET, purpose, attributes(), digest(9)));
		}
		let reasons = || vec![Reason::PurposeNotCovered].try_into().unwrap();
		let expected = [Denial { application: 1, reasons: reasons() }, Denial { application: 3, reasons: reasons() }];
		assert_eq!(AccessControl::denials(DATASET), expected);
		assert!(AccessControl::denials(2).is_empty());
	});
}

#[test]
fn agreements_are_listed_by_applicant() {
	ExtBuilder::default().build_and_execute(|| {
		let first = agree();
		let purpose = Purpose::HealthResearch;
		assert_ok!(AccessControl::apply(signed(colleague()), DATASET, purpose, attributes(), digest(9)));
		let third = apply();
		let listed = AccessControl::agreements_of(researcher());
		assert_eq!(listed.iter().map(|entry| entry.id).collect::<Vec<_>>(), [first, third]);
		assert_eq!(listed[0].agreement.state, AgreementState::Active);
		assert_eq!(AccessControl::agreements_of(colleague()).len(), 1);
		assert!(AccessControl::agreements_of(stranger()).is_empty());
	});
}

#[test]
fn votes_are_listed_in_order_of_their_blocks() {
	ExtBuilder::default().build_and_execute(|| {
		let id = apply();
		for (block, who) in [(2, second_reviewer()), (3, steward()), (4, second_steward())] {
			go_to(block);
			assert_ok!(vote(who, id, VoteChoice::Abstain));
		}
		let voters: Vec<_> = AccessControl::votes(id).into_iter().map(|vote| vote.voter).collect();
		assert_eq!(voters, [second_reviewer(), steward(), second_steward()]);
	});
}

#[test]
fn storage_stands_where_workers_and_auditors_look_for_it() {
	let names: Vec<_> = [
		Policies::<Test>::storage_info(),
		AgreementCount::<Test>::storage_info(),
		Records::<Test>::storage_info(),
		ReviewPolicies::<Test>::storage_info(),
		Votes::<Test>::storage_info(),
		VoteCount::<Test>::storage_info(),
		Releases::<Test>::storage_info(),
		ReleaseCount::<Test>::storage_info(),
		Revocations::<Test>::storage_info(),
		DeletionCertificates::<Test>::storage_info(),
	]
	.into_iter()
	.flatten()
	.map(|info| String::from_utf8(info.storage_name).unwrap())
	.collect();
	let expected = [
		"Policies",
		"AgreementCount",
		"Records",
		"ReviewPolicies",
		"Votes",
		"VoteCount",
		"Releases",
		"ReleaseCount",
		"Revocations",
		"DeletionCertificates",
	];
	assert_eq!(names, expected);
	// twox128("AccessControl") ‖ twox128("Records") ‖ blake2_128(SCALE(1)) ‖ SCALE(1)
	let key = Records::<Test>::hashed_key_for(1);
	let encoded = 1u32.to_le_bytes();
	assert_eq!(key[..16], sp_io::hashing::twox_128(b"AccessControl"));
	assert_eq!(key[16..32], sp_io::hashing::twox_128(b"Records"));
	assert_eq!(key[32..48], sp_io::hashing::blake2_128(&encoded));
	assert_eq!(key[48..], encoded);
}
