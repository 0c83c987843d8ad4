//! Least squares and logistic regression by Cholesky's decomposition, in a fixed order of sums.

/// Most steps of Newton's method.
const STEPS: usize = 30;
/// Change of a coefficient below which Newton's method has arrived.
const ARRIVED: f64 = 1e-9;
/// Standard error above which a coefficient of standardised columns counts as not estimable.
const MOST_ERROR: f64 = 100.0;
/// Pivot, relative to its diagonal, below which a column is a combination of those before it.
const LEAST_PIVOT: f64 = 1e-9;

/// An estimate and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
	pub value: f64,
	pub error: f64,
}

/// A symmetric matrix' lower triangle, row by row.
type Lower = Vec<Vec<f64>>;

fn at(lower: &Lower, row: usize, column: usize) -> f64 {
	lower.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0.0)
}

/// Cholesky's factor; combinations of earlier columns get an empty row and are told by `false`.
fn factor(matrix: &Lower) -> (Lower, Vec<bool>) {
	let mut factor: Lower = Vec::new();
	let mut kept = Vec::new();
	for (row, entries) in matrix.iter().enumerate() {
		let mut line: Vec<f64> = Vec::new();
		for (column, entry) in entries.iter().enumerate() {
			if column == row {
				break;
			}
			let known: f64 = match factor.get(column) {
				Some(other) => line.iter().zip(other).map(|(a, b)| a * b).sum(),
				None => 0.0,
			};
			let pivot = at(&factor, column, column);
			line.push(if pivot > 0.0 { (entry - known) / pivot } else { 0.0 });
		}
		let diagonal = entries.last().copied().unwrap_or(0.0);
		let rest = diagonal - line.iter().map(|a| a * a).sum::<f64>();
		let keep = rest > LEAST_PIVOT * diagonal && diagonal > 0.0;
		if !keep {
			line.iter_mut().for_each(|a| *a = 0.0);
		}
		line.push(if keep { rest.sqrt() } else { 0.0 });
		factor.push(line);
		kept.push(keep);
	}
	(factor, kept)
}

/// Solves L Lᵀ x = b; what was not kept is 0.
fn solve(factor: &Lower, b: &[f64]) -> Vec<f64> {
	let mut y: Vec<f64> = Vec::new();
	for (line, b) in factor.iter().zip(b) {
		let known: f64 = line.iter().zip(&y).map(|(a, y)| a * y).sum();
		let pivot = line.last().copied().unwrap_or(0.0);
		y.push(if pivot > 0.0 { (b - known) / pivot } else { 0.0 });
	}
	let mut x = vec![0.0; y.len()];
	for row in (0..y.len()).rev() {
		let later: f64 = x.iter().enumerate().skip(row.saturating_add(1)).map(|(k, x)| at(factor, k, row) * x).sum();
		let pivot = at(factor, row, row);
		if let (Some(x), Some(y)) = (x.get_mut(row), y.get(row)) {
			*x = if pivot > 0.0 { (y - later) / pivot } else { 0.0 };
		}
	}
	x
}

/// Diagonal of the inverse of L Lᵀ.
fn inverse_diagonal(factor: &Lower) -> Vec<f64> {
	(0..factor.len())
		.map(|k| {
			let unit: Vec<f64> = (0..factor.len()).map(|row| f64::from(u8::from(row == k))).collect();
			solve(factor, &unit).get(k).copied().unwrap_or(0.0)
		})
		.collect()
}

/// Σ w x xᵀ (lower triangle) and Σ w x z over rows.
fn products<'a>(rows: impl Iterator<Item = (&'a Vec<f64>, f64, f64)>, size: usize) -> (Lower, Vec<f64>) {
	let mut matrix: Lower = (1..=size).map(|width| vec![0.0; width]).collect();
	let mut right = vec![0.0; size];
	for (x, weight, z) in rows {
		for ((line, a), right) in matrix.iter_mut().zip(x).zip(&mut right) {
			let scaled = weight * a;
			*right += scaled * z;
			if scaled != 0.0 {
				line.iter_mut().zip(x).for_each(|(cell, b)| *cell += scaled * b);
			}
		}
	}
	(matrix, right)
}

fn estimates(values: &[f64], variances: &[f64], kept: &[bool]) -> Vec<Option<Estimate>> {
	let usable = |value: f64, error: f64| value.is_finite() && error > 0.0 && error < MOST_ERROR;
	values
		.iter()
		.zip(variances)
		.zip(kept)
		.map(|((value, variance), kept)| {
			let error = variance.max(0.0).sqrt();
			(*kept && usable(*value, error)).then_some(Estimate { value: *value, error })
		})
		.collect()
}

/// Ordinary least squares. `None` per coefficient that cannot be estimated, and in all with no rows to spare.
pub(super) fn least_squares(rows: &[Vec<f64>], goal: &[f64]) -> Option<Vec<Option<Estimate>>> {
	let size = rows.first()?.len();
	let (matrix, right) = products(rows.iter().zip(goal).map(|(x, y)| (x, 1.0, *y)), size);
	let (factor, kept) = factor(&matrix);
	let values = solve(&factor, &right);
	let fitted = |x: &Vec<f64>| x.iter().zip(&values).map(|(x, b)| x * b).sum::<f64>();
	let squares: f64 = rows.iter().zip(goal).map(|(x, y)| (y - fitted(x)) * (y - fitted(x))).sum();
	let free = rows.len() as f64 - kept.iter().filter(|kept| **kept).count() as f64;
	if free < 1.0 {
		return None;
	}
	let variances: Vec<f64> = inverse_diagonal(&factor).iter().map(|d| d * squares / free).collect();
	Some(estimates(&values, &variances, &kept))
}

