//! The offence, as pallet-offences takes it.

use alloc::{vec, vec::Vec};
use sp_consensus_aura::Slot;
use sp_runtime::Perbill;
use sp_staking::{
	offence::{Kind, Offence},
	SessionIndex,
};

/// A validator made two blocks in one slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DoubleAuthorship<Offender> {
	/// The slot.
	pub slot: Slot,
	/// A session in which the key was the offender's.
	pub session: SessionIndex,
	/// Validators in that session.
	pub validators: u32,
	/// Who did it.
	pub offender: Offender,
}

impl<Offender: Clone> Offence<Offender> for DoubleAuthorship<Offender> {
	const ID: Kind = *b"aura:double-auth";
	type Slot = Slot;

	fn offenders(&self) -> Vec<Offender> {
		vec![self.offender.clone()]
	}

	fn session_index(&self) -> SessionIndex {
		self.session
	}

	fn validator_set_count(&self) -> u32 {
		self.validators
	}

	fn slot(&self) -> Self::Slot {
		self.slot
	}

	/// Nobody stakes here: what follows is the same however many did it.
	fn slash_fraction(&self, _: u32) -> Perbill {
		Perbill::one()
	}
}
