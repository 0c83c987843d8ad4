//! A small runtime around the pallet. The other pallets are replaced by one record in storage ([`world::World`]), so that
//! what is rolled back here is rolled back there too.

pub mod node;
pub mod world;

use crate::{self as pallet_generation_attestation, Call, Refusal};
use frame_support::{
	derive_impl,
	dispatch::GetDispatchInfo,
	parameter_types,
	traits::{ConstU32, Hooks, OneSessionHandler},
};
use frame_system::{AuthorizeCall, EnsureRoot};
use semblance_primitives::{
	generation::GeneratorKind,
	signing::attestation_key::{AttestationKey, AttestationPair},
	AccountId, BlockNumber, Digest, GeneratorId,
};
use sp_core::Pair;
use sp_runtime::{
	generic,
	testing::TestXt,
	traits::{BlakeTwo256, DispatchTransaction, IdentityLookup},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	BuildStorage,
};
use world::{account, World};

pub type Extrinsic = TestXt<RuntimeCall, AuthorizeCall<Test>>;
pub type Block = generic::Block<generic::Header<BlockNumber, BlakeTwo256>, Extrinsic>;

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
	pub type GenerationAttestation = pallet_generation_attestation;
}

parameter_types! {
	pub const MaxOpenJobs: u32 = 6;
	pub const JobLifetime: BlockNumber = 50;
	pub const MaxSyntheticRows: u32 = 10_000;
	pub const MinConsents: u32 = 5;
	pub const ResendAfter: BlockNumber = 6;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type BlockHashCount = ConstU32<100>;
}

impl pallet_generation_attestation::Config for Test {
	type Membership = World;
	type Consents = World;
	type Datasets = World;
	type Agreements = World;
	type AdminOrigin = EnsureRoot<AccountId>;
	type MaxOpenJobsPerCustodian = MaxOpenJobs;
	type JobLifetime = JobLifetime;
	type MaxSyntheticRows = MaxSyntheticRows;
	type MinConsents = MinConsents;
	type ResendAfter = ResendAfter;
	type WeightInfo = ();
}

impl<LocalCall> frame_system::offchain::CreateTransactionBase<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type RuntimeCall = RuntimeCall;
	type Extrinsic = Extrinsic;
}

impl<LocalCall> frame_system::offchain::CreateTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type Extension = AuthorizeCall<Test>;

	fn create_transaction(call: RuntimeCall, extension: Self::Extension) -> Extrinsic {
		Extrinsic::new_transaction(call, extension)
	}
}

impl<LocalCall> frame_system::offchain::CreateAuthorizedTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	fn create_extension() -> Self::Extension {
		AuthorizeCall::new()
	}
}

/// The custodian of dataset 1.
pub const MERCY: u32 = 1;
/// Another hospital.
pub const NORTHSIDE: u32 = 2;
/// Seed of the key with which Mercy's node signs.
pub const MERCY_KEY: &str = "//Mercy";
/// Seed of the key with which Northside's node signs.
pub const NORTHSIDE_KEY: &str = "//Northside";

/// The key pair that grows from `seed`.
pub fn pair(seed: &str) -> AttestationPair {
	AttestationPair::from_string(seed, None).unwrap()
}

/// Builds the state every test starts from: block 1, a populated [`World`], two hospitals with attestation keys.
#[derive(Default)]
pub struct ExtBuilder {
	generators: Vec<GeneratorKind>,
}

impl ExtBuilder {
	/// Adds an approved generator; numbers count from 1 in the order of the calls.
	pub fn with_generator(mut self, kind: GeneratorKind) -> Self {
		self.generators.push(kind);
		self
	}

	pub fn build(self) -> sp_io::TestExternalities {
		let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let mut ext = sp_io::TestExternalities::new(storage);
		ext.execute_with(|| {
			System::set_block_number(1);
			World::populate();
			let validators = [(account(101), pair(MERCY_KEY).public()), (account(102), pair(NORTHSIDE_KEY).public())];
			start_session(&validators);
			for kind in self.generators {
				approve_generator(kind);
			}
			System::reset_events();
		});
		ext
	}

	/// Runs `test`, then checks the pallet's invariants.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			GenerationAttestation::do_try_state().unwrap();
		});
	}
}

/// A chain with a keystore, for the benchmarks' own tests.
#[cfg(feature = "runtime-benchmarks")]
pub fn benchmark_ext() -> sp_io::TestExternalities {
	let mut ext = ExtBuilder::default().build();
	ext.register_extension(sp_keystore::KeystoreExt::new(sp_keystore::testing::MemoryKeystore::new()));
	ext
}

/// What pallet-session does at genesis.
pub fn start_session(validators: &[(AccountId, AttestationKey)]) {
	GenerationAttestation::on_genesis_session(validators.iter().map(|(stash, key)| (stash, key.clone())));
}

/// Lets a generator of `kind` be proposed and approved by two hospitals.
pub fn approve_generator(kind: GeneratorKind) -> GeneratorId {
	let signed = |number| RuntimeOrigin::signed(account(number));
	GenerationAttestation::propose_generator(signed(world::DEVELOPER), kind, 1, code()).unwrap();
	let id = crate::GeneratorCount::<Test>::get();
	for reviewer in [world::REVIEWER_OF_MERCY, world::REVIEWER_OF_NORTHSIDE] {
		GenerationAttestation::review_generator(signed(reviewer), id, true, Digest::repeat_byte(8)).unwrap();
	}
	id
}

/// The code digest of every generator here.
pub fn code() -> Digest {
	Digest::repeat_byte(0xC0)
}

/// The hash of block `number`.
pub fn hash_of(number: BlockNumber) -> Digest {
	Digest::from_low_u64_be(1_000 + u64::from(number))
}

/// Goes on to block `number`; the hashes of the blocks before become known, as they do when blocks are made.
pub fn run_to(number: BlockNumber) {
	for block in System::block_number()..number {
		frame_system::BlockHash::<Test>::insert(block, hash_of(block));
		System::set_block_number(block + 1);
	}
}

/// Applies an authorised call as a block does. A failing dispatch fails the test: it must never come to that.
pub fn apply(call: Call<Test>) -> Result<(), TransactionValidityError> {
	let call = RuntimeCall::from(call);
	let info = call.get_dispatch_info();
	AuthorizeCall::<Test>::new().dispatch_transaction(RuntimeOrigin::none(), call, &info, 0, 0).map(|outcome| {
		outcome.expect("an authorised call does not fail in dispatch");
	})
}

/// The form in which [`apply`] returns `refusal`.
pub fn refused(refusal: Refusal) -> Result<(), TransactionValidityError> {
	Err(InvalidTransaction::Custom(refusal as u8).into())
}

/// The pallet's events in this block, in order.
pub fn events() -> Vec<crate::Event<Test>> {
	let records = System::events().into_iter();
	records
		.filter_map(|record| match record.event {
			RuntimeEvent::GenerationAttestation(event) => Some(event),
			_ => None,
		})
		.collect()
}

/// Runs the off-chain worker hook at the current block.
pub fn tick() {
	GenerationAttestation::offchain_worker(System::block_number());
}
