//! From integer scores to a token, in integers only.

use crate::random::Stream;
use std::sync::LazyLock;

/// Scores are in units of 2^-16; e to the power of a score difference is put together from three tables.
struct Powers {
	/// e^-i for whole i.
	whole: [u64; 32],
	/// e^(-i / 256).
	middle: [u64; 256],
	/// e^(-i / 65,536).
	fine: [u64; 256],
}

/// In units of 2^-32. From the software `libm`, rounded: the same on every machine.
static POWERS: LazyLock<Powers> = LazyLock::new(|| {
	let power = |x: f64| libm::round(libm::exp(-x) * 4_294_967_296.0) as u64;
	Powers {
		whole: std::array::from_fn(|i| power(i as f64)),
		middle: std::array::from_fn(|i| power(i as f64 / 256.0)),
		fine: std::array::from_fn(|i| power(i as f64 / 65_536.0)),
	}
});

/// e^-below in units of 2^-32; `below` is at least 0, in units of 2^-16. 0 from e^-32 on.
fn power(below: i64) -> u64 {
	let below = u64::try_from(below).unwrap_or(0);
	let part = |table: &[u64], shift: u32| {
		let at = usize::try_from((below >> shift) & 0xff).unwrap_or(0);
		table.get(at).copied().unwrap_or(0)
	};
	if below >> 16 >= 32 {
		return 0;
	}
	let powers = &*POWERS;
	// Each is at most 2^32, so products are at most 2^64 − and never exactly, but for 1 × 1, which stays 2^32.
	let product = |a: u64, b: u64| u64::try_from((u128::from(a).wrapping_mul(u128::from(b))) >> 32).unwrap_or(u64::MAX);
	product(product(part(&powers.whole, 16), part(&powers.middle, 8)), part(&powers.fine, 0))
}

/// Weights of tokens in proportion to e^score, at most 2^32 each.
pub(crate) fn weights(scores: &[i64], weights: &mut Vec<u64>) {
	weights.clear();
	let highest = scores.iter().copied().max().unwrap_or(0);
	weights.extend(scores.iter().map(|score| power(highest.saturating_sub(*score))));
}

/// A token drawn by weight; `None` if all weights are 0.
pub(crate) fn draw(weights: &[u64], stream: &mut Stream) -> Option<u32> {
	let total = weights.iter().fold(0u64, |sum, weight| sum.saturating_add(*weight));
	if total == 0 {
		return None;
	}
	let mut point = stream.below(total);
	for (token, weight) in (0u32..).zip(weights) {
		match point.checked_sub(*weight) {
			None => return Some(token),
			Some(rest) => point = rest,
		}
	}
	None
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn powers_are_those_of_e() {
		for below in [0i64, 1, 255, 256, 65_535, 65_536, 700_000, 2_000_000] {
			let exact = libm::exp(-(below as f64) / 65_536.0) * 4_294_967_296.0;
			assert!((power(below) as f64 - exact).abs() <= 3.0, "{below}");
		}
		assert_eq!(power(40 << 16), 0);
	}

	#[test]
	fn tokens_come_as_often_as_their_scores_say() {
		let scores = [0i64, -65_536, i64::MIN / 2];
		let mut found = Vec::new();
		weights(&scores, &mut found);
		let mut stream = Stream::new(&[3; 32], "draw", 0);
		let mut counts = [0u32; 3];
		for _ in 0..10_000 {
			counts[draw(&found, &mut stream).unwrap() as usize] += 1;
		}
		// e / (e + 1) is .7311.
		assert!((7_150..7_470).contains(&counts[0]), "{counts:?}");
		assert_eq!(counts[2], 0);
		assert_eq!(draw(&[0, 0], &mut stream), None);
	}
}
