use crate::{mock::*, AgreementCount, Event};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	access::{Agreement, AgreementState, Conditions},
	data_use::{DataUse, Modifiers, Permission, Purpose, UseAttributes},
	dataset::DatasetStatus,
	decision::{Decision, Obligation, Reason, Verdict},
	AccountId, Digest,
};
use sp_runtime::{DispatchError, DispatchResult};

fn apply_for(purpose: Purpose, attributes: UseAttributes) -> DispatchResult {
	AccessControl::apply(signed(researcher()), DATASET, purpose, attributes, digest(9))
}

fn apply_as(who: AccountId) -> DispatchResult {
	AccessControl::apply(signed(who), DATASET, Purpose::HealthResearch, attributes(), digest(9))
}

#[test]
fn a_use_that_the_terms_permit_goes_to_the_voters() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(apply_for(Purpose::HealthResearch, attributes()));
		let expected = Agreement {
			applicant: researcher(),
			organisation: INSTITUTE,
			dataset: DATASET,
			purpose: Purpose::HealthResearch,
			attributes: attributes(),
			statement: digest(9),
			decision: Decision::permit(),
			state: AgreementState::UnderReview,
			conditions: Conditions { allow_heuristic: true, max_rho: 1_000, max_rows: 10_000 },
			rho_used: 0,
			applied: 1,
			expires: 11,
		};
		assert_eq!(record(1), expected);
		let event = Event::ApplicationSubmitted { application: 1, dataset: DATASET, applicant: researcher() };
		assert_eq!(events(), [event]);
	});
}

#[test]
fn a_use_that_the_terms_leave_to_people_goes_to_the_voters_with_its_reasons() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(apply_for(Purpose::MethodDevelopment, attributes()));
		let record = record(1);
		assert_eq!(record.state, AgreementState::UnderReview);
		assert_eq!(record.decision.verdict, Verdict::Abstain);
		assert_eq!(record.decision.reasons.to_vec(), [Reason::PurposeNeedsReview]);
	});
}

#[test]
fn a_use_that_the_terms_forbid_is_denied_on_record() {
	let terms = DataUse {
		modifiers: Modifiers::of(Modifiers::NON_COMMERCIAL | Modifiers::ETHICS_APPROVAL_REQUIRED),
		..DataUse::new(Permission::HealthMedicalBiomedical)
	};
	ExtBuilder::default().with_terms(terms).build_and_execute(|| {
		assert_ok!(apply_for(Purpose::PopulationResearch, UseAttributes { commercial: true, ..attributes() }));
		let reasons = [Reason::PurposeNotCovered, Reason::CommercialUseExcluded, Reason::EthicsApprovalMissing];
		let record = record(1);
		assert_eq!(record.state, AgreementState::Denied);
		assert_eq!(record.decision.verdict, Verdict::Deny);
		assert_eq!(record.decision.reasons.to_vec(), reasons);
		let reasons = reasons.to_vec().try_into().unwrap();
		assert_eq!(events(), [Event::ApplicationDenied { application: 1, dataset: DATASET, reasons }]);
	});
}

#[test]
fn a_dataset_that_is_not_open_is_denied_on_record() {
	for status in [DatasetStatus::Quarantined, DatasetStatus::Recalled, DatasetStatus::Retired] {
		ExtBuilder::default().build_and_execute(|| {
			change_dataset(|dataset| dataset.status = status);
			assert_ok!(apply_for(Purpose::HealthResearch, attributes()));
			assert_eq!(record(1).state, AgreementState::Denied);
			assert_eq!(record(1).decision.reasons.to_vec(), [Reason::DatasetNotActive]);
		});
	}
}

#[test]
fn obligations_are_on_record_from_the_start() {
	let terms = DataUse {
		modifiers: Modifiers::of(Modifiers::PUBLICATION_REQUIRED | Modifiers::TIME_LIMIT),
		time_limit_months: Some(24),
		..DataUse::new(Permission::GeneralResearchUse)
	};
	ExtBuilder::default().with_terms(terms).build_and_execute(|| {
		let id = apply();
		let expected = [Obligation::PublishResults, Obligation::DeleteAfterMonths { months: 24 }];
		assert_eq!(record(id).decision.obligations.to_vec(), expected);
	});
}

#[test]
fn applications_are_numbered_from_one_whatever_becomes_of_them() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(apply_for(Purpose::PopulationResearch, attributes()));
		assert_eq!(apply(), 2);
		assert_eq!(apply(), 3);
	});
}

#[test]
fn only_researchers_apply() {
	ExtBuilder::default().build_and_execute(|| {
		for who in [steward(), reviewer(), clerk(), stranger()] {
			assert_noop!(apply_as(who), Error::NotAuthorized);
		}
		dismiss(&researcher());
		assert_noop!(apply_as(researcher()), Error::NotAuthorized);
		assert_ok!(apply_as(colleague()));
		let root =
			AccessControl::apply(RuntimeOrigin::root(), DATASET, Purpose::HealthResearch, attributes(), digest(9));
		assert_noop!(root, DispatchError::BadOrigin);
	});
}

#[test]
fn an_application_names_a_dataset_and_a_plan() {
	ExtBuilder::default().build_and_execute(|| {
		let attempt = |dataset, statement| {
			AccessControl::apply(signed(researcher()), dataset, Purpose::HealthResearch, attributes(), statement)
		};
		assert_noop!(attempt(9, digest(9)), Error::DatasetNotFound);
		assert_noop!(attempt(DATASET, Digest::zero()), Error::StatementMissing);
	});
}

#[test]
fn a_dataset_without_policy_takes_no_applications() {
	ExtBuilder::default().without_policy().build_and_execute(|| {
		assert_noop!(apply_as(researcher()), Error::PolicyMissing);
	});
}

#[test]
fn numbers_that_run_out_are_an_error() {
	ExtBuilder::default().build_and_execute(|| {
		AgreementCount::<Test>::put(u32::MAX);
		assert_noop!(apply_as(researcher()), Error::MaxCountExceeded);
		AgreementCount::<Test>::put(0);
	});
}
