//! What can go wrong on the command line. Every message names the place and what is wrong there, and ends in what the
//! person can do.

use semblance_client::ChainError;
use semblance_synthesis::{statistics::StatisticsError, ConditionError, InputError};
use std::path::Path;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
	/// The chain or the node.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// The worker does not answer.
	#[error("no answer from the worker at {url}: {problem}; start it (semblance-worker serve), or name another with --worker-url")]
	WorkerUnreachable {
		/// Its address.
		url: String,
		/// What the transport said.
		problem: String,
	},
	/// The worker refused.
	#[error("the worker refused ({status}, {code}): {message}; {remedy}")]
	WorkerRefused {
		/// HTTP status.
		status: u16,
		/// The worker's own code.
		code: String,
		/// What is wrong.
		message: String,
		/// What the person can do.
		remedy: String,
	},
	/// A file cannot be read, written or understood.
	#[error("{path}: {problem}; {remedy}")]
	File {
		/// The file.
		path: String,
		/// What is wrong.
		problem: String,
		/// What the person can do.
		remedy: String,
	},
	/// A table or schema cannot be taken in.
	#[error(transparent)]
	Table(#[from] InputError),
	/// The table does not answer the question.
	#[error(transparent)]
	Statistics(#[from] StatisticsError),
	/// Conditions on rows cannot be read.
	#[error("--where: {0}")]
	Conditions(#[from] ConditionError),
	/// An argument does not fit.
	#[error("{problem}; {remedy}")]
	Input {
		/// What is wrong.
		problem: String,
		/// What the person can do.
		remedy: String,
	},
	/// A record is not there.
	#[error("{what} is not on the chain at finalised block {block}; check the number, or wait until it is finalised")]
	NotFound {
		/// The record.
		what: String,
		/// Height of the finalised block that was asked.
		block: u32,
	},
	/// It ended otherwise than asked for; the record says why.
	#[error("{what}")]
	EndedOtherwise {
		/// What ended, and how.
		what: String,
	},
	/// A receipt or an artefact is not what it claims to be.
	#[error("{failed} of {checks} checks failed; do not rely on these files")]
	NotVerified {
		/// Failed checks.
		failed: usize,
		/// Checks that were made.
		checks: usize,
	},
}

impl CliError {
	/// An argument that does not fit.
	pub fn input(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
		Self::Input { problem: problem.into(), remedy: remedy.into() }
	}

	/// A file that cannot be used.
	pub fn file(path: &Path, problem: impl std::fmt::Display, remedy: impl Into<String>) -> Self {
		Self::File { path: path.display().to_string(), problem: problem.to_string(), remedy: remedy.into() }
	}

	/// A stable code for programs.
	pub fn code(&self) -> &str {
		match self {
			Self::Chain(error) => error.code(),
			Self::WorkerUnreachable { .. } => "worker-unreachable",
			Self::WorkerRefused { code, .. } => code,
			Self::File { .. } => "file-unusable",
			Self::Table(_) => "table-unusable",
			Self::Statistics(_) => "no-answer",
			Self::Conditions(_) | Self::Input { .. } => "argument-unusable",
			Self::NotFound { .. } => "not-found",
			Self::EndedOtherwise { .. } => "ended-otherwise",
			Self::NotVerified { .. } => "not-verified",
		}
	}

	/// Exit code of the command: 1 for errors (2 is the usage error of the argument parser), 3 if it ended otherwise
	/// than asked for, 4 if a verification failed.
	pub fn exit_code(&self) -> u8 {
		match self {
			Self::EndedOtherwise { .. } => 3,
			Self::NotVerified { .. } => 4,
			_ => 1,
		}
	}
}
