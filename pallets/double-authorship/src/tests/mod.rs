//! Evidence with real keys, and what is no evidence.

mod evidence;
mod report;

use crate::{mock::*, Error, Event, Evidence};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

fn report(evidence: Evidence<Header>) -> DispatchResult {
	Authorship::report(RuntimeOrigin::signed(member()), Box::new(evidence), proof_of(SESSION))
}

/// Two blocks of slot 100 by Bob.
fn two_blocks() -> Evidence<Header> {
	evidence("Bob", sealed("Bob", bare(100, 1)), sealed("Bob", bare(100, 2)))
}
