//! The council with the real seats and powers.

use super::*;
use crate::configs::{CouncilPowers, MAX_ANNOUNCEMENT, MAX_STALL_DELAY};
use frame_support::{assert_noop, assert_ok, traits::Get};
use pallet_council::{Power, Powers};
use semblance_primitives::consortium::OrganisationKind;
use sp_runtime::DispatchError;

fn admission() -> RuntimeCall {
	pallet_consortium::Call::admit_organisation {
		name: b"Hospital Eve".to_vec().try_into().unwrap(),
		kind: OrganisationKind::Hospital,
		administrator: account("Eve"),
	}
	.into()
}

#[test]
fn three_of_four_hospitals_admit_a_fifth_which_then_votes() {
	chain("local_testnet").execute_with(|| {
		assert_eq!(Council::seats(), vec![1, 2, 3, 4]);
		assert_ok!(by_council(&["Alice", "Bob", "Dave"], admission()));
		assert_eq!(Council::seats(), vec![1, 2, 3, 4, 8]);
		let suspend = pallet_consortium::Call::suspend_organisation { organisation: 7 };
		assert_ok!(by_council(&["Eve", "Alice", "Bob", "Charlie"], suspend));
		assert!(!Consortium::is_active_member(account("Auditor")));
	});
}

#[test]
fn two_of_four_hospitals_decide_nothing() {
	chain("local_testnet").execute_with(|| {
		let refused = pallet_council::Error::<Runtime>::NotApproved;
		assert_eq!(by_council(&["Alice", "Bob"], admission()), Err(refused.into()));
		assert_eq!(Council::seats().len(), 4);
	});
}

#[test]
fn nobody_but_hospitals_votes_and_nobody_decides_alone() {
	chain("local_testnet").execute_with(|| {
		let propose = || pallet_council::Call::propose { call: Box::new(admission()) };
		for name in ["Researcher", "Ethics", "Auditor", "Eve"] {
			assert_noop!(by(name, propose()), pallet_council::Error::<Runtime>::NotAuthorized);
		}
		for name in ["Alice", "Ethics", "Eve"] {
			assert_noop!(by(name, admission()), DispatchError::BadOrigin);
		}
	});
}

/// A delay of years would keep every change of validators from GRANDPA for years, and near the end of its type the SDK's
/// arithmetic overflows.
#[test]
fn finality_is_restarted_within_a_day_and_from_a_block_that_exists() {
	chain("local_testnet").execute_with(|| {
		let restart = |delay, best_finalized_block_number| {
			let call = pallet_grandpa::Call::note_stalled { delay, best_finalized_block_number };
			by_council(&["Alice", "Bob", "Charlie"], call)
		};
		let refused = Err(pallet_council::Error::<Runtime>::CallNotAllowed.into());
		let now = System::block_number();
		assert_eq!(restart(MAX_STALL_DELAY + 1, now), refused);
		assert_eq!(restart(BlockNumber::MAX, now), refused);
		assert_eq!(restart(1_000, now + 1), refused);
		assert_eq!(Grandpa::stalled(), None);
		assert_ok!(restart(MAX_STALL_DELAY, now));
		assert_eq!(Grandpa::stalled(), Some((MAX_STALL_DELAY, now)));
	});
}

#[test]
fn an_upgrade_is_announced_with_the_hash_of_its_code_before_it_is_authorised() {
	chain("local_testnet").execute_with(|| {
		let code_hash = Hash::repeat_byte(9);
		let upgrade = frame_system::Call::authorize_upgrade { code_hash };
		let voters = ["Alice", "Bob", "Charlie"];
		let early = pallet_council::Error::<Runtime>::TooEarly;
		assert_eq!(by_council(&voters, upgrade.clone()), Err(early.into()));
		let stored = Council::proposal(1).unwrap();
		assert_eq!(stored.call.into_inner(), codec::Encode::encode(&RuntimeCall::from(upgrade)));
		System::set_block_number(System::block_number() + stored.announcement);
		assert_ok!(by("Dave", pallet_council::Call::enact { proposal: 1 }));
		assert_eq!(System::authorized_upgrade().map(|upgrade| *upgrade.code_hash()), Some(code_hash));
	});
}

#[test]
fn announcements_last_two_days_where_genesis_does_not_say_otherwise() {
	let blocks: BlockNumber = <Runtime as pallet_council::Config>::DefaultAnnouncement::get();
	assert_eq!(u64::from(blocks) * SLOT_DURATION, 2 * 24 * 60 * 60 * 1_000);
	chain("local_testnet").execute_with(|| assert_eq!(pallet_council::Announcement::<Runtime>::get(), 10));
}

#[test]
fn the_council_has_no_power_over_storage_code_or_the_origin_of_calls() {
	let remark: RuntimeCall = frame_system::Call::remark { remark: vec![] }.into();
	let calls: [RuntimeCall; 9] = [
		remark.clone(),
		frame_system::Call::set_code { code: vec![] }.into(),
		frame_system::Call::set_storage { items: vec![] }.into(),
		frame_system::Call::kill_prefix { prefix: vec![], subkeys: 0 }.into(),
		frame_system::Call::authorize_upgrade_without_checks { code_hash: Hash::zero() }.into(),
		pallet_sudo::Call::set_key { new: account("Alice").into() }.into(),
		pallet_utility::Call::batch_all { calls: vec![admission()] }.into(),
		pallet_utility::Call::force_batch { calls: vec![] }.into(),
		pallet_council::Call::enact { proposal: 1 }.into(),
	];
	for call in calls {
		assert_eq!(CouncilPowers::power(&call), None, "{call:?}");
	}
}

#[test]
fn what_changes_the_rules_for_everybody_is_announced() {
	let upgrade = frame_system::Call::authorize_upgrade { code_hash: Hash::zero() };
	assert_eq!(CouncilPowers::power(&upgrade.into()), Some(Power::Announced));
	let announcement = |blocks| RuntimeCall::from(pallet_council::Call::set_announcement { blocks });
	assert_eq!(CouncilPowers::power(&announcement(0)), Some(Power::Announced));
	assert_eq!(CouncilPowers::power(&announcement(MAX_ANNOUNCEMENT)), Some(Power::Announced));
	assert_eq!(CouncilPowers::power(&announcement(MAX_ANNOUNCEMENT + 1)), None, "nobody could take it back for years");
	assert_eq!(CouncilPowers::power(&admission()), Some(Power::AtOnce));
}
