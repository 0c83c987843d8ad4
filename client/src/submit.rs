//! Writing: a call is signed, sent and followed until it is in a block, or final.

use crate::{
	chain::{digest, BlockRef, Chain},
	error::ChainError,
	events::{fields_to_json, Event},
	signer::Signer,
};
use serde_json::json;
use std::time::Duration;
use subxt::{
	client::OnlineClientAtBlockImpl,
	config::{substrate::SubstrateConfig, DefaultExtrinsicParamsBuilder},
	error::{BackendError, DispatchError, ExtrinsicError, RpcError, TransactionEventsError},
	ext::{
		scale_encode::{self, EncodeAsFields, FieldIter, TypeResolver},
		scale_value::Composite,
	},
	transactions::{TransactionInBlock, TransactionProgress, TransactionStatus},
};

/// Blocks for which a transaction may be included after it was signed.
const MORTALITY: u64 = 128;
/// How long a call is followed before giving up.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) type Online = OnlineClientAtBlockImpl<SubstrateConfig>;

/// A call by name. Its indices are looked up in the chain's metadata when it is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
	/// Pallet, as the runtime names it.
	pub pallet: &'static str,
	/// Call.
	pub call: &'static str,
	/// SCALE encoding of the arguments in their order.
	pub arguments: Vec<u8>,
}

/// How far a call is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Wait {
	/// Until its block is final.
	#[default]
	Finalised,
	/// Until it is in a block, which may still be replaced.
	Included,
}

/// A call that took effect.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Included {
	/// The block.
	pub block: BlockRef,
	/// Place of the extrinsic in that block.
	pub extrinsic_index: u32,
	/// Its events.
	pub events: Vec<Event>,
}

impl Included {
	/// The fields of the first event with this name.
	pub fn event(&self, pallet: &str, name: &str) -> Option<&serde_json::Value> {
		self.events.iter().find(|event| event.pallet == pallet && event.name == name).map(|event| &event.fields)
	}

	/// A whole number in a field of the first event with this name, for example the id of a new record.
	pub fn number(&self, pallet: &str, name: &str, field: &str) -> Option<u32> {
		self.event(pallet, name)?.get(field)?.as_u64()?.try_into().ok()
	}
}

/// Arguments that are encoded already.
pub(crate) struct Arguments<'a>(pub(crate) &'a [u8]);

impl EncodeAsFields for Arguments<'_> {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		_: &mut dyn FieldIter<'_, R::TypeId>,
		_: &R,
		out: &mut Vec<u8>,
	) -> Result<(), scale_encode::Error> {
		out.extend_from_slice(self.0);
		Ok(())
	}
}

impl Chain {
	/// Signs and sends `call` and waits until it is final and successful.
	///
	/// # Errors
	/// [`ChainError::Refused`] if it never came into a block, [`ChainError::Dispatch`] if it failed there,
	/// [`ChainError::Timeout`] if it was not final in time, other [`ChainError`] if the node does not answer.
	pub async fn submit(&self, signer: &Signer, call: Call) -> Result<Included, ChainError> {
		self.submit_and_wait(signer, call, Wait::Finalised).await
	}

	/// The same, following the call as far as `wait` says.
	///
	/// # Errors
	/// As [`Self::submit`].
	pub async fn submit_and_wait(&self, signer: &Signer, call: Call, wait: Wait) -> Result<Included, ChainError> {
		let progress = self.send(signer, &call).await?;
		let followed = tokio::time::timeout(PATIENCE, follow(progress, &call, wait)).await;
		let in_block = followed.map_err(|_| ChainError::Timeout {
			pallet: call.pallet.into(),
			call: call.call.into(),
			waited: PATIENCE,
		})??;
		self.outcome(&call, in_block).await
	}

