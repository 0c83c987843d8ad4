//! A node around the runtime: keystore, off-chain database, pool, and a worker that answers as it is told. The SDK's
//! own test client answers with status 200 only, so requests are answered here; the rest is the SDK's.

use super::{Extrinsic, RuntimeCall, Test};
use crate::Call;
use codec::{Decode, Encode};
use semblance_primitives::{
	signing::ATTESTATION_KEY,
	worker_protocol::{WorkOrder, WorkerReply, WORKER_TOKEN_KEY, WORKER_URL_KEY},
};
use sp_core::offchain::{
	testing::{PoolState, TestOffchainExt, TestTransactionPoolExt},
	DbExternalities, Externalities, HttpError, HttpRequestId, HttpRequestStatus, OffchainDbExt, OffchainWorkerExt,
	OpaqueNetworkState, StorageKind, Timestamp, TransactionPoolExt,
};
use sp_core::OpaquePeerId;
use sp_io::TestExternalities;
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use std::{
	collections::VecDeque,
	sync::{Arc, Mutex},
};

/// How the worker answers one request.
pub enum Answer {
	/// With this status and body.
	Status(u16, Vec<u8>),
	/// Not before the deadline.
	TooLate,
	/// With status 200 and a body that stops half-way until the deadline.
	Stalls,
	/// Not at all: nobody listens.
	Refused,
}

impl Answer {
	pub fn reply(reply: WorkerReply) -> Self {
		Self::Status(200, reply.encode())
	}
}

/// A request as the worker saw it.
#[derive(Default)]
pub struct Request {
	pub method: String,
	pub uri: String,
	pub headers: Vec<(String, String)>,
	pub body: Vec<u8>,
}

impl Request {
	pub fn order(&self) -> WorkOrder {
		WorkOrder::decode(&mut self.body.as_slice()).unwrap()
	}
}

#[derive(Default)]
pub struct Exchange {
	/// Everything that was asked, in order.
	pub requests: Vec<Request>,
	answers: VecDeque<Answer>,
	/// What is left of the body that is being read.
	body: VecDeque<u8>,
	stalls: bool,
	milliseconds: u64,
}

#[derive(Clone, Default)]
struct Http(Arc<Mutex<Exchange>>);

impl Externalities for Http {
	fn is_validator(&self) -> bool {
		true
	}

	fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
		Err(())
	}

	fn timestamp(&mut self) -> Timestamp {
		Timestamp::from_unix_millis(self.0.lock().unwrap().milliseconds)
	}

	fn sleep_until(&mut self, deadline: Timestamp) {
		self.0.lock().unwrap().milliseconds = deadline.unix_millis();
	}

	fn random_seed(&mut self) -> [u8; 32] {
		[0; 32]
	}

	fn http_request_start(&mut self, method: &str, uri: &str, _: &[u8]) -> Result<HttpRequestId, ()> {
		let mut exchange = self.0.lock().unwrap();
		exchange.requests.push(Request { method: method.into(), uri: uri.into(), ..Default::default() });
		Ok(HttpRequestId(exchange.requests.len() as u16 - 1))
	}

	fn http_request_add_header(&mut self, id: HttpRequestId, name: &str, value: &str) -> Result<(), ()> {
		self.0.lock().unwrap().requests[id.0 as usize].headers.push((name.into(), value.into()));
		Ok(())
	}

	fn http_request_write_body(
		&mut self,
		id: HttpRequestId,
		chunk: &[u8],
		deadline: Option<Timestamp>,
	) -> Result<(), HttpError> {
		assert!(deadline.is_some(), "a request without deadline can stall the node");
		self.0.lock().unwrap().requests[id.0 as usize].body.extend(chunk);
		Ok(())
	}

	fn http_response_wait(&mut self, _: &[HttpRequestId], deadline: Option<Timestamp>) -> Vec<HttpRequestStatus> {
		assert!(deadline.is_some(), "waiting without deadline can stall the node");
		let mut exchange = self.0.lock().unwrap();
		let status = match exchange.answers.pop_front().expect("the test did not foresee this request") {
			Answer::Status(code, body) => {
				(exchange.body, exchange.stalls) = (body.into(), false);
				HttpRequestStatus::Finished(code)
			},
			Answer::Stalls => {
				(exchange.body, exchange.stalls) = (vec![0; 3].into(), true);
				HttpRequestStatus::Finished(200)
			},
			Answer::TooLate => HttpRequestStatus::DeadlineReached,
			Answer::Refused => HttpRequestStatus::IoError,
		};
		vec![status]
	}

	fn http_response_headers(&mut self, _: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
		Vec::new()
	}

	fn http_response_read_body(
		&mut self,
		_: HttpRequestId,
		buffer: &mut [u8],
		deadline: Option<Timestamp>,
	) -> Result<usize, HttpError> {
		assert!(deadline.is_some(), "reading without deadline can stall the node");
		let mut exchange = self.0.lock().unwrap();
		if exchange.body.is_empty() && exchange.stalls {
			return Err(HttpError::DeadlineReached);
		}
		let size = buffer.len().min(exchange.body.len());
		for (place, byte) in buffer.iter_mut().zip(exchange.body.drain(..size)) {
			*place = byte;
		}
		Ok(size)
	}

	fn set_authorized_nodes(&mut self, _: Vec<OpaquePeerId>, _: bool) {}
}

