//! Applications and votes.

use crate::{
	arguments::{optional_digest, purpose, region, DigestOrFile},
	context::{found, new_number, Context},
	error::CliError,
};
use semblance_client::{calls, pallets};
use semblance_primitives::{
	access::{AgreementState, VoteChoice, VoteReason},
	data_use::{Purpose, Region, UseAttributes},
};
use serde_json::json;

/// What to do about access.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Applies for access to a dataset. The terms answer at once; people decide the rest.
	Apply(Apply),
	/// Votes on an application.
	Vote(Vote),
	/// Shows an application or agreement, its votes and key releases.
	Show {
		/// Number of the application.
		agreement: u32,
	},
}

/// Options of `access apply`.
#[derive(Debug, clap::Args)]
pub struct Apply {
	/// Number of the dataset.
	#[arg(long)]
	dataset: u32,
	/// health-research, disease:MONDO, population-research, method-development, quality-improvement or
	/// commercial-development.
	#[arg(long, value_parser = purpose)]
	purpose: Purpose,
	/// The research plan (digest or file).
	#[arg(long, value_name = "DIGEST|FILE")]
	statement: DigestOrFile,
	/// The ethics approval (digest or file).
	#[arg(long, value_name = "DIGEST|FILE")]
	ethics_evidence: Option<DigestOrFile>,
	/// The use is for profit.
	#[arg(long)]
	commercial: bool,
	/// Your organisation is not for profit.
	#[arg(long)]
	non_profit: bool,
	/// You collaborate with the custodian's investigators.
	#[arg(long)]
	collaborates: bool,
	/// Country of use, ISO 3166.
	#[arg(long, value_parser = region, value_name = "CODE")]
	region: Option<Region>,
	/// Months for which you will keep the data.
	#[arg(long, default_value_t = 12)]
	months: u16,
}

/// Options of `access vote`.
#[derive(Debug, clap::Args)]
pub struct Vote {
	/// Number of the application.
	application: u32,
	/// Your vote.
	#[arg(long, value_enum)]
	choice: Choice,
	/// Why [default for approve: fits-terms].
	#[arg(long, value_enum)]
	reason: Option<Reason>,
	/// A memo that sets out the reasons (digest or file).
	#[arg(long, value_name = "DIGEST|FILE")]
	memo: Option<DigestOrFile>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Choice {
	Approve,
	Reject,
	Abstain,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Reason {
	FitsTerms,
	InsufficientMerit,
	RiskTooHigh,
	EvidenceMissing,
	ConflictOfInterest,
	SeeMemo,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Apply(options) => apply(context, options).await,
		Command::Vote(options) => vote(context, options).await,
		Command::Show { agreement } => show(context, agreement).await,
	}
}

async fn apply(context: &Context, options: Apply) -> Result<(), CliError> {
	let attributes = UseAttributes {
		commercial: options.commercial,
		non_profit_organisation: options.non_profit,
		collaborates_with_custodian: options.collaborates,
		ethics_evidence: options.ethics_evidence.as_ref().map(DigestOrFile::digest).transpose()?,
		region: options.region,
		months: options.months,
	};
	let statement = options.statement.digest()?;
	let call = calls::access::apply(options.dataset, options.purpose, &attributes, statement);
	let included = context.submit(call).await?;
	let id = new_number(&included, pallets::ACCESS, "application")
		.or_else(|_| new_number(&included, pallets::ACCESS, "agreement"))?;
	let (chain, block) = context.finalised().await?;
	let record = found(chain.agreement(id, block.hash).await?, format!("application {id}"), block)?;
	let value = json!({
		"agreement": id,
		"state": record.state,
		"decision": record.decision,
		"conditions": record.conditions,
		"decide_until": record.expires,
		"block": included.block.number,
	});
	let text = match record.state {
		AgreementState::Denied => {
			format!("application {id} is denied; the reasons are on record: {:?}", record.decision.reasons.to_vec())
		},
		_ => format!("application {id} is under review until block {}", record.expires),
	};
	context.output.result(&value, &text)?;
	if record.state == AgreementState::Denied {
		return Err(CliError::EndedOtherwise {
			what: format!("the dataset's terms deny application {id}; apply for a use that they cover"),
		});
	}
	Ok(())
}

async fn vote(context: &Context, options: Vote) -> Result<(), CliError> {
	let reason = match (options.reason, options.choice) {
		(Some(reason), _) => reason,
		(None, Choice::Approve) => Reason::FitsTerms,
		(None, _) => {
			return Err(CliError::input(
				"a vote that does not approve needs a reason",
				"give --reason, and --memo if words are needed",
			))
		},
	};
	let (choice, reason) = (options.choice.into(), reason.into());
	let memo = optional_digest(&options.memo)?;
	let included = context.submit(calls::access::vote(options.application, choice, reason, memo)).await?;
	let (chain, block) = context.finalised().await?;
	let record = found(
		chain.agreement(options.application, block.hash).await?,
		format!("application {}", options.application),
		block,
	)?;
	let value = json!({ "agreement": options.application, "choice": choice, "state": record.state, "block": included.block.number });
	context
		.output
		.result(&value, &format!("the vote counts; application {} is {:?}", options.application, record.state))
}

async fn show(context: &Context, id: u32) -> Result<(), CliError> {
	let (chain, block) = context.finalised().await?;
	let record = found(chain.agreement(id, block.hash).await?, format!("application {id}"), block)?;
	let value = json!({
		"agreement": id,
		"record": record,
		"votes": chain.votes(id, block.hash).await?,
		"releases": chain.releases(id, block.hash).await?,
		"finalised_block": block.number,
	});
	context.output.record(&format!("Agreement {id}"), &value)
}

impl From<Choice> for VoteChoice {
	fn from(choice: Choice) -> Self {
		match choice {
			Choice::Approve => Self::Approve,
			Choice::Reject => Self::Reject,
			Choice::Abstain => Self::Abstain,
		}
	}
}

impl From<Reason> for VoteReason {
	fn from(reason: Reason) -> Self {
		match reason {
			Reason::FitsTerms => Self::FitsTerms,
			Reason::InsufficientMerit => Self::InsufficientMerit,
			Reason::RiskTooHigh => Self::RiskTooHigh,
			Reason::EvidenceMissing => Self::EvidenceMissing,
			Reason::ConflictOfInterest => Self::ConflictOfInterest,
			Reason::SeeMemo => Self::SeeMemo,
		}
	}
}
