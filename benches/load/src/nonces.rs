//! The numbers of an account's transactions, many of them under way at once.

use std::collections::BTreeSet;

/// Hands out nonces without asking the chain. A nonce that was not used is handed out again first: those above it wait in
/// the pool until it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonces {
	next: u64,
	returned: BTreeSet<u64>,
}

impl Nonces {
	/// Begins with the account's next nonce as the chain has it.
	pub fn new(next: u64) -> Self {
		Self { next, returned: BTreeSet::new() }
	}

	/// The lowest nonce that is free.
	pub fn take(&mut self) -> u64 {
		self.returned.pop_first().unwrap_or_else(|| {
			let nonce = self.next;
			self.next = self.next.saturating_add(1);
			nonce
		})
	}

	/// Gives back a nonce whose transaction was given up. One that was never handed out is ignored.
	pub fn give_back(&mut self, nonce: u64) {
		if nonce < self.next {
			self.returned.insert(nonce);
		}
	}

	/// Whether a nonce was given back and not handed out again: then those above it are stuck.
	pub fn has_gap(&self) -> bool {
		!self.returned.is_empty()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn nonces_go_up_from_the_chain_s() {
		let mut nonces = Nonces::new(7);
		assert_eq!([nonces.take(), nonces.take(), nonces.take()], [7, 8, 9]);
	}

	#[test]
	fn gaps_are_filled_first_and_from_below() {
		let mut nonces = Nonces::new(0);
		for _ in 0..4 {
			nonces.take();
		}
		nonces.give_back(2);
		nonces.give_back(1);
		assert!(nonces.has_gap());
		assert_eq!([nonces.take(), nonces.take(), nonces.take()], [1, 2, 4]);
		assert!(!nonces.has_gap());
	}

	#[test]
	fn a_nonce_given_back_twice_is_handed_out_once() {
		let mut nonces = Nonces::new(0);
		nonces.take();
		nonces.give_back(0);
		nonces.give_back(0);
		assert_eq!([nonces.take(), nonces.take()], [0, 1]);
	}

	#[test]
	fn a_nonce_that_was_never_handed_out_is_ignored() {
		let mut nonces = Nonces::new(3);
		nonces.give_back(5);
		assert_eq!([nonces.take(), nonces.take(), nonces.take()], [3, 4, 5]);
	}

	proptest! {
		#[test]
		fn no_nonce_is_in_two_hands(steps in prop::collection::vec(any::<bool>(), 1..200)) {
			let mut nonces = Nonces::new(0);
			let mut held: Vec<u64> = Vec::new();
			for take in steps {
				if take || held.is_empty() {
					let nonce = nonces.take();
					prop_assert!(!held.contains(&nonce));
					held.push(nonce);
				} else {
					nonces.give_back(held.remove(held.len() / 2));
				}
			}
		}
	}
}
