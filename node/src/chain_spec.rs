//! Chain specifications: two presets of the runtime, or a file.

use sc_service::{ChainType, GenericChainSpec};
use semblance_runtime::WASM_BINARY;

/// A chain specification of Semblance.
pub type ChainSpec = GenericChainSpec;

/// One validator with development keys and sudo.
pub fn development() -> Result<ChainSpec, String> {
	build("Semblance Development", "semblance_dev", ChainType::Development, "development")
}

/// Four hospitals with development keys.
pub fn local_testnet() -> Result<ChainSpec, String> {
	build("Semblance Local Testnet", "semblance_local", ChainType::Local, "local_testnet")
}

fn build(name: &str, id: &str, kind: ChainType, preset: &str) -> Result<ChainSpec, String> {
	let wasm = WASM_BINARY.ok_or("this node was built without its runtime; build it without SKIP_WASM_BUILD")?;
	let mut properties = sc_service::Properties::new();
	properties.insert("tokenSymbol".into(), "UNIT".into());
	properties.insert("tokenDecimals".into(), 0.into());
	properties.insert("ss58Format".into(), 42.into());
	Ok(ChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_chain_type(kind)
		.with_genesis_config_preset_name(preset)
		.with_properties(properties)
		.build())
}
