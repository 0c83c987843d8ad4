//! Gaussian mixtures of one column's values, for mode-specific normalisation (Xu, Skoularidou, Cuesta-Infante and
//! Veeramachaneni, *Modeling Tabular data using Conditional GAN*, NeurIPS 2019, section 4.2).
//!
//! Expectation maximisation (Dempster, Laird and Rubin 1977) in `f64`, in a fixed order and from a fixed start: the
//! components stand on quantiles. It sees at most [`MOST_POINTS`] equally spaced quantiles of the values, which stand
//! for the whole column and need no random draw.

/// Points that the fit sees at most.
const MOST_POINTS: usize = 2_048;
/// Rounds of expectation and maximisation.
const ROUNDS: usize = 60;
/// Rounds after the light components are gone.
const LAST_ROUNDS: usize = 20;
/// Components lighter than this are dropped.
const LEAST_WEIGHT: f64 = 0.005;
/// Least deviation of a component as a part of the column's.
const LEAST_DEVIATION: f64 = 1e-3;

/// One normal distribution of a mixture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Component {
	/// Share of the values, above 0.
	pub weight: f64,
	/// Mean, in the values' unit.
	pub mean: f64,
	/// Standard deviation, above 0.
	pub deviation: f64,
}

impl Component {
	/// ln of weight × density, up to a constant that all components share.
	fn score(&self, value: f64) -> f64 {
		let z = (value - self.mean) / self.deviation;
		libm::log(self.weight / self.deviation) - 0.5 * z * z
	}
}

/// A mixture of normal distributions; never empty after a fit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mixture(pub Vec<Component>);

impl Mixture {
	/// Fits at most `most` components to values in ascending order. Finite values give finite components.
	pub fn fit(sorted: &[f64], most: usize) -> Self {
		let points = thinned(sorted);
		let (mean, deviation) = moments(&points);
		if points.is_empty() || deviation <= 0.0 || !deviation.is_finite() {
			return Self(vec![Component { weight: 1.0, mean, deviation: 1.0 }]);
		}
		// Scaled to mean 0 and deviation 1, so that codes of any magnitude are treated alike.
		let scaled: Vec<f64> = points.iter().map(|point| (point - mean) / deviation).collect();
		let mut mixture = Self::start(&scaled, most.max(1));
		for _ in 0..ROUNDS {
			mixture.improve(&scaled);
		}
		mixture.0.retain(|component| component.weight > LEAST_WEIGHT);
		for _ in 0..LAST_ROUNDS {
			mixture.improve(&scaled);
		}
		for component in &mut mixture.0 {
			component.mean = component.mean * deviation + mean;
			component.deviation *= deviation;
		}
		mixture
	}

	/// Equal weights on the middle quantiles of equal parts.
	fn start(points: &[f64], most: usize) -> Self {
		let part = points.len().checked_div(most).unwrap_or(0).max(1);
		let weight = 1.0 / most as f64;
		let components = points.chunks(part).take(most).map(|part| {
			let (mean, deviation) = moments(part);
			Component { weight, mean, deviation: deviation.max(0.5 * weight) }
		});
		Self(components.collect())
	}

	/// One round: every component takes its share of every point, then its weight, mean and deviation from its shares.
	fn improve(&mut self, points: &[f64]) {
		let mut sums = vec![[0.0f64; 3]; self.0.len()];
		let mut shares = vec![0.0f64; self.0.len()];
		for point in points {
			let mut top = f64::NEG_INFINITY;
			for (share, component) in shares.iter_mut().zip(&self.0) {
				*share = component.score(*point);
				top = top.max(*share);
			}
			let mut total = 0.0;
			for share in &mut shares {
				*share = libm::exp(*share - top);
				total += *share;
			}
			for ([weight, first, second], share) in sums.iter_mut().zip(&shares) {
				let share = share / total;
				*weight += share;
				*first += share * point;
				*second += share * point * point;
			}
		}
		let count = points.len() as f64;
		for (component, [weight, first, second]) in self.0.iter_mut().zip(sums) {
			// A component that lost its points keeps its place at next to no weight, until it is dropped.
			component.weight = (weight / count).max(1e-9);
			if weight > 1e-6 {
				component.mean = first / weight;
				let variance = second / weight - component.mean * component.mean;
				component.deviation = variance.max(LEAST_DEVIATION * LEAST_DEVIATION).sqrt();
			}
		}
	}

	/// The component that most likely made the value; ties go to the first.
	pub fn component_of(&self, value: f64) -> usize {
		let mut best = (0, f64::NEG_INFINITY);
		for (at, component) in self.0.iter().enumerate() {
			let score = component.score(value);
			if score > best.1 {
				best = (at, score);
			}
		}
		best.0
	}
}

/// Middles of equal parts of sorted values, at most [`MOST_POINTS`].
fn thinned(sorted: &[f64]) -> Vec<f64> {
	if sorted.len() <= MOST_POINTS {
		return sorted.to_vec();
	}
	let middle = |part: usize| {
		let double = part.saturating_mul(2).saturating_add(1).saturating_mul(sorted.len());
		sorted.get(double.checked_div(MOST_POINTS.saturating_mul(2)).unwrap_or(0)).copied()
	};
	(0..MOST_POINTS).filter_map(middle).collect()
}

/// Mean and standard deviation; zeros for no values.
fn moments(values: &[f64]) -> (f64, f64) {
	let count = (values.len() as f64).max(1.0);
	let mean = values.iter().sum::<f64>() / count;
	let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
	(mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::random::Stream;

	fn two_humps() -> Vec<f64> {
		let mut stream = Stream::new(&[1; 32], "humps", 0);
		let mut values: Vec<f64> =
			(0..20_000).map(|n| if n % 4 == 0 { 50.0 + 2.0 * stream.normal() } else { stream.normal() }).collect();
		values.sort_by(f64::total_cmp);
		values
	}

	#[test]
	fn two_humps_are_found_apart() {
		let values = two_humps();
		let mixture = Mixture::fit(&values, 2);
		let [low, high] = mixture.0[..] else { panic!("{mixture:?}") };
		assert!((low.mean).abs() < 0.05 && (low.deviation - 1.0).abs() < 0.05 && (low.weight - 0.75).abs() < 0.01);
		assert!((high.mean - 50.0).abs() < 0.1 && (high.deviation - 2.0).abs() < 0.1);
		assert_eq!((mixture.component_of(1.0), mixture.component_of(48.0)), (0, 1));
	}

	#[test]
	fn at_most_ten_components_of_more_than_half_a_percent_stay() {
		let mixture = Mixture::fit(&two_humps(), 10);
		assert!((2..=10).contains(&mixture.0.len()));
		assert!(mixture.0.iter().all(|component| component.weight > 0.004));
		assert!((mixture.0.iter().map(|component| component.weight).sum::<f64>() - 1.0).abs() < 1e-6);
	}

	#[test]
	fn hostile_values_give_finite_components() {
		let far = crate::MAX_MAGNITUDE as f64;
		for values in [vec![], vec![3.0], vec![7.0; 100], vec![-far, far], vec![-far, -1.0, 0.0, 1.0, far]] {
			let mixture = Mixture::fit(&values, 10);
			assert!(!mixture.0.is_empty());
			for component in &mixture.0 {
				assert!(component.mean.is_finite() && component.deviation > 0.0 && component.weight > 0.0);
			}
			assert!(values.iter().all(|value| mixture.component_of(*value) < mixture.0.len()));
		}
	}
}
