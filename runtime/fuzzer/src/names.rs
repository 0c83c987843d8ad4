//! What arguments are called, and which values make sense for them in the present state.

use crate::{bytes::Bytes, people::Person};
use semblance_primitives::{
	data_use::{DataUse, Modifiers, Permission},
	Digest,
};
use semblance_runtime::*;

/// Numbers of rows, of micro-ρ and of blocks that are neither all too small nor all too large.
const AMOUNTS: [u128; 8] = [1, 2, 100, 1_000, 100_000, 500_000, 1_000_000, 0];
/// Where types end.
const EDGES: [u128; 6] = [0, 255, 65_535, u32::MAX as u128, u64::MAX as u128, u128::MAX];

/// A number for an argument called `name`.
pub fn number(name: &str, bytes: &mut Bytes) -> u128 {
	if bytes.byte() > 250 {
		return bytes.pick(&EDGES);
	}
	let of = |count: u32, bytes: &mut Bytes| u128::from(1 + bytes.below(count + 1));
	let blocks = [1, 3, 8, 20, 100, 1_000, 10_000];
	match name {
		"dataset" => of(pallet_dataset_registry::DatasetCount::<Runtime>::get(), bytes),
		"agreement" | "application" => of(pallet_access_control::AgreementCount::<Runtime>::get(), bytes),
		"job" => of(pallet_generation_attestation::JobCount::<Runtime>::get(), bytes),
		"generator" => of(pallet_generation_attestation::GeneratorCount::<Runtime>::get(), bytes),
		"organisation" => of(pallet_consortium::NextOrganisation::<Runtime>::get(), bytes),
		"proposal" => of(pallet_council::NextProposal::<Runtime>::get(), bytes),
		"expires" | "valid_until" => u128::from(System::block_number()) + u128::from(bytes.below(64)),
		"lifetime" | "review_period" | "blocks" => bytes.pick(&blocks),
		"custodian_votes" | "ethics_votes" => bytes.pick(&[1, 1, 1, 2, 0]),
		"rows" | "max_rows" | "max_rho" | "rho_micro" | "budget_cap" | "cap" => bytes.pick(&AMOUNTS),
		"delta_exponent" => bytes.pick(&[5, 6, 0, 255]),
		"months" => bytes.pick(&[12, 1, 0]),
		"row_bucket" => u128::from(bytes.below(10)),
		"bits" => u128::from(bytes.byte()),
		_ => u128::from(bytes.below(4)),
	}
}

/// A digest for an argument called `name`: few, so that they meet again.
pub fn digest(name: &str, bytes: &mut Bytes) -> Digest {
	match name {
		"handle" | "by" => handle(bytes),
		"artefact" => Digest::repeat_byte(61 + bytes.below(6) as u8),
		"key" | "recipient_key" => Digest::repeat_byte(91 + bytes.below(2) as u8),
		"attestation" => pallet_generation_attestation::Attestations::<Runtime>::iter_keys().next().unwrap_or_default(),
		_ => Digest::repeat_byte(bytes.byte()),
	}
}

/// Bytes for an argument called `name`: names of organisations and calls, addresses of peers.
pub fn text(name: &str, bytes: &mut Bytes) -> Vec<u8> {
	let choices: &[&str] = match name {
		"name" => &["Hospital East", "Institute", " ", ""],
		"peer_id" => &["12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp", "QmTwo", "0OIl"],
		"address" => &["/ip4/10.0.0.5/tcp/30333", "/dns/a.example/tcp/30333", "nowhere"],
		"full_name" => &["DatasetRegistry", "register", "AccessControl", "apply", "Consent", "give", "withdraw"],
		_ => &["", "text"],
	};
	bytes.pick(choices).as_bytes().to_vec()
}

/// Terms of use whose parts fit together, from lax to strict.
pub fn terms(bytes: &mut Bytes) -> DataUse {
	let disease = Permission::DiseaseSpecific { disease: 1 };
	let permissions =
		[Permission::HealthMedicalBiomedical, Permission::GeneralResearchUse, disease, Permission::NoRestriction];
	let bits = [0, Modifiers::NON_PROFIT_NON_COMMERCIAL, Modifiers::COLLABORATION_REQUIRED, Modifiers::TIME_LIMIT];
	let modifiers = Modifiers::of(bytes.pick(&bits) | bytes.pick(&bits));
	let time_limit_months = modifiers.has(Modifiers::TIME_LIMIT).then(|| bytes.pick(&[12, 6]));
	DataUse { modifiers, time_limit_months, ..DataUse::new(bytes.pick(&permissions)) }
}

/// A person for an argument called `name`: who is admitted is often new, who validates often runs a hospital.
pub fn person(name: &str, bytes: &mut Bytes) -> Person {
	let new = ["Eve", "Ferdie", "Guardian"].map(Person::named);
	match name {
		"administrator" | "account" if bytes.chance(144) => bytes.pick(&new),
		"validator" if bytes.chance(64) => Person::named("Stash"),
		"validator" if bytes.chance(144) => Person::of_hospital(bytes),
		"subject" if bytes.chance(144) => bytes.pick(&["Patient", "Guardian"].map(Person::named)),
		_ => Person::any(bytes),
	}
}

/// Who a consent is asked of: 1 to 5 are those of the jobs. Those with an end are wanted more often.
pub fn handle(bytes: &mut Bytes) -> Digest {
	if bytes.chance(64) {
		let ending =
			pallet_consent::Consents::<Runtime>::iter().filter(|(_, consent)| consent.latest.expires.is_some());
		return bytes.of(ending.map(|(handle, _)| handle)).unwrap_or_default();
	}
	Digest::repeat_byte(1 + bytes.below(24) as u8)
}
