//! The critic, and the gradient of its gradient penalty in closed form.
//!
//! c(x) = a₂w₃ + b₃ with a₁ = s₁∘(xW₁ + b₁), a₂ = s₂∘(a₁W₂ + b₂), where s holds LeakyReLU's slope of every unit.
//! Between the kinks c is linear in x, so the gradient at a point is a chain of products with the
//! slopes of that point:
//!
//! ```text
//! u₂ = s₂∘w₃ᵀ    u₁ = s₁∘(u₂W₂ᵀ)    g = ∇ₓc = u₁W₁ᵀ
//! ```
//!
//! The penalty of a batch of B points is P = λ/B · Σ(‖g‖ − 1)² (Gulrajani et al. 2017), so ∂P/∂g = h with
//! h = 2λ/B · (‖g‖ − 1)/‖g‖ · g. Slopes are constant almost everywhere, and the chain is linear in each weight:
//!
//! ```text
//! ∂P/∂W₁ = hᵀu₁    v₁ = s₁∘(hW₁)    ∂P/∂W₂ = v₁ᵀu₂    v₂ = s₂∘(v₁W₂)    ∂P/∂w₃ = Σ v₂    ∂P/∂b = 0
//! ```
//!
//! A pack's conditions are inputs too, but real, fake and mixed packs share them: the penalty is on the rows alone, and
//! conditions are added as rows of weights A to xW₁, not multiplied.
//!
//! These have the form of a backward pass with h in place of x and u in place of the deltas, so real, fake and mixed
//! points share one product per weight.

use super::parameter::Parameter;
use crate::{
	kernels::{add_bias, column_sums, multiply_at_threads, multiply_bt_threads, multiply_threads, Matrix},
	random::Stream,
};

/// Slope of LeakyReLU below 0.
const LEAK: f32 = 0.2;

/// The critic's parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Critic {
	pub first: Parameter,
	/// Weights of the conditions' places, for every row of a pack.
	pub asked: Parameter,
	pub first_bias: Parameter,
	pub second: Parameter,
	pub second_bias: Parameter,
	/// One column.
	pub last: Parameter,
}

/// What a forward pass leaves.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Seen {
	slopes: [Matrix; 2],
	units: [Matrix; 2],
	/// c of every point, up to the constant b₃, which cancels in both losses.
	pub scores: Vec<f32>,
}

impl Critic {
	/// A fresh critic of packs of rows with `width` places, each with a condition of `conditions`.
	pub fn new(pack: usize, width: usize, conditions: usize, hidden: usize, stream: &mut Stream) -> Self {
		let (rows, asked) = (width.saturating_mul(pack), conditions.saturating_mul(pack));
		let inputs = rows.saturating_add(asked);
		Self {
			first: Parameter::uniform(rows, hidden, inputs, stream),
			asked: Parameter::uniform(asked, hidden, inputs, stream),
			first_bias: Parameter::uniform(1, hidden, inputs, stream),
			second: Parameter::uniform(hidden, hidden, hidden, stream),
			second_bias: Parameter::uniform(1, hidden, hidden, stream),
			last: Parameter::uniform(hidden, 1, hidden, stream),
		}
	}

	/// All parameters in a fixed order.
	pub fn parameters(&self) -> Vec<&Parameter> {
		vec![&self.first, &self.asked, &self.first_bias, &self.second, &self.second_bias, &self.last]
	}

