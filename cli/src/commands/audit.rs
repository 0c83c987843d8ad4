//! An auditor's questions.

use crate::{context::Context, error::CliError, files, verify::trust::Authorities};
use serde_json::{json, Value};
use std::path::PathBuf;

/// Most blocks of one request to the node.
const BLOCKS_AT_ONCE: u32 = 10_000;

/// What to ask.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// The way from a synthetic dataset back to consents, agreement, generator and attestation.
	Provenance {
		/// Number of the synthetic dataset.
		dataset: u32,
	},
	/// Everything that happened to a dataset, its applications, agreements, jobs and attestations.
	Trail {
		/// Number of the dataset.
		dataset: u32,
		/// First block.
		#[arg(long, default_value_t = 1)]
		from: u32,
		/// Last block [default: the last finalised one].
		#[arg(long)]
		to: Option<u32>,
	},
	/// Writes the authorities that finalise blocks now, for `verify --authorities`. Get them from a node that you trust.
	Authorities {
		/// Where to write them.
		#[arg(long, value_name = "FILE")]
		out: PathBuf,
	},
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Provenance { dataset } => provenance(context, dataset).await,
		Command::Trail { dataset, from, to } => trail(context, dataset, from, to).await,
		Command::Authorities { out } => authorities(context, out).await,
	}
}

async fn provenance(context: &Context, dataset: u32) -> Result<(), CliError> {
	let (chain, block) = context.finalised().await?;
	let answer = chain.raw_rpc("semblance_provenance", json!([dataset, block.hash])).await?;
	if answer.is_null() {
		return Err(CliError::NotFound { what: format!("a synthetic dataset {dataset}"), block: block.number });
	}
	context
		.output
		.record(&format!("Provenance of synthetic dataset {dataset} at finalised block {}", block.number), &answer)
}

async fn trail(context: &Context, dataset: u32, from: u32, to: Option<u32>) -> Result<(), CliError> {
	let (chain, block) = context.finalised().await?;
	let to = to.unwrap_or(block.number);
	if from > to {
		return Err(CliError::input(
			format!("the first block {from} lies behind the last, {to}"),
			"exchange --from and --to",
		));
	}
	let mut entries = Vec::new();
	let mut begin = from;
	while begin <= to {
		let end = to.min(begin.saturating_add(BLOCKS_AT_ONCE).saturating_sub(1));
		match chain.raw_rpc("semblance_auditTrail", json!([dataset, begin, end])).await? {
			Value::Array(found) => entries.extend(found),
			other => entries.push(other),
		}
		let Some(next) = end.checked_add(1) else { break };
		begin = next;
	}
	let heading = format!("Dataset {dataset}, blocks {from} to {to}: {} entries", entries.len());
	context.output.record(&heading, &entries)
}

async fn authorities(context: &Context, out: PathBuf) -> Result<(), CliError> {
	let (chain, block) = context.finalised().await?;
	let authorities = Authorities::of_node(chain, block.hash).await?;
	files::write(&out, &serde_json::to_vec_pretty(&authorities).unwrap_or_default())?;
	let text = format!(
		"the {} authorities of set {} are in {}",
		authorities.authorities.len(),
		authorities.set_id,
		out.display()
	);
	context.output.result(&authorities, &text)
}
