#![doc = include_str!("../README.md")]
#![deny(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::panic,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects
)]
#![cfg_attr(
	test,
	allow(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::panic,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects
	)
)]

mod blob;
mod release;
mod wrap;

pub use blob::{open, seal, OpenError, CHUNK_BYTES, HEADER_BYTES, MAGIC, TAG_BYTES, VERSION};
pub use release::{artefact_context, ReleaseContext};
pub use wrap::{
	generate_x25519, public_key, unwrap_key, wrap_key, wrap_key_with, KeyPair, RandomnessError, UnwrapError, WrapError,
	WrappedKey, INFO,
};

/// A symmetric key, 32 bytes.
pub type Key = [u8; 32];
