//! What an upgrade of the runtime changes in records of earlier versions.

use crate::{configs, BlockNumber, Runtime, SafeMode, VERSION};
use frame_support::{
	migrations::{MultiStepMigrator, SteppedMigration, SteppedMigrationError},
	storage_alias,
	traits::SafeMode as Halt,
	weights::{Weight, WeightMeter},
};

/// Migrations since the last release that fit into one block, in their order. Each knows the version of storage that it
/// starts from, and does nothing in any other; those of earlier releases are deleted once no chain runs one of them.
pub type Migrations = (pallet_consortium::migrations::RolesEnd<Runtime>,);

/// The migration that takes as many blocks as the records need.
pub type LongMigration = pallet_consent::migrations::HoldTheLatestChange<Runtime>;

/// The record that [`LongMigration`] changed last.
#[storage_alias]
type Cursor = StorageValue<Migrator, <LongMigration as SteppedMigration>::Cursor>;

/// Version of the runtime in which [`LongMigration`] failed.
#[storage_alias]
type FailedIn = StorageValue<Migrator, u32>;

/// Runs [`LongMigration`], block by block, for as long as it is due. No transaction runs in the meantime.
///
/// A migration that fails leaves records of both versions, on which nobody should build: the chain goes into safe mode until
/// the council lifts it. There the council can still put a mended runtime in force, whose migration goes on where this one
/// failed; a frozen chain could not be mended from within.
pub struct LongMigrations;

impl MultiStepMigrator for LongMigrations {
	fn ongoing() -> bool {
		LongMigration::is_due() && FailedIn::get() != Some(VERSION.spec_version)
	}

	fn step() -> Weight {
		let mut meter = WeightMeter::with_limit(configs::MigrationWeight::get());
		meter.consume(<Runtime as frame_system::Config>::DbWeight::get().reads_writes(3, 2));
		match LongMigration::transactional_step(Cursor::get(), &mut meter) {
			Ok(Some(cursor)) => Cursor::put(cursor),
			Ok(None) => {
				Cursor::kill();
				FailedIn::kill();
			},
			Err(reason) => fail(reason),
		}
		meter.consumed()
	}
}

/// Halts the chain. If that cannot be, the migration stays due, and no transaction runs.
fn fail(reason: SteppedMigrationError) {
	log::error!("the migration fails after {:?}: {reason:?}", Cursor::get());
	let halted = match <SafeMode as Halt>::is_entered() {
		true => <SafeMode as Halt>::extend(BlockNumber::MAX),
		false => <SafeMode as Halt>::enter(BlockNumber::MAX),
	};
	if halted.is_ok() {
		FailedIn::put(VERSION.spec_version);
	}
}
