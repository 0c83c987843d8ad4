//! Reading and writing files as a careful person would: bounded reads, whole writes, secrets for their owner only.

use crate::error::CliError;
use std::{fs, io::Write, path::Path};

/// Largest file that is read into memory, in bytes: a synthetic table, or a cohort.
pub const MAX_FILE: u64 = 1 << 30;
/// Largest JSON document that is read, in bytes: a receipt with many handovers.
pub const MAX_DOCUMENT: u64 = 256 << 20;

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// If it cannot be read or is larger.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
	let refuse = |problem: String| CliError::file(path, problem, "name a file that you can read");
	let size = fs::metadata(path).map_err(|error| refuse(error.to_string()))?.len();
	if size > limit {
		let problem = format!("{size} bytes are more than the {limit} that are read");
		return Err(CliError::file(path, problem, "check that this is the right file"));
	}
	fs::read(path).map_err(|error| refuse(error.to_string()))
}

/// Reads a JSON document.
///
/// # Errors
/// If it cannot be read, or is no `T`; the message has line and column.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path, what: &str) -> Result<T, CliError> {
	serde_json::from_slice(&read(path, MAX_DOCUMENT)?).map_err(|error| {
		CliError::file(path, format!("no {what}: {error}"), "check that this is the right file, complete and unchanged")
	})
}

/// Writes a whole file, or nothing: what stood there before is replaced at once.
///
/// # Errors
/// If the folder cannot be written to.
pub fn write(path: &Path, content: &[u8]) -> Result<(), CliError> {
	let refuse = |error: std::io::Error| CliError::file(path, error, "name a file in a folder that you can write to");
	let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
	// Temporary files are readable by their owner only, and stay so when they take their name.
	let mut file = tempfile::NamedTempFile::new_in(folder).map_err(refuse)?;
	file.write_all(content).map_err(refuse)?;
	file.as_file().sync_all().map_err(refuse)?;
	file.persist(path).map_err(|error| refuse(error.error))?;
	Ok(())
}

/// Writes a new file that only its owner reads; never replaces one.
///
/// # Errors
/// If there is such a file already, or the folder cannot be written to.
pub fn write_secret(path: &Path, content: &[u8]) -> Result<(), CliError> {
	if path.exists() {
		return Err(CliError::file(path, "exists already", "keep the old key and name another file"));
	}
	write(path, content)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::os::unix::fs::PermissionsExt;

	#[test]
	fn secrets_are_for_their_owner_and_never_replaced() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key");
		write_secret(&path, b"secret").unwrap();
		assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
		assert!(write_secret(&path, b"other").is_err());
		assert_eq!(fs::read(&path).unwrap(), b"secret");
	}

	#[test]
	fn a_missing_or_too_large_file_is_named() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("file");
		assert!(read(&path, 10).unwrap_err().to_string().contains("file"));
		write(&path, &[0; 11]).unwrap();
		assert!(read(&path, 10).unwrap_err().to_string().contains("11 bytes"));
	}
}
