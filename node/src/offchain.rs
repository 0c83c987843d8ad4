//! Tells the off-chain worker hook where its worker is.
//!
//! The hook runs inside the runtime and can read the node's off-chain database only, so the address and the token are
//! written there on every start.

use crate::cli::WorkerArgs;
use sc_client_api::Backend;
use sc_offchain::OffchainDb;
use sc_service::error::Error;
use semblance_primitives::worker_protocol::{WORKER_TOKEN_KEY, WORKER_URL_KEY};
use semblance_runtime::opaque::Block;
use sp_core::offchain::{DbExternalities, StorageKind};

/// Shortest token accepted, in characters.
const MIN_TOKEN_LENGTH: usize = 32;

/// Stores the worker's address and token for the hook, or removes them.
pub fn configure<B: Backend<Block>>(backend: &B, worker: &WorkerArgs) -> Result<(), Error> {
	let storage = backend
		.offchain_storage()
		.ok_or_else(|| Error::Other("the database has no off-chain storage; use ParityDb".into()))?;
	let mut db = OffchainDb::new(storage);
	let (Some(url), Some(file)) = (&worker.worker_url, &worker.worker_token_file) else {
		db.local_storage_clear(StorageKind::PERSISTENT, WORKER_URL_KEY);
		db.local_storage_clear(StorageKind::PERSISTENT, WORKER_TOKEN_KEY);
		return Ok(());
	};
	check_url(url)?;
	let token = read_token(file)?;
	db.local_storage_set(StorageKind::PERSISTENT, WORKER_URL_KEY, url.trim_end_matches('/').as_bytes());
	db.local_storage_set(StorageKind::PERSISTENT, WORKER_TOKEN_KEY, token.as_bytes());
	log::info!("jobs of this hospital go to the worker at {url}");
	Ok(())
}

fn check_url(url: &str) -> Result<(), Error> {
	let is_http = url.starts_with("http://") || url.starts_with("https://");
	if is_http && url.is_ascii() && !url.contains(char::is_whitespace) {
		return Ok(());
	}
	Err(Error::Other(format!("--worker-url {url:?} is no URL; write it as http://127.0.0.1:9955")))
}

fn read_token(file: &std::path::Path) -> Result<String, Error> {
	let text = std::fs::read_to_string(file).map_err(|error| {
		Error::Other(format!(
			"--worker-token-file {}: {error}; run `semblance-worker init` and name the token file that it wrote",
			file.display()
		))
	})?;
	let token = text.trim();
	if token.len() < MIN_TOKEN_LENGTH || !token.chars().all(|c| c.is_ascii_graphic()) {
		return Err(Error::Other(format!(
			"--worker-token-file {}: a token has at least {MIN_TOKEN_LENGTH} printable characters and no spaces",
			file.display()
		)));
	}
	Ok(token.into())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_url_without_scheme_is_refused() {
		assert!(check_url("127.0.0.1:9955").is_err());
		assert!(check_url("http://127.0.0.1 :9955").is_err());
		assert!(check_url("http://127.0.0.1:9955").is_ok());
	}

	#[test]
	fn a_missing_token_file_is_named_in_the_error() {
		let error = read_token(std::path::Path::new("no-such-token")).unwrap_err().to_string();
		assert!(error.contains("no-such-token") && error.contains("semblance-worker init"), "{error}");
	}
}
