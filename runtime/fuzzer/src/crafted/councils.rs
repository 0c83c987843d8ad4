//! What the council decides, and new keys of validators.

use crate::{bytes::Bytes, people::Person, transaction::Transaction, values};
use codec::{Decode, Encode};
use pallet_consortium::{OwnershipProof, Validators};
use pallet_council::Call;
use semblance_runtime::*;
use std::{collections::HashMap, sync::Mutex};

/// Decisions about the SDK's pallets; those about our own come from [`crate::fitting`].
const DECISIONS: [(&str, &str); 6] = [
	("SafeMode", "force_enter"),
	("SafeMode", "force_exit"),
	("TxPause", "pause"),
	("TxPause", "unpause"),
	("System", "authorize_upgrade"),
	("Grandpa", "note_stalled"),
];

/// A hospital proposes a call.
pub fn propose(person: Person, call: RuntimeCall) -> Transaction {
	Transaction::signed(person, Call::propose { call: Box::new(call) })
}

/// The vote of a hospital's administrator.
pub fn vote(name: &str, proposal: u32, approve: bool) -> Transaction {
	Transaction::signed(Person::named(name), Call::vote { proposal, approve })
}

/// A proposal, votes of all, and its enactment, which succeeds if it needs no announcement.
pub fn decision(call: RuntimeCall, bytes: &mut Bytes) -> Vec<Transaction> {
	let proposal = pallet_council::NextProposal::<Runtime>::get();
	let mut sent = vec![propose(Person::of_hospital(bytes), call)];
	sent.extend(["Alice", "Bob", "Charlie", "Dave"].map(|name| vote(name, proposal, bytes.byte() < 240)));
	sent.push(Transaction::signed(Person::of_hospital(bytes), Call::enact { proposal }));
	sent
}

/// A decision about one of the SDK's pallets.
pub fn any_decision(bytes: &mut Bytes) -> Vec<Transaction> {
	let (pallet, name) = bytes.pick(&DECISIONS);
	values::call(pallet, name, bytes).map(|call| decision(call, bytes)).unwrap_or_default()
}

/// New keys of a validator, from the administrator of hospital 1 to 4 that runs it, sometimes made for another.
pub fn any_keys(bytes: &mut Bytes) -> Vec<Transaction> {
	let Some((validator, organisation)) = bytes.of(Validators::<Runtime>::iter()) else { return vec![] };
	let owner = if bytes.chance(224) { validator.clone() } else { Person::of_hospital(bytes).account() };
	let sender = ["Alice", "Bob", "Charlie", "Dave"].get((organisation as usize).saturating_sub(1)).unwrap_or(&"Alice");
	keys(Person::named(sender), &validator, &owner, 1 + bytes.below(2)).into_iter().collect()
}

/// The keys number `number` of `validator`, with a proof for `owner`.
pub fn keys(sender: Person, validator: &AccountId, owner: &AccountId, number: u32) -> Option<Transaction> {
	let (keys, proof) = made(validator, owner, number)?;
	let call = pallet_consortium::Call::set_validator_keys { validator: validator.clone(), keys, proof };
	Some(Transaction::signed(sender, call))
}

/// Makes keys once: deriving them from their phrase takes longer than a block.
fn made(validator: &AccountId, owner: &AccountId, number: u32) -> Option<(SessionKeys, OwnershipProof)> {
	type Made = HashMap<Vec<u8>, Vec<u8>>;
	static MADE: Mutex<Option<Made>> = Mutex::new(None);
	let mut made = MADE.lock().ok()?;
	let name = (validator, owner, number).encode();
	let encoded = made.get_or_insert_default().entry(name).or_insert_with(|| {
		let seed = format!("//{validator}//{number}");
		let made = SessionKeys::generate(&owner.encode(), Some(seed.into_bytes()));
		(made.keys, made.proof.encode()).encode()
	});
	Decode::decode(&mut encoded.as_slice()).ok()
}
