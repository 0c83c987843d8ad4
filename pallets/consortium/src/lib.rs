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
pub mod migrations;
#[cfg(test)]
mod mock;
mod offences;
mod peers;
pub mod quota;
mod renewal;
pub mod rules;
mod sessions;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", feature = "std"))]
mod try_state;
pub mod validators;
pub mod weights;

pub use extension::{CheckMembership, NonMemberAccess};
pub use genesis::GenesisOrganisation;
pub use pallet::*;
pub use quota::{OrganisationQuota, Uncounted, Usage};
pub use validators::{Leaving, NothingMore, OwnershipProof, ValidatorOf};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::{
	pallet_prelude::*,
	traits::{ConstBool, EnsureOrigin, ValidatorRegistration},
};
use pallet_session::{SessionInterface, SessionManager};
use semblance_primitives::{
	consortium::{
		Member, Organisation, OrganisationKind, OrganisationStatus, Peer, Role, Validator, MAX_NAME_LEN, MAX_PEERS,
		MAX_ROLES,
	},
	traits::Membership,
	AccountId, BlockNumber, Digest, OrganisationId,
};
use sp_runtime::traits::OpaqueKeys;
use sp_staking::SessionIndex;

/// Most bytes of a proof that a node holds session keys: a signature for each key.
pub const MAX_PROOF_LEN: u32 = 512;

/// An organisation's public name, UTF-8.
pub type Name = BoundedVec<u8, ConstU32<MAX_NAME_LEN>>;
/// Roles of one member.
pub type Roles = BoundedVec<Role, ConstU32<MAX_ROLES>>;
/// Network peers of one organisation.
pub type Peers = BoundedVec<Peer, ConstU32<MAX_PEERS>>;

