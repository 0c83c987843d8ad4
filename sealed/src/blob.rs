//! Sealed blobs: chunked authenticated encryption, see the crate's documentation for the layout.

use crate::Key;
use chacha20poly1305::{
	aead::{Aead, KeyInit, Payload},
	ChaCha20Poly1305, Nonce,
};
use hkdf::Hkdf;
use sha2::Sha256;
use sha3::{Digest as _, Sha3_256};
use zeroize::Zeroizing;

/// First bytes of every sealed blob.
pub const MAGIC: &[u8; 8] = b"SMBLSEAL";
/// Version of the layout.
pub const VERSION: u8 = 1;
/// Bytes of content in every chunk but the last.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes of a chunk's tag.
pub const TAG_BYTES: usize = 16;
/// Bytes before the first chunk: magic, version, salt.
pub const HEADER_BYTES: usize = 8 + 1 + SALT_BYTES;
const SALT_BYTES: usize = 32;
/// Bytes of a full chunk with its tag.
const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
const SALT_DOMAIN: &[u8] = b"semblance/sealed/salt/1";
const KEY_DOMAIN: &[u8] = b"semblance/sealed/chunks/1";

/// Why a blob does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
	/// The first bytes are not those of a sealed blob.
	#[error("not a sealed blob: the first 8 bytes are not SMBLSEAL. Fetch the artefact again")]
	NotSealed,
	/// A version that this code does not read.
	#[error("sealed blob of version {found}, this code reads version {VERSION}. Use a newer release")]
	#[allow(missing_docs)]
	Version { found: u8 },
	/// Fewer bytes than a header and a tag.
	#[error("sealed blob of {bytes} bytes is cut short. Fetch the artefact again")]
	#[allow(missing_docs)]
	Truncated { bytes: usize },
	/// A chunk that was not sealed with this key, in this place and context.
	#[error("chunk {chunk} does not open: another key or context, or the blob was changed or cut. Fetch the artefact again and check that key and artefact belong together")]
	#[allow(missing_docs)]
	Chunk { chunk: u64 },
}

/// Seals `plain` so that only `key` with the same `context` opens it. Deterministic: equal inputs give equal bytes.
#[must_use]
pub fn seal(key: &Key, context: &[u8], plain: &[u8]) -> Vec<u8> {
	let salt = salt(key, context, plain);
	let cipher = chunk_cipher(key, &salt, context);
	let chunks = plain.len().div_ceil(CHUNK_BYTES).max(1);
	let capacity = HEADER_BYTES.saturating_add(plain.len()).saturating_add(chunks.saturating_mul(TAG_BYTES));
	let mut sealed = Vec::with_capacity(capacity);
	sealed.extend_from_slice(MAGIC);
	sealed.push(VERSION);
	sealed.extend_from_slice(&salt);
	let last = chunks.saturating_sub(1);
	let mut rest = plain;
	for number in 0..chunks {
		let (chunk, tail) = rest.split_at(rest.len().min(CHUNK_BYTES));
		rest = tail;
		let payload = Payload { msg: chunk, aad: &[u8::from(number == last)] };
		// The cipher refuses more than 256 GiB in one message only; a chunk has 64 KiB.
		let encrypted = cipher.encrypt(&nonce(number as u64), payload);
		sealed.extend_from_slice(&encrypted.unwrap_or_default());
	}
	sealed
}

/// Opens what [`seal`] made. Total on hostile input; needs no more memory than the blob is long.
///
/// # Errors
/// [`OpenError`] says what is wrong; no content of a blob that does not open as a whole is returned.
pub fn open(key: &Key, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
	let truncated = OpenError::Truncated { bytes: sealed.len() };
	let after_magic = sealed.strip_prefix(MAGIC).ok_or(OpenError::NotSealed)?;
	let (version, rest) = after_magic.split_first().ok_or(truncated)?;
	if *version != VERSION {
		return Err(OpenError::Version { found: *version });
	}
	let (salt, mut rest) = rest.split_first_chunk::<SALT_BYTES>().ok_or(truncated)?;
	if rest.len() < TAG_BYTES {
		return Err(truncated);
	}
	let cipher = chunk_cipher(key, salt, context);
	let mut plain = Vec::with_capacity(rest.len());
	let mut number = 0u64;
	loop {
		let (chunk, tail) = rest.split_at(rest.len().min(SEALED_CHUNK_BYTES));
		rest = tail;
		let payload = Payload { msg: chunk, aad: &[u8::from(rest.is_empty())] };
		let opened = cipher.decrypt(&nonce(number), payload).map_err(|_| OpenError::Chunk { chunk: number })?;
		plain.extend_from_slice(&opened);
		if rest.is_empty() {
			return Ok(plain);
		}
		number = number.saturating_add(1);
	}
}

/// Keyed digest of context and content. SHA3 needs no HMAC: it knows no length extension, and the key comes first.
fn salt(key: &Key, context: &[u8], plain: &[u8]) -> [u8; SALT_BYTES] {
	let mut hasher = Sha3_256::new();
	hasher.update(SALT_DOMAIN);
	hasher.update(key);
	hasher.update((context.len() as u64).to_le_bytes());
	hasher.update(context);
	hasher.update(plain);
	hasher.finalize().into()
}

