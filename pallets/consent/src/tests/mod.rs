mod batch;
mod capture;
mod changes;
mod migrations;
mod orders;
mod past;
mod states;
mod subjects;
mod try_state;

use crate::{mock::*, Consents, Error, Event};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	consent::{Capture, ConsentStatus},
	data_use::{DataUse, Permission, Purpose},
	AccountId, BlockNumber,
};
use sp_runtime::{DispatchError, DispatchResult};

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// The steward asks the patient for consent to health research.
fn request(byte: u8, expires: Option<BlockNumber>) -> DispatchResult {
	let by = signed(steward());
	Consent::request(by, handle(byte), patient(), health(), expires, notice(), Capture::SelfSigned)
}

/// The steward records the patient's form for health research.
fn capture(byte: u8, subject: Option<AccountId>, expires: Option<BlockNumber>) -> DispatchResult {
	let by = signed(steward());
	let how = Capture::StewardAttested;
	Consent::capture(by, handle(byte), how, subject, health(), expires, notice(), evidence())
}

fn status(byte: u8) -> ConsentStatus {
	Consents::<Test>::get(handle(byte)).unwrap().latest.status
}
