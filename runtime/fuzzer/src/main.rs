//! Fuzzes the runtime for a while, or replays a sequence.

use anyhow::{bail, Context};
use clap::Parser;
use semblance_runtime_fuzzer::{random_sequence, report, sequence, shrink, tally::Tally, Run};
use std::time::{Duration, Instant};

/// Sends random sequences of calls to the runtime and checks what must hold. A broken rule ends it with exit code 1, the
/// shortest sequence found that breaks the rule, and its calls.
#[derive(Parser)]
#[command(name = "semblance-runtime-fuzzer")]
struct Arguments {
	/// For how many seconds.
	#[arg(long, default_value_t = 60)]
	seconds: u64,
	/// The same seed makes the same sequences.
	#[arg(long, default_value_t = 1)]
	seed: u64,
	/// Number of the sequence to begin with.
	#[arg(long, default_value_t = 0)]
	first: u64,
	/// Replays a sequence, in hexadecimal, and tells what happens.
	#[arg(long, value_name = "HEX")]
	replay: Option<String>,
}

fn main() -> anyhow::Result<()> {
	let arguments = Arguments::parse();
	match arguments.replay {
		Some(hex) => {
			let bytes =
				hex::decode(hex.trim()).context("--replay takes the hexadecimal line that a finding ends with")?;
			println!("{}", report(Run::default(), &bytes));
			Ok(())
		},
		None => fuzz(&arguments),
	}
}

fn fuzz(arguments: &Arguments) -> anyhow::Result<()> {
	let end = Instant::now() + Duration::from_secs(arguments.seconds);
	let (mut tally, mut blocks, mut number) = (Tally::default(), 0, arguments.first);
	let mut said = Instant::now();
	while Instant::now() < end {
		let bytes = random_sequence(arguments.seed, number);
		let mut run = Run::default();
		let outcome = run.sequence(&bytes);
		tally.add(&run.tally);
		blocks += run.blocks;
		number += 1;
		if let Err(finding) = outcome {
			println!("sequence {} of seed {} breaks a rule: {}", number - 1, arguments.seed, finding.rule);
			println!("{}", finding.detail);
			let shortest = shrink(&bytes, |bytes| Run::default().sequence(bytes));
			println!("{}", report(Run::default(), &shortest));
			bail!("{} does not hold", finding.rule);
		}
		if said.elapsed() > Duration::from_secs(60) {
			said = Instant::now();
			println!("{} sequences, {blocks} blocks, {} transactions", number - arguments.first, tally.total());
		}
	}
	println!("{tally}");
	println!("calls of our pallets that never succeeded: {:?}", tally.never());
	let sequences = number - arguments.first;
	println!(
		"clean: {sequences} sequences of at most {} steps, {blocks} blocks, {} transactions in {} s, seed {}",
		sequence::MOST_STEPS.min(semblance_runtime_fuzzer::STEPS),
		tally.total(),
		arguments.seconds,
		arguments.seed
	);
	Ok(())
}
