//! A small runtime around the pallet, with a hospital, an ethics board and a few people. Sessions, their history and
//! offences are the SDK's.

use crate::{
	self as pallet_consortium, extension::NonMemberAccess, GenesisOrganisation, NothingMore, Uncounted, ValidatorOf,
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU128, ConstU32, ConstU64, Hooks, OneSessionHandler},
	weights::constants::ParityDbWeight,
};
use frame_system::EnsureRoot;
use pallet_authorship::EventHandler;
use pallet_session::{
	disabling::UpToLimitDisablingStrategy, historical as pallet_session_historical, historical::NoteHistoricalRoot,
	PeriodicSessions,
};
use semblance_primitives::{
	consortium::{OrganisationKind, Role},
	AccountId,
};
use sp_runtime::{
	impl_opaque_keys, testing::UintAuthorityId, traits::IdentityLookup, BoundToRuntimeAppPublic, BuildStorage,
};

pub type Block = frame_system::mocking::MockBlock<Test>;

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
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;

	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;

	#[runtime::pallet_index(2)]
	pub type Session = pallet_session;

	#[runtime::pallet_index(3)]
	pub type Historical = pallet_session_historical;

	#[runtime::pallet_index(4)]
	pub type Offences = pallet_offences;

	#[runtime::pallet_index(5)]
	pub type Consortium = pallet_consortium;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type DbWeight = ParityDbWeight;
	type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = u128;
	type ExistentialDeposit = ConstU128<1>;
}

/// Follows the validator set as consensus does.
pub struct Consensus;

impl BoundToRuntimeAppPublic for Consensus {
	type Public = UintAuthorityId;
}

impl OneSessionHandler<AccountId> for Consensus {
	type Key = UintAuthorityId;

	fn on_genesis_session<'a, I: 'a + Iterator<Item = (&'a AccountId, UintAuthorityId)>>(_: I) {}

	fn on_new_session<'a, I: 'a + Iterator<Item = (&'a AccountId, UintAuthorityId)>>(_: bool, _: I, _: I) {}

	fn on_disabled(_: u32) {}
}

impl_opaque_keys! {
	pub struct Keys {
		pub consensus: Consensus,
	}
}

/// Blocks for which roles are given at most.
pub const RENEWAL: u32 = 1_000;
/// Blocks of a session.
pub const PERIOD: u64 = 10;

parameter_types! {
	pub const MaxMembers: u32 = 5;
	pub const MinValidators: u32 = 2;
	pub const MaxValidators: u32 = 6;
	pub const KeyCoolDown: u32 = 25;
	pub const DefaultSessionLength: u32 = 10;
	pub const EvidenceSessions: u32 = 5;
	pub const Period: u64 = PERIOD;
	pub const Offset: u64 = 0;
}

impl pallet_session::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ValidatorOf<Test>;
	type ShouldEndSession = PeriodicSessions<Period, Offset>;
	type NextSessionRotation = PeriodicSessions<Period, Offset>;
	type SessionManager = NoteHistoricalRoot<Test, Consortium>;
	type SessionHandler = (Consensus,);
	type Keys = Keys;
	type DisablingStrategy = UpToLimitDisablingStrategy<3>;
	type WeightInfo = ();
	type Currency = Balances;
	type KeyDeposit = ConstU128<0>;
}

impl pallet_session_historical::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ();
	type FullIdentificationOf = NothingMore;
}

impl pallet_offences::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type IdentificationTuple = pallet_session_historical::IdentificationTuple<Test>;
	type OnOffenceHandler = Consortium;
}

impl pallet_consortium::Config for Test {
	type AdminOrigin = EnsureRoot<AccountId>;
	type NonMemberCalls = RemarksForGuests;
	type MaxMembersPerOrganisation = MaxMembers;
	type RenewalPeriod = ConstU32<RENEWAL>;
	type Uncounted = RemarksWithEvents;
	type QuotaCapacity = ConstU64<1_000>;
	type QuotaPerBlock = ConstU64<100>;
	type SessionKeys = Keys;
	type Session = Session;
	type HistoricalRoots = NoteHistoricalRoot<Test, Consortium>;
	type MinValidators = MinValidators;
	type MaxValidators = MaxValidators;
	type DefaultSessionLength = DefaultSessionLength;
	type KeyCoolDown = KeyCoolDown;
	type EvidenceSessions = EvidenceSessions;
	type WeightInfo = ();
}

/// The account [`guest`] may make remarks, and nobody else anything.
pub struct RemarksForGuests;

