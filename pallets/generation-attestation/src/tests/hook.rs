//! The hook: what the worker is told, and which of its answers reach the chain.

use super::*;
use crate::mock::node::{Answer, Node};
use codec::Encode;
use frame_support::{pallet_prelude::TransactionSource, traits::Authorize};
use semblance_primitives::worker_protocol::{WorkerReply, MAX_REPLY_BYTES, WORKER_URL_KEY};
use sp_core::offchain::Timestamp;

/// A chain at block 4 with one job of Mercy's, and Mercy's node beside it.
fn mercys_node(test: impl FnOnce(&Node)) {
	node_with_keys(&[MERCY_KEY], test);
}

fn node_with_keys(seeds: &[&str], test: impl FnOnce(&Node)) {
	let mut ext = chain().build();
	let node = Node::start(&mut ext, seeds);
	ext.execute_with(|| {
		requested();
		run_to(4);
		test(&node);
		GenerationAttestation::do_try_state().unwrap();
	});
}

fn accept_reply(job: JobId) -> Answer {
	Answer::reply(WorkerReply::Accept { job, acceptance: acceptance(3) })
}

fn discriminator_of(call: &Call<Test>) -> u32 {
	match call {
		Call::accept { discriminator, .. } | Call::attest { discriminator, .. } | Call::fail { discriminator, .. } => {
			*discriminator
		},
		_ => panic!("not a worker's call"),
	}
}

/// Lets the worker give `answer` and expects that nothing comes of it.
fn assert_ignored(node: &Node, answer: Answer) {
	node.answer(answer);
	tick();
	assert_eq!(node.requests().len(), 1, "the worker is asked again at every block");
	assert!(node.submitted().is_empty());
}

#[test]
fn an_order_tells_the_worker_everything_and_carries_the_token() {
	mercys_node(|node| {
		node.answer(Answer::Status(202, vec![]));
		tick();
		let requests = node.requests();
		let request = &requests[0];
		assert_eq!(request.method, "PUT");
		assert_eq!(request.uri, format!("http://127.0.0.1:8645/v1/jobs/{}/1", "45".repeat(32)));
		let header = |name: &str| request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
		assert_eq!(header("authorization"), Some("Bearer secret-token"));
		assert_eq!(header("content-type"), Some("application/x-scale"));
		let order = request.order();
		assert_eq!((order.genesis, order.custodian, order.job_id), (Digest::repeat_byte(69), MERCY, 1));
		assert_eq!((order.job, order.block), (job(1), 4));
		assert!(node.submitted().is_empty());
	});
}

#[test]
fn an_acceptance_reaches_the_chain() {
	mercys_node(|node| {
		node.answer(accept_reply(1));
		tick();
		let calls = node.submitted();
		assert_eq!(calls.len(), 1);
		assert!(calls[0].authorize(TransactionSource::External).unwrap().is_ok());
		assert_eq!(apply(calls[0].clone()), Ok(()));
		assert_eq!(job(1).state, JobState::Accepted);
	});
}

#[test]
fn an_attestation_reaches_the_chain_after_the_acceptance() {
	mercys_node(|node| {
		node.answer(accept_reply(1));
		tick();
		assert_eq!(apply(node.submitted().remove(0)), Ok(()));
		run_to(7);
		node.answer(Answer::reply(WorkerReply::Attest { body: body_of(1) }));
		tick();
		let calls = node.submitted();
		assert_eq!(apply(calls[0].clone()), Ok(()));
		assert_eq!(job(1).state, JobState::Attested);
		run_to(20);
		tick();
		assert_eq!(node.requests().len(), 2, "a job that ended is not mentioned again");
	});
}

#[test]
fn a_failure_reaches_the_chain() {
	mercys_node(|node| {
		node.answer(Answer::reply(WorkerReply::Fail { job: 1, reason: FailureReason::DatasetNotHeld }));
		tick();
		assert_eq!(apply(node.submitted().remove(0)), Ok(()));
		assert_eq!(job(1).failure, Some(FailureReason::DatasetNotHeld));
	});
}

#[test]
fn replies_that_do_not_fit_the_job_or_its_state_are_dropped() {
	mercys_node(|node| {
		assert_ignored(node, Answer::reply(WorkerReply::Working));
		assert_ignored(node, accept_reply(2));
		assert_ignored(node, Answer::reply(WorkerReply::Fail { job: 2, reason: FailureReason::DatasetNotHeld }));
		assert_ignored(node, Answer::reply(WorkerReply::Attest { body: body_of(1) }));
		accept(1);
		run_to(8);
		assert_ignored(node, accept_reply(1));
		let other = AttestationBody { job: 2, ..body_of(1) };
		assert_ignored(node, Answer::reply(WorkerReply::Attest { body: other }));
	});
}

