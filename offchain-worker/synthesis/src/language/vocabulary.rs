//! Levels and tokens of every column, read off the training table.
//!
//! A model of the heuristic tier may look at the data, but must not carry single patients in its vocabulary. So every
//! token stands for at least five patients (where a table has as many), bins of numbers end half way between two values,
//! and the ends of a column's range are rounded outwards.

use super::{
	count::{owners, Count, FEWEST},
	Examples,
};
use crate::{
	encode::{Domain, Grouping, Vocabulary},
	error::SynthesisError,
	schema::Column,
};
use std::{cmp::Reverse, collections::BTreeMap};

/// Bins of a number hold about this part of its rows; more frequent values have a bin of their own.
const BINS: u64 = 1_024;
/// Tokens of a number at most, of bins that are alike.
const NUMBER_TOKENS: u64 = 64;
/// Rows that a token of neighbouring bins should stand for.
const TOKEN_ROWS: u64 = 20;
/// Tokens of a category at most; the rarest levels share one.
const CATEGORY_TOKENS: usize = 1_024;
/// A range's ends are rounded to this part of the span that holds nine tenths of the rows.
const END_PARTS: i64 = 20;
/// Steps to which values may be rounded: each divides the next.
const STEP_FACTORS: [i64; 14] = [5, 2, 5, 2, 5, 2, 5, 2, 5, 2, 5, 2, 5, 2];
/// Part of the rows that may be finer than a step for it to be taken, as one in so many.
const FINER: u64 = 50;

/// What was learnt: the vocabulary, and the training table in its tokens, column by column.
pub(crate) struct Learnt {
	pub vocabulary: Vocabulary,
	pub tokens: Vec<Vec<u32>>,
}

/// Learns levels and tokens.
///
/// # Errors
/// [`SynthesisError`] for a schema that cannot be encoded.
pub(super) fn learn(examples: &Examples<'_>) -> Result<Learnt, SynthesisError> {
	let table = examples.table;
	let schema = table.shared_schema();
	let owners = owners(table.rows(), examples.patients);
	let (mut cuts, mut steps) = (BTreeMap::new(), BTreeMap::new());
	for open in Domain::open_columns(&schema)? {
		let at = open.column;
		let Some(column) = schema.columns.get(at) else { continue };
		let values = Values::count(table.codes(at).unwrap_or(&[]), &owners);
		cuts.insert(at, values.cuts(column));
		steps.extend(Some((at, values.step())).filter(|(_, step)| *step > 1));
	}
	let domain = Domain::new(schema, &cuts)?;
	let levels = domain.encode(table)?;
	let groupings: Vec<Grouping> =
		levels.iter().enumerate().map(|(column, levels)| group(&domain, column, levels, &owners)).collect();
	let vocabulary = Vocabulary { cuts, steps, domain, groupings };
	let tokens = vocabulary.tokens(&levels);
	Ok(Learnt { vocabulary, tokens })
}

/// A number's values with their counts, ascending.
struct Values {
	counts: BTreeMap<i64, Count>,
	rows: u64,
}

/// Neighbouring values in one bin, or a frequent one by itself.
struct Bin {
	first: i64,
	last: i64,
	count: Count,
	alone: bool,
}

impl Values {
	fn count(codes: &[Option<i64>], owners: &[u32]) -> Self {
		let mut counts: BTreeMap<i64, Count> = BTreeMap::new();
		for (code, owner) in codes.iter().zip(owners) {
			if let Some(code) = code {
				counts.entry(*code).or_default().add(*owner);
			}
		}
		let rows = Count::rows_of(counts.values());
		Self { counts, rows }
	}

	/// Frequent values by themselves, the others in bins. Towards the ends of the range bins hold fewer rows, so that
	/// tails keep their shape.
	fn bins(&self) -> Vec<Bin> {
		let full = self.rows.checked_div(BINS).unwrap_or(0).max(FEWEST);
		let mut bins: Vec<Bin> = Vec::new();
		let mut passed = 0u64;
		for (code, count) in &self.counts {
			let nearest_end = passed.min(self.rows.saturating_sub(passed));
			let wanted = (nearest_end >> 1).clamp(FEWEST, full);
			let alone = count.holds(full);
			passed = passed.saturating_add(count.rows);
			match bins.last_mut().filter(|bin| !alone && !bin.alone && !bin.count.holds(wanted)) {
				Some(bin) => {
					bin.last = *code;
					bin.count.join(count);
				},
				None => bins.push(Bin { first: *code, last: *code, count: count.clone(), alone }),
			}
		}
		bins
	}

	/// First code of every bin after the first, ascending: half way between values, or at a frequent value.
	fn cuts(&self, column: &Column) -> Vec<i64> {
		let bins = self.bins();
		let (Some((low, high)), Some(first), Some(last)) = (column.code_range(), bins.first(), bins.last()) else {
			return Vec::new();
		};
		let grain = self.grain();
		let start = if first.alone { first.first } else { rounded_down(first.first, grain) };
		let end = if last.alone { last.last } else { rounded_down(last.last, grain).saturating_add(grain) };
		let mut cuts = vec![start, end.saturating_add(1)];
		for (bin, next) in bins.iter().zip(bins.iter().skip(1)) {
			let middle = i64::midpoint(bin.last, next.first).max(bin.last.saturating_add(1));
			cuts.push(if bin.alone { bin.last.saturating_add(1) } else { middle });
			cuts.push(if next.alone { next.first } else { middle });
		}
		cuts.retain(|cut| *cut > low && *cut <= high);
		cuts.sort_unstable();
		cuts.dedup();
		cuts
	}

