//! Is this the chain specification that it should be?

use crate::{error::CliError, files, verify::trust::Authorities};
use semblance_client::{hexadecimal, keys};
use semblance_primitives::Digest;
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

const REMEDY: &str = "ask another hospital for the consortium's raw specification and its genesis hash";

/// A raw chain specification that can start a node.
#[derive(Debug)]
pub struct CheckedSpec {
	/// The file.
	pub bytes: Vec<u8>,
	/// The chain's name.
	pub name: String,
	/// The chain's id, a folder's name.
	pub id: String,
	/// Hash of its first block, computed from its first state.
	pub genesis: Digest,
	kind: String,
	has_boot_nodes: bool,
	was_expected: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
	name: String,
	id: String,
	#[serde(default)]
	chain_type: Kind,
	#[serde(default)]
	boot_nodes: Vec<String>,
	genesis: Genesis,
}

/// A chain type, or the object of a custom one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kind {
	Known(String),
	Custom(serde_json::Value),
}

impl Default for Kind {
	fn default() -> Self {
		// What the SDK takes where a specification says nothing.
		Self::Known("Live".into())
	}
}

#[derive(Deserialize)]
struct Genesis {
	raw: Raw,
}

#[derive(Deserialize)]
struct Raw {
	top: BTreeMap<String, serde_json::Value>,
}

impl CheckedSpec {
	/// Reads and checks a specification.
	///
	/// # Errors
	/// If it is not raw, its genesis hash is not `expected`, its id cannot name a folder, or it is a live chain with a
	/// superuser.
	pub fn read(path: &Path, expected: Option<Digest>) -> Result<Self, CliError> {
		let bytes = files::read(path, files::MAX_DOCUMENT)?;
		let refuse = |problem: String| CliError::file(path, problem, REMEDY);
		let genesis = Authorities::of_chain_spec(&bytes).map_err(refuse)?.genesis;
		let document: Document = serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))?;
		if let Some(expected) = expected.filter(|expected| *expected != genesis) {
			return Err(refuse(format!("its genesis hash is {genesis:?}, not {expected:?}")));
		}
		let is_simple = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
		if document.id.is_empty() || document.id.len() > 64 || !document.id.bytes().all(is_simple) {
			return Err(refuse(format!("its id {:?} cannot name a folder", document.id)));
		}
		let kind = match document.chain_type {
			Kind::Known(kind) => kind,
			Kind::Custom(kind) => kind.to_string(),
		};
		let has_superuser = document.genesis.raw.top.contains_key(&hexadecimal(&keys::plain("Sudo", "Key")));
		if kind == "Live" && has_superuser {
			return Err(refuse("it is of a live chain and has a superuser, who could change every record".into()));
		}
		Ok(Self {
			bytes,
			name: document.name,
			id: document.id,
			genesis,
			kind,
			has_boot_nodes: !document.boot_nodes.is_empty(),
			was_expected: expected.is_some(),
		})
	}

	/// What the person should think about; `has_peers` says whether the node is told of others.
	pub fn warnings(&self, has_peers: bool) -> Vec<String> {
		let mut warnings = Vec::new();
		if !self.was_expected {
			warnings.push(format!(
				"note: compare the genesis hash {:?} with another hospital over another channel, or give it with --genesis",
				self.genesis
			));
		}
		if self.kind != "Live" {
			warnings.push(format!("note: the chain is of type {}: no place for real data", self.kind));
		}
		if !self.has_boot_nodes && !has_peers {
			warnings.push("note: the specification names no boot nodes; give --peer to find the others".into());
		}
		warnings
	}
}
