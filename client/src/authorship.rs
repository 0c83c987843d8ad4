//! Evidence that a validator made two blocks in one slot, put together from what a node that saw both knows.

use crate::{
	chain::{decode, Chain},
	error::ChainError,
	keys,
	submit::Call,
};
use codec::{Decode, Encode};
use semblance_primitives::Digest;
use subxt::config::substrate::{DigestItem, SubstrateHeader, H256};

/// Name of the pallet in the runtime.
const PALLET: &str = "DoubleAuthorship";
/// Aura's name in digests.
const AURA: [u8; 4] = *b"aura";

type Header = SubstrateHeader<H256>;

/// That a key was a validator's in a session; sp-session's `MembershipProof`.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct MembershipProof {
	session: u32,
	trie_nodes: Vec<Vec<u8>>,
	validator_count: u32,
}

/// A report that is ready to be signed by any member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
	/// The key in Aura whose turn the slot was.
	pub author: Digest,
	/// The slot.
	pub slot: u64,
	/// `DoubleAuthorship.report`.
	pub call: Call,
}

impl Chain {
	/// The report of two blocks of one slot. The node must know both: one that saw the validator contradict itself does,
	/// for as long as it keeps the losing branch. The chain checks the seals.
	///
	/// # Errors
	/// [`ChainError::Evidence`] if the blocks prove nothing, or the author is no validator any more; other
	/// [`ChainError`] if the node does not know a block or does not answer.
	pub async fn double_authorship(&self, first: Digest, second: Digest) -> Result<Report, ChainError> {
		let headers = [self.header(first).await?, self.header(second).await?];
		let slot = slot_of_both(first, second, &headers)?;
		let [one, other] = &headers;
		let author = self.author(slot, Digest::from(one.parent_hash.0)).await?;
		let proof = self.key_owner_proof(author).await?;
		let call = Call { pallet: PALLET, call: "report", arguments: (author, one, other, proof).encode() };
		Ok(Report { author, slot, call })
	}

	/// Whose turn a slot is after the block `parent`.
	async fn author(&self, slot: u64, parent: Digest) -> Result<Digest, ChainError> {
		let key = keys::plain("Aura", "Authorities");
		let bytes = self.raw_value(&key, parent).await?.unwrap_or_default();
		let authorities: Vec<Digest> = decode(&key, &bytes)?;
		let turn = slot.checked_rem(authorities.len() as u64).and_then(|place| usize::try_from(place).ok());
		let author = turn.and_then(|place| authorities.get(place)).copied();
		author.ok_or_else(|| evidence("the chain had no authors before it"))
	}

	async fn key_owner_proof(&self, author: Digest) -> Result<MembershipProof, ChainError> {
		let unanswered = |problem: String| ChainError::Answer { method: format!("{PALLET}.key_owner_proof"), problem };
		let at = self.online().at_current_block().await.map_err(|error| unanswered(error.to_string()))?;
		let metadata = at.metadata_ref();
		let view = metadata.pallet_by_name(PALLET).and_then(|pallet| pallet.view_function_by_name("key_owner_proof"));
		let view = view.ok_or_else(|| unanswered("its runtime has no such view function".into()))?;
		let question = (view.query_id(), author.encode()).encode();
		let answer =
			at.view_functions().call_raw(Some(&question)).await.map_err(|error| unanswered(error.to_string()))?;
		let proof = proof(&answer).map_err(unanswered)?;
		proof.ok_or_else(|| evidence(format!("{author:?}, whose turn it was, is no validator's key in this session")))
	}
}

/// What a view function answers: SCALE bytes of an optional proof, or the number of a refusal.
fn proof(mut answer: &[u8]) -> Result<Option<MembershipProof>, String> {
	let bytes = Result::<Vec<u8>, u8>::decode(&mut answer).map_err(|error| error.to_string())?;
	let bytes = bytes.map_err(|refusal| format!("the runtime refuses it with {refusal}"))?;
	Option::decode(&mut bytes.as_slice()).map_err(|error| error.to_string())
}

fn evidence(problem: impl Into<String>) -> ChainError {
	ChainError::Evidence { problem: problem.into() }
}

/// The slot that two different blocks share.
fn slot_of_both(first: Digest, second: Digest, headers: &[Header; 2]) -> Result<u64, ChainError> {
	if first == second {
		return Err(evidence(format!("both are block {first:?}")));
	}
	let slots = headers.each_ref().map(slot);
	match slots {
		[Some(one), Some(other)] if one == other => Ok(one),
		[Some(one), Some(other)] => Err(evidence(format!("they are of slots {one} and {other}"))),
		[one, _] => Err(evidence(format!("block {:?} names no slot", if one.is_none() { first } else { second }))),
	}
}

fn slot(header: &Header) -> Option<u64> {
	header.digest.logs.iter().find_map(|item| match item {
		DigestItem::PreRuntime(AURA, bytes) => u64::decode(&mut bytes.as_slice()).ok(),
		_ => None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use subxt::config::substrate::Digest as Logs;

	fn header(slot: Option<u64>) -> Header {
		let logs = slot.map(|slot| DigestItem::PreRuntime(AURA, slot.encode())).into_iter().collect();
		Header {
			parent_hash: H256::zero(),
			number: 5,
			state_root: H256::zero(),
			extrinsics_root: H256::zero(),
			digest: Logs { logs },
		}
	}

	fn problem(first: u8, second: u8, slots: [Option<u64>; 2]) -> String {
		let [first, second] = [first, second].map(Digest::repeat_byte);
		slot_of_both(first, second, &slots.map(header)).unwrap_err().to_string()
	}

	#[test]
	fn a_proof_is_read_out_of_the_answer_or_the_refusal_is_told() {
		let some = MembershipProof { session: 7, trie_nodes: vec![vec![1; 80], vec![2]], validator_count: 4 };
		let answer = |proof: Option<&MembershipProof>| Ok::<_, u8>(proof.encode()).encode();
		assert_eq!(proof(&answer(Some(&some))), Ok(Some(some)));
		assert_eq!(proof(&answer(None)), Ok(None));
		assert_eq!(proof(&Err::<Vec<u8>, _>(2u8).encode()), Err("the runtime refuses it with 2".into()));
		assert!(proof(&answer(None)[..1]).is_err());
	}

	#[test]
	fn two_blocks_of_one_slot_share_it() {
		let headers = [Some(9), Some(9)].map(header);
		assert_eq!(slot_of_both(Digest::repeat_byte(1), Digest::repeat_byte(2), &headers).unwrap(), 9);
	}

	#[test]
	fn blocks_that_prove_nothing_are_refused_by_what_they_are() {
		assert!(problem(1, 1, [Some(9), Some(9)]).contains("both are block 0x0101"));
		assert!(problem(1, 2, [Some(9), Some(8)]).contains("slots 9 and 8"));
		assert!(problem(1, 2, [Some(9), None]).contains("block 0x0202"));
		assert!(problem(1, 2, [None, Some(9)]).contains("block 0x0101"));
	}
}
