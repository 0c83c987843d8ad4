//! Many transactions at once: signed with nonces that the caller counts, sent without being followed, and found again in
//! blocks.

use crate::{
	chain::{bytes, digest, height, hexadecimal, BlockRef, Chain},
	error::ChainError,
	events::{fields_to_json, Event},
	keys,
	signer::Signer,
	submit::{check_arguments, remedy, Arguments, Call, Online},
};
use codec::Compact;
use futures::Stream;
use semblance_primitives::{AccountId, BlockNumber, Digest};
use serde_json::{json, Value};
use subxt::{
	client::ClientAtBlock,
	config::{
		substrate::{SubstrateConfig, SubstrateHeader, H256},
		DefaultExtrinsicParamsBuilder,
	},
	events::Phase,
	ext::scale_value::Composite,
};

/// Blocks for which a transaction may be included after the one at which signing began: half of those whose hashes the
/// chain remembers, since a development chain makes many of them in a second.
const VALIDITY: u64 = 2_048;

/// Signs without asking the node for each transaction. Make a new one from time to time: a transaction is good for 2,048
/// blocks after the one at which its `Signing` was made.
pub struct Signing {
	at: ClientAtBlock<SubstrateConfig, Online>,
	block: BlockRef,
}

/// What is in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
	/// The block before.
	pub parent: Digest,
	/// Height.
	pub number: BlockNumber,
	/// The transactions' hashes, in order.
	pub transactions: Vec<Digest>,
	/// Bytes of all transactions together.
	pub length: u64,
}

/// An event and the transaction that it belongs to, by its place in the block; `None` for events of the block itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
	/// Place of the transaction.
	pub transaction: Option<u32>,
	/// The event.
	pub event: Event,
}

impl Signing {
	/// Refuses a call that the chain doesn't know in this form. Once for each kind of call is enough.
	///
	/// # Errors
	/// [`ChainError::UnknownCall`].
	pub fn check(&self, call: &Call) -> Result<(), ChainError> {
		check_arguments(&self.at, call)
	}

	/// The signed transaction's bytes. `nonce` is the number of transactions that the signer sent before.
	///
	/// # Errors
	/// [`ChainError::UnknownCall`] if the chain has no such call.
	pub fn sign(&self, signer: &Signer, call: &Call, nonce: u64) -> Result<Vec<u8>, ChainError> {
		let unknown = |error: subxt::error::ExtrinsicError| ChainError::UnknownCall {
			pallet: call.pallet.into(),
			call: call.call.into(),
			problem: error.to_string(),
		};
		let payload = subxt::transactions::dynamic(call.pallet, call.call, Arguments(&call.arguments));
		let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
			.mortal_from_unchecked(VALIDITY, self.block.number.into(), H256(self.block.hash.0))
			.nonce(nonce)
			.build();
		let transactions = self.at.transactions();
		let mut signable = transactions.create_signable_offline(&payload, params).map_err(unknown)?;
		Ok(signable.sign(signer.keypair()).map_err(unknown)?.into_encoded())
	}
}

/// The hash by which a transaction is known in the pool and found in blocks.
pub fn transaction_hash(transaction: &[u8]) -> Digest {
	Digest::from(sp_crypto_hashing::blake2_256(transaction))
}

