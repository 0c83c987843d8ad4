//! What the council decides, and new keys of validators.

use crate::{bytes::Bytes, people::Person, transaction::Transaction, values};
use codec::Encode;
use pallet_council::Call;
use semblance_runtime::*;

/// What the council can decide; most of it does no harm, so that sequences do not end with it.
const DECISIONS: [(&str, &str); 16] = [
	("Consortium", "admit_organisation"),
	("Consortium", "admit_organisation"),
	("Consortium", "suspend_organisation"),
	("Consortium", "reinstate_organisation"),
	("Consortium", "reinstate_organisation"),
	("Consortium", "remove_organisation"),
	("Consortium", "add_validator"),
	("Consortium", "remove_validator"),
	("GenerationAttestation", "retire_generator"),
	("SafeMode", "force_enter"),
	("SafeMode", "force_exit"),
	("TxPause", "pause"),
	("TxPause", "unpause"),
	("System", "authorize_upgrade"),
	("Council", "set_announcement"),
	("Grandpa", "note_stalled"),
];

/// A hospital proposes a call.
pub fn propose(person: Person, call: RuntimeCall) -> Transaction {
	Transaction::signed(person, Call::propose { call: Box::new(call) })
}

/// A proposal, votes of the others, and its enactment if it needs no announcement.
pub fn any_decision(bytes: &mut Bytes) -> Vec<Transaction> {
	let (pallet, name) = bytes.pick(&DECISIONS);
	let proposer = Person::of_hospital(bytes);
	let Some(call) = values::call(pallet, name, bytes) else { return vec![] };
	let proposal = pallet_council::NextProposal::<Runtime>::get();
	let mut sent = vec![propose(proposer, call)];
	for name in ["Alice", "Bob", "Charlie", "Dave"] {
		let approve = bytes.chance(240);
		sent.push(Transaction::signed(Person::named(name), Call::vote { proposal, approve }));
	}
	sent.push(Transaction::signed(Person::of_hospital(bytes), Call::enact { proposal }));
	sent
}

/// New keys of a validator, sometimes made for another.
pub fn any_keys(bytes: &mut Bytes) -> Vec<Transaction> {
	let person = Person::of_hospital(bytes);
	let owner = if bytes.chance(224) { person } else { Person::of_hospital(bytes) };
	let seed = format!("//{}//{}", person.name(), 1 + bytes.below(2));
	let made = SessionKeys::generate(&owner.account().encode(), Some(seed.into_bytes()));
	let Ok(proof) = made.proof.encode().try_into() else { return vec![] };
	let call = pallet_consortium::Call::set_validator_keys { validator: person.account(), keys: made.keys, proof };
	vec![Transaction::signed(person, call)]
}
