//! Evaluates a synthetic file against real ones:
//! `cargo run -p semblance-synthesis --example evaluate_files -- [--target=COLUMN] SCHEMA REAL HOLDOUT SYNTHETIC OUT`
//!
//! SCHEMA is a file, or `infer` for a schema of all three tables, which have one header. HOLDOUT may be `-` for none.
//! Writes `schema.json`, `evaluation.json` and `report.html` to the folder OUT.

use semblance_synthesis::{evaluate, html, InferOptions, Progress, ReportContext, Schema, Table};
use std::{error::Error, fs, path::PathBuf, time::Instant};

/// Says on standard error how long each stage took.
struct Stages(&'static str, Instant);

impl Progress for Stages {
	fn step(&mut self, stage: &'static str, _done: u64, _total: u64) -> bool {
		if stage != self.0 {
			eprintln!("{:>8.2} s {}", self.1.elapsed().as_secs_f64(), self.0);
			*self = Self(stage, Instant::now());
		}
		true
	}
}

/// A schema of the first file's header and all files' rows.
fn infer(files: &[&String], target: Option<String>) -> Result<Schema, Box<dyn Error>> {
	let mut all = Vec::new();
	for (at, name) in files.iter().filter(|name| **name != "-").enumerate() {
		let text = fs::read_to_string(name)?;
		for line in text.lines().skip(usize::from(at > 0)) {
			all.extend_from_slice(line.as_bytes());
			all.push(b'\n');
		}
	}
	let options = InferOptions { name: "inferred".into(), target, ..InferOptions::default() };
	Ok(Schema::infer(&all, "tables", &options)?.schema)
}

fn main() -> Result<(), Box<dyn Error>> {
	let (options, names): (Vec<String>, Vec<String>) =
		std::env::args().skip(1).partition(|name| name.starts_with("--target="));
	let target = options.first().and_then(|option| option.strip_prefix("--target=")).map(str::to_owned);
	let [schema, real, hold_out, synthetic, out] = names.as_slice() else {
		return Err("name SCHEMA REAL HOLDOUT SYNTHETIC OUT".into());
	};
	let schema = match schema.as_str() {
		"infer" => infer(&[real, hold_out, synthetic], target)?,
		name => Schema::from_json(&fs::read(name)?)?,
	};
	let bare = schema.without_identifiers();
	let read = |name: &String| -> Result<Table, Box<dyn Error>> {
		let csv = fs::read(name)?;
		let table = Table::parse_csv(&csv, name, &bare).or_else(|_| Table::parse_csv(&csv, name, &schema))?;
		Ok(table.without_identifiers())
	};
	let real = read(real)?;
	let hold_out = if hold_out == "-" { real.select(&[])? } else { read(hold_out)? };
	let synthetic = read(synthetic)?;
	let mut stages = Stages("reading", Instant::now());
	let evaluation = evaluate(&real, &hold_out, &synthetic, &mut stages)?;
	stages.step("report", 0, 1);
	let page = html(&ReportContext { title: schema.name.clone(), facts: Vec::new() }, &evaluation, &real, &synthetic)?;
	stages.step("writing", 0, 1);
	let out = PathBuf::from(out);
	fs::create_dir_all(&out)?;
	fs::write(out.join("schema.json"), bare.to_canonical_json())?;
	fs::write(out.join("evaluation.json"), serde_json::to_vec_pretty(&evaluation)?)?;
	fs::write(out.join("report.html"), page)?;
	for metric in &evaluation.headline {
		println!("{}\t{:.6}\t{}", metric.id.number(), metric.value_ppm as f64 / 1e6, metric.id.title());
	}
	Ok(())
}
