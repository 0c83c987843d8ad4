//! Command line.

use crate::{
	error::LoadError,
	work::{Kind, MAX_BATCH},
};
use std::path::PathBuf;

/// Most transactions or consents a second that can be asked for: far above what any chain bears.
const MAX_RATE: f64 = 100_000.0;
/// Longest measurement, in seconds: a day.
const MAX_SECONDS: f64 = 86_400.0;

/// Puts a chain under a steady load, and measures how long its transactions take until they are in a block and final.
///
/// Writes report.json and report.html (with plots) into a folder. Ends with 3 if a mark that was asked for is missed.
/// For test networks: what it writes on the chain stays there.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "semblance-load", version, about)]
pub struct Arguments {
	/// WebSocket address of a node; once for each node. The first one is followed.
	#[arg(long = "node", value_name = "URL", required = true)]
	pub nodes: Vec<String>,
	/// Key of a hospital's steward (secret URI or file); once for each hospital. The first hospital sends to the first
	/// node, and so on.
	#[arg(long = "steward", value_name = "KEY")]
	pub stewards: Vec<String>,
	/// Accounts that share each hospital's load. More than 1 are made from the steward's key (KEY//load1 and so on) and
	/// added as members, for which the steward has to be administrator.
	#[arg(long, value_name = "N", default_value_t = 1)]
	pub accounts: u16,
	/// Key of the researcher who applies and requests jobs.
	#[arg(long, value_name = "KEY")]
	pub researcher: Option<String>,
	/// Single consents a second.
	#[arg(long, value_name = "RATE", default_value_t = 0.0)]
	pub captures: f64,
	/// Consents a second in batches.
	#[arg(long, value_name = "RATE", default_value_t = 0.0)]
	pub batches: f64,
	/// Consents in a batch, at most 1,000.
	#[arg(long, value_name = "N", default_value_t = 500)]
	pub batch_size: u16,
	/// Applications a second, for --dataset.
	#[arg(long, value_name = "RATE", default_value_t = 0.0)]
	pub applications: f64,
	/// Jobs a second, under --agreement with --generator. The hospital's worker does and attests them.
	#[arg(long, value_name = "RATE", default_value_t = 0.0)]
	pub jobs: f64,
	/// Dataset that is applied for.
	#[arg(long, value_name = "ID")]
	pub dataset: Option<u32>,
	/// Agreement of the researcher.
	#[arg(long, value_name = "ID")]
	pub agreement: Option<u32>,
	/// Generator of the jobs.
	#[arg(long, value_name = "ID")]
	pub generator: Option<u32>,
	/// Synthetic rows of a job.
	#[arg(long, value_name = "N", default_value_t = 100)]
	pub rows: u32,
	/// Seconds for which transactions become due.
	#[arg(long, value_name = "SECONDS", default_value_t = 120.0)]
	pub seconds: f64,
	/// Seconds to wait afterwards for what is under way.
	#[arg(long, value_name = "SECONDS", default_value_t = 120.0)]
	pub patience: f64,
	/// Most transactions that are sent and in no block yet.
	#[arg(long, value_name = "N", default_value_t = 4_096)]
	pub in_flight: u32,
	/// Process whose memory is watched, once for each: ID, or NAME=ID.
	#[arg(long = "pid", value_name = "PID")]
	pub processes: Vec<String>,
	/// Folder of a node's database, to measure how it grows.
	#[arg(long, value_name = "FOLDER")]
	pub database: Option<PathBuf>,
	/// Folder for report.json and report.html; made if it is missing.
	#[arg(long, value_name = "FOLDER", default_value = "load-report")]
	pub out: PathBuf,
	/// Title of the report.
	#[arg(long, value_name = "TEXT", default_value = "Load")]
	pub title: String,
	/// Mark: consents a second that come into blocks, from the first that is due until the last is in a block.
	#[arg(long, value_name = "RATE")]
	pub expect_rate: Option<f64>,
	/// Mark: 95th percentile, in seconds, until final.
	#[arg(long, value_name = "SECONDS")]
	pub expect_finality: Option<f64>,
	/// Mark: most growth of a watched process' own memory from the second quarter of the load to the last, in per cent.
	#[arg(long, value_name = "PERCENT")]
	pub expect_growth: Option<f64>,
}

/// A kind of load and how many transactions of it become due each second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stream {
	/// What.
	pub kind: Kind,
	/// Transactions a second.
	pub per_second: f64,
}

impl Arguments {
	/// Refuses what cannot be measured; returns what is to be sent.
	///
	/// # Errors
	/// [`LoadError::Input`] that names the argument.
	pub fn streams(&self) -> Result<Vec<Stream>, LoadError> {
		self.check_numbers()?;
		let size = self.batch_size;
		let missing = |what: &str, of: &str| LoadError::input(format!("{of} needs {what}"), format!("add {what}"));
		let mut streams = Vec::new();
		if self.captures > 0.0 {
			streams.push(Stream { kind: Kind::Capture, per_second: self.captures });
		}
		if self.batches > 0.0 {
			streams.push(Stream { kind: Kind::Batch { size }, per_second: self.batches / f64::from(size) });
		}
		if !streams.is_empty() && self.stewards.is_empty() {
			return Err(missing("--steward", "a load of consents"));
		}
		if self.applications > 0.0 {
			let dataset = self.dataset.ok_or_else(|| missing("--dataset", "--applications"))?;
			streams.push(Stream { kind: Kind::Application { dataset }, per_second: self.applications });
		}
		if self.jobs > 0.0 {
			let agreement = self.agreement.ok_or_else(|| missing("--agreement", "--jobs"))?;
			let generator = self.generator.ok_or_else(|| missing("--generator", "--jobs"))?;
			let kind = Kind::Job { agreement, generator, rows: self.rows };
			streams.push(Stream { kind, per_second: self.jobs });
		}
		if streams.is_empty() {
			let remedy = "set at least one of --captures, --batches, --applications and --jobs";
			return Err(LoadError::input("there is nothing to send", remedy));
		}
		if (self.applications > 0.0 || self.jobs > 0.0) && self.researcher.is_none() {
			return Err(missing("--researcher", "a load of applications or jobs"));
		}
		Ok(streams)
	}