fn chunk_cipher(key: &Key, salt: &[u8; SALT_BYTES], context: &[u8]) -> ChaCha20Poly1305 {
	let mut chunk_key = Zeroizing::new([0; 32]);
	let context: [u8; 32] = Sha3_256::digest(context).into();
	let info = [KEY_DOMAIN, &context];
	// 32 bytes are far below HKDF's limit, the only error there is.
	let _ = Hkdf::<Sha256>::new(Some(salt), key).expand_multi_info(&info, chunk_key.as_mut());
	ChaCha20Poly1305::new(&(*chunk_key).into())
}

fn nonce(chunk: u64) -> Nonce {
	let mut bytes = [0; 12];
	if let Some(low) = bytes.last_chunk_mut::<8>() {
		*low = chunk.to_be_bytes();
	}
	bytes.into()
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	const KEY: Key = [7; 32];

	#[test]
	fn a_sealed_blob_is_golden() {
		let sealed = seal(&KEY, b"context", b"synthetic");
		assert_eq!(
            hex::encode(&sealed),
            "534d424c5345414c016cdb28548eaaf30f2ef4b1e880a7bf80a8e5c62a0703651f8c1d03528b668075bc14b54980f16131b67fa0c6d093d6c285c604279e1b63d726",
        );
	}

	#[test]
	fn contents_of_all_sizes_come_back() {
		for bytes in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
			let plain: Vec<u8> = (0..bytes).map(|i| (i % 251) as u8).collect();
			let sealed = seal(&KEY, b"c", &plain);
			assert_eq!(sealed.len(), HEADER_BYTES + bytes + bytes.div_ceil(CHUNK_BYTES).max(1) * TAG_BYTES);
			assert_eq!(open(&KEY, b"c", &sealed).unwrap(), plain);
		}
	}

	#[test]
	fn another_key_or_context_opens_nothing() {
		let sealed = seal(&KEY, b"c", b"content");
		assert_eq!(open(&[8; 32], b"c", &sealed), Err(OpenError::Chunk { chunk: 0 }));
		assert_eq!(open(&KEY, b"d", &sealed), Err(OpenError::Chunk { chunk: 0 }));
	}

	#[test]
	fn different_contents_share_no_key_stream() {
		let (a, b) = (seal(&KEY, b"c", &[0; 64]), seal(&KEY, b"c", &[1; 64]));
		let differs_by_content_only =
			a[HEADER_BYTES..].iter().zip(&b[HEADER_BYTES..]).take(64).all(|(x, y)| x ^ y == 1);
		assert!(!differs_by_content_only);
		assert_ne!(a[9..HEADER_BYTES], b[9..HEADER_BYTES]);
	}

	#[test]
	fn every_flipped_bit_is_noticed() {
		let sealed = seal(&KEY, b"c", b"a short content");
		for bit in 0..sealed.len() * 8 {
			let mut changed = sealed.clone();
			changed[bit / 8] ^= 1 << (bit % 8);
			assert!(open(&KEY, b"c", &changed).is_err(), "bit {bit}");
		}
	}

	#[test]
	fn chunks_cannot_be_cut_appended_exchanged_or_repeated() {
		let plain: Vec<u8> = (0..3 * CHUNK_BYTES).map(|i| (i / CHUNK_BYTES) as u8).collect();
		let sealed = seal(&KEY, b"c", &plain);
		let (header, body) = sealed.split_at(HEADER_BYTES);
		let chunks: Vec<&[u8]> = body.chunks(SEALED_CHUNK_BYTES).collect();
		let build = |order: &[usize]| {
			let mut blob = header.to_vec();
			order.iter().for_each(|&i| blob.extend_from_slice(chunks[i]));
			blob
		};
		assert_eq!(open(&KEY, b"c", &build(&[0, 1, 2])).unwrap(), plain);
		for order in [&[0, 1][..], &[0], &[1, 0, 2], &[0, 1, 2, 2], &[0, 2], &[0, 1, 1, 2]] {
			assert!(matches!(open(&KEY, b"c", &build(order)), Err(OpenError::Chunk { .. })), "{order:?}");
		}
		let mut longer = sealed.clone();
		longer.push(0);
		assert!(open(&KEY, b"c", &longer).is_err());
		assert!(open(&KEY, b"c", &sealed[..sealed.len() - 1]).is_err());
	}

	#[test]
	fn bytes_that_are_no_blob_are_named() {
		assert_eq!(open(&KEY, b"", b""), Err(OpenError::NotSealed));
		assert_eq!(open(&KEY, b"", b"PK\x03\x04aaaaaaaaa"), Err(OpenError::NotSealed));
		assert_eq!(open(&KEY, b"", b"SMBLSEAL\x02"), Err(OpenError::Version { found: 2 }));
		assert_eq!(open(&KEY, b"", b"SMBLSEAL"), Err(OpenError::Truncated { bytes: 8 }));
		let sealed = seal(&KEY, b"", b"");
		assert_eq!(
			open(&KEY, b"", &sealed[..HEADER_BYTES + 15]),
			Err(OpenError::Truncated { bytes: HEADER_BYTES + 15 })
		);
	}

	proptest! {
		#[test]
		fn opening_hostile_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), with_magic: bool) {
			let mut blob = if with_magic { b"SMBLSEAL\x01".to_vec() } else { Vec::new() };
			blob.extend_from_slice(&bytes);
			prop_assert!(open(&KEY, b"c", &blob).is_err());
		}

		#[test]
		fn whatever_is_sealed_opens(plain in proptest::collection::vec(any::<u8>(), 0..2000), context: Vec<u8>, key: [u8; 32]) {
			prop_assert_eq!(open(&key, &context, &seal(&key, &context, &plain)).unwrap(), plain);
		}
	}
}
