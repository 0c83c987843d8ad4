//! The hospital's worker over HTTP. Only its own people hold the token; a researcher has a ticket for one artefact.

use crate::{error::CliError, files};
use reqwest::{header::CONTENT_TYPE, Method, RequestBuilder, Response, StatusCode};
use semblance_primitives::Digest;
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use serde_json::Value;
use std::{path::Path, time::Duration};
use zeroize::Zeroizing;

/// How long an answer is waited for; rows of a large cohort are read, checked and stored before it.
const PATIENCE: Duration = Duration::from_secs(900);
/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(5);
/// Largest token file, in bytes.
const MAX_TOKEN_FILE: u64 = 4 * 1024;

/// A worker at an address, spoken to with a bearer token.
pub struct Worker {
	url: String,
	token: Zeroizing<String>,
	http: reqwest::Client,
}

/// The worker's form of an error.
#[derive(Deserialize)]
struct Refusal {
	error: RefusalDetail,
}

#[derive(Deserialize)]
struct RefusalDetail {
	code: String,
	message: String,
	#[serde(default)]
	remedy: Option<String>,
}

/// A generator that the worker can run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct OfferedGenerator {
	/// Its method.
	pub kind: semblance_primitives::generation::GeneratorKind,
	/// Its name on command lines.
	pub name: String,
	/// Version of its output format and behaviour.
	pub version: u32,
	/// Digest of its code.
	pub code: Digest,
}

/// Something about a column that the steward should look at.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ColumnNote {
	/// The column.
	pub column: String,
	/// What was noticed.
	pub text: String,
}

/// A schema that the worker inferred.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct InferredSchema {
	/// The schema document.
	pub schema: Value,
	/// What to look at.
	pub notes: Vec<ColumnNote>,
}

/// Commitments to the rows of a draft.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DraftRows {
	/// Root of the salted row commitments.
	pub rows_root: Digest,
	/// Digest of the canonical schema.
	pub schema_digest: Digest,
	/// Digest of the canonical manifest.
	pub manifest_digest: Digest,
	/// Coarsened number of rows.
	pub row_bucket: u8,
	/// Number of rows; stays in the hospital.
	pub rows: u64,
	/// Number of patients; stays in the hospital.
	pub patients: u64,
}

/// How a job stands at the worker.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct JobProgress {
	/// What it does now.
	pub stage: String,
	/// Share done, in ppm.
	#[serde(default)]
	pub progress_ppm: u64,
	/// Estimated seconds to the end.
	#[serde(default)]
	pub eta_seconds: Option<u64>,
	/// What went wrong.
	#[serde(default)]
	pub error: Option<String>,
}

impl Worker {
	/// A worker spoken to with the token in `file`.
	///
	/// # Errors
	/// If the file cannot be read.
	pub fn with_token_file(url: &str, file: &Path) -> Result<Self, CliError> {
		let bytes = Zeroizing::new(files::read(file, MAX_TOKEN_FILE)?);
		let token = String::from_utf8_lossy(&bytes).trim().to_owned();
		if token.is_empty() {
			return Err(CliError::file(file, "is empty", "name the file `token` in the worker's data folder"));
		}
		Self::with_token(url, token)
	}

	/// A worker spoken to with this token or ticket.
	///
	/// # Errors
	/// If the HTTP client cannot be made.
	pub fn with_token(url: &str, token: String) -> Result<Self, CliError> {
		// A worker is on this machine or in this hospital; a proxy has no business with patients' rows.
		let http = reqwest::Client::builder().no_proxy().connect_timeout(CONNECT).timeout(PATIENCE).build();
		let http = http.map_err(|error| CliError::WorkerUnreachable { url: url.into(), problem: error.to_string() })?;
		Ok(Self { url: url.trim_end_matches('/').into(), token: Zeroizing::new(token), http })
	}

	fn request(&self, method: Method, path: &str) -> RequestBuilder {
		self.http.request(method, format!("{}{path}", self.url)).bearer_auth(self.token.as_str())
	}

	async fn send(&self, request: RequestBuilder) -> Result<Response, CliError> {
		let unreachable = |problem: String| CliError::WorkerUnreachable { url: self.url.clone(), problem };
		let response = request.send().await.map_err(|error| unreachable(innermost(&error)))?;
		let status = response.status();
		if status.is_success() {
			return Ok(response);
		}
		let body = response.bytes().await.unwrap_or_default();
		Err(refusal(status, &body))
	}

