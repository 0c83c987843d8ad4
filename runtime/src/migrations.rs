//! What an upgrade of the runtime changes in records of earlier versions.

use crate::{Runtime, SafeMode};
use frame_support::migrations::{
	EnterSafeModeOnFailedMigration, FailedMigrationHandler, FailedMigrationHandling, FreezeChainOnFailedMigration,
};

/// Migrations since the last release that fit into one block, in their order. Each knows the version of storage that it
/// starts from, and does nothing in any other; those of earlier releases are deleted once no chain runs one of them.
pub type Migrations = (pallet_consortium::migrations::RolesEnd<Runtime>,);

/// As [`Migrations`], those that take as many blocks as the records need. No transaction runs until the last has ended.
pub type LongMigrations = (pallet_consent::migrations::HoldTheLatestChange<Runtime>,);

/// A long migration that fails leaves records of both versions, on which nobody should build: the chain goes into safe mode
/// until the council lifts it. There the council can still put a mended runtime in force, whose migration begins again; a
/// frozen chain could not be mended from within.
pub struct HoldInSafeMode;

impl FailedMigrationHandler for HoldInSafeMode {
	fn failed(migration: Option<u32>) -> FailedMigrationHandling {
		let otherwise = EnterSafeModeOnFailedMigration::<SafeMode, FreezeChainOnFailedMigration>::failed(migration);
		match SafeMode::is_entered() {
			true => FailedMigrationHandling::ForceUnstuck,
			false => otherwise,
		}
	}
}
