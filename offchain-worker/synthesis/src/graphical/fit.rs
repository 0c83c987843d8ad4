//! Fitting a graphical model to noisy marginals: entropic mirror descent on the log potentials
//! (McKenna, Sheldon and Miklau 2019, "Graphical-model based estimation and inference for differential privacy",
//! algorithm 1; Beck and Teboulle 2003).
//!
//! The loss is ½ Σ weight · (model count − noisy count)², with weight 1/variance. A step along the gradient in the
//! potentials is taken if it lowers the loss by half of what the gradient promises; otherwise the step is halved.

use super::{
	belief::{sum_by, Network},
	index,
	tree::Tree,
};
use crate::{
	error::SynthesisError,
	generate::{report, Progress},
};

/// Halvings after which a step is given up.
const MOST_HALVINGS: usize = 30;

/// A noisy marginal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Observation {
	/// Its columns, ascending.
	pub columns: Vec<usize>,
	/// Noisy count of every cell, row-major.
	pub counts: Vec<f64>,
	/// 1/variance of the noise of every cell.
	pub weights: Vec<f64>,
}

/// Cells that cannot occur.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zeros {
	/// Their columns, ascending.
	pub columns: Vec<usize>,
	/// True for every cell of the table over these columns that cannot occur.
	pub impossible: Vec<bool>,
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
	/// Most steps.
	pub steps: usize,
	/// Stop when this many steps in a row …
	pub patience: usize,
	/// … lower the loss by less than this part of it.
	pub relative: f64,
}

/// A distribution over a junction tree, being fitted to observations.
///
/// The potentials are kept by observation and not by clique, so that a fit on another tree can start from them.
pub(crate) struct Fit<'a> {
	network: Network,
	/// -∞ where cells are impossible, by clique.
	base: Vec<Vec<f64>>,
	placed: Vec<Placed<'a>>,
	state: State,
	/// Estimated number of rows.
	total: f64,
}

/// An observation at its clique.
struct Placed<'a> {
	node: usize,
	place: Vec<u32>,
	observation: &'a Observation,
}

/// Potentials by observation, and what follows from them.
struct State {
	potentials: Vec<Vec<f64>>,
	marginals: Vec<Vec<f64>>,
	/// Expected counts by observation.
	expected: Vec<Vec<f64>>,
	/// Weight × (expected − observed) by observation.
	gradient: Vec<Vec<f64>>,
	loss: f64,
}

/// Rows, as the average of all totals weighted by their precision; at least 1.
pub(crate) fn total(observations: &[Observation]) -> f64 {
	let (mut sum, mut weight) = (0.0, 0.0);
	for observation in observations {
		let variance: f64 = observation.weights.iter().map(|w| 1.0 / w).sum();
		sum += observation.counts.iter().sum::<f64>() / variance;
		weight += 1.0 / variance;
	}
	if weight > 0.0 {
		(sum / weight).max(1.0)
	} else {
		1.0
	}
}

impl<'a> Fit<'a> {
	/// A fit of `total` rows whose tree holds the observations, the zeros and `sets`. Potentials start from `start`,
	/// which belongs to the first observations, and else from 0.
	///
	/// # Errors
	/// [`SynthesisError::Internal`] if a clique has more than 2^32 cells.
	pub fn new(
		sizes: &[usize],
		observations: &'a [Observation],
		sets: &[Vec<usize>],
		zeros: &[Zeros],
		total: f64,
		start: Vec<Vec<f64>>,
	) -> Result<Self, SynthesisError> {
		let mut all: Vec<Vec<usize>> = observations.iter().map(|observation| observation.columns.clone()).collect();
		all.extend(zeros.iter().map(|zero| zero.columns.clone()));
		all.extend_from_slice(sets);
		let network = Network::new(Tree::new(sizes, &all), sizes.to_vec()).ok_or_else(too_large)?;
		let base = impossible(&network, zeros);
		let placed =
			observations.iter().map(|o| place(&network, o)).collect::<Option<Vec<_>>>().ok_or_else(too_large)?;
		let mut potentials = start;
		potentials.extend(observations.iter().skip(potentials.len()).map(|o| vec![0.0; o.counts.len()]));
		let mut fit = Self { network, base, placed, state: State::empty(), total };
		fit.state = fit.state_of(potentials);
		Ok(fit)
	}

