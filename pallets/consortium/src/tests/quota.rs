//! No member crowds out the others.

use super::*;
use crate::{
	quota::{Charge, FULL_PRIORITY, QUOTA_EXCEEDED, UNCOUNTED_PRIORITY},
	OrganisationQuota, Usages,
};
use codec::Encode;
use frame_support::{
	dispatch::{DispatchInfo, PostDispatchInfo},
	pallet_prelude::TransactionSource,
	weights::Weight,
};
use semblance_primitives::AccountId;
use sp_runtime::{
	traits::{TransactionExtension, TxBaseImplication},
	transaction_validity::{InvalidTransaction, TransactionPriority, TransactionValidityError},
};

type Quota = OrganisationQuota<Test>;

fn remark() -> RuntimeCall {
	frame_system::Call::remark { remark: vec![] }.into()
}

fn info(amount: u64) -> DispatchInfo {
	DispatchInfo { call_weight: Weight::from_parts(amount, 0), ..Default::default() }
}

type Validated = Result<(TransactionPriority, Option<Charge>), TransactionValidityError>;

/// What the pool thinks of a call of that weight.
fn validate(origin: RuntimeOrigin, call: RuntimeCall, amount: u64) -> Validated {
	validate_from(TransactionSource::External, origin, call, amount)
}

fn validate_from(source: TransactionSource, origin: RuntimeOrigin, call: RuntimeCall, amount: u64) -> Validated {
	let implication = TxBaseImplication(());
	Quota::new()
		.validate(origin, &call, &info(amount), 0, (), &implication, source)
		.map(|(validity, charge, _)| (validity.priority, charge))
}

/// Runs a call of that weight that needs `needed`.
fn run(who: AccountId, amount: u64, needed: u64) -> Result<(), TransactionValidityError> {
	let origin = RuntimeOrigin::signed(who);
	let (_, charge) = validate_from(TransactionSource::InBlock, origin.clone(), remark(), amount)?;
	let charge = Quota::new().prepare(charge, &origin, &remark(), &info(amount), 0)?;
	let post = PostDispatchInfo { actual_weight: Some(Weight::from_parts(needed, 0)), ..Default::default() };
	Quota::post_dispatch_details(charge, &info(amount), &post, 0, &Ok(())).map(|_| ())
}

fn used(organisation: u32) -> u64 {
	Consortium::used(organisation)
}

#[test]
fn use_fills_the_bucket_and_time_empties_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(run(head(), 400, 400));
		assert_ok!(run(steward(), 300, 300));
		assert_eq!(used(HOSPITAL), 700, "members of one organisation share it");
		assert_eq!(used(BOARD), 0);
		System::set_block_number(4);
		assert_eq!(used(HOSPITAL), 400, "100 in each of 3 blocks");
		System::set_block_number(9);
		assert_eq!(used(HOSPITAL), 0);
	});
}

#[test]
fn what_does_not_fit_gets_into_no_block_until_there_is_room() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(run(head(), 950, 950));
		assert_eq!(run(head(), 51, 51), Err(InvalidTransaction::ExhaustsResources.into()));
		assert_ok!(run(chair(), 51, 51));
		System::set_block_number(2);
		assert_ok!(run(head(), 150, 150));
		assert_eq!(used(HOSPITAL), 1_000);
	});
}

#[test]
fn what_a_call_does_not_need_is_given_back() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(run(head(), 1_000, 200));
		assert_eq!(used(HOSPITAL), 200);
	});
}

#[test]
fn what_has_to_wait_stays_in_the_pool_behind_all_others() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(run(head(), 950, 950));
		let priority = |who, amount| validate(RuntimeOrigin::signed(who), remark(), amount).unwrap().0;
		assert_eq!(priority(head(), 51), 0);
		assert!(priority(head(), 49) > 0 && priority(chair(), 51) > 0);
	});
}

#[test]
fn what_is_larger_than_the_quota_is_refused_for_good() {
	ExtBuilder::default().build_and_execute(|| {
		let origin = || RuntimeOrigin::signed(head());
		assert_ok!(validate(origin(), remark(), 1_000));
		assert_eq!(validate(origin(), remark(), 1_001), Err(QUOTA_EXCEEDED.into()));
		assert_eq!(run(head(), 1_001, 1), Err(QUOTA_EXCEEDED.into()));
	});
}

#[test]
fn asking_the_pool_costs_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 0..5 {
			assert_ok!(validate(RuntimeOrigin::signed(head()), remark(), 900));
		}
		assert_eq!(Usages::<Test>::iter().count(), 0);
	});
}

#[test]
fn who_used_less_goes_first() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(run(head(), 600, 600));
		let priority = |who| validate(RuntimeOrigin::signed(who), remark(), 100).unwrap().0;
		assert_eq!(priority(head()), FULL_PRIORITY * 3 / 10);
		assert_eq!(priority(chair()), FULL_PRIORITY * 9 / 10);
	});
}

#[test]
fn uncounted_calls_pass_with_an_empty_quota_and_before_all_others() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(run(head(), 1_000, 1_000));
		let uncounted: RuntimeCall = frame_system::Call::remark_with_event { remark: vec![] }.into();
		for who in [steward(), guest()] {
			let origin = RuntimeOrigin::signed(who);
			assert_eq!(validate(origin, uncounted.clone(), 5_000), Ok((UNCOUNTED_PRIORITY, None)));
		}
		let counted = validate_from(TransactionSource::InBlock, RuntimeOrigin::signed(head()), uncounted, 1);
		assert_eq!(counted, Err(InvalidTransaction::ExhaustsResources.into()));
		assert_eq!(used(HOSPITAL), 1_000);
	});
}

#[test]
fn transactions_without_a_member_are_not_counted() {
	ExtBuilder::default().build_and_execute(|| {
		for origin in [RuntimeOrigin::signed(guest()), RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_eq!(validate(origin, remark(), 5_000), Ok((0, None)));
		}
	});
}

#[test]
fn the_extension_adds_no_bytes_to_a_signature() {
	assert!(Quota::new().encode().is_empty());
	assert_eq!(core::mem::size_of::<Quota>(), 0);
}
