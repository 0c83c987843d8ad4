//! Datasets, their versions, budgets and lineage.

use crate::{data_use::DataUse, AttestationId, BlockNumber, DatasetId, DatasetVersionNumber, Digest, OrganisationId};
use sp_core::{bounded::BoundedVec, ConstU32};

/// Most datasets that one synthetic dataset derives from.
pub const MAX_INPUTS: u32 = 16;

record! {
	/// Where a dataset comes from.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum DatasetKind {
		/// Real records, held by the custodian.
		Source,
		/// Made by an attested generator.
		Synthetic,
		/// Simulated outcomes of digital twins.
		Twin,
	}

	/// How sensitive a dataset is.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Sensitivity {
		/// Usual clinical data.
		Standard,
		/// Data whose disclosure would do special harm, for example psychiatric or genetic data.
		High,
	}

	/// Legal basis of the processing (GDPR article 6 with 9).
	#[derive(Copy, PartialOrd, Ord)]
	pub enum LegalBasis {
		/// 6(1)(a) with 9(2)(a).
		Consent,
		/// 6(1)(e) with 9(2)(j).
		ResearchInPublicInterest,
		/// 6(1)(f) with 9(2)(j).
		LegitimateInterest,
	}

	/// Whether a dataset may be used.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum DatasetStatus {
		/// May be used.
		Active,
		/// Held back while something is looked into; may be reinstated.
		Quarantined,
		/// Must not be used any more; holders must delete it.
		Recalled,
		/// No longer offered; what was made from it stays.
		Retired,
	}

	/// A dataset.
	pub struct Dataset {
		/// Hospital that answers for it.
		pub custodian: OrganisationId,
		/// Where it comes from.
		pub kind: DatasetKind,
		/// Terms of use.
		pub terms: DataUse,
		/// Sensitivity.
		pub sensitivity: Sensitivity,
		/// Legal basis.
		pub legal_basis: LegalBasis,
		/// Whether it may be used.
		pub status: DatasetStatus,
		/// Number of the latest version, from 1.
		pub latest_version: DatasetVersionNumber,
		/// Block of registration.
		pub since: BlockNumber,
	}

	/// One version of a dataset: commitments only, never a digest of rows without salt.
	pub struct DatasetVersion {
		/// Root of the salted row commitments ([`crate::commitment`]); for synthetic data the digest of the table.
		pub rows: Digest,
		/// Digest of the canonical schema document.
		pub schema: Digest,
		/// Digest of the canonical manifest (data card).
		pub manifest: Digest,
		/// Number of rows, coarsened: the rows are at least 2^(bucket - 1) and fewer than 2^bucket.
		pub row_bucket: u8,
		/// Block of registration.
		pub since: BlockNumber,
	}

	/// Privacy budget of a dataset in zero-concentrated differential privacy (Bun and Steinke 2016), micro-ρ.
	#[derive(Copy, Default)]
	pub struct PrivacyBudget {
		/// Most that may ever be spent.
		pub cap: u64,
		/// Held for jobs under way.
		pub reserved: u64,
		/// Spent by attested jobs.
		pub spent: u64,
		/// δ at which ε is shown to people: δ = 10^-`delta_exponent`.
		pub delta_exponent: u8,
	}

	/// One input of a derived dataset.
	#[derive(Copy, PartialOrd, Ord)]
	pub struct DatasetInput {
		/// The dataset.
		pub dataset: DatasetId,
		/// Its version.
		pub version: DatasetVersionNumber,
	}

	/// Where a derived dataset comes from.
	pub struct Derivation {
		/// Inputs, ascending, each at most once.
		pub inputs: BoundedVec<DatasetInput, ConstU32<MAX_INPUTS>>,
		/// The attestation that made it.
		pub attestation: AttestationId,
	}
}

impl PrivacyBudget {
	/// What may still be reserved, in micro-ρ.
	pub const fn available(&self) -> u64 {
		self.cap.saturating_sub(self.spent).saturating_sub(self.reserved)
	}
}

/// The coarsened number of `rows`, see [`DatasetVersion::row_bucket`].
pub const fn row_bucket(rows: u64) -> u8 {
	// At most 64, so that nothing is cut off.
	(u64::BITS.saturating_sub(rows.leading_zeros())) as u8
}
