//! A small chain's last word, made with real keys: a receipt and files on which every check passes. Tests spoil one
//! part and look which check notices.

use super::{
	finality::{Header, Justification},
	statement::{PREDICATE_TYPE, STATEMENT_TYPE},
	trust::Authorities,
	Evidence,
};
use crate::receipt::{job_key, FinalisedHeader, Receipt, FORMAT};
use codec::{Decode, Encode};
use semblance_client::records::attestation_key;
use semblance_primitives::{
	commitment::sha3_256,
	data_use::Purpose,
	generation::*,
	metrics::{released_rho_micro, Metric, ReproducibleBy},
	privacy::{epsilon_micro, PrivacyLoss},
	seeds, signing, AccountId, Digest,
};
use semblance_synthesis::{
	evaluate_public, fit, measure, train, MeasureOptions, Model, NoCheckpoints, NoProgress, Schema, Table,
};
use sp_consensus_grandpa::{
	AuthorityId, AuthorityList, AuthoritySignature, ConsensusLog, Message, Precommit, ScheduledChange,
	GRANDPA_ENGINE_ID,
};
use sp_core::{ed25519, sr25519, Blake2Hasher, Bytes, Pair};
use sp_runtime::{
	generic::{Digest as Logs, DigestItem},
	traits::Header as _,
};
use sp_state_machine::{prove_read, TrieBackendBuilder};
use sp_trie::{trie_types::TrieDBMutBuilderV1, MemoryDB, TrieMut};
use std::sync::LazyLock;

/// Rows of the synthetic table.
const ROWS: u32 = 12;

/// Everything that is needed to make, and to spoil, a receipt.
#[derive(Clone)]
pub(crate) struct Fixture {
	pub(crate) receipt: Receipt,
	pub(crate) trusted: Authorities,
	pub(crate) evidence: Evidence,
	pub(crate) attestation: Attestation,
	pub(crate) job: Job,
	pub(crate) voters: Vec<ed25519::Pair>,
}

/// Authorities' keys with these names.
pub(crate) fn voters(names: &[&str]) -> Vec<ed25519::Pair> {
	names.iter().map(|name| ed25519::Pair::from_string(&format!("//{name}"), None).unwrap()).collect()
}

/// The list that a chain keeps of them.
pub(crate) fn list(voters: &[ed25519::Pair]) -> AuthorityList {
	voters.iter().map(|pair| (AuthorityId::from(pair.public()), 1)).collect()
}

/// A header.
pub(crate) fn header(number: u32, state_root: Digest, logs: Vec<DigestItem>) -> Header {
	Header::new(number, Digest::repeat_byte(0xee), state_root, Digest::repeat_byte(number as u8), Logs { logs })
}

/// The log that hands over to `next`.
pub(crate) fn handover_log(next: &[ed25519::Pair]) -> DigestItem {
	let change = ConsensusLog::<u32>::ScheduledChange(ScheduledChange { next_authorities: list(next), delay: 0 });
	DigestItem::Consensus(GRANDPA_ENGINE_ID, change.encode())
}

/// Precommits of `voters` for the header.
///
/// The types of a signed precommit have names in another crate only, so it is put together from its encoding: target
/// hash, target number, signature, voter.
pub(crate) fn justify(header: &Header, voters: &[ed25519::Pair], set_id: u64) -> Justification {
	let round = 5u64;
	let precommit = Precommit::<Header> { target_hash: header.hash(), target_number: *header.number() };
	let message = Message::<Header>::Precommit(precommit.clone());
	let payload = sp_consensus_grandpa::localized_payload(round, set_id, &message);
	let signed: Vec<_> = voters
		.iter()
		.map(|pair| {
			(precommit.clone(), AuthoritySignature::from(pair.sign(&payload)), AuthorityId::from(pair.public()))
		})
		.collect();
	let no_headers: Vec<Header> = Vec::new();
	let encoded = (round, header.hash(), *header.number(), signed, no_headers).encode();
	Justification::decode(&mut encoded.as_slice()).unwrap()
}

/// Header and justification as a receipt has them.
pub(crate) fn finalised(header: &Header, justification: &Justification) -> FinalisedHeader {
	FinalisedHeader { header: Bytes(header.encode()), justification: Bytes(justification.encode()) }
}

/// Privacy budget of the private fixture, in micro-ρ.
pub(crate) const RHO: u64 = 500_000;

