use crate::{mock::*, DatasetRegistration, Event, Records};
use frame_support::{assert_noop, assert_ok, assert_storage_noop};
use semblance_primitives::{
	data_use::{DataUse, Modifiers, Permission},
	dataset::{
		DatasetInput, DatasetKind, DatasetStatus, DatasetVersion, Derivation, LegalBasis, PrivacyBudget, Sensitivity,
	},
	traits::Datasets,
	DatasetId,
};
use sp_runtime::DispatchError;

fn derive(inputs: &[(u32, u32)]) -> Result<DatasetId, DispatchError> {
	let inputs: Vec<_> =
		inputs.iter().map(|(dataset, version)| DatasetInput { dataset: *dataset, version: *version }).collect();
	let derivation = Derivation { inputs: inputs.try_into().unwrap(), attestation: digest(50) };
	let version =
		DatasetVersion { rows: digest(60), schema: digest(61), manifest: digest(62), row_bucket: 10, since: 2 };
	<DatasetRegistry as Datasets>::register_derived(OTHER_HOSPITAL, derivation, version)
}

fn no_commerce() -> DataUse {
	DataUse { modifiers: Modifiers::of(Modifiers::NON_COMMERCIAL), ..terms(Permission::GeneralResearchUse) }
}

fn two_inputs() -> ExtBuilder {
	let sensitive = DatasetRegistration {
		sensitivity: Sensitivity::High,
		legal_basis: LegalBasis::ResearchInPublicInterest,
		delta_exponent: 6,
		..registration(2, no_commerce())
	};
	ExtBuilder::default().with_health_dataset().with_dataset(other_steward(), sensitive)
}

#[test]
fn a_derived_dataset_has_the_strictest_terms_of_its_inputs() {
	two_inputs().build_and_execute(|| {
		let id = derive(&[(1, 1), (2, 1)]).unwrap();
		let record = dataset(id);
		assert_eq!(id, 3);
		assert_eq!(record.custodian, OTHER_HOSPITAL);
		assert_eq!(record.kind, DatasetKind::Synthetic);
		assert_eq!(record.status, DatasetStatus::Active);
		assert_eq!(record.terms.permission, Permission::HealthMedicalBiomedical);
		assert_eq!(record.terms.modifiers, Modifiers::of(Modifiers::NON_COMMERCIAL));
		assert_eq!(record.sensitivity, Sensitivity::High);
		assert_eq!(record.legal_basis, LegalBasis::Consent);
		assert_eq!((record.latest_version, record.since), (1, 2));
		for input in [1, 2] {
			assert!(record.terms.is_at_least_as_strict_as(&dataset(input).terms));
		}
		assert_eq!(
			events(),
			[Event::DerivedDatasetRegistered { dataset: 3, custodian: OTHER_HOSPITAL, attestation: digest(50) }]
		);
	});
}

#[test]
fn a_derived_dataset_carries_its_table_and_no_budget() {
	two_inputs().build_and_execute(|| {
		let id = derive(&[(2, 1)]).unwrap();
		assert_eq!(DatasetRegistry::version(id, 1).unwrap().rows, digest(60));
		let none = PrivacyBudget { cap: 0, reserved: 0, spent: 0, delta_exponent: 6 };
		assert_eq!(DatasetRegistry::budget(id), Some(none));
		assert_noop!(<DatasetRegistry as Datasets>::reserve_budget(id, 1), Error::BudgetExceeded);
		assert_ok!(<DatasetRegistry as Datasets>::reserve_budget(id, 0));
	});
}

#[test]
fn data_can_derive_from_derived_data() {
	two_inputs().build_and_execute(|| {
		let first = derive(&[(1, 1)]).unwrap();
		let second = derive(&[(2, 1), (first, 1)]).unwrap();
		assert_eq!(dataset(second).terms.permission, Permission::HealthMedicalBiomedical);
		assert_eq!(DatasetRegistry::derived_from(first), [second]);
	});
}

#[test]
fn a_derived_dataset_is_held_or_called_back_if_an_input_is() {
	use DatasetStatus::*;
	let table = [
		(Active, Active, Active),
		(Active, Quarantined, Quarantined),
		(Quarantined, Active, Quarantined),
		(Quarantined, Recalled, Recalled),
		(Recalled, Retired, Recalled),
		(Active, Retired, Active),
		(Retired, Quarantined, Quarantined),
		(Retired, Retired, Active),
	];
	for (first, second, expected) in table {
		two_inputs().build_and_execute(|| {
			Records::<Test>::mutate_extant(1, |record| record.status = first);
			Records::<Test>::mutate_extant(2, |record| record.status = second);
			let id = derive(&[(1, 1), (2, 1)]).unwrap();
			assert_eq!(dataset(id).status, expected, "inputs {first:?} and {second:?}");
		});
	}
}

#[test]
fn unknown_inputs_and_versions_are_refused() {
	two_inputs().build_and_execute(|| {
		for inputs in [vec![(9, 1)], vec![(0, 1)], vec![(1, 2)], vec![(1, 0)], vec![(1, 1), (9, 1)]] {
			assert_storage_noop!(assert_eq!(derive(&inputs), Err(Error::InputNotFound.into())));
		}
	});
}

#[test]
fn inputs_are_ascending_and_each_at_most_once() {
	two_inputs().build_and_execute(|| {
		for inputs in [vec![], vec![(2, 1), (1, 1)], vec![(1, 1), (1, 1)]] {
			assert_storage_noop!(assert_eq!(derive(&inputs), Err(Error::InputsNotAscending.into())));
		}
	});
}

#[test]
fn contradictory_terms_are_refused() {
	ExtBuilder::default()
		.with_health_dataset()
		.with_dataset(steward(), registration(2, terms(Permission::PopulationOriginsAncestry)))
		.build_and_execute(|| {
			let attempt = || derive(&[(1, 1), (2, 1)]);
			assert_storage_noop!(assert_eq!(attempt(), Err(Error::TermsContradictory.into())));
		});
}

#[test]
fn a_rejected_attestation_recalls_its_dataset_whatever_its_status() {
	use DatasetStatus::*;
	for status in [Active, Quarantined, Retired] {
		two_inputs().build_and_execute(|| {
			let id = derive(&[(1, 1)]).unwrap();
			Records::<Test>::mutate_extant(id, |record| record.status = status);
			System::reset_events();
			assert_ok!(<DatasetRegistry as Datasets>::recall_derived(id));
			assert_eq!(dataset(id).status, Recalled);
			assert_eq!(events(), [Event::DatasetRecalled { dataset: id }]);
		});
	}
}

#[test]
fn a_second_recall_changes_nothing() {
	two_inputs().build_and_execute(|| {
		let id = derive(&[(1, 1)]).unwrap();
		assert_ok!(<DatasetRegistry as Datasets>::recall_derived(id));
		assert_storage_noop!(assert_eq!(<DatasetRegistry as Datasets>::recall_derived(id), Ok(())));
	});
}

#[test]
fn source_datasets_are_not_recalled_by_attestations() {
	two_inputs().build_and_execute(|| {
		assert_noop!(<DatasetRegistry as Datasets>::recall_derived(1), Error::NotDerived);
		assert_noop!(<DatasetRegistry as Datasets>::recall_derived(9), Error::NotFound);
	});
}
