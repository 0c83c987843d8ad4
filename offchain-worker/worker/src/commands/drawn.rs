//! A table drawn from a model, with the files that go with it.

use super::files;
use semblance_primitives::{commitment::sha3_256, Digest};
use semblance_synthesis::{Conditions, Model, Progress};
use serde_json::{json, Value};
use std::path::Path;

/// What a model and a public seed come to.
pub struct Drawn {
	generator: &'static str,
	rows: u32,
	sampling_seed: Digest,
	conditions: Option<String>,
	model: Vec<u8>,
	table: Vec<u8>,
	schema: Vec<u8>,
	card: Value,
}

impl Drawn {
	/// Draws `rows` rows that meet the conditions, if there are any.
	///
	/// # Errors
	/// If the conditions cannot be read, or the model gives no such row.
	pub fn from_model(
		model: &Model,
		sampling_seed: Digest,
		rows: u32,
		conditions: Option<&str>,
		progress: &mut dyn Progress,
	) -> anyhow::Result<Self> {
		let given = conditions.map(|text| Conditions::parse(text, model.schema())).transpose()?;
		let given = given.unwrap_or_else(Conditions::none);
		let table = model.sample_given(sampling_seed.to_fixed_bytes(), rows, &given, progress)?;
		Ok(Self {
			generator: model.kind().name(),
			rows,
			sampling_seed,
			conditions: conditions.map(str::to_owned),
			model: model.to_bytes(),
			table: table.to_canonical_csv(),
			schema: table.schema().to_canonical_json(),
			card: model.card(),
		})
	}

	/// What was made, by digests.
	pub fn summary(&self) -> Value {
		let mut summary = json!({
			"generator": self.generator,
			"rows": self.rows,
			"sampling_seed": self.sampling_seed,
			"model_sha3": sha3_256(&self.model),
			"table_sha3": sha3_256(&self.table),
		});
		if let Some(conditions) = &self.conditions {
			files::put(&mut summary, "where", json!(conditions));
		}
		summary
	}

	/// Writes model.bin, card.json, table.csv, schema.json and summary.json, and the summary to stdout.
	///
	/// # Errors
	/// If a file cannot be written.
	pub fn write(&self, folder: &Path, summary: &Value) -> anyhow::Result<()> {
		files::folder(folder)?;
		files::write(&folder.join("model.bin"), &self.model)?;
		files::write(&folder.join("card.json"), &serde_json_canonicalizer::to_vec(&self.card)?)?;
		files::write(&folder.join("table.csv"), &self.table)?;
		files::write(&folder.join("schema.json"), &self.schema)?;
		files::write(&folder.join("summary.json"), &serde_json_canonicalizer::to_vec(summary)?)?;
		files::print(&summary.to_string())
	}
}
