//! Reading: blocks, and storage at a block.

use crate::{connection::Reconnecting, error::ChainError};
use codec::{Decode, Encode};
use futures::{stream::BoxStream, Stream, StreamExt};
use semblance_primitives::{BlockNumber, Digest};
use serde_json::{json, value::RawValue, Value};
use std::{collections::HashMap, sync::Arc};
use subxt::{
	backend::LegacyBackend,
	config::substrate::{SubstrateConfig, SubstrateHeader, H256},
	rpcs::{client::RpcParams, RpcClient},
	OnlineClient,
};

/// Most keys asked for in one request.
const BATCH: usize = 500;

/// A block by hash and height.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct BlockRef {
	/// Hash of the header.
	pub hash: Digest,
	/// Height.
	pub number: BlockNumber,
}

/// A chain as one node shows it. Cheap to clone; the connection is made anew when the node comes back after a restart.
#[derive(Clone)]
pub struct Chain {
	inner: Arc<Inner>,
}

struct Inner {
	url: String,
	rpc: RpcClient,
	online: OnlineClient<SubstrateConfig>,
	genesis: Digest,
}

/// One answer of `state_queryStorageAt`.
#[derive(serde::Deserialize)]
struct ChangeSet {
	changes: Vec<(String, Option<String>)>,
}

impl Chain {
	/// Connects to the node at a `ws://` or `wss://` address.
	///
	/// # Errors
	/// [`ChainError::Connection`] if nothing answers there.
	pub async fn connect(url: &str) -> Result<Self, ChainError> {
		let rpc = RpcClient::new(Reconnecting::new(url));
		let unreachable = |problem: String| ChainError::Connection { url: url.into(), problem };
		let genesis: H256 = rpc
			.request("chain_getBlockHash", parameters("chain_getBlockHash", json!([0]))?)
			.await
			.map_err(|error| unreachable(error.to_string()))?;
		let config = SubstrateConfig::builder().set_genesis_hash(genesis).build();
		let backend = LegacyBackend::builder().build(rpc.clone());
		let online = OnlineClient::from_backend_with_config(config, Arc::new(backend))
			.await
			.map_err(|error| unreachable(error.to_string()))?;
		Ok(Self { inner: Arc::new(Inner { url: url.into(), rpc, online, genesis: digest(genesis) }) })
	}

	/// Hash of the chain's first block: the chain's name in everything that is signed.
	pub fn genesis(&self) -> Digest {
		self.inner.genesis
	}

	/// Address of the node.
	pub fn url(&self) -> &str {
		&self.inner.url
	}

	pub(crate) fn online(&self) -> &OnlineClient<SubstrateConfig> {
		&self.inner.online
	}

	/// Calls a JSON-RPC method. `params` is a JSON array, or null for none.
	///
	/// # Errors
	/// [`ChainError::Connection`] without connection, [`ChainError::Request`] if the node refuses.
	pub async fn raw_rpc(&self, method: &str, params: Value) -> Result<Value, ChainError> {
		self.request(method, params).await
	}

	pub(crate) async fn request<T: serde::de::DeserializeOwned>(
		&self,
		method: &str,
		params: Value,
	) -> Result<T, ChainError> {
		self.inner.rpc.request(method, parameters(method, params)?).await.map_err(|error| self.refusal(method, error))
	}

	fn refusal(&self, method: &str, error: subxt::rpcs::Error) -> ChainError {
		use subxt::rpcs::Error;
		let method = method.into();
		match error {
			Error::User(user) => {
				let detail = user.data.map(|data| format!(" ({})", data.get())).unwrap_or_default();
				ChainError::Request { method, problem: format!("{}{detail}", user.message) }
			},
			Error::Deserialization(error) => ChainError::Answer { method, problem: error.to_string() },
			error => ChainError::Connection { url: self.inner.url.clone(), problem: error.to_string() },
		}
	}

