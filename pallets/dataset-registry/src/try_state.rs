//! Invariants of the registry.

#![cfg(any(feature = "try-runtime", feature = "std"))]

use crate::{Budgets, Config, DatasetCount, Derivations, DerivedFrom, Pallet, Records, VersionOfRows, Versions};
use frame_support::ensure;
use semblance_primitives::{
	dataset::{Dataset, DatasetKind},
	DatasetId,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant that the README names.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let count = DatasetCount::<T>::get();
		ensure!(Records::<T>::iter().count() == count as usize, "datasets are not as many as were counted");
		for (id, record) in Records::<T>::iter() {
			ensure!((1..=count).contains(&id), "a dataset's number was never given");
			ensure!(record.terms.is_consistent(), "a dataset's terms are inconsistent");
			Self::check_versions(id, &record)?;
			Self::check_budget(id)?;
			Self::check_lineage(id, &record)?;
		}
		Self::check_strays()
	}

	fn check_versions(id: DatasetId, record: &Dataset) -> Result<(), TryRuntimeError> {
		ensure!(record.latest_version >= 1, "a dataset has no version");
		let versions = Versions::<T>::iter_key_prefix(id).count();
		ensure!(versions == record.latest_version as usize, "versions are not as many as the latest number");
		ensure!(VersionOfRows::<T>::iter_key_prefix(id).count() == versions, "a row commitment stands in two versions");
		for (number, version) in Versions::<T>::iter_prefix(id) {
			ensure!((1..=record.latest_version).contains(&number), "a version's number was never given");
			ensure!(
				VersionOfRows::<T>::get(id, version.rows) == Some(number),
				"a row commitment does not lead to its version"
			);
		}
		Ok(())
	}

	fn check_budget(id: DatasetId) -> Result<(), TryRuntimeError> {
		let budget = Budgets::<T>::get(id).ok_or("a dataset has no budget")?;
		let used = budget.reserved.checked_add(budget.spent).ok_or("a budget's use overflows")?;
		ensure!(used <= budget.cap, "more than the budget's cap is in use");
		Ok(())
	}

	fn check_lineage(id: DatasetId, record: &Dataset) -> Result<(), TryRuntimeError> {
		let derivation = Derivations::<T>::get(id);
		ensure!(
			derivation.is_some() == (record.kind != DatasetKind::Source),
			"source datasets derive from none, all others from some"
		);
		for input in derivation.iter().flat_map(|derivation| &derivation.inputs) {
			ensure!(
				DerivedFrom::<T>::contains_key(input.dataset, id),
				"an input does not lead to what derives from it"
			);
			ensure!(input.dataset < id, "a dataset derives from a later one");
		}
		Ok(())
	}

	fn check_strays() -> Result<(), TryRuntimeError> {
		for (input, derived, ()) in DerivedFrom::<T>::iter() {
			let derivation = Derivations::<T>::get(derived).ok_or("a derived dataset has no derivation")?;
			ensure!(
				derivation.inputs.iter().any(|known| known.dataset == input),
				"a derived dataset does not name its input"
			);
		}
		let known = |id: DatasetId| Records::<T>::contains_key(id);
		ensure!(Budgets::<T>::iter_keys().all(known), "a budget has no dataset");
		ensure!(Derivations::<T>::iter_keys().all(known), "a derivation has no dataset");
		ensure!(Versions::<T>::iter_keys().all(|(id, _)| known(id)), "a version has no dataset");
		Ok(())
	}
}
