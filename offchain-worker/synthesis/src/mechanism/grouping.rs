//! Levels put into groups for modelling: fine where rows are many, coarse where noise would drown them.
//!
//! A function of noisy counts alone, so anyone who has them finds the same groups.

use crate::encode::{is_open, Domain, Grouping};
use std::collections::{BTreeMap, BTreeSet};

/// A count stands out from its noise if it is this many standard deviations.
const DEVIATIONS: f64 = 3.0;

/// How fine groups are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fineness {
	/// Rows that a group of neighbouring levels should have at least.
	pub rows: f64,
	/// Standard deviation of the noise of a level's count.
	pub sigma: f64,
	/// Most groups of a column.
	pub most: usize,
}

/// A level with its noisy count.
#[derive(Debug, Clone, Copy)]
struct Counted {
	level: u32,
	count: f64,
}

/// Groups the levels of a column by their noisy counts.
///
/// Ends of columns whose bins were found privately fade out: nobody said that values occur out there. Declared bins are
/// taken at their word.
pub(crate) fn group(domain: &Domain, column: usize, counts: &[i64], fineness: Fineness) -> Grouping {
	let open = domain.schema().columns.get(column).is_some_and(is_open);
	let mut classes: BTreeMap<u32, Vec<Counted>> = BTreeMap::new();
	for (level, count) in (0u32..).zip(counts) {
		let counted = Counted { level, count: *count as f64 };
		classes.entry(domain.class(column, level)).or_default().push(counted);
	}
	let mut faint = BTreeSet::new();
	let mut groups: Vec<Vec<Counted>> = Vec::new();
	for levels in classes.into_values() {
		if domain.ordered(column) && !open {
			groups.extend(neighbours(levels, fineness));
		} else if domain.ordered(column) {
			let (low, high) = (ends(levels.iter(), fineness.sigma), ends(levels.iter().rev(), fineness.sigma));
			let mut found = neighbours(levels, fineness);
			fade(domain, column, &mut found, &high);
			found.reverse();
			fade(domain, column, &mut found, &low);
			found.reverse();
			faint.extend(low.into_iter().chain(high));
			groups.extend(found);
		} else {
			groups.extend(rare(domain, column, levels, fineness));
		}
	}
	groups.sort_by_key(|group| group.first().map(|counted| counted.level));
	let members = |group: Vec<Counted>| members(&group, &faint, fineness.sigma);
	Grouping { groups: groups.into_iter().map(members).collect() }
}

/// Levels from one end on whose counts together do not stand out from their noise. Rows put there by noise alone would
/// stretch the column's range far beyond its values.
fn ends<'c>(levels: impl Iterator<Item = &'c Counted>, sigma: f64) -> Vec<u32> {
	let mut faint = Vec::new();
	let mut rows = 0.0;
	for counted in levels {
		rows += counted.count;
		// The sum of m noisy counts has √m of their noise.
		if rows >= DEVIATIONS * sigma * (faint.len() as f64 + 1.0).sqrt() {
			return faint;
		}
		faint.push(counted.level);
	}
	// Nothing stands out: then no end does.
	Vec::new()
}

/// Bounds on the shape of tails: −¼ ends soon, ¼ is heavier than laboratory values are.
const SHAPES: (f64, f64) = (-0.25, 0.25);
/// Pickands' estimate scatters widely over few rows: it is drawn half way towards this shape, little heavier than an
/// exponential tail.
const USUAL_SHAPE: f64 = 0.1;

/// Gives the faint levels at the end of the last group the counts of a generalised Pareto tail beyond the rows of the
/// groups before it. Its shape is Pickands' estimate (1975, "Statistical inference using extreme order statistics"): with
/// x(k) the value that k rows exceed and m the rows of the last group, ξ = log₂ (x(m) − x(2m)) / (x(2m) − x(4m)).
fn fade(domain: &Domain, column: usize, groups: &mut [Vec<Counted>], faint: &[u32]) {
	let Some((last, before)) = groups.split_last_mut() else { return };
	let (Some(own), Some(other)) =
		(extent(domain, column, last), before.last().and_then(|g| extent(domain, column, g)))
	else {
		return;
	};
	// The tail runs upwards or downwards from where the two groups meet; distances are counted from there.
	let upwards = own.0 >= other.0;
	let start = if upwards { own.0 } else { own.1 };
	let rows = |group: &[Counted]| group.iter().map(|c| c.count.max(0.0)).sum::<f64>();
	let total = rows(last).max(1.0);
	let inwards = before.iter().rev().flat_map(|group| group.iter().rev());
	let (Some(near), Some(far)) = exceeded(domain, column, inwards, start, (total, 3.0 * total)) else {
		return;
	};
	let ratio = near / (far - near).max(f64::MIN_POSITIVE);
	let estimate = libm::log(ratio) / std::f64::consts::LN_2;
	let shape = ((estimate + USUAL_SHAPE) / 2.0).clamp(SHAPES.0, SHAPES.1);
	let grown = libm::pow(2.0, shape);
	let flat = shape.abs() < 1e-6;
	let scale = if flat { near / std::f64::consts::LN_2 } else { grown * shape * near / (grown - 1.0) };
	let survival = |distance: f64| match flat {
		true => libm::exp(-distance / scale),
		false => libm::pow((1.0 + shape * distance / scale).max(0.0), -1.0 / shape),
	};
	for counted in last.iter_mut().filter(|counted| faint.contains(&counted.level)) {
		let Some((low, high)) = extent(domain, column, std::slice::from_ref(counted)) else { continue };
		let (near, far) = if upwards { (low - start, high - start) } else { (start - high, start - low) };
		counted.count = total * (survival(near) - survival(far));
	}
}

