//! `GET /metrics`: what an operator watches, in the text format of Prometheus. Counts and times only: nothing of a
//! dataset, a patient or a job's content.

use super::{errors::ApiError, App};
use crate::{
	chain::{Block, ChainUnavailable, Standing},
	jobs::{runner::now, store::JobStore, Stage},
};
use axum::{
	extract::State,
	http::header::CONTENT_TYPE,
	response::{IntoResponse, Response},
};
use prometheus::{Gauge, GaugeVec, Opts, Registry, TextEncoder, TEXT_FORMAT};
use std::sync::Arc;

/// All of it is computed when it is asked for.
pub async fn show(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
	let page = Page::default();
	page.labelled(
		"worker_build_info",
		"1, with the release of the worker.",
		"version",
		[(env!("CARGO_PKG_VERSION"), 1.0)],
	);
	jobs(&page, &app)?;
	disk(&page, &app);
	let standing = standing(&app).await;
	page.gauge(
		"worker_node_reachable",
		"1 if the node answered just now, 0 if not.",
		f64::from(u8::from(standing.is_ok())),
	);
	if let Ok((finalised, standing)) = standing {
		chain(&page, finalised, &standing);
	}
	Ok(([(CONTENT_TYPE, TEXT_FORMAT)], page.text()).into_response())
}

async fn standing(app: &App) -> Result<(Block, Standing), ChainUnavailable> {
	let finalised = app.chain.finalised().await?;
	// The best block: its time tells the clocks apart even while finality lags.
	let best = app.chain.best().await?;
	Ok((finalised, app.chain.standing(best.hash).await?))
}

fn jobs(page: &Page, app: &App) -> Result<(), ApiError> {
	let counts = JobStore::new(&app.vault, app.genesis()).summary()?;
	let count = |stage: Stage| counts.iter().find(|(known, ..)| *known == stage).map_or(0, |(_, count, _)| *count);
	let by_stage = Stage::ALL.map(|stage| (stage.name(), count(stage) as f64));
	page.labelled("worker_jobs", "Jobs that this worker knows, by stage.", "stage", by_stage);
	let waiting = counts.iter().filter(|(stage, ..)| !matches!(stage, Stage::Attested | Stage::Failed));
	let longest = waiting.map(|(_, _, since)| now().saturating_sub(*since)).max().unwrap_or(0);
	let help = "Seconds since the open job that moved longest ago came to its stage; 0 without open jobs.";
	page.gauge("worker_job_standstill_seconds", help, seconds(longest));
	Ok(())
}

fn disk(page: &Page, app: &App) {
	// Not every file system tells; then there is no number, and the alert on its absence tells.
	if let Ok(disk) = rustix::fs::statvfs(app.vault.folder()) {
		let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize) as f64;
		page.gauge("worker_disk_free_bytes", "Free space where the data folder is.", bytes(disk.f_bavail));
		page.gauge("worker_disk_size_bytes", "Size of the file system where the data folder is.", bytes(disk.f_blocks));
	}
}

fn chain(page: &Page, finalised: Block, standing: &Standing) {
	page.gauge(
		"worker_finalised_block",
		"Height of the last finalised block that the worker sees.",
		finalised.number.into(),
	);
	let help = "Seconds by which this machine's clock is ahead of the time of the best block; negative if behind.";
	page.gauge("worker_clock_ahead_seconds", help, seconds(now()) - seconds(standing.time));
	page.gauge("chain_validators", "Validators that the council put up.", standing.validators.len() as f64);
	page.gauge("chain_validators_muted", "Validators in the set that may not take part.", standing.muted.into());
	page.gauge("chain_offences", "Contradictions of validators on record, ever.", standing.offences.into());
	let mut absent = std::collections::BTreeMap::<String, f64>::new();
	for (organisation, sessions) in &standing.validators {
		let longest = absent.entry(organisation.to_string()).or_default();
		*longest = longest.max(f64::from(*sessions));
	}
	let help = "Sessions in a row in which a hospital's validator should have made blocks and made none.";
	let absent = absent.iter().map(|(organisation, sessions)| (organisation.as_str(), *sessions));
	page.labelled("chain_validator_sessions_absent", help, "organisation", absent);
}

fn seconds(milliseconds: u64) -> f64 {
	milliseconds as f64 / 1_000.0
}

/// Metrics in the making. Names and labels are constants of this file, so registering them does not fail.
#[derive(Default)]
struct Page(Registry);

impl Page {
	fn gauge(&self, name: &str, help: &str, value: f64) {
		if let Ok(gauge) = Gauge::with_opts(Opts::new(format!("semblance_{name}"), help)) {
			gauge.set(value);
			let _ = self.0.register(Box::new(gauge));
		}
	}

	fn labelled<'a>(&self, name: &str, help: &str, label: &str, values: impl IntoIterator<Item = (&'a str, f64)>) {
		if let Ok(family) = GaugeVec::new(Opts::new(format!("semblance_{name}"), help), &[label]) {
			for (value, number) in values {
				family.with_label_values(&[value]).set(number);
			}
			let _ = self.0.register(Box::new(family));
		}
	}

	fn text(&self) -> String {
		TextEncoder::new().encode_to_string(&self.0.gather()).unwrap_or_default()
	}
}
