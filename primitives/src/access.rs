//! Applications, votes, agreements and key releases.

use crate::{
	data_use::{Purpose, UseAttributes},
	decision::{Decision, MAX_REASONS},
	AccountId, AgreementId, BlockNumber, DatasetId, Digest, OrganisationId,
};
use sp_core::{bounded::BoundedVec, ConstU32};

/// Most votes on one application.
pub const MAX_VOTES: u32 = 32;
/// Most key releases under one agreement.
pub const MAX_RELEASES: u32 = 64;

record! {
	/// What a custodian demands for access to a dataset.
	#[derive(Copy)]
	pub struct Policy {
		/// Approvals of the custodian's stewards, at least 1.
		pub custodian_votes: u8,
		/// Approvals of ethics reviewers.
		pub ethics_votes: u8,
		/// Whether generators without a formal privacy guarantee are allowed.
		pub allow_heuristic: bool,
		/// Most privacy budget that one agreement may use, in micro-ρ.
		pub max_rho: u64,
		/// Most rows of one synthetic table.
		pub max_rows: u32,
		/// Blocks for which an agreement lasts.
		pub lifetime: BlockNumber,
		/// Blocks within which an application must be decided.
		pub review_period: BlockNumber,
	}

	/// State of an application and of the agreement that it becomes.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum AgreementState {
		/// The terms forbid the use; the reasons are stored.
		Denied,
		/// Votes are collected.
		UnderReview,
		/// Voted down.
		Rejected,
		/// Withdrawn by the applicant before a decision.
		Retracted,
		/// In force.
		Active,
		/// Halted by the custodian; may be resumed.
		Suspended,
		/// Ran out (the agreement, or the time for review), or a party left the consortium.
		Expired,
		/// Ended by the applicant.
		Terminated,
		/// Ended by the custodian for cause.
		Revoked,
		/// Ended, and deletion was certified.
		Closed,
	}

	/// Conditions of an agreement.
	#[derive(Copy)]
	pub struct Conditions {
		/// Whether generators without a formal privacy guarantee are allowed.
		pub allow_heuristic: bool,
		/// Most privacy budget in all, in micro-ρ.
		pub max_rho: u64,
		/// Most rows of one synthetic table.
		pub max_rows: u32,
	}

	/// An application, and once approved the agreement under the same number.
	pub struct Agreement {
		/// The researcher.
		pub applicant: AccountId,
		/// The researcher's organisation.
		pub organisation: OrganisationId,
		/// The dataset asked for.
		pub dataset: DatasetId,
		/// What for.
		pub purpose: Purpose,
		/// Under which circumstances.
		pub attributes: UseAttributes,
		/// Digest of the research plan.
		pub statement: Digest,
		/// What the terms said, and why.
		pub decision: Decision,
		/// Current state.
		pub state: AgreementState,
		/// Conditions in force (from the policy on application, narrowed by voters).
		pub conditions: Conditions,
		/// Budget used so far (reserved and spent), in micro-ρ.
		pub rho_used: u64,
		/// Block of the application.
		pub applied: BlockNumber,
		/// While under review: last block for votes. Afterwards: last block of the agreement.
		pub expires: BlockNumber,
	}

	/// A vote.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum VoteChoice {
		/// In favour.
		Approve,
		/// Against.
		Reject,
		/// Neither.
		Abstain,
	}

	/// Why somebody voted so.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum VoteReason {
		/// The application fits the terms.
		FitsTerms,
		/// The plan has no sufficient merit.
		InsufficientMerit,
		/// The risk to patients is too high.
		RiskTooHigh,
		/// Evidence is missing.
		EvidenceMissing,
		/// The voter has a conflict of interest.
		ConflictOfInterest,
		/// For another reason, set out in the memo.
		SeeMemo,
	}

	/// On whose behalf a vote counts.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum VoterGroup {
		/// The custodian's stewards.
		Custodian,
		/// The ethics board's reviewers.
		Ethics,
	}

	/// A vote on record.
	pub struct Vote {
		/// Who.
		pub voter: AccountId,
		/// For which group.
		pub group: VoterGroup,
		/// What.
		pub choice: VoteChoice,
		/// Why.
		pub reason: VoteReason,
		/// Digest of a memo.
		pub memo: Digest,
		/// When.
		pub block: BlockNumber,
	}

	/// A data key given to the researcher: the digest of the wrapped key that went by another way.
	pub struct KeyRelease {
		/// SHA3-256 of the artefact.
		pub artefact: Digest,
		/// SHA3-256 of the wrapped key.
		pub wrapped_key: Digest,
		/// X25519 key it was wrapped to.
		pub recipient_key: Digest,
		/// Counts re-keyings of the artefact, from 0.
		pub epoch: u32,
		/// Who released it.
		pub released_by: AccountId,
		/// When.
		pub released: BlockNumber,
		/// When the researcher acknowledged receipt.
		pub acknowledged: Option<BlockNumber>,
	}

	/// Why generation under an agreement is refused.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum AgreementRefusal {
		/// There is no such agreement.
		NotFound,
		/// Another researcher's agreement.
		NotApplicant,
		/// The agreement is not in force.
		NotActive,
		/// The agreement has run out, or a party left the consortium.
		Expired,
		/// More rows asked for than allowed.
		TooManyRows,
		/// Heuristic generators are not allowed.
		TierNotAllowed,
		/// The agreement's privacy budget does not suffice.
		BudgetExceeded,
	}

	/// What a permitted generation needs to know of its agreement.
	pub struct GenerationGrant {
		/// The agreement.
		pub agreement: AgreementId,
		/// Its dataset.
		pub dataset: DatasetId,
		/// Its purpose.
		pub purpose: Purpose,
	}

	/// Reasons of a stored denial, as the RPC shows them.
	pub struct Denial {
		/// The application.
		pub application: AgreementId,
		/// Why it was denied.
		pub reasons: BoundedVec<crate::decision::Reason, ConstU32<MAX_REASONS>>,
	}
}

impl AgreementState {
	/// Whether nothing more can happen (except the certificate of deletion).
	pub const fn is_final(&self) -> bool {
		matches!(self, Self::Denied | Self::Rejected | Self::Retracted | Self::Closed)
	}
}
