//! Exact marginals of a graphical model by belief propagation on its junction tree, in log space
//! (Lauritzen and Spiegelhalter 1988; Koller and Friedman 2009, chapter 10).
//!
//! The upward pass leaves in every clique its distribution given the separator to its parent, with the exponentials
//! taken relative to the largest cell; the downward pass multiplies them out. One exponential per cell and pass.

use super::{
	index,
	tree::{Node, Tree},
};

/// A junction tree with the numbering of its separators.
pub(crate) struct Network {
	pub tree: Tree,
	pub sizes: Vec<usize>,
	/// Per clique.
	links: Vec<Link>,
}

struct Link {
	cells: usize,
	/// Cells of the separator to the parent.
	separator_cells: usize,
	/// The clique's cells within the separator to its parent.
	own: Vec<u32>,
	/// The parent's cells within it.
	above: Vec<u32>,
}

/// A distribution as the tree holds it: per clique P(clique | separator to the parent).
pub(crate) type Conditionals = Vec<Vec<f64>>;

impl Network {
	/// The network over a tree; `None` if a clique has more than 2^32 cells.
	pub fn new(tree: Tree, sizes: Vec<usize>) -> Option<Self> {
		let links = tree.nodes.iter().map(|node| Link::new(node, &tree, &sizes)).collect::<Option<_>>()?;
		Some(Self { tree, sizes, links })
	}

	/// A value for every cell of every clique.
	pub fn filled(&self, value: f64) -> Vec<Vec<f64>> {
		self.links.iter().map(|link| vec![value; link.cells]).collect()
	}

	/// Conditionals and the logarithm of the total of exp(potentials). Cells of -∞ have probability 0.
	pub fn conditionals(&self, potentials: Vec<Vec<f64>>) -> (Conditionals, f64) {
		let mut beliefs = potentials;
		let mut total = 0.0;
		for (at, (node, link)) in self.tree.nodes.iter().zip(&self.links).enumerate().rev() {
			let Some(belief) = beliefs.get_mut(at) else { continue };
			let message = condition(belief, &link.own, link.separator_cells);
			match node.parent.and_then(|parent| beliefs.get_mut(parent)) {
				Some(parent) => {
					for (cell, at) in parent.iter_mut().zip(&link.above) {
						*cell += value(&message, *at);
					}
				},
				None => total += message.first().copied().unwrap_or(0.0),
			}
		}
		(beliefs, total)
	}

	/// Marginals of all cliques, each summing to `total`, in place of their conditionals.
	pub fn marginals(&self, conditionals: Conditionals, total: f64) -> Vec<Vec<f64>> {
		let mut marginals = conditionals;
		for at in 0..marginals.len() {
			let (earlier, rest) = marginals.split_at_mut(at);
			let (Some(own), Some(link), Some(node)) = (rest.first_mut(), self.links.get(at), self.tree.nodes.get(at))
			else {
				continue;
			};
			let separator = match node.parent.and_then(|parent| earlier.get(parent)) {
				Some(parent) => sum_by(parent, &link.above, link.separator_cells),
				None => vec![total],
			};
			for (cell, at) in own.iter_mut().zip(&link.own) {
				*cell *= value(&separator, *at);
			}
		}
		marginals
	}
}

impl Link {
	fn new(node: &Node, tree: &Tree, sizes: &[usize]) -> Option<Self> {
		let cells = index::cells(&node.columns, sizes)?;
		let parent = node.parent.and_then(|parent| tree.nodes.get(parent));
		Some(Self {
			cells,
			separator_cells: index::cells(&node.separator, sizes)?,
			own: index::projection(&node.columns, &node.separator, sizes),
			above: parent.map_or_else(Vec::new, |p| index::projection(&p.columns, &node.separator, sizes)),
		})
	}
}

fn value(of: &[f64], at: u32) -> f64 {
	usize::try_from(at).ok().and_then(|at| of.get(at).copied()).unwrap_or(0.0)
}

/// Sums of the cells that fall into each of `count` places.
pub(crate) fn sum_by(cells: &[f64], place: &[u32], count: usize) -> Vec<f64> {
	let mut sums = vec![0.0; count];
	for (cell, at) in cells.iter().zip(place) {
		if let Some(sum) = usize::try_from(*at).ok().and_then(|at| sums.get_mut(at)) {
			*sum += cell;
		}
	}
	sums
}

/// Turns log weights into probabilities given the separator; returns the separator's log weights.
fn condition(belief: &mut [f64], own: &[u32], separator_cells: usize) -> Vec<f64> {
	let mut largest = vec![f64::NEG_INFINITY; separator_cells];
	for (cell, at) in belief.iter().zip(own) {
		if let Some(most) = usize::try_from(*at).ok().and_then(|at| largest.get_mut(at)) {
			*most = most.max(*cell);
		}
	}
	for (cell, at) in belief.iter_mut().zip(own) {
		let most = value(&largest, *at);
		*cell = if *cell == f64::NEG_INFINITY { 0.0 } else { libm::exp(*cell - most) };
	}
	let sums = sum_by(belief, own, separator_cells);
	for (cell, at) in belief.iter_mut().zip(own) {
		if *cell > 0.0 {
			*cell /= value(&sums, *at);
		}
	}
	let log = |(most, sum): (&f64, &f64)| if *sum > 0.0 { most + libm::log(*sum) } else { f64::NEG_INFINITY };
	largest.iter().zip(&sums).map(log).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	const SIZES: [usize; 4] = [2, 3, 2, 2];

	/// The joint table by multiplication.
	fn joint(network: &Network, potentials: &[Vec<f64>]) -> Vec<f64> {
		let all = [0, 1, 2, 3];
		let mut joint = vec![1.0; 24];
		for (node, cells) in network.tree.nodes.iter().zip(potentials) {
			for (cell, at) in joint.iter_mut().zip(index::projection(&all, &node.columns, &SIZES)) {
				*cell *= cells[at as usize].exp();
			}
		}
		joint
	}

	proptest! {
		#[test]
		fn marginals_are_those_of_the_joint_table(values in proptest::collection::vec(-3.0f64..3.0, 64), zero in 0usize..6) {
			for sets in [vec![vec![0, 1], vec![1, 2], vec![2, 3]], vec![vec![0, 1, 2], vec![3]], vec![]] {
				let tree = Tree::new(&SIZES, &sets);
				let network = Network::new(tree, SIZES.to_vec()).unwrap();
				let mut potentials = network.filled(0.0);
				let mut source = values.iter().cycle();
				potentials.iter_mut().flatten().for_each(|cell| *cell = *source.next().unwrap());
				if let Some(cell) = potentials[0].get_mut(zero) {
					*cell = f64::NEG_INFINITY;
				}
				let joint = joint(&network, &potentials);
				let total: f64 = joint.iter().sum();
				prop_assume!(total > 0.0);
				let (conditionals, log_total) = network.conditionals(potentials);
				prop_assert!((log_total - total.ln()).abs() < 1e-9);
				let marginals = network.marginals(conditionals, 1.0);
				for (node, marginal) in network.tree.nodes.iter().zip(&marginals) {
					let place = index::projection(&[0, 1, 2, 3], &node.columns, &SIZES);
					let expected = sum_by(&joint, &place, marginal.len());
					for (a, b) in marginal.iter().zip(expected) {
						prop_assert!((a - b / total).abs() < 1e-9);
					}
				}
			}
		}
	}
}
