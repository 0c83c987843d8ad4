//! Pool and block agree: what the pool takes, a block takes too, unless it has to wait for its quota or for room. Which of the two
//! is told beforehand, from what is declared and used, and no other refusal passes.

use crate::{
	checks::{rolled_back, Fate, Finding},
	transaction::{Sender, Transaction},
};
use frame_support::{dispatch::DispatchInfo, traits::Get};
use frame_system::CheckWeight;
use pallet_consortium::{
	quota::{QUOTA_EXCEEDED, UNCOUNTED_PRIORITY},
	Uncounted,
};
use semblance_runtime::{configs::Patients, *};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidity, TransactionValidityError};

const WAITS: TransactionValidityError = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);
const TOO_LARGE: TransactionValidityError = TransactionValidityError::Invalid(QUOTA_EXCEEDED);

/// What the quota means for a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
	/// Nothing: it is a patient's about an own consent, or no member's.
	Uncounted,
	/// It is within what the organisation has left.
	Fits,
	/// It stays in the pool, behind all others, until more is left.
	Waits,
	/// It is larger than a whole quota.
	TooLarge,
}

/// What a block must say to a transaction that the pool takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
	/// What the quota means for it.
	pub quota: Quota,
	/// Whether the block has room for it.
	pub room: bool,
}

/// The forecast for a transaction of `length` bytes in the present state.
pub fn forecast(transaction: &Transaction, info: &DispatchInfo, length: usize) -> Forecast {
	Forecast { quota: quota(transaction, info), room: has_room(info, length) }
}

fn quota(transaction: &Transaction, info: &DispatchInfo) -> Quota {
	let Sender::Signed(person) = transaction.sender else { return Quota::Uncounted };
	if Patients::is_uncounted(&person.account(), &transaction.call) {
		return Quota::Uncounted;
	}
	let Some(member) = Consortium::member(person.account()) else { return Quota::Uncounted };
	let needed = info.call_weight.ref_time();
	if needed > <Runtime as pallet_consortium::Config>::QuotaCapacity::get() {
		return Quota::TooLarge;
	}
	match needed <= Consortium::quota_left(member.organisation) {
		true => Quota::Fits,
		false => Quota::Waits,
	}
}

fn has_room(info: &DispatchInfo, length: usize) -> bool {
	rolled_back(|| {
		CheckWeight::<Runtime>::do_validate(info, length)
			.and_then(|(_, next)| CheckWeight::<Runtime>::do_prepare(info, length, next))
			.is_ok()
	})
}

/// Compares what the pool said, what the block said, and the forecast.
pub fn check(
	transaction: &Transaction,
	forecast: Forecast,
	pooled: &TransactionValidity,
	fate: &Fate,
) -> Result<(), Finding> {
	let found = |rule| {
		let detail = format!("{transaction:?}: the pool says {pooled:?}, the block {fate:?}, expected {forecast:?}");
		Err(Finding::new(rule, detail))
	};
	let bare = transaction.sender == Sender::Bare;
	match (pooled, fate) {
		(Ok(_), _) if forecast.quota == Quota::TooLarge => found("the pool refuses what is larger than a quota"),
		(Ok(valid), _) if !fits(forecast.quota, valid.priority) => found("priority follows from the quota"),
		(Ok(_), Fate::Refused(error)) if waits(forecast) && *error == WAITS => Ok(()),
		(Ok(_), Fate::Done | Fate::Failed(_)) if !waits(forecast) => Ok(()),
		(Ok(_), _) => found("the block takes what the pool takes"),
		(Err(error), _) if *error == TOO_LARGE && forecast.quota != Quota::TooLarge => {
			found("the pool knows the quota")
		},
		(Err(error), Fate::Refused(refusal)) if error == refusal => Ok(()),
		// The quota comes before what the pool complained of, and room before what it says of bare calls.
		(Err(_), Fate::Refused(refusal))
			if *refusal == WAITS && (forecast.quota == Quota::Waits || bare && !forecast.room) =>
		{
			Ok(())
		},
		// The SDK lets an author put bare calls into a block that the pool refuses; without an origin they must fail.
		(Err(_), Fate::Failed(_)) if bare => Ok(()),
		(Err(_), _) => found("the block refuses what the pool refuses"),
	}
}

fn waits(forecast: Forecast) -> bool {
	forecast.quota == Quota::Waits || !forecast.room
}

/// Who waits for a quota comes after all others, and patients come before all others.
fn fits(quota: Quota, priority: u64) -> bool {
	match quota {
		Quota::Waits => priority == 0,
		Quota::Fits => priority < UNCOUNTED_PRIORITY,
		Quota::Uncounted | Quota::TooLarge => true,
	}
}
