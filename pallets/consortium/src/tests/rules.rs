//! The table of roles and kinds.

use super::*;
use crate::rules::{is_open_to, runs_validators};
use semblance_primitives::consortium::OrganisationKind::{self, *};

const KINDS: [OrganisationKind; 5] = [Hospital, ResearchInstitute, EthicsBoard, Auditor, Regulator];

#[test]
fn roles_are_open_to_kinds_as_the_table_says() {
	let table: [(Role, &[OrganisationKind]); 7] = [
		(Role::Administrator, &KINDS),
		(Role::DataSteward, &[Hospital]),
		(Role::Researcher, &[Hospital, ResearchInstitute]),
		(Role::EthicsReviewer, &[EthicsBoard]),
		(Role::GeneratorDeveloper, &[Hospital, ResearchInstitute]),
		(Role::GeneratorReviewer, &[Hospital, ResearchInstitute, EthicsBoard, Auditor, Regulator]),
		(Role::Auditor, &KINDS),
	];
	for (role, open_to) in table {
		for kind in KINDS {
			assert_eq!(is_open_to(role, kind), open_to.contains(&kind), "{role:?} at {kind:?}");
		}
	}
}

#[test]
fn only_hospitals_run_validators() {
	assert_eq!(KINDS.into_iter().filter(|kind| runs_validators(*kind)).collect::<Vec<_>>(), vec![Hospital]);
}
