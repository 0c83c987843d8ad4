//! What a steward hands in.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use semblance_primitives::{
	data_use::DataUse,
	dataset::{DatasetVersion, LegalBasis, Sensitivity},
	BlockNumber, Digest,
};

/// Commitments of one version of a dataset, as the hospital's worker reports them after reading the file in.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct DatasetVersionInput {
	/// Root of the salted row commitments.
	pub rows: Digest,
	/// Digest of the canonical schema document.
	pub schema: Digest,
	/// Digest of the canonical manifest (data card).
	pub manifest: Digest,
	/// Number of rows, coarsened: the rows are at least 2^(bucket - 1) and fewer than 2^bucket. From 1 to 64.
	pub row_bucket: u8,
}

/// A source dataset, as its custodian declares it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct DatasetRegistration {
	/// Terms of use. They can be made stricter later, never laxer.
	pub terms: DataUse,
	/// Sensitivity of the data.
	pub sensitivity: Sensitivity,
	/// Legal basis of the processing.
	pub legal_basis: LegalBasis,
	/// Commitments of version 1.
	pub version: DatasetVersionInput,
	/// Most privacy loss that may ever be spent on the dataset, in micro-ρ. It can be lowered later, never raised.
	pub budget_cap: u64,
	/// δ at which ε is shown to people: δ = 10^-`delta_exponent`. From 1 to 30.
	pub delta_exponent: u8,
}

impl DatasetVersionInput {
	/// The record of this version, registered at `since`.
	pub(crate) fn into_record(self, since: BlockNumber) -> DatasetVersion {
		let Self { rows, schema, manifest, row_bucket } = self;
		DatasetVersion { rows, schema, manifest, row_bucket, since }
	}
}
