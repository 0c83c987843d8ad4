//! Wrapped keys: HPKE (RFC 9180) to an X25519 key.

use crate::Key;
use hpke::{
	aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::X25519HkdfSha256, Deserializable, Kem as _, OpModeR, OpModeS,
	Serializable,
};
use rand_core::{CryptoRng, Infallible, TryCryptoRng, TryRng};
use zeroize::Zeroizing;

/// HPKE's `info`: keeps a wrapped artefact key from passing for anything else.
pub const INFO: &[u8] = b"semblance/key-release/1";

type Kem = X25519HkdfSha256;

/// A data key as only the holder of the recipient's secret reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
	/// The encapsulated key: an ephemeral X25519 public key.
	pub encapsulated: [u8; 32],
	/// The encrypted data key with its tag, 48 bytes.
	pub wrapped: Vec<u8>,
}

/// An X25519 key pair. The secret is wiped from memory when dropped.
pub struct KeyPair {
	/// The secret, to be kept in a file that only its owner reads.
	pub secret: Zeroizing<[u8; 32]>,
	/// The public key, to be registered on chain.
	pub public: [u8; 32],
}

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes. Try again, and check /dev/urandom")]
pub struct RandomnessError;

/// Why a key cannot be wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrapError {
	/// No usable X25519 key, for example a point of low order.
	#[error("the recipient's key is no usable X25519 public key. Ask the recipient to make and register a new one")]
	RecipientKey,
	/// See [`RandomnessError`].
	#[error(transparent)]
	Randomness(#[from] RandomnessError),
}

/// Why a wrapped key does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnwrapError {
	/// The encapsulated key is no usable X25519 key.
	#[error("the encapsulated key is no usable X25519 key. Ask for the key release again")]
	EncapsulatedKey,
	/// Wrapped to another key or for another release, or changed.
	#[error("the key does not unwrap: it was wrapped to another key or for another release, or changed. Check that the secret key belongs to the registered public key")]
	DoesNotOpen,
}

/// Makes a new X25519 key pair.
///
/// # Errors
/// [`RandomnessError`] if the operating system gives no random bytes.
pub fn generate_x25519() -> Result<KeyPair, RandomnessError> {
	let mut secret = Zeroizing::new([0; 32]);
	getrandom::fill(secret.as_mut()).map_err(|_| RandomnessError)?;
	let public = public_key(&secret);
	Ok(KeyPair { secret, public })
}

/// The public key of an X25519 secret (any 32 bytes are one).
#[must_use]
pub fn public_key(secret: &[u8; 32]) -> [u8; 32] {
	<Kem as hpke::Kem>::PrivateKey::from_bytes(secret)
		.map(|secret| Kem::sk_to_pk(&secret).to_bytes().into())
		.unwrap_or_default()
}

/// Wraps `key` to an X25519 public key. `context` binds it to one release ([`crate::ReleaseContext`]).
///
/// # Errors
/// [`WrapError`] if the recipient's key is unusable or there is no randomness.
pub fn wrap_key(recipient: &[u8; 32], context: &[u8], key: &Key) -> Result<WrappedKey, WrapError> {
	let mut seed = Zeroizing::new([0; 32]);
	getrandom::fill(seed.as_mut()).map_err(|_| RandomnessError)?;
	wrap_key_with(recipient, context, key, &mut OneSeed(seed))
}

/// [`wrap_key`] with the caller's randomness, of which 32 bytes are read.
///
/// # Errors
/// [`WrapError::RecipientKey`] if the recipient's key is unusable.
pub fn wrap_key_with(
	recipient: &[u8; 32],
	context: &[u8],
	key: &Key,
	randomness: &mut impl CryptoRng,
) -> Result<WrappedKey, WrapError> {
	let recipient = <Kem as hpke::Kem>::PublicKey::from_bytes(recipient).map_err(|_| WrapError::RecipientKey)?;
	let (encapsulated, wrapped) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
		&OpModeS::Base,
		&recipient,
		INFO,
		key,
		context,
		randomness,
	)
	.map_err(|_| WrapError::RecipientKey)?;
	Ok(WrappedKey { encapsulated: encapsulated.to_bytes().into(), wrapped })
}

/// Unwraps a key with the recipient's X25519 secret and the same context. Total on hostile input.
///
/// # Errors
/// [`UnwrapError`] says whether the encapsulated key or the whole is wrong.
pub fn unwrap_key(secret: &[u8; 32], context: &[u8], wrapped: &WrappedKey) -> Result<Zeroizing<Key>, UnwrapError> {
	let secret = <Kem as hpke::Kem>::PrivateKey::from_bytes(secret).map_err(|_| UnwrapError::DoesNotOpen)?;
	let encapsulated =
		<Kem as hpke::Kem>::EncappedKey::from_bytes(&wrapped.encapsulated).map_err(|_| UnwrapError::EncapsulatedKey)?;
	let key = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
		&OpModeR::Base,
		&secret,
		&encapsulated,
		INFO,
		&wrapped.wrapped,
		context,
	)
	.map(Zeroizing::new)
	.map_err(|error| match error {
		hpke::HpkeError::OpenError => UnwrapError::DoesNotOpen,
		_ => UnwrapError::EncapsulatedKey,
	})?;
	let key: Key = key.as_slice().try_into().map_err(|_| UnwrapError::DoesNotOpen)?;
	Ok(Zeroizing::new(key))
}

