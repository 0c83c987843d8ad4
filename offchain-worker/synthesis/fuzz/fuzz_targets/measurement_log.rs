//! A log is refused, or is the only form of itself and leads to a model that can be sampled. The seal is put right first,
//! so that the search reaches what lies behind it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use semblance_synthesis::{MeasurementLog, NoProgress};

fuzz_target!(|bytes: &[u8]| {
	for bytes in [Some(bytes.to_vec()), MeasurementLog::resealed(bytes)].into_iter().flatten() {
		if let Ok(log) = MeasurementLog::from_bytes(&bytes) {
			assert_eq!(log.to_bytes(), bytes);
			if let Ok(model) = log.fit(&mut NoProgress) {
				let _ = model.sample([1; 32], 3, &mut NoProgress);
			}
		}
	}
});
