//! A short run on every test run, and that the checks can fail.

use crate::{checks::Finding, invariants, people::Person, random_sequence, scene, shrink, tally::Tally, Run};
use semblance_primitives::Digest;
use semblance_runtime::*;

/// What is done on the way from a dataset to an attested table, and by whom the chain is governed.
const MAIN: [&str; 24] = [
	"Consortium.admit_organisation",
	"Consortium.suspend_organisation",
	"Consortium.add_member",
	"Consortium.set_encryption_key",
	"Consortium.set_validator_keys",
	"Consent.request",
	"Consent.give",
	"Consent.capture",
	"Consent.capture_batch",
	"Consent.withdraw",
	"Consent.relay",
	"DatasetRegistry.register",
	"DatasetRegistry.add_version",
	"AccessControl.apply",
	"AccessControl.vote",
	"AccessControl.release_key",
	"GenerationAttestation.request_generation",
	"GenerationAttestation.accept",
	"GenerationAttestation.attest",
	"GenerationAttestation.fail",
	"Council.propose",
	"Council.vote",
	"Council.enact",
	"DoubleAuthorship.report",
];

#[test]
fn random_sequences_break_no_rule_and_the_main_calls_succeed_in_them() {
	let mut tally = Tally::default();
	for number in 0..150 {
		let bytes = random_sequence(2_609, number);
		let mut run = Run::default();
		if let Err(finding) = run.sequence(&bytes) {
			panic!("sequence {number}: {finding:?}\n{}", crate::report(&shrink(&bytes)));
		}
		tally.add(&run.tally);
	}
	let never: Vec<_> = MAIN.iter().filter(|name| tally.of(name).done == 0).collect();
	assert!(never.is_empty(), "{never:?} never succeeded\n{tally}");
}

#[test]
fn the_same_bytes_tell_the_same_story() {
	let bytes = random_sequence(7, 3);
	let story = || {
		let mut run = Run { story: Some(vec![]), ..Default::default() };
		let outcome = run.sequence(&bytes);
		// Signatures are random; fates are not.
		let fates = run.story.unwrap().into_iter().filter(|line| line.starts_with("  →"));
		(fates.collect::<Vec<_>>(), run.blocks, outcome)
	};
	assert_eq!(story(), story());
}

#[test]
fn a_state_that_breaks_an_invariant_is_found() {
	let mut chain = scene::prepared();
	assert_eq!(chain.inside(invariants::state), Ok(()));
	chain.inside(|| pallet_dataset_registry::DatasetCount::<Runtime>::put(77));
	let found = chain.inside(invariants::state).unwrap_err();
	assert_eq!(found.rule, "try_state");
	assert!(found.detail.starts_with("DatasetRegistry"), "{found:?}");
}

#[test]
fn events_that_cannot_be_read_are_found() {
	let mut chain = scene::prepared();
	chain.begin_block();
	chain.end_block();
	assert_eq!(chain.inside(invariants::after_block), Ok(()));
	chain.inside(|| sp_io::storage::set(&events_key(), &[4, 0, 0]));
	assert_eq!(chain.inside(invariants::after_block).unwrap_err().rule, "events can be read");
}

#[test]
fn a_block_that_weighs_too_much_is_found() {
	let mut chain = scene::prepared();
	chain.begin_block();
	chain.end_block();
	chain.inside(|| {
		frame_system::BlockWeight::<Runtime>::mutate(|used| {
			used.accrue(
				frame_support::weights::Weight::from_parts(u64::MAX / 2, 0),
				frame_support::dispatch::DispatchClass::Normal,
			);
		});
	});
	assert_eq!(chain.inside(invariants::after_block).unwrap_err().rule, "blocks keep their limits");
}

#[test]
fn a_stranger_who_gets_in_is_found() {
	let mut chain = scene::prepared();
	let stranger = Person::named("Stranger");
	let call = pallet_consortium::Call::set_encryption_key { key: Some(Digest::zero()) };
	let sent = crate::transaction::Transaction::signed(stranger, call);
	chain.begin_block();
	let refused = crate::checks::submit(&mut chain, &sent);
	assert!(matches!(refused, Ok(crate::checks::Fate::Refused(_))), "{refused:?}");
	let found = chain.inside(|| crate::checks::outsider_is_bounded(&sent, stranger, &crate::checks::Fate::Done));
	assert_eq!(found.map_err(|Finding { rule, .. }| rule), Err("strangers are refused"));
}

#[test]
fn sequences_that_break_nothing_are_not_shrunk() {
	let bytes = random_sequence(7, 4)[..64].to_vec();
	assert_eq!(shrink(&bytes), bytes);
}
