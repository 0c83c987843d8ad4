//! Does a use fit the terms? One pure, total, deterministic and monotone function, used by the chain, the worker and
//! the command line.
//!
//! Monotone: adding a restriction never turns a [`Verdict::Deny`] into a [`Verdict::Permit`]. Each rule answers for
//! itself and the strictest answer wins.

use crate::{
	data_use::{DataUse, Modifiers, Permission, Purpose, UseAttributes},
	BlockNumber,
};
use sp_core::{bounded::BoundedVec, ConstU32};

/// Most reasons, and most obligations, of one decision.
pub const MAX_REASONS: u32 = 24;

record! {
	/// The answer, in order of strictness.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Verdict {
		/// The terms allow the use.
		Permit,
		/// The terms leave it to people.
		Abstain,
		/// The terms forbid the use.
		Deny,
	}

	/// Why a use was not simply permitted.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Reason {
		/// The permission does not cover the purpose.
		PurposeNotCovered,
		/// The data may be used for another disease only.
		DiseaseNotCovered,
		/// Whether the permission covers the purpose is for people to say.
		PurposeNeedsReview,
		/// Commercial use is excluded.
		CommercialUseExcluded,
		/// Only organisations not for profit may use the data.
		ForProfitOrganisationExcluded,
		/// Ethics approval is required and none was given.
		EthicsApprovalMissing,
		/// Development of methods is excluded.
		MethodDevelopmentExcluded,
		/// Use in the declared region is excluded, or no region was declared.
		RegionExcluded,
		/// Use is not allowed before a later block.
		MoratoriumNotOver,
		/// The data would be kept for longer than allowed.
		KeptTooLong,
		/// Collaboration with the custodian is required and was not declared.
		CollaborationMissing,
		/// Named users, projects or institutions only: people check the names.
		NamedUsersOnly,
		/// Research-specific or genetic-only restrictions: people check the protocol.
		ProtocolNeedsReview,
		/// The dataset is not open for use.
		DatasetNotActive,
		/// The applicant is not an active member with the researcher's role.
		ApplicantNotEligible,
	}

	/// What a user owes when using the data.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Obligation {
		/// Publish the results.
		PublishResults,
		/// Return derived data to the custodian.
		ReturnResults,
		/// Delete the data after this many months.
		DeleteAfterMonths {
			/// The months.
			months: u16,
		},
		/// Work together with the custodian's investigators.
		CollaborateWithCustodian,
	}

	/// A decision with everything needed to explain it.
	pub struct Decision {
		/// The answer.
		pub verdict: Verdict,
		/// Why not simply `Permit`, in the order of the rules.
		pub reasons: BoundedVec<Reason, ConstU32<MAX_REASONS>>,
		/// What the user owes.
		pub obligations: BoundedVec<Obligation, ConstU32<MAX_REASONS>>,
	}

	/// An intended use.
	pub struct UseRequest {
		/// What for.
		pub purpose: Purpose,
		/// Under which circumstances.
		pub attributes: UseAttributes,
	}

	/// The state of the world that a decision depends on.
	#[derive(Copy)]
	pub struct Snapshot {
		/// The block at which is decided.
		pub block: BlockNumber,
		/// Whether the dataset is open for use.
		pub dataset_active: bool,
		/// Whether the applicant is an active member with the researcher's role.
		pub applicant_eligible: bool,
	}
}

/// Decides whether `request` fits `terms` in the state `snapshot`.
pub fn decide(request: &UseRequest, terms: &DataUse, snapshot: &Snapshot) -> Decision {
	let mut decision = Decision::permit();
	if !snapshot.dataset_active {
		decision.object(Verdict::Deny, Reason::DatasetNotActive);
	}
	if !snapshot.applicant_eligible {
		decision.object(Verdict::Deny, Reason::ApplicantNotEligible);
	}
	match purpose_fits(terms.permission, request.purpose) {
		(Verdict::Permit, _) => {},
		(verdict, reason) => decision.object(verdict, reason),
	}
	check_organisation(request, terms, &mut decision);
	check_protocol(request, terms, &mut decision);
	check_place_and_time(request, terms, snapshot, &mut decision);
	add_obligations(terms, &mut decision);
	decision
}

/// Whether a consent with these terms covers `purpose` at `block`. Circumstances that only an application has
/// (who, where, for how long) are checked against the dataset's terms, which are at least as strict.
pub fn consent_covers(terms: &DataUse, purpose: Purpose, block: BlockNumber) -> bool {
	let forbids_methods = terms.modifiers.has(Modifiers::NO_METHODS) && purpose == Purpose::MethodDevelopment;
	let excludes_commerce = terms.modifiers.bits & (Modifiers::NON_COMMERCIAL | Modifiers::NON_PROFIT_NON_COMMERCIAL)
		!= 0 && purpose == Purpose::CommercialDevelopment;
	let too_early = terms.moratorium_until.is_some_and(|end| block < end);
	purpose_fits(terms.permission, purpose).0 != Verdict::Deny && !forbids_methods && !excludes_commerce && !too_early
}

