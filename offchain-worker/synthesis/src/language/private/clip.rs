//! What one patient may add to a sum of gradients, in whole numbers.
//!
//! A gradient is a sum of products: of a layer's input with the derivative by its output. Both are rounded to whole
//! multiples of a unit, so a patient's gradient is a vector of whole *grid units* and sums of them are exact; nothing is hidden
//! in rounding errors of a sum. Its norm is found without computing it (Goodfellow 2015, "Efficient per-example gradient
//! computations"; Li and others 2022, "ghost clipping"): one row's gradient of a layer with input a, bias and output derivative
//! δ has the squared norm (‖a‖² + 1)·‖δ‖², and an embedding's is ‖δ‖² of the row that is looked up. Exact, because every
//! parameter belongs to one layer of one column.
//!
//! A patient's rows r together have a norm of at most Σ‖g_r‖, the bound for which all of them are scaled by the same factor,
//! min(1, limit / Σ‖g_r‖): with one row a patient it is the norm itself. Derivatives are scaled, then rounded towards zero,
//! which shrinks every term of the norms. At last the norms of what came out are added up in integers; a patient above
//! the limit, which no arithmetic leads to, would be left out.

use super::super::{
	network::{Batch, Pass},
	order::Order,
	shape::Shape,
};
use crate::{
	kernels::{Matrix, Whole},
	threads,
};
use std::ops::Range;

/// Fractional bits of inputs: a unit of a derivative is 2¹⁰ grid units.
pub(crate) const INPUT_BITS: u32 = 10;
/// 1 as an input: what a bias is multiplied with.
const ONE: f64 = 1_024.0;
/// Largest input, in units.
const LARGEST_INPUT: f64 = 1_048_576.0;
/// Shrinks factors by more than their rounding.
const BELOW: f64 = 1.0 - 1e-9;

/// How much one patient may add.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limit {
	/// Largest norm, in grid units.
	pub units: u64,
	/// The same norm as a number.
	pub norm: f64,
}

impl Limit {
	/// What a derivative of 1 is in its units.
	fn derivative_units(&self) -> f64 {
		self.units as f64 / (self.norm * ONE)
	}
}

/// Inputs of all layers in units.
pub(crate) struct Inputs {
	/// Embeddings side by side.
	pub embedded: Whole,
	/// Hidden numbers of every pass.
	pub hidden: Vec<Whole>,
}

impl Inputs {
	pub fn new(embedded: &Matrix, passes: &[Pass]) -> Self {
		Self { embedded: inputs(embedded), hidden: threads::map(passes, |pass| inputs(&pass.hidden)) }
	}
}

/// What is no number becomes 0.
fn inputs(matrix: &Matrix) -> Whole {
	let unit = |value: &f32| {
		let scaled = libm::rint(f64::from(*value) * ONE).clamp(-LARGEST_INPUT, LARGEST_INPUT);
		if scaled.is_finite() {
			scaled
		} else {
			0.0
		}
	};
	Whole { rows: matrix.rows, cols: matrix.cols, data: matrix.data.iter().map(unit).collect() }
}

/// Derivatives in units of 2¹⁰ grid units, such that no patient adds more than the limit.
pub(crate) struct Clipped {
	/// By the numbers before the softmax, of every pass.
	pub head: Vec<Whole>,
	/// By the numbers before the hidden layer, of every pass.
	pub hidden: Vec<Whole>,
	/// By the embedding of every column.
	pub embedding: Vec<Whole>,
}

/// What clipping looks at.
pub(crate) struct Gradients<'a> {
	pub shape: &'a Shape,
	pub order: &'a Order,
	pub batch: &'a Batch,
	/// Rows of the batch of every patient, one after the other.
	pub patients: &'a [Range<usize>],
	pub passes: &'a [Pass],
	pub embedding_deltas: &'a [Matrix],
	pub inputs: &'a Inputs,
}

