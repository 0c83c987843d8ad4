use crate::{mock::*, Budgets, DatasetCount, DatasetRegistration, Event, Records};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	data_use::{DataUse, Modifiers, Permission},
	dataset::{Dataset, DatasetKind, DatasetStatus, DatasetVersion, LegalBasis, PrivacyBudget, Sensitivity},
	Digest,
};
use sp_runtime::DispatchError;

fn health() -> DatasetRegistration {
	registration(7, terms(Permission::HealthMedicalBiomedical))
}

fn register(registration: DatasetRegistration) -> sp_runtime::DispatchResult {
	DatasetRegistry::register(RuntimeOrigin::signed(steward()), registration)
}

#[test]
fn a_steward_registers_a_source_dataset_with_its_first_version() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register(health()));
		let expected = Dataset {
			custodian: HOSPITAL,
			kind: DatasetKind::Source,
			terms: terms(Permission::HealthMedicalBiomedical),
			sensitivity: Sensitivity::Standard,
			legal_basis: LegalBasis::Consent,
			status: DatasetStatus::Active,
			latest_version: 1,
			since: 2,
		};
		assert_eq!(dataset(1), expected);
		let version =
			DatasetVersion { rows: digest(7), schema: digest(201), manifest: digest(202), row_bucket: 14, since: 2 };
		assert_eq!(DatasetRegistry::version(1, 1), Some(version));
		let budget = PrivacyBudget { cap: 1_000, reserved: 0, spent: 0, delta_exponent: 5 };
		assert_eq!(DatasetRegistry::budget(1), Some(budget));
		assert_eq!(events(), [Event::DatasetRegistered { dataset: 1, custodian: HOSPITAL, rows: digest(7) }]);
	});
}

#[test]
fn datasets_are_numbered_from_one() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(register(health()));
		assert_ok!(DatasetRegistry::register(RuntimeOrigin::signed(other_steward()), health()));
		assert_eq!(dataset(1).custodian, HOSPITAL);
		assert_eq!(dataset(2).custodian, OTHER_HOSPITAL);
		assert_eq!(DatasetCount::<Test>::get(), 2);
		assert!(Records::<Test>::get(0).is_none());
	});
}

#[test]
fn only_data_stewards_of_hospitals_register() {
	ExtBuilder::default().build_and_execute(|| {
		let attempt = |who| DatasetRegistry::register(RuntimeOrigin::signed(who), health());
		assert_noop!(attempt(other_member()), Error::NotAuthorized);
		assert_noop!(attempt(stranger()), Error::NotAuthorized);
		assert_noop!(attempt(institute_steward()), Error::NotHospital);
		assert_noop!(DatasetRegistry::register(RuntimeOrigin::root(), health()), DispatchError::BadOrigin);
		assert_noop!(DatasetRegistry::register(RuntimeOrigin::none(), health()), DispatchError::BadOrigin);
	});
}

#[test]
fn a_steward_who_left_registers_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		dismiss(&steward());
		assert_noop!(register(health()), Error::NotAuthorized);
	});
}

#[test]
fn terms_that_contradict_themselves_are_refused() {
	let plain = terms(Permission::GeneralResearchUse);
	let hostile = [
		DataUse { modifiers: Modifiers::of(Modifiers::TIME_LIMIT), ..plain.clone() },
		DataUse { time_limit_months: Some(12), ..plain.clone() },
		DataUse { modifiers: Modifiers::of(Modifiers::MORATORIUM), ..plain.clone() },
		DataUse { moratorium_until: Some(9), ..plain.clone() },
		DataUse { regions: vec![*b"DE"].try_into().unwrap(), ..plain.clone() },
		DataUse { modifiers: Modifiers::of(1 << 16), ..plain.clone() },
		DataUse { modifiers: Modifiers::of(u32::MAX), ..plain },
	];
	ExtBuilder::default().build_and_execute(|| {
		for terms in hostile {
			assert_noop!(register(registration(7, terms)), Error::TermsInconsistent);
		}
	});
}

#[test]
fn every_commitment_must_be_there() {
	ExtBuilder::default().build_and_execute(|| {
		for missing in 0..3 {
			let mut registration = health();
			let version = &mut registration.version;
			*[&mut version.rows, &mut version.schema, &mut version.manifest][missing] = Digest::zero();
			assert_noop!(register(registration), Error::DigestMissing);
		}
	});
}

#[test]
fn row_buckets_lie_between_1_and_64() {
	ExtBuilder::default().build_and_execute(|| {
		for (row_bucket, allowed) in [(0, false), (1, true), (64, true), (65, false), (u8::MAX, false)] {
			let mut registration = health();
			registration.version.row_bucket = row_bucket;
			match allowed {
				true => {
					assert_ok!(register(registration));
				},
				false => {
					assert_noop!(register(registration), Error::RowBucketOutOfRange);
				},
			}
		}
	});
}

#[test]
fn delta_lies_between_ten_to_the_minus_1_and_minus_30() {
	ExtBuilder::default().build_and_execute(|| {
		for (delta_exponent, allowed) in [(0, false), (1, true), (30, true), (31, false), (u8::MAX, false)] {
			let registration = DatasetRegistration { delta_exponent, ..health() };
			match allowed {
				true => {
					assert_ok!(register(registration));
				},
				false => {
					assert_noop!(register(registration), Error::DeltaOutOfRange);
				},
			}
		}
	});
}

#[test]
fn a_budget_of_nothing_and_one_of_everything_are_allowed() {
	ExtBuilder::default().build_and_execute(|| {
		for budget_cap in [0, u64::MAX] {
			assert_ok!(register(DatasetRegistration { budget_cap, ..health() }));
		}
		assert_eq!(Budgets::<Test>::get(2).unwrap().cap, u64::MAX);
	});
}

#[test]
fn numbers_that_run_out_are_an_error() {
	ExtBuilder::default().build_and_execute(|| {
		DatasetCount::<Test>::put(u32::MAX);
		assert_noop!(register(health()), Error::MaxCountExceeded);
		DatasetCount::<Test>::put(0);
	});
}
