//! Generation jobs: request, follow, show.

use crate::{
	arguments::{epsilon, generator, parameter, rho, GeneratorChoice},
	context::{found, new_number, Context},
	error::CliError,
	files,
	worker::Worker,
};
use indicatif::ProgressBar;
use semblance_client::{calls, pallets};
use semblance_primitives::{
	commitment::sha3_256,
	dataset::PrivacyBudget,
	generation::{are_canonical, GeneratorStatus, Job, JobState, Parameter},
	metrics::PPM,
	privacy::{epsilon_micro, rho_micro_for},
	AgreementId, GeneratorId,
};
use serde_json::json;
use std::{
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

/// Time between two looks at a job.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long a node that went away is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// What to do with jobs.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Requests a generation under an agreement.
	Request(Request),
	/// Follows a job until it has ended; exit code 3 if it ended without attestation.
	Watch {
		/// Number of the job.
		job: u32,
		/// Seconds after which to give up [default: never].
		#[arg(long, value_name = "SECONDS")]
		timeout: Option<u64>,
	},
	/// Shows a job and its attestation.
	Show {
		/// Number of the job.
		job: u32,
	},
	/// Fetches a job's report from your own worker, for the hospital's people; that of a private job stays in the hospital.
	Report {
		/// Number of the job.
		job: u32,
		/// Where to write the report.
		#[arg(long, value_name = "FILE")]
		out: PathBuf,
	},
	/// Calls off a job that no worker has accepted yet.
	Cancel {
		/// Number of the job.
		job: u32,
	},
}

/// Options of `job request`.
#[derive(Debug, clap::Args)]
pub struct Request {
	/// Number of the agreement.
	#[arg(long)]
	agreement: u32,
	/// Number of the generator, or its name for the newest approved one: independent,
	/// gaussian-copula, mst, aim, tabular-lm, tabular-lm-dp, ctgan.
	#[arg(long, value_parser = generator, value_name = "NUMBER|NAME")]
	generator: GeneratorChoice,
	/// Rows to make.
	#[arg(long)]
	rows: u32,
	#[command(flatten)]
	budget: Budget,
	/// A parameter of the generator, for example HoldOutShare=200000 (ppm); may be given several times.
	#[arg(long = "parameter", value_parser = parameter, value_name = "NAME=VALUE")]
	parameters: Vec<Parameter>,
}

/// Privacy budget for a differentially private generator; at most one.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub struct Budget {
	/// Privacy budget as ε at the dataset's δ, for example 1.
	#[arg(long, value_parser = epsilon, value_name = "EPSILON")]
	epsilon: Option<u64>,
	/// Privacy budget as ρ (zCDP), for example 0.03.
	#[arg(long, value_parser = rho, value_name = "RHO")]
	rho: Option<u64>,
	/// Privacy budget as ρ in millionths, as the chain keeps it.
	#[arg(long, value_name = "N")]
	rho_micro: Option<u64>,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Request(options) => request(context, options).await,
		Command::Watch { job, timeout } => watch(context, job, timeout.map(Duration::from_secs)).await,
		Command::Show { job } => show(context, job).await,
		Command::Report { job, out } => report(context, job, &out).await,
		Command::Cancel { job } => cancel(context, job).await,
	}
}

async fn report(context: &Context, job: u32, out: &Path) -> Result<(), CliError> {
	let page = context.worker()?.report(job).await?;
	files::write(out, &page)?;
	let value = json!({ "job": job, "report": out, "bytes": page.len(), "sha3": sha3_256(&page) });
	let text = format!("the report of job {job} is in {}; it draws real rows: keep it in the hospital", out.display());
	context.output.result(&value, &text)
}

async fn request(context: &Context, options: Request) -> Result<(), CliError> {
	let mut parameters = options.parameters;
	parameters.sort();
	if !are_canonical(&parameters) {
		return Err(CliError::input("a parameter is named twice", "name each parameter once"));
	}
	let generator = number(context, options.generator).await?;
	let (rho, delta_exponent) = match (&options.budget, options.budget.rho.or(options.budget.rho_micro)) {
		(Budget { epsilon: None, .. }, None) => (0, 0),
		(Budget { epsilon: Some(epsilon), .. }, _) => {
			let delta_exponent = budget(context, options.agreement).await?.delta_exponent;
			(rho_micro_for(*epsilon, delta_exponent), delta_exponent)
		},
		(_, Some(rho)) => (rho, budget(context, options.agreement).await?.delta_exponent),
	};
	let call = calls::generation::request_generation(options.agreement, generator, &parameters, options.rows, rho);
	let included = context.submit(call).await?;
	let job = new_number(&included, pallets::GENERATION, "job")?;
	let epsilon = epsilon_micro(rho, delta_exponent);
	let value = json!({
		"job": job,
		"agreement": options.agreement,
		"generator": generator,
		"rho_micro": rho,
		"epsilon_micro": epsilon,
		"block": included.block.number,
	});
	let cost = match rho {
		0 => String::new(),
		_ => format!(" at ρ = {}, ε = {:.3} at δ = 1e-{delta_exponent}", rho as f64 / 1e6, epsilon as f64 / 1e6),
	};
	context.output.result(&value, &format!("job {job} is requested{cost}; follow it with: semblance job watch {job}"))
}

