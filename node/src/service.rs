//! Puts the services of a node together.

use crate::{
	cli::WorkerArgs,
	consensus, offchain,
	peering::Peering,
	rpc,
	sealing::{self, Sealing},
	witness::Witness,
};
use futures::FutureExt;
use sc_client_api::{Backend, BlockBackend};
use sc_network::NetworkBackend;
use sc_service::{error::Error as ServiceError, Configuration, TaskManager, WarpSyncConfig};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use semblance_runtime::{apis::RuntimeApi, opaque::Block, Hash};
use std::sync::Arc;

/// The client: executes the runtime as WebAssembly.
pub type FullClient =
	sc_service::TFullClient<Block, RuntimeApi, sc_executor::WasmExecutor<sp_io::SubstrateHostFunctions>>;
/// The database.
pub type FullBackend = sc_service::TFullBackend<Block>;
/// How the best chain is chosen.
pub type FullSelectChain = sc_consensus::LongestChain<FullBackend, Block>;
/// The transaction pool.
pub type FullPool = sc_transaction_pool::TransactionPoolHandle<Block, FullClient>;

/// Parts that every subcommand needs.
pub type Service = sc_service::PartialComponents<
	FullClient,
	FullBackend,
	FullSelectChain,
	sc_consensus::DefaultImportQueue<Block>,
	FullPool,
	(consensus::GrandpaImport, consensus::GrandpaLink, Option<Telemetry>),
>;

/// Builds the parts that every subcommand needs.
pub fn new_partial(config: &Configuration) -> Result<Service, ServiceError> {
	let telemetry = config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?;
	let executor = sc_service::new_wasm_executor::<sp_io::SubstrateHostFunctions>(&config.executor);
	let (client, backend, keystore_container, task_manager) = sc_service::new_full_parts::<Block, RuntimeApi, _>(
		config,
		telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
		executor,
		Vec::new(),
	)?;
	let client = Arc::new(client);
	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});
	let select_chain = sc_consensus::LongestChain::new(backend.clone());
	let transaction_pool = Arc::from(
		sc_transaction_pool::Builder::new(
			task_manager.spawn_essential_handle(),
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);
	let (block_import, grandpa_link) = consensus::block_import(&client, &select_chain, telemetry.as_ref())?;
	let import_queue = consensus::import_queue(config, &client, &block_import, &task_manager, telemetry.as_ref())?;

	Ok(sc_service::PartialComponents {
		client,
		backend,
		task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool,
		other: (block_import, grandpa_link, telemetry),
	})
}

/// Starts a full node.
pub fn new_full<N: NetworkBackend<Block, Hash>>(
	mut config: Configuration,
	worker: &WorkerArgs,
	sealing: Option<Sealing>,
) -> Result<TaskManager, ServiceError> {
	let sc_service::PartialComponents {
		client,
		backend,
		mut task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool,
		other: (block_import, grandpa_link, mut telemetry),
	} = new_partial(&config)?;
	offchain::configure(&*backend, worker)?;
	let peering = Peering::prepare(&mut config, &client, &backend)?;

	let genesis = client.block_hash(0)?.ok_or_else(|| ServiceError::Other("the genesis block is missing".into()))?;
	let metrics = N::register_notification_metrics(config.prometheus_registry());
	let mut net_config = sc_network::config::FullNetworkConfiguration::<Block, Hash, N>::new(
		&config.network,
		config.prometheus_registry().cloned(),
	);
	let grandpa_protocol = sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
	let (grandpa_config, grandpa_notifications) = sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
		grandpa_protocol.clone(),
		metrics.clone(),
		net_config.peer_store_handle(),
	);
	// A protocol that nobody serves would cost the node all its connections.
	if !config.disable_grandpa {
		net_config.add_notification_protocol(grandpa_config);
	}
	let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		Vec::new(),
	));

	let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
		sc_service::build_network(sc_service::BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: transaction_pool.clone(),
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: Some(WarpSyncConfig::WithProvider(warp_sync)),
			block_relay: None,
			metrics,
			gap_sync_body_policy: None,
		})?;

	if let Some(peering) = peering {
		let following = peering.run(network.clone(), sync_service.clone());
		task_manager.spawn_essential_handle().spawn("peering", None, following);
	}
	if config.offchain_worker.enabled {
		let workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
			runtime_api_provider: client.clone(),
			is_validator: config.role.is_authority(),
			keystore: Some(keystore_container.keystore()),
			offchain_db: backend.offchain_storage(),
			transaction_pool: Some(OffchainTransactionPoolFactory::new(transaction_pool.clone())),
			network_provider: Arc::new(network.clone()),
			enable_http_requests: true,
			custom_extensions: |_| vec![],
		})?;
		task_manager.spawn_handle().spawn(
			"offchain-workers-runner",
			"offchain-worker",
			workers.run(client.clone(), task_manager.spawn_handle()).boxed(),
		);
	}

	let validator = consensus::Validator {
		role: config.role,
		force_authoring: config.force_authoring,
		grandpa_enabled: !config.disable_grandpa,
		name: config.network.node_name.clone(),
		registry: config.prometheus_registry().cloned(),
		keystore: keystore_container.keystore(),
		grandpa_protocol,
	};
	let witness = Witness::default();
	let watching = witness.watch(&client, validator.registry.as_ref())?;
	task_manager.spawn_handle().spawn("witness", None, watching);
	let voter_state = sc_consensus_grandpa::SharedVoterState::empty();
	let rpc_builder = rpc::builder(&client, &backend, &transaction_pool, &grandpa_link, &voter_state, &witness);
	sc_service::spawn_tasks(sc_service::SpawnTasksParams {
		network: Arc::new(network.clone()),
		client: client.clone(),
		keystore: keystore_container.keystore(),
		task_manager: &mut task_manager,
		transaction_pool: transaction_pool.clone(),
		rpc_builder,
		backend,
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync_service.clone(),
		config,
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	let chain = consensus::Chain { client, select_chain, transaction_pool, network, sync_service };
	if sealing.is_some() {
		sealing::start(&task_manager, &chain, validator.registry.as_ref())?;
		return Ok(task_manager);
	}
	validator.start_authoring(&task_manager, &chain, block_import, telemetry.as_ref())?;
	validator.start_finality(
		&task_manager,
		chain,
		grandpa_link,
		grandpa_notifications,
		voter_state,
		telemetry.as_ref(),
	)?;
	Ok(task_manager)
}
