//! The life of a job, as far as people drive it: request, cancellation, expiry. Closing gives the budget back.

use crate::{Attempts, Config, Error, Event, JobCount, Jobs, OpenJobCount, OpenJobs, Pallet};
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get, BoundedVec};
use semblance_primitives::{
	access::{AgreementRefusal, GenerationGrant},
	consortium::Role,
	dataset::{Dataset, DatasetKind, DatasetStatus, DatasetVersion},
	generation::{are_canonical, Generator, Job, JobState, Parameter, Tier, MAX_PARAMETERS},
	traits::{Agreements, Datasets, Membership},
	AccountId, AgreementId, GeneratorId, JobId,
};
use sp_core::ConstU32;
use sp_runtime::ArithmeticError;

/// What a researcher asks for.
pub(crate) struct GenerationRequest {
	pub(crate) agreement: AgreementId,
	pub(crate) generator: GeneratorId,
	pub(crate) parameters: BoundedVec<Parameter, ConstU32<MAX_PARAMETERS>>,
	pub(crate) rows: u32,
	pub(crate) rho_micro: u64,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_request(requester: AccountId, request: GenerationRequest) -> DispatchResult {
		let is_researcher = T::Membership::organisation_with_role(&requester, Role::Researcher).is_some();
		ensure!(is_researcher, Error::<T>::NotAuthorized);
		let generator = Self::usable_generator(request.generator)?;
		Self::ensure_well_formed(&generator, &request)?;
		let grant = T::Agreements::authorise_generation(
			&requester,
			request.agreement,
			generator.tier,
			request.rows,
			request.rho_micro,
		)
		.map_err(Error::<T>::from)?;
		let (dataset, version) = Self::usable_dataset(&grant)?;
		if request.rho_micro > 0 {
			T::Datasets::reserve_budget(grant.dataset, request.rho_micro)?;
		}
		Self::open(Self::new_job(requester, request, &generator, &grant, &dataset, &version))
	}

	fn ensure_well_formed(generator: &Generator, request: &GenerationRequest) -> Result<(), Error<T>> {
		match generator.tier {
			Tier::DifferentiallyPrivate => ensure!(request.rho_micro > 0, Error::<T>::PrivacyBudgetMissing),
			Tier::Heuristic => ensure!(request.rho_micro == 0, Error::<T>::PrivacyBudgetNotApplicable),
		}
		ensure!(are_canonical(&request.parameters), Error::<T>::ParametersNotCanonical);
		ensure!(request.rows > 0, Error::<T>::NoRows);
		ensure!(request.rows <= T::MaxSyntheticRows::get(), Error::<T>::TooManyRows);
		Ok(())
	}

	fn usable_dataset(grant: &GenerationGrant) -> Result<(Dataset, DatasetVersion), Error<T>> {
		let dataset = T::Datasets::dataset(grant.dataset).ok_or(Error::<T>::DatasetNotFound)?;
		ensure!(dataset.kind == DatasetKind::Source, Error::<T>::NotASourceDataset);
		ensure!(dataset.status == DatasetStatus::Active, Error::<T>::DatasetNotActive);
		let version = T::Datasets::version(grant.dataset, dataset.latest_version).ok_or(Error::<T>::DatasetNotFound)?;
		Ok((dataset, version))
	}

	fn new_job(
		requester: AccountId,
		request: GenerationRequest,
		generator: &Generator,
		grant: &GenerationGrant,
		dataset: &Dataset,
		version: &DatasetVersion,
	) -> Job {
		let attempt = Attempts::<T>::get(request.agreement, (grant.dataset, dataset.latest_version)).saturating_add(1);
		let now = Self::now();
		Job {
			agreement: request.agreement,
			requester,
			dataset: grant.dataset,
			version: dataset.latest_version,
			dataset_rows: version.rows,
			custodian: dataset.custodian,
			purpose: grant.purpose,
			generator: request.generator,
			kind: generator.kind,
			code: generator.code,
			parameters: request.parameters,
			rows: request.rows,
			rho_micro: request.rho_micro,
			state: JobState::Requested,
			attempt,
			requested: now,
			deadline: now.saturating_add(T::JobLifetime::get()),
			accepted: None,
			failure: None,
			attestation: None,
		}
	}

	/// Puts a new job into its custodian's queue.
	fn open(job: Job) -> DispatchResult {
		let waiting = OpenJobCount::<T>::get(job.custodian);
		ensure!(waiting < T::MaxOpenJobsPerCustodian::get(), Error::<T>::QueueFull);
		let id = JobCount::<T>::get().checked_add(1).ok_or(ArithmeticError::Overflow)?;
		JobCount::<T>::put(id);
		OpenJobCount::<T>::insert(job.custodian, waiting.saturating_add(1));
		OpenJobs::<T>::insert(job.custodian, id, ());
		Attempts::<T>::insert(job.agreement, (job.dataset, job.version), job.attempt);
		Self::deposit_event(Event::JobRequested {
			job: id,
			agreement: job.agreement,
			custodian: job.custodian,
			attempt: job.attempt,
			deadline: job.deadline,
		});
		Jobs::<T>::insert(id, job);
		Ok(())
	}

	pub(crate) fn do_cancel(who: AccountId, id: JobId) -> DispatchResult {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(job.requester == who, Error::<T>::NotRequester);
		ensure!(job.state == JobState::Requested, Error::<T>::JobNotCancellable);
		Self::give_back(&job)?;
		Self::close(id, Job { state: JobState::Cancelled, ..job });
		Self::deposit_event(Event::JobCancelled { job: id });
		Ok(())
	}

	pub(crate) fn do_expire(id: JobId) -> DispatchResult {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(job.state.is_open(), Error::<T>::JobNotOpen);
		ensure!(Self::now() > job.deadline, Error::<T>::DeadlineNotReached);
		Self::give_back(&job)?;
		Self::close(id, Job { state: JobState::Expired, ..job });
		Self::deposit_event(Event::JobExpired { job: id });
		Ok(())
	}

	/// Takes a job that ended out of its custodian's queue.
	pub(crate) fn close(id: JobId, job: Job) {
		OpenJobs::<T>::remove(job.custodian, id);
		OpenJobCount::<T>::mutate(job.custodian, |waiting| *waiting = waiting.saturating_sub(1));
		Jobs::<T>::insert(id, job);
	}

	/// Gives the budget of a job that came to nothing back to its dataset and its agreement.
	pub(crate) fn give_back(job: &Job) -> DispatchResult {
		if job.rho_micro > 0 {
			T::Datasets::release_reserved(job.dataset, job.rho_micro)?;
			T::Agreements::refund(job.agreement, job.rho_micro);
		}
		Ok(())
	}
}

impl<T: Config> From<AgreementRefusal> for Error<T> {
	fn from(refusal: AgreementRefusal) -> Self {
		match refusal {
			AgreementRefusal::NotFound => Self::AgreementNotFound,
			AgreementRefusal::NotApplicant => Self::NotApplicant,
			AgreementRefusal::NotActive => Self::AgreementNotActive,
			AgreementRefusal::Expired => Self::AgreementExpired,
			AgreementRefusal::TooManyRows => Self::TooManyRows,
			AgreementRefusal::TierNotAllowed => Self::TierNotAllowed,
			AgreementRefusal::BudgetExceeded => Self::AgreementBudgetExceeded,
		}
	}
}
