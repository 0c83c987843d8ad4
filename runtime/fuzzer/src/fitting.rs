//! Calls that fit the present state: arguments are drawn until the call succeeds for somebody, or for the council. Chance alone
//! seldom meets a sender with the role and a record in the state that a call needs.

use crate::{
	bytes::Bytes,
	checks::rolled_back,
	crafted::councils,
	people::Person,
	transaction::Transaction,
	values::{self, Listed},
};
use frame_support::traits::UnfilteredDispatchable;
use frame_system::RawOrigin;
use pallet_council::Powers;
use rand_core::Rng;
use semblance_runtime::{configs::CouncilPowers, RuntimeCall};
use sp_runtime::traits::Dispatchable;

/// How often arguments are drawn.
const DRAWS: usize = 8;

/// A call of our own pallets by somebody for whom it succeeds now, with what must come before it if the council makes it. Nothing
/// if none was found.
pub fn any(bytes: &mut Bytes) -> Vec<Transaction> {
	let mut ours = values::ours();
	let index = bytes.below(ours.len() as u32) as usize;
	ours.nth(index).map(|listed| fit(listed, bytes)).unwrap_or_default()
}

fn fit(listed: &Listed, bytes: &mut Bytes) -> Vec<Transaction> {
	let mut random = bytes.stretched();
	let fitting = (0..DRAWS).find_map(|_| {
		let mut drawn = [0; 96];
		random.fill_bytes(&mut drawn);
		let mut bytes = Bytes::new(&drawn);
		let people = Person::all_from(&mut bytes);
		sent(listed.with_any_arguments(&mut bytes)?, people, &mut bytes)
	});
	fitting.unwrap_or_default()
}

/// How `call` is sent so that it succeeds: by one of `people`, or by the council.
fn sent(call: RuntimeCall, mut people: impl Iterator<Item = Person>, bytes: &mut Bytes) -> Option<Vec<Transaction>> {
	let by_person =
		|person: &Person| rolled_back(|| call.clone().dispatch(RawOrigin::Signed(person.account()).into()).is_ok());
	if let Some(person) = people.find(by_person) {
		return Some(vec![Transaction::signed(person, call)]);
	}
	let decided = CouncilPowers::power(&call).is_some()
		&& rolled_back(|| call.clone().dispatch_bypass_filter(RawOrigin::Root.into()).is_ok());
	decided.then(|| councils::decision(call, bytes))
}
