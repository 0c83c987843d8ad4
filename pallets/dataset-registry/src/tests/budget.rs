use crate::{mock::*, Event, Records};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{
	dataset::{DatasetStatus, PrivacyBudget},
	traits::Datasets,
};

type Registry = DatasetRegistry;

fn lower(cap: u64) -> sp_runtime::DispatchResult {
	Registry::lower_budget(RuntimeOrigin::signed(steward()), 1, cap)
}

fn budget(reserved: u64, spent: u64) -> Option<PrivacyBudget> {
	Some(PrivacyBudget { cap: 1_000, reserved, spent, delta_exponent: 5 })
}

#[test]
fn a_reservation_is_spent_or_given_back() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_ok!(<Registry as Datasets>::reserve_budget(1, 700));
		assert_eq!(Registry::budget(1), budget(700, 0));
		assert_ok!(<Registry as Datasets>::spend_reserved(1, 400));
		assert_eq!(Registry::budget(1), budget(300, 400));
		assert_ok!(<Registry as Datasets>::release_reserved(1, 300));
		assert_eq!(Registry::budget(1), budget(0, 400));
		assert_eq!(
			events(),
			[
				Event::BudgetReserved { dataset: 1, rho_micro: 700 },
				Event::BudgetSpent { dataset: 1, rho_micro: 400 },
				Event::BudgetReleased { dataset: 1, rho_micro: 300 },
			]
		);
	});
}

#[test]
fn no_more_is_reserved_than_is_available() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_noop!(<Registry as Datasets>::reserve_budget(1, 1_001), Error::BudgetExceeded);
		assert_noop!(<Registry as Datasets>::reserve_budget(1, u64::MAX), Error::BudgetExceeded);
		assert_ok!(<Registry as Datasets>::reserve_budget(1, 600));
		assert_ok!(<Registry as Datasets>::spend_reserved(1, 500));
		assert_noop!(<Registry as Datasets>::reserve_budget(1, 401), Error::BudgetExceeded);
		assert_ok!(<Registry as Datasets>::reserve_budget(1, 400));
		assert_eq!(Registry::budget(1), budget(500, 500));
	});
}

#[test]
fn no_more_is_spent_or_given_back_than_is_reserved() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_ok!(<Registry as Datasets>::reserve_budget(1, 10));
		assert_noop!(<Registry as Datasets>::spend_reserved(1, 11), Error::ReservationMissing);
		assert_noop!(<Registry as Datasets>::release_reserved(1, 11), Error::ReservationMissing);
	});
}

#[test]
fn moving_nothing_succeeds_silently_on_known_datasets_only() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_ok!(<Registry as Datasets>::reserve_budget(1, 1_000));
		System::reset_events();
		for change in [Registry::reserve_budget, Registry::spend_reserved, Registry::release_reserved] {
			assert_ok!(change(1, 0));
			assert_noop!(change(2, 0), Error::NotFound);
		}
		assert_eq!(events(), []);
	});
}

#[test]
fn epsilon_follows_from_what_is_spent() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_eq!(Registry::epsilon_spent(1), Some(0));
		assert_ok!(<Registry as Datasets>::reserve_budget(1, 1_000));
		assert_eq!(Registry::epsilon_spent(1), Some(0));
		assert_ok!(<Registry as Datasets>::spend_reserved(1, 1_000));
		// ρ = 0.001, δ = 1e-5: ε = 0.157335…
		assert_eq!(Registry::epsilon_spent(1), Some(157_336));
		assert_eq!(Registry::epsilon_spent(2), None);
	});
}

#[test]
fn a_cap_is_lowered_down_to_what_is_in_use() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_ok!(<Registry as Datasets>::reserve_budget(1, 500));
		assert_ok!(<Registry as Datasets>::spend_reserved(1, 200));
		System::reset_events();
		assert_noop!(lower(499), Error::CapBelowUse);
		assert_ok!(lower(500));
		assert_eq!(Registry::budget(1).unwrap().available(), 0);
		assert_eq!(events(), [Event::BudgetLowered { dataset: 1, cap: 500 }]);
		assert_noop!(<Registry as Datasets>::reserve_budget(1, 1), Error::BudgetExceeded);
	});
}

#[test]
fn a_cap_never_grows() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_noop!(lower(1_000), Error::BudgetNotLowered);
		assert_noop!(lower(u64::MAX), Error::BudgetNotLowered);
		assert_ok!(lower(999));
		assert_noop!(lower(1_000), Error::BudgetNotLowered);
	});
}

#[test]
fn budgets_of_closed_datasets_stay_as_they_are() {
	let table = [
		(DatasetStatus::Quarantined, None),
		(DatasetStatus::Recalled, Some(Error::AlreadyClosed)),
		(DatasetStatus::Retired, Some(Error::AlreadyClosed)),
	];
	for (status, refusal) in table {
		ExtBuilder::default().with_health_dataset().build_and_execute(|| {
			Records::<Test>::mutate_extant(1, |record| record.status = status);
			match refusal {
				None => {
					assert_ok!(lower(10));
				},
				Some(error) => {
					assert_noop!(lower(10), error);
				},
			}
		});
	}
}

#[test]
fn only_the_custodians_stewards_lower_a_budget() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		for who in [other_steward(), other_member(), stranger()] {
			assert_noop!(Registry::lower_budget(RuntimeOrigin::signed(who), 1, 10), Error::NotAuthorized);
		}
		let unknown = Registry::lower_budget(RuntimeOrigin::signed(steward()), 7, 10);
		assert_noop!(unknown, Error::NotFound);
	});
}
