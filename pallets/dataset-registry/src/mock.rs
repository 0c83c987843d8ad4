//! A runtime with the registry alone, and a handful of organisations.

use crate::{self as pallet_dataset_registry, DatasetRegistration, DatasetVersionInput};
use frame_support::{derive_impl, parameter_types};
use semblance_primitives::{
	consortium::{Member, Organisation, OrganisationKind, OrganisationStatus, Role},
	data_use::{DataUse, Permission},
	dataset::{LegalBasis, Sensitivity},
	traits::Membership,
	AccountId, DatasetId, Digest, OrganisationId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage};
use std::collections::BTreeMap;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		DatasetRegistry: pallet_dataset_registry,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

impl pallet_dataset_registry::Config for Test {
	type Membership = Consortium;
	type WeightInfo = ();
}

parameter_types! {
	pub static Members: BTreeMap<AccountId, Member> = BTreeMap::new();
	pub static Organisations: BTreeMap<OrganisationId, OrganisationKind> = BTreeMap::new();
}

/// The members and organisations that a test set up.
pub struct Consortium;

impl Membership for Consortium {
	fn active_member(account: &AccountId) -> Option<Member> {
		Members::get().get(account).cloned()
	}

	fn organisation(id: OrganisationId) -> Option<Organisation> {
		Organisations::get().get(&id).map(|kind| Organisation {
			name: Default::default(),
			kind: *kind,
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
	fn benchmark_member(account: &AccountId, kind: OrganisationKind) -> OrganisationId {
		let id = Organisations::get().len() as u32 + 1;
		add_member(account, id, kind, &[Role::Administrator, Role::DataSteward, Role::Researcher]);
		id
	}
}

/// A hospital.
pub const HOSPITAL: OrganisationId = 1;
/// Another hospital.
pub const OTHER_HOSPITAL: OrganisationId = 2;
/// A research institute.
pub const INSTITUTE: OrganisationId = 3;

/// The account number `n`.
pub fn account(n: u8) -> AccountId {
	AccountId::new([n; 32])
}

/// Data steward of [`HOSPITAL`].
pub fn steward() -> AccountId {
	account(1)
}

/// Data steward of [`OTHER_HOSPITAL`].
pub fn other_steward() -> AccountId {
	account(2)
}

/// Member of [`HOSPITAL`] with every role but that of a data steward.
pub fn other_member() -> AccountId {
	account(3)
}

/// Data steward of [`INSTITUTE`], which is no hospital.
pub fn institute_steward() -> AccountId {
	account(4)
}

/// Somebody who is no member.
pub fn stranger() -> AccountId {
	account(99)
}

fn add_member(account: &AccountId, organisation: OrganisationId, kind: OrganisationKind, roles: &[Role]) {
	Organisations::mutate(|organisations| organisations.insert(organisation, kind));
	let roles = roles.to_vec().try_into().expect("a member has few roles");
	let member = Member { organisation, roles, valid_until: None, encryption_key: None };
	Members::mutate(|members| members.insert(account.clone(), member));
}

/// Forgets that `account` was a member.
pub fn dismiss(account: &AccountId) {
	Members::mutate(|members| members.remove(account));
}

/// A digest that tells apart.
pub fn digest(n: u8) -> Digest {
	Digest::repeat_byte(n)
}

/// Commitments of a version whose rows are told apart by `rows`.
pub fn version(rows: u8) -> DatasetVersionInput {
	DatasetVersionInput { rows: digest(rows), schema: digest(201), manifest: digest(202), row_bucket: 14 }
}

/// A registration with the given terms, whose rows are told apart by `rows`.
pub fn registration(rows: u8, terms: DataUse) -> DatasetRegistration {
	DatasetRegistration {
		terms,
		sensitivity: Sensitivity::Standard,
		legal_basis: LegalBasis::Consent,
		version: version(rows),
		budget_cap: 1_000,
		delta_exponent: 5,
	}
}

/// Terms without modifiers.
pub fn terms(permission: Permission) -> DataUse {
	DataUse::new(permission)
}

/// The errors of the registry.
pub type Error = crate::Error<Test>;

/// Builds a chain for one test.
#[derive(Default)]
pub struct ExtBuilder {
	datasets: Vec<(AccountId, DatasetRegistration)>,
}

impl ExtBuilder {
	/// Registers a dataset in block 1; the first one gets number 1.
	pub fn with_dataset(mut self, steward: AccountId, registration: DatasetRegistration) -> Self {
		self.datasets.push((steward, registration));
		self
	}

	/// Registers a dataset for health research of [`HOSPITAL`].
	pub fn with_health_dataset(self) -> Self {
		self.with_dataset(steward(), registration(1, terms(Permission::HealthMedicalBiomedical)))
	}

	/// Runs `test` in block 2 and checks all invariants afterwards.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		use OrganisationKind::*;
		Members::set(BTreeMap::new());
		Organisations::set(BTreeMap::new());
		add_member(&steward(), HOSPITAL, Hospital, &[Role::DataSteward]);
		add_member(&other_steward(), OTHER_HOSPITAL, Hospital, &[Role::DataSteward]);
		let others = [Role::Administrator, Role::Researcher, Role::GeneratorDeveloper, Role::Auditor];
		add_member(&other_member(), HOSPITAL, Hospital, &others);
		add_member(&institute_steward(), INSTITUTE, ResearchInstitute, &[Role::DataSteward]);
		let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("genesis builds");
		sp_io::TestExternalities::new(storage).execute_with(|| {
			System::set_block_number(1);
			for (steward, registration) in self.datasets {
				DatasetRegistry::register(RuntimeOrigin::signed(steward), registration).expect("test data is valid");
			}
			System::set_block_number(2);
			System::reset_events();
			test();
			DatasetRegistry::do_try_state().expect("every invariant holds");
		});
	}
}

/// The events of the registry so far.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet::<crate::Event<Test>>()
}

/// The dataset number `id`, which must be there.
pub fn dataset(id: DatasetId) -> semblance_primitives::dataset::Dataset {
	DatasetRegistry::dataset(id).expect("the dataset is registered")
}

/// A chain for the benchmarks' own tests.
#[cfg(feature = "runtime-benchmarks")]
pub fn bench_ext() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("genesis builds");
	sp_io::TestExternalities::new(storage)
}
