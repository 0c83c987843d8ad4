//! Who signs: an sr25519 key from a secret URI or from a file that holds one.

use crate::error::ChainError;
use semblance_primitives::AccountId;
use std::{path::Path, str::FromStr};
use subxt_signer::{sr25519::Keypair, SecretUri};

/// Largest key file that is read, in bytes; a seed phrase has a few hundred at most.
const MAX_KEY_FILE: u64 = 4 * 1024;

/// An account's sr25519 key. Its secret is never shown, not even by `Debug`.
#[derive(Clone)]
pub struct Signer {
	keypair: Keypair,
}

impl Signer {
	/// Reads a key from a secret URI (`//Alice`, a seed phrase, `0x` and 64 hexadecimal digits, each with derivations)
	/// or from a file whose first line is one. Whatever names an existing file is read as a file.
	///
	/// # Errors
	/// [`ChainError::Signer`] if it is neither.
	pub fn from_uri_or_file(source: &str) -> Result<Self, ChainError> {
		let path = Path::new(source);
		if !path.is_file() {
			return Self::from_uri(source);
		}
		let refuse = |problem: String| ChainError::Signer { problem: format!("the key file {source} {problem}") };
		let size = path.metadata().map_err(|error| refuse(format!("cannot be read: {error}")))?.len();
		if size > MAX_KEY_FILE {
			return Err(refuse(format!("has {size} bytes; it should hold one line with a seed phrase")));
		}
		let text = std::fs::read_to_string(path).map_err(|error| refuse(format!("cannot be read: {error}")))?;
		let line = text.lines().map(str::trim).find(|line| !line.is_empty());
		Self::from_uri(line.ok_or_else(|| refuse("is empty".into()))?)
			.map_err(|_| refuse("holds neither a seed phrase nor a secret URI on its first line".into()))
	}

	/// Reads a key from a secret URI.
	///
	/// # Errors
	/// [`ChainError::Signer`] if `uri` is none. The error does not repeat the text: it could be a mistyped secret.
	pub fn from_uri(uri: &str) -> Result<Self, ChainError> {
		let refuse = |problem: String| ChainError::Signer { problem };
		let parsed = SecretUri::from_str(uri.trim()).map_err(|error| refuse(format!("no secret URI: {error}")))?;
		let keypair = Keypair::from_uri(&parsed).map_err(|error| refuse(format!("no secret URI: {error}")))?;
		Ok(Self { keypair })
	}

	/// The account that the key controls.
	pub fn account(&self) -> AccountId {
		AccountId::new(self.keypair.public_key().0)
	}

	/// Signs `message` as `MultiSignature::Sr25519` has it.
	pub fn sign(&self, message: &[u8]) -> [u8; 64] {
		self.keypair.sign(message).0
	}

	pub(crate) fn keypair(&self) -> &Keypair {
		&self.keypair
	}
}

impl std::fmt::Debug for Signer {
	fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(formatter, "Signer({})", self.account())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn development_keys_are_the_known_ones() {
		let alice = Signer::from_uri("//Alice").unwrap();
		assert_eq!(alice.account().to_string(), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
	}

	#[test]
	fn a_file_may_hold_the_key() {
		let path = std::env::temp_dir().join(format!("semblance-signer-{}", std::process::id()));
		std::fs::write(&path, "\n  //Bob  \n").unwrap();
		let bob = Signer::from_uri_or_file(path.to_str().unwrap()).unwrap();
		std::fs::remove_file(&path).unwrap();
		assert_eq!(bob.account(), Signer::from_uri("//Bob").unwrap().account());
	}

	#[test]
	fn errors_and_debug_never_repeat_a_secret() {
		let secret = "bottom drive obey lake curtain smoke basket hold race lonely fit walc";
		let error = Signer::from_uri_or_file(secret).unwrap_err();
		assert!(!error.to_string().contains("bottom"), "{error}");
		assert!(!format!("{:?}", Signer::from_uri("//Secret").unwrap()).contains("Secret"));
	}

	#[test]
	fn signatures_verify_as_sr25519() {
		use sp_core::{sr25519, Pair};
		let signer = Signer::from_uri("//Alice").unwrap();
		let signature = sr25519::Signature::from_raw(signer.sign(b"message"));
		let public = sr25519::Public::from_raw(signer.account().into());
		assert!(sr25519::Pair::verify(&signature, b"message", &public));
		assert!(!sr25519::Pair::verify(&signature, b"massage", &public));
	}
}
