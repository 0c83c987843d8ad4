//! The other pallets, as one record in storage.

use codec::{Decode, Encode};
use frame_support::storage::unhashed;
use semblance_primitives::{
	access::{AgreementRefusal, GenerationGrant},
	consortium::{Member, Organisation, Role},
	data_use::{DataUse, Modifiers, Permission, Purpose},
	dataset::{
		Dataset, DatasetKind, DatasetStatus, DatasetVersion, Derivation, LegalBasis, PrivacyBudget, Sensitivity,
	},
	generation::Tier,
	traits::{Agreements, Artefacts, Consents, Datasets, Membership},
	AccountId, AgreementId, BlockNumber, ConsentHandle, DatasetId, DatasetVersionNumber, Digest, OrganisationId,
};
use sp_runtime::{BoundedVec, DispatchError, DispatchResult};
use std::collections::BTreeMap;

pub const DEVELOPER: u8 = 1;
pub const COLLEAGUE_OF_DEVELOPER: u8 = 2;
pub const RESEARCHER: u8 = 3;
pub const OTHER_RESEARCHER: u8 = 4;
pub const REVIEWER_OF_MERCY: u8 = 5;
pub const SECOND_REVIEWER_OF_MERCY: u8 = 6;
pub const REVIEWER_OF_NORTHSIDE: u8 = 7;
pub const AUDITOR: u8 = 8;
pub const STRANGER: u8 = 99;
/// Organisation of the developers; they review too, so that own reviews can be tried.
pub const INSTITUTE: OrganisationId = 3;

const KEY: &[u8] = b"world";

pub fn account(number: u8) -> AccountId {
	AccountId::new([number; 32])
}

pub fn handle(number: u8) -> ConsentHandle {
	Digest::repeat_byte(number)
}

#[derive(Clone, Default, Encode, Decode)]
pub struct World {
	pub members: BTreeMap<AccountId, Member>,
	pub validators: BTreeMap<AccountId, OrganisationId>,
	pub datasets: BTreeMap<DatasetId, (Dataset, DatasetVersion, PrivacyBudget)>,
	pub derivations: BTreeMap<DatasetId, Derivation>,
	pub agreements: BTreeMap<AgreementId, FakeAgreement>,
	/// Custodian, first and last valid block.
	pub consents: BTreeMap<ConsentHandle, (OrganisationId, BlockNumber, BlockNumber)>,
	pub restrictions: BTreeMap<OrganisationId, BlockNumber>,
	/// Whether derived datasets can be registered.
	pub refuses_derived: bool,
}

#[derive(Clone, Encode, Decode)]
pub struct FakeAgreement {
	pub applicant: AccountId,
	pub dataset: DatasetId,
	pub in_force: bool,
	pub refusal: Option<AgreementRefusal>,
	pub rho_used: u64,
}

impl World {
	pub fn get() -> Self {
		unhashed::get_or_default(KEY)
	}

	pub fn change<R>(change: impl FnOnce(&mut Self) -> R) -> R {
		let mut world = Self::get();
		let result = change(&mut world);
		unhashed::put(KEY, &world);
		result
	}

	pub fn populate() {
		use Role::*;
		Self::change(|world| {
			world.enrol(DEVELOPER, INSTITUTE, &[GeneratorDeveloper, GeneratorReviewer]);
			world.enrol(COLLEAGUE_OF_DEVELOPER, INSTITUTE, &[GeneratorReviewer]);
			world.enrol(RESEARCHER, INSTITUTE, &[Researcher]);
			world.enrol(OTHER_RESEARCHER, 4, &[Researcher]);
			world.enrol(REVIEWER_OF_MERCY, 1, &[GeneratorReviewer]);
			world.enrol(SECOND_REVIEWER_OF_MERCY, 1, &[GeneratorReviewer]);
			world.enrol(REVIEWER_OF_NORTHSIDE, 2, &[GeneratorReviewer]);
			world.enrol(AUDITOR, 5, &[Auditor]);
			world.validators.insert(account(101), 1);
			world.validators.insert(account(102), 2);
			world.datasets.insert(1, (dataset(1, DatasetKind::Source), version(), budget()));
			world.datasets.insert(2, (dataset(2, DatasetKind::Source), version(), budget()));
			for (agreement, dataset) in [(1, 1), (2, 2)] {
				let applicant = account(RESEARCHER);
				let agreement_of = FakeAgreement { applicant, dataset, in_force: true, refusal: None, rho_used: 0 };
				world.agreements.insert(agreement, agreement_of);
			}
			for number in 1..=10 {
				world.consents.insert(handle(number), (1, 0, BlockNumber::MAX));
			}
		});
	}

