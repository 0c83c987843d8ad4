use crate::{mock::*, Budgets, DatasetCount, DerivedFrom, Records, VersionOfRows, Versions};

/// Breaks one invariant, sees that it is noticed, and mends it.
fn notices(what: &str, damage: impl FnOnce(), repair: impl FnOnce()) {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		assert_eq!(DatasetRegistry::do_try_state(), Ok(()));
		damage();
		assert!(DatasetRegistry::do_try_state().is_err(), "{what}");
		repair();
	});
}

#[test]
fn every_broken_invariant_is_noticed() {
	notices("a wrong count", || DatasetCount::<Test>::put(2), || DatasetCount::<Test>::put(1));
	notices(
		"a missing budget",
		|| Budgets::<Test>::remove(1),
		|| Budgets::<Test>::insert(1, semblance_primitives::dataset::PrivacyBudget::default()),
	);
	notices(
		"a budget in use beyond its cap",
		|| Budgets::<Test>::mutate_extant(1, |budget| budget.spent = 1_001),
		|| Budgets::<Test>::mutate_extant(1, |budget| budget.spent = 0),
	);
	notices(
		"a missing version",
		|| Records::<Test>::mutate_extant(1, |record| record.latest_version = 2),
		|| Records::<Test>::mutate_extant(1, |record| record.latest_version = 1),
	);
	notices(
		"a version of no dataset",
		|| Versions::<Test>::insert(5, 1, DatasetRegistry::version(1, 1).unwrap()),
		|| Versions::<Test>::remove(5, 1),
	);
	notices(
		"rows that lead nowhere",
		|| VersionOfRows::<Test>::insert(1, digest(1), 7),
		|| VersionOfRows::<Test>::insert(1, digest(1), 1),
	);
	notices("lineage in one direction", || DerivedFrom::<Test>::insert(1, 5, ()), || DerivedFrom::<Test>::remove(1, 5));
}