/// How far inwards from `start` so many rows reach, for two numbers of rows; `None` if there are not as many, or they take
/// no room.
fn exceeded<'c>(
	domain: &Domain,
	column: usize,
	inwards: impl Iterator<Item = &'c Counted>,
	start: f64,
	rows: (f64, f64),
) -> (Option<f64>, Option<f64>) {
	let mut found = (None, None);
	let mut passed = 0.0;
	for counted in inwards {
		let Some((low, high)) = extent(domain, column, std::slice::from_ref(counted)) else { continue };
		let (width, inner) = (high - low, if high <= start { start - low } else { high - start });
		let count = counted.count.max(0.0);
		let at = |wanted: f64| inner - width * ((passed + count - wanted) / count.max(1e-9)).clamp(0.0, 1.0);
		if found.0.is_none() && passed + count >= rows.0 {
			found.0 = Some(at(rows.0)).filter(|distance| *distance > 0.0);
		}
		if passed + count >= rows.1 {
			found.1 = Some(at(rows.1));
			break;
		}
		passed += count;
	}
	found
}

/// Where a group begins and where the next would.
fn extent(domain: &Domain, column: usize, group: &[Counted]) -> Option<(f64, f64)> {
	let bounds = |c: &Counted| domain.column(column)?.bounds(c.level);
	let low = group.iter().filter_map(bounds).map(|(low, _)| low).min()?;
	let high = group.iter().filter_map(bounds).map(|(_, high)| high).max()?;
	Some((low as f64, high as f64 + 1.0))
}

/// Neighbouring levels together until they have enough rows.
fn neighbours(levels: Vec<Counted>, fineness: Fineness) -> Vec<Vec<Counted>> {
	let mut groups: Vec<Vec<Counted>> = Vec::new();
	let mut open: Vec<Counted> = Vec::new();
	let mut rows = 0.0;
	for counted in levels {
		// A level that is enough by itself does not swallow the few before it if there are enough of those.
		rows += counted.count;
		open.push(counted);
		if rows >= fineness.rows {
			groups.push(std::mem::take(&mut open));
			rows = 0.0;
		}
	}
	match groups.last_mut() {
		Some(last) if rows < fineness.rows / 2.0 => last.extend(open),
		_ if open.is_empty() => {},
		_ => groups.push(open),
	}
	groups
}

/// Frequent levels alone; the others with their nearest ancestor that is frequent, and what is left together.
fn rare(domain: &Domain, column: usize, levels: Vec<Counted>, fineness: Fineness) -> Vec<Vec<Counted>> {
	let enough = DEVIATIONS * fineness.sigma;
	let mut by_count: Vec<Counted> = levels.clone();
	by_count.sort_by(|a, b| b.count.total_cmp(&a.count).then(a.level.cmp(&b.level)));
	let alone: Vec<u32> =
		by_count.iter().take(fineness.most).filter(|c| c.count >= enough).map(|counted| counted.level).collect();
	let (own, mut left): (Vec<Counted>, Vec<Counted>) = levels.into_iter().partition(|c| alone.contains(&c.level));
	let mut groups: Vec<Vec<Counted>> = own.into_iter().map(|counted| vec![counted]).collect();
	let depth = left.iter().map(|c| domain.ancestors(column, c.level).len()).max().unwrap_or(0);
	for generation in 0..depth {
		let mut families: BTreeMap<Option<u32>, Vec<Counted>> = BTreeMap::new();
		for counted in std::mem::take(&mut left) {
			let parent = domain.ancestors(column, counted.level).get(generation).copied();
			families.entry(parent).or_default().push(counted);
		}
		for (parent, family) in families {
			let rows: f64 = family.iter().map(|counted| counted.count).sum();
			// The sum of m noisy counts has √m of their noise.
			let frequent = rows >= enough * (family.len() as f64).sqrt() && groups.len() < fineness.most;
			if parent.is_some() && frequent {
				groups.push(family);
			} else {
				left.extend(family);
			}
		}
	}
	left.sort_by_key(|counted| counted.level);
	if !left.is_empty() {
		groups.push(left);
	}
	groups
}

/// The levels of a group with their weights: noisy counts drawn towards the group's mean by the part of their spread
/// that is noise (empirical Bayes, Efron and Morris 1975), never below a thousandth of the mean. Faint levels keep the
/// count that [`fade`] gave them, beside clear ones.
fn members(group: &[Counted], faint: &BTreeSet<u32>, sigma: f64) -> Vec<(u32, u32)> {
	let all_faint = group.iter().all(|c| faint.contains(&c.level));
	let clear = |c: &Counted| all_faint || !faint.contains(&c.level);
	let kept: Vec<f64> = group.iter().filter(|c| clear(c)).map(|c| c.count).collect();
	let size = kept.len() as f64;
	let mean = (kept.iter().sum::<f64>() / size).max(0.0);
	let spread = kept.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / size;
	let noise = sigma * sigma;
	let signal = (spread - noise).max(0.0);
	let trust = if signal > 0.0 { signal / (signal + noise) } else { 0.0 };
	let weight =
		|c: &Counted| if clear(c) { (mean + trust * (c.count - mean)).max(mean / 1000.0) } else { c.count.max(0.0) };
	let weights: Vec<f64> = group.iter().map(weight).collect();
	let largest = weights.iter().copied().fold(0.0, f64::max);
	let unit = if largest > 0.0 { 1_000_000.0 / largest } else { 0.0 };
	group
		.iter()
		.zip(weights)
		// Casting saturates; 1,000,000 is the largest weight.
		.map(|(counted, weight)| (counted.level, if unit > 0.0 { ((weight * unit) as u32).max(1) } else { 1 }))
		.collect()
}
