//! The command line.

mod audit;
mod drawn;
mod encode;
mod evaluate;
mod files;
mod generators;
mod init;
mod progress;
mod resample;
mod schema;
mod serve;
mod simulate;
mod synthesize;
mod training;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Keeps a hospital's datasets, and makes attested synthetic tables from them.
#[derive(Debug, Parser)]
#[command(name = "semblance-worker", version)]
pub struct Arguments {
	/// Write the log as JSON, one object a line. RUST_LOG chooses what is logged.
	#[arg(long, global = true)]
	log_json: bool,
	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Make a data folder with a fresh vault key and token.
	Init(init::Init),
	/// Serve a node: take its orders, keep datasets and artefacts.
	Serve(serve::Serve),
	/// Write a simulated cohort.
	Simulate(simulate::Simulate),
	/// Learn from a table and write a synthetic one, without a chain.
	Synthesize(Box<synthesize::Synthesize>),
	/// Make model and table again from a measurement log, without data.
	Resample(resample::Resample),
	/// Compare a synthetic table with real ones.
	Evaluate(evaluate::Evaluate),
	/// Audit a private generator from below: attack one run of it on your table. Exit code 1 if the attack proves that ε is
	/// larger than stated.
	Audit(audit::Audit),
	/// Write a table as the whole numbers that mst and aim count, and how its columns are cut.
	Encode(encode::Encode),
	/// Work on schemas.
	#[command(subcommand)]
	Schema(schema::Schema),
	/// List the generators of this worker with the digest of their code.
	Generators(generators::Generators),
}

impl Arguments {
	/// Does what was asked for.
	///
	/// # Errors
	/// What went wrong, and what to do.
	pub fn run(self) -> anyhow::Result<()> {
		self.start_log();
		match self.command {
			Command::Init(command) => command.run(),
			Command::Serve(command) => command.run(),
			Command::Simulate(command) => command.run(),
			Command::Synthesize(command) => command.run(),
			Command::Resample(command) => command.run(),
			Command::Evaluate(command) => command.run(),
			Command::Audit(command) => command.run(),
			Command::Encode(command) => command.run(),
			Command::Schema(command) => command.run(),
			Command::Generators(command) => command.run(),
		}
	}

	fn start_log(&self) {
		let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
		let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
		// Fails only if a log is set already, as in tests.
		let _ = if self.log_json { log.json().try_init() } else { log.try_init() };
	}
}
