//! `semblance-worker simulate`

use super::files;
use semblance_synthesis::{simulate_shaped, CohortShape};
use std::path::PathBuf;

/// Write a simulated cohort: nobody's data, with the structure and the gaps of real records.
#[derive(Debug, clap::Args)]
pub struct Simulate {
	/// Number of patients.
	#[arg(long)]
	patients: u32,
	/// Seed, hexadecimal; the same seed gives the same bytes.
	#[arg(long, value_parser = files::seed)]
	seed: [u8; 32],
	/// Shape: census (15 columns, a row per patient), standard (33, a row per visit) or wide (50, a row per patient).
	#[arg(long, default_value_t)]
	shape: CohortShape,
	/// CSV file to write.
	#[arg(long)]
	out: PathBuf,
	/// File to write the schema to.
	#[arg(long)]
	schema_out: Option<PathBuf>,
}

impl Simulate {
	pub fn run(self) -> anyhow::Result<()> {
		let cohort = simulate_shaped(self.shape, self.patients, self.seed)?;
		files::write(&self.out, &cohort.csv)?;
		if let Some(path) = &self.schema_out {
			files::write(path, &cohort.schema.to_canonical_json())?;
		}
		eprintln!("{} patients in {}", self.patients, self.out.display());
		Ok(())
	}
}
