//! Digests: SHA3-256 everywhere.

use sha3::{Digest as _, Sha3_256};

/// A SHA3-256 digest, or a seed of the same size.
pub type Digest = [u8; 32];

/// SHA3-256 of `bytes` (FIPS 202).
pub(crate) fn sha3_256(bytes: &[u8]) -> Digest {
	Sha3_256::digest(bytes).into()
}

/// Every source file of this crate in order of its path, relative to `src` and with `/`, and its text.
const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// SHA3-256 over the sources of this crate, so that a record can name the generator code that ran.
///
/// Every `src/**/*.rs` in order of its path, each as length of path, path, length of text, text; lengths are 64-bit
/// little endian.
#[must_use]
pub fn code_digest() -> Digest {
	let mut hash = Sha3_256::new();
	for part in SOURCES.iter().flat_map(|(path, text)| [path, text]) {
		hash.update((part.len() as u64).to_le_bytes());
		hash.update(part.as_bytes());
	}
	hash.finalize().into()
}
