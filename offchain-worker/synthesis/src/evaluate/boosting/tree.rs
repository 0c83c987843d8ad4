//! One regression tree on bins, grown at the leaf that gains most.

use super::bins::MISSING;

/// Most leaves.
const LEAVES: usize = 31;
/// Fewest rows in a leaf.
const LEAF_ROWS: f64 = 20.0;
/// Least summed curvature in a leaf.
const LEAF_CURVATURE: f64 = 1e-3;
/// Penalty on squared leaf values.
const RIDGE: f64 = 1.0;
/// Least gain of a split.
const LEAST_GAIN: f64 = 1e-7;
/// Bins of a column, the missing one included.
const BINS: usize = 256;

/// Sums over rows: gradient, curvature, rows.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
	gradient: f64,
	curvature: f64,
	rows: f64,
}

impl Sums {
	fn plus(self, other: Self) -> Self {
		Self {
			gradient: self.gradient + other.gradient,
			curvature: self.curvature + other.curvature,
			rows: self.rows + other.rows,
		}
	}

	fn minus(self, other: Self) -> Self {
		Self {
			gradient: self.gradient - other.gradient,
			curvature: self.curvature - other.curvature,
			rows: self.rows - other.rows,
		}
	}

	/// What the leaf takes off the loss, twice.
	fn merit(self) -> f64 {
		self.gradient * self.gradient / (self.curvature + RIDGE)
	}

	fn suffices(self) -> bool {
		self.rows >= LEAF_ROWS && self.curvature >= LEAF_CURVATURE
	}
}

type Histogram = Vec<[Sums; BINS]>;

/// A question to a row: is the bin of `column` at most `bin`? Missing cells go left if `missing_left`.
#[derive(Debug, Clone, Copy)]
struct Split {
	gain: f64,
	column: usize,
	bin: u8,
	missing_left: bool,
}

impl Split {
	fn left(&self, bin: u8) -> bool {
		if bin == MISSING {
			self.missing_left
		} else {
			bin <= self.bin
		}
	}
}

#[derive(Debug, Clone)]
enum Node {
	Leaf(f64),
	Fork { split: Split, left: usize, right: usize },
}

/// A grown tree; node 0 is the root.
#[derive(Debug, Clone)]
pub(super) struct Tree(Vec<Node>);

/// A leaf that may still be split.
struct Open {
	node: usize,
	rows: Vec<u32>,
	sums: Sums,
	histogram: Histogram,
	split: Option<Split>,
}

/// Training rows: bins by column, and gradient and curvature by row.
pub(super) struct Rows<'a> {
	pub bins: &'a [Vec<u8>],
	pub slopes: &'a [(f64, f64)],
}

fn place(row: u32) -> usize {
	usize::try_from(row).unwrap_or(usize::MAX)
}

impl Rows<'_> {
	fn histogram(&self, rows: &[u32]) -> Histogram {
		let slopes: Vec<(f64, f64)> =
			rows.iter().map(|row| self.slopes.get(place(*row)).copied().unwrap_or_default()).collect();
		self.bins
			.iter()
			.map(|column| {
				let mut cells = [Sums::default(); BINS];
				for (row, (gradient, curvature)) in rows.iter().zip(&slopes) {
					let bin = column.get(place(*row)).copied().unwrap_or(MISSING);
					if let Some(cell) = cells.get_mut(usize::from(bin)) {
						cell.gradient += gradient;
						cell.curvature += curvature;
						cell.rows += 1.0;
					}
				}
				cells
			})
			.collect()
	}

	fn open(&self, node: usize, rows: Vec<u32>, histogram: Histogram) -> Open {
		let sums = histogram.first().map(total).unwrap_or_default();
		let split = best_split(&histogram, sums);
		Open { node, rows, sums, histogram, split }
	}
}

fn total(cells: &[Sums; BINS]) -> Sums {
	cells.iter().fold(Sums::default(), |sum, cell| sum.plus(*cell))
}

