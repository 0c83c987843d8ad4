//! Benchmarks: one per call and one per authorisation, each in its worst case. The authorised calls are signed with a
//! key of the keystore that the runner provides.

use crate::{
	session::key_digest, AcceptPayload, AttestationKeys, Attestations, AttestedArtefacts, Call, Config, FailPayload,
	GeneratorCount, Generators, JobCount, Jobs, Pallet,
};
use alloc::{boxed::Box, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	pallet_prelude::TransactionSource,
	traits::{Authorize, Get},
	BoundedVec,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use semblance_primitives::{
	commitment::{consent_leaf, sha3_256, MerklePath, MAX_DEPTH},
	consortium::OrganisationKind,
	data_use::{DataUse, Modifiers, Permission, Purpose},
	generation::*,
	metrics::{Metric, ReproducibleBy},
	privacy::{epsilon_micro, PrivacyLoss},
	seeds::sampling_seed,
	signing::{
		attestation_key::{AttestationKey, AttestationSignature},
		ACCEPT, ATTEST, FAIL,
	},
	traits::{Agreements, Datasets, Membership},
	AccountId, AgreementId, BlockNumber, ConsentHandle, Digest, GeneratorId, JobId,
};
use sp_application_crypto::RuntimeAppPublic;

const ROWS: u32 = 100;
const RHO: u64 = 1_000;
const BEACON: Digest = Digest::repeat_byte(9);

fn member<T: Config>(name: &'static str, kind: OrganisationKind) -> AccountId {
	let who: AccountId = account(name, 0, 0);
	T::Membership::benchmark_member(&who, kind);
	who
}

fn set_block<T: Config>(number: BlockNumber) {
	frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::from(number));
}

fn generator<T: Config>(status: GeneratorStatus, approvals: u32) -> GeneratorId {
	let reviews = (0..approvals).map(|index| GeneratorReview {
		reviewer: account("earlier reviewer", index, 0),
		organisation: u32::MAX.saturating_sub(index),
		report: Digest::repeat_byte(2),
	});
	let record = Generator {
		kind: GeneratorKind::Mst,
		version: 1,
		code: Digest::repeat_byte(1),
		tier: GeneratorKind::Mst.tier(),
		proposer: account("proposer", 0, 0),
		organisation: 0,
		reviews: BoundedVec::truncate_from(reviews.collect()),
		status,
	};
	let id = GeneratorCount::<T>::get().saturating_add(1);
	GeneratorCount::<T>::put(id);
	Generators::<T>::insert(id, record);
	id
}

/// An agreement on a hospital's dataset, its researcher, and the hospital's attestation key.
fn agreement<T: Config>() -> (AccountId, AgreementId, AttestationKey) {
	set_block::<T>(1);
	let validator: AccountId = account("validator", 0, 0);
	let custodian = T::Membership::benchmark_member(&validator, OrganisationKind::Hospital);
	let researcher = member::<T>("researcher", OrganisationKind::ResearchInstitute);
	let terms = DataUse {
		permission: Permission::NoRestriction,
		modifiers: Modifiers::default(),
		time_limit_months: None,
		moratorium_until: None,
		regions: BoundedVec::new(),
	};
	let dataset = T::Datasets::benchmark_dataset(custodian, terms);
	let agreement = T::Agreements::benchmark_agreement(&researcher, dataset);
	let key = AttestationKey::generate_pair(None);
	AttestationKeys::<T>::insert(key_digest(&key), validator);
	(researcher, agreement, key)
}

/// Every parameter there is, in canonical order.
fn parameters() -> BoundedVec<Parameter, sp_core::ConstU32<MAX_PARAMETERS>> {
	use ParameterName::*;
	let names = [HoldOutShare, MarginResolution, MaxCells, MaxEpochs, HiddenWidth, RowsPerPatient, TargetEdges];
	BoundedVec::truncate_from(names.map(|name| Parameter { name, value: 1 }).to_vec())
}

fn requested<T: Config>() -> Result<(JobId, AccountId, AttestationKey), BenchmarkError> {
	let (researcher, agreement, key) = agreement::<T>();
	let generator = generator::<T>(GeneratorStatus::Approved, 2);
	let origin = RawOrigin::Signed(researcher.clone());
	Pallet::<T>::request_generation(origin.into(), agreement, generator, parameters(), ROWS, RHO)?;
	set_block::<T>(3);
	Ok((JobCount::<T>::get(), researcher, key))
}

