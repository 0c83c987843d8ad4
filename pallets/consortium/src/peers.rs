//! Whom the nodes of the consortium accept.

use crate::{Config, Organisations, Pallet};
use alloc::vec::Vec;
use semblance_primitives::{
	consortium::{OrganisationStatus, Peer},
	OrganisationId,
};

impl<T: Config> Pallet<T> {
	/// The peers of all active organisations, in the order of the organisations and of their declarations.
	pub(crate) fn declared_peers() -> Vec<(OrganisationId, Peer)> {
		let mut active: Vec<_> = Organisations::<T>::iter()
			.filter(|(_, organisation)| organisation.status == OrganisationStatus::Active)
			.collect();
		active.sort_by_key(|(id, _)| *id);
		active
			.into_iter()
			.flat_map(|(id, organisation)| organisation.peers.into_iter().map(move |peer| (id, peer)))
			.collect()
	}
}
