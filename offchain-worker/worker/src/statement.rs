//! The statement behind an attestation: in-toto Statement v1 with a predicate in the shape of SLSA provenance v1, as
//! canonical JSON (RFC 8785). It is public: it says nothing that the chain and the artefacts do not say.

use semblance_primitives::{
	generation::{AttestationBody, Job, Parameter, SubjectRole},
	BlockNumber, Digest, OrganisationId,
};
use serde_json::{json, Value};
use sha2::{Digest as _, Sha256};

/// Type of the document (in-toto attestation framework).
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Type of the predicate (SLSA).
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// What kind of build the predicate describes.
pub const BUILD_TYPE: &str = "https://semblance.dev/generation/v1";

/// An artefact as a statement names it.
pub struct NamedArtefact<'a> {
	/// What it is.
	pub role: SubjectRole,
	/// Its content.
	pub content: &'a [u8],
	/// SHA3-256 of the content.
	pub sha3: Digest,
}

/// What a statement says beside the attestation's body.
pub struct Circumstances<'a> {
	/// Genesis hash of the chain.
	pub genesis: Digest,
	/// The job.
	pub job: &'a Job,
	/// The custodian that ran it.
	pub custodian: OrganisationId,
	/// Block in which the acceptance was recorded.
	pub accepted: BlockNumber,
	/// Description of the environment (canonical JSON).
	pub environment: &'a [u8],
}

