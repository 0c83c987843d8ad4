//! Commitments: salted leaves under a Merkle tree (tags of RFC 6962, digest SHA3-256).
//!
//! leaf = SHA3-256(0x00 ‖ domain ‖ salt ‖ content), inner = SHA3-256(0x01 ‖ left ‖ right). The tree over n leaves splits
//! at the largest power of two below n, as in RFC 6962 section 2.1; the root of no leaves is SHA3-256 of nothing.

use crate::{ConsentHandle, Digest};
use alloc::vec::Vec;
use codec::Encode;
use sha3::{Digest as _, Sha3_256};
use sp_core::{bounded::BoundedVec, ConstU32};

/// Domain of row commitments.
pub const ROW_DOMAIN: &[u8] = b"semblance/row/1";
/// Domain of consent handles under a consent root.
pub const CONSENT_DOMAIN: &[u8] = b"semblance/consent/1";
/// Deepest tree that a path can lead through: 2^32 leaves.
pub const MAX_DEPTH: u32 = 32;

record! {
	/// Path from a leaf to the root.
	pub struct MerklePath {
		/// Index of the leaf.
		pub index: u32,
		/// Number of leaves of the tree.
		pub leaves: u32,
		/// Sibling digests from the leaf upwards.
		pub siblings: BoundedVec<Digest, ConstU32<MAX_DEPTH>>,
	}
}

/// SHA3-256 of `content`.
pub fn sha3_256(content: &[u8]) -> Digest {
	Digest::from(<[u8; 32]>::from(Sha3_256::digest(content)))
}

/// Commitment to one row: `salt` must be secret and used for this row only.
pub fn row_leaf(salt: &[u8; 32], row: &[u8]) -> Digest {
	leaf(ROW_DOMAIN, salt, row)
}

/// Leaf of a consent handle. Handles are pseudonyms made with a secret and stand on chain, so no salt is needed and
/// anyone can check a path.
pub fn consent_leaf(handle: &ConsentHandle) -> Digest {
	leaf(CONSENT_DOMAIN, &[0; 32], handle.as_bytes())
}

fn leaf(domain: &[u8], salt: &[u8; 32], content: &[u8]) -> Digest {
	let mut hasher = Sha3_256::new();
	hasher.update([0u8]);
	hasher.update(domain.encode());
	hasher.update(salt);
	hasher.update(content);
	Digest::from(<[u8; 32]>::from(hasher.finalize()))
}

fn inner(left: &Digest, right: &Digest) -> Digest {
	let mut hasher = Sha3_256::new();
	hasher.update([1u8]);
	hasher.update(left.as_bytes());
	hasher.update(right.as_bytes());
	Digest::from(<[u8; 32]>::from(hasher.finalize()))
}

/// Root over `leaves` in their order. Pairing neighbours level by level and carrying an odd last one upwards gives the
/// same tree as RFC 6962's recursive split.
pub fn merkle_root(leaves: &[Digest]) -> Digest {
	let mut level: Vec<Digest> = leaves.to_vec();
	while level.len() > 1 {
		level = level.chunks(2).filter_map(combine).collect();
	}
	level.first().copied().unwrap_or_else(|| sha3_256(&[]))
}

fn combine(pair: &[Digest]) -> Option<Digest> {
	match pair {
		[left, right] => Some(inner(left, right)),
		[single] => Some(*single),
		_ => None,
	}
}

/// Path from leaf `index` to the root, `None` if there is no such leaf or there are more than 2^32 leaves.
pub fn merkle_path(leaves: &[Digest], index: u32) -> Option<MerklePath> {
	let count = u32::try_from(leaves.len()).ok()?;
	if index >= count {
		return None;
	}
	let mut siblings = BoundedVec::new();
	let mut level: Vec<Digest> = leaves.to_vec();
	let mut position = index as usize;
	while level.len() > 1 {
		if let Some(sibling) = level.get(position ^ 1) {
			siblings.try_push(*sibling).ok()?;
		}
		level = level.chunks(2).filter_map(combine).collect();
		position >>= 1;
	}
	Some(MerklePath { index, leaves: count, siblings })
}

/// Whether `leaf` stands at `path` under `root`.
pub fn verify_path(root: &Digest, leaf: &Digest, path: &MerklePath) -> bool {
	if path.index >= path.leaves {
		return false;
	}
	let (mut position, mut count) = (path.index, path.leaves);
	let mut node = *leaf;
	let mut siblings = path.siblings.iter();
	while count > 1 {
		let is_carried = position % 2 == 0 && position.saturating_add(1) == count;
		if !is_carried {
			let Some(sibling) = siblings.next() else { return false };
			node = if position % 2 == 0 { inner(&node, sibling) } else { inner(sibling, &node) };
		}
		position >>= 1;
		count = count.div_ceil(2);
	}
	siblings.next().is_none() && node == *root
}

#[cfg(test)]
mod tests;
