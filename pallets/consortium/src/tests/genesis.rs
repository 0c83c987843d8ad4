//! The founding organisations.

use super::*;
use crate::{GenesisConfig, GenesisOrganisation, NextOrganisation};
use semblance_primitives::consortium::OrganisationKind;
use sp_runtime::BuildStorage;

fn hospital(members: Vec<(u8, Vec<Role>)>, validators: Vec<u8>) -> GenesisOrganisation {
	let members = members.into_iter().map(|(byte, roles)| (account(byte), roles)).collect();
	let validators = validators.into_iter().map(account).collect();
	let (name, kind) = ("Hospital".into(), OrganisationKind::Hospital);
	GenesisOrganisation { name, kind, members, validators, peers: vec![] }
}

fn build(organisations: Vec<GenesisOrganisation>) {
	ExtBuilder::with_organisations(organisations).build_and_execute(|| {});
}

#[test]
fn founders_are_numbered_from_one_in_their_order() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Consortium::organisation(HOSPITAL).unwrap().name.into_inner(), b"Hospital");
		assert_eq!(Consortium::organisation(BOARD).unwrap().name.into_inner(), b"Board");
		assert_eq!(NextOrganisation::<Test>::get(), 3);
		assert!(Consortium::is_active_member(head()));
		assert_eq!(System::providers(&head()), 1);
		assert_eq!(Consortium::validator_organisation(validator()), Some(HOSPITAL));
		assert_eq!(events(), vec![]);
	});
}

#[test]
fn a_consortium_may_start_empty() {
	ExtBuilder::with_organisations(vec![]).build_and_execute(|| {
		assert_eq!(NextOrganisation::<Test>::get(), 1);
		assert_eq!(Consortium::organisations(), vec![]);
	});
}

#[test]
fn the_configuration_reads_from_json() {
	let account = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM";
	let json = format!(
		r#"{{"organisations": [{{
			"name": "Charité",
			"kind": "Hospital",
			"members": [["{account}", ["Administrator", "Researcher"]]],
			"validators": ["{account}"],
			"peers": [["12D3KooW", "/ip4/10.0.0.5/tcp/30333"]]
		}}]}}"#
	);
	let config: GenesisConfig<Test> = serde_json::from_str(&json).unwrap();
	let founder = GenesisOrganisation {
		name: "Charité".into(),
		kind: OrganisationKind::Hospital,
		members: vec![(crate::mock::account(0), vec![Role::Administrator, Role::Researcher])],
		validators: vec![crate::mock::account(0)],
		peers: vec![("12D3KooW".into(), "/ip4/10.0.0.5/tcp/30333".into())],
	};
	assert_eq!(config.organisations, vec![founder]);
	assert_eq!(config.session_length, None);
}

#[test]
#[should_panic(expected = "no member is administrator")]
fn a_founder_needs_an_administrator() {
	build(vec![hospital(vec![(1, vec![Role::DataSteward])], vec![])]);
}

#[test]
#[should_panic(expected = "genesis organisation \"Hospital\"")]
fn a_founder_keeps_to_the_rules_for_roles() {
	build(vec![hospital(vec![(1, vec![Role::Administrator, Role::EthicsReviewer])], vec![])]);
}

#[test]
#[should_panic(expected = "only hospitals run validators")]
fn other_founders_run_no_validators() {
	let members = vec![(account(1), vec![Role::Administrator])];
	let (name, kind) = ("Board".into(), OrganisationKind::EthicsBoard);
	build(vec![GenesisOrganisation { name, kind, members, validators: vec![account(2)], peers: vec![] }]);
}

#[test]
#[should_panic(expected = "a validator belongs to two organisations")]
fn a_validator_has_one_hospital() {
	let one = hospital(vec![(1, vec![Role::Administrator])], vec![9]);
	let two = hospital(vec![(2, vec![Role::Administrator])], vec![9]);
	build(vec![one, two]);
}

#[test]
#[should_panic(expected = "the name is too long")]
fn a_founders_name_fits() {
	let members = vec![(account(1), vec![Role::Administrator])];
	let (name, kind) = ("x".repeat(65), OrganisationKind::Auditor);
	build(vec![GenesisOrganisation { name, kind, members, validators: vec![], peers: vec![] }]);
}

fn with_peers(peers: &[(&str, &str)]) -> GenesisOrganisation {
	let peers = peers.iter().map(|(id, address)| (id.to_string(), address.to_string())).collect();
	GenesisOrganisation { peers, ..hospital(vec![(1, vec![Role::Administrator])], vec![]) }
}

#[test]
fn founders_can_declare_their_peers() {
	let founder = with_peers(&[("12D3KooWA", "/ip4/10.0.0.5/tcp/30333"), ("12D3KooWB", "/dns/node/tcp/30333")]);
	ExtBuilder::with_organisations(vec![founder]).build_and_execute(|| {
		let declared: Vec<_> = Consortium::peers()
			.into_iter()
			.map(|(organisation, peer)| (organisation, String::from_utf8(peer.peer_id.into_inner()).unwrap()))
			.collect();
		assert_eq!(declared, vec![(1, "12D3KooWA".into()), (1, "12D3KooWB".into())]);
	});
}

#[test]
#[should_panic(expected = "genesis organisation \"Hospital\"")]
fn a_founders_peers_keep_to_the_rules() {
	build(vec![with_peers(&[("no peer id", "/ip4/10.0.0.5/tcp/30333")])]);
}

#[test]
#[should_panic(expected = "there are too many peers")]
fn a_founder_declares_four_peers_at_most() {
	build(vec![with_peers(&[("12D3KooWA", "/dns/node/tcp/1"); 5])]);
}

#[test]
fn sessions_are_as_long_as_genesis_says() {
	let length = |blocks| {
		let config = GenesisConfig::<Test> { session_length: blocks, ..Default::default() };
		let mut chain = sp_io::TestExternalities::from(config.build_storage().unwrap());
		chain.execute_with(crate::SessionLength::<Test>::get)
	};
	assert_eq!(length(Some(7)), 7);
	assert_eq!(length(None), DefaultSessionLength::get());
}

#[test]
#[should_panic(expected = "a session has at least 1 block")]
fn a_session_without_blocks_is_refused() {
	GenesisConfig::<Test> { session_length: Some(0), ..Default::default() }.build_storage().unwrap();
}
