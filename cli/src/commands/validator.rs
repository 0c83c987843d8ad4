//! Validators: reported by members when they contradict themselves.

use crate::{arguments, context::Context, error::CliError};
use semblance_primitives::Digest;
use serde_json::json;

/// What to do about validators.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Shows the slots in which the node saw two blocks by one validator since it started.
	Contradictions,
	/// Reports that a validator made two blocks in one slot: it is muted and put out of the set. Ask a node that has both.
	Report {
		/// Hash of one block.
		#[arg(value_parser = arguments::digest)]
		first: Digest,
		/// Hash of the other.
		#[arg(value_parser = arguments::digest)]
		second: Digest,
	},
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Contradictions => contradictions(context).await,
		Command::Report { first, second } => report(context, first, second).await,
	}
}

async fn contradictions(context: &Context) -> Result<(), CliError> {
	let seen = context.chain().await?.raw_rpc("semblance_doubleAuthorships", json!([])).await?;
	context.output.record("Slots with two blocks", &json!({ "contradictions": seen }))
}

async fn report(context: &Context, first: Digest, second: Digest) -> Result<(), CliError> {
	let report = context.chain().await?.double_authorship(first, second).await?;
	let included = context.submit(report.call).await?;
	let value = json!({ "author": report.author, "slot": report.slot, "block": included.block.number });
	let text = format!("validator with Aura's key {:?} is reported: two blocks in slot {}", report.author, report.slot);
	context.output.result(&value, &text)
}
