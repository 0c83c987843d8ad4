//! Layout of the database. Each migration is run once, in order, in one transaction; `user_version` counts them.

use super::VaultError;
use rusqlite::Connection;

const MIGRATIONS: &[&str] = &[
	// A draft is a dataset before (and after) it got its number on chain. Rows are kept sealed beside the database.
	"CREATE TABLE drafts (
		draft TEXT PRIMARY KEY,
		name TEXT NOT NULL,
		schema BLOB NOT NULL,
		rows_root BLOB,
		manifest BLOB,
		rows INTEGER NOT NULL DEFAULT 0,
		patients INTEGER NOT NULL DEFAULT 0,
		created INTEGER NOT NULL
	) STRICT;
	CREATE INDEX drafts_by_root ON drafts (rows_root);
	CREATE TABLE bindings (
		genesis BLOB NOT NULL,
		dataset INTEGER NOT NULL,
		version INTEGER NOT NULL,
		draft TEXT NOT NULL REFERENCES drafts (draft),
		PRIMARY KEY (genesis, dataset, version)
	) STRICT;
	CREATE TABLE jobs (
		genesis BLOB NOT NULL,
		job INTEGER NOT NULL,
		attempt INTEGER NOT NULL DEFAULT 0,
		agreement INTEGER NOT NULL DEFAULT 0,
		stage TEXT NOT NULL,
		acceptance BLOB,
		selection BLOB,
		started INTEGER,
		body BLOB,
		failure BLOB,
		error TEXT,
		updated INTEGER NOT NULL,
		PRIMARY KEY (genesis, job)
	) STRICT;
	CREATE TABLE artefacts (
		digest BLOB NOT NULL,
		genesis BLOB NOT NULL,
		job INTEGER NOT NULL,
		agreement INTEGER NOT NULL,
		role BLOB NOT NULL,
		PRIMARY KEY (digest, genesis, job)
	) STRICT;
	CREATE TABLE statements (
		attestation BLOB PRIMARY KEY,
		genesis BLOB NOT NULL,
		job INTEGER NOT NULL,
		statement BLOB NOT NULL
	) STRICT;",
];

/// Sets durability and brings the database to the newest layout.
pub fn prepare(database: &mut Connection) -> Result<(), VaultError> {
	database.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
	database.pragma_update(None, "synchronous", "FULL")?;
	database.pragma_update(None, "foreign_keys", true)?;
	database.busy_timeout(std::time::Duration::from_secs(5))?;
	let found: u32 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
	let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
	if found > known {
		return Err(VaultError::NewerLayout { found, known });
	}
	for (version, migration) in (1u32..).zip(MIGRATIONS).skip(found as usize) {
		let transaction = database.transaction()?;
		transaction.execute_batch(migration)?;
		transaction.pragma_update(None, "user_version", version)?;
		transaction.commit()?;
	}
	Ok(())
}
