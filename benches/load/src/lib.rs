//! A steady load for a Semblance chain, and how the chain bears it.
//!
//! Transactions become due at a set rate, whether or not the chain keeps up ([`pace`]); each is made ([`work`]), signed with a
//! nonce that is counted here ([`nonces`]) and sent to one of the nodes ([`senders`]). One node is followed: when a block that
//! holds the transaction is the best one, and when it is final ([`blocks`]). **Times count from the moment at which a
//! transaction was due**, so that a chain which slows the sender down does not look fast. What was seen is summed up
//! ([`summary`]), compared with the marks that were asked for ([`marks`]), and written as JSON and as a page with plots.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod accounts;
pub mod arguments;
pub mod blocks;
pub mod error;
pub mod ledger;
pub mod marks;
pub mod memory;
pub mod nonces;
pub mod pace;
pub mod page;
pub mod percentiles;
pub mod plots;
pub mod senders;
pub mod session;
pub mod summary;
pub mod work;

use arguments::Arguments;
use clap::Parser;
use error::LoadError;
use std::process::ExitCode;

/// Runs the program with the arguments it was started with.
pub async fn run() -> ExitCode {
	match session::run(Arguments::parse()).await {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error}");
			ExitCode::from(match error {
				LoadError::MarksMissed { .. } => 3,
				_ => 1,
			})
		},
	}
}
