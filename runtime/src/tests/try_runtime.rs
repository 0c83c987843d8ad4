//! The upgrade to this runtime with the checks of try-runtime around it: what every migration finds before and leaves behind,
//! that each stored value decodes, and that all invariants hold. `make try-runtime` runs these tests.

use super::{
	migrations::{go_back_to_the_last_release, run_long_migrations, storage_versions, versions_on_chain},
	roles::scene::chain_in_full_swing,
	*,
};
use crate::migrations::{LongMigration, Migrations};
use frame_support::{
	migrations::SteppedMigration,
	traits::{
		OnRuntimeUpgrade, PalletsInfoAccess, TryDecodeEntireStorage, TryState, TryStateSelect,
		UncheckedOnRuntimeUpgrade,
	},
	weights::Weight,
};
use pallet_consortium::migrations::GiveEveryRoleAnEnd;
use sp_runtime::TryRuntimeError;
use sp_storage::Storage;
use std::{collections::BTreeMap, fs};

/// Names the file with the state: a raw chain specification, as `semblance-node export-state` writes it.
const STATE: &str = "SEMBLANCE_STATE";

/// The state in a raw chain specification.
fn state(json: &serde_json::Value) -> Result<Storage, String> {
	let raw =
		json.pointer("/genesis/raw").ok_or("it is not raw: make it with export-state or export-chain-spec --raw")?;
	let children = raw.get("childrenDefault").and_then(|children| children.as_object());
	if children.is_some_and(|children| !children.is_empty()) {
		return Err("it has child tries, and Semblance has none: it is another chain's".into());
	}
	let top = raw.get("top").and_then(|top| top.as_object()).ok_or("it has no state in genesis.raw.top")?;
	let bytes = |text: &str| sp_core::bytes::from_hex(text).map_err(|error| format!("{text}: {error}"));
	let pair = |(key, value): (&String, &serde_json::Value)| {
		let value = value.as_str().ok_or_else(|| format!("the value of {key} is no text"))?;
		Ok((bytes(key)?, bytes(value)?))
	};
	let top = top.iter().map(pair).collect::<Result<_, String>>()?;
	Ok(Storage { top, children_default: Default::default() })
}

/// The chain in the file that the environment names.
fn chain_from_file() -> TestExternalities {
	let file = std::env::var(STATE).unwrap_or_else(|_| panic!("{STATE} names no file: run `make try-runtime`"));
	let text = fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
	let json = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
	TestExternalities::new(state(&json).unwrap_or_else(|error| panic!("{file}: {error}")))
}

/// A chain with something of everything, as the last release left it.
fn busy_chain_of_the_last_release() -> TestExternalities {
	let mut chain = chain_in_full_swing();
	chain.execute_with(go_back_to_the_last_release);
	chain
}

/// Upgrades with all checks. Returns what the block of the upgrade weighs, and how many more the long migration takes.
///
/// `Executive::try_runtime_upgrade` compares the pallets' versions of storage in the block of the upgrade, where a long migration
/// has only begun; so its steps are taken one by one.
fn upgrade() -> Result<(Weight, u32), TryRuntimeError> {
	let weight = Migrations::try_on_runtime_upgrade(true)?;
	let before = LongMigration::pre_upgrade()?;
	let blocks = run_long_migrations();
	LongMigration::post_upgrade(before)?;
	let weight = weight.saturating_add(AllPalletsWithSystem::try_on_runtime_upgrade(true)?);
	if let Err(undecodable) = AllPalletsWithSystem::try_decode_entire_state() {
		undecodable.iter().for_each(|value| println!("{value}"));
		return Err("values do not decode".into());
	}
	AllPalletsWithSystem::try_state(System::block_number(), TryStateSelect::All)?;
	Ok((weight, blocks))
}

/// Entries of the state by pallet.
fn entries() -> BTreeMap<&'static str, usize> {
	let count = |prefix: &[u8]| {
		let mut key = prefix.to_vec();
		let mut count = 0;
		while let Some(next) = sp_io::storage::next_key(&key).filter(|next| next.starts_with(prefix)) {
			(key, count) = (next, count + 1);
		}
		count
	};
	AllPalletsWithSystem::infos()
		.iter()
		.map(|pallet| (pallet.name, count(&sp_io::hashing::twox_128(pallet.name.as_bytes()))))
		.collect()
}

fn assert_upgrades(chain: &mut TestExternalities) {
	chain.execute_with(|| {
		let block = System::block_number();
		let before = (System::last_runtime_upgrade_spec_version(), versions_on_chain(), entries());
		let (weight, blocks) = upgrade().unwrap_or_else(|reason| panic!("the upgrade fails: {reason:?}"));
		let after = (VERSION.spec_version, versions_on_chain(), entries());
		println!("state of block {block}");
		println!("before: runtime {}, storage {:?}, entries {:?}", before.0, before.1, before.2);
		println!("after:  runtime {}, storage {:?}, entries {:?}", after.0, after.1, after.2);
		println!("weight: {weight}, then {blocks} blocks of long migrations");
		assert_eq!(after.1, storage_versions());
		assert!(weight.all_lte(configs::RuntimeBlockWeights::get().max_block), "the upgrade does not fit into a block");
	});
}

#[test]
fn the_given_state_takes_the_upgrade() {
	assert_upgrades(&mut chain_from_file());
}

#[test]
fn a_busy_chain_of_the_last_release_takes_the_upgrade() {
	assert_upgrades(&mut busy_chain_of_the_last_release());
}

#[test]
fn a_member_that_a_migration_loses_is_noticed() {
	type Migration = GiveEveryRoleAnEnd<Runtime>;
	busy_chain_of_the_last_release().execute_with(|| {
		let before = Migration::pre_upgrade().expect("the members can be counted");
		Migration::on_runtime_upgrade();
		assert_eq!(Migration::post_upgrade(before.clone()), Ok(()));
		pallet_consortium::Members::<Runtime>::remove(account("Researcher"));
		assert_eq!(Migration::post_upgrade(before), Err("members were lost".into()));
	});
}

#[test]
fn a_broken_invariant_stops_the_upgrade() {
	busy_chain_of_the_last_release().execute_with(|| {
		pallet_consortium::MemberCount::<Runtime>::mutate(1, |count| *count += 1);
		assert_eq!(upgrade().map(|_| ()), Err("MemberCount is wrong".into()));
	});
}

#[test]
fn a_value_that_no_longer_decodes_stops_the_upgrade() {
	busy_chain_of_the_last_release().execute_with(|| {
		let key = pallet_dataset_registry::Records::<Runtime>::hashed_key_for(1);
		assert!(sp_io::storage::get(&key).is_some());
		sp_io::storage::set(&key, &[1]);
		assert_eq!(upgrade().map(|_| ()), Err("values do not decode".into()));
	});
}

#[test]
fn a_file_that_is_no_state_is_refused_by_name() {
	let refusal = |text: &str| state(&serde_json::from_str(text).unwrap()).map(|_| ()).unwrap_err();
	assert!(refusal("{}").contains("not raw"));
	assert!(refusal(r#"{"genesis":{"raw":{}}}"#).contains("no state"));
	assert!(refusal(r#"{"genesis":{"raw":{"top":{"0xzz":"0x"}}}}"#).contains("0xzz"));
	assert!(refusal(r#"{"genesis":{"raw":{"top":{},"childrenDefault":{"0x":{}}}}}"#).contains("child tries"));
}
