//! Artefacts: the steward releases their keys, the researcher fetches and opens them.

use super::key;
use crate::{
	arguments::{digest, role},
	context::{found, Context},
	error::CliError,
	files,
	worker::Worker,
};
use semblance_client::calls;
use semblance_primitives::{commitment::sha3_256, generation::SubjectRole, AgreementId, Digest};
use semblance_sealed::{artefact_context, ReleaseContext, WrappedKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What to do with artefacts.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Wraps an artefact's key to the researcher's registered key, and puts the release on record.
	Release(Release),
	/// Fetches, opens and checks an artefact that was released to you.
	Fetch(Fetch),
}

/// Options of `artefact release`.
#[derive(Debug, clap::Args)]
pub struct Release {
	/// The job that made it; with --role.
	#[arg(long, requires = "role", conflicts_with = "artefact")]
	job: Option<u32>,
	/// model, table, report, measurement-log or training-log.
	#[arg(long, value_parser = role)]
	role: Option<SubjectRole>,
	/// The agreement; with --artefact.
	#[arg(long, requires = "artefact")]
	agreement: Option<AgreementId>,
	/// The artefact's SHA3-256.
	#[arg(long, value_parser = digest, requires = "agreement", required_unless_present = "job")]
	artefact: Option<Digest>,
	/// Counts re-keyings of the artefact, from 0.
	#[arg(long, default_value_t = 0)]
	epoch: u32,
	/// Where to write the bundle for the researcher.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
}

/// Options of `artefact fetch`.
#[derive(Debug, clap::Args)]
pub struct Fetch {
	/// The bundle that the steward gave you.
	#[arg(long, value_name = "FILE")]
	bundle: PathBuf,
	/// Your key file.
	#[arg(long, value_name = "FILE")]
	key: PathBuf,
	/// Where to write the opened artefact.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
	/// Put on record that you have it.
	#[arg(long)]
	acknowledge: bool,
}

/// What a researcher needs to fetch and open an artefact. Useless without the X25519 secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bundle {
	format: u16,
	genesis: Digest,
	agreement: AgreementId,
	artefact: Digest,
	role: SubjectRole,
	recipient_key: Digest,
	epoch: u32,
	encapsulated_key: Digest,
	wrapped_key: String,
	wrapped_key_digest: Digest,
	ticket: String,
	#[serde(default)]
	worker_url: Option<String>,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Release(options) => release(context, options).await,
		Command::Fetch(options) => fetch(context, options).await,
	}
}

async fn release(context: &Context, options: Release) -> Result<(), CliError> {
	let worker = context.worker()?;
	context.signer()?;
	let (agreement, artefact) = which(context, &options).await?;
	let recipient_key = recipient(context, agreement).await?;
	let body = json!({ "agreement": agreement, "recipient_key": recipient_key, "epoch": options.epoch });
	let mut bundle: Bundle = worker.release(artefact, &body).await?;
	let chain = context.chain().await?;
	let fits = bundle.genesis == chain.genesis()
		&& bundle.agreement == agreement
		&& bundle.artefact == artefact
		&& bundle.recipient_key == recipient_key
		&& bundle.epoch == options.epoch;
	if !fits || bundle.digest_of_wrapped_key()? != bundle.wrapped_key_digest {
		return Err(CliError::input(
			"the worker's bundle is not for this release",
			"check that worker and node belong together",
		));
	}
	bundle.worker_url.get_or_insert_with(|| context.worker_url().to_owned());
	// Written before the call: what is on record must be in somebody's hands.
	let text = serde_json::to_vec_pretty(&bundle).unwrap_or_default();
	files::write(&options.out, &text)?;
	let digest = bundle.wrapped_key_digest;
	let call = calls::access::release_key(agreement, artefact, digest, recipient_key, options.epoch);
	let included = context.submit(call).await?;
	let value = json!({
		"agreement": agreement,
		"artefact": artefact,
		"role": bundle.role,
		"wrapped_key_digest": digest,
		"bundle": options.out,
		"block": included.block.number,
	});
	let text = format!(
		"the key of {:?} {artefact:?} is released; give {} to the researcher",
		bundle.role,
		options.out.display()
	);
	context.output.result(&value, &text)
}

