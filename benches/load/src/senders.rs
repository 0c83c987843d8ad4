//! Signs what is due and hands it to the nodes; sends again what they refuse or lose.

use crate::{
	accounts::Account,
	arguments::Stream,
	ledger::{Ledger, Waiting},
	pace::Pace,
	work::{Kind, Work},
};
use semblance_client::{transaction_hash, Call, Chain, ChainError, Signing};
use std::{
	sync::{Arc, Mutex, PoisonError},
	time::{Duration, Instant},
};
use tokio::{
	sync::{mpsc, RwLock, Semaphore},
	task::JoinSet,
};

/// Transactions of an account that are on their way to its node at once.
const LANES: usize = 16;
/// How long a transaction that is refused is tried again.
const PATIENCE: Duration = Duration::from_secs(60);
/// First and longest pause before a refused transaction is tried again.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(2)];
/// How often it is looked whether an account is stuck.
const CARE: Duration = Duration::from_secs(2);
/// Seconds in no block after which it is asked whether the nodes lost a transaction.
const LONG: f64 = 12.0;
/// Transactions of an account that are sent again at once: those with higher nonces were lost with the first, as a rule.
const AGAIN: usize = 500;
/// How often signing starts from a newer block. A development chain can make a hundred blocks in a second.
const RENEWAL: Duration = Duration::from_secs(5);
/// How long to sleep when nothing is due.
const TICK: Duration = Duration::from_millis(5);

/// What all senders share.
pub struct Sending {
	/// What became of each transaction.
	pub ledger: Arc<Ledger>,
	/// Places for transactions that are in no block yet.
	pub in_flight: Arc<Semaphore>,
	signing: RwLock<Signing>,
	work: Mutex<Work>,
}

impl Sending {
	/// Prepares to sign by what a node says.
	///
	/// # Errors
	/// [`ChainError`] if it does not answer.
	pub async fn new(ledger: Arc<Ledger>, in_flight: u32, chain: &Chain, work: Work) -> Result<Self, ChainError> {
		let in_flight = Arc::new(Semaphore::new(in_flight as usize));
		Ok(Self { ledger, in_flight, signing: RwLock::new(chain.signing().await?), work: Mutex::new(work) })
	}

	/// Refuses a kind that the chain doesn't know, before anything is sent.
	///
	/// # Errors
	/// [`ChainError::UnknownCall`].
	pub async fn check(&self, kind: Kind) -> Result<(), ChainError> {
		// Made apart, since no call can be sent twice.
		let call = Work::new([0; 32]).call(kind);
		self.signing.read().await.check(&call)
	}

	fn call(&self, kind: Kind) -> Call {
		self.work.lock().unwrap_or_else(PoisonError::into_inner).call(kind)
	}

	/// Starts from newer blocks for ever: a transaction is good for some blocks only.
	pub async fn renew(&self, chain: &Chain) {
		loop {
			tokio::time::sleep(RENEWAL).await;
			if let Ok(newer) = chain.signing().await {
				*self.signing.write().await = newer;
			}
		}
	}

	/// Has a stream's transactions sent by `accounts` in turn; returns when the last has become due.
	pub async fn dispatch(&self, stream: Stream, seconds: f64, accounts: &[Lane]) {
		let pace = Pace::new(stream.per_second, seconds);
		let mut next = 0;
		while next < pace.total() {
			let due = pace.due_until(self.ledger.now());
			while next < due {
				let id = self.ledger.book().add(stream.kind, pace.due_at(next));
				if let Some(lane) = accounts.get(next as usize % accounts.len().max(1)) {
					// The receiver lives as long as the lanes do.
					let _ = lane.send((id, stream.kind));
				}
				next += 1;
			}
			tokio::time::sleep(TICK).await;
		}
	}

	/// Sends what an account is given, a few at once, until it is stopped.
	pub async fn serve(self: Arc<Self>, account: Arc<Account>, mut given: mpsc::UnboundedReceiver<(usize, Kind)>) {
		let lanes = Arc::new(Semaphore::new(LANES));
		let mut under_way = JoinSet::new();
		while let Some((id, kind)) = given.recv().await {
			let Ok(place) = self.in_flight.acquire().await else { return };
			// It is free again when the transaction is in a block.
			place.forget();
			let Ok(lane) = lanes.clone().acquire_owned().await else { return };
			let (sending, account) = (self.clone(), account.clone());
			let nonce = account.nonces().take();
			under_way.spawn(async move {
				let call = Arc::new(sending.call(kind));
				sending.deliver(&account, id, nonce, call).await;
				drop(lane);
			});
			while under_way.try_join_next().is_some() {}
		}
	}

