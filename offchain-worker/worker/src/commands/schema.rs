//! `semblance-worker schema`

use super::files;
use std::path::PathBuf;

/// Work on schemas.
#[derive(Debug, clap::Subcommand)]
pub enum Schema {
	/// Propose a schema for a CSV file. Look at the notes, and correct it before you register.
	Infer(Infer),
}

/// What to infer from.
#[derive(Debug, clap::Args)]
pub struct Infer {
	/// CSV file.
	#[arg(long = "in")]
	input: PathBuf,
	/// Column with the patient's number.
	#[arg(long)]
	patient_column: Option<String>,
	/// Column that the utility metrics predict.
	#[arg(long)]
	target: Option<String>,
	/// File to write to, instead of stdout.
	#[arg(long)]
	out: Option<PathBuf>,
}

impl Schema {
	pub fn run(self) -> anyhow::Result<()> {
		let Self::Infer(infer) = self;
		let csv = files::read(&infer.input)?;
		let name = files::name(&infer.input);
		let schema = files::schema(None, &csv, &name, infer.target.as_deref(), infer.patient_column.as_deref())?;
		let json = serde_json::to_string_pretty(&schema)?;
		match infer.out {
			Some(path) => files::write(&path, json.as_bytes()),
			None => files::print(&json),
		}
	}
}
