//! Singling out: predicates read off the synthetic table that hold for exactly one training row.

use super::{
	risk::{Risk, Tally},
	Tables,
};
use crate::{
	error::SynthesisError,
	evaluate::{column::View, seed},
	generate::{report, Progress},
	random::Stream,
};

/// Most predicates that are tried on the real rows.
const ATTACKS: usize = 1_000;
/// Most predicates that are made for each that singles out a synthetic row.
const TRIES: usize = 10;
/// Columns of a multivariate predicate.
const COLUMNS: usize = 3;
/// Most rows of each table.
const MOST_ROWS: usize = 50_000;

/// A condition on one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
	Is(Option<i64>),
	AtMost(i64),
	AtLeast(i64),
}

impl Condition {
	fn holds(self, code: Option<i64>) -> bool {
		match self {
			Self::Is(value) => code == value,
			Self::AtMost(most) => code.is_some_and(|code| code <= most),
			Self::AtLeast(least) => code.is_some_and(|code| code >= least),
		}
	}
}

/// Conditions on some columns, all of which must hold.
type Predicate = Vec<(usize, Condition)>;

/// Rows of a table that predicates are tried on.
struct Ground<'a, 't> {
	views: &'a [View<'t>],
	rows: Vec<usize>,
}

impl Ground<'_, '_> {
	/// Whether exactly one row fulfils the predicate.
	fn singles_out(&self, predicate: &Predicate) -> bool {
		let mut conditions: Vec<(&[Option<i64>], Condition)> = Vec::new();
		for (column, condition) in predicate {
			if let Some(view) = self.views.get(*column) {
				conditions.push((view.codes, *condition));
			}
		}
		let mut found = false;
		for row in &self.rows {
			let all = conditions.iter().all(|(codes, c)| c.holds(codes.get(*row).copied().flatten()));
			if all && std::mem::replace(&mut found, true) {
				return false;
			}
		}
		found
	}
}

/// Every predicate on one column that singles out a synthetic row: extremes, values that occur once, a single gap.
fn univariate(made: &Ground<'_, '_>) -> Vec<Predicate> {
	let mut all = Vec::new();
	for (column, view) in made.views.iter().enumerate() {
		let mut codes: Vec<Option<i64>> = made.rows.iter().filter_map(|row| view.codes.get(*row).copied()).collect();
		codes.sort_unstable();
		let once = codes.chunk_by(|a, b| a == b).filter(|run| run.len() == 1).filter_map(|run| run.first().copied());
		all.extend(once.map(|code| vec![(column, Condition::Is(code))]));
		if view.column.is_numeric() {
			let present = || codes.iter().flatten().copied();
			all.extend(present().next().map(|least| vec![(column, Condition::AtMost(least))]));
			all.extend(present().next_back().map(|most| vec![(column, Condition::AtLeast(most))]));
		}
	}
	all
}

/// Three columns of a random synthetic row: equal levels, numbers at least as far from the median.
fn multivariate(made: &Ground<'_, '_>, medians: &[i64], stream: &mut Stream) -> Predicate {
	let Some(row) = made.rows.get(seed::pick(stream, made.rows.len())) else { return Vec::new() };
	let code = |column: usize| made.views.get(column).and_then(|view| view.codes.get(*row)).copied().flatten();
	predicate(made.views, medians, stream, |_, column| code(column))
}

/// The same with every value taken from a row of its own choice of the declared range: guessing.
fn guess(made: &Ground<'_, '_>, medians: &[i64], stream: &mut Stream) -> Predicate {
	predicate(made.views, medians, stream, |stream, column| {
		let (low, high) = made.views.get(column).and_then(|view| view.column.code_range())?;
		let ahead = stream.below(high.abs_diff(low).saturating_add(1));
		Some(low.saturating_add_unsigned(ahead))
	})
}

