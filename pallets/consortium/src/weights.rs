//! Weights of `pallet_consortium`, in the layout that frame-omni-bencher writes. Times are estimates until it has run.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(clippy::arithmetic_side_effects)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::{constants::ParityDbWeight, Weight}};

/// Weight functions of `pallet_consortium`.
pub trait WeightInfo {
	fn admit_organisation() -> Weight;
	fn suspend_organisation() -> Weight;
	fn reinstate_organisation() -> Weight;
	fn remove_organisation() -> Weight;
	fn add_member() -> Weight;
	fn update_member() -> Weight;
	fn remove_member() -> Weight;
	fn set_encryption_key() -> Weight;
	fn set_organisation_key() -> Weight;
	fn set_peers() -> Weight;
	fn check_membership() -> Weight;
}

/// Weights of `pallet_consortium` with the database weights of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn admit_organisation() -> Weight {
		Weight::from_parts(40_000_000, 6000)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	fn suspend_organisation() -> Weight {
		Weight::from_parts(15_000_000, 4300)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn reinstate_organisation() -> Weight {
		Weight::from_parts(15_000_000, 4300)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn remove_organisation() -> Weight {
		Weight::from_parts(15_000_000, 4300)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn add_member() -> Weight {
		Weight::from_parts(40_000_000, 8500)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	fn update_member() -> Weight {
		Weight::from_parts(32_000_000, 6000)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	fn remove_member() -> Weight {
		Weight::from_parts(35_000_000, 6000)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn set_encryption_key() -> Weight {
		Weight::from_parts(24_000_000, 4300)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn set_organisation_key() -> Weight {
		Weight::from_parts(24_000_000, 4300)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn set_peers() -> Weight {
		Weight::from_parts(32_000_000, 4300)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn check_membership() -> Weight {
		Weight::from_parts(10_000_000, 4300)
			.saturating_add(T::DbWeight::get().reads(2_u64))
	}
}

// For tests.
impl WeightInfo for () {
	fn admit_organisation() -> Weight {
		Weight::from_parts(40_000_000, 6000)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn suspend_organisation() -> Weight {
		Weight::from_parts(15_000_000, 4300)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn reinstate_organisation() -> Weight {
		Weight::from_parts(15_000_000, 4300)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn remove_organisation() -> Weight {
		Weight::from_parts(15_000_000, 4300)
			.saturating_add(ParityDbWeight::get().reads(1_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn add_member() -> Weight {
		Weight::from_parts(40_000_000, 8500)
			.saturating_add(ParityDbWeight::get().reads(7_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn update_member() -> Weight {
		Weight::from_parts(32_000_000, 6000)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn remove_member() -> Weight {
		Weight::from_parts(35_000_000, 6000)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(4_u64))
	}
	fn set_encryption_key() -> Weight {
		Weight::from_parts(24_000_000, 4300)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_organisation_key() -> Weight {
		Weight::from_parts(24_000_000, 4300)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn set_peers() -> Weight {
		Weight::from_parts(32_000_000, 4300)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn check_membership() -> Weight {
		Weight::from_parts(10_000_000, 4300)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
	}
}