	async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, CliError> {
		let body = self.bytes(request).await?;
		serde_json::from_slice(&body).map_err(|error| CliError::WorkerRefused {
			status: 200,
			code: "answer-unreadable".into(),
			message: format!("its answer cannot be read: {error}"),
			remedy: "check that worker and command are of the same release".into(),
		})
	}

	async fn bytes(&self, request: RequestBuilder) -> Result<Vec<u8>, CliError> {
		let response = self.send(request).await?;
		let body = response.bytes().await;
		let body =
			body.map_err(|error| CliError::WorkerUnreachable { url: self.url.clone(), problem: innermost(&error) })?;
		Ok(body.to_vec())
	}

	/// The generators that the worker can run.
	///
	/// # Errors
	/// If the worker does not answer or refuses.
	pub async fn generators(&self) -> Result<Vec<OfferedGenerator>, CliError> {
		self.json(self.request(Method::GET, "/v1/generators")).await
	}

	/// Infers a schema from a CSV file; `columns` are those that a person names, each with its option.
	///
	/// # Errors
	/// If the file is refused (the message has line, column and remedy), or the worker does not answer.
	pub async fn infer_schema(
		&self,
		csv: Vec<u8>,
		file: &str,
		name: &str,
		columns: &[(&str, Option<&str>)],
	) -> Result<InferredSchema, CliError> {
		let mut path = format!("/v1/schema/infer?name={}", path_segment(name));
		for (option, column) in columns {
			path.extend(column.map(|column| format!("&{option}={}", path_segment(column))));
		}
		let request = self.request(Method::POST, &path);
		self.json(request.header(CONTENT_TYPE, "text/csv").header("x-file-name", ascii(file)).body(csv)).await
	}

	/// Begins a dataset: gives the draft's id.
	///
	/// # Errors
	/// If the schema is refused or the worker does not answer.
	pub async fn begin_dataset(&self, name: &str, schema: &Value, patient: Option<&str>) -> Result<String, CliError> {
		#[derive(Deserialize)]
		struct Draft {
			draft: String,
		}
		let body = serde_json::json!({ "name": name, "schema": schema, "patient_column": patient });
		Ok(self.json::<Draft>(self.request(Method::POST, "/v1/datasets").json(&body)).await?.draft)
	}

	/// Puts the rows of a draft into the vault.
	///
	/// # Errors
	/// If the file is refused (the message has line, column and remedy), or the worker does not answer.
	pub async fn put_rows(&self, draft: &str, csv: Vec<u8>, file: &str) -> Result<DraftRows, CliError> {
		let request = self.request(Method::PUT, &format!("/v1/datasets/{draft}/rows"));
		self.json(request.header(CONTENT_TYPE, "text/csv").header("x-file-name", ascii(file)).body(csv)).await
	}

	/// Binds a draft to its number on chain.
	///
	/// # Errors
	/// If the chain shows another commitment, or the worker does not answer.
	pub async fn bind(&self, draft: &str, dataset: u32, version: u32) -> Result<(), CliError> {
		let body = serde_json::json!({ "dataset": dataset, "version": version });
		self.send(self.request(Method::POST, &format!("/v1/datasets/{draft}/bind")).json(&body)).await.map(|_| ())
	}

	/// The consent handles of a dataset version's patients, ascending.
	///
	/// # Errors
	/// If the worker does not hold the version, or does not answer.
	pub async fn handles(&self, dataset: u32, version: u32) -> Result<Vec<Digest>, CliError> {
		#[derive(Deserialize)]
		struct Handles {
			handles: Vec<Digest>,
		}
		let path = format!("/v1/datasets/{dataset}/{version}/handles");
		Ok(self.json::<Handles>(self.request(Method::GET, &path)).await?.handles)
	}

	/// The consent handle of one patient.
	///
	/// # Errors
	/// If the version has no such patient, or the worker does not answer.
	pub async fn handle(&self, dataset: u32, version: u32, patient: &str) -> Result<Digest, CliError> {
		#[derive(Deserialize)]
		struct Handle {
			handle: Digest,
		}
		let path = format!("/v1/datasets/{dataset}/{version}/handles/{}", path_segment(patient));
		Ok(self.json::<Handle>(self.request(Method::GET, &path)).await?.handle)
	}

	/// How a job stands.
	///
	/// # Errors
	/// If the worker does not know it, or does not answer.
	pub async fn job(&self, job: u32) -> Result<JobProgress, CliError> {
		self.json(self.request(Method::GET, &format!("/v1/jobs/{job}")).timeout(CONNECT)).await
	}

