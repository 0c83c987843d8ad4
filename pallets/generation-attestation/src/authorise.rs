//! Who may put a worker's word on record: every check of the authorised calls, cheapest first.
//!
//! The transaction's source is no security gate: a block's author can include anything, so all checks read the chain's
//! state. What may fail in dispatch is rehearsed here and rolled back, so that an authorised call never fails.

use crate::{AcceptPayload, Config, FailPayload, Jobs, Pallet};
use alloc::boxed::Box;
use codec::Encode;
use frame_support::{
	ensure,
	pallet_prelude::{
		DispatchResult, InvalidTransaction, TransactionSource, TransactionValidityError, TransactionValidityWithRefund,
		ValidTransaction, Weight,
	},
	storage::{with_transaction, TransactionOutcome},
	traits::Get,
};
use semblance_primitives::{
	generation::{Acceptance, AttestationBody, Job, JobState},
	signing::{
		attestation_key::{AttestationKey, AttestationSignature},
		message, ACCEPT, ATTEST, FAIL,
	},
	traits::Consents,
	BlockNumber, JobId, OrganisationId,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::DispatchError;

/// Blocks for which an authorised transaction stays in the pool.
const LONGEVITY: u64 = 16;
/// Priority in the pool: above people's transactions, which have none.
const PRIORITY: u64 = 1_000;

/// Why an authorised call was refused: the number in `InvalidTransaction::Custom`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Refusal {
	/// There is no such job.
	JobNotFound = 1,
	/// The job is not in the state that this step follows.
	WrongJobState = 2,
	/// The job's deadline has passed.
	DeadlinePassed = 3,
	/// The key is no attestation key of an active hospital's validator in this session.
	UnknownKey = 4,
	/// The key belongs to another hospital than the job's custodian.
	NotCustodian = 5,
	/// The signature does not fit key and contents.
	BadSignature = 6,
	/// Too few patients: their data could be recognised.
	TooFewConsents = 7,
	/// The consents were not read between the job's request and this block.
	ConsentBlockOutOfRange = 8,
	/// A consent of this custodian ended or was narrowed after the consents were read: read them again.
	StaleConsent = 9,
	/// The attestation's layout is unknown.
	UnknownFormat = 10,
	/// Agreement, dataset, version, purpose, generator, code or parameters differ from the job's.
	JobMismatch = 11,
	/// The acceptance differs from the recorded one.
	AcceptanceMismatch = 12,
	/// The beacon block does not exist yet, or its hash differs.
	BeaconMismatch = 13,
	/// The sampling seed does not follow from beacon, model and rows.
	SeedMismatch = 14,
	/// Artefacts are not ascending by role, or model, table or report is missing.
	SubjectsInvalid = 15,
	/// The table has not as many rows as were asked for, or another artefact claims rows.
	RowsMismatch = 16,
	/// Metrics are not ascending by number.
	MetricsInvalid = 17,
	/// The privacy loss does not fit the generator's tier, the job's budget or the dataset's δ.
	PrivacyMismatch = 18,
	/// The work ended before it started.
	TimesInvalid = 19,
	/// The attestation to replace does not stand, or is another hospital's or agreement's.
	SupersedesInvalid = 20,
	/// The record could not be written: budget, terms or lineage forbid it.
	NotRecordable = 21,
	/// The log is missing or another than a generator of this kind leaves: `Mst` and `Aim` a measurement log,
	/// `TabularLanguageModelPrivate` a training log, the others none.
	LogMismatch = 22,
}

