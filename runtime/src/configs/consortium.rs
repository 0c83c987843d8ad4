//! Parameters of our own pallets.

use crate::*;
use frame_support::{
	traits::{ConstU32, ConstU64, Get},
	weights::constants::WEIGHT_REF_TIME_PER_MILLIS,
};
use frame_system::EnsureRoot;

/// Blocks within which a job must be attested: an hour.
pub const JOB_LIFETIME: BlockNumber = 1_800;

/// Computation that transactions can use in a block, in picoseconds. An organisation can use four blocks' worth at once, and
/// half of each block after that.
const BLOCK_SHARE: u64 = 750 * WEIGHT_REF_TIME_PER_MILLIS;
/// Fewest validators that a planned removal leaves: four carry one that fails.
pub const MIN_VALIDATORS: u32 = 4;
/// Most validators.
pub const MAX_VALIDATORS: u32 = 64;
/// Blocks for which roles are given at most: a year of 365 days.
pub const RENEWAL_PERIOD: BlockNumber = 365 * DAY;
/// Sessions for which evidence against a validator can be brought: a week.
pub const EVIDENCE_SESSIONS: u32 = 1_008;

impl pallet_consortium::Config for Runtime {
	type AdminOrigin = EnsureRoot<AccountId>;
	type MaxMembersPerOrganisation = ConstU32<1_000>;
	type RenewalPeriod = ConstU32<RENEWAL_PERIOD>;
	type NonMemberCalls = PatientsAndSudo;
	type Uncounted = Patients;
	type QuotaCapacity = ConstU64<{ 4 * BLOCK_SHARE }>;
	type QuotaPerBlock = ConstU64<{ BLOCK_SHARE / 2 }>;
	type SessionKeys = SessionKeys;
	type Session = Session;
	type HistoricalRoots = pallet_session::historical::NoteHistoricalRoot<Runtime, Consortium>;
	type MinValidators = ConstU32<MIN_VALIDATORS>;
	type MaxValidators = ConstU32<MAX_VALIDATORS>;
	type DefaultSessionLength = ConstU32<SESSION_LENGTH>;
	type KeyCoolDown = TwoSessions;
	type EvidenceSessions = ConstU32<EVIDENCE_SESSIONS>;
	type WeightInfo = pallet_consortium::weights::SubstrateWeight<Runtime>;
}

/// Blocks of a session, as genesis set them.
pub struct SessionPeriod;

impl Get<BlockNumber> for SessionPeriod {
	fn get() -> BlockNumber {
		pallet_consortium::SessionLength::<Runtime>::get()
	}
}

/// Blocks between two changes of a validator's keys: two sessions, after which the first change counts.
pub struct TwoSessions;

impl Get<BlockNumber> for TwoSessions {
	fn get() -> BlockNumber {
		SessionPeriod::get().saturating_mul(2)
	}
}

/// Who may send transactions without being a member: patients about their own consents, and the sudo key of a
/// development chain.
pub struct PatientsAndSudo;

impl pallet_consortium::NonMemberAccess<AccountId, RuntimeCall> for PatientsAndSudo {
	fn may_call(who: &AccountId, call: &RuntimeCall) -> bool {
		match call {
			RuntimeCall::Consent(call) => call.is_for_subjects() && Consent::is_subject(who),
			RuntimeCall::Sudo(_) => pallet_sudo::Key::<Runtime>::get().as_ref() == Some(who),
			_ => false,
		}
	}
}

/// No quota delays what patients decide about their own consents. Whoever relays a decision pays for it: a member could send
/// any number of false ones.
pub struct Patients;

impl pallet_consortium::Uncounted<AccountId, RuntimeCall> for Patients {
	fn is_uncounted(who: &AccountId, call: &RuntimeCall) -> bool {
		matches!(call, RuntimeCall::Consent(call) if call.is_for_subjects()) && Consent::is_subject(who)
	}
}

impl pallet_double_authorship::Config for Runtime {
	type Membership = Consortium;
	type KeyOwners = Historical;
	type Identification = pallet_session::historical::IdentificationTuple<Runtime>;
	type Offences = Offences;
	type WeightInfo = pallet_double_authorship::weights::SubstrateWeight<Runtime>;
}

impl pallet_consent::Config for Runtime {
	type Membership = Consortium;
	type Time = Timestamp;
	type MaxBatch = ConstU32<1_000>;
	type WeightInfo = pallet_consent::weights::SubstrateWeight<Runtime>;
}

impl pallet_dataset_registry::Config for Runtime {
	type Membership = Consortium;
	type WeightInfo = pallet_dataset_registry::weights::SubstrateWeight<Runtime>;
}

impl pallet_access_control::Config for Runtime {
	type Membership = Consortium;
	type Datasets = DatasetRegistry;
	type Artefacts = GenerationAttestation;
	type WeightInfo = pallet_access_control::weights::SubstrateWeight<Runtime>;
}

impl pallet_generation_attestation::Config for Runtime {
	type Membership = Consortium;
	type Consents = Consent;
	type Datasets = DatasetRegistry;
	type Agreements = AccessControl;
	type AdminOrigin = EnsureRoot<AccountId>;
	type MaxOpenJobsPerCustodian = ConstU32<64>;
	type JobLifetime = ConstU32<JOB_LIFETIME>;
	type MaxSyntheticRows = ConstU32<10_000_000>;
	type MinConsents = ConstU32<2>;
	type ResendAfter = ConstU32<6>;
	type WeightInfo = pallet_generation_attestation::weights::SubstrateWeight<Runtime>;
}
