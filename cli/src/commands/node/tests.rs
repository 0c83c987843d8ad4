//! A node's folder appears whole, or not at all, and what it holds is what a node reads.

use super::*;
use clap::Parser;
use sp_core::{crypto::ByteArray, ed25519, proof_of_possession::ProofOfPossessionVerifier, sr25519, Pair};
use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt};
use tempfile::TempDir;

const PEER: &str = "12D3KooWQqXgQjKCPg6GRB4UaYLvLWgeaDP5sFFJtDYNcSGDUxMX";

/// A folder with a specification of a chain; `change` makes it another one.
fn scene(change: impl Fn(&mut serde_json::Value)) -> TempDir {
	let hexadecimal = semblance_client::hexadecimal;
	let voter = ed25519::Pair::from_string("//Alice", None).unwrap().public();
	let authorities = codec::Encode::encode(&vec![(voter.0, 1u64)]);
	let key = hexadecimal(&semblance_client::keys::plain("Grandpa", "Authorities"));
	let mut spec = serde_json::json!({
		"name": "Test Consortium",
		"id": "test_consortium",
		"chainType": "Live",
		"bootNodes": [],
		"genesis": { "raw": { "top": { key: hexadecimal(&authorities) }, "childrenDefault": {} } },
	});
	change(&mut spec);
	let folder = tempfile::tempdir().unwrap();
	fs::write(folder.path().join("spec.json"), spec.to_string()).unwrap();
	folder
}

fn init(folder: &TempDir, more: &[&str]) -> Result<(PathBuf, CheckedSpec, PublicCard), CliError> {
	let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
	let mut line: Vec<String> = ["semblance", "node", "init", "--name", "Hospital North"].map(Into::into).into();
	line.extend(["--base-path".into(), path("node"), "--chain-spec".into(), path("spec.json")]);
	line.extend(more.iter().map(|&word| word.to_owned()));
	let parsed = crate::commands::Arguments::try_parse_from(line).unwrap();
	let token = parsed.globals.token_file.clone();
	let crate::commands::Command::Node(Command::Init(init)) = parsed.command else { panic!("another command") };
	let worker = token.map(|token| WorkerBeside::new("http://127.0.0.1:9955", &token)).transpose()?;
	init.carry_out(worker)
}

