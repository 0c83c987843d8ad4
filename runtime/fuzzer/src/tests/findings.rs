//! Every rule can break, and what breaks it is found and made short.

use crate::{
	agreement::{self, Forecast, Quota},
	checks::{self, Fate, Finding},
	invariants,
	people::Person,
	random_sequence, report, scene,
	sequence::STEP,
	shrink,
	transaction::Transaction,
	Run,
};
use frame_support::{dispatch::DispatchClass, traits::Get, weights::Weight};
use pallet_consortium::quota::QUOTA_EXCEEDED;
use semblance_primitives::Digest;
use semblance_runtime::*;
use sp_runtime::transaction_validity::{InvalidTransaction, ValidTransaction};

/// Sets a key that any member may set.
fn own_key(name: &str) -> Transaction {
	let call = pallet_consortium::Call::set_encryption_key { key: Some(Digest::repeat_byte(1)) };
	Transaction::signed(Person::named(name), call)
}

/// A count that is wrong after every change of the consortium.
fn miscounts_members(sent: &Transaction, fate: &Fate) {
	if is_change(sent, fate) {
		pallet_consortium::MemberCount::<Runtime>::insert(1, 99);
	}
}

fn panics_at_changes(sent: &Transaction, fate: &Fate) {
	assert!(!is_change(sent, fate), "a change too many");
}

fn is_change(sent: &Transaction, fate: &Fate) -> bool {
	sent.name().starts_with("Consortium.") && *fate == Fate::Done
}

/// How many steps remain of a sequence in which `run` breaks a rule, and the report.
fn shrunk(run: fn() -> Run) -> (usize, String) {
	let bytes = &random_sequence(2_609, 1)[..48 * STEP];
	let shortest = shrink(bytes, |bytes| run().sequence(bytes));
	(shortest.len() / STEP, report(run(), &shortest))
}

#[test]
fn a_corrupted_count_is_reported_with_the_step_that_leads_to_it() {
	let (steps, report) = shrunk(|| Run { defect: Some(miscounts_members), ..Default::default() });
	assert_eq!(steps, 1, "{report}");
	assert!(report.contains("broken: try_state\nConsortium: "), "{report}");
	assert!(report.contains("Consortium.") && report.contains("\nreplay: "), "{report}");
}

#[test]
fn a_panic_is_reported_with_the_step_that_leads_to_it() {
	let (steps, report) = shrunk(|| Run { defect: Some(panics_at_changes), ..Default::default() });
	assert_eq!(steps, 1, "{report}");
	assert!(report.contains("broken: nothing panics") && report.contains("a change too many"), "{report}");
}

#[test]
fn a_state_that_breaks_an_invariant_is_found() {
	let mut chain = scene::prepared();
	assert_eq!(chain.inside(invariants::state), Ok(()));
	chain.inside(|| pallet_dataset_registry::DatasetCount::<Runtime>::put(77));
	let found = chain.inside(invariants::state).unwrap_err();
	assert_eq!(found.rule, "try_state");
	assert!(found.detail.starts_with("DatasetRegistry"), "{found:?}");
}

#[test]
fn a_chain_on_which_nobody_makes_blocks_is_found() {
	let mut chain = scene::prepared();
	chain.inside(pallet_aura::Authorities::<Runtime>::kill);
	let found = chain.inside(invariants::state).unwrap_err();
	assert_eq!(found, Finding::new("the SDK's pallets are sound", "somebody makes blocks"));
}

#[test]
fn events_that_cannot_be_read_are_found() {
	let mut chain = scene::prepared();
	chain.begin_block();
	chain.end_block();
	assert_eq!(chain.inside(invariants::after_block), Ok(()));
	chain.inside(|| sp_io::storage::set(&events_key(), &[4, 0, 0]));
	assert_eq!(chain.inside(invariants::after_block).unwrap_err().rule, "events can be read");
}

#[test]
fn a_block_that_weighs_too_much_is_found() {
	let mut chain = scene::prepared();
	chain.begin_block();
	chain.end_block();
	chain.inside(|| {
		let much = Weight::from_parts(u64::MAX / 2, 0);
		frame_system::BlockWeight::<Runtime>::mutate(|used| used.accrue(much, DispatchClass::Normal));
	});
	assert_eq!(chain.inside(invariants::after_block).unwrap_err().rule, "blocks keep their limits");
}

