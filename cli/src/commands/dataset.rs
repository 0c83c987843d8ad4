//! Datasets: registration through the worker, versions, policy.

use crate::{
	arguments::{rho, Terms},
	context::{found, new_number, Context},
	error::CliError,
	files,
	worker::{DraftRows, InferredSchema, Worker},
};
use semblance_client::{
	calls::{self, datasets::VersionInput},
	pallets,
};
use semblance_primitives::{
	access::Policy,
	dataset::{LegalBasis, Sensitivity},
	privacy::epsilon_micro,
};
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

/// What to do with datasets.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Registers a CSV file: rows stay in the hospital's vault, a salted commitment goes on chain.
	Register(Box<Register>),
	/// Sets what you demand for access to a dataset.
	Policy(PolicyOptions),
	/// Shows a dataset, its latest version, budget and policy.
	Show {
		/// Number of the dataset.
		dataset: u32,
	},
}

/// Options of `dataset register`.
#[derive(Debug, clap::Args)]
pub struct Register {
	/// CSV file, UTF-8, with a header.
	file: PathBuf,
	/// Schema document; without it the schema is inferred and shown for you to confirm.
	#[arg(long, value_name = "FILE")]
	schema: Option<PathBuf>,
	/// Name of the dataset inside the hospital [default: the file's name].
	#[arg(long)]
	name: Option<String>,
	/// Column that names the patient; without one, every row is a patient of its own.
	#[arg(long, value_name = "COLUMN")]
	patient_column: Option<String>,
	/// Column that tells when a row was taken, where a patient has several: the language model then makes visits in order.
	#[arg(long, value_name = "COLUMN")]
	time_column: Option<String>,
	/// Column whose prediction is evaluated.
	#[arg(long, value_name = "COLUMN")]
	target: Option<String>,
	#[command(flatten)]
	terms: Terms,
	/// Sensitivity of the data.
	#[arg(long, value_enum, default_value = "standard")]
	sensitivity: SensitivityOption,
	/// Legal basis of the processing (GDPR).
	#[arg(long, value_enum, default_value = "consent")]
	legal_basis: LegalBasisOption,
	/// Most privacy budget ρ (zCDP) that may ever be spent on the dataset. It can be lowered later, never raised.
	#[arg(long, value_parser = rho, default_value = "0.1", value_name = "RHO")]
	budget_rho: u64,
	/// δ = 10^-N at which ε is shown to people.
	#[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=30))]
	delta_exponent: u8,
	/// Register as a new version of this dataset.
	#[arg(long, value_name = "DATASET")]
	version_of: Option<u32>,
	/// Do not ask for confirmation.
	#[arg(long)]
	yes: bool,
}

