//! `semblance-worker evaluate`

use super::{
	files::{self, NamedColumns},
	progress::Bar,
};
use semblance_synthesis::{evaluate, html, ReportContext, Schema, Table};
use std::path::PathBuf;

/// Compare a synthetic table with real ones.
#[derive(Debug, clap::Args)]
pub struct Evaluate {
	/// CSV file that the generator learnt from.
	#[arg(long)]
	real: PathBuf,
	/// CSV file with real rows of other patients.
	#[arg(long)]
	holdout: PathBuf,
	/// CSV file with synthetic rows.
	#[arg(long)]
	synthetic: PathBuf,
	/// Schema of the files; inferred from the real ones if not given.
	#[arg(long)]
	schema: Option<PathBuf>,
	/// Column that the utility metrics predict.
	#[arg(long)]
	target: Option<String>,
	/// Folder for evaluation.json and report.html.
	#[arg(long)]
	out: PathBuf,
}

impl Evaluate {
	pub fn run(self) -> anyhow::Result<()> {
		let (real, holdout, synthetic) =
			(files::read(&self.real)?, files::read(&self.holdout)?, files::read(&self.synthetic)?);
		// Levels and ranges of both real files count, and those of the synthetic one where it has the same columns.
		let mut all = appended(&real, &holdout);
		if header(&synthetic) == header(&real) {
			all = appended(&all, &synthetic);
		}
		let named = NamedColumns { target: self.target.as_deref(), ..NamedColumns::default() };
		let schema = files::schema(self.schema.as_deref(), &all, &files::name(&self.real), named)?;
		// Patients keep their numbers: folds of the detection keep a patient's rows together.
		let training = Table::parse_csv(&real, &files::name(&self.real), &schema)?;
		let hold_out = Table::parse_csv(&holdout, &files::name(&self.holdout), &schema)?;
		let made = parse_synthetic(&synthetic, &files::name(&self.synthetic), &schema)?;
		let evaluation = evaluate(&training, &hold_out, &made, &mut Bar::new())?;
		let context = ReportContext {
			title: schema.name.clone(),
			facts: [("Real", &self.real), ("Hold-out", &self.holdout), ("Synthetic", &self.synthetic)]
				.map(|(label, path)| (label.to_owned(), files::name(path)))
				.to_vec(),
		};
		let report = html(&context, &evaluation, &training, &made)?;
		files::folder(&self.out)?;
		files::write(&self.out.join("evaluation.json"), &serde_json::to_vec_pretty(&evaluation)?)?;
		files::write(&self.out.join("report.html"), report.as_bytes())?;
		files::print(&serde_json::json!({ "headline": evaluation.headline }).to_string())?;
		eprintln!("report: {}", self.out.join("report.html").display());
		Ok(())
	}
}

/// Synthetic tables have no identifier columns; files made elsewhere may have kept them.
fn parse_synthetic(csv: &[u8], name: &str, schema: &Schema) -> anyhow::Result<Table> {
	let bare = schema.without_identifiers();
	match Table::parse_csv(csv, name, &bare) {
		Ok(table) => Ok(table),
		Err(error) if bare.columns.len() < schema.columns.len() => {
			Table::parse_csv(csv, name, schema).map(|table| table.without_identifiers()).map_err(|_| error.into())
		},
		Err(error) => Err(error.into()),
	}
}

fn header(csv: &[u8]) -> &[u8] {
	csv.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii()
}

/// The rows of `second` after `first`, if both have the same header; else `first`.
fn appended(first: &[u8], second: &[u8]) -> Vec<u8> {
	let mut all = first.to_vec();
	if header(first) == header(second) {
		let body = second.iter().position(|byte| *byte == b'\n').and_then(|end| second.get(end + 1..));
		if !all.ends_with(b"\n") {
			all.push(b'\n');
		}
		all.extend_from_slice(body.unwrap_or_default());
	}
	all
}
