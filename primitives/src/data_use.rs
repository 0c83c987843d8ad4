//! What data may be used for, in the terms of the GA4GH Data Use Ontology (DUO).

use crate::{BlockNumber, Digest};
use sp_core::{bounded::BoundedVec, ConstU32};

/// Most regions that one data-use term names.
pub const MAX_REGIONS: u32 = 32;

/// An ISO 3166-1 alpha-2 country code, upper case.
pub type Region = [u8; 2];
/// A disease: the number of its MONDO term.
pub type Disease = u32;

record! {
	/// The permission part of a data-use term: which research is covered at all.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Permission {
		/// DUO:0000004 no restriction.
		NoRestriction,
		/// DUO:0000042 general research use.
		GeneralResearchUse,
		/// DUO:0000006 health, medical or biomedical research; no ancestry research.
		HealthMedicalBiomedical,
		/// DUO:0000007 research on one disease.
		DiseaseSpecific {
			/// The disease.
			disease: Disease,
		},
		/// DUO:0000011 population origins or ancestry research only.
		PopulationOriginsAncestry,
	}

	/// DUO modifiers as a set of bits, see the constants of this type.
	#[derive(Copy, Default, PartialOrd, Ord)]
	pub struct Modifiers {
		/// The bits.
		pub bits: u32,
	}

	/// Terms under which data may be used.
	pub struct DataUse {
		/// Which research is covered at all.
		pub permission: Permission,
		/// Restrictions on top.
		pub modifiers: Modifiers,
		/// Months for which a user may keep the data (`TS`).
		pub time_limit_months: Option<u16>,
		/// First block at which use is allowed (`MOR`).
		pub moratorium_until: Option<BlockNumber>,
		/// Regions in which use is allowed (`GS`); meaningful with that modifier only.
		pub regions: BoundedVec<Region, ConstU32<MAX_REGIONS>>,
	}

	/// What an applicant wants to do.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Purpose {
		/// Health, medical or biomedical research.
		HealthResearch,
		/// Research on one disease.
		DiseaseResearch {
			/// The disease.
			disease: Disease,
		},
		/// Population origins or ancestry research.
		PopulationResearch,
		/// Development of methods, for example of software.
		MethodDevelopment,
		/// Improvement of a hospital's own care.
		QualityImprovement,
		/// Development of a product.
		CommercialDevelopment,
	}

	/// Circumstances of an intended use, declared by the applicant and checked by the voters.
	pub struct UseAttributes {
		/// Done for profit.
		pub commercial: bool,
		/// The applicant's organisation is not for profit.
		pub non_profit_organisation: bool,
		/// Collaborates with the custodian's investigators.
		pub collaborates_with_custodian: bool,
		/// Digest of an ethics approval.
		pub ethics_evidence: Option<Digest>,
		/// Country of use.
		pub region: Option<Region>,
		/// Months for which the data will be kept.
		pub months: u16,
	}
}

impl Modifiers {
	/// DUO:0000012 research specific restrictions: a person has to judge.
	pub const RESEARCH_SPECIFIC: u32 = 1 << 0;
	/// DUO:0000015 no methods development.
	pub const NO_METHODS: u32 = 1 << 1;
	/// DUO:0000016 genetic studies only.
	pub const GENETIC_STUDIES_ONLY: u32 = 1 << 2;
	/// DUO:0000018 not-for-profit organisations and non-commercial use only.
	pub const NON_PROFIT_NON_COMMERCIAL: u32 = 1 << 3;
	/// DUO:0000019 results must be published.
	pub const PUBLICATION_REQUIRED: u32 = 1 << 4;
	/// DUO:0000020 collaboration with the custodian required.
	pub const COLLABORATION_REQUIRED: u32 = 1 << 5;
	/// DUO:0000021 ethics approval required.
	pub const ETHICS_APPROVAL_REQUIRED: u32 = 1 << 6;
	/// DUO:0000022 use in the listed regions only.
	pub const GEOGRAPHIC_RESTRICTION: u32 = 1 << 7;
	/// DUO:0000024 no use before a date.
	pub const MORATORIUM: u32 = 1 << 8;
	/// DUO:0000025 time limit on use.
	pub const TIME_LIMIT: u32 = 1 << 9;
	/// DUO:0000026 named users only.
	pub const USER_SPECIFIC: u32 = 1 << 10;
	/// DUO:0000027 named project only.
	pub const PROJECT_SPECIFIC: u32 = 1 << 11;
	/// DUO:0000028 named institution only.
	pub const INSTITUTION_SPECIFIC: u32 = 1 << 12;
	/// DUO:0000029 derived data must be returned.
	pub const RETURN_RESULTS: u32 = 1 << 13;
	/// DUO:0000045 not-for-profit organisations only.
	pub const NON_PROFIT_ORGANISATION: u32 = 1 << 14;
	/// DUO:0000046 non-commercial use only.
	pub const NON_COMMERCIAL: u32 = 1 << 15;
	/// Every bit that has a meaning.
	pub const ALL: u32 = (1 << 16) - 1;

