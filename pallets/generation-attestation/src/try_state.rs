//! The pallet's invariants, checked after every test and by try-runtime.

use crate::{
	Attempts, Attestations, AttestedArtefacts, Config, GeneratorCount, Generators, JobCount, Jobs, OpenJobCount,
	OpenJobs, Pallet, APPROVALS,
};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::ensure;
use semblance_primitives::{
	generation::{Generator, GeneratorStatus, Job, JobState},
	traits::Datasets,
	DatasetId, JobId,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Fails with the first invariant that does not hold.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (id, generator) in Generators::<T>::iter() {
			ensure!(id >= 1 && id <= GeneratorCount::<T>::get(), "a generator has a number that was never given");
			check_generator(&generator)?;
		}
		for (id, job) in Jobs::<T>::iter() {
			Self::check_job(id, &job)?;
		}
		Self::check_queues()?;
		Self::check_budgets()?;
		Self::check_attestations()
	}

	fn check_job(id: JobId, job: &Job) -> Result<(), TryRuntimeError> {
		ensure!(id >= 1 && id <= JobCount::<T>::get(), "a job has a number that was never given");
		ensure!(
			OpenJobs::<T>::contains_key(job.custodian, id) == job.state.is_open(),
			"a job stands in its custodian's queue exactly while it is open"
		);
		ensure!(
			job.attestation.is_some() == (job.state == JobState::Attested),
			"a job has an attestation exactly if it is attested"
		);
		ensure!(
			job.failure.is_some() == (job.state == JobState::Failed),
			"a job has a reason of failure exactly if it failed"
		);
		ensure!(
			!matches!(job.state, JobState::Accepted | JobState::Attested) || job.accepted.is_some(),
			"an accepted job holds its acceptance"
		);
		ensure!(
			(1..=Attempts::<T>::get(job.agreement, (job.dataset, job.version))).contains(&job.attempt),
			"a job's attempt was counted"
		);
		Ok(())
	}

	fn check_queues() -> Result<(), TryRuntimeError> {
		let mut waiting = BTreeMap::new();
		for (organisation, id, ()) in OpenJobs::<T>::iter() {
			ensure!(Jobs::<T>::contains_key(id), "a queue names a job that does not exist");
			let count: &mut u32 = waiting.entry(organisation).or_default();
			*count = count.saturating_add(1);
		}
		for (organisation, count) in OpenJobCount::<T>::iter() {
			ensure!(waiting.remove(&organisation).unwrap_or_default() == count, "a queue's length is miscounted");
		}
		ensure!(waiting.is_empty(), "a queue's length is not counted");
		Ok(())
	}

	fn check_budgets() -> Result<(), TryRuntimeError> {
		let mut reserved: BTreeMap<DatasetId, u64> = BTreeMap::new();
		for job in Jobs::<T>::iter_values().filter(|job| job.state.is_open()) {
			let sum = reserved.entry(job.dataset).or_default();
			*sum = sum.saturating_add(job.rho_micro);
		}
		for (dataset, sum) in reserved {
			let held = T::Datasets::budget(dataset).map(|budget| budget.reserved);
			ensure!(held == Some(sum), "a dataset's reserved budget is not the sum of its open jobs'");
		}
		Ok(())
	}

	fn check_attestations() -> Result<(), TryRuntimeError> {
		for (id, attestation) in Attestations::<T>::iter() {
			ensure!(attestation.body.id(&Self::genesis()) == id, "an attestation's id is not the digest of its body");
			let job = Jobs::<T>::get(attestation.body.job).ok_or("an attestation's job does not exist")?;
			ensure!(job.attestation == Some(id), "an attestation's job names another attestation");
		}
		for (agreement, artefact, id) in AttestedArtefacts::<T>::iter() {
			let attestation = Attestations::<T>::get(id).ok_or("an artefact's attestation does not exist")?;
			ensure!(attestation.body.agreement == agreement, "an artefact's attestation is another agreement's");
			let is_subject = attestation.body.subjects.iter().any(|subject| subject.sha3 == artefact);
			ensure!(is_subject, "an artefact's attestation does not name it");
		}
		Ok(())
	}
}

fn check_generator(generator: &Generator) -> Result<(), TryRuntimeError> {
	let organisations: BTreeSet<_> = generator.reviews.iter().map(|review| review.organisation).collect();
	ensure!(organisations.len() == generator.reviews.len(), "an organisation reviewed a generator twice");
	ensure!(!organisations.contains(&generator.organisation), "a generator was reviewed by its own organisation");
	let was_approved = matches!(generator.status, GeneratorStatus::Approved | GeneratorStatus::Retired);
	ensure!(
		was_approved == (organisations.len() >= APPROVALS as usize),
		"a generator is approved exactly if enough organisations approved it"
	);
	Ok(())
}
