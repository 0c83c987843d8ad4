//! How datasets and versions come into being, and how budgets shrink.

use crate::{
	Budgets, Config, DatasetCount, DatasetRegistration, DatasetVersionInput, Error, Pallet, Records, VersionOfRows,
	Versions,
};
use frame_support::ensure;
use semblance_primitives::{
	dataset::{Dataset, DatasetKind, DatasetStatus, DatasetVersion, PrivacyBudget},
	privacy::DELTA_EXPONENTS,
	BlockNumber, DatasetId, DatasetVersionNumber, Digest, OrganisationId,
};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError, DispatchResult};

/// Row buckets that can be registered.
const ROW_BUCKETS: core::ops::RangeInclusive<u8> = 1..=64;

impl<T: Config> Pallet<T> {
	/// The current block.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// Registers a source dataset after checking what the steward handed in.
	pub(crate) fn register_source(
		custodian: OrganisationId,
		registration: DatasetRegistration,
	) -> Result<DatasetId, DispatchError> {
		let DatasetRegistration { terms, sensitivity, legal_basis, version, budget_cap, delta_exponent } = registration;
		ensure!(terms.is_consistent(), Error::<T>::TermsInconsistent);
		ensure!(DELTA_EXPONENTS.contains(&delta_exponent), Error::<T>::DeltaOutOfRange);
		Self::ensure_complete(&version)?;
		let now = Self::now();
		let dataset = Dataset {
			custodian,
			kind: DatasetKind::Source,
			terms,
			sensitivity,
			legal_basis,
			status: DatasetStatus::Active,
			latest_version: 1,
			since: now,
		};
		let budget = PrivacyBudget { cap: budget_cap, reserved: 0, spent: 0, delta_exponent };
		Self::insert_dataset(dataset, version.into_record(now), budget)
	}

	/// Stores a new dataset with its first version under the next number.
	pub(crate) fn insert_dataset(
		dataset: Dataset,
		version: DatasetVersion,
		budget: PrivacyBudget,
	) -> Result<DatasetId, DispatchError> {
		let id = DatasetCount::<T>::get().checked_add(1).ok_or(Error::<T>::MaxCountExceeded)?;
		DatasetCount::<T>::put(id);
		VersionOfRows::<T>::insert(id, version.rows, dataset.latest_version);
		Versions::<T>::insert(id, dataset.latest_version, version);
		Budgets::<T>::insert(id, budget);
		Records::<T>::insert(id, dataset);
		Ok(id)
	}

	/// Adds a version to `record` and stores both.
	pub(crate) fn append_version(
		id: DatasetId,
		record: &mut Dataset,
		version: DatasetVersionInput,
	) -> Result<DatasetVersionNumber, DispatchError> {
		Self::ensure_complete(&version)?;
		ensure!(!VersionOfRows::<T>::contains_key(id, version.rows), Error::<T>::AlreadyExists);
		let number = record.latest_version.checked_add(1).ok_or(Error::<T>::MaxCountExceeded)?;
		record.latest_version = number;
		VersionOfRows::<T>::insert(id, version.rows, number);
		Versions::<T>::insert(id, number, version.into_record(Self::now()));
		Records::<T>::insert(id, record);
		Ok(number)
	}

	/// Lowers the cap of a budget, never below what is in use.
	pub(crate) fn lower_cap(id: DatasetId, cap: u64) -> DispatchResult {
		Budgets::<T>::try_mutate(id, |slot| {
			let budget = slot.as_mut().ok_or(Error::<T>::NotFound)?;
			ensure!(cap < budget.cap, Error::<T>::BudgetNotLowered);
			ensure!(cap >= budget.spent.saturating_add(budget.reserved), Error::<T>::CapBelowUse);
			budget.cap = cap;
			Ok(())
		})
	}

	fn ensure_complete(version: &DatasetVersionInput) -> DispatchResult {
		let digests = [version.rows, version.schema, version.manifest];
		ensure!(!digests.contains(&Digest::zero()), Error::<T>::DigestMissing);
		ensure!(ROW_BUCKETS.contains(&version.row_bucket), Error::<T>::RowBucketOutOfRange);
		Ok(())
	}
}
