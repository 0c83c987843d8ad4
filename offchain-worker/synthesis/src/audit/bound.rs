//! The lower bound on ε.

use super::AuditError;

/// Most guesses: the bound takes time proportional to them.
const MAX_GUESSES: u64 = 1_000_000;
/// An ε that no audit of [`MAX_GUESSES`] reaches.
const MAX_EPSILON: f64 = 64.0;
/// Halvings of the interval in which ε is searched.
const HALVINGS: usize = 50;

/// What an attacker guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Guesses {
	/// Canaries, each included by a fair coin of its own.
	pub canaries: u64,
	/// Guesses made: at most one about each canary. Their number must not depend on which were right.
	pub made: u64,
	/// Guesses that were right.
	pub correct: u64,
}

/// Largest ε, to 10⁻¹², at which (ε, δ)-differential privacy is refuted by the guesses at level 1 − `confidence`; 0 if none is.
///
/// If the mechanism is (ε, δ)-private, the number W of correct guesses among r about m canaries satisfies, with
/// B ~ Binomial(r, e^ε/(e^ε + 1)),
/// P(W ≥ v) ≤ P(B ≥ v) + 2mδ · max over i in 1..=v of P(v > B ≥ v − i)/i
/// (Steinke, Nasr, Jagielski 2023, Theorem 5.2 and Appendix D). δ in [0, 1], `confidence` strictly between 0 and 1.
///
/// # Errors
/// [`AuditError::Guesses`], also for no guess or more than a million; [`AuditError::OutOfRange`].
pub fn epsilon_lower_bound(guesses: Guesses, delta: f64, confidence: f64) -> Result<f64, AuditError> {
	let Guesses { canaries, made, correct } = guesses;
	if made == 0 || made > MAX_GUESSES || correct > made || made > canaries {
		return Err(AuditError::Guesses { canaries, made, correct });
	}
	if !(0.0..=1.0).contains(&delta) {
		return Err(AuditError::OutOfRange { what: "delta", value: delta, range: "a probability" });
	}
	if !(confidence > 0.0 && confidence < 1.0) {
		let range = "a confidence strictly between 0 and 1";
		return Err(AuditError::OutOfRange { what: "the confidence", value: confidence, range });
	}
	let tail = Tail { log_choose: log_choose(made), guesses, delta };
	let refuted = |epsilon: f64| tail.p_value(epsilon) < 1.0 - confidence;
	if !refuted(0.0) {
		return Ok(0.0);
	}
	// Private at ε implies private at every larger ε: whatever is refuted refutes all below.
	let (mut low, mut high) = (0.0, MAX_EPSILON);
	for _ in 0..HALVINGS {
		let middle = 0.5 * (low + high);
		if refuted(middle) {
			low = middle;
		} else {
			high = middle;
		}
	}
	Ok(low)
}

struct Tail {
	/// k and ln C(r, k).
	log_choose: Vec<(u64, f64)>,
	guesses: Guesses,
	delta: f64,
}

impl Tail {
	/// Bound on the probability of so many correct guesses, at most 1.
	fn p_value(&self, epsilon: f64) -> f64 {
		let Guesses { canaries, made, correct } = self.guesses;
		// ln q and ln(1 − q) without cancellation.
		let log_right = -libm::log1p(libm::exp(-epsilon));
		let log_wrong = log_right - epsilon;
		let probability = |(k, log_choose): &(u64, f64)| {
			libm::exp(log_choose + *k as f64 * log_right + made.saturating_sub(*k) as f64 * log_wrong)
		};
		let (below, above) = self.log_choose.split_at((correct as usize).min(self.log_choose.len()));
		// From the far end of the tail, where the terms are small.
		let beyond: f64 = above.iter().rev().map(probability).sum();
		let mut within = 0.0;
		let mut slack = 0.0f64;
		for (i, term) in (1u64..).zip(below.iter().rev().map(probability)) {
			within += term;
			slack = slack.max(within / i as f64);
		}
		(beyond + slack * self.delta * 2.0 * canaries as f64).min(1.0)
	}
}

