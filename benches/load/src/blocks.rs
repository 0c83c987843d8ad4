//! Follows one node: its best blocks, and those that are final.

use crate::{
	error::LoadError,
	ledger::{Block, Ledger},
};
use futures::StreamExt;
use semblance_client::{BlockRef, Body, Chain, ChainError, Happening};
use semblance_primitives::Digest;
use std::{
	collections::HashMap,
	sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{mpsc, Semaphore};

/// Events that say what became of transactions and jobs.
const WANTED: [(&str, &str); 5] = [
	("System", "ExtrinsicFailed"),
	("GenerationAttestation", "JobRequested"),
	("GenerationAttestation", "JobAttested"),
	("GenerationAttestation", "JobFailed"),
	("GenerationAttestation", "JobExpired"),
];
/// Blocks whose contents are remembered.
const REMEMBERED: usize = 4_096;

/// A block that is final since `at` seconds.
struct Final {
	hash: Digest,
	body: Arc<Body>,
	at: f64,
	transactions: usize,
	consents: u64,
}

/// The follower of a node.
pub struct Follower {
	chain: Chain,
	ledger: Arc<Ledger>,
	in_flight: Arc<Semaphore>,
	bodies: Mutex<HashMap<Digest, Arc<Body>>>,
}

impl Follower {
	/// Prepares to follow.
	pub fn new(chain: Chain, ledger: Arc<Ledger>, in_flight: Arc<Semaphore>) -> Arc<Self> {
		Arc::new(Self { chain, ledger, in_flight, bodies: Mutex::default() })
	}

	/// Follows until it is stopped, or the connection is lost.
	///
	/// # Errors
	/// [`LoadError`] if the node stops answering.
	pub async fn follow(self: Arc<Self>, from: BlockRef) -> Result<(), LoadError> {
		let (details, given) = mpsc::unbounded_channel();
		tokio::try_join!(self.follow_best(from.number), self.follow_final(from, details), self.look_into(given))
			.map(|_| ())
	}

	async fn follow_best(&self, from: u32) -> Result<(), LoadError> {
		let mut heads = self.chain.subscribe_best().await?;
		let mut last = from;
		let mut seen: HashMap<Digest, u32> = HashMap::new();
		while let Some(head) = heads.next().await {
			let now = self.ledger.now();
			let mut block = head?;
			// Down to what was seen before: heights can be skipped, and forks change.
			while block.number > from && !seen.contains_key(&block.hash) {
				seen.insert(block.hash, block.number);
				let body = self.body(block.hash).await?;
				let freed = self.ledger.book().included(&body.transactions, now);
				self.in_flight.add_permits(freed);
				last = last.max(block.number);
				block = BlockRef { hash: body.parent, number: block.number.saturating_sub(1) };
			}
			seen.retain(|_, number| number.saturating_add(256) > last);
		}
		Err(self.lost())
	}

	async fn follow_final(&self, from: BlockRef, details: mpsc::UnboundedSender<Final>) -> Result<(), LoadError> {
		let mut heads = self.chain.subscribe_finalised().await?;
		let mut last = from;
		while let Some(head) = heads.next().await {
			let at = self.ledger.now();
			let head = head?;
			let mut new = Vec::new();
			let mut block = head;
			while block.number > last.number {
				let body = self.body(block.hash).await?;
				let parent = BlockRef { hash: body.parent, number: block.number.saturating_sub(1) };
				new.push((block.hash, body));
				block = parent;
			}
			if head.number > last.number {
				last = head;
			}
			for (hash, body) in new.into_iter().rev() {
				let (included, (transactions, consents)) = {
					let mut book = self.ledger.book();
					(book.included(&body.transactions, at), book.finalised(&body.transactions, at))
				};
				self.in_flight.add_permits(included);
				// The receiver ends with this function's caller only.
				let _ = details.send(Final { hash, body, at, transactions, consents });
			}
		}
		Err(self.lost())
	}

	/// Looks into final blocks, behind those who follow, so that no time waits for it.
	async fn look_into(&self, mut given: mpsc::UnboundedReceiver<Final>) -> Result<(), LoadError> {
		while let Some(Final { hash, body, at, transactions, consents }) = given.recv().await {
			let weight = self.chain.normal_weight(hash).await?;
			let open_jobs = self.ledger.book().open_jobs() > 0;
			if transactions > 0 || open_jobs {
				for happening in self.chain.happenings(BlockRef { hash, number: body.number }, &WANTED).await? {
					self.note(&happening, &body, at);
				}
			}
			let (number, length) = (body.number, body.length);
			self.ledger.book().blocks.push(Block { number, finalised: at, transactions, consents, length, weight });
		}
		Ok(())
	}

	fn note(&self, Happening { transaction, event }: &Happening, body: &Body, at: f64) {
		let hash = transaction.and_then(|index| body.transactions.get(index as usize));
		let job = event.fields.get("job").and_then(|job| job.as_u64()).and_then(|job| u32::try_from(job).ok());
		let mut book = self.ledger.book();
		match (event.name.as_str(), hash, job) {
			("ExtrinsicFailed", Some(hash), _) => {
				let error = event.fields.get("dispatch_error").unwrap_or(&event.fields);
				book.failed(hash, format!("failed: {error}"));
			},
			("JobRequested", Some(hash), Some(job)) => book.job_requested(hash, job),
			("JobAttested", _, Some(job)) => {
				if let Some(job) = book.jobs.get_mut(&job) {
					job.attested = Some(at);
				}
			},
			(name, _, Some(job)) => {
				if let Some(job) = book.jobs.get_mut(&job) {
					job.ended = Some(name.into());
				}
			},
			_ => {},
		}
	}

	async fn body(&self, hash: Digest) -> Result<Arc<Body>, ChainError> {
		let known = self.bodies.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
		if let Some(body) = known {
			return Ok(body);
		}
		let body = Arc::new(self.chain.body(hash).await?);
		let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
		if bodies.len() >= REMEMBERED {
			bodies.clear();
		}
		bodies.insert(hash, body.clone());
		Ok(body)
	}

	fn lost(&self) -> LoadError {
		let problem = "it stopped telling of blocks".into();
		ChainError::Connection { url: self.chain.url().into(), problem }.into()
	}
}

/// Refuses nodes that do not agree on the last block that is final for all of them.
pub async fn agree(chains: &[Chain]) -> Result<u32, LoadError> {
	let mut number = u32::MAX;
	for chain in chains {
		number = number.min(chain.finalised().await?.number);
	}
	let mut hashes = Vec::new();
	for chain in chains {
		hashes.push(chain.block_hash(number).await?);
	}
	if hashes.windows(2).any(|pair| matches!(pair, [one, other] if one != other)) {
		return Err(LoadError::Disagreement { number, hashes: format!("{hashes:?}") });
	}
	Ok(number)
}
