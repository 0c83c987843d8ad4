//! The worker beside the node, over HTTP: one idempotent request, one bounded reply, a short deadline.

use alloc::{format, string::String, vec, vec::Vec};
use codec::{DecodeAll, Encode};
use core::fmt;
use semblance_primitives::worker_protocol::{
	WorkOrder, WorkerReply, JOBS_PATH, MAX_REPLY_BYTES, MEDIA_TYPE, WORKER_TOKEN_KEY, WORKER_URL_KEY,
};
use sp_core::offchain::StorageKind;
use sp_runtime::offchain::{http, Duration, Timestamp};

/// Milliseconds for the whole exchange: a fraction of a slot, because the node has few threads for such work.
const DEADLINE_MILLISECONDS: u64 = 500;

/// Where the worker is and how to identify oneself.
pub(super) struct Worker {
	url: String,
	token: String,
}

/// Why there is no reply to act on.
#[derive(Debug)]
pub(super) enum NoReply {
	Unreachable,
	TooSlow,
	Status(u16),
	TooLong,
	Unreadable,
}

impl NoReply {
	/// Whether the worker said nothing at all, so that it is pointless to ask again at this block.
	pub(super) const fn is_silence(&self) -> bool {
		matches!(self, Self::Unreachable | Self::TooSlow)
	}
}

impl fmt::Display for NoReply {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Unreachable => write!(f, "the worker cannot be reached; is it running and is its URL right?"),
			Self::TooSlow => write!(f, "the worker did not answer within {DEADLINE_MILLISECONDS} ms"),
			Self::Status(401 | 403) => write!(f, "the worker does not accept the token"),
			Self::Status(code) => write!(f, "the worker answered with status {code}; see its log"),
			Self::TooLong => write!(f, "the worker's reply is longer than {MAX_REPLY_BYTES} bytes"),
			Self::Unreadable => {
				write!(f, "the worker's reply cannot be decoded; do versions of node and worker match?")
			},
		}
	}
}

impl Worker {
	/// The worker that the node was started with, if any.
	pub(super) fn configured() -> Option<Self> {
		let url = text_at(WORKER_URL_KEY).filter(|url| !url.is_empty())?;
		let token = text_at(WORKER_TOKEN_KEY).unwrap_or_default();
		Some(Self { url, token })
	}

	/// Sends an order. `None` means that the worker took note and has nothing to say yet.
	pub(super) fn put(&self, order: &WorkOrder) -> Result<Option<WorkerReply>, NoReply> {
		let url = format!("{}{JOBS_PATH}/{:x}/{}", self.url.trim_end_matches('/'), order.genesis, order.job_id);
		let deadline = sp_io::offchain::timestamp().add(Duration::from_millis(DEADLINE_MILLISECONDS));
		let response = http::Request::post(&url, vec![order.encode()])
			.method(http::Method::Put)
			.add_header("content-type", MEDIA_TYPE)
			.add_header("authorization", &format!("Bearer {}", self.token))
			.deadline(deadline)
			.send()
			.map_err(|_| NoReply::Unreachable)?
			.try_wait(deadline)
			.map_err(|_| NoReply::TooSlow)?
			.map_err(|_| NoReply::Unreachable)?;
		match response.code {
			200 => read(&response, deadline).map(Some),
			202 => Ok(None),
			code => Err(NoReply::Status(code)),
		}
	}
}

fn read(response: &http::Response, deadline: Timestamp) -> Result<WorkerReply, NoReply> {
	let mut body = response.body();
	body.deadline(deadline);
	let bytes: Vec<u8> = body.by_ref().take((MAX_REPLY_BYTES as usize).saturating_add(1)).collect();
	if body.error().is_some() {
		return Err(NoReply::TooSlow);
	}
	if bytes.len() > MAX_REPLY_BYTES as usize {
		return Err(NoReply::TooLong);
	}
	WorkerReply::decode_all(&mut bytes.as_slice()).map_err(|_| NoReply::Unreadable)
}

/// Plain UTF-8 under `key` in the node's off-chain database.
fn text_at(key: &[u8]) -> Option<String> {
	let bytes = sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, key)?;
	core::str::from_utf8(&bytes).ok().map(|text| String::from(text.trim()))
}
