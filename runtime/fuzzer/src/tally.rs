//! How often each call was refused, failed and succeeded: a fuzzer whose calls all fail tests nothing.

use crate::{
	checks::Fate,
	values::{self, Listed},
};
use std::{collections::BTreeMap, fmt};

/// Times that a call was refused by the pool or block, failed, and succeeded.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Fates {
	/// Refused before it was made.
	pub refused: u64,
	/// Made, and failed.
	pub failed: u64,
	/// Made, and succeeded.
	pub done: u64,
}

impl Fates {
	/// How often it was sent.
	pub fn attempted(&self) -> u64 {
		self.refused + self.failed + self.done
	}
}

/// [`Fates`] by `Pallet.call`.
#[derive(Clone, Default, Debug)]
pub struct Tally(BTreeMap<String, Fates>);

impl Tally {
	/// Counts what became of a call.
	pub fn count(&mut self, name: &str, fate: &Fate) {
		let fates = self.0.entry(name.to_owned()).or_default();
		match fate {
			Fate::Refused(_) => fates.refused += 1,
			Fate::Failed(_) => fates.failed += 1,
			Fate::Done => fates.done += 1,
		}
	}

	/// Adds another tally.
	pub fn add(&mut self, other: &Self) {
		for (name, fates) in &other.0 {
			let sum = self.0.entry(name.clone()).or_default();
			sum.refused += fates.refused;
			sum.failed += fates.failed;
			sum.done += fates.done;
		}
	}

	/// What became of `Pallet.call`.
	pub fn of(&self, name: &str) -> Fates {
		self.0.get(name).copied().unwrap_or_default()
	}

	/// Calls of our own pallets that never succeeded.
	pub fn never(&self) -> Vec<String> {
		values::ours().map(Listed::title).filter(|name| self.of(name).done == 0).collect()
	}

	/// Transactions in all.
	pub fn total(&self) -> u64 {
		self.0.values().map(Fates::attempted).sum()
	}
}

impl fmt::Display for Tally {
	/// A line for each call of the runtime, also those that never came.
	fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
		let columns = ["attempted", "succeeded", "failed", "refused"];
		writeln!(
			formatter,
			"{:<52} {:>10} {:>10} {:>10} {:>10}",
			"call", columns[0], columns[1], columns[2], columns[3]
		)?;
		for name in values::calls().iter().map(Listed::title) {
			let fates = self.of(&name);
			let Fates { refused, failed, done } = fates;
			writeln!(formatter, "{name:<52} {:>10} {done:>10} {failed:>10} {refused:>10}", fates.attempted())?;
		}
		Ok(())
	}
}