/// The agreement and the artefact that the options name.
async fn which(context: &Context, options: &Release) -> Result<(AgreementId, Digest), CliError> {
	if let (Some(agreement), Some(artefact)) = (options.agreement, options.artefact) {
		return Ok((agreement, artefact));
	}
	let missing = || CliError::input("no artefact was named", "give --job with --role, or --agreement with --artefact");
	let (id, role) = options.job.zip(options.role).ok_or_else(missing)?;
	let (chain, block) = context.finalised().await?;
	let job = found(chain.job(id, block.hash).await?, format!("job {id}"), block)?;
	let attestation = found(job.attestation, format!("an attestation of job {id}"), block)?;
	let record =
		found(chain.attestation(attestation, block.hash).await?, format!("attestation {attestation:?}"), block)?;
	let subject = record.body.subject(role).ok_or_else(|| {
		let roles: Vec<String> = record.body.subjects.iter().map(|subject| format!("{:?}", subject.role)).collect();
		CliError::input(format!("job {id} made no {role:?}"), format!("name one of {}", roles.join(", ")))
	})?;
	Ok((job.agreement, subject.sha3))
}

async fn recipient(context: &Context, agreement: AgreementId) -> Result<Digest, CliError> {
	let (chain, block) = context.finalised().await?;
	let record = found(chain.agreement(agreement, block.hash).await?, format!("agreement {agreement}"), block)?;
	let member =
		found(chain.member(&record.applicant, block.hash).await?, format!("member {}", record.applicant), block)?;
	member.encryption_key.ok_or_else(|| {
		CliError::input(
			format!("the researcher {} has registered no key", record.applicant),
			"ask them to run `semblance key generate` and `semblance key register`",
		)
	})
}

async fn fetch(context: &Context, options: Fetch) -> Result<(), CliError> {
	let bundle: Bundle = files::read_json(&options.bundle, "release bundle")?;
	let pair = key::read(&options.key)?;
	if pair.public != bundle.recipient_key {
		let problem = format!("was released to the key {:?}, not to {:?}", bundle.recipient_key, pair.public);
		return Err(CliError::file(&options.bundle, problem, "give the key file that was registered at the time"));
	}
	let url = context.named_worker_url().or(bundle.worker_url.as_deref()).unwrap_or(context.worker_url());
	let worker = Worker::with_token(url, bundle.ticket.clone())?;
	let spinner = context.output.spinner("the artefact is on its way");
	let sealed = worker.artefact(bundle.artefact, bundle.agreement).await;
	spinner.finish_and_clear();
	let content = bundle.open(&options.bundle, &pair.secret, &sealed?)?;
	files::write(&options.out, &content)?;
	let acknowledged = if options.acknowledge { Some(acknowledge(context, &bundle).await?) } else { None };
	let value = json!({
		"artefact": bundle.artefact,
		"role": bundle.role,
		"bytes": content.len(),
		"file": options.out,
		"acknowledged_in_block": acknowledged,
	});
	let text =
		format!("{:?}: {} bytes with the attested digest are in {}", bundle.role, content.len(), options.out.display());
	context.output.result(&value, &text)
}

async fn acknowledge(context: &Context, bundle: &Bundle) -> Result<u32, CliError> {
	let (chain, block) = context.finalised().await?;
	let releases = chain.releases(bundle.agreement, block.hash).await?;
	let is_this = |release: &semblance_primitives::access::KeyRelease| {
		release.wrapped_key == bundle.wrapped_key_digest && release.artefact == bundle.artefact
	};
	let index = found(releases.iter().rposition(is_this), "this key release", block)?;
	if let Some(since) = releases.get(index).and_then(|release| release.acknowledged) {
		return Ok(since);
	}
	let included = context.submit(calls::access::acknowledge_key(bundle.agreement, index as u32)).await?;
	Ok(included.block.number)
}

impl Bundle {
	fn wrapped_key_bytes(&self) -> Result<Vec<u8>, CliError> {
		hex::decode(self.wrapped_key.trim_start_matches("0x")).map_err(|error| {
			CliError::input(format!("the wrapped key is no hexadecimal text: {error}"), "ask for the bundle again")
		})
	}

	/// What the chain knows of the wrapped key: SHA3-256 of encapsulated key ‖ wrapped key.
	fn digest_of_wrapped_key(&self) -> Result<Digest, CliError> {
		Ok(sha3_256(&[self.encapsulated_key.as_bytes(), &self.wrapped_key_bytes()?].concat()))
	}

