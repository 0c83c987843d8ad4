//! What conditions and constraints leave for each column.

use super::{CodeSet, Rules, Schema};

/// How often all implications are tried.
const ROUNDS: usize = 4;

/// Narrows the cells of every column (by position) to those that the rules leave possible. Never removes a cell that
/// some row satisfying everything has; may leave some that none has.
///
/// Rules are followed until nothing changes (arc consistency: Mackworth, "Consistency in networks of relations",
/// 1977); then both sides of every implication's condition are tried, and one that contradicts the rules is removed.
///
/// # Errors
/// The position of a column for which nothing is left.
pub(crate) fn propagate(rules: &Rules, schema: &Schema, cells: &mut [CodeSet]) -> Result<(), usize> {
	follow(rules, schema, cells)?;
	for _ in 0..ROUNDS {
		let mut changed = false;
		for rule in &rules.implications {
			let Some(set) = cells.get(rule.a) else { continue };
			let sides = [set.intersection(&rule.when), set.without(&rule.when)];
			if sides.iter().any(CodeSet::is_empty) {
				continue;
			}
			for (side, other) in sides.iter().zip(sides.iter().rev()) {
				let mut trial = cells.to_vec();
				narrow(&mut trial, rule.a, side.clone())?;
				if follow(rules, schema, &mut trial).is_err() {
					changed |= narrow(cells, rule.a, other.clone())?;
					follow(rules, schema, cells)?;
					break;
				}
			}
		}
		if !changed {
			break;
		}
	}
	Ok(())
}

/// Follows the rules until nothing changes.
fn follow(rules: &Rules, schema: &Schema, cells: &mut [CodeSet]) -> Result<(), usize> {
	if let Some(empty) =
		schema.columns.iter().zip(cells.iter()).position(|(column, set)| !column.is_identifier() && set.is_empty())
	{
		return Err(empty);
	}
	let exempt: Vec<CodeSet> = schema.columns.iter().map(super::Column::not_applicable_codes).collect();
	loop {
		let mut changed = false;
		for rule in &rules.implications {
			let (Some(when), Some(then)) = (cells.get(rule.a), cells.get(rule.b)) else { continue };
			if when.is_within(&rule.when) {
				let left = then.intersection(&rule.then);
				changed |= narrow(cells, rule.b, left)?;
			} else if then.intersection(&rule.then).is_empty() {
				let left = when.without(&rule.when);
				changed |= narrow(cells, rule.a, left)?;
			}
		}
		for (lower, upper) in &rules.orders {
			let (Some(free_lower), Some(free_upper)) = (exempt.get(*lower), exempt.get(*upper)) else { continue };
			if let Some((_, greatest)) = always_bounds(cells.get(*upper), free_upper) {
				changed |= keep(cells, *lower, (i64::MIN, greatest), free_lower)?;
			}
			if let Some((least, _)) = always_bounds(cells.get(*lower), free_lower) {
				changed |= keep(cells, *upper, (least, i64::MAX), free_upper)?;
			}
		}
		if !changed {
			return Ok(());
		}
	}
}

/// Bounds of a column that is certainly present and applicable.
fn always_bounds(cells: Option<&CodeSet>, exempt: &CodeSet) -> Option<(i64, i64)> {
	let cells = cells?;
	(!cells.missing && cells.intersection(exempt).is_empty()).then(|| cells.bounds()).flatten()
}

/// Keeps missing, exempt, and what lies within a range.
fn keep(cells: &mut [CodeSet], column: usize, range: (i64, i64), exempt: &CodeSet) -> Result<bool, usize> {
	let allowed = CodeSet::new(vec![range], true).union(exempt);
	match cells.get(column).map(|set| set.intersection(&allowed)) {
		Some(left) => narrow(cells, column, left),
		None => Ok(false),
	}
}

fn narrow(cells: &mut [CodeSet], column: usize, left: CodeSet) -> Result<bool, usize> {
	let Some(set) = cells.get_mut(column) else { return Ok(false) };
	if left.is_empty() {
		return Err(column);
	}
	let changed = *set != left;
	*set = left;
	Ok(changed)
}
