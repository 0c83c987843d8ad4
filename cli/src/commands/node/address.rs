//! Addresses of nodes: multiaddrs of the one shape that nodes of a consortium have.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What an ed25519 peer id begins with: a multihash that is no hash, and a protocol buffer with key type and length.
pub(super) const PEER_ID_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// Another organisation's node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAddress {
	/// The address as it was given.
	pub text: String,
	/// Where its host is.
	pub host: Host,
}

/// A host as an address names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
	/// By its IPv4 address.
	V4(Ipv4Addr),
	/// By its IPv6 address.
	V6(Ipv6Addr),
	/// By name; a firewall cannot know its address.
	Name(String),
}

/// Parses `/ip4|ip6|dns|dns4|dns6/HOST/tcp/PORT/p2p/PEER_ID`.
///
/// # Errors
/// A text for the person.
pub fn peer(text: &str) -> Result<PeerAddress, String> {
	let explain =
		|| format!("{text}: an address with peer id, for example /dns/node.hospital.example/tcp/30333/p2p/12D3Koo…");
	let (place, id) = text.split_once("/p2p/").ok_or_else(explain)?;
	let host = host_and_port(place).ok_or_else(explain)?;
	check_peer_id(id)?;
	Ok(PeerAddress { text: text.into(), host })
}

/// Parses `/ip4|ip6|dns|dns4|dns6/HOST/tcp/PORT`.
///
/// # Errors
/// A text for the person.
pub fn public(text: &str) -> Result<String, String> {
	let explain = "an address without peer id, for example /dns/node.hospital.example/tcp/30333";
	host_and_port(text).map(|_| text.to_owned()).ok_or_else(|| format!("{text}: {explain}"))
}

fn check_peer_id(id: &str) -> Result<(), String> {
	let explain =
		|problem: &str| format!("{id} is no peer id: {problem}; ask its hospital for the one that its node prints");
	let bytes = bs58::decode(id).into_vec().map_err(|error| explain(&error.to_string()))?;
	let key = bytes.strip_prefix(&PEER_ID_PREFIX).ok_or_else(|| explain("it is not of an ed25519 key"))?;
	(key.len() == 32).then_some(()).ok_or_else(|| explain("its key has not 32 bytes"))
}

fn host_and_port(text: &str) -> Option<Host> {
	let mut parts = text.strip_prefix('/')?.split('/');
	let (kind, host, tcp, port) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
	if tcp != "tcp" || parts.next().is_some() || port.parse::<u16>().ok()? == 0 {
		return None;
	}
	match kind {
		"ip4" => host.parse().ok().map(Host::V4),
		"ip6" => host.parse().ok().map(Host::V6),
		"dns" | "dns4" | "dns6" => is_host_name(host).then(|| Host::Name(host.into())),
		_ => None,
	}
}

fn is_host_name(text: &str) -> bool {
	let label = |part: &str| {
		!part.is_empty()
			&& !part.starts_with('-')
			&& part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
	};
	text.len() <= 253 && text.split('.').all(label)
}
