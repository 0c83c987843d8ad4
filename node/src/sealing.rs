//! A development chain that doesn't wait for slots: a block soon for what people send, final as soon as it is made.
//!
//! For fast tests of everything above consensus. Blocks have no seal and no justification, so no other node takes them,
//! and nothing can be proven from them; that is why only chains of type `Development` allow it.

use crate::{
	consensus::Chain,
	service::{FullBackend, FullClient},
};
use futures::{stream, Stream, StreamExt};
use sc_basic_authorship::ProposerFactory;
use sc_consensus_aura::find_pre_digest;
use sc_consensus_manual_seal::{
	consensus::aura::AuraConsensusDataProvider, rpc::EngineCommand, run_manual_seal, ManualSealParams,
};
use sc_service::{error::Error as ServiceError, ChainType, TaskManager};
use sc_transaction_pool_api::TransactionPool;
use semblance_runtime::{opaque::Block, Hash};
use sp_consensus_aura::{
	inherents::InherentDataProvider as SlotProvider,
	sr25519::{AuthorityId, AuthoritySignature},
	Slot, SlotDuration,
};
use sp_timestamp::{InherentDataProvider as TimestampProvider, Timestamp};
use std::{sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;

/// How long a chain without transactions waits for its next block: jobs need later blocks to go on.
const IDLE: Duration = Duration::from_millis(500);
/// Transactions that come in within this time share a block, at most so many. Shorter, and the pool, which remembers for two
/// blocks what was included, takes late ones for such that wait for an earlier nonce.
const GATHER: Duration = Duration::from_millis(50);
const TOGETHER: usize = 4_096;

/// When blocks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Sealing {
	/// Soon after a transaction came in, and twice a second without; final at once. Development chains only.
	Instant,
}

/// Sealing was asked for on a chain that other nodes take part in.
#[derive(Debug, thiserror::Error)]
#[error("--sealing instant: the chain {name} is of type {kind:?}, and only a development chain goes without consensus; leave the option out, or start with --chain dev")]
pub struct NotADevelopmentChain {
	name: String,
	kind: ChainType,
}

impl Sealing {
	/// Refuses chains that are not for development.
	pub fn check(spec: &dyn sc_service::ChainSpec) -> Result<(), NotADevelopmentChain> {
		match spec.chain_type() {
			ChainType::Development => Ok(()),
			kind => Err(NotADevelopmentChain { name: spec.name().into(), kind }),
		}
	}
}

/// Starts making blocks.
pub fn start(task_manager: &TaskManager, chain: &Chain, registry: Option<&Registry>) -> Result<(), ServiceError> {
	let env = ProposerFactory::new(
		task_manager.spawn_handle(),
		chain.client.clone(),
		chain.transaction_pool.clone(),
		registry,
		None,
	);
	let slot_duration = sc_consensus_aura::slot_duration::<AuthorityId, _, _>(&*chain.client)?;
	let client = chain.client.clone();
	let sealing = run_manual_seal::<_, _, FullBackend, _, _, _, _, _, _>(ManualSealParams {
		block_import: chain.client.clone(),
		env,
		client: chain.client.clone(),
		pool: chain.transaction_pool.clone(),
		commands_stream: Box::pin(commands(chain.transaction_pool.import_notification_stream())),
		select_chain: chain.select_chain.clone(),
		consensus_data_provider: Some(Box::new(AuraConsensusDataProvider::new_with_slot_duration(slot_duration))),
		create_inherent_data_providers: move |parent, ()| {
			let inherents = inherents(&client, parent, slot_duration);
			async move { inherents }
		},
	});
	task_manager.spawn_essential_handle().spawn_blocking("instant-seal", Some("block-authoring"), sealing);
	Ok(())
}

/// One block for all transactions that came in shortly, or an empty one when none came for a while.
fn commands(imported: impl Stream<Item = Hash> + Send) -> impl Stream<Item = EngineCommand<Hash>> + Send {
	let transactions = imported.ready_chunks(TOGETHER).then(|_| tokio::time::sleep(GATHER));
	let idle = stream::unfold((), |()| async {
		tokio::time::sleep(IDLE).await;
		Some(((), ()))
	});
	stream::select(transactions, idle).map(|()| EngineCommand::SealNewBlock {
		create_empty: true,
		finalize: true,
		parent_hash: None,
		sender: None,
	})
}

type Inherents = Result<(SlotProvider, TimestampProvider), Box<dyn std::error::Error + Send + Sync>>;

/// Each block has a slot of its own, so the chain's clock runs ahead of ours when blocks come faster than slots.
fn inherents(client: &Arc<FullClient>, parent: Hash, slot_duration: SlotDuration) -> Inherents {
	let header = client.header(parent)?.ok_or_else(|| format!("the parent {parent:?} is missing"))?;
	let before = match header.number {
		0 => Slot::from(0),
		_ => find_pre_digest::<Block, AuthoritySignature>(&header)?,
	};
	let slot = next_slot(before, Slot::from_timestamp(Timestamp::current(), slot_duration));
	let time = Timestamp::new(u64::from(slot).saturating_mul(slot_duration.as_millis()));
	Ok((SlotProvider::new(slot), TimestampProvider::new(time)))
}

fn next_slot(before: Slot, now: Slot) -> Slot {
	now.max(before + 1)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn slots_rise_with_every_block_and_never_fall_behind_the_clock() {
		assert_eq!(next_slot(Slot::from(7), Slot::from(7)), Slot::from(8));
		assert_eq!(next_slot(Slot::from(9), Slot::from(7)), Slot::from(10));
		assert_eq!(next_slot(Slot::from(0), Slot::from(7)), Slot::from(7));
	}

	#[test]
	fn only_development_chains_go_without_consensus() {
		let spec = |kind| {
			crate::chain_spec::ChainSpec::builder(b"", None).with_name("Four hospitals").with_chain_type(kind).build()
		};
		assert!(Sealing::check(&spec(ChainType::Development)).is_ok());
		for kind in [ChainType::Local, ChainType::Live] {
			let refusal = Sealing::check(&spec(kind)).unwrap_err().to_string();
			assert!(refusal.contains("Four hospitals") && refusal.contains("--chain dev"), "{refusal}");
		}
	}

	#[test]
	fn transactions_that_wait_share_a_block() {
		let waiting = stream::iter((0..10).map(Hash::repeat_byte)).chain(stream::pending());
		let mut commands = Box::pin(commands(waiting));
		let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
		runtime.block_on(async {
			assert!(commands.next().await.is_some());
			let second = tokio::time::timeout(IDLE / 2, commands.next()).await;
			assert!(second.is_err(), "ten transactions asked for one block");
			assert!(commands.next().await.is_some(), "an idle chain goes on");
		});
	}
}
