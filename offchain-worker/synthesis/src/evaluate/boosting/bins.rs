//! Numbers cut into at most 255 bins; missing cells have a bin of their own.

use crate::evaluate::features::Features;

/// The bin of missing cells.
pub(super) const MISSING: u8 = 255;
/// Most bins of present values.
const MOST: usize = 255;

/// Cut points of one column, ascending: bin b holds the values above cut b - 1 and up to cut b.
#[derive(Debug, Clone)]
pub(super) struct Cuts(Vec<f64>);

impl Cuts {
	/// Half-way between neighbours if there are at most 255 different values, else at evenly spaced ranks.
	fn new(values: &[f64]) -> Self {
		let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
		sorted.sort_by(f64::total_cmp);
		let mut distinct = sorted.clone();
		distinct.dedup();
		let between = |pair: &[f64]| match pair {
			[low, high] => low + (high - low) / 2.0,
			_ => 0.0,
		};
		if distinct.len() <= MOST {
			return Self(distinct.windows(2).map(between).collect());
		}
		let mut cuts: Vec<f64> = (1..MOST)
			.filter_map(|k| {
				let at = k.checked_mul(sorted.len())?.checked_div(MOST)?;
				sorted.get(at).copied()
			})
			.collect();
		cuts.dedup();
		Self(cuts)
	}

	fn bin(&self, value: f64) -> u8 {
		if value.is_nan() {
			return MISSING;
		}
		u8::try_from(self.0.partition_point(|cut| *cut < value)).unwrap_or(MISSING).min(MISSING.saturating_sub(1))
	}
}

/// Learns the cuts of every column.
pub(super) fn learn(features: &Features) -> Vec<Cuts> {
	features.columns.iter().map(|column| Cuts::new(column)).collect()
}

/// Every column as bins.
pub(super) fn apply(cuts: &[Cuts], features: &Features) -> Vec<Vec<u8>> {
	cuts.iter().zip(&features.columns).map(|(cuts, column)| column.iter().map(|x| cuts.bin(*x)).collect()).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn few_values_have_a_bin_each_and_missing_ones_the_last() {
		let cuts = Cuts::new(&[3.0, f64::NAN, 1.0, 7.0, 1.0]);
		let bins: Vec<u8> = [0.0, 1.0, 3.0, 4.9, 5.1, 7.0, 99.0, f64::NAN].iter().map(|x| cuts.bin(*x)).collect();
		assert_eq!(bins, [0, 0, 1, 1, 2, 2, 2, MISSING]);
	}

	#[test]
	fn many_values_share_bins_of_equal_size() {
		let values: Vec<f64> = (0..10_000).map(f64::from).collect();
		let cuts = Cuts::new(&values);
		let mut counts = [0; 256];
		values.iter().for_each(|x| counts[usize::from(cuts.bin(*x))] += 1);
		assert!(counts[..255].iter().all(|count| (38..=41).contains(count)), "{counts:?}");
		assert_eq!(counts[255], 0);
	}
}
