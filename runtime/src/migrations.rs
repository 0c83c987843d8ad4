//! What an upgrade of the runtime changes in records of earlier versions.

use crate::Runtime;

/// Migrations since the last release, in their order. Each knows the version of storage that it starts from, and does nothing
/// in any other; those of earlier releases are deleted once no chain runs one of them.
pub type Migrations = (pallet_consortium::migrations::RolesEnd<Runtime>,);
