//! The copula's correlation as integers: parts of 2^30, lower triangle.

use super::matrix::Symmetric;

/// One, in the integers of the artefact.
pub(crate) const ONE: i32 = 1 << 30;
/// Least pivot of the Cholesky factor.
const PIVOT: f64 = 1e-7;
/// Least eigenvalue after repair.
const EIGENVALUE: f64 = 1e-4;
/// Matrices up to this size are repaired by their spectrum, larger ones by shrinking.
const SPECTRAL: usize = 400;
/// Most dimensions.
pub(crate) const MOST_DIMENSIONS: usize = 1024;

/// A positive definite correlation matrix in integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Correlation {
	/// Number of latent dimensions.
	pub dimensions: usize,
	/// Cells (1,0), (2,0), (2,1), (3,0) … times 2^30.
	pub cells: Vec<i32>,
}

impl Correlation {
	/// No latent dimension.
	pub fn none() -> Self {
		Self { dimensions: 0, cells: Vec::new() }
	}

	/// Rounds a correlation matrix, repairing it until its integers are positive definite.
	pub fn from_matrix(matrix: &Symmetric) -> Self {
		let repaired = if matrix.cholesky(EIGENVALUE).is_some() || matrix.size() > SPECTRAL {
			matrix.clone()
		} else {
			matrix.clipped(EIGENVALUE)
		};
		let mut kept = 1.0;
		loop {
			let rounded = Self::rounded(&repaired, kept);
			if kept < 0.01 || rounded.factor().is_some() {
				return rounded;
			}
			kept *= if kept > 0.999 { 0.9999 } else { 0.95 };
		}
	}

	/// Off-diagonal cells times `kept`, rounded half away from zero.
	fn rounded(matrix: &Symmetric, kept: f64) -> Self {
		let size = matrix.size();
		let kept = if kept < 0.01 { 0.0 } else { kept };
		let cells = (0..size)
			.flat_map(|i| (0..i).map(move |j| (i, j)))
			.map(|(i, j)| {
				let scaled = (matrix.get(i, j) * kept).clamp(-1.0, 1.0) * f64::from(ONE);
				let half = if scaled < 0.0 { -0.5 } else { 0.5 };
				(scaled + half) as i32
			})
			.collect();
		Self { dimensions: size, cells }
	}

	/// Rows of the lower Cholesky factor; `None` if the integers are no correlation matrix.
	pub fn factor(&self) -> Option<Vec<Vec<f64>>> {
		let mut matrix = Symmetric::identity(self.dimensions);
		let mut cells = self.cells.iter();
		for i in 0..self.dimensions {
			for j in 0..i {
				let cell = *cells.next()?;
				if cell.unsigned_abs() > ONE.unsigned_abs() {
					return None;
				}
				matrix.set(i, j, f64::from(cell) / f64::from(ONE));
			}
		}
		matrix.cholesky(PIVOT)
	}
}
