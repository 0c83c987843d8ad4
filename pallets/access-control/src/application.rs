//! From an application to its decision.

use crate::{AgreementCount, Config, Error, Event, Pallet, Policies, Records, ReviewPolicies};
use alloc::vec::Vec;
use frame_support::ensure;
use semblance_primitives::{
	access::{Agreement, AgreementState, Conditions, Denial, Policy, MAX_VOTES},
	api::NumberedAgreement,
	consortium::Role,
	data_use::{Purpose, UseAttributes},
	dataset::{Dataset, DatasetStatus},
	decision::{decide, Decision, Snapshot, UseRequest, Verdict},
	traits::{Datasets, Membership},
	AccountId, AgreementId, BlockNumber, DatasetId, Digest,
};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchResult};

impl<T: Config> Pallet<T> {
	/// The current block.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// Refuses everybody but data stewards of the dataset's custodian.
	pub(crate) fn ensure_custodian(account: &AccountId, dataset: DatasetId) -> DispatchResult {
		let custodian = T::Datasets::dataset(dataset).ok_or(Error::<T>::DatasetNotFound)?.custodian;
		ensure!(T::Membership::acts_for(account, Role::DataSteward, custodian), Error::<T>::NotAuthorized);
		Ok(())
	}

	/// Refuses policies that no application could ever meet.
	pub(crate) fn ensure_reachable(policy: &Policy) -> DispatchResult {
		let votes = u32::from(policy.custodian_votes).saturating_add(policy.ethics_votes.into());
		ensure!(policy.custodian_votes >= 1, Error::<T>::CustodianVoteRequired);
		ensure!(votes <= MAX_VOTES, Error::<T>::TooManyVotesRequired);
		ensure!(policy.lifetime > 0 && policy.review_period > 0, Error::<T>::PeriodMissing);
		ensure!(policy.max_rows > 0, Error::<T>::NoRowsAllowed);
		Ok(())
	}

	/// Decides an application by the dataset's terms and stores it either way.
	pub(crate) fn submit_application(
		applicant: AccountId,
		dataset: DatasetId,
		purpose: Purpose,
		attributes: UseAttributes,
		statement: Digest,
	) -> DispatchResult {
		let organisation =
			T::Membership::organisation_with_role(&applicant, Role::Researcher).ok_or(Error::<T>::NotAuthorized)?;
		let record = T::Datasets::dataset(dataset).ok_or(Error::<T>::DatasetNotFound)?;
		Self::ensure_custodian_stays(dataset)?;
		let policy = Policies::<T>::get(dataset).ok_or(Error::<T>::PolicyMissing)?;
		ensure!(statement != Digest::zero(), Error::<T>::StatementMissing);
		let now = Self::now();
		let decision = Self::decide_on(&applicant, &record, purpose, attributes.clone());
		let denied = decision.verdict == Verdict::Deny;
		let agreement = Agreement {
			applicant,
			organisation,
			dataset,
			purpose,
			attributes,
			statement,
			decision,
			state: if denied { AgreementState::Denied } else { AgreementState::UnderReview },
			conditions: conditions_of(&policy),
			rho_used: 0,
			applied: now,
			expires: if denied { now } else { now.saturating_add(policy.review_period) },
		};
		Self::store_application(agreement, policy)
	}

	fn store_application(agreement: Agreement, policy: Policy) -> DispatchResult {
		let application = AgreementCount::<T>::get().checked_add(1).ok_or(Error::<T>::MaxCountExceeded)?;
		AgreementCount::<T>::put(application);
		ReviewPolicies::<T>::insert(application, policy);
		Records::<T>::insert(application, &agreement);
		let Agreement { dataset, applicant, state, decision, .. } = agreement;
		Self::deposit_event(match state {
			AgreementState::Denied => Event::ApplicationDenied { application, dataset, reasons: decision.reasons },
			_ => Event::ApplicationSubmitted { application, dataset, applicant },
		});
		Ok(())
	}

	/// What the terms of `dataset` say to a use by `account` now.
	pub(crate) fn decide_on(
		account: &AccountId,
		dataset: &Dataset,
		purpose: Purpose,
		attributes: UseAttributes,
	) -> Decision {
		let snapshot = Snapshot {
			block: Self::now(),
			dataset_active: dataset.status == DatasetStatus::Active,
			applicant_eligible: T::Membership::organisation_with_role(account, Role::Researcher).is_some(),
		};
		decide(&UseRequest { purpose, attributes }, &dataset.terms, &snapshot)
	}

	/// [`Self::decide_on`] for a dataset's number.
	pub(crate) fn explain(
		account: &AccountId,
		dataset: DatasetId,
		purpose: Purpose,
		attributes: UseAttributes,
	) -> Option<Decision> {
		let record = T::Datasets::dataset(dataset)?;
		Some(Self::decide_on(account, &record, purpose, attributes))
	}

	/// Applications and agreements that fit, by number.
	pub(crate) fn select(fits: impl Fn(&Agreement) -> bool) -> Vec<NumberedAgreement> {
		let numbered = (1..=AgreementCount::<T>::get())
			.filter_map(|id| Records::<T>::get(id).map(|agreement| NumberedAgreement { id, agreement }));
		numbered.filter(|record| fits(&record.agreement)).collect()
	}

	/// Denials for a dataset, by number.
	pub(crate) fn stored_denials(dataset: DatasetId) -> Vec<Denial> {
		let denied = Self::select(|record| record.dataset == dataset && record.state == AgreementState::Denied);
		let denial =
			|record: NumberedAgreement| Denial { application: record.id, reasons: record.agreement.decision.reasons };
		denied.into_iter().map(denial).collect()
	}

	/// An application or agreement.
	pub(crate) fn record(id: AgreementId) -> Result<Agreement, Error<T>> {
		Records::<T>::get(id).ok_or(Error::NotFound)
	}
}

fn conditions_of(policy: &Policy) -> Conditions {
	Conditions { allow_heuristic: policy.allow_heuristic, max_rho: policy.max_rho, max_rows: policy.max_rows }
}
