//! What a measurement comes to. This is report.json.

use crate::{
	ledger::{Block, Book, Entry},
	marks::Mark,
	memory::{Sample, Size, Watch},
	percentiles::Spread,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Seconds of a window.
pub const WINDOW: f64 = 5.0;
/// Points of the curve of growth.
const POINTS: usize = 20;
/// Computation that transactions can use in a block, in picoseconds: three quarters of a second.
const BLOCK_SHARE: f64 = 0.75e12;

/// All transactions of one kind.
#[derive(Debug, Clone, Serialize)]
pub struct OfKind {
	/// Its name.
	pub kind: String,
	/// Transactions that were due.
	pub due: usize,
	/// Taken by a node.
	pub sent: usize,
	/// In a best block.
	pub included: usize,
	/// Final, and with effect.
	pub finalised: usize,
	/// Failures by reason.
	pub failures: BTreeMap<String, usize>,
	/// Seconds from due to best block.
	pub inclusion: Spread,
	/// Seconds from due to final.
	pub finality: Spread,
}

/// Rates and times in a few seconds of the load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Window {
	/// Its beginning, seconds since the start.
	pub from: f64,
	/// Transactions due in it.
	pub due: usize,
	/// Transactions whose block came in it.
	pub included: usize,
	/// Transactions final in it.
	pub finalised: usize,
	/// Consents final in it.
	pub consents: u64,
	/// 95th percentile of seconds to a block, of those due in it.
	pub inclusion_p95: f64,
	/// 95th percentile of seconds to finality, of those due in it.
	pub finality_p95: f64,
}

/// A process over the load.
#[derive(Debug, Clone, Serialize)]
pub struct Memory {
	/// Its name.
	pub name: String,
	/// Mean of its own memory in the second quarter of the load, MiB.
	pub second_quarter: f64,
	/// The same in the last quarter.
	pub last_quarter: f64,
	/// From the one to the other, per cent.
	pub growth_percent: f64,
	/// Most resident memory, with files that it maps, MiB.
	pub most_resident: f64,
	/// Cores that it kept busy during the load.
	pub cores: f64,
	/// Every sample.
	pub samples: Vec<Sample>,
}

/// A point of the curve of growth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Growth {
	/// Consents that are final.
	pub consents: u64,
	/// Seconds since the start.
	pub seconds: f64,
	/// Consents a second since the point before.
	pub rate: f64,
	/// Bytes by which the database grew since the start, if it was watched.
	pub bytes: Option<u64>,
}

/// Blocks during the load.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Blocks {
	/// How many were final.
	pub count: usize,
	/// Seconds between two final blocks that hold transactions of the load: 0 if they became final together.
	pub intervals: Spread,
	/// Per cent of the computation that transactions can use in a block, of blocks that hold any of the load.
	pub fullness_percent: Spread,
	/// Transactions of the load in a block that holds any.
	pub transactions: Spread,
}

/// The whole report.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
	/// Title.
	pub title: String,
	/// Version of this program.
	pub version: &'static str,
	/// The command that was given.
	pub command: String,
	/// Cores of this machine.
	pub cores: usize,
	/// Seconds for which transactions became due.
	pub seconds: f64,
	/// Nodes.
	pub nodes: Vec<String>,
	/// Accounts that sent.
	pub accounts: usize,
	/// Hospitals whose stewards sent.
	pub hospitals: usize,
	/// Height at which the nodes were found to agree at the end.
	pub agreed_on: u32,
	/// Consents that the chain counts more at the end than at the beginning.
	pub consents_on_chain: u64,
	/// Consents that are final by what was followed.
	pub consents: u64,
	/// Consents a second, from the first that was due until the last was in a block.
	pub consents_per_second: f64,
	/// Transactions a second, likewise.
	pub transactions_per_second: f64,
	/// By kind.
	pub kinds: Vec<OfKind>,
	/// Seconds until final, of all.
	pub finality: Spread,
	/// Seconds from a job being due until its attestation is final.
	pub attestation: Spread,
	/// Jobs by how they ended.
	pub jobs: BTreeMap<String, usize>,
	/// Refusals by nodes, after most of which a transaction was sent again.
	pub refusals: BTreeMap<String, u64>,
	/// Transactions that nodes had lost and that were sent again.
	pub sent_again: u64,
	/// Blocks.
	pub blocks: Blocks,
	/// Windows.
	pub windows: Vec<Window>,
	/// Memory.
	pub memory: Vec<Memory>,
	/// Growth.
	pub growth: Vec<Growth>,
	/// Bytes of key and value of one consent, as the chain stores them.
	pub record: Option<usize>,
	/// Marks.
	pub marks: Vec<Mark>,
	/// Every final block.
	pub all_blocks: Vec<Block>,
}

