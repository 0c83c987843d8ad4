//! How records of earlier versions become those of today.

use crate::{Config, Consents, History, Pallet, WeightInfo};
use core::marker::PhantomData;
use frame_support::{
	migrations::{MigrationId, SteppedMigration, SteppedMigrationError},
	traits::{GetStorageVersion, StorageVersion},
	weights::WeightMeter,
};
use semblance_primitives::ConsentHandle;

#[cfg(feature = "try-runtime")]
use {alloc::vec::Vec, sp_runtime::TryRuntimeError};

/// Consents in version 1 of the storage.
#[allow(missing_docs)] // Of what the macro generates.
pub mod v1 {
	use crate::{Config, Pallet};
	use frame_support::{storage_alias, Blake2_128Concat};
	use semblance_primitives::{consent::v1::Consent, ConsentHandle};

	#[storage_alias]
	pub type Consents<T: Config> = StorageMap<Pallet<T>, Blake2_128Concat, ConsentHandle, Consent>;
}

/// From version 1 to 2: consents hold their latest change, and history those before it.
///
/// Consents are changed one after the other over as many blocks as it takes, in the order of their keys. No transaction
/// runs in the meantime.
pub struct HoldTheLatestChange<T>(PhantomData<T>);

impl<T: Config> HoldTheLatestChange<T> {
	/// Whether the chain's consents are of version 1, or on their way from it.
	pub fn is_due() -> bool {
		Pallet::<T>::on_chain_storage_version() == StorageVersion::new(1)
	}
}

impl<T: Config> SteppedMigration for HoldTheLatestChange<T> {
	/// The consent that was changed last.
	type Cursor = ConsentHandle;
	type Identifier = MigrationId<14>;

	fn id() -> Self::Identifier {
		MigrationId { pallet_id: *b"pallet-consent", version_from: 1, version_to: 2 }
	}

	fn step(
		mut cursor: Option<ConsentHandle>,
		meter: &mut WeightMeter,
	) -> Result<Option<ConsentHandle>, SteppedMigrationError> {
		if !Self::is_due() {
			return Ok(None);
		}
		let required = T::WeightInfo::migrate();
		if !meter.can_consume(required) {
			return Err(SteppedMigrationError::InsufficientWeight { required });
		}
		let mut handles = match cursor {
			None => Consents::<T>::iter_keys(),
			Some(handle) => Consents::<T>::iter_keys_from(Consents::<T>::hashed_key_for(handle)),
		};
		while meter.try_consume(required).is_ok() {
			let Some(handle) = handles.next() else {
				StorageVersion::new(2).put::<Pallet<T>>();
				return Ok(None);
			};
			migrate::<T>(handle)?;
			cursor = Some(handle);
		}
		Ok(cursor)
	}

	#[cfg(feature = "try-runtime")]
	fn pre_upgrade() -> Result<Vec<u8>, TryRuntimeError> {
		use codec::Encode;
		Ok((v1::Consents::<T>::iter_keys().count() as u64, History::<T>::iter_keys().count() as u64).encode())
	}

	#[cfg(feature = "try-runtime")]
	fn post_upgrade(before: Vec<u8>) -> Result<(), TryRuntimeError> {
		use codec::Decode;
		let (consents, changes) =
			<(u64, u64)>::decode(&mut before.as_slice()).map_err(|_| "the number of records before is missing")?;
		let (now, earlier) = (Consents::<T>::iter_values().count() as u64, History::<T>::iter_keys().count() as u64);
		frame_support::ensure!(now == consents, "consents were lost");
		frame_support::ensure!(earlier.checked_add(now) == Some(changes), "changes were lost");
		Pallet::<T>::do_try_state()
	}
}

/// Moves the latest change of a consent from history into the consent.
fn migrate<T: Config>(handle: ConsentHandle) -> Result<(), SteppedMigrationError> {
	let former = v1::Consents::<T>::get(handle).ok_or(SteppedMigrationError::Failed)?;
	let latest = former.latest().and_then(|latest| History::<T>::take(handle, latest));
	Consents::<T>::insert(handle, former.with_latest(latest.ok_or(SteppedMigrationError::Failed)?));
	Ok(())
}

/// Makes a consent what it was in version 1, for tests and benchmarks of the way back to today.
#[cfg(any(feature = "std", feature = "runtime-benchmarks"))]
pub fn go_back_to_v1<T: Config>(handle: ConsentHandle) {
	let Some(consent) = Consents::<T>::get(handle) else { return };
	History::<T>::insert(handle, consent.earlier, &consent.latest);
	v1::Consents::<T>::insert(handle, semblance_primitives::consent::v1::Consent::from(consent));
}