	/// Descends until `stop`.
	///
	/// # Errors
	/// [`SynthesisError::Cancelled`].
	pub fn descend(
		&mut self,
		stop: Stop,
		stage: &'static str,
		progress: &mut dyn Progress,
	) -> Result<(), SynthesisError> {
		// The first step changes no log weight by more than 1.
		let steepest = self.state.gradient.iter().flatten().fold(0.0f64, |most, slope| most.max(slope.abs()));
		let mut step = if steepest > 0.0 { 1.0 / steepest } else { 1.0 };
		let mut idle = 0usize;
		for at in 0..stop.steps {
			if at.checked_rem(16) == Some(0) {
				report(progress, stage, at, stop.steps)?;
			}
			let Some(next) = self.try_step(&mut step) else { break };
			let gained = self.state.loss - next.loss;
			idle = if gained < stop.relative * self.state.loss { idle.saturating_add(1) } else { 0 };
			self.state = next;
			if idle >= stop.patience {
				break;
			}
		}
		report(progress, stage, stop.steps, stop.steps)
	}

	/// A step that lowers the loss by half of what the gradient promises; `None` when even tiny steps do not.
	fn try_step(&self, step: &mut f64) -> Option<State> {
		for _ in 0..MOST_HALVINGS {
			let moved = |(cells, slope): (&Vec<f64>, &Vec<f64>)| {
				cells.iter().zip(slope).map(|(cell, slope)| cell - *step * slope).collect()
			};
			let next = self.state_of(self.state.potentials.iter().zip(&self.state.gradient).map(moved).collect());
			if self.state.loss - next.loss >= 0.5 * self.state.promise(&next) {
				*step *= 1.25;
				return Some(next);
			}
			*step *= 0.5;
		}
		None
	}

	fn state_of(&self, potentials: Vec<Vec<f64>>) -> State {
		let mut by_node = self.base.clone();
		for (placed, own) in self.placed.iter().zip(&potentials) {
			if let Some(cells) = by_node.get_mut(placed.node) {
				for (cell, at) in cells.iter_mut().zip(&placed.place) {
					*cell += usize::try_from(*at).ok().and_then(|at| own.get(at)).copied().unwrap_or(0.0);
				}
			}
		}
		let (conditionals, _) = self.network.conditionals(by_node);
		let marginals = self.network.marginals(conditionals, self.total);
		let mut state = State { potentials, marginals, ..State::empty() };
		for Placed { node, place, observation } in &self.placed {
			let cells = state.marginals.get(*node).map_or(&[][..], Vec::as_slice);
			let expected = sum_by(cells, place, observation.counts.len());
			let mut gradient = Vec::with_capacity(expected.len());
			for ((cell, count), weight) in expected.iter().zip(&observation.counts).zip(&observation.weights) {
				let difference = cell - count;
				state.loss += 0.5 * weight * difference * difference;
				gradient.push(weight * difference);
			}
			state.expected.push(expected);
			state.gradient.push(gradient);
		}
		state
	}

	/// Cells of all cliques.
	pub fn tree(&self) -> &Tree {
		&self.network.tree
	}

	/// The marginal over columns that lie in one clique, ascending; `None` if they do not.
	pub fn marginal(&self, columns: &[usize]) -> Option<Vec<f64>> {
		let home = self.network.tree.home(columns, &self.network.sizes)?;
		let node = self.network.tree.nodes.get(home)?;
		let place = index::projection(&node.columns, columns, &self.network.sizes);
		Some(sum_by(self.state.marginals.get(home)?, &place, index::cells(columns, &self.network.sizes)?))
	}

	/// Expected counts of every clique, in the order of [`Fit::tree`].
	pub fn marginals(&self) -> &[Vec<f64>] {
		&self.state.marginals
	}

	/// The potentials, to start another fit from.
	pub fn into_potentials(self) -> Vec<Vec<f64>> {
		self.state.potentials
	}
}

impl State {
	fn empty() -> Self {
		Self { potentials: Vec::new(), marginals: Vec::new(), expected: Vec::new(), gradient: Vec::new(), loss: 0.0 }
	}

