//! RPC of the node beyond what the SDK's services bring: account nonces, GRANDPA's finality proofs, and
//! `semblance_*`.

mod audit;
pub mod endpoints;
mod json;
mod semblance;

use crate::{
	consensus::GrandpaLink,
	service::{FullBackend, FullClient, FullPool},
	witness::Witness,
};
use jsonrpsee::RpcModule;
use sc_consensus_grandpa::{FinalityProofProvider, SharedVoterState};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sc_service::Error;
use semblance::{Semblance, SemblanceApiServer};
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// Builds the RPC for each of the node's endpoints.
type Builder = Box<dyn Fn(SubscriptionTaskExecutor) -> Result<RpcModule<()>, Error>>;

/// A function that builds the RPC.
pub fn builder(
	client: &Arc<FullClient>,
	backend: &Arc<FullBackend>,
	pool: &Arc<FullPool>,
	grandpa: &GrandpaLink,
	voter_state: &SharedVoterState,
	witness: &Witness,
) -> Builder {
	let (client, pool, voter_state, witness) = (client.clone(), pool.clone(), voter_state.clone(), witness.clone());
	let authority_set = grandpa.shared_authority_set().clone();
	let justifications = grandpa.justification_stream();
	let proofs = FinalityProofProvider::new_for_service(backend.clone(), Some(authority_set.clone()));
	Box::new(move |executor| {
		let mut module = RpcModule::new(());
		let grandpa =
			Grandpa::new(executor, authority_set.clone(), voter_state.clone(), justifications.clone(), proofs.clone());
		let merge = |error: jsonrpsee::core::RegisterMethodError| Error::Application(error.into());
		module.merge(System::new(client.clone(), pool.clone()).into_rpc()).map_err(merge)?;
		module.merge(grandpa.into_rpc()).map_err(merge)?;
		module.merge(Semblance::new(client.clone(), witness.clone()).into_rpc()).map_err(merge)?;
		Ok(module)
	})
}
