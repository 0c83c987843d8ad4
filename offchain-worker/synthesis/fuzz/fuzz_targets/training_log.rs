//! A log is refused, or is the only form of itself, adds up, and can be compared with a model. The search changes a good log in
//! one place, and the seal is put right, so that it reaches what lies behind it; it is given the bare bytes too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use semblance_synthesis::{train, MeasureOptions, Model, NoCheckpoints, NoProgress, Schema, Table, TrainingLog};
use std::sync::OnceLock;

static GOOD: OnceLock<(Model, Vec<u8>)> = OnceLock::new();

fn good() -> (Model, Vec<u8>) {
	let rows: String = (0..60).map(|row| format!("{},{}\n", 20 + row % 31, ["f", "m"][row % 2])).collect();
	let csv = format!("age,sex\n{rows}");
	let mut schema = Schema::infer(csv.as_bytes(), "cohort.csv", &Default::default()).expect("a schema").schema;
	schema.confirm();
	let table = Table::parse_csv(csv.as_bytes(), "cohort.csv", &schema).expect("a table");
	let options = MeasureOptions { rho_micro: 500_000, ..MeasureOptions::default() };
	let (model, log) = train(&table, &options, [1; 32], &mut NoCheckpoints, &mut NoProgress).expect("a training");
	(model, log.to_bytes())
}

/// The good log with a part of up to 255 bytes replaced: two bytes say where, one how much, the rest is put there.
fn changed(log: &[u8], change: &[u8]) -> Option<Vec<u8>> {
	let [high, low, length, rest @ ..] = change else { return None };
	let start = usize::from(u16::from_be_bytes([*high, *low])) % log.len();
	let end = (start + usize::from(*length)).min(log.len());
	Some([&log[..start], rest, &log[end..]].concat())
}

fuzz_target!(|bytes: &[u8]| {
	let (model, log) = GOOD.get_or_init(good);
	let nearly = changed(log, bytes);
	let sealed = nearly.as_deref().and_then(TrainingLog::resealed);
	for bytes in [Some(bytes.to_vec()), TrainingLog::resealed(bytes), nearly, sealed].into_iter().flatten() {
		if let Ok(read) = TrainingLog::from_bytes(&bytes) {
			assert_eq!(read.to_bytes(), bytes);
			assert_eq!(read.ledger().verify(), Ok(()));
			assert!(read.ledger().entries().iter().any(|entry| entry.mechanism == read.training()));
			let _ = read.check_model(model);
		}
	}
});
