//! Which generators may be used: proposal, reviews by others, retirement.

use crate::{Config, Error, Event, GeneratorCount, Generators, Pallet, APPROVALS};
use frame_support::{ensure, pallet_prelude::DispatchResult, BoundedVec};
use semblance_primitives::{
	consortium::Role,
	generation::{Generator, GeneratorKind, GeneratorReview, GeneratorStatus},
	traits::Membership,
	AccountId, Digest, GeneratorId,
};
use sp_runtime::{ArithmeticError, DispatchError};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_propose(proposer: AccountId, kind: GeneratorKind, version: u32, code: Digest) -> DispatchResult {
		let organisation = T::Membership::organisation_with_role(&proposer, Role::GeneratorDeveloper)
			.ok_or(Error::<T>::NotAuthorized)?;
		let id = GeneratorCount::<T>::get().checked_add(1).ok_or(ArithmeticError::Overflow)?;
		let generator = Generator {
			kind,
			version,
			code,
			tier: kind.tier(),
			proposer: proposer.clone(),
			organisation,
			reviews: BoundedVec::new(),
			status: GeneratorStatus::Proposed,
		};
		GeneratorCount::<T>::put(id);
		Generators::<T>::insert(id, generator);
		Self::deposit_event(Event::GeneratorProposed { generator: id, kind, code, proposer });
		Ok(())
	}

	pub(crate) fn do_review(reviewer: AccountId, id: GeneratorId, approve: bool, report: Digest) -> DispatchResult {
		let organisation = T::Membership::organisation_with_role(&reviewer, Role::GeneratorReviewer)
			.ok_or(Error::<T>::NotAuthorized)?;
		let mut generator = Generators::<T>::get(id).ok_or(Error::<T>::GeneratorNotFound)?;
		ensure!(!report.is_zero(), Error::<T>::ReportMissing);
		ensure!(generator.status == GeneratorStatus::Proposed, Error::<T>::GeneratorNotProposed);
		ensure!(generator.proposer != reviewer && generator.organisation != organisation, Error::<T>::OwnGenerator);
		ensure!(
			generator.reviews.iter().all(|review| review.organisation != organisation),
			Error::<T>::AlreadyReviewed
		);
		Self::deposit_event(Event::GeneratorReviewed {
			generator: id,
			reviewer: reviewer.clone(),
			organisation,
			approve,
			report,
		});
		if approve {
			Self::note_approval(id, &mut generator, GeneratorReview { reviewer, organisation, report })?;
		} else {
			generator.status = GeneratorStatus::Refused;
			Self::deposit_event(Event::GeneratorRefused { generator: id });
		}
		Generators::<T>::insert(id, generator);
		Ok(())
	}

	fn note_approval(id: GeneratorId, generator: &mut Generator, review: GeneratorReview) -> DispatchResult {
		// There is room for more reviews than approvals are needed.
		generator.reviews.try_push(review).map_err(|_| Error::<T>::AlreadyReviewed)?;
		if generator.reviews.len() >= APPROVALS as usize {
			generator.status = GeneratorStatus::Approved;
			Self::deposit_event(Event::GeneratorApproved { generator: id });
		}
		Ok(())
	}

	/// `who` is `None` for the consortium itself.
	pub(crate) fn do_retire(who: Option<AccountId>, id: GeneratorId) -> DispatchResult {
		Generators::<T>::try_mutate(id, |entry| {
			let generator = entry.as_mut().ok_or(Error::<T>::GeneratorNotFound)?;
			if let Some(who) = who {
				let acts = T::Membership::acts_for(&who, Role::GeneratorDeveloper, generator.organisation);
				ensure!(acts, Error::<T>::NotAuthorized);
			}
			ensure!(generator.status == GeneratorStatus::Approved, Error::<T>::GeneratorNotApproved);
			generator.status = GeneratorStatus::Retired;
			Self::deposit_event(Event::GeneratorRetired { generator: id });
			Ok::<(), DispatchError>(())
		})
	}

	/// A generator that may be used for new jobs.
	pub(crate) fn usable_generator(id: GeneratorId) -> Result<Generator, Error<T>> {
		let generator = Generators::<T>::get(id).ok_or(Error::<T>::GeneratorNotFound)?;
		ensure!(generator.status == GeneratorStatus::Approved, Error::<T>::GeneratorNotApproved);
		Ok(generator)
	}
}
