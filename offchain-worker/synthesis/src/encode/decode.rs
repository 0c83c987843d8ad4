//! Groups back to cells.

use super::{
	choices::Choices,
	column::Level,
	orders::{Drawable, OrderedDraw, Orders},
	Conditions, Domain, EncodeError, Grouping,
};
use crate::{
	digest::Digest,
	random::Stream,
	schema::{CodeSet, Implication},
	table::{Cells, Table},
};
use std::{collections::BTreeMap, sync::Arc};

/// Rows of one block; part of what decoding means.
const BLOCK: usize = 8_192;

/// Turns sampled groups into a table that satisfies the conditions and the schema's constraints in every row.
///
/// Within a group the fine level is drawn by weight, then the code uniformly, both among what conditions and the orders
/// between columns allow. Random numbers are those of the streams `decode/<column>` in blocks of 8,192 rows, so a table
/// of fewer rows is the beginning of a table of more. Where the groups of ordered columns exclude each other, which no
/// pair of them shows, cells move to the nearest level of the same class, or become missing.
///
/// # Errors
/// [`EncodeError`] for groupings or groups that do not fit the domain, groups that conditions exclude, and pairs that
/// implications forbid.
pub fn decode(
	domain: &Domain,
	groupings: &[Grouping],
	codes: &[Vec<u32>],
	conditions: &Conditions,
	seed: &Digest,
) -> Result<Table, EncodeError> {
	let rows = check(domain, groupings, codes, conditions)?;
	check_implications(domain, groupings, codes, rows)?;
	let drawables: Vec<Drawable> =
		groupings.iter().enumerate().map(|(at, grouping)| drawable(domain, at, grouping, conditions)).collect();
	for (at, (drawable, groups)) in drawables.iter().zip(codes).enumerate() {
		check_groups(domain, at, drawable, groups)?;
	}
	let orders = Orders::new(domain);
	let mut cells: Vec<Vec<Option<i64>>> = Vec::with_capacity(codes.len());
	for (at, (drawable, groups)) in drawables.iter().zip(codes).enumerate() {
		cells.push(if orders.columns.contains(&at) { Vec::new() } else { column(at, drawable, groups, seed) });
	}
	ordered(domain, &orders, drawables, groupings, codes, seed, &mut cells)?;
	let cells = cells.into_iter().map(Cells::Codes).collect();
	Ok(Table::from_cells(Arc::clone(domain.schema()), cells)?)
}

/// Checks shapes and gives the number of rows.
fn check(
	domain: &Domain,
	groupings: &[Grouping],
	codes: &[Vec<u32>],
	conditions: &Conditions,
) -> Result<usize, EncodeError> {
	let wrong = |problem| Err(EncodeError::Codes { problem });
	let columns = domain.columns();
	if groupings.len() != columns || codes.len() != columns {
		return wrong(format!("{} groupings and {} columns for {columns}", groupings.len(), codes.len()));
	}
	let rows = codes.first().map_or(0, Vec::len);
	if codes.iter().any(|column| column.len() != rows) {
		return wrong("columns of different lengths".into());
	}
	if let Some(name) = conditions.columns().find(|name| domain.schema().position(name).is_none()) {
		return wrong(format!("the conditions are on column {name:?}, which the domain does not have"));
	}
	for (at, grouping) in groupings.iter().enumerate() {
		grouping.check(domain, at)?;
	}
	Ok(rows)
}

/// Refuses groups that do not exist and groups of which conditions leave nothing.
fn check_groups(domain: &Domain, at: usize, drawable: &Drawable, groups: &[u32]) -> Result<(), EncodeError> {
	let state: Vec<bool> = drawable.groups.iter().map(Choices::is_empty).collect();
	for (row, group) in groups.iter().enumerate() {
		match usize::try_from(*group).ok().and_then(|group| state.get(group)) {
			Some(false) => {},
			Some(true) => return Err(EncodeError::NothingLeft { row, column: domain.shown_name(at) }),
			None => {
				let problem = format!(
					"row {row} has group {group} of column {:?}, which has {}",
					domain.shown_name(at),
					state.len()
				);
				return Err(EncodeError::Codes { problem });
			},
		}
	}
	Ok(())
}

fn members<'d>(domain: &'d Domain, at: usize, members: &'d [(u32, u32)]) -> impl Iterator<Item = (&'d Level, u32)> {
	members.iter().filter_map(move |(level, weight)| Some((domain.column(at)?.level(*level)?, *weight)))
}

fn drawable(domain: &Domain, at: usize, grouping: &Grouping, conditions: &Conditions) -> Drawable {
	let allowed = conditions.cells(domain, at);
	let groups = grouping.groups.iter().map(|group| Choices::new(members(domain, at, group), allowed)).collect();
	let first = |group: &Vec<(u32, u32)>| group.first().map_or(u32::MAX, |(level, _)| domain.class(at, *level));
	let mut classes: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
	for level in (0u32..).take(domain.column(at).map_or(0, super::ColumnDomain::size)) {
		classes.entry(domain.class(at, level)).or_default().push((level, 1));
	}
	let missing = domain.schema().columns.get(at).is_some_and(|column| column.missing);
	Drawable {
		groups,
		classes: grouping.groups.iter().map(first).collect(),
		by_class: classes
			.iter()
			.map(|(class, levels)| (*class, Choices::new(members(domain, at, levels), allowed)))
			.collect(),
		may_miss: missing && allowed.is_none_or(|cells| cells.missing),
	}
}

