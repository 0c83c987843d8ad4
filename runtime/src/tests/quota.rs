//! One member's flood leaves room for the others, through the whole transaction pipeline.

use super::*;
use frame_support::{
	assert_ok,
	dispatch::{DispatchClass, GetDispatchInfo},
};
use pallet_consortium::quota::UNCOUNTED_PRIORITY;
use semblance_primitives::{
	consent::{Capture, CapturedConsent},
	data_use::{DataUse, Permission},
	ConsentHandle, Digest,
};
use sp_runtime::{
	traits::DispatchTransaction,
	transaction_validity::{InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidityError},
};

/// A thousand consents in one call.
fn batch() -> RuntimeCall {
	let evidence = Digest::repeat_byte(2);
	let number = System::account_nonce(account("Alice"));
	let handle = |index: u32| ConsentHandle::from_low_u64_be(u64::from(number) * 10_000 + u64::from(index));
	let consents: Vec<_> = (0..1_000).map(|index| CapturedConsent { handle: handle(index), evidence }).collect();
	pallet_consent::Call::capture_batch {
		capture: Capture::StewardAttested,
		terms: DataUse::new(Permission::HealthMedicalBiomedical),
		expires: None,
		notice: Digest::repeat_byte(3),
		consents: consents.try_into().unwrap(),
	}
	.into()
}

fn key() -> RuntimeCall {
	pallet_consortium::Call::set_encryption_key { key: Some(Digest::repeat_byte(5)) }.into()
}

/// The extension of the account's next transaction.
fn extension() -> pallet_consortium::OrganisationQuota<Runtime> {
	pallet_consortium::OrganisationQuota::new()
}

fn send(name: &str, call: RuntimeCall) -> Result<(), TransactionValidityError> {
	System::inc_account_nonce(account(name));
	let info = call.get_dispatch_info();
	extension().dispatch_transaction(Some(account(name)).into(), call, &info, 0, 0).map(|_| ())
}

fn priority(name: &str, call: &RuntimeCall) -> TransactionPriority {
	let info = call.get_dispatch_info();
	let origin = RuntimeOrigin::signed(account(name));
	let validated = extension().validate_only(origin, call, &info, 0, TransactionSource::External, 0);
	validated.unwrap().0.priority
}

/// Computation that four blocks leave to transactions, in picoseconds.
fn room_of_four_blocks() -> u64 {
	let normal = configs::RuntimeBlockWeights::get().per_class.get(DispatchClass::Normal).max_total;
	4 * normal.expect("transactions have a limit").ref_time()
}

#[test]
fn a_flood_of_one_organisation_is_cut_off_and_others_go_first() {
	chain("local_testnet").execute_with(|| {
		let mut passed = 0;
		let refusal = loop {
			match send("Alice", batch()) {
				Ok(()) => passed += 1,
				Err(refusal) => break refusal,
			}
		};
		assert_eq!(refusal, InvalidTransaction::ExhaustsResources.into());
		assert_eq!(priority("Alice", &batch()), 0, "it waits in the pool");
		let fit = room_of_four_blocks() / batch().get_dispatch_info().call_weight.ref_time();
		assert!((fit - 1..=fit).contains(&passed), "{passed} of {fit} batches that fit into four blocks");
		assert_ok!(send("Bob", key()));
		assert!(priority("Bob", &key()) > priority("Alice", &key()) * 10);
		System::set_block_number(System::block_number() + 1);
		assert_ok!(send("Alice", batch()));
	});
}

#[test]
fn patients_are_never_delayed_by_a_quota() {
	chain("local_testnet").execute_with(|| {
		let handle = ConsentHandle::repeat_byte(9);
		assert_ok!(by(
			"Alice",
			pallet_consent::Call::capture {
				handle,
				capture: Capture::StewardAttested,
				subject: Some(account("Eve")),
				terms: DataUse::new(Permission::HealthMedicalBiomedical),
				expires: None,
				notice: Digest::repeat_byte(3),
				evidence: Digest::repeat_byte(2),
			}
		));
		let withdrawal: RuntimeCall =
			pallet_consent::Call::withdraw { handle, evidence: Digest::repeat_byte(4) }.into();
		assert_eq!(priority("Eve", &withdrawal), UNCOUNTED_PRIORITY);
		assert!(priority("Alice", &withdrawal) < UNCOUNTED_PRIORITY, "others' words about a consent are no patient's");
	});
}