/// What was learnt: a log, if private, and a model.
fn learnt(kind: GeneratorKind) -> (Option<Vec<u8>>, Model) {
	let mut csv = "age,sex\n".to_owned();
	for row in 0..30 {
		csv.push_str(&format!("{},{}\n", 20 + row * 2 % 61, if row % 3 == 0 { "f" } else { "m" }));
	}
	let mut schema = Schema::infer(csv.as_bytes(), "cohort.csv", &Default::default()).unwrap().schema;
	schema.confirm();
	let table = Table::parse_csv(csv.as_bytes(), "cohort.csv", &schema).unwrap();
	if kind == GeneratorKind::GaussianCopula {
		return (
			None,
			fit(semblance_synthesis::GeneratorKind::GaussianCopula, &table, [1; 32], &mut NoProgress).unwrap(),
		);
	}
	let options = MeasureOptions { rho_micro: RHO, ..MeasureOptions::default() };
	if kind == GeneratorKind::TabularLanguageModelPrivate {
		// The worker leaves a part of the budget to metrics.
		let options = MeasureOptions { rho_micro: RHO - released_rho_micro(RHO), ..options };
		let (model, log) = train(&table, &options, [1; 32], &mut NoCheckpoints, &mut NoProgress).unwrap();
		return (Some(log.to_bytes()), model);
	}
	let log = measure(semblance_synthesis::GeneratorKind::Mst, &table, &options, [1; 32], &mut NoProgress).unwrap();
	(Some(log.to_bytes()), log.fit(&mut NoProgress).unwrap())
}

/// A model as bytes, its table, the seed from which the table was drawn, and its public metrics.
fn synthetic(model: &Model, beacon: &Digest) -> (Vec<u8>, Vec<u8>, Digest, Vec<Metric>) {
	let bytes = model.to_bytes();
	let seed = seeds::sampling_seed(beacon, &sha3_256(&bytes), ROWS);
	let drawn = model.sample(seed.0, ROWS, &mut NoProgress).unwrap();
	let metrics = evaluate_public(&drawn)
		.iter()
		.map(|metric| Metric {
			id: metric.id as u16,
			value_ppm: metric.value_ppm,
			reproducible_by: ReproducibleBy::Anyone,
		})
		.collect();
	(bytes, drawn.to_canonical_csv(), seed, metrics)
}

fn acceptance() -> Acceptance {
	Acceptance {
		consent_block: 3,
		training_root: Digest::repeat_byte(1),
		hold_out_root: Digest::repeat_byte(2),
		consent_root: Digest::repeat_byte(3),
		consent_count: 24,
		secret_commitment: Digest::repeat_byte(5),
		reference_statistics: Digest::repeat_byte(6),
	}
}

fn job(kind: GeneratorKind) -> Job {
	Job {
		agreement: 4,
		requester: AccountId::new([8; 32]),
		dataset: 1,
		version: 1,
		dataset_rows: Digest::repeat_byte(9),
		custodian: 1,
		purpose: Purpose::HealthResearch,
		generator: 2,
		kind,
		code: Digest::repeat_byte(10),
		parameters: Default::default(),
		rows: ROWS,
		rho_micro: if kind.tier() == Tier::DifferentiallyPrivate { RHO } else { 0 },
		state: JobState::Attested,
		attempt: 1,
		requested: 3,
		deadline: 500,
		accepted: Some(AcceptanceRecord { acceptance: acceptance(), block: 5 }),
		failure: None,
		attestation: None,
	}
}

fn body(
	job: &Job,
	beacon: Digest,
	sampling_seed: Digest,
	files: &[(SubjectRole, &[u8])],
	metrics: Vec<Metric>,
) -> AttestationBody {
	let subject = |(role, content): &(SubjectRole, &[u8])| Subject {
		role: *role,
		sha3: sha3_256(content),
		bytes_bucket: semblance_primitives::dataset::row_bucket(content.len() as u64),
		rows: if *role == SubjectRole::SyntheticTable { ROWS } else { 0 },
	};
	AttestationBody {
		format: ATTESTATION_FORMAT,
		job: 7,
		agreement: job.agreement,
		dataset: job.dataset,
		version: job.version,
		purpose: job.purpose,
		generator: job.generator,
		code: job.code,
		parameters: parameters_digest(&job.parameters),
		acceptance: acceptance(),
		beacon,
		sampling_seed,
		subjects: files.iter().map(subject).collect::<Vec<_>>().try_into().unwrap(),
		metrics: metrics.try_into().unwrap(),
		privacy: (job.rho_micro > 0).then(|| PrivacyLoss {
			rho_micro: job.rho_micro,
			epsilon_micro: epsilon_micro(job.rho_micro, 5),
			delta_exponent: 5,
		}),
		environment: Digest::repeat_byte(12),
		started: 1,
		finished: 2,
		supersedes: None,
		statement: Digest::zero(),
	}
}

/// A statement in the worker's shape.
fn statement(genesis: &Digest, body: &AttestationBody, job: &Job) -> Vec<u8> {
	let (chain, acceptance) = (hex::encode(genesis), &body.acceptance);
	let subjects: Vec<_> = body
		.subjects
		.iter()
		.map(|subject| serde_json::json!({ "name": subject.role.file_name(), "digest": { "sha3-256": hex::encode(subject.sha3) } }))
		.collect();
	let statement = serde_json::json!({
		"_type": STATEMENT_TYPE,
		"predicateType": PREDICATE_TYPE,
		"subject": subjects,
		"predicate": {
			"buildDefinition": {
				"externalParameters": {
					"job": body.job, "attempt": job.attempt, "agreement": body.agreement, "rows": job.rows,
					"generator": { "id": body.generator }, "parametersDigest": hex::encode(body.parameters),
				},
				"internalParameters": {
					"beacon": hex::encode(body.beacon), "samplingSeed": hex::encode(body.sampling_seed),
					"consentBlock": acceptance.consent_block, "consentCount": acceptance.consent_count,
					"consentRoot": hex::encode(acceptance.consent_root), "trainingRoot": hex::encode(acceptance.training_root),
					"holdOutRoot": hex::encode(acceptance.hold_out_root),
					"secretCommitment": hex::encode(acceptance.secret_commitment),
				},
				"resolvedDependencies": [
					{ "digest": { "sha3-256": hex::encode(body.code) } },
					{ "uri": format!("semblance:{chain}/dataset/{}/{}", body.dataset, body.version) },
				],
			},
			"runDetails": {
				"builder": { "id": format!("semblance:{chain}/organisation/{}", job.custodian) },
				"metadata": { "invocationId": format!("semblance:{chain}/job/{}", body.job) },
			},
		},
	});
	serde_json::to_vec(&statement).unwrap()
}

