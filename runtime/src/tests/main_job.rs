use super::*;
use codec::Encode;
use frame_support::{assert_noop, assert_ok, traits::Hooks};
use semblance_primitives::{
	access::{AgreementState, Policy, VoteChoice, VoteReason},
	commitment::{consent_leaf, merkle_path, merkle_root, sha3_256},
	consent::{Capture, CapturedConsent},
	data_use::{DataUse, Permission, Purpose, UseAttributes},
	dataset::{DatasetKind, DatasetStatus, LegalBasis, Sensitivity},
	generation::*,
	seeds::sampling_seed,
	signing::{self, message},
	AgreementId, ConsentHandle, Digest, JobId,
};
use sp_runtime::transaction_validity::InvalidTransaction;

pub(super) type Attesting = pallet_generation_attestation::Call<Runtime>;
pub(super) type Outcome = Result<DispatchResult, TransactionValidityError>;

/// Applies an authorised call the way a block does.
fn authorised(call: impl Into<RuntimeCall>) -> Outcome {
	apply(UncheckedExtrinsic::new_transaction(call.into(), transaction_extension()), TransactionSource::External)
}

pub(super) fn pass_blocks(count: u32) {
	for _ in 0..count {
		let number = System::block_number();
		System::on_finalize(number);
		let parent = sha3_256(&number.encode());
		System::reset_events();
		System::initialize(&(number + 1), &parent, &Default::default());
	}
}

pub(super) fn handles() -> Vec<ConsentHandle> {
	(1..=5u8).map(ConsentHandle::repeat_byte).collect()
}

fn terms() -> DataUse {
	DataUse::new(Permission::HealthMedicalBiomedical)
}

/// Everything up to an agreement in force; returns its number.
pub(super) fn agreement() -> AgreementId {
	let version = pallet_dataset_registry::DatasetVersionInput {
		rows: Digest::repeat_byte(11),
		schema: Digest::repeat_byte(12),
		manifest: Digest::repeat_byte(13),
		row_bucket: 3,
	};
	assert_ok!(by(
		"Alice",
		pallet_dataset_registry::Call::register {
			registration: pallet_dataset_registry::DatasetRegistration {
				terms: terms(),
				sensitivity: Sensitivity::Standard,
				legal_basis: LegalBasis::Consent,
				version,
				budget_cap: 1_000_000,
				delta_exponent: 5,
			},
		}
	));
	let evidence = Digest::repeat_byte(21);
	let consents = handles().into_iter().map(|handle| CapturedConsent { handle, evidence }).collect::<Vec<_>>();
	assert_ok!(by(
		"Alice",
		pallet_consent::Call::capture_batch {
			capture: Capture::StewardAttested,
			terms: terms(),
			expires: None,
			notice: Digest::repeat_byte(22),
			consents: consents.try_into().unwrap(),
		}
	));
	let policy = Policy {
		custodian_votes: 1,
		ethics_votes: 1,
		allow_heuristic: true,
		max_rho: 500_000,
		max_rows: 1_000,
		lifetime: 10_000,
		review_period: 1_000,
	};
	assert_ok!(by("Alice", pallet_access_control::Call::set_policy { dataset: 1, policy }));
	assert_ok!(by("Researcher", application(Purpose::HealthResearch)));
	for voter in ["Alice", "Ethics"] {
		assert_ok!(by(
			voter,
			pallet_access_control::Call::vote {
				application: 1,
				choice: VoteChoice::Approve,
				reason: VoteReason::FitsTerms,
				memo: Digest::zero(),
			}
		));
	}
	1
}

pub(super) fn application(purpose: Purpose) -> pallet_access_control::Call<Runtime> {
	let attributes = UseAttributes {
		commercial: false,
		non_profit_organisation: true,
		collaborates_with_custodian: false,
		ethics_evidence: None,
		region: None,
		months: 12,
	};
	pallet_access_control::Call::apply { dataset: 1, purpose, attributes, statement: Digest::repeat_byte(31) }
}

pub(super) fn generator() -> u32 {
	let (kind, version, code) = (GeneratorKind::GaussianCopula, 1, Digest::repeat_byte(41));
	assert_ok!(by("Alice", pallet_generation_attestation::Call::propose_generator { kind, version, code }));
	for reviewer in ["Ethics", "Auditor"] {
		let report = Digest::repeat_byte(42);
		assert_ok!(by(
			reviewer,
			pallet_generation_attestation::Call::review_generator { generator: 1, approve: true, report }
		));
	}
	1
}

pub(super) fn request(rows: u32) -> DispatchResult {
	by(
		"Researcher",
		pallet_generation_attestation::Call::request_generation {
			agreement: 1,
			generator: 1,
			parameters: Default::default(),
			rows,
			rho_micro: 0,
		},
	)
}

pub(super) fn acceptance(used: &[ConsentHandle]) -> Acceptance {
	let leaves: Vec<_> = used.iter().map(consent_leaf).collect();
	Acceptance {
		consent_block: System::block_number() - 1,
		training_root: Digest::repeat_byte(51),
		hold_out_root: Digest::repeat_byte(52),
		consent_root: merkle_root(&leaves),
		consent_count: used.len() as u32,
		secret_commitment: Digest::repeat_byte(53),
		reference_statistics: Digest::repeat_byte(54),
	}
}

