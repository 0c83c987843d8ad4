//! Consents: a cohort's forms in batches, a patient's own answer, and orders that a patient signs and anyone relays.

use crate::{
	arguments::{account, digest, optional_digest, DigestOrFile, Terms},
	context::{found, Context},
	error::CliError,
	files,
};
use codec::{Decode, Encode};
use semblance_client::{calls, hexadecimal, records, Chain, Wait};
use semblance_primitives::{
	consent::{Capture, CapturedConsent, ConsentAction, ConsentOrder},
	data_use::Permission,
	signing, AccountId, ConsentHandle, Digest,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;

/// What to do with consents.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
	/// Records signed forms for all patients of a dataset version that have no consent on chain yet.
	Capture(CaptureOptions),
	/// Asks a patient, who answers with an own account.
	Request(RequestOptions),
	/// Agrees, as the patient.
	Give {
		/// The consent.
		#[arg(value_parser = digest)]
		handle: ConsentHandle,
	},
	/// Says no, as the patient.
	Refuse {
		/// The consent.
		#[arg(value_parser = digest)]
		handle: ConsentHandle,
	},
	/// Ends a consent: as the patient, or as a steward at the patient's written request.
	Withdraw {
		/// The consent.
		#[arg(value_parser = digest)]
		handle: ConsentHandle,
		/// The written request (digest or file); stewards must give one.
		#[arg(long, value_name = "DIGEST|FILE")]
		evidence: Option<DigestOrFile>,
	},
	/// Signs a withdrawal as the patient, for somebody else to relay. Sends nothing.
	SignWithdrawal {
		/// The consent.
		#[arg(value_parser = digest)]
		handle: ConsentHandle,
		/// Blocks for which the order may be relayed [default: 30 days of 2 s blocks].
		#[arg(long, default_value_t = 1_296_000)]
		valid_for: u32,
		/// Where to write the order [default: stdout].
		#[arg(long)]
		out: Option<PathBuf>,
	},
	/// Relays an order that a patient signed.
	Relay {
		/// The order, as `sign-withdrawal` wrote it.
		file: PathBuf,
	},
	/// Shows a consent and its history.
	Show {
		/// The consent.
		#[arg(value_parser = digest)]
		handle: ConsentHandle,
	},
	/// Looks up one patient's handle at the worker.
	Handle {
		/// Number of the dataset.
		#[arg(long)]
		dataset: u32,
		/// Its version [default: the latest].
		#[arg(long)]
		version: Option<u32>,
		/// The patient, as the patient column names them.
		patient: String,
	},
}

/// Options of `consent capture`.
#[derive(Debug, clap::Args)]
pub struct CaptureOptions {
	/// Number of the dataset.
	#[arg(long)]
	dataset: u32,
	/// Its version [default: the latest].
	#[arg(long)]
	version: Option<u32>,
	/// The notice that the patients were given (digest or file).
	#[arg(long, value_name = "DIGEST|FILE")]
	notice: DigestOrFile,
	/// What points to the signed forms, for example their register (digest or file).
	#[arg(long, value_name = "DIGEST|FILE")]
	evidence: DigestOrFile,
	#[command(flatten)]
	terms: Terms,
	/// Blocks after which the consents end [default: no end].
	#[arg(long, value_name = "BLOCKS")]
	expires: Option<u32>,
	/// Consents in one transaction.
	#[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000))]
	batch: u32,
}

/// Options of `consent request`.
#[derive(Debug, clap::Args)]
pub struct RequestOptions {
	/// The consent.
	#[arg(value_parser = digest)]
	handle: ConsentHandle,
	/// Account of the patient or guardian.
	#[arg(long, value_parser = account)]
	subject: AccountId,
	/// The notice that the patient was given (digest or file).
	#[arg(long, value_name = "DIGEST|FILE")]
	notice: DigestOrFile,
	#[command(flatten)]
	terms: Terms,
	/// Blocks after which the consent ends [default: no end].
	#[arg(long, value_name = "BLOCKS")]
	expires: Option<u32>,
	/// The account is a guardian's.
	#[arg(long)]
	guardian: bool,
}

/// A patient's signed order, as a file.
#[derive(Debug, Serialize, Deserialize)]
struct SignedOrder {
	/// Version of this document.
	format: u16,
	/// The chain.
	genesis: Digest,
	/// The order for people to read; what counts is `order_scale`.
	order: ConsentOrder,
	/// SCALE encoding of the order.
	order_scale: String,
	/// Who signed.
	signer: AccountId,
	/// sr25519 signature over the message that `semblance-primitives` defines.
	signature: String,
}