/// The canonical statement. `body.statement` is not looked at: it is the digest of what this returns.
pub fn build(body: &AttestationBody, artefacts: &[NamedArtefact<'_>], circumstances: &Circumstances<'_>) -> Vec<u8> {
	let statement = json!({
		"_type": STATEMENT_TYPE,
		"subject": artefacts.iter().map(subject).collect::<Vec<_>>(),
		"predicateType": PREDICATE_TYPE,
		"predicate": {
			"buildDefinition": build_definition(body, circumstances),
			"runDetails": run_details(body, circumstances),
		},
	});
	// Strings, lists and integers below 2^53 always serialise.
	serde_json_canonicalizer::to_vec(&statement).unwrap_or_default()
}

fn subject(artefact: &NamedArtefact<'_>) -> Value {
	json!({
		"name": artefact.role.file_name(),
		"digest": {
			"sha3-256": hex::encode(artefact.sha3),
			"sha256": hex::encode(Sha256::digest(artefact.content)),
		},
	})
}

fn build_definition(body: &AttestationBody, circumstances: &Circumstances<'_>) -> Value {
	let job = circumstances.job;
	json!({
		"buildType": BUILD_TYPE,
		"externalParameters": {
			"agreement": body.agreement,
			"attempt": job.attempt,
			"generator": { "id": body.generator, "kind": format!("{:?}", job.kind) },
			"job": body.job,
			"parameters": job.parameters.iter().map(parameter).collect::<Vec<_>>(),
			"parametersDigest": hex::encode(body.parameters),
			"purpose": body.purpose,
			"rows": job.rows,
		},
		"internalParameters": {
			"acceptedBlock": circumstances.accepted,
			"beacon": hex::encode(body.beacon),
			"consentBlock": body.acceptance.consent_block,
			"consentCount": body.acceptance.consent_count,
			"consentRoot": hex::encode(body.acceptance.consent_root),
			"holdOutRoot": hex::encode(body.acceptance.hold_out_root),
			"referenceStatistics": hex::encode(body.acceptance.reference_statistics),
			"samplingSeed": hex::encode(body.sampling_seed),
			"secretCommitment": hex::encode(body.acceptance.secret_commitment),
			"trainingRoot": hex::encode(body.acceptance.training_root),
		},
		"resolvedDependencies": [
			{
				"name": "generator",
				"digest": { "sha3-256": hex::encode(body.code) },
			},
			{
				"name": "dataset",
				"uri": format!("semblance:{}/dataset/{}/{}", hex::encode(circumstances.genesis), body.dataset, body.version),
				"digest": { "semblance-rows": hex::encode(job.dataset_rows) },
			},
		],
	})
}

fn parameter(parameter: &Parameter) -> Value {
	json!({ "name": format!("{:?}", parameter.name), "value": parameter.value })
}

fn run_details(body: &AttestationBody, circumstances: &Circumstances<'_>) -> Value {
	let environment: Value = serde_json::from_slice(circumstances.environment).unwrap_or_default();
	json!({
		"builder": {
			"id": format!("semblance:{}/organisation/{}", hex::encode(circumstances.genesis), circumstances.custodian),
			"version": { "semblance-worker": env!("CARGO_PKG_VERSION") },
		},
		"metadata": {
			"invocationId": format!("semblance:{}/job/{}", hex::encode(circumstances.genesis), body.job),
			"startedOn": timestamp(body.started),
			"finishedOn": timestamp(body.finished),
		},
		"byproducts": [
			{
				"name": "environment",
				"digest": { "sha3-256": hex::encode(body.environment) },
				"annotations": environment,
			},
			{ "name": "metrics", "annotations": { "metrics": body.metrics, "privacy": body.privacy } },
		],
	})
}

/// RFC 3339 in UTC with milliseconds. Days to civil date after Howard Hinnant's `civil_from_days`.
fn timestamp(milliseconds: u64) -> String {
	let (seconds, millis) = (milliseconds / 1_000, milliseconds % 1_000);
	let (days, second) = (seconds / 86_400, seconds % 86_400);
	let shifted = days + 719_468;
	let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
	let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
	let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	let shifted_month = (5 * day_of_year + 2) / 153;
	let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
	let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
	let year = year_of_era + era * 400 + u64::from(month <= 2);
	let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
	format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

#[cfg(test)]
mod tests {
	use super::*;
	use semblance_primitives::{
		data_use::Purpose,
		generation::{Acceptance, GeneratorKind, JobState, ParameterName},
		AccountId,
	};

	fn job() -> Job {
		Job {
			agreement: 7,
			requester: AccountId::new([5; 32]),
			dataset: 1,
			version: 2,
			dataset_rows: Digest::repeat_byte(1),
			custodian: 3,
			purpose: Purpose::DiseaseResearch { disease: 5 },
			generator: 4,
			kind: GeneratorKind::GaussianCopula,
			code: Digest::repeat_byte(2),
			parameters: vec![Parameter { name: ParameterName::HoldOutShare, value: 100_000 }].try_into().unwrap(),
			rows: 50,
			rho_micro: 0,
			state: JobState::Accepted,
			attempt: 1,
			requested: 8,
			deadline: 200,
			accepted: None,
			failure: None,
			attestation: None,
		}
	}

	fn body(job: &Job) -> AttestationBody {
		AttestationBody {
			format: 1,
			job: 9,
			agreement: job.agreement,
			dataset: job.dataset,
			version: job.version,
			purpose: job.purpose,
			generator: job.generator,
			code: job.code,
			parameters: Digest::repeat_byte(3),
			acceptance: Acceptance {
				consent_block: 10,
				training_root: Digest::repeat_byte(4),
				hold_out_root: Digest::repeat_byte(5),
				consent_root: Digest::repeat_byte(6),
				consent_count: 11,
				secret_commitment: Digest::repeat_byte(7),
				reference_statistics: Digest::repeat_byte(8),
			},
			beacon: Digest::repeat_byte(9),
			sampling_seed: Digest::repeat_byte(10),
			subjects: Default::default(),
			metrics: Default::default(),
			privacy: None,
			environment: Digest::repeat_byte(11),
			started: 0,
			finished: 1_000,
			supersedes: None,
			statement: Digest::zero(),
		}
	}

	#[test]
	fn the_statement_is_golden_but_for_the_workers_version() {
		let job = job();
		let artefact = NamedArtefact { role: SubjectRole::Model, content: b"model", sha3: Digest::repeat_byte(12) };
		let circumstances = Circumstances {
			genesis: Digest::repeat_byte(0xee),
			job: &job,
			custodian: 3,
			accepted: 20,
			environment: br#"{"format":1}"#,
		};
		let statement = String::from_utf8(build(&body(&job), &[artefact], &circumstances)).unwrap();
		let version = format!(r#"{{"semblance-worker":"{}"}}"#, env!("CARGO_PKG_VERSION"));
		let shown = statement.replace(&version, "VERSION");
		assert_eq!(
			hex::encode(Sha256::digest(&shown)),
			"e5287eda5ac7aa3c30a04196641f529a5afcda4749593b0cc6bd0dd80dfcbb8d",
			"{shown}"
		);
	}

	#[test]
	fn timestamps_are_rfc_3339() {
		assert_eq!(timestamp(0), "1970-01-01T00:00:00.000Z");
		assert_eq!(timestamp(951_782_400_000), "2000-02-29T00:00:00.000Z");
		assert_eq!(timestamp(1_767_225_599_999), "2025-12-31T23:59:59.999Z");
		assert_eq!(timestamp(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
	}
}
