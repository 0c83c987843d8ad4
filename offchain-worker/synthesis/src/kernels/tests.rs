//! Products against their specification, on every path.

use super::{
	dispatch::{with_path, Path},
	pack::Factor,
	product::{product, product_blocks},
	*,
};
use crate::random::Stream;
use proptest::prelude::*;
use sha3::{Digest as _, Sha3_256};

/// Numbers in (−1, 1), some of them 0.
fn random(rows: usize, cols: usize, seed: u64) -> Matrix {
	let mut stream = Stream::new(&[9; 32], "kernels", seed);
	let mut matrix = Matrix::zeros(rows, cols);
	for value in &mut matrix.data {
		let drawn = stream.uniform_u32();
		*value = if drawn.is_multiple_of(16) { 0.0 } else { (drawn >> 7) as f32 / 16_777_216.0 - 1.0 };
	}
	matrix
}

fn transposed(a: &Matrix) -> Matrix {
	let mut out = Matrix::zeros(a.cols, a.rows);
	for i in 0..a.rows {
		for j in 0..a.cols {
			out.data[j * a.rows + i] = a.data[i * a.cols + j];
		}
	}
	out
}

/// The specification.
fn naive(a: &Matrix, b: &Matrix, ks: impl Iterator<Item = usize> + Clone, out: &mut Matrix, accumulate: bool) {
	for i in 0..a.rows {
		for j in 0..b.cols {
			let mut sum = if accumulate { out.data[i * out.cols + j] } else { 0.0 };
			for k in ks.clone() {
				sum = a.data[i * a.cols + k].mul_add(b.data[k * b.cols + j], sum);
			}
			out.data[i * out.cols + j] = sum;
		}
	}
}

fn bits(matrix: &Matrix) -> Vec<u32> {
	matrix.data.iter().map(|value| value.to_bits()).collect()
}

fn check(m: usize, k: usize, n: usize, accumulate: bool) {
	let (a, b, start) = (random(m, k, 1), random(k, n, 2), random(m, n, 3));
	let (at, bt) = (transposed(&a), transposed(&b));
	let mut expected = start.clone();
	naive(&a, &b, 0..k, &mut expected, accumulate);
	for path in Path::available() {
		let plain = [Factor::Plain(a.view()), Factor::Plain(b.view())];
		let turned = [Factor::Transposed(at.view()), Factor::Transposed(bt.view())];
		for (left, right) in
			[(plain[0], plain[1]), (turned[0], plain[1]), (plain[0], turned[1]), (turned[0], turned[1])]
		{
			for threads in [false, true] {
				let mut out = start.clone();
				product(path, left, right, out.view_mut(), accumulate, threads);
				assert_eq!(bits(&out), bits(&expected), "{path:?} {m}×{k}×{n}");
			}
		}
	}
}

#[test]
fn products_are_the_naive_loop_at_the_edges_of_blocks() {
	for m in [1, 5, 6, 7, 8, 9, 257, 263] {
		for n in [1, 4, 5, 8, 15, 16, 17, 31, 32, 33, 48, 49, 65] {
			check(m, 19, n, m % 2 == 0);
		}
	}
	for k in [0, 1, 2, 255, 256, 257, 513] {
		check(9, k, 33, false);
		check(9, k, 33, true);
	}
	check(0, 3, 3, false);
	check(3, 3, 0, false);
	check(300, 300, 100, true);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(150))]
	#[test]
	fn products_are_the_naive_loop(m in 0usize..70, k in 0usize..300, n in 0usize..80, accumulate: bool) {
		check(m, k, n, accumulate);
	}

	#[test]
	fn windows_are_multiplied_in_place(m in 1usize..20, k in 1usize..40, n in 1usize..40, left in 0usize..5, right in 0usize..5) {
		let (a, b) = (random(m, left + k + 3, 4), random(k + 2, right + n + 1, 5));
		let mut out = random(m, left + n + right, 6);
		let mut expected = out.clone();
		let mut dense = Matrix::zeros(m, n);
		let copy = |from: View<'_>| Matrix { rows: from.rows(), cols: from.cols(), data: from.iter().flatten().copied().collect() };
		let (wa, wb) = (a.columns(left..left + k), b.columns(right..right + n).rows_view(1..k + 1));
		naive(&copy(wa), &copy(wb), 0..k, &mut dense, false);
		for i in 0..m {
			expected.row_mut(i)[left..left + n].copy_from_slice(dense.row(i));
		}
		multiply(wa, wb, out.columns_mut(left..left + n), false);
		prop_assert_eq!(bits(&out), bits(&expected));
	}

	#[test]
	fn blocks_are_the_naive_loop_over_their_ranges(m in 1usize..40, n in 1usize..40, accumulate: bool, cuts in prop::collection::vec((0usize..60, 0usize..20), 0..6)) {
		let (a, b, start) = (random(m, 80, 7), random(80, n, 8), random(m, n, 9));
		let ks: Vec<_> = cuts.into_iter().map(|(from, length)| from..from + length).collect();
		let mut expected = start.clone();
		naive(&a, &b, ks.iter().cloned().flatten(), &mut expected, accumulate);
		for path in Path::available() {
			let mut out = start.clone();
			product_blocks(path, a.view(), b.view(), &ks, out.view_mut(), accumulate, true);
			prop_assert_eq!(bits(&out), bits(&expected));
		}
	}
}

