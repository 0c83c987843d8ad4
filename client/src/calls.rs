//! Constructors for the calls that people make, argument by argument as the pallets declare them.

use crate::{records::pallets, submit::Call};
use codec::Encode;
use semblance_primitives::{
	access::{Conditions, Policy, VoteChoice, VoteReason},
	consent::{Capture, CapturedConsent, ConsentOrder},
	consortium::Role,
	data_use::{DataUse, Purpose, UseAttributes},
	dataset::{LegalBasis, Sensitivity},
	generation::{GeneratorKind, Parameter},
	AccountId, AgreementId, BlockNumber, ConsentHandle, DatasetId, Digest, GeneratorId, JobId,
};

fn call(pallet: &'static str, call: &'static str, arguments: impl Encode) -> Call {
	Call { pallet, call, arguments: arguments.encode() }
}

/// Calls of pallet-consortium.
pub mod consortium {
	use super::*;

	/// Sets the signer's own X25519 key to which data keys are wrapped; `None` clears it.
	pub fn set_encryption_key(key: Option<Digest>) -> Call {
		call(pallets::CONSORTIUM, "set_encryption_key", (key,))
	}

	/// An administrator adds a member to the own organisation.
	pub fn add_member(account: &AccountId, roles: &[Role], valid_until: Option<BlockNumber>) -> Call {
		call(pallets::CONSORTIUM, "add_member", (account, roles, valid_until))
	}
}

/// Calls of pallet-consent.
pub mod consent {
	use super::*;

	/// A data steward asks a patient.
	pub fn request(
		handle: ConsentHandle,
		subject: &AccountId,
		terms: &DataUse,
		expires: Option<BlockNumber>,
		notice: Digest,
		capture: Capture,
	) -> Call {
		call(pallets::CONSENT, "request", (handle, subject, terms, expires, notice, capture))
	}

	/// The patient agrees.
	pub fn give(handle: ConsentHandle) -> Call {
		call(pallets::CONSENT, "give", (handle,))
	}

	/// The patient says no.
	pub fn refuse(handle: ConsentHandle) -> Call {
		call(pallets::CONSENT, "refuse", (handle,))
	}

	/// A data steward records one signed form.
	pub fn capture(
		capture: Capture,
		subject: Option<&AccountId>,
		terms: &DataUse,
		expires: Option<BlockNumber>,
		notice: Digest,
		consent: &CapturedConsent,
	) -> Call {
		let CapturedConsent { handle, evidence } = consent;
		call(pallets::CONSENT, "capture", (handle, capture, subject, terms, expires, notice, evidence))
	}

	/// A data steward records signed forms that share terms, notice and end; all or none.
	pub fn capture_batch(
		capture: Capture,
		terms: &DataUse,
		expires: Option<BlockNumber>,
		notice: Digest,
		consents: &[CapturedConsent],
	) -> Call {
		call(pallets::CONSENT, "capture_batch", (capture, terms, expires, notice, consents))
	}

	/// The patient ends the consent, or a steward at the patient's written request (with evidence).
	pub fn withdraw(handle: ConsentHandle, evidence: Digest) -> Call {
		call(pallets::CONSENT, "withdraw", (handle, evidence))
	}

	/// Any member relays an order that the patient signed (sr25519).
	pub fn relay(order: &ConsentOrder, signature: &[u8; 64]) -> Call {
		// The variant number of `MultiSignature::Sr25519`.
		const SR25519: u8 = 1;
		call(pallets::CONSENT, "relay", (order, SR25519, signature))
	}
}

/// Calls of pallet-dataset-registry.
pub mod datasets {
	use super::*;

	/// Commitments of a new version.
	#[derive(Clone, PartialEq, Eq, Debug, Encode)]
	pub struct VersionInput {
		/// Root of the salted row commitments.
		pub rows: Digest,
		/// Digest of the canonical schema document.
		pub schema: Digest,
		/// Digest of the canonical manifest.
		pub manifest: Digest,
		/// Coarsened number of rows.
		pub row_bucket: u8,
	}

	/// Everything that a registration says.
	#[derive(Clone, PartialEq, Eq, Debug, Encode)]
	pub struct Registration {
		/// Terms of use.
		pub terms: DataUse,
		/// Sensitivity.
		pub sensitivity: Sensitivity,
		/// Legal basis.
		pub legal_basis: LegalBasis,
		/// The first version.
		pub version: VersionInput,
		/// Privacy budget in micro-ρ.
		pub budget_cap: u64,
		/// δ = 10^-`delta_exponent`.
		pub delta_exponent: u8,
	}

	/// Registers a dataset.
	pub fn register(registration: &Registration) -> Call {
		call(pallets::DATASETS, "register", (registration,))
	}

	/// Adds a version.
	pub fn add_version(dataset: DatasetId, version: &VersionInput) -> Call {
		call(pallets::DATASETS, "add_version", (dataset, version))
	}
}

