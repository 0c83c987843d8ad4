//! Junction trees: cliques of a triangulated graph, joined so that every column is in neighbouring cliques.
//!
//! Elimination is by min-fill (Rose 1972), ties by fewer cells and then by the lower column; the tree is a maximum
//! spanning tree over the sizes of the separators (Jensen and Jensen 1994), ties by position. Both are functions
//! of the graph alone, so everybody builds the same tree.

use super::index;
use std::collections::BTreeSet;

/// A clique with its place in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
	/// Its columns, ascending.
	pub columns: Vec<usize>,
	/// The clique above it, which stands earlier in the list; `None` for the first.
	pub parent: Option<usize>,
	/// Columns shared with the parent, ascending; may be empty.
	pub separator: Vec<usize>,
}

/// Cliques in an order in which every parent precedes its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tree {
	pub nodes: Vec<Node>,
}

impl Tree {
	/// The junction tree of columns 0 to `sizes.len() - 1` in which each of `sets` lies in a clique.
	pub fn new(sizes: &[usize], sets: &[Vec<usize>]) -> Self {
		Self { nodes: join(maximal(eliminate(sizes, sets))) }
	}

	/// Cells of all cliques together; `None` if one has more than 2^32.
	pub fn cells(&self, sizes: &[usize]) -> Option<usize> {
		self.nodes.iter().try_fold(0usize, |sum, node| sum.checked_add(index::cells(&node.columns, sizes)?))
	}

	/// The clique with the fewest cells that holds all of `columns`.
	pub fn home(&self, columns: &[usize], sizes: &[usize]) -> Option<usize> {
		let holds = |node: &Node| columns.iter().all(|column| node.columns.contains(column));
		let found = self.nodes.iter().enumerate().filter(|(_, node)| holds(node));
		found.min_by_key(|(at, node)| (index::cells(&node.columns, sizes), *at)).map(|(at, _)| at)
	}
}

type Neighbours = Vec<BTreeSet<usize>>;

fn graph(columns: usize, sets: &[Vec<usize>]) -> Neighbours {
	let mut neighbours = vec![BTreeSet::new(); columns];
	for set in sets {
		for a in set {
			if let Some(around) = neighbours.get_mut(*a) {
				around.extend(set.iter().filter(|b| *b != a && **b < columns));
			}
		}
	}
	neighbours
}

/// Edges that eliminating a column adds.
fn fill(neighbours: &Neighbours, column: usize) -> usize {
	let Some(around) = neighbours.get(column) else { return 0 };
	let missing = |a: &usize| {
		let own = neighbours.get(*a);
		around.iter().filter(|b| *b > a && own.is_some_and(|own| !own.contains(b))).count()
	};
	around.iter().map(missing).fold(0, usize::saturating_add)
}

/// The clique of every elimination, in order.
fn eliminate(sizes: &[usize], sets: &[Vec<usize>]) -> Vec<Vec<usize>> {
	let mut neighbours = graph(sizes.len(), sets);
	let mut left: BTreeSet<usize> = (0..sizes.len()).collect();
	let mut cliques = Vec::with_capacity(sizes.len());
	let clique_of = |neighbours: &Neighbours, column: usize| {
		let mut clique: Vec<usize> = neighbours.get(column).into_iter().flatten().copied().collect();
		clique.push(column);
		clique.sort_unstable();
		clique
	};
	let mut cost: Vec<(usize, usize)> = vec![(0, 0); sizes.len()];
	let mut stale: BTreeSet<usize> = left.clone();
	while !left.is_empty() {
		for column in std::mem::take(&mut stale).intersection(&left) {
			let cells = index::cells(&clique_of(&neighbours, *column), sizes).unwrap_or(usize::MAX);
			if let Some(cost) = cost.get_mut(*column) {
				*cost = (fill(&neighbours, *column), cells);
			}
		}
		let Some(next) = left.iter().copied().min_by_key(|column| (cost.get(*column), *column)) else { break };
		let clique = clique_of(&neighbours, next);
		left.remove(&next);
		for a in clique.iter().filter(|a| **a != next) {
			if let Some(around) = neighbours.get_mut(*a) {
				around.extend(clique.iter().filter(|b| *b != a));
				around.remove(&next);
				stale.insert(*a);
				stale.extend(around.iter());
			}
		}
		cliques.push(clique);
	}
	cliques
}