/// The one draw of 32 bytes that HPKE makes, taken from the operating system beforehand so that a failure is an error
/// and no panic. Further draws give zeros; a test shows that there are none.
struct OneSeed(Zeroizing<[u8; 32]>);

impl TryRng for OneSeed {
	type Error = Infallible;
	fn try_next_u32(&mut self) -> Result<u32, Infallible> {
		let mut bytes = [0; 4];
		self.try_fill_bytes(&mut bytes)?;
		Ok(u32::from_le_bytes(bytes))
	}
	fn try_next_u64(&mut self) -> Result<u64, Infallible> {
		let mut bytes = [0; 8];
		self.try_fill_bytes(&mut bytes)?;
		Ok(u64::from_le_bytes(bytes))
	}
	fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
		for (byte, fresh) in bytes.iter_mut().zip(self.0.iter_mut()) {
			*byte = core::mem::take(fresh);
		}
		Ok(())
	}
}

impl TryCryptoRng for OneSeed {}

#[cfg(test)]
mod tests {
	use super::*;
	use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};

	const SECRET: [u8; 32] = [3; 32];
	const KEY: Key = [5; 32];

	fn wrapped() -> WrappedKey {
		let mut randomness = ChaCha20Rng::from_seed([1; 32]);
		wrap_key_with(&public_key(&SECRET), b"context", &KEY, &mut randomness).unwrap()
	}

	#[test]
	fn a_wrapped_key_is_golden() {
		let wrapped = wrapped();
		assert_eq!(
			hex::encode(public_key(&SECRET)),
			"5dfedd3b6bd47f6fa28ee15d969d5bb0ea53774d488bdaf9df1c6e0124b3ef22"
		);
		assert_eq!(
			hex::encode(wrapped.encapsulated),
			"e9c83d33c3e2b9365202716a804433e131dbff85504166a86efb9c8e22fbf474"
		);
		assert_eq!(
			hex::encode(wrapped.wrapped),
			"83e411d7d53ff82b76c7d3c7fc2053e0ec0181bd82eeb8c059eeb2ef602ae56f5a41293c7a4b635858211607944df5cc"
		);
	}

	#[test]
	fn only_the_recipient_unwraps_and_only_in_the_same_context() {
		let wrapped = wrapped();
		assert_eq!(*unwrap_key(&SECRET, b"context", &wrapped).unwrap(), KEY);
		assert_eq!(unwrap_key(&[4; 32], b"context", &wrapped), Err(UnwrapError::DoesNotOpen));
		assert_eq!(unwrap_key(&SECRET, b"other", &wrapped), Err(UnwrapError::DoesNotOpen));
	}

	#[test]
	fn every_flipped_bit_is_noticed() {
		let good = wrapped();
		for bit in 0..8 * (32 + good.wrapped.len()) {
			let mut bad = good.clone();
			// The topmost bit of an X25519 key has no meaning (RFC 7748, section 5), but HPKE hashes it.
			match bad.encapsulated.get_mut(bit / 8) {
				Some(byte) => *byte ^= 1 << (bit % 8),
				None => bad.wrapped[bit / 8 - 32] ^= 1 << (bit % 8),
			}
			assert!(unwrap_key(&SECRET, b"context", &bad).is_err(), "bit {bit}");
		}
	}

	#[test]
	fn points_of_low_order_and_short_ciphertexts_are_refused() {
		assert_eq!(wrap_key(&[0; 32], b"", &KEY), Err(WrapError::RecipientKey));
		let zero = WrappedKey { encapsulated: [0; 32], ..wrapped() };
		assert_eq!(unwrap_key(&SECRET, b"context", &zero), Err(UnwrapError::EncapsulatedKey));
		for bytes in [0, 1, 15, 16, 47] {
			let mut short = wrapped();
			short.wrapped.truncate(bytes);
			assert!(unwrap_key(&SECRET, b"context", &short).is_err());
		}
	}

	#[test]
	fn wrapping_twice_gives_different_bytes() {
		let pair = generate_x25519().unwrap();
		let one = wrap_key(&pair.public, b"c", &KEY).unwrap();
		let two = wrap_key(&pair.public, b"c", &KEY).unwrap();
		assert_ne!(one.encapsulated, two.encapsulated);
		assert_eq!(*unwrap_key(&pair.secret, b"c", &one).unwrap(), KEY);
		assert_eq!(*unwrap_key(&pair.secret, b"c", &two).unwrap(), KEY);
	}

	#[test]
	fn hpke_draws_randomness_once() {
		let mut seed = OneSeed(Zeroizing::new([9; 32]));
		wrap_key_with(&public_key(&SECRET), b"", &KEY, &mut seed).unwrap();
		assert_eq!(*seed.0, [0; 32]);
		struct Counting(u32);
		impl TryRng for Counting {
			type Error = Infallible;
			fn try_next_u32(&mut self) -> Result<u32, Infallible> {
				panic!("32 bytes at once")
			}
			fn try_next_u64(&mut self) -> Result<u64, Infallible> {
				panic!("32 bytes at once")
			}
			fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
				assert_eq!(bytes.len(), 32);
				bytes.fill(1);
				self.0 += 1;
				Ok(())
			}
		}
		impl TryCryptoRng for Counting {}
		let mut counting = Counting(0);
		wrap_key_with(&public_key(&SECRET), b"", &KEY, &mut counting).unwrap();
		assert_eq!(counting.0, 1);
	}
}