fn entries(folder: &Path) -> BTreeSet<String> {
	fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_keystore_holds_the_three_session_keys_that_are_printed() {
	let folder = scene(|_| {});
	let (base, _, card) = init(&folder, &[]).unwrap();
	let keystore = base.join("chains/test_consortium/keystore");
	let name = |kind: &[u8; 4], key: &Digest| hex::encode(kind) + &hex::encode(key);
	let expected = [name(b"aura", &card.aura), name(b"gran", &card.grandpa), name(b"attn", &card.attestation)];
	assert_eq!(entries(&keystore), expected.iter().cloned().collect());

	let phrase: String = serde_json::from_slice(&fs::read(keystore.join(&expected[0])).unwrap()).unwrap();
	assert_eq!(sr25519::Pair::from_phrase(&phrase, None).unwrap().0.public().0, card.aura.0);
	let phrase: String = serde_json::from_slice(&fs::read(keystore.join(&expected[1])).unwrap()).unwrap();
	assert_eq!(ed25519::Pair::from_phrase(&phrase, None).unwrap().0.public().0, card.grandpa.0);
	let keys = [card.aura.0, card.grandpa.0, card.attestation.0].concat();
	assert_eq!(card.session_keys, semblance_client::hexadecimal(&keys));
}

#[test]
fn the_kernel_is_told_to_give_up_dead_connections_and_nothing_else() {
	let folder = scene(|_| {});
	let (base, ..) = init(&folder, &[]).unwrap();
	let text = fs::read_to_string(base.join("semblance-node.sysctl")).unwrap();
	let settings: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
	assert_eq!(settings, ["net.ipv4.tcp_retries2 = 6"]);
}

#[test]
fn secrets_are_for_their_owner_only() {
	let folder = scene(|_| {});
	let (base, ..) = init(&folder, &[]).unwrap();
	let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
	assert_eq!(mode(&base), 0o700);
	assert_eq!(mode(&base.join("node.key")), 0o600);
	let keystore = base.join("chains/test_consortium/keystore");
	assert_eq!(mode(&keystore), 0o700);
	for key in entries(&keystore) {
		assert_eq!(mode(&keystore.join(key)), 0o600);
	}
}

#[test]
fn the_proof_is_of_all_three_keys_and_of_one_stash() {
	let folder = scene(|_| {});
	let stash = format!("0x{}", "07".repeat(32));
	let (_, _, card) = init(&folder, &["--stash", &stash]).unwrap();
	let proof = hex::decode(&card.proof.unwrap()[2..]).unwrap();
	assert_eq!(proof.len(), 192);
	let sr25519_holds = |owner: &[u8], signature: &[u8], key: &Digest| {
		let signature = sr25519::Signature::from_slice(signature).unwrap();
		sr25519::Pair::verify_proof_of_possession(owner, &signature, &sr25519::Public::from_raw(key.0))
	};
	assert!(sr25519_holds(&[7; 32], &proof[..64], &card.aura));
	assert!(sr25519_holds(&[7; 32], &proof[128..], &card.attestation));
	assert!(!sr25519_holds(&[8; 32], &proof[..64], &card.aura), "of another stash it proves nothing");
	let signature = ed25519::Signature::from_slice(&proof[64..128]).unwrap();
	let grandpa = ed25519::Public::from_raw(card.grandpa.0);
	assert!(ed25519::Pair::verify_proof_of_possession(&[7; 32], &signature, &grandpa));
}

#[test]
fn two_nodes_share_no_key() {
	let (one, two) = (scene(|_| {}), scene(|_| {}));
	let (_, _, first) = init(&one, &[]).unwrap();
	let (_, _, second) = init(&two, &[]).unwrap();
	assert_ne!(first.peer_id, second.peer_id);
	assert_ne!(first.session_keys, second.session_keys);
	assert!(address::peer(&format!("/ip4/10.0.0.1/tcp/30333/p2p/{}", first.peer_id)).is_ok());
}

#[test]
fn nothing_is_replaced() {
	let folder = scene(|_| {});
	init(&folder, &[]).unwrap();
	let before = fs::read(folder.path().join("node/node.key")).unwrap();
	let refusal = init(&folder, &[]).unwrap_err();
	assert_eq!(refusal.code(), "file-unusable");
	let text = refusal.to_string();
	assert!(text.contains(folder.path().join("node").to_str().unwrap()), "the place: {text}");
	assert!(text.contains("holds") && text.contains("--base-path"), "what is there, and the remedy: {text}");
	assert_eq!(fs::read(folder.path().join("node/node.key")).unwrap(), before);
	assert_eq!(entries(folder.path()), ["node", "spec.json"].map(String::from).into());
}

#[test]
fn an_empty_folder_is_taken_and_a_file_is_not() {
	let folder = scene(|_| {});
	fs::create_dir(folder.path().join("node")).unwrap();
	init(&folder, &[]).unwrap();
	let other = scene(|_| {});
	fs::write(other.path().join("node"), "a file").unwrap();
	assert_eq!(init(&other, &[]).unwrap_err().code(), "file-unusable");
	assert_eq!(fs::read(other.path().join("node")).unwrap(), b"a file");
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
	let wrong_hash = format!("0x{}", "00".repeat(32));
	let superuser = semblance_client::hexadecimal(&semblance_client::keys::plain("Sudo", "Key"));
	type Change<'a> = &'a dyn Fn(&mut serde_json::Value);
	let cases: [(Change, &[&str], &str); 5] = [
		(&|_| {}, &["--genesis", &wrong_hash], "genesis hash"),
		(&|spec| spec["genesis"] = serde_json::json!({ "runtimeGenesis": {} }), &[], "raw form"),
		(&|spec| spec["id"] = "../elsewhere".into(), &[], "../elsewhere"),
		(&|spec| spec["genesis"]["raw"]["top"][&superuser] = "0x00".into(), &[], "superuser"),
		(&|_| {}, &["--token-file", "worker/token"], "--token-file"),
	];
	for (change, more, what) in cases {
		let folder = scene(change);
		let refusal = init(&folder, more).unwrap_err().to_string();
		assert!(refusal.contains(what), "{refusal}");
		assert_eq!(entries(folder.path()), ["spec.json".to_owned()].into(), "{what}");
	}
}

#[test]
fn a_genesis_hash_that_was_not_compared_is_a_warning() {
	let folder = scene(|spec| spec["chainType"] = "Local".into());
	let (_, spec, card) = init(&folder, &[]).unwrap();
	let warnings = spec.warnings(true).join("\n");
	assert!(warnings.contains(&format!("{:?}", card.chain.genesis)) && warnings.contains("type Local"), "{warnings}");
	fs::remove_dir_all(folder.path().join("node")).unwrap();
	let (_, spec, _) = init(&folder, &["--genesis", &format!("{:?}", card.chain.genesis)]).unwrap();
	assert!(!spec.warnings(true).join("\n").contains("--genesis"));
}

fn service<'a>(base: &'a Path, peers: &'a [PeerAddress], worker: Option<&'a WorkerBeside>) -> Service<'a> {
	let program = Path::new("/usr/local/bin/semblance-node");
	Service { base, program, name: "100 % \"North\" $HOME", port: 30444, peers, public_address: None, worker }
}

