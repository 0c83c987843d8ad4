//! What workers report: acceptances, attestations, failures; and proofs that a consent was not valid.

use crate::{bytes::Bytes, names, people::Person, transaction::Transaction};
use codec::Encode;
use pallet_generation_attestation::{AcceptPayload, Attestations, Call, FailPayload, Jobs};
use semblance_primitives::{
	commitment::{consent_leaf, merkle_path, merkle_root},
	consent::ConsentStatus,
	generation::*,
	privacy::{epsilon_micro, PrivacyLoss},
	seeds::sampling_seed,
	signing::{
		self,
		attestation_key::{AttestationKey, AttestationPair, AttestationSignature},
		message,
	},
	ConsentHandle, Digest, JobId,
};
use semblance_runtime::*;
use sp_core::Pair;
use std::{
	collections::HashMap,
	sync::{Mutex, OnceLock},
};

/// Seeds of attestation keys, most often that of hospital 1.
const KEYS: [&str; 5] = ["//Alice", "//Alice", "//Alice", "//Bob", "//Stranger"];

/// Whose data jobs use.
pub fn handles() -> Vec<ConsentHandle> {
	(1..=5).map(ConsentHandle::repeat_byte).collect()
}

/// Consents as [`handles`], but for one that nobody ever gave.
pub fn false_handles() -> Vec<ConsentHandle> {
	handles().into_iter().take(4).chain([ConsentHandle::repeat_byte(201)]).collect()
}

fn key(seed: &'static str) -> AttestationPair {
	static PAIRS: OnceLock<Mutex<HashMap<&str, AttestationPair>>> = OnceLock::new();
	let mut pairs = PAIRS.get_or_init(Default::default).lock().expect("nothing panics here");
	let make = || AttestationPair::from_string(seed, None).expect("a valid seed");
	pairs.entry(seed).or_insert_with(make).clone()
}

fn signed(seed: &'static str, tag: &[u8], job: &Job, body: &impl Encode) -> (AttestationKey, AttestationSignature) {
	let pair = key(seed);
	let bytes = message(tag, &System::block_hash(0), job.attempt, job.deadline, body);
	(pair.public(), pair.sign(&bytes))
}

/// An acceptance over the consents of [`handles`] that stand.
pub fn accept(number: JobId, seed: &'static str) -> Option<Transaction> {
	let standing = handles().into_iter().filter(|handle| {
		let consent = pallet_consent::Consents::<Runtime>::get(handle);
		use ConsentStatus::{Given, Renewed, Restricted};
		consent.is_some_and(|consent| matches!(consent.latest.status, Given | Renewed | Restricted))
	});
	accept_with(number, seed, &standing.collect::<Vec<_>>())
}

/// An acceptance over the consents `used`.
pub fn accept_with(number: JobId, seed: &'static str, used: &[ConsentHandle]) -> Option<Transaction> {
	let leaves: Vec<_> = used.iter().map(consent_leaf).collect();
	let acceptance = Acceptance {
		consent_block: System::block_number().saturating_sub(1),
		training_root: Digest::repeat_byte(51),
		hold_out_root: Digest::repeat_byte(52),
		consent_root: merkle_root(&leaves),
		consent_count: used.len() as u32,
		secret_commitment: Digest::repeat_byte(53),
		reference_statistics: Digest::repeat_byte(54),
	};
	let payload = AcceptPayload { job: number, acceptance };
	let (key, signature) = signed(seed, signing::ACCEPT, &Jobs::<Runtime>::get(number)?, &payload);
	Some(Transaction::authorised(Call::accept { payload, key, signature, discriminator: 0 }))
}

/// An attestation of an accepted job.
pub fn attest(number: JobId, seed: &'static str) -> Option<Transaction> {
	attest_with(number, seed, |_| ())
}

fn attest_with(number: JobId, seed: &'static str, change: impl FnOnce(&mut AttestationBody)) -> Option<Transaction> {
	let job = Jobs::<Runtime>::get(number)?;
	let mut body = body(number, &job)?;
	change(&mut body);
	let (key, signature) = signed(seed, signing::ATTEST, &job, &body);
	Some(Transaction::authorised(Call::attest { body: Box::new(body), key, signature, discriminator: 0 }))
}

