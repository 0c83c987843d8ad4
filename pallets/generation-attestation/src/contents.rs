//! Does an attestation say what the chain knows? Each function compares one aspect of the body.

use crate::{Attestations, Config, Pallet, Refusal};
use frame_support::ensure;
use semblance_primitives::{
	generation::{parameters_digest, AttestationBody, AttestationStatus, Job, SubjectRole, Tier, ATTESTATION_FORMAT},
	privacy::epsilon_micro,
	seeds::sampling_seed,
	traits::Datasets,
};

impl<T: Config> Pallet<T> {
	/// Compares every field of `body` that the chain can compute with the job it names.
	pub(crate) fn check_body(job: &Job, body: &AttestationBody) -> Result<(), Refusal> {
		ensure!(body.format == ATTESTATION_FORMAT, Refusal::UnknownFormat);
		ensure!(is_about(job, body), Refusal::JobMismatch);
		let recorded = job.accepted.as_ref().map(|record| &record.acceptance);
		ensure!(recorded == Some(&body.acceptance), Refusal::AcceptanceMismatch);
		ensure!(body.started <= body.finished, Refusal::TimesInvalid);
		check_subjects(job, body)?;
		ensure!(body.metrics.windows(2).all(|pair| matches!(pair, [a, b] if a.id < b.id)), Refusal::MetricsInvalid);
		Self::check_privacy(job, body)?;
		Self::check_supersedes(job, body)?;
		Self::check_randomness(job, body)
	}

	/// A private generator states exactly the budget that was reserved, and ε by the standard conversion at the dataset's
	/// own δ; others state none.
	fn check_privacy(job: &Job, body: &AttestationBody) -> Result<(), Refusal> {
		let fits = match (job.kind.tier(), &body.privacy) {
			(Tier::Heuristic, None) => true,
			(Tier::DifferentiallyPrivate, Some(loss)) => {
				loss.rho_micro == job.rho_micro
					&& T::Datasets::budget(job.dataset).map(|budget| budget.delta_exponent) == Some(loss.delta_exponent)
					&& loss.epsilon_micro == epsilon_micro(loss.rho_micro, loss.delta_exponent)
			},
			_ => false,
		};
		ensure!(fits, Refusal::PrivacyMismatch);
		Ok(())
	}

	/// Neither beacon nor sampling seed is of anybody's choosing.
	fn check_randomness(job: &Job, body: &AttestationBody) -> Result<(), Refusal> {
		ensure!(Self::beacon_hash(job) == Some(body.beacon), Refusal::BeaconMismatch);
		let model = body.subject(SubjectRole::Model).ok_or(Refusal::SubjectsInvalid)?;
		ensure!(body.sampling_seed == sampling_seed(&body.beacon, &model.sha3, job.rows), Refusal::SeedMismatch);
		Ok(())
	}

	/// Only a standing attestation of the same hospital under the same agreement can be replaced.
	fn check_supersedes(job: &Job, body: &AttestationBody) -> Result<(), Refusal> {
		let Some(id) = body.supersedes else { return Ok(()) };
		let earlier = Attestations::<T>::get(id).ok_or(Refusal::SupersedesInvalid)?;
		let fits = earlier.status == AttestationStatus::Standing
			&& earlier.builder == job.custodian
			&& earlier.body.agreement == job.agreement;
		ensure!(fits, Refusal::SupersedesInvalid);
		Ok(())
	}
}

fn is_about(job: &Job, body: &AttestationBody) -> bool {
	body.agreement == job.agreement
		&& body.dataset == job.dataset
		&& body.version == job.version
		&& body.purpose == job.purpose
		&& body.generator == job.generator
		&& body.code == job.code
		&& body.parameters == parameters_digest(&job.parameters)
}

fn check_subjects(job: &Job, body: &AttestationBody) -> Result<(), Refusal> {
	let ascending = body.subjects.windows(2).all(|pair| matches!(pair, [a, b] if a.role < b.role));
	let required = [SubjectRole::Model, SubjectRole::SyntheticTable, SubjectRole::Report];
	let complete = required.iter().all(|role| body.subject(*role).is_some());
	ensure!(ascending && complete, Refusal::SubjectsInvalid);
	let logs = body.subjects.iter().map(|subject| subject.role).filter(SubjectRole::is_log);
	ensure!(logs.eq(job.kind.log_role()), Refusal::LogMismatch);
	let rows_fit = body.subjects.iter().all(|subject| match subject.role {
		SubjectRole::SyntheticTable => subject.rows == job.rows,
		_ => subject.rows == 0,
	});
	ensure!(rows_fit, Refusal::RowsMismatch);
	Ok(())
}
