//! Benchmarks: one per call, each at its worst case: as many votes and key releases as are kept.

use super::*;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use semblance_primitives::{
	access::{
		Agreement, AgreementState, Conditions, KeyRelease, Policy, Vote, VoteChoice, VoteReason, VoterGroup,
		MAX_RELEASES, MAX_VOTES,
	},
	consortium::OrganisationKind,
	data_use::{DataUse, Permission, Purpose, UseAttributes},
	decision::Decision,
	traits::{Artefacts, Datasets, Membership},
	AccountId, AgreementId, DatasetId, Digest,
};

/// A policy under which only the most votes that can be cast suffice.
fn policy() -> Policy {
	Policy {
		custodian_votes: MAX_VOTES as u8,
		ethics_votes: 0,
		allow_heuristic: true,
		max_rho: u64::MAX,
		max_rows: u32::MAX,
		lifetime: 1_000_000,
		review_period: 1_000_000,
	}
}

fn attributes() -> UseAttributes {
	UseAttributes {
		commercial: false,
		non_profit_organisation: true,
		collaborates_with_custodian: true,
		ethics_evidence: Some(digest(1)),
		region: Some(*b"DE"),
		months: 12,
	}
}

fn digest(n: u8) -> Digest {
	Digest::repeat_byte(n)
}

/// Stores an agreement in force of `applicant` on `dataset` and returns its number.
pub(crate) fn insert_agreement<T: Config>(applicant: &AccountId, dataset: DatasetId) -> AgreementId {
	insert_record::<T>(applicant, dataset, AgreementState::Active)
}

fn insert_record<T: Config>(applicant: &AccountId, dataset: DatasetId, state: AgreementState) -> AgreementId {
	let id = AgreementCount::<T>::get().saturating_add(1);
	let policy = policy();
	let agreement = Agreement {
		applicant: applicant.clone(),
		organisation: T::Membership::active_member(applicant).map(|member| member.organisation).unwrap_or_default(),
		dataset,
		purpose: Purpose::HealthResearch,
		attributes: attributes(),
		statement: digest(1),
		decision: Decision::permit(),
		state,
		conditions: Conditions { allow_heuristic: true, max_rho: policy.max_rho, max_rows: policy.max_rows },
		rho_used: 0,
		applied: Pallet::<T>::now(),
		expires: Pallet::<T>::now().saturating_add(policy.lifetime),
	};
	AgreementCount::<T>::put(id);
	ReviewPolicies::<T>::insert(id, policy);
	Records::<T>::insert(id, agreement);
	id
}

/// The parties to an application.
struct Parties {
	steward: AccountId,
	applicant: AccountId,
	dataset: DatasetId,
}

fn parties<T: Config>() -> Parties {
	let steward: AccountId = account("steward", 0, 0);
	let applicant: AccountId = account("applicant", 0, 0);
	let hospital = T::Membership::benchmark_member(&steward, OrganisationKind::Hospital);
	T::Membership::benchmark_member(&applicant, OrganisationKind::ResearchInstitute);
	let dataset = T::Datasets::benchmark_dataset(hospital, DataUse::new(Permission::GeneralResearchUse));
	Policies::<T>::insert(dataset, policy());
	Parties { steward, applicant, dataset }
}

/// The parties, and an application or agreement in the given state.
fn in_state<T: Config>(state: AgreementState) -> (Parties, AgreementId) {
	let parties = parties::<T>();
	let id = insert_record::<T>(&parties.applicant, parties.dataset, state);
	(parties, id)
}

fn state_of<T: Config>(id: AgreementId) -> Option<AgreementState> {
	Records::<T>::get(id).map(|record| record.state)
}

fn pass_last_block<T: Config>(id: AgreementId) {
	let end = Records::<T>::get(id).map(|record| record.expires).unwrap_or_default();
	frame_system::Pallet::<T>::set_block_number(end.saturating_add(1).into());
}

/// All votes but the last one.
fn fill_votes<T: Config>(id: AgreementId) {
	for n in 1..MAX_VOTES {
		let voter: AccountId = account("voter", n, 0);
		let vote = Vote {
			voter: voter.clone(),
			group: VoterGroup::Custodian,
			choice: VoteChoice::Approve,
			reason: VoteReason::FitsTerms,
			memo: digest(2),
			block: 0,
		};
		Votes::<T>::insert(id, voter, vote);
	}
	VoteCount::<T>::insert(id, MAX_VOTES.saturating_sub(1));
}

