//! An attack on noisy marginals.

use super::{AuditError, CanaryScore};

/// A released marginal as the attacker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedMarginal {
	/// Columns of the marginal, the last varying fastest.
	pub columns: Vec<usize>,
	/// Released counts, row-major.
	pub noisy: Vec<i64>,
	/// Standard deviation of the noise that was stated, in thousandths; at least 1.
	pub sigma_milli: u64,
}

/// Scores a canary by how far the cells it falls into exceed what the attacker knows to be there without canaries, each
/// marginal weighed by 1/σ²: the log-likelihood ratio of Gaussian noise, up to a constant (Neyman and Pearson 1933), if no
/// other canary shares the cells.
#[derive(Debug, Clone, PartialEq)]
pub struct MarginalScores {
	marginals: Vec<Excess>,
}

#[derive(Debug, Clone, PartialEq)]
struct Excess {
	/// Column and its stride.
	strides: Vec<(usize, usize)>,
	/// Released less known count, times 1/σ².
	cells: Vec<f64>,
}

impl MarginalScores {
	/// The attack on `marginals` over columns of `sizes` levels, by an attacker who knows `background`: the data without any
	/// canary, column by column.
	///
	/// # Errors
	/// [`AuditError::Codes`] for a column, a code or a number of cells that does not fit the sizes.
	pub fn new(marginals: &[AuditedMarginal], sizes: &[usize], background: &[Vec<u32>]) -> Result<Self, AuditError> {
		let marginals =
			marginals.iter().map(|marginal| Excess::new(marginal, sizes, background)).collect::<Result<_, _>>()?;
		Ok(Self { marginals })
	}
}

impl CanaryScore for MarginalScores {
	fn score(&self, canary: &[u32]) -> f64 {
		let excess = |marginal: &Excess| marginal.cell(|column| canary.get(column).copied());
		self.marginals.iter().filter_map(|marginal| marginal.cells.get(excess(marginal)?)).sum()
	}
}

impl Excess {
	fn new(marginal: &AuditedMarginal, sizes: &[usize], background: &[Vec<u32>]) -> Result<Self, AuditError> {
		let mut strides = Vec::with_capacity(marginal.columns.len());
		let mut cells = 1usize;
		for column in marginal.columns.iter().rev().copied() {
			let unknown = AuditError::Codes { column, problem: "a marginal of a column that is not there" };
			let size = sizes.get(column).filter(|_| background.get(column).is_some()).ok_or(unknown)?;
			strides.push((column, cells));
			cells = cells.saturating_mul(*size);
		}
		let column = marginal.columns.first().copied().unwrap_or(0);
		if cells != marginal.noisy.len() {
			return Err(AuditError::Codes { column, problem: "a marginal with another number of cells" });
		}
		let mut known = Self { strides, cells: vec![0.0; cells] };
		known.count(background, column)?;
		let sigma = marginal.sigma_milli.max(1) as f64 / 1_000.0;
		for (cell, noisy) in known.cells.iter_mut().zip(&marginal.noisy) {
			*cell = (*noisy as f64 - *cell) / (sigma * sigma);
		}
		Ok(known)
	}

	/// Counts the rows in every cell.
	fn count(&mut self, codes: &[Vec<u32>], first: usize) -> Result<(), AuditError> {
		let rows = codes.get(first).map_or(0, Vec::len);
		for row in 0..rows {
			let cell = self.cell(|column| codes.get(column).and_then(|codes| codes.get(row)).copied());
			let problem = "columns of different length, or a code above the column's size";
			let wrong = AuditError::Codes { column: first, problem };
			let count = cell.and_then(|cell| self.cells.get_mut(cell)).ok_or(wrong)?;
			*count += 1.0;
		}
		Ok(())
	}

	/// Number of the cell that holds the codes; `None` if a code is missing.
	fn cell(&self, code: impl Fn(usize) -> Option<u32>) -> Option<usize> {
		self.strides.iter().try_fold(0usize, |cell, (column, stride)| {
			let code = usize::try_from(code(*column)?).ok()?;
			Some(cell.saturating_add(code.saturating_mul(*stride)))
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::audit::Canaries;
	use crate::privacy::add_discrete_gaussian;
	use crate::random::Stream;

	const SIZES: [usize; 2] = [60, 60];

	fn background() -> Vec<Vec<u32>> {
		vec![(0..500).map(|row| row % 7).collect(), (0..500).map(|row| row % 11).collect()]
	}

	/// Audits one run with noise `drawn` where `stated` is stated, both in thousandths.
	fn audit(drawn: u64, stated: u64) -> f64 {
		let canaries = Canaries::new(&SIZES, &background(), 400, &[8; 32], |_| true).unwrap();
		let codes = canaries.insert(&background()).unwrap();
		let mut noisy = vec![0i64; SIZES[0] * SIZES[1]];
		for (a, b) in codes[0].iter().zip(&codes[1]) {
			noisy[*a as usize * SIZES[1] + *b as usize] += 1;
		}
		add_discrete_gaussian(&mut noisy, drawn, &mut Stream::new(&[8; 32], "noise", 0)).unwrap();
		let marginal = AuditedMarginal { columns: vec![0, 1], noisy, sigma_milli: stated };
		let scores = MarginalScores::new(&[marginal], &SIZES, &background()).unwrap();
		canaries.audit(&scores, 100, 1e-5, 0.95).unwrap()
	}

	#[test]
	// σ = 1 is ρ = 0.5, which is ε = 4.74 at δ = 1e-5.
	fn honest_noise_is_not_accused_and_the_audit_has_power() {
		let found = audit(1_000, 1_000);
		assert!(found > 1.0 && found < 4.74, "{found}");
		assert!(audit(20_000, 20_000) < 0.5);
	}

	#[test]
	// σ = 4 is ρ = 1/32, which is ε = 1.02 at δ = 1e-5.
	fn noise_smaller_than_stated_is_found_out() {
		let found = audit(400, 4_000);
		assert!(found > 2.0, "{found}");
	}

	#[test]
	fn scores_are_the_weighted_excess_over_what_is_known() {
		let first = AuditedMarginal { columns: vec![0], noisy: vec![4, 1], sigma_milli: 2_000 };
		let both = AuditedMarginal { columns: vec![1, 0], noisy: vec![0, 1, 2, 3, 4, 5], sigma_milli: 1_000 };
		let known = [vec![0, 0, 1], vec![0, 2, 1]];
		let scores = MarginalScores::new(&[first, both], &[2, 3], &known).unwrap();
		// (4 − 2)/4 + (4 − 1) for codes (0, 2); (1 − 1)/4 + (1 − 0) for (1, 0).
		assert_eq!(scores.score(&[0, 2]), 3.5);
		assert_eq!(scores.score(&[1, 0]), 1.0);
	}

	#[test]
	fn marginals_that_do_not_fit_are_refused() {
		let new = |columns: &[usize], cells: usize, codes: &[Vec<u32>]| {
			let marginal = AuditedMarginal { columns: columns.to_vec(), noisy: vec![0; cells], sigma_milli: 0 };
			MarginalScores::new(&[marginal], &[2, 3], codes)
		};
		let known = [vec![0, 1], vec![2, 0]];
		assert!(new(&[0, 1], 6, &known).is_ok());
		assert!(new(&[0, 1], 5, &known).is_err());
		assert!(new(&[2], 2, &known).is_err());
		assert!(new(&[0, 1], 6, &[vec![0, 1], vec![2]]).is_err());
		assert!(new(&[0], 2, &[vec![7], vec![0]]).is_err());
	}
}
