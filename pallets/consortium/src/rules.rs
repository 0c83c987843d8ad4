//! Rules without state: which role is open to whom, and what names, keys and peers look like.

use crate::{Config, Error, Peers, Roles};
use frame_support::ensure;
use semblance_primitives::{
	consortium::{OrganisationKind, Role},
	Digest,
};
use sp_runtime::DispatchResult;

/// Whether members of this kind of organisation can hold `role`.
///
/// Only who holds patients' data has stewards; only an ethics board reviews ethics; whoever judges after the fact
/// neither researches nor proposes generators.
pub const fn is_open_to(role: Role, kind: OrganisationKind) -> bool {
	use OrganisationKind::{EthicsBoard, Hospital, ResearchInstitute};
	match role {
		Role::Administrator | Role::Auditor | Role::GeneratorReviewer => true,
		Role::DataSteward => matches!(kind, Hospital),
		Role::Researcher | Role::GeneratorDeveloper => matches!(kind, Hospital | ResearchInstitute),
		Role::EthicsReviewer => matches!(kind, EthicsBoard),
	}
}

/// Whether this kind of organisation runs validators: whoever holds patients' data.
pub const fn runs_validators(kind: OrganisationKind) -> bool {
	matches!(kind, OrganisationKind::Hospital)
}

/// The roles of a first administrator.
pub(crate) fn administrator_only() -> Roles {
	Roles::truncate_from(alloc::vec![Role::Administrator])
}

/// Checks that `roles` are some, each named once, and open to `kind`.
pub(crate) fn check_roles<T: Config>(roles: &Roles, kind: OrganisationKind) -> DispatchResult {
	ensure!(!roles.is_empty(), Error::<T>::RolesEmpty);
	for (index, role) in roles.iter().enumerate() {
		ensure!(is_open_to(*role, kind), Error::<T>::RoleNotOpenToKind);
		ensure!(!roles.iter().skip(index.saturating_add(1)).any(|other| other == role), Error::<T>::RoleNamedTwice);
	}
	Ok(())
}

/// Whether `name` can be shown to people as it is.
pub(crate) fn is_presentable(name: &[u8]) -> bool {
	core::str::from_utf8(name)
		.is_ok_and(|text| !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control))
}

/// Whether a key, if there is one, is not the all-zero point, with which every shared secret is zero (RFC 7748,
/// section 6.1).
pub(crate) fn is_usable_key(key: &Option<Digest>) -> bool {
	key.is_none_or(|key| !key.is_zero())
}

/// Checks that peer ids are base58 and addresses look like multiaddrs, and that no peer is named twice. The node parses
/// them fully before it connects.
pub(crate) fn check_peers<T: Config>(peers: &Peers) -> DispatchResult {
	for (index, peer) in peers.iter().enumerate() {
		ensure!(is_base58(&peer.peer_id) && is_multiaddr(&peer.address), Error::<T>::PeerNotAllowed);
		let twice = peers.iter().skip(index.saturating_add(1)).any(|other| other.peer_id == peer.peer_id);
		ensure!(!twice, Error::<T>::PeerNamedTwice);
	}
	Ok(())
}

fn is_base58(text: &[u8]) -> bool {
	!text.is_empty() && text.iter().all(|c| c.is_ascii_alphanumeric() && !b"0OIl".contains(c))
}

fn is_multiaddr(text: &[u8]) -> bool {
	text.len() > 1 && text.first() == Some(&b'/') && text.iter().all(u8::is_ascii_graphic)
}
