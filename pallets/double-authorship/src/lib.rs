#![doc = include_str!("../README.md")]
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

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod evidence;
#[cfg(test)]
mod mock;
pub mod offence;
#[cfg(test)]
mod tests;
pub mod weights;

pub use evidence::{Evidence, MAX_HEADER_LEN};
pub use offence::DoubleAuthorship;
pub use pallet::*;
pub use weights::WeightInfo;

#[allow(clippy::expect_used)] // In what the macro generates.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::boxed::Box;
	use frame_support::{pallet_prelude::*, traits::KeyOwnerProofSystem};
	use frame_system::pallet_prelude::*;
	use semblance_primitives::{traits::Membership, AccountId, Digest};
	use sp_consensus_aura::{sr25519::AuthorityId, Slot};
	use sp_core::crypto::{key_types::AURA, KeyTypeId};
	use sp_session::{GetSessionNumber, GetValidatorCount, MembershipProof};
	use sp_staking::offence::ReportOffence;

	/// Evidence that a validator made two blocks in one slot.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// What the pallet needs from the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, Hash = Digest, RuntimeEvent: From<Event<Self>>>
	{
		/// Who is a member.
		type Membership: Membership;
		/// Whose keys are whose: pallet-session's history.
		type KeyOwners: KeyOwnerProofSystem<
			(KeyTypeId, AuthorityId),
			Proof = MembershipProof,
			IdentificationTuple = Self::Identification,
		>;
		/// How a validator is identified in its history.
		type Identification: Parameter;
		/// Where offences are put on record and punished.
		type Offences: ReportOffence<AccountId, Self::Identification, DoubleAuthorship<Self::Identification>>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A validator was proven to have made two blocks in one slot. What follows is in the consortium's events.
		DoubleAuthorshipReported {
			/// The key that sealed both blocks.
			author: AuthorityId,
			/// The slot of both.
			slot: Slot,
			/// Hash of one block.
			first: Digest,
			/// Hash of the other.
			second: Digest,
			/// The member that showed them.
			reporter: AccountId,
		},
	}

	/// Why a report was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// Only active members report.
		NotAuthorized,
		/// A header is longer than 16 KiB.
		HeaderTooLong,
		/// A header's digest does not end in a seal of Aura.
		SealMissing,
		/// A header names no slot, or more than one.
		SlotMissing,
		/// The headers are of different slots: an author may make a block in each of them.
		SlotsDiffer,
		/// Both are the same block, whatever its seals.
		SameBlock,
		/// A seal is not the author's.
		SealNotByAuthor,
		/// The proof does not show that the author's key was a validator's, or is of a session too long ago.
		KeyOwnerNotProven,
		/// Somebody reported this author and slot before.
		AlreadyReported,
	}

	#[pallet::call(weight = T::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Reports that a validator made two blocks in one slot. It is muted at once and put out of the set.
		///
		/// For every active member.
		/// - `evidence`: the author's key in Aura and the two headers, with their seals, of one slot.
		/// - `key_owner_proof`: that the key is a validator's; from the view function `key_owner_proof`.
		#[pallet::call_index(0)]
		#[allow(clippy::boxed_local)] // The enum of all calls would be as large as two headers.
		pub fn report(
			origin: OriginFor<T>,
			evidence: Box<Evidence<HeaderFor<T>>>,
			key_owner_proof: MembershipProof,
		) -> DispatchResult {
			let reporter = ensure_signed(origin)?;
			ensure!(T::Membership::active_member(&reporter).is_some(), Error::<T>::NotAuthorized);
			let slot = evidence.check::<T>()?;
			let author = evidence.author.clone();
			let (session, validators) = (key_owner_proof.session(), key_owner_proof.validator_count());
			let key = (AURA, author.clone());
			let offender = T::KeyOwners::check_proof(key, key_owner_proof).ok_or(Error::<T>::KeyOwnerNotProven)?;
			let offence = DoubleAuthorship { slot, session, validators, offender };
			T::Offences::report_offence(alloc::vec![reporter.clone()], offence)
				.map_err(|_| Error::<T>::AlreadyReported)?;
			let (first, second) = evidence.hashes();
			Self::deposit_event(Event::DoubleAuthorshipReported { author, slot, first, second, reporter });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The proof that a key in Aura is a validator's in the present session, for `report`. None if it is nobody's.
		pub fn key_owner_proof(author: AuthorityId) -> Option<MembershipProof> {
			T::KeyOwners::prove((AURA, author))
		}
	}
}
