//! What happened to a dataset, read from the events of finalised blocks.
//!
//! Events are decoded by the types of this node's runtime and related to the dataset through their fields: a `dataset`,
//! or an agreement, job or attestation that leads to one. A new event needs no change here. Changes of consents count
//! for every dataset of their custodian: which patient is in which dataset stands on no chain.

use super::json::{field, to_json};
use crate::service::FullClient;
use codec::{Decode, Encode};
use frame_support::storage::generator::StorageMap as _;
use frame_system::{EventRecord, Phase};
use sc_client_api::StorageProvider;
use scale_info::{MetaType, PortableRegistry, Registry};
use scale_value::ValueDef;
use semblance_primitives::{AgreementId, AttestationId, BlockNumber, DatasetId, JobId};
use semblance_runtime::{Hash, Runtime, RuntimeEvent};
use serde::Serialize;
use serde_json::Value as Json;
use sp_blockchain::HeaderBackend;
use sp_storage::StorageKey;

/// Most blocks of one question.
const MAX_BLOCKS: BlockNumber = 10_000;
/// Pallets whose events are looked at.
const PALLETS: [&str; 4] = ["Consent", "DatasetRegistry", "AccessControl", "GenerationAttestation"];

/// One event that concerns the dataset.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntry {
	/// Height of the block.
	pub block: BlockNumber,
	/// Hash of the block.
	pub block_hash: Hash,
	/// Index of the transaction in the block; absent for what the chain did by itself.
	pub extrinsic: Option<u32>,
	/// The pallet.
	pub pallet: String,
	/// Name of the event.
	pub event: String,
	/// Fields of the event; digests and accounts in hexadecimal.
	pub fields: Json,
}

/// Why a trail could not be given.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
	/// The range is empty or too long.
	#[error("blocks {from} to {to} are no range of at most {MAX_BLOCKS} blocks; ask in pieces")]
	Range {
		/// First block asked for.
		from: BlockNumber,
		/// Last block asked for.
		to: BlockNumber,
	},
	/// The range ends after the last finalised block.
	#[error("block {to} is not final yet, the last final one is {finalised}; ask up to that")]
	NotFinal {
		/// Last block asked for.
		to: BlockNumber,
		/// Last finalised block.
		finalised: BlockNumber,
	},
	/// The dataset is unknown.
	#[error("there is no dataset {0}; check the number")]
	UnknownDataset(DatasetId),
	/// The state of a block is gone.
	#[error(
		"the state of block {block} is not kept here ({reason}); ask a node that runs with --state-pruning archive"
	)]
	NoState {
		/// The block.
		block: BlockNumber,
		/// What the database said.
		reason: String,
	},
}

/// Everything that happened to `dataset` in the finalised blocks `from` to `to`.
pub fn trail(
	client: &FullClient,
	dataset: DatasetId,
	from: BlockNumber,
	to: BlockNumber,
) -> Result<Vec<AuditEntry>, AuditError> {
	if to < from || to - from >= MAX_BLOCKS {
		return Err(AuditError::Range { from, to });
	}
	let finalised = client.info().finalized_number;
	if to > finalised {
		return Err(AuditError::NotFinal { to, finalised });
	}
	let reader = Reader::new(client, dataset)?;
	let mut entries = Vec::new();
	for block in from..=to {
		entries.extend(reader.entries(block)?);
	}
	Ok(entries)
}

/// Reads events of one dataset.
struct Reader<'a> {
	client: &'a FullClient,
	dataset: DatasetId,
	custodian: u32,
	types: PortableRegistry,
	event_type: u32,
}

impl<'a> Reader<'a> {
	fn new(client: &'a FullClient, dataset: DatasetId) -> Result<Self, AuditError> {
		let mut registry = Registry::new();
		let event_type = registry.register_type(&MetaType::new::<RuntimeEvent>()).id;
		let mut reader = Self { client, dataset, custodian: 0, types: registry.into(), event_type };
		let now = client.info().finalized_hash;
		let key = pallet_dataset_registry::Records::<Runtime>::storage_map_final_key(dataset);
		let record: semblance_primitives::dataset::Dataset =
			reader.value(now, key).ok_or(AuditError::UnknownDataset(dataset))?;
		reader.custodian = record.custodian;
		Ok(reader)
	}