impl From<Refusal> for TransactionValidityError {
	fn from(refusal: Refusal) -> Self {
		InvalidTransaction::Custom(refusal as u8).into()
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn authorize_accept(
		_: TransactionSource,
		payload: &AcceptPayload,
		key: &AttestationKey,
		signature: &AttestationSignature,
		_discriminator: &u32,
	) -> TransactionValidityWithRefund {
		let job = Self::job_for(payload.job, key, &[JobState::Requested])?;
		Self::check_acceptance(&job, &payload.acceptance)?;
		Self::check_signature(ACCEPT, &job, payload, key, signature)?;
		Self::permit(ACCEPT, payload.job, job.custodian)
	}

	// The macro passes a reference to the argument, and the argument is boxed to keep calls small.
	#[allow(clippy::borrowed_box)]
	pub(crate) fn authorize_attest(
		_: TransactionSource,
		body: &Box<AttestationBody>,
		key: &AttestationKey,
		signature: &AttestationSignature,
		_discriminator: &u32,
	) -> TransactionValidityWithRefund {
		let job = Self::job_for(body.job, key, &[JobState::Accepted])?;
		Self::check_body(&job, body)?;
		Self::check_signature(ATTEST, &job, &**body, key, signature)?;
		Self::rehearse(|| Self::do_attest((**body).clone(), key, signature))?;
		Self::permit(ATTEST, body.job, job.custodian)
	}

	pub(crate) fn authorize_fail(
		_: TransactionSource,
		payload: &FailPayload,
		key: &AttestationKey,
		signature: &AttestationSignature,
		_discriminator: &u32,
	) -> TransactionValidityWithRefund {
		let job = Self::job_for(payload.job, key, &[JobState::Requested, JobState::Accepted])?;
		Self::check_signature(FAIL, &job, payload, key, signature)?;
		Self::rehearse(|| Self::do_fail(payload.clone()))?;
		Self::permit(FAIL, payload.job, job.custodian)
	}

	/// The job, if `key` signs for its custodian and the job waits in one of `states`.
	fn job_for(id: JobId, key: &AttestationKey, states: &[JobState]) -> Result<Job, Refusal> {
		let job = Jobs::<T>::get(id).ok_or(Refusal::JobNotFound)?;
		ensure!(states.contains(&job.state), Refusal::WrongJobState);
		ensure!(Self::now() <= job.deadline, Refusal::DeadlinePassed);
		let organisation = Self::organisation_of_key(key).ok_or(Refusal::UnknownKey)?;
		ensure!(organisation == job.custodian, Refusal::NotCustodian);
		Ok(job)
	}

	fn check_acceptance(job: &Job, acceptance: &Acceptance) -> Result<(), Refusal> {
		ensure!(acceptance.consent_count >= T::MinConsents::get(), Refusal::TooFewConsents);
		let read_at: BlockNumber = acceptance.consent_block;
		ensure!(read_at >= job.requested && read_at < Self::now(), Refusal::ConsentBlockOutOfRange);
		ensure!(T::Consents::last_restriction(job.custodian) <= read_at, Refusal::StaleConsent);
		Ok(())
	}

	fn check_signature<Payload: Encode>(
		tag: &[u8],
		job: &Job,
		payload: &Payload,
		key: &AttestationKey,
		signature: &AttestationSignature,
	) -> Result<(), Refusal> {
		let signed = Self::message_of(tag, job, payload);
		ensure!(key.verify(&signed, signature), Refusal::BadSignature);
		Ok(())
	}

	/// What the custodian's attestation key signs.
	pub(crate) fn message_of<Payload: Encode>(tag: &[u8], job: &Job, payload: &Payload) -> alloc::vec::Vec<u8> {
		message(tag, &Self::genesis(), job.attempt, job.deadline, payload)
	}

	/// Runs `step` and undoes it. Comes after the signature, so that strangers cannot make the node work for nothing.
	fn rehearse(step: impl FnOnce() -> DispatchResult) -> Result<(), Refusal> {
		with_transaction(|| TransactionOutcome::Rollback(step())).map_err(|error: DispatchError| {
			log::debug!(target: "semblance::attestation", "rehearsal failed: {error:?}");
			Refusal::NotRecordable
		})
	}

	/// The tag names job and organisation only, so that one hospital cannot fill the pool with variants of one step.
	fn permit(tag: &[u8], job: JobId, organisation: OrganisationId) -> TransactionValidityWithRefund {
		let validity = ValidTransaction {
			priority: PRIORITY,
			provides: alloc::vec![(b"GenerationAttestation".as_slice(), tag, job, organisation).encode()],
			longevity: LONGEVITY,
			propagate: true,
			..Default::default()
		};
		Ok((validity, Weight::zero()))
	}
}
