//! Evidence against validators, true and false.

use crate::{
	bytes::Bytes,
	people::Person,
	transaction::{Sender, Transaction},
};
use codec::{Decode, Encode};
use frame_support::traits::KeyOwnerProofSystem;
use pallet_double_authorship::Evidence;
use semblance_runtime::*;
use sp_consensus_aura::{
	digests::CompatibleDigestItem,
	sr25519::{AuthorityPair, AuthoritySignature},
};
use sp_core::Pair;
use sp_runtime::{traits::Header as _, DigestItem};

/// Two blocks in a slot, or two votes in a round.
pub fn any(bytes: &mut Bytes) -> Vec<Transaction> {
	let against = Person::of_hospital(bytes);
	let different = bytes.chance(224);
	let made = if bytes.chance(128) { two_blocks(against, different) } else { two_votes(against, different, bytes) };
	let Some(call) = made else { return vec![] };
	match call {
		RuntimeCall::Grandpa(pallet_grandpa::Call::report_equivocation_unsigned { .. }) => {
			vec![Transaction { sender: Sender::Bare, call }]
		},
		call => vec![Transaction::signed(Person::any(bytes), call)],
	}
}

fn two_blocks(against: Person, different: bool) -> Option<RuntimeCall> {
	let pair = AuthorityPair::from_string(&format!("//{}", against.name()), None).ok()?;
	let block = |state: u8| {
		let state = Hash::repeat_byte(state);
		let mut header = Header::new(5, state, Default::default(), Default::default(), Default::default());
		header.digest_mut().push(CompatibleDigestItem::<AuthoritySignature>::aura_pre_digest(77.into()));
		let seal: AuthoritySignature = pair.sign(header.hash().as_ref());
		header.digest_mut().push(DigestItem::aura_seal(seal));
		header
	};
	let second = if different { 2 } else { 1 };
	let evidence = Box::new(Evidence { author: pair.public(), first: block(1), second: block(second) });
	let key_owner_proof = DoubleAuthorship::key_owner_proof(pair.public())?;
	Some(pallet_double_authorship::Call::report { evidence, key_owner_proof }.into())
}

fn two_votes(against: Person, different: bool, bytes: &mut Bytes) -> Option<RuntimeCall> {
	use sp_consensus_grandpa::{localized_payload, AuthorityPair, EquivocationProof, KEY_TYPE};
	let pair = AuthorityPair::from_string(&format!("//{}", against.name()), None).ok()?;
	let (set, round) = (Grandpa::current_set_id(), 7u64);
	let vote = |target: u8| {
		let prevote = (Hash::repeat_byte(target), 5 as BlockNumber);
		let signature = pair.sign(&localized_payload(round, set, &(0u8, prevote)));
		(prevote, signature)
	};
	let second = if different { 2 } else { 1 };
	let encoded = (set, 0u8, round, pair.public(), vote(1), vote(second)).encode();
	let proof = EquivocationProof::<Hash, BlockNumber>::decode(&mut encoded.as_slice()).ok()?;
	let key_owner_proof = Historical::prove((KEY_TYPE, proof.offender().clone()))?;
	let equivocation_proof = Box::new(proof);
	use pallet_grandpa::Call;
	Some(match bytes.chance(128) {
		true => Call::report_equivocation { equivocation_proof, key_owner_proof }.into(),
		false => Call::report_equivocation_unsigned { equivocation_proof, key_owner_proof }.into(),
	})
}
