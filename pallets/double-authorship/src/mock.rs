//! A small runtime around the pallet. Keys belong to whom a test says; the runtime's own tests use the real history of
//! sessions and punishments.

use crate::{self as pallet_double_authorship, DoubleAuthorship, Evidence};
use frame_support::{derive_impl, parameter_types, traits::KeyOwnerProofSystem};
use semblance_primitives::{
	consortium::{Member, Organisation, Role},
	traits::Membership,
	AccountId, BlockNumber, OrganisationId,
};
use sp_consensus_aura::{
	digests::CompatibleDigestItem,
	sr25519::{AuthorityId, AuthorityPair, AuthoritySignature},
};
use sp_core::{crypto::KeyTypeId, Pair};
use sp_runtime::{
	generic,
	traits::{BlakeTwo256, Header as _, IdentityLookup},
	BuildStorage, DigestItem,
};
use sp_session::MembershipProof;
use sp_staking::offence::{Offence, OffenceError, ReportOffence};

pub type Header = generic::Header<BlockNumber, BlakeTwo256>;

frame_support::construct_runtime!(
	pub enum Test {
		System: frame_system,
		Authorship: pallet_double_authorship,
	}
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlockU32<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

parameter_types! {
	/// What was reported, by whom.
	pub static Reports: Vec<(AccountId, DoubleAuthorship<AccountId>)> = vec![];
}

/// Everybody but [`stranger`] is a member.
pub struct Members;

impl Membership for Members {
	fn active_member(account: &AccountId) -> Option<Member> {
		let roles = vec![Role::Auditor].try_into().unwrap();
		(*account != stranger()).then_some(Member { organisation: 1, roles, valid_until: None, encryption_key: None })
	}

	fn organisation(_: OrganisationId) -> Option<Organisation> {
		None
	}

	fn organisation_of_validator(_: &AccountId) -> Option<OrganisationId> {
		None
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_member(_: &AccountId, _: semblance_primitives::consortium::OrganisationKind) -> OrganisationId {
		1
	}
}

/// Alice and Bob validate; a proof of session 7 is good.
pub struct Keys;

/// The session whose proofs are good.
pub const SESSION: u32 = 7;

impl KeyOwnerProofSystem<(KeyTypeId, AuthorityId)> for Keys {
	type Proof = MembershipProof;
	type IdentificationTuple = AccountId;

	fn prove((kind, key): (KeyTypeId, AuthorityId)) -> Option<MembershipProof> {
		let proof = proof_of(SESSION);
		Self::check_proof((kind, key), proof.clone()).map(|_| proof)
	}

	fn check_proof((kind, key): (KeyTypeId, AuthorityId), proof: MembershipProof) -> Option<AccountId> {
		let good = kind == sp_core::crypto::key_types::AURA && proof.session == SESSION;
		let owner = ["Alice", "Bob"].into_iter().find(|name| pair(name).public() == key)?;
		good.then(|| account(owner))
	}
}

/// Keeps what it is told, each deed once.
pub struct Court;

impl ReportOffence<AccountId, AccountId, DoubleAuthorship<AccountId>> for Court {
	fn report_offence(reporters: Vec<AccountId>, offence: DoubleAuthorship<AccountId>) -> Result<(), OffenceError> {
		if Self::is_known_offence(&offence.offenders(), &offence.slot) {
			return Err(OffenceError::DuplicateReport);
		}
		Reports::mutate(|reports| reports.push((reporters[0].clone(), offence)));
		Ok(())
	}

	fn is_known_offence(offenders: &[AccountId], slot: &sp_consensus_aura::Slot) -> bool {
		Reports::get().iter().any(|(_, known)| known.offenders() == offenders && known.slot == *slot)
	}
}

impl pallet_double_authorship::Config for Test {
	type Membership = Members;
	type KeyOwners = Keys;
	type Identification = AccountId;
	type Offences = Court;
	type WeightInfo = ();
}

/// A member.
pub fn member() -> AccountId {
	account("Member")
}

/// Nobody.
pub fn stranger() -> AccountId {
	account("Stranger")
}

pub fn account(name: &str) -> AccountId {
	AccountId::new(sp_io::hashing::blake2_256(name.as_bytes()))
}

pub fn pair(name: &str) -> AuthorityPair {
	AuthorityPair::from_string(&format!("//{name}"), None).unwrap()
}

pub fn proof_of(session: u32) -> MembershipProof {
	MembershipProof { session, trie_nodes: vec![], validator_count: 2 }
}

/// A header of `slot` without seal; `state` tells it from others.
pub fn bare(slot: u64, state: u8) -> Header {
	let mut header = Header::new(9, Default::default(), [state; 32].into(), [1; 32].into(), generic::Digest::default());
	let slot = CompatibleDigestItem::<AuthoritySignature>::aura_pre_digest(slot.into());
	header.digest_mut().push(slot);
	header
}

/// The header with the seal of `name`, as the node makes it.
pub fn sealed(name: &str, mut header: Header) -> Header {
	let seal: AuthoritySignature = pair(name).sign(header.hash().as_ref());
	header.digest_mut().push(DigestItem::aura_seal(seal));
	header
}

/// What `name` did, if both headers are by `name`.
pub fn evidence(name: &str, first: Header, second: Header) -> Evidence<Header> {
	Evidence { author: pair(name).public(), first, second }
}

/// Runs `test` in block 1.
pub fn execute(test: impl FnOnce()) {
	Reports::set(vec![]);
	ext().execute_with(|| {
		System::set_block_number(1);
		test();
	});
}

/// A chain before its first block.
pub fn ext() -> sp_io::TestExternalities {
	frame_system::GenesisConfig::<Test>::default().build_storage().unwrap().into()
}
