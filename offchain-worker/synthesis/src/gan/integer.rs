//! The trained generator in integers, so that sampling gives the same bytes on every machine.
//!
//! Activations are i16 in parts of 1 / [`UNIT`], weights i16 in parts of 2^-shift, sums i32 that wrap around: only the
//! last value of a sum must fit, and it does by a wide margin in whatever a training leaves. Logits and scalars leave
//! in parts of 1 / [`FINE`]. A token is drawn by integer weights 2^(−x) from a table of products of twelve constants.

use crate::random::Stream;

/// One unit of an activation.
pub(super) const UNIT: i16 = 512;
/// One unit of a logit or scalar.
pub(super) const FINE: i32 = 4_096;
/// log₂ of [`FINE`] / [`UNIT`].
const FINER: u32 = 3;
/// Range of a layer's shift.
pub(super) const SHIFTS: std::ops::RangeInclusive<u8> = 3..=13;

/// A layer: out = (bias + weights · in) / 2^shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layer {
	/// Parts of a weight: 2^-shift; one of [`SHIFTS`].
	pub shift: u8,
	/// Output by output; each as many as there are inputs.
	pub weights: Vec<i16>,
	/// One per output, in parts of 2^-shift / [`UNIT`].
	pub biases: Vec<i32>,
}

impl Layer {
	/// Rounds weights (inputs × outputs, row by row) and biases, to the finest parts in which the weights fit.
	pub fn new(weights: &[f32], biases: &[f32]) -> Self {
		let most = weights.iter().map(|weight| weight.abs()).fold(0.0f32, f32::max);
		let scale = |shift: u8| (1u32 << u32::from(shift.min(16))) as f32;
		let shift = SHIFTS.rev().find(|shift| most * scale(*shift) <= f32::from(i16::MAX)).unwrap_or(*SHIFTS.start());
		let (outputs, own) = (biases.len().max(1), scale(shift));
		let column = |at: usize| weights.iter().skip(at).step_by(outputs);
		Self {
			shift,
			// Casts saturate, and turn what is no number into 0.
			weights: (0..biases.len())
				.flat_map(|at| column(at).map(move |w| (w * own).round_ties_even() as i16))
				.collect(),
			biases: biases.iter().map(|bias| (bias * own * f32::from(UNIT)).round_ties_even() as i32).collect(),
		}
	}

	/// The sums of one row.
	fn sums<'a>(&'a self, inputs: &'a [i16]) -> impl Iterator<Item = i32> + 'a {
		let rows = self.weights.chunks(inputs.len().max(1));
		rows.zip(&self.biases).map(move |(weights, bias)| {
			let products = weights.iter().zip(inputs).map(|(w, x)| i32::from(*w).wrapping_mul(i32::from(*x)));
			products.fold(*bias, i32::wrapping_add)
		})
	}

	/// Appends ReLU of the outputs to the inputs.
	pub fn extend(&self, inputs: &mut Vec<i16>) {
		let shift = u32::from(self.shift);
		let most = i32::from(i16::MAX);
		let outputs: Vec<i16> = self.sums(inputs).map(|sum| (sum >> shift).clamp(0, most) as i16).collect();
		inputs.extend(outputs);
	}

	/// The outputs in parts of 1 / [`FINE`].
	pub fn outputs(&self, inputs: &[i16]) -> Vec<i32> {
		let shift = u32::from(self.shift).saturating_sub(FINER);
		self.sums(inputs).map(|sum| sum >> shift).collect()
	}
}

/// 2^(−2^−k) · 2^32 for k = 1..=12, rounded.
const ROOTS: [u64; 12] = [
	3_037_000_500,
	3_611_622_603,
	3_938_502_376,
	4_112_874_773,
	4_202_935_003,
	4_248_701_965,
	4_271_771_996,
	4_283_353_945,
	4_289_156_690,
	4_292_061_010,
	4_293_513_907,
	4_294_240_540,
];

/// log₂ e · 2^14, rounded.
const LOG2_E: u64 = 23_637;

/// Draws tokens by integer weights.
pub(super) struct Exponential(Vec<u32>);

