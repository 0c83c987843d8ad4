//! A runtime with access control alone, a handful of organisations, datasets and artefacts.

use crate as pallet_access_control;
use frame_support::{derive_impl, parameter_types};
use semblance_primitives::{
	access::{Agreement, AgreementState, Policy, VoteChoice, VoteReason},
	consortium::{Member, Organisation, OrganisationKind, OrganisationStatus, Role},
	data_use::{DataUse, Permission, Purpose, UseAttributes},
	dataset::{
		Dataset, DatasetKind, DatasetStatus, DatasetVersion, Derivation, LegalBasis, PrivacyBudget, Sensitivity,
	},
	traits::{Artefacts, Datasets, Membership},
	AccountId, AgreementId, DatasetId, DatasetVersionNumber, Digest, OrganisationId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult};
use std::collections::{BTreeMap, BTreeSet};

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		AccessControl: pallet_access_control,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

impl pallet_access_control::Config for Test {
	type Membership = Consortium;
	type Datasets = Registry;
	type Artefacts = Attested;
	type WeightInfo = ();
}

parameter_types! {
	pub static Members: BTreeMap<AccountId, Member> = BTreeMap::new();
	pub static Known: BTreeMap<DatasetId, Dataset> = BTreeMap::new();
	pub static Left: BTreeSet<OrganisationId> = BTreeSet::new();
	pub static Made: BTreeSet<(AgreementId, Digest)> = BTreeSet::new();
}

/// The members that a test set up.
pub struct Consortium;

impl Membership for Consortium {
	fn active_member(account: &AccountId) -> Option<Member> {
		Members::get().get(account).filter(|member| !Left::get().contains(&member.organisation)).cloned()
	}

	fn organisation(id: OrganisationId) -> Option<Organisation> {
		let status = if Left::get().contains(&id) { OrganisationStatus::Removed } else { OrganisationStatus::Active };
		Some(Organisation {
			name: Default::default(),
			kind: OrganisationKind::Hospital,
			status,
			peers: Default::default(),
			encryption_key: None,
			since: 0,
		})
	}

	fn organisation_of_validator(_: &AccountId) -> Option<OrganisationId> {
		None
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_member(account: &AccountId, _: semblance_primitives::consortium::OrganisationKind) -> OrganisationId {
		let organisation = 100 + Members::get().len() as u32;
		add_member(account, organisation, &[Role::DataSteward, Role::Researcher, Role::EthicsReviewer]);
		organisation
	}
}

/// The datasets that a test set up.
pub struct Registry;

impl Datasets for Registry {
	fn dataset(id: DatasetId) -> Option<Dataset> {
		Known::get().get(&id).cloned()
	}

	fn version(_: DatasetId, _: DatasetVersionNumber) -> Option<DatasetVersion> {
		None
	}

	fn budget(_: DatasetId) -> Option<PrivacyBudget> {
		None
	}

	fn reserve_budget(_: DatasetId, _: u64) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}

	fn spend_reserved(_: DatasetId, _: u64) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}

	fn release_reserved(_: DatasetId, _: u64) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}

	fn register_derived(_: OrganisationId, _: Derivation, _: DatasetVersion) -> Result<DatasetId, DispatchError> {
		Err(DispatchError::Unavailable)
	}

	fn recall_derived(_: DatasetId) -> DispatchResult {
		Err(DispatchError::Unavailable)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_dataset(custodian: OrganisationId, terms: DataUse) -> DatasetId {
		let id = Known::get().len() as u32 + 1;
		Known::mutate(|known| known.insert(id, Dataset { custodian, ..dataset(terms) }));
		id
	}
}

/// The artefacts that a test made.
pub struct Attested;