/// The generator's number.
async fn number(context: &Context, choice: GeneratorChoice) -> Result<GeneratorId, CliError> {
	let kind = match choice {
		GeneratorChoice::Number(number) => return Ok(number),
		GeneratorChoice::Newest(kind) => kind,
	};
	let (chain, block) = context.finalised().await?;
	let generators = chain.generators(block.hash).await?;
	let usable = generators
		.into_iter()
		.filter(|(_, generator)| generator.kind == kind && generator.status == GeneratorStatus::Approved);
	usable.map(|(id, _)| id).max().ok_or_else(|| {
		let problem = format!("no generator {kind:?} is approved at finalised block {}", block.number);
		CliError::input(problem, "propose one and have it reviewed: semblance generator propose")
	})
}

/// Budget of the dataset that the agreement is about.
async fn budget(context: &Context, agreement: AgreementId) -> Result<PrivacyBudget, CliError> {
	let (chain, block) = context.finalised().await?;
	let record = found(chain.agreement(agreement, block.hash).await?, format!("agreement {agreement}"), block)?;
	let what = format!("a budget of dataset {}", record.dataset);
	found(chain.budget(record.dataset, block.hash).await?, what, block)
}

async fn watch(context: &Context, id: u32, timeout: Option<Duration>) -> Result<(), CliError> {
	let worker = context.worker_if_named();
	let bar = context.output.bar(PPM as u64, &format!("job {id}"));
	let begin = Instant::now();
	let (mut last_shown, mut last_answer) = (String::new(), Instant::now());
	loop {
		let job = match look(context, id).await {
			Err(CliError::Chain(error)) if error.is_transient() && last_answer.elapsed() < PATIENCE => {
				show_once(context, &bar, &mut last_shown, format!("job {id}: {error}; trying again"));
				tokio::time::sleep(INTERVAL).await;
				continue;
			},
			answer => answer?,
		};
		last_answer = Instant::now();
		let stage = stage(&job, worker.as_ref(), id, &bar).await;
		show_once(context, &bar, &mut last_shown, format!("job {id}: {stage}"));
		if !job.state.is_open() {
			bar.finish_and_clear();
			return ended(context, id, &job);
		}
		if timeout.is_some_and(|timeout| begin.elapsed() > timeout) {
			bar.finish_and_clear();
			return Err(CliError::EndedOtherwise {
				what: format!("job {id} is still {:?}; watch it again", job.state),
			});
		}
		tokio::time::sleep(INTERVAL).await;
	}
}

async fn look(context: &Context, id: u32) -> Result<Job, CliError> {
	let (chain, block) = context.finalised().await?;
	found(chain.job(id, block.hash).await?, format!("job {id}"), block)
}

fn show_once(context: &Context, bar: &ProgressBar, last: &mut String, line: String) {
	if line != *last {
		bar.suspend(|| context.output.note(&line));
		*last = line;
	}
}

/// What to show: the worker knows more than the chain, if it can be asked.
async fn stage(job: &Job, worker: Option<&Worker>, id: u32, bar: &ProgressBar) -> String {
	let on_chain = match job.state {
		JobState::Requested => "requested, waits for the hospital's worker".to_owned(),
		JobState::Accepted => "accepted, the worker is at work".to_owned(),
		state => format!("{state:?}").to_lowercase(),
	};
	let progress = match worker.filter(|_| job.state.is_open()) {
		Some(worker) => worker.job(id).await.ok(),
		None => None,
	};
	match progress {
		None => on_chain,
		Some(progress) => {
			bar.set_position(progress.progress_ppm.min(PPM as u64));
			bar.set_message(progress.stage.clone());
			let error = progress.error.map(|error| format!(" ({error})")).unwrap_or_default();
			format!("{}{error}", progress.stage)
		},
	}
}

fn ended(context: &Context, id: u32, job: &Job) -> Result<(), CliError> {
	let value = json!({ "job": id, "state": job.state, "attestation": job.attestation, "failure": job.failure });
	let text = match job.attestation {
		Some(attestation) => format!("job {id} is attested: {attestation:?}"),
		None => format!("job {id} ended as {:?}", job.state),
	};
	if job.state == JobState::Attested {
		return context.output.result(&value, &text);
	}
	let why = match job.failure {
		Some(reason) => format!("job {id} failed with {reason:?}; ask the hospital, whose worker's log says more"),
		None => format!("job {id} ended as {:?}; request it again if it is still wanted", job.state),
	};
	Err(CliError::EndedOtherwise { what: why })
}

async fn show(context: &Context, id: u32) -> Result<(), CliError> {
	let (chain, block) = context.finalised().await?;
	let job = found(chain.job(id, block.hash).await?, format!("job {id}"), block)?;
	let attestation = match job.attestation {
		Some(attestation) => chain.attestation(attestation, block.hash).await?,
		None => None,
	};
	let value = json!({
		"job": id,
		"state": job.state,
		"synthetic_dataset": attestation.as_ref().map(|attestation| attestation.synthetic_dataset),
		"attestation_id": job.attestation,
		"level": attestation.as_ref().map(|attestation| attestation.level),
		"status": attestation.as_ref().map(|attestation| attestation.status),
		"record": job,
		"attestation": attestation,
		"finalised_block": block.number,
	});
	context.output.record(&format!("Job {id}"), &value)
}

async fn cancel(context: &Context, id: u32) -> Result<(), CliError> {
	let included = context.submit(calls::generation::cancel(id)).await?;
	let value = json!({ "job": id, "block": included.block.number });
	context.output.result(&value, &format!("job {id} is called off since block {}", included.block.number))
}
