//! The off-chain worker hook: hands a hospital's open jobs to its worker and puts the answers on chain.
//!
//! Level-triggered: it looks at the state, not at events, so a block that is skipped, reorganised away or seen twice does
//! no harm. It decides nothing; whatever it submits is checked by the chain like anybody's word.

mod memory;
mod worker;

use crate::{AcceptPayload, AttestationKeys, Call, Config, FailPayload, Jobs, Pallet};
use alloc::{boxed::Box, vec::Vec};
use frame_support::{
	pallet_prelude::TransactionSource,
	traits::{Authorize, Get},
};
use frame_system::offchain::{CreateAuthorizedTransaction, SubmitTransaction};
use semblance_primitives::{
	generation::{Job, JobState},
	signing::{attestation_key::AttestationKey, ACCEPT, ATTEST, FAIL},
	worker_protocol::{WorkOrder, WorkerReply},
	BlockNumber, JobId, OrganisationId,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::offchain::{
	storage_lock::{StorageLock, Time},
	Duration,
};
use worker::{NoReply, Worker};

/// Target of every log line of the hook.
const LOG: &str = "semblance::hook";
/// Most orders sent at one block; the others take their turn at the next blocks.
const ORDERS_PER_TICK: usize = 4;
/// Key of the lock that keeps two ticks from overlapping.
const LOCK_KEY: &[u8] = b"semblance/hook/lock";
/// After this long a lock is void: longer than a tick can take, [`ORDERS_PER_TICK`] times the worker's deadline.
const LOCK_MILLISECONDS: u64 = 4_000;

/// One run of the hook, at one block.
pub(crate) fn tick<T: Config>() {
	let Some(worker) = Worker::configured() else { return };
	let mut lock = StorageLock::<Time>::with_deadline(LOCK_KEY, Duration::from_millis(LOCK_MILLISECONDS));
	let Ok(_guard) = lock.try_lock() else { return };
	let now = Pallet::<T>::now();
	for (organisation, key) in own_organisations::<T>() {
		for id in turn(Pallet::<T>::open_jobs_of(organisation), now) {
			if let Err(refusal) = advance::<T>(&worker, organisation, &key, id, now) {
				log::warn!(target: LOG, "job {id}: {refusal}");
				if refusal.is_silence() {
					// Asking about other jobs would only hold up the node.
					return;
				}
			}
		}
	}
}

/// Hospitals for which this node holds a current attestation key, each once.
fn own_organisations<T: Config>() -> Vec<(OrganisationId, AttestationKey)> {
	let mut own: Vec<(OrganisationId, AttestationKey)> = <AttestationKey as RuntimeAppPublic>::all()
		.into_iter()
		.filter(|key| AttestationKeys::<T>::contains_key(crate::session::key_digest(key)))
		.filter_map(|key| Pallet::<T>::organisation_of_key(&key).map(|organisation| (organisation, key)))
		.collect();
	own.sort();
	own.dedup_by_key(|(organisation, _)| *organisation);
	own
}

/// The jobs whose turn it is at `block`: a window that moves on, so that a slow job does not hold up the others.
fn turn(jobs: Vec<JobId>, block: BlockNumber) -> impl Iterator<Item = JobId> {
	let skip = (block as usize).saturating_mul(ORDERS_PER_TICK).checked_rem(jobs.len()).unwrap_or(0);
	let count = jobs.len().min(ORDERS_PER_TICK);
	let (before, after) = jobs.split_at(skip);
	let rotated: Vec<JobId> = after.iter().chain(before).copied().take(count).collect();
	rotated.into_iter()
}

/// Asks the worker about one job and submits what it wants on record. Every refusal is logged and changes nothing; the
/// error says why there was no reply at all.
fn advance<T: Config>(
	worker: &Worker,
	organisation: OrganisationId,
	key: &AttestationKey,
	id: JobId,
	now: BlockNumber,
) -> Result<(), NoReply> {
	let Some(job) = Jobs::<T>::get(id) else { return Ok(()) };
	let genesis = Pallet::<T>::genesis();
	if now > job.deadline || memory::is_waiting(&genesis, id, job.state, now, T::ResendAfter::get()) {
		return Ok(());
	}
	let state = job.state;
	let order = WorkOrder { genesis, custodian: organisation, job_id: id, job, block: now };
	let call = worker.put(&order)?.and_then(|reply| signed_call::<T>(&order.job, id, key, reply, now));
	if call.is_some_and(|call| submit::<T>(call, id)) {
		memory::note_sent(&genesis, id, state, now);
	}
	Ok(())
}

/// The call that records `reply`, signed; `None` if the reply does not fit the job or the key cannot sign.
/// The block number serves as discriminator: it differs whenever the hook tries again.
fn signed_call<T: Config>(
	job: &Job,
	id: JobId,
	key: &AttestationKey,
	reply: WorkerReply,
	discriminator: BlockNumber,
) -> Option<Call<T>> {
	if !fits(job, id, &reply) {
		log::warn!(target: LOG, "job {id}: the worker's reply is about another job or another state than {:?}", job.state);
		return None;
	}
	let (key, sign) = (key.clone(), |message: Vec<u8>| {
		let signature = key.sign(&message);
		if signature.is_none() {
			log::warn!(target: LOG, "job {id}: the keystore does not sign with the attestation key");
		}
		signature
	});
	match reply {
		WorkerReply::Working => None,
		WorkerReply::Accept { acceptance, .. } => {
			let payload = AcceptPayload { job: id, acceptance };
			let signature = sign(Pallet::<T>::message_of(ACCEPT, job, &payload))?;
			Some(Call::accept { payload, key, signature, discriminator })
		},
		WorkerReply::Attest { body } => {
			let signature = sign(Pallet::<T>::message_of(ATTEST, job, &body))?;
			Some(Call::attest { body: Box::new(body), key, signature, discriminator })
		},
		WorkerReply::Fail { reason, .. } => {
			let payload = FailPayload { job: id, reason };
			let signature = sign(Pallet::<T>::message_of(FAIL, job, &payload))?;
			Some(Call::fail { payload, key, signature, discriminator })
		},
	}
}

/// Whether `reply` is about this job and is the next step from its state.
fn fits(job: &Job, id: JobId, reply: &WorkerReply) -> bool {
	match reply {
		WorkerReply::Working => true,
		WorkerReply::Accept { job: about, .. } => *about == id && job.state == JobState::Requested,
		WorkerReply::Attest { body } => body.job == id && job.state == JobState::Accepted,
		WorkerReply::Fail { job: about, .. } => *about == id && job.state.is_open(),
	}
}

/// Hands the call to the pool. The pool may drop it without a word, so the chain's own objection is logged beforehand;
/// it may be gone one block later, therefore the call is submitted all the same.
fn submit<T: Config>(call: Call<T>, id: JobId) -> bool {
	if let Some(Err(error)) = call.authorize(TransactionSource::Local) {
		log::warn!(target: LOG, "job {id}: as of this block the chain would refuse the worker's reply: {error:?}");
	}
	let transaction = <T as CreateAuthorizedTransaction<Call<T>>>::create_authorized_transaction(call.into());
	let submitted = SubmitTransaction::<T, Call<T>>::submit_transaction(transaction).is_ok();
	if !submitted {
		log::warn!(target: LOG, "job {id}: the transaction pool did not take the worker's reply");
	}
	submitted
}