/// A running node, as far as the hook can see it.
pub struct Node {
	http: Http,
	database: TestOffchainExt,
	submitted: Submitted,
}

/// Reads and empties the pool.
type Submitted = Box<dyn Fn() -> Vec<Vec<u8>>>;

impl Node {
	/// A node with a worker at `http://127.0.0.1:8645` and the attestation keys of `seeds`.
	pub fn start(ext: &mut TestExternalities, seeds: &[&str]) -> Self {
		let node = Self::without_worker(ext, seeds);
		node.set(WORKER_URL_KEY, b"http://127.0.0.1:8645/");
		node.set(WORKER_TOKEN_KEY, b"secret-token\n");
		node
	}

	/// A node that was started without a worker's URL.
	pub fn without_worker(ext: &mut TestExternalities, seeds: &[&str]) -> Self {
		let http = Http::default();
		let (database, _) = TestOffchainExt::new();
		let (pool, state) = TestTransactionPoolExt::new();
		let keystore = Arc::new(MemoryKeystore::new());
		for seed in seeds {
			keystore.sr25519_generate_new(ATTESTATION_KEY, Some(seed)).unwrap();
		}
		ext.register_extension(OffchainWorkerExt::new(http.clone()));
		ext.register_extension(OffchainDbExt::new(database.clone()));
		ext.register_extension(TransactionPoolExt::new(pool));
		ext.register_extension(KeystoreExt(keystore));
		let submitted: Submitted = Box::new(move || {
			let mut pool: PoolState = Default::default();
			core::mem::swap(&mut *state.write(), &mut pool);
			pool.transactions
		});
		Self { http, database, submitted }
	}

	/// Writes into the off-chain database, as the node's service does at its start.
	pub fn set(&self, key: &[u8], value: &[u8]) {
		self.database.clone().local_storage_set(StorageKind::PERSISTENT, key, value);
	}

	/// Tells the worker how to answer the next request.
	pub fn answer(&self, answer: Answer) {
		self.http.0.lock().unwrap().answers.push_back(answer);
	}

	/// The requests since the last look.
	pub fn requests(&self) -> Vec<Request> {
		core::mem::take(&mut self.http.0.lock().unwrap().requests)
	}

	/// The calls submitted since the last look.
	pub fn submitted(&self) -> Vec<Call<Test>> {
		let calls = (self.submitted)().into_iter().map(|bytes| {
			match Extrinsic::decode(&mut bytes.as_slice()).unwrap().function {
				RuntimeCall::GenerationAttestation(call) => call,
				other => panic!("the hook submitted {other:?}"),
			}
		});
		calls.collect()
	}
}
