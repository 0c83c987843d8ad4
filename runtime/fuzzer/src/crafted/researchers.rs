//! Applications, votes, requests and keys.

use crate::{bytes::Bytes, names, people::Person, scene, transaction::Transaction};
use pallet_generation_attestation::AttestedArtefacts;
use semblance_primitives::{
	access::AgreementState,
	data_use::{Purpose, UseAttributes},
	Digest,
};
use semblance_runtime::*;

/// An application for dataset 1 that fits its terms.
pub fn application() -> RuntimeCall {
	let attributes = UseAttributes {
		commercial: false,
		non_profit_organisation: true,
		collaborates_with_custodian: false,
		ethics_evidence: None,
		region: None,
		months: 12,
	};
	let (purpose, statement) = (Purpose::HealthResearch, Digest::repeat_byte(31));
	pallet_access_control::Call::apply { dataset: 1, purpose, attributes, statement }.into()
}

/// Votes of hospital 1 and of the ethics board for an application.
pub fn votes(application: u32) -> Vec<Transaction> {
	let vote = |name| Transaction::signed(Person::named(name), scene::approval(application));
	vec![vote("Alice"), vote("Ethics")]
}

/// A request for 100 rows.
pub fn request(agreement: u32, generator: u32, rho_micro: u64) -> RuntimeCall {
	let (parameters, rows) = (Default::default(), 100);
	pallet_generation_attestation::Call::request_generation { agreement, generator, parameters, rows, rho_micro }.into()
}

/// A request under some agreement, mostly one in force.
pub fn any_request(bytes: &mut Bytes) -> Vec<Transaction> {
	let records = pallet_access_control::Records::<Runtime>::iter();
	let active = records.filter(|(_, agreement)| agreement.state == AgreementState::Active).map(|(id, _)| id);
	let drawn = if bytes.chance(192) { bytes.of(active) } else { None };
	let agreement = drawn.unwrap_or_else(|| names::number("agreement", bytes) as u32);
	let (generator, rho_micro) = bytes.pick(&[(1, 0), (2, 1_000), (2, 200_000), (1, 1), (3, 0)]);
	vec![Transaction::signed(Person::named("Researcher"), request(agreement, generator, rho_micro))]
}

/// The key of an artefact for the researcher.
pub fn any_release(bytes: &mut Bytes) -> Vec<Transaction> {
	let attested = AttestedArtefacts::<Runtime>::iter().map(|(agreement, artefact, _)| (agreement, artefact));
	let drawn = if bytes.chance(192) { bytes.of(attested) } else { None };
	let (agreement, artefact) = drawn.unwrap_or_else(|| (1 + bytes.below(2), names::digest("artefact", bytes)));
	let call = pallet_access_control::Call::release_key {
		agreement,
		artefact,
		wrapped_key: Digest::repeat_byte(92),
		recipient_key: names::digest("key", bytes),
		epoch: bytes.below(3),
	};
	vec![Transaction::signed(bytes.pick(&["Alice", "DataSteward", "Bob"].map(Person::named)), call)]
}
