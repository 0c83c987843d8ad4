//! Roles end, and are renewed.

use super::*;
use crate::{extension::MEMBERSHIP_ENDED, CheckMembership, RolesUntil};
use semblance_primitives::{traits::Membership, AccountId};
use sp_runtime::{
	traits::DispatchTransaction,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	DispatchError, DispatchResult,
};

fn add(byte: u8, with: &[Role], until: Option<u32>) -> DispatchResult {
	Consortium::add_member(RuntimeOrigin::signed(head()), account(byte), roles(with), until)
}

fn renew(by: AccountId, account: AccountId) -> DispatchResult {
	Consortium::renew_member(RuntimeOrigin::signed(by), account)
}

fn end_of(account: AccountId) -> Option<u32> {
	Consortium::member(account).unwrap().valid_until
}

fn gate(who: AccountId) -> Result<(), TransactionValidityError> {
	let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
	CheckMembership::<Test>::new()
		.validate_only(RuntimeOrigin::signed(who), &call, &Default::default(), 0, TransactionSource::External, 0)
		.map(|_| ())
}

/// Makes the steward an administrator besides.
fn promote_steward() {
	let with = roles(&[Role::DataSteward, Role::Administrator]);
	assert_ok!(Consortium::update_member(RuntimeOrigin::signed(head()), steward(), with, None));
}

#[test]
fn whoever_is_added_without_an_end_has_roles_for_one_period() {
	ExtBuilder::default().build_and_execute(|| {
		System::set_block_number(7);
		assert_ok!(add(20, &[Role::Researcher], None));
		assert_eq!(end_of(account(20)), Some(7 + RENEWAL));
		let told = events().pop();
		assert!(
			matches!(told, Some(Event::MemberAdded { valid_until: Some(end), .. }) if end == 7 + RENEWAL),
			"{told:?}"
		);
	});
}

#[test]
fn founders_have_their_roles_for_the_first_period() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(end_of(steward()), Some(RENEWAL));
		assert_eq!(end_of(head()), None);
		System::set_block_number(u64::from(RENEWAL) + 1);
		assert!(Consortium::active_member(&steward()).is_none());
		assert!(Consortium::acts_for(&head(), Role::Administrator, HOSPITAL));
	});
}

#[test]
fn nobody_is_given_roles_for_longer_than_a_period() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(add(20, &[Role::Researcher], Some(RENEWAL + 2)), Error::<Test>::EndTooLate);
		assert_ok!(add(20, &[Role::Researcher], Some(RENEWAL + 1)));
		let update = Consortium::update_member(
			RuntimeOrigin::signed(head()),
			account(20),
			roles(&[Role::Auditor]),
			Some(u32::MAX),
		);
		assert_noop!(update, Error::<Test>::EndTooLate);
	});
}

#[test]
fn a_member_whose_roles_ended_is_refused_by_name_and_acts_again_once_renewed() {
	ExtBuilder::default().build_and_execute(|| {
		let key = Some(semblance_primitives::Digest::repeat_byte(3));
		let set_key = || Consortium::set_encryption_key(RuntimeOrigin::signed(steward()), key);
		System::set_block_number(u64::from(RENEWAL) + 1);
		assert_eq!(gate(steward()), Err(MEMBERSHIP_ENDED.into()));
		assert_noop!(set_key(), Error::<Test>::MembershipEnded);
		assert_ok!(renew(head(), steward()));
		let until = RENEWAL + 1 + RENEWAL;
		let told = Event::MemberRenewed { organisation: HOSPITAL, account: steward(), until };
		assert_eq!(events(), vec![told]);
		assert_eq!(end_of(steward()), Some(until));
		assert_ok!(gate(steward()));
		assert_ok!(set_key());
	});
}

