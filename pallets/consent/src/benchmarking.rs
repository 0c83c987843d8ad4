//! One benchmark a call and migration, at its worst: the longest terms, subjects named for the first time, stewards rather than
//! subjects as callers where both may call.

use crate::{
	migrations::{go_back_to_v1, HoldTheLatestChange},
	Call, Config, Consents, Pallet,
};
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::{
	migrations::SteppedMigration,
	traits::{Get, StorageVersion},
	weights::WeightMeter,
	BoundedVec,
};
use frame_system::RawOrigin;
use semblance_primitives::{
	commitment::sha3_256,
	consent::{Capture, CapturedConsent, ConsentAction, ConsentOrder, ConsentReason, ConsentStatus},
	consortium::OrganisationKind,
	data_use::{DataUse, Modifiers, Permission, MAX_REGIONS},
	traits::Membership,
	AccountId, BlockNumber, ConsentHandle, Digest,
};
use sp_core::crypto::KeyTypeId;
use sp_runtime::{traits::SaturatedConversion, MultiSignature};

/// Type of the key with which the benchmark's patient signs.
const PATIENT_KEY: KeyTypeId = KeyTypeId(*b"ptnt");
/// Last block of the consents.
const END: BlockNumber = 100;

fn steward<T: Config>() -> AccountId {
	let steward: AccountId = whitelisted_caller();
	T::Membership::benchmark_member(&steward, OrganisationKind::Hospital);
	steward
}

fn subject() -> AccountId {
	account("subject", 0, 0)
}

fn handle(number: u32) -> ConsentHandle {
	sha3_256(&number.to_le_bytes())
}

fn evidence() -> Digest {
	Digest::repeat_byte(1)
}

/// Terms that are as long as terms can be.
fn terms() -> DataUse {
	let modifiers = Modifiers::GEOGRAPHIC_RESTRICTION | Modifiers::MORATORIUM | Modifiers::TIME_LIMIT;
	let regions: Vec<_> = (0..MAX_REGIONS as u8).map(|region| [b'A', region]).collect();
	DataUse {
		permission: Permission::DiseaseSpecific { disease: 1 },
		modifiers: Modifiers::of(modifiers),
		time_limit_months: Some(12),
		moratorium_until: Some(1),
		regions: BoundedVec::truncate_from(regions),
	}
}

fn narrower() -> DataUse {
	let modifiers = Modifiers::of(terms().modifiers.bits | Modifiers::NO_METHODS);
	DataUse { modifiers, ..terms() }
}

fn capture<T: Config>(
	steward: &AccountId,
	number: u32,
	subject: Option<AccountId>,
	expires: Option<BlockNumber>,
) -> Result<(), BenchmarkError> {
	let origin = RawOrigin::Signed(steward.clone()).into();
	let how = Capture::StewardAttested;
	Pallet::<T>::capture(origin, handle(number), how, subject, terms(), expires, evidence(), evidence())?;
	Ok(())
}

fn request<T: Config>(steward: &AccountId) -> Result<(), BenchmarkError> {
	let origin = RawOrigin::Signed(steward.clone()).into();
	let how = Capture::SelfSigned;
	Pallet::<T>::request(origin, handle(0), subject(), terms(), Some(END), evidence(), how)?;
	Ok(())
}

