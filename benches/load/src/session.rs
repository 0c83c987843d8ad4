//! One measurement from beginning to end.

use crate::{
	accounts::{self, Account},
	arguments::{without_secrets, Arguments, Stream},
	blocks::{agree, Follower},
	error::LoadError,
	ledger::Ledger,
	marks::{marks, Measured},
	memory::{watch, Process, Watch},
	page::page,
	senders::{Lane, Sending},
	summary::{self, Report},
	work::Work,
};
use semblance_client::{keys, pallets, records, Chain, ChainError};
use semblance_primitives::Digest;
use std::{fs, sync::Arc, time::Duration};
use tokio::{
	sync::{mpsc, oneshot},
	task::JoinSet,
};

/// How often it is looked whether everything is final.
const LOOK: Duration = Duration::from_millis(200);
/// Seconds between two lines of progress.
const SAY: f64 = 10.0;

/// Measures, writes the report, and compares with the marks.
///
/// # Errors
/// [`LoadError`].
pub async fn run(arguments: Arguments) -> Result<(), LoadError> {
	let streams = arguments.streams()?;
	let mut processes = arguments.processes.iter().map(|text| Process::parse(text)).collect::<Result<Vec<_>, _>>()?;
	processes.push(Process::own());
	if let Some(folder) = arguments.database.as_ref().filter(|folder| !folder.is_dir()) {
		return Err(LoadError::file(folder, "is no folder", "give --database the folder of a node's database"));
	}
	let remedy = "give --out a folder that can be written";
	fs::create_dir_all(&arguments.out).map_err(|error| LoadError::file(&arguments.out, error, remedy))?;
	let chains = connect(&arguments.nodes).await?;
	let report = measure(&arguments, &streams, &chains, processes).await?;
	write(&arguments, &report)?;
	print(&report);
	let missed = report.marks.iter().filter(|mark| !mark.met).count();
	match missed {
		0 => Ok(()),
		missed => Err(LoadError::MarksMissed { missed, all: report.marks.len() }),
	}
}

async fn connect(urls: &[String]) -> Result<Vec<Chain>, LoadError> {
	let mut chains: Vec<Chain> = Vec::new();
	for url in urls {
		let chain = Chain::connect(url).await?;
		if chains.first().is_some_and(|first| first.genesis() != chain.genesis()) {
			let problem = format!("the node at {url} is on another chain than the one at {}", chains[0].url());
			return Err(LoadError::input(problem, "name nodes of one chain"));
		}
		chains.push(chain);
	}
	Ok(chains)
}

async fn measure(
	arguments: &Arguments,
	streams: &[Stream],
	chains: &[Chain],
	processes: Vec<Process>,
) -> Result<Report, LoadError> {
	let Some(first) = chains.first() else { return Err(LoadError::input("there is no node", "give --node")) };
	let mut seed = [0; 32];
	getrandom::fill(&mut seed)
		.map_err(|error| LoadError::input(format!("no random numbers: {error}"), "run it on a supported system"))?;
	let accounts: Vec<Arc<Account>> = accounts::prepare(arguments, chains).await?.into_iter().map(Arc::new).collect();
	let from = first.finalised().await?;
	let before = consent_count(first, from.hash).await?;
	let work = Work::new(seed);
	let ledger = Arc::new(Ledger::begin());
	let sending = Arc::new(Sending::new(ledger.clone(), arguments.in_flight, first, work.clone()).await?);
	for stream in streams {
		sending.check(stream.kind).await?;
	}
	let follower = Follower::new(first.clone(), ledger.clone(), sending.in_flight.clone());
	let (stop, stopped) = oneshot::channel();
	let watching = tokio::spawn(watch(processes, arguments.database.clone(), ledger.clone(), stopped));

	let mut background = JoinSet::new();
	let mut lanes: Vec<Lane> = Vec::new();
	for account in &accounts {
		let (lane, given) = mpsc::unbounded_channel();
		lanes.push(lane);
		background.spawn(sending.clone().serve(account.clone(), given));
		let (sending, account) = (sending.clone(), account.clone());
		background.spawn(async move { sending.care(&account).await });
	}
	let (renewing, chain) = (sending.clone(), first.clone());
	background.spawn(async move { renewing.renew(&chain).await });

	let seconds = arguments.seconds;
	let until_done = async {
		send_all(&sending, streams, seconds, &lanes, arguments.researcher.is_some()).await;
		finish(&ledger, seconds + arguments.patience).await;
	};
	tokio::select! {
		ended = follower.follow(from) => ended?,
		() = until_done => {},
		() = progress(&ledger) => {},
	}
	drop(background);
	let _ = stop.send(());
	let watched = watching.await.unwrap_or_default();

	let agreed_on = agree(chains).await?;
	let end = first.finalised().await?;
	let on_chain = consent_count(first, end.hash).await?.saturating_sub(before);
	let record = record_size(first, work, end.hash).await?;
	Ok(sum_up(arguments, &ledger, &watched, Ends { accounts: accounts.len(), agreed_on, on_chain, record }))
}