impl Gradients<'_> {
	/// Scales and rounds the derivatives of every patient.
	pub fn clip(&self, limit: Limit) -> Clipped {
		let squares = self.input_squares();
		let norms = self.norms(&squares);
		let mut factors = vec![0.0f64; self.batch.rows];
		for patient in self.patients {
			let own = norms.get(patient.clone()).unwrap_or_default();
			let sum: f64 = own.iter().sum();
			// A norm that is no number leaves the patient out.
			let factor = if sum > limit.norm { limit.norm / sum } else { 1.0 };
			let factor = if sum.is_finite() { factor * BELOW * limit.derivative_units() } else { 0.0 };
			factors.get_mut(patient.clone()).unwrap_or_default().fill(factor);
		}
		let mut clipped = self.scaled(&factors);
		self.leave_out(&mut clipped, &squares, limit);
		clipped
	}

	/// Norm of the gradient of every row, before clipping.
	fn norms(&self, squares: &[Squares]) -> Vec<f64> {
		let mut sums = vec![0.0f64; self.batch.rows];
		let unit = 1.0 / (ONE * ONE);
		for (pass, squares) in self.passes.iter().zip(squares) {
			for (row, sum) in sums.iter_mut().enumerate() {
				let (head, hidden) = (square(pass.head_delta.row(row)), square(pass.hidden_delta.row(row)));
				*sum += head * squares.hidden(row) as f64 * unit + hidden * squares.known(row) as f64 * unit;
			}
		}
		for delta in self.embedding_deltas {
			for (row, sum) in sums.iter_mut().enumerate() {
				*sum += square(delta.row(row));
			}
		}
		sums.into_iter().map(libm::sqrt).collect()
	}

	/// Squared norms of the inputs of every pass, with the bias.
	fn input_squares(&self) -> Vec<Squares> {
		let hidden = self.inputs.hidden.iter();
		self.passes
			.iter()
			.zip(hidden)
			.map(|(pass, hidden)| {
				let known = self.order.known(self.shape, pass.column);
				let embedded = |row: usize| {
					let all = self.inputs.embedded.row(row);
					known.iter().fold(0u64, |sum, range| {
						sum.saturating_add(whole_square(all.get(range.clone()).unwrap_or_default()))
					})
				};
				let bias = 1u64 << INPUT_BITS << INPUT_BITS;
				Squares {
					known: (0..self.batch.rows).map(|row| embedded(row).saturating_add(bias)).collect(),
					hidden: (0..self.batch.rows)
						.map(|row| whole_square(hidden.row(row)).saturating_add(bias))
						.collect(),
				}
			})
			.collect()
	}

	fn scaled(&self, factors: &[f64]) -> Clipped {
		let both =
			threads::map(self.passes, |pass| (scaled(&pass.head_delta, factors), scaled(&pass.hidden_delta, factors)));
		let (head, hidden) = both.into_iter().unzip();
		Clipped { head, hidden, embedding: threads::map(self.embedding_deltas, |delta| scaled(delta, factors)) }
	}

	/// Leaves out every patient whose whole numbers are above the limit.
	fn leave_out(&self, clipped: &mut Clipped, squares: &[Squares], limit: Limit) {
		for patient in self.patients {
			let norm = patient.clone().fold(0u128, |sum, row| sum.saturating_add(clipped.norm(squares, row)));
			if norm > u128::from(limit.units) {
				patient.clone().for_each(|row| clipped.clear(row));
			}
		}
	}
}

/// Squared norms of inputs with their bias, in squared units, row by row.
pub(crate) struct Squares {
	known: Vec<u64>,
	hidden: Vec<u64>,
}

impl Squares {
	fn known(&self, row: usize) -> u64 {
		self.known.get(row).copied().unwrap_or(0)
	}

	fn hidden(&self, row: usize) -> u64 {
		self.hidden.get(row).copied().unwrap_or(0)
	}
}

impl Clipped {
	/// Norm of one row's gradient in grid units, rounded up: integers only.
	fn norm(&self, squares: &[Squares], row: usize) -> u128 {
		let layers = self.head.iter().zip(&self.hidden).zip(squares);
		let layer = |sum: u128, ((head, hidden), squares): ((&Whole, &Whole), &Squares)| {
			let product = |a: u64, b: u64| u128::from(a).saturating_mul(u128::from(b));
			let head = product(whole_square(head.row(row)), squares.hidden(row));
			sum.saturating_add(head).saturating_add(product(whole_square(hidden.row(row)), squares.known(row)))
		};
		let layers = layers.fold(0u128, layer);
		let looked_up = self.embedding.iter().fold(0u128, |sum, embedding| {
			sum.saturating_add(u128::from(whole_square(embedding.row(row))) << INPUT_BITS << INPUT_BITS)
		});
		let square = layers.saturating_add(looked_up);
		let root = square.isqrt();
		root.saturating_add(u128::from(root.saturating_mul(root) < square))
	}

	fn clear(&mut self, row: usize) {
		for matrix in self.head.iter_mut().chain(&mut self.hidden).chain(&mut self.embedding) {
			matrix.row_mut(row).fill(0.0);
		}
	}
}

/// Towards zero; what is no number, or beyond 2³⁰ units, which is beyond any limit, becomes 0 or stays there.
fn scaled(delta: &Matrix, factors: &[f64]) -> Whole {
	const MOST: f64 = 1_073_741_824.0;
	let mut whole = Whole::zeros(delta.rows, delta.cols);
	for (row, factor) in factors.iter().enumerate() {
		for (unit, value) in whole.row_mut(row).iter_mut().zip(delta.row(row)) {
			let scaled = libm::trunc(f64::from(*value) * factor).clamp(-MOST, MOST);
			*unit = if scaled.is_finite() { scaled } else { 0.0 };
		}
	}
	whole
}

fn square(values: &[f32]) -> f64 {
	values.iter().map(|value| f64::from(*value) * f64::from(*value)).sum()
}

