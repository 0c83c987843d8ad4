//! Errors as the interface shows them: `{"error": {"code", "message", "remedy"}}`.

use crate::{
	artefacts::ArtefactError, chain::ChainUnavailable, datasets::DatasetError, ingest::IngestError, vault::VaultError,
};
use axum::{
	http::StatusCode,
	response::{IntoResponse, Response},
	Json,
};
use serde_json::json;

/// An error with its status.
#[derive(Debug)]
pub struct ApiError {
	status: StatusCode,
	code: &'static str,
	message: String,
	remedy: String,
}

impl ApiError {
	/// An error.
	pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
		Self { status, code, message: message.into(), remedy: remedy.into() }
	}

	/// An error whose words end in the remedy, as all of this crate's do: the last sentence is split off.
	fn told(status: StatusCode, code: &'static str, error: &dyn std::fmt::Display) -> Self {
		let text = error.to_string();
		let (message, remedy) = text.rsplit_once(". ").unwrap_or((&text, ""));
		Self::new(status, code, message, remedy)
	}

	/// 400.
	pub fn bad_request(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
		Self::new(StatusCode::BAD_REQUEST, code, message, remedy)
	}

	/// 401.
	pub fn unauthorised() -> Self {
		let remedy =
			"Send `Authorization: Bearer TOKEN` with the content of the file `token` in the worker's data folder";
		Self::new(StatusCode::UNAUTHORIZED, "wrong-token", "no valid bearer token", remedy)
	}

	/// 404.
	pub fn not_found(message: impl Into<String>, remedy: impl Into<String>) -> Self {
		Self::new(StatusCode::NOT_FOUND, "not-found", message, remedy)
	}

	/// 405.
	pub fn method_not_allowed() -> Self {
		let remedy = "See the worker's README for the methods";
		Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "the path does not take this method", remedy)
	}

	/// 413.
	pub fn too_large(limit: usize) -> Self {
		let message = format!("the body is larger than {limit} bytes, or broke off");
		Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message, "Split the file by patient")
	}

	/// 500.
	pub fn internal(error: &dyn std::fmt::Display) -> Self {
		Self::told(StatusCode::INTERNAL_SERVER_ERROR, "internal", error)
	}
}

impl IntoResponse for ApiError {
	fn into_response(self) -> Response {
		// Messages can repeat a cell of a file; the log gets the code only.
		tracing::info!(status = self.status.as_u16(), code = self.code, "refused");
		let body = json!({ "error": { "code": self.code, "message": self.message, "remedy": self.remedy } });
		(self.status, Json(body)).into_response()
	}
}

impl From<ChainUnavailable> for ApiError {
	fn from(error: ChainUnavailable) -> Self {
		let remedy = "Start the node, and check --node";
		Self::new(StatusCode::SERVICE_UNAVAILABLE, "node-unavailable", error.to_string(), remedy)
	}
}

impl From<VaultError> for ApiError {
	fn from(error: VaultError) -> Self {
		tracing::error!(%error, "vault");
		match &error {
			VaultError::Missing { .. } => Self::told(StatusCode::NOT_FOUND, "not-found", &error),
			_ => Self::told(StatusCode::INTERNAL_SERVER_ERROR, "vault-failed", &error),
		}
	}
}

impl From<IngestError> for ApiError {
	fn from(error: IngestError) -> Self {
		Self::told(StatusCode::UNPROCESSABLE_ENTITY, "bad-input", &error)
	}
}

impl From<DatasetError> for ApiError {
	fn from(error: DatasetError) -> Self {
		let (status, code) = match error {
			DatasetError::UnknownDraft { .. } => (StatusCode::NOT_FOUND, "unknown-draft"),
			DatasetError::NotHeld { .. } => (StatusCode::NOT_FOUND, "dataset-not-held"),
			DatasetError::NoRows { .. } => (StatusCode::CONFLICT, "draft-without-rows"),
			DatasetError::RowsAreRegistered { .. } => (StatusCode::CONFLICT, "rows-are-registered"),
			DatasetError::BoundToAnother { .. } => (StatusCode::CONFLICT, "bound-to-another"),
			DatasetError::Ingest(error) => return error.into(),
			DatasetError::Vault(error) => return error.into(),
		};
		Self::told(status, code, &error)
	}
}

impl From<ArtefactError> for ApiError {
	fn from(error: ArtefactError) -> Self {
		let (status, code) = match error {
			ArtefactError::NotFound { .. } => (StatusCode::NOT_FOUND, "not-found"),
			ArtefactError::NotInForce { .. } => (StatusCode::FORBIDDEN, "agreement-not-in-force"),
			ArtefactError::StaysInHospital { .. } => (StatusCode::FORBIDDEN, "stays-in-hospital"),
			ArtefactError::NotCharged { .. } => (StatusCode::CONFLICT, "budget-not-charged"),
			ArtefactError::AnotherKey { .. } => (StatusCode::CONFLICT, "another-key"),
			ArtefactError::Wrap(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unusable-key"),
			ArtefactError::Chain(error) => return error.into(),
			ArtefactError::Vault(error) => return error.into(),
		};
		Self::told(status, code, &error)
	}
}
