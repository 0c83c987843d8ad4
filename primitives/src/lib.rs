//! Types, encodings and rules shared by the pallets, the node, the worker and the command line.
//!
//! Everything here is `no_std`, bounded and deterministic. Records are SCALE-encoded on chain and shown as JSON by the
//! RPC (feature `std`). Rules that more than one crate must agree on live here once: what a data-use term permits
//! ([`decision`]), how rows are committed to ([`commitment`]), how seeds derive ([`seeds`]) and what is signed
//! ([`signing`]).

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::panic,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects
)]
#![cfg_attr(
	test,
	allow(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects,
		clippy::panic
	)
)]

extern crate alloc;

/// Declares a record that is stored, sent and shown: the derives that FRAME, genesis and the RPC need, in one place.
macro_rules! record {
	($($(#[$meta:meta])* $vis:vis $kind:ident $name:ident $body:tt)+) => {$(
		$(#[$meta])*
		#[derive(
			Clone, PartialEq, Eq, Debug,
			codec::Encode, codec::Decode, codec::DecodeWithMemTracking, codec::MaxEncodedLen,
			scale_info::TypeInfo, serde::Serialize, serde::Deserialize,
		)]
		$vis $kind $name $body
	)+};
}

pub mod access;
pub mod api;
pub mod commitment;
pub mod consent;
pub mod consortium;
pub mod data_use;
pub mod dataset;
pub mod decision;
pub mod generation;
pub mod metrics;
pub mod privacy;
pub mod seeds;
pub mod signing;
pub mod traits;
pub mod worker_protocol;

use sp_core::H256;

/// An account: the public key of a person, or of a patient's single relationship with one hospital.
pub type AccountId = sp_runtime::AccountId32;
/// A block's height.
pub type BlockNumber = u32;
/// Milliseconds since the Unix epoch, as set by the block's author. Informative: windows are counted in blocks.
pub type Moment = u64;
/// A SHA3-256 digest (SHA-256 only where an outside format demands it).
pub type Digest = H256;
/// Number of an organisation, given on admission.
pub type OrganisationId = u32;
/// Number of a dataset, given on registration.
pub type DatasetId = u32;
/// Version of a dataset, from 1.
pub type DatasetVersionNumber = u32;
/// Number of an application; an approved application is an agreement under the same number.
pub type AgreementId = u32;
/// Number of an approved generator.
pub type GeneratorId = u32;
/// Number of a generation job.
pub type JobId = u32;
/// Digest that names an attestation: [`generation::AttestationBody::id`].
pub type AttestationId = H256;
/// Pseudonym of one patient at one custodian. Made by the custodian from a secret; says nothing by itself.
pub type ConsentHandle = H256;
