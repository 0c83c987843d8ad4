//! The pallets together, on the real genesis presets.

mod main_job;
mod presets;

use crate::{presets as genesis, *};
use frame_support::traits::BuildGenesisConfig;
use semblance_primitives::signing::attestation_key::AttestationPair;
use sp_core::{sr25519, Pair};
use sp_io::TestExternalities;

/// A chain in block 1 of the preset `id`.
fn chain(id: &str) -> TestExternalities {
	let patch = genesis::get(&id.into()).expect("the preset exists");
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("the default serialises");
	merge(&mut config, serde_json::from_slice(&patch).expect("the preset is JSON"));
	let config: RuntimeGenesisConfig = serde_json::from_value(config).expect("the preset fits the configuration");
	let mut externalities = TestExternalities::default();
	externalities.execute_with(|| {
		config.build();
		System::set_block_number(1);
	});
	externalities
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

/// The account of a development key.
fn account(name: &str) -> AccountId {
	pair(name).public().into()
}

fn pair(name: &str) -> sr25519::Pair {
	sr25519::Pair::from_string(&format!("//{name}"), None).expect("a valid name")
}

/// The attestation key of a development validator.
fn attestation_pair(name: &str) -> AttestationPair {
	AttestationPair::from_string(&format!("//{name}"), None).expect("a valid name")
}
