//! `semblance-load`: see the library for what it does.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
	semblance_load::run().await
}
