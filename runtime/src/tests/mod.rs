//! The pallets together, on the real genesis presets.

mod authorship;
mod council;
mod departure;
mod incidents;
mod main_job;
mod migrations;
mod presets;
mod quota;
mod release;
mod roles;
#[cfg(feature = "try-runtime")]
mod try_runtime;
mod validators;

use crate::{presets as genesis, *};
use frame_support::{
	dispatch::{DispatchResult, GetDispatchInfo},
	traits::BuildGenesisConfig,
};
use semblance_primitives::signing::attestation_key::AttestationPair;
use sp_core::{sr25519, Pair};
use sp_io::TestExternalities;
use sp_runtime::{
	traits::{Applyable, Checkable, Dispatchable},
	transaction_validity::{TransactionSource, TransactionValidityError},
};

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

/// Makes a call as a person does, behind the filter of calls.
fn by(name: &str, call: impl Into<RuntimeCall>) -> DispatchResult {
	let call: RuntimeCall = call.into();
	call.dispatch(RuntimeOrigin::signed(account(name))).map(|_| ()).map_err(|error| error.error)
}

/// What surrounds a call that needs no signature, or one that is signed next.
fn transaction_extension() -> TxExtension {
	<Runtime as frame_system::offchain::CreateAuthorizedTransaction<RuntimeCall>>::create_extension()
}

/// Takes a transaction into the pool and into a block: through its checks, the extensions, the filter of calls and the call.
fn apply(
	transaction: UncheckedExtrinsic,
	source: TransactionSource,
) -> Result<DispatchResult, TransactionValidityError> {
	let checked = transaction.check(&frame_system::ChainContext::<Runtime>::default())?;
	let info = checked.get_dispatch_info();
	checked.validate::<Runtime>(source, &info, 0)?;
	checked.apply::<Runtime>(&info, 0).map(|result| result.map(|_| ()).map_err(|error| error.error))
}

/// The council makes a call: the hospitals of `voters` are for it, the first of which proposes it.
fn by_council(voters: &[&str], call: impl Into<RuntimeCall>) -> DispatchResult {
	let proposal = pallet_council::NextProposal::<Runtime>::get();
	by(voters[0], pallet_council::Call::propose { call: Box::new(call.into()) })?;
	for voter in &voters[1..] {
		by(voter, pallet_council::Call::vote { proposal, approve: true })?;
	}
	by(voters[0], pallet_council::Call::enact { proposal })?;
	let event = System::read_events_for_pallet::<pallet_council::Event<Runtime>>().pop();
	match event {
		Some(pallet_council::Event::ProposalEnacted { result, .. }) => result,
		event => panic!("not enacted: {event:?}"),
	}
}
