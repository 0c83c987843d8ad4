//! What every command shares: options, and connections that are made when first needed.

use crate::{error::CliError, output::Output, worker::Worker};
use semblance_client::{BlockRef, Call, Chain, Included, Signer, Wait};
use std::path::{Path, PathBuf};
use tokio::sync::OnceCell;

/// Address of the worker where none is named.
pub const DEFAULT_WORKER: &str = "http://127.0.0.1:9955";

/// Options of all commands.
#[derive(Clone, Debug, clap::Args)]
pub struct Globals {
	/// WebSocket address of a node.
	#[arg(long, global = true, env = "SEMBLANCE_NODE", default_value = "ws://127.0.0.1:9944", value_name = "URL")]
	pub node: String,
	/// Key to sign with: a file with a seed phrase, or a secret URI (//Alice on a development chain).
	#[arg(long, global = true, env = "SEMBLANCE_SIGNER", hide_env_values = true, value_name = "FILE|URI")]
	pub signer: Option<String>,
	/// Address of the hospital's worker [default: http://127.0.0.1:9955].
	#[arg(long, global = true, env = "SEMBLANCE_WORKER_URL", value_name = "URL")]
	pub worker_url: Option<String>,
	/// File with the worker's token.
	#[arg(long, global = true, env = "SEMBLANCE_TOKEN_FILE", value_name = "FILE")]
	pub token_file: Option<PathBuf>,
	/// Print the result as one JSON document on stdout.
	#[arg(long, global = true)]
	pub json: bool,
}

/// Options, output and connections of one run.
pub struct Context {
	/// Where output goes.
	pub output: Output,
	globals: Globals,
	chain: OnceCell<Chain>,
}

impl Context {
	/// The context of a run with these options. Connects to nothing yet.
	pub fn new(globals: Globals) -> Self {
		Self { output: Output::new(globals.json), globals, chain: OnceCell::new() }
	}

	/// The chain.
	///
	/// # Errors
	/// If the node does not answer.
	pub async fn chain(&self) -> Result<&Chain, CliError> {
		Ok(self.chain.get_or_try_init(|| Chain::connect(&self.globals.node)).await?)
	}

	/// The chain, and its last finalised block.
	///
	/// # Errors
	/// If the node does not answer.
	pub async fn finalised(&self) -> Result<(&Chain, BlockRef), CliError> {
		let chain = self.chain().await?;
		Ok((chain, chain.finalised().await?))
	}

	/// The key to sign with.
	///
	/// # Errors
	/// If none was named or it cannot be used.
	pub fn signer(&self) -> Result<Signer, CliError> {
		let source = self.globals.signer.as_deref().ok_or_else(|| {
			CliError::input(
				"this command signs a transaction and no key was named",
				"give --signer FILE (or //Alice on a development chain)",
			)
		})?;
		Ok(Signer::from_uri_or_file(source)?)
	}

	/// Signs and sends a call and waits until it is final.
	///
	/// # Errors
	/// If the chain refuses it, by name and with the runtime's explanation.
	pub async fn submit(&self, call: Call) -> Result<Included, CliError> {
		self.submit_and_wait(call, Wait::Finalised).await
	}

	/// The same, following the call as far as `wait` says.
	///
	/// # Errors
	/// As [`Self::submit`].
	pub async fn submit_and_wait(&self, call: Call, wait: Wait) -> Result<Included, CliError> {
		let (chain, signer) = (self.chain().await?, self.signer()?);
		let spinner = self.output.spinner(&format!("{}.{} is on its way", call.pallet, call.call));
		let included = chain.submit_and_wait(&signer, call, wait).await;
		spinner.finish_and_clear();
		Ok(included?)
	}

	/// The hospital's worker, with its token.
	///
	/// # Errors
	/// If no token file was named or it cannot be read.
	pub fn worker(&self) -> Result<Worker, CliError> {
		let file = self.globals.token_file.as_deref().ok_or_else(|| {
			CliError::input(
				"this command speaks to the hospital's worker and needs its token",
				"give --token-file with the file `token` in the worker's data folder",
			)
		})?;
		Worker::with_token_file(self.worker_url(), file)
	}

	/// File with the worker's token, if one was named.
	pub fn named_token_file(&self) -> Option<&Path> {
		self.globals.token_file.as_deref()
	}

	/// The worker if a token file was named, for what is nice to have.
	pub fn worker_if_named(&self) -> Option<Worker> {
		self.globals.token_file.as_ref().and_then(|_| self.worker().ok())
	}

	/// Address of the worker.
	pub fn worker_url(&self) -> &str {
		self.globals.worker_url.as_deref().unwrap_or(DEFAULT_WORKER)
	}

	/// Address of the worker, if one was named.
	pub fn named_worker_url(&self) -> Option<&str> {
		self.globals.worker_url.as_deref()
	}
}

/// The record if it is there.
///
/// # Errors
/// [`CliError::NotFound`] if not.
pub fn found<T>(record: Option<T>, what: impl Into<String>, block: BlockRef) -> Result<T, CliError> {
	record.ok_or_else(|| CliError::NotFound { what: what.into(), block: block.number })
}

/// The number that an event of `pallet` gives to a new record in `field`.
///
/// # Errors
/// If no event has it: the chain is of another release.
pub fn new_number(included: &Included, pallet: &str, field: &str) -> Result<u32, CliError> {
	let mut events = included.events.iter().filter(|event| event.pallet == pallet);
	let number =
		events.find_map(|event| event.fields.get(field)?.as_u64()).and_then(|number| u32::try_from(number).ok());
	number.ok_or_else(|| {
		CliError::input(
			format!(
				"the chain recorded the call in block {} and no event names the new {field}",
				included.block.number
			),
			"update this command to the chain's release",
		)
	})
}
