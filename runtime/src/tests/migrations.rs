//! From the storage of the last release to the present one.

use super::{release::Release, *};
use crate::migrations::LongMigrations;
use codec::{Decode, Encode};
use frame_support::{
	assert_ok,
	migrations::MultiStepMigrator,
	traits::{GetStorageVersion, PalletInfoAccess, PalletsInfoAccess, StorageVersion},
};
use semblance_primitives::{
	consortium::{Member, Role},
	traits::Membership,
};
use std::collections::BTreeMap;

/// Calls `$action` with each of our pallets that has storage.
macro_rules! for_each_pallet {
	($action:ident) => {
		[
			$action::<Consortium>(),
			$action::<Consent>(),
			$action::<DatasetRegistry>(),
			$action::<AccessControl>(),
			$action::<GenerationAttestation>(),
			$action::<Council>(),
		]
	};
}

fn number(version: StorageVersion) -> u16 {
	version.using_encoded(|mut bytes| u16::decode(&mut bytes)).expect("a version is a number")
}

fn in_code<P: PalletInfoAccess + GetStorageVersion<InCodeStorageVersion = StorageVersion>>() -> (String, u16) {
	(P::name().into(), number(P::in_code_storage_version()))
}

fn on_chain<P: PalletInfoAccess + GetStorageVersion>() -> (String, u16) {
	(P::name().into(), number(P::on_chain_storage_version()))
}

/// Versions of the storage of our pallets, as the code expects them.
pub(super) fn storage_versions() -> BTreeMap<String, u16> {
	for_each_pallet!(in_code).into()
}

/// Versions of the storage of our pallets in the chain's state.
pub(super) fn versions_on_chain() -> BTreeMap<String, u16> {
	for_each_pallet!(on_chain).into()
}

/// Makes the chain what it was in the last release: versions of storage, members with roles that do not end, and consents
/// whose latest change stands in history.
pub(super) fn go_back_to_the_last_release() {
	for (pallet, version) in Release::last().storage {
		let key = frame_support::storage::storage_prefix(pallet.as_bytes(), b":__STORAGE_VERSION__:");
		frame_support::storage::unhashed::put(&key, &version);
	}
	let _ = pallet_consortium::RolesUntil::<Runtime>::clear(u32::MAX, None);
	pallet_consortium::Members::<Runtime>::translate_values(|member: Member| {
		Some(Member { valid_until: None, ..member })
	});
	let handles: Vec<_> = pallet_consent::Consents::<Runtime>::iter_keys().collect();
	handles.into_iter().for_each(pallet_consent::migrations::go_back_to_v1::<Runtime>);
}

/// Runs the long migrations to their end, and returns the number of blocks that they take.
pub(super) fn run_long_migrations() -> u32 {
	let mut blocks = 0;
	while LongMigrations::ongoing() {
		System::set_block_number(System::block_number() + 1);
		LongMigrations::step();
		blocks += 1;
		assert!(blocks < 10_000, "the long migrations do not end");
	}
	blocks
}

#[test]
fn every_pallet_of_the_last_release_reaches_its_present_version() {
	chain("local_testnet").execute_with(|| {
		go_back_to_the_last_release();
		Executive::execute_on_runtime_upgrade();
		run_long_migrations();
		assert_eq!(versions_on_chain(), storage_versions(), "a migration is missing in runtime/src/migrations.rs");
	});
}

#[test]
fn a_new_chain_has_the_present_versions() {
	chain("local_testnet").execute_with(|| assert_eq!(versions_on_chain(), storage_versions()));
}

#[test]
fn no_pallet_of_ours_has_storage_without_a_version() {
	let versions = storage_versions();
	let with_storage: Vec<_> = Runtime::metadata_ir()
		.pallets
		.iter()
		.filter(|pallet| pallet.storage.is_some())
		.map(|pallet| pallet.name)
		.collect();
	let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../pallets")).unwrap();
	let ours: Vec<_> = folders
		.map(|folder| format!("pallet_{}", folder.unwrap().file_name().to_string_lossy().replace('-', "_")))
		.collect();
	for pallet in AllPalletsWithSystem::infos() {
		let needs_one = ours.iter().any(|module| module == pallet.module_name) && with_storage.contains(&pallet.name);
		assert_eq!(versions.contains_key(pallet.name), needs_one, "{}", pallet.name);
	}
}

