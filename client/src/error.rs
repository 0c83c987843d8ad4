//! What can go wrong between a client and its node.

use std::time::Duration;

/// Why the chain could not be read, or a call did not take effect. Every message names what is wrong and ends in what
/// the person can do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
	/// No connection to the node.
	#[error("no connection to the node at {url}: {problem}; start the node, or name another with --node")]
	Connection {
		/// Address of the node.
		url: String,
		/// What the transport said.
		problem: String,
	},
	/// The node refused a request.
	#[error("the node refused {method}: {problem}; check that it runs a release that fits this command")]
	Request {
		/// JSON-RPC method.
		method: String,
		/// What the node said.
		problem: String,
	},
	/// The node's answer is not what the protocol says.
	#[error("the node's answer to {method} cannot be read: {problem}; check that it runs a Semblance node of a release that fits this command")]
	Answer {
		/// JSON-RPC method.
		method: String,
		/// What is wrong with it.
		problem: String,
	},
	/// A storage value does not decode as the record that should stand there.
	#[error("the storage value under 0x{key} is no {record}: {problem}; update this command to the chain's release")]
	Record {
		/// Name of the expected type.
		record: &'static str,
		/// The storage key in hexadecimal digits.
		key: String,
		/// What the decoder said.
		problem: String,
	},
	/// Two blocks do not show that a validator contradicted itself.
	#[error("the two blocks prove nothing: {problem}; take both hashes from `semblance validator contradictions` and ask the same node")]
	Evidence {
		/// Why.
		problem: String,
	},
	/// The key to sign with cannot be used.
	#[error("cannot sign: {problem}; give --signer a file with a seed phrase, or a secret URI such as //Alice on a development chain")]
	Signer {
		/// What is wrong, without the secret.
		problem: String,
	},
	/// The chain's runtime has no such call, or its arguments differ.
	#[error("the chain does not know the call {pallet}.{call} in this form: {problem}; update this command to the chain's release")]
	UnknownCall {
		/// Pallet.
		pallet: String,
		/// Call.
		call: String,
		/// What is wrong.
		problem: String,
	},
	/// The transaction was refused before it came into a block.
	#[error("the node refused the transaction {pallet}.{call}: {problem}; {remedy}")]
	Refused {
		/// Pallet.
		pallet: String,
		/// Call.
		call: String,
		/// What the node said.
		problem: String,
		/// What the person can do.
		remedy: String,
	},
	/// The call came into a block and failed there; nothing changed.
	#[error("the chain refused {pallet}.{call} with {error}: {explanation}")]
	Dispatch {
		/// Pallet of the call.
		pallet: String,
		/// Call.
		call: String,
		/// Error by name, with its pallet: `Consent.NotFound`.
		error: String,
		/// The error's documentation, written for a steward.
		explanation: String,
	},
	/// The transaction was not finalised in time; it may still be.
	#[error("{pallet}.{call} was not finalised within {} s; it may still be: look at the record before sending it again, and check that enough validators are up", waited.as_secs())]
	Timeout {
		/// Pallet.
		pallet: String,
		/// Call.
		call: String,
		/// How long it was waited for.
		waited: Duration,
	},
}

impl ChainError {
	/// A stable code for programs.
	pub fn code(&self) -> &'static str {
		match self {
			Self::Connection { .. } => "node-unreachable",
			Self::Request { .. } => "node-refused",
			Self::Answer { .. } => "node-answer-unreadable",
			Self::Record { .. } => "record-unreadable",
			Self::Evidence { .. } => "evidence-missing",
			Self::Signer { .. } => "signer-unusable",
			Self::UnknownCall { .. } => "call-unknown",
			Self::Refused { .. } => "transaction-refused",
			Self::Dispatch { .. } => "call-failed",
			Self::Timeout { .. } => "not-finalised-in-time",
		}
	}

	/// Whether trying again later can help without anybody doing anything.
	pub fn is_transient(&self) -> bool {
		matches!(self, Self::Connection { .. } | Self::Timeout { .. })
	}
}
