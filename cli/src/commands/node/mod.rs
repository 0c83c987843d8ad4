//! Sets up a hospital's node: keys, chain specification, service, firewall and kernel in one folder that appears whole or not at all.

mod address;
mod keys;
mod service;
mod spec;

#[cfg(test)]
mod tests;

use crate::{arguments, context::Context, error::CliError, files};
use address::PeerAddress;
use keys::{NodeKey, SessionKeys};
use semblance_primitives::{AccountId, Digest};
use serde::Serialize;
use service::{Service, WorkerBeside};
use spec::CheckedSpec;
use std::{
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
};

/// What to do with nodes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Makes a folder with everything that a node needs to start: network key, session keys, chain specification, a
	/// systemd unit, firewall rules and a setting of the kernel. Prints what the consortium needs to know of it. Replaces nothing.
	Init(Init),
}

/// Options of `node init`.
#[derive(Debug, clap::Args)]
pub struct Init {
	/// The folder. It must not exist, or be empty. In /var/lib the service runs under a user of its own, made by systemd.
	#[arg(long, default_value = "/var/lib/semblance-node", value_name = "DIR")]
	base_path: PathBuf,
	/// The consortium's raw chain specification.
	#[arg(long, value_name = "FILE")]
	chain_spec: PathBuf,
	/// Genesis hash that the specification must have, as you learnt it over another channel.
	#[arg(long, value_parser = arguments::digest, value_name = "HASH")]
	genesis: Option<Digest>,
	/// The node's name, for logs and metrics.
	#[arg(long, value_parser = service::node_name)]
	name: String,
	/// Account that will name the validator on chain; with it the proof for `set_validator_keys` is made.
	#[arg(long, value_parser = arguments::account, value_name = "ACCOUNT")]
	stash: Option<AccountId>,
	/// Where others reach this node, for example /dns/node.hospital.example/tcp/30333: for the list of peers on chain.
	#[arg(long, value_parser = address::public, value_name = "ADDRESS")]
	public_address: Option<String>,
	/// Another organisation's node, with its peer id; more than once. The firewall lets these addresses in.
	#[arg(long = "peer", value_parser = address::peer, value_name = "ADDRESS")]
	peers: Vec<PeerAddress>,
	/// Port for peers.
	#[arg(long, default_value_t = 30333, value_parser = clap::value_parser!(u16).range(1..))]
	port: u16,
	/// Where the program is on the machine that runs the service.
	#[arg(long, default_value = "/usr/local/bin/semblance-node", value_parser = service::absolute, value_name = "FILE")]
	program: PathBuf,
}

/// What the consortium has to know of a node. Nothing of it is secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PublicCard {
	/// Version of this document.
	format: u16,
	name: String,
	chain: ChainCard,
	/// Identity in the network.
	peer_id: String,
	address: Option<String>,
	/// Aura, GRANDPA and attestation key in the encoding of `set_validator_keys`.
	session_keys: String,
	aura: Digest,
	grandpa: Digest,
	attestation: Digest,
	stash: Option<AccountId>,
	/// Proof that the node holds the secrets, for this stash.
	proof: Option<String>,
}

#[derive(Debug, Serialize)]
struct ChainCard {
	name: String,
	id: String,
	genesis: Digest,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Init(init) => {
			let has_peers = !init.peers.is_empty();
			let worker = context.named_token_file().map(|token| WorkerBeside::new(context.worker_url(), token));
			let (base, spec, card) = init.carry_out(worker.transpose()?)?;
			for warning in spec.warnings(has_peers) {
				context.output.note(warning);
			}
			context.output.result(&card, &shown(&base, &card))
		},
	}
}