/// Logistic regression by iteratively reweighted least squares; `None` if it does not arrive.
///
/// `ridge` is the precision of a normal prior around 0 on all coefficients but the first: 0 for maximum likelihood,
/// which does not arrive where a column settles the goal.
pub(super) fn logistic(rows: &[Vec<f64>], goal: &[f64], ridge: f64) -> Option<Vec<Option<Estimate>>> {
	let size = rows.first()?.len();
	let mut values = vec![0.0; size];
	for _ in 0..STEPS {
		let working = rows.iter().zip(goal).map(|(x, y)| {
			let score: f64 = x.iter().zip(&values).map(|(x, b)| x * b).sum();
			let p = 1.0 / (1.0 + libm::exp(-score));
			let weight = (p * (1.0 - p)).max(1e-10);
			(x, weight, score + (y - p) / weight)
		});
		let (mut matrix, right) = products(working, size);
		matrix.iter_mut().skip(1).filter_map(|line| line.last_mut()).for_each(|diagonal| *diagonal += ridge);
		let (factor, kept) = factor(&matrix);
		let next = solve(&factor, &right);
		let change = next.iter().zip(&values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
		values = next;
		if !change.is_finite() {
			return None;
		}
		if change < ARRIVED {
			return Some(estimates(&values, &inverse_diagonal(&factor), &kept));
		}
	}
	None
}

#[cfg(test)]
mod tests {
	use super::*;

	/// mtcars: miles per gallon, automatic or manual, by weight and horse power.
	const CARS: [(f64, f64, f64, f64); 32] = [
		(21.0, 1.0, 2.620, 110.0),
		(21.0, 1.0, 2.875, 110.0),
		(22.8, 1.0, 2.320, 93.0),
		(21.4, 0.0, 3.215, 110.0),
		(18.7, 0.0, 3.440, 175.0),
		(18.1, 0.0, 3.460, 105.0),
		(14.3, 0.0, 3.570, 245.0),
		(24.4, 0.0, 3.190, 62.0),
		(22.8, 0.0, 3.150, 95.0),
		(19.2, 0.0, 3.440, 123.0),
		(17.8, 0.0, 3.440, 123.0),
		(16.4, 0.0, 4.070, 180.0),
		(17.3, 0.0, 3.730, 180.0),
		(15.2, 0.0, 3.780, 180.0),
		(10.4, 0.0, 5.250, 205.0),
		(10.4, 0.0, 5.424, 215.0),
		(14.7, 0.0, 5.345, 230.0),
		(32.4, 1.0, 2.200, 66.0),
		(30.4, 1.0, 1.615, 52.0),
		(33.9, 1.0, 1.835, 65.0),
		(21.5, 0.0, 2.465, 97.0),
		(15.5, 0.0, 3.520, 150.0),
		(15.2, 0.0, 3.435, 150.0),
		(13.3, 0.0, 3.840, 245.0),
		(19.2, 0.0, 3.845, 175.0),
		(27.3, 1.0, 1.935, 66.0),
		(26.0, 1.0, 2.140, 91.0),
		(30.4, 1.0, 1.513, 113.0),
		(15.8, 1.0, 3.170, 264.0),
		(19.7, 1.0, 2.770, 175.0),
		(15.0, 1.0, 3.570, 335.0),
		(21.4, 1.0, 2.780, 109.0),
	];

	fn close(found: Option<Estimate>, value: f64, error: f64) {
		let found = found.unwrap();
		assert!((found.value - value).abs() < 2e-5 * value.abs().max(1.0), "{found:?}, {value}");
		assert!((found.error - error).abs() < 2e-5 * error.max(1.0), "{found:?}, {error}");
	}

	#[test]
	fn least_squares_gives_what_r_gives() {
		// lm(mpg ~ wt + hp, mtcars)
		let rows: Vec<Vec<f64>> = CARS.iter().map(|car| vec![1.0, car.2, car.3]).collect();
		let found = least_squares(&rows, &CARS.map(|car| car.0)).unwrap();
		close(found[0], 37.22727, 1.59879);
		close(found[1], -3.87783, 0.63273);
		close(found[2], -0.03177, 0.00903);
	}

	#[test]
	fn logistic_regression_gives_what_r_gives() {
		// glm(am ~ wt, binomial, mtcars)
		let rows: Vec<Vec<f64>> = CARS.iter().map(|car| vec![1.0, car.2]).collect();
		let found = logistic(&rows, &CARS.map(|car| car.1), 0.0).unwrap();
		close(found[0], 12.04037, 4.51007);
		close(found[1], -4.02397, 1.43653);
	}

	#[test]
	fn what_cannot_be_estimated_is_left_out() {
		let rows: Vec<Vec<f64>> = CARS.iter().map(|car| vec![1.0, car.2, 2.0 * car.2 - 1.0, 0.0]).collect();
		let found = least_squares(&rows, &CARS.map(|car| car.0)).unwrap();
		assert!(found[0].is_some() && found[1].is_some() && found[2].is_none() && found[3].is_none());
		let separated: Vec<f64> = CARS.iter().map(|car| f64::from(u8::from(car.2 > 3.0))).collect();
		let rows: Vec<Vec<f64>> = CARS.iter().map(|car| vec![1.0, car.2]).collect();
		assert!(logistic(&rows, &separated, 0.0).is_none_or(|found| found.iter().all(Option::is_none)));
		let weight = logistic(&rows, &separated, 0.01).unwrap()[1].unwrap();
		assert!(weight.value > 5.0 && weight.value < 20.0, "a weak prior keeps it finite: {weight:?}");
		assert!(least_squares(&rows[..2], &[1.0, 2.0]).is_none());
		assert!(least_squares(&[], &[]).is_none());
	}
}
