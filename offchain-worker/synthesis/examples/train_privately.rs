//! Trains `tabular-lm-dp` on a file and writes a synthetic table, the model and the training log beside each other.
//!
//! ```text
//! cargo run --release -p semblance-synthesis --example train_privately -- TABLE.csv SCHEMA.json RHO_MICRO OUT
//! ```
//! The seeds are fixed: this is for trying a table out, never for a release.

use semblance_synthesis::{train, MeasureOptions, NoCheckpoints, NoProgress, Schema, Table};
use std::{env, error::Error, fs, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
	let arguments: Vec<String> = env::args().skip(1).collect();
	let [file, schema, rho_micro, out] = arguments.as_slice() else {
		return Err("give TABLE.csv SCHEMA.json RHO_MICRO OUT".into());
	};
	let schema = Schema::from_json(&fs::read(schema)?)?;
	let table = Table::parse_csv(&fs::read(file)?, file, &schema)?;
	let options = MeasureOptions { rho_micro: rho_micro.parse()?, ..MeasureOptions::default() };
	let started = Instant::now();
	let (model, log) = train(&table, &options, [4; 32], &mut NoCheckpoints, &mut NoProgress)?;
	println!("trained in {:.1?}, {} of {} nano-rho", started.elapsed(), log.ledger().spent(), log.ledger().total());
	let started = Instant::now();
	let made = model.sample([8; 32], u32::try_from(table.rows())?, &mut NoProgress)?;
	println!("{} rows in {:.1?}", made.rows(), started.elapsed());
	fs::write(format!("{out}.csv"), made.to_canonical_csv())?;
	fs::write(format!("{out}.model"), model.to_bytes())?;
	fs::write(format!("{out}.log.json"), log.to_bytes())?;
	Ok(())
}
