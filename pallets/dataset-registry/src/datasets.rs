//! The registry as other pallets see it: budgets of jobs and synthetic datasets.

use crate::{Budgets, Config, Derivations, DerivedFrom, Error, Event, Pallet, Records, Versions};
use frame_support::ensure;
use semblance_primitives::{
	dataset::{Dataset, DatasetInput, DatasetKind, DatasetStatus, DatasetVersion, Derivation, PrivacyBudget},
	traits::Datasets,
	DatasetId, DatasetVersionNumber, OrganisationId,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Datasets for Pallet<T> {
	fn dataset(id: DatasetId) -> Option<Dataset> {
		Records::<T>::get(id)
	}

	fn version(id: DatasetId, version: DatasetVersionNumber) -> Option<DatasetVersion> {
		Versions::<T>::get(id, version)
	}

	fn budget(id: DatasetId) -> Option<PrivacyBudget> {
		Budgets::<T>::get(id)
	}

	fn reserve_budget(id: DatasetId, rho_micro: u64) -> DispatchResult {
		Self::move_budget(id, rho_micro, Event::BudgetReserved { dataset: id, rho_micro }, |budget| {
			ensure!(rho_micro <= budget.available(), Error::<T>::BudgetExceeded);
			budget.reserved = budget.reserved.saturating_add(rho_micro);
			Ok(())
		})
	}

	fn spend_reserved(id: DatasetId, rho_micro: u64) -> DispatchResult {
		Self::move_budget(id, rho_micro, Event::BudgetSpent { dataset: id, rho_micro }, |budget| {
			budget.reserved = budget.reserved.checked_sub(rho_micro).ok_or(Error::<T>::ReservationMissing)?;
			budget.spent = budget.spent.saturating_add(rho_micro);
			Ok(())
		})
	}

	fn release_reserved(id: DatasetId, rho_micro: u64) -> DispatchResult {
		Self::move_budget(id, rho_micro, Event::BudgetReleased { dataset: id, rho_micro }, |budget| {
			budget.reserved = budget.reserved.checked_sub(rho_micro).ok_or(Error::<T>::ReservationMissing)?;
			Ok(())
		})
	}

	fn register_derived(
		custodian: OrganisationId,
		derivation: Derivation,
		version: DatasetVersion,
	) -> Result<DatasetId, DispatchError> {
		let (dataset, budget) = Self::derive_record(custodian, &derivation.inputs)?;
		let attestation = derivation.attestation;
		let id = Self::insert_dataset(dataset, version, budget)?;
		for input in &derivation.inputs {
			DerivedFrom::<T>::insert(input.dataset, id, ());
		}
		Derivations::<T>::insert(id, derivation);
		Self::deposit_event(Event::DerivedDatasetRegistered { dataset: id, custodian, attestation });
		Ok(id)
	}

	fn recall_derived(id: DatasetId) -> DispatchResult {
		let mut record = Records::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(Derivations::<T>::contains_key(id), Error::<T>::NotDerived);
		if record.status != DatasetStatus::Recalled {
			record.status = DatasetStatus::Recalled;
			Records::<T>::insert(id, record);
			Self::deposit_event(Event::DatasetRecalled { dataset: id });
		}
		Ok(())
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_dataset(custodian: OrganisationId, terms: semblance_primitives::data_use::DataUse) -> DatasetId {
		use semblance_primitives::{
			dataset::{LegalBasis, Sensitivity},
			Digest,
		};
		let now = Self::now();
		let dataset = Dataset {
			custodian,
			kind: DatasetKind::Source,
			terms,
			sensitivity: Sensitivity::Standard,
			legal_basis: LegalBasis::Consent,
			status: DatasetStatus::Active,
			latest_version: 1,
			since: now,
		};
		let digest = Digest::repeat_byte(1);
		let version = DatasetVersion { rows: digest, schema: digest, manifest: digest, row_bucket: 14, since: now };
		let budget = PrivacyBudget { cap: u64::MAX, reserved: 0, spent: 0, delta_exponent: 6 };
		Self::insert_dataset(dataset, version, budget).unwrap_or_default()
	}
}

impl<T: Config> Pallet<T> {
	/// Changes a budget and tells so, unless nothing was to be moved.
	fn move_budget(
		id: DatasetId,
		rho_micro: u64,
		event: Event<T>,
		change: impl FnOnce(&mut PrivacyBudget) -> Result<(), Error<T>>,
	) -> DispatchResult {
		Budgets::<T>::try_mutate(id, |slot| {
			let budget = slot.as_mut().ok_or(Error::<T>::NotFound)?;
			change(budget)
		})?;
		if rho_micro > 0 {
			Self::deposit_event(event);
		}
		Ok(())
	}

	/// What a dataset derived from `inputs` is: strictest terms, highest sensitivity, and held back or called back if an
	/// input is.
	fn derive_record(
		custodian: OrganisationId,
		inputs: &[DatasetInput],
	) -> Result<(Dataset, PrivacyBudget), DispatchError> {
		ensure!(inputs.is_sorted_by(|a, b| a < b), Error::<T>::InputsNotAscending);
		let (first, others) = inputs.split_first().ok_or(Error::<T>::InputsNotAscending)?;
		let mut derived = Self::input_record(first)?;
		for input in others {
			let record = Self::input_record(input)?;
			derived.terms = derived.terms.meet(&record.terms).ok_or(Error::<T>::TermsContradictory)?;
			derived.sensitivity = derived.sensitivity.max(record.sensitivity);
			derived.status = stricter(derived.status, record.status);
		}
		let delta_exponent = Budgets::<T>::get(first.dataset).ok_or(Error::<T>::InputNotFound)?.delta_exponent;
		let dataset = Dataset {
			custodian,
			kind: DatasetKind::Synthetic,
			status: stricter(DatasetStatus::Active, derived.status),
			latest_version: 1,
			since: Self::now(),
			..derived
		};
		Ok((dataset, PrivacyBudget { delta_exponent, ..PrivacyBudget::default() }))
	}

	fn input_record(input: &DatasetInput) -> Result<Dataset, Error<T>> {
		ensure!(Versions::<T>::contains_key(input.dataset, input.version), Error::<T>::InputNotFound);
		Records::<T>::get(input.dataset).ok_or(Error::<T>::InputNotFound)
	}
}

/// The status of what derives from two datasets. A retired input doesn't bind what is made from it.
fn stricter(a: DatasetStatus, b: DatasetStatus) -> DatasetStatus {
	let binding = |status| match status {
		DatasetStatus::Retired => DatasetStatus::Active,
		other => other,
	};
	binding(a).max(binding(b))
}
