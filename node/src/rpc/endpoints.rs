//! Which of the node's RPC methods are open, where, and how often.
//!
//! On a consortium's chain the endpoint serves safe methods only, also on the loopback interface, where the SDK alone would
//! serve all to every local process; and it limits how often a connection asks. What operators need besides, such as new
//! session keys, is on an endpoint of its own that listens on the loopback interface only. On no chain are unsafe methods
//! served beyond that interface.

use sc_service::{
	config::{RpcBatchRequestConfig, RpcEndpoint, RpcMethods},
	ChainType, Configuration,
};
use std::{
	net::{Ipv4Addr, SocketAddr},
	num::NonZeroU32,
};

/// Calls that one connection may make in a minute, unless the command line says otherwise.
pub const RATE_LIMIT: NonZeroU32 = NonZeroU32::new(6_000).expect("it is not 0; qed");
/// Connections to the operators' endpoint.
const OPERATORS: u32 = 16;
/// Largest request and answer there, in megabytes: the SDK's defaults.
const PAYLOAD_MB: u32 = 15;

/// Why endpoints are not opened as they were asked for.
#[derive(Debug, thiserror::Error)]
pub enum Exposed {
	/// Unsafe methods would be open to other machines.
	#[error("unsafe RPC methods would be served on {0}, which other machines may reach; serve them with --rpc-unsafe-port, on the loopback interface only")]
	Unsafe(SocketAddr),
}

/// Sets the node's endpoints. `unsafe_port` is that of the operators' endpoint, if there is one.
pub fn guard(config: &mut Configuration, unsafe_port: Option<u16>) -> Result<(), Exposed> {
	let live = config.chain_spec.chain_type() == ChainType::Live;
	let endpoints = config.rpc.addr.get_or_insert_with(Vec::new);
	endpoints.iter_mut().for_each(|endpoint| {
		if live {
			restrict(endpoint)
		}
	});
	if let Some(exposed) = endpoints.iter().find(|endpoint| is_exposed(endpoint)) {
		return Err(Exposed::Unsafe(exposed.listen_addr));
	}
	endpoints.extend(unsafe_port.map(for_operators));
	Ok(())
}

fn restrict(endpoint: &mut RpcEndpoint) {
	if matches!(endpoint.rpc_methods, RpcMethods::Auto) {
		endpoint.rpc_methods = RpcMethods::Safe;
	}
	endpoint.rate_limit.get_or_insert(RATE_LIMIT);
}

fn is_exposed(endpoint: &RpcEndpoint) -> bool {
	matches!(endpoint.rpc_methods, RpcMethods::Unsafe) && !endpoint.listen_addr.ip().is_loopback()
}

fn for_operators(port: u16) -> RpcEndpoint {
	RpcEndpoint {
		listen_addr: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
		batch_config: RpcBatchRequestConfig::Disabled,
		max_connections: OPERATORS,
		max_payload_in_mb: PAYLOAD_MB,
		max_payload_out_mb: PAYLOAD_MB,
		max_subscriptions_per_connection: OPERATORS,
		max_buffer_capacity_per_connection: OPERATORS,
		rate_limit: None,
		rate_limit_trust_proxy_headers: false,
		rate_limit_whitelisted_ips: Vec::new(),
		// No web page may read the answers.
		cors: Some(Vec::new()),
		rpc_methods: RpcMethods::Unsafe,
		is_optional: false,
		retry_random_port: false,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn endpoint(address: &str, rpc_methods: RpcMethods) -> RpcEndpoint {
		RpcEndpoint { listen_addr: address.parse().unwrap(), rpc_methods, ..for_operators(1) }
	}

	#[test]
	fn methods_that_nobody_chose_are_safe_ones_and_limited() {
		let mut default = endpoint("127.0.0.1:9944", RpcMethods::Auto);
		restrict(&mut default);
		assert!(matches!(default.rpc_methods, RpcMethods::Safe));
		assert_eq!(default.rate_limit, Some(RATE_LIMIT));
	}

	#[test]
	fn what_the_command_line_says_stays() {
		let mut chosen = endpoint("127.0.0.1:9944", RpcMethods::Unsafe);
		chosen.rate_limit = NonZeroU32::new(7);
		restrict(&mut chosen);
		assert!(matches!(chosen.rpc_methods, RpcMethods::Unsafe));
		assert_eq!(chosen.rate_limit, NonZeroU32::new(7));
	}

	#[test]
	fn unsafe_methods_are_exposed_everywhere_but_on_the_loopback_interface() {
		for address in ["0.0.0.0:9944", "[::]:9944", "10.0.0.5:9944", "192.168.1.2:9944"] {
			assert!(is_exposed(&endpoint(address, RpcMethods::Unsafe)), "{address}");
			assert!(!is_exposed(&endpoint(address, RpcMethods::Safe)), "{address}");
		}
		for address in ["127.0.0.1:9944", "[::1]:9944"] {
			assert!(!is_exposed(&endpoint(address, RpcMethods::Unsafe)), "{address}");
		}
	}

	#[test]
	fn operators_have_an_endpoint_on_the_loopback_interface_that_is_open_to_no_web_page() {
		let operators = for_operators(9_950);
		assert!(operators.listen_addr.ip().is_loopback() && operators.listen_addr.port() == 9_950);
		assert_eq!(operators.cors, Some(Vec::new()));
		assert!(!is_exposed(&operators));
	}
}