#[test]
fn what_is_no_reply_is_dropped() {
	mercys_node(|node| {
		let reply = WorkerReply::Accept { job: 1, acceptance: acceptance(3) }.encode();
		let with_rest = [reply.clone(), vec![0]].concat();
		let cut_short = reply[..reply.len() - 1].to_vec();
		for garbage in [vec![], vec![0xFF; 100], b"{\"job\":1}".to_vec(), with_rest, cut_short] {
			assert_ignored(node, Answer::Status(200, garbage));
		}
		for length in [MAX_REPLY_BYTES + 1, 100 * MAX_REPLY_BYTES] {
			assert_ignored(node, Answer::Status(200, vec![0; length as usize]));
		}
	});
}

#[test]
fn a_worker_that_fails_stalls_or_is_away_changes_nothing() {
	mercys_node(|node| {
		for status in [201, 204, 301, 401, 404, 500, 503] {
			let reply = WorkerReply::Accept { job: 1, acceptance: acceptance(3) };
			assert_ignored(node, Answer::Status(status, reply.encode()));
		}
		assert_ignored(node, Answer::TooLate);
		assert_ignored(node, Answer::Stalls);
		assert_ignored(node, Answer::Refused);
		node.answer(accept_reply(1));
		tick();
		assert_eq!(node.submitted().len(), 1, "once it answers, work goes on");
	});
}

#[test]
fn a_submission_that_does_not_arrive_is_repeated_after_a_while_with_another_discriminator() {
	mercys_node(|node| {
		node.answer(accept_reply(1));
		tick();
		let first = node.submitted().remove(0);
		for block in 5..4 + ResendAfter::get() {
			run_to(block);
			tick();
		}
		assert_eq!(node.requests().len(), 1, "no resend before its time");
		run_to(4 + ResendAfter::get());
		node.answer(accept_reply(1));
		tick();
		let second = node.submitted().remove(0);
		assert_ne!(discriminator_of(&first), discriminator_of(&second));
		assert_eq!(apply(second), Ok(()));
	});
}

#[test]
fn the_next_step_does_not_wait_for_the_resend_of_the_last() {
	mercys_node(|node| {
		node.answer(accept_reply(1));
		tick();
		assert_eq!(apply(node.submitted().remove(0)), Ok(()));
		run_to(5);
		node.answer(Answer::Status(202, vec![]));
		tick();
		assert_eq!(node.requests().last().unwrap().order().job.state, JobState::Accepted);
	});
}

#[test]
fn another_hospitals_jobs_are_left_alone() {
	node_with_keys(&[NORTHSIDE_KEY], |node| {
		tick();
		assert!(node.requests().is_empty());
	});
}

#[test]
fn keys_outside_the_session_count_for_nothing() {
	node_with_keys(&["//Nobody"], |node| {
		tick();
		assert!(node.requests().is_empty());
	});
	node_with_keys(&[], |node| {
		tick();
		assert!(node.requests().is_empty());
	});
}

#[test]
fn a_node_without_a_workers_url_does_nothing() {
	let mut ext = chain().build();
	let node = Node::without_worker(&mut ext, &[MERCY_KEY]);
	ext.execute_with(|| {
		requested();
		tick();
		node.set(WORKER_URL_KEY, b" ");
		tick();
		node.set(WORKER_URL_KEY, &[0xFF, 0xFE]);
		tick();
		assert!(node.requests().is_empty());
	});
}

#[test]
fn two_ticks_do_not_overlap() {
	mercys_node(|node| {
		node.set(b"semblance/hook/lock", &Timestamp::from_unix_millis(1).encode());
		tick();
		assert!(node.requests().is_empty());
		sp_io::offchain::sleep_until(Timestamp::from_unix_millis(2));
		node.answer(Answer::Status(202, vec![]));
		tick();
		assert_eq!(node.requests().len(), 1, "an old lock is void");
	});
}

#[test]
fn few_orders_go_out_at_a_block_and_every_job_gets_its_turn() {
	mercys_node(|node| {
		for _ in 1..MaxOpenJobs::get() {
			requested();
		}
		let mut asked = std::collections::BTreeSet::new();
		for block in 5..8 {
			run_to(block);
			(0..4).for_each(|_| node.answer(Answer::Status(202, vec![])));
			tick();
			let requests = node.requests();
			assert_eq!(requests.len(), 4);
			asked.extend(requests.iter().map(|request| request.order().job_id));
		}
		assert_eq!(asked.into_iter().collect::<Vec<_>>(), (1..=6).collect::<Vec<_>>());
	});
}

#[test]
fn a_silent_worker_holds_up_the_node_once_a_block_only() {
	mercys_node(|node| {
		requested();
		requested();
		for silence in [Answer::TooLate, Answer::Stalls, Answer::Refused] {
			assert_ignored(node, silence);
		}
		(0..3).for_each(|_| node.answer(Answer::Status(500, vec![])));
		tick();
		assert_eq!(node.requests().len(), 3, "a worker that stumbles over one job is asked about the others");
	});
}

#[test]
fn jobs_past_their_deadline_are_not_mentioned() {
	mercys_node(|node| {
		run_to(52);
		tick();
		assert!(node.requests().is_empty());
	});
}
