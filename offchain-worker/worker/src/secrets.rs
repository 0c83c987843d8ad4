//! Secrets of one hospital's worker: one key in a file, everything else derived from it.
//!
//! Every derivation is HKDF-SHA256 (RFC 5869) of the vault key with a label and what the secret is for, so that a worker
//! that was killed and started again comes to the same salts, handles, seeds and keys.

use codec::Encode;
use hkdf::Hkdf;
use semblance_primitives::{commitment::sha3_256, AgreementId, ConsentHandle, Digest, JobId, OrganisationId};
use sha2::Sha256;
use sha3::{Digest as _, Sha3_256};
use std::{
	fs,
	io::Write,
	os::unix::fs::OpenOptionsExt,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// A secret of 32 bytes, wiped from memory when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

/// Why a file with a secret cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
	/// The file cannot be read or written.
	#[error("{}: {source}. Run `semblance-worker init --data DIR` first, and run the worker as the owner of that folder", path.display())]
	#[allow(missing_docs)]
	File { path: PathBuf, source: std::io::Error },
	/// Others may read the file.
	#[error("{}: mode {mode:o} lets others read the secret. Run `chmod 600` on it, and replace the secret if somebody did", path.display())]
	#[allow(missing_docs)]
	Permissions { path: PathBuf, mode: u32 },
	/// The file does not hold 64 hexadecimal digits.
	#[error("{}: not 64 hexadecimal digits. Restore the file from your backup", path.display())]
	#[allow(missing_docs)]
	Malformed { path: PathBuf },
	/// No random bytes.
	#[error("the operating system gives no random bytes. Try again, and check /dev/urandom")]
	Randomness,
}

/// 32 fresh random bytes.
///
/// # Errors
/// [`SecretError::Randomness`].
pub fn random() -> Result<Secret, SecretError> {
	let mut secret = Zeroizing::new([0; 32]);
	getrandom::fill(secret.as_mut()).map_err(|_| SecretError::Randomness)?;
	Ok(secret)
}

/// Writes a new random secret in hexadecimal to a file that must not exist, readable by its owner only.
///
/// # Errors
/// [`SecretError`] if the file exists or cannot be written.
pub fn create_file(path: &Path) -> Result<Secret, SecretError> {
	let failed = |source| SecretError::File { path: path.into(), source };
	let secret = random()?;
	let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
	let text = Zeroizing::new(hex::encode(*secret));
	file.write_all(text.as_bytes())
		.and_then(|()| file.write_all(b"\n"))
		.and_then(|()| file.sync_all())
		.map_err(failed)?;
	Ok(secret)
}

/// Reads a secret that [`create_file`] wrote.
///
/// # Errors
/// [`SecretError`] if the file cannot be read, others may read it, or it holds something else.
pub fn read_file(path: &Path) -> Result<Secret, SecretError> {
	let failed = |source| SecretError::File { path: path.into(), source };
	let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
	if mode & 0o077 != 0 {
		return Err(SecretError::Permissions { path: path.into(), mode: mode & 0o777 });
	}
	let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
	let mut secret = Zeroizing::new([0; 32]);
	hex::decode_to_slice(text.trim(), secret.as_mut_slice())
		.map_err(|_| SecretError::Malformed { path: path.into() })?;
	Ok(secret)
}

/// The vault key, from which all other secrets derive.
pub struct VaultKey(Secret);

impl VaultKey {
	/// Takes the key.
	pub fn new(key: Secret) -> Self {
		Self(key)
	}

	fn derive(&self, label: &str, context: impl Encode) -> Secret {
		expand(&self.0, label, context)
	}

	/// Secret of a dataset draft, from which its salts derive.
	pub fn dataset(&self, draft: &str) -> DatasetSecret {
		DatasetSecret(self.derive("semblance/vault/dataset/1", draft))
	}

	/// Secret that turns patients' numbers into consent handles.
	pub fn handles(&self, organisation: OrganisationId) -> HandleSecret {
		HandleSecret(self.derive("semblance/vault/handles/1", organisation))
	}

	/// Noise secret of one attempt at a job. Its digest is committed to before the beacon is known.
	pub fn noise(&self, genesis: &Digest, job: JobId, attempt: u32) -> Secret {
		self.derive("semblance/vault/noise/1", (genesis, job, attempt))
	}

	/// Key under which an artefact is sealed.
	pub fn artefact(&self, artefact: &Digest) -> Secret {
		self.derive("semblance/vault/artefact/1", artefact)
	}

	/// Key under which the vault's own files are sealed.
	pub fn storage(&self, name: &str) -> Secret {
		self.derive("semblance/vault/storage/1", name)
	}

	/// The ticket that lets its bearer download the sealed artefact under an agreement. It reveals nothing of the
	/// content, which stays sealed.
	pub fn ticket(&self, genesis: &Digest, agreement: AgreementId, artefact: &Digest) -> String {
		hex::encode(*self.derive("semblance/vault/ticket/1", (genesis, agreement, artefact)))
	}
}