/// Cliques that lie in no other, in the order given.
fn maximal(cliques: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
	let sets: Vec<BTreeSet<usize>> = cliques.iter().map(|clique| clique.iter().copied().collect()).collect();
	let inside = |at: usize, set: &BTreeSet<usize>| {
		sets.iter()
			.enumerate()
			.any(|(other, larger)| other != at && set.is_subset(larger) && (set.len() < larger.len() || other < at))
	};
	let keep: Vec<bool> = sets.iter().enumerate().map(|(at, set)| !inside(at, set)).collect();
	cliques.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(clique, _)| clique).collect()
}

/// Prim's algorithm over separators, the largest first.
fn join(cliques: Vec<Vec<usize>>) -> Vec<Node> {
	let shared = |a: &[usize], b: &[usize]| a.iter().filter(|column| b.contains(column)).copied().collect::<Vec<_>>();
	let mut waiting: Vec<Vec<usize>> = cliques;
	let mut nodes: Vec<Node> = Vec::with_capacity(waiting.len());
	// Best place in the tree of every waiting clique: size of the separator, and the node.
	let mut best: Vec<(usize, usize)> = vec![(0, 0); waiting.len()];
	while !waiting.is_empty() {
		let next = (0..waiting.len())
			.max_by_key(|at| (best.get(*at).map(|(size, _)| *size), std::cmp::Reverse(*at)))
			.unwrap_or(0);
		let columns = waiting.remove(next);
		let (_, place) = best.remove(next);
		let parent = nodes.get(place).map(|_| place);
		let separator =
			parent.and_then(|at| nodes.get(at)).map_or_else(Vec::new, |p: &Node| shared(&columns, &p.columns));
		for (clique, best) in waiting.iter().zip(best.iter_mut()) {
			let size = shared(clique, &columns).len();
			if size > best.0 {
				*best = (size, nodes.len());
			}
		}
		nodes.push(Node { columns, parent, separator });
	}
	nodes
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn a_path_becomes_its_edges_and_a_cycle_is_filled() {
		let sizes = [2, 3, 4, 5];
		let path = Tree::new(&sizes, &[vec![0, 1], vec![1, 2], vec![2, 3]]);
		let mut cliques: Vec<_> = path.nodes.iter().map(|node| node.columns.clone()).collect();
		cliques.sort();
		assert_eq!(cliques, [vec![0, 1], vec![1, 2], vec![2, 3]]);
		let cycle = Tree::new(&sizes, &[vec![0, 1], vec![1, 2], vec![2, 3], vec![0, 3]]);
		assert_eq!(cycle.nodes.len(), 2);
		assert!(cycle.nodes.iter().all(|node| node.columns.len() == 3));
	}

	#[test]
	fn unconnected_columns_share_an_empty_separator() {
		let tree = Tree::new(&[2, 2], &[]);
		assert_eq!(tree.nodes.len(), 2);
		assert_eq!(tree.nodes[1].parent, Some(0));
		assert!(tree.nodes[1].separator.is_empty());
	}

	proptest! {
		#[test]
		fn every_set_has_a_home_and_every_column_a_connected_subtree(
			sets in proptest::collection::vec(proptest::collection::btree_set(0usize..9, 1..4), 0..12)
		) {
			let sets: Vec<Vec<usize>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
			let sizes = [2usize; 9];
			let tree = Tree::new(&sizes, &sets);
			for set in &sets {
				prop_assert!(tree.home(set, &sizes).is_some());
			}
			for column in 0..9 {
				// Connected: exactly one node that holds the column has a parent that does not.
				let tops = tree.nodes.iter().filter(|n| n.columns.contains(&column) && !n.separator.contains(&column));
				prop_assert_eq!(tops.count(), 1);
			}
			for (at, node) in tree.nodes.iter().enumerate() {
				prop_assert!(node.parent.is_none_or(|parent| parent < at));
			}
		}
	}
}
