//! `semblance-worker synthesize`

use super::{files, progress::Bar};
use codec::Encode;
use semblance_primitives::{commitment::sha3_256, seeds, Digest};
use semblance_synthesis::{fit, GeneratorKind, Table};
use std::{path::PathBuf, time::Instant};

/// Learn from a table and write a synthetic one, without a chain.
#[derive(Debug, clap::Args)]
pub struct Synthesize {
	/// CSV file to learn from.
	#[arg(long = "in")]
	input: PathBuf,
	/// Its schema; inferred if not given.
	#[arg(long)]
	schema: Option<PathBuf>,
	/// Generator, see `semblance-worker generators`.
	#[arg(long, default_value = "gaussian-copula")]
	generator: GeneratorKind,
	/// Rows to make.
	#[arg(long)]
	rows: u32,
	/// Seed, hexadecimal; the same data and seed give the same bytes.
	#[arg(long, value_parser = files::seed)]
	seed: [u8; 32],
	/// Folder for model.bin, table.csv, schema.json and summary.json.
	#[arg(long)]
	out: PathBuf,
}

impl Synthesize {
	pub fn run(self) -> anyhow::Result<()> {
		let csv = files::read(&self.input)?;
		let name = files::name(&self.input);
		let schema = files::schema(self.schema.as_deref(), &csv, &name, None, None)?;
		let training = Table::parse_csv(&csv, &name, &schema)?.without_identifiers();
		let began = Instant::now();
		let mut bar = Bar::new();
		let noise_seed = sha3_256(&("semblance/standalone/noise/1", self.seed).encode());
		let model = fit(self.generator, &training, noise_seed.to_fixed_bytes(), &mut bar)?;
		let model_bytes = model.to_bytes();
		let model_digest = sha3_256(&model_bytes);
		let sampling_seed = seeds::sampling_seed(&Digest::from(self.seed), &model_digest, self.rows);
		let synthetic = model.sample(sampling_seed.to_fixed_bytes(), self.rows, &mut bar)?;
		drop(bar);
		let seconds = began.elapsed().as_secs_f64();
		let table = synthetic.to_canonical_csv();
		let summary = serde_json::json!({
			"generator": self.generator.name(),
			"rows": self.rows,
			"sampling_seed": sampling_seed,
			"model_sha3": model_digest,
			"table_sha3": sha3_256(&table),
		});
		files::folder(&self.out)?;
		files::write(&self.out.join("model.bin"), &model_bytes)?;
		files::write(&self.out.join("table.csv"), &table)?;
		files::write(&self.out.join("schema.json"), &synthetic.schema().to_canonical_json())?;
		files::write(&self.out.join("summary.json"), &serde_json_canonicalizer::to_vec(&summary)?)?;
		files::print(&summary.to_string())?;
		eprintln!("{} rows from {} rows in {seconds:.2} s: {}", self.rows, training.rows(), self.out.display());
		Ok(())
	}
}
