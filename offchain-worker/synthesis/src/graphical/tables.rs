//! The fitted model as integers: for every clique the distribution of its new columns given its separator, as
//! cumulative weights on 0..2^32 - 1. Sampling needs nothing else, and no floating point.

use super::{
	belief::sum_by,
	index,
	tree::{Node, Tree},
};

/// Weights are parts of 2^32 - 1, so that a cell of no weight at the end has a start of its own.
pub(crate) const WHOLE: u64 = u32::MAX as u64;

/// One clique: a draw of `fresh` given `given`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
	/// Columns drawn earlier, ascending.
	pub given: Vec<usize>,
	/// Columns drawn here, ascending.
	pub fresh: Vec<usize>,
	/// For every cell of `given`, for every cell of `fresh`: cumulative weight below it, of [`WHOLE`]. Each row starts at 0.
	pub starts: Vec<u32>,
}

/// A model as steps; each column is fresh in exactly one of them, before any other needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tables {
	/// Levels of every column.
	pub sizes: Vec<usize>,
	pub steps: Vec<Step>,
}

impl Tables {
	/// From the marginals of the cliques of a tree.
	pub fn from_marginals(tree: &Tree, sizes: &[usize], marginals: &[Vec<f64>]) -> Self {
		let steps = tree.nodes.iter().zip(marginals).map(|(node, cells)| step(node, sizes, cells));
		Self { sizes: sizes.to_vec(), steps: steps.filter(|step| !step.fresh.is_empty()).collect() }
	}

	/// The same model given evidence: per column the probability of the evidence at every level. Also the
	/// probability of all the evidence together; `None` if it is 0.
	pub fn given(&self, evidence: &[Vec<f64>]) -> Option<(Self, f64)> {
		let tree = self.as_tree();
		let mut cells: Vec<Vec<f64>> = self.steps.iter().map(|step| self.weights(step, evidence)).collect();
		let mut probability = 1.0;
		for (at, node) in tree.nodes.iter().enumerate().rev() {
			let Some(own) = cells.get(at) else { continue };
			let count = index::cells(&node.separator, &self.sizes)?;
			let message = sum_by(own, &index::projection(&node.columns, &node.separator, &self.sizes), count);
			match node.parent.and_then(|parent| Some((tree.nodes.get(parent)?, cells.get_mut(parent)?))) {
				Some((parent, above)) => {
					let place = index::projection(&parent.columns, &node.separator, &self.sizes);
					for (cell, at) in above.iter_mut().zip(place) {
						*cell *= usize::try_from(at).ok().and_then(|at| message.get(at).copied()).unwrap_or(0.0);
					}
				},
				None => probability *= message.first().copied().unwrap_or(0.0),
			}
		}
		let possible = probability > 0.0;
		let steps = tree.nodes.iter().zip(&cells).map(|(node, cells)| step(node, &self.sizes, cells)).collect();
		possible.then_some((Self { sizes: self.sizes.clone(), steps }, probability))
	}

	/// The steps as a junction tree: a step hangs below the last step that makes one of its given columns.
	fn as_tree(&self) -> Tree {
		let maker = |column: &usize| self.steps.iter().position(|step| step.fresh.contains(column));
		let node = |step: &Step| {
			let mut columns = [step.given.as_slice(), step.fresh.as_slice()].concat();
			columns.sort_unstable();
			Node { columns, parent: step.given.iter().filter_map(maker).max(), separator: step.given.clone() }
		};
		Tree { nodes: self.steps.iter().map(node).collect() }
	}

	/// P(fresh | given) × evidence of the fresh columns, over the step's columns in ascending order.
	fn weights(&self, step: &Step, evidence: &[Vec<f64>]) -> Vec<f64> {
		let mut columns = [step.given.as_slice(), step.fresh.as_slice()].concat();
		columns.sort_unstable();
		let ordered = [step.given.as_slice(), step.fresh.as_slice()].concat();
		let width = index::cells(&step.fresh, &self.sizes).unwrap_or(1).max(1);
		let probabilities: Vec<f64> = step.starts.chunks(width).flat_map(shares).collect();
		let place = index::projection(&columns, &ordered, &self.sizes);
		let at = |place: &u32| usize::try_from(*place).ok().and_then(|at| probabilities.get(at).copied());
		let mut cells: Vec<f64> = place.iter().map(|place| at(place).unwrap_or(0.0)).collect();
		for column in &step.fresh {
			let Some(evidence) = evidence.get(*column) else { continue };
			for (cell, level) in cells.iter_mut().zip(index::projection(&columns, &[*column], &self.sizes)) {
				*cell *= usize::try_from(level).ok().and_then(|at| evidence.get(at).copied()).unwrap_or(0.0);
			}
		}
		cells
	}
}

