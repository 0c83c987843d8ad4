//! A small runtime around the pallet. Membership is a list that tests set; the runtime's own tests use the real one.

use crate as pallet_consent;
use core::cell::RefCell;
use frame_support::{derive_impl, parameter_types, traits::Time};
use semblance_primitives::{
	consortium::{Member, Organisation, OrganisationKind, OrganisationStatus, Role},
	data_use::{DataUse, Permission},
	traits::Membership,
	AccountId, ConsentHandle, Digest, OrganisationId,
};
use sp_keyring::Sr25519Keyring;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{traits::IdentityLookup, BuildStorage};
use std::collections::BTreeMap;

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
	pub type Consent = pallet_consent;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

parameter_types! {
	pub const MaxBatch: u32 = 4;
}

impl pallet_consent::Config for Test {
	type Membership = Members;
	type Time = Clock;
	type MaxBatch = MaxBatch;
	type WeightInfo = ();
}

/// Two seconds for each block.
pub struct Clock;

impl Time for Clock {
	type Moment = u64;

	fn now() -> u64 {
		System::block_number() * 2_000
	}
}

thread_local! {
	static MEMBERS: RefCell<BTreeMap<AccountId, Member>> = const { RefCell::new(BTreeMap::new()) };
}

/// The active members, as tests set them.
pub struct Members;

impl Members {
	pub fn set(account: &AccountId, organisation: OrganisationId, role: Role) {
		let roles = vec![role].try_into().unwrap();
		let member = Member { organisation, roles, valid_until: None, encryption_key: None };
		MEMBERS.with_borrow_mut(|members| members.insert(account.clone(), member));
	}

	pub fn remove(account: &AccountId) {
		MEMBERS.with_borrow_mut(|members| members.remove(account));
	}
}

impl Membership for Members {
	fn active_member(account: &AccountId) -> Option<Member> {
		MEMBERS.with_borrow(|members| members.get(account).cloned())
	}

	fn organisation(id: OrganisationId) -> Option<Organisation> {
		let kind = match id {
			HOSPITAL | OTHER_HOSPITAL => OrganisationKind::Hospital,
			INSTITUTE => OrganisationKind::ResearchInstitute,
			_ => return None,
		};
		Some(Organisation {
			name: Default::default(),
			kind,
			status: OrganisationStatus::Active,
			peers: Default::default(),
			encryption_key: None,
			since: 0,
		})
	}

	fn organisation_of_validator(_: &AccountId) -> Option<OrganisationId> {
		None
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_member(account: &AccountId, _: OrganisationKind) -> OrganisationId {
		Self::set(account, HOSPITAL, Role::DataSteward);
		HOSPITAL
	}
}

pub const HOSPITAL: OrganisationId = 1;
pub const OTHER_HOSPITAL: OrganisationId = 2;
pub const INSTITUTE: OrganisationId = 3;

/// Data steward of the hospital.
pub fn steward() -> AccountId {
	Sr25519Keyring::Alice.to_account_id()
}
/// Data steward of another hospital.
pub fn other_steward() -> AccountId {
	Sr25519Keyring::Bob.to_account_id()
}
/// Says to be data steward of an institute that is no hospital.
pub fn false_steward() -> AccountId {
	Sr25519Keyring::Charlie.to_account_id()
}
/// Researcher of the hospital.
pub fn researcher() -> AccountId {
	Sr25519Keyring::Dave.to_account_id()
}
/// The key of a patient of the hospital, no member.
pub const PATIENT: Sr25519Keyring = Sr25519Keyring::Eve;
/// A patient of the hospital.
pub fn patient() -> AccountId {
	PATIENT.to_account_id()
}
/// Somebody without any part in a consent.
pub fn stranger() -> AccountId {
	Sr25519Keyring::Ferdie.to_account_id()
}

/// Handle number `byte`.
pub fn handle(byte: u8) -> ConsentHandle {
	ConsentHandle::repeat_byte(byte)
}
/// Digest of some evidence.
pub fn evidence() -> Digest {
	Digest::repeat_byte(0xee)
}
/// Digest of some notice.
pub fn notice() -> Digest {
	Digest::repeat_byte(0xaa)
}
/// Terms that cover health research.
pub fn health() -> DataUse {
	DataUse::new(Permission::HealthMedicalBiomedical)
}

/// Builds a chain at block 1.
#[derive(Default)]
pub struct ExtBuilder;

impl ExtBuilder {
	pub fn build(self) -> sp_io::TestExternalities {
		MEMBERS.with_borrow_mut(BTreeMap::clear);
		Members::set(&steward(), HOSPITAL, Role::DataSteward);
		Members::set(&other_steward(), OTHER_HOSPITAL, Role::DataSteward);
		Members::set(&false_steward(), INSTITUTE, Role::DataSteward);
		Members::set(&researcher(), HOSPITAL, Role::Researcher);
		let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let mut ext = sp_io::TestExternalities::from(storage);
		ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
		ext.execute_with(|| System::set_block_number(1));
		ext
	}

	/// Runs a test and checks the invariants afterwards.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			Consent::do_try_state().unwrap();
		});
	}
}

/// The pallet's events so far.
pub fn events() -> Vec<pallet_consent::Event<Test>> {
	System::read_events_for_pallet()
}
