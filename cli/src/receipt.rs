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
use semblance_client::{hexadecimal, keys, pallets, records, BlockRef, Chain};
use semblance_primitives::{generation::Attestation, AttestationId, Digest, JobId};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use sp_core::Bytes;
use sp_runtime::traits::Header as _;
use std::time::Duration;

/// Version of the document.
pub const FORMAT: u16 = 1;
/// Looks at the node before giving up: a block's justification follows it within seconds.
const ATTEMPTS: u32 = 60;
/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(500);
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

/// Answer of `grandpa_proveFinality`.
#[derive(Decode)]
struct FinalityProof {
	block: Digest,
	justification: Vec<u8>,
	_unknown_headers: Vec<Header>,
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
	let unreadable = |error: codec::Error| {
		CliError::input(format!("the attestation cannot be read: {error}"), "update this command to the chain's release")
	};
	let attestation = Attestation::decode(&mut attestation_value.as_slice()).map_err(unreadable)?;
	let job = attestation.body.job;
	let job_value = chain.raw_value(&job_key(job), block.hash).await?;
	let job_value =
		job_value.ok_or_else(|| CliError::NotFound { what: format!("job {job}"), block: block.number })?;
	let keys = [hexadecimal(&records::attestation_key(&id)), hexadecimal(&job_key(job))];
	let answer = chain.raw_rpc("state_getReadProof", json!([keys, block.hash])).await?;
	let proof = serde_json::from_value(answer.get("proof").cloned().unwrap_or(Value::Null))
		.map_err(|error| CliError::input(format!("the node's storage proof cannot be read: {error}"), "ask another node"))?;
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

/// A finalised block with a justification, in whose state the attestation stands; waits for one if need be.
async fn covering_block(chain: &Chain, id: AttestationId) -> Result<(BlockRef, FinalisedHeader, Vec<u8>), CliError> {
	let key = records::attestation_key(&id);
	let mut finalised = chain.finalised().await?;
	if chain.raw_value(&key, finalised.hash).await?.is_none() {
		return Err(CliError::NotFound { what: format!("attestation {id:?}"), block: finalised.number });
	}
	for _ in 0..ATTEMPTS {
		if let Some((block, last)) = justified(chain, finalised.number).await? {
			let value = chain.raw_value(&key, block.hash).await?;
			// A block that hands over to new authorities stands between two sets: take a later one.
			let hands_over = decode_header(&last.header)?.digest().logs().iter().any(crate::verify::finality::is_handover);
			if let Some(value) = value.filter(|_| !hands_over) {
				return Ok((block, last, value));
			}
		}
		tokio::time::sleep(INTERVAL).await;
		finalised = chain.finalised().await?;
	}
	Err(CliError::input(
		"the node has no justification for a finalised block that holds the attestation",
		"ask again when more blocks are final, or ask another node",
	))
}

/// The block that the node proves to be final when asked about height `number`, with its header and justification.
async fn justified(chain: &Chain, number: u32) -> Result<Option<(BlockRef, FinalisedHeader)>, CliError> {
	let unreadable = |problem: String| {
		CliError::input(format!("the node's finality proof cannot be read: {problem}"), "ask another node")
	};
	let answer = chain.raw_rpc("grandpa_proveFinality", json!([number])).await?;
	let Some(text) = answer.as_str() else { return Ok(None) };
	let bytes = hex::decode(text.trim_start_matches("0x")).map_err(|error| unreadable(error.to_string()))?;
	let proof = FinalityProof::decode(&mut bytes.as_slice()).map_err(|error| unreadable(error.to_string()))?;
	// What is in a hurry to be wrong should be noticed here and not at the stranger's.
	let target = Justification::decode(&mut proof.justification.as_slice())
		.map_err(|error| unreadable(error.to_string()))?
		.commit
		.target_hash;
	if target != proof.block {
		return Err(unreadable("the justification is for another block".into()));
	}
	let header = chain.header_bytes(proof.block).await?;
	let number = *decode_header(&header)?.number();
	let finalised = FinalisedHeader { header: Bytes(header), justification: Bytes(proof.justification) };
	Ok(Some((BlockRef { hash: proof.block, number }, finalised)))
}

fn decode_header(bytes: &[u8]) -> Result<Header, CliError> {
	Header::decode(&mut &*bytes)
		.map_err(|error| CliError::input(format!("a header cannot be read: {error}"), "ask another node"))
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
		let (block, finalised) = justified(chain, from).await?.ok_or_else(missing)?;
		collected.push(finalised);
		from = block.number.checked_add(1).ok_or_else(missing)?;
	}
	Ok(collected)
}
