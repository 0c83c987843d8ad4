//! What must hold whenever a transaction is sent.

use crate::{
	agreement,
	chain::Chain,
	people::Person,
	transaction::{Sender, Transaction},
};
use codec::Encode;
use frame_support::{
	dispatch::{DispatchClass, DispatchInfo, GetDispatchInfo},
	storage::{with_transaction_unchecked, TransactionOutcome},
};
use semblance_primitives::{consent::Consent as Record, ConsentHandle};
use semblance_runtime::*;
use sp_core::storage::StateVersion;
use sp_runtime::{
	traits::{Applyable, Checkable, Dispatchable},
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	DispatchError,
};
use std::fmt;

/// What patients may do; the rest is for members.
const FOR_PATIENTS: [&str; 5] =
	["Consent.give", "Consent.refuse", "Consent.renew", "Consent.restrict", "Consent.withdraw"];

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
	/// The pool or the block refused it.
	Refused(TransactionValidityError),
	/// It was taken, and the call failed.
	Failed(DispatchError),
	/// The call succeeded.
	Done,
}

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
	/// Which.
	pub rule: &'static str,
	/// What was seen.
	pub detail: String,
}

impl Finding {
	/// `rule` does not hold because of `detail`.
	pub fn new(rule: &'static str, detail: impl Into<String>) -> Self {
		Self { rule, detail: detail.into() }
	}
}

/// Sends a transaction the way a node does: through the pool's checks, then into the block.
pub fn submit(chain: &mut Chain, transaction: &Transaction) -> Result<Fate, Finding> {
	chain.inside(|| submit_here(transaction))
}

fn submit_here(transaction: &Transaction) -> Result<Fate, Finding> {
	let extrinsic = transaction.extrinsic();
	let length = extrinsic.encoded_size();
	// Never fails: signatures are right.
	let checked = match extrinsic.clone().check(&frame_system::ChainContext::<Runtime>::default()) {
		Ok(checked) => checked,
		Err(error) => return Err(Finding::new("signatures are accepted", format!("{transaction:?}: {error:?}"))),
	};
	let info = checked.get_dispatch_info();
	if info.class == DispatchClass::Mandatory {
		// For authors of blocks only; the pool takes none.
		return Ok(Fate::Refused(InvalidTransaction::MandatoryValidation.into()));
	}
	// Nodes bring their own reports: the source is local.
	let pooled = rolled_back(|| checked.validate::<Runtime>(TransactionSource::Local, &info, length));
	let forecast = agreement::forecast(transaction, &info, length);
	if pooled.is_ok() {
		rolled_back(|| rehearse(transaction, &info))?;
	}
	let outsider = outsider(transaction);
	let others = outsider.map(|_| consents_of_others(transaction));
	let events = System::event_count() as usize;
	let fate = into_block(extrinsic);
	agreement::check(transaction, forecast, &pooled, &fate)?;
	let new: Vec<_> = System::read_events_no_consensus().skip(events).map(|record| record.event).collect();
	failed_quietly(&fate, &new)?;
	authorised_succeeds(transaction, &fate)?;
	if let Some(person) = outsider {
		outsider_is_bounded(transaction, person, &fate)?;
		if others != Some(consents_of_others(transaction)) {
			return Err(Finding::new("patients change their own consents only", format!("{transaction:?}")));
		}
	}
	Ok(fate)
}

/// Does something and undoes it.
pub(crate) fn rolled_back<R>(look: impl FnOnce() -> R) -> R {
	with_transaction_unchecked(|| TransactionOutcome::Rollback(look()))
}

/// Makes the call alone: afterwards blocks hide weights that are greater than those declared, and what a failed call changed
/// among what each transaction changes.
fn rehearse(transaction: &Transaction, info: &DispatchInfo) -> Result<(), Finding> {
	let outcome = all_or_nothing(|| transaction.call.clone().dispatch(transaction.origin()))
		.map_err(|finding| Finding { detail: format!("{transaction:?}: {}", finding.detail), ..finding })?;
	let used = match outcome {
		Ok(post) => post.actual_weight,
		Err(error) => error.post_info.actual_weight,
	};
	match used {
		Some(used) if !used.all_lte(info.call_weight) => {
			let detail = format!("{transaction:?} used {used:?} of {:?}", info.call_weight);
			Err(Finding::new("no call weighs more than it declares", detail))
		},
		_ => Ok(()),
	}
}

/// Makes a call, which must leave the root of the state as it was if it fails.
pub(crate) fn all_or_nothing<T, E: fmt::Debug>(call: impl FnOnce() -> Result<T, E>) -> Result<Result<T, E>, Finding> {
	let root = || sp_io::storage::root(StateVersion::V1);
	let before = root();
	let outcome = call();
	match &outcome {
		Err(error) if root() != before => Err(Finding::new("failed calls change nothing", format!("{error:?}"))),
		_ => Ok(outcome),
	}
}

/// Takes a transaction into the block; one that is refused leaves nothing behind, as in a block builder.
fn into_block(extrinsic: UncheckedExtrinsic) -> Fate {
	with_transaction_unchecked(|| match Executive::apply_extrinsic(extrinsic) {
		Ok(Ok(())) => TransactionOutcome::Commit(Fate::Done),
		Ok(Err(error)) => TransactionOutcome::Commit(Fate::Failed(error)),
		Err(error) => TransactionOutcome::Rollback(Fate::Refused(error)),
	})
}

/// A failed call leaves one event, that it failed.
fn failed_quietly(fate: &Fate, new: &[RuntimeEvent]) -> Result<(), Finding> {
	let quiet = matches!(new, [RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { .. })]);
	match fate {
		Fate::Failed(_) if !quiet => Err(Finding::new("failed calls leave no event", format!("{new:?}"))),
		Fate::Refused(_) if !new.is_empty() => Err(Finding::new("refused calls leave no event", format!("{new:?}"))),
		_ => Ok(()),
	}
}

/// What passed its own authorisation is paid for by nobody, so it must not fail afterwards, unless it is paused.
fn authorised_succeeds(transaction: &Transaction, fate: &Fate) -> Result<(), Finding> {
	let filtered: DispatchError = frame_system::Error::<Runtime>::CallFiltered.into();
	match fate {
		Fate::Failed(error) if transaction.sender == Sender::Authorised && *error != filtered => {
			let detail = format!("{transaction:?}: {error:?}");
			Err(Finding::new("authorised calls succeed", detail))
		},
		_ => Ok(()),
	}
}

/// The sender, if it is somebody without membership.
fn outsider(transaction: &Transaction) -> Option<Person> {
	let Sender::Signed(person) = transaction.sender else { return None };
	Consortium::member(person.account()).is_none().then_some(person)
}

pub(crate) fn outsider_is_bounded(transaction: &Transaction, person: Person, fate: &Fate) -> Result<(), Finding> {
	let allowed = Consent::is_subject(&person.account()) && FOR_PATIENTS.contains(&transaction.name().as_str());
	let refused = matches!(fate, Fate::Refused(_));
	let detail = || format!("{transaction:?}: {fate:?}");
	(allowed || refused).then_some(()).ok_or_else(|| Finding::new("strangers are refused", detail()))
}

/// Consents that are not the sender's.
fn consents_of_others(transaction: &Transaction) -> Vec<(ConsentHandle, Record)> {
	let Sender::Signed(person) = transaction.sender else { return vec![] };
	let account = person.account();
	let all = pallet_consent::Consents::<Runtime>::iter();
	all.filter(|(_, consent)| consent.subject.as_ref() != Some(&account)).collect()
}