/// A few seconds after a few seconds.
pub fn windows(entries: &[Entry]) -> Vec<Window> {
	let place = |at: f64| (at / WINDOW).floor().max(0.0) as usize;
	let last = entries.iter().flat_map(|e| [Some(e.due), e.finalised]).flatten().fold(0.0, f64::max);
	let mut sorted: Vec<Vec<&Entry>> = vec![Vec::new(); place(last) + 1];
	let mut windows: Vec<Window> = (0..sorted.len())
		.map(|index| Window {
			from: index as f64 * WINDOW,
			due: 0,
			included: 0,
			finalised: 0,
			consents: 0,
			inclusion_p95: 0.0,
			finality_p95: 0.0,
		})
		.collect();
	for entry in entries {
		if let Some(list) = sorted.get_mut(place(entry.due)) {
			list.push(entry);
		}
		if let Some(window) = entry.included.and_then(|at| windows.get_mut(place(at))) {
			window.included += 1;
		}
		if let Some(window) = entry.finalised.and_then(|at| windows.get_mut(place(at))) {
			window.finalised += 1;
			window.consents += entry.kind.consents();
		}
	}
	for (window, list) in windows.iter_mut().zip(sorted) {
		window.due = list.len();
		window.inclusion_p95 = Spread::of(list.iter().filter_map(|e| Some(e.included? - e.due))).p95;
		window.finality_p95 = Spread::of(list.iter().filter_map(|e| Some(e.finalised? - e.due))).p95;
	}
	windows
}

/// The transactions of each kind.
pub fn kinds(entries: &[Entry]) -> Vec<OfKind> {
	let mut sorted: BTreeMap<_, Vec<&Entry>> = BTreeMap::new();
	for entry in entries {
		sorted.entry(entry.kind).or_default().push(entry);
	}
	sorted.into_iter().map(|(kind, list)| of_kind(kind.name(), &list)).collect()
}

fn of_kind(kind: String, list: &[&Entry]) -> OfKind {
	let count = |is: &dyn Fn(&Entry) -> bool| list.iter().filter(|entry| is(entry)).count();
	let mut failures = BTreeMap::new();
	for entry in list {
		let open = entry.finalised.is_none().then(|| "not final when the time was over".to_owned());
		if let Some(why) = entry.failure.clone().or(open) {
			*failures.entry(why).or_insert(0) += 1;
		}
	}
	OfKind {
		kind,
		due: list.len(),
		sent: count(&|entry| entry.sent.is_some() || entry.included.is_some()),
		included: count(&|entry| entry.included.is_some()),
		finalised: count(&|entry| entry.finalised.is_some() && entry.failure.is_none()),
		failures,
		inclusion: Spread::of(list.iter().filter_map(|e| Some(e.included? - e.due))),
		finality: Spread::of(list.iter().filter_map(|e| Some(e.finalised? - e.due))),
	}
}

