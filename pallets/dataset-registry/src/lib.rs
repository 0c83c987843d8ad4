#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::panic,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects
)]
#![cfg_attr(
	test,
	allow(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects,
		clippy::panic
	)
)]

extern crate alloc;

mod datasets;
mod registration;
mod status;
mod try_state;
mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::{DatasetRegistration, DatasetVersionInput};
pub use weights::WeightInfo;

/// Datasets and what is known about them.
// The code that this macro writes expects what it checked itself.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::status::StatusChange;
	use alloc::vec::Vec;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use semblance_primitives::{
		data_use::DataUse,
		dataset::{Dataset, DatasetKind, DatasetStatus, DatasetVersion, Derivation, PrivacyBudget},
		privacy::epsilon_micro,
		traits::Membership,
		AccountId, AttestationId, DatasetId, DatasetVersionNumber, Digest, OrganisationId,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// What the registry needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>> {
		/// Who acts for which hospital.
		type Membership: Membership;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// The registry.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Number of datasets registered so far; they are numbered from 1.
	#[pallet::storage]
	pub type DatasetCount<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Datasets, never deleted.
	#[pallet::storage]
	pub type Records<T: Config> = StorageMap<_, Blake2_128Concat, DatasetId, Dataset>;

	/// Versions of each dataset, from 1.
	#[pallet::storage]
	pub type Versions<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, DatasetId, Blake2_128Concat, DatasetVersionNumber, DatasetVersion>;

	/// The version of a dataset that has a row commitment: the same rows are registered once.
	#[pallet::storage]
	pub type VersionOfRows<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, DatasetId, Blake2_128Concat, Digest, DatasetVersionNumber>;

	/// Privacy budget of each dataset, in micro-ρ.
	#[pallet::storage]
	pub type Budgets<T: Config> = StorageMap<_, Blake2_128Concat, DatasetId, PrivacyBudget>;

	/// What each derived dataset was learnt from.
	#[pallet::storage]
	pub type Derivations<T: Config> = StorageMap<_, Blake2_128Concat, DatasetId, Derivation>;

	/// The way back: input, derived dataset.
	#[pallet::storage]
	pub type DerivedFrom<T: Config> = StorageDoubleMap<_, Blake2_128Concat, DatasetId, Blake2_128Concat, DatasetId, ()>;

	/// What happened to datasets.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A hospital registered a source dataset with its first version.
		DatasetRegistered {
			/// Number of the dataset.
			dataset: DatasetId,
			/// Hospital that answers for it.
			custodian: OrganisationId,
			/// Root of the salted row commitments of version 1.
			rows: Digest,
		},
		/// A version was added to a source dataset.
		VersionAdded {
			/// Number of the dataset.
			dataset: DatasetId,
			/// Number of the new version.
			version: DatasetVersionNumber,
			/// Root of its salted row commitments.
			rows: Digest,
		},
		/// The terms of use became stricter.
		TermsRestricted {
			/// Number of the dataset.
			dataset: DatasetId,
			/// The terms from now on.
			terms: DataUse,
		},
		/// The dataset is held back while something is looked into.
		DatasetQuarantined {
			/// Number of the dataset.
			dataset: DatasetId,
		},
		/// The dataset may be used again.
		DatasetReinstated {
			/// Number of the dataset.
			dataset: DatasetId,
		},
		/// The dataset must not be used any more; holders must delete it.
		DatasetRecalled {
			/// Number of the dataset.
			dataset: DatasetId,
		},
		/// The dataset is no longer offered; what was made from it stays.
		DatasetRetired {
			/// Number of the dataset.
			dataset: DatasetId,
		},
		/// The custodian lowered the privacy budget.
		BudgetLowered {
			/// Number of the dataset.
			dataset: DatasetId,
			/// Most that may ever be spent from now on, in micro-ρ.
			cap: u64,
		},
		/// Privacy budget is held for a job under way.
		BudgetReserved {
			/// Number of the dataset.
			dataset: DatasetId,
			/// How much, in micro-ρ.
			rho_micro: u64,
		},
		/// A reservation was spent by an attested job.
		BudgetSpent {
			/// Number of the dataset.
			dataset: DatasetId,
			/// How much, in micro-ρ.
			rho_micro: u64,
		},
		/// A reservation was given back, because its job came to nothing.
		BudgetReleased {
			/// Number of the dataset.
			dataset: DatasetId,
			/// How much, in micro-ρ.
			rho_micro: u64,
		},
		/// An attestation brought a synthetic dataset into being.
		DerivedDatasetRegistered {
			/// Number of the synthetic dataset.
			dataset: DatasetId,
			/// Hospital that made it and answers for it.
			custodian: OrganisationId,
			/// The attestation.
			attestation: AttestationId,
		},
	}

	/// Why a call on datasets was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no dataset with this number.
		NotFound,
		/// Only a data steward of the dataset's custodian may do this.
		NotAuthorized,
		/// Only hospitals hold datasets.
		NotHospital,
		/// The terms contradict themselves: a value without its modifier, a modifier without its value, or an unknown
		/// modifier.
		TermsInconsistent,
		/// The new terms are not at least as strict as the present ones in every respect.
		TermsNotStricter,
		/// The new terms are the present ones.
		TermsUnchanged,
		/// A commitment is all zeroes: the worker that reads the file in reports it.
		DigestMissing,
		/// The row bucket is not between 1 and 64; a dataset without rows can't be registered.
		RowBucketOutOfRange,
		/// The exponent of δ is not between 1 and 30.
		DeltaOutOfRange,
		/// The same rows are registered as a version of this dataset already.
		AlreadyExists,
		/// Synthetic datasets have one version, which their attestation made.
		NotSource,
		/// The dataset is not active.
		NotActive,
		/// The dataset is not quarantined.
		NotQuarantined,
		/// The dataset was recalled or retired, which is final.
		AlreadyClosed,
		/// The new cap is not lower than the present one.
		BudgetNotLowered,
		/// The new cap is lower than what is spent and reserved already.
		CapBelowUse,
		/// The dataset's privacy budget does not suffice.
		BudgetExceeded,
		/// Less is reserved than was to be spent or given back.
		ReservationMissing,
		/// A derived dataset needs between 1 and 16 inputs, ascending, each at most once.
		InputsNotAscending,
		/// An input of a derived dataset, or its version, is not registered.
		InputNotFound,
		/// No use satisfies the terms of all inputs.
		TermsContradictory,
		/// The dataset is not derived from others.
		NotDerived,
		/// There are no numbers left.
		MaxCountExceeded,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight = <T as Config>::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Registers a source dataset of your hospital with its first version. Your worker prints the commitments when it
		/// reads the file in.
		///
		/// - `registration`: terms, sensitivity, legal basis, commitments and privacy budget.
		#[pallet::call_index(0)]
		pub fn register(origin: OriginFor<T>, registration: DatasetRegistration) -> DispatchResult {
			let steward = ensure_signed(origin)?;
			let custodian = Self::hospital_of(&steward)?;
			let rows = registration.version.rows;
			let dataset = Self::register_source(custodian, registration)?;
			Self::deposit_event(Event::DatasetRegistered { dataset, custodian, rows });
			Ok(())
		}

		/// Adds a version to an active source dataset of your hospital.
		///
		/// - `dataset`: number of the dataset.
		/// - `version`: commitments of the new version; its rows must differ from those of every earlier version.
		#[pallet::call_index(1)]
		pub fn add_version(origin: OriginFor<T>, dataset: DatasetId, version: DatasetVersionInput) -> DispatchResult {
			let mut record = Self::dataset_of_steward(origin, dataset)?;
			ensure!(record.kind == DatasetKind::Source, Error::<T>::NotSource);
			ensure!(record.status == DatasetStatus::Active, Error::<T>::NotActive);
			let rows = version.rows;
			let number = Self::append_version(dataset, &mut record, version)?;
			Self::deposit_event(Event::VersionAdded { dataset, version: number, rows });
			Ok(())
		}

		/// Makes the terms of use of one of your datasets stricter. They can't be made laxer again.
		///
		/// - `dataset`: number of the dataset.
		/// - `terms`: the new terms, at least as strict as the present ones in every respect.
		#[pallet::call_index(2)]
		pub fn restrict_terms(origin: OriginFor<T>, dataset: DatasetId, terms: DataUse) -> DispatchResult {
			let mut record = Self::dataset_of_steward(origin, dataset)?;
			Self::ensure_open(&record)?;
			ensure!(terms.is_consistent(), Error::<T>::TermsInconsistent);
			ensure!(terms != record.terms, Error::<T>::TermsUnchanged);
			ensure!(terms.is_at_least_as_strict_as(&record.terms), Error::<T>::TermsNotStricter);
			record.terms = terms.clone();
			Records::<T>::insert(dataset, record);
			Self::deposit_event(Event::TermsRestricted { dataset, terms });
			Ok(())
		}

		/// Holds one of your datasets back while something is looked into. No jobs start on it meanwhile.
		///
		/// - `dataset`: number of an active dataset.
		#[pallet::call_index(3)]
		pub fn quarantine(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
			Self::change_status(origin, dataset, StatusChange::Quarantine)
		}

		/// Opens one of your quarantined datasets again.
		///
		/// - `dataset`: number of a quarantined dataset.
		#[pallet::call_index(4)]
		pub fn reinstate(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
			Self::change_status(origin, dataset, StatusChange::Reinstate)
		}

		/// Calls one of your datasets back for good: it must not be used any more, and holders must delete it.
		///
		/// - `dataset`: number of an active or quarantined dataset.
		#[pallet::call_index(5)]
		pub fn recall(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
			Self::change_status(origin, dataset, StatusChange::Recall)
		}

		/// Stops offering one of your datasets for good; what was made from it stays.
		///
		/// - `dataset`: number of an active or quarantined dataset.
		#[pallet::call_index(6)]
		pub fn retire(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
			Self::change_status(origin, dataset, StatusChange::Retire)
		}

		/// Lowers the privacy budget of one of your datasets. It can't be raised again.
		///
		/// - `dataset`: number of the dataset.
		/// - `cap`: most that may ever be spent, in micro-ρ: below the present cap, and at least what is spent and
		///   reserved already.
		#[pallet::call_index(7)]
		pub fn lower_budget(origin: OriginFor<T>, dataset: DatasetId, cap: u64) -> DispatchResult {
			let record = Self::dataset_of_steward(origin, dataset)?;
			Self::ensure_open(&record)?;
			Self::lower_cap(dataset, cap)?;
			Self::deposit_event(Event::BudgetLowered { dataset, cap });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A dataset as it stands now.
		pub fn dataset(id: DatasetId) -> Option<Dataset> {
			Records::<T>::get(id)
		}

		/// The commitments of one version of a dataset.
		pub fn version(id: DatasetId, version: DatasetVersionNumber) -> Option<DatasetVersion> {
			Versions::<T>::get(id, version)
		}

		/// The privacy budget of a dataset, in micro-ρ.
		pub fn budget(id: DatasetId) -> Option<PrivacyBudget> {
			Budgets::<T>::get(id)
		}

		/// The privacy loss of all attested jobs on a dataset as ε in millionths, at the dataset's δ. Zero if nothing was
		/// spent.
		pub fn epsilon_spent(id: DatasetId) -> Option<u64> {
			Budgets::<T>::get(id).map(|budget| epsilon_micro(budget.spent, budget.delta_exponent))
		}

		/// Numbers of the synthetic datasets that were learnt from a dataset, ascending.
		pub fn derived_from(id: DatasetId) -> Vec<DatasetId> {
			let mut derived: Vec<_> = DerivedFrom::<T>::iter_key_prefix(id).collect();
			derived.sort_unstable();
			derived
		}

		/// What a synthetic dataset was learnt from, and by which attestation.
		pub fn derivation(id: DatasetId) -> Option<Derivation> {
			Derivations::<T>::get(id)
		}

		/// Numbers of all datasets that an organisation answers for, ascending.
		pub fn datasets_of(organisation: OrganisationId) -> Vec<DatasetId> {
			let mut held: Vec<_> =
				Records::<T>::iter().filter(|(_, record)| record.custodian == organisation).map(|(id, _)| id).collect();
			held.sort_unstable();
			held
		}
	}
}
