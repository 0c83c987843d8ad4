//! The chain as the hospital's own node shows it.

use super::{Answer, Block, ChainState, ChainUnavailable, Standing};
use semblance_client::{BlockRef, Chain, ChainError};
use semblance_primitives::{
	access::Agreement,
	consent::Consent,
	consortium::Member,
	dataset::{DatasetVersion, PrivacyBudget},
	generation::Job,
	AccountId, AgreementId, BlockNumber, ConsentHandle, DatasetId, DatasetVersionNumber, Digest, JobId, OrganisationId,
};

impl From<ChainError> for ChainUnavailable {
	fn from(error: ChainError) -> Self {
		Self(error.to_string())
	}
}

impl From<BlockRef> for Block {
	fn from(block: BlockRef) -> Self {
		Self { hash: block.hash, number: block.number }
	}
}

impl ChainState for Chain {
	fn genesis(&self) -> Digest {
		Chain::genesis(self)
	}
	fn finalised(&self) -> Answer<'_, Block> {
		Box::pin(async move { Ok(Chain::finalised(self).await?.into()) })
	}
	fn best(&self) -> Answer<'_, Block> {
		Box::pin(async move { Ok(Chain::best(self).await?.into()) })
	}
	fn block_hash(&self, number: BlockNumber) -> Answer<'_, Option<Digest>> {
		Box::pin(async move { Ok(Chain::block_hash(self, number).await?) })
	}
	fn job(&self, job: JobId, at: Digest) -> Answer<'_, Option<Job>> {
		Box::pin(async move { Ok(Chain::job(self, job, at).await?) })
	}
	fn dataset_version(
		&self,
		dataset: DatasetId,
		version: DatasetVersionNumber,
		at: Digest,
	) -> Answer<'_, Option<DatasetVersion>> {
		Box::pin(async move { Ok(Chain::dataset_version(self, dataset, version, at).await?) })
	}
	fn budget(&self, dataset: DatasetId, at: Digest) -> Answer<'_, Option<PrivacyBudget>> {
		Box::pin(async move { Ok(Chain::budget(self, dataset, at).await?) })
	}
	fn consents<'a>(&'a self, handles: &'a [ConsentHandle], at: Digest) -> Answer<'a, Vec<Option<Consent>>> {
		Box::pin(async move { Ok(Chain::consents(self, handles, at).await?) })
	}
	fn last_restriction(&self, custodian: OrganisationId, at: Digest) -> Answer<'_, BlockNumber> {
		Box::pin(async move { Ok(Chain::last_restriction(self, custodian, at).await?) })
	}
	fn agreement(&self, agreement: AgreementId, at: Digest) -> Answer<'_, Option<Agreement>> {
		Box::pin(async move { Ok(Chain::agreement(self, agreement, at).await?) })
	}
	fn member<'a>(&'a self, account: &'a AccountId, at: Digest) -> Answer<'a, Option<Member>> {
		Box::pin(async move { Ok(Chain::member(self, account, at).await?) })
	}
	fn standing(&self, at: Digest) -> Answer<'_, Standing> {
		Box::pin(async move { Ok(Chain::standing(self, at).await?) })
	}
}