/// Consents and transactions with effect a second, from the start until the last of them was in a block.
pub fn rates(entries: &[Entry]) -> (u64, f64, f64) {
	let good = || entries.iter().filter(|entry| entry.failure.is_none() && entry.finalised.is_some());
	let last = good().filter_map(|entry| entry.included).fold(0.0, f64::max);
	let consents: u64 = good().map(|entry| entry.kind.consents()).sum();
	let per_second = |count: f64| if last > 0.0 { count / last } else { 0.0 };
	(consents, per_second(consents as f64), per_second(good().count() as f64))
}

/// Memory and cores of each process over `seconds` of load.
pub fn memory(watch: &Watch, seconds: f64) -> Vec<Memory> {
	watch.processes.iter().map(|(process, samples)| of_process(process.name.clone(), samples, seconds)).collect()
}

fn of_process(name: String, samples: &[Sample], seconds: f64) -> Memory {
	let mean = |from: f64, to: f64| {
		let within: Vec<f64> =
			samples.iter().filter(|s| (from * seconds..=to * seconds).contains(&s.at)).map(|s| s.own).collect();
		within.iter().sum::<f64>() / within.len().max(1) as f64
	};
	let (second_quarter, last_quarter) = (mean(0.25, 0.5), mean(0.75, 1.0));
	let growth_percent = if second_quarter > 0.0 { (last_quarter / second_quarter - 1.0) * 100.0 } else { 0.0 };
	let within: Vec<&Sample> = samples.iter().filter(|s| s.at <= seconds).collect();
	let cores = match (within.first(), within.last()) {
		(Some(first), Some(last)) if last.at > first.at => (last.computed - first.computed) / (last.at - first.at),
		_ => 0.0,
	};
	let most_resident = samples.iter().map(|sample| sample.resident).fold(0.0, f64::max);
	Memory { name, second_quarter, last_quarter, growth_percent, most_resident, cores, samples: samples.to_vec() }
}

/// How long more and more consents take, and how much room.
pub fn growth(blocks: &[Block], database: &[Size]) -> Vec<Growth> {
	let total: u64 = blocks.iter().map(|block| block.consents).sum();
	let step = (total / POINTS as u64).max(1);
	let before = database.first().map_or(0, |size| size.bytes);
	let (mut points, mut consents) = (Vec::<Growth>::new(), 0);
	for block in blocks.iter().filter(|block| block.consents > 0) {
		consents += block.consents;
		let last = points.last().map_or((0, 0.0), |point| (point.consents, point.seconds));
		if consents < last.0 + step && consents < total {
			continue;
		}
		let seconds = block.finalised;
		let rate = (consents - last.0) as f64 / (seconds - last.1).max(1e-3);
		let size = database.iter().find(|size| size.at >= seconds).or(database.last());
		points.push(Growth { consents, seconds, rate, bytes: size.map(|size| size.bytes.saturating_sub(before)) });
	}
	points
}

/// What blocks were like.
pub fn blocks(all: &[Block]) -> Blocks {
	let used: Vec<&Block> = all.iter().filter(|block| block.transactions > 0).collect();
	Blocks {
		count: all.len(),
		intervals: Spread::of(used.windows(2).filter_map(|pair| match pair {
			[one, next] => Some(next.finalised - one.finalised),
			_ => None,
		})),
		fullness_percent: Spread::of(used.iter().map(|block| block.weight as f64 / BLOCK_SHARE * 100.0)),
		transactions: Spread::of(used.iter().map(|block| block.transactions as f64)),
	}
}

