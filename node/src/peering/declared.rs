//! Reads the peers that the chain names. The chain checks their letters only, so each is parsed here, and what cannot be
//! used is left out with a warning instead of stopping the rest.

use sc_network::{multiaddr::Protocol, Multiaddr, PeerId};
use semblance_primitives::{consortium::Peer, OrganisationId};
use std::collections::{BTreeMap, BTreeSet};

/// Peers and the addresses under which they are reached. A peer without addresses may come, but cannot be called.
pub type Peers = BTreeMap<PeerId, BTreeSet<Multiaddr>>;

/// Why a declared peer, or its address, is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
	/// The peer id does not parse.
	#[error("organisation {organisation} declares the peer id {peer_id:?}, which is none; its administrator should declare what `semblance-node key inspect-node-key` prints")]
	PeerId {
		/// Who declared it.
		organisation: OrganisationId,
		/// What is declared.
		peer_id: String,
	},
	/// The address does not parse.
	#[error("organisation {organisation} declares the address {address:?} for {peer_id}, which is no multiaddr; its administrator should write it as /ip4/10.0.0.5/tcp/30333")]
	Address {
		/// Who declared it.
		organisation: OrganisationId,
		/// Of which peer.
		peer_id: PeerId,
		/// What is declared.
		address: String,
	},
	/// The address ends in the id of another peer.
	#[error("organisation {organisation} declares the address {address} for {peer_id}, but the address is {other}'s; its administrator should leave /p2p/… out")]
	AddressOfAnother {
		/// Who declared it.
		organisation: OrganisationId,
		/// Of which peer.
		peer_id: PeerId,
		/// What is declared.
		address: Multiaddr,
		/// Whom the address names.
		other: PeerId,
	},
}

/// Parses what the chain says. Several organisations may name the same peer: all addresses count.
pub fn read(declared: &[(OrganisationId, Peer)]) -> (Peers, Vec<Unusable>) {
	let mut peers = Peers::new();
	let mut unusable = Vec::new();
	for (organisation, peer) in declared {
		let peer_id = match read_id(*organisation, &peer.peer_id) {
			Ok(peer_id) => peer_id,
			Err(reason) => {
				unusable.push(reason);
				continue;
			},
		};
		let addresses = peers.entry(peer_id).or_default();
		match read_address(*organisation, peer_id, &peer.address) {
			Ok(address) => drop(addresses.insert(address)),
			Err(reason) => unusable.push(reason),
		}
	}
	(peers, unusable)
}

fn read_id(organisation: OrganisationId, bytes: &[u8]) -> Result<PeerId, Unusable> {
	let text = String::from_utf8_lossy(bytes);
	text.parse().map_err(|_| Unusable::PeerId { organisation, peer_id: text.into_owned() })
}

/// The address without a peer id at its end.
fn read_address(organisation: OrganisationId, peer_id: PeerId, bytes: &[u8]) -> Result<Multiaddr, Unusable> {
	let text = String::from_utf8_lossy(bytes);
	let no_address = || Unusable::Address { organisation, peer_id, address: text.clone().into_owned() };
	let mut address: Multiaddr = text.parse().map_err(|_| no_address())?;
	let Some(Protocol::P2p(named)) = address.iter().last() else { return Ok(address) };
	let other = PeerId::from_multihash(named).map_err(|_| no_address())?;
	if other != peer_id {
		return Err(Unusable::AddressOfAnother { organisation, peer_id, address, other });
	}
	address.pop();
	if address.iter().next().is_none() {
		return Err(no_address());
	}
	Ok(address)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn declare(organisation: OrganisationId, peer_id: &str, address: &str) -> (OrganisationId, Peer) {
		let bounded = |text: &str| text.as_bytes().to_vec().try_into().unwrap();
		(organisation, Peer { peer_id: bounded(peer_id), address: bounded(address) })
	}

	fn address(text: &str) -> Multiaddr {
		text.parse().unwrap()
	}

	#[test]
	fn a_declared_peer_is_read_with_its_address() {
		let peer = PeerId::random();
		let (peers, unusable) = read(&[declare(1, &peer.to_base58(), "/ip4/10.0.0.5/tcp/30333")]);
		assert_eq!(peers, Peers::from([(peer, BTreeSet::from([address("/ip4/10.0.0.5/tcp/30333")]))]));
		assert_eq!(unusable, vec![]);
	}

	#[test]
	fn an_address_may_end_in_the_id_of_its_peer() {
		let peer = PeerId::random();
		let (peers, unusable) = read(&[declare(1, &peer.to_base58(), &format!("/dns/node/tcp/1/p2p/{peer}"))]);
		assert_eq!(peers[&peer], BTreeSet::from([address("/dns/node/tcp/1")]));
		assert_eq!(unusable, vec![]);
	}

	#[test]
	fn addresses_of_a_peer_that_two_organisations_name_are_joined() {
		let peer = PeerId::random().to_base58();
		let (peers, _) = read(&[declare(1, &peer, "/ip4/10.0.0.5/tcp/1"), declare(2, &peer, "/ip4/10.0.0.6/tcp/1")]);
		assert_eq!(peers.len(), 1);
		assert_eq!(peers.into_values().next().unwrap().len(), 2);
	}

	#[test]
	fn a_malformed_peer_id_is_left_out_and_named_while_the_rest_is_read() {
		let peer = PeerId::random().to_base58();
		let truncated = &peer[..peer.len() - 1];
		let declared = [declare(7, truncated, "/ip4/10.0.0.5/tcp/1"), declare(8, &peer, "/ip4/10.0.0.6/tcp/1")];
		let (peers, unusable) = read(&declared);
		assert_eq!(peers.into_keys().collect::<Vec<_>>(), vec![peer.parse().unwrap()]);
		assert_eq!(unusable, vec![Unusable::PeerId { organisation: 7, peer_id: truncated.into() }]);
		assert!(unusable[0].to_string().contains(&format!("organisation 7 declares the peer id \"{truncated}\"")));
	}

	#[test]
	fn a_peer_with_a_malformed_address_may_come_but_cannot_be_called() {
		let peer = PeerId::random();
		for malformed in ["/ip4/10.0.0.5.1/tcp/1", "/nonsense", &format!("/p2p/{peer}")] {
			let (peers, unusable) = read(&[declare(7, &peer.to_base58(), malformed)]);
			assert_eq!(peers, Peers::from([(peer, BTreeSet::new())]), "{malformed}");
			assert_eq!(unusable, vec![Unusable::Address { organisation: 7, peer_id: peer, address: malformed.into() }]);
		}
	}

	#[test]
	fn an_address_that_names_another_peer_is_not_used() {
		let (peer, other) = (PeerId::random(), PeerId::random());
		let text = format!("/ip4/10.0.0.5/tcp/1/p2p/{other}");
		let (peers, unusable) = read(&[declare(7, &peer.to_base58(), &text)]);
		assert_eq!(peers, Peers::from([(peer, BTreeSet::new())]));
		let address = address(&text);
		assert_eq!(unusable, vec![Unusable::AddressOfAnother { organisation: 7, peer_id: peer, address, other }]);
	}
}