fn job<T: Config>(id: JobId) -> Result<Job, BenchmarkError> {
	Jobs::<T>::get(id).ok_or(BenchmarkError::Stop("the job exists"))
}

fn acceptance<T: Config>(consent_root: Digest) -> Acceptance {
	Acceptance {
		consent_block: 1,
		training_root: Digest::repeat_byte(1),
		hold_out_root: Digest::repeat_byte(2),
		consent_root,
		consent_count: T::MinConsents::get(),
		secret_commitment: Digest::repeat_byte(4),
		reference_statistics: Digest::repeat_byte(5),
	}
}

fn accept_payload<T: Config>(job: JobId) -> AcceptPayload {
	AcceptPayload { job, acceptance: acceptance::<T>(Digest::repeat_byte(3)) }
}

/// A job whose beacon is known.
fn accepted<T: Config>(consent_root: Digest) -> Result<(JobId, AttestationKey), BenchmarkError> {
	let (id, _, key) = requested::<T>()?;
	Pallet::<T>::do_accept(AcceptPayload { job: id, acceptance: acceptance::<T>(consent_root) })?;
	frame_system::BlockHash::<T>::insert(BlockNumberFor::<T>::from(5u32), BEACON);
	set_block::<T>(6);
	Ok((id, key))
}

fn sign<T: Config, Payload: codec::Encode>(
	tag: &[u8],
	id: JobId,
	key: &AttestationKey,
	payload: &Payload,
) -> Result<AttestationSignature, BenchmarkError> {
	let signed = Pallet::<T>::message_of(tag, &job::<T>(id)?, payload);
	key.sign(&signed).ok_or(BenchmarkError::Stop("the keystore signs"))
}

/// An attestation with every artefact and as many metrics as there may be.
fn body<T: Config>(id: JobId) -> Result<AttestationBody, BenchmarkError> {
	let job = job::<T>(id)?;
	let accepted = job.accepted.ok_or(BenchmarkError::Stop("the job is accepted"))?;
	let model = Digest::repeat_byte(12);
	let subject = |role, byte, rows| Subject { role, sha3: Digest::repeat_byte(byte), bytes_bucket: 12, rows };
	let subjects = [
		subject(SubjectRole::MeasurementLog, 11, 0),
		subject(SubjectRole::Model, 12, 0),
		subject(SubjectRole::SyntheticTable, 13, job.rows),
		subject(SubjectRole::Report, 14, 0),
	];
	let metrics = (0..MAX_METRICS as u16)
		.map(|id| Metric { id, value_ppm: 1, reproducible_by: ReproducibleBy::Anyone })
		.collect();
	let budget = T::Datasets::budget(job.dataset).ok_or("the dataset has a budget")?;
	let delta_exponent = budget.delta_exponent;
	Ok(AttestationBody {
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
		beacon: BEACON,
		sampling_seed: sampling_seed(&BEACON, &model, job.rows),
		subjects: BoundedVec::truncate_from(subjects.to_vec()),
		metrics: BoundedVec::truncate_from(metrics),
		privacy: Some(PrivacyLoss {
			rho_micro: RHO,
			epsilon_micro: epsilon_micro(RHO, delta_exponent),
			delta_exponent,
		}),
		environment: Digest::repeat_byte(15),
		started: 1,
		finished: 2,
		supersedes: None,
		statement: Digest::repeat_byte(16),
	})
}

/// An attested job.
fn attested<T: Config>(consent_root: Digest) -> Result<(JobId, AttestationKey), BenchmarkError> {
	let (id, key) = accepted::<T>(consent_root)?;
	let body = body::<T>(id)?;
	let signature = sign::<T, _>(ATTEST, id, &key, &body)?;
	Pallet::<T>::do_attest(body, &key, &signature)?;
	Ok((id, key))
}

fn attest_call<T: Config>(
) -> Result<(JobId, Box<AttestationBody>, AttestationKey, AttestationSignature), BenchmarkError> {
	let (id, key) = accepted::<T>(Digest::repeat_byte(3))?;
	let body = body::<T>(id)?;
	let signature = sign::<T, _>(ATTEST, id, &key, &body)?;
	Ok((id, Box::new(body), key, signature))
}

