//! Does the statement (in-toto, SLSA provenance) say what the chain says?

use super::Finding;
use crate::receipt::Receipt;
use semblance_primitives::{
	commitment::sha3_256,
	generation::{AttestationBody, Job},
};
use serde_json::{json, Value};

/// Type of the document.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Type of its predicate.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";

/// The statement has the attested digest, and its fields agree with the attestation.
pub fn check(receipt: &Receipt, body: &AttestationBody, job: &Job, content: &[u8]) -> Finding {
	let digest = sha3_256(content);
	if digest != body.statement {
		return Err(format!("the statement has the digest {digest:?}, attested is {:?}", body.statement));
	}
	let statement: Value =
		serde_json::from_slice(content).map_err(|error| format!("the statement is no JSON: {error}"))?;
	for (place, expected) in expectations(receipt, body, job) {
		let found = statement.pointer(&place).unwrap_or(&Value::Null);
		if *found != expected {
			return Err(format!("at {place} the statement says {found}, the attestation {expected}"));
		}
	}
	let named = statement.get("subject").and_then(Value::as_array).map_or(0, Vec::len);
	if named != body.subjects.len() {
		return Err(format!("the statement names {named} artefacts, the attestation {}", body.subjects.len()));
	}
	Ok(format!(
		"the statement has the attested digest, and agrees with the attestation on {named} artefacts and their origin"
	))
}

/// Where in the statement which value must stand (JSON pointers, RFC 6901).
fn expectations(receipt: &Receipt, body: &AttestationBody, job: &Job) -> Vec<(String, Value)> {
	let chain = hex::encode(receipt.genesis);
	let external = "/predicate/buildDefinition/externalParameters";
	let internal = "/predicate/buildDefinition/internalParameters";
	let dependencies = "/predicate/buildDefinition/resolvedDependencies";
	let acceptance = &body.acceptance;
	let mut expected = vec![
		("/_type".to_owned(), json!(STATEMENT_TYPE)),
		("/predicateType".into(), json!(PREDICATE_TYPE)),
		(format!("{external}/job"), json!(body.job)),
		(format!("{external}/attempt"), json!(job.attempt)),
		(format!("{external}/agreement"), json!(body.agreement)),
		(format!("{external}/rows"), json!(job.rows)),
		(format!("{external}/generator/id"), json!(body.generator)),
		(format!("{external}/parametersDigest"), json!(hex::encode(body.parameters))),
		(format!("{internal}/beacon"), json!(hex::encode(body.beacon))),
		(format!("{internal}/samplingSeed"), json!(hex::encode(body.sampling_seed))),
		(format!("{internal}/consentBlock"), json!(acceptance.consent_block)),
		(format!("{internal}/consentCount"), json!(acceptance.consent_count)),
		(format!("{internal}/consentRoot"), json!(hex::encode(acceptance.consent_root))),
		(format!("{internal}/trainingRoot"), json!(hex::encode(acceptance.training_root))),
		(format!("{internal}/holdOutRoot"), json!(hex::encode(acceptance.hold_out_root))),
		(format!("{internal}/secretCommitment"), json!(hex::encode(acceptance.secret_commitment))),
		(format!("{dependencies}/0/digest/sha3-256"), json!(hex::encode(body.code))),
		(
			format!("{dependencies}/1/uri"),
			json!(format!("semblance:{chain}/dataset/{}/{}", body.dataset, body.version)),
		),
		("/predicate/runDetails/builder/id".into(), json!(format!("semblance:{chain}/organisation/{}", job.custodian))),
		("/predicate/runDetails/metadata/invocationId".into(), json!(format!("semblance:{chain}/job/{}", body.job))),
	];
	for (index, subject) in body.subjects.iter().enumerate() {
		expected.push((format!("/subject/{index}/digest/sha3-256"), json!(hex::encode(subject.sha3))));
		expected.push((format!("/subject/{index}/name"), json!(subject.role.file_name())));
	}
	expected
}