/// Sends all streams side by side. The last account is the researcher's, if there is one.
async fn send_all(sending: &Sending, streams: &[Stream], seconds: f64, lanes: &[Lane], has_researcher: bool) {
	let (stewards, researcher) = lanes.split_at(lanes.len().saturating_sub(usize::from(has_researcher)));
	let each = streams.iter().map(|stream| {
		let lanes = if stream.kind.is_stewards() { stewards } else { researcher };
		sending.dispatch(*stream, seconds, lanes)
	});
	futures::future::join_all(each).await;
}

/// Waits until everything is final and every job has ended, or the time is over.
async fn finish(ledger: &Ledger, end: f64) {
	loop {
		let (unfinished, jobs) = {
			let book = ledger.book();
			(book.unfinished(), book.open_jobs())
		};
		if (unfinished == 0 && jobs == 0) || ledger.now() >= end {
			return;
		}
		tokio::time::sleep(LOOK).await;
	}
}

async fn progress(ledger: &Ledger) {
	loop {
		tokio::time::sleep(Duration::from_secs_f64(SAY)).await;
		let now = ledger.now();
		let book = ledger.book();
		let included = book.entries.iter().filter(|entry| entry.included.is_some()).count();
		let finalised = book.entries.iter().filter(|entry| entry.finalised.is_some()).count();
		let refusals: u64 = book.refusals.values().sum();
		eprintln!(
			"{now:.0} s: {} due, {included} in blocks, {finalised} final, {refusals} refused at first, {} sent again",
			book.entries.len(),
			book.sent_again
		);
	}
}

/// Consents of all custodians at a block.
async fn consent_count(chain: &Chain, at: Digest) -> Result<u64, ChainError> {
	let keys = chain.keys(&keys::plain(pallets::CONSENT, "ConsentCount"), at).await?;
	let counts: Vec<Option<u32>> = chain.values(&keys, at).await?;
	Ok(counts.into_iter().flatten().map(u64::from).sum())
}

/// Bytes of key and value of one of the first consents: not each of them has to have come into a block.
async fn record_size(chain: &Chain, work: Work, at: Digest) -> Result<Option<usize>, ChainError> {
	for handle in work.handles(16) {
		let key = records::consent_key(&handle);
		if let Some(value) = chain.raw_value(&key, at).await? {
			return Ok(Some(key.len() + value.len()));
		}
	}
	Ok(None)
}

/// What is known at the end only.
struct Ends {
	accounts: usize,
	agreed_on: u32,
	on_chain: u64,
	record: Option<usize>,
}

