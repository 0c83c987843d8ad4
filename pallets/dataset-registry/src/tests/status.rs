use crate::{mock::*, Event, Records};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::{dataset::DatasetStatus::*, DatasetId};
use sp_runtime::{DispatchError, DispatchResult};

type StatusCall = fn(RuntimeOrigin, DatasetId) -> DispatchResult;

const QUARANTINE: StatusCall = DatasetRegistry::quarantine;
const REINSTATE: StatusCall = DatasetRegistry::reinstate;
const RECALL: StatusCall = DatasetRegistry::recall;
const RETIRE: StatusCall = DatasetRegistry::retire;

#[test]
fn every_status_answers_every_call_as_the_table_says() {
	let table = [
		(Active, QUARANTINE, Ok((Quarantined, Event::DatasetQuarantined { dataset: 1 }))),
		(Active, REINSTATE, Err(Error::NotQuarantined)),
		(Active, RECALL, Ok((Recalled, Event::DatasetRecalled { dataset: 1 }))),
		(Active, RETIRE, Ok((Retired, Event::DatasetRetired { dataset: 1 }))),
		(Quarantined, QUARANTINE, Err(Error::NotActive)),
		(Quarantined, REINSTATE, Ok((Active, Event::DatasetReinstated { dataset: 1 }))),
		(Quarantined, RECALL, Ok((Recalled, Event::DatasetRecalled { dataset: 1 }))),
		(Quarantined, RETIRE, Ok((Retired, Event::DatasetRetired { dataset: 1 }))),
		(Recalled, QUARANTINE, Err(Error::AlreadyClosed)),
		(Recalled, REINSTATE, Err(Error::AlreadyClosed)),
		(Recalled, RECALL, Err(Error::AlreadyClosed)),
		(Recalled, RETIRE, Err(Error::AlreadyClosed)),
		(Retired, QUARANTINE, Err(Error::AlreadyClosed)),
		(Retired, REINSTATE, Err(Error::AlreadyClosed)),
		(Retired, RECALL, Err(Error::AlreadyClosed)),
		(Retired, RETIRE, Err(Error::AlreadyClosed)),
	];
	for (from, call, expected) in table {
		ExtBuilder::default().with_health_dataset().build_and_execute(|| {
			Records::<Test>::mutate_extant(1, |record| record.status = from);
			let attempt = || call(RuntimeOrigin::signed(steward()), 1);
			match expected {
				Ok((to, event)) => {
					assert_ok!(attempt());
					assert_eq!(dataset(1).status, to);
					assert_eq!(events(), [event]);
				},
				Err(error) => {
					assert_noop!(attempt(), error);
				},
			}
		});
	}
}

#[test]
fn only_the_custodians_stewards_change_a_status() {
	ExtBuilder::default().with_health_dataset().build_and_execute(|| {
		for call in [QUARANTINE, REINSTATE, RECALL, RETIRE] {
			for who in [other_steward(), other_member(), institute_steward(), stranger()] {
				assert_noop!(call(RuntimeOrigin::signed(who), 1), Error::NotAuthorized);
			}
			assert_noop!(call(RuntimeOrigin::root(), 1), DispatchError::BadOrigin);
			assert_noop!(call(RuntimeOrigin::signed(steward()), 2), Error::NotFound);
		}
	});
}