	/// The same, to change them.
	pub fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
		let first = [&mut self.first, &mut self.asked, &mut self.first_bias];
		first.into_iter().chain([&mut self.second, &mut self.second_bias, &mut self.last]).collect()
	}

	/// Places in [`Critic::asked`] of packs' conditions; those past the end stay there.
	pub fn places(&self, pack: usize, conditions: &[usize]) -> Vec<usize> {
		let width = self.asked.value.rows.checked_div(pack).unwrap_or(0);
		let place = |(at, own): (usize, &usize)| {
			let slot = at.checked_rem(pack).unwrap_or(0);
			if *own < width {
				slot.saturating_mul(width).saturating_add(*own)
			} else {
				usize::MAX
			}
		};
		conditions.iter().enumerate().map(place).collect()
	}

	/// Scores of all points. `asked` holds the places of each point's conditions, equally many per point.
	pub fn forward(&self, points: &Matrix, asked: &[usize]) -> Seen {
		let (rows, hidden) = (points.rows, self.first.value.cols);
		let mut first = Matrix::zeros(rows, hidden);
		let pack = asked.len().checked_div(rows).unwrap_or(0).max(1);
		for (row, places) in asked.chunks(pack).enumerate() {
			let out = first.row_mut(row);
			for place in places {
				out.iter_mut().zip(self.asked.value.row(*place)).for_each(|(sum, weight)| *sum += weight);
			}
		}
		let layer = |inputs: &Matrix, weights: &Parameter, bias: &Parameter, mut units: Matrix| {
			add_bias(units.view_mut(), &bias.value.data);
			multiply_threads(inputs.view(), weights.value.view(), units.view_mut(), true);
			let mut slopes = Matrix::zeros(rows, hidden);
			for (unit, slope) in units.data.iter_mut().zip(&mut slopes.data) {
				*slope = if *unit > 0.0 { 1.0 } else { LEAK };
			}
			for (unit, slope) in units.data.iter_mut().zip(&slopes.data) {
				*unit *= slope;
			}
			(units, slopes)
		};
		let (first, first_slopes) = layer(points, &self.first, &self.first_bias, first);
		let (second, second_slopes) = layer(&first, &self.second, &self.second_bias, Matrix::zeros(rows, hidden));
		let scores = (0..rows).map(|row| dot(second.row(row), &self.last.value.data)).collect();
		Seen { slopes: [first_slopes, second_slopes], units: [first, second], scores }
	}

	/// u₂ and u₁, each row times its weight: the deltas of Σ weight·c.
	fn deltas(&self, seen: &Seen, weights: &[f32]) -> [Matrix; 2] {
		let [first_slopes, second_slopes] = &seen.slopes;
		let mut second = Matrix::zeros(second_slopes.rows, second_slopes.cols);
		for (row, weight) in weights.iter().enumerate() {
			let terms = second_slopes.row(row).iter().zip(&self.last.value.data);
			for (place, (slope, last)) in second.row_mut(row).iter_mut().zip(terms) {
				*place = weight * slope * last;
			}
		}
		let mut first = Matrix::zeros(first_slopes.rows, first_slopes.cols);
		multiply_bt_threads(second.view(), self.second.value.view(), first.view_mut(), false);
		for (place, slope) in first.data.iter_mut().zip(&first_slopes.data) {
			*place *= slope;
		}
		[first, second]
	}

	/// Gradient of Σ weight·c at every point.
	pub fn at_points(&self, seen: &Seen, weights: &[f32]) -> Matrix {
		let [first, _] = self.deltas(seen, weights);
		let mut out = Matrix::zeros(first.rows, self.first.value.rows);
		multiply_bt_threads(first.view(), self.first.value.view(), out.view_mut(), false);
		out
	}

	/// Leaves the gradients of Σ weight·c over the first `weights.len()` points plus the penalty λ over the others,
	/// which it overwrites. Returns the penalty.
	pub fn backward(
		&mut self,
		points: &mut Matrix,
		asked: &[usize],
		seen: &mut Seen,
		weights: &[f32],
		lambda: f32,
	) -> f32 {
		let plain = weights.len();
		let mixed = points.rows.saturating_sub(plain);
		let mut all = weights.to_vec();
		all.resize(points.rows, 1.0);
		let [first, second] = self.deltas(seen, &all);
		let mut slope = Matrix::zeros(mixed, points.cols);
		let bottom = self.first.value.view();
		multiply_bt_threads(first.rows_view(plain..points.rows), bottom, slope.view_mut(), false);
		let penalty = scale_to_penalty(&mut slope, lambda);
		for row in 0..mixed {
			points.row_mut(plain.saturating_add(row)).copy_from_slice(slope.row(row));
		}
		// v₁ and v₂ take the place of the mixed points' units.
		let [below, above] = &mut seen.units;
		let [below_slopes, above_slopes] = &seen.slopes;
		let masked = |inputs: &Matrix, weights: &Parameter, slopes: &Matrix, units: &mut Matrix| {
			let mut made = Matrix::zeros(mixed, units.cols);
			multiply_threads(inputs.rows_view(plain..points.rows), weights.value.view(), made.view_mut(), false);
			for row in 0..mixed {
				let at = plain.saturating_add(row);
				for (unit, (value, slope)) in units.row_mut(at).iter_mut().zip(made.row(row).iter().zip(slopes.row(at)))
				{
					*unit = value * slope;
				}
			}
		};
		masked(points, &self.first, below_slopes, below);
		masked(below, &self.second, above_slopes, above);
		multiply_at_threads(points.view(), first.view(), self.first.gradient.view_mut(), false);
		multiply_at_threads(below.view(), second.view(), self.second.gradient.view_mut(), false);
		let weights = Matrix { rows: all.len(), cols: 1, data: all };
		multiply_at_threads(above.view(), weights.view(), self.last.gradient.view_mut(), false);
		let pack = asked.len().checked_div(points.rows).unwrap_or(0).max(1);
		self.asked.gradient.data.fill(0.0);
		for (row, places) in asked.chunks(pack).enumerate().take(plain) {
			for place in places {
				let sums = self.asked.gradient.row_mut(*place);
				sums.iter_mut().zip(first.row(row)).for_each(|(sum, delta)| *sum += delta);
			}
		}
		// Only the plain points move conditions and biases.
		column_sums(first.rows_view(0..plain), &mut self.first_bias.gradient.data, false);
		column_sums(second.rows_view(0..plain), &mut self.second_bias.gradient.data, false);
		penalty
	}
}

/// Turns every row g into h, and returns the penalty.
fn scale_to_penalty(slopes: &mut Matrix, lambda: f32) -> f32 {
	let count = slopes.rows.max(1) as f32;
	let mut penalty = 0.0;
	for row in 0..slopes.rows {
		let row = slopes.row_mut(row);
		let norm = dot(row, row).max(1e-24).sqrt();
		penalty += (norm - 1.0) * (norm - 1.0);
		let factor = 2.0 * lambda / count * (norm - 1.0) / norm;
		row.iter_mut().for_each(|place| *place *= factor);
	}
	lambda / count * penalty
}

/// Sum of products, in 8 lanes that are added in order.
fn dot(a: &[f32], b: &[f32]) -> f32 {
	let mut lanes = [0.0f32; 8];
	for (a, b) in a.chunks(8).zip(b.chunks(8)) {
		for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
			*lane += a * b;
		}
	}
	lanes.iter().sum()
}
