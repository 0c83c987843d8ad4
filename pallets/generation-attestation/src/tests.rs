//! Behaviour, one file per part of the pallet. This file holds the steps that several of them begin with.

mod attest;
mod authorise;
mod generators;
mod hook;
mod report;
mod request;
mod session;
mod transitions;

use crate::{
	mock::{world::*, *},
	AcceptPayload, Call, FailPayload, Jobs,
};
use frame_support::assert_ok;
use semblance_primitives::{
	commitment::{consent_leaf, merkle_root},
	generation::*,
	metrics::{Metric, ReproducibleBy},
	privacy::{epsilon_micro, PrivacyLoss},
	seeds::sampling_seed,
	signing::{attestation_key::AttestationSignature, message, ACCEPT, ATTEST, FAIL},
	AgreementId, BlockNumber, Digest, GeneratorId, JobId,
};
use sp_core::Pair;
use sp_runtime::{BoundedVec, DispatchResult};

/// Number of the private generator in [`chain`].
const PRIVATE: GeneratorId = 1;
/// Number of the generator without guarantee in [`chain`].
const HEURISTIC: GeneratorId = 2;
/// Number of the private generator that is trained, in [`chain`].
const TRAINED: GeneratorId = 3;
/// Budget that jobs ask for here.
const RHO: u64 = 100_000;
/// Rows that jobs ask for here.
const ROWS: u32 = 500;

/// A chain with approved generators of both tiers, of the private ones one that measures and one that is trained.
fn chain() -> ExtBuilder {
	ExtBuilder::default()
		.with_generator(GeneratorKind::Mst)
		.with_generator(GeneratorKind::GaussianCopula)
		.with_generator(GeneratorKind::TabularLanguageModelPrivate)
}

fn signed(number: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(number))
}

fn request(agreement: AgreementId, generator: GeneratorId, rows: u32, rho_micro: u64) -> DispatchResult {
	let parameters = BoundedVec::truncate_from(vec![Parameter { name: ParameterName::MaxCells, value: 10_000 }]);
	GenerationAttestation::request_generation(signed(RESEARCHER), agreement, generator, parameters, rows, rho_micro)
}

/// Requests a job under agreement 1 with the private generator.
fn requested() -> JobId {
	assert_ok!(request(1, PRIVATE, ROWS, RHO));
	crate::JobCount::<Test>::get()
}

fn job(id: JobId) -> Job {
	Jobs::<Test>::get(id).unwrap()
}

/// Consents 1 to 10, read at `consent_block`.
fn acceptance(consent_block: BlockNumber) -> Acceptance {
	let leaves: Vec<Digest> = (1..=10).map(|number| consent_leaf(&handle(number))).collect();
	Acceptance {
		consent_block,
		training_root: Digest::repeat_byte(0xA1),
		hold_out_root: Digest::repeat_byte(0xA2),
		consent_root: merkle_root(&leaves),
		consent_count: 10,
		secret_commitment: Digest::repeat_byte(0xA3),
		reference_statistics: Digest::repeat_byte(0xA4),
	}
}

fn sign<Payload: codec::Encode>(seed: &str, tag: &[u8], job: &Job, payload: &Payload) -> AttestationSignature {
	let genesis = frame_system::Pallet::<Test>::block_hash(0);
	pair(seed).sign(&message(tag, &genesis, job.attempt, job.deadline, payload))
}

fn accept_call(seed: &str, id: JobId, acceptance: Acceptance) -> Call<Test> {
	let payload = AcceptPayload { job: id, acceptance };
	let signature = sign(seed, ACCEPT, &job(id), &payload);
	Call::accept { payload, key: pair(seed).public(), signature, discriminator: 0 }
}

fn fail_call(seed: &str, id: JobId) -> Call<Test> {
	let payload = FailPayload { job: id, reason: FailureReason::CommitmentMismatch };
	let signature = sign(seed, FAIL, &job(id), &payload);
	Call::fail { payload, key: pair(seed).public(), signature, discriminator: 0 }
}

fn attest_call(seed: &str, body: AttestationBody) -> Call<Test> {
	let signature = sign(seed, ATTEST, &job(body.job), &body);
	Call::attest { body: Box::new(body), key: pair(seed).public(), signature, discriminator: 0 }
}

/// Lets Mercy's node accept a requested job one block later.
fn accept(id: JobId) {
	let read_at = System::block_number();
	run_to(read_at + 1);
	assert_eq!(apply(accept_call(MERCY_KEY, id, acceptance(read_at))), Ok(()));
}

/// A job that is accepted and whose beacon is known.
fn accepted() -> JobId {
	let id = requested();
	accept(id);
	run_to(System::block_number() + BEACON_DELAY + 1);
	id
}

/// An attestation that says exactly what the chain knows about an accepted job.
fn body_of(id: JobId) -> AttestationBody {
	let job = job(id);
	let accepted = job.accepted.clone().unwrap_or(AcceptanceRecord { acceptance: acceptance(1), block: 1 });
	let beacon = hash_of(accepted.block + BEACON_DELAY);
	let subject = |role, byte, rows| Subject { role, sha3: Digest::repeat_byte(byte), bytes_bucket: 12, rows };
	let mut subjects = vec![
		subject(SubjectRole::Model, 0xB2, 0),
		subject(SubjectRole::SyntheticTable, 0xB3, job.rows),
		subject(SubjectRole::Report, 0xB4, 0),
	];
	subjects.extend(job.kind.log_role().map(|role| subject(role, 0xB1, 0)));
	subjects.sort_by_key(|subject| subject.role);
	let metric = |id| Metric { id, value_ppm: 950_000, reproducible_by: ReproducibleBy::Anyone };
	let epsilon_micro = epsilon_micro(job.rho_micro, 5);
	let loss = PrivacyLoss { rho_micro: job.rho_micro, epsilon_micro, delta_exponent: 5 };
	AttestationBody {
		format: ATTESTATION_FORMAT,
		job: id,
		agreement: job.agreement,
		dataset: job.dataset,
		version: job.version,
		purpose: job.purpose,
		generator: job.generator,
		code: job.code,
		parameters: parameters_digest(&job.parameters),
		acceptance: accepted.acceptance,
		beacon,
		sampling_seed: sampling_seed(&beacon, &Digest::repeat_byte(0xB2), job.rows),
		subjects: BoundedVec::truncate_from(subjects),
		metrics: BoundedVec::truncate_from(vec![metric(1), metric(2), metric(7)]),
		privacy: (job.rho_micro > 0).then_some(loss),
		environment: Digest::repeat_byte(0xE0),
		started: 1_000,
		finished: 2_000,
		supersedes: None,
		statement: Digest::repeat_byte(0xE1),
	}
}

/// Attests a job in full and returns the attestation.
fn attested(id: JobId) -> Attestation {
	assert_eq!(apply(attest_call(MERCY_KEY, body_of(id))), Ok(()));
	crate::Attestations::<Test>::get(job(id).attestation.unwrap()).unwrap()
}
