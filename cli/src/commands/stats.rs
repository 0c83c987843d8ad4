//! Statistics on a synthetic table, without a chain: what a researcher computes, naive and corrected for the release.

use crate::{context::Context, error::CliError, files};
use semblance_synthesis::{
	statistics::{self, text, ReleaseNoise, StandardErrors, StatisticsError},
	Conditions, InferOptions, MeasurementLog, Schema, SynthesisError, Table,
};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Statistics on a table, with intervals that count the release's noise where theory gives them.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Describes columns: n, missing, mean (SD), median [IQR], n (%); by group if one is named.
	Describe(Describe),
	/// Compares the means of two groups: Welch's and Student's t-test.
	TTest(Comparison),
	/// Tests whether two categorical columns are independent: Pearson's chi-square; Fisher's exact test for small 2x2 tables.
	ChiSquare(Comparison),
	/// Compares two groups by ranks: the Mann-Whitney U test.
	MannWhitney(Comparison),
	/// Fits a linear regression by least squares.
	Linear(Linear),
	/// Fits a logistic regression by maximum likelihood.
	Logistic(Logistic),
	/// Estimates survival curves.
	KaplanMeier(Survival),
	/// Tests whether groups have one hazard.
	LogRank(GroupedSurvival),
}

/// The table, and what is known of its release.
#[derive(Debug, clap::Args)]
pub struct Input {
	/// The table (CSV with a header).
	#[arg(long = "in", value_name = "FILE")]
	input: PathBuf,
	/// Its schema (JSON); without one, columns are told numeric or categorical by what they hold.
	#[arg(long, value_name = "FILE")]
	schema: Option<PathBuf>,
	/// What is known of the release's noise (JSON); without it there are naive intervals only.
	#[arg(long, value_name = "FILE", conflicts_with = "log")]
	noise: Option<PathBuf>,
	/// The release's measurement log, which says the same; the table must be the whole one, as released.
	#[arg(long, value_name = "FILE")]
	log: Option<PathBuf>,
	/// Rows to keep, for example "age >= 65, sex = F".
	#[arg(long = "where", value_name = "CONDITIONS")]
	conditions: Option<String>,
}

/// Options of `stats describe`.
#[derive(Debug, clap::Args)]
pub struct Describe {
	#[command(flatten)]
	input: Input,
	/// Columns, with commas; all if none is named.
	#[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
	columns: Vec<String>,
	/// Column whose levels are the groups.
	#[arg(long, value_name = "COLUMN")]
	group: Option<String>,
}

/// Options of tests that compare groups.
#[derive(Debug, clap::Args)]
pub struct Comparison {
	#[command(flatten)]
	input: Input,
	/// Column that is compared.
	#[arg(long, value_name = "COLUMN")]
	outcome: String,
	/// Column whose levels are the groups.
	#[arg(long, value_name = "COLUMN")]
	group: String,
}

/// Options of `stats linear`.
#[derive(Debug, clap::Args)]
pub struct Linear {
	#[command(flatten)]
	input: Input,
	/// Numeric column that is explained.
	#[arg(long, value_name = "COLUMN")]
	outcome: String,
	/// Columns that explain it, with commas; categorical ones are compared with their first level.
	#[arg(long, value_delimiter = ',', required = true, value_name = "COLUMNS")]
	predictors: Vec<String>,
	/// Standard errors that hold for errors of unequal variance (HC3).
	#[arg(long)]
	robust: bool,
}

/// Options of `stats logistic`.
#[derive(Debug, clap::Args)]
pub struct Logistic {
	#[command(flatten)]
	input: Input,
	/// Column with two levels that is explained.
	#[arg(long, value_name = "COLUMN")]
	outcome: String,
	/// Level whose odds are modelled [default: 1 of 0 and 1, else the second of two].
	#[arg(long, value_name = "LEVEL")]
	event_level: Option<String>,
	/// Columns that explain it, with commas; categorical ones are compared with their first level.
	#[arg(long, value_delimiter = ',', required = true, value_name = "COLUMNS")]
	predictors: Vec<String>,
}

/// Times and events.
#[derive(Debug, clap::Args)]
pub struct Times {
	/// Numeric column: time to the event, or to the end of observation.
	#[arg(long, value_name = "COLUMN")]
	time: String,
	/// Column that says whether the event happened.
	#[arg(long, value_name = "COLUMN")]
	event: String,
	/// Its level that is the event [default: 1 of 0 and 1, else the second of two].
	#[arg(long, value_name = "LEVEL")]
	event_level: Option<String>,
}

