//! Aura makes blocks, GRANDPA finalises them.

use crate::service::{FullBackend, FullClient, FullPool, FullSelectChain};
use sc_consensus::DefaultImportQueue;
use sc_consensus_aura::{ImportQueueParams, SlotProportion, StartAuraParams};
use sc_consensus_grandpa::{SharedVoterState, VotingRulesBuilder};
use sc_consensus_slots::BackoffAuthoringOnFinalizedHeadLagging;
use sc_network::{config::Role, service::traits::NetworkService, types::ProtocolName, NotificationService};
use sc_network_sync::SyncingService;
use sc_service::{error::Error as ServiceError, Configuration, TaskManager};
use sc_telemetry::Telemetry;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use semblance_runtime::opaque::Block;
use sp_consensus_aura::{
	inherents::InherentDataProvider as SlotProvider,
	sr25519::{AuthorityId as AuraId, AuthorityPair as AuraPair},
	SlotDuration,
};
use sp_keystore::KeystorePtr;
use sp_timestamp::InherentDataProvider as TimestampProvider;
use std::{sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;

/// A justification is kept for every so many blocks: auditors want one near every block.
const JUSTIFICATION_PERIOD: u32 = 1;
/// How long votes are gossiped before a round moves on. Hospitals are one country apart, not one world.
const GOSSIP_DURATION: Duration = Duration::from_millis(250);

/// Imports blocks and their finality.
pub type GrandpaImport = sc_consensus_grandpa::GrandpaBlockImport<FullBackend, Block, FullClient, FullSelectChain>;
/// Connects the import with the voter.
pub type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, FullClient, FullSelectChain>;

/// What authoring and finality work on.
pub struct Chain {
	/// The client.
	pub client: Arc<FullClient>,
	/// How the best chain is chosen.
	pub select_chain: FullSelectChain,
	/// Waiting transactions.
	pub transaction_pool: Arc<FullPool>,
	/// The network.
	pub network: Arc<dyn NetworkService>,
	/// Synchronisation with peers.
	pub sync_service: Arc<SyncingService<Block>>,
}

/// What makes this node a validator, or not.
pub struct Validator {
	/// Whether this node is an authority.
	pub role: Role,
	/// Make blocks even while offline.
	pub force_authoring: bool,
	/// Whether GRANDPA runs.
	pub grandpa_enabled: bool,
	/// The node's name.
	pub name: String,
	/// Metrics.
	pub registry: Option<Registry>,
	/// Keys.
	pub keystore: KeystorePtr,
	/// Name of GRANDPA's network protocol.
	pub grandpa_protocol: ProtocolName,
}

/// Builds the block import.
pub fn block_import(
	client: &Arc<FullClient>,
	select_chain: &FullSelectChain,
	telemetry: Option<&Telemetry>,
) -> Result<(GrandpaImport, GrandpaLink), ServiceError> {
	Ok(sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		client,
		select_chain.clone(),
		telemetry.map(|telemetry| telemetry.handle()),
	)?)
}

/// Builds the queue of blocks to verify.
pub fn import_queue(
	config: &Configuration,
	client: &Arc<FullClient>,
	block_import: &GrandpaImport,
	task_manager: &TaskManager,
	telemetry: Option<&Telemetry>,
) -> Result<DefaultImportQueue<Block>, ServiceError> {
	let slot_duration = sc_consensus_aura::slot_duration::<AuraId, _, _>(&**client)?;
	Ok(sc_consensus_aura::import_queue::<AuraPair, _, _, _, _, _>(ImportQueueParams {
		block_import: block_import.clone(),
		justification_import: Some(Box::new(block_import.clone())),
		client: client.clone(),
		create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
		spawner: &task_manager.spawn_essential_handle(),
		registry: config.prometheus_registry(),
		check_for_equivocation: Default::default(),
		telemetry: telemetry.map(|telemetry| telemetry.handle()),
		compatibility_mode: Default::default(),
	})?)
}

fn inherents(slot_duration: SlotDuration) -> (SlotProvider, TimestampProvider) {
	let timestamp = TimestampProvider::from_system_time();
	(SlotProvider::from_timestamp_and_slot_duration(*timestamp, slot_duration), timestamp)
}

impl Validator {
	/// Starts making blocks, if this node is an authority.
	pub fn start_authoring(
		&self,
		task_manager: &TaskManager,
		chain: &Chain,
		block_import: GrandpaImport,
		telemetry: Option<&Telemetry>,
	) -> Result<(), ServiceError> {
		if !self.role.is_authority() {
			return Ok(());
		}
		let proposer_factory = sc_basic_authorship::ProposerFactory::new(
			task_manager.spawn_handle(),
			chain.client.clone(),
			chain.transaction_pool.clone(),
			self.registry.as_ref(),
			telemetry.map(|telemetry| telemetry.handle()),
		);
		let slot_duration = sc_consensus_aura::slot_duration::<AuraId, _, _>(&*chain.client)?;
		let aura = sc_consensus_aura::start_aura::<AuraPair, _, _, _, _, _, _, _, _, _, _>(StartAuraParams {
			slot_duration,
			client: chain.client.clone(),
			select_chain: chain.select_chain.clone(),
			block_import,
			proposer_factory,
			create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
			force_authoring: self.force_authoring,
			backoff_authoring_blocks: Some(BackoffAuthoringOnFinalizedHeadLagging::default()),
			keystore: self.keystore.clone(),
			sync_oracle: chain.sync_service.clone(),
			justification_sync_link: chain.sync_service.clone(),
			block_proposal_slot_portion: SlotProportion::new(2f32 / 3f32),
			max_block_proposal_slot_portion: None,
			telemetry: telemetry.map(|telemetry| telemetry.handle()),
			compatibility_mode: Default::default(),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("aura", Some("block-authoring"), aura);
		Ok(())
	}

	/// Starts voting on finality (or following it, if this node is no authority).
	pub fn start_finality(
		self,
		task_manager: &TaskManager,
		chain: Chain,
		link: GrandpaLink,
		notification_service: Box<dyn NotificationService>,
		shared_voter_state: SharedVoterState,
		telemetry: Option<&Telemetry>,
	) -> Result<(), ServiceError> {
		if !self.grandpa_enabled {
			return Ok(());
		}
		let config = sc_consensus_grandpa::Config {
			gossip_duration: GOSSIP_DURATION,
			justification_generation_period: JUSTIFICATION_PERIOD,
			name: Some(self.name),
			observer_enabled: false,
			keystore: self.role.is_authority().then_some(self.keystore),
			local_role: self.role,
			telemetry: telemetry.map(|telemetry| telemetry.handle()),
			protocol_name: self.grandpa_protocol,
		};
		// Aura forks are rare, so votes need not stay two blocks behind the best one.
		let voting_rule =
			VotingRulesBuilder::new().add(sc_consensus_grandpa::ThreeQuartersOfTheUnfinalizedChain).build();
		let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
			config,
			link,
			network: chain.network,
			sync: chain.sync_service,
			notification_service,
			voting_rule,
			prometheus_registry: self.registry,
			shared_voter_state,
			telemetry: telemetry.map(|telemetry| telemetry.handle()),
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(chain.transaction_pool),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
		Ok(())
	}
}