	fn check_numbers(&self) -> Result<(), LoadError> {
		let refuse = |name: &str, value: f64, range: String| {
			Err(LoadError::input(format!("{name} is {value}"), format!("give a number {range}")))
		};
		let rates = [
			("--captures", self.captures),
			("--batches", self.batches),
			("--applications", self.applications),
			("--jobs", self.jobs),
		];
		for (name, rate) in rates {
			if !(0.0..=MAX_RATE).contains(&rate) {
				return refuse(name, rate, format!("from 0 to {MAX_RATE}"));
			}
		}
		for (name, seconds, least) in [("--seconds", self.seconds, 1.0), ("--patience", self.patience, 0.0)] {
			if !(least..=MAX_SECONDS).contains(&seconds) {
				return refuse(name, seconds, format!("from {least} to {MAX_SECONDS}"));
			}
		}
		if !(1..=MAX_BATCH).contains(&self.batch_size) {
			return refuse("--batch-size", self.batch_size.into(), format!("from 1 to {MAX_BATCH}"));
		}
		if !(1..=100).contains(&self.accounts) {
			return refuse("--accounts", self.accounts.into(), "from 1 to 100".into());
		}
		if self.in_flight == 0 {
			return refuse("--in-flight", 0.0, "from 1 on".into());
		}
		Ok(())
	}
}

/// The command for the report. A key that isn't a development key could be a secret, and is left out.
pub fn without_secrets(command: impl IntoIterator<Item = String>) -> Vec<String> {
	let (mut shown, mut is_key) = (Vec::new(), false);
	for part in command {
		let (name, value) = match part.split_once('=') {
			Some((name, value)) if is_key_option(name) => (Some(name), Some(value)),
			_ => (None, is_key.then_some(part.as_str())),
		};
		is_key = is_key_option(&part);
		shown.push(match (name, value) {
			(_, None) => part,
			(_, Some(value)) if value.starts_with("//") => part,
			(Some(name), Some(_)) => format!("{name}=…"),
			(None, Some(_)) => "…".into(),
		});
	}
	shown
}

fn is_key_option(name: &str) -> bool {
	matches!(name, "--steward" | "--researcher")
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	fn parse(arguments: &[&str]) -> Arguments {
		Arguments::parse_from(["semblance-load", "--node", "ws://127.0.0.1:1"].iter().chain(arguments))
	}

	fn refusal(arguments: &[&str]) -> String {
		parse(arguments).streams().unwrap_err().to_string()
	}

	#[test]
	fn a_rate_of_consents_in_batches_becomes_a_rate_of_batches() {
		let streams = parse(&["--steward", "//Alice", "--batches", "3000", "--batch-size", "500"]).streams().unwrap();
		assert_eq!(streams, [Stream { kind: Kind::Batch { size: 500 }, per_second: 6.0 }]);
	}

	#[test]
	fn every_stream_that_was_asked_for_is_sent() {
		let arguments = parse(&[
			"--steward=//Alice",
			"--researcher=//Researcher",
			"--captures=5",
			"--batches=5",
			"--applications=1",
			"--jobs=1",
			"--dataset=1",
			"--agreement=2",
			"--generator=3",
		]);
		assert_eq!(arguments.streams().unwrap().len(), 4);
	}

	#[test]
	fn hostile_numbers_are_refused_by_name() {
		for value in ["-1", "NaN", "inf", "1e300"] {
			let message = refusal(&["--steward=//Alice", &format!("--captures={value}")]);
			assert!(message.contains("--captures"), "{message}");
		}
		assert!(refusal(&["--captures=1", "--steward=//Alice", "--seconds=0"]).contains("--seconds"));
		assert!(refusal(&["--captures=1", "--steward=//Alice", "--seconds=NaN"]).contains("--seconds"));
		assert!(refusal(&["--batches=1", "--steward=//Alice", "--batch-size=1001"]).contains("--batch-size"));
		assert!(refusal(&["--batches=1", "--steward=//Alice", "--batch-size=0"]).contains("--batch-size"));
		assert!(refusal(&["--captures=1", "--steward=//Alice", "--accounts=0"]).contains("--accounts"));
		assert!(refusal(&["--captures=1", "--steward=//Alice", "--in-flight=0"]).contains("--in-flight"));
	}

	#[test]
	fn what_is_missing_is_named() {
		assert!(refusal(&[]).contains("nothing to send"));
		assert!(refusal(&["--captures=1"]).contains("--steward"));
		assert!(refusal(&["--applications=1", "--researcher=//R"]).contains("--dataset"));
		assert!(refusal(&["--jobs=1", "--researcher=//R", "--agreement=1"]).contains("--generator"));
		assert!(refusal(&["--jobs=1", "--agreement=1", "--generator=1"]).contains("--researcher"));
	}

	#[test]
	fn secrets_do_not_get_into_the_report() {
		let command =
			["load", "--steward", "bottom drive obey", "--steward=0xabcd", "--researcher", "//R", "--seconds=3"];
		let shown = without_secrets(command.map(String::from));
		assert_eq!(shown, ["load", "--steward", "…", "--steward=…", "--researcher", "//R", "--seconds=3"]);
	}
}
