//! What is signed: domain ‖ type tag ‖ genesis hash ‖ nonce ‖ last valid block ‖ body, all in SCALE.
//!
//! The tag keeps a signature over one type from passing for another; the genesis hash keeps it on one chain.

use crate::{BlockNumber, Digest};
use alloc::vec::Vec;
use codec::Encode;
use sp_application_crypto::KeyTypeId;

/// Domain of every signature.
pub const DOMAIN: &[u8] = b"semblance/signed/1";
/// Tag of a patient's order ([`crate::consent::ConsentOrder`]).
pub const CONSENT_ORDER: &[u8] = b"consent-order";
/// Tag of a worker's acceptance.
pub const ACCEPT: &[u8] = b"job-accept";
/// Tag of an attestation.
pub const ATTEST: &[u8] = b"job-attest";
/// Tag of a failure report.
pub const FAIL: &[u8] = b"job-fail";

/// Type of the attestation key, part of the session keys.
pub const ATTESTATION_KEY: KeyTypeId = KeyTypeId(*b"attn");

/// The sr25519 key with which a hospital's node signs what its worker says.
pub mod attestation_key {
	mod app {
		use sp_application_crypto::{app_crypto, sr25519};
		app_crypto!(sr25519, super::super::ATTESTATION_KEY);
	}

	sp_application_crypto::with_pair! {
		/// The key pair.
		pub type AttestationPair = app::Pair;
	}
	/// The signature.
	pub type AttestationSignature = app::Signature;
	/// The public key.
	pub type AttestationKey = app::Public;
}

/// The bytes to sign.
pub fn message<Body: Encode>(
	tag: &[u8],
	genesis: &Digest,
	nonce: u32,
	valid_until: BlockNumber,
	body: &Body,
) -> Vec<u8> {
	(DOMAIN, tag, genesis, nonce, valid_until, body).encode()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn messages_are_golden() {
		let bytes = message(CONSENT_ORDER, &Digest::repeat_byte(1), 2, 3, &4u8);
		assert_eq!(
			hex::encode(bytes),
			format!("48{}34{}{}020000000300000004", hex::encode(DOMAIN), hex::encode(CONSENT_ORDER), "01".repeat(32)),
		);
	}

	#[test]
	fn neither_tag_nor_chain_can_be_exchanged() {
		let base = message(ACCEPT, &Digest::repeat_byte(1), 0, 0, &());
		assert_ne!(base, message(ATTEST, &Digest::repeat_byte(1), 0, 0, &()));
		assert_ne!(base, message(ACCEPT, &Digest::repeat_byte(2), 0, 0, &()));
	}
}
