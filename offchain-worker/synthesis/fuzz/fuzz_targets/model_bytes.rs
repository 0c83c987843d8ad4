//! An artefact is refused, or is the only form of its model and can be sampled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use semblance_synthesis::{Model, NoProgress, SynthesisError};

fuzz_target!(|bytes: &[u8]| {
	if let Ok(model) = Model::from_bytes(bytes) {
		assert_eq!(model.to_bytes(), bytes);
		// A network's tokens may all be forbidden by the constraints of the schema beside it.
		let drawn = model.sample([1; 32], 3, &mut NoProgress);
		assert!(matches!(drawn, Ok(_) | Err(SynthesisError::Impossible | SynthesisError::Encode(_))));
	}
});
