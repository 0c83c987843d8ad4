//! The order of a nominal column's levels on its latent scale.
//!
//! One normal can carry one direction only, so the levels are laid along the direction in which they
//! differ most in the other columns: the first principal axis of the levels' mean scores, weighted by
//! frequency (as in correspondence analysis; M. J. Greenacre, 1984). Found by power iteration.

use std::collections::BTreeMap;

/// Rounds of power iteration.
const ROUNDS: usize = 60;

/// One other column: its scores, and 1 where they exist.
pub(super) struct Feature<'a> {
	pub values: &'a [f64],
	pub exists: Option<&'a [f64]>,
}

/// A level, its row count, and its mean score in every feature.
struct Profile {
	level: i64,
	count: f64,
	means: Vec<f64>,
}

/// Levels in latent order; `None` if no feature tells them apart.
pub(super) fn order(codes: &[Option<i64>], features: &[Feature<'_>]) -> Option<Vec<i64>> {
	let profiles = profiles(codes, features);
	let axis = principal_axis(&profiles, features.len())?;
	let mut placed: Vec<(f64, i64)> =
		profiles.iter().map(|profile| (dot(&profile.means, &axis), profile.level)).collect();
	placed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
	Some(placed.into_iter().map(|(_, level)| level).collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
	a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn profiles(codes: &[Option<i64>], features: &[Feature<'_>]) -> Vec<Profile> {
	let mut rows: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
	for (row, code) in codes.iter().enumerate() {
		if let Some(level) = code {
			rows.entry(*level).or_default().push(row);
		}
	}
	rows.into_iter()
		.map(|(level, rows)| Profile {
			level,
			count: rows.len() as f64,
			means: features.iter().map(|feature| mean_score(feature, &rows)).collect(),
		})
		.collect()
}

/// Mean score over those of the rows that have one; 0, the mean of all, without any.
fn mean_score(feature: &Feature<'_>, rows: &[usize]) -> f64 {
	let (mut sum, mut weight) = (0.0, 0.0);
	for row in rows {
		let exists = feature.exists.map_or(1.0, |exists| exists.get(*row).copied().unwrap_or(0.0));
		sum += feature.values.get(*row).copied().unwrap_or(0.0) * exists;
		weight += exists;
	}
	if weight > 0.0 {
		sum / weight
	} else {
		0.0
	}
}

/// The direction of the largest weighted spread, its largest component positive.
fn principal_axis(profiles: &[Profile], size: usize) -> Option<Vec<f64>> {
	// Starting from the most different level cannot miss the axis by symmetry.
	let spread = |profile: &Profile| profile.count * dot(&profile.means, &profile.means);
	let first = profiles.iter().max_by(|a, b| spread(a).total_cmp(&spread(b)))?;
	let mut axis = first.means.clone();
	for _ in 0..ROUNDS {
		let length = dot(&axis, &axis).sqrt();
		if length.is_nan() || length <= 1e-9 {
			return None;
		}
		axis.iter_mut().for_each(|x| *x /= length);
		let mut next = vec![0.0; size];
		for profile in profiles {
			let weight = profile.count * dot(&profile.means, &axis);
			for (sum, mean) in next.iter_mut().zip(&profile.means) {
				*sum += weight * mean;
			}
		}
		axis = next;
	}
	let largest = axis.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
	if largest < 0.0 {
		axis.iter_mut().for_each(|x| *x = -*x);
	}
	Some(axis)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn levels_follow_the_column_that_tells_them_apart() {
		let codes: Vec<Option<i64>> = [0, 1, 2, 0, 1, 2].map(Some).into();
		let values = [0.1, 1.5, -1.6, 0.0, 1.4, -1.4];
		let noise = [0.1, -0.1, 0.05, -0.1, 0.1, 0.0];
		let exists = [1.0, 1.0, 1.0, 0.0, 1.0, 1.0];
		let features = [Feature { values: &noise, exists: Some(&exists) }, Feature { values: &values, exists: None }];
		assert_eq!(order(&codes, &features), Some(vec![2, 0, 1]));
		assert_eq!(order(&codes, &[]), None);
	}
}
