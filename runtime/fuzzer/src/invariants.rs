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

/// The invariants of our pallets, and with the feature `try-runtime` those of all.
pub fn state() -> Result<(), Finding> {
	let mut checked = vec![
		("Consortium", Consortium::do_try_state()),
		("Consent", Consent::do_try_state()),
		("DatasetRegistry", DatasetRegistry::do_try_state()),
		("AccessControl", AccessControl::do_try_state()),
		("GenerationAttestation", GenerationAttestation::do_try_state()),
		("Council", Council::do_try_state()),
	];
	#[cfg(feature = "try-runtime")]
	{
		use frame_support::traits::{TryState, TryStateSelect};
		let all =
			<AllPalletsWithSystem as TryState<BlockNumber>>::try_state(System::block_number(), TryStateSelect::All);
		checked.push(("all pallets", all));
	}
	for (pallet, outcome) in checked.drain(..) {
		outcome.map_err(|error| Finding::new("try_state", format!("{pallet}: {error:?}")))?;
	}
	Ok(())
}