fn authorised<T: Config>(call: &Call<T>) -> Result<(), BenchmarkError> {
	match call.authorize(TransactionSource::External) {
		Some(Ok(_)) => Ok(()),
		_ => Err(BenchmarkError::Stop("the call is authorised")),
	}
}

/// The longest path there is, and the root to which it leads.
fn longest_path(handle: &ConsentHandle) -> (Digest, MerklePath) {
	let siblings: Vec<Digest> = (0..MAX_DEPTH as u8).map(Digest::repeat_byte).collect();
	let root = siblings.iter().fold(consent_leaf(handle), |node, sibling| {
		sha3_256(&[&[1u8][..], node.as_bytes(), sibling.as_bytes()].concat())
	});
	(root, MerklePath { index: 0, leaves: u32::MAX, siblings: BoundedVec::truncate_from(siblings) })
}

/// Makes `artefact` count as attested under `agreement`, for the benchmarks of access-control.
pub(crate) fn insert_artefact<T: Config>(agreement: AgreementId, artefact: Digest) {
	let body = AttestationBody {
		format: ATTESTATION_FORMAT,
		job: 0,
		agreement,
		dataset: 0,
		version: 1,
		purpose: Purpose::HealthResearch,
		generator: 0,
		code: artefact,
		parameters: artefact,
		acceptance: acceptance::<T>(artefact),
		beacon: artefact,
		sampling_seed: artefact,
		subjects: BoundedVec::truncate_from(alloc::vec![Subject {
			role: SubjectRole::SyntheticTable,
			sha3: artefact,
			bytes_bucket: 1,
			rows: 1,
		}]),
		metrics: BoundedVec::new(),
		privacy: None,
		environment: artefact,
		started: 0,
		finished: 0,
		supersedes: None,
		statement: artefact,
	};
	let id = body.id(&Pallet::<T>::genesis());
	let attestation = Attestation {
		body,
		builder: 0,
		key: artefact,
		signature: [artefact; 2],
		block: 0,
		level: Level::Claimed,
		status: AttestationStatus::Standing,
		synthetic_dataset: 0,
	};
	Attestations::<T>::insert(id, attestation);
	AttestedArtefacts::<T>::insert(agreement, artefact, id);
}

#[benchmarks]
mod benches {
	use super::*;

	#[benchmark]
	fn propose_generator() -> Result<(), BenchmarkError> {
		let who = member::<T>("developer", OrganisationKind::ResearchInstitute);
		#[extrinsic_call]
		propose_generator(RawOrigin::Signed(who), GeneratorKind::Aim, 1, Digest::repeat_byte(1));
		assert_eq!(GeneratorCount::<T>::get(), 1);
		Ok(())
	}

	#[benchmark]
	fn review_generator() -> Result<(), BenchmarkError> {
		let who = member::<T>("reviewer", OrganisationKind::ResearchInstitute);
		let id = generator::<T>(GeneratorStatus::Proposed, 1);
		#[extrinsic_call]
		review_generator(RawOrigin::Signed(who), id, true, Digest::repeat_byte(1));
		assert!(Pallet::<T>::usable_generator(id).is_ok());
		Ok(())
	}

	#[benchmark]
	fn retire_generator() -> Result<(), BenchmarkError> {
		let who: AccountId = account("developer", 0, 0);
		let organisation = T::Membership::benchmark_member(&who, OrganisationKind::ResearchInstitute);
		let id = generator::<T>(GeneratorStatus::Approved, 2);
		Generators::<T>::mutate(id, |entry| {
			if let Some(generator) = entry {
				generator.organisation = organisation;
			}
		});
		#[extrinsic_call]
		retire_generator(RawOrigin::Signed(who), id);
		assert!(Pallet::<T>::usable_generator(id).is_err());
		Ok(())
	}

	#[benchmark]
	fn request_generation() -> Result<(), BenchmarkError> {
		let (researcher, agreement, _) = agreement::<T>();
		let id = generator::<T>(GeneratorStatus::Approved, 2);
		#[extrinsic_call]
		request_generation(RawOrigin::Signed(researcher), agreement, id, parameters(), ROWS, RHO);
		assert_eq!(JobCount::<T>::get(), 1);
		Ok(())
	}

