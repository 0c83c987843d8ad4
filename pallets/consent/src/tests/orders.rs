//! Orders that patients sign and members relay.

use super::*;
use codec::Encode;
use semblance_primitives::{
	commitment::sha3_256,
	consent::{ConsentAction, ConsentOrder, ConsentReason},
	signing, Digest,
};
use sp_core::{ed25519, Pair};
use sp_keyring::Sr25519Keyring;
use sp_runtime::MultiSignature;

fn order(action: ConsentAction, nonce: u32) -> ConsentOrder {
	ConsentOrder { handle: handle(1), action, nonce, valid_until: 50 }
}

fn sign(order: &ConsentOrder) -> MultiSignature {
	PATIENT.sign(&Consent::order_message(order)).into()
}

fn relay(order: ConsentOrder, signature: MultiSignature) -> DispatchResult {
	Consent::relay(signed(researcher()), order, signature)
}

fn sign_and_relay(order: ConsentOrder) -> DispatchResult {
	let signature = sign(&order);
	relay(order, signature)
}

#[test]
fn a_patient_goes_all_the_way_without_sending_a_transaction() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, None));
		assert_ok!(sign_and_relay(order(ConsentAction::Give, 0)));
		assert_eq!(status(1), ConsentStatus::Given);
		let terms = DataUse::new(Permission::DiseaseSpecific { disease: 1 });
		assert_ok!(sign_and_relay(order(ConsentAction::Restrict { terms: terms.clone() }, 1)));
		assert_eq!(Consent::consent(handle(1)).unwrap().latest.terms, terms);
		assert_ok!(sign_and_relay(order(ConsentAction::Withdraw, 2)));
		assert_eq!(status(1), ConsentStatus::Withdrawn);
		assert_eq!(Consent::consent(handle(1)).unwrap().nonce, 3);
		let relayed = Event::OrderRelayed { handle: handle(1), relayer: researcher() };
		let withdrawn = Event::ConsentWithdrawn { handle: handle(1), custodian: HOSPITAL };
		assert_eq!(events()[events().len() - 2..], [withdrawn, relayed]);
		assert_eq!(Consent::custodian_totals(HOSPITAL).last_restriction, 1);
	});
}

#[test]
fn a_refusal_can_be_relayed() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, None));
		assert_ok!(sign_and_relay(order(ConsentAction::Refuse, 0)));
		assert_eq!(status(1), ConsentStatus::Refused);
	});
}

#[test]
fn the_patient_is_the_actor_and_the_signature_the_evidence() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		let order = order(ConsentAction::Withdraw, 0);
		let signature = sign(&order);
		let evidence = sha3_256(&(Consent::order_message(&order), &signature).encode());
		assert_ok!(relay(order, signature));
		let last = Consent::history(handle(1), 1, 1).remove(0);
		assert_eq!((last.actor, last.reason, last.evidence), (patient(), ConsentReason::SubjectRequest, evidence));
	});
}

#[test]
fn wallets_that_wrap_what_they_sign_are_understood() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		let order = order(ConsentAction::Withdraw, 0);
		let wrapped = [b"<Bytes>", &Consent::order_message(&order)[..], b"</Bytes>"].concat();
		assert_ok!(relay(order, PATIENT.sign(&wrapped).into()));
	});
}

#[test]
fn other_kinds_of_keys_sign_too() {
	ExtBuilder.build_and_execute(|| {
		let pair = ed25519::Pair::from_seed(&[7; 32]);
		assert_ok!(capture(1, Some(pair.public().0.into()), None));
		let order = order(ConsentAction::Withdraw, 0);
		let signature = pair.sign(&Consent::order_message(&order)).into();
		assert_ok!(relay(order, signature));
	});
}

#[test]
fn only_members_relay() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		let order = order(ConsentAction::Withdraw, 0);
		for who in [stranger(), patient()] {
			let call = Consent::relay(signed(who), order.clone(), sign(&order));
			assert_noop!(call, Error::<Test>::NotAuthorized);
		}
		let call = Consent::relay(RuntimeOrigin::none(), order.clone(), sign(&order));
		assert_noop!(call, DispatchError::BadOrigin);
		// Whichever organisation the member belongs to.
		assert_ok!(Consent::relay(signed(other_steward()), order.clone(), sign(&order)));
	});
}

#[test]
fn an_order_is_carried_out_once() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, None));
		let give = order(ConsentAction::Give, 0);
		assert_ok!(sign_and_relay(give.clone()));
		assert_noop!(sign_and_relay(give), Error::<Test>::NonceMismatch);
		assert_noop!(sign_and_relay(order(ConsentAction::Withdraw, 2)), Error::<Test>::NonceMismatch);
	});
}

