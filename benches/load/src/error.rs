//! What can go wrong.

use semblance_client::ChainError;
use std::path::Path;

/// Why there is no measurement, or none that is good enough.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
	/// The chain or a node.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// An argument does not fit.
	#[error("{problem}; {remedy}")]
	Input {
		/// What is wrong.
		problem: String,
		/// What the person can do.
		remedy: String,
	},
	/// A file or folder cannot be used.
	#[error("{path}: {problem}; {remedy}")]
	File {
		/// Which.
		path: String,
		/// What is wrong.
		problem: String,
		/// What the person can do.
		remedy: String,
	},
	/// A plot could not be drawn.
	#[error("the plot \"{title}\" cannot be drawn: {problem}; the figures are in report.json")]
	Plot {
		/// Its title.
		title: String,
		/// What the library said.
		problem: String,
	},
	/// The nodes do not agree on the chain.
	#[error("the nodes disagree on final block {number}: {hashes}; look at their logs, this must never happen")]
	Disagreement {
		/// Height.
		number: u32,
		/// What each says.
		hashes: String,
	},
	/// The measurement is there, and short of what was asked.
	#[error("{missed} of {all} marks were missed; the report says by how much")]
	MarksMissed {
		/// Missed marks.
		missed: usize,
		/// All marks.
		all: usize,
	},
}

impl LoadError {
	/// An argument that does not fit.
	pub fn input(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
		Self::Input { problem: problem.into(), remedy: remedy.into() }
	}

	/// A file that cannot be used.
	pub fn file(path: &Path, problem: impl std::fmt::Display, remedy: &str) -> Self {
		Self::File { path: path.display().to_string(), problem: problem.to_string(), remedy: remedy.into() }
	}
}
