//! Bins of numeric columns found privately: a range is halved again and again while the noisy counts of its halves
//! are large (the idea of PrivTree, Zhang, Xiao and Xie 2016, with Gaussian noise on every depth).
//!
//! All ranges of one depth are disjoint, so a patient with k rows changes their counts by at most k in L2 norm. A
//! column is charged once for every depth.

use super::source::CountSource;
use crate::{
	encode::OpenColumn,
	error::SynthesisError,
	privacy::{add_discrete_gaussian, sigma_milli_for, Ledger},
	random::Stream,
};
use serde::{Deserialize, Serialize};

/// Depths at most: ranges down to 1/4096 of the declared one.
const MOST_DEPTHS: u32 = 12;
/// A range is halved while it holds more than this part of the rows, …
const SHARE: f64 = 64.0;
/// … and more than this many standard deviations of its noise.
const DEVIATIONS: f64 = 3.0;

/// Steps beyond 1 at most.
const MOST_STEPS: usize = 14;
/// Part of the rows that may be finer than a step for it to be taken.
const FINER: f64 = 0.02;
/// Cuts of the first and of the last bin.
const EDGE_CUTS: u32 = 5;

/// What was measured of one numeric column to cut it into bins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BinMeasurement {
	/// Position of the column in the schema without identifiers.
	pub column: usize,
	/// Standard deviation of the noise, in thousandths.
	pub sigma_milli: u64,
	/// Noisy count of rows by the largest of [`steps`] that divides their code: values are often rounded, to tens say.
	pub multiples: Vec<i64>,
	/// By depth: first code of every range that was counted, ascending, with its noisy count of rows.
	pub depths: Vec<Vec<(i64, i64)>>,
}

/// Steps to which values of a column may be rounded: 1, 5, 10, 50, … as far as the range has ten of them. Each divides the
/// next.
fn steps(open: &OpenColumn) -> Vec<i64> {
	let width = open.high.saturating_sub(open.low);
	let mut steps = vec![1i64];
	for factor in [5, 2].into_iter().cycle().take(MOST_STEPS) {
		match steps.last().and_then(|step| step.checked_mul(factor)) {
			Some(step) if step.saturating_mul(10) <= width => steps.push(step),
			_ => break,
		}
	}
	steps
}

/// A range of codes, both ends included.
type Range = (i64, i64);

/// Halves; a range of one code stays whole.
fn halves((low, high): Range) -> Vec<Range> {
	let middle = i64::midpoint(low, high);
	if low >= high {
		return vec![(low, high)];
	}
	// `midpoint` rounds towards zero, or down; either way one half must not be empty.
	let middle = if middle == high { middle.saturating_sub(1) } else { middle };
	vec![(low, middle), (middle.saturating_add(1), high)]
}

/// Depths that a column of this range is worth.
fn depths(open: &OpenColumn) -> u32 {
	let width = open.high.abs_diff(open.low).saturating_add(1);
	width.checked_ilog2().unwrap_or(0).saturating_add(1).min(MOST_DEPTHS)
}

/// Cuts a column at the cost of `rho_nano`, charged to the ledger.
///
/// # Errors
/// [`SynthesisError`] if the budget is too small for any noise level, or the source fails.
pub(crate) fn measure(
	source: &dyn CountSource,
	open: &OpenColumn,
	rho_nano: u64,
	sensitivity: u32,
	ledger: &mut Ledger,
	noise_seed: &crate::digest::Digest,
) -> Result<BinMeasurement, SynthesisError> {
	let most = depths(open);
	// Every depth, and the multiples.
	let questions = u64::from(most).saturating_add(1);
	let sigma_milli = sigma_milli_for(rho_nano.checked_div(questions).unwrap_or(0), sensitivity)?;
	let mut stream = Stream::new(noise_seed, "noise/bins", u64::try_from(open.column).unwrap_or(u64::MAX));
	let mut multiples = source.multiples(open.column, &steps(open))?;
	add_discrete_gaussian(&mut multiples, sigma_milli, &mut stream)?;
	ledger.gaussian(&multiples_label(open.column), sensitivity, sigma_milli)?;
	let mut found = BinMeasurement { column: open.column, sigma_milli, multiples, depths: Vec::new() };
	let mut ranges = vec![(open.low, open.high)];
	for _ in 0..most {
		ranges = ranges.into_iter().flat_map(halves).collect();
		let counts = noisy_counts(source, open, &ranges, sigma_milli, &mut stream)?;
		ledger.gaussian(&label(open.column, found.depths.len()), sensitivity, sigma_milli)?;
		let counted: Vec<(i64, i64)> = ranges.iter().map(|range| range.0).zip(counts).collect();
		found.depths.push(counted.clone());
		ranges = active(&ranges, &counted, threshold(&found));
		if ranges.is_empty() {
			break;
		}
	}
	Ok(found)
}

