//! Requests: what is refused, what is recorded, and that budgets come back.

use super::*;
use crate::{Attempts, Error, Event};
use frame_support::assert_noop;
use semblance_primitives::{
	access::AgreementRefusal,
	dataset::{DatasetKind, DatasetStatus},
};
use sp_runtime::DispatchError;

#[test]
fn a_researcher_requests_a_table_from_the_latest_version() {
	chain().build_and_execute(|| {
		let id = requested();
		let job = job(id);
		assert_eq!((job.dataset, job.version, job.dataset_rows), (1, 1, Digest::repeat_byte(0xD0)));
		assert_eq!((job.custodian, job.rows, job.rho_micro), (MERCY, ROWS, RHO));
		assert_eq!((job.state, job.requested, job.deadline), (JobState::Requested, 1, 51));
		assert_eq!(GenerationAttestation::open_jobs(MERCY), vec![id]);
		assert_eq!(World::budget_of(1).reserved, RHO);
		assert_eq!(World::get().agreements[&1].rho_used, RHO);
		let event = Event::JobRequested { job: id, agreement: 1, custodian: MERCY, attempt: 1, deadline: 51 };
		assert_eq!(events(), vec![event]);
	});
}

#[test]
fn attempts_are_counted_per_agreement_and_version_and_never_forgotten() {
	chain().build_and_execute(|| {
		let first = requested();
		assert_ok!(GenerationAttestation::cancel(signed(RESEARCHER), first));
		let second = requested();
		assert_ok!(request(2, PRIVATE, ROWS, RHO));
		assert_eq!((job(first).attempt, job(second).attempt, job(3).attempt), (1, 2, 1));
		assert_eq!(Attempts::<Test>::get(1, (1, 1)), 2);
		assert_eq!(GenerationAttestation::attempts(1, 1, 1), 2);
		assert_eq!(GenerationAttestation::jobs_of(1), vec![first, second]);
	});
}

#[test]
fn only_the_agreements_own_researcher_requests() {
	chain().build_and_execute(|| {
		let request_by =
			|who| GenerationAttestation::request_generation(signed(who), 1, PRIVATE, BoundedVec::new(), ROWS, RHO);
		assert_noop!(request_by(AUDITOR), Error::<Test>::NotAuthorized);
		assert_noop!(request_by(STRANGER), Error::<Test>::NotAuthorized);
		assert_noop!(request_by(OTHER_RESEARCHER), Error::<Test>::NotApplicant);
	});
}

#[test]
fn the_budget_must_fit_the_generators_tier() {
	chain().build_and_execute(|| {
		assert_noop!(request(1, PRIVATE, ROWS, 0), Error::<Test>::PrivacyBudgetMissing);
		assert_noop!(request(1, HEURISTIC, ROWS, 1), Error::<Test>::PrivacyBudgetNotApplicable);
		assert_ok!(request(1, HEURISTIC, ROWS, 0));
		assert_eq!(World::budget_of(1).reserved, 0);
	});
}

#[test]
fn only_approved_generators_run() {
	chain().build_and_execute(|| {
		assert_ok!(GenerationAttestation::propose_generator(signed(DEVELOPER), GeneratorKind::Aim, 1, code()));
		let proposed = crate::GeneratorCount::<Test>::get();
		assert_noop!(request(1, proposed, ROWS, RHO), Error::<Test>::GeneratorNotApproved);
		assert_noop!(request(1, proposed + 1, ROWS, RHO), Error::<Test>::GeneratorNotFound);
	});
}

#[test]
fn parameters_must_be_canonical() {
	chain().build_and_execute(|| {
		let parameter = |name, value| Parameter { name, value };
		let (cells, epochs) = (parameter(ParameterName::MaxCells, 1), parameter(ParameterName::MaxEpochs, 1));
		for parameters in [vec![epochs, cells], vec![cells, cells]] {
			let parameters = BoundedVec::truncate_from(parameters);
			assert_noop!(
				GenerationAttestation::request_generation(signed(RESEARCHER), 1, PRIVATE, parameters, ROWS, RHO),
				Error::<Test>::ParametersNotCanonical
			);
		}
	});
}

#[test]
fn the_number_of_rows_has_bounds() {
	chain().build_and_execute(|| {
		assert_noop!(request(1, PRIVATE, 0, RHO), Error::<Test>::NoRows);
		assert_noop!(request(1, PRIVATE, 10_001, RHO), Error::<Test>::TooManyRows);
		assert_ok!(request(1, PRIVATE, 10_000, RHO));
	});
}

