//! The systemd unit and the firewall's rules for a node.

use super::address::{Host, PeerAddress};
use crate::error::CliError;
use std::path::{Path, PathBuf};

/// File with the node key, in the node's folder.
pub const NODE_KEY: &str = "node.key";
/// File with the chain specification, in the node's folder.
pub const CHAIN_SPEC: &str = "chain-spec.json";

/// The worker beside a node.
#[derive(Debug)]
pub struct WorkerBeside {
	url: String,
	token: PathBuf,
}

impl WorkerBeside {
	/// A worker at an address, with the file of its token.
	///
	/// # Errors
	/// If the path is relative: a service has no folder to start from.
	pub fn new(url: &str, token: &Path) -> Result<Self, CliError> {
		let absolute = token.to_str().ok_or_else(|| "not UTF-8".to_owned()).and_then(absolute);
		let token = absolute.map_err(|problem| CliError::file(token, problem, "give --token-file from the root on"))?;
		Ok(Self { url: url.into(), token })
	}
}

/// What unit and rules are made from.
pub struct Service<'a> {
	/// The node's folder.
	pub base: &'a Path,
	/// The program.
	pub program: &'a Path,
	/// The node's name.
	pub name: &'a str,
	/// Port for peers.
	pub port: u16,
	/// Nodes of other organisations.
	pub peers: &'a [PeerAddress],
	/// Where others reach this node.
	pub public_address: Option<&'a str>,
	/// The worker, if this is a validator's node with one.
	pub worker: Option<&'a WorkerBeside>,
}

/// Parses the path of a file on the machine that runs the service.
///
/// # Errors
/// A text for the person.
pub fn absolute(text: &str) -> Result<PathBuf, String> {
	let path = PathBuf::from(text);
	let is_usable = path.is_absolute() && !text.contains(|character: char| character.is_control() || character == ':');
	is_usable.then_some(path).ok_or_else(|| format!("{text:?} is no path from the root on, without colons"))
}

/// Parses a node's name.
///
/// # Errors
/// A text for the person.
pub fn node_name(text: &str) -> Result<String, String> {
	// The node itself refuses full stops, @ and longer names.
	let is_plain = |character: char| !character.is_control() && !matches!(character, '.' | '@');
	let is_usable = !text.trim().is_empty() && text.chars().count() < 64 && text.chars().all(is_plain);
	is_usable.then(|| text.to_owned()).ok_or_else(|| "a name of 1 to 63 characters, without full stops and @".into())
}

impl Service<'_> {
	/// The unit.
	///
	/// # Errors
	/// If a path cannot stand in a unit.
	pub fn unit(&self) -> Result<String, CliError> {
		check_plain(self.base)?;
		let command: Vec<String> = self.command()?.iter().map(|part| quote(part)).collect();
		let credential = match self.worker {
			Some(worker) => format!("LoadCredential=worker-token:{}\n", text(&worker.token)?.replace('%', "%%")),
			None => String::new(),
		};
		Ok(UNIT
			.replace("{user}", &self.user()?)
			.replace("{credential}", &credential)
			.replace("{command}", &command.join(" \\\n    "))
			.replace("{name}", &self.name.replace('%', "%%")))
	}

	/// Under which user the service runs, and what it may write.
	fn user(&self) -> Result<String, CliError> {
		let state = self.base.strip_prefix("/var/lib").ok().filter(|rest| rest.components().count() == 1);
		Ok(match state {
			// systemd makes the user, and gives it the folder.
			Some(name) => format!("DynamicUser=yes\nStateDirectory={}\nStateDirectoryMode=0700", text(name)?),
			None => format!("User=semblance-node\nReadWritePaths={}", text(self.base)?),
		})
	}

	fn command(&self) -> Result<Vec<String>, CliError> {
		let inside = |file: &str| self.base.join(file);
		let mut command: Vec<String> = vec![
			text(self.program)?.into(),
			"--chain".into(),
			text(&inside(CHAIN_SPEC))?.into(),
			"--validator".into(),
			"--name".into(),
			self.name.into(),
			"--base-path".into(),
			text(self.base)?.into(),
			"--node-key-file".into(),
			text(&inside(NODE_KEY))?.into(),
		];
		for address in [format!("/ip4/0.0.0.0/tcp/{}", self.port), format!("/ip6/::/tcp/{}", self.port)] {
			command.extend(["--listen-addr".into(), address]);
		}
		if let Some(address) = self.public_address {
			command.extend(["--public-addr".into(), address.into()]);
		}
		command.extend(["--reserved-only", "--no-mdns", "--no-telemetry", "--rpc-methods", "safe"].map(Into::into));
		for peer in self.peers {
			command.extend(["--reserved-nodes".into(), peer.text.clone()]);
		}
		if let Some(worker) = self.worker {
			command.extend(["--worker-url".into(), worker.url.clone()]);
			// The service sees a copy of the token; the worker's folder stays closed to it.
			command.extend(["--worker-token-file".into(), format!("{CREDENTIALS}/worker-token")]);
		}
		Ok(command)
	}

	/// The firewall's rules, for nftables.
	pub fn firewall(&self) -> String {
		let (mut v4, mut v6, mut names) = (Vec::new(), Vec::new(), Vec::new());
		for peer in self.peers {
			match &peer.host {
				Host::V4(address) => v4.push(address.to_string()),
				Host::V6(address) => v6.push(address.to_string()),
				Host::Name(name) => names.push(name.clone()),
			}
		}
		let elements = |addresses: &[String]| match addresses {
			[] => String::new(),
			some => format!("\n\t\telements = {{ {} }}", some.join(", ")),
		};
		let unknown = match names.as_slice() {
			[] => String::new(),
			some => format!("# Look up and add to the sets: {}\n", some.join(", ")),
		};
		FIREWALL
			.replace("{unknown}", &unknown)
			.replace("{port}", &self.port.to_string())
			.replace("{v4}", &elements(&v4))
			.replace("{v6}", &elements(&v6))
	}
}