/// The attestation as the chain keeps it, signed by the hospital's key.
pub(crate) fn sign(genesis: &Digest, body: AttestationBody, job: &Job) -> Attestation {
	let pair = sr25519::Pair::from_string("//Hospital", None).unwrap();
	let message = signing::message(signing::ATTEST, genesis, job.attempt, job.deadline, &body);
	Attestation {
		body,
		builder: job.custodian,
		key: Digest::from(pair.public().0),
		signature: Attestation::signature_halves(&pair.sign(&message).0),
		block: 20,
		level: Level::Bound,
		status: AttestationStatus::Standing,
		synthetic_dataset: 2,
	}
}

impl Fixture {
	/// A good receipt with all files.
	pub(crate) fn good() -> Self {
		Self::of(GeneratorKind::GaussianCopula)
	}

	/// The same of a differentially private generator.
	pub(crate) fn private() -> Self {
		Self::of(GeneratorKind::Mst)
	}

	/// The same of one that is trained, made once.
	pub(crate) fn trained() -> Self {
		static TRAINED: LazyLock<Fixture> = LazyLock::new(|| Fixture::of(GeneratorKind::TabularLanguageModelPrivate));
		TRAINED.clone()
	}

	fn of(kind: GeneratorKind) -> Self {
		let (genesis, beacon) = (Digest::repeat_byte(0x11), Digest::repeat_byte(0x22));
		let (log, model) = learnt(kind);
		let (model, table, seed, metrics) = synthetic(&model, &beacon);
		let report = b"<html></html>".to_vec();
		let mut job = job(kind);
		let mut files = vec![
			(SubjectRole::Model, model.as_slice()),
			(SubjectRole::SyntheticTable, table.as_slice()),
			(SubjectRole::Report, report.as_slice()),
		];
		files.extend(kind.log_role().zip(log.as_deref()));
		files.sort_by_key(|(role, _)| *role);
		let mut body = body(&job, beacon, seed, &files, metrics);
		let statement = statement(&genesis, &body, &job);
		body.statement = sha3_256(&statement);
		job.attestation = Some(body.id(&genesis));
		let attestation = sign(&genesis, body, &job);
		let voters = voters(&["Alice", "Bob", "Charlie", "Dave"]);
		let trusted = Authorities::new(genesis, 0, &list(&voters));
		let evidence =
			Evidence { statement: Some(statement), log, model: Some(model), table: Some(table), report: Some(report) };
		let receipt = receipt(&genesis, &attestation, &job, &voters);
		Self { receipt, trusted, evidence, attestation, job, voters }
	}

	/// The same with other records, properly proven and finalised.
	pub(crate) fn with_records(mut self, attestation: Attestation, job: Job) -> Self {
		self.receipt = receipt(&self.receipt.genesis, &attestation, &job, &self.voters);
		self.attestation = attestation;
		self.job = job;
		self
	}
}

/// A receipt whose state holds both records among others.
fn receipt(genesis: &Digest, attestation: &Attestation, job: &Job, voters: &[ed25519::Pair]) -> Receipt {
	let id = attestation.body.id(genesis);
	let keys = [attestation_key(&id), job_key(attestation.body.job)];
	let mut db = MemoryDB::<Blake2Hasher>::default();
	let mut root = Digest::zero();
	{
		let mut trie = TrieDBMutBuilderV1::new(&mut db, &mut root).build();
		trie.insert(&keys[0], &attestation.encode()).unwrap();
		trie.insert(&keys[1], &job.encode()).unwrap();
		for other in 0..50u32 {
			trie.insert(&sp_crypto_hashing::blake2_256(&other.encode()), &[other as u8; 40]).unwrap();
		}
	}
	let backend = TrieBackendBuilder::new(db, root).build();
	let proof = prove_read(backend, keys.iter()).unwrap();
	let header = header(30, root, vec![]);
	Receipt {
		format: FORMAT,
		genesis: *genesis,
		attestation: id,
		job: attestation.body.job,
		attestation_value: Bytes(attestation.encode()),
		job_value: Bytes(job.encode()),
		proof: proof.into_iter_nodes().map(Bytes).collect(),
		last: finalised(&header, &justify(&header, voters, 0)),
		handovers: vec![],
	}
}
