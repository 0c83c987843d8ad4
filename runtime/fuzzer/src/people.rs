//! Who sends transactions: development accounts that hold roles, patients, and strangers.

use semblance_primitives::AccountId;
use sp_core::{sr25519, Pair};
use std::{fmt, sync::OnceLock};

/// Everybody. The first four run hospitals 1 to 4; the last is hospital 1's second validator, which signs nothing.
pub const NAMES: [&str; 16] = [
	"Alice",
	"Bob",
	"Charlie",
	"Dave",
	"Researcher",
	"Ethics",
	"Auditor",
	"DataSteward",
	"OtherSteward",
	"Patient",
	"Guardian",
	"Eve",
	"Ferdie",
	"Stranger",
	"Intruder",
	"Stash",
];
/// How often each of [`NAMES`] is the sender, of 32.
const SENDS: [u8; 16] = [8, 3, 2, 2, 4, 2, 2, 1, 1, 2, 1, 1, 1, 1, 1, 0];

/// One of [`NAMES`], by index.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Person(usize);

impl Person {
	/// The person of that name.
	///
	/// # Panics
	/// If it is none of [`NAMES`].
	pub fn named(name: &str) -> Self {
		Self(NAMES.iter().position(|known| *known == name).expect("a name of the list"))
	}

	/// Everybody, beginning with anybody.
	pub fn all_from(bytes: &mut crate::bytes::Bytes) -> impl Iterator<Item = Self> {
		let first = bytes.below(NAMES.len() as u32) as usize;
		(0..NAMES.len()).map(move |index| Self((first + index) % NAMES.len()))
	}

	/// One of the four who run hospitals.
	pub fn of_hospital(bytes: &mut crate::bytes::Bytes) -> Self {
		Self(bytes.below(4) as usize)
	}

	/// Anybody, hospitals more often.
	pub fn any(bytes: &mut crate::bytes::Bytes) -> Self {
		let mut ticket = bytes.below(32) as u8;
		for (index, weight) in SENDS.iter().enumerate() {
			if ticket < *weight {
				return Self(index);
			}
			ticket -= weight;
		}
		Self(0)
	}

	/// The name.
	pub fn name(self) -> &'static str {
		NAMES[self.0]
	}

	/// The key.
	pub fn pair(self) -> &'static sr25519::Pair {
		static PAIRS: OnceLock<Vec<sr25519::Pair>> = OnceLock::new();
		let pair = |name: &&str| sr25519::Pair::from_string(&format!("//{name}"), None).expect("a valid name");
		&PAIRS.get_or_init(|| NAMES.iter().map(pair).collect())[self.0]
	}

	/// The account.
	pub fn account(self) -> AccountId {
		self.pair().public().into()
	}
}

impl fmt::Debug for Person {
	fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
		formatter.write_str(self.name())
	}
}
