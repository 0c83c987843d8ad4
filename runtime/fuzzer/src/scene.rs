//! What every sequence begins from: a chain on which something of everything goes on, so that each call has a record in the state
//! that it needs.

mod people;
mod research;

use crate::{
	chain::{Chain, Snapshot},
	checks,
	crafted::{councils, jobs, researchers},
	people::Person,
	transaction::Transaction,
};
use semblance_primitives::{generation::BEACON_DELAY, Digest};
use semblance_runtime::RuntimeCall;
use std::sync::OnceLock;

pub use research::approval;

/// Jobs whose worker accepted them: 1 and 4 attested, 2 and 5 to be attested.
const ACCEPTED: [u32; 3] = [1, 2, 5];

/// The chain to begin from, between two blocks.
pub fn prepared() -> Chain {
	static SCENE: OnceLock<Snapshot> = OnceLock::new();
	Chain::at(SCENE.get_or_init(|| {
		let mut chain = Chain::at(&Chain::genesis().snapshot());
		prepare(&mut chain);
		chain.snapshot()
	}))
}

/// All of it before the first session ends: that block takes no transactions.
fn prepare(chain: &mut Chain) {
	block(chain, people::members);
	block(chain, people::validators);
	block(chain, || [research::datasets(), people::paper_consents()].concat());
	block(chain, || [research::generators(), research::agreements()].concat());
	block(chain, research::requests);
	block(chain, || {
		let mut accepted: Vec<_> = ACCEPTED.iter().filter_map(|job| jobs::accept(*job, "//Alice")).collect();
		accepted.extend(jobs::accept_with(4, "//Alice", &jobs::false_handles()));
		accepted
	});
	(0..BEACON_DELAY).for_each(|_| block(chain, Vec::new));
	block(chain, || [1, 4].iter().filter_map(|job| jobs::attest(*job, "//Alice")).collect());
	block(chain, || {
		let suspend = pallet_consortium::Call::suspend_organisation { organisation: 6 };
		let proposed = councils::propose(Person::named("Alice"), suspend.into());
		[people::patients(), vec![research::release(), proposed]].concat()
	});
}

/// A block with what `make` makes of the state, one by one; all of it must succeed.
fn block(chain: &mut Chain, make: impl FnOnce() -> Vec<Transaction>) {
	chain.begin_block();
	let transactions = chain.inside(make);
	for transaction in transactions {
		let fate = checks::submit(chain, &transaction);
		assert!(matches!(fate, Ok(checks::Fate::Done)), "{transaction:?}: {fate:?}");
	}
	chain.end_block();
}

fn by(name: &str, call: impl Into<RuntimeCall>) -> Transaction {
	Transaction::signed(Person::named(name), call)
}

fn digest(byte: u8) -> Digest {
	Digest::repeat_byte(byte)
}
