//! Where trust begins: the authorities that finalise a chain's blocks, from its specification, a file, or a node.

use super::{finality::Header, Finding};
use crate::{error::CliError, receipt::Receipt};
use codec::{Decode, Encode};
use semblance_client::{keys, Chain};
use semblance_primitives::Digest;
use serde::{Deserialize, Serialize};
use sp_consensus_grandpa::AuthorityList;
use sp_core::{ed25519, Blake2Hasher, Bytes};
use sp_runtime::traits::Header as _;
use sp_trie::{LayoutV1, TrieConfiguration};
use std::collections::BTreeMap;

/// A set of authorities that is trusted to finalise blocks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Authorities {
	/// The chain.
	pub genesis: Digest,
	/// Number of the set; 0 is the set of the first block.
	pub set_id: u64,
	/// Who votes, and how much each vote weighs.
	pub authorities: Vec<Authority>,
}

/// One authority.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Authority {
	/// Its ed25519 key.
	pub key: Digest,
	/// Weight of its vote.
	pub weight: u64,
}

/// A raw chain specification, as far as trust needs it.
#[derive(Deserialize)]
struct ChainSpec {
	genesis: Genesis,
}

#[derive(Deserialize)]
struct Genesis {
	raw: Option<RawGenesis>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawGenesis {
	top: BTreeMap<String, String>,
	#[serde(default)]
	children_default: BTreeMap<String, serde_json::Value>,
}

impl Authorities {
	/// The first authorities of the chain that a raw specification describes. Its genesis hash is computed from the
	/// specification's state, so nobody's word is needed for it.
	///
	/// # Errors
	/// Words for what is wrong with the specification.
	pub fn of_chain_spec(json: &[u8]) -> Result<Self, String> {
		let spec: ChainSpec =
			serde_json::from_slice(json).map_err(|error| format!("no chain specification: {error}"))?;
		let raw =
			spec.genesis.raw.ok_or("a plain chain specification says nothing checkable; the raw form is needed")?;
		if !raw.children_default.is_empty() {
			return Err("child tries in a first state are not supported".into());
		}
		let mut state = BTreeMap::new();
		for (key, value) in &raw.top {
			state.insert(digits(key)?, digits(value)?);
		}
		let encoded =
			state.get(&keys::plain("Grandpa", "Authorities")).ok_or("the first state has no GRANDPA authorities")?;
		let list = AuthorityList::decode(&mut encoded.as_slice())
			.map_err(|error| format!("the GRANDPA authorities cannot be read: {error}"))?;
		let genesis = genesis_hash(&state);
		Ok(Self::new(genesis, 0, &list))
	}

	/// The authorities at a block, as a trusted node tells.
	///
	/// # Errors
	/// If the node does not answer.
	pub async fn of_node(chain: &Chain, at: Digest) -> Result<Self, CliError> {
		let list: AuthorityList = chain.runtime_call("GrandpaApi_grandpa_authorities", &().encode(), at).await?;
		let set_id: u64 = chain.runtime_call("GrandpaApi_current_set_id", &().encode(), at).await?;
		Ok(Self::new(chain.genesis(), set_id, &list))
	}

	pub(super) fn new(genesis: Digest, set_id: u64, list: &AuthorityList) -> Self {
		let authority = |(id, weight): &(sp_consensus_grandpa::AuthorityId, u64)| Authority {
			key: Digest::from(ed25519::Public::from(id.clone()).0),
			weight: *weight,
		};
		Self { genesis, set_id, authorities: list.iter().map(authority).collect() }
	}
}

/// Whether receipt and root of trust are of one chain.
pub fn same_chain(receipt: &Receipt, trusted: &Authorities) -> Finding {
	if receipt.genesis == trusted.genesis {
		Ok(format!("receipt and root of trust are of the chain {:?}", receipt.genesis))
	} else {
		Err(format!("the receipt is of the chain {:?}, the root of trust of {:?}", receipt.genesis, trusted.genesis))
	}
}

/// Hash of the first block, whose state this is. Semblance's runtime has laid its state out as version 1 from the first
/// block on.
fn genesis_hash(state: &BTreeMap<Vec<u8>, Vec<u8>>) -> Digest {
	let root = LayoutV1::<Blake2Hasher>::trie_root(state);
	let no_extrinsics = sp_trie::empty_trie_root::<LayoutV1<Blake2Hasher>>();
	Header::new(0, no_extrinsics, root, Digest::zero(), Default::default()).hash()
}

fn digits(text: &str) -> Result<Vec<u8>, String> {
	let bytes: Bytes = serde_json::from_value(serde_json::Value::String(text.into()))
		.map_err(|_| format!("{} is no hexadecimal text", text.chars().take(40).collect::<String>()))?;
	Ok(bytes.0)
}
