//! The job's state machine: every state against every step.

use super::*;
use frame_support::storage::with_storage_layer;

#[derive(Clone, Copy, Debug)]
enum Step {
	Cancel,
	Expire,
	Accept,
	Attest,
	Fail,
}

const STATES: [JobState; 6] = [
	JobState::Requested,
	JobState::Accepted,
	JobState::Attested,
	JobState::Failed,
	JobState::Expired,
	JobState::Cancelled,
];

/// What each step leads to; everything not listed is forbidden.
fn outcome(state: JobState, step: Step) -> Option<JobState> {
	match (state, step) {
		(JobState::Requested, Step::Cancel) => Some(JobState::Cancelled),
		(JobState::Requested | JobState::Accepted, Step::Expire) => Some(JobState::Expired),
		(JobState::Requested, Step::Accept) => Some(JobState::Accepted),
		(JobState::Accepted, Step::Attest) => Some(JobState::Attested),
		(JobState::Requested | JobState::Accepted, Step::Fail) => Some(JobState::Failed),
		_ => None,
	}
}

/// A job brought into `state` by calls only.
fn job_in(state: JobState) -> JobId {
	let id = if matches!(state, JobState::Accepted | JobState::Attested) { accepted() } else { requested() };
	match state {
		JobState::Requested | JobState::Accepted => {},
		JobState::Attested => drop(attested(id)),
		JobState::Failed => assert_eq!(apply(fail_call(MERCY_KEY, id)), Ok(())),
		JobState::Cancelled => {
			assert_ok!(GenerationAttestation::cancel(signed(RESEARCHER), id));
		},
		JobState::Expired => {
			run_to(job(id).deadline + 1);
			assert_ok!(GenerationAttestation::expire_job(signed(STRANGER), id));
		},
	}
	assert_eq!(job(id).state, state);
	id
}

fn take(step: Step, id: JobId) -> bool {
	let now = System::block_number();
	match step {
		Step::Cancel => with_storage_layer(|| GenerationAttestation::cancel(signed(RESEARCHER), id)).is_ok(),
		Step::Expire => {
			run_to(now.max(job(id).deadline + 1));
			with_storage_layer(|| GenerationAttestation::expire_job(signed(STRANGER), id)).is_ok()
		},
		Step::Accept => {
			run_to(now + 1);
			apply(accept_call(MERCY_KEY, id, acceptance(now))).is_ok()
		},
		Step::Attest => apply(attest_call(MERCY_KEY, body_of(id))).is_ok(),
		Step::Fail => apply(fail_call(MERCY_KEY, id)).is_ok(),
	}
}

#[test]
fn each_step_is_possible_from_its_states_and_from_no_other() {
	for state in STATES {
		for step in [Step::Cancel, Step::Expire, Step::Accept, Step::Attest, Step::Fail] {
			chain().build_and_execute(|| {
				let id = job_in(state);
				let before = job(id);
				let taken = take(step, id);
				match outcome(state, step) {
					Some(next) => assert!(taken && job(id).state == next, "{step:?} from {state:?} leads to {next:?}"),
					None => assert!(!taken && job(id) == before, "{step:?} from {state:?} is forbidden"),
				}
			});
		}
	}
}

#[test]
fn people_cannot_take_the_nodes_steps() {
	chain().build_and_execute(|| {
		let id = requested();
		run_to(2);
		let origins = [RuntimeOrigin::root(), signed(RESEARCHER), RuntimeOrigin::none()];
		for origin in origins {
			for call in [accept_call(MERCY_KEY, id, acceptance(1)), fail_call(MERCY_KEY, id)] {
				let call = RuntimeCall::from(call);
				let outcome = sp_runtime::traits::Dispatchable::dispatch(call, origin.clone());
				assert_eq!(outcome.unwrap_err().error, sp_runtime::DispatchError::BadOrigin);
			}
		}
		assert_eq!(job(id).state, JobState::Requested);
	});
}
