//! Encryption keys and network peers.

use super::*;
use crate::Peers;
use semblance_primitives::{consortium::Peer, Digest};
use sp_runtime::DispatchResult;

fn key(byte: u8) -> Option<Digest> {
	Some(Digest::repeat_byte(byte))
}

fn peer(id: &[u8], address: &[u8]) -> Peer {
	Peer { peer_id: id.to_vec().try_into().unwrap(), address: address.to_vec().try_into().unwrap() }
}

fn set_peers(peers: &[Peer]) -> DispatchResult {
	Consortium::set_peers(RuntimeOrigin::signed(head()), Peers::try_from(peers.to_vec()).unwrap())
}

#[test]
fn a_member_sets_and_clears_its_own_key() {
	ExtBuilder::default().build_and_execute(|| {
		for key in [key(7), key(8), None] {
			assert_ok!(Consortium::set_encryption_key(RuntimeOrigin::signed(steward()), key));
			assert_eq!(Consortium::member(steward()).unwrap().encryption_key, key);
			assert_eq!(events().pop(), Some(Event::EncryptionKeySet { account: steward(), key }));
		}
	});
}

#[test]
fn only_active_members_have_keys() {
	ExtBuilder::default().build_and_execute(|| {
		let call = Consortium::set_encryption_key(RuntimeOrigin::signed(stranger()), key(7));
		assert_noop!(call, Error::<Test>::NotAuthorized);
		assert_ok!(Consortium::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		let call = Consortium::set_encryption_key(RuntimeOrigin::signed(steward()), key(7));
		assert_noop!(call, Error::<Test>::NotAuthorized);
	});
}

#[test]
fn an_administrator_sets_and_clears_the_organisations_key() {
	ExtBuilder::default().build_and_execute(|| {
		for key in [key(7), None] {
			assert_ok!(Consortium::set_organisation_key(RuntimeOrigin::signed(head()), key));
			assert_eq!(Consortium::organisation(HOSPITAL).unwrap().encryption_key, key);
			assert_eq!(events().pop(), Some(Event::OrganisationKeySet { organisation: HOSPITAL, key }));
		}
		assert_eq!(Consortium::organisation(BOARD).unwrap().encryption_key, None);
		let call = Consortium::set_organisation_key(RuntimeOrigin::signed(steward()), key(7));
		assert_noop!(call, Error::<Test>::NotAuthorized);
	});
}

#[test]
fn a_key_of_zeros_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let call = Consortium::set_encryption_key(RuntimeOrigin::signed(steward()), key(0));
		assert_noop!(call, Error::<Test>::KeyNotAllowed);
		let call = Consortium::set_organisation_key(RuntimeOrigin::signed(head()), key(0));
		assert_noop!(call, Error::<Test>::KeyNotAllowed);
	});
}

#[test]
fn an_administrator_replaces_the_organisations_peers() {
	ExtBuilder::default().build_and_execute(|| {
		let first = peer(b"12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp", b"/ip4/10.0.0.5/tcp/30333");
		let second = peer(b"12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD", b"/dns/node.example/tcp/30333");
		assert_ok!(set_peers(&[first, second.clone()]));
		assert_ok!(set_peers(core::slice::from_ref(&second)));
		let peers = Peers::try_from(vec![second]).unwrap();
		assert_eq!(Consortium::organisation(HOSPITAL).unwrap().peers, peers);
		assert_eq!(events().pop(), Some(Event::PeersSet { organisation: HOSPITAL, peers }));
		let call = Consortium::set_peers(RuntimeOrigin::signed(steward()), Default::default());
		assert_noop!(call, Error::<Test>::NotAuthorized);
		assert_ok!(set_peers(&[]));
	});
}

#[test]
fn only_the_peers_of_active_organisations_are_to_be_accepted() {
	ExtBuilder::default().build_and_execute(|| {
		let ours = peer(b"12D3KooWA", b"/ip4/10.0.0.5/tcp/30333");
		let theirs = peer(b"12D3KooWB", b"/ip4/10.0.0.6/tcp/30333");
		assert_ok!(set_peers(core::slice::from_ref(&ours)));
		let declared = Peers::try_from(vec![theirs.clone()]).unwrap();
		assert_ok!(Consortium::set_peers(RuntimeOrigin::signed(chair()), declared));
		assert_eq!(Consortium::peers(), vec![(HOSPITAL, ours), (BOARD, theirs.clone())]);

		assert_ok!(Consortium::suspend_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_eq!(Consortium::peers(), vec![(BOARD, theirs.clone())]);
		assert_ok!(Consortium::reinstate_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_eq!(Consortium::peers().len(), 2, "a suspended organisation keeps its declaration");
		assert_ok!(Consortium::remove_organisation(RuntimeOrigin::root(), HOSPITAL));
		assert_eq!(Consortium::peers(), vec![(BOARD, theirs)]);
	});
}

#[test]
fn peers_that_are_none_are_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let bad = [
			peer(b"", b"/ip4/10.0.0.5"),
			peer(b"12D3Koo0", b"/ip4/10.0.0.5"),
			peer(b"12D3 Koo", b"/ip4/10.0.0.5"),
			peer(b"12D3Koo", b""),
			peer(b"12D3Koo", b"/"),
			peer(b"12D3Koo", b"10.0.0.5"),
			peer(b"12D3Koo", b"/ip4/10.0.0.5 "),
			peer(b"12D3Koo", b"/ip4/\x00"),
		];
		for peer in bad {
			assert_noop!(set_peers(&[peer]), Error::<Test>::PeerNotAllowed);
		}
		let twice = [peer(b"12D3Koo", b"/ip4/10.0.0.5"), peer(b"12D3Koo", b"/ip4/10.0.0.6")];
		assert_noop!(set_peers(&twice), Error::<Test>::PeerNamedTwice);
	});
}
