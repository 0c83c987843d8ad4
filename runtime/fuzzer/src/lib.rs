//! A fuzzer of the runtime: sequences of calls by anybody, over many blocks, and what must hold after each.
//!
//! Bytes become steps of [`sequence::STEP`] bytes: any call with any arguments by anybody ([`values`], from the metadata), calls
//! that succeed for somebody now ([`fitting`]), calls with signatures and proofs that chance does not find ([`crafted`]), blocks,
//! and leaps over time. Transactions are signed and go the whole way, through the pool's checks, the extensions, the filter of
//! calls and `Executive`, because much of what keeps strangers out stands before the call. Blocks have slots, inherents and
//! ends as on a live chain.
//!
//! After each transaction ([`checks`]): nothing panics; no call weighs more than it declared; pool and block agree
//! ([`agreement`]); failed calls change nothing and leave no event; authorised calls succeed; strangers are refused and patients
//! change their own consents only. After each block ([`invariants`]): weights within the limits, events that can be read,
//! `try_state` of the pallets.

pub mod agreement;
pub mod bytes;
pub mod chain;
pub mod checks;
pub mod crafted;
pub mod fitting;
pub mod invariants;
pub mod names;
pub mod people;
pub mod scene;
pub mod sequence;
pub mod shrink;
pub mod tally;
pub mod transaction;
pub mod values;

#[cfg(test)]
mod tests;

pub use checks::Finding;
pub use sequence::Run;
pub use shrink::shrink;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// Steps of a random sequence.
pub const STEPS: usize = 96;

/// The random sequence `number` of `seed`: the same on every machine.
pub fn random_sequence(seed: u64, number: u64) -> Vec<u8> {
	let mut random = ChaCha20Rng::seed_from_u64(seed);
	random.set_stream(number);
	let mut bytes = vec![0; STEPS * sequence::STEP];
	random.fill_bytes(&mut bytes);
	bytes
}

/// A report of what `run` finds in a sequence: its story, the rule that breaks, and the sequence to replay.
pub fn report(run: Run, bytes: &[u8]) -> String {
	let mut run = Run { story: Some(vec![]), ..run };
	let outcome = run.sequence(bytes);
	let verdict = match outcome {
		Ok(()) => "no rule was broken".to_owned(),
		Err(Finding { rule, detail }) => format!("broken: {rule}\n{detail}"),
	};
	format!("{}\n{verdict}\nreplay: {}", run.story.unwrap_or_default().join("\n"), hex::encode(bytes))
}
