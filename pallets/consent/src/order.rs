//! Orders that patients sign away from the chain and members relay.

use crate::{types::Change, Config, Error, Pallet};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::ensure;
use semblance_primitives::{
	commitment::sha3_256,
	consent::{ConsentAction, ConsentOrder},
	signing, AccountId,
};
use sp_runtime::{traits::Verify, DispatchResult, MultiSignature, SaturatedConversion};

impl<T: Config> Pallet<T> {
	/// The bytes that the subject signs for `order` on this chain.
	pub fn order_message(order: &ConsentOrder) -> Vec<u8> {
		let genesis = frame_system::Pallet::<T>::block_hash(
			0u32.saturated_into::<frame_system::pallet_prelude::BlockNumberFor<T>>(),
		);
		signing::message(signing::CONSENT_ORDER, &genesis, order.nonce, order.valid_until, order)
	}

	/// Does what the subject ordered. The subject is the actor on record, and message and signature are the evidence:
	/// SHA3-256 of their SCALE encoding.
	pub(crate) fn carry_out(order: ConsentOrder, signature: &MultiSignature) -> DispatchResult {
		let mut consent = Self::existing(&order.handle)?;
		let subject = consent.subject.clone().ok_or(Error::<T>::SubjectMissing)?;
		ensure!(order.nonce == consent.nonce, Error::<T>::NonceMismatch);
		ensure!(Self::now() <= order.valid_until, Error::<T>::OrderExpired);
		let message = Self::order_message(&order);
		ensure!(is_signed_by(&message, signature, &subject), Error::<T>::SignatureInvalid);
		consent.nonce = consent.nonce.saturating_add(1);
		let evidence = sha3_256(&(&message, signature).encode());
		Self::apply(&subject, order.handle, consent, order.action.into(), evidence)
	}
}

/// Wallets sign what a page hands them between `<Bytes>` and `</Bytes>` only, so that it can be no transaction.
fn is_signed_by(message: &[u8], signature: &MultiSignature, subject: &AccountId) -> bool {
	let wrapped = || [b"<Bytes>", message, b"</Bytes>"].concat();
	signature.verify(message, subject) || signature.verify(&wrapped()[..], subject)
}

impl From<ConsentAction> for Change {
	fn from(action: ConsentAction) -> Self {
		match action {
			ConsentAction::Give => Self::Give,
			ConsentAction::Refuse => Self::Refuse,
			ConsentAction::Restrict { terms } => Self::Restrict { terms },
			ConsentAction::Withdraw => Self::Withdraw,
		}
	}
}
