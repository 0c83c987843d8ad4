//! The generator's noise: 256 equally likely values of the standard normal distribution, one random byte each, so that
//! training and integer sampling see the same values.

use super::integer::UNIT;
use crate::random::Stream;
use rand_core::Rng;

/// Φ⁻¹((i + ½) / 256) for i = 128..256 in parts of 1 / [`UNIT`], rounded. The lower half has them negative.
const UPPER: [i16; 128] = [
	3, 8, 13, 18, 23, 28, 33, 38, 43, 48, 53, 58, 63, 68, 73, 78, 83, 88, 93, 98, 103, 109, 114, 119, 124, 129, 134,
	140, 145, 150, 155, 161, 166, 171, 176, 182, 187, 192, 198, 203, 209, 214, 220, 225, 231, 236, 242, 247, 253, 259,
	264, 270, 276, 282, 288, 294, 299, 305, 311, 318, 324, 330, 336, 342, 348, 355, 361, 368, 374, 381, 387, 394, 401,
	408, 415, 422, 429, 436, 443, 451, 458, 465, 473, 481, 489, 497, 505, 513, 521, 530, 538, 547, 556, 565, 575, 584,
	594, 604, 614, 624, 635, 646, 657, 669, 681, 693, 706, 719, 733, 747, 762, 777, 794, 811, 829, 848, 868, 890, 914,
	940, 968, 1000, 1036, 1079, 1130, 1196, 1290, 1477,
];

/// The value of a byte in parts of 1 / [`UNIT`].
fn value(byte: u8) -> i16 {
	let magnitude = |at: u8| UPPER.get(usize::from(at)).copied().unwrap_or(0);
	match byte.checked_sub(128) {
		Some(at) => magnitude(at),
		None => magnitude(127u8.saturating_sub(byte)).saturating_neg(),
	}
}

/// Fills places with noise for training.
pub(super) fn fill(places: &mut [f32], stream: &mut Stream) {
	let mut bytes = vec![0u8; places.len()];
	stream.rng().fill_bytes(&mut bytes);
	for (place, byte) in places.iter_mut().zip(bytes) {
		*place = f32::from(value(byte)) / f32::from(UNIT);
	}
}

/// Fills places with the same noise in parts of 1 / [`UNIT`].
pub(super) fn fill_units(places: &mut [i16], stream: &mut Stream) {
	let mut bytes = vec![0u8; places.len()];
	stream.rng().fill_bytes(&mut bytes);
	places.iter_mut().zip(bytes).for_each(|(place, byte)| *place = value(byte));
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn values_are_the_normal_quantiles() {
		for byte in 0..=255u8 {
			let exact = crate::normal::quantile((f64::from(byte) + 0.5) / 256.0) * f64::from(UNIT);
			assert!((f64::from(value(byte)) - exact).abs() <= 0.5, "{byte}");
		}
	}

	#[test]
	fn training_and_sampling_see_the_same_noise() {
		let (mut floats, mut units) = ([0.0; 300], [0; 300]);
		fill(&mut floats, &mut Stream::new(&[1; 32], "noise", 0));
		fill_units(&mut units, &mut Stream::new(&[1; 32], "noise", 0));
		assert!(floats.iter().zip(units).all(|(float, unit)| *float * 512.0 == f32::from(unit)));
	}
}
