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

mod agreements;
mod application;
mod life;
mod release;
mod try_state;
mod types;
mod voting;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::RevocationReason;
pub use weights::WeightInfo;

/// Who may use which dataset, and who said so.
// The code that this macro writes expects what it checked itself.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::life::Change;
	use alloc::vec::Vec;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use semblance_primitives::{
		access::{Agreement, Conditions, Denial, KeyRelease, Policy, Vote, VoteChoice, VoteReason, VoterGroup},
		api::NumberedAgreement,
		data_use::{Purpose, UseAttributes},
		decision::{Decision, Reason, MAX_REASONS},
		traits::{Artefacts, Datasets, Membership},
		AccountId, AgreementId, BlockNumber, DatasetId, Digest,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// What access control needs of the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<AccountId = AccountId, RuntimeEvent: From<Event<Self>>> {
		/// Who acts for which organisation.
		type Membership: Membership;
		/// The datasets applied for.
		type Datasets: Datasets;
		/// The artefacts whose keys are released.
		type Artefacts: Artefacts;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Access control.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the custodian of each dataset demands of new applications.
	#[pallet::storage]
	pub type Policies<T: Config> = StorageMap<_, Blake2_128Concat, DatasetId, Policy>;

	/// Number of applications so far; they are numbered from 1.
	#[pallet::storage]
	pub type AgreementCount<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Applications, and the agreements that they became under the same number. Never deleted.
	#[pallet::storage]
	pub type Records<T: Config> = StorageMap<_, Blake2_128Concat, AgreementId, Agreement>;

	/// The policy under which each application is reviewed: the one in force when it was made.
	#[pallet::storage]
	pub type ReviewPolicies<T: Config> = StorageMap<_, Blake2_128Concat, AgreementId, Policy>;

	/// Votes by application and voter.
	#[pallet::storage]
	pub type Votes<T: Config> = StorageDoubleMap<_, Blake2_128Concat, AgreementId, Blake2_128Concat, AccountId, Vote>;

	/// Number of votes on each application.
	#[pallet::storage]
	pub type VoteCount<T: Config> = StorageMap<_, Blake2_128Concat, AgreementId, u32, ValueQuery>;

	/// Key releases by agreement and index, from 0.
	#[pallet::storage]
	pub type Releases<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, AgreementId, Blake2_128Concat, u32, KeyRelease>;

	/// Number of key releases under each agreement.
	#[pallet::storage]
	pub type ReleaseCount<T: Config> = StorageMap<_, Blake2_128Concat, AgreementId, u32, ValueQuery>;

	/// Why agreements were revoked.
	#[pallet::storage]
	pub type Revocations<T: Config> = StorageMap<_, Blake2_128Concat, AgreementId, RevocationReason>;

	/// Digests of the certificates that the data of closed agreements was deleted.
	#[pallet::storage]
	pub type DeletionCertificates<T: Config> = StorageMap<_, Blake2_128Concat, AgreementId, Digest>;

	/// What happened to policies, applications and agreements.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A custodian set what it demands of new applications.
		PolicySet {
			/// The dataset.
			dataset: DatasetId,
			/// The policy.
			policy: Policy,
		},
		/// A researcher applied, and the application is open for votes.
		ApplicationSubmitted {
			/// Number of the application.
			application: AgreementId,
			/// The dataset asked for.
			dataset: DatasetId,
			/// The researcher.
			applicant: AccountId,
		},
		/// The terms forbid the use applied for. The reasons stay on record.
		ApplicationDenied {
			/// Number of the application.
			application: AgreementId,
			/// The dataset asked for.
			dataset: DatasetId,
			/// Why, in the order of the rules.
			reasons: BoundedVec<Reason, ConstU32<MAX_REASONS>>,
		},
		/// Somebody voted on an application.
		VoteCast {
			/// Number of the application.
			application: AgreementId,
			/// Who voted.
			voter: AccountId,
			/// For which group the vote counts.
			group: VoterGroup,
			/// The vote.
			choice: VoteChoice,
		},
		/// The conditions of an application under review were narrowed.
		ConditionsNarrowed {
			/// Number of the application.
			application: AgreementId,
			/// The conditions from now on.
			conditions: Conditions,
			/// Who narrowed them.
			by: AccountId,
		},
		/// All approvals were given: the application is an agreement now.
		AgreementActivated {
			/// Number of the agreement.
			agreement: AgreementId,
			/// The dataset.
			dataset: DatasetId,
			/// Last block of the agreement.
			expires: BlockNumber,
		},
		/// An application was voted down.
		ApplicationRejected {
			/// Number of the application.
			application: AgreementId,
			/// Why, as the deciding vote says.
			reason: VoteReason,
		},
		/// The applicant took an application back.
		ApplicationRetracted {
			/// Number of the application.
			application: AgreementId,
		},
		/// The custodian halted an agreement.
		AgreementSuspended {
			/// Number of the agreement.
			agreement: AgreementId,
		},
		/// The custodian put an agreement into force again.
		AgreementResumed {
			/// Number of the agreement.
			agreement: AgreementId,
		},
		/// The custodian ended an agreement for cause.
		AgreementRevoked {
			/// Number of the agreement.
			agreement: AgreementId,
			/// The cause.
			reason: RevocationReason,
		},
		/// The applicant ended an agreement.
		AgreementTerminated {
			/// Number of the agreement.
			agreement: AgreementId,
		},
		/// An agreement, or the time for the review of an application, ran out, or a party left the consortium.
		AgreementExpired {
			/// Number of the application or agreement.
			agreement: AgreementId,
		},
		/// The applicant certified deletion: the agreement is closed.
		AgreementClosed {
			/// Number of the agreement.
			agreement: AgreementId,
			/// Digest of the certificate.
			certificate: Digest,
		},
		/// A steward released the key of an artefact to the researcher.
		KeyReleased {
			/// Number of the agreement.
			agreement: AgreementId,
			/// Index of the release under the agreement, from 0.
			release: u32,
			/// SHA3-256 of the artefact.
			artefact: Digest,
			/// SHA3-256 of the wrapped key, which went by another way.
			wrapped_key: Digest,
		},
		/// The researcher acknowledged that a key arrived.
		KeyAcknowledged {
			/// Number of the agreement.
			agreement: AgreementId,
			/// Index of the release under the agreement.
			release: u32,
		},
	}

	/// Why a call on policies, applications or agreements was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no application or agreement with this number.
		NotFound,
		/// There is no dataset with this number.
		DatasetNotFound,
		/// There is no key release with this index under the agreement.
		ReleaseNotFound,
		/// The signer lacks the role for this, or holds it for another organisation.
		NotAuthorized,
		/// Only the applicant may do this.
		NotApplicant,
		/// The custodian has not set a policy for the dataset: ask its stewards to.
		PolicyMissing,
		/// A policy needs at least one approval of the custodian's stewards.
		CustodianVoteRequired,
		/// A policy demands more approvals than votes can be cast.
		TooManyVotesRequired,
		/// A policy needs a lifetime and a review period of at least one block.
		PeriodMissing,
		/// A policy, or conditions, must allow at least one row.
		NoRowsAllowed,
		/// The digest of the research plan is missing.
		StatementMissing,
		/// There are no numbers left.
		MaxCountExceeded,
		/// The application is not under review.
		NotUnderReview,
		/// The time for review is over.
		ReviewPeriodOver,
		/// Applicants do not vote on their own applications.
		ApplicantCannotVote,
		/// Ethics reviewers do not vote on applications from their own organisation.
		OwnOrganisation,
		/// You voted on this application already.
		AlreadyVoted,
		/// No more votes can be cast on this application.
		MaxVotesExceeded,
		/// The conditions are not narrower than the present ones.
		ConditionsNotNarrower,
		/// The agreement is not active.
		NotActive,
		/// The agreement is not suspended.
		NotSuspended,
		/// The agreement is neither active nor suspended.
		NotInForce,
		/// The agreement has run out.
		AgreementOver,
		/// The agreement, or the time for review, has not run out yet, and both parties are in the consortium.
		NotExpired,
		/// Only agreements that expired, or were terminated or revoked, are closed.
		NotEnded,
		/// The digest of the certificate of deletion is missing.
		CertificateMissing,
		/// The artefact is not part of a standing attestation made under this agreement.
		ArtefactNotAttested,
		/// The applicant has registered no encryption key.
		RecipientKeyMissing,
		/// The key was wrapped for another recipient key than the one that the applicant has registered.
		RecipientKeyMismatch,
		/// The digest of the wrapped key is missing.
		WrappedKeyMissing,
		/// A later key of this artefact was released already.
		EpochOutdated,
		/// This key was released to this recipient key already.
		AlreadyExists,
		/// No more keys can be released under this agreement.
		MaxReleasesExceeded,
		/// The release was acknowledged already.
		AlreadyAcknowledged,
		/// The custodian, or the applicant's organisation, left the consortium: the agreement or application is over.
		PartyLeft,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight = <T as Config>::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Sets what your hospital demands of new applications for one of its datasets. Applications under review keep
		/// the policy under which they were made.
		///
		/// - `dataset`: number of the dataset.
		/// - `policy`: approvals needed, limits, and periods in blocks.
		#[pallet::call_index(0)]
		pub fn set_policy(origin: OriginFor<T>, dataset: DatasetId, policy: Policy) -> DispatchResult {
			let steward = ensure_signed(origin)?;
			Self::ensure_custodian(&steward, dataset)?;
			Self::ensure_reachable(&policy)?;
			Policies::<T>::insert(dataset, policy);
			Self::deposit_event(Event::PolicySet { dataset, policy });
			Ok(())
		}

		/// Applies for access to a dataset. The terms of the dataset are checked at once: what they forbid is denied, and
		/// the denial is stored with its reasons; everything else goes to the voters.
		///
		/// - `dataset`: number of the dataset.
		/// - `purpose`: what you want to do.
		/// - `attributes`: under which circumstances; the voters check them.
		/// - `statement`: digest of your research plan.
		#[pallet::call_index(1)]
		pub fn apply(
			origin: OriginFor<T>,
			dataset: DatasetId,
			purpose: Purpose,
			attributes: UseAttributes,
			statement: Digest,
		) -> DispatchResult {
			let applicant = ensure_signed(origin)?;
			Self::submit_application(applicant, dataset, purpose, attributes, statement)
		}

		/// Votes on an application, as a data steward of the custodian or as an ethics reviewer. One rejection decides;
		/// so does the last approval that the policy demands.
		///
		/// - `application`: number of the application.
		/// - `choice`: your vote.
		/// - `reason`: why you vote so.
		/// - `memo`: digest of a memo that explains your vote.
		#[pallet::call_index(2)]
		pub fn vote(
			origin: OriginFor<T>,
			application: AgreementId,
			choice: VoteChoice,
			reason: VoteReason,
			memo: Digest,
		) -> DispatchResult {
			let voter = ensure_signed(origin)?;
			Self::cast_vote(voter, application, choice, reason, memo)
		}

		/// Narrows the conditions of an application under review, as anybody who may vote on it. They can't be widened
		/// again.
		///
		/// - `application`: number of the application.
		/// - `conditions`: the new conditions, narrower than the present ones in some respect and wider in none.
		#[pallet::call_index(3)]
		pub fn narrow_conditions(
			origin: OriginFor<T>,
			application: AgreementId,
			conditions: Conditions,
		) -> DispatchResult {
			let by = ensure_signed(origin)?;
			Self::apply_conditions(by, application, conditions)
		}

		/// Takes your application back before it is decided.
		///
		/// - `application`: number of your application.
		#[pallet::call_index(4)]
		pub fn retract(origin: OriginFor<T>, application: AgreementId) -> DispatchResult {
			let applicant = ensure_signed(origin)?;
			Self::change_by_applicant(&applicant, application, Change::Retract)?;
			Self::deposit_event(Event::ApplicationRetracted { application });
			Ok(())
		}

		/// Halts an agreement on a dataset of your hospital. It may be resumed.
		///
		/// - `agreement`: number of an active agreement.
		#[pallet::call_index(5)]
		pub fn suspend(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			let steward = ensure_signed(origin)?;
			Self::change_by_custodian(&steward, agreement, Change::Suspend)?;
			Self::deposit_event(Event::AgreementSuspended { agreement });
			Ok(())
		}

		/// Puts a suspended agreement on a dataset of your hospital into force again, if it is not over meanwhile.
		///
		/// - `agreement`: number of a suspended agreement.
		#[pallet::call_index(6)]
		pub fn resume(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			let steward = ensure_signed(origin)?;
			Self::change_by_custodian(&steward, agreement, Change::Resume)?;
			Self::deposit_event(Event::AgreementResumed { agreement });
			Ok(())
		}

		/// Ends an agreement on a dataset of your hospital for cause, for good.
		///
		/// - `agreement`: number of an active or suspended agreement.
		/// - `reason`: the cause; it stays on record.
		#[pallet::call_index(7)]
		pub fn revoke(origin: OriginFor<T>, agreement: AgreementId, reason: RevocationReason) -> DispatchResult {
			let steward = ensure_signed(origin)?;
			Self::change_by_custodian(&steward, agreement, Change::Revoke)?;
			Revocations::<T>::insert(agreement, reason);
			Self::deposit_event(Event::AgreementRevoked { agreement, reason });
			Ok(())
		}

		/// Ends your own agreement, for good.
		///
		/// - `agreement`: number of your active or suspended agreement.
		#[pallet::call_index(8)]
		pub fn terminate(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			let applicant = ensure_signed(origin)?;
			Self::change_by_applicant(&applicant, agreement, Change::Terminate)?;
			Self::deposit_event(Event::AgreementTerminated { agreement });
			Ok(())
		}

		/// Records that an agreement, or the time for review of an application, has run out, or that a party left the
		/// consortium. Anybody may do this; an agreement allows nothing after its last block or the removal of a party,
		/// recorded or not.
		///
		/// - `agreement`: number of an application under review or of an active or suspended agreement.
		#[pallet::call_index(9)]
		pub fn expire(origin: OriginFor<T>, agreement: AgreementId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::change_state(agreement, Change::Expire)?;
			Self::deposit_event(Event::AgreementExpired { agreement });
			Ok(())
		}

		/// Certifies that you deleted everything you received under an agreement that ended, and closes it.
		///
		/// - `agreement`: number of your agreement that expired, or was terminated or revoked.
		/// - `certificate`: digest of the certificate of deletion.
		#[pallet::call_index(10)]
		pub fn close(origin: OriginFor<T>, agreement: AgreementId, certificate: Digest) -> DispatchResult {
			let applicant = ensure_signed(origin)?;
			ensure!(certificate != Digest::zero(), Error::<T>::CertificateMissing);
			Self::change_by_applicant(&applicant, agreement, Change::Close)?;
			DeletionCertificates::<T>::insert(agreement, certificate);
			Self::deposit_event(Event::AgreementClosed { agreement, certificate });
			Ok(())
		}

		/// Puts on record that you gave the researcher the key of an artefact, wrapped to the researcher's registered
		/// encryption key.
		///
		/// - `agreement`: number of an agreement in force on a dataset of your hospital.
		/// - `artefact`: SHA3-256 of the artefact; it must be attested under the agreement.
		/// - `wrapped_key`: SHA3-256 of the wrapped key.
		/// - `recipient_key`: X25519 key to which you wrapped it.
		/// - `epoch`: how often the artefact was encrypted under a new key before, from 0.
		#[pallet::call_index(11)]
		pub fn release_key(
			origin: OriginFor<T>,
			agreement: AgreementId,
			artefact: Digest,
			wrapped_key: Digest,
			recipient_key: Digest,
			epoch: u32,
		) -> DispatchResult {
			let released_by = ensure_signed(origin)?;
			let released = Self::now();
			let release =
				KeyRelease { artefact, wrapped_key, recipient_key, epoch, released_by, released, acknowledged: None };
			Self::record_release(agreement, release)
		}

		/// Acknowledges that a key released to you arrived and opens its artefact.
		///
		/// - `agreement`: number of your agreement.
		/// - `release`: index of the release under the agreement, from 0.
		#[pallet::call_index(12)]
		pub fn acknowledge_key(origin: OriginFor<T>, agreement: AgreementId, release: u32) -> DispatchResult {
			let applicant = ensure_signed(origin)?;
			Self::record_acknowledgement(&applicant, agreement, release)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// An application, or the agreement that it became.
		pub fn agreement(id: AgreementId) -> Option<Agreement> {
			Records::<T>::get(id)
		}

		/// What the custodian of a dataset demands of new applications.
		pub fn policy(dataset: DatasetId) -> Option<Policy> {
			Policies::<T>::get(dataset)
		}

		/// All votes on an application, in order of their blocks.
		pub fn votes(id: AgreementId) -> Vec<Vote> {
			let mut votes: Vec<_> = Votes::<T>::iter_prefix_values(id).collect();
			votes.sort_by(|a, b| (a.block, &a.voter).cmp(&(b.block, &b.voter)));
			votes
		}

		/// What the terms of a dataset would say to an application by `account` now, and why. `None` if there is no such
		/// dataset.
		pub fn explain_access(
			account: AccountId,
			dataset: DatasetId,
			purpose: Purpose,
			attributes: UseAttributes,
		) -> Option<Decision> {
			Self::explain(&account, dataset, purpose, attributes)
		}

		/// All key releases under an agreement, by index.
		pub fn releases(id: AgreementId) -> Vec<KeyRelease> {
			(0..ReleaseCount::<T>::get(id)).filter_map(|index| Releases::<T>::get(id, index)).collect()
		}

		/// All applications and agreements of an applicant, by number.
		pub fn agreements_of(account: AccountId) -> Vec<NumberedAgreement> {
			Self::select(|agreement| agreement.applicant == account)
		}

		/// All stored denials for a dataset, by number.
		pub fn denials(dataset: DatasetId) -> Vec<Denial> {
			Self::stored_denials(dataset)
		}

		/// Why an agreement was revoked, if it was.
		pub fn revocation(id: AgreementId) -> Option<RevocationReason> {
			Revocations::<T>::get(id)
		}

		/// Digest of the certificate of deletion of a closed agreement.
		pub fn deletion_certificate(id: AgreementId) -> Option<Digest> {
			DeletionCertificates::<T>::get(id)
		}
	}
}
