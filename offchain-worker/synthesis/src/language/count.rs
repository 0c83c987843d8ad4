//! What a level stands for: rows, and at least how many patients.

/// Patients that a level, a bin or a token stands for at least.
pub(super) const FEWEST: u64 = 5;
/// Patients that are told apart; of more it is only known that they are as many.
const KNOWN: usize = 10;

/// The patient of every row, by number: rows of no patient belong to the last.
pub(super) fn owners(rows: usize, patients: &[Vec<usize>]) -> Vec<u32> {
	let mut owners = vec![u32::MAX; rows];
	for (patient, own) in (0u32..).zip(patients) {
		for row in own {
			if let Some(owner) = owners.get_mut(*row) {
				*owner = patient;
			}
		}
	}
	owners
}

/// Rows and the patients whose they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Count {
	pub rows: u64,
	/// Ascending, [`KNOWN`] at most.
	patients: Vec<u32>,
}

impl Count {
	/// All of these together.
	pub fn of<'a>(counts: impl IntoIterator<Item = &'a Self>) -> Self {
		let mut all = Self::default();
		counts.into_iter().for_each(|count| all.join(count));
		all
	}

	/// The rows of all of these together.
	pub fn rows_of<'a>(counts: impl IntoIterator<Item = &'a Self>) -> u64 {
		counts.into_iter().fold(0, |rows, count| rows.saturating_add(count.rows))
	}

	/// Adds a patient's row.
	pub fn add(&mut self, patient: u32) {
		self.rows = self.rows.saturating_add(1);
		self.know(patient);
	}

	/// Adds the rows of another.
	pub fn join(&mut self, other: &Self) {
		self.rows = self.rows.saturating_add(other.rows);
		other.patients.iter().for_each(|patient| self.know(*patient));
	}

	fn know(&mut self, patient: u32) {
		if self.patients.len() < KNOWN {
			if let Err(place) = self.patients.binary_search(&patient) {
				self.patients.insert(place, patient);
			}
		}
	}

	/// Whether these are [`FEWEST`] patients.
	pub fn is_enough(&self) -> bool {
		self.stands_for(FEWEST)
	}

	/// Whether these are twice as many as are enough.
	pub fn is_twice_enough(&self) -> bool {
		self.stands_for(FEWEST.saturating_mul(2))
	}

	fn stands_for(&self, patients: u64) -> bool {
		self.rows >= patients && u64::try_from(self.patients.len()).is_ok_and(|known| known >= patients)
	}

	/// Whether these are so many rows, and enough patients.
	pub fn holds(&self, rows: u64) -> bool {
		self.rows >= rows && self.is_enough()
	}

	/// One of so many equal parts, rounded up; it stands for the patients of the whole.
	pub fn part(&self, parts: usize) -> Self {
		let parts = u64::try_from(parts).unwrap_or(u64::MAX).max(1);
		Self { rows: self.rows.div_ceil(parts), patients: self.patients.clone() }
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn count(patients: &[u32]) -> Count {
		let mut count = Count::default();
		patients.iter().for_each(|patient| count.add(*patient));
		count
	}

	#[test]
	fn rows_of_few_patients_are_never_enough() {
		assert!(!count(&[3; 1_000]).is_enough());
		assert!(!count(&[1, 2, 3, 4, 1, 2, 3, 4, 1]).is_enough());
		assert!(count(&[1, 2, 3, 4, 1, 5]).is_enough());
	}

	#[test]
	fn patients_that_two_counts_share_are_counted_once() {
		let (these, those) = (count(&[1, 2, 3]), count(&[2, 3, 4]));
		assert!(!Count::of([&these, &those]).is_enough());
		assert!(Count::of([&these, &those, &count(&[9])]).is_enough());
	}

	#[test]
	fn ten_patients_are_twice_enough_and_a_part_of_their_rows_stands_for_all() {
		let ten = count(&(0..10).collect::<Vec<_>>());
		assert!(ten.is_twice_enough() && ten.holds(10) && !ten.holds(11));
		assert!(count(&(0..200).collect::<Vec<_>>()).is_twice_enough());
		assert!(ten.part(2).is_enough() && !ten.part(3).is_enough(), "4 rows are not 5 patients");
	}

	#[test]
	fn rows_have_their_patients() {
		assert_eq!(owners(4, &[vec![1], vec![0, 3]]), [1, 0, u32::MAX, 1]);
	}
}
