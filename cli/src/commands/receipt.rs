//! Writes receipts.

use crate::{
	arguments::digest,
	context::{found, Context},
	error::CliError,
	files, receipt,
};
use semblance_primitives::{AttestationId, Digest};
use serde_json::json;
use std::path::PathBuf;

/// Options of `receipt`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
	/// Id of the attestation.
	#[arg(value_parser = digest, required_unless_present = "job", conflicts_with = "job")]
	attestation: Option<AttestationId>,
	/// Number of the attested job.
	#[arg(long)]
	job: Option<u32>,
	/// Where to write the receipt.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
	/// Where to write the statement behind the attestation; the worker is asked for it.
	#[arg(long, value_name = "FILE")]
	statement_out: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<(), CliError> {
	let id = which(context, &arguments).await?;
	let spinner = context.output.spinner("finality and storage proofs are collected");
	let receipt = receipt::fetch(context.chain().await?, id).await;
	spinner.finish_and_clear();
	let receipt = receipt?;
	let text = serde_json::to_vec_pretty(&receipt).unwrap_or_default();
	files::write(&arguments.out, &text)?;
	if let Some(path) = &arguments.statement_out {
		files::write(path, &context.worker()?.statement(id).await?)?;
	}
	let value = json!({
		"attestation": id,
		"receipt": arguments.out,
		"statement": arguments.statement_out,
		"bytes": text.len(),
		"handovers": receipt.handovers.len(),
	});
	let shown = format!("the receipt of attestation {id:?} is in {} ({} bytes)", arguments.out.display(), text.len());
	context.output.result(&value, &shown)
}

async fn which(context: &Context, arguments: &Arguments) -> Result<Digest, CliError> {
	match (arguments.attestation, arguments.job) {
		(Some(id), _) => Ok(id),
		(None, Some(job)) => {
			let (chain, block) = context.finalised().await?;
			let record = found(chain.job(job, block.hash).await?, format!("job {job}"), block)?;
			found(record.attestation, format!("an attestation of job {job}"), block)
		},
		(None, None) => Err(CliError::input("no attestation was named", "give its id, or --job")),
	}
}
