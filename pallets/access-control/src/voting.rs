//! Votes, conditions, and what they lead to.

use crate::{Config, Error, Event, Pallet, Records, ReviewPolicies, VoteCount, Votes};
use frame_support::ensure;
use semblance_primitives::{
	access::{Agreement, AgreementState, Conditions, Policy, Vote, VoteChoice, VoteReason, VoterGroup, MAX_VOTES},
	consortium::Role,
	decision::Verdict,
	traits::{Datasets, Membership},
	AccountId, AgreementId, Digest,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	/// Records a vote and, if it is the decisive one, the decision.
	pub(crate) fn cast_vote(
		voter: AccountId,
		id: AgreementId,
		choice: VoteChoice,
		reason: VoteReason,
		memo: Digest,
	) -> DispatchResult {
		let record = Self::open_application(id)?;
		let group = Self::voter_group(&voter, &record)?;
		ensure!(!Votes::<T>::contains_key(id, &voter), Error::<T>::AlreadyVoted);
		let count = VoteCount::<T>::get(id);
		ensure!(count < MAX_VOTES, Error::<T>::MaxVotesExceeded);
		let policy = ReviewPolicies::<T>::get(id).ok_or(Error::<T>::PolicyMissing)?;

		VoteCount::<T>::insert(id, count.saturating_add(1));
		let vote = Vote { voter: voter.clone(), group, choice, reason, memo, block: Self::now() };
		Votes::<T>::insert(id, &voter, vote);
		Self::deposit_event(Event::VoteCast { application: id, voter, group, choice });

		match choice {
			VoteChoice::Reject => Self::reject(id, record, reason),
			VoteChoice::Approve if Self::is_approved(id, &policy) => return Self::activate(id, record, &policy),
			VoteChoice::Approve | VoteChoice::Abstain => {},
		}
		Ok(())
	}

	/// Narrows the conditions of an application under review.
	pub(crate) fn apply_conditions(by: AccountId, id: AgreementId, conditions: Conditions) -> DispatchResult {
		let mut record = Self::open_application(id)?;
		Self::voter_group(&by, &record)?;
		ensure!(conditions.max_rows > 0, Error::<T>::NoRowsAllowed);
		ensure!(is_narrower(&conditions, &record.conditions), Error::<T>::ConditionsNotNarrower);
		record.conditions = conditions;
		Records::<T>::insert(id, record);
		Self::deposit_event(Event::ConditionsNarrowed { application: id, conditions, by });
		Ok(())
	}

	/// The application, if votes are still taken.
	fn open_application(id: AgreementId) -> Result<Agreement, Error<T>> {
		let record = Self::record(id)?;
		ensure!(record.state == AgreementState::UnderReview, Error::<T>::NotUnderReview);
		ensure!(Self::now() <= record.expires, Error::<T>::ReviewPeriodOver);
		Self::ensure_not_over(&record)?;
		Ok(record)
	}

	/// The group for which `account` votes on this application. A steward of the custodian counts as such even when
	/// also an ethics reviewer.
	fn voter_group(account: &AccountId, record: &Agreement) -> Result<VoterGroup, DispatchError> {
		ensure!(*account != record.applicant, Error::<T>::ApplicantCannotVote);
		let custodian = T::Datasets::dataset(record.dataset).ok_or(Error::<T>::DatasetNotFound)?.custodian;
		if T::Membership::acts_for(account, Role::DataSteward, custodian) {
			return Ok(VoterGroup::Custodian);
		}
		let reviewer = T::Membership::organisation_with_role(account, Role::EthicsReviewer);
		let organisation = reviewer.ok_or(Error::<T>::NotAuthorized)?;
		ensure!(organisation != record.organisation, Error::<T>::OwnOrganisation);
		Ok(VoterGroup::Ethics)
	}

	fn is_approved(id: AgreementId, policy: &Policy) -> bool {
		let (custodian, ethics) = Self::approvals(id);
		custodian >= policy.custodian_votes.into() && ethics >= policy.ethics_votes.into()
	}

	/// Approvals so far: of the custodian's stewards, of ethics reviewers. Reads at most [`MAX_VOTES`] votes.
	pub(crate) fn approvals(id: AgreementId) -> (usize, usize) {
		let approving = Votes::<T>::iter_prefix_values(id).filter(|vote| vote.choice == VoteChoice::Approve);
		approving.fold((0, 0), |(custodian, ethics): (usize, usize), vote| match vote.group {
			VoterGroup::Custodian => (custodian.saturating_add(1), ethics),
			VoterGroup::Ethics => (custodian, ethics.saturating_add(1)),
		})
	}

	fn reject(id: AgreementId, mut record: Agreement, reason: VoteReason) {
		record.state = AgreementState::Rejected;
		Records::<T>::insert(id, record);
		Self::deposit_event(Event::ApplicationRejected { application: id, reason });
	}

	/// Puts an approved application into force. Terms, dataset and applicant are looked at once more, since they may have
	/// changed during the review: what is forbidden by now is denied.
	fn activate(id: AgreementId, mut record: Agreement, policy: &Policy) -> DispatchResult {
		let dataset = T::Datasets::dataset(record.dataset).ok_or(Error::<T>::DatasetNotFound)?;
		record.decision = Self::decide_on(&record.applicant, &dataset, record.purpose, record.attributes.clone());
		let now = Self::now();
		let event = if record.decision.verdict == Verdict::Deny {
			record.state = AgreementState::Denied;
			record.expires = now;
			let reasons = record.decision.reasons.clone();
			Event::ApplicationDenied { application: id, dataset: record.dataset, reasons }
		} else {
			record.state = AgreementState::Active;
			record.expires = now.saturating_add(policy.lifetime);
			Event::AgreementActivated { agreement: id, dataset: record.dataset, expires: record.expires }
		};
		Records::<T>::insert(id, record);
		Self::deposit_event(event);
		Ok(())
	}
}

/// Whether `new` is narrower than `old` in some respect and wider in none.
fn is_narrower(new: &Conditions, old: &Conditions) -> bool {
	let wider =
		(new.allow_heuristic && !old.allow_heuristic) || new.max_rho > old.max_rho || new.max_rows > old.max_rows;
	!wider && new != old
}
