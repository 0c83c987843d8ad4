//! Two blocks of one slot, with the real keys, history and punishment.

use super::*;
use frame_support::{assert_noop, assert_ok, traits::Hooks};
use pallet_double_authorship::{Call, Error, Evidence};
use semblance_primitives::Digest;
use sp_consensus_aura::{
	digests::CompatibleDigestItem,
	sr25519::{AuthorityPair, AuthoritySignature},
};
use sp_runtime::{traits::Header as _, DigestItem};
use sp_session::MembershipProof;

fn aura(name: &str) -> AuthorityPair {
	AuthorityPair::from_string(&format!("//{name}"), None).unwrap()
}

/// A block of slot 77 by `name`.
fn block(name: &str, state: u8) -> Header {
	let mut header =
		Header::new(5, Digest::repeat_byte(state), Digest::zero(), Digest::zero(), sp_runtime::Digest::default());
	header.digest_mut().push(CompatibleDigestItem::<AuthoritySignature>::aura_pre_digest(77.into()));
	let seal: AuthoritySignature = aura(name).sign(header.hash().as_ref());
	header.digest_mut().push(DigestItem::aura_seal(seal));
	header
}

fn two_blocks(name: &str) -> Evidence<Header> {
	Evidence { author: aura(name).public(), first: block(name, 1), second: block(name, 2) }
}

fn owner(name: &str) -> MembershipProof {
	DoubleAuthorship::key_owner_proof(aura(name).public()).unwrap()
}

fn report(evidence: Evidence<Header>, key_owner_proof: MembershipProof) -> DispatchResult {
	by("Auditor", Call::report { evidence: Box::new(evidence), key_owner_proof })
}

/// A report against `name`.
pub(super) fn example(name: &str) -> RuntimeCall {
	Call::report { evidence: Box::new(two_blocks(name)), key_owner_proof: owner(name) }.into()
}

fn run_session() {
	let next = (System::block_number() / SESSION_LENGTH + 1) * SESSION_LENGTH;
	System::set_block_number(next);
	Session::on_initialize(next);
}

#[test]
fn a_validator_that_makes_two_blocks_in_a_slot_is_muted_removed_and_on_record() {
	chain("local_testnet").execute_with(|| {
		assert_ok!(report(two_blocks("Bob"), owner("Bob")));
		let index = Session::validators().iter().position(|validator| *validator == account("Bob")).unwrap();
		assert_eq!(Session::disabled_validators(), vec![index as u32]);
		let evidence: Vec<_> = pallet_offences::Reports::<Runtime>::iter_values().collect();
		assert_eq!(evidence.len(), 1);
		assert_eq!((&evidence[0].offender, &evidence[0].reporters), (&(account("Bob"), ()), &vec![account("Auditor")]));
		run_session();
		run_session();
		assert!(!Session::validators().contains(&account("Bob")));
		assert_eq!(Session::validators().len(), 3);
	});
}

#[test]
fn evidence_is_brought_once_and_against_the_keys_owner_only() {
	chain("local_testnet").execute_with(|| {
		let not_proven = Error::<Runtime>::KeyOwnerNotProven;
		assert_noop!(report(two_blocks("Bob"), owner("Charlie")), not_proven);
		let mut shortened = owner("Bob");
		shortened.trie_nodes.pop();
		assert_noop!(report(two_blocks("Bob"), shortened), Error::<Runtime>::KeyOwnerNotProven);
		let later = MembershipProof { session: 9, ..owner("Bob") };
		assert_noop!(report(two_blocks("Bob"), later), Error::<Runtime>::KeyOwnerNotProven);
		let foreign = Evidence { author: aura("Eve").public(), first: block("Eve", 1), second: block("Eve", 2) };
		assert_noop!(report(foreign, owner("Bob")), Error::<Runtime>::KeyOwnerNotProven);
		assert_ok!(report(two_blocks("Bob"), owner("Bob")));
		assert_noop!(report(two_blocks("Bob"), owner("Bob")), Error::<Runtime>::AlreadyReported);
	});
}

#[test]
fn a_deed_of_an_earlier_session_is_punished_too() {
	chain("local_testnet").execute_with(|| {
		let proof = owner("Bob");
		run_session();
		run_session();
		assert_ok!(report(two_blocks("Bob"), proof));
		assert_eq!(Consortium::validator_organisation(account("Bob")), None);
	});
}

#[test]
fn a_false_accusation_changes_nothing() {
	chain("local_testnet").execute_with(|| {
		let honest = Evidence { author: aura("Bob").public(), first: block("Bob", 1), second: block("Bob", 1) };
		assert_noop!(report(honest, owner("Bob")), Error::<Runtime>::SameBlock);
		let forged = Evidence { author: aura("Bob").public(), first: block("Bob", 1), second: block("Alice", 2) };
		assert_noop!(report(forged, owner("Bob")), Error::<Runtime>::SealNotByAuthor);
		assert_eq!(Session::validators().len(), 4);
		assert!(Session::disabled_validators().is_empty());
	});
}

#[test]
fn evidence_is_taken_while_the_chain_is_halted_and_cannot_be_paused() {
	chain("local_testnet").execute_with(|| {
		let three = ["Alice", "Charlie", "Dave"];
		let name = |text: &[u8]| text.to_vec().try_into().unwrap();
		let pause = pallet_tx_pause::Call::pause { full_name: (name(b"DoubleAuthorship"), name(b"report")) };
		assert_eq!(by_council(&three, pause), Err(pallet_tx_pause::Error::<Runtime>::Unpausable.into()));
		assert_ok!(by_council(&three, pallet_safe_mode::Call::force_enter {}));
		assert_ok!(report(two_blocks("Bob"), owner("Bob")));
	});
}