impl Artefacts for Attested {
	fn is_attested_under(agreement: AgreementId, artefact: &Digest) -> bool {
		Made::get().contains(&(agreement, *artefact))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_artefact(agreement: AgreementId, artefact: Digest) {
		Made::mutate(|made| made.insert((agreement, artefact)));
	}
}

/// The hospital that holds [`DATASET`].
pub const HOSPITAL: OrganisationId = 1;
/// Another hospital.
pub const OTHER_HOSPITAL: OrganisationId = 2;
/// The applicants' institute.
pub const INSTITUTE: OrganisationId = 3;
/// An ethics board.
pub const ETHICS_BOARD: OrganisationId = 4;
/// A dataset for health research.
pub const DATASET: DatasetId = 1;

/// Declares members by name, account, organisation and roles.
macro_rules! cast {
	($($(#[$doc:meta])* $name:ident = $number:literal, $organisation:ident, [$($role:ident),*];)+) => {
		$($(#[$doc])* pub fn $name() -> AccountId {
			AccountId::new([$number; 32])
		})+

		fn enlist() {
			$(add_member(&$name(), $organisation, &[$(Role::$role),*]);)+
		}
	};
}

cast! {
	/// Data steward of the custodian.
	steward = 1, HOSPITAL, [DataSteward];
	/// Another data steward of the custodian.
	second_steward = 2, HOSPITAL, [DataSteward];
	/// Data steward of another hospital.
	other_steward = 3, OTHER_HOSPITAL, [DataSteward];
	/// The applicant.
	researcher = 4, INSTITUTE, [Researcher];
	/// Another researcher of the applicant's institute.
	colleague = 5, INSTITUTE, [Researcher];
	/// Ethics reviewer.
	reviewer = 6, ETHICS_BOARD, [EthicsReviewer];
	/// Another ethics reviewer.
	second_reviewer = 7, ETHICS_BOARD, [EthicsReviewer];
	/// Ethics reviewer in the applicant's own institute.
	own_reviewer = 8, INSTITUTE, [EthicsReviewer];
	/// Member of the custodian with neither a steward's nor a reviewer's role.
	clerk = 9, HOSPITAL, [Administrator, GeneratorDeveloper, Auditor];
	/// Researcher and data steward of the custodian in one person.
	double = 10, HOSPITAL, [Researcher, DataSteward];
}

/// Somebody who is no member.
pub fn stranger() -> AccountId {
	AccountId::new([99; 32])
}

fn add_member(account: &AccountId, organisation: OrganisationId, roles: &[Role]) {
	let roles = roles.to_vec().try_into().expect("a member has few roles");
	let member = Member { organisation, roles, valid_until: None, encryption_key: Some(key()) };
	Members::mutate(|members| members.insert(account.clone(), member));
}

/// Forgets that `account` was a member.
pub fn dismiss(account: &AccountId) {
	Members::mutate(|members| members.remove(account));
}

/// The council removes an organisation.
pub fn remove_organisation(organisation: OrganisationId) {
	Left::mutate(|left| left.insert(organisation));
}

/// `account`, whose organisation left, acts for another from now on.
pub fn join(account: &AccountId, organisation: OrganisationId, role: Role) {
	add_member(account, organisation, &[role]);
}

/// Changes [`DATASET`].
pub fn change_dataset(change: impl FnOnce(&mut Dataset)) {
	Known::mutate(|known| change(known.get_mut(&DATASET).expect("the dataset is there")));
}

/// The encryption key that every member registered.
pub fn key() -> Digest {
	digest(77)
}

/// A digest that tells apart.
pub fn digest(n: u8) -> Digest {
	Digest::repeat_byte(n)
}

fn dataset(terms: DataUse) -> Dataset {
	Dataset {
		custodian: HOSPITAL,
		kind: DatasetKind::Source,
		terms,
		sensitivity: Sensitivity::Standard,
		legal_basis: LegalBasis::Consent,
		status: DatasetStatus::Active,
		latest_version: 1,
		since: 0,
	}
}

/// The policy of [`DATASET`]: one approval of each group.
pub fn policy() -> Policy {
	Policy {
		custodian_votes: 1,
		ethics_votes: 1,
		allow_heuristic: true,
		max_rho: 1_000,
		max_rows: 10_000,
		lifetime: 100,
		review_period: 10,
	}
}

/// Circumstances to which the terms of health research have no objection.
pub fn attributes() -> UseAttributes {
	UseAttributes {
		commercial: false,
		non_profit_organisation: true,
		collaborates_with_custodian: false,
		ethics_evidence: None,
		region: None,
		months: 12,
	}
}

/// The errors of access control.
pub type Error = crate::Error<Test>;

/// Builds a chain for one test.
pub struct ExtBuilder {
	policy: Option<Policy>,
	terms: DataUse,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		Self { policy: Some(policy()), terms: DataUse::new(Permission::HealthMedicalBiomedical) }
	}
}

impl ExtBuilder {
	/// Sets another policy for [`DATASET`].
	pub fn with_policy(self, policy: Policy) -> Self {
		Self { policy: Some(policy), ..self }
	}

	/// Sets no policy.
	pub fn without_policy(self) -> Self {
		Self { policy: None, ..self }
	}

	/// Sets other terms for [`DATASET`].
	pub fn with_terms(self, terms: DataUse) -> Self {
		Self { terms, ..self }
	}

	/// Runs `test` in block 1 and checks all invariants afterwards.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		Members::set(BTreeMap::new());
		Made::set(BTreeSet::new());
		Left::set(BTreeSet::new());
		Known::set([(DATASET, dataset(self.terms))].into());
		enlist();
		let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("genesis builds");
		sp_io::TestExternalities::new(storage).execute_with(|| {
			System::set_block_number(1);
			if let Some(policy) = self.policy {
				AccessControl::set_policy(signed(steward()), DATASET, policy).expect("the policy is valid");
			}
			System::reset_events();
			test();
			AccessControl::do_try_state().expect("every invariant holds");
		});
	}
}

/// A chain for the benchmarks' own tests.
#[cfg(feature = "runtime-benchmarks")]
pub fn bench_ext() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("genesis builds");
	sp_io::TestExternalities::new(storage)
}

