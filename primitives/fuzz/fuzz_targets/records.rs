//! What comes from a worker, a patient or a stranger is decoded without a panic, encodes back to the same bytes, and
//! proves nothing that it should not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use parity_scale_codec::{Decode, Encode};
use semblance_primitives::{
	commitment::{verify_path, MerklePath},
	consent::ConsentOrder,
	generation::{Attestation, Job},
	worker_protocol::{WorkOrder, WorkerReply},
	Digest,
};

fn round_trip<T: Decode + Encode>(bytes: &[u8]) {
	let mut input = bytes;
	if let Ok(value) = T::decode(&mut input) {
		assert_eq!(value.encode(), bytes[..bytes.len() - input.len()]);
	}
}

fuzz_target!(|bytes: &[u8]| {
	round_trip::<WorkOrder>(bytes);
	round_trip::<WorkerReply>(bytes);
	round_trip::<ConsentOrder>(bytes);
	round_trip::<Attestation>(bytes);
	round_trip::<Job>(bytes);
	if let Ok(path) = MerklePath::decode(&mut &bytes[..]) {
		assert!(!verify_path(&Digest::repeat_byte(1), &Digest::repeat_byte(2), &path));
	}
});
