//! Choices, read off bytes: the same bytes always lead to the same choices.

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

	/// One of `choices`, of which there is at least one.
	pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
		choices[self.below(choices.len() as u32) as usize]
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn choices_end_with_the_first() {
		let mut bytes = Bytes::new(&[255, 128]);
		assert_eq!((bytes.below(10), bytes.pick(&[1, 2]), bytes.pick(&[1, 2]), bytes.below(0)), (9, 2, 1, 0));
	}
}