impl NonMemberAccess<AccountId, RuntimeCall> for RemarksForGuests {
	fn may_call(who: &AccountId, call: &RuntimeCall) -> bool {
		*who == guest() && matches!(call, RuntimeCall::System(frame_system::Call::remark { .. }))
	}
}

/// Remarks with events by [`steward`] and [`guest`] are outside of quotas.
pub struct RemarksWithEvents;

impl Uncounted<AccountId, RuntimeCall> for RemarksWithEvents {
	fn is_uncounted(who: &AccountId, call: &RuntimeCall) -> bool {
		let known = *who == steward() || *who == guest();
		known && matches!(call, RuntimeCall::System(frame_system::Call::remark_with_event { .. }))
	}
}

/// Number of the hospital in the default genesis.
pub const HOSPITAL: u32 = 1;
/// Number of the ethics board in the default genesis.
pub const BOARD: u32 = 2;
/// A number that no organisation has.
pub const NOBODY: u32 = 9;

pub fn account(byte: u8) -> AccountId {
	AccountId::new([byte; 32])
}
/// Administrator of the hospital.
pub fn head() -> AccountId {
	account(1)
}
/// Data steward of the hospital.
pub fn steward() -> AccountId {
	account(2)
}
/// Administrator of the ethics board.
pub fn chair() -> AccountId {
	account(3)
}
/// Stash account of the hospital's validator.
pub fn validator() -> AccountId {
	account(4)
}
/// No member.
pub fn stranger() -> AccountId {
	account(5)
}
/// No member, but may make remarks.
pub fn guest() -> AccountId {
	account(6)
}

/// Stash account of the hospital's validator number `index` in [`ExtBuilder::with_validators`].
pub fn node(index: u8) -> AccountId {
	account(100 + index)
}

/// Session keys that a validator of that index could have.
pub fn keys(index: u8) -> Keys {
	Keys { consensus: UintAuthorityId(u64::from(index)) }
}

/// Builds a chain at block 1.
pub struct ExtBuilder {
	organisations: Vec<GenesisOrganisation>,
	validators: Vec<u8>,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		let hospital = GenesisOrganisation {
			name: "Hospital".into(),
			kind: OrganisationKind::Hospital,
			members: vec![(head(), vec![Role::Administrator]), (steward(), vec![Role::DataSteward])],
			validators: vec![validator()],
			peers: vec![],
		};
		let board = GenesisOrganisation {
			name: "Board".into(),
			kind: OrganisationKind::EthicsBoard,
			members: vec![(chair(), vec![Role::Administrator])],
			validators: vec![],
			peers: vec![],
		};
		Self::with_organisations(vec![hospital, board])
	}
}

impl ExtBuilder {
	pub fn with_organisations(organisations: Vec<GenesisOrganisation>) -> Self {
		Self { organisations, validators: vec![] }
	}

	/// The default organisations, of which the hospital runs this many validators, all with keys.
	pub fn with_validators(count: u8) -> Self {
		let mut builder = Self { validators: (0..count).collect(), ..Self::default() };
		builder.organisations[0].validators = builder.validators.iter().map(|index| node(*index)).collect();
		builder
	}

	pub fn build(self) -> sp_io::TestExternalities {
		let consortium =
			pallet_consortium::GenesisConfig::<Test> { organisations: self.organisations, ..Default::default() };
		let keys = self.validators.iter().map(|index| (node(*index), node(*index), keys(*index))).collect();
		let session = pallet_session::GenesisConfig::<Test> { keys, ..Default::default() };
		let config = RuntimeGenesisConfig { consortium, session, ..Default::default() };
		let mut ext = sp_io::TestExternalities::from(config.build_storage().unwrap());
		ext.execute_with(|| System::set_block_number(1));
		ext
	}

	/// Runs a test and checks the invariants afterwards.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			Consortium::do_try_state().unwrap();
		});
	}
}

/// Goes on to the first block of the next session, while each of `authors` makes a block.
pub fn run_session(authors: &[AccountId]) {
	for author in authors {
		<Consortium as EventHandler<_, _>>::note_author(author.clone());
	}
	let next = (System::block_number() / PERIOD + 1) * PERIOD;
	System::set_block_number(next);
	Session::on_initialize(next);
	Consortium::do_try_state().unwrap();
}

/// The pallet's events so far.
pub fn events() -> Vec<pallet_consortium::Event<Test>> {
	System::read_events_for_pallet()
}
