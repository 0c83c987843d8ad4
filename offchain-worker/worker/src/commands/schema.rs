//! `semblance-worker schema`

use super::files::{self, NamedColumns};
use std::path::PathBuf;

/// Work on schemas.
#[derive(Debug, clap::Subcommand)]
pub enum Schema {
	/// Propose a schema for a CSV file. Look at the notes, and correct it before you register.
	Infer(Infer),
	/// Confirm a schema: you know, without looking at the file, that its ranges, levels and gaps are what is possible. The
	/// differentially private generators refuse what was read off the data.
	Confirm(Confirm),
}

/// What to confirm.
#[derive(Debug, clap::Args)]
pub struct Confirm {
	/// The schema, with your corrections.
	#[arg(long = "in")]
	input: PathBuf,
	/// File to write the confirmed schema to.
	#[arg(long)]
	out: PathBuf,
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
	/// Column that tells when a row was taken, where a patient has several: a number or date without gaps. Without it one that
	/// is named like a time is proposed.
	#[arg(long)]
	time_column: Option<String>,
	/// Column that the utility metrics predict.
	#[arg(long)]
	target: Option<String>,
	/// File to write to, instead of stdout.
	#[arg(long)]
	out: Option<PathBuf>,
}

impl Schema {
	pub fn run(self) -> anyhow::Result<()> {
		match self {
			Self::Infer(command) => command.run(),
			Self::Confirm(command) => command.run(),
		}
	}
}

impl Infer {
	fn run(self) -> anyhow::Result<()> {
		let csv = files::read(&self.input)?;
		let name = files::name(&self.input);
		let named = NamedColumns {
			target: self.target.as_deref(),
			patient: self.patient_column.as_deref(),
			time: self.time_column.as_deref(),
		};
		let schema = files::schema(None, &csv, &name, named)?;
		let json = serde_json::to_string_pretty(&schema)?;
		match self.out {
			Some(path) => files::write(&path, json.as_bytes()),
			None => files::print(&json),
		}
	}
}

impl Confirm {
	fn run(self) -> anyhow::Result<()> {
		let mut schema = files::schema(Some(&self.input), &[], "", NamedColumns::default())?;
		for column in schema.columns.iter().filter(|column| !column.is_identifier() && column.source.is_some()) {
			let kind = serde_json::to_string(&column.kind)?;
			eprintln!("confirmed: {}: {kind}, missing: {}", column.name, column.missing);
		}
		schema.confirm();
		files::write(&self.out, serde_json::to_string_pretty(&schema)?.as_bytes())
	}
}