	async fn send(
		&self,
		signer: &Signer,
		call: &Call,
	) -> Result<TransactionProgress<SubstrateConfig, Online>, ChainError> {
		let nonce: u64 = self.request("system_accountNextIndex", json!([signer.account().to_string()])).await?;
		let unreadable = |problem: String| ChainError::Answer { method: "state_call".into(), problem };
		let at = self.online().at_current_block().await.map_err(|error| unreadable(error.to_string()))?;
		let payload = subxt::transactions::dynamic(call.pallet, call.call, Arguments(&call.arguments));
		check_arguments(&at, call)?;
		let params = DefaultExtrinsicParamsBuilder::new().mortal(MORTALITY).nonce(nonce).build();
		let account = subxt::utils::AccountId32(signer.account().into());
		let unknown = |error: ExtrinsicError| self.explain(call, error);
		let transactions = at.transactions();
		let mut signable = transactions.create_signable(&payload, &account, params).await.map_err(unknown)?;
		let transaction = signable.sign(signer.keypair()).map_err(unknown)?;
		transaction.submit_and_watch().await.map_err(unknown)
	}

	async fn outcome(
		&self,
		call: &Call,
		in_block: TransactionInBlock<SubstrateConfig, Online>,
	) -> Result<Included, ChainError> {
		let hash = digest(in_block.block_hash());
		let events = match in_block.wait_for_success().await {
			Ok(events) => events,
			Err(TransactionEventsError::ExtrinsicFailed(error)) => return Err(dispatch_error(call, &error)),
			Err(error) => {
				return Err(ChainError::Answer { method: "chain_getBlock".into(), problem: error.to_string() })
			},
		};
		let unreadable = |error: subxt::error::EventsError| ChainError::Answer {
			method: "System.Events".into(),
			problem: error.to_string(),
		};
		let mut shown = Vec::new();
		for event in events.iter() {
			let event = event.map_err(unreadable)?;
			let fields: Composite<()> = event.decode_fields_unchecked_as().map_err(unreadable)?;
			shown.push(Event {
				pallet: event.pallet_name().into(),
				name: event.event_name().into(),
				fields: fields_to_json(&fields),
			});
		}
		let number = at_height(self, hash).await?;
		let extrinsic_index = events.extrinsic_index() as u32;
		Ok(Included { block: BlockRef { hash, number }, extrinsic_index, events: shown })
	}

	fn explain(&self, call: &Call, error: ExtrinsicError) -> ChainError {
		let (pallet, name) = (call.pallet.to_owned(), call.call.to_owned());
		match error {
			ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
				subxt::rpcs::Error::User(user),
			))) => {
				let detail = user.data.map(|data| data.get().trim_matches('"').to_owned());
				let problem = detail.map_or(user.message.clone(), |detail| format!("{}: {detail}", user.message));
				ChainError::Refused { pallet, call: name, remedy: remedy(&problem).into(), problem }
			},
			ExtrinsicError::ErrorSubmittingTransaction(error) => {
				ChainError::Connection { url: self.url().into(), problem: error.to_string() }
			},
			error => ChainError::UnknownCall { pallet, call: name, problem: error.to_string() },
		}
	}
}

async fn at_height(chain: &Chain, hash: semblance_primitives::Digest) -> Result<u32, ChainError> {
	use codec::Decode;
	let header = chain.header_bytes(hash).await?;
	// A header is the parent's hash (32 bytes), then the compact height.
	let number = header.get(32..).and_then(|mut rest| codec::Compact::<u32>::decode(&mut rest).ok());
	number.map(|compact| compact.0).ok_or_else(|| ChainError::Answer {
		method: "chain_getHeader".into(),
		problem: format!("the header of {hash:?} has no height"),
	})
}

/// Decodes the arguments against the chain's metadata, so that a call of another release is refused here and not with
/// a bare `bad signature` or a wasm trap.
pub(crate) fn check_arguments(
	at: &subxt::client::ClientAtBlock<SubstrateConfig, Online>,
	call: &Call,
) -> Result<(), ChainError> {
	let refuse =
		|problem: String| ChainError::UnknownCall { pallet: call.pallet.into(), call: call.call.into(), problem };
	let metadata = at.metadata();
	let pallet = metadata.pallet_by_name(call.pallet).ok_or_else(|| refuse("there is no such pallet".into()))?;
	let variant = pallet.call_variant_by_name(call.call).ok_or_else(|| refuse("there is no such call".into()))?;
	let mut bytes = vec![pallet.call_index(), variant.index];
	bytes.extend_from_slice(&call.arguments);
	at.transactions().from_call_data_bytes(&bytes).map(|_| ()).map_err(|error| refuse(error.to_string()))
}

