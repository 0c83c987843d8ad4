//! What must hold after every block.

use crate::checks::Finding;
use codec::DecodeAll;
use frame_support::{dispatch::DispatchClass, weights::Weight};
use frame_system::EventRecord;
use semblance_runtime::*;

/// Checks weights, events and the invariants of pallets after a block.
pub fn after_block() -> Result<(), Finding> {
	weights()?;
	events()?;
	state()
}

/// Within the block's limits, all in all and by class.
fn weights() -> Result<(), Finding> {
	let used = frame_system::BlockWeight::<Runtime>::get();
	let limits = <Runtime as frame_system::Config>::BlockWeights::get();
	let over = |what: &str| Err(Finding::new("blocks keep their limits", format!("{what}: {used:?}")));
	// Where a session ends, pallet-session's hook counts as a whole block: then no transaction may come on top, but operational ones, for which room is reserved.
	let transactions = *used.get(DispatchClass::Normal);
	if used.total().any_gt(limits.max_block) && transactions != Weight::zero() {
		return over("the block");
	}
	for class in [DispatchClass::Normal, DispatchClass::Operational] {
		if limits.get(class).max_total.is_some_and(|most| used.get(class).any_gt(most)) {
			return over(&format!("{class:?}"));
		}
	}
	Ok(())
}

/// Events can be read, to the last byte.
fn events() -> Result<(), Finding> {
	let bytes = sp_io::storage::get(&events_key()).unwrap_or_default();
	let read = Vec::<EventRecord<RuntimeEvent, Hash>>::decode_all(&mut &bytes[..]);
	match read {
		Ok(events) if events.len() == System::event_count() as usize => Ok(()),
		read => Err(Finding::new("events can be read", format!("{:?}", read.map(|events| events.len())))),
	}
}

/// The invariants of all pallets.
pub fn state() -> Result<(), Finding> {
	let checked = [
		("Consortium", Consortium::do_try_state()),
		("Consent", Consent::do_try_state()),
		("DatasetRegistry", DatasetRegistry::do_try_state()),
		("AccessControl", AccessControl::do_try_state()),
		("GenerationAttestation", GenerationAttestation::do_try_state()),
		("Council", Council::do_try_state()),
	];
	for (pallet, outcome) in checked {
		outcome.map_err(|error| Finding::new("try_state", format!("{pallet}: {error:?}")))?;
	}
	sdk()
}

/// What must hold of the SDK's pallets. Their own `try_state` says less of those that this runtime uses, and needs a feature with
/// which the whole SDK would be compiled once more.
fn sdk() -> Result<(), Finding> {
	let (validators, disabled) = (Session::validators(), Session::disabled_validators());
	let authors = pallet_aura::Authorities::<Runtime>::get();
	let accounts = || frame_system::Account::<Runtime>::iter_values();
	let slot = u64::from(pallet_aura::CurrentSlot::<Runtime>::get());
	let rules = [
		("somebody makes blocks", !authors.is_empty() && authors.len() == validators.len()),
		("somebody finalises blocks", !Grandpa::grandpa_authorities().is_empty()),
		("the muted are ascending", disabled.windows(2).all(|pair| pair[0] < pair[1])),
		("the muted are validators", disabled.iter().all(|index| (*index as usize) < validators.len())),
		("the time is the slot's", Timestamp::get() / SLOT_DURATION == slot),
		("nobody has a balance", Balances::total_issuance() == 0),
		("accounts in use can sign", accounts().all(|account| account.consumers == 0 || account.providers > 0)),
	];
	match rules.iter().find(|(_, holds)| !holds) {
		Some((rule, _)) => Err(Finding::new("the SDK's pallets are sound", *rule)),
		None => Ok(()),
	}
}
