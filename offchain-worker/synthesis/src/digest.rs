//! Digests: SHA3-256 everywhere.

use sha3::{Digest as _, Sha3_256};

/// A SHA3-256 digest, or a seed of the same size.
pub type Digest = [u8; 32];

/// SHA3-256 of `bytes` (FIPS 202).
pub(crate) fn sha3_256(bytes: &[u8]) -> Digest {
    Sha3_256::digest(bytes).into()
}

/// SHA3-256 over the sources of this crate, so that a record can name the generator code that ran.
///
/// Computed when the crate is built: every `src/**/*.rs` in order of its path, each as length of
/// path, path, length of text, text; lengths are 64-bit little endian.
#[must_use]
pub fn code_digest() -> Digest {
    include!(concat!(env!("OUT_DIR"), "/code_digest.rs"))
}
