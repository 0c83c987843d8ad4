//! Who may ask. The token is compared by digest and in constant time.

use super::{errors::ApiError, App};
use axum::{
	extract::{MatchedPath, Request, State},
	http::{header::AUTHORIZATION, HeaderMap},
	middleware::Next,
	response::Response,
};
use sha3::{Digest as _, Sha3_256};
use std::sync::Arc;

/// SHA3-256 of the bearer token.
#[derive(Clone, Copy)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
	/// The digest of a token.
	pub fn of(token: &str) -> Self {
		Self(Sha3_256::digest(token.as_bytes()).into())
	}

	/// Whether `presented` is the token. Takes the same time wherever they differ.
	pub fn fits(&self, presented: &str) -> bool {
		let other = Self::of(presented);
		let difference = self.0.iter().zip(other.0).fold(0, |difference, (a, b)| difference | (a ^ b));
		std::hint::black_box(difference) == 0
	}
}

/// What stands after `Bearer`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
	let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
	scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Lets requests with the token pass.
pub async fn require_token(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, ApiError> {
	if bearer(request.headers()).is_some_and(|token| app.token.fits(token)) {
		return Ok(next.run(request).await);
	}
	// The path itself can hold a patient's number; its pattern does not.
	let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
	tracing::warn!(method = %request.method(), path, "refused: wrong or no token");
	Err(ApiError::unauthorised())
}