	fn entries(&self, block: BlockNumber) -> Result<Vec<AuditEntry>, AuditError> {
		let no_state = |reason: String| AuditError::NoState { block, reason };
		let hash = self
			.client
			.hash(block)
			.map_err(|error| no_state(error.to_string()))?
			.ok_or_else(|| no_state("unknown block".into()))?;
		let bytes = self
			.client
			.storage(hash, &StorageKey(semblance_runtime::events_key()))
			.map_err(|error| no_state(error.to_string()))?;
		let Some(bytes) = bytes else { return Ok(Vec::new()) };
		let records = Vec::<EventRecord<RuntimeEvent, Hash>>::decode(&mut bytes.0.as_slice())
			.map_err(|error| no_state(format!("events of another runtime version: {error}")))?;
		Ok(records.into_iter().filter_map(|record| self.entry(block, hash, record)).collect())
	}

	fn entry(&self, block: BlockNumber, hash: Hash, record: EventRecord<RuntimeEvent, Hash>) -> Option<AuditEntry> {
		let (pallet, event, fields) = self.open(&record.event)?;
		if !PALLETS.contains(&pallet.as_str()) || !self.concerns(hash, &pallet, &fields) {
			return None;
		}
		let extrinsic = match record.phase {
			Phase::ApplyExtrinsic(index) => Some(index),
			Phase::Initialization | Phase::Finalization => None,
		};
		Some(AuditEntry { block, block_hash: hash, extrinsic, pallet, event, fields })
	}

	/// The pallet, the name and the fields of an event.
	fn open(&self, event: &RuntimeEvent) -> Option<(String, String, Json)> {
		let bytes = event.encode();
		let value = scale_value::scale::decode_as_type(&mut bytes.as_slice(), self.event_type, &self.types).ok()?;
		let ValueDef::Variant(pallet) = value.value else { return None };
		let inner = pallet.values.into_values().next()?;
		let ValueDef::Variant(event) = inner.value else { return None };
		let fields = to_json(&ValueDef::Composite(event.values));
		Some((pallet.name, event.name, fields))
	}

	fn concerns(&self, hash: Hash, pallet: &str, fields: &Json) -> bool {
		let number = |name| field(fields, name).and_then(Json::as_u64).and_then(|number| u32::try_from(number).ok());
		if pallet == "Consent" {
			return number("custodian") == Some(self.custodian);
		}
		let by_agreement = || number("agreement").or(number("application")).and_then(|id| self.of_agreement(hash, id));
		let by_job = || number("job").map(|id| self.of_job(hash, id)).unwrap_or_default();
		number("dataset") == Some(self.dataset)
			|| by_agreement() == Some(self.dataset)
			|| by_job().contains(&self.dataset)
			|| self.of_attestation(hash, fields).contains(&self.dataset)
	}

	fn of_agreement(&self, hash: Hash, id: AgreementId) -> Option<DatasetId> {
		let key = pallet_access_control::Records::<Runtime>::storage_map_final_key(id);
		self.value::<semblance_primitives::access::Agreement>(hash, key).map(|agreement| agreement.dataset)
	}

	fn of_job(&self, hash: Hash, id: JobId) -> Vec<DatasetId> {
		let key = pallet_generation_attestation::Jobs::<Runtime>::storage_map_final_key(id);
		let Some(job) = self.value::<semblance_primitives::generation::Job>(hash, key) else { return Vec::new() };
		let mut datasets = vec![job.dataset];
		if let Some(attestation) = job.attestation {
			datasets.extend(self.synthetic_of(hash, attestation));
		}
		datasets
	}

	fn of_attestation(&self, hash: Hash, fields: &Json) -> Vec<DatasetId> {
		let text = field(fields, "attestation").and_then(Json::as_str).and_then(|text| text.strip_prefix("0x"));
		let mut id = AttestationId::zero();
		match text.map(|digits| hex::decode_to_slice(digits, id.as_bytes_mut())) {
			Some(Ok(())) => self.synthetic_of(hash, id),
			_ => Vec::new(),
		}
	}

	/// The dataset learnt from and the synthetic dataset of an attestation.
	fn synthetic_of(&self, hash: Hash, id: AttestationId) -> Vec<DatasetId> {
		let key = pallet_generation_attestation::Attestations::<Runtime>::storage_map_final_key(id);
		self.value::<semblance_primitives::generation::Attestation>(hash, key)
			.map(|attestation| vec![attestation.body.dataset, attestation.synthetic_dataset])
			.unwrap_or_default()
	}

	fn value<T: Decode>(&self, hash: Hash, key: Vec<u8>) -> Option<T> {
		let bytes = self.client.storage(hash, &StorageKey(key)).ok()??;
		T::decode(&mut bytes.0.as_slice()).ok()
	}
}
