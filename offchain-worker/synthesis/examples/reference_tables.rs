//! Writes the tables that `tests/sdmetrics.rs` measures, so that `tests/sdmetrics_reference.py` can measure them too:
//! `cargo run -p semblance-synthesis --example reference_tables -- FOLDER`

use semblance_synthesis::{fit, simulate, GeneratorKind, NoProgress, Table};
use std::{error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
	let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
	fs::create_dir_all(&folder)?;
	let cohort = simulate(100, [7; 32])?;
	let real = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema)?;
	fs::write(folder.join("schema.json"), real.schema().without_identifiers().to_canonical_json())?;
	fs::write(folder.join("real.csv"), real.without_identifiers().to_canonical_csv())?;
	for kind in GeneratorKind::ALL {
		let model = fit(kind, &real, [1; 32], &mut NoProgress)?;
		let synthetic = model.sample([2; 32], 300, &mut NoProgress)?;
		fs::write(folder.join(format!("{kind}.csv")), synthetic.to_canonical_csv())?;
	}
	Ok(())
}
