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
pub mod extension;
pub mod genesis;
mod members;
mod membership;
#[cfg(test)]
mod mock;
pub mod rules;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
pub mod weights;

pub use extension::{CheckMembership, NonMemberAccess};
pub use genesis::GenesisOrganisation;
pub use pallet::*;
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::{pallet_prelude::*, traits::EnsureOrigin};
use semblance_primitives::{
	consortium::{
		Member, Organisation, OrganisationKind, OrganisationStatus, Peer, Role, MAX_NAME_LEN, MAX_PEERS, MAX_ROLES,
	},
	traits::Membership,
	AccountId, BlockNumber, Digest, OrganisationId,
};

/// An organisation's public name, UTF-8.
pub type Name = BoundedVec<u8, ConstU32<MAX_NAME_LEN>>;
/// Roles of one member.
pub type Roles = BoundedVec<Role, ConstU32<MAX_ROLES>>;
/// Network peers of one organisation.
pub type Peers = BoundedVec<Peer, ConstU32<MAX_PEERS>>;

/// Version of this pallet's storage.
const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

#[allow(clippy::expect_used)] // In what the macro generates.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_system::pallet_prelude::*;

	/// The consortium: who takes part, for which organisation and in which role.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs from the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>> {
		/// Who admits, suspends, reinstates and removes organisations.
		type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// Calls that accounts without a membership may make.
		type NonMemberCalls: NonMemberAccess<AccountId, <Self as frame_system::Config>::RuntimeCall>;
		/// Most members of one organisation.
		#[pallet::constant]
		type MaxMembersPerOrganisation: Get<u32>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Organisations by number. Never deleted: records name them for ever.
	#[pallet::storage]
	pub type Organisations<T> = StorageMap<_, Blake2_128Concat, OrganisationId, Organisation>;

	/// Number of the organisation that is admitted next, from 1.
	#[pallet::storage]
	pub type NextOrganisation<T> = StorageValue<_, OrganisationId, ValueQuery, ConstU32<1>>;

	/// Members by account. An account acts for one organisation.
	#[pallet::storage]
	pub type Members<T> = StorageMap<_, Blake2_128Concat, AccountId, Member>;

	/// The hospital behind each validator, by stash account.
	#[pallet::storage]
	pub type Validators<T> = StorageMap<_, Blake2_128Concat, AccountId, OrganisationId>;

	/// Number of members of each organisation, expired memberships included.
	#[pallet::storage]
	pub type MemberCount<T> = StorageMap<_, Blake2_128Concat, OrganisationId, u32, ValueQuery>;

	/// Number of each organisation's administrators whose membership has no end: at least 1 until it is removed, so
	/// that no organisation is locked out by the passing of time.
	#[pallet::storage]
	pub type StandingAdministrators<T> = StorageMap<_, Blake2_128Concat, OrganisationId, u32, ValueQuery>;

	/// The founding organisations, numbered from 1 in their order.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The organisations.
		pub organisations: Vec<GenesisOrganisation>,
		/// Ties the configuration to a runtime.
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			genesis::build::<T>(&self.organisations);
		}
	}

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An organisation joined the consortium.
		OrganisationAdmitted {
			/// Its number.
			organisation: OrganisationId,
			/// Its public name.
			name: Name,
			/// What kind of institution it is.
			kind: OrganisationKind,
			/// Its first administrator.
			administrator: AccountId,
		},
		/// An organisation's members may not transact until it is reinstated.
		OrganisationSuspended {
			/// Its number.
			organisation: OrganisationId,
		},
		/// A suspended organisation takes part again.
		OrganisationReinstated {
			/// Its number.
			organisation: OrganisationId,
		},
		/// An organisation left for good.
		OrganisationRemoved {
			/// Its number.
			organisation: OrganisationId,
		},
		/// An account became a member.
		MemberAdded {
			/// The organisation it acts for.
			organisation: OrganisationId,
			/// The member.
			account: AccountId,
			/// Its roles.
			roles: Roles,
			/// Last block of the membership, if it ends.
			valid_until: Option<BlockNumber>,
		},
		/// A member's roles or end changed.
		MemberUpdated {
			/// The organisation it acts for.
			organisation: OrganisationId,
			/// The member.
			account: AccountId,
			/// Its roles from now on.
			roles: Roles,
			/// Last block of the membership, if it ends.
			valid_until: Option<BlockNumber>,
		},
		/// An account is no member any more.
		MemberRemoved {
			/// The organisation it acted for.
			organisation: OrganisationId,
			/// The former member.
			account: AccountId,
		},
		/// A member changed the key to which data keys are wrapped.
		EncryptionKeySet {
			/// The member.
			account: AccountId,
			/// The X25519 public key, none if it was cleared.
			key: Option<Digest>,
		},
		/// An organisation changed the key to which data keys are wrapped.
		OrganisationKeySet {
			/// The organisation.
			organisation: OrganisationId,
			/// The X25519 public key, none if it was cleared.
			key: Option<Digest>,
		},
		/// An organisation declared its network peers.
		PeersSet {
			/// The organisation.
			organisation: OrganisationId,
			/// All its peers from now on.
			peers: Peers,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no organisation with this number.
		OrganisationNotFound,
		/// The account is no member.
		MemberNotFound,
		/// The caller is no active administrator of the organisation in question.
		NotAuthorized,
		/// The name is empty, is no UTF-8, holds control characters, or starts or ends with a blank.
		NameNotAllowed,
		/// No more organisations can be numbered.
		MaxOrganisationsExceeded,
		/// Only an active organisation can be suspended.
		OrganisationNotActive,
		/// Only a suspended organisation can be reinstated.
		OrganisationNotSuspended,
		/// The organisation left for good.
		OrganisationAlreadyRemoved,
		/// The account is a member already; an account acts for one organisation.
		AlreadyMember,
		/// The organisation has as many members as it may have.
		MaxMembersExceeded,
		/// A member needs at least one role.
		RolesEmpty,
		/// A role is named twice.
		RoleNamedTwice,
		/// A role is not open to this kind of organisation.
		RoleNotOpenToKind,
		/// The end of the membership lies in the past.
		EndNotInFuture,
		/// An organisation keeps at least one administrator whose membership has no end.
		LastAdministrator,
		/// A key of zeros protects nothing.
		KeyNotAllowed,
		/// A peer id is no base58 text, or an address is no multiaddr.
		PeerNotAllowed,
		/// A peer is named twice.
		PeerNamedTwice,
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
		/// Admits an organisation, with its first administrator. Its number is in the event `OrganisationAdmitted`.
		///
		/// For the consortium's council. Further members are added by the administrator.
		/// - `name`: public name, UTF-8, at most 64 bytes.
		/// - `kind`: what kind of institution it is; decides which roles its members can hold.
		/// - `administrator`: account that manages its members; must not act for another organisation.
		#[pallet::call_index(0)]
		pub fn admit_organisation(
			origin: OriginFor<T>,
			name: Name,
			kind: OrganisationKind,
			administrator: AccountId,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			let organisation = Self::found(name.clone(), kind)?;
			Self::enrol(&administrator, organisation, rules::administrator_only(), None)?;
			Self::deposit_event(Event::OrganisationAdmitted { organisation, name, kind, administrator });
			Ok(())
		}

		/// Suspends an active organisation: its members may not transact and its validators do not work on jobs until it
		/// is reinstated.
		///
		/// For the consortium's council.
		/// - `organisation`: its number.
		#[pallet::call_index(1)]
		pub fn suspend_organisation(origin: OriginFor<T>, organisation: OrganisationId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::change_status(organisation, OrganisationStatus::Suspended)?;
			Self::deposit_event(Event::OrganisationSuspended { organisation });
			Ok(())
		}

		/// Lets a suspended organisation take part again.
		///
		/// For the consortium's council.
		/// - `organisation`: its number.
		#[pallet::call_index(2)]
		pub fn reinstate_organisation(origin: OriginFor<T>, organisation: OrganisationId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::change_status(organisation, OrganisationStatus::Active)?;
			Self::deposit_event(Event::OrganisationReinstated { organisation });
			Ok(())
		}

		/// Removes an organisation for good. Its records stay; its members may join other organisations.
		///
		/// For the consortium's council.
		/// - `organisation`: its number.
		#[pallet::call_index(3)]
		pub fn remove_organisation(origin: OriginFor<T>, organisation: OrganisationId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::change_status(organisation, OrganisationStatus::Removed)?;
			Self::deposit_event(Event::OrganisationRemoved { organisation });
			Ok(())
		}

		/// Makes an account a member of your organisation.
		///
		/// For the organisation's administrators. The account needs no balance.
		/// - `account`: the new member; must not act for another organisation of the consortium.
		/// - `roles`: what it may do; each role at most once, and open to your kind of organisation.
		/// - `valid_until`: last block of the membership; leave empty for no end.
		#[pallet::call_index(4)]
		pub fn add_member(
			origin: OriginFor<T>,
			account: AccountId,
			roles: Roles,
			valid_until: Option<BlockNumber>,
		) -> DispatchResult {
			let organisation = Self::ensure_administrator(origin)?;
			Self::enrol(&account, organisation, roles.clone(), valid_until)?;
			Self::deposit_event(Event::MemberAdded { organisation, account, roles, valid_until });
			Ok(())
		}

		/// Changes roles and end of a member of your organisation. Also renews a membership that has ended.
		///
		/// For the organisation's administrators.
		/// - `account`: the member.
		/// - `roles`: all roles from now on.
		/// - `valid_until`: last block of the membership; leave empty for no end.
		#[pallet::call_index(5)]
		pub fn update_member(
			origin: OriginFor<T>,
			account: AccountId,
			roles: Roles,
			valid_until: Option<BlockNumber>,
		) -> DispatchResult {
			let organisation = Self::ensure_administrator(origin)?;
			Self::amend(&account, organisation, roles.clone(), valid_until)?;
			Self::deposit_event(Event::MemberUpdated { organisation, account, roles, valid_until });
			Ok(())
		}

		/// Removes a member of your organisation. What it did stays on record.
		///
		/// For the organisation's administrators.
		/// - `account`: the member.
		#[pallet::call_index(6)]
		pub fn remove_member(origin: OriginFor<T>, account: AccountId) -> DispatchResult {
			let organisation = Self::ensure_administrator(origin)?;
			Self::dismiss(&account, organisation)?;
			Self::deposit_event(Event::MemberRemoved { organisation, account });
			Ok(())
		}

		/// Registers the X25519 public key to which data keys for you are wrapped. Keys already released stay as they
		/// are.
		///
		/// For every active member.
		/// - `key`: 32 bytes; leave empty to clear.
		#[pallet::call_index(7)]
		pub fn set_encryption_key(origin: OriginFor<T>, key: Option<Digest>) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(rules::is_usable_key(&key), Error::<T>::KeyNotAllowed);
			let member = <Self as Membership>::active_member(&account).ok_or(Error::<T>::NotAuthorized)?;
			Members::<T>::insert(&account, Member { encryption_key: key, ..member });
			Self::deposit_event(Event::EncryptionKeySet { account, key });
			Ok(())
		}

		/// Registers the X25519 public key to which data keys for your whole organisation are wrapped.
		///
		/// For the organisation's administrators.
		/// - `key`: 32 bytes; leave empty to clear.
		#[pallet::call_index(8)]
		pub fn set_organisation_key(origin: OriginFor<T>, key: Option<Digest>) -> DispatchResult {
			let organisation = Self::ensure_administrator(origin)?;
			ensure!(rules::is_usable_key(&key), Error::<T>::KeyNotAllowed);
			Self::change_organisation(organisation, |record| record.encryption_key = key)?;
			Self::deposit_event(Event::OrganisationKeySet { organisation, key });
			Ok(())
		}

		/// Declares the network peers of your organisation. The other nodes accept connections from declared peers only.
		///
		/// For the organisation's administrators.
		/// - `peers`: all peers from now on, at most 4: peer id in base58 and a multiaddr such as `/ip4/10.0.0.5/tcp/30333`.
		#[pallet::call_index(9)]
		pub fn set_peers(origin: OriginFor<T>, peers: Peers) -> DispatchResult {
			let organisation = Self::ensure_administrator(origin)?;
			rules::check_peers::<T>(&peers)?;
			Self::change_organisation(organisation, |record| record.peers = peers.clone())?;
			Self::deposit_event(Event::PeersSet { organisation, peers });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// An organisation, whatever its status.
		pub fn organisation(organisation: OrganisationId) -> Option<Organisation> {
			Organisations::<T>::get(organisation)
		}

		/// All organisations, with their numbers, ascending.
		pub fn organisations() -> Vec<(OrganisationId, Organisation)> {
			let mut all: Vec<_> = Organisations::<T>::iter().collect();
			all.sort_by_key(|(id, _)| *id);
			all
		}

		/// A member, whether or not the membership holds now.
		pub fn member(account: AccountId) -> Option<Member> {
			Members::<T>::get(account)
		}

		/// Whether the account may transact as a member now.
		pub fn is_active_member(account: AccountId) -> bool {
			<Self as Membership>::active_member(&account).is_some()
		}

		/// All members of an organisation, by account.
		pub fn members_of(organisation: OrganisationId) -> Vec<(AccountId, Member)> {
			let mut all: Vec<_> =
				Members::<T>::iter().filter(|(_, member)| member.organisation == organisation).collect();
			all.sort_by(|(a, _), (b, _)| a.cmp(b));
			all
		}

		/// The organisation that runs the validator with this stash account, whatever its status.
		pub fn validator_organisation(account: AccountId) -> Option<OrganisationId> {
			Validators::<T>::get(account)
		}
	}
}
