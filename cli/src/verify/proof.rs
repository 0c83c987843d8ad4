//! Do the records stand in the block's state? The trie nodes lead from the state root to their values.

use super::{finality::Header, Finding};
use crate::receipt::{job_key, Receipt};
use codec::DecodeAll;
use semblance_client::records::attestation_key;
use sp_runtime::traits::{BlakeTwo256, Header as _};
use sp_state_machine::read_proof_check;
use sp_trie::StorageProof;

/// Checks that attestation and job stand under their keys in the state of the header.
pub fn check(receipt: &Receipt) -> Finding {
	let header = Header::decode_all(&mut &*receipt.last.header.0)
		.map_err(|error| format!("the header cannot be read: {error}"))?;
	let keys = [attestation_key(&receipt.attestation), job_key(receipt.job)];
	let nodes = StorageProof::new(receipt.proof.iter().map(|node| node.0.clone()));
	let found = read_proof_check::<BlakeTwo256, _>(*header.state_root(), nodes, keys.iter())
		.map_err(|error| format!("the trie nodes do not lead to the records: {error}"))?;
	let [attestation, job] = &keys;
	for (what, key, value) in
		[("attestation", attestation, &receipt.attestation_value), ("job", job, &receipt.job_value)]
	{
		match found.get(key).cloned().flatten() {
			Some(proven) if proven == value.0 => {},
			Some(_) => return Err(format!("the state of block {} holds another {what}", header.number())),
			None => return Err(format!("the state of block {} holds no such {what}", header.number())),
		}
	}
	Ok(format!("attestation and job stand in the state of block {}", header.number()))
}