impl Init {
	/// Checks everything first, writes beside the target, and lets the folder appear in one step.
	fn carry_out(self, worker: Option<WorkerBeside>) -> Result<(PathBuf, CheckedSpec, PublicCard), CliError> {
		let base = std::path::absolute(&self.base_path)
			.map_err(|error| CliError::file(&self.base_path, error, "name a folder with --base-path"))?;
		let parent = refuse_occupied(&base)?;
		let spec = CheckedSpec::read(&self.chain_spec, self.genesis)?;
		let service = Service {
			base: &base,
			program: &self.program,
			name: &self.name,
			port: self.port,
			peers: &self.peers,
			public_address: self.public_address.as_deref(),
			worker: worker.as_ref(),
		};
		let unit = service.unit()?;

		let staging = tempfile::Builder::new()
			.prefix(".semblance-node-")
			.permissions(std::fs::Permissions::from_mode(0o700))
			.tempdir_in(&parent)
			.map_err(|error| CliError::file(&parent, error, "name a folder in one that you can write to"))?;
		let node_key = NodeKey::generate()?;
		let session = SessionKeys::generate();
		let folder = staging.path();
		node_key.write(&folder.join(service::NODE_KEY))?;
		session.write(&make_folder(&folder.join("chains").join(&spec.id).join("keystore"))?)?;
		files::write(&folder.join(service::CHAIN_SPEC), &spec.bytes)?;
		files::write(&folder.join("semblance-node.service"), unit.as_bytes())?;
		files::write(&folder.join("semblance-node.nft"), service.firewall().as_bytes())?;
		files::write(&folder.join("semblance-node.sysctl"), service::SYSCTL.as_bytes())?;
		let card = PublicCard {
			format: 1,
			name: self.name.clone(),
			chain: ChainCard { name: spec.name.clone(), id: spec.id.clone(), genesis: spec.genesis },
			peer_id: node_key.peer_id(),
			address: self.public_address.clone(),
			session_keys: semblance_client::hexadecimal(&session.encoded()),
			aura: session.aura(),
			grandpa: session.grandpa(),
			attestation: session.attestation(),
			proof: self.stash.as_ref().map(|stash| semblance_client::hexadecimal(&session.proof(stash))),
			stash: self.stash.clone(),
		};
		files::write(&folder.join("public.json"), &serde_json::to_vec_pretty(&card).unwrap_or_default())?;

		// Takes the place of an empty folder, and fails if something came into it meanwhile.
		std::fs::rename(folder, &base)
			.map_err(|error| CliError::file(&base, error, "empty it, or name another folder with --base-path"))?;
		let _ = staging.keep();
		Ok((base, spec, card))
	}
}

/// The folder's parent, if the folder is free.
fn refuse_occupied(base: &Path) -> Result<PathBuf, CliError> {
	let remedy = "name another folder with --base-path; keys are never replaced";
	match std::fs::read_dir(base) {
		Ok(mut entries) => {
			if let Some(Ok(first)) = entries.next() {
				let problem = format!("holds {} already", first.file_name().to_string_lossy());
				return Err(CliError::file(base, problem, remedy));
			}
		},
		Err(error) if error.kind() == std::io::ErrorKind::NotFound => {},
		Err(error) => return Err(CliError::file(base, error, remedy)),
	}
	match base.parent() {
		Some(parent) if parent.is_dir() => Ok(parent.to_owned()),
		Some(parent) => Err(CliError::file(parent, "is no folder", "make it first, or name another --base-path")),
		None => Err(CliError::file(base, "is the root of the file system", remedy)),
	}
}

fn make_folder(path: &Path) -> Result<PathBuf, CliError> {
	use std::os::unix::fs::DirBuilderExt;
	std::fs::DirBuilder::new()
		.recursive(true)
		.mode(0o700)
		.create(path)
		.map_err(|error| CliError::file(path, error, "name a folder on a disk with room"))?;
	Ok(path.to_owned())
}

fn shown(base: &Path, card: &PublicCard) -> String {
	let folder = base.display();
	let mut lines = vec![
		format!("the node of {} is set up in {folder}", card.name),
		format!("chain         {} ({}), genesis {:?}", card.chain.name, card.chain.id, card.chain.genesis),
		format!("peer id       {}", card.peer_id),
		format!("session keys  {}", card.session_keys),
	];
	lines.push(match &card.proof {
		Some(proof) => format!("proof         {proof}"),
		None => "proof         none; give --stash, or ask the running node (author_rotateKeysWithOwner)".into(),
	});
	lines.extend([
		format!("These lines are public and stand in {folder}/public.json too: give them to the consortium."),
		format!("Back up {folder}/{} now. Then, as root:", service::NODE_KEY),
		format!("  cp {folder}/semblance-node.service /etc/systemd/system/"),
		format!("  nft -f {folder}/semblance-node.nft"),
		format!("  cp {folder}/semblance-node.sysctl /etc/sysctl.d/50-semblance-node.conf && sysctl --system"),
		"  systemctl daemon-reload && systemctl enable --now semblance-node".into(),
	]);
	lines.join("\n")
}
