//! What became of every transaction.

use crate::work::Kind;
use semblance_client::Call;
use semblance_primitives::{Digest, JobId};
use std::{
	collections::{BTreeMap, HashMap},
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	time::Instant,
};

/// One transaction. Times are seconds since the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
	/// What it is.
	pub kind: Kind,
	/// When it was to be sent.
	pub due: f64,
	/// When a node took it.
	pub sent: Option<f64>,
	/// When a block that holds it first was the best one.
	pub included: Option<f64>,
	/// When its block was final.
	pub finalised: Option<f64>,
	/// Why it had no effect: it failed in its block, or was never taken.
	pub failure: Option<String>,
}

/// A transaction that is sent and in no block yet.
#[derive(Debug, Clone)]
pub struct Waiting {
	/// Its place in the ledger.
	pub id: usize,
	/// Its call, to sign it anew.
	pub call: Arc<Call>,
	/// When it was signed last.
	pub since: f64,
}

/// A final block.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Block {
	/// Height.
	pub number: u32,
	/// When it was final, in seconds since the start.
	pub finalised: f64,
	/// Transactions of this load in it.
	pub transactions: usize,
	/// Consents of this load in it.
	pub consents: u64,
	/// Bytes of all its transactions.
	pub length: u64,
	/// Picoseconds of computation that its transactions are weighed with.
	pub weight: u64,
}

/// A job that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
	/// When its request was due.
	pub due: f64,
	/// When its attestation was final.
	pub attested: Option<f64>,
	/// The event that ended it otherwise.
	pub ended: Option<String>,
}

/// What is known so far.
#[derive(Debug, Default)]
pub struct Book {
	/// Transactions in the order in which they became due.
	pub entries: Vec<Entry>,
	/// Refusals by kind; most transactions are sent again afterwards.
	pub refusals: BTreeMap<String, u64>,
	/// Transactions that the nodes had lost.
	pub sent_again: u64,
	/// Final blocks.
	pub blocks: Vec<Block>,
	/// Jobs by number.
	pub jobs: BTreeMap<JobId, Job>,
	by_hash: HashMap<Digest, (usize, usize, u64)>,
	waiting: HashMap<usize, BTreeMap<u64, Waiting>>,
	unfinished: usize,
}

/// The book, for all tasks, and the clock.
#[derive(Debug)]
pub struct Ledger {
	start: Instant,
	book: Mutex<Book>,
}

impl Ledger {
	/// An empty ledger; the clock starts.
	pub fn begin() -> Self {
		Self { start: Instant::now(), book: Mutex::default() }
	}

	/// Seconds since the start.
	pub fn now(&self) -> f64 {
		self.start.elapsed().as_secs_f64()
	}

	/// Everything, for reading and writing. Hold it for moments only.
	pub fn book(&self) -> MutexGuard<'_, Book> {
		self.book.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

impl Book {
	/// A transaction became due; returns its place.
	pub fn add(&mut self, kind: Kind, due: f64) -> usize {
		self.unfinished += 1;
		self.entries.push(Entry { kind, due, sent: None, included: None, finalised: None, failure: None });
		self.entries.len() - 1
	}

	/// A transaction was signed, perhaps anew, and is going to be sent.
	pub fn signed(&mut self, account: usize, nonce: u64, hash: Digest, waiting: Waiting) {
		self.by_hash.insert(hash, (waiting.id, account, nonce));
		if self.entries.get(waiting.id).is_some_and(|entry| entry.included.is_none()) {
			self.waiting.entry(account).or_default().insert(nonce, waiting);
		}
	}

	/// A node took a transaction.
	pub fn sent(&mut self, id: usize, now: f64) {
		if let Some(entry) = self.entries.get_mut(id) {
			entry.sent.get_or_insert(now);
		}
	}

	/// A node refused a transaction.
	pub fn refused(&mut self, kind: &str) {
		*self.refusals.entry(kind.into()).or_default() += 1;
	}

	/// A transaction is given up, if it is in no block.
	pub fn give_up(&mut self, account: usize, nonce: u64, id: usize, why: String) {
		let Some(entry) = self.entries.get_mut(id).filter(|entry| entry.included.is_none()) else { return };
		entry.failure = Some(why);
		self.unfinished -= 1;
		if let Some(waiting) = self.waiting.get_mut(&account) {
			waiting.remove(&nonce);
		}
	}

	/// A block is the best one: notes those of its transactions that were in none before. Returns how many.
	pub fn included(&mut self, transactions: &[Digest], now: f64) -> usize {
		let mut count = 0;
		for hash in transactions {
			let Some((id, account, nonce)) = self.by_hash.get(hash) else { continue };
			let Some(entry) = self.entries.get_mut(*id).filter(|entry| entry.included.is_none()) else { continue };
			entry.included = Some(now);
			if entry.failure.take().is_some() {
				// It was given up, and came into a block all the same.
				self.unfinished += 1;
			} else {
				count += 1;
			}
			if let Some(waiting) = self.waiting.get_mut(account) {
				waiting.remove(nonce);
			}
		}
		count
	}

	/// A block is final. Returns how many transactions of this load, and how many consents, are in it.
	pub fn finalised(&mut self, transactions: &[Digest], now: f64) -> (usize, u64) {
		let (mut count, mut consents) = (0, 0);
		for hash in transactions {
			let Some((id, ..)) = self.by_hash.get(hash) else { continue };
			let Some(entry) = self.entries.get_mut(*id).filter(|entry| entry.finalised.is_none()) else { continue };
			entry.finalised = Some(now);
			self.unfinished -= 1;
			count += 1;
			consents += entry.kind.consents();
		}
		(count, consents)
	}

