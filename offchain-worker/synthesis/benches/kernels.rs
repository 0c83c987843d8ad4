//! Products of the shapes that the models use, beside the crate `gemm` (one thread each, the same memory layout).

use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion, Throughput};
use semblance_synthesis::bench_support::multiply;
use std::hint::black_box;

/// Rows of the output, length of a sum, columns of the output.
const SHAPES: [[usize; 3]; 4] = [[256, 300, 64], [256, 160, 700], [2048, 1500, 64], [500, 256, 256]];

fn numbers(count: usize) -> Vec<f32> {
	(0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 8_388_608.0 - 1.0).collect()
}

fn products(c: &mut Criterion) {
	for kind in ["plain", "at", "bt"] {
		let mut group = c.benchmark_group(kind);
		for shape @ [m, k, n] in SHAPES {
			let (a, b, mut out) = (numbers(m * k), numbers(k * n), vec![0.0; m * n]);
			let name = format!("{m}x{k}x{n}");
			group.throughput(Throughput::Elements((m * k * n) as u64));
			group.bench_function(BenchmarkId::new("kernels", &name), |bench| {
				bench.iter(|| multiply(shape, kind, black_box(&a), black_box(&b), &mut out));
			});
			group.bench_function(BenchmarkId::new("gemm", &name), |bench| {
				bench.iter(|| gemm(shape, kind, black_box(&a), black_box(&b), &mut out));
			});
		}
		group.finish();
	}
}

#[allow(unsafe_code)]
fn gemm([m, k, n]: [usize; 3], kind: &str, a: &[f32], b: &[f32], out: &mut [f32]) {
	let strides = |turned: bool, rows: usize, cols: usize| {
		if turned {
			(rows as isize, 1)
		} else {
			(1, cols as isize)
		}
	};
	let ((a_column, a_row), (b_column, b_row)) = (strides(kind == "at", m, k), strides(kind == "bt", k, n));
	assert!(a.len() == m * k && b.len() == k * n && out.len() == m * n);
	// SAFETY: the slices have the sizes that shape and strides say.
	unsafe {
		gemm::gemm(
			m,
			n,
			k,
			out.as_mut_ptr(),
			1,
			n as isize,
			false,
			a.as_ptr(),
			a_column,
			a_row,
			b.as_ptr(),
			b_column,
			b_row,
			0.0,
			1.0,
			false,
			false,
			false,
			gemm::Parallelism::None,
		);
	}
}

criterion_group!(benches, products);
criterion_main!(benches);
