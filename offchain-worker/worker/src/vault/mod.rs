//! The vault: a folder that only the worker's account reads, with a database of work records and sealed files.
//!
//! ```text
//! vault.key   32 random bytes in hexadecimal; back it up, nothing opens without it
//! token       bearer token of the HTTP interface
//! vault.db    SQLite, write-ahead log, synchronous FULL: what is in it survives a power cut
//! blobs/      sealed files, named by what is in them, written as temporary file + fsync + rename
//! ```

mod blobs;
mod schema;
mod training;

use crate::secrets::{self, SecretError, VaultKey};
use rusqlite::Connection;
use std::{
	fs,
	os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
	path::{Path, PathBuf},
	sync::{Mutex, MutexGuard, PoisonError},
};

pub use training::TrainingState;

/// What can go wrong with the vault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
	/// A file operation failed.
	#[error("{}: {source}. Check that the folder exists, that the disk is not full, and who owns it", path.display())]
	#[allow(missing_docs)]
	Io { path: PathBuf, source: std::io::Error },
	/// The database failed.
	#[error("vault.db: {0}. Check that the disk is not full and that no other worker uses the folder")]
	Database(#[from] rusqlite::Error),
	/// The database was written by a newer release.
	#[error("vault.db has layout {found}, this release knows {known}. Use the newer release")]
	#[allow(missing_docs)]
	NewerLayout { found: u32, known: u32 },
	/// A sealed file does not open.
	#[error("{name}: {source}")]
	#[allow(missing_docs)]
	Sealed { name: String, source: semblance_sealed::OpenError },
	/// A sealed file is missing.
	#[error("{name} is not in the vault. Restore it from your backup, or register the dataset again")]
	#[allow(missing_docs)]
	Missing { name: String },
	/// A record in the database is not what this release writes.
	#[error("vault.db: the record of {what} cannot be read. Restore the vault from your backup")]
	#[allow(missing_docs)]
	Record { what: String },
	/// Another worker has it open.
	#[error("{}: another worker has the vault open. Stop it first", folder.display())]
	#[allow(missing_docs)]
	InUse { folder: PathBuf },
	/// A secret cannot be used.
	#[error(transparent)]
	Secret(#[from] SecretError),
}

/// An open vault.
pub struct Vault {
	folder: PathBuf,
	key: VaultKey,
	database: Mutex<Connection>,
	/// Held as long as the vault is open, so that no second worker opens it.
	_lock: fs::File,
}

/// Name of the file with the vault key.
pub const KEY_FILE: &str = "vault.key";
/// Name of the file with the bearer token.
pub const TOKEN_FILE: &str = "token";

impl Vault {
	/// Makes a new vault with fresh secrets.
	///
	/// # Errors
	/// [`VaultError`] if the folder holds a vault already or cannot be written.
	pub fn create(folder: &Path) -> Result<Self, VaultError> {
		let failed = |source| VaultError::Io { path: folder.into(), source };
		fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
		fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(failed)?;
		secrets::create_file(&folder.join(KEY_FILE))?;
		if !folder.join(TOKEN_FILE).exists() {
			secrets::create_file(&folder.join(TOKEN_FILE))?;
		}
		Self::open(folder)
	}

	/// Opens an existing vault, and brings its database to this release's layout.
	///
	/// # Errors
	/// [`VaultError`] if there is none, its secrets are readable by others, or it is of a newer release.
	pub fn open(folder: &Path) -> Result<Self, VaultError> {
		let key = VaultKey::new(secrets::read_file(&folder.join(KEY_FILE))?);
		let blobs = folder.join("blobs");
		let failed = |source| VaultError::Io { path: blobs.clone(), source };
		fs::DirBuilder::new().recursive(true).mode(0o700).create(&blobs).map_err(failed)?;
		let lock = private_file(folder.join("lock"))?;
		lock.try_lock().map_err(|_| VaultError::InUse { folder: folder.into() })?;
		// SQLite gives its log the permissions of the database.
		private_file(folder.join("vault.db"))?;
		let mut database = Connection::open(folder.join("vault.db"))?;
		schema::prepare(&mut database)?;
		Ok(Self { folder: folder.into(), key, database: Mutex::new(database), _lock: lock })
	}

	/// The bearer token of the HTTP interface.
	///
	/// # Errors
	/// [`SecretError`] if the file cannot be used.
	pub fn token(&self) -> Result<String, SecretError> {
		Ok(hex::encode(*secrets::read_file(&self.folder.join(TOKEN_FILE))?))
	}

	/// The folder.
	pub fn folder(&self) -> &Path {
		&self.folder
	}

	/// The key from which everything derives.
	pub fn key(&self) -> &VaultKey {
		&self.key
	}

	/// The database. A thread that panicked in between left no half transaction: SQLite rolled it back.
	pub(crate) fn database(&self) -> MutexGuard<'_, Connection> {
		self.database.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

/// Opens a file, made for its owner only if it is not there.
fn private_file(path: PathBuf) -> Result<fs::File, VaultError> {
	let file = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
	file.map_err(|source| VaultError::Io { path, source })
}

/// An unsigned number in a column; SQLite's integers end at 2^63 - 1.
pub(crate) struct Unsigned(pub u64);

impl rusqlite::ToSql for Unsigned {
	fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
		Ok(i64::try_from(self.0).unwrap_or(i64::MAX).into())
	}
}

impl rusqlite::types::FromSql for Unsigned {
	fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
		let number = value.as_i64()?;
		u64::try_from(number).map(Self).map_err(|_| rusqlite::types::FromSqlError::OutOfRange(number))
	}
}

/// A 32-byte column.
pub(crate) fn digest_column(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<semblance_primitives::Digest> {
	row.get::<_, [u8; 32]>(index).map(Into::into)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_vault_is_made_once_and_opened_again() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("worker");
		let token = Vault::create(&path).unwrap().token().unwrap();
		assert_eq!(token.len(), 64);
		assert_eq!(Vault::open(&path).unwrap().token().unwrap(), token);
		assert!(matches!(Vault::create(&path), Err(VaultError::Secret(SecretError::File { .. }))));
		assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
		for file in [KEY_FILE, TOKEN_FILE, "vault.db", "lock"] {
			assert_eq!(fs::metadata(path.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
		}
	}

	#[test]
	fn a_folder_without_vault_says_what_to_do() {
		let folder = tempfile::tempdir().unwrap();
		let error = Vault::open(folder.path()).err().unwrap().to_string();
		assert!(error.contains("semblance-worker init"), "{error}");
	}

	#[test]
	fn a_database_of_a_newer_release_is_left_alone() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("worker");
		let vault = Vault::create(&path).unwrap();
		vault.database().pragma_update(None, "user_version", 99).unwrap();
		drop(vault);
		assert!(matches!(Vault::open(&path), Err(VaultError::NewerLayout { found: 99, .. })));
	}
}
