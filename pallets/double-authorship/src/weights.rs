//! Weights of `pallet_double_authorship`.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(clippy::arithmetic_side_effects)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::{constants::ParityDbWeight, Weight}};

/// Weight functions of `pallet_double_authorship`.
pub trait WeightInfo {
	fn report() -> Weight;
}

/// Weights of `pallet_double_authorship` with the database weights of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn report() -> Weight {
		// Two signatures, two hashes of 16 KiB and a proof of up to 192 keys. Estimated until the next `make weights`.
		Weight::from_parts(700_000_000, 180000)
			.saturating_add(T::DbWeight::get().reads(20_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
}

// For tests.
impl WeightInfo for () {
	fn report() -> Weight {
		Weight::from_parts(700_000_000, 180000)
			.saturating_add(ParityDbWeight::get().reads(20_u64))
			.saturating_add(ParityDbWeight::get().writes(6_u64))
	}
}