/// k and ln C(n, k) for k in 0..=n.
fn log_choose(n: u64) -> Vec<(u64, f64)> {
	let log_factorial = |k: u64| libm::lgamma(k as f64 + 1.0);
	let all = log_factorial(n);
	(0..=n).map(|k| (k, all - log_factorial(k) - log_factorial(n.saturating_sub(k)))).collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn bound(canaries: u64, made: u64, correct: u64, delta: f64) -> f64 {
		epsilon_lower_bound(Guesses { canaries, made, correct }, delta, 0.95).unwrap()
	}

	#[test]
	// Computed with 60 digits from the paper's Appendix D.
	fn bounds_are_those_of_the_paper() {
		for (canaries, made, correct, delta, epsilon) in [
			(100, 100, 100, 0.0, 3.492_965_431_152),
			(100, 100, 90, 0.0, 1.630_823_192_741),
			(1_000, 200, 190, 1e-5, 2.393_618_277_265),
			(1_000, 1_000, 700, 1e-5, 0.731_740_449_419),
			(1_000, 100, 100, 1e-3, 0.809_013_918_950),
			(1_000, 300, 285, 1e-5, 2.495_666_298_894),
		] {
			let found = bound(canaries, made, correct, delta);
			assert!((found - epsilon).abs() < 1e-9, "{correct} of {made}: {found}, not {epsilon}");
		}
	}

	#[test]
	fn guesses_no_better_than_a_coin_prove_nothing() {
		assert_eq!(bound(500, 50, 30, 1e-5), 0.0);
		assert_eq!(bound(10, 10, 5, 0.0), 0.0);
		assert_eq!(bound(100, 100, 0, 0.0), 0.0);
		assert_eq!(bound(100, 100, 100, 1.0), 0.0);
	}

	#[test]
	fn the_bound_grows_with_correct_guesses_and_falls_with_delta_and_confidence() {
		assert!((60..100).all(|correct| bound(200, 100, correct, 1e-6) <= bound(200, 100, correct + 1, 1e-6)));
		assert!(bound(200, 100, 95, 0.0) > bound(200, 100, 95, 1e-4));
		let guesses = Guesses { canaries: 200, made: 100, correct: 95 };
		let at = |confidence| epsilon_lower_bound(guesses, 0.0, confidence).unwrap();
		assert!(at(0.9) > at(0.99));
	}

	#[test]
	// Randomised response with q = e/(e + 1) on 1,000 canaries is 1-private: 690 to 770 right are typical.
	fn randomised_response_is_not_accused() {
		assert!(bound(1_000, 1_000, 731, 0.0) < 1.0);
		assert!(bound(1_000, 1_000, 731, 0.0) > 0.8);
	}

	#[test]
	fn a_million_guesses_stay_finite() {
		let all = bound(1_000_000, 1_000_000, 1_000_000, 0.0);
		assert!((12.0..14.0).contains(&all), "{all}");
	}

	#[test]
	fn contradictions_are_refused() {
		for (canaries, made, correct) in [(10, 0, 0), (10, 11, 5), (10, 5, 6), (u64::MAX, u64::MAX, 1)] {
			let refused = epsilon_lower_bound(Guesses { canaries, made, correct }, 0.0, 0.95);
			assert_eq!(refused, Err(AuditError::Guesses { canaries, made, correct }));
		}
		let guesses = Guesses { canaries: 10, made: 10, correct: 9 };
		for delta in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
			assert!(matches!(epsilon_lower_bound(guesses, delta, 0.95), Err(AuditError::OutOfRange { .. })));
		}
		for confidence in [0.0, 1.0, -1.0, f64::NAN] {
			assert!(matches!(epsilon_lower_bound(guesses, 0.0, confidence), Err(AuditError::OutOfRange { .. })));
		}
	}
}
