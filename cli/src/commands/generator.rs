//! Generators: proposed with the code digest that the worker reports, reviewed by two organisations.

use crate::{
	arguments::DigestOrFile,
	context::{found, new_number, Context},
	error::CliError,
};
use semblance_client::{calls, pallets};
use serde_json::json;

/// What to do with generators.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Lists the generators on chain, and what the worker can run if its token is named.
	List,
	/// Proposes a generator that your worker can run.
	Propose {
		/// Its name, as `semblance-worker generators` shows it.
		name: String,
	},
	/// Approves or refuses a proposed generator.
	Review(Review),
}

/// Options of `generator review`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("answer").required(true))]
pub struct Review {
	/// Number of the generator.
	generator: u32,
	/// It may be used.
	#[arg(long, group = "answer")]
	approve: bool,
	/// It must not be used.
	#[arg(long, group = "answer")]
	refuse: bool,
	/// The review report (digest or file).
	#[arg(long, value_name = "DIGEST|FILE")]
	report: DigestOrFile,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::List => list(context).await,
		Command::Propose { name } => propose(context, &name).await,
		Command::Review(options) => review(context, options).await,
	}
}

async fn list(context: &Context) -> Result<(), CliError> {
	let (chain, block) = context.finalised().await?;
	let generators: Vec<_> = chain
		.generators(block.hash)
		.await?
		.into_iter()
		.map(|(id, generator)| json!({ "generator": id, "record": generator }))
		.collect();
	let offered = match context.worker_if_named() {
		Some(worker) => worker.generators().await.ok(),
		None => None,
	};
	let value = json!({ "generators": generators, "offered_by_worker": offered, "finalised_block": block.number });
	context.output.record("Generators", &value)
}

async fn propose(context: &Context, name: &str) -> Result<(), CliError> {
	let offered = context.worker()?.generators().await?;
	let generator = offered.iter().find(|generator| generator.name == name).ok_or_else(|| {
		let names: Vec<&str> = offered.iter().map(|generator| generator.name.as_str()).collect();
		CliError::input(format!("the worker has no generator {name}"), format!("name one of {}", names.join(", ")))
	})?;
	let included =
		context.submit(calls::generation::propose_generator(generator.kind, generator.version, generator.code)).await?;
	let id = new_number(&included, pallets::GENERATION, "generator")?;
	let value = json!({ "generator": id, "name": name, "version": generator.version, "code": generator.code, "block": included.block.number });
	let text =
		format!("generator {id} is proposed with code {:?}; it needs two reviews of two organisations", generator.code);
	context.output.result(&value, &text)
}

async fn review(context: &Context, options: Review) -> Result<(), CliError> {
	let report = options.report.digest()?;
	let call = calls::generation::review_generator(options.generator, options.approve, report);
	let included = context.submit(call).await?;
	let (chain, block) = context.finalised().await?;
	let record = found(
		chain.generator(options.generator, block.hash).await?,
		format!("generator {}", options.generator),
		block,
	)?;
	let value = json!({
		"generator": options.generator,
		"status": record.status,
		"reviews": record.reviews.len(),
		"block": included.block.number,
	});
	let text = format!(
		"generator {} is {:?} with {} approving reviews",
		options.generator,
		record.status,
		record.reviews.len()
	);
	context.output.result(&value, &text)
}