/// Secret of one dataset.
pub struct DatasetSecret(Secret);

impl DatasetSecret {
	/// Salt of the commitment to one row.
	pub fn row_salt(&self, row: u64) -> [u8; 32] {
		*expand(&self.0, "semblance/vault/row-salt/1", row)
	}

	/// Where a patient stands between 0 and 2^64: those below the hold-out share are held out. A patient stays on the
	/// same side in every job on the dataset.
	pub fn split_score(&self, patient: &str) -> u64 {
		let digest = keyed(&self.0, b"semblance/vault/split/1", patient.as_bytes());
		let mut first = [0; 8];
		first.copy_from_slice(&digest[..8]);
		u64::from_be_bytes(first)
	}
}

/// Secret that makes consent handles.
pub struct HandleSecret(Secret);

impl HandleSecret {
	/// The pseudonym of a patient.
	pub fn handle(&self, patient: &str) -> ConsentHandle {
		ConsentHandle::from(keyed(&self.0, b"semblance/vault/handle/1", patient.as_bytes()))
	}
}

/// Digest that commits to a secret.
pub fn commitment_to(secret: &Secret) -> Digest {
	sha3_256(secret.as_slice())
}

/// 32 secret bytes that hide what they are hashed with. They open with the noise secret.
pub fn blinding(noise_secret: &Secret, what: &str) -> Secret {
	expand(noise_secret, "semblance/blinding/1", what)
}

fn expand(key: &Secret, label: &str, context: impl Encode) -> Secret {
	let mut derived = Zeroizing::new([0; 32]);
	// 32 bytes are far below HKDF's limit, the only error there is.
	let _ = Hkdf::<Sha256>::new(None, key.as_slice()).expand(&(label, context).encode(), derived.as_mut_slice());
	derived
}

/// Keyed digest. SHA3 needs no HMAC: it knows no length extension, and key and domain have a fixed length per use.
fn keyed(key: &Secret, domain: &[u8], content: &[u8]) -> [u8; 32] {
	let mut hasher = Sha3_256::new();
	hasher.update(domain);
	hasher.update(key.as_slice());
	hasher.update(content);
	hasher.finalize().into()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn key() -> VaultKey {
		VaultKey::new(Zeroizing::new([7; 32]))
	}

	#[test]
	fn derivations_are_golden() {
		let key = key();
		let shown = [
			hex::encode(key.dataset("0123456789abcdef").row_salt(3)),
			hex::encode(key.handles(1).handle("patient-1")),
			hex::encode(*key.noise(&Digest::repeat_byte(1), 2, 3)),
			hex::encode(*key.artefact(&Digest::repeat_byte(4))),
			key.ticket(&Digest::repeat_byte(1), 5, &Digest::repeat_byte(4)),
			key.dataset("0123456789abcdef").split_score("patient-1").to_string(),
		];
		let golden = [
			"42b3f6a75199ec7579cf495c7ee230d1dd3c507bdb6622e313c0d2ca2e77cf82",
			"ffe9a29c14948f820cad7337646f81838b4a860c90b41e7b32b9dc34d16b7ac9",
			"80c3499d8d7b24e1c5e45e7e9592547bcd9b1ad1e7c4b31768dbfb48efc9b8ae",
			"1b3e4b18ff33591c9f61dda76c51e364aa6042d593cf02776cd45597e0ebbbdb",
			"327e53c8cf99955ae85ee7c426a6ef87f2bc0022f775fb3b6dc5c510b504bebd",
			"1572475132916869648",
		];
		assert_eq!(shown, golden);
	}

	#[test]
	fn every_part_of_the_context_changes_the_secret() {
		let key = key();
		let base = key.noise(&Digest::repeat_byte(1), 1, 1);
		assert_ne!(base, key.noise(&Digest::repeat_byte(2), 1, 1));
		assert_ne!(base, key.noise(&Digest::repeat_byte(1), 2, 1));
		assert_ne!(base, key.noise(&Digest::repeat_byte(1), 1, 2));
		assert_ne!(key.handles(1).handle("1"), key.handles(2).handle("1"));
		assert_ne!(key.dataset("a").row_salt(0), key.dataset("b").row_salt(0));
		assert_ne!(key.dataset("a").row_salt(0), key.dataset("a").row_salt(1));
	}

	#[test]
	fn a_secret_that_others_may_read_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key");
		let secret = create_file(&path).unwrap();
		assert_eq!(read_file(&path).unwrap(), secret);
		assert!(matches!(create_file(&path), Err(SecretError::File { .. })), "no secret is overwritten");
		fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
		assert!(matches!(read_file(&path), Err(SecretError::Permissions { mode: 0o640, .. })));
		fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
		fs::write(&path, "abc").unwrap();
		assert!(matches!(read_file(&path), Err(SecretError::Malformed { .. })));
	}
}
