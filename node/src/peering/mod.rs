//! Lets the node talk to the consortium's nodes only, as the chain names them.
//!
//! The node starts in the SDK's reserved-only mode and never leaves it. With every finalised block this task reads whom the
//! active organisations declare, and hands the network the whole list when it has changed. A peer that is on the list no more
//! is disconnected by that: in reserved-only mode both network backends close what is not reserved. The mode itself is never
//! switched at run time, because litep2p would then mark peers that stay as closing, and could not close them later.
//!
//! The list is that of the block-announce protocol. GRANDPA and the transactions reserve and release their peers as
//! synchronisation connects and loses them, so that setting their lists as well would only interfere.
//!
//! This is about who takes part, not about who can reach the port: requests for blocks are answered to anybody who completes a
//! handshake. Keep the port within a private network.

mod declared;
mod memory;
mod plan;

use crate::service::{FullBackend, FullClient};
use declared::{Peers, Unusable};
use futures::StreamExt;
use plan::Plan;
use sc_client_api::BlockchainEvents;
use sc_network::{
	config::{NonReservedPeerMode, TransportConfig},
	service::traits::NetworkService,
	PeerId,
};
use sc_network_sync::SyncingService;
use sc_service::{config::NetworkConfiguration, error::Error, ChainType, Configuration};
use semblance_primitives::{api::ConsortiumApi, consortium::Peer, OrganisationId};
use semblance_runtime::{opaque::Block, Hash};
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use std::{collections::HashSet, sync::Arc};

/// Follows the consortium's list of peers.
pub struct Peering {
	client: Arc<FullClient>,
	backend: Arc<FullBackend>,
	plan: Plan,
	allowed: Peers,
	unusable: Vec<Unusable>,
	left_out: bool,
}

impl Peering {
	/// Closes the network of a node that belongs to a consortium, and reserves those who may connect now. None for
	/// chains that run on one machine, unless they are started with `--reserved-only`.
	///
	/// Call it before the network is built. Fails if there is no network key, or if the database fails.
	pub fn prepare(
		config: &mut Configuration,
		client: &Arc<FullClient>,
		backend: &Arc<FullBackend>,
	) -> Result<Option<Self>, Error> {
		let network = &mut config.network;
		if config.chain_spec.chain_type() != ChainType::Live
			&& network.default_peers_set.non_reserved_mode != NonReservedPeerMode::Deny
		{
			return Ok(None);
		}
		let own = network.node_key.clone().into_keypair()?.public().to_peer_id();
		let mut entry_points = network.default_peers_set.reserved_nodes.clone();
		entry_points.extend(network.boot_nodes.iter().cloned());
		let plan = Plan::new(own, &entry_points, memory::load(&**backend)?);
		let mut peering = Self {
			client: client.clone(),
			backend: backend.clone(),
			plan,
			allowed: Peers::new(),
			unusable: Vec::new(),
			left_out: false,
		};
		peering.allowed = peering.read(client.info().finalized_hash)?;
		close(network, &peering.allowed);
		Ok(Some(peering))
	}

	/// Follows finalised blocks until the node ends.
	pub async fn run(mut self, network: Arc<dyn NetworkService>, sync: Arc<SyncingService<Block>>) {
		let mut finalised = self.client.finality_notification_stream();
		self.apply(&*network, &sync);
		while let Some(block) = finalised.next().await {
			match self.read(block.hash) {
				Ok(allowed) if allowed == self.allowed => {},
				Ok(allowed) => {
					let change = plan::change(&self.allowed, &allowed);
					log::info!(
						"the consortium's peers changed: added {:?}, removed {:?}",
						change.added,
						change.removed
					);
					self.allowed = allowed;
					self.apply(&*network, &sync);
				},
				Err(error) => log::warn!("the consortium's peers stay as they were: {error}"),
			}
		}
	}

	/// Reads who may connect as of a finalised block.
	fn read(&mut self, block: Hash) -> Result<Peers, Error> {
		let named = self.named(block).map_err(|error| {
			Error::Other(format!("the runtime does not say who the consortium's peers are: {error}"))
		})?;
		let (declared, unusable) = declared::read(&named);
		self.warn(&declared, unusable);
		if self.plan.take_over(&declared) {
			memory::store(&*self.backend, self.plan.taken_over())?;
		}
		Ok(self.plan.allowed(&declared))
	}

	/// Whom the chain names; nobody, if its runtime is older than the question.
	fn named(&self, block: Hash) -> Result<Vec<(OrganisationId, Peer)>, ApiError> {
		let api = self.client.runtime_api();
		match api.has_api::<dyn ConsortiumApi<Block>>(block)? {
			true => api.peers(block),
			false => Ok(Vec::new()),
		}
	}

	/// Tells the operator once what is wrong with the list.
	fn warn(&mut self, declared: &Peers, unusable: Vec<Unusable>) {
		for reason in unusable.iter().filter(|reason| !self.unusable.contains(reason)) {
			log::warn!("{reason}");
		}
		self.unusable = unusable;
		let left_out = self.plan.is_left_out(declared);
		if left_out && !self.left_out {
			log::warn!(
				"no active organisation declares this node, so the others refuse it; an administrator of yours should declare \
				 it with consortium.set_peers, through the node of another member"
			);
		}
		self.left_out = left_out;
	}

	/// Hands the list to the network. Peers go by id alone and their addresses apart: litep2p would drop a peer none of whose
	/// addresses it can call.
	fn apply(&self, network: &dyn NetworkService, sync: &SyncingService<Block>) {
		for (peer, addresses) in &self.allowed {
			for address in addresses {
				network.add_known_address(*peer, address.clone());
			}
		}
		let peers: HashSet<PeerId> = self.allowed.keys().copied().collect();
		sync.set_no_slot_peers(peers.clone());
		network.set_authorized_peers(peers);
	}
}

/// Lets in those who are reserved only, and looks for nobody else.
fn close(network: &mut NetworkConfiguration, allowed: &Peers) {
	let set = &mut network.default_peers_set;
	set.non_reserved_mode = NonReservedPeerMode::Deny;
	set.reserved_nodes.retain(|node| allowed.contains_key(&node.peer_id));
	network.enable_dht_random_walk = false;
	if let TransportConfig::Normal { enable_mdns, .. } = &mut network.transport {
		*enable_mdns = false;
	}
}