	/// Opens the sealed bytes and checks the content against the attested digest.
	fn open(&self, file: &Path, secret: &[u8; 32], sealed: &[u8]) -> Result<Vec<u8>, CliError> {
		let refuse = |problem: String| CliError::file(file, problem, "ask the steward to release the artefact again");
		let context = ReleaseContext {
			genesis: self.genesis.0,
			agreement: self.agreement,
			artefact: self.artefact.0,
			recipient_key: self.recipient_key.0,
			epoch: self.epoch,
		};
		let wrapped = WrappedKey { encapsulated: self.encapsulated_key.0, wrapped: self.wrapped_key_bytes()? };
		let key = semblance_sealed::unwrap_key(secret, &context.to_bytes(), &wrapped)
			.map_err(|error| refuse(error.to_string()))?;
		let content = semblance_sealed::open(&key, &artefact_context(&self.artefact.0), sealed)
			.map_err(|error| refuse(error.to_string()))?;
		if sha3_256(&content) != self.artefact {
			return Err(refuse("what was sealed has not the attested digest".into()));
		}
		Ok(content)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// A bundle as the worker makes it, with the secret and the sealed bytes.
	fn bundle() -> (Bundle, [u8; 32], Vec<u8>) {
		let pair = semblance_sealed::generate_x25519().unwrap();
		let content = b"a,b\n1,2\n".to_vec();
		let artefact = sha3_256(&content);
		let data_key = [9; 32];
		let context = ReleaseContext {
			genesis: [1; 32],
			agreement: 2,
			artefact: artefact.0,
			recipient_key: pair.public,
			epoch: 0,
		};
		let wrapped = semblance_sealed::wrap_key(&pair.public, &context.to_bytes(), &data_key).unwrap();
		let bundle = Bundle {
			format: 1,
			genesis: Digest::repeat_byte(1),
			agreement: 2,
			artefact,
			role: SubjectRole::SyntheticTable,
			recipient_key: Digest::from(pair.public),
			epoch: 0,
			encapsulated_key: Digest::from(wrapped.encapsulated),
			wrapped_key_digest: sha3_256(&[wrapped.encapsulated.as_slice(), &wrapped.wrapped].concat()),
			wrapped_key: semblance_client::hexadecimal(&wrapped.wrapped),
			ticket: "ticket".into(),
			worker_url: None,
		};
		let sealed = semblance_sealed::seal(&data_key, &artefact_context(&artefact.0), &content);
		(bundle, *pair.secret, sealed)
	}

	#[test]
	fn what_was_released_opens_for_its_recipient() {
		let (bundle, secret, sealed) = bundle();
		assert_eq!(bundle.digest_of_wrapped_key().unwrap(), bundle.wrapped_key_digest);
		assert_eq!(bundle.open(Path::new("b"), &secret, &sealed).unwrap(), b"a,b\n1,2\n");
	}

	#[test]
	fn nothing_opens_with_another_key_agreement_epoch_chain_or_content() {
		let (good, secret, sealed) = bundle();
		let refused =
			|bundle: &Bundle, secret: &[u8; 32], sealed: &[u8]| bundle.open(Path::new("b"), secret, sealed).is_err();
		assert!(refused(&good, &[3; 32], &sealed));
		assert!(refused(&Bundle { agreement: 3, ..good.clone() }, &secret, &sealed));
		assert!(refused(&Bundle { epoch: 1, ..good.clone() }, &secret, &sealed));
		assert!(refused(&Bundle { genesis: Digest::zero(), ..good.clone() }, &secret, &sealed));
		let mut changed = sealed.clone();
		*changed.last_mut().unwrap() ^= 1;
		assert!(refused(&good, &secret, &changed));
		let other = semblance_sealed::seal(&[9; 32], &artefact_context(&good.artefact.0), b"other content");
		assert!(refused(&good, &secret, &other));
	}

	#[test]
	fn a_bundle_without_worker_address_is_read() {
		let (bundle, ..) = bundle();
		let mut value = serde_json::to_value(&bundle).unwrap();
		value.as_object_mut().unwrap().remove("worker_url");
		assert!(serde_json::from_value::<Bundle>(value).is_ok());
	}
}
