use super::*;
use crate::data_use::{DataUse, UseAttributes};
use proptest::prelude::*;

fn attributes() -> UseAttributes {
	UseAttributes {
		commercial: false,
		non_profit_organisation: true,
		collaborates_with_custodian: false,
		ethics_evidence: None,
		region: None,
		months: 12,
	}
}

fn request(purpose: Purpose) -> UseRequest {
	UseRequest { purpose, attributes: attributes() }
}

const OPEN: Snapshot = Snapshot { block: 10, dataset_active: true, applicant_eligible: true };

fn with(permission: Permission, bits: u32) -> DataUse {
	DataUse { modifiers: Modifiers::of(bits), ..DataUse::new(permission) }
}

fn decided(purpose: Purpose, terms: &DataUse) -> (Verdict, Vec<Reason>) {
	let decision = decide(&request(purpose), terms, &OPEN);
	(decision.verdict, decision.reasons.into_inner())
}

#[test]
fn health_research_fits_health_medical_biomedical_terms() {
	let terms = with(Permission::HealthMedicalBiomedical, 0);
	assert_eq!(decided(Purpose::HealthResearch, &terms), (Verdict::Permit, vec![]));
	assert_eq!(decided(Purpose::PopulationResearch, &terms), (Verdict::Deny, vec![Reason::PurposeNotCovered]));
}

#[test]
fn research_on_another_disease_is_denied() {
	let terms = with(Permission::DiseaseSpecific { disease: 5148 }, 0);
	assert_eq!(decided(Purpose::DiseaseResearch { disease: 5148 }, &terms).0, Verdict::Permit);
	let (verdict, reasons) = decided(Purpose::DiseaseResearch { disease: 4979 }, &terms);
	assert_eq!((verdict, reasons), (Verdict::Deny, vec![Reason::DiseaseNotCovered]));
}

#[test]
fn every_objection_is_named() {
	let bits = Modifiers::NON_COMMERCIAL | Modifiers::ETHICS_APPROVAL_REQUIRED | Modifiers::GEOGRAPHIC_RESTRICTION;
	let (verdict, reasons) = decided(Purpose::CommercialDevelopment, &with(Permission::GeneralResearchUse, bits));
	assert_eq!(verdict, Verdict::Deny);
	assert_eq!(reasons, vec![Reason::CommercialUseExcluded, Reason::EthicsApprovalMissing, Reason::RegionExcluded]);
}

#[test]
fn nothing_is_permitted_before_the_moratorium_ends() {
	let mut terms = with(Permission::NoRestriction, Modifiers::MORATORIUM);
	terms.moratorium_until = Some(11);
	assert_eq!(decided(Purpose::HealthResearch, &terms).1, vec![Reason::MoratoriumNotOver]);
	terms.moratorium_until = Some(10);
	assert_eq!(decided(Purpose::HealthResearch, &terms).0, Verdict::Permit);
}

#[test]
fn named_users_are_left_to_people() {
	let terms = with(Permission::NoRestriction, Modifiers::USER_SPECIFIC);
	assert_eq!(decided(Purpose::HealthResearch, &terms), (Verdict::Abstain, vec![Reason::NamedUsersOnly]));
}

fn any_permission() -> impl Strategy<Value = Permission> {
	prop_oneof![
		Just(Permission::NoRestriction),
		Just(Permission::GeneralResearchUse),
		Just(Permission::HealthMedicalBiomedical),
		(0u32..3).prop_map(|disease| Permission::DiseaseSpecific { disease }),
		Just(Permission::PopulationOriginsAncestry),
	]
}

fn any_purpose() -> impl Strategy<Value = Purpose> {
	prop_oneof![
		Just(Purpose::HealthResearch),
		(0u32..3).prop_map(|disease| Purpose::DiseaseResearch { disease }),
		Just(Purpose::PopulationResearch),
		Just(Purpose::MethodDevelopment),
		Just(Purpose::QualityImprovement),
		Just(Purpose::CommercialDevelopment),
	]
}

fn any_region() -> impl Strategy<Value = [u8; 2]> {
	prop_oneof![Just(*b"DE"), Just(*b"FR"), Just(*b"SE")]
}

prop_compose! {
	fn any_terms()(
		permission in any_permission(), bits in 0u32..=Modifiers::ALL, limit in 0u16..30, moratorium in 0u32..20,
		regions in proptest::collection::vec(any_region(), 0..3),
	) -> DataUse {
		let modifiers = Modifiers::of(bits);
		let regions = if modifiers.has(Modifiers::GEOGRAPHIC_RESTRICTION) { regions } else { vec![] };
		DataUse {
			permission, modifiers,
			time_limit_months: modifiers.has(Modifiers::TIME_LIMIT).then_some(limit),
			moratorium_until: modifiers.has(Modifiers::MORATORIUM).then_some(moratorium),
			regions: regions.try_into().unwrap(),
		}
	}
}

prop_compose! {
	fn any_request()(
		purpose in any_purpose(), commercial: bool, non_profit_organisation: bool, collaborates_with_custodian: bool,
		ethics: bool, region in proptest::option::of(any_region()), months in 0u16..30,
	) -> UseRequest {
		let ethics_evidence = ethics.then(|| crate::Digest::repeat_byte(1));
		UseRequest { purpose, attributes: UseAttributes {
			commercial, non_profit_organisation, collaborates_with_custodian, ethics_evidence, region, months,
		} }
	}
}

proptest! {
	#[test]
	fn whatever_the_meet_of_two_terms_permits_both_permit(a in any_terms(), b in any_terms(), request in any_request()) {
		if let Some(both) = a.meet(&b) {
			prop_assert!(both.is_consistent());
			let verdict = |terms| decide(&request, terms, &OPEN).verdict;
			prop_assert!(verdict(&both) >= verdict(&a).max(verdict(&b)));
		}
	}

	#[test]
	fn adding_a_modifier_never_turns_deny_into_permit(terms in any_terms(), extra in 0u32..16, request in any_request()) {
		let before = decide(&request, &terms, &OPEN).verdict;
		let mut stricter = terms.clone();
		stricter.modifiers = Modifiers::of(terms.modifiers.bits | (1 << extra));
		prop_assert!(decide(&request, &stricter, &OPEN).verdict >= before);
	}

	#[test]
	fn a_denial_always_says_why(terms in any_terms(), request in any_request()) {
		let decision = decide(&request, &terms, &OPEN);
		prop_assert_eq!(decision.verdict == Verdict::Permit, decision.reasons.is_empty());
	}

	#[test]
	fn the_meet_is_commutative_and_as_strict_as_its_parts(a in any_terms(), b in any_terms()) {
		let (ab, ba) = (a.meet(&b), b.meet(&a));
		prop_assert_eq!(ab.is_some(), ba.is_some());
		if let Some(ab) = ab {
			prop_assert!(ab.is_at_least_as_strict_as(&a) && ab.is_at_least_as_strict_as(&b));
		}
	}

	#[test]
	fn an_inactive_dataset_is_never_permitted(terms in any_terms(), request in any_request()) {
		let closed = Snapshot { dataset_active: false, ..OPEN };
		prop_assert_eq!(decide(&request, &terms, &closed).verdict, Verdict::Deny);
	}
}
