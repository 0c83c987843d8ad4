//! MST: the marginals of a maximum spanning tree (McKenna, Miklau and Sheldon 2021, "Winning the NIST contest: a
//! scalable and general approach to differentially private synthetic data").
//!
//! Every column is counted; pairs of columns that are far from independent are chosen as a tree by the exponential
//! mechanism, one edge at a time as Kruskal's algorithm would; those pairs are counted; a graphical model joins it all.

use super::measurer::{percent, share, Measurer};
use crate::{
	error::SynthesisError,
	generate::{report, Progress},
	graphical::fit::{total, Observation},
};

/// Parts of what is left after one-way counts, in percent, for choosing the tree; the rest is for its pairs.
const SELECTION: u64 = 12;

/// Chooses and measures.
///
/// # Errors
/// [`SynthesisError`] if cancelled, if the budget is too small, or the source fails.
pub(crate) fn run(measurer: &mut Measurer<'_>, progress: &mut dyn Progress) -> Result<(), SynthesisError> {
	let columns = measurer.domain.columns();
	let budget = measurer.remaining();
	let free = target_edges(measurer);
	let edges = columns.saturating_sub(1);
	let tree = if free.is_empty() { edges } else { edges.saturating_sub(1) };
	let selection = percent(budget, SELECTION);
	let each = share(budget.saturating_sub(selection), tree.saturating_add(free.len()));
	measurer.group(sigma(each, measurer))?;
	if edges == 0 {
		return Ok(());
	}
	let chosen = choose(measurer, &free, selection, tree, progress)?;
	let mut sets = free;
	sets.extend(chosen);
	report(progress, "measure: pairs", 0, 1)?;
	measurer.measure(&sets, each)?;
	report(progress, "measure: pairs", 1, 1)
}

/// Standard deviation that a budget buys.
pub(crate) fn sigma(rho_nano: u64, measurer: &Measurer<'_>) -> f64 {
	let rho = rho_nano.max(1) as f64 / 1e9;
	f64::from(measurer.options().rows_per_patient) / (2.0 * rho).sqrt()
}

/// All pairs with the target, if they are asked for.
pub(crate) fn target_edges(measurer: &Measurer<'_>) -> Vec<Vec<usize>> {
	match measurer.target() {
		Some(target) if measurer.options().target_edges => {
			let others = (0..measurer.domain.columns()).filter(|column| *column != target);
			others.map(|column| vec![column.min(target), column.max(target)]).collect()
		},
		_ => Vec::new(),
	}
}

/// A spanning tree over the columns (without the target if its edges are given), by one exponential mechanism per edge.
fn choose(
	measurer: &mut Measurer<'_>,
	free: &[Vec<usize>],
	selection: u64,
	edges: usize,
	progress: &mut dyn Progress,
) -> Result<Vec<Vec<usize>>, SynthesisError> {
	let columns = measurer.domain.columns();
	let pairs: Vec<Vec<usize>> = (0..columns)
		.flat_map(|a| (a.saturating_add(1)..columns).map(move |b| vec![a, b]))
		.filter(|pair| !free.contains(pair))
		.collect();
	report(progress, "measure: dependence", 0, 1)?;
	let scores = dependence(measurer, &pairs)?;
	let mut forest: Vec<usize> = (0..columns).collect();
	let mut chosen = Vec::new();
	for _ in 0..edges {
		let open: Vec<(usize, i64)> = pairs
			.iter()
			.zip(&scores)
			.enumerate()
			.filter(|(_, (pair, _))| !connected(&forest, pair))
			.map(|(at, (_, score))| (at, *score))
			.collect();
		if open.is_empty() {
			break;
		}
		let values: Vec<i64> = open.iter().map(|(_, score)| *score).collect();
		let won = measurer.select("edge of the tree", &values, 1, share(selection, edges))?;
		let Some(pair) = open.get(won).and_then(|(at, _)| pairs.get(*at)) else { break };
		join(&mut forest, pair);
		chosen.push(pair.clone());
	}
	Ok(chosen)
}

/// How far each pair is from independence: Σ |count − expected|. One row changes it by at most 1.
fn dependence(measurer: &Measurer<'_>, pairs: &[Vec<usize>]) -> Result<Vec<i64>, SynthesisError> {
	let rows = total(&measurer.observations);
	let shares: Vec<Vec<f64>> = measurer.observations.iter().take(measurer.domain.columns()).map(share_of).collect();
	let exact = measurer.exact(pairs)?;
	let score = |(pair, counts): (&Vec<usize>, Vec<i64>)| {
		let (a, b) = (pair.first().and_then(|a| shares.get(*a)), pair.get(1).and_then(|b| shares.get(*b)));
		let (a, b) = (a.map_or(&[][..], Vec::as_slice), b.map_or(&[][..], Vec::as_slice));
		let expected = a.iter().flat_map(|p| b.iter().map(move |q| p * q * rows));
		distance(&counts, expected)
	};
	Ok(pairs.iter().zip(exact).map(score).collect())
}

/// Σ |count − expected rounded to a whole number|.
pub(crate) fn distance(counts: &[i64], expected: impl Iterator<Item = f64>) -> i64 {
	let gap = |(count, expected): (&i64, f64)| count.saturating_sub(libm::round(expected) as i64).saturating_abs();
	counts.iter().zip(expected).map(gap).fold(0, i64::saturating_add)
}

/// Shares of the groups of a column, from its noisy counts.
fn share_of(observation: &Observation) -> Vec<f64> {
	let positive: Vec<f64> = observation.counts.iter().map(|count| count.max(0.0)).collect();
	let sum: f64 = positive.iter().sum();
	if sum > 0.0 {
		positive.iter().map(|count| count / sum).collect()
	} else {
		vec![1.0 / positive.len() as f64; positive.len()]
	}
}

fn connected(forest: &[usize], pair: &[usize]) -> bool {
	let root = |column: Option<&usize>| column.and_then(|column| forest.get(*column));
	root(pair.first()) == root(pair.get(1))
}

/// Gives both components the lower name.
fn join(forest: &mut [usize], pair: &[usize]) {
	let root = |column: Option<&usize>| column.and_then(|column| forest.get(*column)).copied().unwrap_or(0);
	let (a, b) = (root(pair.first()), root(pair.get(1)));
	for name in forest.iter_mut().filter(|name| **name == a || **name == b) {
		*name = a.min(b);
	}
}
