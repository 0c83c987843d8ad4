//! Metrics of one column.

use super::metric::mean;
use crate::{number, schema::Column, table::Table};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One column of one table.
#[derive(Clone, Copy)]
pub(crate) struct View<'t> {
	pub column: &'t Column,
	pub codes: &'t [Option<i64>],
}

impl<'t> View<'t> {
	/// All columns of a table without identifiers.
	pub fn all(table: &'t Table) -> Vec<Self> {
		table
			.schema()
			.columns
			.iter()
			.enumerate()
			.filter_map(|(at, column)| {
				let codes = table.codes(at)?;
				Some(Self { column, codes })
			})
			.collect()
	}

	/// Present values as floats, missing ones as NaN.
	pub fn floats(&self) -> Vec<f64> {
		let scale = self.column.scale();
		self.codes.iter().map(|code| code.map_or(f64::NAN, |code| number::to_f64(code, scale))).collect()
	}

	/// Share of missing cells.
	pub fn missing_share(&self) -> f64 {
		let missing = self.codes.iter().filter(|code| code.is_none()).count();
		missing as f64 / self.codes.len() as f64
	}

	fn sorted(&self) -> Vec<i64> {
		let mut present: Vec<i64> = self.codes.iter().flatten().copied().collect();
		present.sort_unstable();
		present
	}

	fn shares(&self) -> BTreeMap<i64, f64> {
		let mut shares: BTreeMap<i64, f64> = BTreeMap::new();
		let mut present = 0.0;
		for code in self.codes.iter().flatten() {
			*shares.entry(*code).or_insert(0.0) += 1.0;
			present += 1.0;
		}
		shares.values_mut().for_each(|share| *share /= present);
		shares
	}
}

/// 1 - sup |F_real - F_synthetic| over present values; `None` if one side has none.
pub(crate) fn ks_complement(real: &View<'_>, synthetic: &View<'_>) -> Option<f64> {
	let (a, b) = (real.sorted(), synthetic.sorted());
	if a.is_empty() || b.is_empty() {
		return None;
	}
	let points: BTreeSet<i64> = a.iter().chain(&b).copied().collect();
	let (mut below_a, mut below_b) = (0usize, 0usize);
	let mut largest: f64 = 0.0;
	for point in points {
		below_a = below_a.saturating_add(run_length(&a, below_a, point));
		below_b = below_b.saturating_add(run_length(&b, below_b, point));
		let gap = below_a as f64 / a.len() as f64 - below_b as f64 / b.len() as f64;
		largest = largest.max(gap.abs());
	}
	Some(1.0 - largest)
}

/// How many of `sorted` from `start` on equal `point`.
fn run_length(sorted: &[i64], start: usize, point: i64) -> usize {
	sorted.iter().skip(start).take_while(|value| **value == point).count()
}

/// 1 - ½ Σ |p_real - p_synthetic| over levels of present cells; `None` if one side has none.
pub(crate) fn tv_complement(real: &View<'_>, synthetic: &View<'_>) -> Option<f64> {
	let (a, b) = (real.shares(), synthetic.shares());
	if a.is_empty() || b.is_empty() {
		return None;
	}
	let levels: BTreeSet<i64> = a.keys().chain(b.keys()).copied().collect();
	let share = |of: &BTreeMap<i64, f64>, level| of.get(&level).copied().unwrap_or(0.0);
	let gaps: f64 = levels.into_iter().map(|level| (share(&a, level) - share(&b, level)).abs()).sum();
	Some(1.0 - gaps / 2.0)
}

/// Share of present synthetic cells in the real range (numeric) or among the real levels.
pub(crate) fn adherence(real: &View<'_>, synthetic: &View<'_>) -> Option<f64> {
	let known: BTreeSet<i64> = real.codes.iter().flatten().copied().collect();
	let (min, max) = (*known.first()?, *known.last()?);
	let numeric = real.column.is_numeric();
	mean(synthetic.codes.iter().flatten().map(|code| {
		let holds = if numeric { (min..=max).contains(code) } else { known.contains(code) };
		f64::from(u8::from(holds))
	}))
}

/// Mean and standard deviation of the present values, in the column's unit (dates: days since 1970).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Moments {
	/// Arithmetic mean.
	pub mean: f64,
	/// Standard deviation with divisor n - 1; 0 for one value.
	pub deviation: f64,
}

impl Moments {
	/// Of the values that are numbers; `None` if there are none.
	pub(crate) fn of(values: &[f64]) -> Option<Self> {
		let present = || values.iter().copied().filter(|x| !x.is_nan());
		let centre = mean(present())?;
		let count = present().count() as f64;
		let squares: f64 = present().map(|x| (x - centre) * (x - centre)).sum();
		let variance = if count > 1.0 { squares / (count - 1.0) } else { 0.0 };
		Some(Self { mean: centre, deviation: variance.sqrt() })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::schema::ColumnKind;

	fn column(kind: ColumnKind) -> Column {
		Column { missing: true, ..Column::new("c", kind) }
	}

	fn some(codes: &[i64]) -> Vec<Option<i64>> {
		codes.iter().copied().map(Some).collect()
	}

	#[test]
	fn the_largest_gap_between_distributions_is_found() {
		let column = column(ColumnKind::Integer { min: 0, max: 9 });
		let (a, b) = (some(&[1, 2, 3, 4]), [some(&[3, 4, 5, 6]), vec![None]].concat());
		let view = |codes| View { column: &column, codes };
		assert_eq!(ks_complement(&view(&a), &view(&b)), Some(0.5));
		assert_eq!(ks_complement(&view(&a), &view(&a)), Some(1.0));
		assert_eq!(ks_complement(&view(&a), &view(&[None])), None);
		assert_eq!(adherence(&view(&a), &view(&b)), Some(0.5));
	}

	#[test]
	fn half_the_gaps_between_shares_is_the_variation() {
		let levels = vec!["a".into(), "b".into(), "c".into()];
		let column = column(ColumnKind::Categorical { levels });
		let view = |codes| View { column: &column, codes };
		let (a, b) = (some(&[0, 0, 1, 1]), some(&[0, 2, 1, 1]));
		assert_eq!(tv_complement(&view(&a), &view(&b)), Some(0.75));
		assert_eq!(adherence(&view(&a), &view(&b)), Some(0.75));
	}

	#[test]
	fn moments_ignore_missing_values() {
		let moments = Moments::of(&[1.0, f64::NAN, 3.0]).unwrap();
		assert_eq!(moments.mean, 2.0);
		assert!((moments.deviation - 2f64.sqrt()).abs() < 1e-15);
		assert_eq!(Moments::of(&[f64::NAN]), None);
	}
}