/// The cells of a column that is in no order.
fn column(at: usize, drawable: &Drawable, groups: &[u32], seed: &Digest) -> Vec<Option<i64>> {
	let label = format!("decode/{at}");
	let mut cells = Vec::with_capacity(groups.len());
	for (block, groups) in (0u64..).zip(groups.chunks(BLOCK)) {
		let mut stream = Stream::new(seed, &label, block);
		for group in groups {
			let choices = usize::try_from(*group).ok().and_then(|group| drawable.groups.get(group));
			cells.push(choices.and_then(|choices| choices.draw(&mut stream)));
		}
	}
	cells
}

/// The cells of the columns that are in some order, row by row.
fn ordered(
	domain: &Domain,
	orders: &Orders,
	drawables: Vec<Drawable>,
	groupings: &[Grouping],
	codes: &[Vec<u32>],
	seed: &Digest,
	cells: &mut [Vec<Option<i64>>],
) -> Result<(), EncodeError> {
	if orders.columns.is_empty() {
		return Ok(());
	}
	let mut by_column: BTreeMap<usize, Drawable> = drawables.into_iter().enumerate().collect();
	let drawables: Vec<Drawable> = orders.columns.iter().filter_map(|column| by_column.remove(column)).collect();
	let columns: Vec<&[u32]> =
		orders.columns.iter().filter_map(|column| codes.get(*column).map(Vec::as_slice)).collect();
	let rows = codes.first().map_or(0, Vec::len);
	let mut draw = OrderedDraw::new(orders, &drawables);
	let mut drawn: Vec<Vec<Option<i64>>> = columns.iter().map(|_| Vec::with_capacity(rows)).collect();
	let mut streams: Vec<Stream> = Vec::new();
	let mut groups: Vec<u32> = Vec::with_capacity(columns.len());
	for row in 0..rows {
		if row.checked_rem(BLOCK) == Some(0) {
			let block = u64::try_from(row.checked_div(BLOCK).unwrap_or(0)).unwrap_or(u64::MAX);
			streams = orders.columns.iter().map(|at| Stream::new(seed, &format!("decode/{at}"), block)).collect();
		}
		groups.clear();
		groups.extend(columns.iter().filter_map(|column| column.get(row).copied()));
		let may_miss = |column: usize, gone: &[usize]| missing_fits(domain, groupings, codes, row, column, gone);
		draw.row(&groups, &mut streams, &may_miss).map_err(|place| EncodeError::NothingLeft {
			row,
			column: orders.columns.get(place).map_or_else(String::new, |column| domain.shown_name(*column)),
		})?;
		for (column, cell) in drawn.iter_mut().zip(&draw.cells) {
			column.push(*cell);
		}
	}
	for (column, drawn) in orders.columns.iter().zip(drawn) {
		if let Some(slot) = cells.get_mut(*column) {
			*slot = drawn;
		}
	}
	Ok(())
}

/// Whether a cell may be missing beside the other groups of its row, some of which (`gone`) are missing now too.
fn missing_fits(
	domain: &Domain,
	groupings: &[Grouping],
	codes: &[Vec<u32>],
	row: usize,
	column: usize,
	gone: &[usize],
) -> bool {
	let sampled = |at: usize| {
		let group = codes.get(at)?.get(row)?;
		example(domain, at, groupings.get(at)?.groups.get(usize::try_from(*group).ok()?)?)
	};
	let holds = |set: &CodeSet, at: usize| {
		let cell = if at == column || gone.contains(&at) { Some(None) } else { sampled(at) };
		cell.is_some_and(|cell| set.contains(cell))
	};
	let mut touching = domain.rules().implications.iter().filter(|rule| rule.a == column || rule.b == column);
	touching.all(|rule| !holds(&rule.when, rule.a) || holds(&rule.then, rule.b))
}

/// A cell of a group, which is on the same side of every condition of an implication as all others.
fn example(domain: &Domain, at: usize, group: &[(u32, u32)]) -> Option<Option<i64>> {
	let (level, _) = group.first()?;
	Some(domain.column(at)?.level(*level)?.example())
}

/// Refuses rows with groups that an implication forbids together.
fn check_implications(
	domain: &Domain,
	groupings: &[Grouping],
	codes: &[Vec<u32>],
	rows: usize,
) -> Result<(), EncodeError> {
	for Implication { a, when, b, then } in &domain.rules().implications {
		let sides = |at: &usize, set: &CodeSet| -> Vec<bool> {
			let groups = groupings.get(*at).map_or(&[][..], |grouping| grouping.groups.as_slice());
			groups.iter().map(|group| example(domain, *at, group).is_some_and(|cell| set.contains(cell))).collect()
		};
		let (when, then) = (sides(a, when), sides(b, then));
		let (Some(first), Some(second)) = (codes.get(*a), codes.get(*b)) else { continue };
		let holds = |sides: &[bool], group: &u32| usize::try_from(*group).ok().and_then(|at| sides.get(at).copied());
		let mut pairs = first.iter().zip(second).take(rows);
		if let Some(row) = pairs.position(|(x, y)| holds(&when, x) == Some(true) && holds(&then, y) == Some(false)) {
			let (first, second) = (domain.shown_name(*a), domain.shown_name(*b));
			return Err(EncodeError::ForbiddenPair { row, first, second });
		}
	}
	Ok(())
}