	/// The last finalised block.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn finalised(&self) -> Result<BlockRef, ChainError> {
		let hash: H256 = self.request("chain_getFinalizedHead", Value::Null).await?;
		self.block(digest(hash)).await
	}

	/// The best block, which may still be replaced.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn best(&self) -> Result<BlockRef, ChainError> {
		let hash: H256 = self.request("chain_getBlockHash", Value::Null).await?;
		self.block(digest(hash)).await
	}

	async fn block(&self, hash: Digest) -> Result<BlockRef, ChainError> {
		let header = self.header(hash).await?;
		Ok(BlockRef { hash, number: height("chain_getHeader", &header)? })
	}

	/// SCALE bytes of a header.
	///
	/// # Errors
	/// [`ChainError`] if the node does not know the block.
	pub async fn header_bytes(&self, hash: Digest) -> Result<Vec<u8>, ChainError> {
		Ok(self.header(hash).await?.encode())
	}

	pub(crate) async fn header(&self, hash: Digest) -> Result<SubstrateHeader<H256>, ChainError> {
		let method = "chain_getHeader";
		let header: Option<SubstrateHeader<H256>> = self.request(method, json!([hash])).await?;
		header.ok_or_else(|| ChainError::Answer { method: method.into(), problem: format!("it has no block {hash:?}") })
	}

	/// Hash of the block at a height on the node's best chain; `None` above its end. Below the finalised height the
	/// answer is final.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn block_hash(&self, number: BlockNumber) -> Result<Option<Digest>, ChainError> {
		let hash: Option<H256> = self.request("chain_getBlockHash", json!([number])).await?;
		Ok(hash.map(digest))
	}

	/// The storage value under `key` at block `at`.
	///
	/// # Errors
	/// [`ChainError::Record`] if the value is no `T`, other [`ChainError`] if the node does not answer.
	pub async fn value<T: Decode>(&self, key: &[u8], at: Digest) -> Result<Option<T>, ChainError> {
		self.raw_value(key, at).await?.map(|bytes| decode(key, &bytes)).transpose()
	}

	/// SCALE bytes of the storage value under `key` at block `at`.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn raw_value(&self, key: &[u8], at: Digest) -> Result<Option<Vec<u8>>, ChainError> {
		let method = "state_getStorage";
		let answer: Option<String> = self.request(method, json!([hexadecimal(key), at])).await?;
		answer.map(|text| bytes(method, &text)).transpose()
	}

	/// The storage values under `keys` at block `at`, in the order of the keys; asked for in batches.
	///
	/// # Errors
	/// [`ChainError::Record`] if a value is no `T`, other [`ChainError`] if the node does not answer.
	pub async fn values<T: Decode>(&self, keys: &[Vec<u8>], at: Digest) -> Result<Vec<Option<T>>, ChainError> {
		let values = self.raw_values(keys, at).await?;
		let decoded = keys.iter().zip(values).map(|(key, value)| value.map(|bytes| decode(key, &bytes)).transpose());
		decoded.collect()
	}

	/// SCALE bytes of the storage values under `keys` at block `at`, in the order of the keys; asked for in batches.
	pub(crate) async fn raw_values(&self, keys: &[Vec<u8>], at: Digest) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
		let mut found = Vec::with_capacity(keys.len());
		for batch in keys.chunks(BATCH) {
			let mut values = self.batch(batch, at).await?;
			found.extend(batch.iter().map(|key| values.remove(key)));
		}
		Ok(found)
	}

	async fn batch(&self, keys: &[Vec<u8>], at: Digest) -> Result<HashMap<Vec<u8>, Vec<u8>>, ChainError> {
		let method = "state_queryStorageAt";
		let names: Vec<String> = keys.iter().map(|key| hexadecimal(key)).collect();
		let sets: Vec<ChangeSet> = self.request(method, json!([names, at])).await?;
		let mut values = HashMap::with_capacity(keys.len());
		for (key, value) in sets.into_iter().flat_map(|set| set.changes) {
			if let Some(value) = value {
				values.insert(bytes(method, &key)?, bytes(method, &value)?);
			}
		}
		Ok(values)
	}

	/// All keys that begin with `prefix` at block `at`, in the order of the keys.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn keys(&self, prefix: &[u8], at: Digest) -> Result<Vec<Vec<u8>>, ChainError> {
		let method = "state_getKeysPaged";
		let mut found: Vec<Vec<u8>> = Vec::new();
		loop {
			let start = found.last().map(|key| hexadecimal(key));
			let page: Vec<String> = self.request(method, json!([hexadecimal(prefix), BATCH, start, at])).await?;
			let is_last = page.len() < BATCH;
			for key in page {
				found.push(bytes(method, &key)?);
			}
			if is_last {
				return Ok(found);
			}
		}
	}

	/// Result of a runtime API function, decoded.
	///
	/// # Errors
	/// [`ChainError::Answer`] if the result is no `T`, other [`ChainError`] if the node does not answer.
	pub async fn runtime_call<T: Decode>(&self, function: &str, arguments: &[u8], at: Digest) -> Result<T, ChainError> {
		let text: String = self.request("state_call", json!([function, hexadecimal(arguments), at])).await?;
		T::decode(&mut bytes(function, &text)?.as_slice())
			.map_err(|error| ChainError::Answer { method: function.into(), problem: error.to_string() })
	}

	/// Subscribes to a JSON-RPC method. The stream ends when the connection is lost; subscribe again then.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer or has no such subscription.
	pub async fn subscribe(
		&self,
		method: &str,
		unsubscribe: &str,
	) -> Result<impl Stream<Item = Result<Value, ChainError>> + Send + Unpin, ChainError> {
		let stream = self.inner.rpc.subscribe::<Value>(method, RpcParams::new(), unsubscribe).await;
		let stream = stream.map_err(|error| self.refusal(method, error))?;
		let (chain, method) = (self.clone(), method.to_owned());
		Ok(stream.map(move |item| item.map_err(|error| chain.refusal(&method, error))))
	}

	/// Finalised blocks as they come. Heights may be skipped when several blocks become final at once. The stream ends
	/// when the connection is lost; subscribe again then.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer.
	pub async fn subscribe_finalised(
		&self,
	) -> Result<impl Stream<Item = Result<BlockRef, ChainError>> + Send + Unpin, ChainError> {
		self.subscribe_heads("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads").await
	}

	/// The first part of a value: of a list, how long it is. What follows is left alone.
	pub(crate) async fn prefix<T: Decode>(&self, key: &[u8], at: Digest) -> Result<Option<T>, ChainError> {
		let bytes = self.raw_value(key, at).await?;
		bytes
			.map(|bytes| T::decode(&mut bytes.as_slice()))
			.transpose()
			.map_err(|error| ChainError::Answer { method: "state_getStorage".into(), problem: error.to_string() })
	}

	pub(crate) async fn subscribe_heads(
		&self,
		method: &'static str,
		unsubscribe: &str,
	) -> Result<BoxStream<'static, Result<BlockRef, ChainError>>, ChainError> {
		let stream = self.inner.rpc.subscribe::<SubstrateHeader<H256>>(method, RpcParams::new(), unsubscribe).await;
		let stream = stream.map_err(|error| self.refusal(method, error))?;
		let chain = self.clone();
		let heads = stream.map(move |header| {
			let header = header.map_err(|error| chain.refusal(method, error))?;
			let hash = Digest::from(sp_crypto_hashing::blake2_256(&header.encode()));
			Ok(BlockRef { hash, number: height(method, &header)? })
		});
		Ok(heads.boxed())
	}
}