	/// The opened report of a job, which of a private job does not leave the hospital.
	///
	/// # Errors
	/// If the job has no report yet, or the worker does not answer.
	pub async fn report(&self, job: u32) -> Result<Vec<u8>, CliError> {
		self.bytes(self.request(Method::GET, &format!("/v1/jobs/{job}/report"))).await
	}

	/// Asks the worker to wrap an artefact's key to a recipient.
	///
	/// # Errors
	/// If the agreement is not in force, the artefact is unknown, or the worker does not answer.
	pub async fn release<T: DeserializeOwned>(&self, artefact: Digest, body: &impl Serialize) -> Result<T, CliError> {
		let path = format!("/v1/artefacts/{}/release", plain_hex(artefact));
		self.json(self.request(Method::POST, &path).json(body)).await
	}

	/// The sealed bytes of an artefact.
	///
	/// # Errors
	/// If the ticket or token is refused, or the worker does not answer.
	pub async fn artefact(&self, artefact: Digest, agreement: u32) -> Result<Vec<u8>, CliError> {
		self.bytes(self.request(Method::GET, &format!("/v1/artefacts/{}?agreement={agreement}", plain_hex(artefact))))
			.await
	}

	/// The canonical statement behind an attestation.
	///
	/// # Errors
	/// If the worker did not make it, or does not answer.
	pub async fn statement(&self, attestation: Digest) -> Result<Vec<u8>, CliError> {
		self.bytes(self.request(Method::GET, &format!("/v1/attestations/{}/statement", plain_hex(attestation)))).await
	}
}

fn refusal(status: StatusCode, body: &[u8]) -> CliError {
	let default_remedy = match status {
		StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "check --token-file: it must be the token of this worker",
		StatusCode::PAYLOAD_TOO_LARGE => "the file is too large for one dataset: split it",
		_ => "see the worker's log",
	};
	let refused = |code: String, message: String, remedy: Option<String>| CliError::WorkerRefused {
		status: status.as_u16(),
		code,
		message,
		remedy: remedy.unwrap_or_else(|| default_remedy.into()),
	};
	match serde_json::from_slice::<Refusal>(body) {
		// What the worker says of HTTP headers helps programs; a person has a file to name.
		Ok(Refusal { error }) if status == StatusCode::UNAUTHORIZED => refused(error.code, error.message, None),
		Ok(Refusal { error }) => refused(error.code, error.message, error.remedy),
		Err(_) => refused("refused".into(), String::from_utf8_lossy(body).chars().take(200).collect(), None),
	}
}

/// The last cause of an error: "connection refused" says more than "error sending request".
fn innermost(error: &dyn std::error::Error) -> String {
	let mut last = error;
	while let Some(source) = last.source() {
		last = source;
	}
	last.to_string()
}

fn plain_hex(digest: Digest) -> String {
	hex::encode(digest)
}

/// Header values are ASCII; other characters of a file name are replaced.
fn ascii(text: &str) -> String {
	text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect()
}

/// Percent-encodes a path segment or the value of a query.
fn path_segment(text: &str) -> String {
	let keeps = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
	text.bytes().map(|byte| if keeps(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_workers_own_words_are_kept() {
		let body = br#"{"error":{"code":"csv-ragged","message":"cohort.csv line 3: 5 fields, expected 6","remedy":"add the missing field"}}"#;
		let error = refusal(StatusCode::UNPROCESSABLE_ENTITY, body);
		assert_eq!(error.code(), "csv-ragged");
		assert!(error.to_string().contains("line 3") && error.to_string().contains("add the missing field"), "{error}");
	}

	#[test]
	fn a_wrong_token_has_a_remedy() {
		let body =
			br#"{"error":{"code":"wrong-token","message":"no valid bearer token","remedy":"Send `Authorization`"}}"#;
		for body in [b"".as_slice(), body] {
			assert!(refusal(StatusCode::UNAUTHORIZED, body).to_string().contains("--token-file"));
		}
	}

	#[test]
	fn patients_names_cannot_change_the_path() {
		assert_eq!(path_segment("a/../b?x=1 é"), "a%2F..%2Fb%3Fx%3D1%20%C3%A9");
	}

	#[tokio::test]
	async fn nobody_at_the_address_is_an_error_with_a_remedy() {
		let worker = Worker::with_token("http://127.0.0.1:1", "t".into()).unwrap();
		let error = worker.generators().await.unwrap_err();
		assert_eq!(error.code(), "worker-unreachable");
	}
}
