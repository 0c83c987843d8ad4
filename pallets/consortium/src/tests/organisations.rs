//! Organisations join, pause, come back and leave.

use super::*;
use crate::{Members, Name, NextOrganisation, Organisations};
use semblance_primitives::consortium::{OrganisationKind, OrganisationStatus};
use sp_runtime::{DispatchError, DispatchResult};

fn name(text: &[u8]) -> Name {
	text.to_vec().try_into().unwrap()
}

fn admit(text: &[u8]) -> DispatchResult {
	let kind = OrganisationKind::ResearchInstitute;
	Consortium::admit_organisation(RuntimeOrigin::root(), name(text), kind, stranger())
}

#[test]
fn an_admitted_organisation_gets_the_next_number_and_an_administrator() {
	ExtBuilder::default().build_and_execute(|| {
		System::set_block_number(7);
		assert_ok!(admit("Institut für Herzforschung".as_bytes()));
		let organisation = Consortium::organisation(3).unwrap();
		assert_eq!(organisation.kind, OrganisationKind::ResearchInstitute);
		assert_eq!((organisation.status, organisation.since), (OrganisationStatus::Active, 7));
		assert_eq!(NextOrganisation::<Test>::get(), 4);
		let administrator = Consortium::member(stranger()).unwrap();
		assert_eq!(administrator.roles, roles(&[Role::Administrator]));
		assert_eq!((administrator.organisation, administrator.valid_until), (3, None));
		assert_eq!(
			events(),
			vec![Event::OrganisationAdmitted {
				organisation: 3,
				name: name("Institut für Herzforschung".as_bytes()),
				kind: OrganisationKind::ResearchInstitute,
				administrator: stranger(),
			}]
		);
	});
}

#[test]
fn names_that_cannot_be_shown_are_refused() {
	ExtBuilder::default().build_and_execute(|| {
		for bad in
			[&b""[..], b" Hospital", b"Hospital ", b"Hos\npital", b"Hos\0pital", b"\xff\xfe", "\u{7f}".as_bytes()]
		{
			assert_noop!(admit(bad), Error::<Test>::NameNotAllowed);
		}
	});
}

#[test]
fn the_administrator_must_not_act_for_another_organisation() {
	ExtBuilder::default().build_and_execute(|| {
		let call =
			Consortium::admit_organisation(RuntimeOrigin::root(), name(b"Two"), OrganisationKind::Auditor, steward());
		assert_noop!(call, Error::<Test>::AlreadyMember);
	});
}

#[test]
fn numbers_run_out_at_the_last_one() {
	ExtBuilder::default().build().execute_with(|| {
		NextOrganisation::<Test>::put(u32::MAX);
		assert_noop!(admit(b"Last"), Error::<Test>::MaxOrganisationsExceeded);
	});
}

#[test]
fn only_the_council_manages_organisations() {
	ExtBuilder::default().build_and_execute(|| {
		for origin in [RuntimeOrigin::signed(head()), RuntimeOrigin::signed(stranger()), RuntimeOrigin::none()] {
			let kind = OrganisationKind::Auditor;
			assert_noop!(
				Consortium::admit_organisation(origin.clone(), name(b"New"), kind, stranger()),
				DispatchError::BadOrigin
			);
			assert_noop!(Consortium::suspend_organisation(origin.clone(), BOARD), DispatchError::BadOrigin);
			assert_noop!(Consortium::reinstate_organisation(origin.clone(), BOARD), DispatchError::BadOrigin);
			assert_noop!(Consortium::remove_organisation(origin, BOARD), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn an_unknown_organisation_has_no_status() {
	ExtBuilder::default().build_and_execute(|| {
		let root = RuntimeOrigin::root;
		assert_noop!(Consortium::suspend_organisation(root(), NOBODY), Error::<Test>::OrganisationNotFound);
		assert_noop!(Consortium::reinstate_organisation(root(), NOBODY), Error::<Test>::OrganisationNotFound);
		assert_noop!(Consortium::remove_organisation(root(), NOBODY), Error::<Test>::OrganisationNotFound);
	});
}

/// Every status against every call.
#[test]
fn statuses_change_as_the_table_says() {
	use OrganisationStatus::*;
	type Call = fn(RuntimeOrigin, u32) -> DispatchResult;
	let suspend: Call = Consortium::suspend_organisation;
	let reinstate: Call = Consortium::reinstate_organisation;
	let remove: Call = Consortium::remove_organisation;
	type Outcome = Result<OrganisationStatus, Error<Test>>;
	let table: [(_, Call, Outcome, Event<Test>); 9] = [
		(Active, suspend, Ok(Suspended), Event::OrganisationSuspended { organisation: BOARD }),
		(
			Active,
			reinstate,
			Err(Error::OrganisationNotSuspended),
			Event::OrganisationReinstated { organisation: BOARD },
		),
		(Active, remove, Ok(Removed), Event::OrganisationRemoved { organisation: BOARD }),
		(Suspended, suspend, Err(Error::OrganisationNotActive), Event::OrganisationSuspended { organisation: BOARD }),
		(Suspended, reinstate, Ok(Active), Event::OrganisationReinstated { organisation: BOARD }),
		(Suspended, remove, Ok(Removed), Event::OrganisationRemoved { organisation: BOARD }),
		(
			Removed,
			suspend,
			Err(Error::OrganisationAlreadyRemoved),
			Event::OrganisationSuspended { organisation: BOARD },
		),
		(
			Removed,
			reinstate,
			Err(Error::OrganisationAlreadyRemoved),
			Event::OrganisationReinstated { organisation: BOARD },
		),
		(Removed, remove, Err(Error::OrganisationAlreadyRemoved), Event::OrganisationRemoved { organisation: BOARD }),
	];
	for (from, call, expected, event) in table {
		ExtBuilder::default().build_and_execute(|| {
			Organisations::<Test>::mutate(BOARD, |record| record.as_mut().unwrap().status = from);
			match expected {
				Ok(to) => {
					assert_ok!(call(RuntimeOrigin::root(), BOARD));
					assert_eq!(Organisations::<Test>::get(BOARD).unwrap().status, to);
					assert_eq!(events(), vec![event]);
				},
				Err(error) => {
					assert_noop!(call(RuntimeOrigin::root(), BOARD), error);
				},
			}
		});
	}
}

#[test]
fn members_of_a_removed_organisation_may_be_taken_up_by_another() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Consortium::remove_organisation(RuntimeOrigin::root(), BOARD));
		assert_ok!(Consortium::add_member(RuntimeOrigin::signed(head()), chair(), roles(&[Role::Researcher]), None));
		assert_eq!(Members::<Test>::get(chair()).unwrap().organisation, HOSPITAL);
		assert_eq!(Consortium::members_of(BOARD), vec![]);
		assert_eq!(System::providers(&chair()), 1);
	});
}

#[test]
fn organisations_are_listed_by_number() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 0..3 {
			let next = account(100 + NextOrganisation::<Test>::get() as u8);
			let kind = OrganisationKind::Auditor;
			assert_ok!(Consortium::admit_organisation(RuntimeOrigin::root(), name(b"Auditor"), kind, next));
		}
		let numbers: Vec<_> = Consortium::organisations().into_iter().map(|(id, _)| id).collect();
		assert_eq!(numbers, vec![1, 2, 3, 4, 5]);
	});
}
