//! Weights of `pallet_council`.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(clippy::arithmetic_side_effects)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::{constants::ParityDbWeight, Weight}};

/// Weight functions of `pallet_council`.
pub trait WeightInfo {
	fn propose() -> Weight;
	fn vote() -> Weight;
	fn enact() -> Weight;
	fn withdraw() -> Weight;
	fn expire() -> Weight;
	fn set_announcement() -> Weight;
}

/// Weights of `pallet_council` with the database weights of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn propose() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(150_000_000, 800000)
			.saturating_add(T::DbWeight::get().reads(262_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	fn vote() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(900_000_000, 800000)
			.saturating_add(T::DbWeight::get().reads(520_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	fn enact() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(900_000_000, 800000)
			.saturating_add(T::DbWeight::get().reads(520_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	fn withdraw() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(60_000_000, 800000)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	fn expire() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(60_000_000, 800000)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	fn set_announcement() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(10_000_000, 800000)
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
}

// For tests.
impl WeightInfo for () {
	fn propose() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(150_000_000, 800000)
			.saturating_add(ParityDbWeight::get().reads(262_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
	fn vote() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(900_000_000, 800000)
			.saturating_add(ParityDbWeight::get().reads(520_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn enact() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(900_000_000, 800000)
			.saturating_add(ParityDbWeight::get().reads(520_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn withdraw() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(60_000_000, 800000)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn expire() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(60_000_000, 800000)
			.saturating_add(ParityDbWeight::get().reads(6_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn set_announcement() -> Weight {
		// Estimated from its reads at 256 hospitals until the next `make weights`.
		Weight::from_parts(10_000_000, 800000)
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
}
