//! The `semblance_*` namespace: what an auditor asks.

use super::audit::{self, AuditEntry};
use crate::{
	service::FullClient,
	witness::{TwoBlocks, Witness},
};
use jsonrpsee::{core::RpcResult, proc_macros::rpc, types::ErrorObjectOwned};
use semblance_primitives::{
	api::{Provenance, SemblanceApi as _},
	generation::Attestation,
	AttestationId, BlockNumber, DatasetId,
};
use semblance_runtime::Hash;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use std::sync::Arc;

/// Code of errors that the caller can mend.
const INVALID_REQUEST: i32 = 8_001;
/// Code of errors of the node.
const INTERNAL: i32 = 8_002;

/// Questions of an auditor.
#[rpc(server, namespace = "semblance")]
pub trait SemblanceApi {
	/// The way from a synthetic dataset back to consents, agreement, generator and attestation; `null` if there is no
	/// such synthetic dataset. Answers from the state of block `at`, or of the last finalised block.
	#[method(name = "provenance")]
	fn provenance(&self, dataset: DatasetId, at: Option<Hash>) -> RpcResult<Option<Provenance>>;

	/// An attestation, `null` if it is unknown.
	#[method(name = "attestation")]
	fn attestation(&self, id: AttestationId, at: Option<Hash>) -> RpcResult<Option<Attestation>>;

	/// Everything that happened to a dataset (and to applications, agreements, jobs and attestations on it) in the blocks
	/// `from` to `to`, both included; at most 10,000 blocks in one call. Needs the state of those blocks: ask an
	/// archive node for old ones.
	#[method(name = "auditTrail", blocking)]
	fn audit_trail(&self, dataset: DatasetId, from: BlockNumber, to: BlockNumber) -> RpcResult<Vec<AuditEntry>>;

	/// Slots in which this node saw two blocks since it started, at most 64: evidence for `DoubleAuthorship.report`.
	#[method(name = "doubleAuthorships")]
	fn double_authorships(&self) -> RpcResult<Vec<TwoBlocks>>;
}

/// Answers from the client.
pub struct Semblance {
	client: Arc<FullClient>,
	witness: Witness,
}

impl Semblance {
	/// Answers from `client`, and from what `witness` saw.
	pub fn new(client: Arc<FullClient>, witness: Witness) -> Self {
		Self { client, witness }
	}

	fn at(&self, at: Option<Hash>) -> Hash {
		at.unwrap_or_else(|| self.client.info().finalized_hash)
	}
}

impl SemblanceApiServer for Semblance {
	fn provenance(&self, dataset: DatasetId, at: Option<Hash>) -> RpcResult<Option<Provenance>> {
		self.client.runtime_api().provenance(self.at(at), dataset).map_err(internal)
	}

	fn attestation(&self, id: AttestationId, at: Option<Hash>) -> RpcResult<Option<Attestation>> {
		self.client.runtime_api().attestation(self.at(at), id).map_err(internal)
	}

	fn audit_trail(&self, dataset: DatasetId, from: BlockNumber, to: BlockNumber) -> RpcResult<Vec<AuditEntry>> {
		audit::trail(&self.client, dataset, from, to)
			.map_err(|error| ErrorObjectOwned::owned(INVALID_REQUEST, error.to_string(), None::<()>))
	}

	fn double_authorships(&self) -> RpcResult<Vec<TwoBlocks>> {
		Ok(self.witness.contradictions())
	}
}

fn internal(error: sp_api::ApiError) -> ErrorObjectOwned {
	ErrorObjectOwned::owned(
		INTERNAL,
		format!("the runtime did not answer: {error}; is the block's state kept?"),
		None::<()>,
	)
}