pub(super) async fn run(context: &Context, command: Command) -> Result<(), CliError> {
	match command {
		Command::Capture(options) => capture(context, options).await,
		Command::Request(options) => request(context, options).await,
		Command::Give { handle } => change(context, calls::consent::give(handle), handle, "given").await,
		Command::Refuse { handle } => change(context, calls::consent::refuse(handle), handle, "refused").await,
		Command::Withdraw { handle, evidence } => {
			let call = calls::consent::withdraw(handle, optional_digest(&evidence)?);
			change(context, call, handle, "withdrawn").await
		},
		Command::SignWithdrawal { handle, valid_for, out } => sign_withdrawal(context, handle, valid_for, out).await,
		Command::Relay { file } => relay(context, file).await,
		Command::Show { handle } => show(context, handle).await,
		Command::Handle { dataset, version, patient } => handle(context, dataset, version, &patient).await,
	}
}

async fn latest(context: &Context, dataset: u32, version: Option<u32>) -> Result<u32, CliError> {
	if let Some(version) = version {
		return Ok(version);
	}
	let (chain, block) = context.finalised().await?;
	Ok(found(chain.dataset(dataset, block.hash).await?, format!("dataset {dataset}"), block)?.latest_version)
}

async fn capture(context: &Context, options: CaptureOptions) -> Result<(), CliError> {
	let worker = context.worker()?;
	let (chain, block) = context.finalised().await?;
	let dataset =
		found(chain.dataset(options.dataset, block.hash).await?, format!("dataset {}", options.dataset), block)?;
	let handles = worker.handles(options.dataset, options.version.unwrap_or(dataset.latest_version)).await?;
	let missing = without_consent(chain, &handles).await?;
	let skipped = handles.len().saturating_sub(missing.len());
	let terms = options.terms.to_data_use(Some(dataset.terms.permission))?;
	let notice = options.notice.digest()?;
	let evidence = options.evidence.digest()?;
	let expires = options.expires.map(|blocks| block.number.saturating_add(blocks));
	let bar = context.output.bar(missing.len() as u64, "consents recorded");
	let mut blocks = Vec::new();
	let mut batches = missing.chunks(options.batch as usize).peekable();
	while let Some(batch) = batches.next() {
		let consents: Vec<_> = batch.iter().map(|&handle| CapturedConsent { handle, evidence }).collect();
		let call = calls::consent::capture_batch(Capture::StewardAttested, &terms, expires, notice, &consents);
		// The last one is followed to finality: the earlier ones are in its ancestry.
		let wait = if batches.peek().is_none() { Wait::Finalised } else { Wait::Included };
		blocks.push(chain.submit_and_wait(&context.signer()?, call, wait).await?.block.number);
		bar.inc(batch.len() as u64);
	}
	bar.finish_and_clear();
	let value = json!({ "dataset": options.dataset, "captured": missing.len(), "skipped": skipped, "notice": notice, "blocks": blocks });
	let text = format!("{} consents are recorded, {skipped} had one on the chain already", missing.len());
	context.output.result(&value, &text)
}

/// The handles that have no consent on the chain yet, looked up at the best block so that a run that was broken off
/// goes on where it stopped.
async fn without_consent(chain: &Chain, handles: &[ConsentHandle]) -> Result<Vec<ConsentHandle>, CliError> {
	let best = chain.best().await?;
	let present = chain.consents(handles, best.hash).await?;
	Ok(handles.iter().zip(present).filter(|(_, consent)| consent.is_none()).map(|(handle, _)| *handle).collect())
}

async fn request(context: &Context, options: RequestOptions) -> Result<(), CliError> {
	let (_, block) = context.finalised().await?;
	let terms = options.terms.to_data_use(Some(Permission::HealthMedicalBiomedical))?;
	let expires = options.expires.map(|blocks| block.number.saturating_add(blocks));
	let capture = if options.guardian { Capture::Guardian } else { Capture::SelfSigned };
	let call =
		calls::consent::request(options.handle, &options.subject, &terms, expires, options.notice.digest()?, capture);
	change(context, call, options.handle, "requested").await
}

async fn change(
	context: &Context,
	call: semblance_client::Call,
	handle: ConsentHandle,
	what: &str,
) -> Result<(), CliError> {
	let included = context.submit(call).await?;
	let value = json!({ "handle": handle, "change": what, "block": included.block.number });
	context.output.result(&value, &format!("consent {handle:?} is {what} since block {}", included.block.number))
}

async fn sign_withdrawal(
	context: &Context,
	handle: ConsentHandle,
	valid_for: u32,
	out: Option<PathBuf>,
) -> Result<(), CliError> {
	let signer = context.signer()?;
	let (chain, block) = context.finalised().await?;
	let consent = found(chain.consent(handle, block.hash).await?, format!("consent {handle:?}"), block)?;
	if consent.subject.as_ref() != Some(&signer.account()) {
		return Err(CliError::input(
			format!("{} is not the subject of this consent", signer.account()),
			"sign with the patient's key, or ask the hospital to withdraw with the written request as evidence",
		));
	}
	let valid_until = block.number.saturating_add(valid_for);
	let order = ConsentOrder { handle, action: ConsentAction::Withdraw, nonce: consent.nonce, valid_until };
	let message = message(&chain.genesis(), &order);
	let signed = SignedOrder {
		format: 1,
		genesis: chain.genesis(),
		order_scale: hexadecimal(&order.encode()),
		order,
		signer: signer.account(),
		signature: hexadecimal(&signer.sign(&message)),
	};
	let text = serde_json::to_string_pretty(&signed).unwrap_or_default();
	match out {
		None => context.output.result(&signed, &text),
		Some(path) => {
			files::write(&path, text.as_bytes())?;
			context.output.result(&json!({ "order": path }), &format!("the order is in {}", path.display()))
		},
	}
}