/// The origin of `account`'s transactions.
pub fn signed(account: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(account)
}

/// The events of access control so far.
pub fn events() -> Vec<crate::Event<Test>> {
	System::read_events_for_pallet::<crate::Event<Test>>()
}

/// The record number `id`, which must be there.
pub fn record(id: AgreementId) -> Agreement {
	AccessControl::agreement(id).expect("the application is there")
}

/// Applies for health research as [`researcher`] and returns the number.
pub fn apply() -> AgreementId {
	AccessControl::apply(signed(researcher()), DATASET, Purpose::HealthResearch, attributes(), digest(9))
		.expect("the application is valid");
	crate::AgreementCount::<Test>::get()
}

/// Votes without memo.
pub fn vote(who: AccountId, id: AgreementId, choice: VoteChoice) -> DispatchResult {
	let reason = match choice {
		VoteChoice::Approve => VoteReason::FitsTerms,
		VoteChoice::Reject => VoteReason::RiskTooHigh,
		VoteChoice::Abstain => VoteReason::ConflictOfInterest,
	};
	AccessControl::vote(signed(who), id, choice, reason, digest(8))
}

/// An agreement in force.
pub fn agree() -> AgreementId {
	let id = apply();
	vote(steward(), id, VoteChoice::Approve).expect("the steward may vote");
	vote(reviewer(), id, VoteChoice::Approve).expect("the reviewer may vote");
	assert_eq!(record(id).state, AgreementState::Active);
	id
}

/// Goes to a later block.
pub fn go_to(block: u32) {
	System::set_block_number(block);
}

/// Brings an application to `state` by calls, the way people would.
pub fn reach(state: AgreementState) -> AgreementId {
	use AgreementState::*;
	let run = |result: DispatchResult| result.expect("the way to the state is open");
	let id = match state {
		Denied => {
			let purpose = Purpose::PopulationResearch;
			run(AccessControl::apply(signed(researcher()), DATASET, purpose, attributes(), digest(9)));
			1
		},
		UnderReview | Rejected | Retracted => apply(),
		_ => agree(),
	};
	match state {
		Denied | UnderReview | Active => {},
		Rejected => run(vote(steward(), id, VoteChoice::Reject)),
		Retracted => run(AccessControl::retract(signed(researcher()), id)),
		Suspended => run(AccessControl::suspend(signed(steward()), id)),
		Expired => {
			go_to(record(id).expires + 1);
			run(AccessControl::expire(signed(stranger()), id));
		},
		Terminated => run(AccessControl::terminate(signed(researcher()), id)),
		Revoked => run(AccessControl::revoke(signed(steward()), id, crate::RevocationReason::ConditionBroken)),
		Closed => {
			run(AccessControl::terminate(signed(researcher()), id));
			run(AccessControl::close(signed(researcher()), id, digest(5)));
		},
	}
	assert_eq!(record(id).state, state);
	System::reset_events();
	id
}
