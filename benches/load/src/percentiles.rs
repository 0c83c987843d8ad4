//! Percentiles of measured times.

use serde::Serialize;

/// The value below or at which a share of all values lies (nearest rank: the `⌈share · n⌉`-th smallest). `sorted` has to be in
/// ascending order; `None` if it is empty.
pub fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
	let rank = (share.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
	sorted.get(rank.max(1) - 1).copied()
}

/// What a list of measurements comes to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub struct Spread {
	/// How many.
	pub count: usize,
	/// Half of them are at most so much.
	pub p50: f64,
	/// 95 of 100.
	pub p95: f64,
	/// 99 of 100.
	pub p99: f64,
	/// The largest.
	pub max: f64,
}

impl Spread {
	/// Sums up; zeros for an empty list. Values that are no numbers are left out.
	pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
		let mut sorted: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
		sorted.sort_by(f64::total_cmp);
		let at = |share| percentile(&sorted, share).unwrap_or_default();
		Self { count: sorted.len(), p50: at(0.50), p95: at(0.95), p99: at(0.99), max: at(1.0) }
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn percentiles_are_nearest_ranks() {
		let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
		assert_eq!(percentile(&hundred, 0.50), Some(50.0));
		assert_eq!(percentile(&hundred, 0.95), Some(95.0));
		assert_eq!(percentile(&hundred, 0.951), Some(96.0));
		assert_eq!(percentile(&hundred, 1.0), Some(100.0));
		assert_eq!(percentile(&hundred, 0.0), Some(1.0));
		assert_eq!(percentile(&[7.0], 0.95), Some(7.0));
		assert_eq!(percentile(&[], 0.5), None);
	}

	#[test]
	fn a_spread_does_not_mind_the_order_and_leaves_out_what_is_no_number() {
		let spread = Spread::of([3.0, f64::NAN, 1.0, 2.0, f64::INFINITY]);
		assert_eq!(spread, Spread { count: 3, p50: 2.0, p95: 3.0, p99: 3.0, max: 3.0 });
		assert_eq!(Spread::of([]), Spread::default());
	}

	proptest! {
		#[test]
		fn at_least_the_share_lies_at_or_below(mut values in prop::collection::vec(0.0f64..100.0, 1..200), share in 0.0f64..1.0) {
			values.sort_by(f64::total_cmp);
			let bound = percentile(&values, share).unwrap();
			let below = values.iter().filter(|value| **value <= bound).count();
			prop_assert!(below as f64 >= share * values.len() as f64);
			let strictly = values.iter().filter(|value| **value < bound).count();
			prop_assert!((strictly as f64) < (share * values.len() as f64).max(1.0));
		}
	}
}
