//! Validators with real keys, from session to session.

use super::*;
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo, traits::Hooks};
use semblance_primitives::{consortium::OrganisationKind, Digest};
use sp_consensus_grandpa::{localized_payload, AuthorityPair, EquivocationProof};
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{
	traits::{Applyable, Checkable},
	transaction_validity::{InvalidTransaction, TransactionSource},
	DispatchError,
};

type Proof = EquivocationProof<Hash, BlockNumber>;

fn run_session() {
	Grandpa::on_finalize(System::block_number());
	let next = (System::block_number() / SESSION_LENGTH + 1) * SESSION_LENGTH;
	System::set_block_number(next);
	Session::on_initialize(next);
}

fn accounts(names: &[&str]) -> Vec<AccountId> {
	let mut accounts: Vec<_> = names.iter().map(|name| account(name)).collect();
	accounts.sort();
	accounts
}

fn validators() -> Vec<AccountId> {
	let mut validators = Session::validators();
	validators.sort();
	validators
}

/// A chain whose node can make keys.
fn chain_with_keystore() -> TestExternalities {
	let mut externalities = chain("local_testnet");
	externalities.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	externalities
}

fn admit_fifth() {
	assert_ok!(by_council(
		&["Alice", "Bob", "Charlie"],
		pallet_consortium::Call::admit_organisation {
			name: b"Hospital Eve".to_vec().try_into().unwrap(),
			kind: OrganisationKind::Hospital,
			administrator: account("Eve"),
		}
	));
	let add = pallet_consortium::Call::add_validator { organisation: 8, validator: account("Eve") };
	// Three of five are no two thirds any more.
	assert_ok!(by_council(&["Alice", "Bob", "Charlie", "Dave"], add));
}

/// Sets new keys for a validator, as its node makes them for `owner`.
fn set_keys(name: &str, owner: &AccountId) -> DispatchResult {
	let made = SessionKeys::generate(&owner.encode(), None);
	by(
		name,
		pallet_consortium::Call::set_validator_keys {
			validator: account(name),
			keys: made.keys,
			proof: made.proof.encode().try_into().unwrap(),
		},
	)
}

#[test]
fn a_fifth_hospital_is_admitted_validates_and_is_removed_by_the_council() {
	chain_with_keystore().execute_with(|| {
		let four = ["Alice", "Bob", "Charlie", "Dave"];
		run_session();
		assert_eq!(validators(), accounts(&four));
		admit_fifth();
		assert_ok!(set_keys("Eve", &account("Eve")));
		run_session();
		assert_eq!(validators(), accounts(&four));
		run_session();
		assert_eq!(validators(), accounts(&["Alice", "Bob", "Charlie", "Dave", "Eve"]));
		assert_eq!(pallet_aura::Authorities::<Runtime>::get().len(), 5);
		Grandpa::on_finalize(System::block_number());
		assert_eq!(Grandpa::grandpa_authorities().len(), 5);
		let remove = pallet_consortium::Call::remove_organisation { organisation: 8 };
		assert_ok!(by_council(&["Alice", "Bob", "Charlie", "Dave"], remove));
		run_session();
		run_session();
		assert_eq!(validators(), accounts(&four));
		Grandpa::on_finalize(System::block_number());
		assert_eq!(Grandpa::grandpa_authorities().len(), 4);
	});
}

#[test]
fn keys_are_set_with_a_proof_by_the_node_that_holds_them() {
	chain_with_keystore().execute_with(|| {
		let refused = pallet_consortium::Error::<Runtime>::ProofNotValid;
		assert_noop!(set_keys("Bob", &account("Alice")), refused);
		assert_ok!(set_keys("Bob", &account("Bob")));
		assert_noop!(set_keys("Bob", &account("Bob")), pallet_consortium::Error::<Runtime>::KeysChangedTooSoon);
		run_session();
		run_session();
		let keys = Session::load_keys(&account("Bob")).unwrap();
		assert!(pallet_aura::Authorities::<Runtime>::get().contains(&keys.aura));
		assert_eq!(
			pallet_generation_attestation::AttestationKeys::<Runtime>::get(Digest::from_slice(
				keys.attestation.as_ref()
			)),
			Some(account("Bob"))
		);
	});
}

#[test]
fn the_session_pallets_own_calls_are_closed() {
	chain_with_keystore().execute_with(|| {
		let closed: DispatchError = frame_system::Error::<Runtime>::CallFiltered.into();
		let made = SessionKeys::generate(&account("Bob").encode(), None);
		let set = pallet_session::Call::set_keys { keys: made.keys, proof: made.proof.encode() };
		assert_noop!(by("Bob", set.clone()), closed);
		assert_noop!(by("Bob", pallet_session::Call::purge_keys {}), closed);
		let batch = pallet_utility::Call::batch_all { calls: vec![set.into()] };
		assert_eq!(by("Bob", batch), Err(closed));
	});
}

