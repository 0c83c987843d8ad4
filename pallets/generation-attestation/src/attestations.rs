//! What is written when a worker's word was found good, and what happens when it turns out wrong.

use crate::{
	session::key_digest, AcceptPayload, Attestations, AttestedArtefacts, Config, Error, Event, FailPayload, Generators,
	Jobs, Pallet,
};
use frame_support::{ensure, pallet_prelude::DispatchResult, BoundedVec};
use semblance_primitives::{
	commitment::{consent_leaf, verify_path, MerklePath},
	dataset::{row_bucket, DatasetInput, DatasetStatus, DatasetVersion, Derivation},
	generation::{
		AcceptanceRecord, Attestation, AttestationBody, AttestationStatus, GeneratorStatus, Job, JobState, Level,
		SubjectRole, BEACON_DELAY,
	},
	signing::attestation_key::{AttestationKey, AttestationSignature},
	traits::{Agreements, Artefacts, Consents, Datasets, Membership},
	AccountId, AgreementId, AttestationId, ConsentHandle, DatasetId, Digest,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_accept(payload: AcceptPayload) -> DispatchResult {
		let AcceptPayload { job: id, acceptance } = payload;
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(job.state == JobState::Requested, Error::<T>::WrongJobState);
		let block = Self::now();
		Self::deposit_event(Event::JobAccepted {
			job: id,
			beacon_block: block.saturating_add(BEACON_DELAY),
			consent_count: acceptance.consent_count,
		});
		let accepted = Some(AcceptanceRecord { acceptance, block });
		Jobs::<T>::insert(id, Job { state: JobState::Accepted, accepted, ..job });
		Ok(())
	}

	pub(crate) fn do_fail(payload: FailPayload) -> DispatchResult {
		let FailPayload { job: id, reason } = payload;
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(job.state.is_open(), Error::<T>::JobNotOpen);
		Self::give_back(&job)?;
		Self::close(id, Job { state: JobState::Failed, failure: Some(reason), ..job });
		Self::deposit_event(Event::JobFailed { job: id, reason });
		Ok(())
	}

	pub(crate) fn do_attest(
		body: AttestationBody,
		key: &AttestationKey,
		signature: &AttestationSignature,
	) -> DispatchResult {
		let id = body.job;
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(job.state == JobState::Accepted, Error::<T>::WrongJobState);
		let attestation = body.id(&Self::genesis());
		let level = Self::level_of(&job);
		if job.rho_micro > 0 {
			T::Datasets::spend_reserved(job.dataset, job.rho_micro)?;
		}
		let synthetic_dataset = Self::register_result(attestation, &job, &body)?;
		Self::supersede(attestation, &body);
		for subject in &body.subjects {
			AttestedArtefacts::<T>::insert(job.agreement, subject.sha3, attestation);
		}
		let record = Attestation {
			body,
			builder: job.custodian,
			key: key_digest(key),
			signature: Attestation::signature_halves(&sp_core::sr25519::Signature::from(signature.clone()).0),
			block: Self::now(),
			level,
			status: AttestationStatus::Standing,
			synthetic_dataset,
		};
		Attestations::<T>::insert(attestation, record);
		Self::close(id, Job { state: JobState::Attested, attestation: Some(attestation), ..job });
		Self::deposit_event(Event::JobAttested { job: id, attestation, level, dataset: synthetic_dataset });
		Ok(())
	}

	/// `Bound` if agreement, generator, dataset and consents all hold in this block. Consents were checked when the job
	/// was accepted; whether one that ended since was among them is not known here, so any end makes it `Claimed`.
	fn level_of(job: &Job) -> Level {
		let agreement_holds = T::Agreements::is_in_force(job.agreement);
		let generator_holds =
			Generators::<T>::get(job.generator).is_some_and(|generator| generator.status == GeneratorStatus::Approved);
		let dataset_holds =
			T::Datasets::dataset(job.dataset).is_some_and(|dataset| dataset.status == DatasetStatus::Active);
		let consents_hold = job
			.accepted
			.as_ref()
			.is_some_and(|record| T::Consents::last_restriction(job.custodian) <= record.acceptance.consent_block);
		if agreement_holds && generator_holds && dataset_holds && consents_hold {
			Level::Bound
		} else {
			Level::Claimed
		}
	}

	/// Registers the table as a dataset that derives from the one learnt from.
	fn register_result(
		attestation: AttestationId,
		job: &Job,
		body: &AttestationBody,
	) -> Result<DatasetId, DispatchError> {
		let source = T::Datasets::version(job.dataset, job.version).ok_or(Error::<T>::DatasetNotFound)?;
		let table = body.subject(SubjectRole::SyntheticTable).ok_or(Error::<T>::AttestationNotFound)?;
		let mut inputs = BoundedVec::new();
		inputs
			.try_push(DatasetInput { dataset: job.dataset, version: job.version })
			.map_err(|_| Error::<T>::DatasetNotFound)?;
		let version = DatasetVersion {
			rows: table.sha3,
			schema: source.schema,
			manifest: body.statement,
			row_bucket: row_bucket(u64::from(table.rows)),
			since: Self::now(),
		};
		T::Datasets::register_derived(job.custodian, Derivation { inputs, attestation }, version)
	}

	fn supersede(by: AttestationId, body: &AttestationBody) {
		let Some(earlier) = body.supersedes else { return };
		Attestations::<T>::mutate(earlier, |entry| {
			if let Some(attestation) = entry {
				attestation.status = AttestationStatus::Superseded;
				Self::deposit_event(Event::AttestationSuperseded { attestation: earlier, by });
			}
		});
	}

	/// The number of leaves that the attestation claims is not compared with the path: were it false, no honest path
	/// would fit it and the fraud could not be shown.
	pub(crate) fn do_report(
		reporter: AccountId,
		id: AttestationId,
		handle: ConsentHandle,
		path: &MerklePath,
	) -> DispatchResult {
		ensure!(T::Membership::active_member(&reporter).is_some(), Error::<T>::NotAuthorized);
		let mut attestation = Attestations::<T>::get(id).ok_or(Error::<T>::AttestationNotFound)?;
		ensure!(attestation.status != AttestationStatus::Rejected, Error::<T>::AlreadyRejected);
		let acceptance = &attestation.body.acceptance;
		let is_used = verify_path(&acceptance.consent_root, &consent_leaf(&handle), path);
		ensure!(is_used, Error::<T>::PathInvalid);
		let held = T::Consents::custodian(&handle) == Some(attestation.builder)
			&& T::Consents::is_valid_at(&handle, attestation.body.purpose, acceptance.consent_block);
		ensure!(!held, Error::<T>::ConsentWasValid);
		Self::recall(attestation.synthetic_dataset)?;
		attestation.status = AttestationStatus::Rejected;
		let job = attestation.body.job;
		Attestations::<T>::insert(id, attestation);
		Self::deposit_event(Event::AttestationRejected { attestation: id, job, handle, reporter });
		Ok(())
	}

	/// A dataset that is recalled or retired already needs nothing more, and must not stand in the way of the rejection.
	fn recall(dataset: DatasetId) -> DispatchResult {
		let status = T::Datasets::dataset(dataset).map(|dataset| dataset.status);
		match status {
			Some(DatasetStatus::Active | DatasetStatus::Quarantined) => T::Datasets::recall_derived(dataset),
			_ => Ok(()),
		}
	}
}

impl<T: Config> Artefacts for Pallet<T> {
	fn is_attested_under(agreement: AgreementId, artefact: &Digest) -> bool {
		AttestedArtefacts::<T>::get(agreement, artefact)
			.and_then(Attestations::<T>::get)
			.is_some_and(|attestation| attestation.status == AttestationStatus::Standing)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_artefact(agreement: AgreementId, artefact: Digest) {
		crate::benchmarking::insert_artefact::<T>(agreement, artefact);
	}
}