#[test]
fn every_refusal_of_the_agreement_has_its_own_error() {
	chain().build_and_execute(|| {
		let errors = [
			(AgreementRefusal::NotFound, Error::<Test>::AgreementNotFound),
			(AgreementRefusal::NotApplicant, Error::<Test>::NotApplicant),
			(AgreementRefusal::NotActive, Error::<Test>::AgreementNotActive),
			(AgreementRefusal::Expired, Error::<Test>::AgreementExpired),
			(AgreementRefusal::TooManyRows, Error::<Test>::TooManyRows),
			(AgreementRefusal::TierNotAllowed, Error::<Test>::TierNotAllowed),
			(AgreementRefusal::BudgetExceeded, Error::<Test>::AgreementBudgetExceeded),
		];
		for (refusal, error) in errors {
			World::change(|world| world.agreements.get_mut(&1).unwrap().refusal = Some(refusal));
			assert_noop!(request(1, PRIVATE, ROWS, RHO), error);
		}
		assert_noop!(request(9, PRIVATE, ROWS, RHO), Error::<Test>::AgreementNotFound);
	});
}

#[test]
fn the_dataset_must_be_an_active_source() {
	chain().build_and_execute(|| {
		for status in [DatasetStatus::Quarantined, DatasetStatus::Recalled, DatasetStatus::Retired] {
			World::change(|world| world.dataset_mut(1).status = status);
			assert_refused_without_charge(Error::<Test>::DatasetNotActive.into());
		}
		World::change(|world| {
			let dataset = world.dataset_mut(1);
			(dataset.status, dataset.kind) = (DatasetStatus::Active, DatasetKind::Synthetic);
		});
		assert_refused_without_charge(Error::<Test>::NotASourceDataset.into());
	});
}

#[test]
fn a_request_beyond_the_datasets_budget_changes_nothing() {
	chain().build_and_execute(|| {
		assert_ok!(request(1, PRIVATE, ROWS, 950_000));
		assert_refused_without_charge(DispatchError::Exhausted);
	});
}

/// Refused after the agreement was charged: the call as a whole must be undone.
fn assert_refused_without_charge(error: DispatchError) {
	let charged = World::get().agreements[&1].rho_used;
	assert_noop!(frame_support::storage::with_storage_layer(|| request(1, PRIVATE, ROWS, RHO)), error);
	assert_eq!(World::get().agreements[&1].rho_used, charged);
}

#[test]
fn a_full_queue_takes_no_more_jobs_until_one_ends() {
	chain().build_and_execute(|| {
		for _ in 0..MaxOpenJobs::get() {
			requested();
		}
		assert_refused_without_charge(Error::<Test>::QueueFull.into());
		assert_ok!(request(2, PRIVATE, ROWS, RHO));
		assert_ok!(GenerationAttestation::cancel(signed(RESEARCHER), 1));
		requested();
	});
}

#[test]
fn only_the_requester_cancels_and_the_budget_comes_back() {
	chain().build_and_execute(|| {
		let id = requested();
		for who in [OTHER_RESEARCHER, REVIEWER_OF_MERCY, STRANGER] {
			assert_noop!(GenerationAttestation::cancel(signed(who), id), Error::<Test>::NotRequester);
		}
		assert_noop!(GenerationAttestation::cancel(signed(RESEARCHER), 9), Error::<Test>::JobNotFound);
		assert_ok!(GenerationAttestation::cancel(signed(RESEARCHER), id));
		assert_budget_came_back();
		assert_eq!(events().last(), Some(&Event::JobCancelled { job: id }));
	});
}

#[test]
fn anyone_expires_a_job_but_only_after_its_deadline() {
	chain().build_and_execute(|| {
		let id = requested();
		run_to(51);
		assert_noop!(GenerationAttestation::expire_job(signed(STRANGER), id), Error::<Test>::DeadlineNotReached);
		run_to(52);
		assert_noop!(GenerationAttestation::expire_job(signed(STRANGER), 9), Error::<Test>::JobNotFound);
		assert_ok!(GenerationAttestation::expire_job(signed(STRANGER), id));
		assert_budget_came_back();
		assert_eq!(events().last(), Some(&Event::JobExpired { job: id }));
	});
}

#[test]
fn a_failed_job_says_why_and_gives_the_budget_back() {
	chain().build_and_execute(|| {
		let id = accepted();
		assert_eq!(apply(fail_call(MERCY_KEY, id)), Ok(()));
		assert_eq!(job(id).failure, Some(FailureReason::CommitmentMismatch));
		assert_budget_came_back();
		let event = Event::JobFailed { job: id, reason: FailureReason::CommitmentMismatch };
		assert_eq!(events().last(), Some(&event));
	});
}

fn assert_budget_came_back() {
	assert_eq!(World::budget_of(1).reserved, 0);
	assert_eq!(World::get().agreements[&1].rho_used, 0);
	assert!(GenerationAttestation::open_jobs(MERCY).is_empty());
}
