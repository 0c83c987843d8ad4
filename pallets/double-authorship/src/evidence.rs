//! Two blocks of one slot, and how they are checked.

use crate::{Config, Error};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::ensure;
use scale_info::TypeInfo;
use sp_application_crypto::RuntimeAppPublic;
use sp_consensus_aura::{
	digests::CompatibleDigestItem,
	sr25519::{AuthorityId, AuthoritySignature},
	Slot,
};
use sp_runtime::traits::Header;

/// Most bytes of a header in evidence. The largest that consensus makes, with 64 new authorities in its digest, have six
/// thousand.
pub const MAX_HEADER_LEN: usize = 16 * 1_024;

/// Two headers of one slot that the same author sealed.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Evidence<H> {
	/// The author's key in Aura.
	pub author: AuthorityId,
	/// One header, with its seal.
	pub first: H,
	/// Another header, with its seal.
	pub second: H,
}

/// A header of which the seal was taken off.
struct Unsealed<H: Header> {
	hash: H::Hash,
	slot: Slot,
	seal: AuthoritySignature,
}

impl<H: Header> Evidence<H> {
	/// The slot in which the author made both blocks. The author need not have had its turn: a block out of turn is
	/// followed by nobody, and yet nobody seals two in one slot by honest work.
	pub(crate) fn check<T: Config>(&self) -> Result<Slot, Error<T>> {
		let first = unseal::<H, T>(&self.first)?;
		let second = unseal::<H, T>(&self.second)?;
		ensure!(first.slot == second.slot, Error::<T>::SlotsDiffer);
		// Anybody who holds the key can seal a block again; that makes no second block.
		ensure!(first.hash != second.hash, Error::<T>::SameBlock);
		for Unsealed { hash, seal, .. } in [&first, &second] {
			ensure!(self.author.verify(hash, seal), Error::<T>::SealNotByAuthor);
		}
		Ok(first.slot)
	}

	/// Hashes under which nodes know the two blocks.
	pub(crate) fn hashes(&self) -> (H::Hash, H::Hash) {
		(self.first.hash(), self.second.hash())
	}
}

/// Takes the seal off as the import of blocks does: the last item of the digest, over the hash of everything else.
fn unseal<H: Header, T: Config>(header: &H) -> Result<Unsealed<H>, Error<T>> {
	ensure!(header.encoded_size() <= MAX_HEADER_LEN, Error::<T>::HeaderTooLong);
	let mut bare = header.clone();
	let last = bare.digest_mut().pop().ok_or(Error::<T>::SealMissing)?;
	let seal = last.as_aura_seal().ok_or(Error::<T>::SealMissing)?;
	let mut slots =
		bare.digest().logs().iter().filter_map(CompatibleDigestItem::<AuthoritySignature>::as_aura_pre_digest);
	let slot = slots.next().ok_or(Error::<T>::SlotMissing)?;
	ensure!(slots.next().is_none(), Error::<T>::SlotMissing);
	drop(slots);
	Ok(Unsealed { hash: bare.hash(), slot, seal })
}
