//! What the worker needs to know of the chain, and where it gets it.
//!
//! Everything that leads to a commitment is read from finalised state. [`ChainState`] is implemented for a node's
//! RPC ([`node`]); tests of the job logic give a chain in memory.

mod node;

use futures::future::BoxFuture;
pub use semblance_client::Standing;
use semblance_primitives::{
	access::Agreement,
	consent::Consent,
	consortium::Member,
	dataset::{DatasetVersion, PrivacyBudget},
	generation::Job,
	AccountId, AgreementId, BlockNumber, ConsentHandle, DatasetId, DatasetVersionNumber, Digest, JobId, OrganisationId,
};

/// A block by hash and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
	/// Hash of its header.
	pub hash: Digest,
	/// Height.
	pub number: BlockNumber,
}

/// The chain could not be asked, or its answer not be read. The worker tries again.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct ChainUnavailable(pub String);

/// Answer of the chain, some time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, ChainUnavailable>>;

/// Read access to a chain. `at` is always the hash of a block.
pub trait ChainState: Send + Sync + 'static {
	/// Hash of the first block.
	fn genesis(&self) -> Digest;
	/// The last finalised block.
	fn finalised(&self) -> Answer<'_, Block>;
	/// The best block, which may still be replaced.
	fn best(&self) -> Answer<'_, Block>;
	/// Hash of the block at a height, final if the height is not above the last finalised block's.
	fn block_hash(&self, number: BlockNumber) -> Answer<'_, Option<Digest>>;
	/// A job.
	fn job(&self, job: JobId, at: Digest) -> Answer<'_, Option<Job>>;
	/// Commitments of a dataset version.
	fn dataset_version(
		&self,
		dataset: DatasetId,
		version: DatasetVersionNumber,
		at: Digest,
	) -> Answer<'_, Option<DatasetVersion>>;
	/// Privacy budget of a dataset.
	fn budget(&self, dataset: DatasetId, at: Digest) -> Answer<'_, Option<PrivacyBudget>>;
	/// Consents in the order of the handles.
	fn consents<'a>(&'a self, handles: &'a [ConsentHandle], at: Digest) -> Answer<'a, Vec<Option<Consent>>>;
	/// Last block in which a consent of the custodian ended or was narrowed, 0 if none was.
	fn last_restriction(&self, custodian: OrganisationId, at: Digest) -> Answer<'_, BlockNumber>;
	/// An agreement.
	fn agreement(&self, agreement: AgreementId, at: Digest) -> Answer<'_, Option<Agreement>>;
	/// A member.
	fn member<'a>(&'a self, account: &'a AccountId, at: Digest) -> Answer<'a, Option<Member>>;
	/// How the chain and its validators do.
	fn standing(&self, at: Digest) -> Answer<'_, Standing>;
}
