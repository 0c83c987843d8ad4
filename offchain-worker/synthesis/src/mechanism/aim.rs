//! AIM: an adaptive and iterative mechanism (McKenna, Mullins, Sheldon and Miklau 2022, "AIM: an adaptive and iterative
//! mechanism for differentially private synthetic data", algorithm 4).
//!
//! Again and again the marginal is chosen that the model gets most wrong, beyond what noise would do, and measured; the
//! model is fitted anew; where that brought little, later rounds are given more budget each.

use super::{
	measurer::{percent, share, Measurer},
	mst::{distance, sigma, target_edges},
	source::count,
};
use crate::{
	digest::Digest,
	error::SynthesisError,
	generate::{report, Progress},
	graphical::{
		fit::{total, Fit, Stop},
		index, sample,
		tables::Tables,
		tree::Tree,
	},
	threads,
};

/// Rounds that the budget is laid out for, per column; later rounds grow, so fewer are played.
const ROUNDS_PER_COLUMN: usize = 4;
/// Part of a round's budget for choosing, in percent.
const SELECTION: u64 = 10;
/// Part of the budget for the target's edges where they are asked for, in percent.
const TARGET: u64 = 30;
/// Steps of the fit after each round; the next goes on from there.
const STEPS: Stop = Stop { steps: 40, patience: 5, relative: 1e-4 };
/// Rows counted in a round for estimates, over all candidates together.
const COUNTED: usize = 100_000_000;
/// Rows of a model's sample at most, as a multiple of the estimated rows.
const OVERSAMPLING: f64 = 4.0;

/// A set of columns that may be measured, with its importance.
struct Candidate {
	columns: Vec<usize>,
	weight: u32,
	exact: Vec<i64>,
}

/// What is carried from round to round.
struct Round {
	/// Budget of a round.
	rho_nano: u64,
	/// Where the fit goes on from.
	potentials: Vec<Vec<f64>>,
}

/// Chooses and measures.
///
/// # Errors
/// [`SynthesisError`] if cancelled, if the budget is too small, or the source fails.
pub(crate) fn run(measurer: &mut Measurer<'_>, progress: &mut dyn Progress) -> Result<(), SynthesisError> {
	let columns = measurer.domain.columns();
	let budget = measurer.remaining();
	// Groups as fine as a tree of pairs would want them.
	measurer.group(sigma(share(budget, columns), measurer))?;
	if columns < 2 {
		return Ok(());
	}
	let free = target_edges(measurer);
	if !free.is_empty() {
		measurer.measure(&free, share(percent(budget, TARGET), free.len()))?;
	}
	let candidates = candidates(measurer)?;
	let rounds = columns.saturating_mul(ROUNDS_PER_COLUMN);
	let mut round = Round { rho_nano: share(measurer.remaining(), rounds).max(1), potentials: Vec::new() };
	let all = measurer.remaining();
	while measurer.remaining() > 0 {
		let done = all.saturating_sub(measurer.remaining());
		report(progress, "measure: rounds", usize::try_from(done).unwrap_or(0), usize::try_from(all).unwrap_or(0))?;
		if !play(measurer, &candidates, &mut round, progress)? {
			break;
		}
	}
	Ok(())
}

/// All pairs, and all triples with the target.
fn candidates(measurer: &Measurer<'_>) -> Result<Vec<Candidate>, SynthesisError> {
	let columns = measurer.domain.columns();
	let target = measurer.target();
	let mut sets = Vec::new();
	for a in 0..columns {
		for b in a.saturating_add(1)..columns {
			sets.push(vec![a, b]);
			if let Some(target) = target.filter(|target| *target != a && *target != b) {
				let mut triple = vec![a, b, target];
				triple.sort_unstable();
				sets.push(triple);
			}
		}
	}
	let most = usize::try_from(measurer.options().max_cells).unwrap_or(usize::MAX);
	sets.retain(|set| index::cells(set, &measurer.sizes).is_some_and(|cells| cells <= most));
	let exact = measurer.exact(&sets)?;
	let weight = |set: &[usize]| if set.len() > 2 || target.is_some_and(|t| set.contains(&t)) { 2 } else { 1 };
	Ok(sets
		.into_iter()
		.zip(exact)
		.map(|(columns, exact)| Candidate { weight: weight(&columns), columns, exact })
		.collect())
}

