//! What is no evidence.

use super::*;
use crate::MAX_HEADER_LEN;
use codec::{Decode, Encode};
use sp_consensus_aura::{digests::CompatibleDigestItem, sr25519::AuthoritySignature};
use sp_core::Pair;
use sp_runtime::{traits::Header as _, DigestItem};

/// Bob's block of slot 100, and `second`.
fn against(second: Header) -> DispatchResult {
	report(evidence("Bob", sealed("Bob", bare(100, 1)), second))
}

#[test]
fn one_block_shown_twice_is_one_block() {
	execute(|| {
		assert_noop!(against(sealed("Bob", bare(100, 1))), Error::<Test>::SameBlock);
		let block = sealed("Bob", bare(100, 1));
		assert_noop!(report(evidence("Bob", block.clone(), block)), Error::<Test>::SameBlock);
	});
}

#[test]
fn a_second_seal_on_a_block_makes_no_second_block() {
	execute(|| {
		let (one, other) = (sealed("Bob", bare(100, 1)), sealed("Bob", bare(100, 1)));
		assert_ne!(one.hash(), other.hash(), "seals are random");
		assert_noop!(report(evidence("Bob", one, other)), Error::<Test>::SameBlock);
	});
}

#[test]
fn blocks_of_two_slots_are_honest_work() {
	execute(|| {
		assert_noop!(against(sealed("Bob", bare(101, 2))), Error::<Test>::SlotsDiffer);
		assert_noop!(against(sealed("Bob", bare(101, 1))), Error::<Test>::SlotsDiffer);
	});
}

#[test]
fn a_block_by_another_author_accuses_nobody() {
	execute(|| {
		assert_noop!(against(sealed("Alice", bare(100, 2))), Error::<Test>::SealNotByAuthor);
		let alices = (sealed("Alice", bare(100, 1)), sealed("Alice", bare(100, 2)));
		assert_noop!(report(evidence("Bob", alices.0, alices.1)), Error::<Test>::SealNotByAuthor);
	});
}

#[test]
fn a_seal_moved_to_another_block_is_a_forgery() {
	execute(|| {
		let seal = sealed("Bob", bare(100, 1)).digest_mut().pop().unwrap();
		let mut forged = bare(100, 2);
		forged.digest_mut().push(seal);
		assert_noop!(against(forged), Error::<Test>::SealNotByAuthor);
	});
}

#[test]
fn every_changed_bit_of_a_sealed_header_is_noticed() {
	execute(|| {
		let good = sealed("Bob", bare(100, 2)).encode();
		for bit in 0..good.len() * 8 {
			let mut bytes = good.clone();
			bytes[bit / 8] ^= 1 << (bit % 8);
			let Ok(header) = Header::decode(&mut bytes.as_slice()) else { continue };
			assert!(against(header).is_err(), "bit {bit}");
		}
		assert_ok!(against(sealed("Bob", bare(100, 2))));
	});
}

#[test]
fn a_header_needs_a_seal_at_its_end() {
	execute(|| {
		assert_noop!(against(bare(100, 2)), Error::<Test>::SealMissing);
		let mut empty = bare(100, 2);
		while empty.digest_mut().pop().is_some() {}
		assert_noop!(against(empty), Error::<Test>::SealMissing);
		let mut covered = sealed("Bob", bare(100, 2));
		covered.digest_mut().push(DigestItem::Other(vec![1]));
		assert_noop!(against(covered), Error::<Test>::SealMissing);
		let mut foreign = bare(100, 2);
		foreign.digest_mut().push(DigestItem::Seal(*b"BABE", vec![0; 64]));
		assert_noop!(against(foreign), Error::<Test>::SealMissing);
		let mut short = bare(100, 2);
		short.digest_mut().push(DigestItem::Seal(*b"aura", vec![0; 63]));
		assert_noop!(against(short), Error::<Test>::SealMissing);
	});
}

#[test]
fn a_header_names_one_slot() {
	execute(|| {
		let mut none = bare(100, 2);
		none.digest_mut().pop();
		assert_noop!(against(sealed("Bob", none)), Error::<Test>::SlotMissing);
		let mut two = bare(100, 2);
		two.digest_mut().push(CompatibleDigestItem::<AuthoritySignature>::aura_pre_digest(101.into()));
		assert_noop!(against(sealed("Bob", two)), Error::<Test>::SlotMissing);
	});
}

#[test]
fn long_headers_are_refused_before_they_are_hashed() {
	execute(|| {
		let padded = |len: usize| {
			let mut header = bare(100, 2);
			header.digest_mut().push(DigestItem::Other(vec![0; len]));
			sealed("Bob", header)
		};
		let rest = padded(MAX_HEADER_LEN - 1_000).encoded_size() - (MAX_HEADER_LEN - 1_000);
		assert_noop!(against(padded(MAX_HEADER_LEN - rest + 1)), Error::<Test>::HeaderTooLong);
		assert_ok!(against(padded(MAX_HEADER_LEN - rest)));
	});
}

#[test]
fn the_key_of_the_evidence_is_the_key_of_the_seals() {
	execute(|| {
		let mut evidence = two_blocks();
		evidence.author = pair("Alice").public();
		assert_noop!(report(evidence), Error::<Test>::SealNotByAuthor);
	});
}
