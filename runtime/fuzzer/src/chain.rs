//! A chain that makes blocks the way a node does: header with slot, inherents, transactions, end of block.

use codec::Encode;
use frame_support::traits::BuildGenesisConfig;
use semblance_runtime::*;
use sp_consensus_aura::{digests::CompatibleDigestItem, sr25519::AuthoritySignature};
use sp_core::storage::StateVersion;
use sp_io::TestExternalities;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{traits::Header as _, Digest};

/// Blocks of a session, short so that sequences cross many.
pub const SESSION: u32 = 12;
/// Blocks after a block whose hashes a leap leaves behind.
const HASHES: u32 = 16;

/// A chain between two blocks or inside one.
pub struct Chain {
	externalities: TestExternalities,
	parent: Hash,
	slot: u64,
}

/// A node of the state's trie with its number of references, by key.
type Node = (Vec<u8>, (Vec<u8>, i32));

/// A chain between two blocks, to begin from.
pub struct Snapshot {
	nodes: Vec<Node>,
	root: Hash,
	parent: Hash,
	slot: u64,
}

impl Chain {
	/// The preset `local_testnet` with short sessions.
	pub fn genesis() -> Self {
		let patch = presets::get(&"local_testnet".into()).expect("the preset exists");
		let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("the default serialises");
		merge(&mut config, serde_json::from_slice(&patch).expect("the preset is JSON"));
		config["consortium"]["sessionLength"] = SESSION.into();
		let config: RuntimeGenesisConfig = serde_json::from_value(config).expect("the preset fits");
		let mut externalities = TestExternalities::default();
		externalities.execute_with(|| config.build());
		externalities.commit_all().expect("the state is sound");
		Self { externalities, parent: Hash::repeat_byte(0x77), slot: 1_000_000 }
	}

	/// The chain of `snapshot`.
	pub fn at(snapshot: &Snapshot) -> Self {
		let Snapshot { nodes, root, parent, slot } = snapshot;
		let externalities = TestExternalities::from_raw_snapshot(nodes.clone(), *root, StateVersion::V1);
		let mut chain = Self { externalities, parent: *parent, slot: *slot };
		chain.externalities.register_extension(KeystoreExt::new(MemoryKeystore::new()));
		chain
	}

	/// What [`Chain::at`] takes. The chain must be between blocks.
	pub fn snapshot(self) -> Snapshot {
		let (nodes, root) = self.externalities.into_raw_snapshot();
		Snapshot { nodes, root, parent: self.parent, slot: self.slot }
	}

	/// Looks at the state, or changes it.
	pub fn inside<R>(&mut self, look: impl FnOnce() -> R) -> R {
		self.externalities.execute_with(look)
	}

	/// Begins a block, by a validator that is not muted, with its time.
	///
	/// # Panics
	/// If a hook does, or the inherent is refused.
	pub fn begin_block(&mut self) {
		let (parent, last) = (self.parent, self.slot);
		self.slot = self.externalities.execute_with(|| {
			let slot = next_slot(last);
			let slot_digest = CompatibleDigestItem::<AuthoritySignature>::aura_pre_digest(slot.into());
			let digest = Digest { logs: vec![slot_digest] };
			let number = System::block_number() + 1;
			let header = Header::new(number, Default::default(), Default::default(), parent, digest);
			Executive::initialize_block(&header);
			let now = slot * SLOT_DURATION;
			let time = UncheckedExtrinsic::new_bare(pallet_timestamp::Call::<Runtime>::set { now }.into());
			let taken = Executive::apply_extrinsic(time);
			assert!(matches!(taken, Ok(Ok(()))), "the time of a block is refused: {taken:?}");
			slot
		});
	}

	/// Ends the block.
	///
	/// # Panics
	/// If a hook does.
	pub fn end_block(&mut self) {
		self.parent = self.externalities.execute_with(|| Executive::finalize_block().hash());
		self.externalities.commit_all().expect("the state is sound");
	}

	/// Passes over `blocks` blocks in which nobody sent anything, without running them. Only the hashes that jobs may ask for are left.
	pub fn leap(&mut self, blocks: u32) {
		let parent = self.parent;
		self.parent = self.externalities.execute_with(|| {
			let here = System::block_number();
			frame_system::BlockHash::<Runtime>::insert(here, parent);
			for number in here + 1..here + blocks.min(HASHES) {
				frame_system::BlockHash::<Runtime>::insert(number, hash_of(number));
			}
			System::set_block_number(here + blocks);
			hash_of(here + blocks)
		});
		self.slot += u64::from(blocks);
		self.externalities.commit_all().expect("the state is sound");
	}
}

fn hash_of(number: u32) -> Hash {
	sp_io::hashing::blake2_256(&(b"leap", number).encode()).into()
}

/// The first slot after `last` whose validator may make a block.
fn next_slot(last: u64) -> u64 {
	let validators = pallet_aura::Authorities::<Runtime>::get().len() as u64;
	let muted = Session::disabled_validators();
	let mut slot = last + 1;
	while validators > 0 && muted.contains(&((slot % validators) as u32)) {
		slot += 1;
		assert!(slot < last + 1_000, "every validator is muted");
	}
	slot
}

fn merge(base: &mut serde_json::Value, patch: serde_json::Value) {
	match (base, patch) {
		(serde_json::Value::Object(base), serde_json::Value::Object(patch)) => {
			for (key, value) in patch {
				merge(base.entry(key).or_insert(serde_json::Value::Null), value);
			}
		},
		(base, patch) => *base = patch,
	}
}
