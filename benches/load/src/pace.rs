//! When transactions become due.

/// A steady rate over a time. Transaction `k`, from 0, is due at `k / per_second` seconds, whether or not the ones before could
/// be sent: a chain that slows the sender down must not be asked for less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
	per_second: f64,
	total: u64,
}

impl Pace {
	/// `per_second` transactions for `seconds`, and at least one.
	pub fn new(per_second: f64, seconds: f64) -> Self {
		// Rounded, since products such as 0.1 × 30 fall a little short.
		Self { per_second, total: ((per_second * seconds).round() as u64).max(1) }
	}

	/// All transactions that ever become due.
	pub fn total(&self) -> u64 {
		self.total
	}

	/// How many transactions are due until `elapsed` seconds after the start.
	pub fn due_until(&self, elapsed: f64) -> u64 {
		if elapsed < 0.0 {
			return 0;
		}
		((elapsed * self.per_second).floor() as u64).saturating_add(1).min(self.total)
	}

	/// Seconds after the start at which transaction `k` is due.
	pub fn due_at(&self, k: u64) -> f64 {
		k as f64 / self.per_second
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn transactions_are_due_evenly_and_from_the_start() {
		let pace = Pace::new(4.0, 2.0);
		assert_eq!(pace.total(), 8);
		assert_eq!(pace.due_until(-0.1), 0);
		assert_eq!(pace.due_until(0.0), 1);
		assert_eq!(pace.due_until(0.24), 1);
		assert_eq!(pace.due_until(0.25), 2);
		assert_eq!(pace.due_at(7), 1.75);
	}

	#[test]
	fn a_sender_that_was_held_up_finds_all_it_missed_due_at_their_own_times() {
		let pace = Pace::new(10.0, 10.0);
		assert_eq!(pace.due_until(5.0) - pace.due_until(1.0), 40);
		assert_eq!(pace.due_at(11), 1.1);
		assert_eq!(pace.due_until(1_000.0), 100);
	}

	#[test]
	fn slow_rates_send_at_least_one() {
		assert_eq!(Pace::new(0.1, 5.0).total(), 1);
		assert_eq!(Pace::new(0.1, 30.0).total(), 3);
	}

	proptest! {
		#[test]
		fn nothing_is_due_before_its_time(per_second in 0.01f64..10_000.0, k in 0u64..1_000) {
			let pace = Pace::new(per_second, 1e6);
			prop_assert!(pace.due_until(pace.due_at(k) * 0.999 - 1e-9) <= k.max(1));
			prop_assert!(pace.due_until(pace.due_at(k) * 1.001 + 1e-9) > k);
		}
	}
}
