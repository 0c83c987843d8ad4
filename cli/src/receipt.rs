//! A receipt: what a stranger needs to believe an attestation without asking anybody.
//!
//! It holds the attestation and its job as they stand in the state of a finalised block, the trie nodes that prove them
//! under that block's state root, the block's header, the GRANDPA justification that finalised it, and the handovers
//! from the chain's first authorities to those who signed it. [`crate::verify`] checks all of it.

use crate::{
	error::CliError,
	verify::finality::{Header, Justification},
};
use codec::{Decode, Encode};
use futures::StreamExt;
use semblance_client::{hexadecimal, keys, pallets, records, BlockRef, Chain};
use semblance_primitives::{generation::Attestation, AttestationId, Digest, JobId};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use sp_consensus_grandpa::GRANDPA_ENGINE_ID;
use sp_core::Bytes;
use sp_runtime::traits::Header as _;
use std::time::Duration;

/// Version of the document.
pub const FORMAT: u16 = 1;
/// Most blocks, from the last finalised one backwards, that are asked for their justification.
const KEPT_BLOCKS: usize = 64;
/// How long the next justification is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Most handovers of authorities that are collected.
const MAX_HANDOVERS: u64 = 100_000;

/// A receipt. All bytes are SCALE encodings, as `0x` and hexadecimal digits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
	/// [`FORMAT`].
	pub format: u16,
	/// The chain.
	pub genesis: Digest,
	/// Id of the attestation.
	pub attestation: AttestationId,
	/// Number of the job.
	pub job: JobId,
	/// The attestation's storage value.
	pub attestation_value: Bytes,
	/// The job's storage value.
	pub job_value: Bytes,
	/// Trie nodes that prove both values.
	pub proof: Vec<Bytes>,
	/// A finalised block at or after the attestation.
	pub last: FinalisedHeader,
	/// The last blocks of earlier authority sets, from the first; each names the next set.
	pub handovers: Vec<FinalisedHeader>,
}

/// A header and the justification that finalised it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalisedHeader {
	/// The header.
	pub header: Bytes,
	/// GRANDPA's justification.
	pub justification: Bytes,
}

/// Answer of `grandpa_proveFinality`: the block, its justification, and headers up to it that are not needed here.
#[derive(Decode)]
struct FinalityProof {
	_block: Digest,
	justification: Vec<u8>,
}

impl Receipt {
	/// Hash of the finalised block, whatever it is worth.
	pub fn final_hash(&self) -> Digest {
		Digest::from(sp_crypto_hashing::blake2_256(&self.last.header))
	}
}

/// Storage key of a job.
pub fn job_key(id: JobId) -> Vec<u8> {
	keys::map(pallets::GENERATION, "Jobs", &id)
}

/// Collects the receipt of an attestation.
///
/// # Errors
/// If the attestation is unknown or not final, or the node keeps no justification or state that covers it.
pub async fn fetch(chain: &Chain, id: AttestationId) -> Result<Receipt, CliError> {
	let (block, last, attestation_value) = covering_block(chain, id).await?;
	let attestation = Attestation::decode(&mut attestation_value.as_slice()).map_err(unreadable)?;
	let job = attestation.body.job;
	let job_value = chain.raw_value(&job_key(job), block.hash).await?;
	let job_value = job_value.ok_or_else(|| CliError::NotFound { what: format!("job {job}"), block: block.number })?;
	let keys = [hexadecimal(&records::attestation_key(&id)), hexadecimal(&job_key(job))];
	let answer = chain.raw_rpc("state_getReadProof", json!([keys, block.hash])).await?;
	let proof = serde_json::from_value(answer.get("proof").cloned().unwrap_or(Value::Null)).map_err(unreadable)?;
	Ok(Receipt {
		format: FORMAT,
		genesis: chain.genesis(),
		attestation: id,
		job,
		attestation_value: Bytes(attestation_value),
		job_value: Bytes(job_value),
		proof,
		last,
		handovers: handovers(chain, block.hash).await?,
	})
}