	/// The set of the given bits.
	pub const fn of(bits: u32) -> Self {
		Self { bits }
	}

	/// Whether all of `bits` are set.
	pub const fn has(&self, bits: u32) -> bool {
		self.bits & bits == bits
	}

	/// Whether every set bit has a meaning.
	pub const fn is_known(&self) -> bool {
		self.bits & !Self::ALL == 0
	}
}

impl DataUse {
	/// Terms with a permission and no modifier.
	pub fn new(permission: Permission) -> Self {
		Self {
			permission,
			modifiers: Modifiers::default(),
			time_limit_months: None,
			moratorium_until: None,
			regions: BoundedVec::new(),
		}
	}

	/// Whether the parts fit together: known modifiers only, and each value together with its modifier.
	pub fn is_consistent(&self) -> bool {
		let m = &self.modifiers;
		m.is_known()
			&& m.has(Modifiers::TIME_LIMIT) == self.time_limit_months.is_some()
			&& m.has(Modifiers::MORATORIUM) == self.moratorium_until.is_some()
			&& (m.has(Modifiers::GEOGRAPHIC_RESTRICTION) || self.regions.is_empty())
	}

	/// Strictest meet of two terms: whatever the result permits, both permit. `None` if no use satisfies both
	/// permissions.
	pub fn meet(&self, other: &Self) -> Option<Self> {
		let permission = self.permission.meet(other.permission)?;
		let modifiers = Modifiers::of(self.modifiers.bits | other.modifiers.bits);
		Some(Self {
			permission,
			modifiers,
			time_limit_months: least(self.time_limit_months, other.time_limit_months),
			moratorium_until: self.moratorium_until.max(other.moratorium_until),
			regions: self.meet_regions(other),
		})
	}

	/// Whether these terms are at least as strict as `other` in every respect.
	pub fn is_at_least_as_strict_as(&self, other: &Self) -> bool {
		self.meet(other).is_some_and(|met| {
			met.permission == self.permission
				&& met.modifiers == self.modifiers
				&& met.time_limit_months == self.time_limit_months
				&& met.moratorium_until == self.moratorium_until
				&& met.regions.len() == self.regions.len()
		})
	}

	fn meet_regions(&self, other: &Self) -> BoundedVec<Region, ConstU32<MAX_REGIONS>> {
		let restricts = |terms: &Self| terms.modifiers.has(Modifiers::GEOGRAPHIC_RESTRICTION);
		match (restricts(self), restricts(other)) {
			(true, false) => self.regions.clone(),
			(false, true) => other.regions.clone(),
			(false, false) => BoundedVec::new(),
			(true, true) => {
				let mut common = self.regions.clone();
				common.retain(|region| other.regions.contains(region));
				common
			},
		}
	}
}

impl Permission {
	/// The strictest permission under both, `None` if none is.
	pub fn meet(self, other: Self) -> Option<Self> {
		use Permission::*;
		match (self, other) {
			(NoRestriction, p) | (p, NoRestriction) => Some(p),
			(GeneralResearchUse, p) | (p, GeneralResearchUse) => Some(p),
			(HealthMedicalBiomedical, PopulationOriginsAncestry)
			| (PopulationOriginsAncestry, HealthMedicalBiomedical) => None,
			(HealthMedicalBiomedical, p) | (p, HealthMedicalBiomedical) => Some(p),
			(a, b) if a == b => Some(a),
			_ => None,
		}
	}
}

fn least(a: Option<u16>, b: Option<u16>) -> Option<u16> {
	match (a, b) {
		(Some(a), Some(b)) => Some(a.min(b)),
		(a, b) => a.or(b),
	}
}