fn noisy_counts(
	source: &dyn CountSource,
	open: &OpenColumn,
	ranges: &[Range],
	sigma_milli: u64,
	stream: &mut Stream,
) -> Result<Vec<i64>, SynthesisError> {
	// Every range with the gap behind it, so that codes in gaps count in the gaps.
	let mut starts: Vec<i64> = ranges.iter().flat_map(|(low, high)| [*low, high.saturating_add(1)]).collect();
	starts.dedup();
	let counted = source.ranges(open.column, &starts)?;
	let mut counts: Vec<i64> = ranges
		.iter()
		.map(|(low, _)| starts.binary_search(low).ok().and_then(|at| counted.get(at).copied()).unwrap_or(0))
		.collect();
	add_discrete_gaussian(&mut counts, sigma_milli, stream)?;
	Ok(counts)
}

/// Which of the counted ranges of a depth are to be halved further. `ranges` have both ends, as the counts do not.
fn active(ranges: &[Range], counts: &[(i64, i64)], threshold: f64) -> Vec<Range> {
	let halved = |((low, high), (_, count)): &(&Range, &(i64, i64))| low < high && *count as f64 > threshold;
	ranges.iter().zip(counts).filter(halved).map(|(range, _)| *range).collect()
}

/// Count above which a range is halved.
fn threshold(found: &BinMeasurement) -> f64 {
	let total: i64 =
		found.depths.first().map_or(0, |counts| counts.iter().map(|(_, count)| *count).fold(0, i64::saturating_add));
	(total as f64 / SHARE).max(DEVIATIONS * found.sigma_milli as f64 / 1000.0)
}

impl BinMeasurement {
	/// The largest step that nearly all values are multiples of, by the noisy counts; 1 if there is none.
	///
	/// # Errors
	/// [`SynthesisError::Log`] if the counts are not those of the column's steps.
	pub fn step(&self, open: &OpenColumn) -> Result<i64, SynthesisError> {
		let steps = steps(open);
		if steps.len() != self.multiples.len() {
			return Err(super::LogError::Bins { column: self.column, depth: 0 }.into());
		}
		let rows: f64 = self.multiples.iter().map(|count| *count as f64).sum();
		let sigma = self.sigma_milli as f64 / 1000.0;
		let (mut finer, mut taken) = (0.0, 1);
		for ((at, step), count) in steps.iter().enumerate().zip(&self.multiples) {
			// The sum of m noisy counts has √m of their noise.
			if finer > FINER * rows + sigma * (at as f64).sqrt() || rows < DEVIATIONS * sigma {
				break;
			}
			taken = *step;
			finer += *count as f64;
		}
		Ok(taken)
	}

	/// First code of every bin but the first, ascending: the cuts that the counts lead to.
	///
	/// # Errors
	/// [`SynthesisError::Log`] if the counted ranges are not those that the counts above them lead to.
	pub fn cuts(&self, open: &OpenColumn) -> Result<Vec<i64>, SynthesisError> {
		let mut cuts = std::collections::BTreeSet::new();
		let mut ranges = vec![(open.low, open.high)];
		for (depth, counts) in self.depths.iter().enumerate() {
			ranges = ranges.into_iter().flat_map(halves).collect();
			if !ranges.iter().map(|range| range.0).eq(counts.iter().map(|(low, _)| *low)) || ranges.is_empty() {
				return Err(super::LogError::Bins { column: self.column, depth }.into());
			}
			cuts.extend(ranges.iter().map(|range| range.0));
			ranges = active(&ranges, counts, threshold(self));
		}
		cuts.remove(&open.low);
		if let (Some(first), Some(last)) = (cuts.first().copied(), cuts.last().copied()) {
			cuts.extend(finer(first, open.low));
			cuts.extend(finer(last, open.high));
			cuts.remove(&open.low);
		}
		Ok(cuts.into_iter().collect())
	}
}

/// Cuts of the outermost bin, ever closer to its inner end: what lies there thins out towards the end of the range.
fn finer(inner: i64, end: i64) -> Vec<i64> {
	let mut cuts = Vec::new();
	let mut far = end;
	for _ in 0..EDGE_CUTS {
		far = i64::midpoint(inner, far);
		if far == inner {
			break;
		}
		cuts.push(far);
	}
	cuts
}

/// The label of a depth in the ledger.
pub(crate) fn label(column: usize, depth: usize) -> String {
	format!("bins of column {column}, depth {depth}")
}

/// The label of the multiples in the ledger.
pub(crate) fn multiples_label(column: usize) -> String {
	format!("multiples of column {column}")
}