	#[benchmark]
	fn cancel() -> Result<(), BenchmarkError> {
		let (id, researcher, _) = requested::<T>()?;
		#[extrinsic_call]
		cancel(RawOrigin::Signed(researcher), id);
		assert_eq!(job::<T>(id)?.state, JobState::Cancelled);
		Ok(())
	}

	#[benchmark]
	fn expire_job() -> Result<(), BenchmarkError> {
		let (id, researcher, _) = requested::<T>()?;
		set_block::<T>(job::<T>(id)?.deadline.saturating_add(1));
		#[extrinsic_call]
		expire_job(RawOrigin::Signed(researcher), id);
		assert_eq!(job::<T>(id)?.state, JobState::Expired);
		Ok(())
	}

	#[benchmark]
	fn accept() -> Result<(), BenchmarkError> {
		let (id, _, key) = requested::<T>()?;
		let payload = accept_payload::<T>(id);
		let signature = sign::<T, _>(ACCEPT, id, &key, &payload)?;
		#[extrinsic_call]
		accept(RawOrigin::Authorized, payload, key, signature, 0);
		assert_eq!(job::<T>(id)?.state, JobState::Accepted);
		Ok(())
	}

	#[benchmark]
	fn attest() -> Result<(), BenchmarkError> {
		let (id, body, key, signature) = attest_call::<T>()?;
		#[extrinsic_call]
		attest(RawOrigin::Authorized, body, key, signature, 0);
		assert_eq!(job::<T>(id)?.state, JobState::Attested);
		Ok(())
	}

	#[benchmark]
	fn fail() -> Result<(), BenchmarkError> {
		let (id, key) = accepted::<T>(Digest::repeat_byte(3))?;
		let payload = FailPayload { job: id, reason: FailureReason::GenerationFailed };
		let signature = sign::<T, _>(FAIL, id, &key, &payload)?;
		#[extrinsic_call]
		fail(RawOrigin::Authorized, payload, key, signature, 0);
		assert_eq!(job::<T>(id)?.state, JobState::Failed);
		Ok(())
	}

	#[benchmark]
	fn report_invalid_consent() -> Result<(), BenchmarkError> {
		let reporter = member::<T>("reporter", OrganisationKind::Auditor);
		let handle = Digest::repeat_byte(0xEE);
		let (root, path) = longest_path(&handle);
		let (id, _) = attested::<T>(root)?;
		let attestation = job::<T>(id)?.attestation.ok_or(BenchmarkError::Stop("the job is attested"))?;
		#[extrinsic_call]
		report_invalid_consent(RawOrigin::Signed(reporter), attestation, handle, path);
		let status = Attestations::<T>::get(attestation).map(|record| record.status);
		assert_eq!(status, Some(AttestationStatus::Rejected));
		Ok(())
	}

	#[benchmark]
	fn authorize_accept() -> Result<(), BenchmarkError> {
		let (id, _, key) = requested::<T>()?;
		let payload = accept_payload::<T>(id);
		let signature = sign::<T, _>(ACCEPT, id, &key, &payload)?;
		let call = Call::<T>::accept { payload, key, signature, discriminator: 0 };
		#[block]
		{
			authorised(&call)?;
		}
		Ok(())
	}

	#[benchmark]
	fn authorize_attest() -> Result<(), BenchmarkError> {
		let (_, body, key, signature) = attest_call::<T>()?;
		let call = Call::<T>::attest { body, key, signature, discriminator: 0 };
		#[block]
		{
			authorised(&call)?;
		}
		Ok(())
	}

	#[benchmark]
	fn authorize_fail() -> Result<(), BenchmarkError> {
		let (id, key) = accepted::<T>(Digest::repeat_byte(3))?;
		let payload = FailPayload { job: id, reason: FailureReason::GenerationFailed };
		let signature = sign::<T, _>(FAIL, id, &key, &payload)?;
		let call = Call::<T>::fail { payload, key, signature, discriminator: 0 };
		#[block]
		{
			authorised(&call)?;
		}
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_ext(), crate::mock::Test);
}
