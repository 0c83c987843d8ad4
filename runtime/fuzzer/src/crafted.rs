//! Transactions that chance does not find: those with signatures, proofs and digests of what is on chain, and those that
//! several people must make together.

pub mod councils;
pub mod evidence;
pub mod jobs;
pub mod patients;
pub mod researchers;

use crate::{bytes::Bytes, people::Person, transaction::Transaction};

/// Some transactions that fit the present state, or nearly.
pub fn any(bytes: &mut Bytes) -> Vec<Transaction> {
	match bytes.below(16) {
		0 | 1 => jobs::any_acceptance(bytes),
		2..=4 => jobs::any_attestation(bytes),
		5 => jobs::any_failure(bytes),
		6 => jobs::any_doubt(bytes),
		7 => patients::any_order(bytes),
		8 => councils::any_decision(bytes),
		9 | 10 => councils::any_keys(bytes),
		11 => evidence::any(bytes),
		12 => researchers::any_release(bytes),
		13 => vec![Transaction::signed(Person::named("Researcher"), researchers::application())],
		14 => researchers::votes(crate::names::number("application", bytes) as u32),
		_ => researchers::any_request(bytes),
	}
}