	/// Sends one transaction until a node takes it, or patience ends.
	async fn deliver(&self, account: &Account, id: usize, nonce: u64, call: Arc<Call>) {
		let began = Instant::now();
		let mut pause = PAUSES[0];
		loop {
			let refusal = match self.attempt(account, id, nonce, &call).await {
				Ok(()) => return self.ledger.book().sent(id, self.ledger.now()),
				Err(error) => error,
			};
			let kind = refusal_kind(&refusal);
			self.ledger.book().refused(kind);
			if kind == TAKEN {
				return self.ledger.book().sent(id, self.ledger.now());
			}
			if began.elapsed() > PATIENCE || matches!(refusal, ChainError::UnknownCall { .. }) {
				self.ledger.book().give_up(account.index, nonce, id, format!("never taken: {refusal}"));
				account.nonces().give_back(nonce);
				return self.in_flight.add_permits(1);
			}
			tokio::time::sleep(pause).await;
			pause = (pause * 2).min(PAUSES[1]);
		}
	}

	async fn attempt(&self, account: &Account, id: usize, nonce: u64, call: &Arc<Call>) -> Result<(), ChainError> {
		let transaction = self.signing.read().await.sign(&account.signer, call, nonce)?;
		let waiting = Waiting { id, call: call.clone(), since: self.ledger.now() };
		// Noted before it is sent: a block can be faster than the answer.
		self.ledger.book().signed(account.index, nonce, transaction_hash(&transaction), waiting);
		account.chain.send_signed(&transaction, call).await.map(|_| ())
	}

	/// Looks for ever whether the nodes lost a transaction of an account (a pool can drop what it took), and sends it
	/// again, with those of higher nonces that were waiting behind it.
	pub async fn care(&self, account: &Account) {
		loop {
			tokio::time::sleep(CARE).await;
			let stuck = self.ledger.book().stuck(account.index, self.ledger.now() - LONG, AGAIN);
			let Some((lowest, _)) = stuck.first() else { continue };
			let Ok(best) = account.chain.best().await else { continue };
			let reached = account.chain.nonce_at(&account.signer.account(), best.hash).await;
			if !reached.is_ok_and(|reached| reached == *lowest) {
				continue;
			}
			for (nonce, Waiting { id, call, .. }) in stuck {
				let again = self.attempt(account, id, nonce, &call).await;
				let mut book = self.ledger.book();
				match again {
					Ok(()) => book.sent_again += 1,
					Err(error) => book.refused(refusal_kind(&error)),
				}
			}
		}
	}
}

/// Where an account is told what to send.
pub type Lane = mpsc::UnboundedSender<(usize, Kind)>;

/// The kind of refusal that means that the transaction, or another one with its nonce, is in the pool or in a block.
const TAKEN: &str = "already there";

/// A short name for why a node did not take a transaction, from the texts that Substrate nodes use.
fn refusal_kind(error: &ChainError) -> &'static str {
	let problem = error.to_string().to_lowercase();
	let is = |part: &str| problem.contains(part);
	if is("already imported") || is("priority is too low") || is("outdated") || is("stale") {
		TAKEN
	} else if is("custom error: 101") {
		"over the organisation's quota"
	} else if is("custom error: 102") || is("signing address") || is("bad signer") {
		"no active member"
	} else if is("immediately dropped") || is("pool is full") || is("couldn't enter the pool") {
		"pool full"
	} else if is("banned") {
		"banned for a while"
	} else if is("exhaust") {
		"block full"
	} else if matches!(error, ChainError::Connection { .. }) {
		"no connection"
	} else {
		"other"
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn refused(problem: &str) -> ChainError {
		let (pallet, call) = ("Consent".into(), "capture".into());
		ChainError::Refused { pallet, call, problem: problem.into(), remedy: String::new() }
	}

	#[test]
	fn refusals_are_told_apart_by_what_nodes_say() {
		let kind = |problem| refusal_kind(&refused(problem));
		assert_eq!(kind("Invalid Transaction (Custom error: 101)"), "over the organisation's quota");
		assert_eq!(kind("Invalid Transaction (Transaction is outdated)"), TAKEN);
		assert_eq!(kind("Priority is too low: (12 vs 12)"), TAKEN);
		assert_eq!(
			kind("Immediately Dropped (The transaction couldn't enter the pool because of the limit)"),
			"pool full"
		);
		assert_eq!(kind("Transaction is temporarily banned"), "banned for a while");
		assert_eq!(kind("Invalid Transaction (Transaction has an invalid signing address)"), "no active member");
		assert_eq!(kind("?"), "other");
		let lost = ChainError::Connection { url: "ws://127.0.0.1:1".into(), problem: "closed".into() };
		assert_eq!(refusal_kind(&lost), "no connection");
	}
}
