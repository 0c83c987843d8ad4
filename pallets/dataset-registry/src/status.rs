//! Who may change a dataset, and how its status changes.

use crate::{Config, Error, Event, Pallet, Records};
use frame_support::ensure;
use frame_system::{ensure_signed, pallet_prelude::OriginFor};
use semblance_primitives::{
	consortium::{OrganisationKind, Role},
	dataset::{Dataset, DatasetStatus},
	traits::Membership,
	AccountId, DatasetId, OrganisationId,
};
use sp_runtime::{DispatchError, DispatchResult};

/// What a steward does to a dataset's status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StatusChange {
	/// Hold back.
	Quarantine,
	/// Open again.
	Reinstate,
	/// Call back for good.
	Recall,
	/// Offer no longer.
	Retire,
}

impl StatusChange {
	/// The status that follows `from`; the whole state machine.
	pub(crate) fn apply<T: Config>(self, from: DatasetStatus) -> Result<DatasetStatus, Error<T>> {
		use DatasetStatus::*;
		match (from, self) {
			(Recalled | Retired, _) => Err(Error::AlreadyClosed),
			(Active, Self::Quarantine) => Ok(Quarantined),
			(Quarantined, Self::Quarantine) => Err(Error::NotActive),
			(Quarantined, Self::Reinstate) => Ok(Active),
			(Active, Self::Reinstate) => Err(Error::NotQuarantined),
			(Active | Quarantined, Self::Recall) => Ok(Recalled),
			(Active | Quarantined, Self::Retire) => Ok(Retired),
		}
	}

	fn event<T: Config>(self, dataset: DatasetId) -> Event<T> {
		match self {
			Self::Quarantine => Event::DatasetQuarantined { dataset },
			Self::Reinstate => Event::DatasetReinstated { dataset },
			Self::Recall => Event::DatasetRecalled { dataset },
			Self::Retire => Event::DatasetRetired { dataset },
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The hospital for which `steward` is a data steward now.
	pub(crate) fn hospital_of(steward: &AccountId) -> Result<OrganisationId, DispatchError> {
		let organisation = T::Membership::organisation_with_role(steward, Role::DataSteward);
		let organisation = organisation.ok_or(Error::<T>::NotAuthorized)?;
		let kind = T::Membership::organisation(organisation).map(|record| record.kind);
		ensure!(kind == Some(OrganisationKind::Hospital), Error::<T>::NotHospital);
		Ok(organisation)
	}

	/// The dataset, if the signer is a data steward of its custodian now.
	pub(crate) fn dataset_of_steward(origin: OriginFor<T>, id: DatasetId) -> Result<Dataset, DispatchError> {
		let steward = ensure_signed(origin)?;
		let record = Records::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(T::Membership::acts_for(&steward, Role::DataSteward, record.custodian), Error::<T>::NotAuthorized);
		Ok(record)
	}

	/// Refuses changes to datasets that were recalled or retired.
	pub(crate) fn ensure_open(record: &Dataset) -> DispatchResult {
		ensure!(matches!(record.status, DatasetStatus::Active | DatasetStatus::Quarantined), Error::<T>::AlreadyClosed);
		Ok(())
	}

	pub(crate) fn change_status(origin: OriginFor<T>, id: DatasetId, change: StatusChange) -> DispatchResult {
		let mut record = Self::dataset_of_steward(origin, id)?;
		record.status = change.apply::<T>(record.status)?;
		Records::<T>::insert(id, record);
		Self::deposit_event(change.event(id));
		Ok(())
	}
}
