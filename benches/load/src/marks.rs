//! What was asked for, and whether it was reached.

use crate::{arguments::Arguments, summary::Memory};
use serde::Serialize;

/// A mark.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
	/// What is measured.
	pub what: String,
	/// What was asked for.
	pub goal: f64,
	/// Whether the goal is the most that is allowed, and not the least.
	pub at_most: bool,
	/// What came out.
	pub measured: f64,
	/// Whether that is good enough.
	pub met: bool,
}

impl Mark {
	fn new(what: String, goal: f64, at_most: bool, measured: f64) -> Self {
		let met = if at_most { measured <= goal } else { measured >= goal };
		Self { what, goal, at_most, measured, met }
	}
}

/// What a measurement has to show for the marks.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
	/// Consents a second.
	pub rate: f64,
	/// 95th percentile of seconds until final.
	pub finality: f64,
	/// Share of transactions that were due and are final with effect.
	pub share: f64,
	/// Processes.
	pub memory: &'a [Memory],
}

/// Every mark that the arguments ask for. Whatever is asked for, no transaction may be lost or fail: times of those that came
/// through say nothing about those that did not.
pub fn marks(arguments: &Arguments, measured: Measured) -> Vec<Mark> {
	let mut marks = Vec::new();
	if let Some(goal) = arguments.expect_rate {
		marks.push(Mark::new("consents a second in blocks".into(), goal, false, measured.rate));
	}
	if let Some(goal) = arguments.expect_finality {
		marks.push(Mark::new("seconds until final, 95th percentile".into(), goal, true, measured.finality));
	}
	if let Some(goal) = arguments.expect_growth {
		for process in measured.memory {
			let what = format!("per cent by which the memory of {} grew", process.name);
			marks.push(Mark::new(what, goal, true, process.growth_percent));
		}
	}
	if !marks.is_empty() {
		let what = "per cent of all transactions that are final and had effect".into();
		marks.push(Mark::new(what, 100.0, false, measured.share * 100.0));
	}
	marks
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	fn arguments(more: &[&str]) -> Arguments {
		Arguments::parse_from(["semblance-load", "--node=ws://127.0.0.1:1"].iter().chain(more))
	}

	fn memory(growth_percent: f64) -> Memory {
		Memory {
			name: "Alice".into(),
			second_quarter: 100.0,
			last_quarter: 100.0 + growth_percent,
			growth_percent,
			most_resident: 0.0,
			cores: 0.0,
			samples: vec![],
		}
	}

	#[test]
	fn a_rate_has_to_be_reached_and_a_time_not_exceeded() {
		let arguments = arguments(&["--expect-rate=300", "--expect-finality=6"]);
		let marks = |rate, finality| {
			let all = marks(&arguments, Measured { rate, finality, share: 1.0, memory: &[] });
			all.into_iter().map(|mark| mark.met).collect::<Vec<_>>()
		};
		assert_eq!(marks(300.0, 6.0), [true, true, true]);
		assert_eq!(marks(299.9, 6.1), [false, false, true]);
	}

	#[test]
	fn a_lost_transaction_misses_a_mark_however_fast_the_others_were() {
		let arguments = arguments(&["--expect-rate=1"]);
		let all = marks(&arguments, Measured { rate: 1e6, finality: 0.0, share: 0.9999, memory: &[] });
		assert_eq!(all.iter().filter(|mark| !mark.met).count(), 1);
	}

	#[test]
	fn memory_of_each_process_counts() {
		let arguments = arguments(&["--expect-growth=5"]);
		let processes = [memory(1.0), memory(9.0)];
		let all = marks(&arguments, Measured { rate: 0.0, finality: 0.0, share: 1.0, memory: &processes });
		assert_eq!(all.iter().map(|mark| mark.met).collect::<Vec<_>>(), [true, false, true]);
	}

	#[test]
	fn nothing_asked_nothing_marked() {
		assert!(marks(&arguments(&[]), Measured { rate: 0.0, finality: 0.0, share: 0.0, memory: &[] }).is_empty());
	}
}
