//! Administrators add, change and remove members of their own organisation.

use super::*;
use crate::{MemberCount, StandingAdministrators};
use semblance_primitives::traits::Membership;
use sp_runtime::{DispatchError, DispatchResult};

fn add(by: semblance_primitives::AccountId, byte: u8, with: &[Role], until: Option<u32>) -> DispatchResult {
	Consortium::add_member(RuntimeOrigin::signed(by), account(byte), roles(with), until)
}

fn update(byte: u8, with: &[Role], until: Option<u32>) -> DispatchResult {
	Consortium::update_member(RuntimeOrigin::signed(head()), account(byte), roles(with), until)
}

fn remove(byte: u8) -> DispatchResult {
	Consortium::remove_member(RuntimeOrigin::signed(head()), account(byte))
}

#[test]
fn a_new_member_can_act_and_sign_without_balance() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(add(head(), 20, &[Role::Researcher, Role::DataSteward], Some(10)));
		assert!(Consortium::is_active_member(account(20)));
		assert!(Consortium::acts_for(&account(20), Role::Researcher, HOSPITAL));
		assert!(!Consortium::acts_for(&account(20), Role::Researcher, BOARD));
		assert!(!Consortium::acts_for(&account(20), Role::Administrator, HOSPITAL));
		assert_eq!(System::providers(&account(20)), 1);
		assert_eq!(MemberCount::<Test>::get(HOSPITAL), 3);
		assert_eq!(
			events(),
			vec![Event::MemberAdded {
				organisation: HOSPITAL,
				account: account(20),
				roles: roles(&[Role::Researcher, Role::DataSteward]),
				valid_until: Some(10),
			}]
		);
	});
}

#[test]
fn only_an_active_administrator_manages_members() {
	ExtBuilder::default().build_and_execute(|| {
		for caller in [steward(), stranger(), guest(), validator()] {
			let origin = || RuntimeOrigin::signed(caller.clone());
			let some = || roles(&[Role::Researcher]);
			assert_noop!(Consortium::add_member(origin(), account(20), some(), None), Error::<Test>::NotAuthorized);
			assert_noop!(Consortium::update_member(origin(), steward(), some(), None), Error::<Test>::NotAuthorized);
			assert_noop!(Consortium::remove_member(origin(), steward()), Error::<Test>::NotAuthorized);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			let call = Consortium::remove_member(origin, steward());
			assert_noop!(call, DispatchError::BadOrigin);
		}
	});
}

#[test]
fn an_administrator_cannot_touch_members_of_another_organisation() {
	ExtBuilder::default().build_and_execute(|| {
		let chair = || RuntimeOrigin::signed(chair());
		let some = || roles(&[Role::Auditor]);
		assert_noop!(Consortium::add_member(chair(), steward(), some(), None), Error::<Test>::AlreadyMember);
		assert_noop!(Consortium::update_member(chair(), steward(), some(), None), Error::<Test>::NotAuthorized);
		assert_noop!(Consortium::remove_member(chair(), steward()), Error::<Test>::NotAuthorized);
		assert_noop!(Consortium::update_member(chair(), stranger(), some(), None), Error::<Test>::MemberNotFound);
		assert_noop!(Consortium::remove_member(chair(), stranger()), Error::<Test>::MemberNotFound);
	});
}

#[test]
fn an_account_is_added_once() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(add(head(), 2, &[Role::Auditor], None), Error::<Test>::AlreadyMember);
	});
}

#[test]
fn an_organisation_has_no_more_members_than_allowed() {
	ExtBuilder::default().build_and_execute(|| {
		for byte in 20..23 {
			assert_ok!(add(head(), byte, &[Role::Researcher], None));
		}
		assert_noop!(add(head(), 23, &[Role::Researcher], None), Error::<Test>::MaxMembersExceeded);
		assert_ok!(remove(20));
		assert_ok!(add(head(), 23, &[Role::Researcher], None));
	});
}

#[test]
fn roles_must_be_some_different_and_open() {
	ExtBuilder::default().build_and_execute(|| {
		let twice = [Role::Researcher, Role::Auditor, Role::Researcher];
		assert_noop!(add(head(), 20, &[], None), Error::<Test>::RolesEmpty);
		assert_noop!(add(head(), 20, &twice, None), Error::<Test>::RoleNamedTwice);
		assert_noop!(add(head(), 20, &[Role::EthicsReviewer], None), Error::<Test>::RoleNotOpenToKind);
		assert_noop!(add(chair(), 20, &[Role::DataSteward], None), Error::<Test>::RoleNotOpenToKind);
		assert_noop!(update(2, &[], None), Error::<Test>::RolesEmpty);
		assert_noop!(update(2, &twice, None), Error::<Test>::RoleNamedTwice);
		assert_noop!(update(2, &[Role::EthicsReviewer], None), Error::<Test>::RoleNotOpenToKind);
	});
}