#[test]
fn products_are_close_to_f64() {
	let (a, b) = (random(40, 1000, 10), random(1000, 30, 11));
	let mut out = Matrix::zeros(40, 30);
	multiply(a.view(), b.view(), out.view_mut(), false);
	for i in 0..40 {
		for j in 0..30 {
			let products = (0..1000).map(|k| f64::from(a.row(i)[k]) * f64::from(b.row(k)[j]));
			let exact: f64 = products.clone().sum();
			// The worst case of 1000 roundings is 6e-5 of the sum of magnitudes; they mostly cancel.
			let scale: f64 = products.map(f64::abs).sum();
			assert!((f64::from(out.row(i)[j]) - exact).abs() < 1e-6 * scale);
		}
	}
}

/// Three steps of training a small network, with every kernel in use: all its numbers at the end.
fn training() -> Vec<f32> {
	let (rows, inputs, hidden, levels) = (257, 300, 128, 17);
	let codes: Vec<u32> = (0..rows as u32).map(|row| row * 7 % 23).collect();
	let targets: Vec<u32> = (0..rows as u32).map(|row| row * 5 % levels as u32).collect();
	let mut stream = Stream::new(&[4; 32], "golden", 0);
	let mut weights = [random(23, 44, 20), random(inputs, hidden, 21), random(hidden, levels, 22)];
	weights.iter_mut().flat_map(|weights| &mut weights.data).for_each(|weight| *weight *= 0.125);
	let mut moments: Vec<_> =
		weights.iter().map(|weights| [vec![0.0; weights.data.len()], vec![0.0; weights.data.len()]]).collect();
	let (mut loss, bias) = (vec![0.0; rows], random(1, hidden, 23));
	let adamw = AdamW { lr: 1e-2, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01 };
	for step in 1..=3 {
		let mut x = random(rows, inputs, 30 + step);
		gather(weights[0].view(), &codes, x.columns_mut(0..44));
		let (mut h, mut logits, mut mask) =
			(Matrix::zeros(rows, hidden), Matrix::zeros(rows, levels), vec![0.0; rows * hidden]);
		multiply_blocks(x.view(), weights[1].view(), &[0..44, 50..inputs], h.view_mut(), false);
		add_bias(h.view_mut(), &bias.data);
		relu_forward(&mut h.data);
		dropout_mask(&mut stream, 51, &mut mask);
		apply_mask(&mut h.data, &mask);
		multiply_threads(h.view(), weights[2].view(), logits.view_mut(), false);
		softmax_cross_entropy(logits.view_mut(), &targets, &mut loss, 1.0 / rows as f32);
		let mut gradients = weights.clone().map(|weights| Matrix::zeros(weights.rows, weights.cols));
		multiply_at_threads(h.view(), logits.view(), gradients[2].view_mut(), false);
		let (mut dh, mut dx) = (Matrix::zeros(rows, hidden), Matrix::zeros(rows, inputs));
		multiply_bt_threads(logits.view(), weights[2].view(), dh.view_mut(), false);
		apply_mask(&mut dh.data, &mask);
		relu_backward(&h.data, &mut dh.data);
		multiply_at_threads(x.view(), dh.view(), gradients[1].view_mut(), false);
		multiply_bt_threads(dh.view(), weights[1].view(), dx.view_mut(), false);
		scatter_add(dx.columns(0..44), &codes, gradients[0].view_mut());
		for ((weights, gradient), [first, second]) in weights.iter_mut().zip(&gradients).zip(&mut moments) {
			adamw.step(step, &mut weights.data, &gradient.data, first, second);
		}
	}
	let mut sums = vec![0.0; hidden];
	column_sums(weights[1].view(), &mut sums, false);
	let functions: [fn(&mut [f32]); 2] = [exp, tanh];
	let mapped = functions.iter().flat_map(|function| {
		let mut values: Vec<f32> = random(1, 501, 40).data.iter().map(|x| x * 90.0).collect();
		function(&mut values);
		values
	});
	let all: Vec<f32> = mapped.chain(loss).chain(sums).collect();
	weights.into_iter().flat_map(|weights| weights.data).chain(all).collect()
}

#[test]
fn training_is_golden_on_every_path_and_number_of_threads() {
	for path in Path::available() {
		for threads in [1, 2, 8] {
			crate::set_threads(threads);
			let numbers = with_path(path, training);
			assert!(numbers.iter().all(|number| number.is_finite()));
			let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
			assert_eq!(hex::encode(Sha3_256::digest(&bytes)), GOLDEN, "{path:?}, {threads} threads");
		}
	}
	crate::set_threads(0);
}

const GOLDEN: &str = "e7e4d51ea311cc92e65efaf16b8f034407d162eea21d3086c5adb57370dd7509";