/// Times to attestation, and how jobs ended.
pub fn jobs(book: &Book) -> (Spread, BTreeMap<String, usize>) {
	let spread = Spread::of(book.jobs.values().filter_map(|job| Some(job.attested? - job.due)));
	let mut ends = BTreeMap::new();
	for job in book.jobs.values() {
		let end =
			job.ended.clone().unwrap_or_else(|| if job.attested.is_some() { "JobAttested" } else { "open" }.into());
		*ends.entry(end).or_insert(0) += 1;
	}
	(spread, ends)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::work::Kind;

	fn entry(due: f64, included: f64, finalised: f64) -> Entry {
		let (sent, included, finalised) = (Some(due), Some(included), Some(finalised));
		Entry { kind: Kind::Batch { size: 10 }, due, sent, included, finalised, failure: None }
	}

	#[test]
	fn times_belong_to_the_window_in_which_a_transaction_was_due() {
		let windows = windows(&[entry(1.0, 4.0, 6.0), entry(6.0, 7.0, 8.0)]);
		assert_eq!(windows.len(), 2);
		assert_eq!((windows[0].due, windows[0].included, windows[0].finalised, windows[0].consents), (1, 1, 0, 0));
		assert_eq!((windows[1].due, windows[1].included, windows[1].finalised, windows[1].consents), (1, 1, 2, 20));
		assert_eq!((windows[0].inclusion_p95, windows[0].finality_p95), (3.0, 5.0));
	}

	#[test]
	fn only_what_is_final_and_had_effect_counts_and_the_wait_for_the_last_counts_too() {
		let mut failed = entry(0.0, 1.0, 2.0);
		failed.failure = Some("failed".into());
		let mut open = entry(0.0, 90.0, 0.0);
		open.finalised = None;
		let (consents, per_second, transactions) = rates(&[entry(0.0, 2.0, 3.0), entry(1.0, 4.0, 9.0), failed, open]);
		assert_eq!((consents, per_second, transactions), (20, 5.0, 0.5));
		assert_eq!(rates(&[]), (0, 0.0, 0.0));
	}

	#[test]
	fn what_is_not_final_is_named_as_a_failure() {
		let mut open = entry(0.0, 1.0, 0.0);
		open.finalised = None;
		let kinds = kinds(&[entry(0.0, 1.0, 2.0), open]);
		assert_eq!((kinds[0].due, kinds[0].included, kinds[0].finalised), (2, 2, 1));
		assert_eq!(kinds[0].failures.values().sum::<usize>(), 1);
	}

	#[test]
	fn memory_grows_from_the_second_quarter_to_the_last() {
		let samples: Vec<Sample> = (0..=100)
			.map(|second| {
				let at = f64::from(second);
				Sample { at, resident: at, own: if at < 60.0 { 100.0 } else { 120.0 }, computed: at / 2.0 }
			})
			.collect();
		let memory = of_process("Alice".into(), &samples, 100.0);
		assert!((memory.growth_percent - 20.0).abs() < 1e-9, "{}", memory.growth_percent);
		assert!((memory.cores - 0.5).abs() < 1e-9);
		assert_eq!(memory.most_resident, 100.0);
	}

	#[test]
	fn growth_is_that_of_the_database_since_the_start() {
		let block = |number: u32, finalised, consents| Block {
			number,
			finalised,
			transactions: 1,
			consents,
			length: 0,
			weight: 0,
		};
		let size = |at, bytes| Size { at, bytes };
		let points = growth(&[block(1, 1.0, 10), block(2, 3.0, 10)], &[size(0.0, 100), size(1.0, 150), size(3.5, 400)]);
		let expected = [
			Growth { consents: 10, seconds: 1.0, rate: 10.0, bytes: Some(50) },
			Growth { consents: 20, seconds: 3.0, rate: 5.0, bytes: Some(300) },
		];
		assert_eq!(points, expected);
		assert!(growth(&[], &[]).is_empty());
	}

	#[test]
	fn fullness_is_that_of_blocks_with_load_only() {
		let block =
			|transactions, weight| Block { number: 1, finalised: 0.0, transactions, consents: 0, length: 0, weight };
		let blocks = blocks(&[block(0, 0), block(3, 375_000_000_000)]);
		assert_eq!((blocks.count, blocks.fullness_percent.count, blocks.fullness_percent.p50), (2, 1, 50.0));
	}
}