	/// How much the loss would fall if it were linear: Σ gradient · (expected here − expected there).
	fn promise(&self, other: &Self) -> f64 {
		let mut sum = 0.0;
		for ((gradient, here), there) in self.gradient.iter().zip(&self.expected).zip(&other.expected) {
			sum += gradient.iter().zip(here).zip(there).map(|((g, a), b)| g * (a - b)).sum::<f64>();
		}
		sum
	}
}

fn place<'a>(network: &Network, observation: &'a Observation) -> Option<Placed<'a>> {
	let node = network.tree.home(&observation.columns, &network.sizes)?;
	let columns = &network.tree.nodes.get(node)?.columns;
	Some(Placed { node, place: index::projection(columns, &observation.columns, &network.sizes), observation })
}

/// Log weights of 0, and of -∞ where cells are impossible.
fn impossible(network: &Network, zeros: &[Zeros]) -> Vec<Vec<f64>> {
	let mut base = network.filled(0.0);
	for zero in zeros {
		let home = network.tree.home(&zero.columns, &network.sizes);
		let node = home.and_then(|at| network.tree.nodes.get(at));
		let (Some(node), Some(cells)) = (node, home.and_then(|at| base.get_mut(at))) else { continue };
		for (cell, at) in cells.iter_mut().zip(index::projection(&node.columns, &zero.columns, &network.sizes)) {
			if usize::try_from(at).ok().and_then(|at| zero.impossible.get(at)) == Some(&true) {
				*cell = f64::NEG_INFINITY;
			}
		}
	}
	base
}

fn too_large() -> SynthesisError {
	SynthesisError::Internal { stage: "graphical model", reason: "a clique has more than 2^32 cells".into() }
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::generate::NoProgress;

	const STOP: Stop = Stop { steps: 2_000, patience: 10, relative: 1e-9 };

	fn observe(columns: &[usize], counts: &[f64]) -> Observation {
		Observation { columns: columns.to_vec(), counts: counts.to_vec(), weights: vec![1.0; counts.len()] }
	}

	#[test]
	fn consistent_marginals_are_met_and_joined_by_conditional_independence() {
		let observations = [observe(&[0, 1], &[30.0, 10.0, 20.0, 40.0]), observe(&[1, 2], &[45.0, 5.0, 10.0, 40.0])];
		let mut fit = Fit::new(&[2, 2, 2], &observations, &[], &[], total(&observations), Vec::new()).unwrap();
		fit.descend(STOP, "fit", &mut NoProgress).unwrap();
		for observation in &observations {
			let found = fit.marginal(&observation.columns).unwrap();
			assert!(found.iter().zip(&observation.counts).all(|(a, b)| (a - b).abs() < 1e-3), "{found:?}");
		}
	}

	#[test]
	fn impossible_cells_stay_empty_and_noise_is_spread_by_precision() {
		let zero = Zeros { columns: vec![0, 1], impossible: vec![false, true, false, false] };
		let mut observations =
			vec![observe(&[0], &[60.0, 40.0]), observe(&[0], &[40.0, 60.0]), observe(&[1], &[50.0, 50.0])];
		observations[0].weights = vec![3.0, 3.0];
		let mut fit = Fit::new(&[2, 2], &observations, &[], &[zero], 100.0, Vec::new()).unwrap();
		fit.descend(STOP, "fit", &mut NoProgress).unwrap();
		let pair = fit.marginal(&[0, 1]).unwrap();
		assert_eq!(pair[1], 0.0);
		assert!((pair[0] + pair[1] - 54.0).abs() < 2.0, "{pair:?}");
	}

	#[test]
	fn a_warm_start_is_where_the_last_fit_ended() {
		let observations = [observe(&[0, 1], &[30.0, 10.0, 20.0, 40.0]), observe(&[0, 2], &[25.0, 15.0, 10.0, 50.0])];
		let mut first = Fit::new(&[2, 2, 2], &observations[..1], &[], &[], 100.0, Vec::new()).unwrap();
		first.descend(STOP, "fit", &mut NoProgress).unwrap();
		let before = first.marginal(&[0, 1]).unwrap();
		let second = Fit::new(&[2, 2, 2], &observations, &[], &[], 100.0, first.into_potentials()).unwrap();
		let after = second.marginal(&[0, 1]).unwrap();
		assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-9));
	}
}