#[test]
fn four_validators_stay() {
	chain("local_testnet").execute_with(|| {
		let remove = pallet_consortium::Call::remove_validator { validator: account("Dave") };
		let refused = pallet_consortium::Error::<Runtime>::MinValidatorsNotKept;
		assert_eq!(by_council(&["Alice", "Bob", "Charlie"], remove), Err(refused.into()));
	});
}

/// Two prevotes of one round by the development key of `name`.
fn contradiction(name: &str, first: u8, second: u8) -> Proof {
	let pair = AuthorityPair::from_string(&format!("//{name}"), None).unwrap();
	let (set, round) = (Grandpa::current_set_id(), 7u64);
	let vote = |target: u8| {
		let prevote = (Digest::repeat_byte(target), 5 as BlockNumber);
		let signature = pair.sign(&localized_payload(round, set, &(0u8, prevote)));
		(prevote, signature)
	};
	let encoded = (set, 0u8, round, pair.public(), vote(first), vote(second)).encode();
	Proof::decode(&mut encoded.as_slice()).unwrap()
}

fn owner(proof: &Proof) -> sp_session::MembershipProof {
	use frame_support::traits::KeyOwnerProofSystem;
	Historical::prove((sp_consensus_grandpa::KEY_TYPE, proof.offender().clone())).unwrap()
}

/// Reports against `name`: a member's and a node's.
pub(super) fn examples(name: &str) -> [RuntimeCall; 2] {
	let equivocation_proof = Box::new(contradiction(name, 1, 2));
	let key_owner_proof = owner(&equivocation_proof);
	let by_node = pallet_grandpa::Call::report_equivocation_unsigned {
		equivocation_proof: equivocation_proof.clone(),
		key_owner_proof: key_owner_proof.clone(),
	};
	[pallet_grandpa::Call::report_equivocation { equivocation_proof, key_owner_proof }.into(), by_node.into()]
}

fn report(proof: Proof) -> DispatchResult {
	let key_owner_proof = owner(&proof);
	by("Alice", pallet_grandpa::Call::report_equivocation { equivocation_proof: Box::new(proof), key_owner_proof })
}

#[test]
fn a_validator_that_votes_twice_in_a_round_is_muted_removed_and_on_record() {
	chain("local_testnet").execute_with(|| {
		assert_ok!(report(contradiction("Bob", 1, 2)));
		let index = Session::validators().iter().position(|validator| *validator == account("Bob")).unwrap();
		assert_eq!(Session::disabled_validators(), vec![index as u32]);
		let evidence: Vec<_> = pallet_offences::Reports::<Runtime>::iter_values().collect();
		assert_eq!(evidence.len(), 1);
		assert_eq!(evidence[0].offender, (account("Bob"), ()));
		assert_eq!(evidence[0].reporters, vec![account("Alice")]);
		run_session();
		run_session();
		assert_eq!(validators(), accounts(&["Alice", "Charlie", "Dave"]));
	});
}

#[test]
fn evidence_that_proves_nothing_is_refused() {
	chain("local_testnet").execute_with(|| {
		let not_two_votes = contradiction("Bob", 1, 1);
		assert_noop!(report(not_two_votes), pallet_grandpa::Error::<Runtime>::InvalidEquivocationProof);
		let proof = contradiction("Bob", 1, 2);
		let of_another = owner(&contradiction("Charlie", 1, 2));
		let call = pallet_grandpa::Call::report_equivocation {
			equivocation_proof: Box::new(proof.clone()),
			key_owner_proof: of_another,
		};
		assert_noop!(by("Alice", call), pallet_grandpa::Error::<Runtime>::InvalidKeyOwnershipProof);
		assert_ok!(report(proof.clone()));
		assert_noop!(report(proof), pallet_grandpa::Error::<Runtime>::DuplicateOffenceReport);
	});
}

#[test]
fn a_node_reports_on_its_own_and_strangers_cannot_send_such_reports() {
	chain("local_testnet").execute_with(|| {
		let proof = contradiction("Bob", 1, 2);
		let key_owner_proof = owner(&proof);
		let call =
			pallet_grandpa::Call::report_equivocation_unsigned { equivocation_proof: Box::new(proof), key_owner_proof };
		let transaction = UncheckedExtrinsic::new_bare(call.into());
		let checked = transaction.check(&frame_system::ChainContext::<Runtime>::default()).unwrap();
		let info = checked.get_dispatch_info();
		let validate = |source| checked.validate::<Runtime>(source, &info, 0);
		assert_eq!(validate(TransactionSource::External), Err(InvalidTransaction::Call.into()));
		assert_ok!(validate(TransactionSource::Local));
		assert_ok!(checked.apply::<Runtime>(&info, 0).unwrap());
		assert_eq!(Consortium::validator_organisation(account("Bob")), None);
	});
}

#[test]
fn a_lone_development_validator_is_never_put_out() {
	chain("development").execute_with(|| {
		assert_ok!(report(contradiction("Alice", 1, 2)));
		run_session();
		run_session();
		assert_eq!(validators(), accounts(&["Alice"]));
		assert!(Session::disabled_validators().is_empty());
	});
}
