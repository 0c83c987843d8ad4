use super::*;
use semblance_primitives::{
	consortium::{OrganisationKind, Role},
	signing::attestation_key::AttestationKey,
	traits::Membership,
	Digest,
};

#[test]
fn the_development_preset_has_one_hospital_with_a_validator_and_sudo() {
	chain("development").execute_with(|| {
		assert_eq!(Session::validators(), vec![account("Alice")]);
		assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(account("Alice")));
		assert_eq!(Consortium::organisation_of_validator(&account("Alice")), Some(1));
		assert!(Consortium::acts_for(&account("Researcher"), Role::Researcher, 2));
	});
}

#[test]
fn the_local_testnet_has_four_hospitals_and_no_sudo() {
	chain("local_testnet").execute_with(|| {
		assert_eq!(Session::validators().len(), 4);
		assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
		let kinds: Vec<_> =
			(1..=7).filter_map(Consortium::organisation).map(|organisation| organisation.kind).collect();
		assert_eq!(kinds.iter().filter(|kind| **kind == OrganisationKind::Hospital).count(), 4);
		assert_eq!(kinds.len(), 7);
	});
}

#[test]
fn every_validator_has_an_attestation_key_from_genesis_on() {
	chain("local_testnet").execute_with(|| {
		for name in ["Alice", "Bob", "Charlie", "Dave"] {
			let key: AttestationKey = attestation_pair(name).public();
			let key = Digest::from_slice(key.as_ref());
			assert_eq!(pallet_generation_attestation::AttestationKeys::<Runtime>::get(key), Some(account(name)));
		}
	});
}

#[test]
fn our_transaction_extensions_add_no_bytes_to_a_signature() {
	let ours =
		(pallet_consortium::CheckMembership::<Runtime>::new(), pallet_consortium::OrganisationQuota::<Runtime>::new());
	assert!(codec::Encode::encode(&ours).is_empty());
	assert_eq!(core::mem::size_of_val(&ours), 0);
}

#[test]
fn an_unknown_preset_is_no_preset() {
	assert!(genesis::get(&"production".into()).is_none());
	assert_eq!(genesis::names().len(), 2);
}

#[test]
fn sessions_and_the_rest_between_changes_of_keys_are_as_long_as_genesis_says() {
	use frame_support::traits::{EstimateNextSessionRotation, Get};
	chain("local_testnet").execute_with(|| {
		let period = || <Runtime as pallet_session::Config>::NextSessionRotation::average_session_length();
		let rest = || <Runtime as pallet_consortium::Config>::KeyCoolDown::get();
		assert_eq!((period(), rest()), (SESSION_LENGTH, 2 * SESSION_LENGTH));
		pallet_consortium::SessionLength::<Runtime>::put(10);
		assert_eq!((period(), rest()), (10, 20));
	});
}
