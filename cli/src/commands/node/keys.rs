//! A node's own keys, in the files in which nodes of the Polkadot SDK look for them.

use super::address::PEER_ID_PREFIX;
use crate::{error::CliError, files};
use codec::Encode;
use semblance_primitives::{signing::ATTESTATION_KEY, AccountId, Digest};
use sp_core::{
	crypto::{key_types, KeyTypeId},
	ed25519,
	proof_of_possession::statement_of_ownership,
	sr25519, ByteArray, Pair,
};
use std::path::Path;
use zeroize::Zeroizing;

/// The key of the node's identity in the network.
pub struct NodeKey {
	pair: ed25519::Pair,
	seed: Zeroizing<[u8; 32]>,
}

impl NodeKey {
	/// A new key.
	///
	/// # Errors
	/// If the machine has no source of randomness.
	pub fn generate() -> Result<Self, CliError> {
		let mut seed = Zeroizing::new([0; 32]);
		getrandom::fill(seed.as_mut_slice()).map_err(|error| {
			CliError::input(error.to_string(), "try again on a machine with a source of randomness")
		})?;
		Ok(Self { pair: ed25519::Pair::from_seed(&seed), seed })
	}

	/// Writes it as `--node-key-file` reads it: 64 hexadecimal digits.
	///
	/// # Errors
	/// If the file is there already or the folder cannot be written to.
	pub fn write(&self, path: &Path) -> Result<(), CliError> {
		files::write_secret(path, Zeroizing::new(hex::encode(self.seed.as_slice())).as_bytes())
	}

	/// The peer id: base58 of the public key in its multihash, without a check sum.
	pub fn peer_id(&self) -> String {
		let mut bytes = PEER_ID_PREFIX.to_vec();
		bytes.extend(self.pair.public().as_slice());
		bs58::encode(bytes).into_string()
	}
}

/// The keys with which a validator makes blocks, finalises them, and signs what its worker says.
pub struct SessionKeys {
	aura: Named<sr25519::Pair>,
	grandpa: Named<ed25519::Pair>,
	attestation: Named<sr25519::Pair>,
}

/// A key pair with the phrase that it follows from.
struct Named<P> {
	kind: KeyTypeId,
	pair: P,
	phrase: Zeroizing<String>,
}

impl<P: Pair> Named<P> {
	fn generate(kind: KeyTypeId) -> Self {
		let (pair, phrase, _) = P::generate_with_phrase(None);
		Self { kind, pair, phrase: Zeroizing::new(phrase) }
	}

	/// The keystore's format: key type and public key in hexadecimal name the file, the phrase as JSON is its content.
	fn write(&self, keystore: &Path) -> Result<(), CliError> {
		let name = hex::encode(self.kind.0) + &hex::encode(self.pair.public().as_slice());
		let content = Zeroizing::new(format!("\"{}\"", self.phrase.as_str()));
		files::write_secret(&keystore.join(name), content.as_bytes())
	}
}

impl SessionKeys {
	/// New keys.
	pub fn generate() -> Self {
		Self {
			aura: Named::generate(key_types::AURA),
			grandpa: Named::generate(key_types::GRANDPA),
			attestation: Named::generate(ATTESTATION_KEY),
		}
	}

	/// Writes them into a keystore.
	///
	/// # Errors
	/// If the folder cannot be written to.
	pub fn write(&self, keystore: &Path) -> Result<(), CliError> {
		self.aura.write(keystore)?;
		self.grandpa.write(keystore)?;
		self.attestation.write(keystore)
	}

	/// The public Aura key.
	pub fn aura(&self) -> Digest {
		Digest::from(self.aura.pair.public().0)
	}

	/// The public GRANDPA key.
	pub fn grandpa(&self) -> Digest {
		Digest::from(self.grandpa.pair.public().0)
	}

	/// The public attestation key.
	pub fn attestation(&self) -> Digest {
		Digest::from(self.attestation.pair.public().0)
	}

	/// The public keys in the order and encoding of the runtime's `SessionKeys`.
	pub fn encoded(&self) -> Vec<u8> {
		(self.aura(), self.grandpa(), self.attestation()).encode()
	}

	/// Shows that whoever wrote it holds the secrets: each key's signature over the stash account.
	pub fn proof(&self, stash: &AccountId) -> Vec<u8> {
		let statement = statement_of_ownership(stash.as_ref());
		let (aura, grandpa) = (self.aura.pair.sign(&statement), self.grandpa.pair.sign(&statement));
		(aura, grandpa, self.attestation.pair.sign(&statement)).encode()
	}
}