/// Version of this pallet's storage.
const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

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
		/// Session keys of a validator.
		type SessionKeys: OpaqueKeys + Parameter;
		/// Where session keys are kept and validators are muted: pallet-session. Its `ValidatorIdOf` must be
		/// [`ValidatorOf`], and its calls must be closed, so that keys change through this pallet only.
		type Session: SessionInterface<ValidatorId = AccountId, AccountId = AccountId, Keys = Self::SessionKeys>
			+ ValidatorRegistration<AccountId>;
		/// Notes which keys stood in which session: `NoteHistoricalRoot` around this pallet.
		type HistoricalRoots: SessionManager<AccountId>;
		/// Fewest working validators that a planned removal leaves. Four carry one that fails.
		#[pallet::constant]
		type MinValidators: Get<u32>;
		/// Most validators.
		#[pallet::constant]
		type MaxValidators: Get<u32>;
		/// Blocks of a session, unless genesis says otherwise.
		#[pallet::constant]
		type DefaultSessionLength: Get<BlockNumber>;
		/// Blocks between two changes of a validator's keys. May depend on [`SessionLength`].
		type KeyCoolDown: Get<BlockNumber>;
		/// Sessions for which evidence against a validator can be brought.
		#[pallet::constant]
		type EvidenceSessions: Get<SessionIndex>;
		/// Calls that no quota can stop or delay.
		type Uncounted: Uncounted<AccountId, <Self as frame_system::Config>::RuntimeCall>;
		/// Picoseconds of computation that an organisation can use at once.
		#[pallet::constant]
		type QuotaCapacity: Get<u64>;
		/// Picoseconds of computation that an organisation gets back in each block.
		#[pallet::constant]
		type QuotaPerBlock: Get<u64>;
		/// Blocks for which roles are given or renewed at most.
		#[pallet::constant]
		type RenewalPeriod: Get<BlockNumber>;
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

	/// Last block of the roles that an administrator without end holds besides administration.
	#[pallet::storage]
	pub type RolesUntil<T> = StorageMap<_, Blake2_128Concat, AccountId, BlockNumber>;

	/// The hospital behind each validator, by stash account.
	#[pallet::storage]
	pub type Validators<T> = StorageMap<_, Blake2_128Concat, AccountId, OrganisationId>;

	/// Validators that were removed, until the session that begins without them.
	#[pallet::storage]
	pub type LeavingValidators<T> = StorageMap<_, Blake2_128Concat, AccountId, Leaving>;

	/// Block in which each validator's keys were last set by call.
	#[pallet::storage]
	pub type KeysSetAt<T> = StorageMap<_, Blake2_128Concat, AccountId, BlockNumber>;

	/// The block that each validator made last.
	#[pallet::storage]
	pub type LastBlock<T> = StorageMap<_, Blake2_128Concat, AccountId, BlockNumber>;

	/// Sessions in a row, up to the last that ended, in which a validator made no block.
	#[pallet::storage]
	pub type AbsentSessions<T> = StorageMap<_, Blake2_128Concat, AccountId, u32, ValueQuery>;

	/// The current session and its first block.
	#[pallet::storage]
	pub type SessionStart<T> = StorageValue<_, (SessionIndex, BlockNumber), ValueQuery>;

	/// Blocks of a session, at least 1. Set at genesis, then fixed: the runtime's pallet-session reads it.
	#[pallet::storage]
	pub type SessionLength<T: Config> = StorageValue<_, BlockNumber, ValueQuery, T::DefaultSessionLength>;

	/// Whether validators or keys changed since the set was last listed for a session. True before it ever was.
	#[pallet::storage]
	pub type SetChanged<T> = StorageValue<_, bool, ValueQuery, ConstBool<true>>;

	/// What each organisation had computed lately.
	#[pallet::storage]
	pub type Usages<T> = StorageMap<_, Blake2_128Concat, OrganisationId, Usage, ValueQuery>;

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
		/// Blocks of a session, at least 1; the runtime's number if left out.
		pub session_length: Option<BlockNumber>,
		/// Ties the configuration to a runtime.
		#[serde(skip)]
		pub _config: PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			genesis::set_session_length::<T>(self.session_length);
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
		/// A member's roles were renewed.
		MemberRenewed {
			/// The organisation it acts for.
			organisation: OrganisationId,
			/// The member.
			account: AccountId,
			/// Last block of its roles; administrators without end stay administrators after it.
			until: BlockNumber,
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
		/// An account may validate for a hospital as soon as it has session keys.
		ValidatorAdded {
			/// The hospital.
			organisation: OrganisationId,
			/// The validator's stash account.
			validator: AccountId,
		},
		/// A validator leaves.
		ValidatorRemoved {
			/// The hospital.
			organisation: OrganisationId,
			/// The validator's stash account.
			validator: AccountId,
			/// The first session without it.
			session: SessionIndex,
		},
		/// A validator's session keys changed; the new ones count from the session after the next.
		ValidatorKeysSet {
			/// The hospital.
			organisation: OrganisationId,
			/// The validator's stash account.
			validator: AccountId,
		},
		/// A validator made no block in the session that ended. Its operator should look after it.
		ValidatorAbsent {
			/// The hospital.
			organisation: OrganisationId,
			/// The validator's stash account.
			validator: AccountId,
			/// Sessions in a row without a block.
			sessions: u32,
		},
		/// An absent validator made blocks again.
		ValidatorReturned {
			/// The hospital.
			organisation: OrganisationId,
			/// The validator's stash account.
			validator: AccountId,
		},
		/// A validator was proven to have contradicted itself. The evidence is in `Offences`.
		ValidatorPunished {
			/// The hospital.
			organisation: OrganisationId,
			/// The validator's stash account.
			validator: AccountId,
			/// The session in which it did so.
			session: SessionIndex,
			/// The first session without it; none if it stays because no other validator works.
			without: Option<SessionIndex>,
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
		/// The end of the membership lies further ahead than roles are given for: a year.
		EndTooLate,
		/// Your membership has ended. Ask your organisation's administrator to renew it.
		MembershipEnded,
		/// The member has no roles that end.
		NothingToRenew,
		/// An organisation keeps at least one administrator whose membership has no end.
		LastAdministrator,
		/// A key of zeros protects nothing.
		KeyNotAllowed,
		/// A peer id is no base58 text, or an address is no multiaddr.
		PeerNotAllowed,
		/// A peer is named twice.
		PeerNamedTwice,
		/// Only hospitals run validators.
		NoValidatorsForKind,
		/// The account is a validator already.
		AlreadyValidator,
		/// The account was removed and is in the set until the session after the next; try again then.
		ValidatorLeaving,
		/// The account is no validator.
		ValidatorNotFound,
		/// There are as many validators as there may be.
		MaxValidatorsExceeded,
		/// Too few working validators would remain. Add another one first.
		MinValidatorsNotKept,
		/// The validator's keys were changed a short time ago; try again later.
		KeysChangedTooSoon,
		/// The proof is not by all of these keys and for this validator. Make both with `author_rotateKeysWithOwner`.
		ProofNotValid,
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

		/// Removes an organisation for good. Its members' rights, its validators, peers and key end; its records stay. Its
		/// members may join other organisations.
		///
		/// For the consortium's council. At least one working validator of others must remain.
		/// - `organisation`: its number.
		#[pallet::call_index(3)]
		pub fn remove_organisation(origin: OriginFor<T>, organisation: OrganisationId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::change_status(organisation, OrganisationStatus::Removed)?;
			Self::change_organisation(organisation, |record| {
				record.peers = Default::default();
				record.encryption_key = None;
			})?;
			for (validator, session) in Self::let_all_go(organisation)? {
				Self::deposit_event(Event::ValidatorRemoved { organisation, validator, session });
			}
			Self::deposit_event(Event::OrganisationRemoved { organisation });
			Ok(())
		}

		/// Makes an account a member of your organisation.
		///
		/// For the organisation's administrators. The account needs no balance.
		/// - `account`: the new member; must not act for another organisation of the consortium.
		/// - `roles`: what it may do; each role at most once, and open to your kind of organisation.
		/// - `valid_until`: last block of the membership, a year ahead at most. Leave empty for a year; of administrators only
		///   the other roles end then.
		#[pallet::call_index(4)]
		pub fn add_member(
			origin: OriginFor<T>,
			account: AccountId,
			roles: Roles,
			valid_until: Option<BlockNumber>,
		) -> DispatchResult {
			let organisation = Self::ensure_administrator(origin)?;
			let valid_until = Self::enrol(&account, organisation, roles.clone(), valid_until)?;
			Self::deposit_event(Event::MemberAdded { organisation, account, roles, valid_until });
			Ok(())
		}

		/// Changes roles and end of a member of your organisation. Also renews a membership that has ended.
		///
		/// For the organisation's administrators.
		/// - `account`: the member.
		/// - `roles`: all roles from now on.
		/// - `valid_until`: last block of the membership, a year ahead at most. Leave empty for a year; of administrators only
		///   the other roles end then.
		#[pallet::call_index(5)]
		pub fn update_member(
			origin: OriginFor<T>,
			account: AccountId,
			roles: Roles,
			valid_until: Option<BlockNumber>,
		) -> DispatchResult {
			let organisation = Self::ensure_administrator(origin)?;
			let valid_until = Self::amend(&account, organisation, roles.clone(), valid_until)?;
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
			let active = <Self as Membership>::active_member(&account).is_some();
			ensure!(active, Self::refusal_of(&account));
			// Not the member that the line above saw, which has only the roles that hold now.
			Members::<T>::mutate_extant(&account, |member| member.encryption_key = key);
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

		/// Lets a hospital run a validator. It validates two sessions after its keys are set.
		///
		/// For the consortium's council.
		/// - `organisation`: the hospital's number; it must be active.
		/// - `validator`: the stash account under which the validator is known. It needs no balance and signs nothing.
		#[pallet::call_index(10)]
		pub fn add_validator(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			validator: AccountId,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::take_up(organisation, &validator)?;
			Self::deposit_event(Event::ValidatorAdded { organisation, validator });
			Ok(())
		}

		/// Takes a validator out of the set. It answers for what it does until the session after the next begins.
		///
		/// For the consortium's council. `MinValidators` working validators must remain.
		/// - `validator`: its stash account.
		#[pallet::call_index(11)]
		pub fn remove_validator(origin: OriginFor<T>, validator: AccountId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			let organisation = Validators::<T>::get(&validator).ok_or(Error::<T>::ValidatorNotFound)?;
			let session = Self::let_go(&validator, T::MinValidators::get(), false)?;
			Self::deposit_event(Event::ValidatorRemoved { organisation, validator, session });
			Ok(())
		}

		/// Sets or changes the session keys of a validator of your hospital. Keep the old keys in the node until the session
		/// after the next has begun.
		///
		/// For the hospital's administrators. Possible once in `KeyCoolDown` blocks.
		/// - `validator`: its stash account.
		/// - `keys`: public keys from the node, by `author_rotateKeysWithOwner` with the stash account.
		/// - `proof`: signatures from the same answer.
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::set_validator_keys().saturating_add(T::Session::set_keys_weight()))]
		pub fn set_validator_keys(
			origin: OriginFor<T>,
			validator: AccountId,
			keys: T::SessionKeys,
			proof: OwnershipProof,
		) -> DispatchResult {
			let organisation = Self::ensure_administrator(origin)?;
			Self::change_keys(organisation, &validator, keys, &proof)?;
			Self::deposit_event(Event::ValidatorKeysSet { organisation, validator });
			Ok(())
		}

		/// Renews the roles of a member of your organisation for a year from now, also when they have ended. Do so when you
		/// know that the person still does the work; otherwise change or remove the membership.
		///
		/// For the organisation's administrators.
		/// - `account`: the member.
		#[pallet::call_index(13)]
		pub fn renew_member(origin: OriginFor<T>, account: AccountId) -> DispatchResult {
			let organisation = Self::ensure_administrator(origin)?;
			let until = Self::prolong(&account, organisation)?;
			Self::deposit_event(Event::MemberRenewed { organisation, account, until });
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

		/// Members of an organisation whose roles end in or before block `by`, soonest first, each with its last block.
		pub fn renewals_due(organisation: OrganisationId, by: BlockNumber) -> Vec<(AccountId, BlockNumber)> {
			Self::due(organisation, by)
		}

		/// The organisation that runs the validator with this stash account, whatever its status.
		pub fn validator_organisation(account: AccountId) -> Option<OrganisationId> {
			Validators::<T>::get(account)
		}

		/// All validators with their hospitals, and how they do, by account.
		pub fn validators() -> Vec<Validator> {
			Self::all_validators()
		}

		/// The network peers of all active organisations, by organisation: whom the nodes of the consortium accept.
		pub fn peers() -> Vec<(OrganisationId, Peer)> {
			Self::declared_peers()
		}

		/// Picoseconds of computation that an organisation can still use in this block.
		pub fn quota_left(organisation: OrganisationId) -> u64 {
			T::QuotaCapacity::get().saturating_sub(Self::used(organisation))
		}
	}
}