/// Numbers are whole and at most 2³⁰ in magnitude.
fn whole_square(values: &[f64]) -> u64 {
	values.iter().fold(0u64, |sum, value| {
		let magnitude = value.abs() as u64;
		sum.saturating_add(magnitude.saturating_mul(magnitude))
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::language::private::sums::sums;
	use proptest::prelude::*;

	/// A hostile number: ordinary, huge, tiny, infinite, or none at all.
	fn number() -> impl Strategy<Value = f32> {
		prop_oneof![
			8 => -3.0f32..3.0,
			2 => Just(0.0f32),
			1 => any::<f32>(),
			1 => prop_oneof![Just(f32::INFINITY), Just(f32::NAN), Just(f32::MAX), Just(1e-42f32), Just(-1e30f32)],
		]
	}

	fn matrix(rows: usize, cols: usize, numbers: &mut impl Iterator<Item = f32>) -> Matrix {
		Matrix { rows, cols, data: numbers.take(rows * cols).collect() }
	}

	/// The exact gradient sum over some rows, in grid units, of what clipping left.
	fn gradient(numbers: &[f32], rows: usize, per_patient: usize, limit: Limit) -> Vec<Vec<i64>> {
		let shape = Shape::new(&[(3, true), (2, true), (4, true)]);
		let order = Order::of(&shape, &[2, 0, 1]);
		let mut numbers = numbers.iter().copied().cycle();
		let numbers = &mut numbers;
		let embedded = matrix(rows, shape.width, numbers);
		let pass = |column: usize, numbers: &mut _| {
			let its = &shape.columns[column];
			Pass {
				column,
				loss: vec![0.0; rows],
				hidden: matrix(rows, its.hidden, numbers),
				head_delta: matrix(rows, its.tokens, numbers),
				hidden_delta: matrix(rows, its.hidden, numbers),
			}
		};
		let passes: Vec<Pass> = (0..3).map(|column| pass(column, numbers)).collect();
		let deltas: Vec<Matrix> = shape.columns.iter().map(|its| matrix(rows, its.embedding.len(), numbers)).collect();
		let tokens = shape.columns.iter().map(|its| (0..rows).map(|row| (row % its.tokens) as u32).collect()).collect();
		let inputs = Inputs::new(&embedded, &passes);
		let patients: Vec<Range<usize>> =
			(0..rows.div_ceil(per_patient)).map(|p| p * per_patient..((p + 1) * per_patient).min(rows)).collect();
		let batch = Batch { rows, tokens };
		let gradients = Gradients {
			shape: &shape,
			order: &order,
			batch: &batch,
			patients: &patients,
			passes: &passes,
			embedding_deltas: &deltas,
			inputs: &inputs,
		};
		let clipped = gradients.clip(limit);
		// One patient at a time: the others are cleared.
		(0..patients.len())
			.map(|kept| {
				let mut alone = gradients.clip(limit);
				for (number, patient) in patients.iter().enumerate() {
					if number != kept {
						patient.clone().for_each(|row| alone.clear(row));
					}
				}
				sums(&gradients, &alone).concat()
			})
			.chain([sums(&gradients, &clipped).concat()])
			.collect()
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(96))]
		#[test]
		fn no_patient_adds_more_than_the_limit(
			numbers in proptest::collection::vec(number(), 40..900),
			rows in 1usize..7,
			per_patient in 1usize..4,
			units in 1u64..1 << 26,
			norm in prop_oneof![1e-6f64..1e6, Just(1.0)],
		) {
			let mut parts = gradient(&numbers, rows, per_patient, Limit { units, norm });
			let whole = parts.pop().unwrap();
			for part in &parts {
				let square: i128 = part.iter().map(|unit| i128::from(*unit) * i128::from(*unit)).sum();
				prop_assert!(square <= i128::from(units) * i128::from(units), "{square} above {units} squared");
			}
			for (at, unit) in whole.iter().enumerate() {
				prop_assert_eq!(*unit, parts.iter().map(|part| part[at]).sum::<i64>());
			}
		}
	}

	#[test]
	fn what_is_below_the_limit_is_kept_but_for_rounding() {
		let numbers: Vec<f32> = (0..997).map(|at| ((at * 37 % 101) as f32 - 50.0) / 100.0).collect();
		let limit = Limit { units: 1 << 24, norm: 1e2 };
		let one = gradient(&numbers, 1, 1, limit).pop().unwrap();
		let twice = gradient(&numbers, 1, 1, Limit { units: 1 << 25, norm: 1e2 }).pop().unwrap();
		let norm = |units: &[i64]| units.iter().map(|unit| (*unit as f64) * (*unit as f64)).sum::<f64>().sqrt();
		assert!(norm(&one) > 0.0);
		assert!((norm(&twice) / norm(&one) - 2.0).abs() < 0.02, "{}", norm(&twice) / norm(&one));
	}
}
