//! Genesis presets: `development` (one validator, sudo) and `local_testnet` (four hospitals, no sudo).
//!
//! Both use well-known development keys and must never carry real data.

use crate::*;
use alloc::{string::ToString, vec};
use frame_support::build_struct_json_patch;
use pallet_consortium::genesis::GenesisOrganisation;
use semblance_primitives::{
	consortium::{OrganisationKind, Role},
	signing::attestation_key::AttestationKey,
};
use serde_json::Value;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_core::{crypto::get_public_from_string_or_panic, sr25519};
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};

/// Blocks for which development networks announce an upgrade: long enough to be seen, short enough to wait for.
const ANNOUNCEMENT: BlockNumber = 10;

/// Names of the presets.
pub fn names() -> Vec<PresetId> {
	vec![PresetId::from(DEV_RUNTIME_PRESET), PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET)]
}

/// The preset `id` as a JSON patch of the genesis configuration.
pub fn get(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_ref() {
		DEV_RUNTIME_PRESET => genesis(&["Alice"], Some("Alice")),
		LOCAL_TESTNET_RUNTIME_PRESET => genesis(&["Alice", "Bob", "Charlie", "Dave"], None),
		_ => return None,
	};
	Some(patch.to_string().into_bytes())
}

fn account(name: &str) -> AccountId {
	AccountId::from(get_public_from_string_or_panic::<sr25519::Public>(name))
}

fn session_keys(name: &str) -> SessionKeys {
	SessionKeys {
		aura: get_public_from_string_or_panic::<AuraId>(name),
		grandpa: get_public_from_string_or_panic::<GrandpaId>(name),
		attestation: get_public_from_string_or_panic::<AttestationKey>(name),
	}
}

/// One hospital for each of `hospitals`, then a research institute, an ethics board and an auditor.
fn genesis(hospitals: &[&str], sudo: Option<&str>) -> Value {
	let mut organisations: Vec<_> = hospitals.iter().map(|name| hospital(name)).collect();
	organisations.extend(others());
	let keys = hospitals.iter().map(|name| (account(name), account(name), session_keys(name)));
	build_struct_json_patch!(RuntimeGenesisConfig {
		session: SessionConfig { keys: keys.collect::<Vec<_>>() },
		sudo: SudoConfig { key: sudo.map(account) },
		consortium: ConsortiumConfig { organisations, session_length: None },
		council: CouncilConfig { announcement: Some(ANNOUNCEMENT) },
	})
}

fn hospital(name: &str) -> GenesisOrganisation {
	GenesisOrganisation {
		name: ["Hospital ", name].concat(),
		kind: OrganisationKind::Hospital,
		members: vec![(account(name), vec![Role::Administrator, Role::DataSteward, Role::GeneratorDeveloper])],
		validators: vec![account(name)],
		peers: vec![],
	}
}

fn others() -> [GenesisOrganisation; 3] {
	let organisation = |name: &str, kind, person, roles| GenesisOrganisation {
		name: name.to_string(),
		kind,
		members: vec![(account(person), roles)],
		validators: vec![],
		peers: vec![],
	};
	let administrator = Role::Administrator;
	[
		organisation(
			"Research Institute",
			OrganisationKind::ResearchInstitute,
			"Researcher",
			vec![administrator, Role::Researcher],
		),
		organisation(
			"Ethics Board",
			OrganisationKind::EthicsBoard,
			"Ethics",
			vec![administrator, Role::EthicsReviewer, Role::GeneratorReviewer],
		),
		organisation(
			"Auditor",
			OrganisationKind::Auditor,
			"Auditor",
			vec![administrator, Role::Auditor, Role::GeneratorReviewer],
		),
	]
}
