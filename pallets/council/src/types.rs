//! Proposals and votes.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{pallet_prelude::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use scale_info::TypeInfo;
use semblance_primitives::{AccountId, BlockNumber, OrganisationId};

/// Which calls the council can make.
pub trait Powers<Call> {
	/// How the council makes this call; none if it cannot.
	fn power(call: &Call) -> Option<Power>;

	/// A call that the council can make, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_call() -> Call;
}

/// How the council makes a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Power {
	/// As soon as two thirds are for it.
	AtOnce,
	/// Only after it was announced, so that everybody can look at it, prepare, or object.
	Announced,
}

/// What became of a proposal.
#[derive(
	Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug,
)]
pub enum ProposalState {
	/// It is voted on, or waits for its enactment.
	Open,
	/// It was carried out; its call may have failed.
	Enacted,
	/// Too many were against it.
	Rejected,
	/// Its time ran out.
	Expired,
	/// Whoever made it took it back.
	Withdrawn,
}

/// A proposal.
#[derive(
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	CloneNoBound,
	PartialEqNoBound,
	EqNoBound,
	DebugNoBound,
)]
#[scale_info(skip_type_params(MaxCallLen))]
pub struct Proposal<MaxCallLen: Get<u32>> {
	/// The hospital that made it.
	pub organisation: OrganisationId,
	/// The call in SCALE encoding.
	pub call: BoundedVec<u8, MaxCallLen>,
	/// Block in which it was made.
	pub made: BlockNumber,
	/// Last block for voting.
	pub voting_until: BlockNumber,
	/// Blocks from approval to enactment.
	pub announcement: BlockNumber,
	/// Block of the vote by which two thirds came to be for it; none while fewer are.
	pub approved: Option<BlockNumber>,
	/// What became of it.
	pub state: ProposalState,
}

/// A hospital's vote.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Vote {
	/// Whether the hospital is for the proposal.
	pub approve: bool,
	/// The administrator who voted.
	pub account: AccountId,
	/// Block of the vote.
	pub at: BlockNumber,
}