pub(super) fn job(id: JobId) -> Job {
	pallet_generation_attestation::Jobs::<Runtime>::get(id).unwrap()
}

fn signed<Body: Encode>(
	signer: &str,
	tag: &[u8],
	id: JobId,
	body: &Body,
) -> (signing::attestation_key::AttestationKey, signing::attestation_key::AttestationSignature) {
	let job = job(id);
	let pair = attestation_pair(signer);
	let bytes = message(tag, &System::block_hash(0), job.attempt, job.deadline, body);
	(pair.public(), pair.sign(&bytes))
}

pub(super) fn accept(signer: &str, id: JobId, acceptance: Acceptance) -> Outcome {
	authorised(accepting(signer, id, acceptance))
}

pub(super) fn accepting(signer: &str, id: JobId, acceptance: Acceptance) -> Attesting {
	let payload = pallet_generation_attestation::AcceptPayload { job: id, acceptance };
	let (key, signature) = signed(signer, signing::ACCEPT, id, &payload);
	Attesting::accept { payload, key, signature, discriminator: 0 }
}

pub(super) fn failing(signer: &str, id: JobId) -> Attesting {
	let payload = pallet_generation_attestation::FailPayload { job: id, reason: FailureReason::DatasetNotHeld };
	let (key, signature) = signed(signer, signing::FAIL, id, &payload);
	Attesting::fail { payload, key, signature, discriminator: 0 }
}

pub(super) fn attestation_body(id: JobId) -> AttestationBody {
	let job = job(id);
	let accepted = job.accepted.clone().unwrap();
	let beacon = System::block_hash(accepted.block + BEACON_DELAY);
	let subject = |role, byte, rows| Subject { role, sha3: Digest::repeat_byte(byte), bytes_bucket: 10, rows };
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
		sampling_seed: sampling_seed(&beacon, &Digest::repeat_byte(61), job.rows),
		subjects: vec![
			subject(SubjectRole::Model, 61, 0),
			subject(SubjectRole::SyntheticTable, 62, job.rows),
			subject(SubjectRole::Report, 63, 0),
		]
		.try_into()
		.unwrap(),
		metrics: Default::default(),
		privacy: None,
		environment: Digest::repeat_byte(71),
		started: 1,
		finished: 2,
		supersedes: None,
		statement: Digest::repeat_byte(72),
	}
}

pub(super) fn attest(signer: &str, id: JobId, body: AttestationBody) -> Outcome {
	authorised(attesting(signer, id, body))
}

pub(super) fn attesting(signer: &str, id: JobId, body: AttestationBody) -> Attesting {
	let (key, signature) = signed(signer, signing::ATTEST, id, &body);
	Attesting::attest { body: Box::new(body), key, signature, discriminator: 0 }
}

/// A job in state `Accepted` whose beacon is known.
pub(super) fn accepted_job() -> JobId {
	agreement();
	generator();
	assert_ok!(request(100));
	pass_blocks(1);
	assert_ok!(accept("Alice", 1, acceptance(&handles())).unwrap());
	pass_blocks(BEACON_DELAY + 1);
	1
}

#[test]
fn consent_dataset_agreement_generation_and_attestation_make_one_record() {
	chain("development").execute_with(|| {
		let id = accepted_job();
		let body = attestation_body(id);
		assert_ok!(attest("Alice", id, body.clone()).unwrap());

		let attestation = job(id).attestation.unwrap();
		assert_eq!(attestation, body.id(&System::block_hash(0)));
		let record = pallet_generation_attestation::Attestations::<Runtime>::get(attestation).unwrap();
		assert_eq!(record.level, Level::Bound);
		let synthetic = pallet_dataset_registry::Records::<Runtime>::get(record.synthetic_dataset).unwrap();
		assert_eq!((synthetic.kind, synthetic.terms), (DatasetKind::Synthetic, terms()));
	});
}

#[test]
fn provenance_leads_from_the_synthetic_dataset_back_to_the_consent_root() {
	let mut chain = chain("development");
	chain.execute_with(|| {
		let id = accepted_job();
		assert_ok!(attest("Alice", id, attestation_body(id)).unwrap());
		use semblance_primitives::api::runtime_decl_for_semblance_api::SemblanceApi;
		let provenance = <Runtime as SemblanceApi<Block>>::provenance(2).unwrap();
		let leaves: Vec<_> = handles().iter().map(consent_leaf).collect();
		assert_eq!(provenance.attestation.body.acceptance.consent_root, merkle_root(&leaves));
		assert_eq!(provenance.agreement.agreement.state, AgreementState::Active);
		assert_eq!(provenance.inputs[0].id, 1);
		assert!(<Runtime as SemblanceApi<Block>>::provenance(1).is_none());
	});
}

