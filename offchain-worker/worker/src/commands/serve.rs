//! `semblance-worker serve`

use crate::{
	chain::ChainState,
	http::{self, App, TokenDigest},
	jobs::{progress::Checkpoint, runner::Runner},
	vault::Vault,
};
use anyhow::Context;
use semblance_client::Chain;
use semblance_primitives::OrganisationId;
use std::{
	net::SocketAddr,
	path::PathBuf,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::Duration,
};
use tokio::signal::unix::{signal, SignalKind};

/// Time between two looks at the chain.
const POLL: Duration = Duration::from_millis(500);
/// Time between two tries to reach the node at the start.
const RECONNECT: Duration = Duration::from_secs(1);
/// Time that work under way gets to stop on shutdown. It may be cut off anywhere without loss.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serve a node: take its orders, keep datasets and artefacts.
#[derive(Debug, clap::Args)]
pub struct Serve {
	/// The folder that `init` made.
	#[arg(long, env = "SEMBLANCE_WORKER_DATA")]
	data: PathBuf,
	/// Loopback address to listen on.
	#[arg(long, default_value = "127.0.0.1:9955")]
	listen: SocketAddr,
	/// WebSocket address of the hospital's own node.
	#[arg(long, default_value = "ws://127.0.0.1:9944")]
	node: String,
	/// Number of the hospital on chain.
	#[arg(long)]
	organisation: OrganisationId,
	/// Threads for requests; the work itself takes one job at a time.
	#[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
	threads: u16,
}

impl Serve {
	pub fn run(self) -> anyhow::Result<()> {
		anyhow::ensure!(
			self.listen.ip().is_loopback(),
			"{} is no loopback address: rows and keys would be open to the network. Listen on 127.0.0.1, and reach the worker from elsewhere through a tunnel",
			self.listen
		);
		let vault = Arc::new(Vault::open(&self.data)?);
		let runtime = tokio::runtime::Builder::new_multi_thread()
			.worker_threads(usize::from(self.threads))
			.enable_all()
			.build()
			.context("no threads. Lower --threads")?;
		let served = runtime.block_on(self.serve(vault));
		runtime.shutdown_timeout(PATIENCE);
		served
	}

	async fn serve(self, vault: Arc<Vault>) -> anyhow::Result<()> {
		let stopping = Arc::new(AtomicBool::new(false));
		let shutdown = shutdown_signal(stopping.clone())?;
		tokio::pin!(shutdown);
		let chain = tokio::select! {
			chain = connect(&self.node) => chain,
			() = &mut shutdown => return Ok(()),
		};
		let chain: Arc<dyn ChainState> = Arc::new(chain);
		tracing::info!(genesis = ?chain.genesis(), node = self.node, organisation = self.organisation, "connected");
		let checkpoint: Checkpoint = {
			let stopping = stopping.clone();
			Arc::new(move |_, _| !stopping.load(Ordering::Relaxed))
		};
		let runner = Runner::new(chain.clone(), vault.clone(), self.organisation, POLL, checkpoint);
		runner.resume()?;
		let token = TokenDigest::of(&vault.token()?);
		let app = Arc::new(App { chain, vault, runner, organisation: self.organisation, token });
		let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
		let server = http::serve(app, self.listen, async move {
			let _ = stopped.await;
		});
		tokio::pin!(server);
		tokio::select! {
			ended = &mut server => return ended,
			() = &mut shutdown => {},
		}
		tracing::info!("shutting down");
		let _ = stop.send(());
		// A client that keeps its connection open must not keep the worker alive.
		tokio::time::timeout(PATIENCE, server).await.unwrap_or(Ok(()))
	}
}

/// Resolves on SIGTERM or SIGINT, and tells the work under way to stop.
fn shutdown_signal(stopping: Arc<AtomicBool>) -> anyhow::Result<impl std::future::Future<Output = ()>> {
	let mut terminate = signal(SignalKind::terminate()).context("no signal handler")?;
	let mut interrupt = signal(SignalKind::interrupt()).context("no signal handler")?;
	Ok(async move {
		tokio::select! {
			_ = terminate.recv() => {},
			_ = interrupt.recv() => {},
		}
		stopping.store(true, Ordering::Relaxed);
	})
}

async fn connect(node: &str) -> Chain {
	loop {
		match Chain::connect(node).await {
			Ok(chain) => return chain,
			Err(error) => tracing::warn!(%error, "the node does not answer; trying again"),
		}
		tokio::time::sleep(RECONNECT).await;
	}
}