fn best_split(histogram: &Histogram, sums: Sums) -> Option<Split> {
	let mut best: Option<Split> = None;
	for (column, cells) in histogram.iter().enumerate() {
		let (missing, present) = cells.split_last().map_or((Sums::default(), &[][..]), |(last, rest)| (*last, rest));
		let mut left = Sums::default();
		for (bin, cell) in (0u8..MISSING).zip(present) {
			if cell.rows == 0.0 {
				continue;
			}
			left = left.plus(*cell);
			for missing_left in [false, true] {
				if missing_left && missing.rows == 0.0 {
					continue;
				}
				let one = if missing_left { left.plus(missing) } else { left };
				let other = sums.minus(one);
				if !one.suffices() || !other.suffices() {
					continue;
				}
				let gain = one.merit() + other.merit() - sums.merit();
				if gain > best.map_or(LEAST_GAIN, |best| best.gain) {
					best = Some(Split { gain, column, bin, missing_left });
				}
			}
		}
	}
	best
}

impl Tree {
	/// Grows a tree on the rows `among`. `step` scales the leaves' values. Adds them to `scores`, by row.
	pub fn grow(rows: &Rows<'_>, among: Vec<u32>, step: f64, scores: &mut [f64]) -> Self {
		let histogram = rows.histogram(&among);
		let mut nodes = vec![Node::Leaf(0.0)];
		let mut open = vec![rows.open(0, among, histogram)];
		while open.len() < LEAVES {
			let mut chosen: Option<(usize, Split)> = None;
			for (at, leaf) in open.iter().enumerate() {
				if let Some(split) = leaf.split {
					if chosen.is_none_or(|(_, best)| split.gain > best.gain) {
						chosen = Some((at, split));
					}
				}
			}
			let Some((at, split)) = chosen else { break };
			let parent = open.swap_remove(at);
			let (left, right) = (nodes.len(), nodes.len().saturating_add(1));
			nodes.extend([Node::Leaf(0.0), Node::Leaf(0.0)]);
			if let Some(node) = nodes.get_mut(parent.node) {
				*node = Node::Fork { split, left, right };
			}
			open.extend(divide(rows, parent, split, left, right));
		}
		for leaf in open {
			let value = -step * leaf.sums.gradient / (leaf.sums.curvature + RIDGE);
			if let Some(node) = nodes.get_mut(leaf.node) {
				*node = Node::Leaf(value);
			}
			for row in leaf.rows {
				if let Some(score) = scores.get_mut(place(row)) {
					*score += value;
				}
			}
		}
		Self(nodes)
	}

	/// Whether the tree is a single leaf.
	pub fn is_leaf(&self) -> bool {
		self.0.len() < 2
	}

	/// The leaf's value for a row whose bins `bin` tells by column.
	pub fn value(&self, bin: impl Fn(usize) -> u8) -> f64 {
		let mut at = 0;
		loop {
			match self.0.get(at) {
				Some(Node::Fork { split, left, right }) => {
					at = if split.left(bin(split.column)) { *left } else { *right };
				},
				Some(Node::Leaf(value)) => return *value,
				None => return 0.0,
			}
		}
	}
}

/// Both children; the larger one's histogram is the parent's less the smaller one's.
fn divide(rows: &Rows<'_>, parent: Open, split: Split, left: usize, right: usize) -> [Open; 2] {
	let bins = rows.bins.get(split.column);
	let goes_left = |row: &u32| split.left(bins.and_then(|bins| bins.get(place(*row))).copied().unwrap_or(MISSING));
	let (mut one, mut other): (Vec<u32>, Vec<u32>) = parent.rows.iter().partition(|row| goes_left(row));
	let (mut first, mut second) = (left, right);
	if one.len() > other.len() {
		std::mem::swap(&mut one, &mut other);
		std::mem::swap(&mut first, &mut second);
	}
	let small = rows.histogram(&one);
	let mut large = parent.histogram;
	for (cells, less) in large.iter_mut().zip(&small) {
		for (cell, less) in cells.iter_mut().zip(less) {
			*cell = cell.minus(*less);
		}
	}
	[rows.open(first, one, small), rows.open(second, other, large)]
}
