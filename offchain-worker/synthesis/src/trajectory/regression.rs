//! Linear regression of few terms.

/// Ridge, as a part of the number of pairs.
const RIDGE: f64 = 0.005;

/// Least squares with a ridge on all coefficients but the last, by elimination; `None` if that is singular.
pub(super) fn regression<const N: usize>(pairs: &[([f64; N], f64)]) -> Option<[f64; N]> {
	let ridge = RIDGE * pairs.len() as f64;
	let mut matrix = vec![vec![0.0; N.saturating_add(1)]; N];
	for (at, row) in matrix.iter_mut().enumerate() {
		if let Some(cell) = row.get_mut(at).filter(|_| at.saturating_add(1) < N) {
			*cell = ridge;
		}
	}
	for (x, y) in pairs {
		for (row, own) in matrix.iter_mut().zip(x) {
			for (cell, other) in row.iter_mut().zip(x.iter().chain([y])) {
				*cell += own * other;
			}
		}
	}
	for at in 0..N {
		let (done, below) = matrix.split_at_mut(at.saturating_add(1));
		let pivot = done.last()?;
		let head = *pivot.get(at)?;
		if head.is_nan() || head <= 0.0 {
			return None;
		}
		for row in below {
			let factor = *row.get(at)? / head;
			row.iter_mut().zip(pivot.iter()).for_each(|(cell, own)| *cell -= factor * own);
		}
	}
	let mut found = [0.0; N];
	for (at, row) in matrix.iter().enumerate().rev() {
		let later = row.iter().zip(&found).skip(at.saturating_add(1)).map(|(cell, value)| cell * value);
		let value = (row.last()? - later.sum::<f64>()) / row.get(at)?;
		*found.get_mut(at)? = value;
	}
	found.iter().all(|value| value.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_regression_finds_the_coefficients() {
		let pairs: Vec<([f64; 10], f64)> = (0..5_000)
			.map(|n| {
				let (x, y) = (f64::from(n % 71) / 10.0 - 3.5, f64::from(n % 53) / 10.0 - 2.6);
				let (above, below) = ((x - 1.0).max(0.0), (x + 1.0).min(0.0));
				let [second, third] = [7, 11].map(|part| f64::from(u8::from(n % part == 0)));
				let terms = [x, 0.0, above, below, y, 0.0, second, third, 0.0, 1.0];
				(terms, 0.6 * x - 0.4 * above + 0.1 * below + 0.3 * y + 0.5 * second - 0.2)
			})
			.collect();
		let found = regression(&pairs).unwrap();
		for (found, wanted) in found.iter().zip([0.6, 0.0, -0.4, 0.1, 0.3, 0.0, 0.5, 0.0, 0.0, -0.2]) {
			assert!((found - wanted).abs() < 0.05, "{found} {wanted}");
		}
	}
}
