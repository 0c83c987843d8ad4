use crate::{mock::*, DatasetVersionInput, Event, Records};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	data_use::Permission,
	dataset::{DatasetInput, DatasetStatus, Derivation},
	traits::Datasets,
	DatasetId, Digest,
};

fn add(dataset: DatasetId, version: DatasetVersionInput) -> sp_runtime::DispatchResult {
	DatasetRegistry::add_version(RuntimeOrigin::signed(steward()), dataset, version)
}

#[test]
fn versions_are_counted_upwards_and_stay() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_ok!(add(1, version(2)));
		assert_ok!(add(1, version(3)));
		assert_eq!(dataset(1).latest_version, 3);
		for (number, rows) in [(1, 1), (2, 2), (3, 3)] {
			assert_eq!(DatasetRegistry::version(1, number).unwrap().rows, digest(rows));
		}
		assert_eq!(DatasetRegistry::version(1, 1).unwrap().since, 1);
		assert_eq!(DatasetRegistry::version(1, 2).unwrap().since, 2);
		assert_eq!(
			events(),
			[
				Event::VersionAdded { dataset: 1, version: 2, rows: digest(2) },
				Event::VersionAdded { dataset: 1, version: 3, rows: digest(3) },
			]
		);
	});
}

#[test]
fn the_same_rows_are_not_registered_twice_in_one_dataset() {
	let terms = terms(Permission::GeneralResearchUse);
	ExtBuilder::default()
		.with_dataset(steward(), registration(1, terms.clone()))
		.with_dataset(steward(), registration(9, terms))
		.build_and_execute(|| {
			assert_ok!(add(1, version(2)));
			let other_schema = |rows| DatasetVersionInput { schema: digest(77), ..version(rows) };
			assert_noop!(add(1, other_schema(1)), Error::AlreadyExists);
			assert_noop!(add(1, other_schema(2)), Error::AlreadyExists);
			assert_ok!(add(2, version(1)));
		});
}

#[test]
fn incomplete_versions_are_refused() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_noop!(add(1, DatasetVersionInput { rows: Digest::zero(), ..version(2) }), Error::DigestMissing);
		assert_noop!(add(1, DatasetVersionInput { row_bucket: 0, ..version(2) }), Error::RowBucketOutOfRange);
	});
}

#[test]
fn only_active_datasets_get_new_versions() {
	for status in [DatasetStatus::Quarantined, DatasetStatus::Recalled, DatasetStatus::Retired] {
		ExtBuilder::default().with_health_dataset().build_and_execute(|| {
			Records::<Test>::mutate_extant(1, |record| record.status = status);
			assert_noop!(add(1, version(2)), Error::NotActive);
		});
	}
}

#[test]
fn synthetic_datasets_get_no_versions() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		let inputs = vec![DatasetInput { dataset: 1, version: 1 }].try_into().unwrap();
		let derivation = Derivation { inputs, attestation: digest(50) };
		let made = DatasetRegistry::version(1, 1).unwrap();
		let id = <DatasetRegistry as Datasets>::register_derived(HOSPITAL, derivation, made).unwrap();
		assert_noop!(add(id, version(2)), Error::NotSource);
	});
}

#[test]
fn only_the_custodians_stewards_add_versions() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		for who in [other_steward(), other_member(), institute_steward(), stranger()] {
			let attempt = DatasetRegistry::add_version(RuntimeOrigin::signed(who), 1, version(2));
			assert_noop!(attempt, Error::NotAuthorized);
		}
		assert_noop!(add(2, version(2)), Error::NotFound);
	});
}

#[test]
fn version_numbers_that_run_out_are_an_error() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		Records::<Test>::mutate_extant(1, |record| record.latest_version = u32::MAX);
		assert_noop!(add(1, version(2)), Error::MaxCountExceeded);
		Records::<Test>::mutate_extant(1, |record| record.latest_version = 1);
	});
}