/// Calls of pallet-access-control.
pub mod access {
	use super::*;

	/// Sets what a custodian demands for access to a dataset.
	pub fn set_policy(dataset: DatasetId, policy: &Policy) -> Call {
		call(pallets::ACCESS, "set_policy", (dataset, policy))
	}

	/// Applies for access.
	pub fn apply(dataset: DatasetId, purpose: Purpose, attributes: &UseAttributes, statement: Digest) -> Call {
		call(pallets::ACCESS, "apply", (dataset, purpose, attributes, statement))
	}

	/// Votes on an application.
	pub fn vote(application: AgreementId, choice: VoteChoice, reason: VoteReason, memo: Digest) -> Call {
		call(pallets::ACCESS, "vote", (application, choice, reason, memo))
	}

	/// Narrows the conditions of an application under review.
	pub fn narrow_conditions(application: AgreementId, conditions: Conditions) -> Call {
		call(pallets::ACCESS, "narrow_conditions", (application, conditions))
	}

	/// Puts a released data key on record.
	pub fn release_key(
		agreement: AgreementId,
		artefact: Digest,
		wrapped_key: Digest,
		recipient_key: Digest,
		epoch: u32,
	) -> Call {
		call(pallets::ACCESS, "release_key", (agreement, artefact, wrapped_key, recipient_key, epoch))
	}

	/// The researcher acknowledges receipt of a data key.
	pub fn acknowledge_key(agreement: AgreementId, release: u32) -> Call {
		call(pallets::ACCESS, "acknowledge_key", (agreement, release))
	}
}

/// Calls of pallet-generation-attestation.
pub mod generation {
	use super::*;

	/// Proposes a generator.
	pub fn propose_generator(kind: GeneratorKind, version: u32, code: Digest) -> Call {
		call(pallets::GENERATION, "propose_generator", (kind, version, code))
	}

	/// Approves or refuses a proposed generator.
	pub fn review_generator(generator: GeneratorId, approve: bool, report: Digest) -> Call {
		call(pallets::GENERATION, "review_generator", (generator, approve, report))
	}

	/// Requests a generation.
	pub fn request_generation(
		agreement: AgreementId,
		generator: GeneratorId,
		parameters: &[Parameter],
		rows: u32,
		rho_micro: u64,
	) -> Call {
		call(pallets::GENERATION, "request_generation", (agreement, generator, parameters, rows, rho_micro))
	}

	/// Calls off a requested job.
	pub fn cancel(job: JobId) -> Call {
		call(pallets::GENERATION, "cancel", (job,))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use semblance_primitives::data_use::Permission;

	#[test]
	fn arguments_are_the_plain_concatenation_of_their_encodings() {
		let handle = Digest::repeat_byte(7);
		assert_eq!(consent::give(handle).arguments, handle.encode());
		let request = generation::request_generation(1, 2, &[], 3, 4);
		assert_eq!(hex::encode(request.arguments), "0100000002000000000300000004000000000000 00".replace(' ', ""));
	}

	#[test]
	fn batches_are_golden() {
		let captured = CapturedConsent { handle: Digest::repeat_byte(1), evidence: Digest::repeat_byte(2) };
		let terms = DataUse::new(Permission::HealthMedicalBiomedical);
		let call = consent::capture_batch(Capture::StewardAttested, &terms, None, Digest::repeat_byte(3), &[captured]);
		let expected = [
			"01",
			"02",
			"00000000",
			"00",
			"00",
			"00",
			"00",
			&"03".repeat(32),
			"04",
			&"01".repeat(32),
			&"02".repeat(32),
		];
		assert_eq!(hex::encode(call.arguments), expected.concat());
	}

	#[test]
	fn a_single_capture_is_golden() {
		let captured = CapturedConsent { handle: Digest::repeat_byte(1), evidence: Digest::repeat_byte(2) };
		let terms = DataUse::new(Permission::HealthMedicalBiomedical);
		let call = consent::capture(Capture::StewardAttested, None, &terms, None, Digest::repeat_byte(3), &captured);
		let [one, two, three] = [1u8, 2, 3].map(|byte| hex::encode([byte; 32]));
		let expected =
			format!("{one}01{none}02{flags}{rest}{none}{three}{two}", none = "00", flags = "00000000", rest = "000000");
		assert_eq!(hex::encode(call.arguments), expected);
	}

	#[test]
	fn a_relayed_order_carries_a_multi_signature() {
		use semblance_primitives::consent::ConsentAction;
		use sp_core::sr25519;
		let order =
			ConsentOrder { handle: Digest::repeat_byte(1), action: ConsentAction::Withdraw, nonce: 0, valid_until: 9 };
		let call = consent::relay(&order, &[5; 64]);
		let signature = sr25519::Signature::from_raw([5; 64]);
		// Variant 1 of the runtime's signature type.
		assert_eq!(call.arguments, (&order, 1u8, signature).encode());
	}
}
