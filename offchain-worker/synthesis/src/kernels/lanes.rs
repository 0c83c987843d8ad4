//! Sums along a row: 8 lanes and one fixed tree, whatever the vectors of the processor.

/// Lanes of a sum along a row.
pub(super) const LANES: usize = 8;

/// The sum of the lanes: halves onto each other, three times.
#[inline(always)]
pub(super) fn fold([a, b, c, d, e, f, g, h]: [f32; LANES]) -> f32 {
	((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// The sum of `values`: lane `l` adds up elements `l`, `l + 8`, …, then [`fold`].
#[inline(always)]
pub(super) fn sum(values: &[f32]) -> f32 {
	let (chunks, rest) = values.as_chunks::<LANES>();
	let mut lanes = [0.0f32; LANES];
	for chunk in chunks {
		lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value);
	}
	lanes.iter_mut().zip(rest).for_each(|(lane, value)| *lane += value);
	fold(lanes)
}

/// The greatest of `values`; the lowest finite number if there is none. NaN are passed over.
#[inline(always)]
pub(super) fn greatest(values: &[f32]) -> f32 {
	let greater = |a: f32, b: f32| if b > a { b } else { a };
	let (chunks, rest) = values.as_chunks::<LANES>();
	let mut lanes = [f32::MIN; LANES];
	for chunk in chunks {
		lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane = greater(*lane, *value));
	}
	lanes.iter().chain(rest).fold(f32::MIN, |a, b| greater(a, *b))
}
