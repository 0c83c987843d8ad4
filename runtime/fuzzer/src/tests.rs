//! Some sequences on every test run.

mod findings;

use crate::{random_sequence, report, shrink, tally::Tally, values, Run};

/// Sequences of each test run, of seed 2609: the first of them, and more until every call succeeded.
const FEWEST: u64 = 24;
const MOST: u64 = 96;

/// Calls of our pallets that no sequence can make succeed, each with the reason.
const UNREACHABLE: [(&str, &str); 0] = [];

#[test]
fn sequences_break_no_rule_and_every_call_of_our_pallets_succeeds_in_them() {
	let known: Vec<_> = UNREACHABLE.iter().map(|(name, _)| *name).collect();
	let mut tally = Tally::default();
	for number in 0..MOST {
		if number >= FEWEST && tally.never() == known {
			break;
		}
		let bytes = random_sequence(2_609, number);
		let mut run = Run::default();
		if let Err(finding) = run.sequence(&bytes) {
			let shortest = shrink(&bytes, |bytes| Run::default().sequence(bytes));
			panic!("sequence {number}: {finding:?}\n{}", report(Run::default(), &shortest));
		}
		tally.add(&run.tally);
	}
	assert_eq!(tally.never(), known, "never succeeded, but for those that cannot\n{tally}");
	assert!(values::ours().count() > 50, "the calls come from the metadata");
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
fn sequences_that_break_nothing_are_not_shrunk() {
	let bytes = random_sequence(7, 4)[..64].to_vec();
	assert_eq!(shrink(&bytes, |bytes| Run::default().sequence(bytes)), bytes);
}
