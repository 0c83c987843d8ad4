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
mod decisions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", feature = "std"))]
mod try_state;
pub mod types;
pub mod weights;

pub use pallet::*;
pub use types::{Power, Powers, Proposal, ProposalState, Vote};
pub use weights::WeightInfo;

use alloc::{boxed::Box, vec::Vec};
use frame_support::{dispatch::GetDispatchInfo, pallet_prelude::*, traits::UnfilteredDispatchable};
use semblance_primitives::{traits::Seats, AccountId, BlockNumber, OrganisationId};

/// Number of a proposal, from 1.
pub type ProposalId = u32;

/// Version of this pallet's storage.
const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

#[allow(clippy::expect_used)] // In what the macro generates.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_system::pallet_prelude::*;

	/// The council: hospitals decide together.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs from the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>> {
		/// The runtime's calls.
		type Call: Parameter
			+ UnfilteredDispatchable<RuntimeOrigin = Self::RuntimeOrigin>
			+ GetDispatchInfo
			+ From<Call<Self>>;
		/// Who votes.
		type Seats: Seats;
		/// Which calls the council can make, and which of them only after an announcement.
		type Powers: Powers<<Self as Config>::Call>;
		/// Most bytes of a proposed call.
		#[pallet::constant]
		type MaxCallLen: Get<u32>;
		/// Most weight of a proposed call.
		#[pallet::constant]
		type MaxCallWeight: Get<Weight>;
		/// Blocks for voting.
		#[pallet::constant]
		type VotingPeriod: Get<BlockNumber>;
		/// Blocks from approval to enactment of calls that are announced, unless the chain has set another number.
		#[pallet::constant]
		type DefaultAnnouncement: Get<BlockNumber>;
		/// Most undecided proposals of one organisation.
		#[pallet::constant]
		type MaxOpenProposals: Get<u32>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Proposals by number. Never deleted: they say who decided what.
	#[pallet::storage]
	pub type Proposals<T: Config> = StorageMap<_, Blake2_128Concat, ProposalId, Proposal<T::MaxCallLen>>;

	/// Number of the proposal that is made next, from 1.
	#[pallet::storage]
	pub type NextProposal<T> = StorageValue<_, ProposalId, ValueQuery, ConstU32<1>>;

	/// Votes by proposal and organisation.
	#[pallet::storage]
	pub type Votes<T> = StorageDoubleMap<_, Blake2_128Concat, ProposalId, Blake2_128Concat, OrganisationId, Vote>;

	/// Number of undecided proposals of each organisation.
	#[pallet::storage]
	pub type OpenProposals<T> = StorageMap<_, Blake2_128Concat, OrganisationId, u32, ValueQuery>;

	/// Blocks from approval to enactment of calls that are announced.
	#[pallet::storage]
	pub type Announcement<T: Config> = StorageValue<_, BlockNumber, ValueQuery, T::DefaultAnnouncement>;

	/// How the council starts.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Blocks from approval to enactment of calls that are announced; the runtime's number if left out.
		pub announcement: Option<BlockNumber>,
		/// Ties the configuration to a runtime.
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			if let Some(blocks) = self.announcement {
				Announcement::<T>::put(blocks);
			}
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A hospital proposed a call. Its own vote is for it.
		ProposalMade {
			/// Number of the proposal.
			proposal: ProposalId,
			/// The hospital.
			organisation: OrganisationId,
			/// Last block for voting.
			voting_until: BlockNumber,
		},
		/// A hospital voted, or changed its vote.
		VoteCast {
			/// Number of the proposal.
			proposal: ProposalId,
			/// The hospital.
			organisation: OrganisationId,
			/// Whether it is for the proposal.
			approve: bool,
			/// Hospitals for it, of those that have a seat now.
			ayes: u32,
			/// Hospitals with a seat now.
			seats: u32,
		},
		/// Two thirds of the hospitals are for a proposal: it can be enacted from a block on, if they still are then.
		ProposalApproved {
			/// Number of the proposal.
			proposal: ProposalId,
			/// First block in which it can be enacted.
			enact_from: BlockNumber,
		},
		/// Fewer than two thirds of the hospitals are for a proposal that was approved before.
		ApprovalLost {
			/// Number of the proposal.
			proposal: ProposalId,
		},
		/// A proposal was carried out.
		ProposalEnacted {
			/// Number of the proposal.
			proposal: ProposalId,
			/// What its call answered.
			result: DispatchResult,
		},
		/// So many hospitals are against a proposal that it cannot be approved.
		ProposalRejected {
			/// Number of the proposal.
			proposal: ProposalId,
		},
		/// The time for a proposal ran out.
		ProposalExpired {
			/// Number of the proposal.
			proposal: ProposalId,
		},
		/// The hospital that had made a proposal took it back.
		ProposalWithdrawn {
			/// Number of the proposal.
			proposal: ProposalId,
		},
		/// The time between approval and enactment of announced calls changed.
		AnnouncementSet {
			/// Blocks from now on.
			blocks: BlockNumber,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller is no administrator of an active hospital.
		NotAuthorized,
		/// The council cannot make this call.
		CallNotAllowed,
		/// The proposed call is too long.
		CallTooLong,
		/// The proposed call takes too much computation.
		CallTooHeavy,
		/// The hospital has as many undecided proposals as it may have.
		MaxOpenProposalsExceeded,
		/// No more proposals can be numbered.
		MaxProposalsExceeded,
		/// There is no proposal with this number.
		ProposalNotFound,
		/// The proposal is decided.
		ProposalDecided,
		/// The time for the proposal ran out.
		ProposalOver,
		/// The time for the proposal has not run out.
		ProposalNotOver,
		/// Two thirds of the hospitals are not for the proposal.
		NotApproved,
		/// The proposal is still being announced.
		TooEarly,
		/// The stored call is none of this runtime; make the proposal anew.
		CallNotReadable,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight = T::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Proposes a call to the other hospitals, and votes for it. Its number is in the event `ProposalMade`.
		///
		/// For administrators of active hospitals.
		/// - `call`: what the council should do, for example `consortium.admit_organisation`. The pallet's page lists what it
		///   can do.
		#[pallet::call_index(0)]
		pub fn propose(origin: OriginFor<T>, call: Box<<T as Config>::Call>) -> DispatchResult {
			let (account, organisation) = Self::ensure_seat(origin)?;
			let (proposal, voting_until) = Self::open(organisation, *call)?;
			Self::deposit_event(Event::ProposalMade { proposal, organisation, voting_until });
			Self::cast(proposal, account, organisation, true)
		}

		/// Votes for your hospital, or changes its vote. A proposal can be enacted once two thirds of the hospitals are for
		/// it, and is rejected as soon as that cannot be any more.
		///
		/// For administrators of active hospitals.
		/// - `proposal`: its number.
		/// - `approve`: whether your hospital is for it.
		#[pallet::call_index(1)]
		pub fn vote(origin: OriginFor<T>, proposal: ProposalId, approve: bool) -> DispatchResult {
			let (account, organisation) = Self::ensure_seat(origin)?;
			Self::cast(proposal, account, organisation, approve)
		}

		/// Carries an approved proposal out, once it was announced for long enough. The votes are counted again: hospitals
		/// may have changed their minds, joined or left.
		///
		/// For administrators of active hospitals.
		/// - `proposal`: its number.
		#[pallet::call_index(2)]
		#[pallet::weight((T::WeightInfo::enact().saturating_add(T::MaxCallWeight::get()), DispatchClass::Operational))]
		pub fn enact(origin: OriginFor<T>, proposal: ProposalId) -> DispatchResultWithPostInfo {
			Self::ensure_seat(origin)?;
			let (result, weight) = Self::carry_out(proposal)?;
			Self::deposit_event(Event::ProposalEnacted { proposal, result });
			Ok(Some(T::WeightInfo::enact().saturating_add(weight)).into())
		}

		/// Takes a proposal of your hospital back.
		///
		/// For administrators of the hospital that made it.
		/// - `proposal`: its number.
		#[pallet::call_index(3)]
		pub fn withdraw(origin: OriginFor<T>, proposal: ProposalId) -> DispatchResult {
			let (_, organisation) = Self::ensure_seat(origin)?;
			let record = Self::undecided(proposal)?;
			ensure!(record.organisation == organisation, Error::<T>::NotAuthorized);
			Self::decide(proposal, record, ProposalState::Withdrawn);
			Self::deposit_event(Event::ProposalWithdrawn { proposal });
			Ok(())
		}

		/// Puts on record that the time for a proposal ran out.
		///
		/// For administrators of active hospitals.
		/// - `proposal`: its number.
		#[pallet::call_index(4)]
		pub fn expire(origin: OriginFor<T>, proposal: ProposalId) -> DispatchResult {
			Self::ensure_seat(origin)?;
			let record = Self::undecided(proposal)?;
			ensure!(Self::is_over(&record), Error::<T>::ProposalNotOver);
			Self::decide(proposal, record, ProposalState::Expired);
			Self::deposit_event(Event::ProposalExpired { proposal });
			Ok(())
		}

		/// Sets the time between approval and enactment of calls that are announced, such as upgrades of the runtime. It counts
		/// for proposals made from now on.
		///
		/// For the council itself, and announced for as long as it was before.
		/// - `blocks`: the time in blocks of two seconds.
		#[pallet::call_index(5)]
		pub fn set_announcement(origin: OriginFor<T>, blocks: BlockNumber) -> DispatchResult {
			ensure_root(origin)?;
			Announcement::<T>::put(blocks);
			Self::deposit_event(Event::AnnouncementSet { blocks });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A proposal, decided or not. Its call is in SCALE encoding.
		pub fn proposal(proposal: ProposalId) -> Option<Proposal<T::MaxCallLen>> {
			Proposals::<T>::get(proposal)
		}

		/// The votes on a proposal, by organisation. Those of hospitals without a seat do not count.
		pub fn votes(proposal: ProposalId) -> Vec<(OrganisationId, Vote)> {
			let mut votes: Vec<_> = Votes::<T>::iter_prefix(proposal).collect();
			votes.sort_by_key(|(organisation, _)| *organisation);
			votes
		}

		/// The proposals that are not decided, by number.
		pub fn open_proposals() -> Vec<(ProposalId, Proposal<T::MaxCallLen>)> {
			let mut open: Vec<_> =
				Proposals::<T>::iter().filter(|(_, record)| record.state == ProposalState::Open).collect();
			open.sort_by_key(|(id, _)| *id);
			open
		}

		/// The hospitals that vote.
		pub fn seats() -> Vec<OrganisationId> {
			T::Seats::seats()
		}
	}
}
