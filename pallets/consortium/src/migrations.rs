//! How records of earlier versions become those of today.

use crate::{Config, Members, Pallet};
use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::{
	migrations::VersionedMigration,
	traits::{Get, UncheckedOnRuntimeUpgrade},
	weights::Weight,
};
use semblance_primitives::consortium::Member;

/// From version 1 to 2: roles end.
///
/// Up to version 1 members could hold roles without an end. Each gets a period from the upgrade on, as if renewed in that
/// block: administrators without end for their other roles, everybody else for the membership. Ends further ahead than a
/// period are brought forward to it; earlier ones stay.
///
/// All members are changed in one block, in which about ten thousand fit.
pub type RolesEnd<T> =
	VersionedMigration<1, 2, GiveEveryRoleAnEnd<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// What [`RolesEnd`] does in a chain of version 1.
pub struct GiveEveryRoleAnEnd<T>(PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for GiveEveryRoleAnEnd<T> {
	fn on_runtime_upgrade() -> Weight {
		let latest = Pallet::<T>::renewed_until();
		let members: Vec<_> = Members::<T>::iter().collect();
		let count = members.len() as u64;
		for (account, member) in members {
			let end = Pallet::<T>::end_of(&member.roles, member.valid_until);
			let member = Member { valid_until: end.map(|end| end.min(latest)), ..member };
			Pallet::<T>::note_roles(&account, &member);
			Members::<T>::insert(&account, member);
		}
		T::DbWeight::get().reads_writes(count, count.saturating_mul(2))
	}

	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<Vec<u8>, sp_runtime::TryRuntimeError> {
		use codec::Encode;
		Ok((Members::<T>::iter_keys().count() as u64).encode())
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(before: Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
		use codec::Decode;
		let before = u64::decode(&mut before.as_slice()).map_err(|_| "the number of members before is missing")?;
		frame_support::ensure!(Members::<T>::iter_keys().count() as u64 == before, "members were lost");
		Pallet::<T>::do_try_state()
	}
}
