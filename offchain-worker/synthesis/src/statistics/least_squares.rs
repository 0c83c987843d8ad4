//! Least squares by Householder reflections, column by column (Golub and Van Loan, Matrix Computations, section 5.3).

use super::frame::count;

/// A column whose part outside the span of the columns before it is this small, relative to its length, depends on them.
const DEPENDENT: f64 = 1e-10;

/// A fit of y ≈ Xβ.
pub(crate) struct Fit {
	/// β.
	pub coefficients: Vec<f64>,
	/// Columns of R⁻¹, where X = QR: (XᵀX)⁻¹ = R⁻¹ R⁻ᵀ.
	inverse: Vec<Vec<f64>>,
}

/// A column that depends on the columns before it, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dependent(pub usize);

/// Fits `outcome` by `columns`, all of one length, at least as long as there are columns.
pub(crate) fn fit(columns: &[Vec<f64>], outcome: &[f64]) -> Result<Fit, Dependent> {
	let lengths: Vec<f64> = columns.iter().map(|column| dot(column, column).sqrt()).collect();
	// Columns of length 1, so that units do not matter; the outcome is carried along as a last column.
	let mut work: Vec<Vec<f64>> = columns
		.iter()
		.zip(&lengths)
		.map(|(column, length)| column.iter().map(|x| x / length.max(f64::MIN_POSITIVE)).collect())
		.collect();
	work.push(outcome.to_vec());
	for at in 0..columns.len() {
		reflect(&mut work, at)?;
	}
	let inverse = invert(&work, columns.len(), &lengths);
	let projected: Vec<f64> = work.last().map(|y| y.iter().take(columns.len()).copied().collect()).unwrap_or_default();
	let mut coefficients = vec![0.0; columns.len()];
	for (column, y) in inverse.iter().zip(&projected) {
		coefficients.iter_mut().zip(column).for_each(|(b, r)| *b += r * y);
	}
	Ok(Fit { coefficients, inverse })
}

/// Reflects column `at` so that it is zero below the diagonal, and the columns after it likewise.
fn reflect(work: &mut [Vec<f64>], at: usize) -> Result<(), Dependent> {
	let (done, rest) = work.split_at_mut(at.saturating_add(1));
	let Some((head, tail)) = done.last_mut().and_then(|pivot| pivot.get_mut(at..)?.split_first_mut()) else {
		return Err(Dependent(at));
	};
	let below = dot(tail, tail);
	let length = (*head * *head + below).sqrt();
	if length.is_nan() || length < DEPENDENT {
		return Err(Dependent(at));
	}
	let diagonal = if *head > 0.0 { -length } else { length };
	let first = *head - diagonal;
	let scale = 2.0 / (first * first + below);
	for column in rest {
		if let Some((x, others)) = column.get_mut(at..).and_then(<[f64]>::split_first_mut) {
			let along = scale * (first * *x + dot(tail, others));
			*x -= along * first;
			others.iter_mut().zip(tail.iter()).for_each(|(y, v)| *y -= along * v);
		}
	}
	*head = diagonal;
	tail.fill(0.0);
	Ok(())
}

/// Columns of the inverse of the upper triangle, in the units of the columns given: column j solves R x = e_j.
fn invert(work: &[Vec<f64>], size: usize, lengths: &[f64]) -> Vec<Vec<f64>> {
	(0..size)
		.map(|unit| {
			let mut x = vec![0.0; size];
			if let Some(one) = x.get_mut(unit) {
				*one = 1.0;
			}
			for at in (0..=unit).rev() {
				let Some(column) = work.get(at) else { continue };
				let pivot = column.get(at).copied().unwrap_or(f64::NAN);
				let value = x.get(at).copied().unwrap_or(f64::NAN) / pivot;
				x.iter_mut().zip(column).take(at).for_each(|(left, r)| *left -= r * value);
				if let Some(place) = x.get_mut(at) {
					*place = value;
				}
			}
			x.iter_mut().zip(lengths).for_each(|(value, length)| *value /= length);
			x
		})
		.collect()
}

impl Fit {
	/// Diagonal of (XᵀX)⁻¹: the variances of β for errors of variance 1.
	pub fn variances(&self) -> Vec<f64> {
		let mut sums = vec![0.0; self.inverse.len()];
		for column in &self.inverse {
			sums.iter_mut().zip(column).for_each(|(sum, r)| *sum += r * r);
		}
		sums
	}

	/// Variances of β that hold for errors of unequal variance: the HC3 estimator of MacKinnon and White (Journal of Econometrics 29,
	/// 1985), (XᵀX)⁻¹ Xᵀ diag(e² / (1-h)²) X (XᵀX)⁻¹, where h is the leverage of a row; `None` if a row has leverage 1.
	pub fn hc3_variances(&self, columns: &[Vec<f64>], residuals: &[f64]) -> Option<Vec<f64>> {
		// Rows of Q = X R⁻¹ are orthonormal coordinates: h = |q|², and (XᵀX)⁻¹ x = R⁻¹ q.
		let q: Vec<Vec<f64>> = self.inverse.iter().map(|weights| combine(columns, weights)).collect();
		let mut leverage = vec![0.0; residuals.len()];
		for column in &q {
			leverage.iter_mut().zip(column).for_each(|(h, q)| *h += q * q);
		}
		if leverage.iter().any(|h| *h > 1.0 - 1e-12) {
			return None;
		}
		let size = self.inverse.len();
		let rows_of_inverse =
			(0..size).map(|at| self.inverse.iter().filter_map(|column| column.get(at).copied()).collect::<Vec<f64>>());
		let variance = |row: Vec<f64>| {
			let influence = combine(&q, &row);
			let parts = influence.iter().zip(residuals.iter().zip(&leverage));
			parts.map(|(a, (e, h))| a * a * e * e / ((1.0 - h) * (1.0 - h))).sum()
		};
		Some(rows_of_inverse.map(variance).collect())
	}
}

/// Σ_k column_k · weight_k, row by row.
pub(crate) fn combine(columns: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
	let mut sums = vec![0.0; columns.first().map_or(0, Vec::len)];
	for (column, weight) in columns.iter().zip(weights) {
		sums.iter_mut().zip(column).for_each(|(sum, x)| *sum += x * weight);
	}
	sums
}

/// Sum of products, in the order of rows.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
	a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Arithmetic mean.
pub(crate) fn mean(values: &[f64]) -> f64 {
	values.iter().sum::<f64>() / count(values.len())
}
