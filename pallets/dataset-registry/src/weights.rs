//! Weights of the dataset registry's calls, estimated by hand until they are measured with frame-omni-bencher:
//! reference times from similar pallets, proof sizes from the bounds of the records, reads and writes counted in the
//! code.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weights of the dataset registry's calls.
pub trait WeightInfo {
	/// Weight of `register`.
	fn register() -> Weight;
	/// Weight of `add_version`.
	fn add_version() -> Weight;
	/// Weight of `restrict_terms`.
	fn restrict_terms() -> Weight;
	/// Weight of `quarantine`.
	fn quarantine() -> Weight;
	/// Weight of `reinstate`.
	fn reinstate() -> Weight;
	/// Weight of `recall`.
	fn recall() -> Weight;
	/// Weight of `retire`.
	fn retire() -> Weight;
	/// Weight of `lower_budget`.
	fn lower_budget() -> Weight;
}

/// Weights on the chain's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register() -> Weight {
		Weight::from_parts(40_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn add_version() -> Weight {
		Weight::from_parts(40_000_000, 7_000)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn restrict_terms() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn quarantine() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn reinstate() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn recall() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn retire() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn lower_budget() -> Weight {
		Weight::from_parts(30_000_000, 7_000)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(1))
	}
}

/// Weights without a database, for tests.
impl WeightInfo for () {
	fn register() -> Weight {
		Weight::from_parts(40_000_000, 4_000)
	}
	fn add_version() -> Weight {
		Weight::from_parts(40_000_000, 7_000)
	}
	fn restrict_terms() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
	}
	fn quarantine() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
	}
	fn reinstate() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
	}
	fn recall() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
	}
	fn retire() -> Weight {
		Weight::from_parts(30_000_000, 4_000)
	}
	fn lower_budget() -> Weight {
		Weight::from_parts(30_000_000, 7_000)
	}
}
