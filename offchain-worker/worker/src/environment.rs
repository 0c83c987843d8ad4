//! In what environment a job ran: enough to build the same again, nothing that names a machine.

use crate::jobs::check::own_code;
use semblance_primitives::{commitment::sha3_256, Digest};
use serde::Serialize;

#[derive(Serialize)]
struct Environment {
	format: u16,
	worker: &'static str,
	generators: String,
	operating_system: &'static str,
	architecture: &'static str,
	pointer_bits: u32,
	little_endian: bool,
}

/// The canonical JSON description of this worker's environment.
pub fn describe() -> Vec<u8> {
	let environment = Environment {
		format: 1,
		worker: env!("CARGO_PKG_VERSION"),
		generators: hex::encode(own_code()),
		operating_system: std::env::consts::OS,
		architecture: std::env::consts::ARCH,
		pointer_bits: usize::BITS,
		little_endian: cfg!(target_endian = "little"),
	};
	// Strings, booleans and small integers always serialise.
	serde_json_canonicalizer::to_vec(&environment).unwrap_or_default()
}

/// Digest of [`describe`].
pub fn digest() -> Digest {
	sha3_256(&describe())
}
