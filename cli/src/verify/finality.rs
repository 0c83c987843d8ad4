//! Is the block final? More than two thirds of the trusted authorities' weight must have signed for it.
//!
//! A justification is a commit of GRANDPA (Stewart and Kokoris-Kogia 2020, section 3): precommits for the block or for
//! descendants of it, with the headers between. Authorities change by a log in the last block of their set.

use super::{trust::Authorities, Finding};
use crate::receipt::{FinalisedHeader, Receipt};
use codec::{Decode, DecodeAll};
use semblance_primitives::{BlockNumber, Digest};
use sp_consensus_grandpa::{
	check_message_signature, AuthorityId, ConsensusLog, GrandpaJustification, Message, ScheduledChange,
	GRANDPA_ENGINE_ID,
};
use sp_runtime::{
	generic::{self, DigestItem},
	traits::{BlakeTwo256, Header as _},
};
use std::collections::{BTreeMap, BTreeSet};

/// Header of a block of the chain.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// Justification of such a block.
pub type Justification = GrandpaJustification<Header>;

/// Follows the handovers from the trusted authorities and checks the last header's justification.
pub fn check(receipt: &Receipt, trusted: &Authorities) -> Finding {
	let mut set = trusted.clone();
	// A set that is trusted already needs no proof of the sets before it.
	let known = usize::try_from(trusted.set_id).unwrap_or(usize::MAX);
	let mut number = 0;
	for handover in receipt.handovers.iter().skip(known) {
		let header =
			check_header(handover, &set).map_err(|problem| format!("handover of set {}: {problem}", set.set_id))?;
		if *header.number() <= number {
			return Err(format!("handover of set {}: the blocks do not ascend", set.set_id));
		}
		number = *header.number();
		set = next_set(&header, &set)?;
	}
	let header = check_header(&receipt.last, &set)?;
	let handovers = set.set_id.saturating_sub(trusted.set_id);
	let by = format!("the {} authorities of set {}", set.authorities.len(), set.set_id);
	let since = if handovers == 0 { String::new() } else { format!(" ({handovers} handovers after the trusted ones)") };
	Ok(format!("block {} is final: more than two thirds of {by}{since} signed for it", header.number()))
}

/// A header whose justification by `set` is good.
fn check_header(finalised: &FinalisedHeader, set: &Authorities) -> Result<Header, String> {
	let header =
		Header::decode_all(&mut &*finalised.header.0).map_err(|error| format!("the header cannot be read: {error}"))?;
	let justification = Justification::decode_all(&mut &*finalised.justification.0)
		.map_err(|error| format!("the justification cannot be read: {error}"))?;
	let target = (justification.commit.target_hash, justification.commit.target_number);
	if target != (header.hash(), *header.number()) {
		return Err(format!(
			"the justification is for block {}, not for this header",
			justification.commit.target_number
		));
	}
	check_commit(&justification, set)?;
	Ok(header)
}

/// Whether more than two thirds of the set's weight precommitted to the target or to descendants of it.
fn check_commit(justification: &Justification, set: &Authorities) -> Result<(), String> {
	let weights: BTreeMap<[u8; 32], u64> = set.authorities.iter().map(|one| (one.key.0, one.weight)).collect();
	let total: u128 = weights.values().map(|weight| u128::from(*weight)).sum();
	if total == 0 || weights.len() != set.authorities.len() {
		return Err("the trusted authorities are none, without weight, or named twice".into());
	}
	let target = justification.commit.target_hash;
	let ancestry: BTreeMap<Digest, Digest> =
		justification.votes_ancestries.iter().map(|header| (header.hash(), *header.parent_hash())).collect();
	let mut voted = BTreeSet::new();
	let mut weight = 0u128;
	for signed in &justification.commit.precommits {
		let key = key_bytes(&signed.id);
		let Some(own) = weights.get(&key) else {
			return Err(format!("0x{} voted and is no authority of set {}", hex::encode(key), set.set_id));
		};
		let message = Message::<Header>::Precommit(signed.precommit.clone());
		if !check_message_signature(&message, &signed.id, &signed.signature, justification.round, set.set_id).is_valid()
		{
			return Err(format!("the vote of 0x{} in set {} is not signed by it", hex::encode(key), set.set_id));
		}
		if !descends(signed.precommit.target_hash, target, &ancestry) {
			return Err(format!("the vote of 0x{} is not for this block or a descendant of it", hex::encode(key)));
		}
		// Two votes of one authority in a round are an equivocation; they count once.
		if voted.insert(key) {
			weight = weight.saturating_add(u128::from(*own));
		}
	}
	if weight.saturating_mul(3) > total.saturating_mul(2) {
		Ok(())
	} else {
		Err(format!("votes of weight {weight} of {total} are not more than two thirds"))
	}
}

fn key_bytes(id: &AuthorityId) -> [u8; 32] {
	sp_core::ed25519::Public::from(id.clone()).0
}

/// Whether `ancestry` leads from `block` back to `target`. Ends, because a hash cannot be its own ancestor's.
fn descends(block: Digest, target: Digest, ancestry: &BTreeMap<Digest, Digest>) -> bool {
	let mut current = block;
	for _ in 0..=ancestry.len() {
		if current == target {
			return true;
		}
		match ancestry.get(&current) {
			Some(parent) => current = *parent,
			None => return false,
		}
	}
	false
}

/// Whether a log hands over to other authorities.
pub fn is_handover(log: &DigestItem) -> bool {
	scheduled_change(log).is_some()
}

fn scheduled_change(log: &DigestItem) -> Option<ScheduledChange<BlockNumber>> {
	match log {
		DigestItem::Consensus(engine, bytes) if *engine == GRANDPA_ENGINE_ID => {
			match ConsensusLog::<BlockNumber>::decode(&mut bytes.as_slice()) {
				Ok(ConsensusLog::ScheduledChange(change)) => Some(change),
				_ => None,
			}
		},
		_ => None,
	}
}

/// The set to which the last block of `set` hands over.
fn next_set(header: &Header, set: &Authorities) -> Result<Authorities, String> {
	let change = header.digest().logs().iter().find_map(scheduled_change);
	let change = change.ok_or_else(|| format!("block {} hands over to nobody", header.number()))?;
	if change.delay != 0 {
		return Err(format!("block {} hands over later, which this release does not follow", header.number()));
	}
	let next = set.set_id.checked_add(1).ok_or("set numbers ran out")?;
	Ok(Authorities::new(set.genesis, next, &change.next_authorities))
}
