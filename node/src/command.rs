//! Carries out what the command line says.

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	rpc::endpoints,
	sealing::Sealing,
	service,
};
use sc_cli::SubstrateCli;
use sc_network::{config::NetworkBackendType, Litep2pNetworkBackend, NetworkWorker};
use sc_service::{ChainSpec, PartialComponents};
use sc_storage_monitor::StorageMonitorService;
use semblance_runtime::{opaque::Block, Hash};
use std::path::Path;

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Semblance Node".into()
	}

	fn impl_version() -> String {
		env!("CARGO_PKG_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		env!("CARGO_PKG_AUTHORS").into()
	}

	fn support_url() -> String {
		env!("CARGO_PKG_REPOSITORY").into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
		Ok(Box::new(match id {
			"dev" => chain_spec::development()?,
			"" | "local" => chain_spec::local_testnet()?,
			path => chain_spec::ChainSpec::from_json_file(path.into())?,
		}))
	}
}

/// Runs the node or the subcommand.
pub fn run() -> sc_cli::Result<()> {
	let cli = Cli::from_args().on_tcp();
	match &cli.subcommand {
		None => run_node(&cli),
		Some(subcommand) => run_subcommand(&cli, subcommand),
	}
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
	let worker = cli.worker.clone();
	let runner = cli.create_runner(&cli.run)?;
	let (storage, sealing, unsafe_port) = (cli.storage.clone(), cli.sealing, cli.rpc_unsafe_port);
	runner.run_node_until_exit(|mut config| async move {
		endpoints::guard(&mut config, unsafe_port).map_err(|error| sc_cli::Error::Input(error.to_string()))?;
		if sealing.is_some() {
			Sealing::check(&*config.chain_spec).map_err(|refusal| sc_cli::Error::Input(refusal.to_string()))?;
		}
		let database = config.database.path().map(Path::to_owned);
		let task_manager = match config.network.network_backend {
			NetworkBackendType::Libp2p => service::new_full::<NetworkWorker<Block, Hash>>(config, &worker, sealing),
			NetworkBackendType::Litep2p => service::new_full::<Litep2pNetworkBackend>(config, &worker, sealing),
		}
		.map_err(sc_cli::Error::Service)?;
		if let Some(database) = database {
			StorageMonitorService::try_spawn(storage, database, &task_manager.spawn_essential_handle())
				.map_err(|error| sc_cli::Error::Application(error.into()))?;
		}
		Ok(task_manager)
	})
}

fn run_subcommand(cli: &Cli, subcommand: &Subcommand) -> sc_cli::Result<()> {
	match subcommand {
		Subcommand::Key(cmd) => cmd.run(cli),
		Subcommand::ExportChainSpec(cmd) => cmd.run(cli.load_spec(&cmd.chain)?),
		Subcommand::PurgeChain(cmd) => cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database)),
		Subcommand::ChainInfo(cmd) => cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config)),
		Subcommand::CheckBlock(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Subcommand::ImportBlocks(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, import_queue, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Subcommand::ExportBlocks(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, config.database), task_manager))
		}),
		Subcommand::ExportState(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, config.chain_spec), task_manager))
		}),
		Subcommand::Revert(cmd) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, backend, .. } = service::new_partial(&config)?;
			let revert_finality = Box::new(|client, _, blocks| {
				sc_consensus_grandpa::revert(client, blocks)?;
				Ok(())
			});
			Ok((cmd.run(client, backend, Some(revert_finality)), task_manager))
		}),
	}
}
