//! Random numbers as a function of a seed and a label.
//!
//! A [`Stream`] is ChaCha20 (RFC 8439) under a key from HKDF-SHA3-256 (RFC 5869) with the seed as
//! input keying material and the label as info; its `block` number selects ChaCha20's stream. Blocks
//! have a fixed size that does not depend on threads, so work may be split between them.

use crate::digest::Digest;
use hkdf::SimpleHkdf;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sha3::Sha3_256;

/// A stream of random numbers.
pub(crate) struct Stream(ChaCha20Rng);

impl Stream {
	/// The stream of `block` under `label`.
	pub fn new(seed: &Digest, label: &str, block: u64) -> Self {
		let mut key = [0u8; 32];
		// 32 bytes are far below HKDF's limit of 255 blocks, the only error there is.
		let _ = SimpleHkdf::<Sha3_256>::new(Some(b"semblance/synthesis/1"), seed).expand(label.as_bytes(), &mut key);
		let mut rng = ChaCha20Rng::from_seed(key);
		rng.set_stream(block);
		Self(rng)
	}

	/// The generator itself, for samplers of other crates.
	pub fn rng(&mut self) -> &mut ChaCha20Rng {
		&mut self.0
	}

	/// A fresh key, for streams below this one.
	pub fn key(&mut self) -> Digest {
		let mut key = [0u8; 32];
		self.0.fill_bytes(&mut key);
		key
	}

	/// Uniform on 0..2^32.
	pub fn uniform_u32(&mut self) -> u32 {
		self.0.next_u32()
	}

	/// Uniform on 0..bound by Lemire's multiplication with rejection; 0 when `bound` is 0.
	pub fn below(&mut self, bound: u64) -> u64 {
		if bound == 0 {
			return 0;
		}
		let threshold = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
		loop {
			let product = u128::from(self.0.next_u64()).wrapping_mul(u128::from(bound));
			let (high, low) = ((product >> 64) as u64, product as u64);
			if low >= threshold {
				return high;
			}
		}
	}

	/// Puts items in an order of which each is as likely (Fisher and Yates).
	pub fn shuffle<T>(&mut self, items: &mut [T]) {
		for at in (1..items.len()).rev() {
			let bound = u64::try_from(at).unwrap_or(u64::MAX).saturating_add(1);
			items.swap(at, usize::try_from(self.below(bound)).unwrap_or(0));
		}
	}

	/// Uniform on the open interval (0, 1): odd multiples of 2^-53.
	pub fn uniform(&mut self) -> f64 {
		let odd = (self.0.next_u64() >> 11) | 1;
		odd as f64 / 9_007_199_254_740_992.0
	}

	/// Standard normal, by inversion.
	pub fn normal(&mut self) -> f64 {
		crate::normal::quantile(self.uniform())
	}

	/// True with probability `p`.
	pub fn chance(&mut self, p: f64) -> bool {
		self.uniform() < p
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn labels_and_blocks_give_streams_of_their_own() {
		let first = |label, block| Stream::new(&[7; 32], label, block).uniform_u32();
		assert_eq!(first("a", 0), first("a", 0));
		assert_ne!(first("a", 0), first("b", 0));
		assert_ne!(first("a", 0), first("a", 1));
		assert_ne!(first("a", 0), Stream::new(&[8; 32], "a", 0).uniform_u32());
	}

	#[test]
	// Checked against an independent HKDF-SHA3-256 and ChaCha20.
	fn the_stream_is_golden() {
		let mut stream = Stream::new(&[7; 32], "golden", 3);
		let drawn: Vec<u32> = (0..4).map(|_| stream.uniform_u32()).collect();
		assert_eq!(drawn, GOLDEN);
	}

	const GOLDEN: [u32; 4] = [2_344_818_050, 2_039_574_202, 4_106_616_686, 2_992_407_021];

	#[test]
	fn bounded_draws_stay_below_and_reach_every_value() {
		let mut stream = Stream::new(&[1; 32], "below", 0);
		let mut counts = [0u32; 6];
		for _ in 0..6000 {
			counts[stream.below(6) as usize] += 1;
		}
		assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
	}
}
