//! Invariants of applications, votes, agreements and releases.

#![cfg(any(feature = "try-runtime", feature = "std"))]

use crate::{
	AgreementCount, Config, DeletionCertificates, Pallet, Policies, Records, ReleaseCount, Releases, ReviewPolicies,
	Revocations, VoteCount, Votes,
};
use frame_support::ensure;
use semblance_primitives::{
	access::{Agreement, AgreementState, VoteChoice, MAX_RELEASES, MAX_VOTES},
	decision::Verdict,
	AgreementId,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant that the README names.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let count = AgreementCount::<T>::get();
		ensure!(Records::<T>::iter().count() == count as usize, "applications are not as many as were counted");
		for (id, record) in Records::<T>::iter() {
			ensure!((1..=count).contains(&id), "an application's number was never given");
			ensure!(record.rho_used <= record.conditions.max_rho, "an agreement used more budget than it has");
			Self::check_state(id, &record)?;
			Self::check_votes(id, &record)?;
			Self::check_releases(id)?;
		}
		for policy in Policies::<T>::iter_values() {
			Self::ensure_reachable(&policy)?;
		}
		Self::check_strays()
	}

	fn check_state(id: AgreementId, record: &Agreement) -> Result<(), TryRuntimeError> {
		use AgreementState::*;
		ensure!(
			(record.state == Denied) == (record.decision.verdict == Verdict::Deny),
			"denied is what the terms forbid"
		);
		ensure!(
			(record.state == Closed) == DeletionCertificates::<T>::contains_key(id),
			"closed agreements have a certificate of deletion, others none"
		);
		let over = Self::ensure_not_over(record).is_err();
		ensure!(record.state != Expired || over, "an agreement expired before it was over");
		let revoked = Revocations::<T>::contains_key(id);
		ensure!(record.state != Revoked || revoked, "a revoked agreement has no reason");
		ensure!(
			!revoked || matches!(record.state, Revoked | Closed),
			"an agreement in force has a reason of revocation"
		);
		ensure!(ReviewPolicies::<T>::contains_key(id), "an application has no policy");
		Ok(())
	}

	fn check_votes(id: AgreementId, record: &Agreement) -> Result<(), TryRuntimeError> {
		use AgreementState::*;
		let count = VoteCount::<T>::get(id);
		ensure!(count <= MAX_VOTES, "an application has too many votes");
		ensure!(Votes::<T>::iter_prefix(id).count() == count as usize, "votes are not as many as were counted");
		let mut rejected = false;
		for (voter, vote) in Votes::<T>::iter_prefix(id) {
			ensure!(voter == vote.voter, "a vote stands under another voter");
			ensure!(voter != record.applicant, "an applicant voted on the own application");
			rejected |= vote.choice == VoteChoice::Reject;
		}
		ensure!(rejected == (record.state == Rejected), "rejected is what somebody voted down");
		if matches!(record.state, Active | Suspended | Terminated | Revoked) {
			let policy = ReviewPolicies::<T>::get(id).ok_or("an application has no policy")?;
			let (custodian, ethics) = Self::approvals(id);
			let approved = custodian >= policy.custodian_votes.into() && ethics >= policy.ethics_votes.into();
			ensure!(approved, "an agreement lacks approvals");
		}
		Ok(())
	}

	fn check_releases(id: AgreementId) -> Result<(), TryRuntimeError> {
		let count = ReleaseCount::<T>::get(id);
		ensure!(count <= MAX_RELEASES, "an agreement has too many releases");
		ensure!(Releases::<T>::iter_prefix(id).count() == count as usize, "releases are not as many as were counted");
		for (index, release) in Releases::<T>::iter_prefix(id) {
			ensure!(index < count, "a release's index was never given");
			ensure!(
				release.acknowledged.is_none_or(|block| block >= release.released),
				"a key was acknowledged before it was released"
			);
		}
		Ok(())
	}

	fn check_strays() -> Result<(), TryRuntimeError> {
		let known = |id: AgreementId| Records::<T>::contains_key(id);
		ensure!(Votes::<T>::iter_keys().all(|(id, _)| known(id)), "a vote has no application");
		ensure!(Releases::<T>::iter_keys().all(|(id, _)| known(id)), "a release has no agreement");
		ensure!(ReviewPolicies::<T>::iter_keys().all(known), "a policy of review has no application");
		Ok(())
	}
}
