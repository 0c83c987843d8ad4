//! How a proposal comes to a decision.

use crate::{
	Announcement, Config, Error, Event, NextProposal, OpenProposals, Pallet, Power, Powers, Proposal, ProposalId,
	ProposalState, Proposals, Vote, Votes,
};
use codec::{DecodeLimit, Encode};
use frame_support::{
	dispatch::GetDispatchInfo,
	ensure,
	traits::{Get, UnfilteredDispatchable},
	weights::Weight,
};
use frame_system::{ensure_signed, pallet_prelude::OriginFor, RawOrigin};
use semblance_primitives::{traits::Seats, AccountId, BlockNumber, OrganisationId};
use sp_runtime::{DispatchError, DispatchResult, SaturatedConversion};

/// Calls within calls that are read at most.
const MAX_CALL_DEPTH: u32 = 8;

/// Votes of those that have a seat now.
struct Tally {
	ayes: u32,
	nays: u32,
	seats: u32,
}

impl Tally {
	/// At least two thirds are for it. Nobody's agreement is none.
	fn is_approved(&self) -> bool {
		self.seats > 0 && self.ayes.saturating_mul(3) >= self.seats.saturating_mul(2)
	}

	/// Two thirds cannot be for it any more.
	fn is_rejected(&self) -> bool {
		self.nays.saturating_mul(3) > self.seats
	}
}

impl<T: Config> Pallet<T> {
	/// The current block.
	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// The caller and the hospital for which it votes.
	pub(crate) fn ensure_seat(origin: OriginFor<T>) -> Result<(AccountId, OrganisationId), DispatchError> {
		let account = ensure_signed(origin)?;
		let organisation = T::Seats::seat_of(&account).ok_or(Error::<T>::NotAuthorized)?;
		Ok((account, organisation))
	}

	/// Stores a new proposal. Returns its number and the last block for voting.
	pub(crate) fn open(
		organisation: OrganisationId,
		call: <T as Config>::Call,
	) -> Result<(ProposalId, BlockNumber), DispatchError> {
		let power = T::Powers::power(&call).ok_or(Error::<T>::CallNotAllowed)?;
		let light = call.get_dispatch_info().call_weight.all_lte(T::MaxCallWeight::get());
		ensure!(light, Error::<T>::CallTooHeavy);
		let open = OpenProposals::<T>::get(organisation).saturating_add(1);
		ensure!(open <= T::MaxOpenProposals::get(), Error::<T>::MaxOpenProposalsExceeded);
		let id = NextProposal::<T>::get();
		NextProposal::<T>::put(id.checked_add(1).ok_or(Error::<T>::MaxProposalsExceeded)?);
		let voting_until = Self::now().saturating_add(T::VotingPeriod::get());
		let proposal = Proposal {
			organisation,
			call: call.encode().try_into().map_err(|_| Error::<T>::CallTooLong)?,
			made: Self::now(),
			voting_until,
			announcement: match power {
				Power::AtOnce => 0,
				Power::Announced => Announcement::<T>::get(),
			},
			approved: None,
			state: ProposalState::Open,
		};
		Proposals::<T>::insert(id, proposal);
		OpenProposals::<T>::insert(organisation, open);
		Ok((id, voting_until))
	}

	/// Records a vote and what follows from it. After the time for voting a vote can only be taken back.
	pub(crate) fn cast(
		id: ProposalId,
		account: AccountId,
		organisation: OrganisationId,
		approve: bool,
	) -> DispatchResult {
		let mut record = Self::undecided(id)?;
		ensure!(!Self::is_over(&record), Error::<T>::ProposalOver);
		let at = Self::now();
		ensure!(!approve || at <= record.voting_until, Error::<T>::ProposalOver);
		Votes::<T>::insert(id, organisation, Vote { approve, account, at });
		let tally = Self::count(id);
		let (ayes, seats) = (tally.ayes, tally.seats);
		Self::deposit_event(Event::VoteCast { proposal: id, organisation, approve, ayes, seats });
		if tally.is_rejected() {
			Self::decide(id, record, ProposalState::Rejected);
			Self::deposit_event(Event::ProposalRejected { proposal: id });
			return Ok(());
		}
		match (record.approved, tally.is_approved()) {
			(None, true) => {
				record.approved = Some(at);
				let enact_from = at.saturating_add(record.announcement);
				Self::deposit_event(Event::ProposalApproved { proposal: id, enact_from });
			},
			(Some(_), false) => {
				record.approved = None;
				Self::deposit_event(Event::ApprovalLost { proposal: id });
			},
			_ => return Ok(()),
		}
		Proposals::<T>::insert(id, record);
		Ok(())
	}

	/// Dispatches the call of an approved proposal as root. Returns its answer and the weight that it took.
	pub(crate) fn carry_out(id: ProposalId) -> Result<(DispatchResult, Weight), DispatchError> {
		let record = Self::undecided(id)?;
		ensure!(!Self::is_over(&record), Error::<T>::ProposalOver);
		let approved = record.approved.filter(|_| Self::count(id).is_approved()).ok_or(Error::<T>::NotApproved)?;
		ensure!(Self::now() >= approved.saturating_add(record.announcement), Error::<T>::TooEarly);
		let call = <T as Config>::Call::decode_all_with_depth_limit(MAX_CALL_DEPTH, &mut record.call.as_slice())
			.map_err(|_| Error::<T>::CallNotReadable)?;
		// An upgrade since the proposal was made may have changed what the bytes mean.
		ensure!(T::Powers::power(&call).is_some(), Error::<T>::CallNotAllowed);
		let info = call.get_dispatch_info();
		ensure!(info.call_weight.all_lte(T::MaxCallWeight::get()), Error::<T>::CallTooHeavy);
		Self::decide(id, record, ProposalState::Enacted);
		let answer = call.dispatch_bypass_filter(RawOrigin::Root.into());
		let weight = frame_support::dispatch::extract_actual_weight(&answer, &info);
		Ok((answer.map(|_| ()).map_err(|error| error.error), weight))
	}

	/// A proposal that is not decided.
	pub(crate) fn undecided(id: ProposalId) -> Result<Proposal<T::MaxCallLen>, DispatchError> {
		let record = Proposals::<T>::get(id).ok_or(Error::<T>::ProposalNotFound)?;
		ensure!(record.state == ProposalState::Open, Error::<T>::ProposalDecided);
		Ok(record)
	}

	/// Whether neither votes nor enactment can come any more: an approval lasts for its announcement and a voting period.
	pub(crate) fn is_over(record: &Proposal<T::MaxCallLen>) -> bool {
		let last = match record.approved {
			None => record.voting_until,
			Some(at) => at.saturating_add(record.announcement).saturating_add(T::VotingPeriod::get()),
		};
		Self::now() > last
	}

	/// Ends a proposal.
	pub(crate) fn decide(id: ProposalId, record: Proposal<T::MaxCallLen>, state: ProposalState) {
		OpenProposals::<T>::mutate(record.organisation, |open| *open = open.saturating_sub(1));
		Proposals::<T>::insert(id, Proposal { state, ..record });
	}

	fn count(id: ProposalId) -> Tally {
		let seats = T::Seats::seats();
		let votes = |approve| {
			let cast = seats.iter().filter_map(|seat| Votes::<T>::get(id, seat));
			cast.filter(|vote| vote.approve == approve).count().saturated_into()
		};
		Tally { ayes: votes(true), nays: votes(false), seats: seats.len().saturated_into() }
	}
}
