//! The evaluator's own random choices: fixed, so that they are part of each metric's definition.

use crate::{digest::Digest, random::Stream};

/// Seed of every choice the evaluator makes.
const SEED: Digest = *b"semblance evaluation, version 1.";

/// The stream of one kind of choice.
pub(crate) fn stream(label: &str) -> Stream {
	Stream::new(&SEED, label, 0)
}

/// The numbers 0 to `count` - 1 in a fixed random order (Fisher and Yates).
pub(crate) fn shuffled(count: usize, label: &str) -> Vec<usize> {
	let mut order: Vec<usize> = (0..count).collect();
	let mut stream = stream(label);
	for last in (1..count).rev() {
		order.swap(last, pick(&mut stream, last.saturating_add(1)));
	}
	order
}

/// `most` of the numbers 0 to `count` - 1, chosen at random without replacement, ascending; all if there are fewer.
pub(crate) fn sample(count: usize, most: usize, label: &str) -> Vec<usize> {
	if count <= most {
		return (0..count).collect();
	}
	let mut chosen = shuffled(count, label);
	chosen.truncate(most);
	chosen.sort_unstable();
	chosen
}

/// Uniform on 0 to `bound` - 1; 0 when `bound` is 0.
pub(crate) fn pick(stream: &mut Stream, bound: usize) -> usize {
	usize::try_from(stream.below(u64::try_from(bound).unwrap_or(u64::MAX))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_sample_is_the_same_every_time_and_has_no_repetition() {
		let chosen = sample(1000, 100, "a");
		assert_eq!(chosen, sample(1000, 100, "a"));
		assert_ne!(chosen, sample(1000, 100, "b"));
		assert!(chosen.len() == 100 && chosen.windows(2).all(|w| w[0] < w[1]));
		assert_eq!(sample(3, 10, "a"), [0, 1, 2]);
		let mut all = shuffled(50, "a");
		all.sort_unstable();
		assert_eq!(all, (0..50).collect::<Vec<_>>());
	}
}