#[test]
fn a_consent_withdrawn_after_the_worker_looked_makes_its_acceptance_stale() {
	chain("development").execute_with(|| {
		agreement();
		generator();
		assert_ok!(request(100));
		pass_blocks(1);
		let stale = acceptance(&handles());
		pass_blocks(1);
		let (handle, evidence) = (handles()[0], Digest::repeat_byte(81));
		assert_ok!(by("Alice", pallet_consent::Call::withdraw { handle, evidence }));
		assert!(accept("Alice", 1, stale).is_err());
		assert_eq!(job(1).state, JobState::Requested);
		pass_blocks(1);
		assert_ok!(accept("Alice", 1, acceptance(&handles()[1..])).unwrap());
	});
}

#[test]
fn another_hospital_can_neither_accept_nor_attest() {
	chain("local_testnet").execute_with(|| {
		agreement();
		generator();
		assert_ok!(request(100));
		pass_blocks(1);
		let refused = accept("Bob", 1, acceptance(&handles())).unwrap_err();
		assert!(matches!(refused, TransactionValidityError::Invalid(_)), "{refused:?}");
		assert_ok!(accept("Alice", 1, acceptance(&handles())).unwrap());
	});
}

#[test]
fn an_attestation_that_differs_from_the_acceptance_is_refused() {
	chain("development").execute_with(|| {
		let id = accepted_job();
		let mut body = attestation_body(id);
		body.acceptance.training_root = Digest::repeat_byte(99);
		assert!(attest("Alice", id, body).is_err());
		assert_eq!(job(id).state, JobState::Accepted);
	});
}

#[test]
fn a_proof_of_an_invalid_consent_rejects_the_attestation_and_recalls_the_data() {
	chain("development").execute_with(|| {
		agreement();
		generator();
		let (handle, evidence) = (handles()[2], Digest::repeat_byte(81));
		assert_ok!(by("Alice", pallet_consent::Call::withdraw { handle, evidence }));
		pass_blocks(1);
		assert_ok!(request(100));
		pass_blocks(1);
		// The hospital uses the withdrawn patient all the same.
		assert_ok!(accept("Alice", 1, acceptance(&handles())).unwrap());
		pass_blocks(BEACON_DELAY + 1);
		assert_ok!(attest("Alice", 1, attestation_body(1)).unwrap());
		let attestation = job(1).attestation.unwrap();
		let leaves: Vec<_> = handles().iter().map(consent_leaf).collect();
		let path = merkle_path(&leaves, 2).unwrap();
		assert_ok!(by(
			"Auditor",
			pallet_generation_attestation::Call::report_invalid_consent { attestation, handle, path }
		));
		let record = pallet_generation_attestation::Attestations::<Runtime>::get(attestation).unwrap();
		assert_eq!(record.status, AttestationStatus::Rejected);
		let synthetic = pallet_dataset_registry::Records::<Runtime>::get(record.synthetic_dataset).unwrap();
		assert_eq!(synthetic.status, DatasetStatus::Recalled);
	});
}

#[test]
fn a_denied_application_is_stored_and_leads_to_no_job() {
	chain("development").execute_with(|| {
		agreement();
		generator();
		assert_ok!(by("Researcher", application(Purpose::PopulationResearch)));
		let denied = pallet_access_control::Records::<Runtime>::get(2).unwrap();
		assert_eq!(denied.state, AgreementState::Denied);
		assert!(!denied.decision.reasons.is_empty());
	});
}

#[test]
fn more_rows_than_agreed_are_refused_by_name() {
	chain("development").execute_with(|| {
		agreement();
		generator();
		assert_noop!(request(1_001), pallet_generation_attestation::Error::<Runtime>::TooManyRows);
	});
}

#[test]
fn keys_are_released_for_attested_artefacts_only() {
	chain("development").execute_with(|| {
		let id = accepted_job();
		assert_ok!(attest("Alice", id, attestation_body(id)).unwrap());
		let key = Digest::repeat_byte(91);
		assert_ok!(by("Researcher", pallet_consortium::Call::set_encryption_key { key: Some(key) }));
		let release = |artefact| {
			by(
				"Alice",
				pallet_access_control::Call::release_key {
					agreement: 1,
					artefact: Digest::repeat_byte(artefact),
					wrapped_key: Digest::repeat_byte(92),
					recipient_key: key,
					epoch: 0,
				},
			)
		};
		assert!(release(60).is_err());
		assert_ok!(release(62));
	});
}

#[test]
fn a_stranger_is_turned_away_before_dispatch() {
	chain("development").execute_with(|| {
		let call = RuntimeCall::from(application(Purpose::HealthResearch));
		let info = call.get_dispatch_info();
		use sp_runtime::traits::DispatchTransaction;
		let gate = pallet_consortium::CheckMembership::<Runtime>::new();
		let refused = gate
			.validate_only(RuntimeOrigin::signed(account("Stranger")), &call, &info, 0, TransactionSource::External, 0)
			.map(|_| ())
			.unwrap_err();
		assert_eq!(refused, TransactionValidityError::Invalid(InvalidTransaction::BadSigner));
	});
}
