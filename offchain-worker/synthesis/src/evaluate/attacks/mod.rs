//! Attacks on privacy with the synthetic table in hand, each set against the same attack on patients who are not in
//! the training table. They find leaks; that they find none proves nothing.

mod distance;
mod membership;
mod neighbours;
mod risk;
mod singling_out;

use super::{
	column::View,
	metric::{Metric, MetricId},
};
use crate::{error::SynthesisError, generate::Progress};
use distance::Space;
pub use membership::Membership;
pub use risk::{Rate, Risk};
use serde::Serialize;

/// Fewest rows of each table.
const FEWEST_ROWS: usize = 50;

/// All attacks. `None` where one cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attacks {
	/// Who was in the training table.
	pub membership: Option<Membership>,
	/// Singling out by one value.
	pub singling_out_univariate: Option<Risk>,
	/// Singling out by three values.
	pub singling_out_multivariate: Option<Risk>,
	/// Linking two halves of a row.
	pub linkability: Option<Risk>,
	/// Reading a secret off the nearest synthetic row, by secret column (at most 12).
	pub inference: Vec<SecretRisk>,
}

/// The inference risk of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretRisk {
	/// The column taken for secret; all others are known to the attacker.
	pub column: String,
	/// The risk.
	pub risk: Risk,
}

/// The tables without identifiers, and their rows.
struct Tables<'a, 't> {
	real: &'a [View<'t>],
	held: &'a [View<'t>],
	made: &'a [View<'t>],
	real_rows: usize,
	held_rows: usize,
	made_rows: usize,
	/// Patients of the hold-out rows, numbered, if they are known.
	held_patients: Option<&'a [usize]>,
}

impl Attacks {
	/// The column whose secret is told best.
	#[must_use]
	pub fn worst_inference(&self) -> Option<&SecretRisk> {
		let mut worst: Option<&SecretRisk> = None;
		for secret in &self.inference {
			if worst.is_none_or(|known| secret.risk.risk.value_ppm > known.risk.risk.value_ppm) {
				worst = Some(secret);
			}
		}
		worst
	}

	pub(crate) fn headline(&self) -> Vec<Metric> {
		let risk = |id, risk: Option<&Risk>| Some(Metric::of_ppm(id, risk?.risk.value_ppm));
		let mut metrics = self.membership.as_ref().map_or_else(Vec::new, Membership::headline);
		let risks = [
			risk(MetricId::SinglingOutUnivariate, self.singling_out_univariate.as_ref()),
			risk(MetricId::SinglingOutMultivariate, self.singling_out_multivariate.as_ref()),
			risk(MetricId::Linkability, self.linkability.as_ref()),
			risk(MetricId::Inference, self.worst_inference().map(|secret| &secret.risk)),
		];
		metrics.extend(risks.into_iter().flatten());
		metrics
	}
}

/// Carries out all attacks; `None` for fewer than 50 rows in a table.
pub(crate) fn attacks(
	real: &[View<'_>],
	held: &[View<'_>],
	made: &[View<'_>],
	held_patients: Option<&[usize]>,
	progress: &mut dyn Progress,
) -> Result<Option<Attacks>, SynthesisError> {
	let rows = |views: &[View<'_>]| views.first().map_or(0, |view| view.codes.len());
	let (real_rows, held_rows, made_rows) = (rows(real), rows(held), rows(made));
	let tables = Tables { real, held, made, real_rows, held_rows, made_rows, held_patients };
	if tables.real_rows.min(tables.held_rows).min(tables.made_rows) < FEWEST_ROWS {
		return Ok(None);
	}
	let space = Space::new(made);
	let membership = membership::membership(&tables, &space, progress)?;
	let (singling_out_univariate, singling_out_multivariate) = singling_out::singling_out(&tables, progress)?;
	let (linkability, inference) = neighbours::neighbours(&tables, &space, progress)?;
	Ok(Some(Attacks { membership, singling_out_univariate, singling_out_multivariate, linkability, inference }))
}
