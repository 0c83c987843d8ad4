//! Artefacts: who may have the sealed bytes, and how a data key is released.

use crate::{
	chain::{ChainState, ChainUnavailable},
	jobs::store::{ArtefactRow, JobStore},
	vault::{Vault, VaultError},
};
use semblance_primitives::{
	access::AgreementState, commitment::sha3_256, generation::SubjectRole, AgreementId, Digest, JobId,
};
use semblance_sealed::{ReleaseContext, WrapError};
use serde::{Deserialize, Serialize};

/// Version of [`ReleaseBundle`].
pub const BUNDLE_FORMAT: u16 = 1;

/// What a researcher needs to fetch and open an artefact. Useless without the X25519 secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseBundle {
	/// [`BUNDLE_FORMAT`].
	pub format: u16,
	/// The chain.
	pub genesis: Digest,
	/// The agreement.
	pub agreement: AgreementId,
	/// SHA3-256 of the artefact.
	pub artefact: Digest,
	/// What it is.
	pub role: SubjectRole,
	/// X25519 key the data key is wrapped to.
	pub recipient_key: Digest,
	/// Counts re-keyings, from 0.
	pub epoch: u32,
	/// HPKE's encapsulated key.
	pub encapsulated_key: Digest,
	/// The wrapped data key, `0x` and hexadecimal.
	pub wrapped_key: String,
	/// SHA3-256 of encapsulated key ‖ wrapped key: what goes on chain.
	pub wrapped_key_digest: Digest,
	/// Bearer ticket for the download.
	pub ticket: String,
}

/// Why an artefact or its key is not given out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtefactError {
	/// There is no such artefact, or it was made under another agreement.
	#[error("no artefact {artefact:?} was made here under agreement {agreement}. Check both against the attestation")]
	#[allow(missing_docs)]
	NotFound { artefact: Digest, agreement: AgreementId },
	/// The agreement is not in force.
	#[error("agreement {agreement} is not in force at finalised block {block}: {state}. Apply for access again")]
	#[allow(missing_docs)]
	NotInForce { agreement: AgreementId, block: u32, state: String },
	/// The report of a private job compares with real rows.
	#[error("artefact {artefact:?} is the report of a differentially private job: it compares with real rows, which the privacy budget does not cover, and stays in the hospital. Release the model, the table, the measurement log or the training log")]
	#[allow(missing_docs)]
	StaysInHospital { artefact: Digest },
	/// The chain has not charged the budget for the artefact.
	#[error("job {job}, which made artefact {artefact:?} with differential privacy, is not attested in the finalised state: its budget is not charged. Wait until it is attested")]
	#[allow(missing_docs)]
	NotCharged { artefact: Digest, job: JobId },
	/// Not the key that the researcher registered.
	#[error("{given:?} is not the key that the applicant of agreement {agreement} registered on chain. Ask the researcher to run `semblance key register`, wait for finality, and release to that key")]
	#[allow(missing_docs)]
	AnotherKey { agreement: AgreementId, given: Digest },
	/// The key cannot be used.
	#[error(transparent)]
	Wrap(#[from] WrapError),
	/// The chain does not answer.
	#[error(transparent)]
	Chain(#[from] ChainUnavailable),
	/// The vault failed.
	#[error(transparent)]
	Vault(#[from] VaultError),
}

/// The artefact's record under an agreement.
///
/// # Errors
/// [`ArtefactError::NotFound`].
pub fn find(
	vault: &Vault,
	genesis: Digest,
	artefact: &Digest,
	agreement: AgreementId,
) -> Result<ArtefactRow, ArtefactError> {
	let rows = JobStore::new(vault, genesis).artefact(artefact)?;
	let row = rows.into_iter().find(|row| row.agreement == agreement);
	row.ok_or(ArtefactError::NotFound { artefact: *artefact, agreement })
}

/// The artefact's record under an agreement, if it may leave the hospital.
///
/// What a private job made leaves once the finalised state holds its attestation: then the budget is charged.
///
/// # Errors
/// [`ArtefactError::NotFound`]; [`ArtefactError::StaysInHospital`] and [`ArtefactError::NotCharged`] for what a private job
/// made.
pub async fn find_releasable(
	chain: &dyn ChainState,
	vault: &Vault,
	artefact: &Digest,
	agreement: AgreementId,
) -> Result<ArtefactRow, ArtefactError> {
	let genesis = chain.genesis();
	let row = find(vault, genesis, artefact, agreement)?;
	let made = JobStore::new(vault, genesis).get(row.job)?.and_then(|job| job.body);
	let Some(private) = made.filter(|body| body.privacy.is_some()) else { return Ok(row) };
	if row.role == SubjectRole::Report {
		return Err(ArtefactError::StaysInHospital { artefact: *artefact });
	}
	let finalised = chain.finalised().await?;
	let on_chain = chain.job(row.job, finalised.hash).await?.and_then(|job| job.attestation);
	if on_chain != Some(private.id(&genesis)) {
		return Err(ArtefactError::NotCharged { artefact: *artefact, job: row.job });
	}
	Ok(row)
}

/// Checks that an agreement is in force in the finalised state, and returns its applicant's registered key.
///
/// # Errors
/// [`ArtefactError::NotInForce`].
pub async fn key_of_agreement_in_force(
	chain: &dyn ChainState,
	agreement: AgreementId,
) -> Result<Option<Digest>, ArtefactError> {
	let finalised = chain.finalised().await?;
	let record = chain.agreement(agreement, finalised.hash).await?;
	let refuse = |state: String| ArtefactError::NotInForce { agreement, block: finalised.number, state };
	let record = record.ok_or_else(|| refuse("there is none".into()))?;
	if record.state != AgreementState::Active {
		return Err(refuse(format!("{:?}", record.state)));
	}
	if finalised.number > record.expires {
		return Err(refuse(format!("ran out at block {}", record.expires)));
	}
	let member = chain.member(&record.applicant, finalised.hash).await?;
	Ok(member.and_then(|member| member.encryption_key))
}

/// Wraps an artefact's data key to the researcher's registered key.
///
/// # Errors
/// [`ArtefactError`] if the artefact, the agreement or the key do not fit.
pub async fn release(
	chain: &dyn ChainState,
	vault: &Vault,
	artefact: Digest,
	agreement: AgreementId,
	recipient_key: Digest,
	epoch: u32,
) -> Result<ReleaseBundle, ArtefactError> {
	let genesis = chain.genesis();
	let row = find_releasable(chain, vault, &artefact, agreement).await?;
	if key_of_agreement_in_force(chain, agreement).await? != Some(recipient_key) {
		return Err(ArtefactError::AnotherKey { agreement, given: recipient_key });
	}
	let context = ReleaseContext {
		genesis: genesis.to_fixed_bytes(),
		agreement,
		artefact: artefact.to_fixed_bytes(),
		recipient_key: recipient_key.to_fixed_bytes(),
		epoch,
	};
	let key = vault.key().artefact(&artefact);
	let wrapped = semblance_sealed::wrap_key(recipient_key.as_fixed_bytes(), &context.to_bytes(), &key)?;
	Ok(ReleaseBundle {
		format: BUNDLE_FORMAT,
		genesis,
		agreement,
		artefact,
		role: row.role,
		recipient_key,
		epoch,
		encapsulated_key: Digest::from(wrapped.encapsulated),
		wrapped_key_digest: sha3_256(&[wrapped.encapsulated.as_slice(), &wrapped.wrapped].concat()),
		wrapped_key: format!("0x{}", hex::encode(&wrapped.wrapped)),
		ticket: vault.key().ticket(&genesis, agreement, &artefact),
	})
}
