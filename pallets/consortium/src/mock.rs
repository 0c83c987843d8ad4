//! A small runtime around the pallet, with a hospital, an ethics board and a few people.

use crate::{self as pallet_consortium, extension::NonMemberAccess, GenesisOrganisation};
use frame_support::{derive_impl, parameter_types};
use frame_system::EnsureRoot;
use semblance_primitives::{
	consortium::{OrganisationKind, Role},
	AccountId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage};

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
	pub type Consortium = pallet_consortium;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

parameter_types! {
	pub const MaxMembers: u32 = 5;
}

impl pallet_consortium::Config for Test {
	type AdminOrigin = EnsureRoot<AccountId>;
	type NonMemberCalls = RemarksForGuests;
	type MaxMembersPerOrganisation = MaxMembers;
	type WeightInfo = ();
}

/// The account [`guest`] may make remarks, and nobody else anything.
pub struct RemarksForGuests;

impl NonMemberAccess<AccountId, RuntimeCall> for RemarksForGuests {
	fn may_call(who: &AccountId, call: &RuntimeCall) -> bool {
		*who == guest() && matches!(call, RuntimeCall::System(frame_system::Call::remark { .. }))
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

/// Builds a chain at block 1.
pub struct ExtBuilder {
	organisations: Vec<GenesisOrganisation>,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		let hospital = GenesisOrganisation {
			name: "Hospital".into(),
			kind: OrganisationKind::Hospital,
			members: vec![(head(), vec![Role::Administrator]), (steward(), vec![Role::DataSteward])],
			validators: vec![validator()],
		};
		let board = GenesisOrganisation {
			name: "Board".into(),
			kind: OrganisationKind::EthicsBoard,
			members: vec![(chair(), vec![Role::Administrator])],
			validators: vec![],
		};
		Self { organisations: vec![hospital, board] }
	}
}

impl ExtBuilder {
	pub fn with_organisations(organisations: Vec<GenesisOrganisation>) -> Self {
		Self { organisations }
	}

	pub fn build(self) -> sp_io::TestExternalities {
		let config =
			pallet_consortium::GenesisConfig::<Test> { organisations: self.organisations, ..Default::default() };
		let storage = RuntimeGenesisConfig { system: Default::default(), consortium: config }.build_storage();
		let mut ext = sp_io::TestExternalities::from(storage.unwrap());
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

/// The pallet's events so far.
pub fn events() -> Vec<pallet_consortium::Event<Test>> {
	System::read_events_for_pallet()
}
