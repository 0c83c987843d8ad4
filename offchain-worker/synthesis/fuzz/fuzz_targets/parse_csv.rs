//! A file is refused, or the schema inferred from it reads it, and its canonical CSV reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use semblance_synthesis::{InferOptions, Schema, Table};

fuzz_target!(|bytes: &[u8]| {
	if let Ok(inference) = Schema::infer(bytes, "fuzz.csv", &InferOptions::default()) {
		// A row without a patient is the one thing that inference leaves to the reader.
		if let Ok(table) = Table::parse_csv(bytes, "fuzz.csv", &inference.schema) {
			let canonical = table.to_canonical_csv();
			let again = Table::parse_csv(&canonical, "canonical.csv", &inference.schema);
			assert_eq!(again.as_ref(), Ok(&table));
		}
	}
});
