//! Who gets a transaction through.

use super::*;
use crate::CheckMembership;
use codec::{Decode, Encode};
use frame_support::{
	dispatch::{DispatchInfo, GetDispatchInfo},
	traits::OriginTrait,
};
use semblance_primitives::AccountId;
use sp_runtime::{
	traits::{DispatchTransaction, TransactionExtension, TxBaseImplication},
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};

fn remark() -> RuntimeCall {
	RuntimeCall::System(frame_system::Call::remark { remark: vec![1] })
}

fn remark_with_event() -> RuntimeCall {
	RuntimeCall::System(frame_system::Call::remark_with_event { remark: vec![1] })
}

fn validate(origin: RuntimeOrigin, call: &RuntimeCall) -> Result<RuntimeOrigin, TransactionValidityError> {
	let info = DispatchInfo::default();
	let extension = CheckMembership::<Test>::new();
	let implication = TxBaseImplication(call);
	extension
		.validate(origin, call, &info, 0, (), &implication, TransactionSource::External)
		.map(|(_, _, origin)| origin)
}

fn passes(who: AccountId, call: &RuntimeCall) -> bool {
	match validate(RuntimeOrigin::signed(who.clone()), call) {
		Ok(origin) => {
			assert_eq!(origin.as_signer(), Some(&who));
			true
		},
		Err(error) => {
			assert_eq!(error, InvalidTransaction::BadSigner.into());
			false
		},
	}
}

#[test]
fn active_members_pass_with_any_call() {
	ExtBuilder::default().build_and_execute(|| {
		for member in [head(), steward(), chair()] {
			assert!(passes(member.clone(), &remark()));
			assert!(passes(member, &remark_with_event()));
		}
	});
}

#[test]
fn strangers_are_refused() {
	ExtBuilder::default().build_and_execute(|| {
		assert!(!passes(stranger(), &remark()));
		// Running a validator makes no member.
		assert!(!passes(validator(), &remark()));
	});
}

#[test]
fn non_members_make_the_calls_that_are_open_to_them_and_no_others() {
	ExtBuilder::default().build_and_execute(|| {
		assert!(passes(guest(), &remark()));
		assert!(!passes(guest(), &remark_with_event()));
	});
}

#[test]
fn a_member_is_refused_once_its_membership_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		let call =
			Consortium::add_member(RuntimeOrigin::signed(head()), account(20), roles(&[Role::Researcher]), Some(3));
		assert_ok!(call);
		System::set_block_number(3);
		assert!(passes(account(20), &remark()));
		System::set_block_number(4);
		let refused = validate(RuntimeOrigin::signed(account(20)), &remark());
		assert_eq!(refused.unwrap_err(), crate::extension::MEMBERSHIP_ENDED.into());
		assert_ok!(Consortium::remove_member(RuntimeOrigin::signed(head()), steward()));
		assert!(!passes(steward(), &remark()));
	});
}

#[test]
fn members_of_a_suspended_organisation_are_refused_until_it_is_back() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Consortium::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert!(!passes(head(), &remark()));
		assert!(passes(chair(), &remark()));
		assert_ok!(Consortium::reinstate_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert!(passes(head(), &remark()));
		assert_ok!(Consortium::remove_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert!(!passes(head(), &remark()));
	});
}

#[test]
fn transactions_without_signer_are_left_to_others() {
	ExtBuilder::default().build_and_execute(|| {
		assert!(validate(RuntimeOrigin::none(), &remark()).is_ok());
		assert!(validate(RuntimeOrigin::root(), &remark()).is_ok());
		assert!(validate(frame_system::RawOrigin::Authorized.into(), &remark()).is_ok());
	});
}

#[test]
fn a_refused_call_is_not_dispatched() {
	ExtBuilder::default().build_and_execute(|| {
		let call = remark_with_event();
		let run = |who| {
			let info = call.get_dispatch_info();
			let extension = CheckMembership::<Test>::new();
			extension.dispatch_transaction(RuntimeOrigin::signed(who), call.clone(), &info, 0, 0)
		};
		assert_eq!(run(stranger()).unwrap_err(), InvalidTransaction::BadSigner.into());
		assert_eq!(System::events().len(), 0);
		assert_ok!(run(steward()).unwrap());
		assert_eq!(System::events().len(), 1);
	});
}

#[test]
fn the_gate_has_no_content_so_that_wallets_need_not_know_it() {
	let extension = CheckMembership::<Test>::new();
	assert_eq!(extension.encode(), Vec::<u8>::new());
	assert_eq!(core::mem::size_of_val(&extension), 0);
	assert_eq!(CheckMembership::<Test>::decode(&mut &[][..]).unwrap(), extension);
	let metadata = CheckMembership::<Test>::metadata();
	assert_eq!(metadata[0].identifier, "CheckMembership");
	assert_eq!(metadata[0].implicit, scale_info::meta_type::<()>());
	assert!(extension.weight(&remark()).ref_time() > 0);
}
