//! What held when, and for whom the chain is open without a membership.

use crate::{Call, Config, Consents, History, LastRestriction, Pallet, Subjects};
use alloc::vec::Vec;
use semblance_primitives::{
	consent::{Consent, Transition},
	data_use::Purpose,
	traits, AccountId, BlockNumber, ConsentHandle, OrganisationId,
};

/// Most transitions that one query returns.
const MAX_PAGE: u32 = 256;

impl<T: Config> traits::Consents for Pallet<T> {
	fn is_valid_at(handle: &ConsentHandle, purpose: Purpose, block: BlockNumber) -> bool {
		block <= Self::now()
			&& Self::transition_at(handle, block).is_some_and(|transition| transition.is_valid_for(purpose, block))
	}

	fn custodian(handle: &ConsentHandle) -> Option<OrganisationId> {
		Consents::<T>::get(handle).map(|consent| consent.custodian)
	}

	fn last_restriction(custodian: OrganisationId) -> BlockNumber {
		LastRestriction::<T>::get(custodian)
	}
}

impl<T: Config> Pallet<T> {
	/// Whether a consent names `account` as subject. Such an account must be able to make the calls of
	/// [`Call::is_for_subjects`] without being a member.
	pub fn is_subject(account: &AccountId) -> bool {
		Subjects::<T>::get(account) > 0
	}

	/// The transition in force at the end of `block`. Blocks of transitions never fall, so the first one after `block`
	/// is found by bisection.
	fn transition_at(handle: &ConsentHandle, block: BlockNumber) -> Option<Transition> {
		let consent = Consents::<T>::get(handle)?;
		if consent.latest.block <= block {
			return Some(consent.latest);
		}
		let (mut low, mut high) = (0, consent.earlier);
		while low < high {
			let middle = low.midpoint(high);
			match History::<T>::get(handle, middle)?.block <= block {
				true => low = middle.saturating_add(1),
				false => high = middle,
			}
		}
		History::<T>::get(handle, low.checked_sub(1)?)
	}

	/// Transitions in order, from number `from`, at most `limit` and [`MAX_PAGE`]. The latest stands in the consent.
	pub(crate) fn transitions(handle: &ConsentHandle, from: u32, limit: u32) -> Vec<Transition> {
		let Some(Consent { earlier, latest, .. }) = Consents::<T>::get(handle) else { return Vec::new() };
		let until = from.saturating_add(limit.min(MAX_PAGE));
		let past = (from..until.min(earlier)).map_while(|index| History::<T>::get(handle, index));
		past.chain((from..until).contains(&earlier).then_some(latest)).collect()
	}
}

impl<T: Config> Call<T> {
	/// Whether subjects of consents make this call for themselves. It is refused for everybody else's consent.
	pub fn is_for_subjects(&self) -> bool {
		matches!(
			self,
			Self::give { .. }
				| Self::refuse { .. }
				| Self::renew { .. }
				| Self::restrict { .. }
				| Self::withdraw { .. }
		)
	}
}
