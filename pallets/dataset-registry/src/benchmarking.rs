//! Benchmarks: one per call, each at its worst case. The records are of fixed size but for the regions of the terms,
//! which are as many as can be.

use super::*;
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use semblance_primitives::{
	consortium::OrganisationKind,
	data_use::{DataUse, Modifiers, Permission, MAX_REGIONS},
	dataset::{LegalBasis, Sensitivity},
	traits::{Datasets, Membership},
	AccountId, DatasetId, Digest,
};

fn widest_terms() -> DataUse {
	let regions: Vec<[u8; 2]> = (0..MAX_REGIONS).map(|n| [b'A'.saturating_add((n % 26) as u8), b'A']).collect();
	DataUse {
		modifiers: Modifiers::of(Modifiers::GEOGRAPHIC_RESTRICTION),
		regions: regions.try_into().unwrap_or_default(),
		..DataUse::new(Permission::GeneralResearchUse)
	}
}

fn version(rows: u8) -> DatasetVersionInput {
	let digest = Digest::repeat_byte(rows);
	DatasetVersionInput { rows: digest, schema: digest, manifest: digest, row_bucket: 14 }
}

/// A steward, and a dataset of the steward's hospital.
fn steward_with_dataset<T: Config>() -> (AccountId, DatasetId) {
	let steward: AccountId = whitelisted_caller();
	let hospital = T::Membership::benchmark_member(&steward, OrganisationKind::Hospital);
	(steward, Pallet::<T>::benchmark_dataset(hospital, widest_terms()))
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register() {
		let steward: AccountId = whitelisted_caller();
		T::Membership::benchmark_member(&steward, OrganisationKind::Hospital);
		let registration = DatasetRegistration {
			terms: widest_terms(),
			sensitivity: Sensitivity::Standard,
			legal_basis: LegalBasis::Consent,
			version: version(2),
			budget_cap: 1_000_000,
			delta_exponent: 6,
		};
		let before = DatasetCount::<T>::get();
		#[extrinsic_call]
		_(RawOrigin::Signed(steward), registration);
		assert_eq!(DatasetCount::<T>::get(), before.saturating_add(1));
	}

	#[benchmark]
	fn add_version() {
		let (steward, dataset) = steward_with_dataset::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(steward), dataset, version(2));
		assert!(Versions::<T>::contains_key(dataset, 2));
	}

	#[benchmark]
	fn restrict_terms() {
		let (steward, dataset) = steward_with_dataset::<T>();
		let mut terms = widest_terms();
		terms.permission = Permission::HealthMedicalBiomedical;
		#[extrinsic_call]
		_(RawOrigin::Signed(steward), dataset, terms.clone());
		assert_eq!(Pallet::<T>::dataset(dataset).map(|record| record.terms), Some(terms));
	}

	#[benchmark]
	fn quarantine() {
		let (steward, dataset) = steward_with_dataset::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(steward), dataset);
		assert!(Records::<T>::contains_key(dataset));
	}

	#[benchmark]
	fn reinstate() -> Result<(), BenchmarkError> {
		let (steward, dataset) = steward_with_dataset::<T>();
		Pallet::<T>::quarantine(RawOrigin::Signed(steward.clone()).into(), dataset)?;
		#[extrinsic_call]
		_(RawOrigin::Signed(steward), dataset);
		assert!(Records::<T>::contains_key(dataset));
		Ok(())
	}

	#[benchmark]
	fn recall() {
		let (steward, dataset) = steward_with_dataset::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(steward), dataset);
		assert!(Records::<T>::contains_key(dataset));
	}

	#[benchmark]
	fn retire() {
		let (steward, dataset) = steward_with_dataset::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(steward), dataset);
		assert!(Records::<T>::contains_key(dataset));
	}

	#[benchmark]
	fn lower_budget() {
		let (steward, dataset) = steward_with_dataset::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(steward), dataset, 1);
		assert_eq!(Budgets::<T>::get(dataset).map(|budget| budget.cap), Some(1));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::bench_ext(), crate::mock::Test);
}