#[test]
fn an_administrator_with_an_end_is_refused_by_name_after_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(add(20, &[Role::Administrator], Some(9)));
		System::set_block_number(10);
		let call = Consortium::remove_member(RuntimeOrigin::signed(account(20)), steward());
		assert_noop!(call, Error::<Test>::MembershipEnded);
		assert_noop!(renew(account(20), account(20)), Error::<Test>::MembershipEnded);
	});
}

#[test]
fn of_an_administrator_without_end_only_the_other_roles_end() {
	ExtBuilder::default().build_and_execute(|| {
		System::set_block_number(5);
		promote_steward();
		System::set_block_number(u64::from(RENEWAL) + 5);
		assert!(Consortium::acts_for(&steward(), Role::DataSteward, HOSPITAL));
		System::set_block_number(u64::from(RENEWAL) + 6);
		assert!(!Consortium::acts_for(&steward(), Role::DataSteward, HOSPITAL));
		assert!(Consortium::acts_for(&steward(), Role::Administrator, HOSPITAL));
		assert_ok!(gate(steward()));
		assert_ok!(renew(head(), steward()));
		assert!(Consortium::acts_for(&steward(), Role::DataSteward, HOSPITAL));
	});
}

#[test]
fn an_administrator_whose_other_roles_ended_keeps_them_on_record_when_setting_a_key() {
	ExtBuilder::default().build_and_execute(|| {
		promote_steward();
		System::set_block_number(u64::from(RENEWAL) + 6);
		let key = Some(semblance_primitives::Digest::repeat_byte(3));
		assert_ok!(Consortium::set_encryption_key(RuntimeOrigin::signed(steward()), key));
		assert!(Consortium::member(steward()).unwrap().has(Role::DataSteward));
	});
}

#[test]
fn what_is_known_of_ends_goes_with_the_roles_and_the_membership() {
	ExtBuilder::default().build_and_execute(|| {
		promote_steward();
		assert_eq!(RolesUntil::<Test>::get(steward()), Some(1 + RENEWAL));
		let only = roles(&[Role::Administrator]);
		assert_ok!(Consortium::update_member(RuntimeOrigin::signed(head()), steward(), only, None));
		assert_eq!(RolesUntil::<Test>::get(steward()), None);
		promote_steward();
		assert_ok!(Consortium::remove_member(RuntimeOrigin::signed(head()), steward()));
		assert_eq!(RolesUntil::<Test>::get(steward()), None);
	});
}

#[test]
fn only_the_organisations_own_administrator_renews() {
	ExtBuilder::default().build_and_execute(|| {
		for caller in [steward(), chair(), stranger(), validator()] {
			assert_noop!(renew(caller, steward()), Error::<Test>::NotAuthorized);
		}
		assert_noop!(renew(head(), stranger()), Error::<Test>::MemberNotFound);
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Consortium::renew_member(origin, steward()), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn there_is_nothing_to_renew_for_an_administrator_without_other_roles() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(renew(head(), head()), Error::<Test>::NothingToRenew);
	});
}

#[test]
fn a_suspended_organisation_renews_nobody_and_its_members_are_not_told_that_time_has_passed() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Consortium::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		System::set_block_number(u64::from(RENEWAL) + 1);
		assert_noop!(renew(head(), steward()), Error::<Test>::NotAuthorized);
		assert_eq!(gate(steward()), Err(InvalidTransaction::BadSigner.into()));
	});
}

#[test]
fn administrators_see_what_is_due() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(add(20, &[Role::Researcher], Some(50)));
		assert_ok!(add(21, &[Role::Researcher], Some(40)));
		assert_eq!(Consortium::renewals_due(HOSPITAL, 50), vec![(account(21), 40), (account(20), 50)]);
		assert_eq!(Consortium::renewals_due(HOSPITAL, 49), vec![(account(21), 40)]);
		assert_eq!(Consortium::renewals_due(HOSPITAL, RENEWAL).len(), 3);
		assert_eq!(Consortium::renewals_due(BOARD, u32::MAX), vec![]);
	});
}
