//! Sealed files. A file appears under its name complete or not at all.

use super::{Vault, VaultError};
use semblance_primitives::Digest;
use semblance_sealed::artefact_context;
use std::{
	fs,
	io::Write,
	os::unix::fs::OpenOptionsExt,
	path::{Path, PathBuf},
};

impl Vault {
	/// Seals an artefact under its digest. Writing it twice gives the same bytes.
	///
	/// # Errors
	/// [`VaultError::Io`] if the disk does not take it.
	pub fn put_artefact(&self, digest: &Digest, content: &[u8]) -> Result<(), VaultError> {
		let sealed =
			semblance_sealed::seal(&self.key.artefact(digest), &artefact_context(digest.as_fixed_bytes()), content);
		self.write(&artefact_name(digest), &sealed)
	}

	/// The sealed bytes of an artefact, as a researcher downloads them.
	///
	/// # Errors
	/// [`VaultError::Missing`] if there is no such artefact.
	pub fn sealed_artefact(&self, digest: &Digest) -> Result<Vec<u8>, VaultError> {
		self.read(&artefact_name(digest))
	}

	/// The content of an artefact.
	///
	/// # Errors
	/// [`VaultError`] if it is missing or was changed.
	pub fn artefact(&self, digest: &Digest) -> Result<Vec<u8>, VaultError> {
		let name = artefact_name(digest);
		let sealed = self.read(&name)?;
		semblance_sealed::open(&self.key.artefact(digest), &artefact_context(digest.as_fixed_bytes()), &sealed)
			.map_err(|source| VaultError::Sealed { name, source })
	}

	/// Seals the rows of a draft.
	///
	/// # Errors
	/// [`VaultError::Io`] if the disk does not take them.
	pub fn put_rows(&self, draft: &str, csv: &[u8]) -> Result<(), VaultError> {
		self.put_sealed(&rows_name(draft), csv)
	}

	/// The rows of a draft.
	///
	/// # Errors
	/// [`VaultError`] if they are missing or were changed.
	pub fn rows(&self, draft: &str) -> Result<Vec<u8>, VaultError> {
		self.opened(&rows_name(draft))
	}

	/// Seals a file under a name that its key depends on.
	pub(super) fn put_sealed(&self, name: &str, content: &[u8]) -> Result<(), VaultError> {
		self.write(name, &semblance_sealed::seal(&self.key.storage(name), name.as_bytes(), content))
	}

	/// Opens what [`Self::put_sealed`] made.
	pub(super) fn opened(&self, name: &str) -> Result<Vec<u8>, VaultError> {
		let sealed = self.read(name)?;
		self.open_value(name, &sealed)
	}

	/// Removes the files whose names begin so, half-written ones too.
	pub(super) fn remove_all(&self, beginning: &str) -> Result<(), VaultError> {
		let folder = self.folder.join("blobs");
		let failed = |path: &Path| {
			let path = path.to_owned();
			|source| VaultError::Io { path, source }
		};
		for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
			let entry = entry.map_err(failed(&folder))?;
			if entry.file_name().to_string_lossy().starts_with(beginning) {
				fs::remove_file(entry.path()).map_err(failed(&entry.path()))?;
			}
		}
		Ok(())
	}

	/// Seals a small value for a column of the database.
	pub(crate) fn seal_value(&self, name: &str, value: &[u8]) -> Vec<u8> {
		semblance_sealed::seal(&self.key.storage(name), name.as_bytes(), value)
	}

	/// Opens what [`Self::seal_value`] made.
	pub(crate) fn open_value(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
		semblance_sealed::open(&self.key.storage(name), name.as_bytes(), sealed)
			.map_err(|source| VaultError::Sealed { name: name.into(), source })
	}

	fn path(&self, name: &str) -> PathBuf {
		self.folder.join("blobs").join(name)
	}

	fn write(&self, name: &str, content: &[u8]) -> Result<(), VaultError> {
		let path = self.path(name);
		let failed = |source| VaultError::Io { path: path.clone(), source };
		let temporary = path.with_extension(format!("{}.part", std::process::id()));
		let written = fs::OpenOptions::new()
			.write(true)
			.create(true)
			.truncate(true)
			.mode(0o600)
			.open(&temporary)
			.and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
			.and_then(|()| fs::rename(&temporary, &path))
			.and_then(|()| fs::File::open(self.folder.join("blobs"))?.sync_all());
		if written.is_err() {
			// The old file, if any, still stands under its name.
			let _ = fs::remove_file(&temporary);
		}
		written.map_err(failed)
	}

	fn read(&self, name: &str) -> Result<Vec<u8>, VaultError> {
		let path = self.path(name);
		fs::read(&path).map_err(|source| match source.kind() {
			std::io::ErrorKind::NotFound => VaultError::Missing { name: name.into() },
			_ => VaultError::Io { path, source },
		})
	}
}

fn artefact_name(digest: &Digest) -> String {
	format!("artefact-{}", hex::encode(digest))
}

fn rows_name(draft: &str) -> String {
	format!("rows-{draft}")
}

#[cfg(test)]
mod tests {
	use super::*;
	use semblance_primitives::commitment::sha3_256;

	#[test]
	fn contents_come_back_and_no_plain_text_is_on_disk() {
		let folder = tempfile::tempdir().unwrap();
		let vault = Vault::create(&folder.path().join("v")).unwrap();
		vault.put_rows("0011", b"patient,age\n1,40\n").unwrap();
		assert_eq!(vault.rows("0011").unwrap(), b"patient,age\n1,40\n");
		let digest = sha3_256(b"table");
		vault.put_artefact(&digest, b"table").unwrap();
		assert_eq!(vault.artefact(&digest).unwrap(), b"table");
		for entry in fs::read_dir(folder.path().join("v/blobs")).unwrap() {
			let bytes = fs::read(entry.unwrap().path()).unwrap();
			assert!(!bytes.windows(5).any(|w| w == b"table" || w == b"patie"));
		}
	}

	#[test]
	fn a_changed_or_exchanged_file_does_not_open() {
		let folder = tempfile::tempdir().unwrap();
		let vault = Vault::create(&folder.path().join("v")).unwrap();
		vault.put_rows("a", b"one").unwrap();
		vault.put_rows("b", b"two").unwrap();
		let blobs = folder.path().join("v/blobs");
		fs::copy(blobs.join("rows-a"), blobs.join("rows-b")).unwrap();
		assert!(matches!(vault.rows("b"), Err(VaultError::Sealed { .. })));
		assert!(matches!(vault.rows("c"), Err(VaultError::Missing { .. })));
	}
}