/// Probabilities from cumulative weights.
fn shares(starts: &[u32]) -> Vec<f64> {
	let ends = starts.iter().skip(1).map(|end| u64::from(*end)).chain([WHOLE]);
	starts.iter().zip(ends).map(|(start, end)| end.saturating_sub(u64::from(*start)) as f64 / WHOLE as f64).collect()
}

fn step(node: &Node, sizes: &[usize], cells: &[f64]) -> Step {
	let fresh: Vec<usize> = node.columns.iter().filter(|column| !node.separator.contains(column)).copied().collect();
	let given = node.separator.clone();
	let ordered = [given.as_slice(), fresh.as_slice()].concat();
	let width = index::cells(&fresh, sizes).unwrap_or(1).max(1);
	let place = index::projection(&ordered, &node.columns, sizes);
	let value = |at: &u32| usize::try_from(*at).ok().and_then(|at| cells.get(at).copied()).unwrap_or(0.0);
	let weights: Vec<f64> = place.iter().map(value).collect();
	let starts = weights.chunks(width).flat_map(cumulative).collect();
	Step { given, fresh, starts }
}

/// Cumulative weights of [`WHOLE`]; all alike where every weight is 0. A cell of weight 0 gets none.
fn cumulative(weights: &[f64]) -> Vec<u32> {
	let clean = |weight: &f64| if weight.is_finite() { weight.max(0.0) } else { 0.0 };
	let sum: f64 = weights.iter().map(clean).sum();
	let even = !(sum > 0.0 && sum.is_finite());
	let weight_of = |weight: &f64| if even { 1.0 } else { clean(weight) };
	let unit = WHOLE as f64 / if even { weights.len() as f64 } else { sum };
	let last = weights.iter().rposition(|weight| weight_of(weight) > 0.0).unwrap_or(0);
	let mut below = 0.0;
	let mut starts = Vec::with_capacity(weights.len());
	for (at, weight) in weights.iter().enumerate() {
		// What rounding leaves over belongs to the last cell that has weight. Casting saturates.
		starts.push(if at > last { u32::MAX } else { (below * unit) as u32 });
		below += weight_of(weight);
	}
	starts
}

#[cfg(test)]
mod tests {
	use super::*;

	fn model() -> Tables {
		let sizes = [2, 3, 2];
		let tree = Tree::new(&sizes, &[vec![0, 1], vec![1, 2]]);
		let marginals: Vec<Vec<f64>> = tree
			.nodes
			.iter()
			.map(|node| {
				if node.columns == [0, 1] {
					vec![10.0, 0.0, 20.0, 5.0, 25.0, 0.0]
				} else {
					vec![5.0, 10.0, 25.0, 0.0, 10.0, 10.0]
				}
			})
			.collect();
		Tables::from_marginals(&tree, &sizes, &marginals)
	}

	#[test]
	fn cells_without_weight_have_no_width() {
		assert_eq!(cumulative(&[0.0, 1.0, 0.0, 1.0, 0.0]), [0, 0, 2_147_483_647, 2_147_483_647, u32::MAX]);
		assert_eq!(shares(&[0, 0, 2_147_483_647, 2_147_483_647, u32::MAX])[4], 0.0);
		assert_eq!(cumulative(&[0.0, 0.0]), [0, 2_147_483_647]);
		assert_eq!(cumulative(&[f64::NAN, 1.0]), [0, 0]);
	}

	#[test]
	fn evidence_gives_the_conditional_distribution_and_its_probability() {
		let everything = vec![vec![1.0; 2], vec![1.0; 3], vec![0.0, 1.0]];
		let (given, probability) = model().given(&everything).unwrap();
		// P(column 2 = 1) = (10 + 0 + 10) / 60.
		assert!((probability - 20.0 / 60.0).abs() < 1e-6, "{probability}");
		let root = given.steps.iter().find(|step| step.given.is_empty()).unwrap();
		assert_eq!(shares(&root.starts).len() % 2, 0);
		let impossible = vec![vec![1.0; 2], vec![1.0; 3], vec![0.0, 0.0]];
		assert!(model().given(&impossible).is_none());
	}

	#[test]
	fn no_evidence_leaves_the_model_as_it_is_but_for_rounding() {
		let (same, probability) = model().given(&[vec![1.0; 2], vec![1.0; 3], vec![1.0; 2]]).unwrap();
		assert!((probability - 1.0).abs() < 1e-8);
		for (a, b) in same.steps.iter().flat_map(|s| &s.starts).zip(model().steps.iter().flat_map(|s| &s.starts)) {
			assert!(a.abs_diff(*b) < 16, "{a} {b}");
		}
	}
}
