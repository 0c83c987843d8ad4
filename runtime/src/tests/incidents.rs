//! The council halts the chain or single calls; patients are never halted.

use super::*;
use crate::configs::SafeModeDuration;
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	consent::Capture,
	data_use::{DataUse, Permission},
	ConsentHandle, Digest,
};
use sp_runtime::DispatchError;

const COUNCIL: [&str; 3] = ["Alice", "Bob", "Charlie"];

fn handle() -> ConsentHandle {
	ConsentHandle::repeat_byte(1)
}

/// A consent that Eve gives with her own key at hospital 1.
fn consent_of_eve() {
	assert_ok!(by(
		"Alice",
		pallet_consent::Call::capture {
			subject: Some(account("Eve")),
			capture: Capture::StewardAttested,
			terms: DataUse::new(Permission::HealthMedicalBiomedical),
			expires: None,
			notice: Digest::repeat_byte(3),
			handle: handle(),
			evidence: Digest::repeat_byte(2),
		}
	));
}

fn withdrawal() -> RuntimeCall {
	pallet_consent::Call::withdraw { handle: handle(), evidence: Digest::repeat_byte(4) }.into()
}

fn key() -> RuntimeCall {
	pallet_consortium::Call::set_encryption_key { key: Some(Digest::repeat_byte(5)) }.into()
}

fn name_of(pallet: &str, call: &str) -> pallet_tx_pause::RuntimeCallNameOf<Runtime> {
	let name = |text: &str| text.as_bytes().to_vec().try_into().unwrap();
	(name(pallet), name(call))
}

#[test]
fn a_halted_chain_takes_withdrawals_and_the_councils_votes_only() {
	chain("local_testnet").execute_with(|| {
		consent_of_eve();
		assert_ok!(by_council(&COUNCIL, pallet_safe_mode::Call::force_enter {}));
		assert_noop!(by("Researcher", key()), frame_system::Error::<Runtime>::CallFiltered);
		assert_ok!(by("Eve", withdrawal()));
		assert_ok!(by_council(&COUNCIL, pallet_safe_mode::Call::force_exit {}));
		assert_ok!(by("Researcher", key()));
	});
}

#[test]
fn a_halt_ends_by_itself() {
	use frame_support::traits::Hooks;
	chain("local_testnet").execute_with(|| {
		assert_ok!(by_council(&COUNCIL, pallet_safe_mode::Call::force_enter {}));
		let after = System::block_number() + SafeModeDuration::get() + 1;
		System::set_block_number(after);
		SafeMode::on_initialize(after);
		assert_ok!(by("Researcher", key()));
	});
}

#[test]
fn nobody_halts_the_chain_alone() {
	chain("local_testnet").execute_with(|| {
		let not_configured = pallet_safe_mode::Error::<Runtime>::NotConfigured;
		assert_noop!(by("Alice", pallet_safe_mode::Call::enter {}), not_configured);
		assert!(by("Alice", pallet_safe_mode::Call::force_enter {}).is_err());
		let pause = pallet_tx_pause::Call::pause { full_name: name_of("Consortium", "set_peers") };
		assert!(by("Alice", pause).is_err());
	});
}

#[test]
fn a_single_call_is_paused_and_resumed() {
	chain("local_testnet").execute_with(|| {
		let full_name = name_of("Consortium", "set_encryption_key");
		assert_ok!(by_council(&COUNCIL, pallet_tx_pause::Call::pause { full_name: full_name.clone() }));
		assert_noop!(by("Researcher", key()), frame_system::Error::<Runtime>::CallFiltered);
		assert_ok!(by_council(&COUNCIL, pallet_tx_pause::Call::unpause { ident: full_name }));
		assert_ok!(by("Researcher", key()));
	});
}

#[test]
fn withdrawals_votes_and_blocks_cannot_be_paused() {
	chain("local_testnet").execute_with(|| {
		let refused: DispatchError = pallet_tx_pause::Error::<Runtime>::Unpausable.into();
		for (pallet, call) in [
			("Consent", "withdraw"),
			("Consent", "relay"),
			("Council", "vote"),
			("Timestamp", "set"),
			("System", "remark"),
		] {
			let pause = pallet_tx_pause::Call::pause { full_name: name_of(pallet, call) };
			assert_eq!(by_council(&COUNCIL, pause), Err(refused), "{pallet}.{call}");
		}
	});
}
