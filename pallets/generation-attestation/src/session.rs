//! Attestation keys follow the session: only a current validator's key can sign for its hospital.

use crate::{AttestationKeys, Config, Pallet};
use frame_support::traits::OneSessionHandler;
use semblance_primitives::{
	signing::attestation_key::AttestationKey, traits::Membership, AccountId, Digest, OrganisationId,
};
use sp_application_crypto::BoundToRuntimeAppPublic;

/// The form in which a key is stored and shown.
pub(crate) fn key_digest(key: &AttestationKey) -> Digest {
	Digest::from(sp_core::sr25519::Public::from(key.clone()).0)
}

impl<T: Config> Pallet<T> {
	/// The active hospital for which `key` signs in this session.
	pub(crate) fn organisation_of_key(key: &AttestationKey) -> Option<OrganisationId> {
		let validator = AttestationKeys::<T>::get(key_digest(key))?;
		T::Membership::organisation_of_validator(&validator)
	}

	fn replace_keys<'a>(validators: impl Iterator<Item = (&'a AccountId, AttestationKey)>) {
		// There are as many keys as validators, and pallet-session bounds those.
		let _ = AttestationKeys::<T>::clear(u32::MAX, None);
		for (validator, key) in validators {
			AttestationKeys::<T>::insert(key_digest(&key), validator);
		}
	}
}

impl<T: Config> BoundToRuntimeAppPublic for Pallet<T> {
	type Public = AttestationKey;
}

// The trait's signatures bound the iterator in two places.
#[allow(clippy::multiple_bound_locations)]
impl<T: Config> OneSessionHandler<AccountId> for Pallet<T> {
	type Key = AttestationKey;

	fn on_genesis_session<'a, I: 'a>(validators: I)
	where
		I: Iterator<Item = (&'a AccountId, Self::Key)>,
	{
		Self::replace_keys(validators);
	}

	fn on_new_session<'a, I: 'a>(changed: bool, validators: I, _queued: I)
	where
		I: Iterator<Item = (&'a AccountId, Self::Key)>,
	{
		if changed {
			Self::replace_keys(validators);
		}
	}

	// A validator disabled for an offence still answers for its hospital's jobs until the hospital is suspended.
	fn on_disabled(_: u32) {}
}
