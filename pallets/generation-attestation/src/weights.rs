//! Weights of `pallet_generation_attestation`.
//!
//! Estimated by hand from the reads, writes and signature checks of each call; to be replaced by the output of
//! `frame-omni-bencher v1 benchmark pallet --pallet pallet_generation_attestation --extrinsic '*'`.

#![allow(unused_parens, unused_imports, missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, Weight},
};

/// Weight of each call, and of what is checked before an authorised call enters a block.
pub trait WeightInfo {
	fn propose_generator() -> Weight;
	fn review_generator() -> Weight;
	fn retire_generator() -> Weight;
	fn request_generation() -> Weight;
	fn cancel() -> Weight;
	fn expire_job() -> Weight;
	fn accept() -> Weight;
	fn attest() -> Weight;
	fn fail() -> Weight;
	fn report_invalid_consent() -> Weight;
	fn authorize_accept() -> Weight;
	fn authorize_attest() -> Weight;
	fn authorize_fail() -> Weight;
}

/// Weights for a runtime with its own database costs.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn propose_generator() -> Weight {
		Weight::from_parts(20_000_000, 400)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	fn review_generator() -> Weight {
		Weight::from_parts(25_000_000, 1200)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn retire_generator() -> Weight {
		Weight::from_parts(20_000_000, 1200)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn request_generation() -> Weight {
		Weight::from_parts(60_000_000, 3600)
			.saturating_add(T::DbWeight::get().reads(13_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
	fn cancel() -> Weight {
		Weight::from_parts(35_000_000, 1800)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn expire_job() -> Weight {
		Weight::from_parts(35_000_000, 1800)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn accept() -> Weight {
		Weight::from_parts(25_000_000, 1400)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn attest() -> Weight {
		Weight::from_parts(120_000_000, 6000)
			.saturating_add(T::DbWeight::get().reads(18_u64))
			.saturating_add(T::DbWeight::get().writes(20_u64))
	}
	fn fail() -> Weight {
		Weight::from_parts(35_000_000, 1800)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn report_invalid_consent() -> Weight {
		Weight::from_parts(130_000_000, 6000)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	fn authorize_accept() -> Weight {
		Weight::from_parts(110_000_000, 1800).saturating_add(T::DbWeight::get().reads(6_u64))
	}
	fn authorize_attest() -> Weight {
		Weight::from_parts(260_000_000, 8000)
			.saturating_add(T::DbWeight::get().reads(26_u64))
			.saturating_add(T::DbWeight::get().writes(20_u64))
	}
	fn authorize_fail() -> Weight {
		Weight::from_parts(140_000_000, 2400)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
}

// For tests.
impl WeightInfo for () {
	fn propose_generator() -> Weight {
		Weight::from_parts(20_000_000, 400)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(2_u64))
	}
	fn review_generator() -> Weight {
		Weight::from_parts(25_000_000, 1200)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn retire_generator() -> Weight {
		Weight::from_parts(20_000_000, 1200)
			.saturating_add(ParityDbWeight::get().reads(3_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn request_generation() -> Weight {
		Weight::from_parts(60_000_000, 3600)
			.saturating_add(ParityDbWeight::get().reads(13_u64))
			.saturating_add(ParityDbWeight::get().writes(8_u64))
	}
	fn cancel() -> Weight {
		Weight::from_parts(35_000_000, 1800)
			.saturating_add(ParityDbWeight::get().reads(5_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn expire_job() -> Weight {
		Weight::from_parts(35_000_000, 1800)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn accept() -> Weight {
		Weight::from_parts(25_000_000, 1400)
			.saturating_add(ParityDbWeight::get().reads(2_u64))
			.saturating_add(ParityDbWeight::get().writes(1_u64))
	}
	fn attest() -> Weight {
		Weight::from_parts(120_000_000, 6000)
			.saturating_add(ParityDbWeight::get().reads(18_u64))
			.saturating_add(ParityDbWeight::get().writes(20_u64))
	}
	fn fail() -> Weight {
		Weight::from_parts(35_000_000, 1800)
			.saturating_add(ParityDbWeight::get().reads(4_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
	fn report_invalid_consent() -> Weight {
		Weight::from_parts(130_000_000, 6000)
			.saturating_add(ParityDbWeight::get().reads(8_u64))
			.saturating_add(ParityDbWeight::get().writes(3_u64))
	}
	fn authorize_accept() -> Weight {
		Weight::from_parts(110_000_000, 1800).saturating_add(ParityDbWeight::get().reads(6_u64))
	}
	fn authorize_attest() -> Weight {
		Weight::from_parts(260_000_000, 8000)
			.saturating_add(ParityDbWeight::get().reads(26_u64))
			.saturating_add(ParityDbWeight::get().writes(20_u64))
	}
	fn authorize_fail() -> Weight {
		Weight::from_parts(140_000_000, 2400)
			.saturating_add(ParityDbWeight::get().reads(9_u64))
			.saturating_add(ParityDbWeight::get().writes(5_u64))
	}
}