#[test]
fn an_order_does_not_answer_a_later_request() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, None));
		let give = order(ConsentAction::Give, 0);
		let signature = sign(&give);
		assert_ok!(Consent::refuse(signed(patient()), handle(1)));
		let wide = DataUse::new(Permission::NoRestriction);
		let how = Capture::SelfSigned;
		assert_ok!(Consent::request(signed(steward()), handle(1), patient(), wide, None, notice(), how));
		assert_noop!(relay(give, signature), Error::<Test>::NonceMismatch);
	});
}

#[test]
fn an_order_is_relayed_up_to_its_last_block() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		System::set_block_number(51);
		assert_noop!(sign_and_relay(order(ConsentAction::Withdraw, 0)), Error::<Test>::OrderExpired);
		System::set_block_number(50);
		assert_ok!(sign_and_relay(order(ConsentAction::Withdraw, 0)));
	});
}

#[test]
fn nothing_but_the_subjects_signature_over_this_very_order_counts() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, Some(patient()), None));
		let order = order(ConsentAction::Withdraw, 0);
		let message = Consent::order_message(&order);
		let by = |key: Sr25519Keyring, bytes: &[u8]| MultiSignature::from(key.sign(bytes));
		let changed = ConsentOrder { valid_until: 49, ..order.clone() };
		let other_handle = ConsentOrder { handle: handle(2), ..order.clone() };
		let elsewhere = signing::message(signing::CONSENT_ORDER, &Digest::repeat_byte(1), 0, 50, &order);
		let genesis = System::block_hash(0);
		let other_tag = signing::message(signing::ATTEST, &genesis, 0, 50, &order);
		let bad = [
			by(Sr25519Keyring::Alice, &message),
			by(PATIENT, &order.encode()),
			by(PATIENT, &Consent::order_message(&changed)),
			by(PATIENT, &Consent::order_message(&other_handle)),
			by(PATIENT, &elsewhere),
			by(PATIENT, &other_tag),
			by(PATIENT, &[]),
			MultiSignature::Sr25519([0; 64].into()),
			MultiSignature::Ed25519([0xff; 64].into()),
			MultiSignature::Ecdsa([0xff; 65].into()),
		];
		for signature in bad {
			assert_noop!(relay(order.clone(), signature), Error::<Test>::SignatureInvalid);
		}
		assert_eq!(message, signing::message(signing::CONSENT_ORDER, &genesis, 0, 50, &order));
		assert_ok!(relay(order.clone(), sign(&order)));
	});
}

#[test]
fn a_consent_without_subject_takes_no_orders() {
	ExtBuilder.build_and_execute(|| {
		assert_noop!(sign_and_relay(order(ConsentAction::Withdraw, 0)), Error::<Test>::ConsentNotFound);
		assert_ok!(capture(1, None, None));
		assert_noop!(sign_and_relay(order(ConsentAction::Withdraw, 0)), Error::<Test>::SubjectMissing);
	});
}

#[test]
fn an_order_keeps_to_the_states_like_a_call() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(request(1, None));
		assert_ok!(sign_and_relay(order(ConsentAction::Withdraw, 0)));
		assert_noop!(sign_and_relay(order(ConsentAction::Withdraw, 1)), Error::<Test>::ConsentAlreadyWithdrawn);
		assert_noop!(sign_and_relay(order(ConsentAction::Give, 1)), Error::<Test>::ConsentNotRequested);
		let wide = DataUse::new(Permission::NoRestriction);
		let widen = order(ConsentAction::Restrict { terms: wide.clone() }, 1);
		assert_noop!(sign_and_relay(widen), Error::<Test>::ConsentNotRestrictable);
		assert_ok!(request(1, None));
		assert_ok!(sign_and_relay(order(ConsentAction::Give, 2)));
		let widen = order(ConsentAction::Restrict { terms: wide }, 3);
		assert_noop!(sign_and_relay(widen), Error::<Test>::TermsNotStricter);
	});
}

/// The message of an order, byte for byte, for implementations elsewhere.
#[test]
fn the_message_of_an_order_is_golden() {
	ExtBuilder.build_and_execute(|| {
		let genesis = System::block_hash(0);
		let message = Consent::order_message(&order(ConsentAction::Withdraw, 2));
		let expected = [
			&b"\x48semblance/signed/1"[..],
			b"\x34consent-order",
			genesis.as_bytes(),
			&[2, 0, 0, 0],
			&[50, 0, 0, 0],
			&[1; 32],
			&[3],
			&[2, 0, 0, 0],
			&[50, 0, 0, 0],
		];
		assert_eq!(message, expected.concat());
	});
}
