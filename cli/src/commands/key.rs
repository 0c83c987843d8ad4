//! The researcher's X25519 key, to which data keys are wrapped.

use crate::{context::Context, error::CliError, files};
use semblance_client::{calls, hexadecimal};
use semblance_primitives::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What to do with keys.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Makes a key pair in a file that only you can read.
	Generate {
		/// The file; never replaced.
		#[arg(long, value_name = "FILE")]
		out: PathBuf,
	},
	/// Registers the public key on chain, so that data keys can be released to you.
	Register {
		/// The key file.
		#[arg(long, value_name = "FILE")]
		file: PathBuf,
	},
}

/// A key file.
#[derive(Serialize, Deserialize)]
struct KeyFile {
	/// Version of this document.
	format: u16,
	/// `x25519`.
	kind: String,
	/// The public key.
	public: Digest,
	/// The secret: who has it can read every artefact released to the public key.
	secret: String,
}

/// A key pair as read from a file.
pub(super) struct KeyPair {
	pub(super) public: Digest,
	pub(super) secret: Zeroizing<[u8; 32]>,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Generate { out } => generate(context, &out),
		Command::Register { file } => register(context, &file).await,
	}
}

fn generate(context: &Context, out: &Path) -> Result<(), CliError> {
	let public = write_new(out)?;
	let text = format!("the key is in {}; keep it secret and safe: what is released to it opens with nothing else\npublic key {public:?}", out.display());
	context.output.result(&json!({ "public": public, "file": out }), &text)
}

fn write_new(out: &Path) -> Result<Digest, CliError> {
	let pair = semblance_sealed::generate_x25519()
		.map_err(|error| CliError::input(error.to_string(), "try again on a machine with a source of randomness"))?;
	let public = Digest::from(pair.public);
	let file = KeyFile { format: 1, kind: "x25519".into(), public, secret: hexadecimal(pair.secret.as_ref()) };
	let text = Zeroizing::new(serde_json::to_string_pretty(&file).unwrap_or_default());
	files::write_secret(out, text.as_bytes())?;
	Ok(public)
}

/// Reads a key file and checks that its parts belong together.
pub(super) fn read(path: &Path) -> Result<KeyPair, CliError> {
	let refuse = |problem: &str| CliError::file(path, problem, "name a file that `semblance key generate` made");
	let file: KeyFile = files::read_json(path, "key file")?;
	let bytes = Zeroizing::new(
		hex::decode(file.secret.trim_start_matches("0x")).map_err(|_| refuse("the secret is no hexadecimal text"))?,
	);
	let secret: [u8; 32] = bytes.as_slice().try_into().map_err(|_| refuse("the secret has not 32 bytes"))?;
	let secret = Zeroizing::new(secret);
	if file.kind != "x25519" || semblance_sealed::public_key(&secret) != file.public.0 {
		return Err(refuse("secret and public key do not belong together"));
	}
	Ok(KeyPair { public: file.public, secret })
}

async fn register(context: &Context, file: &Path) -> Result<(), CliError> {
	let public = read(file)?.public;
	let included = context.submit(calls::consortium::set_encryption_key(Some(public))).await?;
	let value = json!({ "public": public, "block": included.block.number });
	context.output.result(&value, &format!("the key {public:?} is registered since block {}", included.block.number))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_generated_key_reads_back_and_unwraps_what_was_wrapped_to_it() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key");
		let public = write_new(&path).unwrap();
		let pair = read(&path).unwrap();
		assert_eq!(pair.public, public);
		let wrapped = semblance_sealed::wrap_key(&public.0, b"context", &[7; 32]).unwrap();
		assert_eq!(*semblance_sealed::unwrap_key(&pair.secret, b"context", &wrapped).unwrap(), [7; 32]);
	}

	#[test]
	fn a_file_with_another_public_key_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let (one, two) = (folder.path().join("one"), folder.path().join("two"));
		let other = write_new(&one).unwrap();
		write_new(&two).unwrap();
		let mut file: KeyFile = files::read_json(&two, "key file").unwrap();
		file.public = other;
		files::write(&two, &serde_json::to_vec(&file).unwrap()).unwrap();
		assert!(read(&two).is_err());
	}
}