	fn enrol(&mut self, number: u8, organisation: OrganisationId, roles: &[Role]) {
		let roles = BoundedVec::try_from(roles.to_vec()).unwrap();
		let member = Member { organisation, roles, valid_until: None, encryption_key: None };
		self.members.insert(account(number), member);
	}

	pub fn dataset_mut(&mut self, id: DatasetId) -> &mut Dataset {
		&mut self.datasets.get_mut(&id).unwrap().0
	}

	pub fn budget_of(id: DatasetId) -> PrivacyBudget {
		Self::get().datasets[&id].2
	}
}

fn terms() -> DataUse {
	DataUse {
		permission: Permission::GeneralResearchUse,
		modifiers: Modifiers::default(),
		time_limit_months: None,
		moratorium_until: None,
		regions: BoundedVec::new(),
	}
}

fn dataset(custodian: OrganisationId, kind: DatasetKind) -> Dataset {
	Dataset {
		custodian,
		kind,
		terms: terms(),
		sensitivity: Sensitivity::Standard,
		legal_basis: LegalBasis::Consent,
		status: DatasetStatus::Active,
		latest_version: 1,
		since: 1,
	}
}

fn version() -> DatasetVersion {
	DatasetVersion {
		rows: Digest::repeat_byte(0xD0),
		schema: Digest::repeat_byte(0xD1),
		manifest: Digest::repeat_byte(0xD2),
		row_bucket: 10,
		since: 1,
	}
}

fn budget() -> PrivacyBudget {
	PrivacyBudget { cap: 1_000_000, reserved: 0, spent: 0, delta_exponent: 5 }
}

impl Membership for World {
	fn active_member(account: &AccountId) -> Option<Member> {
		Self::get().members.get(account).cloned()
	}

	fn organisation(_: OrganisationId) -> Option<Organisation> {
		None
	}

	fn organisation_of_validator(account: &AccountId) -> Option<OrganisationId> {
		Self::get().validators.get(account).copied()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_member(account: &AccountId, _: semblance_primitives::consortium::OrganisationKind) -> OrganisationId {
		use Role::*;
		Self::change(|world| {
			let organisation = 1_000 + world.members.len() as u32;
			let roles = BoundedVec::try_from(vec![Researcher, GeneratorDeveloper, GeneratorReviewer]).unwrap();
			let member = Member { organisation, roles, valid_until: None, encryption_key: None };
			world.members.insert(account.clone(), member);
			world.validators.insert(account.clone(), organisation);
			organisation
		})
	}
}

impl Consents for World {
	fn is_valid_at(handle: &ConsentHandle, _: Purpose, block: BlockNumber) -> bool {
		Self::get().consents.get(handle).is_some_and(|(_, first, last)| (*first..=*last).contains(&block))
	}

	fn custodian(handle: &ConsentHandle) -> Option<OrganisationId> {
		Self::get().consents.get(handle).map(|(custodian, _, _)| *custodian)
	}

	fn last_restriction(custodian: OrganisationId) -> BlockNumber {
		Self::get().restrictions.get(&custodian).copied().unwrap_or(0)
	}
}

impl Datasets for World {
	fn dataset(id: DatasetId) -> Option<Dataset> {
		Self::get().datasets.get(&id).map(|(dataset, _, _)| dataset.clone())
	}

	fn version(id: DatasetId, number: DatasetVersionNumber) -> Option<DatasetVersion> {
		Self::get().datasets.get(&id).filter(|_| number == 1).map(|(_, version, _)| version.clone())
	}

	fn budget(id: DatasetId) -> Option<PrivacyBudget> {
		Self::get().datasets.get(&id).map(|(_, _, budget)| *budget)
	}

