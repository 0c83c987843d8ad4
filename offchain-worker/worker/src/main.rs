//! `semblance-worker`: see the crate's documentation.

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
	match semblance_worker::commands::Arguments::parse().run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error:#}");
			ExitCode::FAILURE
		},
	}
}
