//! The runtime of Semblance: which pallets there are, in which order, and what a transaction looks like.
//!
//! Composition only. Parameters are in [`configs`], the runtime APIs in [`apis`], the genesis presets in [`presets`].

#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

extern crate alloc;

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod migrations;
pub mod presets;
#[cfg(test)]
mod tests;

use alloc::borrow::Cow;
use alloc::vec::Vec;
use pallet_session::historical as pallet_session_historical;
pub use semblance_primitives::{AccountId, BlockNumber, Digest as Hash};
use sp_runtime::{generic, impl_opaque_keys, traits::BlakeTwo256, MultiAddress, MultiSignature};
use sp_version::RuntimeVersion;

/// Signature of a transaction.
pub type Signature = MultiSignature;
/// Number of transactions that an account sent.
pub type Nonce = u32;
/// Units of the (unused) currency that pallet-session demands.
pub type Balance = u128;
/// How accounts are written in transactions.
pub type Address = MultiAddress<AccountId, ()>;
/// Block header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// Block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// What surrounds a call. The gate stands before the nonce, which would refuse strangers for want of a balance. All of our own extensions are zero-sized, so that wallets sign without knowing them.
pub type TxExtension = (
	frame_system::AuthorizeCall<Runtime>,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckMortality<Runtime>,
	pallet_consortium::CheckMembership<Runtime>,
	frame_system::CheckNonce<Runtime>,
	pallet_consortium::OrganisationQuota<Runtime>,
	frame_system::CheckWeight<Runtime>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);
/// A transaction.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a signer signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// Executes blocks.
pub type Executive =
	frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

/// Types for code that handles blocks without looking into transactions.
pub mod opaque {
	use super::*;
	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;
	/// Block of opaque transactions.
	pub type Block = generic::Block<Header, UncheckedExtrinsic>;
}

impl_opaque_keys! {
	/// Keys of a validator: authoring, finality, and the key that signs attestations.
	pub struct SessionKeys {
		pub aura: Aura,
		pub grandpa: Grandpa,
		pub attestation: GenerationAttestation,
	}
}

/// Version of this runtime.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: Cow::Borrowed("semblance"),
	impl_name: Cow::Borrowed("semblance"),
	authoring_version: 1,
	spec_version: 3,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// Milliseconds between two blocks.
pub const SLOT_DURATION: u64 = 2_000;
/// Blocks of a day.
pub const DAY: BlockNumber = 43_200;
/// Blocks of one session, unless genesis says otherwise: 10 minutes.
pub const SESSION_LENGTH: BlockNumber = 300;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type Aura = pallet_aura;
	#[runtime::pallet_index(3)]
	pub type Authorship = pallet_authorship;
	#[runtime::pallet_index(4)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(5)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(6)]
	pub type Grandpa = pallet_grandpa;
	#[runtime::pallet_index(7)]
	pub type Utility = pallet_utility;
	/// Used by the development preset only: elsewhere there is no key.
	#[runtime::pallet_index(8)]
	pub type Sudo = pallet_sudo;
	#[runtime::pallet_index(9)]
	pub type Offences = pallet_offences;
	#[runtime::pallet_index(10)]
	pub type Historical = pallet_session_historical;
	#[runtime::pallet_index(11)]
	pub type SafeMode = pallet_safe_mode;
	#[runtime::pallet_index(12)]
	pub type TxPause = pallet_tx_pause;
	#[runtime::pallet_index(13)]
	pub type DoubleAuthorship = pallet_double_authorship;

	#[runtime::pallet_index(20)]
	pub type Consortium = pallet_consortium;
	#[runtime::pallet_index(21)]
	pub type Consent = pallet_consent;
	#[runtime::pallet_index(22)]
	pub type DatasetRegistry = pallet_dataset_registry;
	#[runtime::pallet_index(23)]
	pub type AccessControl = pallet_access_control;
	#[runtime::pallet_index(24)]
	pub type GenerationAttestation = pallet_generation_attestation;
	#[runtime::pallet_index(25)]
	pub type Council = pallet_council;
}

/// Storage prefixes that the node's audit RPC reads.
pub fn events_key() -> Vec<u8> {
	frame_support::storage::storage_prefix(b"System", b"Events").to_vec()
}