fn sum_up(arguments: &Arguments, ledger: &Ledger, watched: &Watch, ends: Ends) -> Report {
	let book = ledger.book();
	let (consents, consents_per_second, transactions_per_second) = summary::rates(&book.entries);
	let kinds = summary::kinds(&book.entries);
	let finality = crate::percentiles::Spread::of(book.entries.iter().filter_map(|e| Some(e.finalised? - e.due)));
	let memory = summary::memory(watched, arguments.seconds);
	let good: usize = kinds.iter().map(|kind| kind.finalised).sum();
	let nodes = memory.iter().filter(|process| process.name != Process::own().name).cloned().collect::<Vec<_>>();
	let share = good as f64 / book.entries.len().max(1) as f64;
	let measured = Measured { rate: consents_per_second, finality: finality.p95, share, memory: &nodes };
	let (attestation, jobs) = summary::jobs(&book);
	Report {
		title: arguments.title.clone(),
		version: env!("CARGO_PKG_VERSION"),
		command: without_secrets(std::env::args()).join(" "),
		cores: std::thread::available_parallelism().map_or(0, usize::from),
		seconds: arguments.seconds,
		nodes: arguments.nodes.clone(),
		accounts: ends.accounts,
		hospitals: arguments.stewards.len(),
		agreed_on: ends.agreed_on,
		consents_on_chain: ends.on_chain,
		consents,
		consents_per_second,
		transactions_per_second,
		marks: marks(arguments, measured),
		kinds,
		finality,
		attestation,
		jobs,
		refusals: book.refusals.clone(),
		sent_again: book.sent_again,
		blocks: summary::blocks(&book.blocks),
		windows: summary::windows(&book.entries),
		memory,
		growth: summary::growth(&book.blocks, &watched.database),
		record: ends.record,
		all_blocks: book.blocks.clone(),
	}
}

fn write(arguments: &Arguments, report: &Report) -> Result<(), LoadError> {
	let save = |name: &str, text: String| {
		let path = arguments.out.join(name);
		fs::write(&path, text).map_err(|error| LoadError::file(&path, error, "give --out a folder that can be written"))
	};
	let json = serde_json::to_string_pretty(report).unwrap_or_default();
	save("report.json", json)?;
	save("report.html", page(report)?)
}

fn print(report: &Report) {
	println!(
		"{}: {} consents ({} by the chain's count), {:.1} consents/s, {:.1} transactions/s",
		report.title,
		report.consents,
		report.consents_on_chain,
		report.consents_per_second,
		report.transactions_per_second
	);
	for kind in &report.kinds {
		let (inclusion, finality) = (kind.inclusion, kind.finality);
		println!(
			"{}: {} due, {} final; in a block p50 {:.2} s, p95 {:.2} s, p99 {:.2} s; final p50 {:.2} s, p95 {:.2} s, p99 {:.2} s",
			kind.kind,
			kind.due,
			kind.finalised,
			inclusion.p50,
			inclusion.p95,
			inclusion.p99,
			finality.p50,
			finality.p95,
			finality.p99
		);
		for (why, count) in &kind.failures {
			println!("  {count} × {why}");
		}
	}
	if report.attestation.count > 0 {
		let spread = report.attestation;
		println!("attestations: {} final; p50 {:.2} s, p95 {:.2} s", spread.count, spread.p50, spread.p95);
	}
	for (why, count) in &report.refusals {
		println!("refused at first: {count} × {why}");
	}
	let fullness = report.blocks.fullness_percent;
	println!("blocks: p50 {:.0} %, p95 {:.0} %, most {:.0} % full", fullness.p50, fullness.p95, fullness.max);
	for process in &report.memory {
		println!(
			"{}: own memory {:.0} → {:.0} MiB ({:+.1} %), {:.2} cores busy",
			process.name, process.second_quarter, process.last_quarter, process.growth_percent, process.cores
		);
	}
	for mark in &report.marks {
		let sign = if mark.at_most { "≤" } else { "≥" };
		let word = if mark.met { "met" } else { "MISSED" };
		println!("mark: {} {sign} {}: {:.2}, {word}", mark.what, mark.goal, mark.measured);
	}
}