	fn reserve_budget(id: DatasetId, rho_micro: u64) -> DispatchResult {
		change_budget(id, |budget| {
			let fits = budget.available() >= rho_micro;
			budget.reserved += rho_micro;
			fits
		})
	}

	fn spend_reserved(id: DatasetId, rho_micro: u64) -> DispatchResult {
		change_budget(id, |budget| {
			let held = budget.reserved >= rho_micro;
			budget.reserved = budget.reserved.saturating_sub(rho_micro);
			budget.spent += rho_micro;
			held
		})
	}

	fn release_reserved(id: DatasetId, rho_micro: u64) -> DispatchResult {
		change_budget(id, |budget| {
			let held = budget.reserved >= rho_micro;
			budget.reserved = budget.reserved.saturating_sub(rho_micro);
			held
		})
	}

	fn register_derived(
		custodian: OrganisationId,
		derivation: Derivation,
		version: DatasetVersion,
	) -> Result<DatasetId, DispatchError> {
		Self::change(|world| {
			if world.refuses_derived {
				return Err(DispatchError::Other("terms contradict each other"));
			}
			let id = world.datasets.len() as u32 + 1;
			world.datasets.insert(id, (dataset(custodian, DatasetKind::Synthetic), version, PrivacyBudget::default()));
			world.derivations.insert(id, derivation);
			Ok(id)
		})
	}

	fn recall_derived(id: DatasetId) -> DispatchResult {
		Self::change(|world| {
			let dataset = world.dataset_mut(id);
			if dataset.status == DatasetStatus::Recalled {
				return Err(DispatchError::Other("recalled already"));
			}
			dataset.status = DatasetStatus::Recalled;
			Ok(())
		})
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_dataset(custodian: OrganisationId, terms: DataUse) -> DatasetId {
		Self::change(|world| {
			let id = world.datasets.len() as u32 + 1;
			let source = Dataset { terms, ..dataset(custodian, DatasetKind::Source) };
			let budget = PrivacyBudget { cap: u64::MAX, ..budget() };
			world.datasets.insert(id, (source, version(), budget));
			id
		})
	}
}

/// Changes a budget, or fails if `change` finds that it must not.
fn change_budget(id: DatasetId, change: impl FnOnce(&mut PrivacyBudget) -> bool) -> DispatchResult {
	World::change(|world| {
		let mut entry = world.datasets.get(&id).cloned().ok_or(DispatchError::CannotLookup)?;
		if !change(&mut entry.2) {
			return Err(DispatchError::Exhausted);
		}
		world.datasets.insert(id, entry);
		Ok(())
	})
}

impl Agreements for World {
	fn authorise_generation(
		requester: &AccountId,
		agreement: AgreementId,
		_: Tier,
		_: u32,
		rho_micro: u64,
	) -> Result<GenerationGrant, AgreementRefusal> {
		Self::change(|world| {
			let entry = world.agreements.get_mut(&agreement).ok_or(AgreementRefusal::NotFound)?;
			if &entry.applicant != requester {
				return Err(AgreementRefusal::NotApplicant);
			}
			if let Some(refusal) = entry.refusal {
				return Err(refusal);
			}
			entry.rho_used += rho_micro;
			Ok(GenerationGrant { agreement, dataset: entry.dataset, purpose: Purpose::HealthResearch })
		})
	}

	fn refund(agreement: AgreementId, rho_micro: u64) {
		Self::change(|world| world.agreements.get_mut(&agreement).unwrap().rho_used -= rho_micro);
	}

	fn is_in_force(agreement: AgreementId) -> bool {
		Self::get().agreements.get(&agreement).is_some_and(|entry| entry.in_force)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_agreement(applicant: &AccountId, dataset: DatasetId) -> AgreementId {
		Self::change(|world| {
			let id = world.agreements.len() as u32 + 1;
			let applicant = applicant.clone();
			world
				.agreements
				.insert(id, FakeAgreement { applicant, dataset, in_force: true, refusal: None, rho_used: 0 });
			id
		})
	}
}

/// Whether access-control could release a key for `artefact`.
pub fn is_attested(agreement: AgreementId, artefact: &Digest) -> bool {
	<super::GenerationAttestation as Artefacts>::is_attested_under(agreement, artefact)
}
