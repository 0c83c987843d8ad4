#![doc = include_str!("../README.md")]
//!
//! # Inside
//!
//! Commands speak to a node ([`semblance_client`]) and, for the hospital's own data, to its worker ([`worker`]). What a
//! stranger needs to trust a record without trusting either is a [`receipt`], checked by [`verify`] without network.

pub mod arguments;
pub mod commands;
pub mod context;
pub mod error;
pub mod files;
pub mod output;
pub mod receipt;
pub mod verify;
pub mod worker;

use clap::Parser;
use std::process::ExitCode;

/// Parses the command line, runs the command and gives its exit code.
pub async fn run() -> ExitCode {
	let arguments = commands::Arguments::parse();
	let context = context::Context::new(arguments.globals);
	match commands::run(&context, arguments.command).await {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			context.output.error(&error);
			ExitCode::from(error.exit_code())
		},
	}
}
