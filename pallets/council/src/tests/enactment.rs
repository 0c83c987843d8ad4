//! Approved proposals are carried out.

use super::*;
use crate::{Announcement, GenesisConfig};
use frame_support::{traits::BuildGenesisConfig, weights::Weight, BoundedVec};
use sp_runtime::DispatchError;

#[test]
fn an_approved_call_is_made_as_root() {
	execute(|| {
		approved(write());
		assert!(!is_written());
		assert_ok!(enact(4, 1));
		assert!(is_written());
		assert_eq!(state(1), ProposalState::Enacted);
		assert_eq!(events().last(), Some(&Event::ProposalEnacted { proposal: 1, result: Ok(()) }));
	});
}

#[test]
fn nothing_is_done_before_two_thirds_are_for_it() {
	execute(|| {
		assert_ok!(propose(1, write()));
		assert_ok!(vote(2, 1, true));
		assert_noop!(enact(1, 1), Error::<Test>::NotApproved);
	});
}

#[test]
fn announced_calls_wait() {
	execute(|| {
		sp_io::storage::set(KEY, b"value");
		approved(delete());
		wait(9);
		assert_noop!(enact(1, 1), Error::<Test>::TooEarly);
		wait(1);
		assert_ok!(enact(1, 1));
		assert!(!is_written());
	});
}

#[test]
fn an_approval_does_not_last_for_ever() {
	execute(|| {
		approved(delete());
		wait(10 + 20);
		assert_noop!(expire(2, 1), Error::<Test>::ProposalNotOver);
		wait(1);
		assert_noop!(enact(1, 1), Error::<Test>::ProposalOver);
		assert_ok!(expire(2, 1));
	});
}

#[test]
fn a_call_that_fails_is_on_record() {
	execute(|| {
		approved(frame_system::Call::remark_with_event { remark: vec![] }.into());
		assert_ok!(enact(1, 1));
		let result = Err(DispatchError::BadOrigin);
		assert_eq!(events().last(), Some(&Event::ProposalEnacted { proposal: 1, result }));
		assert_eq!(state(1), ProposalState::Enacted);
	});
}

#[test]
fn a_call_that_an_upgrade_made_unreadable_or_took_away_is_refused() {
	execute(|| {
		approved(write());
		let replace = |call: Vec<u8>| {
			Proposals::<Test>::mutate(1, |record| record.as_mut().unwrap().call = BoundedVec::truncate_from(call));
		};
		replace(vec![255; 8]);
		assert_noop!(enact(1, 1), Error::<Test>::CallNotReadable);
		let code: RuntimeCall = frame_system::Call::set_code { code: vec![1] }.into();
		replace(codec::Encode::encode(&code));
		assert_noop!(enact(1, 1), Error::<Test>::CallNotAllowed);
	});
}

#[test]
fn enactment_pays_for_the_call_and_no_more() {
	execute(|| {
		approved(write());
		let paid = Council::enact(RuntimeOrigin::signed(voter(1)), 1).unwrap().actual_weight.unwrap();
		let own = <() as crate::WeightInfo>::enact();
		assert!(paid.all_gt(own) || paid.ref_time() > own.ref_time());
		assert!(paid.all_lte(own.saturating_add(Weight::from_parts(1_000_000_000, u64::MAX))));
	});
}

#[test]
fn the_council_changes_its_own_announcement_after_announcing_that() {
	execute(|| {
		approved(crate::Call::set_announcement { blocks: 3 }.into());
		assert_noop!(enact(1, 1), Error::<Test>::TooEarly);
		wait(10);
		assert_ok!(enact(1, 1));
		assert_eq!(Announcement::<Test>::get(), 3);
		assert_ok!(propose(1, delete()));
		assert_eq!(Council::proposal(2).unwrap().announcement, 3);
		assert_noop!(Council::set_announcement(RuntimeOrigin::signed(voter(1)), 0), DispatchError::BadOrigin);
	});
}

#[test]
fn genesis_may_set_the_announcement() {
	execute(|| {
		GenesisConfig::<Test>::default().build();
		assert_eq!(Announcement::<Test>::get(), 10);
		GenesisConfig::<Test> { announcement: Some(2), ..Default::default() }.build();
		assert_eq!(Announcement::<Test>::get(), 2);
	});
}