	/// What the range's ends are rounded to.
	fn grain(&self) -> i64 {
		let at = |rank: u64| {
			let mut passed = 0u64;
			self.counts.iter().find_map(|(code, count)| {
				passed = passed.saturating_add(count.rows);
				(passed > rank).then_some(*code)
			})
		};
		let twentieth = self.rows.checked_div(20).unwrap_or(0);
		let ends = at(twentieth).zip(at(self.rows.saturating_sub(twentieth).saturating_sub(1)));
		let span = ends.map_or(0, |(low, high)| high.saturating_sub(low));
		span.checked_div(END_PARTS).unwrap_or(0).max(1)
	}

	/// The largest step of which nearly all values are multiples.
	fn step(&self) -> i64 {
		let finer = |step: i64| {
			let off = self.counts.iter().filter(|(code, _)| code.checked_rem(step).is_none_or(|rest| rest != 0));
			Count::rows_of(off.map(|(_, count)| count))
		};
		let mut step = 1i64;
		for factor in STEP_FACTORS {
			let wider = step.saturating_mul(factor);
			if finer(wider).saturating_mul(FINER) > self.rows {
				break;
			}
			step = wider;
		}
		if self.counts.len() > 1 {
			step
		} else {
			1
		}
	}
}

fn rounded_down(code: i64, grain: i64) -> i64 {
	code.saturating_sub(code.checked_rem_euclid(grain).unwrap_or(0))
}

/// A level and what it stands for.
type Counted = (u32, Count);

/// The tokens of a column.
fn group(domain: &Domain, column: usize, levels: &[u32], owners: &[u32]) -> Grouping {
	let size = domain.column(column).map_or(0, crate::encode::ColumnDomain::size);
	let mut counts = vec![Count::default(); size];
	for (level, owner) in levels.iter().zip(owners) {
		if let Some(count) = usize::try_from(*level).ok().and_then(|at| counts.get_mut(at)) {
			count.add(*owner);
		}
	}
	let mut classes: BTreeMap<u32, Vec<Counted>> = BTreeMap::new();
	for (level, count) in (0u32..).zip(counts).filter(|(_, count)| count.rows > 0) {
		classes.entry(domain.class(column, level)).or_default().push((level, count));
	}
	let mut groups: Vec<Vec<Counted>> = Vec::new();
	for levels in classes.into_values() {
		groups.extend(if domain.ordered(column) { neighbours(smoothed(levels)) } else { rare(levels) });
	}
	groups.sort_by_key(|group| group.first().map(|(level, _)| *level));
	let weight = |(level, count): Counted| (level, u32::try_from(count.rows).unwrap_or(u32::MAX));
	Grouping { groups: groups.into_iter().map(|group| group.into_iter().map(weight).collect()).collect() }
}

fn total(levels: &[Counted]) -> Count {
	Count::of(levels.iter().map(|(_, count)| count))
}

/// Neighbouring levels of few patients share their rows, so that none shows how few it had.
fn smoothed(levels: Vec<Counted>) -> Vec<Counted> {
	let mut done: Vec<Counted> = Vec::with_capacity(levels.len());
	let mut few: Vec<Counted> = Vec::new();
	for level in levels {
		if level.1.is_enough() {
			done.push(level);
			continue;
		}
		few.push(level);
		if total(&few).is_enough() {
			done.extend(shared(std::mem::take(&mut few)));
		}
	}
	done.extend(shared(few));
	done.sort_unstable_by_key(|(level, _)| *level);
	done
}

/// Levels with equal parts of what they stand for.
fn shared(levels: Vec<Counted>) -> impl Iterator<Item = Counted> {
	let part = total(&levels).part(levels.len());
	levels.into_iter().map(move |(level, _)| (level, part.clone()))
}

/// Ordered levels: each by itself if they are few, else neighbours together.
fn neighbours(levels: Vec<Counted>) -> Vec<Vec<Counted>> {
	let each = u64::try_from(levels.len()).unwrap_or(u64::MAX) <= NUMBER_TOKENS;
	let alike =
		Count::rows_of(levels.iter().map(|(_, count)| count)).checked_div(NUMBER_TOKENS).unwrap_or(0).max(TOKEN_ROWS);
	let wanted = if each { FEWEST } else { alike };
	let mut groups: Vec<Vec<Counted>> = Vec::new();
	let mut open: Vec<Counted> = Vec::new();
	for level in levels {
		if level.1.holds(wanted) && total(&open).is_enough() {
			groups.push(std::mem::take(&mut open));
		}
		open.push(level);
		if total(&open).holds(wanted) {
			groups.push(std::mem::take(&mut open));
		}
	}
	match groups.last_mut() {
		Some(last) if !total(&open).is_enough() => last.extend(open),
		_ => groups.push(open),
	}
	groups.retain(|group| !group.is_empty());
	groups
}

/// Frequent levels each by itself; the rare ones together with as many of the next rarest as it takes to make enough
/// patients, all with the same weight.
fn rare(levels: Vec<Counted>) -> Vec<Vec<Counted>> {
	let mut by_rows = levels;
	by_rows.sort_by_key(|(level, count)| (!count.is_enough(), Reverse(count.rows), *level));
	let frequent = by_rows.iter().take_while(|(_, count)| count.is_enough()).count().min(CATEGORY_TOKENS);
	let mut pooled = by_rows.split_off(frequent);
	while !pooled.is_empty() && !total(&pooled).is_enough() {
		match by_rows.pop() {
			Some(next) => pooled.push(next),
			None => break,
		}
	}
	let mut groups: Vec<Vec<Counted>> = by_rows.into_iter().map(|level| vec![level]).collect();
	if !pooled.is_empty() {
		pooled.sort_unstable_by_key(|(level, _)| *level);
		let pooled = if total(&pooled).is_twice_enough() { pooled } else { shared(pooled).collect() };
		groups.push(smoothed(pooled));
	}
	groups
}