/// One round; false when nothing can be measured any more.
fn play(
	measurer: &mut Measurer<'_>,
	candidates: &[Candidate],
	round: &mut Round,
	progress: &mut dyn Progress,
) -> Result<bool, SynthesisError> {
	// The last round spends the rest.
	let last = measurer.remaining() < round.rho_nano.saturating_mul(2);
	if last {
		round.rho_nano = measurer.remaining();
	}
	let selection = percent(round.rho_nano, SELECTION);
	let measurement = round.rho_nano.saturating_sub(selection);
	let sigma = sigma(measurement, measurer);
	let open: Vec<&Candidate> = affordable(measurer, candidates);
	if open.is_empty() {
		return Ok(false);
	}
	let rows = total(&measurer.observations);
	let mut fit = fit(measurer, rows, std::mem::take(&mut round.potentials))?;
	fit.descend(STEPS, "measure: model", progress)?;
	let estimates = estimates(&fit, &open, &measurer.sizes, rows, progress)?;
	round.potentials = fit.into_potentials();
	let scores: Vec<i64> =
		open.iter().zip(&estimates).map(|(candidate, estimate)| score(candidate, estimate, sigma)).collect();
	let heaviest = open.iter().map(|candidate| candidate.weight).max().unwrap_or(1);
	let won = measurer.select("worst marginal", &scores, heaviest, selection)?;
	let (Some(chosen), Some(before)) = (open.get(won), estimates.get(won)) else { return Ok(false) };
	measurer.measure(std::slice::from_ref(&chosen.columns), measurement)?;
	if !last && !changed(measurer, &chosen.columns, before, sigma, round, progress)? {
		// Twice the signal to noise for four times the budget.
		round.rho_nano = round.rho_nano.saturating_mul(4);
	}
	Ok(!last)
}

fn fit<'m>(measurer: &'m Measurer<'_>, rows: f64, potentials: Vec<Vec<f64>>) -> Result<Fit<'m>, SynthesisError> {
	Fit::new(&measurer.sizes, &measurer.observations, &[], &measurer.zeros, rows, potentials)
}

/// Candidates with which the model stays within its part of the cells: the part of the budget that is spent.
fn affordable<'c>(measurer: &Measurer<'_>, candidates: &'c [Candidate]) -> Vec<&'c Candidate> {
	let total = measurer.options().rho_nano().max(1) as f64;
	let spent = total - measurer.remaining() as f64;
	let most = f64::from(measurer.options().max_cells) * (spent / total);
	let mut sets: Vec<Vec<usize>> = measurer.observations.iter().map(|o| o.columns.clone()).collect();
	sets.extend(measurer.zeros.iter().map(|zero| zero.columns.clone()));
	sets.sort();
	sets.dedup();
	let tree = Tree::new(&measurer.sizes, &sets);
	let fits = |candidate: &Candidate| {
		if tree.home(&candidate.columns, &measurer.sizes).is_some() {
			return true;
		}
		let larger = [sets.as_slice(), std::slice::from_ref(&candidate.columns)].concat();
		Tree::new(&measurer.sizes, &larger).cells(&measurer.sizes).is_some_and(|cells| cells as f64 <= most)
	};
	let open = threads::map(candidates, fits);
	candidates.iter().zip(open).filter(|(_, open)| *open).map(|(candidate, _)| candidate).collect()
}

/// What the model expects of every candidate: exactly where its columns share a clique, else from a sample of the model.
/// The model is no secret, so the sample's seed is none.
fn estimates(
	fit: &Fit<'_>,
	open: &[&Candidate],
	sizes: &[usize],
	rows: f64,
	progress: &mut dyn Progress,
) -> Result<Vec<Vec<f64>>, SynthesisError> {
	const SEED: Digest = [0; 32];
	let most = COUNTED.checked_div(open.len()).unwrap_or(COUNTED).max(1_000);
	// Casting saturates.
	let count_rows = ((rows * OVERSAMPLING) as usize).clamp(1_000, most);
	let tables = Tables::from_marginals(fit.tree(), sizes, fit.marginals());
	let codes = sample::sample(&tables, &SEED, count_rows, progress)?;
	let unit = rows / count_rows as f64;
	Ok(threads::map(open, |candidate| {
		fit.marginal(&candidate.columns).unwrap_or_else(|| {
			let counts = count(&codes, &candidate.columns, sizes).unwrap_or_default();
			counts.into_iter().map(|count| count as f64 * unit).collect()
		})
	}))
}

/// weight × (distance from the estimate − what noise of `sigma` would make of it). One row changes it by the weight.
fn score(candidate: &Candidate, estimate: &[f64], sigma: f64) -> i64 {
	let wrong = distance(&candidate.exact, estimate.iter().copied());
	let noise = libm::round(noise_distance(sigma, estimate.len())) as i64;
	wrong.saturating_sub(noise).saturating_mul(i64::from(candidate.weight))
}

/// Expected Σ |noise| of cells: √(2/π)·σ each.
fn noise_distance(sigma: f64, cells: usize) -> f64 {
	0.797_884_560_802_865_4 * sigma * cells as f64
}

/// Whether the new measurement moved the model by more than its noise.
fn changed(
	measurer: &Measurer<'_>,
	columns: &[usize],
	before: &[f64],
	sigma: f64,
	round: &mut Round,
	progress: &mut dyn Progress,
) -> Result<bool, SynthesisError> {
	let rows = total(&measurer.observations);
	let mut fit = fit(measurer, rows, std::mem::take(&mut round.potentials))?;
	fit.descend(STEPS, "measure: model", progress)?;
	let after = fit.marginal(columns).unwrap_or_default();
	let moved: f64 = after.iter().zip(before).map(|(a, b)| (a - b).abs()).sum();
	round.potentials = fit.into_potentials();
	Ok(moved > noise_distance(sigma, before.len()))
}
