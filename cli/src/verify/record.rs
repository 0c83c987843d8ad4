//! Do the records belong together, and did the hospital's key sign them?

use super::Finding;
use crate::receipt::Receipt;
use codec::DecodeAll;
use semblance_primitives::{
	generation::{
		parameters_digest, Attestation, AttestationBody, AttestationStatus, Job, JobState, Level, SubjectRole,
	},
	signing,
};
use sp_core::{sr25519, Pair};

/// Reads both records.
///
/// # Errors
/// Words for what cannot be read.
pub fn read(receipt: &Receipt) -> Result<(Attestation, Job), String> {
	let attestation = Attestation::decode_all(&mut &*receipt.attestation_value.0)
		.map_err(|error| format!("the attestation cannot be read: {error}"))?;
	let job =
		Job::decode_all(&mut &*receipt.job_value.0).map_err(|error| format!("the job cannot be read: {error}"))?;
	Ok((attestation, job))
}

/// The id is the digest of everything that the attestation says, on this chain.
pub fn check_id(receipt: &Receipt, body: &AttestationBody) -> Finding {
	let id = body.id(&receipt.genesis);
	if id == receipt.attestation {
		Ok(format!("{id:?} is the digest of what the attestation says"))
	} else {
		Err(format!("what the attestation says has the id {id:?}, not {:?}", receipt.attestation))
	}
}

/// The job is the attestation's, and says the same.
pub fn check_job(receipt: &Receipt, body: &AttestationBody, job: &Job) -> Finding {
	let accepted = job.accepted.as_ref().map(|record| &record.acceptance);
	let rows = body.subject(SubjectRole::SyntheticTable).map(|table| table.rows);
	let facts = [
		("number", body.job == receipt.job),
		("state", job.state == JobState::Attested),
		("attestation", job.attestation == Some(receipt.attestation)),
		("commitments", accepted == Some(&body.acceptance)),
		("agreement", job.agreement == body.agreement),
		("dataset", (job.dataset, job.version) == (body.dataset, body.version)),
		("purpose", job.purpose == body.purpose),
		("generator", job.generator == body.generator),
		("generator's code", job.code == body.code),
		("parameters", parameters_digest(&job.parameters) == body.parameters),
		("rows", rows == Some(job.rows)),
		("privacy budget", job.rho_micro == body.privacy.map_or(0, |privacy| privacy.rho_micro)),
	];
	match facts.iter().find(|(_, agrees)| !agrees) {
		Some((fact, _)) => Err(format!("job {} and attestation differ in: {fact}", receipt.job)),
		None => Ok(format!(
			"job {}, attempt {}: {} rows by {:?} under agreement {} from dataset {} version {}",
			receipt.job, job.attempt, job.rows, job.kind, job.agreement, job.dataset, job.version,
		)),
	}
}

/// The hospital's attestation key signed the body for this job on this chain.
pub fn check_signature(receipt: &Receipt, attestation: &Attestation, job: &Job) -> Finding {
	let message = signing::message(signing::ATTEST, &receipt.genesis, job.attempt, job.deadline, &attestation.body);
	let signature = sr25519::Signature::from_raw(attestation.signature_bytes());
	let public = sr25519::Public::from_raw(attestation.key.0);
	if !sr25519::Pair::verify(&signature, message, &public) {
		return Err(format!("the signature is not that of the key {:?} over this attestation", attestation.key));
	}
	if attestation.builder != job.custodian {
		return Err(format!(
			"organisation {} signed, the job is organisation {}'s",
			attestation.builder, job.custodian
		));
	}
	Ok(format!("signed by the attestation key {:?} of organisation {}", attestation.key, attestation.builder))
}

/// The chain found every binding valid, and nobody has disproved or replaced the attestation.
pub fn check_standing(attestation: &Attestation) -> Finding {
	match (attestation.status, attestation.level) {
		(AttestationStatus::Rejected, _) => Err("the attestation was proven wrong; the proof is on the chain".into()),
		(AttestationStatus::Superseded, _) => Err("a later attestation replaced this one; ask for that one".into()),
		(AttestationStatus::Standing, Level::Claimed) => {
			Err("only claimed: consents, agreement, generator or budget were not valid when it was recorded".into())
		},
		(AttestationStatus::Standing, level) => Ok(format!(
			"{level:?} and standing: {} patients' consents, agreement, generator and budget were valid",
			attestation.body.acceptance.consent_count,
		)),
	}
}
