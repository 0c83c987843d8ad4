//! Bounded bodies.

use super::errors::ApiError;
use axum::{
	body::{to_bytes, Body, Bytes},
	http::{header::CONTENT_LENGTH, HeaderMap},
};

/// Reads a body of at most `limit` bytes. A declared length above it is refused before a byte is read.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
	let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
	if declared.is_some_and(|length| length > limit as u64) {
		return Err(ApiError::too_large(limit));
	}
	to_bytes(body, limit).await.map_err(|_| ApiError::too_large(limit))
}

/// Reads a body of JSON.
pub async fn json<T: serde::de::DeserializeOwned>(
	headers: &HeaderMap,
	body: Body,
	limit: usize,
) -> Result<T, ApiError> {
	let bytes = read(headers, body, limit).await?;
	serde_json::from_slice(&bytes).map_err(|error| {
		ApiError::bad_request(
			"malformed-json",
			format!("the body is not the expected JSON: {error}"),
			"Send the fields that the worker's README names",
		)
	})
}
