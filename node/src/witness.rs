//! Notices validators that make two blocks in one slot. The SDK notices them too, but names the blocks by hashes without
//! seals, under which no node knows them; whoever reports them needs the blocks' own.

use crate::service::FullClient;
use futures::StreamExt;
use sc_client_api::BlockchainEvents;
use sc_consensus_aura::find_pre_digest;
use semblance_runtime::{opaque::Block, Hash};
use serde::Serialize;
use sp_consensus_aura::sr25519::AuthoritySignature;
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use substrate_prometheus_endpoint::{register, Counter, PrometheusError, Registry, U64};

/// Slots that are remembered: a bit more than half an hour, after which blocks are final.
const SLOTS: usize = 1_024;
/// Contradictions that are remembered.
const CONTRADICTIONS: usize = 64;

/// Two blocks of one slot, both sealed by the author whose turn it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct TwoBlocks {
	/// The slot.
	pub slot: u64,
	/// Hash of the block that came first to this node.
	pub first: Hash,
	/// Hash of the other.
	pub second: Hash,
}

/// What this node saw since it started.
#[derive(Debug, Default)]
struct Seen {
	/// The first block of each slot.
	blocks: BTreeMap<u64, Hash>,
	contradictions: Vec<TwoBlocks>,
}

impl Seen {
	/// Notes a block; returns the contradiction if it is the second of its slot. Further blocks of a slot prove no more.
	fn note(&mut self, slot: u64, block: Hash) -> Option<TwoBlocks> {
		let first = *self.blocks.entry(slot).or_insert(block);
		if self.blocks.len() > SLOTS {
			self.blocks.pop_first();
		}
		let known = self.contradictions.iter().any(|contradiction| contradiction.slot == slot);
		if first == block || known || self.contradictions.len() >= CONTRADICTIONS {
			return None;
		}
		let contradiction = TwoBlocks { slot, first, second: block };
		self.contradictions.push(contradiction);
		Some(contradiction)
	}
}

/// Watches the blocks that come to this node. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<Seen>>);

impl Witness {
	/// The contradictions that this node saw since it started, at most 64.
	pub fn contradictions(&self) -> Vec<TwoBlocks> {
		self.seen().contradictions.clone()
	}

	/// Watches every block that is imported, for as long as the node runs.
	///
	/// # Errors
	/// If the metric is registered already.
	pub fn watch(
		&self,
		client: &Arc<FullClient>,
		registry: Option<&Registry>,
	) -> Result<impl std::future::Future<Output = ()> + Send + 'static, PrometheusError> {
		let metric = registry.map(register_metric).transpose()?;
		let (witness, mut imports) = (self.clone(), client.every_import_notification_stream());
		Ok(async move {
			while let Some(block) = imports.next().await {
				let Ok(slot) = find_pre_digest::<Block, AuthoritySignature>(&block.header) else { continue };
				let Some(TwoBlocks { slot, first, second }) = witness.seen().note(slot.into(), block.hash) else {
					continue;
				};
				log::warn!(
					"Two blocks of slot {slot}: report them with `semblance validator report {first:?} {second:?}`"
				);
				metric.iter().for_each(Counter::inc);
			}
		})
	}

	fn seen(&self) -> MutexGuard<'_, Seen> {
		self.0.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

fn register_metric(registry: &Registry) -> Result<Counter<U64>, PrometheusError> {
	register(
		Counter::new("semblance_slots_with_two_blocks", "Slots in which this node saw two blocks by one author")?,
		registry,
	)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn hash(byte: u8) -> Hash {
		Hash::repeat_byte(byte)
	}

	#[test]
	fn the_second_block_of_a_slot_is_a_contradiction_and_the_third_proves_no_more() {
		let mut seen = Seen::default();
		assert_eq!(seen.note(7, hash(1)), None);
		assert_eq!(seen.note(7, hash(1)), None, "the same block again");
		assert_eq!(seen.note(8, hash(2)), None, "a block in the next slot");
		let contradiction = TwoBlocks { slot: 7, first: hash(1), second: hash(3) };
		assert_eq!(seen.note(7, hash(3)), Some(contradiction));
		assert_eq!(seen.note(7, hash(4)), None);
		assert_eq!(seen.contradictions, [contradiction]);
	}

	#[test]
	fn memory_is_bounded_and_old_slots_go_first() {
		let mut seen = Seen::default();
		for slot in 0..2 * SLOTS as u64 {
			seen.note(slot, hash(1));
		}
		assert_eq!(seen.blocks.len(), SLOTS);
		assert_eq!(seen.note(2 * SLOTS as u64 - 1, hash(2)).map(|it| it.first), Some(hash(1)));
		for slot in SLOTS as u64..2 * SLOTS as u64 {
			seen.note(slot, hash(3));
		}
		assert_eq!(seen.contradictions.len(), CONTRADICTIONS);
	}
}
