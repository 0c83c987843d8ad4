//! A schema is refused, or its canonical JSON is read back as the same schema.
#![no_main]

use libfuzzer_sys::fuzz_target;
use semblance_synthesis::Schema;

fuzz_target!(|bytes: &[u8]| {
	if let Ok(schema) = Schema::from_json(bytes) {
		let canonical = schema.to_canonical_json();
		assert_eq!(Schema::from_json(&canonical).as_ref(), Ok(&schema));
	}
});
