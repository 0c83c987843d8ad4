//! `semblance-worker resample`

use super::{drawn::Drawn, files, progress::Bar};
use anyhow::Context;
use semblance_primitives::{commitment::sha3_256, Digest};
use semblance_synthesis::MeasurementLog;
use std::path::PathBuf;

/// Make model and table again from a measurement log, without data.
#[derive(Debug, clap::Args)]
pub struct Resample {
	/// The measurement log.
	#[arg(long)]
	log: PathBuf,
	/// Sampling seed, hexadecimal: of a job the attested one, of `synthesize` the one in summary.json.
	#[arg(long, value_parser = files::seed)]
	seed: [u8; 32],
	/// Rows to make; the attested number for the attested table.
	#[arg(long)]
	rows: u32,
	/// Conditions that every row meets, for example "age >= 65, sex = F".
	#[arg(long = "where", value_name = "CONDITIONS")]
	conditions: Option<String>,
	/// Folder for model.bin, card.json, table.csv, schema.json and summary.json.
	#[arg(long)]
	out: PathBuf,
}

impl Resample {
	pub fn run(self) -> anyhow::Result<()> {
		let bytes = files::read(&self.log)?;
		let log = MeasurementLog::from_bytes(&bytes).with_context(|| self.log.display().to_string())?;
		let mut bar = Bar::new();
		let model = log.fit(&mut bar)?;
		let seed = Digest::from(self.seed);
		let drawn = Drawn::from_model(&model, seed, self.rows, self.conditions.as_deref(), &mut bar)?;
		drop(bar);
		let mut summary = drawn.summary();
		files::put(&mut summary, "log_sha3", serde_json::json!(sha3_256(&bytes)));
		drawn.write(&self.out, &summary)?;
		eprintln!("{} rows from {}: {}", self.rows, self.log.display(), self.out.display());
		Ok(())
	}
}
