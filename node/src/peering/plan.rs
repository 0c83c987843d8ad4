//! Who may connect: whom the chain names, and whom the command line names until the chain has taken over.

use super::declared::Peers;
use sc_network::{config::MultiaddrWithPeerId, PeerId};
use std::collections::BTreeSet;

/// Decides who may connect.
///
/// A node that joins, or that founds a chain without declared peers, needs somebody to begin with: the *entry points*,
/// which are the bootnodes and reserved nodes of its command line and chain specification. The chain overrules them: an entry
/// point that the chain once named, and names no more, was taken out by the consortium and is refused for good, also after
/// a restart. Only if the chain names nobody else at all, every entry point counts, because a list of nobody would cut the
/// node off for ever.
pub struct Plan {
	own: PeerId,
	entry_points: Peers,
	taken_over: BTreeSet<PeerId>,
}

/// What has changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
	/// Peers that may connect from now on.
	pub added: BTreeSet<PeerId>,
	/// Peers that may not any more.
	pub removed: BTreeSet<PeerId>,
}

impl Plan {
	/// `taken_over` are the entry points that the chain was seen to name.
	pub fn new(own: PeerId, entry_points: &[MultiaddrWithPeerId], taken_over: BTreeSet<PeerId>) -> Self {
		let mut peers = Peers::new();
		for entry in entry_points {
			let addresses = peers.entry(entry.peer_id).or_default();
			if entry.multiaddr.iter().next().is_some() {
				addresses.insert(entry.multiaddr.clone());
			}
		}
		let taken_over = taken_over.into_iter().filter(|peer| peers.contains_key(peer)).collect();
		Self { own, entry_points: peers, taken_over }
	}

	/// Entry points for which the chain speaks now.
	pub fn taken_over(&self) -> &BTreeSet<PeerId> {
		&self.taken_over
	}

	/// Notes which entry points the chain names. Returns whether there are new ones.
	pub fn take_over(&mut self, declared: &Peers) -> bool {
		let before = self.taken_over.len();
		self.taken_over.extend(self.entry_points.keys().filter(|peer| declared.contains_key(peer)));
		self.taken_over.len() > before
	}

	/// Who may connect when the chain names `declared`. Never this node itself.
	pub fn allowed(&self, declared: &Peers) -> Peers {
		let mut allowed = declared.clone();
		allowed.remove(&self.own);
		let alone = allowed.is_empty();
		for (peer, addresses) in &self.entry_points {
			let counts = alone || allowed.contains_key(peer) || !self.taken_over.contains(peer);
			if counts && *peer != self.own {
				allowed.entry(*peer).or_default().extend(addresses.iter().cloned());
			}
		}
		allowed
	}

	/// Whether the chain names others, but not this node: they will refuse it.
	pub fn is_left_out(&self, declared: &Peers) -> bool {
		!declared.is_empty() && !declared.contains_key(&self.own)
	}
}

/// Compares whom two lists name.
pub fn change(before: &Peers, now: &Peers) -> Change {
	let missing_in = |from: &Peers, of: &Peers| of.keys().filter(|peer| !from.contains_key(peer)).copied().collect();
	Change { added: missing_in(before, now), removed: missing_in(now, before) }
}

#[cfg(test)]
mod tests {
	use super::*;

	const ADDRESS: &str = "/ip4/10.0.0.5/tcp/30333";

	fn entry(peer: PeerId) -> MultiaddrWithPeerId {
		MultiaddrWithPeerId { multiaddr: ADDRESS.parse().unwrap(), peer_id: peer }
	}

	fn declared(peers: &[PeerId]) -> Peers {
		peers.iter().map(|peer| (*peer, BTreeSet::from(["/dns/node/tcp/1".parse().unwrap()]))).collect()
	}

	fn names(peers: &Peers) -> BTreeSet<PeerId> {
		peers.keys().copied().collect()
	}

	fn three() -> (PeerId, PeerId, PeerId) {
		(PeerId::random(), PeerId::random(), PeerId::random())
	}

	#[test]
	fn whom_the_chain_names_may_connect_and_never_the_node_itself() {
		let (own, a, b) = three();
		let plan = Plan::new(own, &[entry(own)], BTreeSet::new());
		assert_eq!(names(&plan.allowed(&declared(&[own, a, b]))), BTreeSet::from([a, b]));
	}

	#[test]
	fn entry_points_count_while_the_chain_names_nobody() {
		let (own, a, b) = three();
		let plan = Plan::new(own, &[entry(a), entry(b)], BTreeSet::new());
		let allowed = plan.allowed(&Peers::new());
		assert_eq!(names(&allowed), BTreeSet::from([a, b]));
		assert_eq!(allowed[&a], BTreeSet::from([ADDRESS.parse().unwrap()]));
	}

	#[test]
	fn an_entry_point_that_the_chain_never_named_stays() {
		let (own, a, b) = three();
		let mut plan = Plan::new(own, &[entry(a)], BTreeSet::new());
		assert!(!plan.take_over(&declared(&[own, b])));
		assert_eq!(names(&plan.allowed(&declared(&[own, b]))), BTreeSet::from([a, b]));
	}

	#[test]
	fn an_entry_point_that_the_chain_names_no_more_is_refused() {
		let (own, a, b) = three();
		let mut plan = Plan::new(own, &[entry(a)], BTreeSet::new());
		assert!(plan.take_over(&declared(&[own, a, b])));
		assert!(!plan.take_over(&declared(&[own, a, b])), "it is noted once");
		assert_eq!(plan.allowed(&declared(&[own, a, b]))[&a].len(), 2, "both of its addresses are known");
		assert_eq!(names(&plan.allowed(&declared(&[own, b]))), BTreeSet::from([b]));
	}

	#[test]
	fn a_refusal_outlives_a_restart_but_not_the_entry_on_the_command_line() {
		let (own, a, b) = three();
		let plan = Plan::new(own, &[entry(a)], BTreeSet::from([a, b]));
		assert_eq!(names(&plan.allowed(&declared(&[own, b]))), BTreeSet::from([b]));
		assert_eq!(plan.taken_over(), &BTreeSet::from([a]), "what is no entry point needs no note");
	}

	#[test]
	fn a_node_is_not_cut_off_for_ever_when_the_chain_names_nobody_else() {
		let (own, a, _) = three();
		let plan = Plan::new(own, &[entry(a)], BTreeSet::from([a]));
		assert_eq!(names(&plan.allowed(&declared(&[own]))), BTreeSet::from([a]));
	}

	#[test]
	fn a_node_sees_that_the_others_will_refuse_it() {
		let (own, a, _) = three();
		let plan = Plan::new(own, &[], BTreeSet::new());
		assert!(plan.is_left_out(&declared(&[a])));
		assert!(!plan.is_left_out(&declared(&[a, own])));
		assert!(!plan.is_left_out(&Peers::new()), "nobody is declared yet");
	}

	#[test]
	fn a_change_says_who_came_and_who_went() {
		let (a, b, c) = three();
		let expected = Change { added: BTreeSet::from([c]), removed: BTreeSet::from([a]) };
		assert_eq!(change(&declared(&[a, b]), &declared(&[b, c])), expected);
		assert_eq!(
			change(&declared(&[a]), &declared(&[a])),
			Change { added: BTreeSet::new(), removed: BTreeSet::new() }
		);
	}
}