fn predicate(
	views: &[View<'_>],
	medians: &[i64],
	stream: &mut Stream,
	mut value: impl FnMut(&mut Stream, usize) -> Option<i64>,
) -> Predicate {
	let mut columns: Vec<usize> = Vec::new();
	while columns.len() < COLUMNS.min(views.len()) {
		let column = seed::pick(stream, views.len());
		if !columns.contains(&column) {
			columns.push(column);
		}
	}
	let mut predicate = Vec::new();
	for column in columns {
		let code = value(stream, column);
		let numeric = views.get(column).is_some_and(|view| view.column.is_numeric());
		let condition = match (code, medians.get(column)) {
			(Some(code), Some(median)) if numeric && code > *median => Condition::AtLeast(code),
			(Some(code), Some(_)) if numeric => Condition::AtMost(code),
			_ => Condition::Is(code),
		};
		predicate.push((column, condition));
	}
	predicate
}

/// The risk of predicates on one column and on three.
pub(super) fn singling_out(
	tables: &Tables<'_, '_>,
	progress: &mut dyn Progress,
) -> Result<(Option<Risk>, Option<Risk>), SynthesisError> {
	const STAGE: &str = "evaluate: singling out";
	// As many training rows as hold-out rows: fewer rows are easier to single out.
	let size = tables.real_rows.min(tables.held_rows).min(MOST_ROWS);
	let ground = |views, rows, most| Ground { views, rows: seed::sample(rows, most, "singling out") };
	let made = ground(tables.made, tables.made_rows, MOST_ROWS);
	let (real, held) = (ground(tables.real, tables.real_rows, size), ground(tables.held, tables.held_rows, size));
	let medians: Vec<i64> = tables
		.made
		.iter()
		.map(|view| {
			let mut codes: Vec<i64> = view.codes.iter().flatten().copied().collect();
			codes.sort_unstable();
			codes.len().checked_div(2).and_then(|half| codes.get(half)).copied().unwrap_or(0)
		})
		.collect();
	let mut stream = seed::stream("predicates");
	let all = univariate(&made);
	let one: Vec<Predicate> =
		seed::sample(all.len(), ATTACKS, "univariate").into_iter().filter_map(|at| all.get(at).cloned()).collect();
	let (mut three, mut guesses, mut guesses_one) = (Vec::new(), Vec::new(), Vec::new());
	for tried in 0..ATTACKS.saturating_mul(TRIES) {
		if three.len() >= ATTACKS {
			break;
		}
		if tried.checked_rem(100) == Some(0) {
			report(progress, STAGE, three.len(), ATTACKS)?;
		}
		let predicate = multivariate(&made, &medians, &mut stream);
		if made.singles_out(&predicate) {
			three.push(predicate);
		}
	}
	for _ in 0..ATTACKS {
		let predicate = guess(&made, &medians, &mut stream);
		guesses_one.push(predicate.iter().take(1).copied().collect::<Predicate>());
		guesses.push(predicate);
	}
	let mut assess = |predicates: &[Predicate], guesses: &[Predicate]| -> Result<Option<Risk>, SynthesisError> {
		let (mut attack, mut control, mut baseline) = (Tally::default(), Tally::default(), Tally::default());
		for (at, predicate) in predicates.iter().enumerate() {
			if at.checked_rem(100) == Some(0) {
				report(progress, STAGE, at, predicates.len())?;
			}
			attack.count(real.singles_out(predicate));
			control.count(held.singles_out(predicate));
		}
		guesses.iter().take(predicates.len()).for_each(|predicate| baseline.count(real.singles_out(predicate)));
		Ok(Risk::new(attack, control, baseline))
	};
	Ok((assess(&one, &guesses_one)?, assess(&three, &guesses)?))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::schema::{Column, ColumnKind};

	#[test]
	fn predicates_on_one_column_are_extremes_values_that_occur_once_and_single_gaps() {
		let column = Column { missing: true, ..Column::new("c", ColumnKind::Integer { min: 0, max: 9 }) };
		let codes = [Some(1), Some(1), Some(5), None, Some(9), Some(9)];
		let views = [View { column: &column, codes: &codes }];
		let ground = Ground { views: &views, rows: (0..6).collect() };
		let found: Vec<Condition> = univariate(&ground).into_iter().map(|p| p[0].1).collect();
		use Condition::{AtLeast, AtMost, Is};
		assert_eq!(found, [Is(None), Is(Some(5)), AtMost(1), AtLeast(9)]);
		assert!(ground.singles_out(&vec![(0, Is(Some(5)))]) && ground.singles_out(&vec![(0, Is(None))]));
		assert!(!ground.singles_out(&vec![(0, AtLeast(9))]) && !ground.singles_out(&vec![(0, Is(Some(7)))]));
	}
}
