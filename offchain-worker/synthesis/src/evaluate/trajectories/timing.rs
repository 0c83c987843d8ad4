//! How many visits there are, and how far apart.

use super::{numbers, Side};
use crate::{
	evaluate::column::{ks_complement, View},
	trajectory::times,
};

/// KS complement of visits per patient.
pub(super) fn visits(real: &Side<'_>, made: &Side<'_>) -> Option<f64> {
	let counts = |side: &Side<'_>| -> Vec<Option<i64>> {
		side.visits.patients.iter().map(|rows| i64::try_from(rows.len()).ok()).collect()
	};
	complement(&counts(real), &counts(made))
}

/// KS complement of the times between consecutive visits.
pub(super) fn gaps(real: &Side<'_>, made: &Side<'_>) -> Option<f64> {
	complement(&between(real), &between(made))
}

fn between(side: &Side<'_>) -> Vec<Option<i64>> {
	let times = times(side.table).unwrap_or(&[]);
	let at = |row: &usize| times.get(*row).copied().flatten();
	let pairs = side.visits.patients.iter().flat_map(|rows| rows.iter().zip(rows.iter().skip(1)));
	pairs.map(|(now, next)| at(next)?.checked_sub(at(now)?)).collect()
}

fn complement(real: &[Option<i64>], made: &[Option<i64>]) -> Option<f64> {
	let column = numbers();
	ks_complement(&View { column: &column, codes: real }, &View { column: &column, codes: made })
}
