//! Validators that contradict themselves are muted at once and put out of the set.

use crate::{Config, Event, Pallet, Validators, WeightInfo};
use frame_support::{dispatch::DispatchClass, weights::Weight};
use pallet_session::SessionInterface;
use semblance_primitives::AccountId;
use sp_runtime::Perbill;
use sp_staking::{
	offence::{OffenceDetails, OffenceSeverity, OnOffenceHandler},
	SessionIndex,
};

/// Working validators that punishment leaves: without any, the chain would stop for good.
const LAST_VALIDATOR: u32 = 1;

impl<T: Config> OnOffenceHandler<AccountId, (AccountId, ()), Weight> for Pallet<T> {
	/// The share of a stake that the offence would cost says nothing here, where nobody stakes: one proven contradiction
	/// means that two nodes hold the same keys, or that the node lies.
	fn on_offence(
		offenders: &[OffenceDetails<AccountId, (AccountId, ())>],
		_: &[Perbill],
		session: SessionIndex,
	) -> Weight {
		for OffenceDetails { offender: (validator, ()), .. } in offenders {
			Self::punish(validator, session);
		}
		let weight = T::WeightInfo::punish().saturating_mul(offenders.len() as u64);
		// Who reports does not know what follows, so the report's own weight leaves it out.
		frame_system::Pallet::<T>::register_extra_weight_unchecked(weight, DispatchClass::Normal);
		weight
	}
}

impl<T: Config> Pallet<T> {
	/// Does nothing to validators that are out already, so that several reports of one deed count once.
	pub(crate) fn punish(validator: &AccountId, session: SessionIndex) {
		let Some(organisation) = Validators::<T>::get(validator) else { return };
		let without = Self::let_go(validator, LAST_VALIDATOR, true).ok();
		if without.is_some() {
			T::Session::report_offence(validator.clone(), OffenceSeverity::max_severity());
		}
		Self::deposit_event(Event::ValidatorPunished { organisation, validator: validator.clone(), session, without });
	}
}
