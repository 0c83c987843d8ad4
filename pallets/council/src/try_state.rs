//! What always holds, checked by try-runtime and after every test.

use crate::{Config, NextProposal, OpenProposals, Pallet, ProposalState, Proposals, Votes};
use frame_support::{ensure, traits::Get};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the invariants over proposals, votes and counts.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let next = NextProposal::<T>::get();
		for (id, record) in Proposals::<T>::iter() {
			ensure!((1..next).contains(&id), "a proposal's number was never given");
			ensure!(record.approved.is_none_or(|at| at >= record.made), "a proposal was approved before it was made");
			ensure!(Votes::<T>::contains_key(id, record.organisation), "who made a proposal did not vote on it");
			let enacted = record.state == ProposalState::Enacted;
			ensure!(!enacted || record.approved.is_some(), "a proposal was enacted without approval");
		}
		ensure!(Proposals::<T>::iter().count() == next.saturating_sub(1) as usize, "a proposal is missing");
		ensure!(Votes::<T>::iter_keys().all(|(id, _)| Proposals::<T>::contains_key(id)), "a vote is on nothing");
		Self::open_proposals_are_counted()
	}

	fn open_proposals_are_counted() -> Result<(), TryRuntimeError> {
		for (organisation, count) in OpenProposals::<T>::iter() {
			let open = Proposals::<T>::iter_values()
				.filter(|record| record.organisation == organisation && record.state == ProposalState::Open);
			ensure!(open.count() == count as usize, "OpenProposals is wrong");
			ensure!(count <= T::MaxOpenProposals::get(), "an organisation has too many open proposals");
		}
		Ok(())
	}
}
