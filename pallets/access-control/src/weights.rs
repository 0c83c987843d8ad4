//! Weights of access control's calls, estimated by hand until they are measured with frame-omni-bencher:
//! reference times from similar pallets, proof sizes from the bounds of the records, reads and writes counted in the
//! code.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weights of access control's calls.
pub trait WeightInfo {
	/// Weight of `set_policy`.
	fn set_policy() -> Weight;
	/// Weight of `apply`.
	fn apply() -> Weight;
	/// Weight of `vote`.
	fn vote() -> Weight;
	/// Weight of `narrow_conditions`.
	fn narrow_conditions() -> Weight;
	/// Weight of `retract`.
	fn retract() -> Weight;
	/// Weight of `suspend`.
	fn suspend() -> Weight;
	/// Weight of `resume`.
	fn resume() -> Weight;
	/// Weight of `revoke`.
	fn revoke() -> Weight;
	/// Weight of `terminate`.
	fn terminate() -> Weight;
	/// Weight of `expire`.
	fn expire() -> Weight;
	/// Weight of `close`.
	fn close() -> Weight;
	/// Weight of `release_key`.
	fn release_key() -> Weight;
	/// Weight of `acknowledge_key`.
	fn acknowledge_key() -> Weight;
}

/// Weights on the chain's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn set_policy() -> Weight {
		Weight::from_parts(30_000_000, 7_000)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn apply() -> Weight {
		Weight::from_parts(50_000_000, 11_000)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn vote() -> Weight {
		Weight::from_parts(120_000_000, 100_000)
			.saturating_add(T::DbWeight::get().reads(41))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn narrow_conditions() -> Weight {
		Weight::from_parts(35_000_000, 11_000)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn retract() -> Weight {
		Weight::from_parts(25_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn suspend() -> Weight {
		Weight::from_parts(35_000_000, 11_000)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn resume() -> Weight {
		Weight::from_parts(35_000_000, 11_000)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn revoke() -> Weight {
		Weight::from_parts(35_000_000, 11_000)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn terminate() -> Weight {
		Weight::from_parts(25_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn expire() -> Weight {
		Weight::from_parts(25_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn close() -> Weight {
		Weight::from_parts(25_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn release_key() -> Weight {
		Weight::from_parts(180_000_000, 200_000)
			.saturating_add(T::DbWeight::get().reads(75))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn acknowledge_key() -> Weight {
		Weight::from_parts(30_000_000, 7_000)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
}

/// Weights without a database, for tests.
impl WeightInfo for () {
	fn set_policy() -> Weight {
		Weight::from_parts(30_000_000, 7_000)
	}
	fn apply() -> Weight {
		Weight::from_parts(50_000_000, 11_000)
	}
	fn vote() -> Weight {
		Weight::from_parts(120_000_000, 100_000)
	}
	fn narrow_conditions() -> Weight {
		Weight::from_parts(35_000_000, 11_000)
	}
	fn retract() -> Weight {
		Weight::from_parts(25_000_000, 4_000)
	}
	fn suspend() -> Weight {
		Weight::from_parts(35_000_000, 11_000)
	}
	fn resume() -> Weight {
		Weight::from_parts(35_000_000, 11_000)
	}
	fn revoke() -> Weight {
		Weight::from_parts(35_000_000, 11_000)
	}
	fn terminate() -> Weight {
		Weight::from_parts(25_000_000, 4_000)
	}
	fn expire() -> Weight {
		Weight::from_parts(25_000_000, 4_000)
	}
	fn close() -> Weight {
		Weight::from_parts(25_000_000, 4_000)
	}
	fn release_key() -> Weight {
		Weight::from_parts(180_000_000, 200_000)
	}
	fn acknowledge_key() -> Weight {
		Weight::from_parts(30_000_000, 7_000)
	}
}