#[test]
fn a_failed_call_that_leaves_something_behind_is_found() {
	scene::prepared().inside(|| {
		let change = || pallet_dataset_registry::DatasetCount::<Runtime>::put(77);
		let refused = || Err::<(), _>("refused");
		assert_eq!(checks::all_or_nothing(refused), Ok(refused()));
		let done = checks::all_or_nothing(|| {
			change();
			Ok::<_, ()>(7)
		});
		assert_eq!(done, Ok(Ok(7)));
		pallet_dataset_registry::DatasetCount::<Runtime>::put(1);
		let found = checks::all_or_nothing(|| {
			change();
			refused()
		});
		assert_eq!(found, Err(Finding::new("failed calls change nothing", "\"refused\"")));
	});
}

#[test]
fn a_stranger_who_gets_in_is_found() {
	let mut chain = scene::prepared();
	let (stranger, sent) = (Person::named("Stranger"), own_key("Stranger"));
	chain.begin_block();
	let refused = checks::submit(&mut chain, &sent);
	assert!(matches!(refused, Ok(Fate::Refused(_))), "{refused:?}");
	let found = chain.inside(|| checks::outsider_is_bounded(&sent, stranger, &Fate::Done));
	assert_eq!(found.map_err(|Finding { rule, .. }| rule), Err("strangers are refused"));
}

#[test]
fn who_used_the_quota_up_waits_and_others_do_not() {
	let mut chain = scene::prepared();
	chain.begin_block();
	chain.inside(|| {
		let used = <Runtime as pallet_consortium::Config>::QuotaCapacity::get();
		let at = System::block_number();
		pallet_consortium::Usages::<Runtime>::insert(1, pallet_consortium::Usage { used, at });
	});
	let full = InvalidTransaction::ExhaustsResources.into();
	assert_eq!(checks::submit(&mut chain, &own_key("Alice")), Ok(Fate::Refused(full)));
	assert_eq!(checks::submit(&mut chain, &own_key("Bob")), Ok(Fate::Done));
}

/// The rule that breaks if the pool says `priority` or the refusal of too large ones, and the block `fate`.
fn rule(forecast: (Quota, bool), pooled: Option<u64>, fate: Fate) -> Option<&'static str> {
	let forecast = Forecast { quota: forecast.0, room: forecast.1 };
	let pooled = match pooled {
		Some(priority) => Ok(ValidTransaction { priority, ..Default::default() }),
		None => Err(QUOTA_EXCEEDED.into()),
	};
	agreement::check(&own_key("Alice"), forecast, &pooled, &fate).err().map(|finding| finding.rule)
}

#[test]
fn pool_and_block_differ_only_for_those_that_wait() {
	let refused = |reason: InvalidTransaction| Fate::Refused(reason.into());
	let full = || refused(InvalidTransaction::ExhaustsResources);
	let differ = Some("the block takes what the pool takes");
	assert_eq!(rule((Quota::Fits, true), Some(9), Fate::Done), None);
	assert_eq!(rule((Quota::Fits, true), Some(9), full()), differ, "there was room");
	assert_eq!(rule((Quota::Fits, false), Some(9), full()), None);
	assert_eq!(rule((Quota::Fits, false), Some(9), Fate::Done), differ, "there was no room");
	assert_eq!(rule((Quota::Waits, true), Some(0), full()), None);
	assert_eq!(rule((Quota::Waits, true), Some(0), Fate::Done), differ, "it must wait");
	assert_eq!(rule((Quota::Waits, true), Some(0), refused(InvalidTransaction::Stale)), differ, "for no other reason");
	assert_eq!(rule((Quota::Waits, true), Some(1), full()), Some("priority follows from the quota"));
	assert_eq!(rule((Quota::TooLarge, true), Some(0), full()), Some("the pool refuses what is larger than a quota"));
	assert_eq!(rule((Quota::TooLarge, true), None, refused(QUOTA_EXCEEDED)), None);
	assert_eq!(rule((Quota::Fits, true), None, refused(QUOTA_EXCEEDED)), Some("the pool knows the quota"));
	assert_eq!(rule((Quota::TooLarge, true), None, Fate::Done), Some("the block refuses what the pool refuses"));
}
