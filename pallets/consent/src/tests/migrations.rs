//! Records of version 1 become those of today.

use super::*;
use crate::{
	migrations::{go_back_to_v1, v1, HoldTheLatestChange},
	Config, History, Pallet, WeightInfo,
};
use frame_support::{
	migrations::{SteppedMigration, SteppedMigrationError},
	traits::{GetStorageVersion, StorageVersion},
	weights::{Weight, WeightMeter},
};
use semblance_primitives::{ConsentHandle, Digest};

type Migration = HoldTheLatestChange<Test>;

fn weight_of(consents: u64) -> Weight {
	<Test as Config>::WeightInfo::migrate() * consents
}

fn step(cursor: Option<ConsentHandle>, consents: u64) -> Result<Option<ConsentHandle>, SteppedMigrationError> {
	Migration::transactional_step(cursor, &mut WeightMeter::with_limit(weight_of(consents)))
}

/// A chain of version 1 with three consents of one to three changes, and what they come to.
fn former_chain() -> (sp_io::TestExternalities, Vec<(ConsentHandle, semblance_primitives::consent::Consent)>) {
	let mut ext = ExtBuilder.build();
	let present = ext.execute_with(|| {
		for byte in 1..=3 {
			assert_ok!(capture(byte, Some(patient()), Some(90)));
		}
		System::set_block_number(3);
		assert_ok!(Consent::renew(signed(patient()), handle(2), None, Digest::zero()));
		assert_ok!(Consent::renew(signed(patient()), handle(3), None, Digest::zero()));
		System::set_block_number(4);
		assert_ok!(Consent::withdraw(signed(patient()), handle(3), Digest::zero()));
		let present = Consents::<Test>::iter().collect::<Vec<_>>();
		Consents::<Test>::iter_keys().collect::<Vec<_>>().into_iter().for_each(go_back_to_v1::<Test>);
		StorageVersion::new(1).put::<Pallet<Test>>();
		present
	});
	(ext, present)
}

#[test]
fn consents_take_their_latest_change_out_of_history() {
	let (mut ext, present) = former_chain();
	ext.execute_with(|| {
		assert_eq!(History::<Test>::iter().count(), 6);
		assert_eq!(step(None, 9), Ok(None));
		assert_eq!(Consents::<Test>::iter().collect::<Vec<_>>(), present);
		assert_eq!(History::<Test>::iter().count(), 3);
		assert_eq!(Pallet::<Test>::on_chain_storage_version(), StorageVersion::new(2));
		Consent::do_try_state().unwrap();
		assert!(Consent::consent_valid_at(handle(3), Purpose::HealthResearch, 3));
		assert!(!Consent::consent_valid_at(handle(3), Purpose::HealthResearch, 4));
	});
}

#[test]
fn a_block_takes_as_many_consents_as_it_has_room_for() {
	let (mut ext, present) = former_chain();
	ext.execute_with(|| {
		let first = step(None, 1).unwrap();
		assert_eq!(first, Some(present[0].0));
		assert_eq!(Consents::<Test>::get(present[0].0).as_ref(), Some(&present[0].1));
		assert!(v1::Consents::<Test>::get(present[1].0).is_some_and(|former| former.transitions > 0));
		let last = step(first, 2).unwrap();
		assert_eq!(last, Some(present[2].0));
		assert_eq!(Pallet::<Test>::on_chain_storage_version(), StorageVersion::new(1));
		assert_eq!(step(last, 1), Ok(None));
		assert_eq!(Consents::<Test>::iter().collect::<Vec<_>>(), present);
		Consent::do_try_state().unwrap();
	});
}

#[test]
fn room_for_less_than_one_consent_is_refused_with_what_is_needed() {
	let (mut ext, _) = former_chain();
	ext.execute_with(|| {
		let required = weight_of(1);
		assert_eq!(step(None, 0), Err(SteppedMigrationError::InsufficientWeight { required }));
	});
}

#[test]
fn a_chain_of_today_is_left_alone() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(capture(1, None, None));
		let before = sp_io::storage::root(Default::default());
		assert_eq!(step(None, 9), Ok(None));
		assert_eq!(sp_io::storage::root(Default::default()), before);
	});
}

#[test]
fn a_consent_without_its_latest_change_stops_the_migration_and_stays_as_it_is() {
	let (mut ext, present) = former_chain();
	ext.execute_with(|| {
		let lost = present[1].0;
		let former = v1::Consents::<Test>::get(lost).unwrap();
		History::<Test>::remove(lost, former.transitions - 1);
		assert_eq!(step(None, 9), Err(SteppedMigrationError::Failed));
		assert_eq!(v1::Consents::<Test>::get(lost), Some(former));
		assert_eq!(Pallet::<Test>::on_chain_storage_version(), StorageVersion::new(1));
	});
}
