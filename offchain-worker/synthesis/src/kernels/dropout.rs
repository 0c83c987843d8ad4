//! Dropout with masks from a stream of random numbers.

use crate::random::Stream;
use rand_core::Rng;

/// Bytes that are drawn at a time.
const BLOCK: usize = 1024;

/// A mask for inverted dropout (Srivastava and others, 2014): 0 with probability `drop` / 256, else 256 / (256 − `drop`), so
/// that expectations stay. One byte of the stream an element, drawn in blocks of 1024 bytes.
pub(crate) fn dropout_mask(stream: &mut Stream, drop: u8, mask: &mut [f32]) {
	let keep = 256.0 / (256.0 - f32::from(drop));
	let mut bytes = [0u8; BLOCK];
	for part in mask.chunks_mut(BLOCK) {
		stream.rng().fill_bytes(&mut bytes);
		part.iter_mut().zip(&bytes).for_each(|(mask, byte)| *mask = if *byte < drop { 0.0 } else { keep });
	}
}

/// Multiplies every element by its mask: forward on activations, backward on gradients.
pub(crate) fn apply_mask(values: &mut [f32], mask: &[f32]) {
	debug_assert_eq!(values.len(), mask.len());
	values.iter_mut().zip(mask).for_each(|(value, mask)| *value *= mask);
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn masks_drop_their_share_and_keep_the_mean() {
		let mut mask = vec![0.0; 200_000];
		dropout_mask(&mut Stream::new(&[1; 32], "dropout", 0), 64, &mut mask);
		let dropped = mask.iter().filter(|value| **value == 0.0).count();
		assert!((49_000..51_000).contains(&dropped), "{dropped}");
		assert!(mask.iter().all(|value| *value == 0.0 || *value == 4.0 / 3.0));
		dropout_mask(&mut Stream::new(&[1; 32], "dropout", 0), 0, &mut mask);
		assert!(mask.iter().all(|value| *value == 1.0));
	}

	#[test]
	fn a_mask_depends_on_the_stream_alone() {
		let draw = |length: usize| {
			let mut mask = vec![0.0; length];
			dropout_mask(&mut Stream::new(&[2; 32], "dropout", 5), 128, &mut mask);
			mask
		};
		assert_eq!(draw(1000)[..], draw(5000)[..1000]);
		let mut values = vec![3.0; 1000];
		apply_mask(&mut values, &draw(1000));
		assert!(values.iter().all(|value| *value == 0.0 || *value == 6.0));
	}
}