/// systemd's word for the folder of a service's credentials.
const CREDENTIALS: &str = "\u{0}d";

/// A word of `ExecStart=`: systemd expands `%` and `$`, and reads `\` and `"`.
fn quote(word: &str) -> String {
	let mut quoted = String::from("\"");
	for character in word.chars() {
		match character {
			'\u{0}' => quoted.push('%'),
			'%' => quoted.push_str("%%"),
			'$' => quoted.push_str("$$"),
			'"' | '\\' => quoted.extend(['\\', character]),
			other => quoted.push(other),
		}
	}
	quoted.push('"');
	quoted
}

/// Each setting of a unit quotes in its own way, so the folder's path has nothing to quote.
fn check_plain(path: &Path) -> Result<(), CliError> {
	let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
	if text(path)?.bytes().all(is_plain) {
		return Ok(());
	}
	let problem = "has characters that systemd reads in its own way";
	Err(CliError::file(path, problem, "give --base-path in letters, digits, and / - _ ."))
}

fn text(path: &Path) -> Result<&str, CliError> {
	path.to_str().ok_or_else(|| CliError::file(path, "is not UTF-8", "name a folder in plain letters"))
}

const UNIT: &str = r#"# Written by `semblance node init`.
[Unit]
Description=Semblance node of {name}
Wants=network-online.target time-sync.target
After=network-online.target time-sync.target

[Service]
Type=exec
{user}
{credential}ExecStart={command}
Restart=always
RestartSec=5
# A clean stop writes what is in memory.
TimeoutStopSec=120
LimitNOFILE=65536
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateTmp=yes
PrivateDevices=yes
# Netlink: the node asks the kernel for the machine's addresses.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# No MemoryDenyWriteExecute: the runtime is compiled to machine code when the node starts.

[Install]
WantedBy=multi-user.target
"#;

/// Settings of the kernel, for `/etc/sysctl.d`. The kernel doubles the time between two tries to send, so that a line which was cut
/// for two minutes would be used again only two minutes after it was mended.
pub const SYSCTL: &str = "\
# Written by `semblance node init`; copy it into /etc/sysctl.d and load it with: sysctl --system
# A connection over a line that is cut is given up after 25 s instead of a quarter of an hour. The node makes it anew, so that finality
# goes on soon after the line is mended.
net.ipv4.tcp_retries2 = 6
";

const FIREWALL: &str = r#"# Written by `semblance node init`; load with: nft -f semblance-node.nft
# Only the hospitals' addresses reach the port for peers. RPC, metrics and worker stay on the loopback interface.
{unknown}table inet semblance_node
delete table inet semblance_node
table inet semblance_node {
	set hospitals4 {
		type ipv4_addr; flags interval;{v4}
	}
	set hospitals6 {
		type ipv6_addr; flags interval;{v6}
	}
	chain input {
		type filter hook input priority filter; policy accept;
		iif "lo" accept
		tcp dport {port} ip saddr @hospitals4 accept
		tcp dport {port} ip6 saddr @hospitals6 accept
		tcp dport { {port}, 9615, 9944, 9955 } drop
	}
}
"#;
