//! Which pallets are benchmarked, and the two entry points of the benchmark API.

use crate::*;
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use sp_storage::TrackedStorageKey;

frame_benchmarking::define_benchmarks!(
	[pallet_consortium, Consortium]
	[pallet_consent, Consent]
	[pallet_dataset_registry, DatasetRegistry]
	[pallet_access_control, AccessControl]
	[pallet_generation_attestation, GenerationAttestation]
	[pallet_council, Council]
	[pallet_double_authorship, DoubleAuthorship]
);

/// What can be benchmarked.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
	let mut list = Vec::<BenchmarkList>::new();
	list_benchmarks!(list, extra);
	(list, AllPalletsWithSystem::storage_info())
}

/// Runs benchmarks.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, alloc::string::String> {
	let whitelist: Vec<TrackedStorageKey> = AllPalletsWithSystem::whitelisted_storage_keys();
	let mut batches = Vec::<BenchmarkBatch>::new();
	let params = (&config, &whitelist);
	add_benchmarks!(params, batches);
	Ok(batches)
}
