//! The pallets' records, each by its key, as `primitives` defines them.

use crate::{chain::Chain, error::ChainError, keys};
use codec::{Decode, Encode};
use semblance_primitives::{
	access::{Agreement, KeyRelease, Policy, Vote},
	consortium::{Member, Organisation},
	dataset::{Dataset, DatasetVersion, Derivation, PrivacyBudget},
	generation::{Attestation, Generator, Job},
	AccountId, AgreementId, AttestationId, BlockNumber, ConsentHandle, DatasetId, DatasetVersionNumber, Digest,
	GeneratorId, JobId, OrganisationId,
};

/// Names of the pallets in the runtime.
pub mod pallets {
	/// Organisations, members, roles.
	pub const CONSORTIUM: &str = "Consortium";
	/// Consents.
	pub const CONSENT: &str = "Consent";
	/// Datasets.
	pub const DATASETS: &str = "DatasetRegistry";
	/// Applications, agreements, key releases.
	pub const ACCESS: &str = "AccessControl";
	/// Generators, jobs, attestations.
	pub const GENERATION: &str = "GenerationAttestation";
}

use pallets::{ACCESS, CONSENT, CONSORTIUM, DATASETS, GENERATION};

/// Storage key of a consent.
pub fn consent_key(handle: &ConsentHandle) -> Vec<u8> {
	keys::map(CONSENT, "Consents", handle)
}

/// Storage key of an attestation: what a light client proves.
pub fn attestation_key(id: &AttestationId) -> Vec<u8> {
	keys::map(GENERATION, "Attestations", id)
}

/// Reads one record of a map. Written once for all of them.
macro_rules! record {
	($(#[$doc:meta])* $name:ident($id:ident: $id_type:ty) -> $record:ty, $pallet:expr, $item:literal) => {
		$(#[$doc])*
		///
		/// # Errors
		/// [`ChainError`] if the node does not answer, or what stands there is of another release.
		pub async fn $name(&self, $id: $id_type, at: Digest) -> Result<Option<$record>, ChainError> {
			self.entry($pallet, $item, &$id, at).await
		}
	};
}

impl Chain {
	async fn entry<T: Decode>(
		&self,
		pallet: &str,
		item: &str,
		key: &impl Encode,
		at: Digest,
	) -> Result<Option<T>, ChainError> {
		self.value(&keys::map(pallet, item, key), at).await
	}

	record!(/** A generation job. */ job(id: JobId) -> Job, GENERATION, "Jobs");
	record!(/** A generator. */ generator(id: GeneratorId) -> Generator, GENERATION, "Generators");
	record!(/** An attestation. */ attestation(id: AttestationId) -> Attestation, GENERATION, "Attestations");
	record!(/** An application or agreement. */ agreement(id: AgreementId) -> Agreement, ACCESS, "Records");
	record!(/** A dataset's policy. */ policy(dataset: DatasetId) -> Policy, ACCESS, "Policies");
	record!(/** A dataset. */ dataset(id: DatasetId) -> Dataset, DATASETS, "Records");
	record!(/** A dataset's privacy budget. */ budget(id: DatasetId) -> PrivacyBudget, DATASETS, "Budgets");
	record!(/** Where a synthetic dataset comes from. */ derivation(id: DatasetId) -> Derivation, DATASETS, "Derivations");
	record!(/** A member of the consortium. */ member(account: &AccountId) -> Member, CONSORTIUM, "Members");
	record!(/** An organisation. */ organisation(id: OrganisationId) -> Organisation, CONSORTIUM, "Organisations");

	/// A version of a dataset.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer, or what stands there is of another release.
	pub async fn dataset_version(
		&self,
		dataset: DatasetId,
		version: DatasetVersionNumber,
		at: Digest,
	) -> Result<Option<DatasetVersion>, ChainError> {
		self.value(&keys::double_map(DATASETS, "Versions", &dataset, &version), at).await
	}

	/// The last block in which a consent of this custodian ended or was narrowed; 0 if none ever was.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn last_restriction(&self, custodian: OrganisationId, at: Digest) -> Result<BlockNumber, ChainError> {
		Ok(self.entry(CONSENT, "LastRestriction", &custodian, at).await?.unwrap_or_default())
	}

	/// A key release under an agreement.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer, or what stands there is of another release.
	pub async fn release(
		&self,
		agreement: AgreementId,
		index: u32,
		at: Digest,
	) -> Result<Option<KeyRelease>, ChainError> {
		self.value(&keys::double_map(ACCESS, "Releases", &agreement, &index), at).await
	}

	/// All key releases under an agreement, from the first.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer, or what stands there is of another release.
	pub async fn releases(&self, agreement: AgreementId, at: Digest) -> Result<Vec<KeyRelease>, ChainError> {
		let count: u32 = self.entry(ACCESS, "ReleaseCount", &agreement, at).await?.unwrap_or_default();
		let keys: Vec<Vec<u8>> =
			(0..count).map(|index| keys::double_map(ACCESS, "Releases", &agreement, &index)).collect();
		Ok(self.values(&keys, at).await?.into_iter().flatten().collect())
	}

	/// The votes on an application, in no particular order.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer, or what stands there is of another release.
	pub async fn votes(&self, application: AgreementId, at: Digest) -> Result<Vec<Vote>, ChainError> {
		let keys = self.keys(&keys::map(ACCESS, "Votes", &application), at).await?;
		Ok(self.values(&keys, at).await?.into_iter().flatten().collect())
	}

	/// All generators by number.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer, or what stands there is of another release.
	pub async fn generators(&self, at: Digest) -> Result<Vec<(GeneratorId, Generator)>, ChainError> {
		let count: u32 = self.value(&keys::plain(GENERATION, "GeneratorCount"), at).await?.unwrap_or_default();
		let numbers: Vec<GeneratorId> = (1..=count).collect();
		let keys: Vec<Vec<u8>> = numbers.iter().map(|id| keys::map(GENERATION, "Generators", id)).collect();
		let found: Vec<Option<Generator>> = self.values(&keys, at).await?;
		Ok(numbers.into_iter().zip(found).filter_map(|(id, generator)| Some((id, generator?))).collect())
	}

	/// The numbers of a hospital's open jobs, ascending.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn open_jobs(&self, custodian: OrganisationId, at: Digest) -> Result<Vec<JobId>, ChainError> {
		let keys = self.keys(&keys::map(GENERATION, "OpenJobs", &custodian), at).await?;
		let number = |key: &Vec<u8>| key.last_chunk::<4>().map(|bytes| JobId::from_le_bytes(*bytes));
		let mut jobs: Vec<JobId> = keys.iter().filter_map(number).collect();
		jobs.sort_unstable();
		Ok(jobs)
	}
}