impl Chain {
	/// Prepares to sign many transactions that are good from the last finalised block on.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn signing(&self) -> Result<Signing, ChainError> {
		let unreadable = |problem: String| ChainError::Answer { method: "state_call".into(), problem };
		let block = self.finalised().await?;
		let at = self.online().at_current_block().await.map_err(|error| unreadable(error.to_string()))?;
		Ok(Signing { at, block })
	}

	/// The next nonce of an account, transactions in the node's pool counted.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn next_nonce(&self, account: &AccountId) -> Result<u64, ChainError> {
		self.request("system_accountNextIndex", json!([account.to_string()])).await
	}

	/// The number of an account's transactions that are in blocks up to the given one.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn nonce_at(&self, account: &AccountId, block: Digest) -> Result<u64, ChainError> {
		// An account's record begins with its nonce.
		let nonce: Option<u32> = self.prefix(&keys::map("System", "Account", account), block).await?;
		Ok(nonce.unwrap_or_default().into())
	}

	/// Hands a signed transaction to the node, which checks it and answers with its hash. `call` names it in errors.
	///
	/// # Errors
	/// [`ChainError::Refused`] if the node doesn't take it, other [`ChainError`] if it does not answer.
	pub async fn send_signed(&self, transaction: &[u8], call: &Call) -> Result<Digest, ChainError> {
		let answer: Result<H256, ChainError> =
			self.request("author_submitExtrinsic", json!([hexadecimal(transaction)])).await;
		answer.map(digest).map_err(|error| match error {
			ChainError::Request { problem, .. } => ChainError::Refused {
				pallet: call.pallet.into(),
				call: call.call.into(),
				remedy: remedy(&problem).into(),
				problem,
			},
			other => other,
		})
	}

	/// Best blocks as they come. The stream ends when the connection is lost.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn subscribe_best(
		&self,
	) -> Result<impl Stream<Item = Result<BlockRef, ChainError>> + Send + Unpin, ChainError> {
		self.subscribe_heads("chain_subscribeNewHeads", "chain_unsubscribeNewHeads").await
	}

	/// What is in a block.
	///
	/// # Errors
	/// [`ChainError`] if the node does not know the block.
	pub async fn body(&self, hash: Digest) -> Result<Body, ChainError> {
		let method = "chain_getBlock";
		let unreadable = |problem: String| ChainError::Answer { method: method.into(), problem };
		let answer: Value = self.request(method, json!([hash])).await?;
		let block = answer.get("block").ok_or_else(|| unreadable(format!("it has no block {hash:?}")))?;
		let header = block.get("header").cloned().unwrap_or_default();
		let header: SubstrateHeader<H256> =
			serde_json::from_value(header).map_err(|error| unreadable(error.to_string()))?;
		let list = block.get("extrinsics").and_then(Value::as_array).ok_or_else(|| unreadable("no body".into()))?;
		let (mut transactions, mut length) = (Vec::with_capacity(list.len()), 0);
		for item in list {
			let bytes = bytes(method, item.as_str().unwrap_or_default())?;
			length += bytes.len() as u64;
			transactions.push(transaction_hash(&bytes));
		}
		Ok(Body { parent: digest(header.parent_hash), number: height(method, &header)?, transactions, length })
	}

	/// The events of a block that `wanted` names, by pallet and event.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer, or its events cannot be read.
	pub async fn happenings(&self, block: BlockRef, wanted: &[(&str, &str)]) -> Result<Vec<Happening>, ChainError> {
		let unreadable = |problem: String| ChainError::Answer { method: "System.Events".into(), problem };
		let at = self.online().at_block_hash_and_number(H256(block.hash.0), block.number.into()).await;
		let at = at.map_err(|error| unreadable(error.to_string()))?;
		let events = at.events().fetch().await.map_err(|error| unreadable(error.to_string()))?;
		let mut found = Vec::new();
		for event in events.iter() {
			let event = event.map_err(|error| unreadable(error.to_string()))?;
			let (pallet, name) = (event.pallet_name(), event.event_name());
			if !wanted.contains(&(pallet, name)) {
				continue;
			}
			let fields: Composite<()> =
				event.decode_fields_unchecked_as().map_err(|error| unreadable(error.to_string()))?;
			let transaction = match event.phase() {
				Phase::ApplyExtrinsic(index) => Some(index),
				Phase::Initialization | Phase::Finalization => None,
			};
			let event = Event { pallet: pallet.into(), name: name.into(), fields: fields_to_json(&fields) };
			found.push(Happening { transaction, event });
		}
		Ok(found)
	}

	/// Picoseconds of computation that the transactions of a block are weighed with.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn normal_weight(&self, hash: Digest) -> Result<u64, ChainError> {
		// The first of three classes, and of its two dimensions.
		let weight: Option<Compact<u64>> = self.prefix(&keys::plain("System", "BlockWeight"), hash).await?;
		Ok(weight.map_or(0, |weight| weight.0))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn transactions_are_known_by_their_blake2_hash() {
		let empty = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
		assert_eq!(hex::encode(transaction_hash(&[])), empty);
	}
}
