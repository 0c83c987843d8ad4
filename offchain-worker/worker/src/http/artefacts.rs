//! Downloads of sealed artefacts, and releases of their keys.

use super::{auth, body, errors::ApiError, jobs::digest, App, TokenDigest, BODY_LIMIT};
use crate::artefacts::{self, ReleaseBundle};
use axum::{
	body::Body,
	extract::{Path, Query, State},
	http::{header::CONTENT_TYPE, HeaderMap},
	response::{IntoResponse, Response},
	Json,
};
use semblance_primitives::{AgreementId, Digest};
use serde::Deserialize;
use std::sync::Arc;

/// Under which agreement an artefact is fetched.
#[derive(Deserialize)]
pub struct Fetch {
	agreement: Option<AgreementId>,
}

/// `GET /v1/artefacts/{digest}?agreement=N`: with the worker's token, or with a ticket while the agreement is in force.
pub async fn fetch(
	State(app): State<Arc<App>>,
	Path(artefact): Path<String>,
	Query(query): Query<Fetch>,
	headers: HeaderMap,
) -> Result<Response, ApiError> {
	let presented = auth::bearer(&headers).ok_or_else(ApiError::unauthorised)?;
	if app.token.fits(presented) {
		return sealed(&app, &digest(&artefact)?);
	}
	let agreement = query.agreement.ok_or_else(ApiError::unauthorised)?;
	let artefact = digest(&artefact)?;
	let ticket = app.vault.key().ticket(&app.genesis(), agreement, &artefact);
	if !TokenDigest::of(&ticket).fits(presented) {
		tracing::warn!(?artefact, agreement, "refused: wrong ticket");
		return Err(ApiError::unauthorised());
	}
	artefacts::find_releasable(&*app.chain, &app.vault, &artefact, agreement).await?;
	artefacts::key_of_agreement_in_force(&*app.chain, agreement).await?;
	tracing::info!(?artefact, agreement, "fetched with a ticket");
	sealed(&app, &artefact)
}

fn sealed(app: &App, artefact: &Digest) -> Result<Response, ApiError> {
	let sealed = app.vault.sealed_artefact(artefact)?;
	Ok(([(CONTENT_TYPE, "application/octet-stream")], sealed).into_response())
}

/// To whom a key is released.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
	agreement: AgreementId,
	recipient_key: Digest,
	#[serde(default)]
	epoch: u32,
}

/// `POST /v1/artefacts/{digest}/release`
pub async fn release(
	State(app): State<Arc<App>>,
	Path(artefact): Path<String>,
	headers: HeaderMap,
	body: Body,
) -> Result<Json<ReleaseBundle>, ApiError> {
	let artefact = digest(&artefact)?;
	let Release { agreement, recipient_key, epoch } = body::json(&headers, body, BODY_LIMIT).await?;
	let bundle = artefacts::release(&*app.chain, &app.vault, artefact, agreement, recipient_key, epoch).await?;
	tracing::info!(?artefact, agreement, epoch, "key released");
	Ok(Json(bundle))
}