impl Exponential {
	/// The table of 2^30 · 2^(−i / [`FINE`]).
	pub fn new() -> Self {
		let entry = |at: u32| {
			let bits = (0..12u32).rev().map(|bit| (at >> bit) & 1 == 1);
			let product =
				bits.zip(ROOTS).fold(
					1u64 << 30,
					|product, (set, root)| {
						if set {
							product.wrapping_mul(root) >> 32
						} else {
							product
						}
					},
				);
			u32::try_from(product).unwrap_or(u32::MAX)
		};
		Self((0..FINE.unsigned_abs()).map(entry).collect())
	}

	/// 2^30 · e^(−below / [`FINE`]).
	fn weight(&self, below: u32) -> u32 {
		let halvings = u64::from(below).saturating_mul(LOG2_E) >> 14;
		let whole = u32::try_from(halvings >> 12).unwrap_or(u32::MAX);
		let part = usize::try_from(halvings & 4_095).unwrap_or(0);
		self.0.get(part).and_then(|entry| entry.checked_shr(whole)).unwrap_or(0)
	}

	/// The token that softmax of the logits draws. `logits` in parts of 1 / [`FINE`].
	pub fn draw(&self, logits: &[i32], stream: &mut Stream) -> usize {
		let top = logits.iter().copied().max().unwrap_or(0);
		let weights = || logits.iter().map(|logit| u64::from(self.weight(top.abs_diff(*logit))));
		let total = weights().fold(0u64, u64::saturating_add);
		let mut point = stream.below(total);
		for (token, weight) in weights().enumerate() {
			if point < weight {
				return token;
			}
			point = point.saturating_sub(weight);
		}
		0
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn roots_are_those_of_a_half() {
		for (k, root) in (1..).zip(ROOTS) {
			let exact = libm::exp2(-libm::exp2(-f64::from(k))) * 4_294_967_296.0;
			assert!((root as f64 - exact).abs() <= 1.0, "{k}: {root} {exact}");
		}
	}

	#[test]
	fn weights_are_exponential_within_a_thousandth() {
		let table = Exponential::new();
		for below in (0..60_000).step_by(7) {
			let exact = 1_073_741_824.0 * libm::exp(-f64::from(below) / 4_096.0);
			let found = f64::from(table.weight(below));
			assert!((found - exact).abs() <= 1.0 + exact * 1e-3, "{below}: {found} {exact}");
		}
		assert_eq!(table.weight(u32::MAX), 0);
	}

	#[test]
	fn tokens_are_drawn_by_the_softmax_of_their_logits() {
		let table = Exponential::new();
		let mut stream = Stream::new(&[3; 32], "draw", 0);
		let logits = [0, 4_096, -4_096, i32::MIN];
		let mut counts = [0u32; 4];
		for _ in 0..40_000 {
			counts[table.draw(&logits, &mut stream)] += 1;
		}
		// e^0 : e^1 : e^-1 = .2447 : .6652 : .0900
		assert!(counts[0].abs_diff(9_788) < 300 && counts[1].abs_diff(26_609) < 300, "{counts:?}");
		assert_eq!(counts[3], 0);
	}

	#[test]
	fn a_layer_is_its_float_form_rounded() {
		let weights = [0.5, -1.25, 0.125, 3.0, -2.0, 0.75];
		let layer = Layer::new(&weights, &[0.25, -0.5]);
		let inputs = vec![512, -1_024, 256];
		// 0.5 − 2·0.125 − 0.5·2 + 0.25 = −0.5 and −1.25 − 2·3 + 0.5·0.75 − 0.5 = −7.375
		assert_eq!(layer.outputs(&inputs), [-2_048, -30_208]);
		let layer = Layer::new(&weights, &[1.25, -0.5]);
		let mut hidden = inputs;
		layer.extend(&mut hidden);
		assert_eq!(hidden[3..], [256, 0]);
	}

	#[test]
	fn weights_beyond_all_bounds_saturate() {
		let layer = Layer::new(&[f32::INFINITY, f32::NAN, -1e30], &[f32::NAN]);
		assert_eq!((layer.weights, layer.biases), (vec![i16::MAX, 0, i16::MIN], vec![0]));
	}
}
