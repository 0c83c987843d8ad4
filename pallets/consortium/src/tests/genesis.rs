//! The founding organisations.

use super::*;
use crate::{GenesisConfig, GenesisOrganisation, NextOrganisation};
use semblance_primitives::consortium::OrganisationKind;

fn hospital(members: Vec<(u8, Vec<Role>)>, validators: Vec<u8>) -> GenesisOrganisation {
	let members = members.into_iter().map(|(byte, roles)| (account(byte), roles)).collect();
	let validators = validators.into_iter().map(account).collect();
	GenesisOrganisation { name: "Hospital".into(), kind: OrganisationKind::Hospital, members, validators }
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
			"validators": ["{account}"]
		}}]}}"#
	);
	let config: GenesisConfig<Test> = serde_json::from_str(&json).unwrap();
	let founder = GenesisOrganisation {
		name: "Charité".into(),
		kind: OrganisationKind::Hospital,
		members: vec![(crate::mock::account(0), vec![Role::Administrator, Role::Researcher])],
		validators: vec![crate::mock::account(0)],
	};
	assert_eq!(config.organisations, vec![founder]);
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
	build(vec![GenesisOrganisation { name, kind, members, validators: vec![account(2)] }]);
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
	build(vec![GenesisOrganisation { name, kind, members, validators: vec![] }]);
}
