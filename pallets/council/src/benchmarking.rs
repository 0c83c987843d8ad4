//! One benchmark a call, at its worst: as many hospitals as there can be, all of which voted.

use crate::{Call, Config, Pallet, Powers, ProposalId, ProposalState, Proposals, Votes};
use alloc::{boxed::Box, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::Get;
use frame_system::RawOrigin;
use semblance_primitives::{traits::Seats, AccountId, BlockNumber};
use sp_runtime::{traits::Saturating, SaturatedConversion};

/// A proposal of the first of all voters.
fn proposed<T: Config>() -> Result<(ProposalId, Vec<AccountId>), BenchmarkError> {
	let voters = T::Seats::benchmark_voters();
	let first = voters.first().ok_or("there is a voter")?.clone();
	let id = crate::NextProposal::<T>::get();
	Pallet::<T>::propose(RawOrigin::Signed(first).into(), Box::new(T::Powers::benchmark_call()))?;
	Ok((id, voters))
}

/// A proposal for which all voters but the last voted.
fn voted<T: Config>() -> Result<(ProposalId, AccountId), BenchmarkError> {
	let (id, mut voters) = proposed::<T>()?;
	let last = voters.pop().ok_or("there is a voter")?;
	for voter in voters {
		Pallet::<T>::vote(RawOrigin::Signed(voter).into(), id, true)?;
	}
	Ok((id, last))
}

fn state<T: Config>(id: ProposalId) -> Option<ProposalState> {
	Proposals::<T>::get(id).map(|record| record.state)
}

fn wait<T: Config>(blocks: BlockNumber) {
	let now = frame_system::Pallet::<T>::block_number();
	frame_system::Pallet::<T>::set_block_number(now.saturating_add(blocks.saturated_into()));
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn propose() -> Result<(), BenchmarkError> {
		let voters = T::Seats::benchmark_voters();
		let first = voters.first().ok_or("there is a voter")?.clone();
		let id = crate::NextProposal::<T>::get();

		#[extrinsic_call]
		propose(RawOrigin::Signed(first), Box::new(T::Powers::benchmark_call()));

		assert_eq!(state::<T>(id), Some(ProposalState::Open));
		Ok(())
	}

	#[benchmark]
	fn vote() -> Result<(), BenchmarkError> {
		let (id, last) = voted::<T>()?;

		#[extrinsic_call]
		vote(RawOrigin::Signed(last), id, true);

		assert!(Votes::<T>::iter_prefix(id).all(|(_, cast)| cast.approve));
		Ok(())
	}

	/// Without the call itself.
	#[benchmark]
	fn enact() -> Result<(), BenchmarkError> {
		let (id, last) = voted::<T>()?;
		let announcement = Proposals::<T>::get(id).map(|record| record.announcement).unwrap_or_default();
		wait::<T>(announcement);

		#[extrinsic_call]
		enact(RawOrigin::Signed(last), id);

		assert_eq!(state::<T>(id), Some(ProposalState::Enacted));
		Ok(())
	}

	#[benchmark]
	fn withdraw() -> Result<(), BenchmarkError> {
		let (id, voters) = proposed::<T>()?;
		let first = voters.first().ok_or("there is a voter")?.clone();

		#[extrinsic_call]
		withdraw(RawOrigin::Signed(first), id);

		assert_eq!(state::<T>(id), Some(ProposalState::Withdrawn));
		Ok(())
	}

	#[benchmark]
	fn expire() -> Result<(), BenchmarkError> {
		let (id, voters) = proposed::<T>()?;
		let first = voters.first().ok_or("there is a voter")?.clone();
		wait::<T>(T::VotingPeriod::get().saturating_add(1));

		#[extrinsic_call]
		expire(RawOrigin::Signed(first), id);

		assert_eq!(state::<T>(id), Some(ProposalState::Expired));
		Ok(())
	}

	#[benchmark]
	fn set_announcement() {
		#[extrinsic_call]
		set_announcement(RawOrigin::Root, 1);

		assert_eq!(crate::Announcement::<T>::get(), 1);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