#[test]
fn a_membership_holds_up_to_its_last_block() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(add(head(), 20, &[Role::Researcher], Some(0)), Error::<Test>::EndNotInFuture);
		assert_ok!(add(head(), 20, &[Role::Researcher], Some(5)));
		System::set_block_number(5);
		assert!(Consortium::active_member(&account(20)).is_some());
		System::set_block_number(6);
		assert!(Consortium::active_member(&account(20)).is_none());
		assert!(Consortium::member(account(20)).is_some());
		assert_noop!(update(20, &[Role::Researcher], Some(5)), Error::<Test>::EndNotInFuture);
		assert_ok!(update(20, &[Role::Researcher], Some(6)));
		assert!(Consortium::active_member(&account(20)).is_some());
	});
}

#[test]
fn an_update_replaces_roles_and_end_and_keeps_the_key() {
	ExtBuilder::default().build_and_execute(|| {
		let key = Some(semblance_primitives::Digest::repeat_byte(1));
		assert_ok!(Consortium::set_encryption_key(RuntimeOrigin::signed(steward()), key));
		assert_ok!(update(2, &[Role::Researcher], Some(9)));
		let member = Consortium::member(steward()).unwrap();
		assert_eq!((member.roles, member.valid_until), (roles(&[Role::Researcher]), Some(9)));
		assert_eq!(member.encryption_key, key);
		assert_eq!(
			events().pop(),
			Some(Event::MemberUpdated {
				organisation: HOSPITAL,
				account: steward(),
				roles: roles(&[Role::Researcher]),
				valid_until: Some(9),
			})
		);
	});
}

#[test]
fn a_removed_member_is_gone_with_its_provider_reference() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(remove(2));
		assert_eq!(Consortium::member(steward()), None);
		assert_eq!(System::providers(&steward()), 0);
		assert_eq!(MemberCount::<Test>::get(HOSPITAL), 1);
		assert_eq!(events(), vec![Event::MemberRemoved { organisation: HOSPITAL, account: steward() }]);
		assert_noop!(remove(2), Error::<Test>::MemberNotFound);
	});
}

#[test]
fn a_member_whose_account_is_in_use_can_be_removed_all_the_same() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(System::inc_consumers(&steward()));
		assert_ok!(remove(2));
		assert!(!Consortium::is_active_member(steward()));
		assert_eq!(System::providers(&steward()), 1);
	});
}

#[test]
fn the_last_standing_administrator_stays() {
	ExtBuilder::default().build_and_execute(|| {
		let last = Error::<Test>::LastAdministrator;
		assert_noop!(remove(1), last);
		assert_noop!(update(1, &[Role::Researcher], None), Error::<Test>::LastAdministrator);
		assert_noop!(update(1, &[Role::Administrator], Some(100)), Error::<Test>::LastAdministrator);
		// One with an end does not count.
		assert_ok!(add(head(), 20, &[Role::Administrator], Some(100)));
		assert_noop!(remove(1), Error::<Test>::LastAdministrator);
		assert_ok!(update(20, &[Role::Administrator, Role::Researcher], None));
		assert_eq!(StandingAdministrators::<Test>::get(HOSPITAL), 2);
		assert_ok!(remove(1));
		assert_eq!(StandingAdministrators::<Test>::get(HOSPITAL), 1);
		let call = Consortium::remove_member(RuntimeOrigin::signed(account(20)), account(20));
		assert_noop!(call, Error::<Test>::LastAdministrator);
	});
}

#[test]
fn an_administrator_can_step_down_when_another_stands() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(update(2, &[Role::Administrator, Role::DataSteward], None));
		assert_ok!(update(1, &[Role::Researcher], None));
		assert_noop!(add(head(), 20, &[Role::Researcher], None), Error::<Test>::NotAuthorized);
		assert_ok!(add(steward(), 20, &[Role::Researcher], None));
	});
}

#[test]
fn members_of_an_organisation_that_does_not_take_part_are_not_active() {
	for remove in [false, true] {
		ExtBuilder::default().build_and_execute(|| {
			assert_eq!(Consortium::organisation_of_validator(&validator()), Some(HOSPITAL));
			match remove {
				true => Consortium::remove_organisation(RuntimeOrigin::root(), HOSPITAL).unwrap(),
				false => Consortium::suspend_organisation(RuntimeOrigin::root(), HOSPITAL).unwrap(),
			}
			assert!(Consortium::active_member(&steward()).is_none());
			assert_eq!(Consortium::organisation_of_validator(&validator()), None);
			assert_eq!(Consortium::validator_organisation(validator()), (!remove).then_some(HOSPITAL));
			assert_noop!(add(head(), 20, &[Role::Researcher], None), Error::<Test>::NotAuthorized);
			assert!(Consortium::active_member(&chair()).is_some());
		});
	}
}

#[test]
fn members_are_listed_by_organisation_and_account() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(add(head(), 0, &[Role::Researcher], None));
		let listed: Vec<_> = Consortium::members_of(HOSPITAL).into_iter().map(|(account, _)| account).collect();
		assert_eq!(listed, vec![account(0), head(), steward()]);
		assert_eq!(Consortium::members_of(NOBODY), vec![]);
	});
}