#[test]
fn the_unit_quotes_what_systemd_would_expand() {
	let worker = WorkerBeside::new("http://127.0.0.1:9955", Path::new("/srv/worker/token")).unwrap();
	let unit = service(Path::new("/var/lib/semblance-node"), &[], Some(&worker)).unit().unwrap();
	assert!(unit.contains(r#""100 %% \"North\" $$HOME""#), "{unit}");
	assert!(unit.contains("LoadCredential=worker-token:/srv/worker/token\n"));
	assert!(unit.contains(r#""--worker-token-file" \"#) && unit.contains(r#""%d/worker-token""#), "{unit}");
	assert!(unit.contains("DynamicUser=yes\nStateDirectory=semblance-node\n"));
	for hardening in ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n", "SystemCallFilter="] {
		assert!(unit.contains(hardening), "{hardening}");
	}
	assert!(!unit.contains("{"), "every blank is filled in: {unit}");
}

#[test]
fn elsewhere_the_service_has_a_fixed_user_and_may_write_there_only() {
	let unit = service(Path::new("/srv/a/node"), &[], None).unit().unwrap();
	assert!(unit.contains("User=semblance-node\nReadWritePaths=/srv/a/node\n") && !unit.contains("DynamicUser"));
	assert!(!unit.contains("--worker-url"));
	assert!(service(Path::new("/srv/a node"), &[], None).unit().unwrap_err().to_string().contains("/srv/a node"));
}

#[test]
fn the_firewall_lets_the_named_hospitals_in_and_says_whom_it_could_not_place() {
	let peers: Vec<PeerAddress> = ["/ip4/10.0.0.1", "/ip6/fd00::1", "/dns/node.south.example"]
		.map(|host| address::peer(&format!("{host}/tcp/30333/p2p/{PEER}")).unwrap())
		.into();
	let rules = service(Path::new("/var/lib/n"), &peers, None).firewall();
	assert!(rules.contains("elements = { 10.0.0.1 }") && rules.contains("elements = { fd00::1 }"), "{rules}");
	assert!(rules.contains("# Look up and add to the sets: node.south.example"));
	assert!(rules.contains("tcp dport { 30444, 9615, 9944, 9955 } drop"));
	let none = service(Path::new("/var/lib/n"), &[], None).firewall();
	assert!(!none.contains("elements") && !none.contains("Look up"));
}

#[test]
fn addresses_that_a_node_would_not_understand_are_refused() {
	for wrong in [
		"",
		"10.0.0.1:30333",
		"/ip4/10.0.0.1/tcp/30333",
		"/ip4/10.0.0.300/tcp/30333/p2p/12D3KooWQqXgQjKCPg6GRB4UaYLvLWgeaDP5sFFJtDYNcSGDUxMX",
		"/ip4/10.0.0.1/udp/30333/p2p/12D3KooWQqXgQjKCPg6GRB4UaYLvLWgeaDP5sFFJtDYNcSGDUxMX",
		"/ip4/10.0.0.1/tcp/0/p2p/12D3KooWQqXgQjKCPg6GRB4UaYLvLWgeaDP5sFFJtDYNcSGDUxMX",
		"/dns/a b/tcp/30333/p2p/12D3KooWQqXgQjKCPg6GRB4UaYLvLWgeaDP5sFFJtDYNcSGDUxMX",
		"/dns/node.example/tcp/30333/p2p/12D3KooW0",
		"/dns/node.example/tcp/30333/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
	] {
		assert!(address::peer(wrong).is_err(), "{wrong}");
	}
	assert!(address::public("/dns/node.example/tcp/30333").is_ok());
	assert!(address::public("/dns/node.example/tcp/30333/p2p/x").is_err());
	for wrong in ["", "a.b", "x@y", "a\nb", &"n".repeat(64)] {
		assert!(service::node_name(wrong).is_err(), "{wrong:?}");
	}
}
