//! Who votes for the consortium.

use super::*;
use semblance_primitives::{consortium::OrganisationKind, traits::Seats};

#[test]
fn each_active_hospital_has_a_seat() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Consortium::seats(), vec![HOSPITAL]);
		let name = b"Second".to_vec().try_into().unwrap();
		let kind = OrganisationKind::Hospital;
		assert_ok!(Consortium::admit_organisation(RuntimeOrigin::root(), name, kind, stranger()));
		assert_eq!(Consortium::seats(), vec![HOSPITAL, 3]);
		assert_ok!(Consortium::suspend_organisation(RuntimeOrigin::root(), 3));
		assert_eq!(Consortium::seats(), vec![HOSPITAL]);
		assert_eq!(Consortium::seat_of(&stranger()), None);
		assert_ok!(Consortium::reinstate_organisation(RuntimeOrigin::root(), 3));
		assert_eq!(Consortium::seat_of(&stranger()), Some(3));
		assert_ok!(Consortium::remove_organisation(RuntimeOrigin::root(), 3));
		assert_eq!(Consortium::seats(), vec![HOSPITAL]);
	});
}

#[test]
fn administrators_of_hospitals_vote() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Consortium::seat_of(&head()), Some(HOSPITAL));
		for who in [steward(), chair(), stranger(), validator()] {
			assert_eq!(Consortium::seat_of(&who), None);
		}
	});
}
