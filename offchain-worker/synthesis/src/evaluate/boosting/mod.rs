//! Gradient-boosted trees on histograms (Friedman, Annals of Statistics 29, 2001; Ke et al., LightGBM, 2017), with
//! the settings of scikit-learn's HistGradientBoosting: 31 leaves, at least 20 rows in each, 255 bins, step 0.1,
//! missing cells sent to the better side, and an early stop above 10,000 rows.
//!
//! One thread, sums in a fixed order and [`libm`]: the same bits on every machine. Each tree is a step that the
//! caller may cancel.

mod bins;
mod tree;

use super::features::Features;
use crate::{
	error::SynthesisError,
	generate::{report, Progress},
};
use bins::Cuts;
use tree::{Rows, Tree};

/// Step size.
const STEP: f64 = 0.1;
/// Rows above which every tenth decides when to stop.
const STOP_ABOVE: usize = 10_000;
/// Trees without improvement after which growing stops.
const PATIENCE: usize = 10;
/// Least improvement that counts.
const IMPROVEMENT: f64 = 1e-7;
/// Bound of the base score, in log odds.
const MOST_LOG_ODDS: f64 = 10.0;

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objective {
	/// The probability of a goal of 1 rather than 0.
	Probability,
	/// A number, by least squares.
	Number,
}

impl Objective {
	fn base(self, mean: f64) -> f64 {
		match self {
			Self::Probability => libm::log(mean / (1.0 - mean)).clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS),
			Self::Number => mean,
		}
	}

	fn response(self, score: f64) -> f64 {
		match self {
			Self::Probability => 1.0 / (1.0 + libm::exp(-score)),
			Self::Number => score,
		}
	}

	/// Gradient and curvature of the loss.
	fn slope(self, goal: f64, score: f64) -> (f64, f64) {
		let response = self.response(score);
		match self {
			Self::Probability => (response - goal, response * (1.0 - response)),
			Self::Number => (response - goal, 1.0),
		}
	}

	fn loss(self, goal: f64, score: f64) -> f64 {
		match self {
			// log(1 + e^s) - y s, without overflow.
			Self::Probability => score.max(0.0) - score * goal + libm::log1p(libm::exp(-score.abs())),
			Self::Number => (score - goal) * (score - goal) / 2.0,
		}
	}
}

/// What was learnt.
pub(crate) struct Boosted {
	objective: Objective,
	cuts: Vec<Cuts>,
	base: f64,
	trees: Vec<Tree>,
}

/// Grows at most `trees` trees. `goal` has a number for every row; an empty or constant goal gives a constant model.
pub(crate) fn fit(
	features: &Features,
	goal: &[f64],
	objective: Objective,
	trees: usize,
	stage: &'static str,
	progress: &mut dyn Progress,
) -> Result<Boosted, SynthesisError> {
	let count = goal.len().max(1) as f64;
	let base = objective.base(goal.iter().sum::<f64>() / count);
	let cuts = bins::learn(features);
	let mut model = Boosted { objective, cuts, base, trees: Vec::new() };
	let varies = goal.iter().any(|y| Some(y) != goal.first());
	if !varies || features.columns.is_empty() {
		return Ok(model);
	}
	let bins = bins::apply(&model.cuts, features);
	let rows = u32::try_from(features.rows).unwrap_or(u32::MAX);
	let judged = |row: &u32| features.rows > STOP_ABOVE && row.checked_rem(10) == Some(9);
	let (judges, among): (Vec<u32>, Vec<u32>) = (0..rows).partition(judged);
	let mut scores = vec![base; features.rows];
	let (mut best, mut since) = (f64::INFINITY, 0usize);
	for number in 0..trees {
		report(progress, stage, number, trees)?;
		let slopes: Vec<(f64, f64)> = goal.iter().zip(&scores).map(|(y, s)| objective.slope(*y, *s)).collect();
		let tree = Tree::grow(&Rows { bins: &bins, slopes: &slopes }, among.clone(), STEP, &mut scores);
		if tree.is_leaf() {
			break;
		}
		let mut loss = 0.0;
		for row in judges.iter().filter_map(|row| usize::try_from(*row).ok()) {
			let (Some(score), Some(goal)) = (scores.get_mut(row), goal.get(row)) else { continue };
			*score += tree.value(|column| bin_of(&bins, column, row));
			loss += objective.loss(*goal, *score);
		}
		model.trees.push(tree);
		if !judges.is_empty() {
			loss /= judges.len() as f64;
			since = if loss < best - IMPROVEMENT { 0 } else { since.saturating_add(1) };
			best = best.min(loss);
			if since >= PATIENCE {
				break;
			}
		}
	}
	report(progress, stage, trees, trees)?;
	Ok(model)
}

