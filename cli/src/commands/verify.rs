//! Runs the checks of [`crate::verify`] on files, without network unless a node is trusted.

use crate::{
	context::Context,
	error::CliError,
	files,
	receipt::Receipt,
	verify::{self, trust::Authorities, Check, Evidence, Outcome},
};
use semblance_client::Chain;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Options of `verify`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
	/// The receipt.
	#[arg(long, value_name = "FILE")]
	receipt: PathBuf,
	/// The statement behind the attestation.
	#[arg(long, value_name = "FILE")]
	statement: Option<PathBuf>,
	/// The log of a differentially private generator: the privacy loss is added up from it, and of a measurement log the model
	/// fitted again.
	#[arg(long, value_name = "FILE")]
	log: Option<PathBuf>,
	/// The fitted model.
	#[arg(long, value_name = "FILE")]
	model: Option<PathBuf>,
	/// The synthetic table.
	#[arg(long, value_name = "FILE")]
	table: Option<PathBuf>,
	/// The report.
	#[arg(long, value_name = "FILE")]
	report: Option<PathBuf>,
	/// Where the trusted authorities come from.
	#[command(flatten)]
	anchor: Anchor,
}

/// The root of trust: exactly one.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Anchor {
	/// The chain's raw specification: the first authorities and the genesis hash are read from it.
	#[arg(long, value_name = "FILE")]
	chain_spec: Option<PathBuf>,
	/// Authorities written by `audit authorities` from a node that you trust.
	#[arg(long, value_name = "FILE")]
	authorities: Option<PathBuf>,
	/// Trust this node's word for the authorities (needs network).
	#[arg(long, value_name = "URL")]
	trust_node: Option<String>,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<(), CliError> {
	let receipt: Receipt = files::read_json(&arguments.receipt, "receipt")?;
	let trusted = anchor(&arguments.anchor, &receipt).await?;
	let read =
		|path: &Option<PathBuf>| path.as_deref().map(|path: &Path| files::read(path, files::MAX_FILE)).transpose();
	let evidence = Evidence {
		statement: read(&arguments.statement)?,
		log: read(&arguments.log)?,
		model: read(&arguments.model)?,
		table: read(&arguments.table)?,
		report: read(&arguments.report)?,
	};
	let report = verify::verify(&receipt, &trusted, &evidence);
	let failed = report.checks.iter().filter(|check| check.outcome == Outcome::Failed).count();
	let value = json!({
		"verified": failed == 0,
		"attestation": receipt.attestation,
		"genesis": receipt.genesis,
		"checks": report.checks,
	});
	let lines: Vec<String> = report.checks.iter().map(line).collect();
	context.output.result(&value, &lines.join("\n"))?;
	match failed {
		0 => Ok(()),
		failed => Err(CliError::NotVerified { failed, checks: report.checks.len() }),
	}
}

fn line(check: &Check) -> String {
	let mark = match check.outcome {
		Outcome::Passed => "✓",
		Outcome::Failed => "✗",
		Outcome::Skipped => "–",
	};
	format!("{mark} {}: {}", check.name, check.text)
}

async fn anchor(anchor: &Anchor, receipt: &Receipt) -> Result<Authorities, CliError> {
	if let Some(path) = &anchor.chain_spec {
		let bytes = files::read(path, files::MAX_DOCUMENT)?;
		return Authorities::of_chain_spec(&bytes).map_err(|problem| {
			CliError::file(path, problem, "export it with: semblance-node export-chain-spec --raw")
		});
	}
	if let Some(path) = &anchor.authorities {
		return files::read_json(path, "list of authorities");
	}
	let url = anchor.trust_node.as_deref().ok_or_else(|| {
		CliError::input("no root of trust was named", "give --chain-spec, --authorities or --trust-node")
	})?;
	let chain = Chain::connect(url).await?;
	if chain.genesis() != receipt.genesis {
		let problem =
			format!("the node at {url} is of the chain {:?}, the receipt of {:?}", chain.genesis(), receipt.genesis);
		return Err(CliError::input(problem, "name a node of the receipt's chain"));
	}
	Authorities::of_node(&chain, receipt.final_hash()).await
}
