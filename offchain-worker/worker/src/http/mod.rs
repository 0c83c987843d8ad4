//! The HTTP interface: loopback only, bearer token, bounded bodies, errors that say what to do.

mod artefacts;
mod auth;
mod body;
mod datasets;
mod errors;
mod jobs;
mod metrics;

pub use auth::TokenDigest;
pub use jobs::describe_generators;

use crate::{chain::ChainState, jobs::runner::Runner, vault::Vault};
use axum::{
	extract::DefaultBodyLimit,
	middleware,
	routing::{get, post, put},
	Json, Router,
};
use errors::ApiError;
use semblance_primitives::{Digest, OrganisationId};
use std::{net::SocketAddr, sync::Arc};

/// Largest body of a request with rows, in bytes.
pub const ROWS_LIMIT: usize = 256 * 1024 * 1024;
/// Largest body of any other request, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// What the handlers share.
pub struct App {
	/// The chain.
	pub chain: Arc<dyn ChainState>,
	/// The vault.
	pub vault: Arc<Vault>,
	/// The jobs.
	pub runner: Arc<Runner>,
	/// The hospital.
	pub organisation: OrganisationId,
	/// Digest of the bearer token.
	pub token: TokenDigest,
}

impl App {
	/// Genesis hash of the chain.
	pub fn genesis(&self) -> Digest {
		self.chain.genesis()
	}
}

/// All routes.
pub fn router(app: Arc<App>) -> Router {
	let guarded = Router::new()
		.route("/v1/jobs", get(jobs::list))
		.route("/v1/jobs/{job}", get(jobs::show))
		.route("/v1/jobs/{job}/report", get(jobs::report))
		.route("/v1/jobs/{genesis}/{job}", put(jobs::order))
		.route("/v1/generators", get(jobs::generators))
		.route("/v1/attestations/{id}/statement", get(jobs::statement))
		.route("/v1/schema/infer", post(datasets::infer))
		.route("/v1/datasets", get(datasets::list).post(datasets::create))
		.route("/v1/datasets/{draft}/rows", put(datasets::rows))
		.route("/v1/datasets/{draft}/bind", post(datasets::bind))
		.route("/v1/datasets/{dataset}/{version}/handles", get(datasets::handles))
		.route("/v1/datasets/{dataset}/{version}/handles/{patient}", get(datasets::handle))
		.route("/v1/artefacts/{digest}/release", post(artefacts::release))
		.route_layer(middleware::from_fn_with_state(app.clone(), auth::require_token));
	let open = Router::new()
		.route("/v1/health", get(jobs::health))
		.route("/metrics", get(metrics::show))
		// Takes the token or a ticket, and looks for itself.
		.route("/v1/artefacts/{digest}", get(artefacts::fetch));
	guarded
		.merge(open)
		.fallback(|| async { ApiError::not_found("there is no such path", "See the worker's README for the paths") })
		.method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
		// Every handler bounds the body it reads itself (`body`), with an error in our form.
		.layer(DefaultBodyLimit::disable())
		.with_state(app)
}

/// Serves until `shutdown` resolves; requests under way are finished.
///
/// # Errors
/// If the address is not a loopback address, is taken, or the listener breaks.
pub async fn serve(
	app: Arc<App>,
	address: SocketAddr,
	shutdown: impl std::future::Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
	anyhow::ensure!(
		address.ip().is_loopback(),
		"{address} is no loopback address: rows and keys would be open to the network. Listen on 127.0.0.1, and reach the worker from elsewhere through a tunnel"
	);
	let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
		anyhow::anyhow!("cannot listen on {address}: {error}. Stop the other process, or use another --listen")
	})?;
	tracing::info!(address = %listener.local_addr()?, "listening");
	axum::serve(listener, router(app)).with_graceful_shutdown(shutdown).await?;
	Ok(())
}

type Answer = Result<Json<serde_json::Value>, ApiError>;