/// Whether `permission` covers `purpose`; the reason counts only where the verdict is not `Permit`.
fn purpose_fits(permission: Permission, purpose: Purpose) -> (Verdict, Reason) {
	use Purpose::*;
	let deny = (Verdict::Deny, Reason::PurposeNotCovered);
	let permit = (Verdict::Permit, Reason::PurposeNotCovered);
	let review = (Verdict::Abstain, Reason::PurposeNeedsReview);
	match (permission, purpose) {
		(Permission::NoRestriction, _) => permit,
		(Permission::GeneralResearchUse, QualityImprovement) => review,
		(Permission::GeneralResearchUse, _) => permit,
		(Permission::HealthMedicalBiomedical, HealthResearch | DiseaseResearch { .. }) => permit,
		(Permission::HealthMedicalBiomedical, PopulationResearch) => deny,
		(Permission::HealthMedicalBiomedical, _) => review,
		(Permission::DiseaseSpecific { disease }, DiseaseResearch { disease: asked }) if disease == asked => permit,
		(Permission::DiseaseSpecific { .. }, DiseaseResearch { .. }) => (Verdict::Deny, Reason::DiseaseNotCovered),
		(Permission::DiseaseSpecific { .. }, _) => deny,
		(Permission::PopulationOriginsAncestry, PopulationResearch) => permit,
		(Permission::PopulationOriginsAncestry, _) => deny,
	}
}

fn check_organisation(request: &UseRequest, terms: &DataUse, decision: &mut Decision) {
	let m = &terms.modifiers;
	let both = m.has(Modifiers::NON_PROFIT_NON_COMMERCIAL);
	let commercial = request.attributes.commercial || request.purpose == Purpose::CommercialDevelopment;
	if commercial && (both || m.has(Modifiers::NON_COMMERCIAL)) {
		decision.object(Verdict::Deny, Reason::CommercialUseExcluded);
	}
	if !request.attributes.non_profit_organisation && (both || m.has(Modifiers::NON_PROFIT_ORGANISATION)) {
		decision.object(Verdict::Deny, Reason::ForProfitOrganisationExcluded);
	}
	if m.has(Modifiers::COLLABORATION_REQUIRED) && !request.attributes.collaborates_with_custodian {
		decision.object(Verdict::Deny, Reason::CollaborationMissing);
	}
	let named = Modifiers::USER_SPECIFIC | Modifiers::PROJECT_SPECIFIC | Modifiers::INSTITUTION_SPECIFIC;
	if m.bits & named != 0 {
		decision.object(Verdict::Abstain, Reason::NamedUsersOnly);
	}
}

fn check_protocol(request: &UseRequest, terms: &DataUse, decision: &mut Decision) {
	let m = &terms.modifiers;
	if m.has(Modifiers::ETHICS_APPROVAL_REQUIRED) && request.attributes.ethics_evidence.is_none() {
		decision.object(Verdict::Deny, Reason::EthicsApprovalMissing);
	}
	if m.has(Modifiers::NO_METHODS) && request.purpose == Purpose::MethodDevelopment {
		decision.object(Verdict::Deny, Reason::MethodDevelopmentExcluded);
	}
	if m.bits & (Modifiers::RESEARCH_SPECIFIC | Modifiers::GENETIC_STUDIES_ONLY) != 0 {
		decision.object(Verdict::Abstain, Reason::ProtocolNeedsReview);
	}
}

fn check_place_and_time(request: &UseRequest, terms: &DataUse, snapshot: &Snapshot, decision: &mut Decision) {
	let listed = request.attributes.region.is_some_and(|region| terms.regions.contains(&region));
	if terms.modifiers.has(Modifiers::GEOGRAPHIC_RESTRICTION) && !listed {
		decision.object(Verdict::Deny, Reason::RegionExcluded);
	}
	if terms.moratorium_until.is_some_and(|end| snapshot.block < end) {
		decision.object(Verdict::Deny, Reason::MoratoriumNotOver);
	}
	if terms.time_limit_months.is_some_and(|limit| request.attributes.months > limit) {
		decision.object(Verdict::Deny, Reason::KeptTooLong);
	}
}

fn add_obligations(terms: &DataUse, decision: &mut Decision) {
	let m = &terms.modifiers;
	if m.has(Modifiers::PUBLICATION_REQUIRED) {
		decision.oblige(Obligation::PublishResults);
	}
	if m.has(Modifiers::RETURN_RESULTS) {
		decision.oblige(Obligation::ReturnResults);
	}
	if m.has(Modifiers::COLLABORATION_REQUIRED) {
		decision.oblige(Obligation::CollaborateWithCustodian);
	}
	if let Some(months) = terms.time_limit_months {
		decision.oblige(Obligation::DeleteAfterMonths { months });
	}
}

impl Decision {
	/// A decision without objections.
	pub fn permit() -> Self {
		Self { verdict: Verdict::Permit, reasons: BoundedVec::new(), obligations: BoundedVec::new() }
	}

	/// Adds an objection; the strictest verdict stands. There are fewer rules than places, so none is lost.
	fn object(&mut self, verdict: Verdict, reason: Reason) {
		self.verdict = self.verdict.max(verdict);
		let _ = self.reasons.try_push(reason);
	}

	fn oblige(&mut self, obligation: Obligation) {
		let _ = self.obligations.try_push(obligation);
	}
}

#[cfg(test)]
mod tests;