/// Releases of `artefact` up to `count`, each to another recipient key.
fn fill_releases<T: Config>(id: AgreementId, artefact: Digest, count: u32) {
	for index in 0..count {
		let release = KeyRelease {
			artefact,
			wrapped_key: digest(3),
			recipient_key: digest(index as u8),
			epoch: 0,
			released_by: account("steward", 0, 0),
			released: 0,
			acknowledged: None,
		};
		Releases::<T>::insert(id, index, release);
	}
	ReleaseCount::<T>::insert(id, count);
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn set_policy() {
		let Parties { steward, dataset, .. } = parties::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(steward), dataset, policy());
		assert_eq!(Policies::<T>::get(dataset), Some(policy()));
	}

	#[benchmark]
	fn apply() {
		let Parties { applicant, dataset, .. } = parties::<T>();
		let id = AgreementCount::<T>::get().saturating_add(1);
		#[extrinsic_call]
		_(RawOrigin::Signed(applicant), dataset, Purpose::HealthResearch, attributes(), digest(1));
		assert_eq!(state_of::<T>(id), Some(AgreementState::UnderReview));
	}

	#[benchmark]
	fn vote() {
		let (parties, id) = in_state::<T>(AgreementState::UnderReview);
		fill_votes::<T>(id);
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.steward), id, VoteChoice::Approve, VoteReason::FitsTerms, digest(2));
		assert_eq!(state_of::<T>(id), Some(AgreementState::Active));
	}

	#[benchmark]
	fn narrow_conditions() {
		let (parties, id) = in_state::<T>(AgreementState::UnderReview);
		let conditions = Conditions { allow_heuristic: false, max_rho: 1, max_rows: 1 };
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.steward), id, conditions);
		assert_eq!(Records::<T>::get(id).map(|record| record.conditions), Some(conditions));
	}

	#[benchmark]
	fn retract() {
		let (parties, id) = in_state::<T>(AgreementState::UnderReview);
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.applicant), id);
		assert_eq!(state_of::<T>(id), Some(AgreementState::Retracted));
	}

	#[benchmark]
	fn suspend() {
		let (parties, id) = in_state::<T>(AgreementState::Active);
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.steward), id);
		assert_eq!(state_of::<T>(id), Some(AgreementState::Suspended));
	}

	#[benchmark]
	fn resume() {
		let (parties, id) = in_state::<T>(AgreementState::Suspended);
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.steward), id);
		assert_eq!(state_of::<T>(id), Some(AgreementState::Active));
	}

	#[benchmark]
	fn revoke() {
		let (parties, id) = in_state::<T>(AgreementState::Active);
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.steward), id, RevocationReason::ConditionBroken);
		assert_eq!(state_of::<T>(id), Some(AgreementState::Revoked));
	}

	#[benchmark]
	fn terminate() {
		let (parties, id) = in_state::<T>(AgreementState::Active);
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.applicant), id);
		assert_eq!(state_of::<T>(id), Some(AgreementState::Terminated));
	}

	#[benchmark]
	fn expire() {
		let (parties, id) = in_state::<T>(AgreementState::Active);
		pass_last_block::<T>(id);
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.applicant), id);
		assert_eq!(state_of::<T>(id), Some(AgreementState::Expired));
	}

	#[benchmark]
	fn close() {
		let (parties, id) = in_state::<T>(AgreementState::Terminated);
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.applicant), id, digest(4));
		assert_eq!(state_of::<T>(id), Some(AgreementState::Closed));
	}

	#[benchmark]
	fn release_key() -> Result<(), BenchmarkError> {
		let (parties, id) = in_state::<T>(AgreementState::Active);
		let artefact = digest(5);
		T::Artefacts::benchmark_artefact(id, artefact);
		fill_releases::<T>(id, artefact, MAX_RELEASES.saturating_sub(1));
		let key = T::Membership::active_member(&parties.applicant)
			.and_then(|member| member.encryption_key)
			.ok_or(BenchmarkError::Stop("benchmark members have a registered encryption key"))?;
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.steward), id, artefact, digest(3), key, 1);
		assert_eq!(ReleaseCount::<T>::get(id), MAX_RELEASES);
		Ok(())
	}

	#[benchmark]
	fn acknowledge_key() {
		let (parties, id) = in_state::<T>(AgreementState::Active);
		fill_releases::<T>(id, digest(5), MAX_RELEASES);
		#[extrinsic_call]
		_(RawOrigin::Signed(parties.applicant), id, 0);
		assert!(Releases::<T>::get(id, 0).is_some_and(|release| release.acknowledged.is_some()));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::bench_ext(), crate::mock::Test);
}
