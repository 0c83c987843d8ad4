//! Sequences: what bytes mean, and running them.

use crate::{
	bytes::Bytes,
	chain::SESSION,
	checks::{self, Fate, Finding},
	crafted, fitting, invariants,
	people::Person,
	scene,
	tally::Tally,
	transaction::{name_of, Sender, Transaction},
	values,
};
use codec::DecodeAll;
use semblance_runtime::{Runtime, RuntimeCall, System, DAY};
use std::{
	cell::{Cell, RefCell},
	panic::{self, AssertUnwindSafe},
	sync::Once,
};

/// Bytes of one step, so that steps can be left out without changing the others.
pub const STEP: usize = 64;
/// Most steps of a sequence; what comes after is ignored.
pub const MOST_STEPS: usize = 256;
/// Blocks that are passed over at once: some deadlines, a job's life, and the periods of voting and of roles.
const LEAPS: [u32; 6] = [SESSION - 1, 30, 300, 1_900, 14 * DAY + 1, 365 * DAY + 1];

/// What a step does.
#[derive(Clone, Debug)]
enum Step {
	Send(Vec<Transaction>),
	Blocks(u32),
	Leap(u32),
}

/// What was seen while a sequence ran.
#[derive(Default)]
pub struct Run {
	/// How often each call was refused, failed and succeeded.
	pub tally: Tally,
	/// Blocks made.
	pub blocks: u64,
	/// What was done, in words, if it was asked for.
	pub story: Option<Vec<String>>,
	/// A defect of the runtime that tests plant, to see that it is found.
	pub defect: Option<Defect>,
}

/// What a defect does to the state after a transaction.
pub type Defect = fn(&Transaction, &Fate);

/// The step of `bytes` in the present state.
fn step(bytes: &[u8]) -> Step {
	let mut bytes = Bytes::new(bytes);
	match bytes.byte() {
		0..=79 => Step::Send(fitting::any(&mut bytes)),
		80..=151 => Step::Send(by_anybody(&mut bytes).into_iter().collect()),
		152..=223 => Step::Send(crafted::any(&mut bytes)),
		224..=249 => Step::Blocks(1 + bytes.below(4)),
		250..=252 => Step::Blocks(SESSION),
		_ => Step::Leap(bytes.pick(&LEAPS)),
	}
}

/// Any call by anybody, in a few cases by nobody.
fn by_anybody(bytes: &mut Bytes) -> Option<Transaction> {
	let sender = match bytes.byte() {
		0..=247 => Sender::Signed(Person::any(bytes)),
		248..=251 => Sender::Authorised,
		_ => Sender::Bare,
	};
	values::any_call(bytes).map(|call| Transaction { sender, call })
}

impl Run {
	/// Runs the sequence of `bytes`.
	///
	/// # Errors
	/// The first rule that did not hold; panics of the runtime count as such.
	pub fn sequence(&mut self, bytes: &[u8]) -> Result<(), Finding> {
		quieten();
		PANIC.with_borrow_mut(|last| *last = None);
		RUNNING.set(true);
		let outcome = panic::catch_unwind(AssertUnwindSafe(|| self.steps(bytes)));
		RUNNING.set(false);
		outcome.unwrap_or_else(|_| {
			let detail = PANIC.with_borrow_mut(Option::take).unwrap_or_else(|| "unknown".into());
			Err(Finding::new("nothing panics", detail))
		})
	}

	fn steps(&mut self, bytes: &[u8]) -> Result<(), Finding> {
		let mut chain = scene::prepared();
		chain.begin_block();
		for bytes in bytes.chunks(STEP).take(MOST_STEPS) {
			let step = chain.inside(|| step(bytes));
			let (blocks, leap) = match &step {
				Step::Send(transactions) => {
					for transaction in transactions {
						self.send(&mut chain, transaction)?;
					}
					continue;
				},
				Step::Blocks(blocks) => (*blocks, None),
				Step::Leap(blocks) => (1, Some(*blocks)),
			};
			self.tell(|| format!("{step:?}"));
			for _ in 0..blocks {
				self.end_block(&mut chain)?;
				leap.into_iter().for_each(|blocks| chain.leap(blocks));
				chain.begin_block();
			}
		}
		self.end_block(&mut chain)
	}

	fn send(&mut self, chain: &mut crate::chain::Chain, transaction: &Transaction) -> Result<(), Finding> {
		self.tell(|| format!("{transaction:?}"));
		let fate = checks::submit(chain, transaction)?;
		self.tell(|| format!("  → {fate:?}"));
		self.tally.count(&transaction.name(), &fate);
		if let Some(defect) = self.defect {
			chain.inside(|| defect(transaction, &fate));
		}
		let enacted = chain.inside(|| enacted(transaction, &fate));
		enacted.into_iter().for_each(|(name, fate)| self.tally.count(&name, &fate));
		Ok(())
	}

	fn end_block(&mut self, chain: &mut crate::chain::Chain) -> Result<(), Finding> {
		chain.end_block();
		self.blocks += 1;
		chain.inside(invariants::after_block)
	}

	fn tell(&mut self, line: impl FnOnce() -> String) {
		if let Some(story) = &mut self.story {
			story.push(line());
		}
	}
}

/// The call that a proposal made, with its fate, if `transaction` enacted one.
fn enacted(transaction: &Transaction, fate: &Fate) -> Option<(String, Fate)> {
	use pallet_council::{Call, Event, Proposals};
	let RuntimeCall::Council(Call::enact { proposal }) = &transaction.call else { return None };
	if *fate != Fate::Done {
		return None;
	}
	let record = Proposals::<Runtime>::get(proposal)?;
	let call = RuntimeCall::decode_all(&mut record.call.as_slice()).ok()?;
	let event = System::read_events_for_pallet::<Event<Runtime>>().pop()?;
	let Event::ProposalEnacted { result, .. } = event else { return None };
	Some((name_of(&call), result.map_or_else(Fate::Failed, |()| Fate::Done)))
}

thread_local! {
	static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
	static RUNNING: Cell<bool> = const { Cell::new(false) };
}

/// Keeps what a panic says, for the finding.
fn quieten() {
	static ONCE: Once = Once::new();
	ONCE.call_once(|| {
		let usual = panic::take_hook();
		panic::set_hook(Box::new(move |info| {
			PANIC.with_borrow_mut(|last| *last = Some(info.to_string()));
			if !RUNNING.get() {
				usual(info);
			}
		}));
	});
}