/// Options of `dataset policy`.
#[derive(Debug, clap::Args)]
pub struct PolicyOptions {
	/// Number of the dataset.
	dataset: u32,
	/// Approvals of the custodian's stewards.
	#[arg(long, default_value_t = 1)]
	custodian_votes: u8,
	/// Approvals of ethics reviewers.
	#[arg(long, default_value_t = 1)]
	ethics_votes: u8,
	/// Allow generators without a formal privacy guarantee.
	#[arg(long)]
	allow_heuristic: bool,
	/// Most privacy budget ρ that one agreement may use.
	#[arg(long, value_parser = rho, default_value = "0", value_name = "RHO")]
	max_rho: u64,
	/// Most rows of one synthetic table.
	#[arg(long, default_value_t = 100_000)]
	max_rows: u32,
	/// Blocks for which an agreement lasts [default: a year of 2 s blocks].
	#[arg(long, default_value_t = 15_768_000)]
	lifetime: u32,
	/// Blocks within which an application must be decided [default: 60 days of 2 s blocks].
	#[arg(long, default_value_t = 2_592_000)]
	review_period: u32,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum SensitivityOption {
	Standard,
	High,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum LegalBasisOption {
	Consent,
	PublicInterest,
	LegitimateInterest,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Register(options) => register(context, *options).await,
		Command::Policy(options) => policy(context, options).await,
		Command::Show { dataset } => show(context, dataset).await,
	}
}

async fn register(context: &Context, options: Register) -> Result<(), CliError> {
	let worker = context.worker()?;
	context.signer()?;
	let csv = files::read(&options.file, files::MAX_FILE)?;
	let file = file_name(&options.file);
	let name = options.name.clone().unwrap_or_else(|| stem(&options.file));
	let schema = schema(context, &worker, &options, &csv, &file, &name).await?;
	let patient = schema.get("patient_column").and_then(Value::as_str).map(str::to_owned);
	note_observed(context, &schema);
	if !options.yes {
		context.output.confirm("Register the file with this schema?")?;
	}
	let spinner = context.output.spinner("the worker checks and stores the rows");
	let stored = async {
		let draft = worker.begin_dataset(&name, &schema, patient.as_deref()).await?;
		let rows = worker.put_rows(&draft, csv, &file).await?;
		Ok::<_, CliError>((draft, rows))
	};
	let stored = stored.await;
	spinner.finish_and_clear();
	let (draft, rows) = stored?;
	context.output.note(format!("{}: {} rows of {} patients are in the vault", file, rows.rows, rows.patients));
	let (dataset, version, block) = put_on_chain(context, &options, &rows).await?;
	worker.bind(&draft, dataset, version).await?;
	let value = json!({
		"dataset": dataset,
		"version": version,
		"block": block,
		"rows_root": rows.rows_root,
		"schema_digest": rows.schema_digest,
		"manifest_digest": rows.manifest_digest,
		"row_bucket": rows.row_bucket,
		"rows": rows.rows,
		"patients": rows.patients,
	});
	let text = format!("dataset {dataset}, version {version}, is registered: row commitment {:?}", rows.rows_root);
	context.output.result(&value, &text)
}

/// The schema that was named, or inferred and shown; options override what it says.
async fn schema(
	context: &Context,
	worker: &Worker,
	options: &Register,
	csv: &[u8],
	file: &str,
	name: &str,
) -> Result<Value, CliError> {
	let named = [
		("patient_column", options.patient_column.as_deref()),
		("time_column", options.time_column.as_deref()),
		("target", options.target.as_deref()),
	];
	let mut schema: Value = match &options.schema {
		Some(path) => files::read_json(path, "schema document")?,
		None => {
			let inferred = worker.infer_schema(csv.to_vec(), file, name, &named).await?;
			show_schema(context, &inferred);
			inferred.schema
		},
	};
	if let Some(fields) = schema.as_object_mut() {
		for (field, column) in named.into_iter().filter_map(|(field, column)| Some((field, column?))) {
			fields.insert(field.into(), column.into());
		}
	}
	Ok(schema)
}

/// Private generators refuse what was read off the data: better said now than when a job fails.
fn note_observed(context: &Context, schema: &Value) {
	let columns = schema.get("columns").and_then(Value::as_array).into_iter().flatten();
	let observed: Vec<&str> = columns
		.filter(|column| column.pointer("/kind/type").and_then(Value::as_str) != Some("identifier"))
		.filter(|column| column.get("source").and_then(Value::as_str) == Some("observed"))
		.filter_map(|column| column.get("name").and_then(Value::as_str))
		.collect();
	if !observed.is_empty() {
		context.output.note(format!(
			"ranges or levels were read off the data: {}. The generators mst, aim and tabular-lm-dp will refuse this version; correct them to what is possible, and confirm with: semblance-worker schema confirm",
			observed.join(", ")
		));
	}
}

fn show_schema(context: &Context, inferred: &InferredSchema) {
	context.output.note("The schema was inferred; check it, for it says what values mean:");
	for column in inferred.schema.get("columns").and_then(Value::as_array).into_iter().flatten() {
		let name = column.get("name").and_then(Value::as_str).unwrap_or("?");
		let kind: String = column.get("kind").map(Value::to_string).unwrap_or_default().chars().take(100).collect();
		context.output.note(format!("  {name:24} {kind}"));
	}
	for note in &inferred.notes {
		context.output.note(format!("  note on {}: {}", note.column, note.text));
	}
}

/// Registers a dataset or a version; gives dataset, version and block.
async fn put_on_chain(context: &Context, options: &Register, rows: &DraftRows) -> Result<(u32, u32, u32), CliError> {
	let version = VersionInput {
		rows: rows.rows_root,
		schema: rows.schema_digest,
		manifest: rows.manifest_digest,
		row_bucket: rows.row_bucket,
	};
	if let Some(dataset) = options.version_of {
		let included = context.submit(calls::datasets::add_version(dataset, &version)).await?;
		return Ok((dataset, new_number(&included, pallets::DATASETS, "version")?, included.block.number));
	}
	let registration = calls::datasets::Registration {
		terms: options.terms.to_data_use(None)?,
		sensitivity: match options.sensitivity {
			SensitivityOption::Standard => Sensitivity::Standard,
			SensitivityOption::High => Sensitivity::High,
		},
		legal_basis: match options.legal_basis {
			LegalBasisOption::Consent => LegalBasis::Consent,
			LegalBasisOption::PublicInterest => LegalBasis::ResearchInPublicInterest,
			LegalBasisOption::LegitimateInterest => LegalBasis::LegitimateInterest,
		},
		version,
		budget_cap: options.budget_rho,
		delta_exponent: options.delta_exponent,
	};
	let included = context.submit(calls::datasets::register(&registration)).await?;
	Ok((new_number(&included, pallets::DATASETS, "dataset")?, 1, included.block.number))
}

async fn policy(context: &Context, options: PolicyOptions) -> Result<(), CliError> {
	let policy = Policy {
		custodian_votes: options.custodian_votes,
		ethics_votes: options.ethics_votes,
		allow_heuristic: options.allow_heuristic,
		max_rho: options.max_rho,
		max_rows: options.max_rows,
		lifetime: options.lifetime,
		review_period: options.review_period,
	};
	let included = context.submit(calls::access::set_policy(options.dataset, &policy)).await?;
	let value = json!({ "dataset": options.dataset, "policy": policy, "block": included.block.number });
	context
		.output
		.result(&value, &format!("dataset {} has a policy since block {}", options.dataset, included.block.number))
}

async fn show(context: &Context, id: u32) -> Result<(), CliError> {
	let (chain, block) = context.finalised().await?;
	let dataset = found(chain.dataset(id, block.hash).await?, format!("dataset {id}"), block)?;
	let version = chain.dataset_version(id, dataset.latest_version, block.hash).await?;
	let budget = chain.budget(id, block.hash).await?;
	let epsilon_spent = budget.map(|budget| epsilon_micro(budget.spent, budget.delta_exponent));
	let value = json!({
		"dataset": id,
		"record": dataset,
		"version": version,
		"budget": budget,
		"epsilon_spent_micro": epsilon_spent,
		"policy": chain.policy(id, block.hash).await?,
		"derivation": chain.derivation(id, block.hash).await?,
		"finalised_block": block.number,
	});
	context.output.record(&format!("Dataset {id}"), &value)
}

fn file_name(path: &Path) -> String {
	path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn stem(path: &Path) -> String {
	path.file_stem().map_or_else(|| "dataset".into(), |stem| stem.to_string_lossy().into_owned())
}
