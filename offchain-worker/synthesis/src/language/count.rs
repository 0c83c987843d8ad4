//! What a level stands for: rows, and at least how many patients.

use std::iter::Sum;

/// Patients that a level, a bin or a token stands for at least.
pub(super) const FEWEST: u64 = 5;
/// A whole patient.
const PATIENT: u64 = 1 << 20;

/// Rows and the patients that they are.
///
/// A patient of k rows counts by 1/k in each of them. So counts add up over any levels, and at least as many patients as the
/// sum says are behind it; exactly so many where every row is another patient.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
	pub rows: u64,
	/// In units of 2^-20.
	patients: u64,
}

impl Count {
	/// What each row of a table counts. Rows of no patient are nobody's.
	pub fn of_rows(rows: usize, patients: &[Vec<usize>]) -> Vec<Self> {
		let mut counts = vec![Self { rows: 1, patients: 0 }; rows];
		for own in patients {
			let part = u64::try_from(own.len()).ok().and_then(|own| PATIENT.checked_div(own)).unwrap_or(0);
			for row in own {
				if let Some(count) = counts.get_mut(*row) {
					count.patients = part;
				}
			}
		}
		counts
	}

	/// Adds rows.
	pub fn add(&mut self, other: Self) {
		self.rows = self.rows.saturating_add(other.rows);
		self.patients = self.patients.saturating_add(other.patients);
	}

	/// Whether these are [`FEWEST`] patients.
	pub fn is_enough(&self) -> bool {
		self.patients >= FEWEST.saturating_mul(PATIENT)
	}

	/// Whether these are twice as many as are enough.
	pub fn is_twice_enough(&self) -> bool {
		self.patients >= FEWEST.saturating_mul(2).saturating_mul(PATIENT)
	}

	/// Whether these are so many rows, and enough patients.
	pub fn holds(&self, rows: u64) -> bool {
		self.rows >= rows && self.is_enough()
	}

	/// One of so many equal parts, rounded up.
	pub fn part(&self, parts: usize) -> Self {
		let parts = u64::try_from(parts).unwrap_or(u64::MAX).max(1);
		Self { rows: self.rows.div_ceil(parts), patients: self.patients.div_ceil(parts) }
	}
}

impl Sum for Count {
	fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
		counts.fold(Self::default(), |mut sum, count| {
			sum.add(count);
			sum
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn rows_of_one_patient_are_never_enough() {
		let counts = Count::of_rows(1_000, &[(0..1_000).collect()]);
		assert!(!counts.iter().copied().sum::<Count>().is_enough());
		let counts = Count::of_rows(8, &[vec![0], vec![1], vec![2], vec![3], (4..8).collect()]);
		assert!(counts.iter().copied().sum::<Count>().is_enough());
		assert!(!counts[..7].iter().copied().sum::<Count>().is_enough(), "a visit of the fifth patient is elsewhere");
	}

	#[test]
	fn rows_of_five_patients_with_one_each_are_enough() {
		let patients: Vec<Vec<usize>> = (0..5).map(|row| vec![row]).collect();
		let five: Count = Count::of_rows(5, &patients).into_iter().sum();
		assert!(five.holds(5) && !five.holds(6) && !five.is_twice_enough());
		assert!(!five.part(2).is_enough());
	}
}
