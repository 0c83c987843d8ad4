//! Choices, read off bytes: the same bytes always lead to the same choices.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// What is left of the bytes. After their end every choice is the first one.
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
	/// Choices from `bytes`.
	pub fn new(bytes: &'a [u8]) -> Self {
		Self(bytes)
	}

	/// The next byte.
	pub fn byte(&mut self) -> u8 {
		let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
		self.0 = rest;
		*first
	}

	/// A number below `end`, which is at most 256; zero if `end` is zero.
	pub fn below(&mut self, end: u32) -> u32 {
		u32::from(self.byte()) * end.min(256) / 256
	}

	/// True in `of_256` of 256 cases.
	pub fn chance(&mut self, of_256: u8) -> bool {
		self.byte() < of_256
	}

	/// As many more choices as anybody wants, that follow from the next 16 bytes.
	pub fn stretched(&mut self) -> ChaCha20Rng {
		let mut seed = [0; 32];
		seed.iter_mut().take(16).for_each(|byte| *byte = self.byte());
		ChaCha20Rng::from_seed(seed)
	}

	/// One of `choices`, if there is one.
	pub fn of<T>(&mut self, choices: impl IntoIterator<Item = T>) -> Option<T> {
		let mut choices: Vec<T> = choices.into_iter().collect();
		let index = self.below(choices.len() as u32) as usize;
		(index < choices.len()).then(|| choices.swap_remove(index))
	}

	/// One of `choices`, of which there is at least one.
	pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
		choices[self.below(choices.len() as u32) as usize]
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use rand_core::Rng;

	#[test]
	fn choices_end_with_the_first() {
		let mut bytes = Bytes::new(&[255, 128]);
		assert_eq!((bytes.below(10), bytes.pick(&[1, 2]), bytes.pick(&[1, 2]), bytes.below(0)), (9, 2, 1, 0));
	}

	#[test]
	fn what_is_stretched_follows_from_the_bytes() {
		let drawn = |byte: u8| Bytes::new(&[byte]).stretched().next_u64();
		assert_eq!(drawn(1), drawn(1));
		assert_ne!(drawn(1), drawn(2));
	}
}
