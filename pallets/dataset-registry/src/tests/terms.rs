use crate::{mock::*, Event, Records};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	data_use::{DataUse, Modifiers, Permission},
	dataset::DatasetStatus,
};

fn restrict(terms: DataUse) -> sp_runtime::DispatchResult {
	DatasetRegistry::restrict_terms(RuntimeOrigin::signed(steward()), 1, terms)
}

fn limited(months: u16) -> DataUse {
	DataUse {
		modifiers: Modifiers::of(Modifiers::TIME_LIMIT),
		time_limit_months: Some(months),
		..terms(Permission::HealthMedicalBiomedical)
	}
}

#[test]
fn terms_become_stricter_step_by_step() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		for months in [24, 12] {
			assert_ok!(restrict(limited(months)));
			assert_eq!(dataset(1).terms, limited(months));
		}
		assert_eq!(events(), [24, 12].map(|months| Event::TermsRestricted { dataset: 1, terms: limited(months) }));
	});
}

#[test]
fn a_permission_narrows_to_one_disease_and_not_back() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_ok!(restrict(terms(Permission::DiseaseSpecific { disease: 5_015 })));
		assert_noop!(restrict(terms(Permission::HealthMedicalBiomedical)), Error::TermsNotStricter);
		assert_noop!(restrict(terms(Permission::DiseaseSpecific { disease: 5_016 })), Error::TermsNotStricter);
	});
}

#[test]
fn nothing_becomes_laxer_in_any_respect() {
	ExtBuilder::default().with_dataset(steward(), registration(1, limited(12))).build_and_execute(|| {
		let laxer = [
			limited(13),
			terms(Permission::HealthMedicalBiomedical),
			DataUse { permission: Permission::GeneralResearchUse, ..limited(6) },
			DataUse { permission: Permission::PopulationOriginsAncestry, ..limited(6) },
		];
		for terms in laxer {
			assert_noop!(restrict(terms), Error::TermsNotStricter);
		}
		assert_noop!(restrict(limited(12)), Error::TermsUnchanged);
		assert_noop!(restrict(DataUse { time_limit_months: None, ..limited(6) }), Error::TermsInconsistent);
	});
}

#[test]
fn terms_of_quarantined_datasets_can_be_restricted_and_those_of_closed_ones_cannot() {
	let table = [
		(DatasetStatus::Quarantined, None),
		(DatasetStatus::Recalled, Some(Error::AlreadyClosed)),
		(DatasetStatus::Retired, Some(Error::AlreadyClosed)),
	];
	for (status, refusal) in table {
		ExtBuilder::default().with_health_dataset().build_and_execute(|| {
			Records::<Test>::mutate_extant(1, |record| record.status = status);
			match refusal {
				None => {
					assert_ok!(restrict(limited(12)));
				},
				Some(error) => {
					assert_noop!(restrict(limited(12)), error);
				},
			}
		});
	}
}

#[test]
fn only_the_custodians_stewards_restrict_terms() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		for who in [other_steward(), other_member(), stranger()] {
			let attempt = DatasetRegistry::restrict_terms(RuntimeOrigin::signed(who), 1, limited(12));
			assert_noop!(attempt, Error::NotAuthorized);
		}
	});
}
