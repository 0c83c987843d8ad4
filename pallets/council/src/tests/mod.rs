mod enactment;
mod proposals;
mod votes;

use crate::{mock::*, Error, Event, ProposalId, ProposalState, Proposals};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchResult;

const KEY: &[u8] = b"key";

/// Writes [`KEY`]: done at once.
fn write() -> RuntimeCall {
	frame_system::Call::set_storage { items: vec![(KEY.to_vec(), b"value".to_vec())] }.into()
}

/// Deletes [`KEY`]: announced first.
fn delete() -> RuntimeCall {
	frame_system::Call::kill_storage { keys: vec![KEY.to_vec()] }.into()
}

fn is_written() -> bool {
	sp_io::storage::get(KEY).is_some()
}

fn propose(by: u32, call: RuntimeCall) -> DispatchResult {
	Council::propose(RuntimeOrigin::signed(voter(by)), Box::new(call))
}

fn vote(by: u32, proposal: ProposalId, approve: bool) -> DispatchResult {
	Council::vote(RuntimeOrigin::signed(voter(by)), proposal, approve)
}

fn enact(by: u32, proposal: ProposalId) -> DispatchResult {
	Council::enact(RuntimeOrigin::signed(voter(by)), proposal).map(|_| ()).map_err(|error| error.error)
}

fn withdraw(by: u32, proposal: ProposalId) -> DispatchResult {
	Council::withdraw(RuntimeOrigin::signed(voter(by)), proposal)
}

fn expire(by: u32, proposal: ProposalId) -> DispatchResult {
	Council::expire(RuntimeOrigin::signed(voter(by)), proposal)
}

fn state(proposal: ProposalId) -> ProposalState {
	Proposals::<Test>::get(proposal).unwrap().state
}

fn wait(blocks: u64) {
	System::set_block_number(System::block_number() + blocks);
}

/// Proposal 1 by organisation 1, with the votes of 1, 2 and 3 of four.
fn approved(call: RuntimeCall) {
	assert_ok!(propose(1, call));
	assert_ok!(vote(2, 1, true));
	assert_ok!(vote(3, 1, true));
}