async fn follow(
	mut progress: TransactionProgress<SubstrateConfig, Online>,
	call: &Call,
	wait: Wait,
) -> Result<TransactionInBlock<SubstrateConfig, Online>, ChainError> {
	let refuse = |problem: String| ChainError::Refused {
		pallet: call.pallet.into(),
		call: call.call.into(),
		remedy: remedy(&problem).into(),
		problem,
	};
	while let Some(status) = progress.next().await {
		match status.map_err(|error| refuse(error.to_string()))? {
			TransactionStatus::InFinalizedBlock(block) => return Ok(block),
			TransactionStatus::InBestBlock(block) if wait == Wait::Included => return Ok(block),
			TransactionStatus::Error { message }
			| TransactionStatus::Invalid { message }
			| TransactionStatus::Dropped { message } => return Err(refuse(message)),
			_ => {},
		}
	}
	Err(refuse("the node stopped reporting on it".into()))
}

fn dispatch_error(call: &Call, error: &DispatchError) -> ChainError {
	let (name, explanation) = match error {
		DispatchError::Module(module) => match module.details() {
			Ok(details) => (
				format!("{}.{}", details.pallet.name(), details.variant.name),
				details.variant.docs.join(" ").trim().to_owned(),
			),
			Err(_) => (module.details_string(), "see the chain's metadata".into()),
		},
		DispatchError::BadOrigin => ("BadOrigin".into(), "this account may not make this call".into()),
		other => (format!("{other:?}"), other.to_string()),
	};
	ChainError::Dispatch { pallet: call.pallet.into(), call: call.call.into(), error: name, explanation }
}

/// What a person can do about a refused transaction, by the texts that Substrate nodes use.
pub(crate) fn remedy(problem: &str) -> &'static str {
	let problem = problem.to_lowercase();
	let is = |part: &str| problem.contains(part);
	if is("signing address") || is("bad signer") || is("badsigner") {
		"the account is no active member of the consortium: sign with a member's key, or ask the organisation's administrator"
	} else if is("bad signature") || is("bad proof") {
		"the chain reads the transaction in another form: update this command to the chain's release"
	} else if is("inability to pay") || is("payment") {
		"the account does not exist on the chain: sign with a member's key"
	} else if is("outdated") || is("stale") || is("usurped") || is("priority is too low") || is("already imported") {
		"another transaction of the same account was faster: try again"
	} else if is("exhaust") || is("full") || is("immediately dropped") {
		"the node is busy: try again later"
	} else if is("stopped reporting") || is("connection") || is("timeout") {
		"look at the record before sending it again: the transaction may still take effect"
	} else {
		"check that the account may make this call"
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_non_member_learns_that_membership_is_missing() {
		assert!(remedy("Invalid Transaction: Transaction has an invalid signing address").contains("member"));
		assert!(remedy("Priority is too low: (1 vs 1)").contains("try again"));
	}

	#[test]
	fn ids_of_new_records_are_read_from_events() {
		let event = Event {
			pallet: "DatasetRegistry".into(),
			name: "DatasetRegistered".into(),
			fields: serde_json::json!({ "dataset": 3 }),
		};
		let block = BlockRef { hash: Default::default(), number: 1 };
		let included = Included { block, extrinsic_index: 1, events: vec![event] };
		assert_eq!(included.number("DatasetRegistry", "DatasetRegistered", "dataset"), Some(3));
		assert_eq!(included.number("DatasetRegistry", "DatasetRegistered", "version"), None);
		assert_eq!(included.number("Consent", "DatasetRegistered", "dataset"), None);
	}
}
