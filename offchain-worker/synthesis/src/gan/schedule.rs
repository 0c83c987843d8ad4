//! How large the networks are and how long they train: rules on the table's shape alone, so that nothing needs tuning
//! and the time has a bound.

use super::layout::Layout;

/// Sizes and steps of one training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
	/// Noise values of a row.
	pub noise: usize,
	/// Width of a hidden layer.
	pub hidden: usize,
	/// Rows of a step; a multiple of `pack`. The paper has 500: five times as many steps of 100 learn more in the same time.
	pub batch: usize,
	/// Rows that the critic judges together (PacGAN; Lin, Khetan, Fanti and Oh 2018).
	pub pack: usize,
	/// Steps of the whole training.
	pub steps: u64,
}

/// Passes over the rows, if the bounds below allow.
const EPOCHS: u64 = 200;
/// Fewest and most steps.
const STEPS: (u64, u64) = (4_000, 25_000);
/// Multiply-adds of the whole training, about.
const WORK: u64 = 8_000_000_000_000;
/// Fewest steps even of the widest table.
const FEWEST: u64 = 100;
/// Most places that the critic sees at once.
const MOST_PLACES: usize = 20_000;

impl Schedule {
	/// The schedule of a table.
	pub fn new(layout: &Layout, rows: usize) -> Self {
		let own = Self { noise: 128, hidden: 256, batch: 100, pack: 10, steps: 0 };
		let row = layout.width.saturating_add(layout.conditions).max(1);
		let pack = [10, 5, 4, 2].into_iter().find(|pack| row.saturating_mul(*pack) <= MOST_PLACES).unwrap_or(1);
		let own = Self { pack, ..own };
		let an_epoch = (rows as u64).checked_div(own.batch as u64).unwrap_or(0).max(1);
		let wanted = EPOCHS.saturating_mul(an_epoch).clamp(STEPS.0, STEPS.1);
		let affordable = WORK.checked_div(own.work(layout)).unwrap_or(0).max(FEWEST);
		Self { steps: wanted.min(affordable), ..own }
	}

	/// Multiply-adds of a step, about.
	fn work(&self, layout: &Layout) -> u64 {
		let (noise, hidden, batch) = (self.noise as u64, self.hidden as u64, self.batch as u64);
		let (width, conditions) = (layout.width as u64, layout.conditions as u64);
		let blocks = hidden.saturating_mul(noise.saturating_mul(2).saturating_add(hidden));
		let head = width.saturating_mul(noise.saturating_add(hidden.saturating_mul(2)));
		let generator = blocks.saturating_add(head).saturating_mul(4);
		// The first layer costs as much in one group of rows as in each of them: the group is as much wider.
		let critic = width.saturating_mul(10).saturating_add(conditions).saturating_mul(hidden);
		batch.saturating_mul(generator.saturating_add(critic)).max(1)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn steps(columns: usize, tokens: usize, rows: usize) -> u64 {
		Schedule::new(&Layout::new(std::iter::repeat_n((tokens, 0), columns)), rows).steps
	}

	#[test]
	fn small_tables_train_longer_per_row_and_wide_ones_shorter() {
		assert_eq!(steps(10, 5, 20), STEPS.0);
		assert!(steps(10, 5, 24_000) > steps(10, 5, 2_000));
		assert!(steps(200, 10, 24_000) < steps(10, 5, 24_000));
		assert!(steps(4_096, 10, 5_000_000) >= FEWEST);
	}

	#[test]
	fn batches_are_whole_packs_of_bounded_width() {
		for columns in [1, 100, 1_000, 4_096] {
			let layout = Layout::new(std::iter::repeat_n((9, 3), columns));
			let schedule = Schedule::new(&layout, 1_000);
			assert_eq!(schedule.batch % schedule.pack, 0);
			assert!(schedule.pack == 1 || schedule.pack * (layout.width + layout.conditions) <= MOST_PLACES);
		}
	}
}
