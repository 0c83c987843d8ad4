//! Symmetric matrices in a fixed order of operations: only `+ - * /` and square root.
#![allow(
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects,
	reason = "indices run below the dimension that the constructor allocates for"
)]

/// A symmetric matrix, stored in full, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Symmetric {
	size: usize,
	cells: Vec<f64>,
}

/// Sweeps of the Jacobi method; it converges quadratically and needs fewer.
const SWEEPS: usize = 30;

impl Symmetric {
	/// The identity.
	pub fn identity(size: usize) -> Self {
		let mut matrix = Self { size, cells: vec![0.0; size * size] };
		for at in 0..size {
			matrix.set(at, at, 1.0);
		}
		matrix
	}

	/// Number of rows.
	pub fn size(&self) -> usize {
		self.size
	}

	/// Cell (i, j); 0 outside.
	pub fn get(&self, i: usize, j: usize) -> f64 {
		if i >= self.size || j >= self.size {
			return 0.0;
		}
		self.cells[i * self.size + j]
	}

	/// Sets cells (i, j) and (j, i); nothing outside.
	pub fn set(&mut self, i: usize, j: usize, value: f64) {
		if i < self.size && j < self.size {
			self.cells[i * self.size + j] = value;
			self.cells[j * self.size + i] = value;
		}
	}

	/// The rows of the lower Cholesky factor L, L Lᵀ = A; row i has i + 1 cells. `None` unless
	/// every pivot is at least `floor`.
	pub fn cholesky(&self, floor: f64) -> Option<Vec<Vec<f64>>> {
		let mut rows: Vec<Vec<f64>> = Vec::with_capacity(self.size);
		for i in 0..self.size {
			let mut row = Vec::with_capacity(i + 1);
			for (j, above) in rows.iter().enumerate() {
				let dot: f64 = row.iter().zip(above).map(|(a, b): (&f64, &f64)| a * b).sum();
				row.push((self.get(i, j) - dot) / above[j]);
			}
			let squares: f64 = row.iter().map(|x| x * x).sum();
			let pivot = self.get(i, i) - squares;
			if pivot.is_nan() || pivot < floor {
				return None;
			}
			row.push(pivot.sqrt());
			rows.push(row);
		}
		Some(rows)
	}

	/// The nearest matrix whose eigenvalues are at least `floor`, scaled back to a unit diagonal
	/// (spectral clipping; Jacobi's cyclic method).
	pub fn clipped(&self, floor: f64) -> Self {
		let size = self.size;
		let mut work = self.clone();
		let mut vectors = Self::identity(size).cells; // rows are eigenvectors
		for _ in 0..SWEEPS {
			let mut largest: f64 = 0.0;
			for p in 0..size {
				for q in p + 1..size {
					let off = work.get(p, q);
					largest = largest.max(off.abs());
					if off.abs() > 1e-13 {
						work.rotate(&mut vectors, p, q);
					}
				}
			}
			if largest <= 1e-11 {
				break;
			}
		}
		let mut sum = vec![0.0; size * size];
		for k in 0..size {
			let value = work.get(k, k).max(floor);
			let vector = &vectors[k * size..(k + 1) * size];
			for i in 0..size {
				let scaled = value * vector[i];
				let row = &mut sum[i * size..(i + 1) * size];
				for (cell, v) in row.iter_mut().zip(vector) {
					*cell += scaled * v;
				}
			}
		}
		let mut result = Self::identity(size);
		for i in 0..size {
			for j in 0..i {
				let scale = (sum[i * size + i] * sum[j * size + j]).sqrt();
				result.set(i, j, sum[i * size + j] / scale);
			}
		}
		result
	}

	/// One Jacobi rotation that makes cell (p, q) zero, applied to the eigenvectors too.
	fn rotate(&mut self, vectors: &mut [f64], p: usize, q: usize) {
		let size = self.size;
		let theta = (self.get(q, q) - self.get(p, p)) / (2.0 * self.get(p, q));
		let sign = if theta < 0.0 { -1.0 } else { 1.0 };
		let tangent = sign / (theta.abs() + (theta * theta + 1.0).sqrt());
		let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
		let sine = tangent * cosine;
		let change = tangent * self.get(p, q);
		let (diagonal_p, diagonal_q) = (self.get(p, p) - change, self.get(q, q) + change);
		for k in 0..size {
			if k != p && k != q {
				let (a, b) = (self.get(p, k), self.get(q, k));
				self.set(p, k, cosine * a - sine * b);
				self.set(q, k, sine * a + cosine * b);
			}
		}
		self.set(p, p, diagonal_p);
		self.set(q, q, diagonal_q);
		self.set(p, q, 0.0);
		for k in 0..size {
			let (a, b) = (vectors[p * size + k], vectors[q * size + k]);
			vectors[p * size + k] = cosine * a - sine * b;
			vectors[q * size + k] = sine * a + cosine * b;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn clipping_repairs_an_impossible_correlation_and_spares_a_possible_one() {
		let mut impossible = Symmetric::identity(3);
		impossible.set(0, 1, 0.9);
		impossible.set(1, 2, 0.9);
		impossible.set(0, 2, -0.9);
		assert!(impossible.cholesky(1e-9).is_none());
		let repaired = impossible.clipped(1e-4);
		assert!(repaired.cholesky(1e-9).is_some());
		assert!(repaired.get(0, 1) > 0.4 && repaired.get(0, 2) < -0.4);

		let mut possible = Symmetric::identity(3);
		possible.set(0, 1, 0.5);
		possible.set(1, 2, -0.25);
		let same = possible.clipped(1e-4);
		assert!((same.get(0, 1) - 0.5).abs() < 1e-9 && (same.get(1, 2) + 0.25).abs() < 1e-9);
	}

	#[test]
	fn the_factor_multiplies_back() {
		let mut matrix = Symmetric::identity(2);
		matrix.set(0, 1, 0.6);
		let rows = matrix.cholesky(1e-9).unwrap();
		assert_eq!(rows, [vec![1.0], vec![0.6, 0.8]]);
	}
}