/// Options of `stats kaplan-meier`.
#[derive(Debug, clap::Args)]
pub struct Survival {
	#[command(flatten)]
	input: Input,
	#[command(flatten)]
	times: Times,
	/// Column whose levels are the groups.
	#[arg(long, value_name = "COLUMN")]
	group: Option<String>,
}

/// Options of `stats log-rank`.
#[derive(Debug, clap::Args)]
pub struct GroupedSurvival {
	#[command(flatten)]
	input: Input,
	#[command(flatten)]
	times: Times,
	/// Column whose levels are the groups.
	#[arg(long, value_name = "COLUMN")]
	group: String,
}

pub(super) fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Describe(o) => {
			let (table, noise) = o.input.read()?;
			let (columns, group) = (names(&o.columns), o.group.as_deref());
			show(context, statistics::describe(&table, &columns, group, noise.as_ref()), text::description)
		},
		Command::TTest(o) => {
			let (table, noise) = o.input.read()?;
			show(context, statistics::t_test(&table, &o.outcome, &o.group, noise.as_ref()), text::t_test)
		},
		Command::ChiSquare(o) => {
			let (table, noise) = o.input.read()?;
			show(context, statistics::chi_square(&table, &o.outcome, &o.group, noise.as_ref()), text::chi_square)
		},
		Command::MannWhitney(o) => {
			let (table, _) = o.input.read()?;
			show(context, statistics::mann_whitney(&table, &o.outcome, &o.group), text::mann_whitney)
		},
		Command::Linear(o) => {
			let (table, _) = o.input.read()?;
			let errors = if o.robust { StandardErrors::Hc3 } else { StandardErrors::Classical };
			let fit = statistics::linear_regression(&table, &o.outcome, &names(&o.predictors), errors);
			show(context, fit, text::linear_regression)
		},
		Command::Logistic(o) => {
			let (table, _) = o.input.read()?;
			let event = o.event_level.as_deref();
			let fit = statistics::logistic_regression(&table, &o.outcome, event, &names(&o.predictors));
			show(context, fit, text::logistic_regression)
		},
		Command::KaplanMeier(Survival { input, times, group }) => {
			let (table, _) = input.read()?;
			let level = times.event_level.as_deref();
			let curves = statistics::kaplan_meier(&table, &times.time, &times.event, level, group.as_deref());
			show(context, curves, text::kaplan_meier)
		},
		Command::LogRank(GroupedSurvival { input, times, group }) => {
			let (table, _) = input.read()?;
			let level = times.event_level.as_deref();
			let test = statistics::log_rank(&table, &times.time, &times.event, level, &group);
			show(context, test, text::log_rank)
		},
	}
}

fn names(columns: &[String]) -> Vec<&str> {
	columns.iter().map(|name| name.trim()).collect()
}

/// Writes a result, or why there is none. The library's messages end in what the person can do.
fn show<T: Serialize>(
	context: &Context,
	result: Result<T, StatisticsError>,
	as_text: impl Fn(&T) -> String,
) -> Result<(), CliError> {
	let result = result?;
	context.output.result(&result, &as_text(&result))
}

/// What a measurement log says of the noise in a table of `rows` rows.
fn noise_of(path: &Path, rows: usize) -> Result<ReleaseNoise, CliError> {
	let refuse = |error: SynthesisError| CliError::file(path, error, "name the measurement log of the release");
	let log = MeasurementLog::from_bytes(&files::read(path, files::MAX_FILE)?).map_err(refuse)?;
	log.release_noise(rows as u64).map_err(refuse)
}

impl Input {
	/// Reads the table, keeps the rows asked for, and reads the noise.
	fn read(&self) -> Result<(Table, Option<ReleaseNoise>), CliError> {
		let csv = files::read(&self.input, files::MAX_FILE)?;
		let name = self.input.display().to_string();
		let schema = match &self.schema {
			Some(path) => Schema::from_json(&files::read(path, files::MAX_DOCUMENT)?)
				.map_err(|error| CliError::file(path, error, "name the schema with which the table was made"))?,
			None => Schema::infer(&csv, &name, &InferOptions::default())?.schema,
		};
		let table = Table::parse_csv(&csv, &name, &schema)?;
		let noise = match (&self.noise, &self.log) {
			(Some(path), _) => Some(files::read_json(path, "description of a release's noise")?),
			(None, Some(path)) => Some(noise_of(path, table.rows())?),
			(None, None) => None,
		};
		Ok((self.keep(table)?, noise))
	}

	/// The rows that satisfy the conditions.
	fn keep(&self, table: Table) -> Result<Table, CliError> {
		let Some(text) = &self.conditions else { return Ok(table) };
		let kept = Conditions::parse(text, table.schema())?.rows(&table);
		table.select(&kept).map_err(|error| CliError::input(error.to_string(), "report this as a bug"))
	}
}
