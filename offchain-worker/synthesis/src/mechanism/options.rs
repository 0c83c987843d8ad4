//! What a mechanism may spend and how fine it may look.

use crate::error::SynthesisError;
use serde::{Deserialize, Serialize};

/// Largest exponent k of δ = 10^-k: the one that a dataset's budget may have on chain.
pub const MAX_DELTA_EXPONENT: u8 = 30;

/// Settings of a differentially private generator. All are public and stand in the measurement log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureOptions {
	/// Zero-concentrated differential privacy ρ that may be spent, in millionths; at least 1.
	pub rho_micro: u64,
	/// δ = 10^-`delta_exponent` at which ε is stated, 1 to [`MAX_DELTA_EXPONENT`]; δ must be below 1/rows.
	pub delta_exponent: u8,
	/// Rows of one patient that are used at most; all noise grows with it. 1 to 1,000.
	pub rows_per_patient: u32,
	/// Groups of levels that a column has at most in joint measurements, 2 to 256.
	pub resolution: u32,
	/// Cells of all cliques of the model together at most, 1,000 to 100,000,000.
	pub max_cells: u32,
	/// Whether every pair of a column with the schema's target is measured without being chosen by the data.
	pub target_edges: bool,
}

impl Default for MeasureOptions {
	fn default() -> Self {
		Self {
			rho_micro: 0,
			delta_exponent: 5,
			rows_per_patient: 1,
			resolution: 48,
			max_cells: 400_000,
			target_edges: false,
		}
	}
}

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
	/// No budget.
	#[error("the privacy budget is 0. Ask for ρ of at least one millionth, or an ε above 0")]
	NoBudget,
	/// δ too large for a guarantee to mean anything.
	#[error("δ = 10^-{delta_exponent} is not below 1/{rows}: it would allow to publish a patient's row. Use a larger delta exponent")]
	#[allow(missing_docs)]
	DeltaTooLarge { delta_exponent: u8, rows: usize },
	/// A number outside its bounds.
	#[error("{name} is {value}. Use {least} to {most}")]
	#[allow(missing_docs)]
	OutOfBounds { name: &'static str, value: u64, least: u64, most: u64 },
	/// More than one row per patient without knowing patients.
	#[error("rows per patient is {rows_per_patient}, but the schema names no patient column. Name it, or use 1 if every row is another patient")]
	#[allow(missing_docs)]
	NoPatientColumn { rows_per_patient: u32 },
	/// A table of one column for a mechanism of pairs.
	#[error("target edges need a target. Set \"target\" in the schema, or leave them out")]
	NoTarget,
}

impl MeasureOptions {
	/// Checks the bounds that do not depend on data.
	///
	/// # Errors
	/// [`OptionsError`] names the setting.
	pub fn validate(&self) -> Result<(), OptionsError> {
		if self.rho_micro == 0 {
			return Err(OptionsError::NoBudget);
		}
		let bounds: [(&'static str, u64, u64, u64); 5] = [
			("rho_micro", self.rho_micro, 1, 1_000_000_000),
			("delta_exponent", self.delta_exponent.into(), 1, MAX_DELTA_EXPONENT.into()),
			("rows_per_patient", self.rows_per_patient.into(), 1, 1_000),
			("resolution", self.resolution.into(), 2, 256),
			("max_cells", self.max_cells.into(), 1_000, 100_000_000),
		];
		match bounds.into_iter().find(|(_, value, least, most)| value < least || value > most) {
			Some((name, value, least, most)) => Err(OptionsError::OutOfBounds { name, value, least, most }),
			None => Ok(()),
		}
	}

	/// Checks δ against the number of rows.
	///
	/// # Errors
	/// [`OptionsError::DeltaTooLarge`].
	pub(crate) fn check_rows(&self, rows: usize) -> Result<(), SynthesisError> {
		let inverse = 10u64.checked_pow(self.delta_exponent.into()).unwrap_or(u64::MAX);
		if u64::try_from(rows).unwrap_or(u64::MAX) >= inverse {
			return Err(OptionsError::DeltaTooLarge { delta_exponent: self.delta_exponent, rows }.into());
		}
		Ok(())
	}

	/// The whole budget in billionths of ρ.
	pub(crate) fn rho_nano(&self) -> u64 {
		self.rho_micro.saturating_mul(1_000)
	}
}
