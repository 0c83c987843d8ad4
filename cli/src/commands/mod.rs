//! The commands, by what they are about.

mod access;
mod artefact;
mod audit;
mod consent;
mod dataset;
mod generator;
mod job;
mod key;
mod node;
mod receipt;
mod stats;
mod validator;
mod verify;

use crate::{
	context::{Context, Globals},
	error::CliError,
};

/// Synthetic patient data that a stranger can trust: datasets, consents, agreements, jobs, artefacts, verification.
#[derive(Debug, clap::Parser)]
#[command(name = "semblance", version, about, propagate_version = true, arg_required_else_help = true)]
pub struct Arguments {
	/// Options of all commands.
	#[command(flatten)]
	pub globals: Globals,
	/// What to do.
	#[command(subcommand)]
	pub command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Registers datasets and says who may use them.
	#[command(subcommand)]
	Dataset(dataset::Command),
	/// Records, gives, refuses and withdraws consents.
	#[command(subcommand)]
	Consent(consent::Command),
	/// Applies for access to a dataset, and votes on applications.
	#[command(subcommand)]
	Access(access::Command),
	/// Proposes and reviews generators.
	#[command(subcommand)]
	Generator(generator::Command),
	/// Requests generations and follows them.
	#[command(subcommand)]
	Job(job::Command),
	/// Makes and registers the key to which data keys are wrapped.
	#[command(subcommand)]
	Key(key::Command),
	/// Sets up a hospital's node.
	#[command(subcommand)]
	Node(node::Command),
	/// Reports validators that contradict themselves.
	#[command(subcommand)]
	Validator(validator::Command),
	/// Releases artefacts, fetches and decrypts them.
	#[command(subcommand)]
	Artefact(artefact::Command),
	/// Asks what happened.
	#[command(subcommand)]
	Audit(audit::Command),
	/// Writes what a stranger needs to check an attestation without network.
	Receipt(receipt::Arguments),
	/// Checks an attestation, and the files it speaks of, without trusting whoever gave them.
	Verify(verify::Arguments),
	/// Computes statistics on a table, naive and corrected for the release.
	#[command(subcommand)]
	Stats(stats::Command),
}

/// Runs a command.
///
/// # Errors
/// [`CliError`] says what went wrong and what to do.
pub async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Dataset(command) => dataset::run(context, command).await,
		Command::Consent(command) => consent::run(context, command).await,
		Command::Access(command) => access::run(context, command).await,
		Command::Generator(command) => generator::run(context, command).await,
		Command::Job(command) => job::run(context, command).await,
		Command::Key(command) => key::run(context, command).await,
		Command::Node(command) => node::run(context, command).await,
		Command::Validator(command) => validator::run(context, command).await,
		Command::Artefact(command) => artefact::run(context, command).await,
		Command::Audit(command) => audit::run(context, command).await,
		Command::Receipt(arguments) => receipt::run(context, arguments).await,
		Command::Verify(arguments) => verify::run(context, arguments).await,
		Command::Stats(command) => stats::run(context, command),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::{CommandFactory, Parser};

	#[test]
	fn the_command_line_is_consistent() {
		Arguments::command().debug_assert();
	}

	#[test]
	fn global_options_stand_before_or_after_the_command() {
		for line in ["semblance --json dataset show 3", "semblance dataset show 3 --json"] {
			let parsed = Arguments::try_parse_from(line.split(' ')).unwrap();
			assert!(parsed.globals.json, "{line}");
		}
	}

	#[test]
	fn the_demo_s_lines_parse() {
		let lines = [
			"semblance dataset register cohort.csv --yes --permission hmb --schema schema.json --target t --patient-column p",
			"semblance dataset policy 1 --custodian-votes 1 --ethics-votes 1 --max-rows 1000000 --allow-heuristic",
			"semblance consent capture --dataset 1 --notice notice.txt --evidence forms.txt --permission hmb",
			"semblance generator propose gaussian-copula",
			"semblance generator review 1 --approve --report review.txt",
			"semblance key generate --out researcher.key",
			"semblance key register --file researcher.key",
			"semblance node init --chain-spec c.json --name North --token-file /var/lib/semblance-worker/token",
			"semblance access apply --dataset 1 --purpose health-research --statement plan.txt",
			"semblance access vote 1 --choice approve",
			"semblance job request --agreement 1 --generator 1 --rows 1000",
			"semblance job watch 1",
			"semblance artefact release --job 1 --role model --out model.json",
			"semblance artefact fetch --bundle model.json --key researcher.key --out model.bin --acknowledge",
			"semblance audit provenance 2",
			"semblance receipt --job 1 --out receipt.json --statement-out statement.json",
			"semblance verify --receipt r.json --chain-spec c.json --statement s.json --model m --table t --report r",
			"semblance stats describe --in t.csv --schema s.json --columns age,sex --group stage --noise n.json",
			"semblance stats t-test --in t.csv --outcome age --group sex --where age>=65",
			"semblance stats linear --in t.csv --outcome age --predictors sex,stage --robust",
			"semblance stats logistic --in t.csv --outcome died --event-level yes --predictors sex,stage --json",
			"semblance stats kaplan-meier --in t.csv --time days --event died",
			"semblance stats log-rank --in t.csv --time days --event died --group sex",
		];
		for line in lines {
			if let Err(error) = Arguments::try_parse_from(line.split(' ')) {
				panic!("{line}: {error}");
			}
		}
	}
}