fn has<T: Config>(status: ConsentStatus) -> bool {
	Consents::<T>::get(handle(0)).is_some_and(|consent| consent.latest.status == status)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn request() {
		let caller = steward::<T>();
		let how = Capture::SelfSigned;

		#[extrinsic_call]
		request(RawOrigin::Signed(caller), handle(0), subject(), terms(), Some(END), evidence(), how);

		assert!(has::<T>(ConsentStatus::Requested));
	}

	#[benchmark]
	fn give() -> Result<(), BenchmarkError> {
		super::request::<T>(&steward::<T>())?;

		#[extrinsic_call]
		give(RawOrigin::Signed(subject()), handle(0));

		assert!(has::<T>(ConsentStatus::Given));
		Ok(())
	}

	#[benchmark]
	fn refuse() -> Result<(), BenchmarkError> {
		super::request::<T>(&steward::<T>())?;

		#[extrinsic_call]
		refuse(RawOrigin::Signed(subject()), handle(0));

		assert!(has::<T>(ConsentStatus::Refused));
		Ok(())
	}

	#[benchmark]
	fn capture() {
		let caller = steward::<T>();
		let how = Capture::StewardAttested;

		#[extrinsic_call]
		capture(RawOrigin::Signed(caller), handle(0), how, Some(subject()), terms(), Some(END), evidence(), evidence());

		assert!(has::<T>(ConsentStatus::Given));
	}

	#[benchmark]
	fn capture_batch(n: Linear<1, { T::MaxBatch::get() }>) {
		let caller = steward::<T>();
		let one = |number| CapturedConsent { handle: handle(number), evidence: evidence() };
		let consents = BoundedVec::truncate_from((0..n).map(one).collect());
		let how = Capture::StewardAttested;

		#[extrinsic_call]
		capture_batch(RawOrigin::Signed(caller), how, terms(), Some(END), evidence(), consents);

		assert!(has::<T>(ConsentStatus::Given));
	}

	#[benchmark]
	fn renew() -> Result<(), BenchmarkError> {
		let caller = steward::<T>();
		super::capture::<T>(&caller, 0, Some(subject()), Some(END))?;

		#[extrinsic_call]
		renew(RawOrigin::Signed(caller), handle(0), None, evidence());

		assert!(has::<T>(ConsentStatus::Renewed));
		Ok(())
	}

	#[benchmark]
	fn restrict() -> Result<(), BenchmarkError> {
		let caller = steward::<T>();
		super::capture::<T>(&caller, 0, Some(subject()), Some(END))?;

		#[extrinsic_call]
		restrict(RawOrigin::Signed(caller), handle(0), narrower(), evidence());

		assert!(has::<T>(ConsentStatus::Restricted));
		Ok(())
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		let caller = steward::<T>();
		super::capture::<T>(&caller, 0, Some(subject()), Some(END))?;

		#[extrinsic_call]
		withdraw(RawOrigin::Signed(caller), handle(0), evidence());

		assert!(has::<T>(ConsentStatus::Withdrawn));
		Ok(())
	}

	#[benchmark]
	fn revoke() -> Result<(), BenchmarkError> {
		let caller = steward::<T>();
		super::capture::<T>(&caller, 0, Some(subject()), Some(END))?;

		#[extrinsic_call]
		revoke(RawOrigin::Signed(caller), handle(0), ConsentReason::LegalObligation, evidence());

		assert!(has::<T>(ConsentStatus::Revoked));
		Ok(())
	}

	#[benchmark]
	fn invalidate() -> Result<(), BenchmarkError> {
		let caller = steward::<T>();
		super::capture::<T>(&caller, 0, Some(subject()), Some(END))?;

		#[extrinsic_call]
		invalidate(RawOrigin::Signed(caller), handle(0), ConsentReason::CaptureError, evidence());

		assert!(has::<T>(ConsentStatus::Invalidated));
		Ok(())
	}

	#[benchmark]
	fn supersede() -> Result<(), BenchmarkError> {
		let caller = steward::<T>();
		super::capture::<T>(&caller, 0, Some(subject()), Some(END))?;
		super::capture::<T>(&caller, 1, Some(subject()), Some(END))?;

		#[extrinsic_call]
		supersede(RawOrigin::Signed(caller), handle(0), handle(1), evidence());

		assert!(has::<T>(ConsentStatus::Superseded));
		Ok(())
	}

	#[benchmark]
	fn expire() -> Result<(), BenchmarkError> {
		let caller = steward::<T>();
		super::capture::<T>(&caller, 0, Some(subject()), Some(END))?;
		frame_system::Pallet::<T>::set_block_number(END.saturating_add(1).saturated_into());

		#[extrinsic_call]
		expire(RawOrigin::Signed(caller), handle(0));

		assert!(has::<T>(ConsentStatus::Expired));
		Ok(())
	}

	/// Wrapped as wallets do, so that both forms of the message are checked.
	#[benchmark]
	fn relay() -> Result<(), BenchmarkError> {
		let caller = steward::<T>();
		let key = sp_io::crypto::sr25519_generate(PATIENT_KEY, None);
		super::capture::<T>(&caller, 0, Some(key.0.into()), Some(END))?;
		let action = ConsentAction::Restrict { terms: narrower() };
		let order = ConsentOrder { handle: handle(0), action, nonce: 0, valid_until: BlockNumber::MAX };
		let message = [b"<Bytes>", &Pallet::<T>::order_message(&order)[..], b"</Bytes>"].concat();
		let signature = sp_io::crypto::sr25519_sign(PATIENT_KEY, &key, &message)
			.ok_or(BenchmarkError::Stop("the keystore does not sign"))?;

		#[extrinsic_call]
		relay(RawOrigin::Signed(caller), order, MultiSignature::Sr25519(signature));

		assert!(has::<T>(ConsentStatus::Restricted));
		Ok(())
	}

	/// One consent of a chain of version 1 with a history.
	#[benchmark]
	fn migrate() -> Result<(), BenchmarkError> {
		let caller = steward::<T>();
		super::capture::<T>(&caller, 0, Some(subject()), Some(END))?;
		let origin = RawOrigin::Signed(caller).into();
		Pallet::<T>::restrict(origin, handle(0), narrower(), evidence())?;
		let after = Consents::<T>::get(handle(0));
		go_back_to_v1::<T>(handle(0));
		StorageVersion::new(1).put::<Pallet<T>>();

		#[block]
		{
			let step = HoldTheLatestChange::<T>::step(None, &mut WeightMeter::new());
			step.map_err(|_| BenchmarkError::Stop("the migration fails"))?;
		}

		assert_eq!(Consents::<T>::get(handle(0)), after);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::ExtBuilder::default().build(), crate::mock::Test);
}
