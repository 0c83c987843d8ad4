//! Reading: the clock, the chain's identity, and what the view functions answer.

use crate::{Attestations, Config, Jobs, OpenJobs, Pallet, WeightInfo, BEACON_MARGIN};
use alloc::vec::Vec;
use frame_support::{dispatch::DispatchClass, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use semblance_primitives::{
	generation::{Job, BEACON_DELAY},
	AgreementId, BlockNumber, Digest, JobId, OrganisationId,
};
use sp_runtime::traits::{SaturatedConversion, Zero};

impl<T: Config> Pallet<T> {
	/// The current block's number.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// Hash of the genesis block.
	pub(crate) fn genesis() -> Digest {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero())
	}

	/// Hash of the block [`BEACON_DELAY`] after the acceptance, once there is one and for as long as the chain knows it.
	pub(crate) fn beacon_hash(job: &Job) -> Option<Digest> {
		let block = job.accepted.as_ref()?.block.saturating_add(BEACON_DELAY);
		let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::from(block));
		(block < Self::now() && !hash.is_zero()).then_some(hash)
	}

	pub(crate) fn beacon_of(id: JobId) -> Option<Digest> {
		let job = Jobs::<T>::get(id)?;
		match job.attestation.and_then(Attestations::<T>::get) {
			Some(attestation) => Some(attestation.body.beacon),
			None => Self::beacon_hash(&job),
		}
	}

	pub(crate) fn all_jobs_of(agreement: AgreementId) -> Vec<JobId> {
		sorted(Jobs::<T>::iter().filter(|(_, job)| job.agreement == agreement).map(|(id, _)| id))
	}

	pub(crate) fn open_jobs_of(organisation: OrganisationId) -> Vec<JobId> {
		sorted(OpenJobs::<T>::iter_key_prefix(organisation))
	}

	/// Stops a node from starting with constants that contradict each other.
	pub(crate) fn check_constants() {
		assert!(
			BlockNumberFor::<T>::from(T::JobLifetime::get().saturating_add(BEACON_MARGIN)) <
				<T as frame_system::Config>::BlockHashCount::get(),
			"JobLifetime + {BEACON_MARGIN} must be below BlockHashCount, else a beacon's hash is forgotten before the deadline",
		);
		assert!(T::JobLifetime::get() > BEACON_DELAY, "JobLifetime must leave time for the beacon");
		assert!(T::MaxOpenJobsPerCustodian::get() > 0, "MaxOpenJobsPerCustodian must be above zero");
		assert!(T::MinConsents::get() > 0, "MinConsents must be above zero");
		assert!(T::ResendAfter::get() > 0, "ResendAfter must be above zero");
		let limits = T::BlockWeights::get();
		if let Some(limit) = limits.get(DispatchClass::Normal).max_extrinsic {
			let attest = T::WeightInfo::attest().saturating_add(T::WeightInfo::authorize_attest());
			assert!(
				attest.saturating_mul(2).all_lte(limit),
				"an attestation must fit a block with room to spare, else the pool drops it without a word",
			);
		}
	}
}

fn sorted(ids: impl Iterator<Item = JobId>) -> Vec<JobId> {
	let mut ids: Vec<JobId> = ids.collect();
	ids.sort_unstable();
	ids
}
