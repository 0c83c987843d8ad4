//! Records of earlier versions.

use super::*;
use crate::{migrations::RolesEnd, Members, RolesUntil};
use frame_support::{
	traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion},
	weights::Weight,
};
use semblance_primitives::{traits::Membership, AccountId};

/// Block of the upgrade: roles that counted from the chain's beginning would be long over.
const UPGRADE: u32 = 3 * RENEWAL;

/// Makes the account's membership one of version 1.
fn once(account: AccountId, with: &[Role], until: Option<u32>) {
	RolesUntil::<Test>::remove(&account);
	Members::<Test>::mutate(&account, |member| {
		let member = member.as_mut().unwrap();
		(member.roles, member.valid_until) = (roles(with), until);
	});
}

/// A chain of version 1 in block [`UPGRADE`], then `prepare`, the migration, and `test`.
fn upgraded(prepare: impl FnOnce(), test: impl FnOnce(Weight)) {
	ExtBuilder::default().build_and_execute(|| {
		System::set_block_number(UPGRADE.into());
		StorageVersion::new(1).put::<Consortium>();
		once(steward(), &[Role::DataSteward], None);
		once(chair(), &[Role::Administrator], None);
		prepare();
		test(RolesEnd::<Test>::on_runtime_upgrade());
	});
}

#[test]
fn whoever_had_no_end_acts_on_for_a_period_from_the_upgrade() {
	upgraded(
		|| (),
		|_| {
			assert_eq!(Consortium::member(steward()).unwrap().valid_until, Some(UPGRADE + RENEWAL));
			assert!(Consortium::acts_for(&steward(), Role::DataSteward, HOSPITAL));
			System::set_block_number(u64::from(UPGRADE + RENEWAL + 1));
			assert!(!Consortium::acts_for(&steward(), Role::DataSteward, HOSPITAL));
		},
	);
}

#[test]
fn administrators_stay_without_end_and_their_other_roles_get_one() {
	upgraded(
		|| once(head(), &[Role::Administrator, Role::Researcher], None),
		|_| {
			assert_eq!(Consortium::member(head()).unwrap().valid_until, None);
			assert_eq!(RolesUntil::<Test>::get(head()), Some(UPGRADE + RENEWAL));
			assert_eq!(RolesUntil::<Test>::get(chair()), None);
			System::set_block_number(u64::from(UPGRADE + RENEWAL + 1));
			assert!(Consortium::acts_for(&head(), Role::Administrator, HOSPITAL));
			assert!(!Consortium::acts_for(&head(), Role::Researcher, HOSPITAL));
		},
	);
}

#[test]
fn early_ends_stay_and_late_ones_are_brought_forward() {
	for (before, after) in
		[(7, 7), (UPGRADE + 1, UPGRADE + 1), (UPGRADE + RENEWAL + 1, UPGRADE + RENEWAL), (u32::MAX, UPGRADE + RENEWAL)]
	{
		upgraded(
			|| once(steward(), &[Role::DataSteward], Some(before)),
			|_| assert_eq!(Consortium::member(steward()).unwrap().valid_until, Some(after), "{before}"),
		);
	}
}

#[test]
fn it_runs_once_and_says_what_it_weighs() {
	upgraded(
		|| (),
		|weight| {
			let members = Members::<Test>::iter().count() as u64;
			let database = <Test as frame_system::Config>::DbWeight::get();
			assert_eq!(weight, database.reads_writes(members + 1, 2 * members + 1));
			assert_eq!(Consortium::on_chain_storage_version(), 2);
			System::set_block_number(u64::from(UPGRADE) + 9);
			let again = RolesEnd::<Test>::on_runtime_upgrade();
			assert_eq!(again, database.reads(1));
			assert_eq!(Consortium::member(steward()).unwrap().valid_until, Some(UPGRADE + RENEWAL));
		},
	);
}

#[test]
fn a_new_chain_needs_no_migration() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Consortium::on_chain_storage_version(), Consortium::in_code_storage_version());
	});
}