fn bin_of(bins: &[Vec<u8>], column: usize, row: usize) -> u8 {
	bins.get(column).and_then(|bins| bins.get(row)).copied().unwrap_or(bins::MISSING)
}

impl Boosted {
	/// A probability or a number for every row.
	pub fn predict(&self, features: &Features) -> Vec<f64> {
		let bins = bins::apply(&self.cuts, features);
		(0..features.rows)
			.map(|row| {
				let score: f64 = self.trees.iter().map(|tree| tree.value(|column| bin_of(&bins, column, row))).sum();
				self.objective.response(self.base + score)
			})
			.collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		evaluate::{
			seed,
			utility::{area_under_roc, r_squared},
		},
		NoProgress,
	};

	/// Two columns that matter only together, one of noise with missing cells, and one whose absence matters.
	fn data(rows: usize, label: &str) -> (Features, Vec<f64>) {
		let mut stream = seed::stream(label);
		let mut columns = vec![Vec::new(); 4];
		let mut goal = Vec::new();
		for _ in 0..rows {
			let (a, b, c, d) = (stream.uniform(), stream.uniform(), stream.uniform(), stream.chance(0.3));
			let odds = if (a > 0.5) == (b > 0.5) { 0.8 } else { 0.2 };
			goal.push(f64::from(u8::from(stream.chance(if d { 0.95 } else { odds }))));
			let noise = if stream.chance(0.2) { f64::NAN } else { c };
			for (column, value) in columns.iter_mut().zip([a, b, noise, if d { f64::NAN } else { c }]) {
				column.push(value);
			}
		}
		(Features { columns, rows }, goal)
	}

	#[test]
	fn interactions_and_missing_cells_are_learnt() {
		let ((train, goal), (test, truth)) = (data(4_000, "train"), data(4_000, "test"));
		let model = fit(&train, &goal, Objective::Probability, 100, "test", &mut NoProgress).unwrap();
		let truth: Vec<bool> = truth.iter().map(|y| *y > 0.5).collect();
		// The best possible is 0.834: E over pairs of rows of the true odds.
		let area = area_under_roc(&model.predict(&test), &truth).unwrap();
		assert!((0.80..0.86).contains(&area), "{area}");
	}

	#[test]
	fn numbers_are_learnt_and_above_ten_thousand_rows_growing_stops_by_itself() {
		let (train, _) = data(12_000, "numbers");
		let goal: Vec<f64> =
			train.columns[0].iter().zip(&train.columns[1]).map(|(a, b)| libm::sin(6.0 * a) + b * b).collect();
		let model = fit(&train, &goal, Objective::Number, 400, "test", &mut NoProgress).unwrap();
		assert!(r_squared(&model.predict(&train), &goal).unwrap() > 0.995);
		let noise: Vec<f64> = seed::shuffled(12_000, "noise").iter().map(|x| *x as f64).collect();
		let model = fit(&train, &noise, Objective::Number, 400, "test", &mut NoProgress).unwrap();
		assert!(model.trees.len() < 40, "{}", model.trees.len());
	}

	#[test]
	fn the_same_rows_give_the_same_bits_from_any_thread() {
		let run = || {
			let (train, goal) = data(3_000, "threads");
			let model = fit(&train, &goal, Objective::Probability, 30, "test", &mut NoProgress).unwrap();
			model.predict(&train).iter().fold(0u64, |hash, p| hash.wrapping_mul(31).wrapping_add(p.to_bits()))
		};
		let alone = run();
		let together: Vec<u64> = std::thread::scope(|scope| {
			let all: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
			all.into_iter().map(|one| one.join().unwrap()).collect()
		});
		assert!(together.iter().all(|hash| *hash == alone));
	}

	#[test]
	fn hopeless_data_give_a_constant_model() {
		let none = Features { columns: Vec::new(), rows: 3 };
		let model = fit(&none, &[1.0, 0.0, 1.0], Objective::Probability, 10, "test", &mut NoProgress).unwrap();
		assert!(model.predict(&none).iter().all(|p| (p - 2.0 / 3.0).abs() < 1e-12));
		let empty = Features { columns: vec![vec![f64::NAN; 50], vec![1.0; 50]], rows: 50 };
		let goal: Vec<f64> = (0..50).map(|row| f64::from(row % 2)).collect();
		assert!(fit(&empty, &goal, Objective::Number, 10, "test", &mut NoProgress).unwrap().trees.is_empty());
		let one = fit(&empty, &[1.0; 50], Objective::Probability, 10, "test", &mut NoProgress).unwrap();
		assert!(one.predict(&empty).iter().all(|p| *p > 0.9999));
	}
}
