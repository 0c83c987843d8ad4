//! A node of the Semblance consortium chain: the SDK's services, our runtime, the off-chain worker's settings and the
//! `semblance_*` RPC.

// The SDK's error type is large, and errors end the process here.
#![allow(clippy::result_large_err)]

mod chain_spec;
mod cli;
mod command;
mod consensus;
mod offchain;
mod peering;
mod rpc;
mod sealing;
mod service;
mod witness;

/// The system's own allocator gives little back to the system under load, and slows blocks down with many threads.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> sc_cli::Result<()> {
	command::run()
}