fn body(number: JobId, job: &Job) -> Option<AttestationBody> {
	let accepted = job.accepted.clone()?;
	let beacon = System::block_hash(accepted.block + BEACON_DELAY);
	let model = Digest::repeat_byte(100u8.wrapping_add(number as u8));
	let subject = |role, sha3, rows| Subject { role, sha3, bytes_bucket: 10, rows };
	let mut subjects = vec![
		subject(SubjectRole::Model, model, 0),
		subject(SubjectRole::SyntheticTable, Digest::repeat_byte(61u8.wrapping_add(number as u8)), job.rows),
		subject(SubjectRole::Report, Digest::repeat_byte(60), 0),
	];
	subjects.extend(job.kind.log_role().map(|role| subject(role, Digest::repeat_byte(59), 0)));
	subjects.sort_by_key(|subject| subject.role);
	Some(AttestationBody {
		format: ATTESTATION_FORMAT,
		job: number,
		agreement: job.agreement,
		dataset: job.dataset,
		version: job.version,
		purpose: job.purpose,
		generator: job.generator,
		code: job.code,
		parameters: parameters_digest(&job.parameters),
		acceptance: accepted.acceptance,
		beacon,
		sampling_seed: sampling_seed(&beacon, &model, job.rows),
		subjects: subjects.try_into().ok()?,
		metrics: Default::default(),
		privacy: privacy_loss(job),
		environment: Digest::repeat_byte(71),
		started: 1,
		finished: 2,
		supersedes: None,
		statement: Digest::repeat_byte(72),
	})
}

/// What a job with a privacy guarantee spends.
fn privacy_loss(job: &Job) -> Option<PrivacyLoss> {
	let delta_exponent = pallet_dataset_registry::Budgets::<Runtime>::get(job.dataset)?.delta_exponent;
	let (rho_micro, epsilon_micro) = (job.rho_micro, epsilon_micro(job.rho_micro, delta_exponent));
	let loss = PrivacyLoss { rho_micro, epsilon_micro, delta_exponent };
	(job.kind.tier() == Tier::DifferentiallyPrivate).then_some(loss)
}

/// A job, mostly one in `state`, and a key.
fn any_job(state: JobState, bytes: &mut Bytes) -> (JobId, &'static str) {
	let fitting = Jobs::<Runtime>::iter().filter(|(_, job)| job.state == state).map(|(number, _)| number);
	let drawn = if bytes.chance(192) { bytes.of(fitting) } else { None };
	(drawn.unwrap_or_else(|| names::number("job", bytes) as JobId), bytes.pick(&KEYS))
}

/// An acceptance of some job, sometimes over a consent that does not stand.
pub fn any_acceptance(bytes: &mut Bytes) -> Vec<Transaction> {
	let (job, seed) = any_job(JobState::Requested, bytes);
	let made = match bytes.below(4) {
		0 => accept_with(job, seed, &handles()),
		1 => accept_with(job, seed, &false_handles()),
		_ => accept(job, seed),
	};
	made.into_iter().collect()
}

/// An attestation of some job, sometimes about another version, or of more rows.
pub fn any_attestation(bytes: &mut Bytes) -> Vec<Transaction> {
	let (job, seed) = any_job(JobState::Accepted, bytes);
	let change = bytes.below(16);
	let supersedes = Attestations::<Runtime>::iter_keys().next();
	let made = attest_with(job, seed, |body| match change {
		13 => body.supersedes = supersedes,
		14 => body.version += 1,
		15 => body.finished = 0,
		_ => (),
	});
	made.into_iter().collect()
}

/// A report that some job failed.
pub fn any_failure(bytes: &mut Bytes) -> Vec<Transaction> {
	let (number, seed) = any_job(JobState::Accepted, bytes);
	let Some(job) = Jobs::<Runtime>::get(number) else { return vec![] };
	let payload = FailPayload { job: number, reason: FailureReason::DatasetNotHeld };
	let (key, signature) = signed(seed, signing::FAIL, &job, &payload);
	vec![Transaction::authorised(Call::fail { payload, key, signature, discriminator: 0 })]
}

/// A proof that an attestation used a consent, which may have been withdrawn before.
pub fn any_doubt(bytes: &mut Bytes) -> Vec<Transaction> {
	let Some(attestation) = bytes.of(Attestations::<Runtime>::iter_keys()) else { return vec![] };
	let index = bytes.below(5);
	let used = if bytes.chance(128) { handles() } else { false_handles() };
	let leaves: Vec<_> = used.iter().map(consent_leaf).collect();
	let Some(path) = merkle_path(&leaves, index) else { return vec![] };
	let handle = used[index as usize];
	let call = Call::report_invalid_consent { attestation, handle, path };
	vec![Transaction::signed(Person::any(bytes), call)]
}
