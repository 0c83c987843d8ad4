use crate::{mock::*, Budgets, DatasetCount, Derivations, DerivedFrom, Records, VersionOfRows, Versions};
use frame_support::{assert_ok, traits::StorageInfoTrait};
use semblance_primitives::{
	data_use::Permission,
	dataset::{DatasetInput, DatasetVersion, Derivation},
	traits::Datasets,
};

fn derivation(inputs: &[u32]) -> Derivation {
	let inputs: Vec<_> = inputs.iter().map(|dataset| DatasetInput { dataset: *dataset, version: 1 }).collect();
	Derivation { inputs: inputs.try_into().unwrap(), attestation: digest(50) }
}

fn table() -> DatasetVersion {
	DatasetVersion { rows: digest(60), schema: digest(61), manifest: digest(62), row_bucket: 10, since: 2 }
}

fn three_datasets() -> ExtBuilder {
	let general = || terms(Permission::GeneralResearchUse);
	ExtBuilder::default()
		.with_dataset(steward(), registration(1, general()))
		.with_dataset(other_steward(), registration(2, general()))
		.with_dataset(steward(), registration(3, general()))
}

#[test]
fn lineage_can_be_followed_both_ways() {
	three_datasets().build_and_execute(|| {
		let first = <DatasetRegistry as Datasets>::register_derived(HOSPITAL, derivation(&[1, 2]), table()).unwrap();
		let second = <DatasetRegistry as Datasets>::register_derived(HOSPITAL, derivation(&[1]), table()).unwrap();
		assert_eq!(DatasetRegistry::derived_from(1), [first, second]);
		assert_eq!(DatasetRegistry::derived_from(2), [first]);
		assert!(DatasetRegistry::derived_from(3).is_empty());
		assert_eq!(DatasetRegistry::derivation(first), Some(derivation(&[1, 2])));
		assert_eq!(DatasetRegistry::derivation(1), None);
	});
}

#[test]
fn datasets_are_listed_by_custodian() {
	three_datasets().build_and_execute(|| {
		let made = <DatasetRegistry as Datasets>::register_derived(OTHER_HOSPITAL, derivation(&[1]), table()).unwrap();
		assert_eq!(DatasetRegistry::datasets_of(HOSPITAL), [1, 3]);
		assert_eq!(DatasetRegistry::datasets_of(OTHER_HOSPITAL), [2, made]);
		assert!(DatasetRegistry::datasets_of(INSTITUTE).is_empty());
	});
}

#[test]
fn other_pallets_read_what_auditors_read() {
	three_datasets().build_and_execute(|| {
		assert_ok!(DatasetRegistry::retire(RuntimeOrigin::signed(steward()), 3));
		assert_eq!(<DatasetRegistry as Datasets>::dataset(3), DatasetRegistry::dataset(3));
		assert_eq!(<DatasetRegistry as Datasets>::version(3, 1), DatasetRegistry::version(3, 1));
		assert_eq!(<DatasetRegistry as Datasets>::budget(3), DatasetRegistry::budget(3));
		assert_eq!(<DatasetRegistry as Datasets>::terms(3), Some(terms(Permission::GeneralResearchUse)));
		assert_eq!(<DatasetRegistry as Datasets>::dataset(4), None);
		assert_eq!(<DatasetRegistry as Datasets>::version(3, 2), None);
	});
}

#[test]
fn storage_stands_where_workers_and_auditors_look_for_it() {
	let names: Vec<_> = [
		DatasetCount::<Test>::storage_info(),
		Records::<Test>::storage_info(),
		Versions::<Test>::storage_info(),
		VersionOfRows::<Test>::storage_info(),
		Budgets::<Test>::storage_info(),
		Derivations::<Test>::storage_info(),
		DerivedFrom::<Test>::storage_info(),
	]
	.into_iter()
	.flatten()
	.map(|info| String::from_utf8(info.storage_name).unwrap())
	.collect();
	let expected = ["DatasetCount", "Records", "Versions", "VersionOfRows", "Budgets", "Derivations", "DerivedFrom"];
	assert_eq!(names, expected);
	// twox128("DatasetRegistry") ‖ twox128("Records") ‖ blake2_128(SCALE(1)) ‖ SCALE(1)
	let key = Records::<Test>::hashed_key_for(1);
	let encoded = 1u32.to_le_bytes();
	assert_eq!(key[..16], sp_io::hashing::twox_128(b"DatasetRegistry"));
	assert_eq!(key[16..32], sp_io::hashing::twox_128(b"Records"));
	assert_eq!(key[32..48], sp_io::hashing::blake2_128(&encoded));
	assert_eq!(key[48..], encoded);
}
