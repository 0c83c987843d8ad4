//! Orders that patients sign and others relay.

use crate::{bytes::Bytes, names, people::Person, transaction::Transaction};
use semblance_primitives::consent::{ConsentAction, ConsentOrder};
use semblance_runtime::*;
use sp_core::Pair;

/// An order about some consent, by its subject or by another patient.
pub fn any_order(bytes: &mut Bytes) -> Vec<Transaction> {
	let handle = names::handle(bytes);
	let Some(consent) = pallet_consent::Consents::<Runtime>::get(handle) else { return vec![] };
	let patients = ["Patient", "Guardian"].map(Person::named);
	let subject = patients.into_iter().find(|patient| Some(patient.account()) == consent.subject);
	let signer = subject.filter(|_| bytes.chance(208)).unwrap_or_else(|| bytes.pick(&patients));
	let action = match bytes.below(4) {
		0 => ConsentAction::Give,
		1 => ConsentAction::Withdraw,
		2 => ConsentAction::Refuse,
		_ => ConsentAction::Restrict { terms: consent.latest.terms },
	};
	let valid_until = System::block_number().saturating_add(bytes.below(9));
	let order = ConsentOrder { handle, action, nonce: consent.nonce, valid_until };
	let signature = signer.pair().sign(&Consent::order_message(&order)).into();
	vec![Transaction::signed(Person::any(bytes), pallet_consent::Call::relay { order, signature })]
}
