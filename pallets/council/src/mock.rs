//! A small runtime around the pallet. Seats are a list that tests set; the runtime's own tests use the real one.

use crate::{self as pallet_council, Power, Powers};
use frame_support::{derive_impl, parameter_types, weights::Weight};
use semblance_primitives::{traits::Seats, AccountId, BlockNumber, OrganisationId};
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
	pub type Council = pallet_council;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

parameter_types! {
	pub const MaxCallLen: u32 = 100;
	pub const MaxCallWeight: Weight = Weight::from_parts(1_000_000_000, u64::MAX);
	pub const VotingPeriod: BlockNumber = 20;
	pub const DefaultAnnouncement: BlockNumber = 10;
	pub const MaxOpenProposals: u32 = 2;
	/// Organisations with a seat. The account of organisation 3 is the account of threes.
	pub static SeatList: Vec<OrganisationId> = vec![1, 2, 3, 4];
}

impl pallet_council::Config for Test {
	type Call = RuntimeCall;
	type Seats = Hospitals;
	type Powers = RemarksAndStorage;
	type MaxCallLen = MaxCallLen;
	type MaxCallWeight = MaxCallWeight;
	type VotingPeriod = VotingPeriod;
	type DefaultAnnouncement = DefaultAnnouncement;
	type MaxOpenProposals = MaxOpenProposals;
	type WeightInfo = ();
}

/// Seats from [`SeatList`].
pub struct Hospitals;

impl Seats for Hospitals {
	fn seat_of(account: &AccountId) -> Option<OrganisationId> {
		SeatList::get().into_iter().find(|seat| voter(*seat) == *account)
	}

	fn seats() -> Vec<OrganisationId> {
		SeatList::get()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_voters() -> Vec<AccountId> {
		let seats: Vec<_> = (1..=200).collect();
		SeatList::set(seats.clone());
		seats.into_iter().map(voter).collect()
	}
}

/// The council may set storage and make remarks at once, kill storage after an announcement, and change the announcement
/// likewise. A remark with an event needs a signer and so fails.
pub struct RemarksAndStorage;

impl Powers<RuntimeCall> for RemarksAndStorage {
	fn power(call: &RuntimeCall) -> Option<Power> {
		match call {
			RuntimeCall::System(frame_system::Call::set_storage { .. }) => Some(Power::AtOnce),
			RuntimeCall::System(frame_system::Call::kill_storage { .. }) => Some(Power::Announced),
			RuntimeCall::System(frame_system::Call::remark { .. }) => Some(Power::AtOnce),
			RuntimeCall::System(frame_system::Call::remark_with_event { .. }) => Some(Power::AtOnce),
			RuntimeCall::System(frame_system::Call::apply_authorized_upgrade { .. }) => Some(Power::AtOnce),
			RuntimeCall::Council(crate::Call::set_announcement { .. }) => Some(Power::Announced),
			_ => None,
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_call() -> RuntimeCall {
		frame_system::Call::remark { remark: vec![] }.into()
	}
}

/// The account that votes for an organisation.
pub fn voter(organisation: OrganisationId) -> AccountId {
	AccountId::new([organisation as u8; 32])
}

/// A chain at block 1.
pub fn new_test_ext() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage();
	let mut ext = sp_io::TestExternalities::from(storage.unwrap());
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// Runs a test and checks the invariants afterwards.
pub fn execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		Council::do_try_state().unwrap();
	});
}

/// The pallet's events so far.
pub fn events() -> Vec<pallet_council::Event<Test>> {
	System::read_events_for_pallet()
}
