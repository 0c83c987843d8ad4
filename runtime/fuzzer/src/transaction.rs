//! A transaction: a call and how it is sent.

use crate::people::Person;
use codec::Encode;
use frame_support::traits::GetCallMetadata;
use frame_system::{offchain::CreateAuthorizedTransaction, RawOrigin};
use semblance_runtime::*;
use sp_core::Pair;
use std::fmt;

/// How a call is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
	/// Signed, as wallets do.
	Signed(Person),
	/// Unsigned, with extensions: reports of nodes and workers.
	Authorised,
	/// Unsigned, without extensions: GRANDPA's reports.
	Bare,
}

/// A call and how it is sent.
#[derive(Clone)]
pub struct Transaction {
	/// How.
	pub sender: Sender,
	/// What.
	pub call: RuntimeCall,
}

impl Transaction {
	/// `person` makes a call.
	pub fn signed(person: Person, call: impl Into<RuntimeCall>) -> Self {
		Self { sender: Sender::Signed(person), call: call.into() }
	}

	/// A call that states its authority itself.
	pub fn authorised(call: impl Into<RuntimeCall>) -> Self {
		Self { sender: Sender::Authorised, call: call.into() }
	}

	/// `Pallet.call`.
	pub fn name(&self) -> String {
		name_of(&self.call)
	}

	/// What the call sees as its origin.
	pub fn origin(&self) -> RuntimeOrigin {
		match self.sender {
			Sender::Signed(person) => RawOrigin::Signed(person.account()).into(),
			Sender::Authorised => RawOrigin::Authorized.into(),
			Sender::Bare => RawOrigin::None.into(),
		}
	}

	/// The transaction as it is sent now, with the sender's nonce and signature.
	pub fn extrinsic(&self) -> UncheckedExtrinsic {
		let call = self.call.clone();
		match self.sender {
			Sender::Signed(person) => {
				let payload = SignedPayload::new(call, extension(person)).expect("the chain has a genesis");
				let signature = payload.using_encoded(|bytes| person.pair().sign(bytes));
				let (call, extension, _) = payload.deconstruct();
				UncheckedExtrinsic::new_signed(call, person.account().into(), signature.into(), extension)
			},
			Sender::Authorised => UncheckedExtrinsic::new_transaction(call, blank()),
			Sender::Bare => UncheckedExtrinsic::new_bare(call),
		}
	}
}

/// `Pallet.call` of a call.
pub fn name_of(call: &RuntimeCall) -> String {
	let metadata = call.get_call_metadata();
	format!("{}.{}", metadata.pallet_name, metadata.function_name)
}

fn blank() -> TxExtension {
	<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension()
}

fn extension(person: Person) -> TxExtension {
	let mut extension = blank();
	extension.7 = frame_system::CheckNonce::from(System::account_nonce(person.account()));
	extension
}

impl fmt::Debug for Transaction {
	fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
		let mut text = format!("{:?}", self.call);
		if let Some((end, _)) = text.char_indices().nth(400) {
			text.truncate(end);
			text.push('…');
		}
		write!(formatter, "{:?}: {} {text}", self.sender, self.name())
	}
}