	/// A transaction had no effect.
	pub fn failed(&mut self, hash: &Digest, why: String) {
		let id = self.by_hash.get(hash).map(|(id, ..)| *id);
		if let Some(entry) = id.and_then(|id| self.entries.get_mut(id)) {
			entry.failure = Some(why);
		}
	}

	/// A transaction made a job.
	pub fn job_requested(&mut self, hash: &Digest, job: JobId) {
		let id = self.by_hash.get(hash).map(|(id, ..)| *id);
		if let Some(entry) = id.and_then(|id| self.entries.get(id)) {
			self.jobs.insert(job, Job { due: entry.due, attested: None, ended: None });
		}
	}

	/// What of an account waits since before `moment`, by nonce from the lowest, at most `limit` of it. Nothing, if the lowest
	/// nonce doesn't wait that long.
	pub fn stuck(&self, account: usize, moment: f64, limit: usize) -> Vec<(u64, Waiting)> {
		let Some(waiting) = self.waiting.get(&account) else { return Vec::new() };
		let old = waiting.iter().take_while(|(_, waiting)| waiting.since < moment);
		old.take(limit).map(|(nonce, waiting)| (*nonce, waiting.clone())).collect()
	}

	/// Transactions of which the end is not known.
	pub fn unfinished(&self) -> usize {
		self.unfinished
	}

	/// Jobs of which the end is not known.
	pub fn open_jobs(&self) -> usize {
		self.jobs.values().filter(|job| job.attested.is_none() && job.ended.is_none()).count()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn hash(byte: u8) -> Digest {
		Digest::repeat_byte(byte)
	}

	fn sign(book: &mut Book, id: usize, nonce: u64, byte: u8, since: f64) {
		let call = Arc::new(Call { pallet: "Consent", call: "capture", arguments: vec![] });
		book.signed(0, nonce, hash(byte), Waiting { id, call, since });
	}

	#[test]
	fn a_transaction_in_two_best_blocks_counts_from_the_first() {
		let mut book = Book::default();
		let id = book.add(Kind::Capture, 0.0);
		sign(&mut book, id, 0, 1, 0.0);
		assert_eq!(book.included(&[hash(1), hash(9)], 2.0), 1);
		assert_eq!(book.included(&[hash(1)], 4.0), 0);
		assert_eq!(book.entries[id].included, Some(2.0));
		assert_eq!(book.finalised(&[hash(1)], 5.0), (1, 1));
		assert_eq!(book.finalised(&[hash(1)], 6.0), (0, 0));
		assert_eq!((book.entries[id].finalised, book.unfinished()), (Some(5.0), 0));
	}

	#[test]
	fn a_transaction_that_was_signed_anew_is_found_by_either_hash() {
		let mut book = Book::default();
		let id = book.add(Kind::Capture, 0.0);
		sign(&mut book, id, 0, 1, 0.0);
		sign(&mut book, id, 0, 2, 3.0);
		assert_eq!(book.included(&[hash(1)], 4.0), 1);
		assert_eq!(book.included(&[hash(2)], 5.0), 0);
		assert!(book.stuck(0, 100.0, 9).is_empty());
	}

	#[test]
	fn what_is_stuck_is_told_from_the_lowest_nonce_on() {
		let mut book = Book::default();
		for nonce in 0..3u8 {
			let id = book.add(Kind::Capture, 0.0);
			sign(&mut book, id, nonce.into(), nonce, 1.0);
		}
		book.included(&[hash(0)], 2.0);
		let ids = |account, moment, limit| {
			book.stuck(account, moment, limit)
				.into_iter()
				.map(|(nonce, waiting)| (nonce, waiting.id))
				.collect::<Vec<_>>()
		};
		assert_eq!(ids(0, 5.0, 9), [(1, 1), (2, 2)]);
		assert_eq!(ids(0, 5.0, 1), [(1, 1)]);
		assert!(ids(0, 1.0, 9).is_empty(), "they do not wait for long");
		assert!(ids(1, 5.0, 9).is_empty(), "another account");
	}

	#[test]
	fn what_was_given_up_and_comes_into_a_block_all_the_same_counts_as_included() {
		let mut book = Book::default();
		let id = book.add(Kind::Capture, 0.0);
		sign(&mut book, id, 0, 1, 0.0);
		book.give_up(0, 0, id, "never taken".into());
		assert_eq!(book.unfinished(), 0);
		assert_eq!(book.included(&[hash(1)], 3.0), 0, "its place was freed already");
		assert_eq!((book.entries[id].failure.clone(), book.unfinished()), (None, 1));
		book.finalised(&[hash(1)], 4.0);
		assert_eq!(book.unfinished(), 0);
	}

	#[test]
	fn a_failure_in_a_block_stays_a_failure() {
		let mut book = Book::default();
		let id = book.add(Kind::Capture, 0.0);
		sign(&mut book, id, 0, 1, 0.0);
		book.included(&[hash(1)], 1.0);
		book.finalised(&[hash(1)], 2.0);
		book.failed(&hash(1), "NotAuthorized".into());
		assert_eq!(book.entries[id].failure.as_deref(), Some("NotAuthorized"));
	}
}
