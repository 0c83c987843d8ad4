//! Runtime APIs: what the node asks of the runtime. Behind its `semblance_*` RPC stand joins over several pallets that one
//! view function cannot do.

use crate::{
	access::Agreement,
	consortium::Peer,
	dataset::{Dataset, DatasetVersion, Derivation},
	generation::{Attestation, Generator, Job},
	AgreementId, AttestationId, DatasetId, DatasetVersionNumber, JobId, OrganisationId,
};
use alloc::vec::Vec;

record! {
	/// An agreement, with its number.
	pub struct NumberedAgreement {
		/// Number.
		pub id: AgreementId,
		/// Agreement.
		pub agreement: Agreement,
	}
}

/// A source dataset, with its number and the version learnt from.
#[derive(Clone, PartialEq, Eq, Debug, codec::Encode, codec::Decode, scale_info::TypeInfo)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct ProvenanceInput {
	/// Dataset number.
	pub id: DatasetId,
	/// Version learnt from.
	pub version: DatasetVersionNumber,
	/// The dataset as it stands now.
	pub dataset: Dataset,
	/// The commitments of that version.
	pub commitments: DatasetVersion,
}

/// The way from a synthetic dataset back to consents.
#[derive(Clone, PartialEq, Eq, Debug, codec::Encode, codec::Decode, scale_info::TypeInfo)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct Provenance {
	/// The synthetic dataset.
	pub dataset: Dataset,
	/// Where it derives from.
	pub derivation: Derivation,
	/// What it was learnt from.
	pub inputs: Vec<ProvenanceInput>,
	/// The attestation; its acceptance holds the consent root and count.
	pub attestation: Attestation,
	/// The job's number.
	pub job_id: JobId,
	/// The job.
	pub job: Job,
	/// The agreement under which it ran.
	pub agreement: NumberedAgreement,
	/// The generator.
	pub generator: Generator,
}

sp_api::decl_runtime_apis! {
	/// Joins over the pallets' records.
	pub trait SemblanceApi {
		/// The way from a synthetic dataset back to consents, `None` if it is unknown or no synthetic dataset.
		fn provenance(dataset: DatasetId) -> Option<Provenance>;
		/// An attestation.
		fn attestation(id: AttestationId) -> Option<Attestation>;
	}

	/// What a node asks about the consortium itself.
	pub trait ConsortiumApi {
		/// The network peers that active organisations declare, by organisation.
		fn peers() -> Vec<(OrganisationId, Peer)>;
	}
}