/// A finalised block with a justification, in whose state the attestation stands: a recent one whose justification the
/// node keeps, else the next one that the validators justify.
async fn covering_block(chain: &Chain, id: AttestationId) -> Result<(BlockRef, FinalisedHeader, Vec<u8>), CliError> {
	let key = records::attestation_key(&id);
	let finalised = chain.finalised().await?;
	if chain.raw_value(&key, finalised.hash).await?.is_none() {
		return Err(CliError::NotFound { what: format!("attestation {id:?}"), block: finalised.number });
	}
	for number in (0..=finalised.number).rev().take(KEPT_BLOCKS) {
		if let Some(justification) = kept_justification(chain, number).await? {
			if let Some(found) = covers(chain, &key, justification).await? {
				return Ok(found);
			}
		}
	}
	let next = async {
		let mut justifications =
			chain.subscribe("grandpa_subscribeJustifications", "grandpa_unsubscribeJustifications").await?;
		while let Some(justification) = justifications.next().await {
			if let Some(found) = covers(chain, &key, bytes(&justification?)?).await? {
				return Ok(Some(found));
			}
		}
		Ok::<_, CliError>(None)
	};
	let found = tokio::time::timeout(PATIENCE, next).await.unwrap_or(Ok(None))?;
	found.ok_or_else(|| {
		CliError::input(
			"the validators justified no block that holds the attestation while this command waited",
			"check that blocks become final, and ask again",
		)
	})
}

/// The justification that the node keeps with a block: of every few blocks, and of all that end a set of authorities.
async fn kept_justification(chain: &Chain, number: u32) -> Result<Option<Vec<u8>>, CliError> {
	let Some(hash) = chain.block_hash(number).await? else { return Ok(None) };
	let block = chain.raw_rpc("chain_getBlock", json!([hash])).await?;
	let kept = block.get("justifications").cloned().unwrap_or(Value::Null);
	let kept: Option<Vec<([u8; 4], Vec<u8>)>> = serde_json::from_value(kept).map_err(unreadable)?;
	let of_grandpa = |(engine, bytes): ([u8; 4], Vec<u8>)| (engine == GRANDPA_ENGINE_ID).then_some(bytes);
	Ok(kept.into_iter().flatten().find_map(of_grandpa))
}

/// The justified block, if the attestation stands in its state. A block that hands over to new authorities stands
/// between two sets: a later one is taken.
async fn covers(
	chain: &Chain,
	key: &[u8],
	justification: Vec<u8>,
) -> Result<Option<(BlockRef, FinalisedHeader, Vec<u8>)>, CliError> {
	let (block, header, finalised) = with_header(chain, justification).await?;
	if header.digest().logs().iter().any(crate::verify::finality::is_handover) {
		return Ok(None);
	}
	Ok(chain.raw_value(key, block.hash).await?.map(|value| (block, finalised, value)))
}

/// The block that a justification is for.
async fn with_header(chain: &Chain, justification: Vec<u8>) -> Result<(BlockRef, Header, FinalisedHeader), CliError> {
	let hash = Justification::decode(&mut justification.as_slice()).map_err(unreadable)?.commit.target_hash;
	let bytes = chain.header_bytes(hash).await?;
	let header = Header::decode(&mut bytes.as_slice()).map_err(unreadable)?;
	let finalised = FinalisedHeader { header: Bytes(bytes), justification: Bytes(justification) };
	Ok((BlockRef { hash, number: *header.number() }, header, finalised))
}

fn bytes(value: &Value) -> Result<Vec<u8>, CliError> {
	Ok(serde_json::from_value::<Bytes>(value.clone()).map_err(unreadable)?.0)
}

fn unreadable(error: impl std::fmt::Display) -> CliError {
	CliError::input(format!("the node's proof cannot be read: {error}"), "ask another node")
}

/// The last blocks of all authority sets before the one at `block`.
async fn handovers(chain: &Chain, block: Digest) -> Result<Vec<FinalisedHeader>, CliError> {
	let set_id: u64 = chain.runtime_call("GrandpaApi_current_set_id", &().encode(), block).await?;
	let mut collected = Vec::new();
	let mut from = 1;
	for _ in 0..set_id.min(MAX_HANDOVERS) {
		let missing = || {
			CliError::input(
				"the node no longer has the justifications of earlier authority sets",
				"ask an archive node, or give verify the present --authorities",
			)
		};
		// Asked about a block of a set that has ended, the node proves the last block of that set.
		let answer = chain.raw_rpc("grandpa_proveFinality", json!([from])).await?;
		if answer.is_null() {
			return Err(missing());
		}
		let proof = FinalityProof::decode(&mut bytes(&answer)?.as_slice()).map_err(unreadable)?;
		let (block, _, finalised) = with_header(chain, proof.justification).await?;
		collected.push(finalised);
		from = block.number.checked_add(1).ok_or_else(missing)?;
	}
	Ok(collected)
}
