//! `semblance-worker encode`

use super::files::{self, NamedColumns};
use anyhow::Context;
use semblance_synthesis::{Domain, MeasurementLog, Table};
use serde_json::{json, Map};
use std::{fmt::Write, path::PathBuf, sync::Arc};

/// Write a table as the whole numbers that mst and aim count, and how its columns are cut.
///
/// The files hold patients' data as the table does, and exact counts: they are for people in the hospital.
#[derive(Debug, clap::Args)]
pub struct Encode {
	/// CSV file.
	#[arg(long = "in")]
	input: PathBuf,
	/// Its schema; inferred if not given.
	#[arg(long)]
	schema: Option<PathBuf>,
	/// Measurement log of a release: cut columns, and group their levels, as it did.
	#[arg(long, conflicts_with = "bins")]
	log: Option<PathBuf>,
	/// Ranges of equal width for numbers and dates without bins, when there is no log.
	#[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=10_000))]
	bins: u32,
	/// Folder for codes.csv (a number from 0 for every cell), domain.json (levels of every column) and levels.csv (what each
	/// number stands for, its group in the log, and its rows).
	#[arg(long)]
	out: PathBuf,
}

impl Encode {
	pub fn run(self) -> anyhow::Result<()> {
		let csv = files::read(&self.input)?;
		let name = files::name(&self.input);
		let schema = files::schema(self.schema.as_deref(), &csv, &name, NamedColumns::default())?;
		let table = Table::parse_csv(&csv, &name, &schema)?.without_identifiers();
		let (domain, groups) = match &self.log {
			Some(path) => {
				let log =
					MeasurementLog::from_bytes(&files::read(path)?).with_context(|| path.display().to_string())?;
				let (domain, groups) = log.coding()?;
				(domain, Some(groups))
			},
			None => (Domain::equal_width(Arc::new(schema), self.bins)?, None),
		};
		let codes = domain.encode(&table)?;
		files::folder(&self.out)?;
		files::write(&self.out.join("codes.csv"), codes_csv(&domain, &codes, table.rows()).as_bytes())?;
		files::write(&self.out.join("levels.csv"), levels_csv(&domain, &codes, groups.as_deref())?.as_bytes())?;
		let names = domain.schema().columns.iter().map(|column| column.name.clone());
		let sizes: Map<_, _> = names.zip(domain.sizes().into_iter().map(|size| json!(size))).collect();
		files::write(&self.out.join("domain.json"), &serde_json::to_vec(&sizes)?)?;
		eprintln!("{} rows of {} columns as numbers: {}", table.rows(), domain.columns(), self.out.display());
		Ok(())
	}
}

fn names(domain: &Domain) -> Vec<String> {
	domain.schema().columns.iter().map(|column| quoted(&column.name)).collect()
}

fn codes_csv(domain: &Domain, codes: &[Vec<u32>], rows: usize) -> String {
	let mut out = names(domain).join(",");
	out.push('\n');
	for row in 0..rows {
		let cells: Vec<String> = codes.iter().filter_map(|column| column.get(row)).map(ToString::to_string).collect();
		out.push_str(&cells.join(","));
		out.push('\n');
	}
	out
}

fn levels_csv(domain: &Domain, codes: &[Vec<u32>], groups: Option<&[Vec<u32>]>) -> anyhow::Result<String> {
	let mut out = String::from("column,level,kind,first,last,group,rows\n");
	for (at, (name, codes)) in names(domain).iter().zip(codes).enumerate() {
		let mut rows = vec![0u64; domain.column(at).map_or(0, |column| column.size())];
		for code in codes {
			rows[*code as usize] += 1;
		}
		for (level, rows) in (0u32..).zip(rows) {
			let Some(text) = domain.level_text(at, level) else { continue };
			let group = groups.and_then(|groups| groups.get(at)?.get(level as usize));
			let group = group.map_or_else(String::new, ToString::to_string);
			let kind = serde_json::to_value(text.kind)?;
			let kind = kind.as_str().unwrap_or_default();
			writeln!(out, "{name},{level},{kind},{},{},{group},{rows}", quoted(&text.first), quoted(&text.last))?;
		}
	}
	Ok(out)
}

/// A cell of a CSV file.
fn quoted(text: &str) -> String {
	if text.contains(['"', ',', '\n', '\r']) {
		format!("\"{}\"", text.replace('"', "\"\""))
	} else {
		text.to_owned()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use semblance_synthesis::{measure, simulate_shaped, CohortShape, GeneratorKind, MeasureOptions, NoProgress};
	use std::fs;

	#[test]
	fn every_cell_has_a_number_and_every_number_its_meaning() {
		let folder = tempfile::tempdir().unwrap();
		let path = |name: &str| folder.path().join(name);
		let cohort = simulate_shaped(CohortShape::Census, 500, [5; 32]).unwrap();
		let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
		let options = MeasureOptions { rho_micro: 30_000, ..MeasureOptions::default() };
		let log = measure(GeneratorKind::Mst, &table, &options, [1; 32], &mut NoProgress).unwrap();
		files::write(&path("in.csv"), &cohort.csv).unwrap();
		files::write(&path("schema.json"), &cohort.schema.to_canonical_json()).unwrap();
		files::write(&path("measurement.log"), &log.to_bytes()).unwrap();
		for log in [None, Some(path("measurement.log"))] {
			let by_log = log.is_some();
			let command =
				Encode { input: path("in.csv"), schema: Some(path("schema.json")), log, bins: 16, out: path("out") };
			command.run().unwrap();
			let text = |name: &str| fs::read_to_string(path("out").join(name)).unwrap();
			let (codes, levels) = (text("codes.csv"), text("levels.csv"));
			let sizes: std::collections::BTreeMap<String, u32> = serde_json::from_str(&text("domain.json")).unwrap();
			let header: Vec<&str> = codes.lines().next().unwrap().split(',').collect();
			assert_eq!(header.len(), table.schema().columns.len() - 1, "the identifier is left out");
			assert_eq!(codes.lines().count(), table.rows() + 1);
			for line in codes.lines().skip(1) {
				assert!(line.split(',').zip(&header).all(|(code, name)| code.parse::<u32>().unwrap() < sizes[*name]));
			}
			assert_eq!(levels.lines().count() as u32, 1 + sizes.values().sum::<u32>());
			let rows = |name: &str| -> usize {
				let of = levels.lines().filter(|line| line.starts_with(&format!("{name},")));
				of.map(|line| line.rsplit(',').next().unwrap().parse::<usize>().unwrap()).sum()
			};
			assert!(header.iter().all(|name| rows(name) == table.rows()));
			let grouped = |line: &str| line.split(',').rev().nth(1).is_some_and(|group| !group.is_empty());
			assert!(levels.lines().skip(1).all(|line| grouped(line) == by_log));
			assert!(levels.contains("weekly_hours,") && levels.contains(",spike,40,40,"));
		}
	}
}