#[test]
fn an_upgrade_that_comes_long_after_the_first_block_takes_no_role_away() {
	chain("local_testnet").execute_with(|| {
		go_back_to_the_last_release();
		System::set_block_number(2 * configs::RENEWAL_PERIOD);
		Executive::execute_on_runtime_upgrade();
		assert!(Consortium::acts_for(&account("Alice"), Role::DataSteward, 1));
		assert!(Consortium::acts_for(&account("Researcher"), Role::Researcher, 5));
		assert_ok!(by("Researcher", pallet_consortium::Call::set_encryption_key { key: Some(Hash::repeat_byte(1)) }));
		System::set_block_number(3 * configs::RENEWAL_PERIOD + 1);
		assert!(!Consortium::acts_for(&account("Alice"), Role::DataSteward, 1));
		assert!(Consortium::acts_for(&account("Alice"), Role::Administrator, 1));
	});
}

/// A chain of the last release with consents, whose upgrade has begun.
fn chain_on_its_way() -> TestExternalities {
	let mut chain = roles::scene::chain_in_full_swing();
	chain.execute_with(|| {
		go_back_to_the_last_release();
		Executive::execute_on_runtime_upgrade();
	});
	chain
}

#[test]
fn no_transaction_runs_while_records_are_of_two_versions() {
	chain_on_its_way().execute_with(|| {
		type Migrator = <Runtime as frame_system::Config>::MultiBlockMigrator;
		assert!(Migrator::ongoing());
		assert!(run_long_migrations() > 0);
		assert!(!Migrator::ongoing());
		assert!(!SafeMode::is_entered());
		let consents: Vec<_> = pallet_consent::Consents::<Runtime>::iter_values().collect();
		assert!(!consents.is_empty());
		assert!(consents.iter().all(|consent| consent.latest.block <= System::block_number()));
	});
}

#[test]
fn a_long_migration_that_fails_halts_the_chain_until_a_mended_runtime_migrates_it() {
	use crate::configs::SafeModeDuration;
	use frame_support::traits::Hooks;
	use pallet_consent::{migrations::v1, Consents, History};
	chain_on_its_way().execute_with(|| {
		let (handle, former) = v1::Consents::<Runtime>::iter().next().unwrap();
		let latest = History::<Runtime>::take(handle, former.transitions - 1).unwrap();
		run_long_migrations();
		let long_after = System::block_number() + 2 * SafeModeDuration::get();
		System::set_block_number(long_after);
		SafeMode::on_initialize(long_after);
		let key = pallet_consortium::Call::set_encryption_key { key: Some(Hash::repeat_byte(1)) };
		assert_eq!(by("Researcher", key.clone()), Err(frame_system::Error::<Runtime>::CallFiltered.into()));
		assert_ok!(by_council(&["Alice", "Bob", "Charlie"], pallet_safe_mode::Call::force_extend {}));

		// The mended runtime is of another version, and knows what the change was.
		let failed_in = frame_support::storage::storage_prefix(b"Migrator", b"FailedIn");
		assert_eq!(frame_support::storage::unhashed::get(&failed_in), Some(VERSION.spec_version));
		frame_support::storage::unhashed::put(&failed_in, &(VERSION.spec_version - 1));
		History::<Runtime>::insert(handle, former.transitions - 1, latest.clone());
		run_long_migrations();
		assert_eq!(Consents::<Runtime>::get(handle).unwrap().latest, latest);
		assert_ok!(by_council(&["Alice", "Bob", "Charlie"], pallet_safe_mode::Call::force_exit {}));
		assert_ok!(by("Researcher", key));
	});
}