fn message(genesis: &Digest, order: &ConsentOrder) -> Vec<u8> {
	signing::message(signing::CONSENT_ORDER, genesis, order.nonce, order.valid_until, order)
}

async fn relay(context: &Context, file: PathBuf) -> Result<(), CliError> {
	let signed: SignedOrder = files::read_json(&file, "signed order")?;
	let chain = context.chain().await?;
	let (order, signature) = signed
		.check(&chain.genesis())
		.map_err(|problem| CliError::file(&file, problem, "ask the patient to sign again on this chain"))?;
	let handle = order.handle;
	change(context, calls::consent::relay(&order, &signature), handle, "changed as the patient ordered").await
}

impl SignedOrder {
	/// The order and its signature, if they belong together and to this chain.
	fn check(&self, genesis: &Digest) -> Result<(ConsentOrder, [u8; 64]), String> {
		if self.genesis != *genesis {
			return Err(format!("signed for the chain {:?}, not for this one ({genesis:?})", self.genesis));
		}
		let bytes = |text: &str| hex::decode(text.trim_start_matches("0x")).map_err(|error| error.to_string());
		let order =
			ConsentOrder::decode(&mut bytes(&self.order_scale)?.as_slice()).map_err(|error| error.to_string())?;
		if order != self.order {
			return Err("the readable order is not the one that was signed".into());
		}
		let signature: [u8; 64] = bytes(&self.signature)?.try_into().map_err(|_| "the signature has not 64 bytes")?;
		let is_genuine = {
			use sp_core::{sr25519, Pair};
			let public = sr25519::Public::from_raw(self.signer.clone().into());
			sr25519::Pair::verify(&sr25519::Signature::from_raw(signature), message(genesis, &order), &public)
		};
		is_genuine
			.then_some((order, signature))
			.ok_or_else(|| "the signature is not the signer's over this order".into())
	}
}

async fn show(context: &Context, handle: ConsentHandle) -> Result<(), CliError> {
	let (chain, block) = context.finalised().await?;
	let consent = found(chain.consent(handle, block.hash).await?, format!("consent {handle:?}"), block)?;
	let history = chain.consent_history(handle, &consent, block.hash).await?;
	let key = hexadecimal(&records::consent_key(&handle));
	let value = json!({ "handle": handle, "consent": consent, "history": history, "storage_key": key, "finalised_block": block.number });
	context.output.record(&format!("Consent {handle:?}"), &value)
}

async fn handle(context: &Context, dataset: u32, version: Option<u32>, patient: &str) -> Result<(), CliError> {
	let version = latest(context, dataset, version).await?;
	let handle = context.worker()?.handle(dataset, version, patient).await?;
	context.output.result(&json!({ "handle": handle }), &format!("{handle:?}"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use semblance_client::Signer;

	fn signed() -> SignedOrder {
		let signer = Signer::from_uri("//Patient").unwrap();
		let genesis = Digest::repeat_byte(1);
		let order = ConsentOrder {
			handle: Digest::repeat_byte(2),
			action: ConsentAction::Withdraw,
			nonce: 0,
			valid_until: 100,
		};
		SignedOrder {
			format: 1,
			genesis,
			order_scale: hexadecimal(&order.encode()),
			signature: hexadecimal(&signer.sign(&message(&genesis, &order))),
			signer: signer.account(),
			order,
		}
	}

	#[test]
	fn a_signed_order_survives_its_file_and_checks() {
		let text = serde_json::to_string(&signed()).unwrap();
		let read: SignedOrder = serde_json::from_str(&text).unwrap();
		assert_eq!(read.check(&Digest::repeat_byte(1)).unwrap().0.handle, Digest::repeat_byte(2));
	}

	#[test]
	fn an_order_for_another_chain_or_changed_is_refused() {
		let good = signed();
		assert!(good.check(&Digest::repeat_byte(9)).unwrap_err().contains("chain"));
		let mut other_action = signed();
		other_action.order.action = ConsentAction::Give;
		assert!(other_action.check(&good.genesis).is_err());
		other_action.order_scale = hexadecimal(&other_action.order.encode());
		assert!(other_action.check(&good.genesis).unwrap_err().contains("signature"));
		let mut other_signer = signed();
		other_signer.signer = Signer::from_uri("//Eve").unwrap().account();
		assert!(other_signer.check(&good.genesis).is_err());
	}
}
