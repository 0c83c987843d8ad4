#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::panic,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects
)]
#![cfg_attr(
	test,
	allow(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects,
		clippy::panic
	)
)]

extern crate alloc;

mod attestations;
mod authorise;
mod contents;
mod generators;
mod hook;
mod jobs;
mod queries;
mod session;
mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", feature = "std"))]
mod try_state;

pub use authorise::Refusal;
pub use pallet::*;
pub use types::{AcceptPayload, FailPayload};
pub use weights::WeightInfo;

/// Approving reviews, each from another organisation, that make a generator usable.
pub const APPROVALS: u32 = 2;
/// Blocks that must lie between a job's longest life and the number of block hashes that the chain keeps, so that the
/// beacon's hash is still known whenever an attestation may arrive.
pub const BEACON_MARGIN: u32 = 8;

// The macro's own code expects what it has checked itself.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::{boxed::Box, vec::Vec};
	use frame_support::pallet_prelude::*;
	use frame_system::{offchain::CreateAuthorizedTransaction, pallet_prelude::*};
	use semblance_primitives::{
		commitment::MerklePath,
		generation::{
			Attestation, AttestationBody, FailureReason, Generator, GeneratorKind, Job, Level, Parameter,
			MAX_PARAMETERS,
		},
		signing::attestation_key::{AttestationKey, AttestationSignature},
		traits::{Agreements, Consents, Datasets, Membership},
		AccountId, AgreementId, AttestationId, BlockNumber, ConsentHandle, DatasetId, DatasetVersionNumber, Digest,
		GeneratorId, JobId, OrganisationId,
	};

	/// Version of the storage layout.
	pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The pallet.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs from the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, Hash = Digest, RuntimeEvent: From<Event<Self>>>
		+ CreateAuthorizedTransaction<Call<Self>>
	{
		/// Who is who.
		type Membership: Membership;
		/// What patients allow.
		type Consents: Consents;
		/// Datasets, budgets and lineage.
		type Datasets: Datasets;
		/// Agreements.
		type Agreements: Agreements;
		/// May retire any generator.
		type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// Most open jobs of one custodian.
		#[pallet::constant]
		type MaxOpenJobsPerCustodian: Get<u32>;
		/// Blocks from the request to the last block for the attestation.
		#[pallet::constant]
		type JobLifetime: Get<BlockNumber>;
		/// Most rows of one synthetic table, whatever an agreement allows.
		#[pallet::constant]
		type MaxSyntheticRows: Get<u32>;
		/// Fewest patients whose rows may be learnt from.
		#[pallet::constant]
		type MinConsents: Get<u32>;
		/// Blocks after which the hook submits again if the chain still shows the old state.
		#[pallet::constant]
		type ResendAfter: Get<BlockNumber>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Number of generators ever proposed; numbers start at 1.
	#[pallet::storage]
	pub type GeneratorCount<T> = StorageValue<_, GeneratorId, ValueQuery>;

	/// Generators, whatever their status.
	#[pallet::storage]
	pub type Generators<T> = StorageMap<_, Blake2_128Concat, GeneratorId, Generator>;

	/// Number of jobs ever requested; numbers start at 1.
	#[pallet::storage]
	pub type JobCount<T> = StorageValue<_, JobId, ValueQuery>;

	/// Jobs, whatever their state.
	#[pallet::storage]
	pub type Jobs<T> = StorageMap<_, Blake2_128Concat, JobId, Job>;

	/// Jobs on which a custodian's worker still has to act.
	#[pallet::storage]
	pub type OpenJobs<T> =
		StorageDoubleMap<_, Blake2_128Concat, OrganisationId, Blake2_128Concat, JobId, (), OptionQuery>;

	/// Number of open jobs of a custodian.
	#[pallet::storage]
	pub type OpenJobCount<T> = StorageMap<_, Blake2_128Concat, OrganisationId, u32, ValueQuery>;

	/// Jobs that an agreement started on a dataset version, successful or not.
	#[pallet::storage]
	pub type Attempts<T> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		AgreementId,
		Blake2_128Concat,
		(DatasetId, DatasetVersionNumber),
		u32,
		ValueQuery,
	>;

	/// Attestations, whatever their standing.
	#[pallet::storage]
	pub type Attestations<T> = StorageMap<_, Blake2_128Concat, AttestationId, Attestation>;

	/// The latest attestation that names an artefact under an agreement.
	#[pallet::storage]
	pub type AttestedArtefacts<T> =
		StorageDoubleMap<_, Blake2_128Concat, AgreementId, Blake2_128Concat, Digest, AttestationId>;

	/// The validator (stash account) behind each attestation key of the current session.
	#[pallet::storage]
	pub type AttestationKeys<T> = StorageMap<_, Blake2_128Concat, Digest, AccountId>;

	/// What happened.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A generator waits for reviews.
		GeneratorProposed {
			/// Its number.
			generator: GeneratorId,
			/// Its method.
			kind: GeneratorKind,
			/// Digest of its source code.
			code: Digest,
			/// Who proposed it.
			proposer: AccountId,
		},
		/// Somebody reviewed a generator.
		GeneratorReviewed {
			/// Its number.
			generator: GeneratorId,
			/// The reviewer.
			reviewer: AccountId,
			/// The reviewer's organisation.
			organisation: OrganisationId,
			/// Whether the review approves.
			approve: bool,
			/// Digest of the review report.
			report: Digest,
		},
		/// Two organisations approved: the generator may be used.
		GeneratorApproved {
			/// Its number.
			generator: GeneratorId,
		},
		/// A reviewer refused the generator.
		GeneratorRefused {
			/// Its number.
			generator: GeneratorId,
		},
		/// The generator must not be used for new jobs any more.
		GeneratorRetired {
			/// Its number.
			generator: GeneratorId,
		},
		/// A researcher asked for a synthetic table.
		JobRequested {
			/// The job.
			job: JobId,
			/// The agreement.
			agreement: AgreementId,
			/// Hospital that has to do it.
			custodian: OrganisationId,
			/// How often the agreement tried on this dataset version, this job included.
			attempt: u32,
			/// Last block for the attestation.
			deadline: BlockNumber,
		},
		/// The requester called the job off.
		JobCancelled {
			/// The job.
			job: JobId,
		},
		/// The deadline passed.
		JobExpired {
			/// The job.
			job: JobId,
		},
		/// The hospital's worker committed to its inputs.
		JobAccepted {
			/// The job.
			job: JobId,
			/// Block whose hash is the beacon.
			beacon_block: BlockNumber,
			/// Number of patients whose rows are used.
			consent_count: u32,
		},
		/// A result is on record.
		JobAttested {
			/// The job.
			job: JobId,
			/// The attestation.
			attestation: AttestationId,
			/// `Bound` if every binding held in this block, else `Claimed`.
			level: Level,
			/// The synthetic dataset that it registered.
			dataset: DatasetId,
		},
		/// The hospital's worker could not do the job.
		JobFailed {
			/// The job.
			job: JobId,
			/// Why.
			reason: FailureReason,
		},
		/// A later attestation took the place of an earlier one.
		AttestationSuperseded {
			/// The earlier one.
			attestation: AttestationId,
			/// The later one.
			by: AttestationId,
		},
		/// An attestation was proven wrong: it used data of a patient without a valid consent.
		AttestationRejected {
			/// The attestation.
			attestation: AttestationId,
			/// Its job.
			job: JobId,
			/// The consent that did not hold.
			handle: ConsentHandle,
			/// Who showed it.
			reporter: AccountId,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// Your account does not hold the role that this needs; ask your organisation's administrator.
		NotAuthorized,
		/// There is no generator with this number.
		GeneratorNotFound,
		/// The generator is not waiting for reviews.
		GeneratorNotProposed,
		/// The generator is not approved.
		GeneratorNotApproved,
		/// A generator cannot be reviewed by its proposer or within the proposer's organisation.
		OwnGenerator,
		/// Your organisation reviewed this generator already.
		AlreadyReviewed,
		/// A generator with a privacy guarantee needs a budget above zero.
		PrivacyBudgetMissing,
		/// A generator without a privacy guarantee takes no budget: set it to zero.
		PrivacyBudgetNotApplicable,
		/// Parameters must be ascending by name, each at most once.
		ParametersNotCanonical,
		/// Ask for at least one row.
		NoRows,
		/// More rows than the chain or the agreement allows.
		TooManyRows,
		/// There is no agreement with this number.
		AgreementNotFound,
		/// The agreement belongs to another researcher.
		NotApplicant,
		/// The agreement is not in force.
		AgreementNotActive,
		/// The agreement has run out.
		AgreementExpired,
		/// The agreement does not allow generators without a privacy guarantee.
		TierNotAllowed,
		/// The agreement's privacy budget does not suffice.
		AgreementBudgetExceeded,
		/// The agreement's dataset, or its latest version, is not registered.
		DatasetNotFound,
		/// The dataset is not open for use.
		DatasetNotActive,
		/// Only real records can be learnt from, not synthetic ones.
		NotASourceDataset,
		/// The custodian has too many open jobs; try again later.
		QueueFull,
		/// There is no job with this number.
		JobNotFound,
		/// Only who requested a job may cancel it.
		NotRequester,
		/// The job was accepted or has ended; it can no longer be cancelled.
		JobNotCancellable,
		/// The job has ended already.
		JobNotOpen,
		/// The job is not in the state that this step follows.
		WrongJobState,
		/// The job's deadline has not passed yet.
		DeadlineNotReached,
		/// There is no attestation with this id.
		AttestationNotFound,
		/// The attestation was rejected already.
		AlreadyRejected,
		/// The path does not lead from this consent to the attestation's consent root.
		PathInvalid,
		/// The consent did hold: there is nothing to reject.
		ConsentWasValid,
		/// The digest of the review report is missing.
		ReportMissing,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn offchain_worker(_: BlockNumberFor<T>) {
			hook::tick::<T>();
		}

		fn integrity_test() {
			Self::check_constants();
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight = T::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Propose a generator for review. Its privacy tier follows from its kind.
		///
		/// - `kind`: its method.
		/// - `version`: version of its output format and behaviour.
		/// - `code`: digest of its source code.
		#[pallet::call_index(0)]
		pub fn propose_generator(
			origin: OriginFor<T>,
			kind: GeneratorKind,
			version: u32,
			code: Digest,
		) -> DispatchResult {
			Self::do_propose(ensure_signed(origin)?, kind, version, code)
		}

		/// Approve or refuse a proposed generator. Two approvals from two organisations make it usable; one refusal ends
		/// the proposal.
		///
		/// - `generator`: number of the generator.
		/// - `approve`: whether you approve.
		/// - `report`: digest of your report.
		#[pallet::call_index(1)]
		pub fn review_generator(
			origin: OriginFor<T>,
			generator: GeneratorId,
			approve: bool,
			report: Digest,
		) -> DispatchResult {
			Self::do_review(ensure_signed(origin)?, generator, approve, report)
		}

		/// Take an approved generator out of use. Jobs under way go on, but are attested as `Claimed` only.
		///
		/// - `generator`: number of the generator.
		#[pallet::call_index(2)]
		pub fn retire_generator(origin: OriginFor<T>, generator: GeneratorId) -> DispatchResult {
			let who = match T::AdminOrigin::try_origin(origin) {
				Ok(_) => None,
				Err(origin) => Some(ensure_signed(origin)?),
			};
			Self::do_retire(who, generator)
		}

		/// Ask for a synthetic table under an agreement in force, from the latest version of its dataset.
		///
		/// - `agreement`: number of your agreement.
		/// - `generator`: number of an approved generator.
		/// - `parameters`: parameters of the generator, ascending by name; those left out take the generator's defaults.
		/// - `rows`: rows to make.
		/// - `rho_micro`: privacy budget ρ in millionths; zero for generators without a privacy guarantee.
		#[pallet::call_index(3)]
		pub fn request_generation(
			origin: OriginFor<T>,
			agreement: AgreementId,
			generator: GeneratorId,
			parameters: BoundedVec<Parameter, ConstU32<MAX_PARAMETERS>>,
			rows: u32,
			rho_micro: u64,
		) -> DispatchResult {
			let request = jobs::GenerationRequest { agreement, generator, parameters, rows, rho_micro };
			Self::do_request(ensure_signed(origin)?, request)
		}

		/// Call off your job while the hospital has not accepted it. The budget is given back.
		///
		/// - `job`: number of the job.
		#[pallet::call_index(4)]
		pub fn cancel(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			Self::do_cancel(ensure_signed(origin)?, job)
		}

		/// Close a job whose deadline has passed. The budget is given back.
		///
		/// - `job`: number of the job.
		#[pallet::call_index(5)]
		pub fn expire_job(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_expire(job)
		}

		/// Record what the hospital's worker commits to before it begins. Sent by the hospital's node, without account.
		///
		/// - `payload`: the job and the commitments.
		/// - `key`: attestation key of the hospital's validator.
		/// - `signature`: its signature over the payload.
		/// - `discriminator`: any number; makes a repeated transaction differ in its hash.
		#[pallet::call_index(6)]
		#[pallet::authorize(Self::authorize_accept)]
		pub fn accept(
			origin: OriginFor<T>,
			payload: AcceptPayload,
			key: AttestationKey,
			signature: AttestationSignature,
			discriminator: u32,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let _ = (key, signature, discriminator);
			Self::do_accept(payload)
		}

		/// Record a result. Sent by the hospital's node, without account.
		///
		/// - `body`: everything that the attestation says.
		/// - `key`: attestation key of the hospital's validator.
		/// - `signature`: its signature over the body.
		/// - `discriminator`: any number; makes a repeated transaction differ in its hash.
		#[pallet::call_index(7)]
		#[pallet::authorize(Self::authorize_attest)]
		pub fn attest(
			origin: OriginFor<T>,
			body: Box<AttestationBody>,
			key: AttestationKey,
			signature: AttestationSignature,
			discriminator: u32,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let _ = discriminator;
			Self::do_attest(*body, &key, &signature)
		}

		/// Record that the hospital's worker cannot do the job. Sent by the hospital's node, without account. The budget
		/// is given back.
		///
		/// - `payload`: the job and the reason.
		/// - `key`: attestation key of the hospital's validator.
		/// - `signature`: its signature over the payload.
		/// - `discriminator`: any number; makes a repeated transaction differ in its hash.
		#[pallet::call_index(8)]
		#[pallet::authorize(Self::authorize_fail)]
		pub fn fail(
			origin: OriginFor<T>,
			payload: FailPayload,
			key: AttestationKey,
			signature: AttestationSignature,
			discriminator: u32,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let _ = (key, signature, discriminator);
			Self::do_fail(payload)
		}

		/// Show that an attestation used a patient's data without a valid consent: a path from the consent to the
		/// attestation's consent root. If the chain agrees, the attestation is rejected and its dataset recalled.
		///
		/// - `attestation`: id of the attestation.
		/// - `handle`: the consent that did not hold at the block whose consents the worker read.
		/// - `path`: path from the consent to the consent root.
		#[pallet::call_index(9)]
		pub fn report_invalid_consent(
			origin: OriginFor<T>,
			attestation: AttestationId,
			handle: ConsentHandle,
			path: MerklePath,
		) -> DispatchResult {
			Self::do_report(ensure_signed(origin)?, attestation, handle, &path)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A job.
		pub fn job(id: JobId) -> Option<Job> {
			Jobs::<T>::get(id)
		}

		/// An attestation.
		pub fn attestation(id: AttestationId) -> Option<Attestation> {
			Attestations::<T>::get(id)
		}

		/// A generator.
		pub fn generator(id: GeneratorId) -> Option<Generator> {
			Generators::<T>::get(id)
		}

		/// Numbers of all jobs that ran under an agreement, ascending.
		pub fn jobs_of(agreement: AgreementId) -> Vec<JobId> {
			Self::all_jobs_of(agreement)
		}

		/// How often an agreement tried on a dataset version, successfully or not.
		pub fn attempts(agreement: AgreementId, dataset: DatasetId, version: DatasetVersionNumber) -> u32 {
			Attempts::<T>::get(agreement, (dataset, version))
		}

		/// Numbers of the open jobs of a hospital, ascending.
		pub fn open_jobs(organisation: OrganisationId) -> Vec<JobId> {
			Self::open_jobs_of(organisation)
		}

		/// The latest attestation that names an artefact under an agreement, whatever its standing.
		pub fn attestation_of_artefact(agreement: AgreementId, artefact: Digest) -> Option<AttestationId> {
			AttestedArtefacts::<T>::get(agreement, artefact)
		}

		/// The beacon of an accepted job: the attested one, else the hash that the chain still knows.
		pub fn beacon(job: JobId) -> Option<Digest> {
			Self::beacon_of(job)
		}
	}
}