impl std::fmt::Debug for Chain {
	fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(formatter, "Chain({}, genesis {:?})", self.inner.url, self.inner.genesis)
	}
}

pub(crate) fn digest(hash: H256) -> Digest {
	Digest::from(hash.0)
}

/// `0x` and hexadecimal digits, as JSON-RPC writes bytes.
pub fn hexadecimal(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

pub(crate) fn bytes(method: &str, text: &str) -> Result<Vec<u8>, ChainError> {
	hex::decode(text.trim_start_matches("0x"))
		.map_err(|error| ChainError::Answer { method: method.into(), problem: error.to_string() })
}

pub(crate) fn height(method: &str, header: &SubstrateHeader<H256>) -> Result<BlockNumber, ChainError> {
	BlockNumber::try_from(header.number)
		.map_err(|error| ChainError::Answer { method: method.into(), problem: error.to_string() })
}

pub(crate) fn decode<T: Decode>(key: &[u8], bytes: &[u8]) -> Result<T, ChainError> {
	T::decode(&mut &*bytes).map_err(|error| ChainError::Record {
		record: std::any::type_name::<T>(),
		key: hex::encode(key),
		problem: error.to_string(),
	})
}

fn parameters(method: &str, params: Value) -> Result<RpcParams, ChainError> {
	let refuse = |problem: String| ChainError::Request { method: method.into(), problem };
	let list = match params {
		Value::Null => Vec::new(),
		Value::Array(list) => list,
		other => return Err(refuse(format!("parameters must be a list, not {other}"))),
	};
	let mut parameters = RpcParams::new();
	for value in list {
		let raw = RawValue::from_string(value.to_string()).map_err(|error| refuse(error.to_string()))?;
		parameters.push(raw).map_err(|error| refuse(error.to_string()))?;
	}
	Ok(parameters)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn parameters_are_a_json_list() {
		let built = parameters("m", json!([1, "a", null])).unwrap().build().unwrap();
		assert_eq!(built.get(), "[1,\"a\",null]");
		assert!(parameters("m", Value::Null).unwrap().build().is_none());
		assert!(parameters("m", json!({ "a": 1 })).is_err());
	}

	#[test]
	fn a_value_of_another_type_is_an_error_that_names_the_key() {
		let error = decode::<u64>(&[0xab], &[1, 2]).unwrap_err();
		assert!(error.to_string().contains("0xab"), "{error}");
	}

	#[tokio::test]
	async fn nobody_at_the_address_is_an_error_with_a_remedy() {
		let error = Chain::connect("ws://127.0.0.1:1").await.unwrap_err();
		assert_eq!(error.code(), "node-unreachable");
		assert!(error.to_string().contains("--node"), "{error}");
	}
}
