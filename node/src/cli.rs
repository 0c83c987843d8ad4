//! Command line.

use crate::sealing::Sealing;
use sc_network::{multiaddr::Protocol, Multiaddr};
use std::{
	net::{Ipv4Addr, Ipv6Addr},
	path::PathBuf,
};

/// Which of the SDK's transaction pools is used, if nothing else is said. A fork-aware pool forgets a transaction that waits
/// for an earlier nonce as soon as the only view that knows it is replaced, which with every block happens to some.
const POOL: &str = "single-state";
/// Bytes of state that are kept in memory, if nothing else is said. Handles are random, so few are asked for twice; the SDK's
/// gibibyte would be filled, and keeping it in order makes blocks come later.
const STATE_CACHE: &str = "16777216";
/// Port for peers, if nothing else is said.
const PORT: u16 = 30_333;

/// Command line of the node.
#[derive(Debug, clap::Parser)]
#[command(mut_arg("pool_type", |arg| arg.default_value(POOL)), mut_arg("trie_cache_size", |arg| arg.default_value(STATE_CACHE)))]
pub struct Cli {
	/// What to do; without it the node runs.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,
	/// Options of the SDK's services.
	#[clap(flatten)]
	pub run: sc_cli::RunCmd,
	/// Options of the worker beside the node.
	#[clap(flatten)]
	pub worker: WorkerArgs,
	/// Serve all RPC methods, the unsafe ones too, on this port of the loopback interface: for operators, for example to
	/// make session keys with author_rotateKeysWithOwner.
	#[arg(long, value_name = "PORT")]
	pub rpc_unsafe_port: Option<u16>,
	/// How much free disk the node asks for; below it the node stops cleanly instead of breaking its database.
	#[clap(flatten)]
	pub storage: sc_storage_monitor::StorageMonitorParams,
	/// Make blocks without slots and votes, on a development chain: `--chain dev --sealing instant`.
	#[arg(long, value_name = "WHEN")]
	pub sealing: Option<Sealing>,
}

impl Cli {
	/// Has the node listen on plain TCP, if nothing else is said. The SDK adds WebSocket and WebRTC for nodes that do not
	/// validate: peers need neither, and strangers would reach them before the list of peers turns them away.
	pub fn on_tcp(mut self) -> Self {
		let network = &mut self.run.network_params;
		if network.listen_addr.is_empty() && !network.force_enable_webrtc {
			let port = Protocol::Tcp(network.port.unwrap_or(PORT));
			let everywhere: [Multiaddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
			network.listen_addr = everywhere.map(|address| address.with(port.clone())).into();
		}
		self
	}
}

/// How the off-chain worker hook reaches the worker beside this node.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WorkerArgs {
	/// Base URL of the worker, for example http://127.0.0.1:9955. Without it this node hands no jobs over.
	#[arg(long, value_name = "URL", requires = "worker_token_file")]
	pub worker_url: Option<String>,
	/// File with the worker's bearer token, as `semblance-worker init` wrote it.
	#[arg(long, value_name = "FILE", requires = "worker_url")]
	pub worker_token_file: Option<PathBuf>,
}

/// What the node can do besides running.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
	/// Key management.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),
	/// Write a chain specification.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),
	/// Validate blocks.
	CheckBlock(sc_cli::CheckBlockCmd),
	/// Export blocks.
	ExportBlocks(sc_cli::ExportBlocksCmd),
	/// Export the state of a block into a chain specification.
	ExportState(sc_cli::ExportStateCmd),
	/// Import blocks.
	ImportBlocks(sc_cli::ImportBlocksCmd),
	/// Remove the whole chain.
	PurgeChain(sc_cli::PurgeChainCmd),
	/// Revert the chain to a previous state.
	Revert(sc_cli::RevertCmd),
	/// Show meta data of the database.
	ChainInfo(sc_cli::ChainInfoCmd),
}

#[cfg(test)]
mod tests {
	use super::*;
	use sc_cli::{CliConfiguration, SubstrateCli, TransactionPoolType};

	fn parse(arguments: &[&str]) -> sc_cli::RunCmd {
		Cli::try_from_iter([&["semblance-node"], arguments].concat()).unwrap().on_tcp().run
	}

	#[test]
	fn every_node_listens_on_plain_tcp_unless_something_else_is_asked_for() {
		let addresses = |arguments: &[&str]| {
			let params = parse(arguments).network_params;
			params.listen_addr.iter().map(ToString::to_string).collect::<Vec<_>>()
		};
		assert_eq!(addresses(&[]), ["/ip6/::/tcp/30333", "/ip4/0.0.0.0/tcp/30333"]);
		assert_eq!(addresses(&["--validator", "--port", "7"]), ["/ip6/::/tcp/7", "/ip4/0.0.0.0/tcp/7"]);
		assert_eq!(addresses(&["--listen-addr", "/ip4/127.0.0.1/tcp/9"]), ["/ip4/127.0.0.1/tcp/9"]);
		assert!(addresses(&["--force-enable-webrtc"]).is_empty(), "the SDK's list stands");
	}

	#[test]
	fn transactions_wait_for_earlier_ones_unless_another_pool_is_asked_for() {
		assert!(matches!(parse(&[]).pool_config.pool_type, TransactionPoolType::SingleState));
		let asked = parse(&["--pool-type", "fork-aware"]);
		assert!(matches!(asked.pool_config.pool_type, TransactionPoolType::ForkAware));
	}

	#[test]
	fn little_state_is_kept_in_memory_unless_more_is_asked_for() {
		let size = |arguments: &[&str]| parse(arguments).import_params().and_then(|it| it.trie_cache_maximum_size());
		assert_eq!(size(&[]), Some(16 << 20));
		assert_eq!(size(&["--trie-cache-size", "1024"]), Some(1024));
	}
}
